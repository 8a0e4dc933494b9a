//! Memory as a whole: space freed by one size serves another, running out changes nothing, and all of it comes back.

use super::*;
use std::collections::HashMap;

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn value(state: &mut u64, round: u32) -> String {
    let len = match round % 3 {
        0 => 16,
        1 => 200,
        _ => 1 + next(state) as usize % 600,
    };
    (0..len).map(|_| (b'a' + (next(state) % 26) as u8) as char).collect()
}

fn set(engine: &mut Engine, id: ClientId, key: &str, value: &str) -> bool {
    let reply =
        send(engine, id, &format!("*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n{value}\r\n", key.len(), value.len()));
    assert!(reply == "+OK\r\n" || reply.starts_with("-OOM "), "{reply}");
    reply == "+OK\r\n"
}

/// Fills until the first refusal.
fn fill(engine: &mut Engine, id: ClientId, round: u32, state: &mut u64, keys: &mut HashMap<String, String>) -> usize {
    for n in 0.. {
        let (key, value) = (format!("key:{round}:{n:06}"), value(state, round));
        if !set(engine, id, &key, &value) {
            break;
        }
        keys.insert(key, value);
    }
    keys.iter().map(|(key, value)| key.len() + value.len()).sum()
}

fn churn(bytes: usize, configure: impl Fn(&mut Engine)) {
    let mut engine = engine(bytes);
    configure(&mut engine);
    let id = connect(&mut engine);
    let mut keys: HashMap<String, String> = HashMap::new();
    let mut state = 42;
    for round in 0..10 {
        let survivors: Vec<String> = keys.keys().cloned().collect();
        let mut order: Vec<(u64, String)> = survivors.into_iter().map(|key| (next(&mut state), key)).collect();
        order.sort();
        let keep = order.len() / 10;
        for (_, key) in order.split_off(keep) {
            assert_eq!(send(&mut engine, id, &format!("DEL {key}\r\n")), ":1\r\n");
            keys.remove(&key);
        }
        for (key, value) in &keys {
            assert_eq!(send(&mut engine, id, &format!("GET {key}\r\n")), format!("${}\r\n{value}\r\n", value.len()));
        }
        let mut fresh = super::engine(bytes);
        configure(&mut fresh);
        let fresh_id = connect(&mut fresh);
        for (key, value) in &keys {
            assert!(set(&mut fresh, fresh_id, key, value));
        }
        let (mut fresh_keys, mut fresh_state) = (keys.clone(), state);
        let possible = fill(&mut fresh, fresh_id, round, &mut fresh_state, &mut fresh_keys);
        let reached = fill(&mut engine, id, round, &mut state, &mut keys);
        assert!(reached * 100 >= possible * 95, "round {round}: {reached} of {possible} bytes");
    }
    for (key, value) in &keys {
        assert_eq!(send(&mut engine, id, &format!("GET {key}\r\n")), format!("${}\r\n{value}\r\n", value.len()));
    }
    send(&mut engine, id, "FLUSHALL\r\n");
    engine.handle_disconnect(engine.server.now, id);
    assert_eq!(live_bytes(&mut engine), 0);
}

#[test]
fn churn_of_sizes_reaches_what_a_fresh_arena_takes() {
    churn(2 << 20, |_| {});
}

#[test]
fn churn_of_sizes_reaches_what_a_fresh_maxmemory_takes() {
    churn(8 << 20, |engine| engine.configure(b"maxmemory", b"2mb").unwrap());
}

/// What MEMORY USAGE says of all keys, with the tables of keys, is what the arena holds.
fn check_account(engine: &mut Engine) {
    let live = live_bytes(engine);
    let server = &engine.server;
    let mut total = 0;
    for db in &server.dbs {
        total += db.table.bytes_used(&server.mem);
        let mut walk = db.table.first(&server.mem);
        while let Some(at) = walk {
            let entry = db.entry(&server.mem, at.slot);
            total += crate::value::bytes_used(&server.mem, &entry) - crate::value::table::SLOT_BYTES;
            walk = db.table.next(&server.mem, at);
        }
    }
    assert_eq!(total, live);
}

