//! Field and value as they stand in hashes, packed or as a table's element.
//!
//! ```text
//! codes:1 | field | value      codes: field's in the high half, value's in the low half
//! code 0..13                   a string of so many bytes that spells no number
//! code 14                      an item: a number, a longer string, a rope
//! ```
//! One byte of head for both, where two items would take two: a hash of short fields costs half as much. A packed row of
//! two and more pairs that all have the same codes, none of them an item, names them once:
//!
//! ```text
//! F0 | codes:1 | field | value | field | value ...
//! ```
//! Such a row becomes an ordinary one with the first pair that differs; it is never made of one again.

use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::packed::Needle;

const RAW_BYTES_MAX: usize = 13;
const ITEM: u8 = 14;
/// First byte of a row of equal codes; no pair begins with it.
const UNIFORM: u8 = 0xF0;
/// Bytes before the pairs of such a row.
pub const UNIFORM_HEAD: usize = 2;

/// The codes of a row that names them once.
pub fn uniform(row: &[u8]) -> Option<u8> {
    match row {
        [UNIFORM, codes, ..] => Some(*codes),
        _ => None,
    }
}

/// Whether pairs with these codes can stand in such a row: no items, and a field, so that no two pairs are empty.
pub fn may_be_uniform(codes: u8) -> bool {
    (1..ITEM).contains(&(codes >> 4)) && codes & 15 < ITEM
}

/// Bytes of a pair in a row of equal codes.
pub fn uniform_bytes(codes: u8) -> usize {
    (codes >> 4) as usize + (codes & 15) as usize
}

/// Pairs of a row, where it tells them by its length.
pub fn uniform_count(row: &[u8]) -> Option<usize> {
    uniform(row).map(|codes| (row.len() - UNIFORM_HEAD) / uniform_bytes(codes))
}

/// Offset of a row's first pair.
pub fn first(row: &[u8]) -> usize {
    if uniform(row).is_some() { UNIFORM_HEAD } else { 0 }
}

/// Puts the codes before a row of one pair, whose bytes stand at the start of the body, once for all to come.
pub fn begin_uniform(mem: &mut Arena, block: Ref, at: usize, pair: usize) {
    mem.copy(block, at, block, at + 1, pair);
    mem.set_u8(block, at, UNIFORM);
}

/// Gives each of `count` pairs, two or more, its own codes; the bytes behind the row are there.
pub fn end_uniform(mem: &mut Arena, block: Ref, at: usize, codes: u8, count: usize) {
    let bytes = uniform_bytes(codes);
    // Each to its place from the last on: only the first moves down, when those behind it have moved up.
    for n in (0..count).rev() {
        mem.copy(block, at + UNIFORM_HEAD + n * bytes, block, at + 1 + n * (1 + bytes), bytes);
    }
    for n in 0..count {
        let head = at + n * (1 + bytes);
        mem.set_u8(block, head, codes);
    }
}

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

/// The head of a pair.
pub fn codes(field: &Half, value: &Half) -> u8 {
    field.code() << 4 | value.code()
}

/// Writes a pair into a block.
pub fn write(mem: &mut Arena, block: Ref, at: usize, field: &Half, value: &Half) {
    mem.set_u8(block, at, codes(field, value));
    write_bare(mem, block, at + 1, field, value);
}

/// Writes a pair without its codes.
pub fn write_bare(mem: &mut Arena, block: Ref, at: usize, field: &Half, value: &Half) {
    field.write(mem, block, at);
    value.write(mem, block, at + field.bytes());
}

/// Where the halves of a pair lie; offsets are those of the bytes it was parsed from.
#[derive(Clone, Copy)]
pub struct Parts {
    pub at: usize,
    pub field_at: usize,
    pub value_at: usize,
    pub end: usize,
    pub codes: u8,
}

fn half_bytes(code: u8, bytes: &[u8], at: usize) -> usize {
    if code == ITEM { item::encoded_len(&bytes[at..]) } else { code as usize }
}

/// The pair at `at` of a row.
pub fn parse(row: &[u8], at: usize) -> Parts {
    match uniform(row) {
        Some(codes) => parts_of(row, codes, at, at),
        None => parts_of(row, row[at], at, at + 1),
    }
}

fn parts_of(bytes: &[u8], codes: u8, at: usize, field_at: usize) -> Parts {
    let value_at = field_at + half_bytes(codes >> 4, bytes, field_at);
    Parts { at, field_at, value_at, end: value_at + half_bytes(codes & 15, bytes, value_at), codes }
}

/// The pair at `at` of a block.
pub fn parse_block(mem: &Arena, block: Ref, at: usize) -> Parts {
    let bytes = mem.tail(block);
    parts_of(bytes, bytes[at], at, at + 1)
}

/// The field of the pair at the start of a block, whatever its value.
pub fn field(mem: &Arena, block: Ref) -> Bytes<'static> {
    read(mem, block, 1, mem.u8_at(block, 0) >> 4)
}

/// The pair at `at` of a row and whether its field is the one looked for.
pub fn check(mem: &Arena, row: &[u8], at: usize, needle: &Needle) -> (bool, Parts) {
    let (codes, field_at) = match uniform(row) {
        Some(codes) => (codes, at),
        None => (row[at], at + 1),
    };
    let (found, field) = match codes >> 4 {
        ITEM => needle.is_item(mem, &row[field_at..]),
        code => (needle.is_raw(&row[field_at..field_at + code as usize]), code as usize),
    };
    let value_at = field_at + field;
    (found, Parts { at, field_at, value_at, end: value_at + half_bytes(codes & 15, row, value_at), codes })
}

impl Parts {
    /// The field of a pair parsed from a block; `base` is what offsets are from.
    pub fn field(&self, mem: &Arena, block: Ref, base: usize) -> Bytes<'static> {
        read(mem, block, base + self.field_at, self.codes >> 4)
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
            if self.codes >> 4 == ITEM { Some(self.field_at) } else { None },
            if self.codes & 15 == ITEM { Some(self.value_at) } else { None },
        ]
    }
}

fn read(mem: &Arena, block: Ref, at: usize, code: u8) -> Bytes<'static> {
    if code == ITEM { item::read(mem, block, at).0 } else { Bytes::in_block(mem, block, at, code as usize) }
}
