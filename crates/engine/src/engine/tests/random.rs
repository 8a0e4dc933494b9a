//! Random calls of every command with good and bad arguments: nothing panics, nothing leaks, and the effects of the run,
//! replayed into an empty engine, give the same data.

use super::*;
use crate::commands::debug::Digest;
use crate::commands::spec::Flags;
use crate::commands::table;

/// Commands that end the session, hold it up, or do not belong into a run that is replayed.
const LEFT_OUT: [&str; 27] = [
    "shutdown",
    "quit",
    "monitor",
    "subscribe",
    "psubscribe",
    "ssubscribe",
    "wait",
    "debug",
    "save",
    "bgsave",
    "auth",
    "client|kill",
    "client|reply",
    "client|pause",
    "client|unblock",
    "config|set",
    "config|rewrite",
    "flushall",
    "flushdb",
    "hello",
    "reset",
    "unsubscribe",
    "punsubscribe",
    "client|no-touch",
    "config|resetstat",
    "memory|purge",
    "pfselftest",
];

const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "{g}", "", "k\u{e9}y", "l", "st", "z"];

const WORDS: [&str; 68] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "5",
    "10",
    "100",
    "127",
    "128",
    "4096",
    "65536",
    "1000000",
    "-2147483649",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999",
    "1.5",
    "-0",
    "1e400",
    "inf",
    "-inf",
    "nan",
    "3.0e-5",
    "(1",
    "(1.5",
    "[a",
    "(b",
    "-",
    "+",
    "*",
    "$",
    "1-1",
    "5-0",
    "0-0",
    "18446744073709551615-18446744073709551615",
    "NX",
    "XX",
    "GT",
    "LT",
    "CH",
    "INCR",
    "WITHSCORES",
    "LIMIT",
    "COUNT",
    "MATCH",
    "BYSCORE",
    "BYLEX",
    "REV",
    "EX",
    "PX",
    "KEEPTTL",
    "GET",
    "MAXLEN",
    "MINID",
    "~",
    "=",
    "STREAMS",
    "WEIGHTS",
    "AGGREGATE",
    "MAX",
    "u8",
    "i64",
    "STORE",
    "#",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n
    }

    fn argument(&mut self, key: bool) -> Vec<u8> {
        match self.below(20) {
            0..=9 if key => KEYS[self.below(KEYS.len())].into(),
            0..=3 => KEYS[self.below(KEYS.len())].into(),
            4..=13 => WORDS[self.below(WORDS.len())].into(),
            14..=16 => format!("{}", self.below(40)).into(),
            17 => (0..self.below(30)).map(|_| self.below(256) as u8).collect(),
            18 => vec![b'x'; self.below(100)],
            _ => vec![b'y'; self.below(6000)],
        }
    }

    fn call(&mut self) -> Vec<Vec<u8>> {
        loop {
            let row = &table::all()[self.below(table::all().len())];
            let full = crate::commands::table::FullName(row).to_string();
            if LEFT_OUT.contains(&&full[..])
                || LEFT_OUT.contains(&row.name)
                || row.flags.has(Flags::BLOCKING) && self.below(4) > 0
            {
                continue;
            }
            let mut call: Vec<Vec<u8>> = full.split('|').map(|word| word.as_bytes().to_vec()).collect();
            let least = usize::from(row.arity.unsigned_abs());
            let count = if row.arity > 0 { least } else { least + self.below(5) };
            let count = if self.below(50) == 0 { self.below(8) + call.len() } else { count };
            while call.len() < count {
                let first = call.len() == 1;
                call.push(self.argument(first));
            }
            return call;
        }
    }
}

fn encode(call: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", call.len()).into_bytes();
    for arg in call {
        bytes.extend(format!("${}\r\n", arg.len()).into_bytes());
        bytes.extend(arg);
        bytes.extend(b"\r\n");
    }
    bytes
}

