//! A long byte string as a tree of blocks: one block up to a page, then an index of pages, then an index of indexes.
//!
//! All leaves but the last are whole pages. A null leaf reads as zeros, so a bitmap with one far bit costs its indexes
//! only. A change that fails with [`Oom`] leaves the rope as it was.

use super::{Arena, Bytes, Oom, Ref};
use crate::limits::PAGE_BYTES;

const FANOUT: usize = PAGE_BYTES / 4;
static ZEROS: [u8; PAGE_BYTES] = [0; PAGE_BYTES];

/// Root and length; 8 bytes wherever it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rope {
    pub root: Ref,
    pub len: u32,
}

/// Blocks one change of length can allocate: a leaf, an index on either level, and two new roots.
const CHANGE_BLOCKS: usize = 6;

impl Rope {
    pub const EMPTY: Rope = Rope { root: Ref::NULL, len: 0 };

    /// Longest rope: two levels of indexes.
    pub const LEN_MAX: usize = if FANOUT * FANOUT * PAGE_BYTES > u32::MAX as usize {
        u32::MAX as usize - PAGE_BYTES
    } else {
        FANOUT * FANOUT * PAGE_BYTES
    };

    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A copy of these bytes.
    pub fn create(mem: &mut Arena, bytes: Bytes) -> Result<Rope, Oom> {
        let mut rope = Rope::EMPTY;
        match rope.append(mem, bytes) {
            Ok(()) => Ok(rope),
            Err(Oom) => {
                rope.free(mem);
                Err(Oom)
            }
        }
    }

    /// Appends in steps of a leaf; on failure what was appended before stays (callers truncate).
    pub fn append(&mut self, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
        let total = bytes.len();
        let mut from = 0;
        while from < total {
            let room = PAGE_BYTES - self.len() % PAGE_BYTES;
            let n = room.min(total - from);
            let at = self.len();
            self.resize(mem, at + n)?;
            self.write(mem, at, bytes, from, n)?;
            from += n;
        }
        Ok(())
    }

