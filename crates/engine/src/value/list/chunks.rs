//! A long list: a doubly linked chain of chunks, each one block with a row of items somewhere inside.
//!
//! ```text
//! root (the record's body)   head:4 | tail:4 | count:4
//! chunk                      prev:4 | next:4 | start:2 | end:2 | capacity:2 | count:2 | ... items ...
//! count                      bits 0-14; bit 15: some item is (or was) a rope
//! ```
//! Items lie between `start` and `end`, with room on either side: both ends of a list grow and shrink without moving
//! what is there. Only the first and the last chunk have room to speak of: a chunk is left behind when it is full, so
//! a list filled from its ends wastes less than one item a chunk. The ends' chunks begin as a quarter of a page and
//! double, so that a list of a few hundred bytes does not take pages.

use super::End;
use super::items::{self, Row, footprint};
use crate::limits::{ITEM_BYTES_MAX, PAGE_BYTES};
use crate::memory::{Arena, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::record::Entry;

const PREV: usize = 0;
const NEXT: usize = 4;
pub const HEADER: usize = 16;
const ROPES: u16 = 0x8000;
const FIRST_BYTES: usize = PAGE_BYTES / 4;
/// Neighbours become one when they fill no more than this together, so that the next insertion does not split again.
const MERGED_BYTES_MAX: usize = PAGE_BYTES / 4 * 3;

const _: () = assert!(HEADER + ITEM_BYTES_MAX + 4 <= FIRST_BYTES, "any item fits any chunk");
const _: () = assert!(PAGE_BYTES < 0x8000 * 2, "positions and counts in a chunk are 15 bits");

/// A chunk's header but for its links.
#[derive(Clone, Copy)]
pub struct Chunk {
    pub row: Row,
    capacity: usize,
    ropes: bool,
}

impl Chunk {
    pub fn load(mem: &Arena, block: Ref) -> Chunk {
        let head = mem.get(block, HEADER);
        let half = |i: usize| u16::from_le_bytes([head[i], head[i + 1]]);
        let count = half(14);
        Chunk {
            row: Row { block, start: half(8) as usize, end: half(10) as usize, count: (count & !ROPES) as usize },
            capacity: half(12) as usize,
            ropes: count & ROPES != 0,
        }
    }

    fn store(&self, mem: &mut Arena) {
        let head = &mut mem.get_mut(self.row.block, HEADER)[8..];
        head[0..2].copy_from_slice(&(self.row.start as u16).to_le_bytes());
        head[2..4].copy_from_slice(&(self.row.end as u16).to_le_bytes());
        head[4..6].copy_from_slice(&(self.capacity as u16).to_le_bytes());
        let count = self.row.count as u16 | if self.ropes { ROPES } else { 0 };
        head[6..8].copy_from_slice(&count.to_le_bytes());
    }

    pub fn next(mem: &Arena, block: Ref) -> Ref {
        mem.ref_at(block, NEXT)
    }

    pub fn prev(mem: &Arena, block: Ref) -> Ref {
        mem.ref_at(block, PREV)
    }

    /// Bytes of its items.
    pub fn used(&self) -> usize {
        self.row.end - self.row.start
    }

    fn spare(&self) -> usize {
        self.capacity - HEADER - self.used()
    }

    fn room(&self, end: End) -> usize {
        match end {
            End::Head => self.row.start - HEADER,
            End::Tail => self.capacity - self.row.end,
        }
    }

    /// Moves the items so that they start at `start`.
    fn slide(&mut self, mem: &mut Arena, start: usize) {
        mem.copy(self.row.block, self.row.start, self.row.block, start, self.used());
        self.row.end = start + self.used();
        self.row.start = start;
    }

    /// Writes an item into the room at an end, which must suffice.
    fn add(&mut self, mem: &mut Arena, end: End, item: &Item) {
        let need = footprint(item.len());
        let at = match end {
            End::Head => {
                self.row.start -= need;
                self.row.start
            }
            End::Tail => {
                self.row.end += need;
                self.row.end - need
            }
        };
        items::write(mem, self.row.block, at, item);
        self.row.count += 1;
        self.ropes |= matches!(item, Item::Long(_));
        self.store(mem);
    }

    /// Frees the block, not what its items own.
    pub fn free_block(&self, mem: &mut Arena) {
        mem.free(self.row.block, self.capacity);
    }

    /// Frees what the items from `from` to `to` own.
    fn release(&self, mem: &mut Arena, from: usize, to: usize) {
        if self.ropes {
            let mut at = from;
            while at < to {
                at += footprint(item::release(mem, self.row.block, at));
            }
        }
    }
}

/// The root, and where it is stored.
pub struct Chain {
    record: Ref,
    at: usize,
    pub head: Ref,
    pub tail: Ref,
    pub count: usize,
}

impl Chain {
    pub const BYTES: usize = 12;

    pub fn load(mem: &Arena, entry: &Entry) -> Chain {
        let (record, at) = (entry.record, entry.body_at());
        Chain {
            record,
            at,
            head: mem.ref_at(record, at),
            tail: mem.ref_at(record, at + 4),
            count: mem.u32_at(record, at + 8) as usize,
        }
    }

    pub fn store(&self, mem: &mut Arena) {
        mem.set_ref(self.record, self.at, self.head);
        mem.set_ref(self.record, self.at + 4, self.tail);
        mem.set_u32(self.record, self.at + 8, self.count as u32);
    }

    /// Makes the packed body of `entry` a chain of one chunk with room for `need` bytes more at `end`.
    pub fn from_packed(mem: &mut Arena, entry: &mut Entry, row: &Row, end: End, need: usize) -> Result<Chain, Oom> {
        let used = row.end - row.start;
        let mut chunk = new_chunk(mem, used + need, end)?;
        chunk.row.count = row.count;
        match end {
            End::Head => chunk.row.start -= used,
            End::Tail => chunk.row.end += used,
        }
        mem.copy(row.block, row.start, chunk.row.block, chunk.row.start, used);
        // A rope takes nine bytes; whether there is one is not worth a walk.
        chunk.ropes = row.count > 0;
        chunk.store(mem);
        if let Err(oom) = entry.reshape(mem, crate::value::record::Form::ListChunks, Self::BYTES) {
            mem.free(chunk.row.block, chunk.capacity);
            return Err(oom);
        }
        let block = chunk.row.block;
        let chain =
            Chain { record: entry.record, at: entry.body_at(), head: block, tail: block, count: chunk.row.count };
        chain.store(mem);
        Ok(chain)
    }

    fn end(&self, end: End) -> Ref {
        match end {
            End::Head => self.head,
            End::Tail => self.tail,
        }
    }

    /// Lets `prev` (or the root) name `after` as what follows, and `next` (or the root) name `before`.
    fn relink(&mut self, mem: &mut Arena, prev: Ref, next: Ref, after: Ref, before: Ref) {
        if prev.is_null() {
            self.head = after;
        } else {
            mem.set_ref(prev, NEXT, after);
        }
        if next.is_null() {
            self.tail = before;
        } else {
            mem.set_ref(next, PREV, before);
        }
    }

    /// Puts a new chunk between two neighbours (null: the chain's end).
    fn link(&mut self, mem: &mut Arena, block: Ref, prev: Ref, next: Ref) {
        mem.set_ref(block, PREV, prev);
        mem.set_ref(block, NEXT, next);
        self.relink(mem, prev, next, block, block);
    }

    /// Takes a chunk out of the chain and frees its block.
    fn unlink(&mut self, mem: &mut Arena, chunk: &Chunk) {
        let (prev, next) = (Chunk::prev(mem, chunk.row.block), Chunk::next(mem, chunk.row.block));
        self.relink(mem, prev, next, next, prev);
        mem.free(chunk.row.block, chunk.capacity);
    }

    /// A larger block for a chunk, its items starting at `start(capacity)`.
    fn grow(
        &mut self,
        mem: &mut Arena,
        chunk: &Chunk,
        need: usize,
        start: &dyn Fn(usize) -> usize,
    ) -> Result<Chunk, Oom> {
        let wanted = (HEADER + chunk.used() + need).max(chunk.capacity * 2).min(PAGE_BYTES);
        let capacity = Arena::block_bytes(wanted);
        let mut grown = *chunk;
        grown.row.block = mem.alloc(capacity)?;
        grown.capacity = capacity;
        grown.row.start = start(capacity);
        grown.row.end = grown.row.start + chunk.used();
        mem.copy(chunk.row.block, chunk.row.start, grown.row.block, grown.row.start, chunk.used());
        let (prev, next) = (Chunk::prev(mem, chunk.row.block), Chunk::next(mem, chunk.row.block));
        self.link(mem, grown.row.block, prev, next);
        grown.store(mem);
        mem.free(chunk.row.block, chunk.capacity);
        Ok(grown)
    }

    pub fn push(&mut self, mem: &mut Arena, end: End, item: &Item) -> Result<(), Oom> {
        let need = footprint(item.len());
        let mut chunk = Chunk::load(mem, self.end(end));
        if chunk.room(end) < need {
            chunk = self.make_room(mem, chunk, end, need)?;
        }
        chunk.add(mem, end, item);
        self.count += 1;
        self.store(mem);
        Ok(())
    }

    /// The chunk at an end has no room there: its items slide if that pays, else it grows, else there is a new one.
    fn make_room(&mut self, mem: &mut Arena, mut chunk: Chunk, end: End, need: usize) -> Result<Chunk, Oom> {
        let used = chunk.used();
        if chunk.spare() >= need + chunk.capacity / 4 {
            // Half of what is spare stays on the other side, for lists that are pushed at both.
            let half = (chunk.spare() - need) / 2;
            let start = match end {
                End::Head => HEADER + need + half,
                End::Tail => HEADER + half,
            };
            chunk.slide(mem, start);
            return Ok(chunk);
        }
        if chunk.capacity < PAGE_BYTES && HEADER + used + need <= PAGE_BYTES {
            return self.grow(mem, &chunk, need, &|capacity| match end {
                End::Head => capacity - used,
                End::Tail => HEADER,
            });
        }
        let fresh = new_chunk(mem, need, end)?;
        fresh.store(mem);
        match end {
            End::Head => self.link(mem, fresh.row.block, Ref::NULL, self.head),
            End::Tail => self.link(mem, fresh.row.block, self.tail, Ref::NULL),
        }
        Ok(fresh)
    }

    /// Inserts before the position `at` of a chunk (its end: after all). Returns where the item lies.
    pub fn insert(&mut self, mem: &mut Arena, block: Ref, at: usize, item: &Item) -> Result<(Ref, usize), Oom> {
        let chunk = Chunk::load(mem, block);
        let need = footprint(item.len());
        if block == self.head && at == chunk.row.start {
            self.push(mem, End::Head, item)?;
            return Ok((self.head, Chunk::load(mem, self.head).row.start));
        }
        if block == self.tail && at == chunk.row.end {
            self.push(mem, End::Tail, item)?;
            return Ok((self.tail, Chunk::load(mem, self.tail).row.end - need));
        }
        let (mut chunk, mut at) = (chunk, at);
        if chunk.spare() < need {
            (chunk, at) = self.split_or_grow(mem, chunk, at, need)?;
        }
        let at = open(mem, &mut chunk, at, need);
        items::write(mem, chunk.row.block, at, item);
        chunk.row.count += 1;
        chunk.ropes |= matches!(item, Item::Long(_));
        chunk.store(mem);
        self.count += 1;
        self.store(mem);
        Ok((chunk.row.block, at))
    }

    /// The chunk and position that `at` of a full chunk has become, with `need` bytes to spare.
    fn split_or_grow(&mut self, mem: &mut Arena, chunk: Chunk, at: usize, need: usize) -> Result<(Chunk, usize), Oom> {
        if HEADER + chunk.used() + need <= PAGE_BYTES {
            let grown = self.grow(mem, &chunk, need, &|_| HEADER)?;
            return Ok((grown, at - chunk.row.start + HEADER));
        }
        let mut count = 0;
        let mut middle = chunk.row.start;
        while middle < chunk.row.start + chunk.used() / 2 {
            middle = chunk.row.next(mem, middle);
            count += 1;
        }
        let moved = chunk.row.end - middle;
        let mut right = new_chunk(mem, (moved + need).max(PAGE_BYTES / 2 - HEADER), End::Tail)?;
        mem.copy(chunk.row.block, middle, right.row.block, HEADER, moved);
        right.row.end = HEADER + moved;
        right.row.count = chunk.row.count - count;
        right.ropes = chunk.ropes;
        right.store(mem);
        let next = Chunk::next(mem, chunk.row.block);
        self.link(mem, right.row.block, chunk.row.block, next);
        let mut left = chunk;
        left.row.end = middle;
        left.row.count = count;
        left.store(mem);
        self.store(mem);
        Ok(if at <= middle { (left, at) } else { (right, at - middle + HEADER) })
    }

    /// Overwrites the item at `at` by one of the same encoded length, or makes the room fit. `Err` changes nothing.
    pub fn replace(&mut self, mem: &mut Arena, block: Ref, at: usize, item: &Item) -> Result<(), Oom> {
        let mut chunk = Chunk::load(mem, block);
        let old = chunk.row.next(mem, at) - at;
        let need = footprint(item.len());
        if need > old + chunk.spare() {
            // What is replaced follows what is inserted, in this chunk or the next.
            let (mut block, at) = self.insert(mem, block, at, item)?;
            let mut row = Chunk::load(mem, block).row;
            let mut at = row.next(mem, at);
            if at == row.end {
                block = Chunk::next(mem, block);
                row = Chunk::load(mem, block).row;
                at = row.start;
            }
            self.remove(mem, block, at);
            return Ok(());
        }
        chunk.release(mem, at, at + old);
        let at =
            if need > old { open(mem, &mut chunk, at, need - old) } else { close(mem, &mut chunk, at, old - need) };
        // Either way there are now `need` bytes to write at the position, the old item's rest among them.
        items::write(mem, block, at, item);
        chunk.ropes |= matches!(item, Item::Long(_));
        chunk.store(mem);
        Ok(())
    }

    /// Removes the item at `at`. Returns the position between its neighbours; `None` when the chunk went with it.
    pub fn remove(&mut self, mem: &mut Arena, block: Ref, at: usize) -> Option<usize> {
        let mut chunk = Chunk::load(mem, block);
        let len = chunk.row.next(mem, at) - at;
        chunk.release(mem, at, at + len);
        self.count -= 1;
        chunk.row.count -= 1;
        let between = if chunk.row.count == 0 {
            self.unlink(mem, &chunk);
            None
        } else {
            let at = close(mem, &mut chunk, at, len);
            chunk.store(mem);
            Some(at)
        };
        self.store(mem);
        between
    }

    /// Drops `n` items (fewer than all) from an end.
    pub fn drop_items(&mut self, mem: &mut Arena, end: End, mut n: usize) {
        self.count -= n;
        while n > 0 {
            let mut chunk = Chunk::load(mem, self.end(end));
            if chunk.row.count <= n {
                n -= chunk.row.count;
                chunk.release(mem, chunk.row.start, chunk.row.end);
                self.unlink(mem, &chunk);
                continue;
            }
            match end {
                End::Head => {
                    let at = chunk.row.seek(mem, n);
                    chunk.release(mem, chunk.row.start, at);
                    chunk.row.start = at;
                }
                End::Tail => {
                    let at = chunk.row.seek(mem, chunk.row.count - n);
                    chunk.release(mem, at, chunk.row.end);
                    chunk.row.end = at;
                }
            }
            chunk.row.count -= n;
            chunk.store(mem);
            n = 0;
        }
        self.store(mem);
    }

    /// Makes a chunk and the one after it one if they are small; else fills the first from the second if it is sparse.
    /// That it may not be possible does not matter.
    pub fn merge(&mut self, mem: &mut Arena, left: Ref, right: Ref) {
        if left.is_null() || right.is_null() {
            return;
        }
        let (mut a, mut b) = (Chunk::load(mem, left), Chunk::load(mem, right));
        let total = a.used() + b.used();
        if HEADER + total > MERGED_BYTES_MAX {
            if a.spare() > a.capacity / 4 {
                self.refill(mem, a, b);
            }
            return;
        }
        let count = a.row.count + b.row.count;
        let ropes = a.ropes || b.ropes;
        if a.capacity < HEADER + total && b.capacity >= HEADER + total {
            if b.row.start < HEADER + a.used() {
                b.slide(mem, b.capacity - b.used());
            }
            b.row.start -= a.used();
            mem.copy(a.row.block, a.row.start, b.row.block, b.row.start, a.used());
            (b.row.count, b.ropes) = (count, ropes);
            b.store(mem);
            self.unlink(mem, &a);
        } else {
            if a.capacity < HEADER + total {
                let Ok(grown) = self.grow(mem, &a, b.used(), &|_| HEADER) else { return };
                a = grown;
            }
            if a.capacity - a.row.end < b.used() {
                a.slide(mem, HEADER);
            }
            mem.copy(b.row.block, b.row.start, a.row.block, a.row.end, b.used());
            a.row.end += b.used();
            (a.row.count, a.ropes) = (count, ropes);
            a.store(mem);
            self.unlink(mem, &b);
        }
        self.store(mem);
    }

    /// Moves items from the front of `b` to the end of `a`, the chunk before it.
    fn refill(&mut self, mem: &mut Arena, mut a: Chunk, mut b: Chunk) {
        // A little stays free, for an insertion that would split it again.
        let room = a.spare() - a.capacity / 16;
        let (mut at, mut count) = (b.row.start, 0);
        while at < b.row.end {
            let next = b.row.next(mem, at);
            if next - b.row.start > room {
                break;
            }
            at = next;
            count += 1;
        }
        let moved = at - b.row.start;
        if a.room(End::Tail) < moved {
            a.slide(mem, HEADER);
        }
        mem.copy(b.row.block, b.row.start, a.row.block, a.row.end, moved);
        a.row.end += moved;
        a.row.count += count;
        a.ropes |= b.ropes;
        a.store(mem);
        b.row.start = at;
        b.row.count -= count;
        if b.row.count == 0 {
            self.unlink(mem, &b);
        } else {
            b.store(mem);
        }
        self.store(mem);
    }

    /// Frees up to `blocks` chunks from the head and what their items own; whether some are left.
    pub fn free_some(&mut self, mem: &mut Arena, blocks: &mut usize) -> bool {
        while !self.head.is_null() {
            if *blocks == 0 {
                return true;
            }
            let chunk = Chunk::load(mem, self.head);
            let next = Chunk::next(mem, self.head);
            *blocks = blocks.saturating_sub(if chunk.ropes { chunk.row.count } else { 1 });
            chunk.release(mem, chunk.row.start, chunk.row.end);
            mem.free(self.head, chunk.capacity);
            self.head = next;
        }
        false
    }

    /// Bytes of the arena that the chain takes.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        let mut total = 0;
        let mut block = self.head;
        while !block.is_null() {
            let chunk = Chunk::load(mem, block);
            total += chunk.capacity;
            if chunk.ropes {
                let mut at = chunk.row.start;
                while at < chunk.row.end {
                    total += item::bytes_beside(mem, block, at);
                    at = chunk.row.next(mem, at);
                }
            }
            block = Chunk::next(mem, block);
        }
        total
    }

    /// Moves chunks `skip..skip + max` and what their items own out of sparse pages. Returns whether chunks are left.
    pub fn compact(&mut self, mem: &mut Arena, skip: usize, max: usize) -> Result<bool, Oom> {
        let mut block = self.head;
        for _ in 0..skip {
            if block.is_null() {
                return Ok(false);
            }
            block = Chunk::next(mem, block);
        }
        for _ in 0..max {
            if block.is_null() {
                return Ok(false);
            }
            let mut chunk = Chunk::load(mem, block);
            if mem.wants_move(block, chunk.capacity) {
                let (prev, next) = (Chunk::prev(mem, block), Chunk::next(mem, block));
                block = mem.relocate(block, chunk.capacity)?;
                chunk.row.block = block;
                self.relink(mem, prev, next, block, block);
                self.store(mem);
            }
            if chunk.ropes {
                let mut at = chunk.row.start;
                while at < chunk.row.end {
                    at += footprint(item::compact(mem, block, at)?);
                }
            }
            block = Chunk::next(mem, block);
        }
        Ok(!block.is_null())
    }
}

