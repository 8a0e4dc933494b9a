//! What the grammar does not say: commands left out (and why), arguments that belong together (XREAD's keys and ids,
//! BITFIELD's operations), what a connection's state allows, and the data every episode starts with.

use super::generate::Step;
use super::values::{Holds, Values};
use crate::grammar::Command;

/// The connections of a run. All but the subscribers take any command.
pub const LANE_RESP3: usize = 1;
pub const LANE_SUBSCRIBER_RESP2: usize = 3;
pub const LANE_SUBSCRIBER_RESP3: usize = 4;
pub const LANES: usize = 5;

/// Commands that random testing leaves out, with the reason.
pub const LEFT_OUT: [(&str, &str); 35] = [
    ("SHUTDOWN", "ends the server"),
    ("DEBUG", "scripts and Redis's own suite use it"),
    ("MONITOR", "needs a connection of its own; in the scripts"),
    ("QUIT", "closes the connection; in the scripts"),
    ("SYNC", "replication"),
    ("PSYNC", "replication"),
    ("REPLCONF", "replication"),
    ("REPLICAOF", "replication"),
    ("SLAVEOF", "replication"),
    ("FAILOVER", "replication"),
    ("MIGRATE", "needs a second server"),
    ("SAVE", "files; in the snapshot tests"),
    ("BGSAVE", "files; in the snapshot tests"),
    ("BGREWRITEAOF", "files"),
    ("CONFIG REWRITE", "files; in the scripts"),
    ("CLIENT KILL", "closes connections; in the scripts"),
    ("CLIENT PAUSE", "stops time; in the scripts"),
    ("CLIENT UNPAUSE", "goes with PAUSE"),
    ("CLIENT REPLY", "withholds replies; in the scripts"),
    ("CLIENT UNBLOCK", "needs a blocked client"),
    ("CLIENT TRACKING", "tracking"),
    ("CLIENT CACHING", "tracking"),
    ("CLUSTER", "cluster"),
    ("ASKING", "cluster"),
    ("READONLY", "cluster"),
    ("READWRITE", "cluster"),
    ("MODULE", "modules"),
    ("ACL", "ACL"),
    ("EVAL", "scripts"),
    ("FCALL", "scripts"),
    ("FUNCTION", "scripts"),
    ("SCRIPT", "scripts"),
    ("SORT", "elements that weigh the same have no defined order"),
    ("RESTORE", "bytes of DUMP"),
    ("PF", "PFDEBUG and PFSELFTEST show the inside"),
];

/// The reason why `command` is left out, if it is.
pub fn left_out(command: &Command) -> Option<&'static str> {
    let name = command.name();
    if command.has_flag("blocking") && command.words[0].starts_with('B') {
        return Some("blocks; in the scripts");
    }
    LEFT_OUT
        .iter()
        .find(|(n, _)| match *n {
            "EVAL" | "FCALL" | "RESTORE" | "SORT" => name.starts_with(n),
            "PF" => name == "PFDEBUG" || name == "PFSELFTEST",
            n => name == n || command.words[0] == n,
        })
        .map(|(_, why)| *why)
}

fn text(s: &str) -> Vec<u8> {
    s.as_bytes().to_vec()
}

fn words(line: &str) -> Vec<Vec<u8>> {
    line.split_ascii_whitespace().map(text).collect()
}

pub const THRESHOLDS: [(&str, &[&str]); 10] = [
    ("hash-max-listpack-entries", &["128", "512", "4", "16", "0"]),
    ("hash-max-listpack-value", &["64", "8", "300"]),
    ("set-max-intset-entries", &["512", "4", "32", "0"]),
    ("zset-max-listpack-entries", &["128", "4", "16", "0"]),
    ("zset-max-listpack-value", &["64", "8", "300"]),
    ("list-max-listpack-size", &["-2", "-1", "4", "128", "16"]),
    ("list-compress-depth", &["0", "0", "1"]),
    ("stream-node-max-entries", &["100", "5", "0"]),
    ("stream-node-max-bytes", &["4096", "100", "0"]),
    ("hll-sparse-max-bytes", &["3000", "100", "0"]),
];

