//! The directory of a table's buckets: a tree of index blocks with a reference an entry, grown and shrunk at its end.
//! Not here: what a bucket is.

use super::Bare;
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Oom, Ref};

/// Entries of a full index block.
pub(super) const FANOUT: usize = PAGE_BYTES / 4;
const FANOUT_BITS: u32 = FANOUT.trailing_zeros();

/// Bytes of the index blocks that hold so many entries of one level.
pub(super) fn index_bytes(entries: usize) -> usize {
    let last = entries % FANOUT;
    entries / FANOUT * PAGE_BYTES + if last > 0 { Arena::block_bytes(last * 4) } else { 0 }
}

/// Index levels above `buckets` buckets.
pub(super) fn levels(buckets: u32) -> u32 {
    let mut levels = 0;
    let mut reach = 1u64;
    while reach < u64::from(buckets) {
        reach <<= FANOUT_BITS;
        levels += 1;
    }
    levels
}

/// The entry for bucket `number` in its index of level `level` (0: entries are buckets).
pub(super) fn entry(number: u32, level: u32) -> usize {
    (u64::from(number) >> (FANOUT_BITS * level)) as usize & (FANOUT - 1)
}

/// Entries of the index of level `level` that leads to bucket `number`, of `buckets` in all.
pub(super) fn index_entries(buckets: u32, number: u32, level: u32) -> usize {
    let span = FANOUT_BITS * (level + 1);
    let start = u64::from(number) >> span << span;
    (((u64::from(buckets) - start - 1) >> (FANOUT_BITS * level)) as usize + 1).min(FANOUT)
}

/// Appends the entry of bucket `number` below this index (null: makes one).
pub(super) fn add_entry(mem: &mut Arena, block: Ref, level: u32, number: u32) -> Result<Ref, Oom> {
    let at = entry(number, level);
    let begins = u64::from(number) & ((1u64 << (FANOUT_BITS * level)) - 1) == 0;
    let below = if begins { Ref::NULL } else { mem.ref_at(block, at * 4) };
    let child = if level == 0 { Ref::NULL } else { add_entry(mem, below, level - 1, number)? };
    let mut block = block;
    if begins {
        block = if at == 0 { mem.alloc(4)? } else { mem.resize(block, at * 4, (at + 1) * 4)? };
    }
    mem.set_ref(block, at * 4, child);
    Ok(block)
}

/// Takes the last entry, that of bucket `number`, off; null where the index is empty then.
pub(super) fn remove_entry(mem: &mut Arena, block: Ref, level: u32, number: u32) -> Result<Ref, Oom> {
    let at = entry(number, level);
    if level > 0 {
        let child = remove_entry(mem, mem.ref_at(block, at * 4), level - 1, number)?;
        if !child.is_null() {
            mem.set_ref(block, at * 4, child);
            return Ok(block);
        }
    }
    if at == 0 {
        mem.free(block, 4);
        return Ok(Ref::NULL);
    }
    mem.resize(block, (at + 1) * 4, at * 4)
}

pub(super) fn free_index(mem: &mut Arena, block: Ref, level: u32, buckets: usize) {
    let span = 1usize << (FANOUT_BITS * level);
    let entries = buckets.div_ceil(span);
    if level > 0 {
        for at in 0..entries {
            let child = mem.ref_at(block, at * 4);
            free_index(mem, child, level - 1, (buckets - at * span).min(span));
        }
    }
    mem.free(block, entries * 4);
}

impl Bare {
    pub(super) fn bucket(&self, mem: &Arena, number: u32) -> Ref {
        let mut block = self.root;
        for level in (0..levels(self.buckets)).rev() {
            block = mem.ref_at(block, entry(number, level) * 4);
        }
        block
    }

    pub(super) fn set_bucket(&mut self, mem: &mut Arena, number: u32, bucket: Ref) {
        let mut block = self.root;
        let levels = levels(self.buckets);
        if levels == 0 {
            self.root = bucket;
            return;
        }
        for level in (1..levels).rev() {
            block = mem.ref_at(block, entry(number, level) * 4);
        }
        mem.set_ref(block, entry(number, 0) * 4, bucket);
    }

    /// One entry more, for an empty bucket. The caller has made sure of the memory.
    pub(super) fn grow_directory(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        let before = levels(self.buckets);
        if levels(self.buckets + 1) > before {
            let index = mem.alloc(4)?;
            mem.set_ref(index, 0, self.root);
            self.root = index;
        }
        self.root = add_entry(mem, self.root, levels(self.buckets + 1) - 1, self.buckets)?;
        self.buckets += 1;
        Ok(())
    }

    pub(super) fn shrink_directory(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        let last = self.buckets - 1;
        self.root = remove_entry(mem, self.root, levels(self.buckets) - 1, last)?;
        if levels(last) < levels(self.buckets) {
            let child = mem.ref_at(self.root, 0);
            mem.free(self.root, 4);
            self.root = child;
        }
        self.buckets = last;
        Ok(())
    }

    pub(super) fn free_directory(&mut self, mem: &mut Arena) {
        let levels = levels(self.buckets);
        if levels > 0 {
            free_index(mem, self.root, levels - 1, self.buckets as usize);
        }
        *self = Bare { root: Ref::NULL, buckets: 0, count: 0 };
    }

    pub(super) fn compact_directory(&mut self, mem: &mut Arena, number: u32) -> Result<(), Oom> {
        let levels = levels(self.buckets);
        let mut parent = Ref::NULL;
        let mut block = self.root;
        for level in (0..levels).rev() {
            let bytes = index_entries(self.buckets, number, level) * 4;
            if mem.wants_move(block, bytes) {
                block = mem.relocate(block, bytes)?;
                if parent.is_null() {
                    self.root = block;
                } else {
                    mem.set_ref(parent, entry(number, level + 1) * 4, block);
                }
            }
            parent = block;
            block = mem.ref_at(block, entry(number, level) * 4);
        }
        Ok(())
    }
}
