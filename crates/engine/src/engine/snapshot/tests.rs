//! Snapshots over the whole engine: what is saved is what was there when the save began, and comes back.

use super::*;
use crate::engine::tests::{connect, engine, live_bytes, output, send};
use crate::error::Request;
use crate::limits::BULK_BYTES_MAX;
use crate::memory::{Arena, Bytes};
use crate::session::ClientId;
use crate::value::record::{Entry, Type};
use crate::value::{self, hash, list, set, stream, string, zset};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Length of what is long: several blocks, and what a client may send.
const LONG: usize = if BULK_BYTES_MAX > 200_000 { 200_000 } else { BULK_BYTES_MAX as usize - 1000 };

type Dump = BTreeMap<(usize, Vec<u8>), String>;

fn text(mem: &Arena, bytes: Bytes) -> Vec<u8> {
    let mut out = Vec::new();
    mem.view(bytes).for_chunks(|chunk| out.extend_from_slice(chunk));
    out
}

fn describe(mem: &Arena, entry: &Entry) -> String {
    let mut items: Vec<String> = Vec::new();
    let show = |bytes| String::from_utf8_lossy(&text(mem, bytes)).into_owned();
    match entry.kind() {
        Type::String => items.push(show(string::read(mem, entry))),
        Type::List => {
            let mut iter = list::iter(mem, entry);
            while let Some(item) = iter.next(mem) {
                items.push(show(item));
            }
        }
        Type::Set => {
            let mut iter = set::iter(mem, entry);
            while let Some(member) = iter.next(mem, entry) {
                items.push(show(member));
            }
            items.sort();
        }
        Type::Hash => {
            let mut iter = hash::iter(mem, entry);
            while let Some((field, value)) = iter.next(mem, entry) {
                items.push(format!("{}={}", show(field), show(value)));
            }
            items.sort();
        }
        Type::Zset => {
            let mut cursor = zset::Cursor::forward(mem, entry, 0, usize::MAX);
            while let Some((member, score)) = cursor.next(mem) {
                items.push(format!("{}@{:x}", show(member), score.to_bits()));
            }
        }
        Type::Stream => {
            let root = stream::Stream::load(mem, entry);
            items.push(format!("{:?} {} nodes {}", root.meta(), root.length, root.nodes));
            let mut iter = stream::RawIter::new(mem, &root);
            while let Some(piece) = iter.next(mem) {
                let mut line = format!("{:?} {}", piece.id, piece.node);
                if let Some((pairs, mut fields)) = piece.live {
                    write!(line, " {pairs}").unwrap();
                    while let Some((field, value)) = fields.next(mem) {
                        write!(line, " {}={}", show(field), show(value)).unwrap();
                    }
                }
                items.push(line);
            }
        }
    }
    let encoding = value::encoding(mem, entry);
    format!("{encoding} {:?} {} {}", entry.expire_at_ms(mem), entry.access(mem), items.join("|"))
}

fn dump(engine: &Engine) -> Dump {
    let (mem, mut out) = (&engine.server.mem, Dump::new());
    for (number, db) in engine.server.dbs.iter().enumerate() {
        let mut walk = db.table.first(mem);
        while let Some(at) = walk {
            let entry = db.entry(mem, at.slot);
            out.insert((number, text(mem, entry.key(mem))), describe(mem, &entry));
            walk = db.table.next(mem, at);
        }
    }
    out
}

fn assert_same(a: &Dump, b: &Dump, what: &str) {
    for (key, value) in a {
        let name = String::from_utf8_lossy(&key.1);
        let other = b.get(key);
        let short = |s: &String| s.chars().take(300).collect::<String>();
        assert!(other == Some(value), "{what}: {} {name}:\n{}\n{:?}", key.0, short(value), other.map(short));
    }
    assert_eq!(a.len(), b.len(), "{what}");
}