/// The thresholds of an episode: Redis's own ones half of the time, else small ones.
pub fn thresholds(v: &mut Values, steps: &mut Vec<Step>) {
    let own = v.chance(40);
    let mut args = words("CONFIG SET");
    for (name, choices) in THRESHOLDS {
        args.push(text(name));
        args.push(text(if own { choices[0] } else { v.pick(choices) }));
    }
    steps.push(Step { lane: 0, args });
}

fn threshold_again(v: &mut Values) -> Vec<Vec<u8>> {
    let (name, choices) = v.pick(&THRESHOLDS);
    let mut args = words("CONFIG SET");
    args.push(text(name));
    args.push(text(v.pick(choices)));
    args
}

/// A command that puts `n` things into a key of this kind.
fn fill(v: &mut Values, holds: Holds, key: Vec<u8>, n: usize) -> Vec<Vec<u8>> {
    let plain = |v: &mut Values| v.element();
    let (name, width): (&str, usize) = match holds {
        Holds::String | Holds::Any => return vec![text("SET"), key, v.value()],
        Holds::Number => return vec![text("SET"), key, v.integer()],
        Holds::Bits => {
            let bytes = (0..n).map(|_| v.rng.u8(..)).collect();
            return vec![text("SET"), key, bytes];
        }
        Holds::List => ("RPUSH", 1),
        Holds::Set => ("SADD", 1),
        Holds::Hll => ("PFADD", 1),
        Holds::Hash => ("HSET", 2),
        Holds::Zset | Holds::Lex => ("ZADD", 2),
        Holds::Geo => {
            let mut args = vec![text("GEOADD"), key];
            for i in 0..n.max(1) {
                let place = if n > 40 { format!("m{i}").into_bytes() } else { v.place() };
                args.extend([v.longitude(), v.latitude(), place]);
            }
            return args;
        }
        Holds::Stream => {
            let mut args = vec![text("XADD"), key, v.next_stream_id()];
            for _ in 0..n.clamp(1, 5) {
                args.push(v.field());
                args.push(v.element());
            }
            return args;
        }
    };
    let numbers = v.chance(40);
    let mut args = vec![text(name), key];
    for i in 0..n.max(1) {
        if width == 2 && holds == Holds::Zset {
            args.push(v.float_sound());
        } else if holds == Holds::Lex {
            args.push(text("0"));
        }
        args.push(if numbers {
            v.rng.i32(-200..2000).to_string().into_bytes()
        } else if n > 40 {
            format!("{}-{i}", v.rng.u32(0..100)).into_bytes()
        } else {
            plain(v)
        });
        if width == 2 && holds == Holds::Hash {
            args.push(plain(v));
        }
    }
    args
}

/// BYLEX goes to the sorted sets made for it.
pub fn by_name(v: &mut Values, args: &mut [Vec<u8>]) {
    if args.iter().any(|a| a.eq_ignore_ascii_case(b"BYLEX")) {
        let at = if args[0] == b"ZRANGESTORE" { 2 } else { 1 };
        if let Some(key) = args.get_mut(at) {
            *key = v.key(Holds::Lex);
        }
        // Limits that are limits of names, most of the time.
        for i in [at + 1, at + 2] {
            if v.chance(90) && i < args.len() {
                args[i] = v.lex_limit();
            }
        }
    }
}

fn known(commands: &[Command], args: &[Vec<u8>]) -> bool {
    commands.iter().any(|c| c.words[0].as_bytes() == args[0])
}

