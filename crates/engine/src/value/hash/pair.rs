//! Field and value as they stand in hashes, packed or as a table's element.
//!
//! ```text
//! codes:1 | field | value      codes: field's in the high half, value's in the low half
//! code 0..13                   a string of so many bytes that spells no number
//! code 14                      an item: a number, a longer string, a rope
//! ```
//! One byte of head for both, where two items would take two: a hash of short fields costs half as much.

use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::packed::Needle;

const RAW_BYTES_MAX: usize = 13;
const ITEM: u8 = 14;

/// A field or a value ready to be written.
#[derive(Clone, Copy)]
pub struct Half<'a>(Item<'a>);

impl<'a> Half<'a> {
    /// As [`Item::prepare`]; call [`Half::discard`] if it is not written.
    pub fn prepare(mem: &mut Arena, bytes: Bytes<'a>) -> Result<Half<'a>, Oom> {
        Item::prepare(mem, bytes).map(Half)
    }

    fn raw(&self) -> Option<Bytes<'a>> {
        match self.0 {
            Item::Short(bytes) if bytes.len() <= RAW_BYTES_MAX => Some(bytes),
            _ => None,
        }
    }

    pub fn code(&self) -> u8 {
        self.raw().map_or(ITEM, |bytes| bytes.len() as u8)
    }

    /// Bytes it takes, without its code.
    pub fn bytes(&self) -> usize {
        self.raw().map_or_else(|| self.0.len(), |bytes| bytes.len())
    }

    pub fn write(&self, mem: &mut Arena, block: Ref, at: usize) {
        match self.raw() {
            Some(bytes) => mem.put(block, at, bytes, 0, bytes.len()),
            None => {
                self.0.write(mem, block, at);
            }
        }
    }

    pub fn discard(self, mem: &mut Arena) {
        self.0.discard(mem);
    }
}

/// Bytes of a pair.
pub fn bytes(field: &Half, value: &Half) -> usize {
    1 + field.bytes() + value.bytes()
}

/// Writes a pair into a block.
pub fn write(mem: &mut Arena, block: Ref, at: usize, field: &Half, value: &Half) {
    mem.get_mut(block, at + 1)[at] = field.code() << 4 | value.code();
    field.write(mem, block, at + 1);
    value.write(mem, block, at + 1 + field.bytes());
}

/// Where the halves of a pair lie; offsets are those of the bytes it was parsed from.
#[derive(Clone, Copy)]
pub struct Parts {
    pub at: usize,
    pub value_at: usize,
    pub end: usize,
    codes: u8,
}

fn half_bytes(code: u8, bytes: &[u8], at: usize) -> usize {
    if code == ITEM { item::encoded_len(&bytes[at..]) } else { code as usize }
}

/// The pair at `at`.
pub fn parse(bytes: &[u8], at: usize) -> Parts {
    let codes = bytes[at];
    let value_at = at + 1 + half_bytes(codes >> 4, bytes, at + 1);
    Parts { at, value_at, end: value_at + half_bytes(codes & 15, bytes, value_at), codes }
}

/// The pair at `at` of a block.
pub fn parse_block(mem: &Arena, block: Ref, at: usize) -> Parts {
    parse(mem.tail(block), at)
}

/// The field of the pair at the start of a block, whatever its value.
pub fn field(mem: &Arena, block: Ref) -> Bytes<'static> {
    read(mem, block, 1, mem.get(block, 1)[0] >> 4)
}

/// The pair at `at` and whether its field is the one looked for.
pub fn check(mem: &Arena, bytes: &[u8], at: usize, needle: &Needle) -> (bool, Parts) {
    let codes = bytes[at];
    let (found, field) = match codes >> 4 {
        ITEM => needle.is_item(mem, &bytes[at + 1..]),
        code => (needle.is_raw(&bytes[at + 1..at + 1 + code as usize]), code as usize),
    };
    let value_at = at + 1 + field;
    (found, Parts { at, value_at, end: value_at + half_bytes(codes & 15, bytes, value_at), codes })
}

impl Parts {
    /// The field of a pair parsed from a block; `base` is what offsets are from.
    pub fn field(&self, mem: &Arena, block: Ref, base: usize) -> Bytes<'static> {
        read(mem, block, base + self.at + 1, self.codes >> 4)
    }

    pub fn value(&self, mem: &Arena, block: Ref, base: usize) -> Bytes<'static> {
        read(mem, block, base + self.value_at, self.codes & 15)
    }

    /// The head byte with another value's code.
    pub fn codes_with(&self, value: &Half) -> u8 {
        self.codes & 0xF0 | value.code()
    }

    /// Offsets of the halves that are items: what may own a rope.
    pub fn items(&self) -> [Option<usize>; 2] {
        [
            if self.codes >> 4 == ITEM { Some(self.at + 1) } else { None },
            if self.codes & 15 == ITEM { Some(self.value_at) } else { None },
        ]
    }
}

fn read(mem: &Arena, block: Ref, at: usize, code: u8) -> Bytes<'static> {
    if code == ITEM { item::read(mem, block, at).0 } else { Bytes::in_block(mem, block, at, code as usize) }
}
