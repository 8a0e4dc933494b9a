//! The stream: entries in id order in blocks of up to half a page, and a directory of the blocks.
//!
//! A block shares field names and stores ids as differences (`block.rs`), the directory is a tree of references
//! (`index.rs`), blocks are also linked both ways for walks (`iter.rs`). Deleted entries are taken out at once; only
//! the first and last of what Redis calls a node leave a tombstone, an id without items, because `~` trimming,
//! effects and XINFO show where nodes begin and end (`node.rs`). Not here: replies, consumer groups.
//!
//! ```text
//! root   length:8 | last id:16 | max deleted id:16 | added:8 | tail id:16 | node id:16 | head's last id:16
//!        | head's live:4 | node's count:4 | node's bytes:4 | node's fields:4 | index:4 | tail:4 | groups:4
//!        | blocks:4 | nodes:4 | levels:1 | flags:1
//! ```

mod block;
mod edit;
mod id;
mod index;
mod iter;
mod node;
mod raw;
mod write;

pub use edit::{Bound, Trim, delete, trim};
pub use id::{Id, IdText};
pub use iter::{Back, Entry, Fields, Iter, edge_id, first_id, last_id, range, range_back};
pub use node::{NodeLimits, radix_nodes};
pub use raw::{META_BYTES, RawIter, RawPiece};
pub use write::append;

use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Oom, Ref};
use crate::value::item;
use crate::value::record;
use index::Index;

/// All of a stream that is not in its blocks; it stands in the key's record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stream {
    /// Entries that are not deleted.
    pub length: u64,
    /// The largest id ever given, or what XSETID made of it.
    pub last_id: Id,
    pub max_deleted_id: Id,
    pub entries_added: u64,
    /// Consumer groups; null without.
    pub groups: Ref,
    /// Redis's nodes (radix-tree-keys of XINFO).
    pub nodes: u32,
    /// The id of the last piece, a tombstone's too.
    tail_id: Id,
    /// The first id of the last node.
    node_id: Id,
    /// Of the first node: its last id and its live entries, where known (`head_live` above 0).
    head_last: Id,
    head_live: u32,
    /// Of the last node: entries it ever held, the bytes Redis's listpack would have, a hash of its field names.
    node_count: u32,
    node_bytes: u32,
    node_fields: u32,
    index: Index,
    tail: Ref,
    blocks: u32,
    /// Whether any item may be a rope.
    long: bool,
}

impl Stream {
    /// Bytes of its stored form.
    pub const BYTES: usize = 8 + 16 + 16 + 8 + 16 + 16 + 16 + 9 * 4 + 2;

    pub fn new() -> Stream {
        Stream::default()
    }

    pub fn load(mem: &Arena, entry: &record::Entry) -> Stream {
        let body = entry.body(mem);
        let Some(body) = body.get(..Self::BYTES) else {
            debug_assert!(false, "a stream's body is its root");
            return Stream::new();
        };
        let mut at = 0;
        let mut take = |len: usize| {
            at += len;
            &body[at - len..at]
        };
        let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let long = |bytes: &[u8]| u64::from(word(bytes)) | u64::from(word(&bytes[4..])) << 32;
        Stream {
            length: long(take(8)),
            last_id: Id::from_bytes(take(16)),
            max_deleted_id: Id::from_bytes(take(16)),
            entries_added: long(take(8)),
            tail_id: Id::from_bytes(take(16)),
            node_id: Id::from_bytes(take(16)),
            head_last: Id::from_bytes(take(16)),
            head_live: word(take(4)),
            node_count: word(take(4)),
            node_bytes: word(take(4)),
            node_fields: word(take(4)),
            tail: Ref::from_raw(word(take(4))),
            groups: Ref::from_raw(word(take(4))),
            blocks: word(take(4)),
            nodes: word(take(4)),
            index: Index { root: Ref::from_raw(word(take(4))), levels: take(1)[0] },
            long: take(1)[0] != 0,
        }
    }

    pub fn store(&self, mem: &mut Arena, entry: &record::Entry) {
        let Some(body) = entry.body_mut(mem).get_mut(..Self::BYTES) else {
            debug_assert!(false, "a stream's body is its root");
            return;
        };
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            body[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&self.length.to_le_bytes());
        put(&self.last_id.to_bytes());
        put(&self.max_deleted_id.to_bytes());
        put(&self.entries_added.to_le_bytes());
        put(&self.tail_id.to_bytes());
        put(&self.node_id.to_bytes());
        put(&self.head_last.to_bytes());
        for word in [
            self.head_live,
            self.node_count,
            self.node_bytes,
            self.node_fields,
            self.tail.raw(),
            self.groups.raw(),
            self.blocks,
            self.nodes,
            self.index.root.raw(),
        ] {
            put(&word.to_le_bytes());
        }
        put(&[self.index.levels, u8::from(self.long)]);
    }

