//! Reading a file in any split: checks it and tells what it says to a [`Sink`].
//!
//! With a sink that does nothing this is the check that is made before memory is touched; with
//! [`super::load::Loader`]'s it fills the keyspace. Nothing is kept but a few bytes, however long the strings.

use super::first::First;
use super::{
    BLOCK_PAYLOAD_MAX, Damage, FLAG_LFU, FLAG_UNSET_CLOCK, HEADER_BYTES, MAGIC, VERSION, kind, piece, string_head,
};
use crate::value::record::Type;
use crate::value::stream::{Id, META_BYTES};
use microredis_crc32::Hasher;

/// A record's head.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Head {
    pub db: u16,
    pub kind: Type,
    pub expires: Option<Expires>,
    pub large: bool,
    /// A string that Redis keeps as text though it spells a number.
    pub text: bool,
    /// Access bits, and whether they are LFU's; version 1 has none.
    pub access: Option<(u32, bool)>,
}

/// When a key expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expires {
    /// Milliseconds of the unix clock.
    At(i64),
    /// The milliseconds that were left at the save, which had no clock to say when that was.
    Left(i64),
}

/// What a sink answers: why it cannot go on.
pub type Told = Result<(), &'static str>;

/// Hears of a file's keys in order: `begin`, the key's string, the value, `end`. A string is any number of `piece`s of
/// which the last says so, or one `number`. A hash's strings alternate, a sorted set's member is followed by its
/// `score`, a stream's `stream` and each entry's `entry` come before its strings.
pub trait Sink {
    fn begin(&mut self, head: &Head) -> Told;
    fn piece(&mut self, bytes: &[u8], last: bool) -> Told;
    fn number(&mut self, value: i64) -> Told;
    fn score(&mut self, score: f64) -> Told;
    fn stream(&mut self, meta: &[u8; META_BYTES]) -> Told;
    /// `pairs` field-value pairs follow; `None`: a tombstone.
    fn entry(&mut self, id: Id, node: bool, pairs: Option<u32>) -> Told;
    fn end(&mut self) -> Told;
}

/// The check without effect.
pub struct Check;

impl Sink for Check {
    fn begin(&mut self, _: &Head) -> Told {
        Ok(())
    }
    fn piece(&mut self, _: &[u8], _: bool) -> Told {
        Ok(())
    }
    fn number(&mut self, _: i64) -> Told {
        Ok(())
    }
    fn score(&mut self, _: f64) -> Told {
        Ok(())
    }
    fn stream(&mut self, _: &[u8; META_BYTES]) -> Told {
        Ok(())
    }
    fn entry(&mut self, _: Id, _: bool, _: Option<u32>) -> Told {
        Ok(())
    }
    fn end(&mut self) -> Told {
        Ok(())
    }
}

/// What a file says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    pub version: u16,
    /// Unix milliseconds of the save.
    pub created_ms: i64,
    pub keys: u64,
    pub bytes: u64,
}

/// A file in reading. Feed it, then [`Decoder::finish`].
pub struct Decoder {
    /// Bytes taken.
    at: u64,
    all: Hasher,
    block: Hasher,
    outer: Outer,
    cut: Cut,
    records: Records,
    first: First,
    summary: Summary,
}

/// Where in the file's frame: what the bytes gathered next are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outer {
    Magic,
    Header,
    FirstHeader,
    First,
    FirstEnd,
    BlockHead,
    Payload { left: usize },
    BlockEnd,
    End,
    Done,
}

/// A few bytes gathered over any split.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    bytes: [u8; 96],
    len: usize,
    pub want: usize,
}

impl Cut {
    pub const fn want(want: usize) -> Cut {
        Cut { bytes: [0; 96], len: 0, want }
    }

    /// Takes what is missing; `true` when all is there.
    pub fn take(&mut self, input: &mut &[u8]) -> bool {
        let n = (self.want - self.len).min(input.len());
        self.bytes[self.len..self.len + n].copy_from_slice(&input[..n]);
        self.len += n;
        *input = &input[n..];
        self.len == self.want
    }

    pub fn next(&mut self, want: usize) {
        self.len = 0;
        self.want = want.min(self.bytes.len());
    }

