//! Reading a file in any split: checks it and tells what it says to a [`Sink`].
//!
//! With a sink that does nothing this is the check that is made before memory is touched; with
//! [`super::load::Loader`]'s it fills the keyspace. Nothing is kept but a few bytes, however long the strings.

use super::first::First;
use super::records::Records;
use super::{BLOCK_PAYLOAD_MAX, Damage, FLAG_LFU, FLAG_UNSET_CLOCK, HEADER_BYTES, MAGIC, VERSION};
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