#[test]
fn what_keys_are_said_to_take_is_what_the_arena_holds() {
    let mut engine = engine(16 << 20);
    let id = connect(&mut engine);
    let mut state = 5;
    let mut now = engine.server.now;
    for round in 0..6000u32 {
        let (n, m) = (next(&mut state) % 4, next(&mut state) % 3000);
        let long = "y".repeat(if m % 40 == 0 { 700 } else { m as usize % 60 });
        let call = match next(&mut state) % 16 {
            0 => format!("SET s{m} {m}{long}"),
            1 => format!("APPEND long{n} x{long}"),
            2 => format!("SETBIT bits{n} {} 1", m * 20),
            3 => format!("HSET h{n} f{m} {m}{long}"),
            4 => format!("HSET same{m} f{n} v{n}"),
            5 => format!("SADD set{n} {m}{long}"),
            6 => format!("SADD ints{n} {m}"),
            7 => format!("ZADD z{n} {m} m{m}{long}"),
            8 => format!("RPUSH l{n} {m}{long}"),
            9 => format!("XADD x{n} * f {m} g{m} {m}{long}"),
            10 => format!("HDEL h{n} f{m}"),
            11 => format!("ZREM z{n} m{m}"),
            12 => format!("LPOP l{n}"),
            13 => format!("PFADD p{n} {m}"),
            14 => format!("DEL s{m} {}{n}", ["h", "z", "x", "l"][m as usize % 50 % 4]),
            _ => format!("EXPIRE s{m} 1000"),
        };
        let reply = send(&mut engine, id, &format!("{call}\r\n"));
        assert!(!reply.starts_with('-'), "{call}: {reply}");
        if round % 200 == 0 {
            now.mono_us += 100_000;
            engine.handle_tick(now);
            check_account(&mut engine);
        }
    }
    check_account(&mut engine);
}

/// After a random half of the keys and of a large hash is gone, four seconds of ticks give the pages back.
#[test]
fn ticks_win_the_pages_of_what_was_deleted() {
    let mut engine = engine(16 << 20);
    let id = connect(&mut engine);
    let mut state = 7;
    for n in 0..20_000 {
        send(&mut engine, id, &format!("SET key:{n} value:{n}\r\nHSET big field:{n} value:{n}\r\n"));
    }
    for n in 0..20_000 {
        if next(&mut state).is_multiple_of(2) {
            send(&mut engine, id, &format!("DEL key:{n}\r\nHDEL big field:{n}\r\n"));
        }
    }
    let mut now = engine.server.now;
    for _ in 0..40 {
        now.mono_us += 100_000;
        engine.handle_tick(now);
    }
    let usage = engine.server.mem.usage();
    assert!(engine.server.mem.spare_pages() <= usage.pages_used / 64 + 2, "{usage:?}");
    assert!(usage.pages_used * crate::limits::PAGE_BYTES * 10 <= usage.live_bytes * 11, "{usage:?}");
}

#[test]
fn pages_follow_maxmemory_through_churn() {
    let mut engine = engine(16 << 20);
    engine.configure(b"maxmemory", b"1mb").unwrap();
    engine.configure(b"maxmemory-policy", b"allkeys-lru").unwrap();
    let id = connect(&mut engine);
    let mut state = 9;
    for n in 0..60_000u32 {
        let (key, value) = (format!("key:{n:06}"), value(&mut state, n / 5000));
        assert!(set(&mut engine, id, &key, &value));
    }
    let pages = engine.server.mem.usage().pages_high * crate::limits::PAGE_BYTES;
    assert!(pages <= (1 << 20) + (1 << 19), "{pages} bytes of pages for 1 MB");
}