    pub fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]])
    }

    pub fn u64(&self, at: usize) -> u64 {
        u64::from(self.u32(at)) | u64::from(self.u32(at + 4)) << 32
    }

    pub fn all(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    pub fn new() -> Decoder {
        Decoder {
            at: 0,
            all: Hasher::new(),
            block: Hasher::new(),
            outer: Outer::Magic,
            cut: Cut::want(6),
            records: Records::new(),
            first: First::new(),
            summary: Summary::default(),
        }
    }

    /// Takes the next bytes of the file, all of them.
    pub fn feed(&mut self, input: &[u8], sink: &mut impl Sink) -> Result<(), Damage> {
        let mut rest = input;
        while !rest.is_empty() {
            let before = rest;
            let told = self.step(&mut rest, sink);
            self.at += (before.len() - rest.len()) as u64;
            told.map_err(|why| Damage { at: self.at, why })?;
        }
        Ok(())
    }

    /// The file has no more bytes.
    pub fn finish(&self) -> Result<Summary, Damage> {
        if self.outer == Outer::Done {
            return Ok(Summary { bytes: self.at, ..self.summary });
        }
        let why = if self.at == 0 { "the file is empty" } else { "the file ends too early" };
        Err(Damage { at: self.at, why })
    }

    fn step(&mut self, rest: &mut &[u8], sink: &mut impl Sink) -> Told {
        match self.outer {
            Outer::Payload { left } => {
                let (payload, behind) = rest.split_at(left.min(rest.len()));
                self.block.update(payload);
                self.all.update(payload);
                let mut unread = payload;
                let told = self.records.feed(&mut unread, sink);
                if told.is_err() {
                    *rest = &rest[payload.len() - unread.len()..];
                    return told;
                }
                *rest = behind;
                let left = left - payload.len();
                self.outer = Outer::Payload { left };
                if left == 0 {
                    self.outer = Outer::BlockEnd;
                    self.cut.next(4);
                }
                return Ok(());
            }
            Outer::First => {
                let before = *rest;
                let told = self.first.feed(rest, sink);
                self.all.update(&before[..before.len() - rest.len()]);
                told?;
                if self.first.is_done() {
                    self.outer = Outer::FirstEnd;
                    self.cut.next(4);
                }
                return Ok(());
            }
            Outer::Done => return Err("the file goes on behind its end"),
            _ => {}
        }
        if !self.cut.take(rest) {
            return Ok(());
        }
        let cut = self.cut;
        match self.outer {
            Outer::Magic => {
                if cut.all()[..4] != MAGIC {
                    return Err("not a MicroRDB file");
                }
                self.summary.version = cut.u16(4);
                self.all.update(cut.all());
                match self.summary.version {
                    1 => {
                        self.outer = Outer::FirstHeader;
                        self.cut.next(8);
                    }
                    VERSION => {
                        self.outer = Outer::Header;
                        self.cut.next(HEADER_BYTES - 6);
                    }
                    _ => return Err("a version of MicroRDB that this server does not know"),
                }
            }
            Outer::FirstHeader => {
                self.all.update(cut.all());
                self.summary.created_ms = i64::from(cut.u32(0)) * 1000;
                self.summary.keys = u64::from(cut.u32(4));
                self.first.begin(cut.u32(4));
                self.outer = if self.first.is_done() { Outer::FirstEnd } else { Outer::First };
                self.cut.next(4);
            }
            Outer::FirstEnd => {
                if cut.u32(0) != self.all.clone().finalize() {
                    return Err("the file's checksum does not match");
                }
                self.outer = Outer::Done;
            }
            Outer::Header => {
                self.all.update(&cut.all()[..HEADER_BYTES - 6 - 4]);
                let sum = self.all.clone().finalize();
                self.all.update(&cut.all()[HEADER_BYTES - 6 - 4..]);
                if cut.u32(22) != sum {
                    return Err("the header's checksum does not match");
                }
                let flags = cut.u16(0);
                if flags & !(FLAG_LFU | FLAG_UNSET_CLOCK) != 0 || cut.u32(18) != 0 {
                    return Err("the header has flags that this server does not know");
                }
                self.summary.created_ms = cut.u64(2) as i64;
                self.records.lfu = flags & FLAG_LFU != 0;
                self.records.unset_clock_ms = (flags & FLAG_UNSET_CLOCK != 0).then_some(self.summary.created_ms);
                self.summary.keys = cut.u64(10);
                self.outer = Outer::BlockHead;
                self.cut.next(4);
            }
            Outer::BlockHead => {
                let len = cut.u32(0) as usize;
                if len > BLOCK_PAYLOAD_MAX {
                    return Err("a block is longer than blocks can be");
                }
                self.block = Hasher::new();
                self.block.update(cut.all());
                self.all.update(cut.all());
                if len == 0 {
                    self.outer = Outer::End;
                    self.cut.next(12);
                } else {
                    self.outer = Outer::Payload { left: len };
                }
            }
            Outer::BlockEnd => {
                if cut.u32(0) != self.block.clone().finalize() {
                    return Err("a block's checksum does not match");
                }
                self.all.update(cut.all());
                self.outer = Outer::BlockHead;
                self.cut.next(4);
            }
            _ => {
                self.all.update(&cut.all()[..8]);
                if cut.u32(8) != self.all.clone().finalize() {
                    return Err("the file's checksum does not match");
                }
                if !self.records.between() {
                    return Err("the last record is not whole");
                }
                if cut.u64(0) != self.records.count || self.summary.keys != self.records.count {
                    return Err("the file has another number of keys than it says");
                }
                self.outer = Outer::Done;
            }
        }
        Ok(())
    }
}