    /// The contiguous bytes from `offset` on; empty at the end.
    pub fn chunk<'m>(&self, mem: &'m Arena, offset: usize) -> &'m [u8] {
        if offset >= self.len() {
            return &[];
        }
        let index = offset / PAGE_BYTES;
        let size = self.leaf_bytes(index);
        let leaf = self.leaf(mem, index);
        let whole = if leaf.is_null() { &ZEROS[..size] } else { mem.get(leaf, size) };
        &whole[offset % PAGE_BYTES..]
    }

    /// The arena position of the byte at `offset` (`None` in a hole) and how many bytes follow contiguously.
    pub(super) fn place(&self, mem: &Arena, offset: usize) -> (Option<usize>, usize) {
        let index = offset / PAGE_BYTES;
        let room = self.leaf_bytes(index) - offset % PAGE_BYTES;
        let leaf = self.leaf(mem, index);
        if leaf.is_null() { (None, room) } else { (Some(mem.position(leaf) + offset % PAGE_BYTES), room) }
    }

    /// Overwrites `len` bytes at `offset` (within the rope's length) with those of `bytes` from `from` on.
    pub fn write(&mut self, mem: &mut Arena, offset: usize, bytes: Bytes, from: usize, len: usize) -> Result<(), Oom> {
        let mut done = 0;
        while done < len {
            let index = (offset + done) / PAGE_BYTES;
            let at = (offset + done) % PAGE_BYTES;
            let n = (self.leaf_bytes(index) - at).min(len - done);
            let leaf = self.leaf_for_write(mem, index)?;
            mem.put(leaf, at, bytes, from + done, n);
            done += n;
        }
        Ok(())
    }

    /// The mutable bytes from `offset` to the end of its leaf.
    pub fn chunk_mut<'m>(&mut self, mem: &'m mut Arena, offset: usize) -> Result<&'m mut [u8], Oom> {
        let index = offset / PAGE_BYTES;
        let size = self.leaf_bytes(index);
        let leaf = self.leaf_for_write(mem, index)?;
        Ok(&mut mem.get_mut(leaf, size)[offset % PAGE_BYTES..])
    }

    /// Makes the rope `new` bytes long; what is added reads as zeros.
    pub fn resize(&mut self, mem: &mut Arena, new: usize) -> Result<(), Oom> {
        if new == 0 {
            self.free(mem);
            return Ok(());
        }
        if new > Self::LEN_MAX {
            return Err(Oom);
        }
        if new > self.len() { self.grow(mem, new) } else { self.shrink(mem, new) }
    }

    pub fn free(&mut self, mem: &mut Arena) {
        self.free_some(mem, 0, usize::MAX);
    }

    /// Frees up to `max` leaves from number `from` on, behind the last of them the indexes. The number to go on with,
    /// which is all the rope may still be used for; `None`: nothing is left.
    pub fn free_some(&mut self, mem: &mut Arena, from: usize, max: usize) -> Option<usize> {
        let n = leaves(self.len());
        let to = from.saturating_add(max).min(n);
        for index in from..to {
            let leaf = self.leaf(mem, index);
            mem.free(leaf, self.leaf_bytes(index));
        }
        if to < n {
            return Some(to);
        }
        match depth(n) {
            0 => {}
            1 => mem.free(self.root, n * 4),
            _ => {
                for child in 0..n.div_ceil(FANOUT) {
                    let block = mem.ref_at(self.root, child * 4);
                    mem.free(block, child_entries(n, child) * 4);
                }
                mem.free(self.root, n.div_ceil(FANOUT) * 4);
            }
        }
        *self = Rope::EMPTY;
        None
    }

    /// Bytes of the arena it takes, block sizes and indexes included.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        let n = leaves(self.len());
        let mut total = 0;
        for index in 0..n {
            if !self.leaf(mem, index).is_null() {
                total += Arena::block_bytes(self.leaf_bytes(index));
            }
        }
        match depth(n) {
            0 => total,
            1 => total + Arena::block_bytes(n * 4),
            _ => {
                let children = n.div_ceil(FANOUT);
                let last = Arena::block_bytes(child_entries(n, children - 1) * 4);
                total + (children - 1) * PAGE_BYTES + last + Arena::block_bytes(children * 4)
            }
        }
    }

    /// Moves those of its blocks that lie in sparse pages.
    pub fn compact(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        let n = leaves(self.len());
        for index in 0..n {
            let leaf = self.leaf(mem, index);
            let size = self.leaf_bytes(index);
            if mem.wants_move(leaf, size) {
                let moved = mem.relocate(leaf, size)?;
                self.set_leaf(mem, index, moved)?;
            }
        }
        if depth(n) > 1 {
            for child in 0..n.div_ceil(FANOUT) {
                let block = mem.ref_at(self.root, child * 4);
                if mem.wants_move(block, child_entries(n, child) * 4) {
                    let moved = mem.relocate(block, child_entries(n, child) * 4)?;
                    mem.set_ref(self.root, child * 4, moved);
                }
            }
        }
        let entries = if depth(n) > 1 { n.div_ceil(FANOUT) } else { n };
        if depth(n) > 0 && mem.wants_move(self.root, entries * 4) {
            self.root = mem.relocate(self.root, entries * 4)?;
        }
        Ok(())
    }

    fn leaf_bytes(&self, index: usize) -> usize {
        (self.len() - index * PAGE_BYTES).min(PAGE_BYTES)
    }

    fn leaf(&self, mem: &Arena, index: usize) -> Ref {
        match depth(leaves(self.len())) {
            0 => self.root,
            1 => mem.ref_at(self.root, index * 4),
            _ => {
                let child = mem.ref_at(self.root, index / FANOUT * 4);
                if child.is_null() { Ref::NULL } else { mem.ref_at(child, index % FANOUT * 4) }
            }
        }
    }

    fn set_leaf(&mut self, mem: &mut Arena, index: usize, leaf: Ref) -> Result<(), Oom> {
        let n = leaves(self.len());
        match depth(n) {
            0 => self.root = leaf,
            1 => mem.set_ref(self.root, index * 4, leaf),
            _ => {
                let mut child = mem.ref_at(self.root, index / FANOUT * 4);
                if child.is_null() {
                    let bytes = child_entries(n, index / FANOUT) * 4;
                    child = mem.alloc(bytes)?;
                    mem.get_mut(child, bytes).fill(0);
                    mem.set_ref(self.root, index / FANOUT * 4, child);
                }
                mem.set_ref(child, index % FANOUT * 4, leaf);
            }
        }
        Ok(())
    }

    fn leaf_for_write(&mut self, mem: &mut Arena, index: usize) -> Result<Ref, Oom> {
        let leaf = self.leaf(mem, index);
        if !leaf.is_null() {
            return Ok(leaf);
        }
        let size = self.leaf_bytes(index);
        let leaf = mem.alloc(size)?;
        mem.get_mut(leaf, size).fill(0);
        if let Err(oom) = self.set_leaf(mem, index, leaf) {
            mem.free(leaf, size);
            return Err(oom);
        }
        Ok(leaf)
    }

    fn grow(&mut self, mem: &mut Arena, new: usize) -> Result<(), Oom> {
        let (n0, n1) = (leaves(self.len()), leaves(new));
        if n0 == 0 {
            // A hole of one leaf: nothing is allocated until it is written.
            *self = Rope { root: Ref::NULL, len: new.min(PAGE_BYTES) as u32 };
            return if n1 == 1 { Ok(()) } else { self.grow(mem, new) };
        }
        // Every block below takes at most a page: checked at once, so that nothing fails halfway.
        if mem.pages_available() < CHANGE_BLOCKS {
            return Err(Oom);
        }
        let last = self.leaf(mem, n0 - 1);
        let (size0, size1) = (self.leaf_bytes(n0 - 1), (new - (n0 - 1) * PAGE_BYTES).min(PAGE_BYTES));
        if !last.is_null() && size0 != size1 {
            let moved = mem.resize(last, size0, size1)?;
            mem.get_mut(moved, size1)[size0..].fill(0);
            self.set_leaf(mem, n0 - 1, moved)?;
        }
        if n1 > n0 {
            self.root = grow_index(mem, self.root, n0, n1)?;
        }
        self.len = new as u32;
        Ok(())
    }

    fn shrink(&mut self, mem: &mut Arena, new: usize) -> Result<(), Oom> {
        let (n0, n1) = (leaves(self.len()), leaves(new));
        let size1 = new - (n1 - 1) * PAGE_BYTES;
        let last = self.leaf(mem, n1 - 1);
        if !last.is_null() {
            let moved = mem.resize(last, self.leaf_bytes(n1 - 1), size1)?;
            self.set_leaf(mem, n1 - 1, moved)?;
        }
        for index in n1..n0 {
            let leaf = self.leaf(mem, index);
            mem.free(leaf, self.leaf_bytes(index));
        }
        if n1 < n0 {
            self.root = shrink_index(mem, self.root, n0, n1)?;
        }
        self.len = new as u32;
        Ok(())
    }
}

