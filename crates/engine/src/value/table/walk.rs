//! Ways through a table: a scan's cursors, walks over all of it, bucket by bucket, and picks by chance.

use super::{Bare, COUNT, Kind, NEXT, Slot, TARGET};
use crate::memory::{Arena, Ref};

/// A position of a walk over the whole table.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    number: u32,
    pub slot: Slot,
}

impl Bare {
    /// A slot chosen with equal chances; `random` gives independent 32-bit numbers.
    pub fn random(&self, mem: &Arena, mut random: impl FnMut() -> u32) -> Option<Slot> {
        if self.count == 0 {
            return None;
        }
        // A bucket's chance is proportional to its fill up to this bound, which few buckets pass.
        let bound = 3 * TARGET;
        for attempt in 0u32.. {
            let bucket = self.bucket(mem, below(random(), self.buckets));
            let count = self.bucket_len(mem, bucket) as u32;
            if count == 0 || (attempt < 1000 && below(random(), bound) >= count) {
                continue;
            }
            return self.nth(mem, bucket, below(random(), count) as usize);
        }
        None
    }

    pub(super) fn scan(&self, kind: &Kind, mem: &Arena, cursor: u64, visit: &mut dyn FnMut(Slot)) -> u64 {
        if self.buckets == 0 || cursor > u64::from(u32::MAX) {
            return 0;
        }
        let number = self.bucket_of((cursor as u32).reverse_bits());
        let start = u64::from(number.reverse_bits());
        let mut bucket = self.bucket(mem, number);
        while !bucket.is_null() {
            for index in 0..mem.u16_at(bucket, COUNT) {
                let slot = Slot { bucket, index };
                // Only a cursor from before a merge points into a bucket's middle.
                if cursor <= start || u64::from((self.hash_of(kind, mem, slot) as u32).reverse_bits()) >= cursor {
                    visit(slot);
                }
            }
            bucket = mem.ref_at(bucket, NEXT);
        }
        let next = start + (1u64 << (32 - self.bits(number)));
        if next > u64::from(u32::MAX) { 0 } else { next }
    }

    /// The first slot in scan order, and from a slot the next: for walks in which nothing is inserted or removed.
    pub fn first(&self, mem: &Arena) -> Option<Walk> {
        let mut walk = Walk { number: 0, slot: Slot { bucket: Ref::NULL, index: 0 } };
        if self.buckets == 0 {
            return None;
        }
        walk.slot.bucket = self.bucket(mem, 0);
        self.settle(mem, walk)
    }

    pub fn next(&self, mem: &Arena, walk: Walk) -> Option<Walk> {
        let mut walk = walk;
        walk.slot.index += 1;
        self.settle(mem, walk)
    }

    fn settle(&self, mem: &Arena, mut walk: Walk) -> Option<Walk> {
        loop {
            if !walk.slot.bucket.is_null() {
                if walk.slot.index < mem.u16_at(walk.slot.bucket, COUNT) {
                    return Some(walk);
                }
                walk.slot = Slot { bucket: mem.ref_at(walk.slot.bucket, NEXT), index: 0 };
                if !walk.slot.bucket.is_null() {
                    continue;
                }
            }
            walk.number += 1;
            if walk.number >= self.buckets {
                return None;
            }
            walk.slot = Slot { bucket: self.bucket(mem, walk.number), index: 0 };
        }
    }

    /// Slots of bucket number `number`, for background work that goes bucket by bucket.
    pub fn visit_bucket(&self, mem: &Arena, number: u32, mut visit: impl FnMut(Slot)) {
        let mut bucket = if number < self.buckets { self.bucket(mem, number) } else { Ref::NULL };
        while !bucket.is_null() {
            for index in 0..mem.u16_at(bucket, COUNT) {
                visit(Slot { bucket, index });
            }
            bucket = mem.ref_at(bucket, NEXT);
        }
    }

    /// Slot number `n` of bucket number `number`, for background work that changes what it visits.
    pub fn in_bucket(&self, mem: &Arena, number: u32, n: usize) -> Option<Slot> {
        if number < self.buckets { self.nth(mem, self.bucket(mem, number), n) } else { None }
    }

    fn bucket_len(&self, mem: &Arena, mut bucket: Ref) -> usize {
        let mut total = 0;
        while !bucket.is_null() {
            total += mem.u16_at(bucket, COUNT) as usize;
            bucket = mem.ref_at(bucket, NEXT);
        }
        total
    }

    fn nth(&self, mem: &Arena, mut bucket: Ref, mut n: usize) -> Option<Slot> {
        while !bucket.is_null() {
            let count = mem.u16_at(bucket, COUNT) as usize;
            if n < count {
                return Some(Slot { bucket, index: n as u16 });
            }
            n -= count;
            bucket = mem.ref_at(bucket, NEXT);
        }
        None
    }
}

/// A number below `bound` from 32 random bits.
pub fn below(random: u32, bound: u32) -> u32 {
    ((u64::from(random) * u64::from(bound)) >> 32) as u32
}