/// The payload of version 2's blocks, one after the other.
struct Records {
    lfu: bool,
    /// What a clock that was not set said when the save began.
    unset_clock_ms: Option<i64>,
    count: u64,
    db: u16,
    head: Head,
    left: u32,
    last_id: Option<Id>,
    state: State,
    role: Role,
    cut: Cut,
    text_left: usize,
}

/// What the bytes gathered next are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Op,
    Select,
    /// A record whose expiry is provisional begins.
    Provisional,
    /// Access bits, and an expiry where the first byte says so.
    Head {
        first: u8,
        provisional: bool,
    },
    StringHead,
    StringLen,
    StringInt,
    Text,
    Count,
    Score,
    Meta,
    Piece,
    PieceHead {
        flags: u8,
    },
}

/// What a string is in its record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Item,
    Member,
    Field,
    FieldValue,
    StreamString,
}

impl Records {
    fn new() -> Records {
        let head = Head { db: 0, kind: Type::String, expires: None, large: false, text: false, access: None };
        Records {
            lfu: false,
            unset_clock_ms: None,
            count: 0,
            db: 0,
            head,
            left: 0,
            last_id: None,
            state: State::Op,
            role: Role::Key,
            cut: Cut::want(1),
            text_left: 0,
        }
    }

    fn between(&self) -> bool {
        self.state == State::Op
    }

    fn feed(&mut self, rest: &mut &[u8], sink: &mut impl Sink) -> Told {
        while !rest.is_empty() {
            if self.state == State::Text {
                let (text, behind) = rest.split_at(self.text_left.min(rest.len()));
                *rest = behind;
                self.text_left -= text.len();
                sink.piece(text, self.text_left == 0)?;
                if self.text_left == 0 {
                    self.string_ended(sink)?;
                }
            } else if self.cut.take(rest) {
                self.gathered(sink)?;
            }
        }
        Ok(())
    }

    fn expect(&mut self, state: State, bytes: usize) {
        self.state = state;
        self.cut.next(bytes);
    }

    fn record(&mut self, first: u8, provisional: bool) -> Told {
        if first & kind::MASK > kind::STREAM || first & 0x80 != 0 {
            return Err("a record of unknown type");
        }
        self.expect(State::Head { first, provisional }, if first & kind::EXPIRES != 0 { 11 } else { 3 });
        Ok(())
    }

    fn expires(&self, at_ms: i64, provisional: bool) -> Expires {
        match self.unset_clock_ms {
            Some(saved_ms) if provisional => Expires::Left(at_ms.saturating_sub(saved_ms)),
            _ => Expires::At(at_ms),
        }
    }

    fn string(&mut self, role: Role) {
        self.role = role;
        self.expect(State::StringHead, 1);
    }

