//! The hash table: linear hashing over small packed buckets, for keys and for large hashes, sets and sorted sets.
//!
//! A bucket is one block of tags (a byte of hash each) and references, sized to what it holds, so fill is steady while
//! the table grows one bucket at a time; nothing ever doubles. The directory of buckets is a tree of blocks. A bucket
//! that does not fit a block (colliding hashes) goes on in another.
//!
//! ```text
//! bucket   count:2 | capacity:2 | next:4 | extra (E::EXTRA bytes) | tags[capacity] | references[capacity] of 4
//! ```
//! Positions in a scan are points of the bit-reversed hash, never addresses: they stay valid through growth, shrinking
//! and compaction.

mod directory;
mod hint;

use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Bytes, Oom, Ref};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use directory::{FANOUT, add_entry, entry, free_index, index_bytes, index_entries, levels, remove_entry};
pub use hint::{Hint, warm};

/// What the references of a table name.
pub trait Element {
    /// Bytes a bucket keeps for its owner.
    const EXTRA: usize;
    /// Whether a reference may stand for a number itself; see [`Table::immediate`].
    const IMMEDIATE: bool;
    /// The string by which the element is found.
    fn key(mem: &Arena, element: Ref) -> Bytes<'static>;
}

/// The same as a value: on a device there is one copy of the code below, not one for each kind of element. On a host what
/// every command does is inlined, where the kind is known.
struct Kind {
    extra: usize,
    immediate: bool,
    key: fn(&Arena, Ref) -> Bytes<'static>,
}

trait HasKind: Element {
    const KIND: Kind;
}

impl<E: Element> HasKind for E {
    const KIND: Kind = Kind { extra: E::EXTRA, immediate: E::IMMEDIATE, key: E::key };
}

const COUNT: usize = 0;
const CAPACITY: usize = 2;
const NEXT: usize = 4;
const HEADER: usize = 8;
/// Elements a bucket on average. More would lengthen the search of the tags, fewer cost headers.
const TARGET: u32 = 32;
const STEP: usize = 4;
/// Free slots at which a bucket shrinks.
const SLACK_MAX: usize = 2 * STEP;
/// Elements a bucket on average at which the table shrinks: so much less than TARGET that it does not swing.
const TARGET_MIN: u32 = TARGET / 4 * 3;
/// What a slot costs on average, bucket headers and room included.
pub const SLOT_BYTES: usize = 6;
/// The tag of a number standing in the reference itself.
const IMMEDIATE_TAG: u8 = 0;

/// A table, with the kind of its elements.
pub struct Table<E> {
    bare: Bare,
    element: PhantomData<E>,
}

/// Root of the directory, number of buckets, number of elements: 12 bytes wherever it is stored.
#[derive(Clone, Copy)]
pub struct Bare {
    pub root: Ref,
    pub buckets: u32,
    pub count: u32,
}

impl<E> Clone for Table<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Table<E> {}

impl<E> Deref for Table<E> {
    type Target = Bare;

    fn deref(&self) -> &Bare {
        &self.bare
    }
}

impl<E> DerefMut for Table<E> {
    fn deref_mut(&mut self) -> &mut Bare {
        &mut self.bare
    }
}

/// A place in a table; valid until the next insertion or removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    bucket: Ref,
    index: u16,
}

impl Slot {
    /// No slot of any table.
    pub const NOWHERE: Slot = Slot { bucket: Ref::NULL, index: 0 };
}

impl<E: Element> Default for Table<E> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<E: Element> Table<E> {
    pub const EMPTY: Table<E> = Table::of(Bare { root: Ref::NULL, buckets: 0, count: 0 });
    /// Bytes of its stored form.
    pub const BYTES: usize = 12;

    const fn of(bare: Bare) -> Table<E> {
        Table { bare, element: PhantomData }
    }

    pub fn load(mem: &Arena, block: Ref, offset: usize) -> Table<E> {
        Table::of(Bare {
            root: mem.ref_at(block, offset),
            buckets: mem.u32_at(block, offset + 4),
            count: mem.u32_at(block, offset + 8),
        })
    }

    pub fn find(&self, mem: &Arena, hash: u64, key: Bytes) -> Option<Slot> {
        self.bare.find(&E::KIND, mem, hash, key)
    }

    /// What a look-up to come will read, for [`warm`].
    pub fn hint(&self, mem: &Arena, hash: u64) -> Hint {
        self.bare.hint(&E::KIND, mem, hash)
    }