    /// Frees everything but the root's own bytes.
    pub fn free(&mut self, mem: &mut Arena) {
        while !self.free_some(mem, usize::MAX) {}
    }

    /// Frees blocks from the front, with the long strings that their entries own, until about so many pages are free;
    /// whether nothing is left.
    pub fn free_some(&mut self, mem: &mut Arena, pages: usize) -> bool {
        let enough = mem.live_bytes().saturating_sub(pages.saturating_mul(PAGE_BYTES));
        while mem.live_bytes() > enough || enough == 0 {
            let first = self.index.first(mem);
            if first.is_null() {
                break;
            }
            self.release(mem, first, block::start(mem, first), block::used(mem, first));
            self.remove_block(mem, first);
        }
        self.tail.is_null()
    }

    /// A copy with blocks of its own; not of the groups. On failure nothing is allocated.
    pub fn copy(&self, mem: &mut Arena) -> Result<Stream, Oom> {
        let mut copy = *self;
        (copy.index, copy.tail, copy.blocks, copy.groups) = (Index::default(), Ref::NULL, 0, Ref::NULL);
        let mut from = self.index.first(mem);
        while !from.is_null() {
            if let Err(Oom) = copy.copy_block(mem, from) {
                copy.free(mem);
                return Err(Oom);
            }
            from = block::next(mem, from);
        }
        Ok(copy)
    }

    fn copy_block(&mut self, mem: &mut Arena, from: Ref) -> Result<(), Oom> {
        let used = block::used(mem, from);
        let (base, ordinal) = block::key(mem, from);
        let shared = block::start(mem, from);
        let to = block::create(mem, base, ordinal, block::Shared::Block(from), used - shared)?;
        self.link(mem, to)?;
        let mut place = block::first(mem, from);
        while let Some(piece) = block::piece(mem, place) {
            let end = block::behind(mem, from, &piece);
            // The head, then item by item: a rope needs blocks of its own.
            mem.copy(from, place.at, to, place.at, piece.body - place.at);
            let mut at = piece.body;
            while at < end.at {
                let (bytes, len) = item::read(mem, from, at);
                mem.copy(from, at, to, at, len);
                if self.long && matches!(bytes, crate::memory::Bytes::Rope(_)) {
                    match item::Item::prepare(mem, bytes) {
                        Ok(item) => item.write(mem, to, at),
                        Err(Oom) => {
                            // What stands there so far is whole pieces but for this one: cut it off.
                            self.release_items(mem, to, piece.body, at);
                            return Err(Oom);
                        }
                    };
                }
                at += len;
            }
            block::set_used(mem, to, end.at);
            place = end;
        }
        Ok(())
    }