    fn gathered(&mut self, sink: &mut impl Sink) -> Told {
        let cut = self.cut;
        match self.state {
            State::Op => {
                let first = cut.all()[0];
                match first {
                    kind::SELECT => self.expect(State::Select, 2),
                    kind::PROVISIONAL if self.unset_clock_ms.is_some() => self.expect(State::Provisional, 1),
                    _ => self.record(first, false)?,
                }
            }
            State::Provisional => {
                let first = cut.all()[0];
                if first & kind::EXPIRES == 0 {
                    return Err("a provisional expiry of a record without one");
                }
                self.record(first, true)?;
            }
            State::Select => {
                self.db = cut.u16(0);
                self.expect(State::Op, 1);
            }
            State::Head { first, provisional } => {
                let access = u32::from(cut.u16(0)) | u32::from(cut.all()[2]) << 16;
                self.head = Head {
                    db: self.db,
                    kind: match first & kind::MASK {
                        kind::STRING => Type::String,
                        kind::LIST => Type::List,
                        kind::SET => Type::Set,
                        kind::ZSET => Type::Zset,
                        kind::HASH => Type::Hash,
                        _ => Type::Stream,
                    },
                    expires: (first & kind::EXPIRES != 0).then(|| self.expires(cut.u64(3) as i64, provisional)),
                    large: first & kind::LARGE != 0,
                    text: first & kind::TEXT != 0,
                    access: Some((access, self.lfu)),
                };
                sink.begin(&self.head)?;
                self.string(Role::Key);
            }
            State::StringHead => match cut.all()[0] {
                len if usize::from(len) <= string_head::LEN_MAX => self.text(usize::from(len), sink)?,
                string_head::LEN_16 => self.expect(State::StringLen, 2),
                string_head::LEN_32 => self.expect(State::StringLen, 4),
                string_head::INT_8 => self.expect(State::StringInt, 1),
                string_head::INT_16 => self.expect(State::StringInt, 2),
                string_head::INT_32 => self.expect(State::StringInt, 4),
                string_head::INT_64 => self.expect(State::StringInt, 8),
                _ => return Err("a string of unknown form"),
            },
            State::StringLen => {
                let len = if cut.all().len() == 2 { u32::from(cut.u16(0)) } else { cut.u32(0) };
                self.text(len as usize, sink)?;
            }
            State::StringInt => {
                let value = match cut.all().len() {
                    1 => i64::from(cut.all()[0] as i8),
                    2 => i64::from(cut.u16(0) as i16),
                    4 => i64::from(cut.u32(0) as i32),
                    _ => cut.u64(0) as i64,
                };
                sink.number(value)?;
                self.string_ended(sink)?;
            }
            State::Count => {
                self.left = cut.u32(0);
                if self.left == 0 {
                    return Err("a key without elements");
                }
                self.next_element(sink)?;
            }
            State::Score => {
                let score = f64::from_bits(cut.u64(0));
                if score.is_nan() {
                    return Err("a score that is no number");
                }
                sink.score(score)?;
                self.left -= 1;
                self.next_element(sink)?;
            }
            State::Meta => {
                let mut meta = [0; META_BYTES];
                meta.copy_from_slice(cut.all());
                self.last_id = None;
                sink.stream(&meta)?;
                self.expect(State::Piece, 1);
            }
            State::Piece => match cut.all()[0] {
                piece::END => self.end(sink)?,
                flags if flags & !(piece::LIVE | piece::NODE) == 0 => {
                    self.expect(State::PieceHead { flags }, if flags & piece::LIVE != 0 { 20 } else { 16 });
                }
                _ => return Err("a stream entry of unknown form"),
            },
            State::PieceHead { flags } => {
                let id = Id::from_bytes(&cut.all()[..16]);
                if self.last_id.is_some_and(|last| id <= last) {
                    return Err("a stream's ids do not ascend");
                }
                self.last_id = Some(id);
                let pairs = (flags & piece::LIVE != 0).then(|| cut.u32(16));
                if pairs.is_some_and(|pairs| pairs > u32::MAX / 2) {
                    return Err("a stream entry with too many fields");
                }
                sink.entry(id, flags & piece::NODE != 0, pairs)?;
                self.left = pairs.unwrap_or(0) * 2;
                self.next_stream_string();
            }
            State::Text => {}
        }
        Ok(())
    }

    fn text(&mut self, len: usize, sink: &mut impl Sink) -> Told {
        self.text_left = len;
        self.state = State::Text;
        if len == 0 {
            sink.piece(&[], true)?;
            self.string_ended(sink)?;
        }
        Ok(())
    }

    fn string_ended(&mut self, sink: &mut impl Sink) -> Told {
        match self.role {
            Role::Key => match self.head.kind {
                Type::String => self.string(Role::Value),
                Type::Stream => self.expect(State::Meta, META_BYTES),
                _ => self.expect(State::Count, 4),
            },
            Role::Value => self.end(sink)?,
            Role::Item | Role::FieldValue => {
                self.left -= 1;
                self.next_element(sink)?;
            }
            Role::Member => self.expect(State::Score, 8),
            Role::Field => self.string(Role::FieldValue),
            Role::StreamString => {
                self.left -= 1;
                self.next_stream_string();
            }
        }
        Ok(())
    }

    fn next_element(&mut self, sink: &mut impl Sink) -> Told {
        if self.left == 0 {
            return self.end(sink);
        }
        self.string(match self.head.kind {
            Type::Zset => Role::Member,
            Type::Hash => Role::Field,
            _ => Role::Item,
        });
        Ok(())
    }

    fn next_stream_string(&mut self) {
        if self.left == 0 {
            self.expect(State::Piece, 1);
        } else {
            self.string(Role::StreamString);
        }
    }

    fn end(&mut self, sink: &mut impl Sink) -> Told {
        self.count += 1;
        self.expect(State::Op, 1);
        sink.end()
    }
}

const _: () = assert!(META_BYTES <= 96);
