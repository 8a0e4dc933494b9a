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

mod bucket;
mod directory;
mod growth;
mod hint;
mod walk;

use crate::memory::{Arena, Bytes, Oom, Ref};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
pub use hint::{Hint, warm};
pub use walk::{Walk, below};

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
}

/// A number as the 32 bits that stand in the place of a reference.
fn small(number: Option<i64>) -> Option<u32> {
    i32::try_from(number?).ok().map(|number| number as u32)
}

#[cfg(test)]
mod tests;