/// Data of every kind that the vocabulary can make, small and large.
pub fn seed_data(v: &mut Values, under_test: &[Command], known_to_both: &[Command], steps: &mut Vec<Step>) {
    for holds in super::values::ALL.into_iter().chain([Holds::Lex]) {
        // With a few groups under test, the others' data is only there to be the wrong type.
        let matters =
            under_test.len() > 100 || under_test.iter().any(|c| holds.group() == c.group || c.group == "generic");
        for i in 0..4 {
            if v.chance(if matters { 30 } else { 80 }) {
                continue;
            }
            let n = match v.rng.u32(0..10) {
                0..6 => v.rng.usize(1..12),
                6..9 => v.rng.usize(12..80),
                _ => v.rng.usize(80..400),
            };
            let key = format!("{}{i}", holds.letter()).into_bytes();
            let times = if holds == Holds::Stream { n.min(60) } else { 1 };
            for _ in 0..times {
                let args = fill(v, holds, key.clone(), if holds == Holds::Stream { 2 } else { n });
                if known(known_to_both, &args) {
                    steps.push(Step { lane: 0, args });
                }
            }
        }
    }
}

/// Commands for the subscribers' connections only.
pub fn subscribes(command: &Command) -> bool {
    command.words[0].ends_with("SUBSCRIBE")
}

/// Commands that would leave nothing to test come up less often.
pub fn often(v: &mut Values, command: &Command) -> bool {
    match command.words[0].as_str() {
        "FLUSHALL" | "FLUSHDB" => v.chance(25),
        "SWAPDB" | "SELECT" | "RESET" | "MOVE" => v.chance(40),
        "SUBSCRIBE" | "PSUBSCRIBE" | "UNSUBSCRIBE" | "PUNSUBSCRIBE" | "SSUBSCRIBE" | "SUNSUBSCRIBE" => v.chance(50),
        _ => true,
    }
}

/// What the generator knows of each connection.
#[derive(Default)]
pub struct Lanes {
    multi: [bool; LANES],
    database: [bool; LANES],
}

impl Lanes {
    pub fn allows(&mut self, lane: usize, command: &Command) -> bool {
        let name = command.name();
        if lane == LANE_RESP3 && name == "RESET" {
            return false;
        }
        // Inside MULTI only what can be compared element by element without knowing more.
        !(self.multi[lane] && (super::check::needs_more(&command.words) || name == "HELLO"))
    }

    pub fn note(&mut self, lane: usize, args: &[Vec<u8>]) {
        let word = String::from_utf8_lossy(&args[0]).to_ascii_uppercase();
        match word.as_str() {
            "MULTI" if args.len() == 1 => self.multi[lane] = true,
            "EXEC" | "DISCARD" if args.len() == 1 => self.multi[lane] = false,
            "RESET" if args.len() == 1 => {
                self.multi[lane] = false;
                self.database[lane] = false;
            }
            "SELECT" if args.len() == 2 => self.database[lane] = args[1] != b"0",
            _ => {}
        }
    }

    /// Ends what is open, so that an episode's end is the same for all.
    pub fn close(&mut self, steps: &mut Vec<Step>) {
        for lane in 0..LANE_SUBSCRIBER_RESP2 {
            if self.multi[lane] {
                steps.push(Step { lane, args: words("EXEC") });
            }
        }
    }
}

/// Now and then something that keeps an episode alive: EXEC after MULTI, back to database 0, new data, another
/// threshold. Says whether it added a step.
pub fn between(v: &mut Values, commands: &[Command], lanes: &mut Lanes, lane: usize, steps: &mut Vec<Step>) -> bool {
    let args = if lanes.multi[lane] && v.chance(14) {
        words(if v.chance(92) { "EXEC" } else { "DISCARD" })
    } else if lanes.database[lane] && v.chance(25) {
        words("SELECT 0")
    } else if v.chance(7) {
        let holds = if v.chance(8) { Holds::Lex } else { v.pick(&super::values::ALL) };
        let n = v.rng.usize(1..20);
        let key = v.key(holds);
        fill(v, holds, key, n)
    } else if v.rng.u32(0..1000) < 4 {
        threshold_again(v)
    } else {
        return false;
    };
    if !known(commands, &args) && args[0] != b"CONFIG" {
        return false;
    }
    lanes.note(lane, &args);
    steps.push(Step { lane, args });
    true
}

