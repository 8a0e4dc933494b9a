//! Random argument values: small universes, so that commands meet each other's data, and at every place now and then
//! what a careless client would send: huge, negative, not a number, empty, binary.

use super::clock::ABSOLUTE_MS;
use fastrand::Rng;

/// The types a key of the universe usually holds. Its first letter names it, so a report reads by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    String,
    Number,
    Bits,
    List,
    Hash,
    Set,
    Zset,
    /// A sorted set whose scores are all 0: only there do ranges by name have a defined answer. Kept apart from `ALL`,
    /// so that no other command changes it.
    Lex,
    Stream,
    Hll,
    /// A sorted set whose scores are cells.
    Geo,
    /// Anything, most often nothing.
    Any,
}

pub const ALL: [Holds; 11] = [
    Holds::String,
    Holds::Number,
    Holds::Bits,
    Holds::List,
    Holds::Hash,
    Holds::Set,
    Holds::Zset,
    Holds::Stream,
    Holds::Hll,
    Holds::Geo,
    Holds::Any,
];

impl Holds {
    /// The command group that makes it.
    pub fn group(self) -> &'static str {
        match self {
            Holds::String | Holds::Number | Holds::Any => "string",
            Holds::Bits => "bitmap",
            Holds::List => "list",
            Holds::Hash => "hash",
            Holds::Set => "set",
            Holds::Zset | Holds::Lex => "sorted-set",
            Holds::Stream => "stream",
            Holds::Hll => "hyperloglog",
            Holds::Geo => "geo",
        }
    }

    pub fn letter(self) -> char {
        match self {
            Holds::String => 's',
            Holds::Number => 'n',
            Holds::Bits => 'b',
            Holds::List => 'l',
            Holds::Hash => 'h',
            Holds::Set => 'e',
            Holds::Zset => 'z',
            Holds::Lex => 'y',
            Holds::Stream => 'x',
            Holds::Hll => 'p',
            Holds::Geo => 'g',
            Holds::Any => 'a',
        }
    }
}

pub struct Values {
    pub rng: Rng,
    /// Of a thousand values, how many are nonsense on purpose.
    pub odd_permille: u32,
    stream_clock: u32,
}