    /// Bytes of the arena that it takes beside its record, without the groups.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        let mut total = self.index.bytes_used(mem);
        let mut at = self.index.first(mem);
        while !at.is_null() {
            total += Arena::block_bytes(block::capacity(mem, at));
            if self.long {
                let mut place = block::first(mem, at);
                while let Some(piece) = block::piece(mem, place) {
                    let end = block::behind(mem, at, &piece);
                    let mut offset = piece.body;
                    while offset < end.at {
                        total += item::bytes_beside(mem, at, offset);
                        offset += item::encoded_len(mem.tail_at(at, offset));
                    }
                    place = end;
                }
            }
            at = block::next(mem, at);
        }
        total
    }

    /// One bounded step of moving its blocks out of sparse pages; returns where to go on, 0 at the end.
    pub fn compact(&mut self, mem: &mut Arena, step: u32) -> Result<u32, Oom> {
        let (at, after) = self.index.at(mem, step);
        if at.is_null() {
            return Ok(0);
        }
        if self.long {
            let mut place = block::first(mem, at);
            while let Some(piece) = block::piece(mem, place) {
                let mut offset = piece.body;
                for _ in 0..piece.items {
                    offset += item::compact(mem, at, offset)?;
                }
                place = block::Place { block: at, at: offset, prev: piece.id };
            }
        }
        self.index.compact(mem, at)?;
        let bytes = block::capacity(mem, at);
        if mem.wants_move(at, bytes) {
            let path = self.index.locate(mem, at);
            let moved = mem.relocate(at, bytes)?;
            self.block_moved(mem, &path, at, moved);
        }
        Ok(after)
    }

    /// Links a new block behind all others.
    fn link(&mut self, mem: &mut Arena, block: Ref) -> Result<(), Oom> {
        if let Err(Oom) = self.index.push(mem, block) {
            mem.free(block, block::capacity(mem, block));
            return Err(Oom);
        }
        block::set_prev(mem, block, self.tail);
        if !self.tail.is_null() {
            block::set_next(mem, self.tail, block);
        }
        self.tail = block;
        self.blocks += 1;
        Ok(())
    }

    /// Takes a block out and frees it; what its items own was released before.
    fn remove_block(&mut self, mem: &mut Arena, at: Ref) {
        self.index.remove(mem, at);
        let (prev, next) = (block::prev(mem, at), block::next(mem, at));
        if !prev.is_null() {
            block::set_next(mem, prev, next);
        }
        if next.is_null() {
            self.tail = prev;
        } else {
            block::set_prev(mem, next, prev);
        }
        self.blocks -= 1;
        mem.free(at, block::capacity(mem, at));
    }

    /// A block has moved: tells its neighbours and the index.
    fn block_moved(&mut self, mem: &mut Arena, path: &index::Path, old: Ref, new: Ref) {
        if old == new {
            return;
        }
        let (prev, next) = (block::prev(mem, new), block::next(mem, new));
        if !prev.is_null() {
            block::set_next(mem, prev, new);
        }
        if !next.is_null() {
            block::set_prev(mem, next, new);
        }
        if self.tail == old {
            self.tail = new;
        }
        self.index.moved(mem, path, new);
    }

    fn resize_block(&mut self, mem: &mut Arena, at: Ref, room: usize) -> Result<Ref, Oom> {
        if Arena::block_bytes(room.min(block::BLOCK_MAX)) == block::capacity(mem, at) {
            return Ok(at);
        }
        let path = self.index.locate(mem, at);
        let moved = block::resize(mem, at, room)?;
        self.block_moved(mem, &path, at, moved);
        Ok(moved)
    }

    /// Gives back what the items of the pieces between two offsets own.
    fn release(&self, mem: &mut Arena, at: Ref, from: usize, to: usize) {
        let mut place = block::Place { block: at, at: from, prev: Id::MIN };
        while self.long && place.at < to {
            let Some(piece) = block::piece(mem, place) else { return };
            let end = block::behind(mem, at, &piece);
            self.release_items(mem, at, piece.body, end.at);
            place = end;
        }
    }

    fn release_items(&self, mem: &mut Arena, at: Ref, mut from: usize, to: usize) {
        while self.long && from < to {
            from += item::release(mem, at, from);
        }
    }
}

/// XLEN.
pub fn len(mem: &Arena, entry: &record::Entry) -> usize {
    usize::try_from(Stream::load(mem, entry).length).unwrap_or(usize::MAX)
}

/// Frees some of what a stream holds beside its record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &record::Entry, blocks: &mut usize) -> Option<u32> {
    let mut stream = Stream::load(mem, entry);
    let before = mem.live_bytes();
    let done = stream.free_some(mem, *blocks);
    *blocks = blocks.saturating_sub((before - mem.live_bytes()).div_ceil(PAGE_BYTES));
    stream.store(mem, entry);
    (!done).then_some(0)
}

/// Bytes of the arena it takes beside its key's record.
pub fn bytes_used(mem: &Arena, entry: &record::Entry) -> usize {
    Stream::load(mem, entry).bytes_used(mem)
}

/// One bounded step of compaction; returns where to go on, 0 at the end.
pub fn compact(mem: &mut Arena, entry: &record::Entry, step: u32) -> Result<u32, Oom> {
    let mut stream = Stream::load(mem, entry);
    let done = stream.compact(mem, step);
    stream.store(mem, entry);
    done
}

/// Copies a stream into a record just created. On failure it is an empty stream.
pub fn copy(mem: &mut Arena, from: &record::Entry, to: &record::Entry) -> Result<(), Oom> {
    Stream::new().store(mem, to);
    let copy = Stream::load(mem, from).copy(mem)?;
    copy.store(mem, to);
    Ok(())
}

#[cfg(test)]
mod tests;
