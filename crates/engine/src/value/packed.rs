//! Items in a row: what packed collections share. A [`Needle`] is a string prepared to be looked for among items.
//!
//! Not here: what the items of a body mean; each type says that itself.

use super::item;
use super::record::{Entry, Form};
use crate::limits::{ITEM_BYTES_MAX, PACKED_BYTES_MAX};
use crate::memory::{Arena, Bytes, Oom, Rope, Str};

/// A string to be compared with items: parsed once, so that a comparison with an item is one of bytes or of numbers.
#[derive(Clone, Copy)]
pub enum Needle<'m> {
    /// It spells a number, so it can only stand as a number item.
    Int(i64),
    Slice(&'m [u8]),
    /// In pieces.
    Pieces(Str<'m>),
}

impl<'m> Needle<'m> {
    pub fn new(mem: &'m Arena, bytes: Bytes<'m>) -> Needle<'m> {
        let text = mem.view(bytes);
        if text.len() <= 20
            && let Some(number) = text.to_i64()
        {
            return Needle::Int(number);
        }
        match text {
            Str::Slice(slice) => Needle::Slice(slice),
            text => Needle::Pieces(text),
        }
    }

    /// Whether these bytes, which spell no number, are the string looked for.
    pub fn is_raw(&self, bytes: &[u8]) -> bool {
        match self {
            Needle::Int(_) => false,
            Needle::Slice(slice) => *slice == bytes,
            Needle::Pieces(text) => *text == Str::Slice(bytes),
        }
    }

    /// Whether the item at the start of `bytes` is the string looked for, and the item's encoded length.
    pub fn is_item(&self, mem: &Arena, bytes: &[u8]) -> (bool, usize) {
        match bytes[0] {
            head @ 0..=0x7F => (matches!(self, Needle::Int(number) if *number == i64::from(head)), 1),
            head @ 0x80..=0xBF => {
                let len = (head & 0x3F) as usize;
                (self.is_raw(&bytes[1..1 + len]), 1 + len)
            }
            head @ 0xE0..=0xEF => {
                let len = ((head & 0x0F) as usize) << 8 | bytes[1] as usize;
                (self.is_raw(&bytes[2..2 + len]), 2 + len)
            }
            item::ROPE => {
                let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
                let rope = Rope { len: word(1), root: crate::memory::Ref::from_raw(word(5)) };
                let same = match self {
                    Needle::Int(_) => false,
                    Needle::Slice(slice) => rope.len() == slice.len() && Str::Rope(mem, rope) == Str::Slice(slice),
                    Needle::Pieces(text) => Str::Rope(mem, rope) == *text,
                };
                (same, 9)
            }
            _ => match self {
                Needle::Int(number) => (item::int(bytes) == Some(*number), item::encoded_len(bytes)),
                _ => (false, item::encoded_len(bytes)),
            },
        }
    }
}

/// What must be reserved, in blocks and bytes, to put `elements` more (pairs or members) with strings of `bytes` in all
/// into a hash or set; of one that is not there yet, its record but not its key.
pub fn cost(entry: Option<&Entry>, elements: usize, bytes: usize) -> (usize, usize) {
    let items = bytes + elements * 12;
    let ropes = if bytes > ITEM_BYTES_MAX { 2 } else { 0 };
    let (blocks, more) = match entry {
        // An element each, and a bucket; a split is not made where memory is short.
        Some(entry) if matches!(entry.form(), Form::HashTable | Form::SetTable) => {
            (elements.min(16) + 2, elements * 16 + 512)
        }
        // Numbers may all become wider.
        Some(entry) if entry.form() == Form::SetInts && 4 * entry.body_len() + items <= PACKED_BYTES_MAX => {
            (1, entry.record_bytes() + 3 * entry.body_len())
        }
        Some(entry) if entry.body_len() + items <= PACKED_BYTES_MAX => (1, entry.record_bytes()),
        None if items <= PACKED_BYTES_MAX => (4, items + 1024),
        // It becomes a table; if that finds no memory nothing has changed.
        _ => (elements.min(16) + 8, elements * 16 + 3 * PACKED_BYTES_MAX),
    };
    (blocks + ropes, items + more)
}

/// Offset in `body` of the first item, from `at` on, that is the string looked for; else the number of items passed.
pub fn find(mem: &Arena, body: &[u8], mut at: usize, needle: &Needle) -> Result<usize, usize> {
    let mut count = 0;
    while at < body.len() {
        let (found, len) = needle.is_item(mem, &body[at..]);
        if found {
            return Ok(at);
        }
        count += usize::from(body[at] != item::PADDING);
        at += len;
    }
    Err(count)
}

/// Items in `body`.
pub fn count(body: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < body.len() {
        count += usize::from(body[at] != item::PADDING);
        at += item::encoded_len(&body[at..]);
    }
    count
}

/// The item at offset `at` of the body, and the offset behind it; `None` at the end.
pub fn next(mem: &Arena, entry: &Entry, mut at: usize) -> Option<(Bytes<'static>, usize)> {
    let body = entry.body(mem);
    while at < body.len() && body[at] == item::PADDING {
        at += 1;
    }
    if at >= body.len() {
        return None;
    }
    let (bytes, len) = item::read(mem, entry.record, entry.body_at() + at);
    Some((bytes, at + len))
}

/// Offset of item number `n`.
pub fn nth(body: &[u8], mut n: usize) -> Option<usize> {
    let mut at = 0;
    while at < body.len() {
        if body[at] != item::PADDING {
            if n == 0 {
                return Some(at);
            }
            n -= 1;
        }
        at += item::encoded_len(&body[at..]);
    }
    None
}

/// Appends a prepared item to the body. On failure nothing has changed, and the item is still the caller's.
pub fn append(mem: &mut Arena, entry: &mut Entry, item: &item::Item) -> Result<(), Oom> {
    let end = entry.body_len();
    entry.splice(mem, end, 0, item.len())?;
    item.write(mem, entry.record, entry.body_at() + end);
    Ok(())
}

/// Takes the item at `at` out of the body and frees what it owns. On failure nothing has changed.
pub fn remove(mem: &mut Arena, entry: &mut Entry, at: usize) -> Result<(), Oom> {
    let (bytes, len) = item::read(mem, entry.record, entry.body_at() + at);
    entry.splice(mem, at, len, 0)?;
    free_rope(mem, bytes);
    Ok(())
}

/// Frees what all items of the body own.
pub fn release(mem: &mut Arena, entry: &Entry) {
    let mut at = 0;
    while at < entry.body_len() {
        at += item::release(mem, entry.record, entry.body_at() + at);
    }
}

/// Bytes that the items own beside the body.
pub fn bytes_beside(mem: &Arena, entry: &Entry) -> usize {
    let (mut at, mut total) = (0, 0);
    while let Some(rest) = entry.body(mem).get(at..).filter(|rest| !rest.is_empty()) {
        total += item::bytes_beside(mem, entry.record, entry.body_at() + at);
        at += item::encoded_len(rest);
    }
    total
}

/// Moves what the items own out of sparse pages.
pub fn compact(mem: &mut Arena, entry: &Entry) -> Result<(), Oom> {
    let mut at = 0;
    while at < entry.body_len() {
        at += item::compact(mem, entry.record, entry.body_at() + at)?;
    }
    Ok(())
}

/// Frees a long string that an item or pair owned; anything else lies in its block.
pub fn free_rope(mem: &mut Arena, bytes: Bytes) {
    if let Bytes::Rope(mut rope) = bytes {
        rope.free(mem);
    }
}
