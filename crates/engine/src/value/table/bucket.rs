//! A bucket's block: where its tags and references stand, and how it is made, resized, filled and tightened.
//! Not here: which bucket an element belongs to.

use super::{Bare, CAPACITY, COUNT, HEADER, IMMEDIATE_TAG, Kind, NEXT, STEP, Slot};
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Oom, Ref};

impl Kind {
    pub(super) fn tag(&self, hash: u64) -> u8 {
        let tag = (hash >> 56) as u8;
        if self.immediate && tag == IMMEDIATE_TAG { 1 } else { tag }
    }

    pub(super) const fn refs_at(&self, capacity: usize) -> usize {
        HEADER + self.extra + capacity
    }

    pub(super) const fn bucket_bytes(&self, capacity: usize) -> usize {
        self.refs_at(capacity) + capacity * 4
    }

    pub(super) const fn capacity_max(&self) -> usize {
        (PAGE_BYTES - HEADER - self.extra) / 5 / STEP * STEP
    }

    pub(super) fn new_bucket(&self, mem: &mut Arena, capacity: usize) -> Result<Ref, Oom> {
        let bucket = mem.alloc(self.bucket_bytes(capacity))?;
        let head = mem.get_mut(bucket, HEADER + self.extra);
        head[..HEADER].fill(0);
        head[HEADER..].fill(0xFF);
        mem.set_u16(bucket, CAPACITY, capacity as u16);
        Ok(bucket)
    }

    pub(super) fn resize_bucket(&self, mem: &mut Arena, bucket: Ref, capacity: usize) -> Result<Ref, Oom> {
        let old = mem.u16_at(bucket, CAPACITY) as usize;
        let count = mem.u16_at(bucket, COUNT) as usize;
        let (from, to) = (self.bucket_bytes(old), self.bucket_bytes(capacity));
        let moved = mem.alloc_for(to, from)?;
        mem.copy(bucket, 0, moved, 0, HEADER + self.extra + count);
        mem.copy(bucket, self.refs_at(old), moved, self.refs_at(capacity), count * 4);
        mem.set_u16(moved, CAPACITY, capacity as u16);
        mem.free(bucket, from);
        Ok(moved)
    }

    /// The owner's bytes are a lower bound (see the keyspace): of two buckets the smaller one holds for both.
    pub(super) fn join_extra(&self, mem: &mut Arena, from: Ref, to: Ref) {
        if self.extra >= 4 {
            let bound = mem.u32_at(from, HEADER).min(mem.u32_at(to, HEADER));
            mem.set_u32(to, HEADER, bound);
        }
    }
}

impl Bare {
    #[cfg_attr(not(feature = "device"), inline(always))]
    pub(super) fn push(
        &mut self,
        kind: &Kind,
        mem: &mut Arena,
        number: u32,
        tag: u8,
        element: Ref,
    ) -> Result<Slot, Oom> {
        let first = self.bucket(mem, number);
        let mut bucket = first;
        if !bucket.is_null() {
            let count = mem.u16_at(bucket, COUNT) as usize;
            let capacity = mem.u16_at(bucket, CAPACITY) as usize;
            if count == capacity {
                if capacity + STEP <= kind.capacity_max() {
                    bucket = kind.resize_bucket(mem, bucket, capacity + STEP)?;
                } else {
                    bucket = kind.new_bucket(mem, STEP)?;
                    mem.set_ref(bucket, NEXT, first);
                    // What the owner keeps in the bucket stays with the first block.
                    mem.copy(first, HEADER, bucket, HEADER, kind.extra);
                }
                self.set_bucket(mem, number, bucket);
            }
        } else {
            bucket = kind.new_bucket(mem, STEP)?;
            self.set_bucket(mem, number, bucket);
        }
        let count = mem.u16_at(bucket, COUNT) as usize;
        let capacity = mem.u16_at(bucket, CAPACITY) as usize;
        let at = HEADER + kind.extra + count;
        mem.set_u8(bucket, at, tag);
        mem.set_ref(bucket, kind.refs_at(capacity) + count * 4, element);
        mem.set_u16(bucket, COUNT, count as u16 + 1);
        Ok(Slot { bucket, index: count as u16 })
    }

    /// Shrinks a bucket's block to its contents, or takes it out of its chain when empty.
    pub(super) fn tighten(&mut self, kind: &Kind, mem: &mut Arena, number: u32, bucket: Ref) {
        let count = mem.u16_at(bucket, COUNT) as usize;
        let capacity = mem.u16_at(bucket, CAPACITY) as usize;
        let replaced = if count == 0 {
            let next = mem.ref_at(bucket, NEXT);
            if !next.is_null() {
                mem.copy(bucket, HEADER, next, HEADER, kind.extra);
            }
            mem.free(bucket, kind.bucket_bytes(capacity));
            next
        } else {
            // A failed move to a smaller block only leaves the slack.
            match kind.resize_bucket(mem, bucket, count.next_multiple_of(STEP)) {
                Ok(moved) => moved,
                Err(Oom) => return,
            }
        };
        let first = self.bucket(mem, number);
        if first == bucket {
            self.set_bucket(mem, number, replaced);
            return;
        }
        let mut before = first;
        while !before.is_null() {
            if mem.ref_at(before, NEXT) == bucket {
                mem.set_ref(before, NEXT, replaced);
                return;
            }
            before = mem.ref_at(before, NEXT);
        }
    }
}