    /// What stands in a slot.
    pub fn get(&self, mem: &Arena, slot: Slot) -> Ref {
        self.bare.get(&E::KIND, mem, slot)
    }

    /// The number that stands in a slot in the place of a reference, where one does.
    pub fn immediate(&self, mem: &Arena, slot: Slot) -> Option<i64> {
        self.bare.immediate(&E::KIND, mem, slot)
    }

    /// The string by which a slot's element is found.
    pub fn key(&self, mem: &Arena, slot: Slot) -> Bytes<'static> {
        self.bare.key(&E::KIND, mem, slot)
    }

    /// The element was moved: names its new place.
    pub fn set(&self, mem: &mut Arena, slot: Slot, element: Ref) {
        self.bare.set(&E::KIND, mem, slot, element);
    }

    /// The owner's bytes of the bucket that holds `slot`.
    pub fn extra<'m>(&self, mem: &'m mut Arena, slot: Slot) -> &'m mut [u8] {
        &mut mem.get_mut(slot.bucket, HEADER + E::EXTRA)[HEADER..]
    }

    /// Adds an element that is not there yet. On failure nothing has changed.
    pub fn insert(&mut self, mem: &mut Arena, hash: u64, element: Ref) -> Result<Slot, Oom> {
        self.bare.insert_tagged(&E::KIND, mem, hash, E::KIND.tag(hash), element)
    }

    /// Adds a number that is not there yet, without an element of its own.
    pub fn insert_immediate(&mut self, mem: &mut Arena, hash: u64, number: i32) -> Result<Slot, Oom> {
        self.bare.insert_tagged(&E::KIND, mem, hash, IMMEDIATE_TAG, Ref::from_raw(number as u32))
    }

    /// Takes a slot out (the element itself is the caller's). The bucket's last element takes its place.
    pub fn remove(&mut self, mem: &mut Arena, hash: u64, slot: Slot) {
        self.bare.remove(&E::KIND, mem, hash, slot);
    }

    /// Visits the elements of one bucket that lie at or behind `cursor`; returns the next cursor, 0 at the end.
    pub fn scan(&self, mem: &Arena, cursor: u64, visit: &mut dyn FnMut(Slot)) -> u64 {
        self.bare.scan(&E::KIND, mem, cursor, visit)
    }

    /// The owner's bytes of bucket number `number`; empty where the bucket is.
    pub fn bucket_extra<'m>(&self, mem: &'m mut Arena, number: u32) -> &'m mut [u8] {
        let bucket = if number < self.buckets { self.bucket(mem, number) } else { Ref::NULL };
        if bucket.is_null() { &mut [] } else { &mut mem.get_mut(bucket, HEADER + E::EXTRA)[HEADER..] }
    }

    /// Frees all; `free_element` is given each element (not the numbers that stand in the place of one).
    pub fn free(&mut self, mem: &mut Arena, mut free_element: impl FnMut(&mut Arena, Ref)) {
        self.free_some(mem, 0, &mut { usize::MAX }, |mem, element, _| free_element(mem, element));
    }

    /// Frees whole buckets from number `from` on until about `blocks` blocks were freed, behind the last of them the
    /// directory. `free_element` may take blocks off for what it frees beside the element's own. The number to go on
    /// with, which is all the table may still be used for; `None`: nothing is left.
    pub fn free_some(
        &mut self,
        mem: &mut Arena,
        from: u32,
        blocks: &mut usize,
        mut free_element: impl FnMut(&mut Arena, Ref, &mut usize),
    ) -> Option<u32> {
        self.bare.free_some(&E::KIND, mem, from, blocks, &mut free_element)
    }

    /// Bytes of buckets and directory.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        self.bare.bytes_used(&E::KIND, mem)
    }

    /// Moves bucket number `number` and the directory above it out of sparse pages.
    pub fn compact_bucket(&mut self, mem: &mut Arena, number: u32) -> Result<(), Oom> {
        self.bare.compact_bucket(&E::KIND, mem, number)
    }
}