/// Runs the save to its end; `between` is called after each step.
fn save(engine: &mut Engine, step: usize, mut between: impl FnMut(&mut Engine)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut out = vec![0u8; step];
    loop {
        let now = engine.server.now;
        match engine.poll_save(now, &mut out) {
            SaveStep::Idle => panic!("the save has not ended"),
            SaveStep::Aborted => return Vec::new(),
            SaveStep::Bytes { len, first, last } => {
                assert_eq!(first, len > 0 && file.is_empty());
                file.extend_from_slice(&out[..len]);
                if last {
                    engine.handle_saved(now, Ok(()));
                    return file;
                }
            }
        }
        between(engine);
    }
}

fn call(engine: &mut Engine, id: ClientId, args: &[&[u8]]) -> String {
    let mut input = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        input.extend(format!("${}\r\n", arg.len()).bytes());
        input.extend(*arg);
        input.extend(b"\r\n");
    }
    let now = engine.server.now;
    engine.handle_input(now, id, &input);
    output(engine, id)
}

/// Keys of every type and encoding.
fn fill(engine: &mut Engine, id: ClientId) {
    let mut run = |line: &str| {
        let reply = send(engine, id, &format!("{line}\r\n"));
        assert!(!reply.starts_with('-'), "{line}: {reply}");
    };
    run("SET empty \"\"");
    run("SET number 12345");
    run("SET text hello PX 100000000");
    run("APPEND raw 1");
    run("INCRBYFLOAT float 1.5");
    run("INCRBYFLOAT float 1.5");
    run(&format!("SETRANGE holes {} end", LONG * 3 / 4));
    run("SETBIT bits 70001 1");
    run("PFADD hll a b c d");
    run("EXPIREAT text 33177117420");
    run("SADD ints 1 2 3 70000 -5");
    run("SADD words a b c 1 2");
    run("HSET short f v g 12 h -70000 i 5000000000");
    run("ZADD zshort 1 a 2.5 b -inf c 1 d");
    run("RPUSH short-list 1 two 3");
    run("XADD tiny 1-1 f v");
    run("XADD gone 5-1 f v");
    run("XDEL gone 5-1");
    run("SELECT 9");
    run("SET other 1");
    run("SELECT 0");
    for n in 0..3000 {
        run(&format!("SADD many-ints {}", n * 7));
        run(&format!("SADD many-words word-{n}"));
        run(&format!("HSET big field-{n} value-{n}"));
        run(&format!("ZADD zbig {} member-{n}", n % 97));
        run(&format!("RPUSH list item-{n}"));
        run(&format!("XADD stream {n}-1 temperature {} name x{n}", n % 40));
        run(&format!("SET key:{n} value:{n}"));
    }
    for n in (0..3000).step_by(3) {
        run(&format!("XDEL stream {n}-1"));
    }
    for n in 0..50 {
        run(&format!("EXPIRE key:{n} {}", 1000 + n));
    }
    let long = |n: usize| (0..n).map(|i| (i * 7 % 251) as u8).collect::<Vec<u8>>();
    let (l, m) = (long(LONG), long(5000));
    call(engine, id, &[b"SET", b"long", &l]);
    call(engine, id, &[b"SET", &m, b"long key"]);
    call(engine, id, &[b"HSET", b"long-hash", &m, &l, b"b", &m]);
    call(engine, id, &[b"RPUSH", b"long-list", &l, b"2", &m, &l]);
    call(engine, id, &[b"SADD", b"long-set", &l, &m]);
    call(engine, id, &[b"ZADD", b"long-zset", b"1", &l, b"2", &m]);
    call(engine, id, &[b"XADD", b"long-stream", b"1-1", &m, &l, b"f", b"v", &m, b"1"]);
    call(engine, id, &[b"XADD", b"long-stream", b"1-2", b"f", b"v"]);
}