impl Values {
    pub fn new(seed: u64) -> Values {
        Values { rng: Rng::with_seed(seed), odd_permille: 25, stream_clock: 100 }
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())]
    }

    fn word(&mut self, from: &[&str]) -> Vec<u8> {
        self.pick(from).as_bytes().to_vec()
    }

    fn odd(&mut self) -> bool {
        self.rng.u32(0..1000) < self.odd_permille
    }

    pub fn key(&mut self, holds: Holds) -> Vec<u8> {
        let holds = match holds {
            Holds::Lex => {
                if self.chance(5) {
                    Holds::Hash
                } else {
                    holds
                }
            }
            _ => {
                if self.chance(5) {
                    self.pick(&ALL)
                } else {
                    holds
                }
            }
        };
        let n = match self.rng.u32(0..100) {
            0..98 => self.rng.u32(0..4),
            98 => return vec![b'k', 0, 0xff, b'\r', b'\n', holds.letter() as u8],
            _ => self.rng.u32(4..9),
        };
        format!("{}{}", holds.letter(), n).into_bytes()
    }

    /// What goes into collections: an element, a member, a field.
    pub fn element(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..30 => self.rng.i32(-5..60).to_string().into_bytes(),
            30..62 => format!("m{}", self.rng.u32(0..60)).into_bytes(),
            62..72 => vec![b'a' + self.rng.u8(0..8)],
            72..77 => format!("element-{}-{}", self.rng.u32(0..20), "x".repeat(self.rng.usize(0..50))).into_bytes(),
            77..80 => {
                let n = self.rng.usize(50..140);
                vec![b'A' + self.rng.u8(0..4); n]
            }
            80..84 => self.word(&[
                "32767",
                "32768",
                "-32768",
                "-32769",
                "2147483647",
                "2147483648",
                "-2147483648",
                "127",
                "128",
                "255",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "4294967296",
            ]),
            84..87 => self.word(&["3.14", "1e5", "0.1", "-0", "+1", "007", " 1", "1 ", "inf", "nan", "0x10"]),
            87..91 => {
                let n = self.rng.usize(1..12);
                (0..n).map(|_| self.rng.u8(..)).collect()
            }
            91..93 => Vec::new(),
            93..95 => "\u{e4}\u{20ac}\u{1f600}".as_bytes().to_vec(),
            95..96 => {
                let n = self.rng.usize(200..2500);
                vec![b'z'; n]
            }
            _ => self.word(&["foo", "bar", "hello", "world", "Hello World", "*", "[x]"]),
        }
    }

    pub fn field(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..70 => format!("f{}", self.rng.u32(0..25)).into_bytes(),
            _ => self.element(),
        }
    }

    /// A string value for SET and its like.
    pub fn value(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..20 => self.rng.i32(-100..1000).to_string().into_bytes(),
            20..40 => {
                let n = self.rng.usize(0..60);
                let text = b"The quick brown fox jumps over the lazy dog. 0123456789 abcdefgh";
                text[..n.min(text.len())].to_vec()
            }
            40..50 => {
                // Around embstr's limit.
                let n = self.rng.usize(40..50);
                vec![b'e'; n]
            }
            50..55 => {
                let n = self.rng.usize(100..3000);
                (0..n).map(|_| self.rng.u8(..)).collect()
            }
            55..60 => format!("{}.{}", self.rng.i32(-50..50), self.rng.u32(0..1000)).into_bytes(),
            _ => self.element(),
        }
    }

    fn bad_number(&mut self) -> Vec<u8> {
        self.word(&[
            "",
            "abc",
            "1.5",
            " 1",
            "1 ",
            "+1",
            "-0",
            "01",
            "0x1",
            "1e3",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999999999",
            "-",
            "1a",
            "\u{0}",
            "nan",
            "inf",
            "--1",
            "1\n",
        ])
    }

    /// An integer of a value (INCRBY, SADD of integers).
    pub fn integer(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..70 => self.rng.i32(-20..100).to_string().into_bytes(),
            70..90 => self.rng.i64(-1_000_000_000_000..1_000_000_000_000).to_string().into_bytes(),
            _ => self.word(&["9223372036854775807", "-9223372036854775808", "9223372036854775806", "0", "-1", "1"]),
        }
    }

    /// A position in a collection or string.
    pub fn index(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..60 => self.rng.i32(-8..12).to_string().into_bytes(),
            60..75 => self.rng.i32(-300..300).to_string().into_bytes(),
            75..92 => self.word(&["0", "-1", "1", "-2"]),
            _ => self.word(&[
                "9223372036854775807",
                "-9223372036854775808",
                "-9223372036854775807",
                "100000",
                "-100000",
                "4294967296",
                "2147483648",
                "-2147483649",
            ]),
        }
    }

    /// How many; never so negative that a random-pick command would answer without end.
    pub fn count(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..60 => self.rng.u32(0..8).to_string().into_bytes(),
            60..75 => self.rng.u32(1..200).to_string().into_bytes(),
            75..88 => self.rng.i32(-8..0).to_string().into_bytes(),
            _ => self.word(&["0", "1", "1000000", "9223372036854775807", "-9223372036854775808", "4294967297"]),
        }
    }

    /// Where a write puts bytes: small, or refused; never half a gigabyte that would really be allocated.
    pub fn byte_offset(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..80 => self.rng.u32(0..64).to_string().into_bytes(),
            80..95 => self.rng.u32(0..3000).to_string().into_bytes(),
            _ => self.word(&["-1", "536870912", "9223372036854775807", "-9223372036854775808", "4294967296"]),
        }
    }

    pub fn bit_offset(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..80 => self.rng.u32(0..300).to_string().into_bytes(),
            80..95 => self.rng.u32(0..20_000).to_string().into_bytes(),
            _ => self.word(&["-1", "4294967296", "9223372036854775807", "-9223372036854775808"]),
        }
    }

    pub fn float(&mut self) -> Vec<u8> {
        if self.odd() {
            return self
                .word(&["", "abc", "nan", "-nan", "1.5x", " 1.5", "1.5 ", "1e400", "0x1p3", "inf", "-inf", "+inf"]);
        }
        match self.rng.u32(0..100) {
            0..45 => self.rng.i32(-20..50).to_string().into_bytes(),
            45..75 => format!("{}.{}", self.rng.i32(-20..50), self.rng.u32(0..1000)).into_bytes(),
            75..80 => format!("{}e{}", self.rng.i32(-20..50), self.rng.i32(-20..20)).into_bytes(),
            80..84 => (self.rng.f64() * 1e6).to_string().into_bytes(),
            _ => self.word(&[
                "0",
                "-0",
                "0.0",
                "1",
                "-1",
                "3.0",
                "5.00",
                "1e3",
                "1.7976931348623157e308",
                "5e-324",
                "0.1",
                "0.3",
                "1e17",
                "1e21",
                "123456789012345680",
                "1e-5",
                "0.00001",
                "inf",
                "-inf",
                "+inf",
                "3.1415926535897931",
            ]),
        }
    }

    /// A member of a geo index: few names, so that searches around one find it.
    pub fn place(&mut self) -> Vec<u8> {
        if self.chance(88) { format!("m{}", self.rng.u32(0..24)).into_bytes() } else { self.element() }
    }

    /// Degrees: most within a region a few hundred kilometres wide, on a grid, so that members share cells; some anywhere,
    /// some on the map's edges.
    fn degrees(&mut self, region: i32, max: i32, edges: &[&str]) -> Vec<u8> {
        if self.odd() {
            return self.float();
        }
        match self.rng.u32(0..100) {
            0..62 => format!("{region}.{}", self.rng.u32(0..10)).into_bytes(),
            62..74 => format!("{region}.{:05}", self.rng.u32(0..100_000)).into_bytes(),
            74..90 => format!("{}.{}", self.rng.i32(-max..max), self.rng.u32(0..1_000_000)).into_bytes(),
            _ => self.word(edges),
        }
    }

    pub fn longitude(&mut self) -> Vec<u8> {
        self.degrees(13, 180, &["180", "-180", "179.99999", "-179.9999", "0", "-0", "0.00001", "180.5", "13.361389"])
    }

    pub fn latitude(&mut self) -> Vec<u8> {
        let edges = ["85.05112878", "-85.05112878", "85", "-84.9", "0", "66.5", "-81", "85.06", "-90", "38.115556"];
        self.degrees(37, 85, &edges)
    }

    /// A radius or the side of a box, in a unit between feet and miles.
    pub fn length(&mut self) -> Vec<u8> {
        if self.odd() {
            return self.float();
        }
        match self.rng.u32(0..100) {
            0..50 => self.rng.u32(1..400).to_string().into_bytes(),
            50..65 => self.rng.u32(1..200_000).to_string().into_bytes(),
            65..75 => format!("{}.{}", self.rng.u32(0..100), self.rng.u32(0..1000)).into_bytes(),
            75..85 => self.rng.u32(1000..20_000).to_string().into_bytes(),
            _ => self.word(&["0", "1e-3", "5e6", "1e7", "30000000", "1e300", "inf", "-1", "0.0"]),
        }
    }

    /// A float that every command takes.
    pub fn float_sound(&mut self) -> Vec<u8> {
        match self.rng.u32(0..10) {
            0..6 => self.rng.i32(-20..50).to_string().into_bytes(),
            6..9 => format!("{}.{}", self.rng.i32(-20..50), self.rng.u32(0..1000)).into_bytes(),
            _ => self.word(&["inf", "-inf", "1e17", "0", "-0", "1.5e-9"]),
        }
    }

    pub fn bit_offset_small(&mut self) -> Vec<u8> {
        self.rng.u32(0..40).to_string().into_bytes()
    }

    /// A score's limit in ranges: `5`, `(5`, `-inf`.
    pub fn score_limit(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..25 => self.word(&["-inf", "+inf", "inf", "(inf", "(-inf"]),
            25..45 => [b"(".to_vec(), self.float()].concat(),
            45..47 => self.word(&["(", "((1", "abc", "", "(abc", "[1", "nan", "(nan"]),
            _ => self.float(),
        }
    }

    pub fn lex_limit(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..25 => self.word(&["-", "+"]),
            25..60 => [b"[".to_vec(), self.element()].concat(),
            60..93 => [b"(".to_vec(), self.element()].concat(),
            _ => self.word(&["", "a", "--", "+a", "-a", "(", "["]),
        }
    }

    pub fn stream_id(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..40 => format!("{}-{}", self.rng.u32(0..60), self.rng.u32(0..5)).into_bytes(),
            40..60 => self.rng.u32(0..80).to_string().into_bytes(),
            60..70 => format!("{}-*", self.rng.u32(1..80)).into_bytes(),
            70..78 => self.word(&["0", "0-0", "0-1", "$", "-", "+"]),
            78..84 => self.word(&[
                "18446744073709551615-18446744073709551615",
                "18446744073709551615-0",
                "1-18446744073709551615",
            ]),
            84..88 => self.word(&["", "abc", "1-", "-1", "1-2-3", "18446744073709551616", "1-a", "*-1", "1-*-"]),
            _ => format!("{}-{}", self.rng.u32(60..2000), self.rng.u32(0..3)).into_bytes(),
        }
    }

    /// An id greater than those before, so that most XADDs succeed.
    pub fn next_stream_id(&mut self) -> Vec<u8> {
        self.stream_clock += self.rng.u32(0..3);
        match self.rng.u32(0..4) {
            0 => format!("{}-*", self.stream_clock).into_bytes(),
            _ => {
                self.stream_clock += 1;
                format!("{}-{}", self.stream_clock, self.rng.u32(0..3)).into_bytes()
            }
        }
    }

    /// An id that may have been given out.
    pub fn past_stream_id(&mut self) -> Vec<u8> {
        format!("{}-{}", self.rng.u32(98..self.stream_clock + 3), self.rng.u32(0..2)).into_bytes()
    }

    /// An end of XRANGE.
    pub fn stream_limit(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..30 => self.word(&["-", "+"]),
            30..50 => [b"(".to_vec(), self.stream_id()].concat(),
            _ => self.stream_id(),
        }
    }

    /// Relative time: far in the future and unlike every other (so that GT and LT never compare what two clocks
    /// decide), or gone already, or refused.
    pub fn duration(&mut self, unit_ms: i64) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..85 => (self.rng.i64(1_000_000..2_000_000_000_000) / unit_ms).to_string().into_bytes(),
            85..93 => self.word(&["0", "-1", "-100", "-1000000"]),
            _ => self.word(&["9223372036854775807", "9223372036854775", "-9223372036854775808", "99999999999999999"]),
        }
    }

    pub fn unix_time(&mut self, unit_ms: i64) -> Vec<u8> {
        if self.odd() {
            return self.bad_number();
        }
        match self.rng.u32(0..100) {
            0..80 => (self.rng.i64(ABSOLUTE_MS) / unit_ms).to_string().into_bytes(),
            80..90 => self.word(&["0", "-1", "1", "1000000"]),
            _ => self.word(&["9223372036854775807", "9223372036854775", "-9223372036854775808", "99999999999999999"]),
        }
    }

    pub fn pattern(&mut self) -> Vec<u8> {
        match self.rng.u32(0..10) {
            0..4 => self.word(&["*", "h*", "?1", "[a-m]*", "[^a-m]?", "s[0-2]", "m?", "*1*", "f1*"]),
            4 => self
                .word(&["", "\\*", "a\\", "[", "[a", "[]", "[^]", "[z-a]*", "**", "*?*?", "[\\]]", "h\\1", "a*b*c*"]),
            5 => self.element(),
            _ => format!("{}*", ['s', 'n', 'l', 'h', 'e', 'z', 'x', 'm', 'f'][self.rng.usize(0..9)]).into_bytes(),
        }
    }

    pub fn database(&mut self) -> Vec<u8> {
        match self.rng.u32(0..100) {
            0..90 => self.rng.u32(0..4).to_string().into_bytes(),
            90..94 => self.bad_number(),
            _ => self.word(&["15", "16", "-1", "100", "2147483648", "9223372036854775807"]),
        }
    }
}
