//! Reading a list item by item, in either direction, without holding the arena between steps.

use super::chunks::Chunk;
use super::items::{self, Row, footprint};
use super::{End, Place};
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Str};
use crate::value::item;

/// A position between two items. Good until the list changes.
#[derive(Clone, Copy, Debug)]
pub struct Iter {
    row: Row,
    at: usize,
    towards: End,
    chained: bool,
}

impl Iter {
    pub(super) fn forward(row: Row) -> Iter {
        Iter { row, at: row.start, towards: End::Tail, chained: false }
    }

    pub(super) fn forward_from(mem: &Arena, row: Row, index: usize) -> Iter {
        Iter { row, at: row.seek(mem, index), towards: End::Tail, chained: false }
    }

    pub(super) fn backward(row: Row) -> Iter {
        Iter { row, at: row.end, towards: End::Head, chained: false }
    }

    /// Whether the row is a chunk, to be left for the next one.
    pub(super) fn chained(mut self, chained: bool) -> Iter {
        self.chained = chained;
        self
    }

    /// The next item.
    pub fn next(&mut self, mem: &Arena) -> Option<Bytes<'static>> {
        Some(self.next_place(mem)?.1)
    }

    /// The next item and its offset in its block.
    pub(super) fn next_place(&mut self, mem: &Arena) -> Option<(Place, Bytes<'static>)> {
        let at = match self.towards {
            End::Tail => {
                if self.at >= self.row.end {
                    self.row = self.neighbour(mem)?;
                    self.at = self.row.start;
                }
                let at = self.at;
                self.at = self.row.next(mem, at);
                at
            }
            End::Head => {
                if self.at <= self.row.start {
                    self.row = self.neighbour(mem)?;
                    self.at = self.row.end;
                }
                self.at = self.row.prev(mem, self.at);
                self.at
            }
        };
        Some((Place { chunk: self.row.block, at }, items::read(mem, self.row.block, at)))
    }

    /// Calls `take` with each of the next items that is no rope: a slice that begins with the item's bytes, and their
    /// number. Goes on while it returns true, at most `max` times; returns how many were taken.
    pub fn take_while(&mut self, mem: &Arena, max: usize, mut take: impl FnMut(&[u8], usize) -> bool) -> usize {
        if self.towards == End::Head {
            return 0;
        }
        let mut taken = 0;
        let mut digits = Digits::new();
        while taken < max {
            if self.at >= self.row.end {
                match self.neighbour(mem) {
                    Some(row) => (self.row, self.at) = (row, row.start),
                    None => return taken,
                }
            }
            let tail = mem.tail(self.row.block);
            let (end, mut at) = (self.row.end, self.at);
            while taken < max && at < end {
                let rest = &tail[at..];
                let head = rest[0];
                let len = if head & 0xC0 == 0x80 {
                    let len = (head & 0x3F) as usize;
                    if !take(&rest[1..], len) {
                        self.at = at;
                        return taken;
                    }
                    1 + len
                } else {
                    let (bytes, len) = item::read(mem, self.row.block, at);
                    let done = match mem.view(bytes) {
                        Str::Rope(..) => false,
                        text => text.contiguous(&mut digits).is_some_and(|text| take(text, text.len())),
                    };
                    if !done {
                        self.at = at;
                        return taken;
                    }
                    len
                };
                at += footprint(len);
                taken += 1;
            }
            self.at = at;
        }
        taken
    }

    fn neighbour(&self, mem: &Arena) -> Option<Row> {
        if !self.chained || self.row.block.is_null() {
            return None;
        }
        let block = match self.towards {
            End::Tail => Chunk::next(mem, self.row.block),
            End::Head => Chunk::prev(mem, self.row.block),
        };
        if block.is_null() { None } else { Some(Chunk::load(mem, block).row) }
    }
}