#[test]
fn every_type_comes_back_through_any_split() {
    let mut first = engine(64 << 20);
    let id = connect(&mut first);
    fill(&mut first, id);
    let before = dump(&first);
    assert!(before.len() > 3020);
    first.begin_save(first.server.now);
    let file = save(&mut first, 4096, |_| {});
    assert_eq!(first.server.dirty, 0);
    assert_same(&before, &dump(&first), "saving changes nothing");
    for (step, split) in [(64, 1), (100, 7), (65536, 4096), (1 << 20, usize::MAX)] {
        first.begin_save(first.server.now);
        let again = save(&mut first, step, |_| {});
        let mut second = engine(64 << 20);
        let empty = second.server.mem.live_bytes();
        let mut verifier = Verifier::default();
        let pieces = || again.chunks(split.min(again.len()));
        pieces().for_each(|piece| verifier.feed(piece).unwrap());
        assert_eq!(verifier.finish().unwrap().keys, before.len() as u64);
        let mut loader = second.load_begin(first.server.now, Existing::Refuse, false);
        for piece in pieces() {
            second.load(&mut loader, piece).unwrap();
        }
        assert_eq!(second.load_end(loader).unwrap().keys, before.len() as u64);
        assert_same(&before, &dump(&second), "loaded");
        for db in 0..second.server.dbs.len() {
            second.server.flush(db, Cause::Sync);
        }
        assert_eq!(live_bytes(&mut second), empty);
    }
    assert!(file.len() > 5 * LONG);
}

#[test]
fn damage_anywhere_is_refused_before_memory_is_touched() {
    let mut first = engine(8 << 20);
    let id = connect(&mut first);
    for line in ["SET a 1 PX 100000", "HSET h f v", "ZADD z 1.5 m", "XADD s 1-1 f v", "SELECT 3", "SADD t x 1"] {
        send(&mut first, id, &format!("{line}\r\n"));
    }
    first.begin_save(first.server.now);
    let file = save(&mut first, 100, |_| {});
    let mut second = engine(8 << 20);
    let id = connect(&mut second);
    send(&mut second, id, "SET kept 1\r\n");
    let (before, now) = (dump(&second), second.server.now);
    let mut refuse = |bytes: &[u8], what: &str| {
        let damage = second.load_bytes(now, bytes, Existing::Replace, true).expect_err(what);
        assert!(damage.at <= bytes.len() as u64, "{what}: {damage}");
        assert_same(&before, &dump(&second), what);
    };
    for at in 0..file.len() {
        for mask in [1u8 << (at % 8), 0xFF] {
            let mut bytes = file.clone();
            bytes[at] ^= mask;
            refuse(&bytes, &format!("byte {at} ^ {mask:02x}"));
        }
        refuse(&file[..at], &format!("cut at {at}"));
    }
    let mut longer = file.clone();
    longer.push(0);
    refuse(&longer, "one byte more");
    second.load_bytes(now, &file, Existing::Replace, true).unwrap();
    assert_same(&dump(&first), &dump(&second), "whole");
}