impl Bare {
    pub fn store(&self, mem: &mut Arena, block: Ref, offset: usize) {
        mem.set_ref(block, offset, self.root);
        mem.set_u32(block, offset + 4, self.buckets);
        mem.set_u32(block, offset + 8, self.count);
    }

    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn find(&self, kind: &Kind, mem: &Arena, hash: u64, key: Bytes) -> Option<Slot> {
        if self.count == 0 {
            return None;
        }
        let key = mem.view(key);
        if kind.immediate
            && let Some(number) = small(key.to_i64())
        {
            return self.find_tagged(kind, mem, hash, IMMEDIATE_TAG, |reference| reference.raw() == number);
        }
        self.find_tagged(kind, mem, hash, kind.tag(hash), |element| mem.view((kind.key)(mem, element)) == key)
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn find_tagged(&self, kind: &Kind, mem: &Arena, hash: u64, tag: u8, matches: impl Fn(Ref) -> bool) -> Option<Slot> {
        let mut bucket = self.bucket(mem, self.bucket_of(hash as u32));
        while !bucket.is_null() {
            let count = mem.u16_at(bucket, COUNT) as usize;
            let capacity = mem.u16_at(bucket, CAPACITY) as usize;
            let whole = mem.get(bucket, kind.bucket_bytes(capacity));
            let tags = &whole[HEADER + kind.extra..][..count];
            for index in memchr::memchr_iter(tag, tags) {
                if matches(mem.ref_at(bucket, kind.refs_at(capacity) + index * 4)) {
                    return Some(Slot { bucket, index: index as u16 });
                }
            }
            bucket = mem.ref_at(bucket, NEXT);
        }
        None
    }

    fn hint(&self, kind: &Kind, mem: &Arena, hash: u64) -> Hint {
        if self.count == 0 {
            return Hint::NOTHING;
        }
        let bucket = self.bucket(mem, self.bucket_of(hash as u32));
        Hint { bucket, element: Ref::NULL, tag: kind.tag(hash), extra: kind.extra as u8 }
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn get(&self, kind: &Kind, mem: &Arena, slot: Slot) -> Ref {
        let capacity = mem.u16_at(slot.bucket, CAPACITY) as usize;
        mem.ref_at(slot.bucket, kind.refs_at(capacity) + slot.index as usize * 4)
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn immediate(&self, kind: &Kind, mem: &Arena, slot: Slot) -> Option<i64> {
        let at = HEADER + kind.extra + slot.index as usize;
        if kind.immediate && mem.u8_at(slot.bucket, at) == IMMEDIATE_TAG {
            Some(i64::from(self.get(kind, mem, slot).raw() as i32))
        } else {
            None
        }
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn key(&self, kind: &Kind, mem: &Arena, slot: Slot) -> Bytes<'static> {
        match self.immediate(kind, mem, slot) {
            Some(number) => Bytes::Int(number),
            None => (kind.key)(mem, self.get(kind, mem, slot)),
        }
    }

    fn set(&self, kind: &Kind, mem: &mut Arena, slot: Slot, element: Ref) {
        let capacity = mem.u16_at(slot.bucket, CAPACITY) as usize;
        mem.set_ref(slot.bucket, kind.refs_at(capacity) + slot.index as usize * 4, element);
    }

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn insert_tagged(&mut self, kind: &Kind, mem: &mut Arena, hash: u64, tag: u8, element: Ref) -> Result<Slot, Oom> {
        if self.buckets == 0 {
            self.root = Ref::NULL;
            self.buckets = 1;
        } else if self.count >= self.buckets * TARGET {
            // A split that finds no memory waits for the next insertion.
            let _ = self.split(kind, mem);
        }
        let number = self.bucket_of(hash as u32);
        let slot = self.push(kind, mem, number, tag, element)?;
        self.count += 1;
        Ok(slot)
    }

    fn remove(&mut self, kind: &Kind, mem: &mut Arena, hash: u64, slot: Slot) {
        let number = self.bucket_of(hash as u32);
        let bucket = slot.bucket;
        let count = mem.u16_at(bucket, COUNT) as usize;
        let capacity = mem.u16_at(bucket, CAPACITY) as usize;
        let (index, last) = (slot.index as usize, count - 1);
        let tags = HEADER + kind.extra;
        mem.copy(bucket, tags + last, bucket, tags + index, 1);
        mem.copy(bucket, kind.refs_at(capacity) + last * 4, bucket, kind.refs_at(capacity) + index * 4, 4);
        mem.set_u16(bucket, COUNT, last as u16);
        self.count -= 1;
        if last == 0 || capacity - last >= SLACK_MAX {
            self.tighten(kind, mem, number, bucket);
        }
        if self.count == 0 {
            self.free_directory(mem);
        } else if self.buckets > 1 && self.count < self.buckets * TARGET_MIN {
            let _ = self.merge(kind, mem);
        }
    }

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

    fn scan(&self, kind: &Kind, mem: &Arena, cursor: u64, visit: &mut dyn FnMut(Slot)) -> u64 {
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

    fn free_some(
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

    fn bytes_used(&self, kind: &Kind, mem: &Arena) -> usize {
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

    fn compact_bucket(&mut self, kind: &Kind, mem: &mut Arena, number: u32) -> Result<(), Oom> {
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

    fn hash_of(&self, kind: &Kind, mem: &Arena, slot: Slot) -> u64 {
        mem.hash(self.key(kind, mem, slot))
    }

    fn level(&self) -> u32 {
        31 - self.buckets.leading_zeros()
    }

    /// Hash bits that choose bucket `number`.
    fn bits(&self, number: u32) -> u32 {
        let level = self.level();
        if number >= 1 << level || number + (1 << level) < self.buckets { level + 1 } else { level }
    }

    fn bucket_of(&self, hash: u32) -> u32 {
        let level = self.level();
        let number = hash & ((1 << level << 1) - 1);
        if number < self.buckets { number } else { number & ((1 << level) - 1) }
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

    #[cfg_attr(not(feature = "device"), inline(always))]
    fn push(&mut self, kind: &Kind, mem: &mut Arena, number: u32, tag: u8, element: Ref) -> Result<Slot, Oom> {
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
    fn tighten(&mut self, kind: &Kind, mem: &mut Arena, number: u32, bucket: Ref) {
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

    /// Splits the next bucket in order; fails without a change.
    fn split(&mut self, kind: &Kind, mem: &mut Arena) -> Result<(), Oom> {
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
    fn merge(&mut self, kind: &Kind, mem: &mut Arena) -> Result<(), Oom> {
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

    fn bucket(&self, mem: &Arena, number: u32) -> Ref {
        let mut block = self.root;
        for level in (0..levels(self.buckets)).rev() {
            block = mem.ref_at(block, entry(number, level) * 4);
        }
        block
    }

    fn set_bucket(&mut self, mem: &mut Arena, number: u32, bucket: Ref) {
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
    fn grow_directory(&mut self, mem: &mut Arena) -> Result<(), Oom> {
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

    fn shrink_directory(&mut self, mem: &mut Arena) -> Result<(), Oom> {
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

    fn free_directory(&mut self, mem: &mut Arena) {
        let levels = levels(self.buckets);
        if levels > 0 {
            free_index(mem, self.root, levels - 1, self.buckets as usize);
        }
        *self = Bare { root: Ref::NULL, buckets: 0, count: 0 };
    }

    fn compact_directory(&mut self, mem: &mut Arena, number: u32) -> Result<(), Oom> {
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

/// A position of a walk over the whole table.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    number: u32,
    pub slot: Slot,
}

/// A number as the 32 bits that stand in the place of a reference.
fn small(number: Option<i64>) -> Option<u32> {
    i32::try_from(number?).ok().map(|number| number as u32)
}

/// A number below `bound` from 32 random bits.
pub fn below(random: u32, bound: u32) -> u32 {
    ((u64::from(random) * u64::from(bound)) >> 32) as u32
}

impl Kind {
    fn tag(&self, hash: u64) -> u8 {
        let tag = (hash >> 56) as u8;
        if self.immediate && tag == IMMEDIATE_TAG { 1 } else { tag }
    }

    const fn refs_at(&self, capacity: usize) -> usize {
        HEADER + self.extra + capacity
    }

    const fn bucket_bytes(&self, capacity: usize) -> usize {
        self.refs_at(capacity) + capacity * 4
    }

    const fn capacity_max(&self) -> usize {
        (PAGE_BYTES - HEADER - self.extra) / 5 / STEP * STEP
    }

    fn new_bucket(&self, mem: &mut Arena, capacity: usize) -> Result<Ref, Oom> {
        let bucket = mem.alloc(self.bucket_bytes(capacity))?;
        let head = mem.get_mut(bucket, HEADER + self.extra);
        head[..HEADER].fill(0);
        head[HEADER..].fill(0xFF);
        mem.set_u16(bucket, CAPACITY, capacity as u16);
        Ok(bucket)
    }

    fn resize_bucket(&self, mem: &mut Arena, bucket: Ref, capacity: usize) -> Result<Ref, Oom> {
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
    fn join_extra(&self, mem: &mut Arena, from: Ref, to: Ref) {
        if self.extra >= 4 {
            let bound = mem.u32_at(from, HEADER).min(mem.u32_at(to, HEADER));
            mem.set_u32(to, HEADER, bound);
        }
    }
}

#[cfg(test)]
mod tests;