/// Whether a form of the command that is broken at random is harmless.
pub fn may_break(command: &Command) -> bool {
    !matches!(
        command.words[0].as_str(),
        "CONFIG"
            | "CLIENT"
            | "HELLO"
            | "SELECT"
            | "WAIT"
            | "SLOWLOG"
            | "XREAD"
            | "SUBSCRIBE"
            | "PSUBSCRIBE"
            | "SSUBSCRIBE"
    )
}

/// Arguments that the grammar's words alone would get wrong. Says whether it wrote them.
pub fn arguments(v: &mut Values, command: &Command, args: &mut Vec<Vec<u8>>) -> bool {
    let two = command.words.get(1).map_or("", String::as_str);
    match (command.words[0].as_str(), two) {
        ("BITFIELD" | "BITFIELD_RO", _) => bitfield(v, command.words[0] == "BITFIELD_RO", args),
        ("BITOP", _) => {
            let not = v.chance(25);
            args.push(if not { text("NOT") } else { text(v.pick(&["AND", "OR", "XOR", "and", "NAND", "XOR"])) });
            let n = if not && v.chance(90) { 2 } else { v.rng.usize(2..6) };
            for _ in 0..n {
                args.push(v.key(Holds::Bits));
            }
        }
        ("XADD", _) => xadd(v, args),
        ("XREAD", _) => {
            if v.chance(60) {
                args.extend([text("COUNT"), v.count()]);
            }
            args.push(text("STREAMS"));
            let n = v.rng.usize(1..4);
            (0..n).for_each(|_| args.push(v.key(Holds::Stream)));
            let ids = if v.chance(96) { n } else { n + 1 };
            for _ in 0..ids {
                let id = if v.chance(40) { text("0") } else { v.stream_id() };
                args.push(id);
            }
        }
        ("XDEL", _) => {
            args.push(v.key(Holds::Stream));
            for _ in 0..v.rng.usize(1..5) {
                args.push(if v.chance(80) { v.past_stream_id() } else { v.stream_id() });
            }
        }
        ("XSETID", _) => {
            args.push(v.key(Holds::Stream));
            args.push(if v.chance(60) { v.next_stream_id() } else { v.stream_id() });
            if v.chance(40) {
                args.extend([text("ENTRIESADDED"), v.count(), text("MAXDELETEDID"), v.past_stream_id()]);
            }
        }
        ("SCAN" | "HSCAN" | "SSCAN" | "ZSCAN", _) => scan(v, &command.words[0], args),
        ("COPY", _) => {
            let holds = v.pick(&super::values::ALL);
            args.extend([v.key(holds), v.key(holds)]);
            if v.chance(35) {
                args.extend([text("DB"), v.database()]);
            }
            if v.chance(60) {
                args.push(text("REPLACE"));
            }
        }
        ("SET", _) if v.chance(20) => {
            let holds = if v.chance(50) { Holds::String } else { Holds::Number };
            args.extend([v.key(holds), v.value()]);
        }
        ("LPOS", _) if v.chance(50) => {
            args.extend([v.key(Holds::List), v.element()]);
            for (word, percent) in [("RANK", 50), ("COUNT", 40), ("MAXLEN", 30)] {
                if v.chance(percent) {
                    args.extend([text(word), v.index()]);
                }
            }
        }
        ("SRANDMEMBER" | "HRANDFIELD" | "ZRANDMEMBER", _) => {
            let holds = match command.words[0].as_bytes()[0] {
                b'S' => Holds::Set,
                b'H' => Holds::Hash,
                _ => Holds::Zset,
            };
            args.push(v.key(holds));
            if v.chance(70) {
                args.push(v.count());
                if holds != Holds::Set && v.chance(50) {
                    args.push(text(if holds == Holds::Hash { "WITHVALUES" } else { "WITHSCORES" }));
                }
            }
        }
        ("CONFIG", "SET") => {
            let set = threshold_again(v);
            args.truncate(0);
            args.extend(set);
        }
        ("CONFIG", "GET") => {
            for _ in 0..v.rng.usize(1..3) {
                let (name, _) = v.pick(&THRESHOLDS);
                args.push(text(v.pick(&[
                    name,
                    "maxmemory",
                    "maxmemory-policy",
                    "hash-max-*",
                    "*-max-intset-*",
                    "databases",
                    "nothing",
                ])));
            }
        }
        ("CLIENT", "LIST" | "INFO") => {}
        ("CLIENT", "SETNAME") => args.push(text(v.pick(&["", "me", "with space", "x-1", "new\nline", "\u{e4}"]))),
        ("CLIENT", "NO-EVICT" | "NO-TOUCH") => args.push(text(v.pick(&["on", "off", "ON", "maybe"]))),
        ("COMMAND", "INFO" | "DOCS") => {
            for _ in 0..v.rng.usize(1..4) {
                args.push(text(v.pick(&[
                    "get",
                    "SET",
                    "config|get",
                    "zadd",
                    "nosuch",
                    "xadd",
                    "object",
                    "sort",
                    "lpop",
                ])));
            }
        }
        ("COMMAND", "LIST") => {
            if v.chance(50) {
                args.extend(words("FILTERBY PATTERN xr*"));
            }
        }
        ("HELLO", _) => args.extend(words(v.pick(&["", "1", "4", "abc", "2 SETNAME", "2 BLAH", "3 AUTH x"]))),
        ("WAIT", _) => args.extend([text(v.pick(&["0", "-1", "x"])), text("10")]),
        ("SELECT", _) => args.push(v.database()),
        ("SWAPDB", _) => args.extend([v.database(), v.database()]),
        ("OBJECT", "HELP") => {}
        ("OBJECT", _) => {
            let holds = v.pick(&super::values::ALL);
            args.push(v.key(holds));
        }
        ("INFO", _) => {
            args.push(text(v.pick(&["server", "keyspace", "all", "everything", "default", "nosuch", "memory"])))
        }
        ("LOLWUT", _) => args.extend(words(v.pick(&["", "VERSION 1", "VERSION 99"]))),
        ("MEMORY", "USAGE") => {
            let holds = v.pick(&super::values::ALL);
            args.push(v.key(holds));
            if v.chance(30) {
                args.extend([text("SAMPLES"), v.count()]);
            }
        }
        ("SUBSCRIBE" | "SSUBSCRIBE" | "UNSUBSCRIBE" | "SUNSUBSCRIBE" | "PSUBSCRIBE" | "PUNSUBSCRIBE", _) => {
            let least = if command.words[0].contains("UNSUB") { 0 } else { 1 };
            for _ in 0..v.rng.usize(least..4) {
                args.push(channel(v, command.words[0].starts_with('P')));
            }
        }
        ("PUBLISH" | "SPUBLISH", _) => args.extend([channel(v, false), v.element()]),
        ("PUBSUB", "NUMSUB" | "SHARDNUMSUB") => {
            for _ in 0..v.rng.usize(0..4) {
                args.push(channel(v, false));
            }
        }
        _ => return false,
    }
    true
}