/// Random changes of every kind, seeded, to small and large values.
fn change(engine: &mut Engine, clients: &[ClientId], random: &mut fastrand::Rng) {
    let id = clients[random.usize(..clients.len())];
    if !engine.wants_input(id) {
        return;
    }
    let n = random.u32(..3000);
    let key =
        ["list", "big", "zbig", "many-ints", "many-words", "stream", "long", "long-hash", "holes", "short", "ints"];
    let key = key[random.usize(..key.len())];
    let line = match random.u32(..40) {
        0 => format!("SET key:{n} changed"),
        1 => format!("DEL key:{n}"),
        2 => format!("APPEND key:{n} more"),
        3 => format!("SET new:{n} {n}"),
        4 => format!("RPUSH list more{n}"),
        5 => "LPOP list 3".into(),
        6 => format!("HSET big field-{n} changed"),
        7 => format!("HDEL big field-{n}"),
        8 => format!("ZADD zbig {n} member-{n}"),
        9 => format!("ZREM zbig member-{n}"),
        10 => format!("SREM many-ints {}", n * 7),
        11 => format!("SADD many-words new{n}"),
        12 => "XADD stream * f v".into(),
        13 => format!("XDEL stream {n}-1"),
        14 => format!("RENAME key:{n} renamed:{n}"),
        15 => format!("SETRANGE long {n} zzz"),
        16 => format!("HSET long-hash b {n}"),
        17 => format!("EXPIRE key:{n} 5"),
        18 => format!("PERSIST key:{n}"),
        19 => format!("MOVE key:{n} 9"),
        20 => format!("COPY key:{n} copy:{n} DB 5 REPLACE"),
        21 => format!("GETEX key:{n} EX 100"),
        22 => "SUNIONSTORE many-words many-words ints".to_string(),
        23 => format!("SORT ints STORE sorted{}", n % 5),
        24 => format!("MULTI\r\nSET key:{n} exec\r\nLPUSH list exec\r\nSELECT 9\r\nSET key:{n} 9\r\nSELECT 0\r\nEXEC"),
        25 => "SPOP many-words".to_string(),
        26 => format!("PFADD hll {n}"),
        27 => "PFCOUNT hll".into(),
        28 => format!("SETBIT bits {n} 1"),
        29 => format!("INCR counter:{}", n % 20),
        30 => "SWAPDB 9 5".into(),
        31 => format!("GET key:{n}"),
        32 => format!("LRANGE list 0 {n}"),
        33 => format!("UNLINK {key}"),
        34 => format!("HSET short f{} {n}", n % 10),
        35 => format!("COPY {key} copy-of-{key} REPLACE"),
        36 => format!("PEXPIRE key:{n} 1"),
        37 => format!("MSET key:{n} a key:{} b long c", (n + 7) % 3000),
        38 => "ZUNIONSTORE zdest 2 zbig zshort".to_string(),
        _ => format!("TOUCH key:{n}"),
    };
    send(engine, id, &format!("{line}\r\n"));
}

#[test]
fn a_save_holds_the_moment_it_began() {
    let mut waited = 0;
    for seed in 0..4 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut first = engine(64 << 20);
        let clients: Vec<ClientId> = (0..5).map(|_| connect(&mut first)).collect();
        fill(&mut first, clients[0]);
        for round in 0..2 {
            first.begin_save(first.server.now);
            let before = dump(&first);
            let step = [64, 300, 4096, 65536][random.usize(..4)];
            let file = save(&mut first, step, |engine| {
                for _ in 0..random.u32(..if step > 4000 { 200 } else { 8 }) {
                    change(engine, &clients, &mut random);
                    waited += u32::from(engine.server.suspended > 0);
                }
                let mut now = engine.server.now;
                now.wall_ms += 1;
                now.mono_us += 1000;
                engine.handle_tick(now);
            });
            assert!(!clients.iter().any(|&id| !first.wants_input(id)), "all were served");
            let mut second = engine_at(first.server.saver.created_ms());
            second.load_bytes(second.server.now, &file, Existing::Refuse, false).unwrap();
            let mut loaded = dump(&second);
            let mut expected = before;
            // Access bits move with reads.
            for value in loaded.values_mut().chain(expected.values_mut()) {
                let mut words: Vec<&str> = value.splitn(4, ' ').collect();
                words.remove(2);
                *value = words.join(" ");
            }
            assert_same(&expected, &loaded, &format!("seed {seed} round {round} step {step}"));
        }
    }
    assert!(waited > 20, "{waited}");
}

fn engine_at(wall_ms: i64) -> Engine {
    let mut engine = engine(64 << 20);
    engine.server.now = Now { wall_ms, mono_us: 1 };
    engine
}