/// Fails each reservation in turn: the reply is -OOM and nothing has changed, or the command did not need it.
#[test]
fn a_refused_reservation_changes_nothing() {
    let calls = [
        "SET s value",
        "SET s 123456",
        "APPEND s more",
        "SETRANGE s 3000 x",
        "SETBIT b 70000 1",
        "INCR n",
        "INCRBYFLOAT f 1.5",
        "MSET a 1 b 2 c 3",
        "GETSET s other",
        "BITOP OR o s b",
        "BITFIELD bf SET u8 0 255",
        "PFADD hll a b c",
        "PFMERGE h2 hll",
        "RPUSH l a b c d",
        "LPUSH l x",
        "LINSERT l BEFORE a y",
        "LSET l 0 zz",
        "LMOVE l l2 LEFT RIGHT",
        "LTRIM l 1 2",
        "HSET h f v g w",
        "HINCRBY h n 5",
        "HINCRBYFLOAT h m 1.5",
        "HSETNX h z 1",
        "HDEL h f",
        "SADD st 1 2 3",
        "SADD st x y z",
        "SMOVE st st2 x",
        "SUNIONSTORE su st st2",
        "SINTERSTORE si st su",
        "SPOP st 2",
        "ZADD z 1 a 2 b 3 c",
        "ZINCRBY z 5 a",
        "ZUNIONSTORE zu 2 z z",
        "ZRANGESTORE zr z 0 -1",
        "ZPOPMIN z 1",
        "ZREM z b",
        "XADD x 1-1 f v",
        "XADD x 2-1 f v g w",
        "XTRIM x MAXLEN 1",
        "XDEL x 2-1",
        "EXPIRE s 100",
        "PERSIST s",
        "COPY h hc",
        "RENAME hc hd",
        "MOVE hd 1",
        "SORT l2 ALPHA STORE so",
        "DEL s",
    ];
    let mut refused = 0;
    let mut engine = engine(8 << 20);
    engine.configure(b"enable-debug-command", b"yes").unwrap();
    engine.server.retry_oom = false;
    let id = connect(&mut engine);
    // Twice: on small values, and on values that have taken their large forms.
    for large in [false, true] {
        if large {
            for n in 0..600 {
                for call in ["RPUSH l item", "HSET h field", "SADD st member", "ZADD z 7 member", "XADD x * f value"] {
                    let tail = if call.starts_with("HSET") { format!("{n} {n}") } else { format!("{n}") };
                    send(&mut engine, id, &format!("{call}{tail}\r\n"));
                }
            }
        }
        for call in calls {
            for nth in 1..20 {
                let before = send(&mut engine, id, "DEBUG DIGEST\r\n");
                engine.server.mem.fail_reservation(nth);
                let reply = send(&mut engine, id, &format!("{call}\r\n"));
                let failed = engine.server.mem.failed_reservation();
                engine.server.mem.fail_reservation(0);
                if !failed {
                    break;
                }
                refused += 1;
                assert!(reply.starts_with("-OOM "), "{call}: {reply}");
                let after = send(&mut engine, id, "DEBUG DIGEST\r\n");
                assert_eq!(before, after, "{call} at reservation {nth}");
            }
        }
    }
    assert!(refused > 60, "{refused} reservations were refused");
    engine.configure(b"maxmemory", b"1").unwrap();
    // Commands that only free memory succeed.
    for call in ["LPOP l", "HDEL h g", "SREM st 1", "ZREM z c", "DEL h", "EXPIRE l 100", "FLUSHALL"] {
        assert!(!send(&mut engine, id, &format!("{call}\r\n")).starts_with('-'), "{call}");
    }
    engine.handle_disconnect(engine.server.now, id);
}

#[test]
fn expired_keys_among_a_million_go_within_two_seconds() {
    let mut engine = engine(128 << 20);
    let id = connect(&mut engine);
    for n in 0..1_000_000 / 10 {
        let mut call = String::from("MSET");
        for m in 0..10 {
            call += &format!(" key:{n}:{m} v");
        }
        send(&mut engine, id, &(call + "\r\n"));
    }
    for n in 0..100 {
        send(&mut engine, id, &format!("SET volatile:{n} v PX 10\r\n"));
    }
    assert_eq!(send(&mut engine, id, "DBSIZE\r\n"), ":1000100\r\n");
    let mut now = engine.server.now;
    now.wall_ms += 1000;
    for _ in 0..20 {
        now.wall_ms += 100;
        now.mono_us += 100_000;
        engine.handle_tick(now);
    }
    assert_eq!(send(&mut engine, id, "DBSIZE\r\n"), ":1000000\r\n");
}

/// A request that comes in pieces at a full arena is answered, not the end of its connection: what it asks for has no
/// room, or takes that of keys that may be evicted.
#[test]
fn a_full_arena_answers_requests_in_pieces() {
    for policy in ["noeviction", "allkeys-lru"] {
        let mut engine = engine(400 * crate::limits::PAGE_BYTES);
        let id = connect(&mut engine);
        send(&mut engine, id, "CONFIG SET maxmemory-policy noeviction\r\n");
        let mut state = 1;
        fill(&mut engine, id, 2, &mut state, &mut HashMap::new());
        send(&mut engine, id, &format!("CONFIG SET maxmemory-policy {policy}\r\n"));
        for len in [10, 2_000, 30 * crate::limits::PAGE_BYTES] {
            let request = format!("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n${len}\r\n{}\r\n", "x".repeat(len));
            let mut reply = String::new();
            for piece in request.as_bytes().chunks(500.min(request.len() / 2)) {
                engine.handle_input(Now::default(), id, piece);
                reply += &output(&mut engine, id);
            }
            let refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
            assert!(reply == "+OK\r\n" || reply == refused, "{policy} {len}: {reply}");
            // A short one may find room in pages that are there already, since nothing of it is copied.
            let is_short = len <= 2_000;
            assert!((reply == refused) == (policy == "noeviction") || is_short, "{policy} {len}: {reply}");
            assert_eq!(send(&mut engine, id, "PING\r\n"), "+PONG\r\n");
        }
    }
}