fn channel(v: &mut Values, pattern: bool) -> Vec<u8> {
    text(if pattern {
        v.pick(&["c*", "*", "c[12]", "c?", "x\\*"])
    } else {
        v.pick(&["c1", "c2", "c3", "x*", "other", ""])
    })
}

fn bitfield(v: &mut Values, read_only: bool, args: &mut Vec<Vec<u8>>) {
    args.push(v.key(Holds::Bits));
    for _ in 0..v.rng.usize(0..5) {
        let encoding = if v.chance(95) {
            let signed = v.chance(50);
            let bits = v.rng.u32(1..if signed { 65 } else { 64 });
            text(&format!("{}{bits}", if signed { 'i' } else { 'u' }))
        } else {
            text(v.pick(&["u64", "i65", "i0", "u0", "x8", "8", "", "i-1", "u063", "i"]))
        };
        let offset = if v.chance(40) { [b"#".to_vec(), v.bit_offset_small()].concat() } else { v.bit_offset() };
        match if read_only && v.chance(90) { 0 } else { v.rng.u32(0..10) } {
            0..3 => args.extend([text("GET"), encoding, offset]),
            3..6 => args.extend([text("SET"), encoding, offset, v.integer()]),
            6..8 => args.extend([text("INCRBY"), encoding, offset, v.integer()]),
            _ => args.extend([text("OVERFLOW"), text(v.pick(&["WRAP", "SAT", "FAIL", "sat", "BAD"]))]),
        }
    }
}