/// More databases than a save keeps flushed keyspaces for: then it begins anew.
#[test]
fn a_flushed_database_is_saved_as_it_was() {
    for flushed in [1, 4, 5] {
        let mut first = engine(64 << 20);
        let id = connect(&mut first);
        fill(&mut first, id);
        first.configure(b"enable-debug-command", b"yes").unwrap();
        for db in 1..6 {
            send(&mut first, id, &format!("SELECT {db}\r\nDEBUG POPULATE 3000\r\n"));
        }
        let before = dump(&first);
        assert_eq!(send(&mut first, id, "BGSAVE\r\n"), "+Background saving started\r\n");
        let mut steps = 0;
        let file = save(&mut first, 1000, |engine| {
            steps += 1;
            if steps == 10 {
                for db in 0..flushed {
                    assert_eq!(send(engine, id, &format!("SELECT {db}\r\nFLUSHDB\r\n")), "+OK\r\n+OK\r\n");
                    assert_eq!(send(engine, id, "DBSIZE\r\nSET key:1 new\r\n"), ":0\r\n+OK\r\n");
                }
            }
        });
        assert_eq!(file.is_empty(), flushed > 4, "{flushed}");
        let (before, file) = if file.is_empty() {
            let now = first.server.now;
            while first.wants_save() {
                first.poll_save(now, &mut [0; 100]);
            }
            first.handle_tick(now);
            (dump(&first), save(&mut first, 1000, |_| {}))
        } else {
            (before, file)
        };
        let mut second = engine_at(first.server.now.wall_ms);
        second.load_bytes(second.server.now, &file, Existing::Refuse, false).unwrap();
        assert_same(&before, &dump(&second), &format!("{flushed} flushed"));
        send(&mut first, id, "FLUSHALL\r\n");
        assert!(live_bytes(&mut first) < 100_000);
    }
}

#[test]
fn a_flush_ends_the_save_and_the_next_one_is_whole() {
    let mut first = engine(64 << 20);
    let id = connect(&mut first);
    fill(&mut first, id);
    let other = connect(&mut first);
    assert_eq!(send(&mut first, other, "SAVE\r\n"), "");
    let mut steps = 0;
    let file = save(&mut first, 1000, |engine| {
        steps += 1;
        if steps == 20 {
            send(engine, id, "FLUSHALL\r\n");
        }
    });
    assert!(file.is_empty());
    assert_eq!(output(&mut first, other), "-ERR\r\n");
    fill(&mut first, id);
    // One that ends amid the records: the writer fails.
    assert_eq!(send(&mut first, other, "BGSAVE\r\n"), "+Background saving started\r\n");
    assert_eq!(send(&mut first, other, "BGSAVE\r\n"), "-ERR Background save already in progress\r\n");
    let now = first.server.now;
    let mut out = [0u8; 500];
    for _ in 0..100 {
        first.poll_save(now, &mut out);
    }
    first.handle_saved(now, Err(()));
    assert_eq!(send(&mut first, id, "SET key:1 x\r\n"), "+OK\r\n");
    first.configure(b"save", b"3600 1").unwrap();
    assert!(
        send(&mut first, id, "SET key:1 x\r\n").starts_with("-MISCONF Redis is configured to save RDB snapshots, ")
    );
    assert!(send(&mut first, id, "PING\r\n").starts_with("-MISCONF"));
    assert_eq!(send(&mut first, id, "GET number\r\n"), "$5\r\n12345\r\n");
    let before = dump(&first);
    assert_eq!(send(&mut first, other, "SAVE\r\n"), "");
    let file = save(&mut first, 1000, |_| {});
    assert_eq!(output(&mut first, other), "+OK\r\n");
    assert_eq!(send(&mut first, id, "SET key:1 x\r\n"), "+OK\r\n");
    let mut second = engine_at(now.wall_ms);
    second.load_bytes(now, &file, Existing::Refuse, false).unwrap();
    assert_same(&before, &dump(&second), "after a failure");
}

#[test]
fn held_saves_wait_for_a_flush() {
    let mut engine = engine(8 << 20);
    let id = connect(&mut engine);
    engine.configure(b"save", b"1 1").unwrap();
    let text = "MISCONF the snapshot in flash is damaged and kept";
    for what in ["FLUSHALL", "MULTI\r\nFLUSHALL\r\nEXEC", "the shell"] {
        engine.hold_saves(text);
        assert_eq!(send(&mut engine, id, "SET a 1\r\n"), "+OK\r\n");
        for line in ["SAVE", "BGSAVE", "BGSAVE SCHEDULE"] {
            assert_eq!(send(&mut engine, id, &format!("{line}\r\n")), format!("-{text}\r\n"), "{line}");
        }
        let scheduled = send(&mut engine, id, "MULTI\r\nBGSAVE\r\nEXEC\r\n");
        assert!(scheduled.ends_with(&format!("*1\r\n-{text}\r\n")), "{scheduled}");
        assert_eq!(send(&mut engine, id, "FLUSHDB\r\nSET a 1\r\n"), "+OK\r\n+OK\r\n");
        assert!(!tick(&mut engine, 10_000) && engine.are_saves_held(), "{what}");
        match what {
            "the shell" => engine.release_saves(),
            lines => drop(send(&mut engine, id, &format!("{lines}\r\n"))),
        }
        assert!(tick(&mut engine, 10_000) && !engine.are_saves_held(), "{what}");
        assert!(!save(&mut engine, 1000, |_| {}).is_empty());
        output(&mut engine, id);
    }
}