/// Keys of one size until the first refusal.
fn fill_alike(engine: &mut Engine, id: ClientId) {
    for n in 0.. {
        if !set(engine, id, &format!("key:{n:09}"), "value-08") {
            return;
        }
    }
}

/// At an arena that is full for good no command looks through the keys for holes that none can close.
#[test]
fn a_full_arena_is_not_walked_in_vain() {
    let mut engine = engine(400 * crate::limits::PAGE_BYTES);
    let id = connect(&mut engine);
    fill_alike(&mut engine, id);
    for _ in 0..2000 {
        send(&mut engine, id, "PING\r\n");
    }
    let cursor = |engine: &Engine| format!("{:?}", engine.server.compact_cursor);
    let before = cursor(&engine);
    for _ in 0..10 {
        send(&mut engine, id, "PING\r\n");
        assert_eq!(cursor(&engine), before);
    }
}

/// Where maxmemory is all of the arena, a new key takes the place of about one other.
#[test]
fn a_full_arena_evicts_as_many_keys_as_come() {
    let bytes = 400 * crate::limits::PAGE_BYTES;
    let mut engine = engine(bytes);
    engine.configure(b"maxmemory", bytes.to_string().as_bytes()).unwrap();
    engine.configure(b"maxmemory-policy", b"noeviction").unwrap();
    let id = connect(&mut engine);
    fill_alike(&mut engine, id);
    engine.configure(b"maxmemory-policy", b"allkeys-random").unwrap();
    let full = engine.server.dbs[0].len();
    for n in 0..full {
        assert!(set(&mut engine, id, &format!("new:{n:09}"), "value-08"));
        let keys = engine.server.dbs[0].len();
        assert!(keys > full * 9 / 10, "{keys} of {full} keys after {n} new ones");
    }
}

/// Strings of whole pages are reserved as such: they fill the arena, and none that was taken is cut.
#[test]
fn long_strings_fill_the_arena() {
    for len in [12 << 10, (20 << 10) + 1, (60 << 10) - 1] {
        let mut engine = engine(1 << 20);
        let id = connect(&mut engine);
        let value = "x".repeat(len);
        let mut count = 0;
        while set(&mut engine, id, &format!("k{count}"), &value) {
            count += 1;
        }
        assert!(count * len > (1 << 20) * 6 / 10, "{count} of {len} bytes");
        for n in 0..count {
            assert_eq!(send(&mut engine, id, &format!("STRLEN k{n}\r\n")), format!(":{len}\r\n"));
        }
    }
}