/// An empty chunk with room for `len` bytes of items, all of it at `end`; neither stored nor linked.
fn new_chunk(mem: &mut Arena, len: usize, end: End) -> Result<Chunk, Oom> {
    let capacity = Arena::block_bytes((HEADER + len).clamp(FIRST_BYTES, PAGE_BYTES));
    let block = mem.alloc(capacity)?;
    let at = match end {
        End::Head => capacity,
        End::Tail => HEADER,
    };
    mem.get_mut(block, HEADER).fill(0);
    Ok(Chunk { row: Row { block, start: at, end: at, count: 0 }, capacity, ropes: false })
}

/// Opens a gap of `len` bytes before `at`, moving the smaller side where its room allows. Returns where it starts.
fn open(mem: &mut Arena, chunk: &mut Chunk, at: usize, len: usize) -> usize {
    let (before, after) = (at - chunk.row.start, chunk.row.end - at);
    let (front, back) = (chunk.room(End::Head), chunk.room(End::Tail));
    let left = if before <= after { len.min(front) } else { len.saturating_sub(back) };
    let right = len - left;
    let block = chunk.row.block;
    mem.copy(block, chunk.row.start, block, chunk.row.start - left, before);
    mem.copy(block, at, block, at + right, after);
    chunk.row.start -= left;
    chunk.row.end += right;
    at - left
}

/// Takes `len` bytes out at `at`, moving the smaller side. Returns the position between what was before and after.
fn close(mem: &mut Arena, chunk: &mut Chunk, at: usize, len: usize) -> usize {
    let block = chunk.row.block;
    let (before, after) = (at - chunk.row.start, chunk.row.end - at - len);
    if before < after {
        mem.copy(block, chunk.row.start, block, chunk.row.start + len, before);
        chunk.row.start += len;
        at + len
    } else {
        mem.copy(block, at + len, block, at, after);
        chunk.row.end -= len;
        at
    }
}