/// A tick a while later; whether a save runs then.
fn tick(engine: &mut Engine, milliseconds: u64) -> bool {
    let mut now = engine.server.now;
    now.wall_ms += milliseconds as i64;
    now.mono_us += milliseconds * 1000;
    engine.handle_tick(now);
    engine.wants_save()
}

#[test]
fn a_flush_is_saved_where_there_are_save_points() {
    let mut engine = engine(8 << 20);
    let id = connect(&mut engine);
    assert_eq!(send(&mut engine, id, "SET a 1\r\nFLUSHALL\r\n"), "+OK\r\n+OK\r\n");
    assert!(!tick(&mut engine, 100), "without save points");
    engine.configure(b"save", b"3600 1").unwrap();
    for result in [Ok(()), Err(())] {
        // What comes after it is served after it.
        assert_eq!(send(&mut engine, id, "SET a 1\r\nFLUSHALL\r\nSET b 1\r\n"), "+OK\r\n");
        let now = engine.server.now;
        let mut out = [0; 1000];
        while !matches!(engine.poll_save(now, &mut out), SaveStep::Bytes { last: true, .. }) {}
        assert_eq!(output(&mut engine, id), "");
        engine.handle_saved(now, result);
        assert_eq!(output(&mut engine, id), "+OK\r\n+OK\r\n", "{result:?}");
        assert!(!tick(&mut engine, 100), "once a flush");
    }
}

/// Who asks for a save is not told of the one that a flush began: in Redis that one is over when the flush has its reply.
#[test]
fn a_save_that_is_asked_for_takes_the_place_of_a_flush_s_own() {
    for (asked, reply, replies) in [("SAVE", "", "+OK\r\n"), ("BGSAVE", "+Background saving started\r\n", "")] {
        let mut engine = engine(8 << 20);
        let (first, second) = (connect(&mut engine), connect(&mut engine));
        engine.configure(b"save", b"3600 1").unwrap();
        assert_eq!(send(&mut engine, first, "FLUSHALL\r\n"), "");
        assert_eq!(send(&mut engine, second, &format!("SET a 1\r\n{asked}\r\n")), format!("+OK\r\n{reply}"));
        assert_eq!(output(&mut engine, first), "", "what it flushed is not saved yet");
        let file = save(&mut engine, 1000, |_| {});
        assert_eq!((output(&mut engine, first), output(&mut engine, second)), ("+OK\r\n".into(), replies.into()));
        let mut other = engine_at(engine.server.now.wall_ms);
        other.load_bytes(other.server.now, &file, Existing::Refuse, false).unwrap();
        assert_same(&dump(&engine), &dump(&other), asked);
        // In a transaction it does not wait, and its save begins with the next tick.
        assert!(send(&mut engine, first, "MULTI\r\nFLUSHALL\r\nEXEC\r\n").ends_with("*1\r\n+OK\r\n"));
        assert!(tick(&mut engine, 100));
        assert_eq!(send(&mut engine, second, &format!("{asked}\r\n")), reply);
        assert!(!save(&mut engine, 1000, |_| {}).is_empty());
        assert_eq!(output(&mut engine, second), replies);
    }
}

