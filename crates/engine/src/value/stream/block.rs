//! The block: entries in id order, ids as differences, field names shared.
//!
//! ```text
//! block   next:4 | prev:4 | base id:16 | ordinal:4 | used:2 | capacity:2 | fields:1 | fields length:1 | fields | pieces
//! piece   head:1 | [id difference, varints] | [pairs, varint] | [items here:2] | items
//! head    80 same fields as the block's   40 first of a node   30 kind   0F difference
//! kind    0 a whole entry   1 a tombstone, no items   2 the first piece of a long entry   3 its continuation
//! difference  0-3 same ms, sequence + 1 + n   4-10 ms + n - 3, sequence 0   11 same ms, sequence + 1 + varint
//!             12 ms + varint, sequence 0      13 ms + varint, sequence = varint
//! ```
//! The first piece's id is the base. An entry with the block's fields holds values only. An entry too long for the rest
//! of a block goes on in the next: the continuation's block has the same base and an ordinal above 0. What a "node" is
//! stands in `node.rs`.

use super::Id;
use crate::limits::{ITEM_BYTES_MAX, PAGE_BYTES};
use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};

/// Largest block; two of them fill a page.
pub const BLOCK_MAX: usize = PAGE_BYTES / 2;
/// Longest list of field names that a block shares, encoded.
const FIELDS_MAX: usize = if BLOCK_MAX / 8 > 255 { 255 } else { BLOCK_MAX / 8 };

const NEXT: usize = 0;
const PREV: usize = 4;
const BASE: usize = 8;
const ORDINAL: usize = 24;
const USED: usize = 28;
const CAPACITY: usize = 30;
const FIELDS: usize = 32;
const FIELDS_LEN: usize = 33;
const HEADER: usize = 34;

const SAME: u8 = 0x80;
const NODE: u8 = 0x40;
const KIND: u8 = 0x30;
/// Longest head: flags, two varints of an id, pairs, items.
pub const HEAD_MAX: usize = 1 + 10 + 10 + 5 + 2;

const _: () = assert!(HEADER + FIELDS_MAX + HEAD_MAX + ITEM_BYTES_MAX + 2 <= BLOCK_MAX, "an item fits a fresh block");

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Whole = 0x00,
    Tombstone = 0x10,
    First = 0x20,
    More = 0x30,
}

/// The head of a piece, decoded.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub id: Id,
    pub kind: Kind,
    pub same: bool,
    pub node: bool,
    /// Field-value pairs of the whole entry; 0 in a continuation.
    pub pairs: u32,
    /// Items in this piece.
    pub items: u32,
    /// Offset of the first item.
    pub body: usize,
}

/// A boundary between pieces: of the piece there (if one is), and the id it is told apart from.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub block: Ref,
    pub at: usize,
    pub prev: Id,
}

pub fn next(mem: &Arena, block: Ref) -> Ref {
    mem.ref_at(block, NEXT)
}

pub fn prev(mem: &Arena, block: Ref) -> Ref {
    mem.ref_at(block, PREV)
}

pub fn set_next(mem: &mut Arena, block: Ref, next: Ref) {
    mem.set_ref(block, NEXT, next);
}

pub fn set_prev(mem: &mut Arena, block: Ref, prev: Ref) {
    mem.set_ref(block, PREV, prev);
}

pub fn base(mem: &Arena, block: Ref) -> Id {
    Id::from_bytes(mem.bytes_at(block, BASE, 16))
}

/// Order of blocks: the base, then the ordinal among those that one long entry begins.
pub fn key(mem: &Arena, block: Ref) -> (Id, u32) {
    (base(mem, block), mem.u32_at(block, ORDINAL))
}

/// The block begins with a whole entry of this id from now on.
pub fn set_base(mem: &mut Arena, block: Ref, id: Id) {
    mem.set_bytes(block, BASE, &id.to_bytes());
    mem.set_u32(block, ORDINAL, 0);
}

pub fn used(mem: &Arena, block: Ref) -> usize {
    mem.u16_at(block, USED) as usize
}

pub fn set_used(mem: &mut Arena, block: Ref, used: usize) {
    mem.set_u16(block, USED, used as u16);
}

pub fn capacity(mem: &Arena, block: Ref) -> usize {
    mem.u16_at(block, CAPACITY) as usize
}

/// Offset of the first piece.
pub fn start(mem: &Arena, block: Ref) -> usize {
    HEADER + mem.u8_at(block, FIELDS_LEN) as usize
}

/// The boundary before the first piece.
pub fn first(mem: &Arena, block: Ref) -> Place {
    let base = base(mem, block);
    Place { block, at: start(mem, block), prev: Id { ms: base.ms, seq: base.seq.wrapping_sub(1) } }
}

