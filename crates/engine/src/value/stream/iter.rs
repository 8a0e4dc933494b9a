//! Walks over entries by id bounds, both ways. A walk borrows nothing between its steps; it ends when the stream is
//! changed.

use super::block::{self, Kind, Piece, Place};
use super::{Id, Stream};
use crate::memory::{Arena, Bytes, Ref};
use crate::value::item;

/// A live entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: Id,
    /// Field-value pairs.
    pub pairs: usize,
    block: Ref,
    piece: Piece,
}

impl Entry {
    pub(super) fn new(block: Ref, piece: Piece) -> Entry {
        Entry { id: piece.id, pairs: piece.pairs as usize, block, piece }
    }

    pub fn fields(&self) -> Fields {
        let names = if self.piece.same { Some((self.block, block::fields_at())) } else { None };
        let at = Place { block: self.block, at: self.piece.body, prev: self.id };
        Fields { at, items: self.piece.items, pairs: self.piece.pairs, names }
    }
}

/// The fields of an entry in their order.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    at: Place,
    /// Items left in the piece.
    items: u32,
    pairs: u32,
    /// The next shared field name.
    names: Option<(Ref, usize)>,
}

impl Fields {
    /// The next field and value.
    pub fn next(&mut self, mem: &Arena) -> Option<(Bytes<'static>, Bytes<'static>)> {
        if self.pairs == 0 {
            return None;
        }
        self.pairs -= 1;
        let name = match &mut self.names {
            Some((block, at)) => {
                let (name, len) = item::read(mem, *block, *at);
                *at += len;
                name
            }
            None => self.item(mem)?,
        };
        Some((name, self.item(mem)?))
    }

    fn item(&mut self, mem: &Arena) -> Option<Bytes<'static>> {
        while self.items == 0 {
            let (place, piece) = block::piece_at(mem, self.at)?;
            if piece.kind != Kind::More {
                return None;
            }
            self.at = Place { block: place.block, at: piece.body, prev: piece.id };
            self.items = piece.items;
        }
        let (bytes, len) = item::read(mem, self.at.block, self.at.at);
        self.at.at += len;
        self.items -= 1;
        Some(bytes)
    }
}

/// A walk from a first id up to a last one, both included.
#[derive(Clone, Copy, Debug)]
pub struct Iter {
    at: Place,
    from: Id,
    to: Id,
}

/// The entries of `from..=to` in ascending order.
pub fn range(mem: &Arena, stream: &Stream, from: Id, to: Id) -> Iter {
    let block = stream.index.find(mem, from, 0);
    let at = if block.is_null() { Place { block, at: 0, prev: Id::MIN } } else { block::first(mem, block) };
    Iter { at, from, to }
}

impl Iter {
    /// The next entry.
    pub fn next(&mut self, mem: &Arena) -> Option<Entry> {
        loop {
            let (place, piece) = block::piece_at(mem, self.at)?;
            if piece.id > self.to {
                return None;
            }
            self.at = block::behind(mem, place.block, &piece);
            if matches!(piece.kind, Kind::Whole | Kind::First) && piece.id >= self.from {
                return Some(Entry::new(place.block, piece));
            }
        }
    }
}

/// Entries looked back at in one pass over a block.
const LOOK_BACK: usize = 16;

/// A walk from a last id down to a first one, both included. Pieces can only be read forwards, so each pass over a
/// block remembers the last few entries before the ones that were given out.
#[derive(Clone, Copy, Debug)]
pub struct Back {
    block: Ref,
    /// Pieces from this offset on are done with.
    end: usize,
    from: Id,
    to: Id,
    found: [(u16, Id); LOOK_BACK],
    count: usize,
}

/// The entries of `from..=to` in descending order.
pub fn range_back(mem: &Arena, stream: &Stream, from: Id, to: Id) -> Back {
    let block = stream.index.find(mem, to, 0);
    let end = if block.is_null() { 0 } else { block::used(mem, block) };
    Back { block, end, from, to, found: [(0, Id::MIN); LOOK_BACK], count: 0 }
}

impl Back {
    /// The next entry, downwards.
    pub fn next(&mut self, mem: &Arena) -> Option<Entry> {
        while self.count == 0 {
            if self.block.is_null() {
                return None;
            }
            self.look(mem);
            if self.count == 0 {
                self.block = block::prev(mem, self.block);
                self.end = if self.block.is_null() { 0 } else { block::used(mem, self.block) };
            }
        }
        self.count -= 1;
        let (at, prev) = self.found[self.count];
        let piece = block::piece(mem, Place { block: self.block, at: at as usize, prev })?;
        if piece.id < self.from {
            self.block = Ref::NULL;
            self.count = 0;
            return None;
        }
        Some(Entry::new(self.block, piece))
    }

    /// Finds the last entries before `end`.
    fn look(&mut self, mem: &Arena) {
        let mut seen = 0;
        let mut place = block::first(mem, self.block);
        while place.at < self.end {
            let Some(piece) = block::piece(mem, place) else { break };
            if piece.id > self.to {
                break;
            }
            if matches!(piece.kind, Kind::Whole | Kind::First) {
                self.found[seen % LOOK_BACK] = (place.at as u16, place.prev);
                seen += 1;
            }
            place = block::behind(mem, self.block, &piece);
        }
        self.count = seen.min(LOOK_BACK);
        if seen > LOOK_BACK {
            self.found.rotate_left(seen % LOOK_BACK);
            self.end = self.found[0].0 as usize;
        } else {
            self.end = 0;
        }
    }
}

/// The first live entry's id.
pub fn first_id(mem: &Arena, stream: &Stream) -> Option<Id> {
    range(mem, stream, Id::MIN, Id::MAX).next(mem).map(|entry| entry.id)
}

/// The last live entry's id.
pub fn last_id(mem: &Arena, stream: &Stream) -> Option<Id> {
    range_back(mem, stream, Id::MIN, Id::MAX).next(mem).map(|entry| entry.id)
}

/// The first id, a tombstone's too; the largest one without entries. What Redis propagates for MINID.
pub fn edge_id(mem: &Arena, stream: &Stream) -> Id {
    let first = stream.index.first(mem);
    if first.is_null() { Id::MAX } else { block::base(mem, first) }
}