/// A flush ends a save that somebody waits for; that one's reply does not wait for the next save.
#[test]
fn a_flush_answers_who_waits_for_the_save_that_it_ends() {
    let mut engine = engine(8 << 20);
    let (first, second) = (connect(&mut engine), connect(&mut engine));
    engine.configure(b"save", b"3600 1").unwrap();
    assert_eq!(send(&mut engine, first, "SET a 1\r\nSAVE\r\n"), "+OK\r\n");
    let now = engine.server.now;
    assert!(matches!(engine.poll_save(now, &mut [0; 64]), SaveStep::Bytes { first: true, .. }));
    assert_eq!(send(&mut engine, second, "FLUSHALL\r\n"), "");
    assert_eq!(engine.poll_save(now, &mut [0; 64]), SaveStep::Aborted);
    assert_eq!((output(&mut engine, first), output(&mut engine, second)), ("-ERR\r\n".into(), String::new()));
    assert!(!save(&mut engine, 1000, |_| {}).is_empty());
    assert_eq!(output(&mut engine, second), "+OK\r\n");
}

#[test]
fn a_flush_too_soon_after_a_save_asks_for_the_saved_to_be_dropped() {
    let mut engine = engine(8 << 20);
    let id = connect(&mut engine);
    engine.configure(b"save", b"3600 1").unwrap();
    engine.server.config.save_interval_s = 300;
    for dropped in [true, false] {
        assert_eq!(send(&mut engine, id, "SET a 1\r\nSAVE\r\n"), "+OK\r\n");
        assert!(!save(&mut engine, 1000, |_| {}).is_empty());
        assert_eq!(output(&mut engine, id), "+OK\r\n");
        assert_eq!(send(&mut engine, id, "FLUSHALL\r\n"), "");
        assert!(!tick(&mut engine, 1000));
        assert_eq!(engine.poll_request(), Some((id, Request::DropSaved)));
        engine.handle_answer(engine.server.now, id, if dropped { Ok(()) } else { Err("ERR") });
        assert_eq!(output(&mut engine, id), "+OK\r\n");
        // What could not be dropped is written over as soon as there may be a save.
        assert!(!tick(&mut engine, 290_000));
        assert_eq!(tick(&mut engine, 10_000), !dropped);
        if !dropped {
            assert!(!save(&mut engine, 1000, |_| {}).is_empty());
        }
    }
}