/// Number of shared field names.
fn fields(mem: &Arena, block: Ref) -> usize {
    mem.u8_at(block, FIELDS) as usize
}

/// The shared field names as a boundary for [`item::read`].
pub fn fields_at() -> usize {
    HEADER
}

pub fn same_shared_fields(mem: &Arena, a: Ref, b: Ref) -> bool {
    let (la, lb) = (start(mem, a), start(mem, b));
    la == lb && mem.get(a, la)[FIELDS..] == mem.get(b, lb)[FIELDS..]
}

/// Where a new block takes its shared field names from.
pub enum Shared<'g, 'a> {
    /// Those of this entry, if they are short; says whether they were taken.
    Entry {
        pairs: usize,
        get: &'g dyn Fn(&Arena, usize) -> Bytes<'a>,
    },
    Block(Ref),
}

/// Bytes that an entry's field names take as shared ones; `None` where they are too many or too long.
fn shared_len<'a>(mem: &Arena, pairs: usize, get: &dyn Fn(&Arena, usize) -> Bytes<'a>) -> Option<usize> {
    if pairs > u8::MAX as usize {
        return None;
    }
    let mut total = 0;
    for i in 0..pairs {
        let bytes = get(mem, 2 * i);
        if bytes.len() > FIELDS_MAX {
            return None;
        }
        total += item_len(mem, bytes);
    }
    if total <= FIELDS_MAX { Some(total) } else { None }
}

/// A block without pieces, linked to nothing.
pub fn create(mem: &mut Arena, base: Id, ordinal: u32, shared: Shared<'_, '_>, room: usize) -> Result<Ref, Oom> {
    let (count, len) = match shared {
        Shared::Entry { pairs, get } => match shared_len(mem, pairs, get) {
            Some(len) => (pairs, len),
            None => (0, 0),
        },
        Shared::Block(block) => (fields(mem, block), start(mem, block) - HEADER),
    };
    let capacity = Arena::block_bytes((HEADER + len + room).min(BLOCK_MAX));
    let block = mem.alloc(capacity)?;
    let head = mem.get_mut(block, HEADER);
    head.fill(0);
    head[FIELDS] = count as u8;
    head[FIELDS_LEN] = len as u8;
    head[BASE..BASE + 16].copy_from_slice(&base.to_bytes());
    mem.set_u32(block, ORDINAL, ordinal);
    mem.set_u16(block, USED, (HEADER + len) as u16);
    mem.set_u16(block, CAPACITY, capacity as u16);
    match shared {
        Shared::Entry { get, .. } => {
            let mut at = HEADER;
            for i in 0..count {
                let bytes = get(mem, 2 * i);
                at += short(mem, bytes).write(mem, block, at);
            }
        }
        Shared::Block(from) => mem.copy(from, HEADER, block, HEADER, len),
    }
    Ok(block)
}

/// A string that is no rope, as an item.
fn short<'a>(mem: &Arena, bytes: Bytes<'a>) -> Item<'a> {
    match item::is_int(mem, bytes) {
        Some(value) => Item::Int(value),
        None => Item::Short(bytes),
    }
}

/// Bytes that a string takes as an item.
pub fn item_len(mem: &Arena, bytes: Bytes) -> usize {
    if bytes.len() > ITEM_BYTES_MAX { 9 } else { short(mem, bytes).len() }
}

/// The block with another capacity, at most BLOCK_MAX and at least what is used; it may have moved.
pub fn resize(mem: &mut Arena, block: Ref, room: usize) -> Result<Ref, Oom> {
    let old = capacity(mem, block);
    let new = Arena::block_bytes(room.min(BLOCK_MAX));
    let moved = mem.resize(block, old, new)?;
    mem.set_u16(moved, CAPACITY, new as u16);
    Ok(moved)
}

/// Whether an entry's field names are the shared ones.
pub fn shares<'a>(mem: &Arena, block: Ref, pairs: usize, get: &dyn Fn(&Arena, usize) -> Bytes<'a>) -> bool {
    if fields(mem, block) != pairs {
        return false;
    }
    let mut at = HEADER;
    for i in 0..pairs {
        let (name, len) = item::read(mem, block, at);
        if !mem.same(name, get(mem, 2 * i)) {
            return false;
        }
        at += len;
    }
    true
}

