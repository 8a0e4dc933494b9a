//! Freeing in steps, counted: nothing long is freed in one, all of it is in the end, and who needs the memory gets it.

use super::*;

fn field(engine: &mut Engine, id: ClientId, name: &str) -> usize {
    let info = send(engine, id, "INFO memory\r\n");
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|value| value.parse().ok()).unwrap()
}

/// Runs all steps that wait; how many there were, and the most bytes that one of them has freed.
fn free_all(engine: &mut Engine) -> (usize, usize) {
    let (mut steps, mut most) = (0, 0);
    while engine.wants_idle() {
        let before = engine.server.used_memory();
        engine.handle_idle(engine.server.now);
        most = most.max(before - engine.server.used_memory());
        steps += 1;
        assert!(steps < 100_000);
    }
    (steps, most)
}

/// A value of each type that takes more than a step, by the command that fills it.
const LONG: [(&str, &str); 6] = [
    ("hash", "HSET"),
    ("set", "SADD"),
    ("zset", "ZADD"),
    ("list", "RPUSH"),
    ("stream", "XADD"),
    ("string", "SETRANGE"),
];

fn fill(engine: &mut Engine, id: ClientId, key: &str, command: &str) {
    if command == "SETRANGE" {
        send(engine, id, "CONFIG SET proto-max-bulk-len 512mb\r\n");
        for page in 0..3000 {
            send(engine, id, &format!("SETRANGE {key} {} x\r\n", page * crate::limits::PAGE_BYTES));
        }
        return;
    }
    for n in 0..10_000 {
        let pad = "y".repeat(if matches!(command, "RPUSH" | "XADD") { 900 } else { 0 });
        let args = match command {
            "HSET" => format!("field:{n} value"),
            "ZADD" => format!("{n} member:{n}"),
            "XADD" => format!("{} f {n}{pad}", n + 1),
            _ => format!("member:{n}{pad}"),
        };
        send(engine, id, &format!("{command} {key} {args}\r\n"));
    }
}

#[test]
fn a_long_value_of_any_type_goes_in_steps() {
    for (key, command) in LONG {
        for remove in ["UNLINK", "DEL", "SET", "EXPIRE", "RENAME", "SDIFFSTORE"] {
            let mut engine = engine(64 << 20);
            let id = connect(&mut engine);
            let empty = engine.server.used_memory();
            fill(&mut engine, id, key, command);
            let full = engine.server.used_memory();
            let reply = match remove {
                "SET" => send(&mut engine, id, &format!("SET {key} short\r\n")),
                "EXPIRE" => send(&mut engine, id, &format!("EXPIRE {key} -1\r\n")),
                "RENAME" => send(&mut engine, id, &format!("SET other x\r\nRENAME other {key}\r\n")),
                "SDIFFSTORE" => {
                    send(&mut engine, id, &format!("SADD other x\r\nSDIFFSTORE {key} other\r\nDEL other\r\n"))
                }
                _ => send(&mut engine, id, &format!("{remove} {key}\r\n")),
            };
            assert!(!reply.contains('-'), "{reply}");
            let what = format!("{remove} of a {key}: {full} bytes");
            let at_once = full - engine.server.used_memory();
            assert!(at_once < full / 2, "{what}, {at_once} at once");
            let counted = usize::from(remove == "UNLINK" && key != "string");
            assert_eq!(field(&mut engine, id, "lazyfree_pending_objects"), counted, "{what}");
            let (steps, most) = free_all(&mut engine);
            assert!(steps >= 2 && most < full / 2, "{what}, {steps} steps, {most} in one");
            assert_eq!(field(&mut engine, id, "lazyfree_pending_objects"), 0);
            assert_eq!(field(&mut engine, id, "lazyfreed_objects"), counted, "{what}");
            send(&mut engine, id, &format!("DEL {key}\r\n"));
            assert_eq!(engine.server.used_memory(), empty, "{what}");
        }
    }
}

