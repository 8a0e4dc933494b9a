//! Growth and shrinking a bucket at a time, and what background work does to a whole table: freeing, measuring, moving.

use super::directory::{FANOUT, index_bytes};
use super::{Bare, CAPACITY, COUNT, HEADER, Kind, NEXT, Slot, TARGET};
use crate::memory::{Arena, Oom, Ref};

impl Bare {
    /// Splits the next bucket in order; fails without a change.
    pub(super) fn split(&mut self, kind: &Kind, mem: &mut Arena) -> Result<(), Oom> {
        // Two buckets and the directory's blocks: each block takes at most one page.
        if mem.pages_available() < 8 {
            return Err(Oom);
        }
        let added = self.buckets;
        let old = added - (1 << self.level());
        self.grow_directory(mem)?;
        let mut rest = self.bucket(mem, old);
        self.set_bucket(mem, old, Ref::NULL);
        let chain = rest;
        while !rest.is_null() {
            let capacity = mem.u16_at(rest, CAPACITY) as usize;
            // Sized at once for what goes there, so that a split moves each element once.
            for index in 0..mem.u16_at(rest, COUNT) as usize {
                let slot = Slot { bucket: rest, index: index as u16 };
                let number = self.bucket_of(self.hash_of(kind, mem, slot) as u32);
                let at = HEADER + kind.extra + index;
                let tag = mem.u8_at(rest, at);
                let element = mem.ref_at(rest, kind.refs_at(capacity) + index * 4);
                let made = self.bucket(mem, number).is_null();
                if made {
                    let bucket = kind.new_bucket(mem, TARGET as usize)?;
                    mem.copy(chain, HEADER, bucket, HEADER, kind.extra);
                    self.set_bucket(mem, number, bucket);
                }
                self.push(kind, mem, number, tag, element)?;
            }
            rest = mem.ref_at(rest, NEXT);
        }
        let mut rest = chain;
        while !rest.is_null() {
            let next = mem.ref_at(rest, NEXT);
            mem.free(rest, kind.bucket_bytes(mem.u16_at(rest, CAPACITY) as usize));
            rest = next;
        }
        for number in [old, added] {
            let bucket = self.bucket(mem, number);
            if !bucket.is_null() {
                self.tighten(kind, mem, number, bucket);
            }
        }
        Ok(())
    }

    /// Takes the last bucket back into the one it was split from.
    pub(super) fn merge(&mut self, kind: &Kind, mem: &mut Arena) -> Result<(), Oom> {
        if mem.pages_available() < 8 {
            return Err(Oom);
        }
        let last = self.buckets - 1;
        let level = 31 - last.leading_zeros();
        let into = last - (1 << level);
        let mut rest = self.bucket(mem, last);
        if !rest.is_null() && self.bucket(mem, into).is_null() {
            self.set_bucket(mem, into, rest);
            rest = Ref::NULL;
        }
        while !rest.is_null() {
            let capacity = mem.u16_at(rest, CAPACITY) as usize;
            for index in 0..mem.u16_at(rest, COUNT) as usize {
                let at = HEADER + kind.extra + index;
                let tag = mem.u8_at(rest, at);
                let element = mem.ref_at(rest, kind.refs_at(capacity) + index * 4);
                self.push(kind, mem, into, tag, element)?;
            }
            kind.join_extra(mem, rest, self.bucket(mem, into));
            let next = mem.ref_at(rest, NEXT);
            mem.free(rest, kind.bucket_bytes(capacity));
            rest = next;
        }
        self.shrink_directory(mem)
    }

    pub(super) fn free_some(
        &mut self,
        kind: &Kind,
        mem: &mut Arena,
        from: u32,
        blocks: &mut usize,
        free_element: &mut dyn FnMut(&mut Arena, Ref, &mut usize),
    ) -> Option<u32> {
        for number in from..self.buckets {
            if *blocks == 0 {
                return Some(number);
            }
            let mut bucket = self.bucket(mem, number);
            while !bucket.is_null() {
                let count = mem.u16_at(bucket, COUNT);
                for index in 0..count {
                    let slot = Slot { bucket, index };
                    if self.immediate(kind, mem, slot).is_none() {
                        let element = self.get(kind, mem, slot);
                        free_element(mem, element, blocks);
                    }
                    *blocks = blocks.saturating_sub(1);
                }
                let next = mem.ref_at(bucket, NEXT);
                mem.free(bucket, kind.bucket_bytes(mem.u16_at(bucket, CAPACITY) as usize));
                bucket = next;
            }
        }
        self.free_directory(mem);
        None
    }

    pub(super) fn bytes_used(&self, kind: &Kind, mem: &Arena) -> usize {
        let mut total = 0;
        for number in 0..self.buckets {
            let mut bucket = self.bucket(mem, number);
            while !bucket.is_null() {
                total += Arena::block_bytes(kind.bucket_bytes(mem.u16_at(bucket, CAPACITY) as usize));
                bucket = mem.ref_at(bucket, NEXT);
            }
        }
        let mut entries = self.buckets as usize;
        while entries > 1 {
            total += index_bytes(entries);
            entries = entries.div_ceil(FANOUT);
        }
        total
    }

    pub(super) fn compact_bucket(&mut self, kind: &Kind, mem: &mut Arena, number: u32) -> Result<(), Oom> {
        if number >= self.buckets {
            return Ok(());
        }
        let mut bucket = self.bucket(mem, number);
        let mut before = Ref::NULL;
        while !bucket.is_null() {
            let bytes = kind.bucket_bytes(mem.u16_at(bucket, CAPACITY) as usize);
            if mem.wants_move(bucket, bytes) {
                let moved = mem.relocate(bucket, bytes)?;
                if before.is_null() {
                    self.set_bucket(mem, number, moved);
                } else {
                    mem.set_ref(before, NEXT, moved);
                }
                bucket = moved;
            }
            before = bucket;
            bucket = mem.ref_at(bucket, NEXT);
        }
        if (number as usize).is_multiple_of(FANOUT) { self.compact_directory(mem, number) } else { Ok(()) }
    }
}