fn run(seed: u64, calls: usize) {
    let mut engine = engine(256 << 20);
    // Small thresholds and a bounded bulk, so that large forms and limits are met often.
    for (name, value) in [
        ("proto-max-bulk-len", "1048576"),
        ("hash-max-listpack-entries", "8"),
        ("zset-max-listpack-entries", "8"),
        ("set-max-intset-entries", "8"),
        ("stream-node-max-entries", "5"),
        ("slowlog-log-slower-than", "0"),
    ] {
        engine.configure(name.as_bytes(), value.as_bytes()).unwrap();
    }
    engine.server.effects.start();
    let mut replica = super::engine(256 << 20);
    replica.configure(b"proto-max-bulk-len", b"1048576").unwrap();
    let (id, replica_id) = (connect(&mut engine), connect(&mut replica));
    // Ends its waiting for keys that nobody fills.
    let other = connect(&mut engine);
    let mut random = Random(seed);
    let now = engine.server.now;
    for n in 0..calls {
        let call = random.call();
        let bytes = encode(&call);
        let cut = random.below(bytes.len());
        if random.below(10) == 0 {
            engine.handle_input(now, id, &bytes[..cut]);
            engine.handle_input(now, id, &bytes[cut..]);
        } else {
            engine.handle_input(now, id, &bytes);
        }
        let mut reply = output(&mut engine, id);
        if engine.server.blocked_clients > 0 {
            let name = engine.server.sessions.get(id).id;
            assert_eq!(send(&mut engine, other, &format!("CLIENT UNBLOCK {name}\r\n")), ":1\r\n");
            reply.push_str(&output(&mut engine, id));
        }
        assert!(!engine.is_closing(id), "{call:?}: {reply}");
        assert!(!reply.is_empty() || !engine.wants_input(id), "{:?} has no reply", String::from_utf8_lossy(&bytes));
        loop {
            let front = engine.server.effects.front(&engine.server.mem).to_vec();
            if front.is_empty() {
                break;
            }
            replica.handle_input(now, replica_id, &front);
            engine.server.effects.consume(&mut engine.server.mem, front.len());
        }
        let echoed = output(&mut replica, replica_id);
        assert!(!echoed.starts_with("-"), "seed {seed}, call {n} {:?}: {echoed}", String::from_utf8_lossy(&bytes));
        if n % 16 == 0 || n + 1 == calls {
            let in_multi = engine.server.sessions.get(id).multi.active;
            let same = Digest::of_all(&engine.server) == Digest::of_all(&replica.server);
            assert!(
                same || in_multi,
                "seed {seed}: the data differ after call {n} {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    engine.handle_disconnect(now, id);
    engine.handle_disconnect(now, other);
    let id = connect(&mut engine);
    engine.configure(b"slowlog-log-slower-than", b"-1").unwrap();
    send(&mut engine, id, "FLUSHALL\r\nSLOWLOG RESET\r\n");
    engine.handle_disconnect(now, id);
    let mut line = [0u8; 256];
    while engine.poll_log(&mut line).is_some() {}
    loop {
        let n = engine.server.effects.front(&engine.server.mem).len();
        if n == 0 {
            break;
        }
        engine.server.effects.consume(&mut engine.server.mem, n);
    }
    assert_eq!(live_bytes(&mut engine), 0, "seed {seed}: something was not freed");
}

#[test]
fn random_calls_neither_panic_nor_leak_and_can_be_replayed() {
    for seed in 1..=10 {
        run(seed, 3000);
    }
}

#[test]
fn garbage_is_refused_or_answered() {
    let mut engine = engine(16 << 20);
    let now = engine.server.now;
    let mut random = Random(77);
    for _ in 0..3000 {
        let id = connect(&mut engine);
        let mut bytes = encode(&random.call());
        for _ in 0..random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let cut = random.below(bytes.len());
        engine.handle_input(now, id, &bytes[..cut]);
        engine.handle_input(now, id, &bytes[cut..]);
        output(&mut engine, id);
        engine.handle_disconnect(now, id);
    }
    let id = connect(&mut engine);
    send(&mut engine, id, "FLUSHALL\r\n");
    engine.handle_disconnect(now, id);
    let mut line = [0u8; 256];
    while engine.poll_log(&mut line).is_some() {}
    assert_eq!(live_bytes(&mut engine), 0);
}