fn leaves(len: usize) -> usize {
    len.div_ceil(PAGE_BYTES)
}

fn depth(leaves: usize) -> usize {
    match leaves {
        0 | 1 => 0,
        n if n <= FANOUT => 1,
        _ => 2,
    }
}

/// Leaves that child index number `child` of a rope with `n` leaves names.
fn child_entries(n: usize, child: usize) -> usize {
    (n - child * FANOUT).min(FANOUT)
}

fn resize_refs(mem: &mut Arena, block: Ref, old: usize, new: usize) -> Result<Ref, Oom> {
    let moved = mem.resize(block, old * 4, new * 4)?;
    if new > old {
        mem.get_mut(moved, new * 4)[old * 4..].fill(0);
    }
    Ok(moved)
}

fn grow_index(mem: &mut Arena, mut root: Ref, n0: usize, n1: usize) -> Result<Ref, Oom> {
    let mut entries = n0;
    if depth(n0) == 0 {
        let index = mem.alloc(4)?;
        mem.set_ref(index, 0, root);
        root = index;
        entries = 1;
    }
    if depth(n1) == 1 {
        return resize_refs(mem, root, entries, n1);
    }
    if depth(n0) < 2 {
        let child = resize_refs(mem, root, entries, FANOUT)?;
        let index = mem.alloc(4)?;
        mem.set_ref(index, 0, child);
        return resize_refs(mem, index, 1, n1.div_ceil(FANOUT));
    }
    let children = n0.div_ceil(FANOUT);
    let last = mem.ref_at(root, (children - 1) * 4);
    if !last.is_null() {
        let moved = resize_refs(mem, last, child_entries(n0, children - 1), child_entries(n1, children - 1))?;
        mem.set_ref(root, (children - 1) * 4, moved);
    }
    resize_refs(mem, root, children, n1.div_ceil(FANOUT))
}

fn shrink_index(mem: &mut Arena, root: Ref, n0: usize, n1: usize) -> Result<Ref, Oom> {
    match (depth(n0), depth(n1)) {
        (1, 0) => {
            let leaf = mem.ref_at(root, 0);
            mem.free(root, n0 * 4);
            Ok(leaf)
        }
        (1, _) => resize_refs(mem, root, n0, n1),
        (_, d1) => {
            let (c0, c1) = (n0.div_ceil(FANOUT), n1.div_ceil(FANOUT));
            for child in c1..c0 {
                let block = mem.ref_at(root, child * 4);
                mem.free(block, child_entries(n0, child) * 4);
            }
            let last = mem.ref_at(root, (c1 - 1) * 4);
            let mut kept = last;
            if !last.is_null() {
                kept = resize_refs(mem, last, child_entries(n0, c1 - 1), child_entries(n1, c1 - 1))?;
                mem.set_ref(root, (c1 - 1) * 4, kept);
            }
            if d1 == 2 {
                return resize_refs(mem, root, c0, c1);
            }
            mem.free(root, c0 * 4);
            if kept.is_null() {
                // All that is left are holes: an index of null leaves, or a null leaf.
                if d1 == 0 {
                    return Ok(Ref::NULL);
                }
                let index = mem.alloc(n1 * 4)?;
                mem.get_mut(index, n1 * 4).fill(0);
                return Ok(index);
            }
            if d1 == 0 {
                let leaf = mem.ref_at(kept, 0);
                mem.free(kept, 4);
                return Ok(leaf);
            }
            Ok(kept)
        }
    }
}

#[cfg(test)]
mod tests;