#[test]
fn a_flushed_keyspace_goes_in_steps() {
    let mut engine = engine(64 << 20);
    let id = connect(&mut engine);
    engine.configure(b"enable-debug-command", b"yes").unwrap();
    let empty = engine.server.used_memory();
    for (word, counts) in [("", false), (" SYNC", false), (" ASYNC", true)] {
        assert_eq!(send(&mut engine, id, "CONFIG RESETSTAT\r\n"), "+OK\r\n");
        assert_eq!(send(&mut engine, id, "DEBUG POPULATE 200000\r\n"), "+OK\r\n");
        fill(&mut engine, id, "hash", "HSET");
        let full = engine.server.used_memory();
        assert_eq!(send(&mut engine, id, &format!("FLUSHALL{word}\r\nDBSIZE\r\n")), "+OK\r\n:0\r\n");
        assert!(engine.server.used_memory() > full * 9 / 10);
        let pending = field(&mut engine, id, "lazyfree_pending_objects");
        assert_eq!(pending > 190_000, counts);
        // Meanwhile the keyspace is another one.
        assert_eq!(send(&mut engine, id, "SET key:1 new\r\nGET key:1\r\nDEL key:1\r\n"), "+OK\r\n$3\r\nnew\r\n:1\r\n");
        let (steps, most) = free_all(&mut engine);
        assert!(steps > 100 && most < full / 50, "{steps} steps, {most} bytes in one of {full}");
        assert_eq!(field(&mut engine, id, "lazyfreed_objects"), if counts { 200_001 } else { 0 });
        assert_eq!(engine.server.used_memory(), empty);
    }
}

#[test]
fn ticks_free_where_the_shell_has_no_time() {
    let mut engine = engine(64 << 20);
    let id = connect(&mut engine);
    let empty = engine.server.used_memory();
    fill(&mut engine, id, "hash", "HSET");
    send(&mut engine, id, "UNLINK hash\r\n");
    let mut now = engine.server.now;
    for _ in 0..3 {
        now.mono_us += 100_000;
        engine.handle_tick(now);
    }
    assert_eq!((engine.server.used_memory(), engine.wants_idle()), (empty, false));
}

/// What is deleted is there for whoever needs it, at the arena's end and at maxmemory's.
#[test]
fn who_needs_the_memory_gets_it() {
    for maxmemory in [false, true] {
        let mut engine = engine(if maxmemory { 64 << 20 } else { 4 << 20 });
        let id = connect(&mut engine);
        if maxmemory {
            engine.configure(b"maxmemory", b"3mb").unwrap();
        }
        for round in 0..3 {
            for n in 0.. {
                let reply = send(&mut engine, id, &format!("HSET hash field:{n} {}\r\n", "v".repeat(50)));
                if reply.starts_with("-OOM") {
                    assert!(n > 15_000, "round {round}: {n} fields");
                    break;
                }
                // In one go: nothing of the last round's is freed by idle steps or ticks.
                assert_eq!(reply, ":1\r\n");
            }
            assert_eq!(send(&mut engine, id, "UNLINK hash\r\n"), ":1\r\n");
            assert!(engine.wants_idle());
        }
        // A bulk that is read before any command runs.
        let len = crate::limits::BULK_BYTES_MAX.min(1 << 20) as usize;
        let long = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${len}\r\n{}\r\n", "z".repeat(len));
        for piece in long.as_bytes().chunks(16384) {
            let now = engine.server.now;
            engine.handle_input(now, id, piece);
        }
        assert_eq!(output(&mut engine, id), "+OK\r\n");
    }
}

#[test]
fn eviction_takes_no_more_keys_than_it_has_to() {
    let mut engine = engine(64 << 20);
    let id = connect(&mut engine);
    fill(&mut engine, id, "hash", "HSET");
    let limit = engine.server.used_memory() / 2;
    send(&mut engine, id, "UNLINK hash\r\n");
    for n in 0..1000 {
        send(&mut engine, id, &format!("SET key:{n} value\r\n"));
    }
    engine.configure(b"maxmemory-policy", b"allkeys-random").unwrap();
    engine.configure(b"maxmemory", limit.to_string().as_bytes()).unwrap();
    assert_eq!(send(&mut engine, id, "SET more x\r\nDBSIZE\r\n"), "+OK\r\n:1001\r\n");
}
