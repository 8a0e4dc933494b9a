//! Streams of bad input: requests that are well formed but for a few bytes, headers that promise too much, lines without
//! an end, and noise. Not here: what is done with them.

use fastrand::Rng;

/// Calls that reach far into the engine, as words.
const CALLS: [&str; 30] = [
    "SET k v EX 10",
    "MSET a 1 b 2 c 3",
    "APPEND k xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "SETRANGE k 100000 y",
    "SETBIT b 4000000 1",
    "BITFIELD b SET u8 #100 200 OVERFLOW SAT INCRBY i5 100 1",
    "LPUSH l a b c d",
    "LRANGE l 0 -1",
    "LINSERT l BEFORE a z",
    "HSET h f v g w",
    "HINCRBYFLOAT h n 1.5",
    "SADD s 1 2 3 x",
    "SINTERSTORE t s s",
    "ZADD z GT CH 1 a 2 b inf c",
    "ZRANGESTORE y z 0 -1 REV",
    "ZUNION 2 z y WEIGHTS 1 2 WITHSCORES",
    "XADD st MAXLEN ~ 10 * f v",
    "XRANGE st - + COUNT 2",
    "PFADD p a b c",
    "SORT l BY nosort ALPHA LIMIT 0 2 STORE o",
    "SUBSCRIBE news",
    "PSUBSCRIBE n*",
    "PUBLISH news hello",
    "WATCH k",
    "MULTI",
    "EXEC",
    "SCAN 0 MATCH * COUNT 100",
    "CLIENT LIST",
    "UNLINK l h s z st",
    "FLUSHALL ASYNC",
];

/// Numbers where a count or a length is expected.
const COUNTS: [&str; 22] = [
    "-1",
    "0",
    "-0",
    "+1",
    "1",
    "2",
    "00000000000000000003",
    "1048576",
    "1048577",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "536870912",
    "536870913",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1e3",
    "0x10",
    "",
    " 1",
];

/// One client's input.
pub fn stream(random: &mut Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.usize(1..8) {
        match random.u32(..10) {
            0..=3 => call(random, &mut bytes),
            4 => header(random, &mut bytes),
            5 => line(random, &mut bytes),
            6 => noise(random, &mut bytes),
            _ => {
                let start = bytes.len();
                call(random, &mut bytes);
                damage(random, &mut bytes, start);
            }
        }
    }
    if random.u32(..4) == 0 {
        bytes.truncate(random.usize(..=bytes.len()));
    }
    bytes
}

/// A whole request, its words now and then replaced by odd ones.
fn call(random: &mut Rng, out: &mut Vec<u8>) {
    let words: Vec<&str> = random.choice(CALLS).unwrap_or(CALLS[0]).split(' ').collect();
    let words = words.iter().enumerate().map(|(n, word)| match random.u32(..12) {
        0 if n > 0 => random.choice(COUNTS).unwrap_or("").as_bytes().to_vec(),
        1 if n > 0 => (0..random.usize(..40)).map(|_| random.u8(..)).collect(),
        2 if n > 0 => vec![b'x'; random.usize(..9000)],
        _ => word.as_bytes().to_vec(),
    });
    let words: Vec<Vec<u8>> = words.collect();
    out.extend(format!("*{}\r\n", words.len()).bytes());
    for word in words {
        out.extend(format!("${}\r\n", word.len()).bytes());
        out.extend(word);
        out.extend(b"\r\n");
    }
}

/// A request that promises another number of words or bytes than it has.
fn header(random: &mut Rng, out: &mut Vec<u8>) {
    let mut count = || random.choice(COUNTS).unwrap_or("");
    let text = format!("*{}\r\n${}\r\nGET\r\n${}\r\n", count(), count(), count());
    out.extend(text.bytes());
}

/// An inline request: unbalanced quotes, NULs, no end, or longer than a line may be.
fn line(random: &mut Rng, out: &mut Vec<u8>) {
    const PIECES: [&[u8]; 10] = [b"SET ", b"\"", b"'", b"\\x0", b"\\xzz", b"\0", b" ", b"k", b"\"\"x", b"\t"];
    for _ in 0..random.usize(..20) {
        out.extend(random.choice(PIECES).unwrap_or(b""));
    }
    if random.u32(..30) == 0 {
        out.extend(std::iter::repeat_n(b'a', 70_000));
    }
    out.extend(random.choice([&b"\r\n"[..], b"\n", b"\r", b""]).unwrap_or(b""));
}

fn noise(random: &mut Rng, out: &mut Vec<u8>) {
    out.extend((0..random.usize(..300)).map(|_| random.u8(..)));
}

/// Changes a few bytes from `start` on: another value, one too many, one too few.
pub fn damage(random: &mut Rng, bytes: &mut Vec<u8>, start: usize) {
    for _ in 0..random.usize(1..4) {
        if bytes.len() <= start {
            return;
        }
        let at = random.usize(start..bytes.len());
        match random.u32(..3) {
            0 => bytes[at] ^= 1 << random.u32(..8),
            1 => bytes.insert(at, random.u8(..)),
            _ => drop(bytes.remove(at)),
        }
    }
}

/// Lines of a configuration file: names and values that do not belong together.
pub fn config(random: &mut Rng) -> Vec<u8> {
    const NAMES: [&str; 14] = [
        "port",
        "bind",
        "maxmemory",
        "save",
        "dir",
        "include",
        "hz",
        "timeout",
        "requirepass",
        "loglevel",
        "databases",
        "client-output-buffer-limit",
        "user",
        "no-such-thing",
    ];
    const VALUES: [&str; 14] = [
        "-1",
        "0",
        "99999999999999999999",
        "x",
        "\"",
        "'a",
        "\"\\x",
        "",
        "1gb2",
        "/nowhere/at/all",
        "normal 0 0",
        "* ?",
        "yes no",
        "\u{e9}\0",
    ];
    let mut bytes = Vec::new();
    for _ in 0..random.usize(1..6) {
        let (name, value) = (random.choice(NAMES).unwrap_or(""), random.choice(VALUES).unwrap_or(""));
        bytes.extend(format!("{name} {value}\n").bytes());
    }
    if random.bool() {
        noise(random, &mut bytes);
    }
    bytes
}