fn xadd(v: &mut Values, args: &mut Vec<Vec<u8>>) {
    args.push(v.key(Holds::Stream));
    if v.chance(12) {
        args.push(text("NOMKSTREAM"));
    }
    if v.chance(30) {
        let maxlen = v.chance(60);
        args.push(text(if maxlen { "MAXLEN" } else { "MINID" }));
        let approximate = v.chance(40);
        if approximate {
            args.push(text("~"));
        } else if v.chance(30) {
            args.push(text("="));
        }
        args.push(if maxlen { v.count() } else { v.past_stream_id() });
        if (approximate && v.chance(40)) || v.chance(4) {
            args.extend([text("LIMIT"), v.count()]);
        }
    }
    args.push(match v.rng.u32(0..100) {
        0..70 => v.next_stream_id(),
        70..73 => text("*"),
        _ => v.stream_id(),
    });
    for _ in 0..v.rng.usize(1..5) {
        args.push(v.field());
        args.push(v.element());
    }
    if v.chance(3) {
        args.pop();
    }
}

fn scan(v: &mut Values, name: &str, args: &mut Vec<Vec<u8>>) {
    match name {
        "HSCAN" => args.push(v.key(Holds::Hash)),
        "SSCAN" => args.push(v.key(Holds::Set)),
        "ZSCAN" => args.push(v.key(Holds::Zset)),
        _ => {}
    }
    args.push(if v.chance(95) { text("0") } else { text(v.pick(&["abc", "", "18446744073709551616", "1.0"])) });
    if v.chance(40) {
        args.extend([text("MATCH"), v.pattern()]);
    }
    if v.chance(50) {
        args.extend([text("COUNT"), if v.chance(90) { v.rng.u32(1..60).to_string().into_bytes() } else { v.count() }]);
    }
    if name == "SCAN" && v.chance(40) {
        args.extend([text("TYPE"), text(v.pick(&["string", "list", "set", "zset", "hash", "stream", "STRING", "x"]))]);
    }
    if v.chance(2) {
        args.push(text("BAD"));
    }
}

/// Option words that random commands do not send on purpose.
pub fn token_left_out(command: &str, token: &str) -> bool {
    matches!(
        (command, token),
        ("XREAD", "BLOCK") | ("HELLO", "AUTH") | (_, "HELP") | ("CLIENT LIST", _) | ("COMMAND LIST", _)
    )
}

/// Steps of the subscribers: in some episodes with keyspace notifications, in some with channels.
pub fn subscribers(v: &mut Values, commands: &[Command], steps: &mut Vec<Step>) {
    let knows = |name: &str| commands.iter().any(|c| c.words[0] == name);
    if knows("PSUBSCRIBE") && v.chance(15) {
        steps.push(Step { lane: LANE_SUBSCRIBER_RESP3, args: words("PSUBSCRIBE __key*") });
    }
}