/// `*3 SET key <len bytes>` in pieces, as it comes over a network.
fn set_in_pieces(engine: &mut Engine, id: ClientId, command: &str, value: &str) -> String {
    let mut input = String::new();
    let words: Vec<&str> = command.split(' ').map(|word| if word == "$" { value } else { word }).collect();
    input.push_str(&format!("*{}\r\n", words.len()));
    for word in words {
        input.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    input.as_bytes().chunks(1000).map(|piece| send(engine, id, std::str::from_utf8(piece).unwrap())).collect()
}

#[test]
fn a_long_value_is_not_copied() {
    const LEN: usize = 60_000;
    let value: String = (0..LEN).map(|n| (b'a' + (n * 7 % 26) as u8) as char).collect();
    for command in ["SET k $", "SETEX k 100 $", "GETSET k $", "MSET k $", "SETNX k $", "APPEND k $"] {
        // Less than twice the value.
        let mut engine = engine(LEN * 3 / 2 + (64 << 10));
        engine.configure(b"slowlog-log-slower-than", b"0").unwrap();
        let id = connect(&mut engine);
        let answer = set_in_pieces(&mut engine, id, command, &value);
        assert!(!answer.starts_with('-'), "{command}: {answer}");
        for at in (0..LEN).step_by(10_000) {
            let part = send(&mut engine, id, &format!("GETRANGE k {at} {}\r\n", at + 9_999));
            assert!(part == format!("$10000\r\n{}\r\n", &value[at..at + 10_000]), "{command} at {at}");
        }
        let log = send(&mut engine, id, "SLOWLOG GET -1\r\n");
        assert!(log.contains(&value[..100]), "{command}");
        engine.configure(b"slowlog-log-slower-than", b"-1").unwrap();
        assert_eq!(send(&mut engine, id, "DEL k\r\nSLOWLOG RESET\r\n"), ":1\r\n+OK\r\n");
        engine.handle_disconnect(engine.server.now, id);
        assert_eq!(live_bytes(&mut engine), 0, "{command}");
    }
}

#[test]
fn what_became_a_value_is_freed_once() {
    const LEN: usize = 20_000;
    let mut engine = engine(1 << 20);
    let id = connect(&mut engine);
    let value = |c: char| c.to_string().repeat(LEN);
    for round in 0..3 {
        assert_eq!(send(&mut engine, id, "MULTI\r\n"), "+OK\r\n");
        for command in ["SET a $", "MSET b $ a $", "SET c $", "SETRANGE c 0 $", "SET a $ GET"] {
            assert_eq!(set_in_pieces(&mut engine, id, command, &value('x')), "+QUEUED\r\n");
        }
        let replies = send(&mut engine, id, "SETRANGE b 0 y\r\nEXEC\r\nGETRANGE b 0 1\r\nGETRANGE a 0 1\r\n");
        assert!(replies.ends_with("$2\r\nyx\r\n$2\r\nxx\r\n"), "round {round}");
        assert_eq!(set_in_pieces(&mut engine, id, "SET a $", &value('z')), "+OK\r\n");
        assert_eq!(send(&mut engine, id, "GETRANGE a 19999 -1\r\nSTRLEN c\r\n"), "$1\r\nz\r\n:20000\r\n");
        assert_eq!(send(&mut engine, id, "DEL list\r\nRPUSH list 1\r\n").len(), 8);
        assert_eq!(set_in_pieces(&mut engine, id, "SET list $", &value('l')), "+OK\r\n");
    }
    send(&mut engine, id, "FLUSHALL\r\n");
    engine.handle_disconnect(engine.server.now, id);
    assert_eq!(live_bytes(&mut engine), 0);
}

/// A reply that finds no room may cost other keys, never the one it is to show.
#[test]
fn room_for_a_reply_does_not_cost_what_it_shows() {
    const LEN: usize = 60_000;
    let value: String = "v".repeat(LEN);
    for seed in 0..20 {
        let mut engine = engine(172 << 10);
        engine.server.random = fastrand::Rng::with_seed(seed);
        let id = connect(&mut engine);
        send(&mut engine, id, "CONFIG SET maxmemory-policy allkeys-lru\r\n");
        assert_eq!(set_in_pieces(&mut engine, id, "SET old $", &value[..32_000]), "+OK\r\n");
        assert_eq!(set_in_pieces(&mut engine, id, "SET big $", &value), "+OK\r\n");
        let reply = send(&mut engine, id, "GET big\r\n");
        assert!(reply == format!("${LEN}\r\n{value}\r\n"), "seed {seed}: {}", &reply[..reply.len().min(60)]);
    }
}

/// The same for a reply that shows many keys.
#[test]
fn keys_that_are_shown_are_not_evicted() {
    let mut engine = engine(1 << 20);
    let id = connect(&mut engine);
    send(&mut engine, id, "CONFIG SET maxmemory-policy allkeys-random\r\n");
    for n in 0..50 {
        send(&mut engine, id, &format!("SET shown{n} v\r\nSET other{n} v\r\n"));
    }
    let server = &mut engine.server;
    for n in 0..50 {
        let hash = server.mem.hash(Bytes::Slice(format!("shown{n}").as_bytes()));
        server.spared.add(hash);
    }
    let evicted = (0..1000).filter(|_| crate::keyspace::evict::evict_one(server)).count();
    // Some others share a bit with them.
    assert!((25..=50).contains(&evicted), "{evicted}");
    server.spared.clear();
    let keys: String = (0..50).map(|n| format!(" shown{n}")).collect();
    assert_eq!(send(&mut engine, id, &format!("EXISTS{keys}\r\n")), ":50\r\n");
}