#[test]
fn files_of_version_1() {
    let fixture = |name: &str| {
        std::fs::read(format!("{}/../../tests/fixtures/mrdb-v1/{name}.mrdb", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    for (name, keys, expired) in [("all-types", 9, 1), ("sensors", 551, 0), ("empty", 0, 0)] {
        for split in [1, 5, usize::MAX] {
            let mut engine = engine(8 << 20);
            let file = fixture(name);
            let mut loader = engine.load_begin(engine.server.now, Existing::Refuse, false);
            for piece in file.chunks(split.min(file.len())) {
                engine.load(&mut loader, piece).unwrap_or_else(|damage| panic!("{name}: {damage}"));
            }
            let loaded = engine.load_end(loader).unwrap();
            assert_eq!((loaded.keys, loaded.expired), (keys, expired), "{name}");
            assert_eq!(engine.server.dbs[0].len() as u64, keys);
        }
    }
    let mut engine = engine(8 << 20);
    let now = engine.server.now;
    for (name, why) in [("bad-crc", "the file's checksum does not match"), ("truncated", "the file ends too early")] {
        let damage = engine.load_bytes(now, &fixture(name), Existing::Refuse, false).unwrap_err();
        assert_eq!(damage.why, why);
    }
    let stream = b"MRDB\x01\0\0\0\0\0\x01\0\0\0\x05\0\x01\0s\0\0\0\0";
    let damage = engine.load_bytes(now, stream, Existing::Refuse, false).unwrap_err();
    assert_eq!(damage.to_string(), "byte 16: a stream of MicroRDB version 1, which was written unreadable");
    let damage = engine.load_bytes(now, b"MRDB\x03\0", Existing::Refuse, false).unwrap_err();
    assert_eq!(damage.why, "a version of MicroRDB that this server does not know");
    assert_eq!(live_bytes(&mut engine), 0);
    let file = fixture("all-types");
    for at in 0..file.len() {
        assert!(engine.load_bytes(now, &file[..at], Existing::Refuse, false).is_err());
        let mut flipped = file.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(engine.load_bytes(now, &flipped, Existing::Refuse, false).is_err(), "byte {at}");
    }
    assert_eq!(live_bytes(&mut engine), 0);
}

/// Makes all checksums right again, so that what the records say is believed.
pub(crate) fn reseal(file: &mut [u8]) {
    use crate::persist::HEADER_BYTES;
    let word = |file: &[u8], at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let sum = microredis_crc32::hash(&file[..HEADER_BYTES - 4]);
    file[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    let mut at = HEADER_BYTES;
    while word(file, at) > 0 {
        let end = at + 4 + word(file, at);
        let sum = microredis_crc32::hash(&file[at..end]);
        file[end..end + 4].copy_from_slice(&sum.to_le_bytes());
        at = end + 4;
    }
    let sum = microredis_crc32::hash(&file[..at + 12]);
    file[at + 12..at + 16].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn what_a_file_says_with_right_checksums_cannot_break_the_engine() {
    let mut first = engine(8 << 20);
    let id = connect(&mut first);
    for line in [
        "SET a 1 PX 100000000000",
        "SET b 12345678901",
        "APPEND r 5",
        "HSET h f v g 7 h 70000",
        "ZADD z 1.5 m 2 n 2 o",
        "XADD s 1-1 f v g w",
        "XADD s 2-1 f v g w",
        "XADD s 3-1 f v",
        "XDEL s 2-1",
        "XADD s 4-1 x y",
        "XDEL s 4-1",
        "RPUSH l a 1 b 300 c",
        "SADD i 1 2 300 70000 5000000000",
        "SELECT 3",
        "SADD t x 1 y",
    ] {
        assert!(!send(&mut first, id, &format!("{line}\r\n")).starts_with('-'), "{line}");
    }
    // Marks of expiries are among what is damaged.
    first.set_clock_synced(false);
    send(&mut first, id, "SET span v EX 1000\r\n");
    first.begin_save(first.server.now);
    let file = save(&mut first, 4096, |_| {});
    let mut second = engine(8 << 20);
    let now = second.server.now;
    let client = connect(&mut second);
    let empty = second.server.mem.live_bytes();
    let mut random = fastrand::Rng::with_seed(3);
    let (mut loaded, mut refused) = (0, 0);
    let payload = 36..file.len() - 20;
    for _ in 0..if std::env::var_os("MICROREDIS_LONG").is_some() { 1_000_000 } else { 20_000 } {
        let mut bytes = file.clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(payload.clone());
            bytes[at] = match random.u32(..4) {
                0 => bytes[at] ^ 1 << random.u32(..8),
                1 => [0, 1, 0x7F, 0x80, 0xF0, 0xF1, 0xF7, 0xFF][random.usize(..8)],
                _ => random.u8(..),
            };
        }
        reseal(&mut bytes);
        match second.load_bytes(now, &bytes, Existing::Refuse, true) {
            Ok(_) => {
                loaded += 1;
                for line in [
                    "DEL a b r",
                    "HSET h f 1 n 2",
                    "ZADD z 7 m",
                    "ZRANGE z 0 -1 WITHSCORES",
                    "XADD s * a b",
                    "XTRIM s MAXLEN 1",
                    "XINFO STREAM s FULL",
                    "LPUSH l x",
                    "LREM l 0 a",
                    "SADD i 9 word",
                    "SREM i 1",
                ] {
                    send(&mut second, client, &format!("{line}\r\n"));
                }
            }
            Err(_) => refused += 1,
        }
        for db in 0..second.server.dbs.len() {
            second.server.flush(db, Cause::Sync);
        }
        assert_eq!(live_bytes(&mut second), empty);
    }
    assert!(loaded > 1000 && refused > 1000, "{loaded} loaded, {refused} refused");
}
