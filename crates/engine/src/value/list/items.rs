//! Items in a row, each followed by its length, so that a row can be read from either end.
//!
//! ```text
//! item | back length: 1 byte (0xxxxxxx) or 2 (0xxxxxxx 1xxxxxxx, the high bits first)
//! ```
//! The packed body and the chunk both are such rows. Positions are offsets in the block that holds the row.

use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Bytes, Ref};
use crate::value::item::{self, Item};

/// Bytes an item of this encoded length takes with its back length.
pub fn footprint(len: usize) -> usize {
    len + if len < 0x80 { 1 } else { 2 }
}

/// A row in one block.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub block: Ref,
    pub start: usize,
    pub end: usize,
    pub count: usize,
}

impl Row {
    /// The position after the item at `at`.
    pub fn next(&self, mem: &Arena, at: usize) -> usize {
        let bytes = &mem.get(self.block, self.end)[at..];
        at + footprint(match bytes[0] {
            0..=0x7F => 1,
            head @ 0x80..=0xBF => 1 + (head & 0x3F) as usize,
            _ => item::encoded_len(bytes),
        })
    }

    /// The position of the item that ends before `at`.
    pub fn prev(&self, mem: &Arena, at: usize) -> usize {
        let bytes = mem.get(self.block, at);
        let last = bytes[at - 1] as usize;
        if last < 0x80 { at - 1 - last } else { at - 2 - ((bytes[at - 2] as usize) << 7 | last & 0x7F) }
    }

    /// The position of item number `index`, from the nearer end; the row's end for `index == count`.
    pub fn seek(&self, mem: &Arena, index: usize) -> usize {
        if index <= self.count / 2 {
            (0..index).fold(self.start, |at, _| self.next(mem, at))
        } else {
            (index..self.count).fold(self.end, |at, _| self.prev(mem, at))
        }
    }
}

/// Writes an item with its back length at `at`; the room must be there.
pub fn write(mem: &mut Arena, block: Ref, at: usize, item: &Item) {
    let len = item.write(mem, block, at);
    let total = footprint(len);
    let back = &mut mem.get_mut(block, at + total)[at + len..];
    if let [only] = back {
        *only = len as u8;
    } else {
        back[0] = (len >> 7) as u8;
        back[1] = 0x80 | (len & 0x7F) as u8;
    }
}

/// The item at `at`.
pub fn read(mem: &Arena, block: Ref, at: usize) -> Bytes<'static> {
    item::read(mem, block, at).0
}

/// A string to look for. What spells a number is stored as that number, so a comparison never formats one.
#[derive(Clone, Copy)]
pub struct Needle<'a>(Bytes<'a>);

impl<'a> Needle<'a> {
    pub fn new(mem: &Arena, bytes: Bytes<'a>) -> Needle<'a> {
        Needle(item::is_int(mem, bytes).map_or(bytes, Bytes::Int))
    }

    pub fn is(&self, mem: &Arena, item: Bytes) -> bool {
        match (self.0, item) {
            (Bytes::Int(a), Bytes::Int(b)) => a == b,
            (Bytes::Int(_), _) | (_, Bytes::Int(_)) => false,
            (a, b) => a.len() == b.len() && mem.same(a, b),
        }
    }
}

const _: () = assert!(PAGE_BYTES <= 1 << 14, "an item's length is 14 bits");