/// The piece at a boundary, or `None` at the end of the block.
pub fn piece(mem: &Arena, place: Place) -> Option<Piece> {
    let block = place.block;
    if block.is_null() || place.at >= used(mem, block) {
        return None;
    }
    let bytes = mem.tail(block);
    let head = bytes[place.at];
    let mut at = place.at + 1;
    let kind = match head & KIND {
        0x00 => Kind::Whole,
        0x10 => Kind::Tombstone,
        0x20 => Kind::First,
        _ => Kind::More,
    };
    let (same, node) = (head & SAME != 0, head & NODE != 0);
    let prev = place.prev;
    let mut id = prev;
    if kind == Kind::More {
        if place.at == start(mem, block) {
            id = base(mem, block);
        }
    } else {
        match head & 0x0F {
            n @ 0..=3 => id.seq = prev.seq.wrapping_add(1 + u64::from(n)),
            n @ 4..=10 => id = Id { ms: prev.ms.wrapping_add(u64::from(n) - 3), seq: 0 },
            11 => id.seq = prev.seq.wrapping_add(1).wrapping_add(varint(bytes, &mut at)),
            12 => id = Id { ms: prev.ms.wrapping_add(varint(bytes, &mut at)), seq: 0 },
            _ => {
                id.ms = prev.ms.wrapping_add(varint(bytes, &mut at));
                id.seq = varint(bytes, &mut at);
            }
        }
    }
    let mut pairs = match kind {
        Kind::Tombstone | Kind::More => 0,
        _ if same => u32::from(bytes[FIELDS]),
        _ => varint(bytes, &mut at) as u32,
    };
    let mut items = if same { pairs } else { pairs.saturating_mul(2) };
    if matches!(kind, Kind::First | Kind::More) {
        items = u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        at += 2;
    }
    if kind == Kind::Tombstone {
        pairs = 0;
    }
    Some(Piece { id, kind, same, node, pairs, items, body: at })
}

/// The boundary behind a piece, in its block.
pub fn behind(mem: &Arena, block: Ref, piece: &Piece) -> Place {
    let bytes = mem.tail(block);
    let mut at = piece.body;
    for _ in 0..piece.items {
        at += item::encoded_len(&bytes[at..]);
    }
    Place { block, at, prev: piece.id }
}

/// The piece at a boundary, in the next block where the boundary is a block's end.
pub fn piece_at(mem: &Arena, place: Place) -> Option<(Place, Piece)> {
    if let Some(piece) = piece(mem, place) {
        return Some((place, piece));
    }
    if place.block.is_null() {
        return None;
    }
    let next = next(mem, place.block);
    if next.is_null() {
        return None;
    }
    let place = first(mem, next);
    piece(mem, place).map(|piece| (place, piece))
}

/// The boundary behind an entry, with all its pieces; it may be the end of a block.
pub fn entry_end(mem: &Arena, at: Ref, piece: &Piece) -> Place {
    let mut end = behind(mem, at, piece);
    if piece.kind == Kind::First {
        while let Some((place, more)) = piece_at(mem, end)
            && more.kind == Kind::More
        {
            end = behind(mem, place.block, &more);
        }
    }
    end
}

/// A head ready to be written.
pub struct Head {
    bytes: [u8; HEAD_MAX],
    len: usize,
}

impl Head {
    pub fn len(&self) -> usize {
        self.len
    }

    /// For a piece that is to stand at this boundary. A continuation has no difference.
    pub fn at(mem: &Arena, place: Place, piece: &Piece) -> Head {
        let mut head = Head { bytes: [0; HEAD_MAX], len: 1 };
        let flags = if piece.same { SAME } else { 0 } | if piece.node { NODE } else { 0 } | piece.kind as u8;
        let (id, prev) = (piece.id, place.prev);
        let code = if piece.kind == Kind::More || place.at == start(mem, place.block) {
            0
        } else if id.ms == prev.ms {
            match id.seq.wrapping_sub(prev.seq).wrapping_sub(1) {
                gap @ 0..=3 => gap as u8,
                gap => {
                    head.varint(gap);
                    11
                }
            }
        } else {
            let gap = id.ms.wrapping_sub(prev.ms);
            if id.seq != 0 {
                head.varint(gap);
                head.varint(id.seq);
                13
            } else if gap <= 7 {
                3 + gap as u8
            } else {
                head.varint(gap);
                12
            }
        };
        head.bytes[0] = flags | code;
        if matches!(piece.kind, Kind::Whole | Kind::First) && !piece.same {
            head.varint(u64::from(piece.pairs));
        }
        if matches!(piece.kind, Kind::First | Kind::More) {
            let items = (piece.items as u16).to_le_bytes();
            head.push(items[0]);
            head.push(items[1]);
        }
        head
    }

    pub fn write(&self, mem: &mut Arena, block: Ref, at: usize) {
        mem.set_bytes(block, at, &self.bytes[..self.len]);
    }

    fn push(&mut self, byte: u8) {
        if self.len < HEAD_MAX {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }
}

/// The number of items of the piece whose body begins at `body`, which has one (kinds First and More).
pub fn set_items(mem: &mut Arena, block: Ref, body: usize, items: usize) {
    mem.set_u16(block, body - 2, items as u16);
}

fn varint(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte < 0x80 || shift > 63 {
            return value;
        }
    }
}
