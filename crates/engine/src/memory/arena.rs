//! The arena: one region of memory in pages, each page cut into blocks of one size.
//!
//! A [`Ref`] is 32 bits, in granules of 4 bytes, on every machine, so layouts and figures are the same on a host and on
//! a device. A block has no header: callers say its length again when they free it. Pages move between sizes when they
//! are empty; [`Arena::wants_move`] names the blocks whose move empties a sparse page. Sizes of which there are few blocks
//! use the pages of larger ones. A page's header stands apart from it (in a table at the region's start), so that free
//! pages can be given back to the operating system.
//!
//! Not here: what the blocks mean, and who is charged for them.

use crate::limits::{PAGE_BYTES, RESERVE_PAGES};
use core::hash::Hasher;
use siphasher::sip::SipHasher13;

/// There is no memory for it; nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oom;

/// A block's place. [`Ref::NULL`] is no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ref(u32);

impl Ref {
    pub const NULL: Ref = Ref(0);

    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The number stored in a block for this reference; [`Ref::from_raw`] reads it back.
    pub fn raw(self) -> u32 {
        self.0
    }

    pub fn from_raw(raw: u32) -> Ref {
        Ref(raw)
    }
}

const GRANULE: usize = 4;
const HEADER: usize = 16;
const PAGE_GRANULES: usize = PAGE_BYTES / GRANULE;
const BLOCK_MIN: usize = 8;
const NONE16: u16 = u16::MAX;
const NONE32: u32 = u32::MAX;

/// Block sizes: for n = 1, 2, 3 ... blocks a page, the largest multiple of the granule that fits n times.
const CLASSES: usize = {
    let mut count = 0;
    let mut last = 0;
    let mut n = 1;
    while PAGE_BYTES / n / GRANULE * GRANULE >= BLOCK_MIN {
        let size = PAGE_BYTES / n / GRANULE * GRANULE;
        if size != last {
            count += 1;
            last = size;
        }
        n += 1;
    }
    count
};

/// Sizes in ascending order.
const CLASS_BYTES: [u16; CLASSES] = {
    let mut sizes = [0u16; CLASSES];
    let mut at = CLASSES;
    let mut last = 0;
    let mut n = 1;
    while PAGE_BYTES / n / GRANULE * GRANULE >= BLOCK_MIN {
        let size = PAGE_BYTES / n / GRANULE * GRANULE;
        if size != last {
            at -= 1;
            sizes[at] = size as u16;
            last = size;
        }
        n += 1;
    }
    sizes
};

/// The smallest class that holds so many granules.
const CLASS_OF: [u8; PAGE_GRANULES + 1] = {
    let mut table = [0u8; PAGE_GRANULES + 1];
    let mut class = 0;
    let mut granules = 0;
    while granules <= PAGE_GRANULES {
        if granules * GRANULE > CLASS_BYTES[class] as usize {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// Blocks a page of each size.
const PER_PAGE: [u16; CLASSES] = {
    let mut counts = [0u16; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        counts[class] = (PAGE_BYTES / CLASS_BYTES[class] as usize) as u16;
        class += 1;
    }
    counts
};

const fn class_of(len: usize) -> usize {
    CLASS_OF[len.div_ceil(GRANULE)] as usize
}

/// A page's header, kept in the table at the region's start.
#[derive(Clone, Copy)]
struct Page {
    class: u16,
    used: u16,
    /// Index of the first freed block, each freed block naming the next in its first two bytes.
    free: u16,
    /// Blocks from this index on were never handed out.
    fresh: u16,
    prev: u32,
    next: u32,
}

/// Per block size: the pages that have room, and counts for the compaction's judgement.
#[derive(Clone, Copy)]
struct Class {
    head: u32,
    tail: u32,
    pages: u32,
    blocks: u32,
}

impl Class {
    /// Pages beyond those that its blocks fill.
    fn spare_pages(&self, number: usize) -> u32 {
        self.pages - self.blocks.div_ceil(u32::from(PER_PAGE[number]))
    }
}

/// Pages below which a block size is rare: its blocks may lie in the pages of a larger one.
const RARE_PAGES: u32 = 3;

/// The largest block in which a block of this class may lie.
const fn lender_bytes_max(class: usize) -> usize {
    CLASS_BYTES[class] as usize * 3 / 2
}

/// What the arena holds, in bytes and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of live blocks, rounded up to their block size.
    pub live_bytes: usize,
    pub pages_used: usize,
    /// Pages that were used and hold nothing now.
    pub pages_free: usize,
    /// Most pages ever in use at once.
    pub pages_high: usize,
    pub pages_total: usize,
}

pub struct Arena {
    region: &'static mut [u8],
    /// Byte position of `Ref(0)`, one granule before the first page.
    base: usize,
    pages_total: u32,
    /// Pages from here on were never used.
    pages_fresh: u32,
    free_head: u32,
    pages_free: u32,
    pages_high: u32,
    live_bytes: usize,
    classes: [Class; CLASSES],
    seed: [u64; 2],
    relocations: u64,
    reservations: u64,
    fail_at: u64,
    /// Compaction moves every block, not only those whose move helps.
    moves_all: bool,
    /// Whether the allocation under way may take the last pages.
    in_reserve: bool,
}

impl Arena {
    /// Takes the region over. `seed` keys the hash that places keys and elements.
    pub fn new(region: &'static mut [u8], seed: [u64; 2]) -> Arena {
        let addressable = (u32::MAX as usize).saturating_mul(GRANULE);
        let pages = region.len().min(addressable) / (PAGE_BYTES + HEADER);
        // Pages start on a page boundary of the region, so that each can be given back alone.
        let headers = (pages * HEADER).next_multiple_of(PAGE_BYTES).min(region.len());
        let pages = pages.min((region.len() - headers) / PAGE_BYTES);
        Arena {
            region,
            base: headers.saturating_sub(GRANULE),
            pages_total: pages as u32,
            pages_fresh: 0,
            free_head: NONE32,
            pages_free: 0,
            pages_high: 0,
            live_bytes: 0,
            classes: [Class { head: NONE32, tail: NONE32, pages: 0, blocks: 0 }; CLASSES],
            seed,
            relocations: 0,
            reservations: 0,
            fail_at: 0,
            moves_all: false,
            in_reserve: false,
        }
    }

    pub fn usage(&self) -> Usage {
        Usage {
            live_bytes: self.live_bytes,
            pages_used: (self.pages_fresh - self.pages_free) as usize,
            pages_free: self.pages_free as usize,
            pages_high: self.pages_high as usize,
            pages_total: self.pages_total as usize,
        }
    }

    pub fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    /// Bytes a block of this length really takes.
    pub const fn block_bytes(len: usize) -> usize {
        CLASS_BYTES[class_of(len)] as usize
    }

    /// Keyed hash of a byte string given in pieces.
    pub fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.seed[0], self.seed[1])
    }

    pub fn hash_slice(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    /// Makes sure that `blocks` allocations of `bytes` in all will succeed: the only step of a command that may fail.
    pub fn reserve(&mut self, blocks: usize, bytes: usize) -> Result<(), Oom> {
        self.reservations += 1;
        if self.fail_at != 0 && self.reservations >= self.fail_at {
            self.fail_at = 0;
            return Err(Oom);
        }
        let pages = bytes.saturating_add(bytes / 2) / PAGE_BYTES + blocks.min(CLASSES) + 1;
        if pages + RESERVE_PAGES > self.pages_available() { Err(Oom) } else { Ok(()) }
    }

    /// For tests: the `nth` reservation from now fails (1: the next one). 0 turns it off.
    pub fn fail_reservation(&mut self, nth: u64) {
        self.fail_at = if nth == 0 { 0 } else { self.reservations + nth };
    }

    /// Whether the failure asked for has come about.
    pub fn failed_reservation(&self) -> bool {
        self.fail_at == 0
    }

    /// For tests: from now on compaction moves whatever it can, so that a reference kept across it is found out.
    pub fn move_all(&mut self) {
        self.moves_all = true;
    }

    pub fn pages_available(&self) -> usize {
        (self.pages_total - self.pages_fresh + self.pages_free) as usize
    }

    /// A block of at least `len` bytes (1 to BLOCK_BYTES_MAX), its contents arbitrary.
    pub fn alloc(&mut self, len: usize) -> Result<Ref, Oom> {
        debug_assert!(len > 0 && len <= PAGE_BYTES);
        if len > PAGE_BYTES {
            return Err(Oom);
        }
        let wanted = class_of(len);
        let mut index = self.classes[wanted].head;
        if index == NONE32 {
            index = self.page_for(wanted)?;
        }
        let mut page = self.page(index);
        let class = page.class as usize;
        let size = CLASS_BYTES[class] as usize;
        let block = if page.free != NONE16 {
            let block = page.free;
            let at = self.page_at(index) + block as usize * size;
            page.free = u16::from_le_bytes([self.region[at], self.region[at + 1]]);
            block
        } else {
            page.fresh += 1;
            page.fresh - 1
        };
        page.used += 1;
        self.set_page(index, page);
        if page.used == PER_PAGE[class] {
            self.unlink(class, index);
        }
        self.classes[class].blocks += 1;
        self.live_bytes += CLASS_BYTES[wanted] as usize;
        let at = self.page_at(index) + block as usize * size;
        Ok(Ref(((at - self.base) / GRANULE) as u32))
    }

    /// Gives a block back; `len` is what it was allocated with (or anything of the same block size).
    pub fn free(&mut self, block: Ref, len: usize) {
        if block.is_null() {
            return;
        }
        let wanted = class_of(len);
        let index = (block.0 - 1) / PAGE_GRANULES as u32;
        let at = self.position(block);
        let mut page = self.page(index);
        let class = page.class as usize;
        let size = CLASS_BYTES[class] as usize;
        debug_assert!(
            class == wanted || (class > wanted && size <= lender_bytes_max(wanted)),
            "freed with another length"
        );
        let number = (at - self.page_at(index)) / size;
        debug_assert!((at - self.page_at(index)).is_multiple_of(size) && page.used > 0);
        let was_full = page.used == PER_PAGE[class];
        if cfg!(debug_assertions) {
            // Whoever reads it now reads what nobody wrote.
            self.region[at..at + size].fill(0xDB);
        }
        self.region[at..at + 2].copy_from_slice(&page.free.to_le_bytes());
        page.free = number as u16;
        page.used -= 1;
        self.set_page(index, page);
        self.classes[class].blocks -= 1;
        self.live_bytes -= CLASS_BYTES[wanted] as usize;
        if page.used == 0 {
            if !was_full {
                self.unlink(class, index);
            }
            self.give_page(class, index);
        } else if was_full {
            self.link_first(class, index);
        }
    }

    /// The block with its first `min(old, new)` bytes kept, moved only where its block size changes.
    pub fn resize(&mut self, block: Ref, old: usize, new: usize) -> Result<Ref, Oom> {
        if class_of(old) == class_of(new) {
            return Ok(block);
        }
        let moved = self.alloc_for(new, old)?;
        self.copy(block, 0, moved, 0, old.min(new));
        self.free(block, old);
        Ok(moved)
    }

    /// A block of `len` bytes to replace one of `old` bytes: one that gets smaller may use the reserve.
    pub fn alloc_for(&mut self, len: usize, old: usize) -> Result<Ref, Oom> {
        self.in_reserve = len <= old;
        let block = self.alloc(len);
        self.in_reserve = false;
        block
    }

    /// The same contents in another block of the same length; used by compaction.
    pub fn relocate(&mut self, block: Ref, len: usize) -> Result<Ref, Oom> {
        let moved = self.alloc_for(len, len)?;
        self.copy(block, 0, moved, 0, len);
        self.free(block, len);
        self.relocations += 1;
        Ok(moved)
    }

    /// Whether moving this block helps to empty a sparse page: its page is not the one being filled and is below the
    /// average fill of its size, and there are more pages of that size than its blocks need. Or it lies in a page of a
    /// larger size though there is room among its own.
    pub fn wants_move(&self, block: Ref, len: usize) -> bool {
        if block.is_null() {
            return false;
        }
        if self.moves_all {
            return true;
        }
        let index = (block.0 - 1) / PAGE_GRANULES as u32;
        let page = self.page(index);
        let (number, own) = (page.class as usize, class_of(len));
        let class = &self.classes[number];
        if number != own && self.classes[own].head != NONE32 {
            return true;
        }
        class.head != index
            && class.spare_pages(number) > 0
            && u64::from(page.used) * u64::from(class.pages) <= u64::from(class.blocks)
    }

    /// Pages that would be free if the blocks of every size filled theirs: what compaction can win.
    pub fn spare_pages(&self) -> usize {
        self.classes.iter().enumerate().map(|(number, class)| class.spare_pages(number) as usize).sum()
    }

    /// Blocks that compaction has moved since the start.
    pub fn relocations(&self) -> u64 {
        self.relocations
    }

    /// Of the first two pages with room, the fuller one is to be filled first, for every block size: so the page being
    /// filled, from which nothing is moved, is not a sparse one for ever.
    pub fn prefer_full_pages(&mut self) {
        for class in 0..CLASSES {
            let head = self.classes[class].head;
            if head == NONE32 {
                continue;
            }
            let first = self.page(head);
            if first.next != NONE32 && self.page(first.next).used > first.used {
                self.unlink(class, head);
                self.link_last(class, head);
            }
        }
    }

    /// Bytes lost in partly filled pages.
    pub fn slack_bytes(&self) -> usize {
        self.usage().pages_used * PAGE_BYTES - self.live_bytes
    }

    pub fn get(&self, block: Ref, len: usize) -> &[u8] {
        let at = self.position(block);
        &self.region[at..at + len]
    }

    pub fn get_mut(&mut self, block: Ref, len: usize) -> &mut [u8] {
        let at = self.position(block);
        &mut self.region[at..at + len]
    }

    /// From the block's start to the end of its page, for blocks whose length stands in their first bytes.
    pub fn tail(&self, block: Ref) -> &[u8] {
        self.tail_at(block, 0)
    }

    /// The same from an offset on.
    pub fn tail_at(&self, block: Ref, offset: usize) -> &[u8] {
        let at = self.position(block) + offset;
        let index = (block.0 - 1) / PAGE_GRANULES as u32;
        &self.region[at..self.page_at(index) + PAGE_BYTES]
    }

    /// A byte at or near a block, to have its cache line read early; 0 outside the region.
    pub fn touch(&self, block: Ref, offset: usize) -> u8 {
        self.region.get(self.position(block) + offset).copied().unwrap_or(0)
    }

    /// Copies between blocks (or within one; the ranges may overlap).
    pub fn copy(&mut self, from: Ref, from_offset: usize, to: Ref, to_offset: usize, len: usize) {
        let from = self.position(from) + from_offset;
        let to = self.position(to) + to_offset;
        self.region.copy_within(from..from + len, to);
    }

    /// The byte position of a block, by which [`super::Bytes`] names bytes inside it.
    pub fn position(&self, block: Ref) -> usize {
        self.base + block.0 as usize * GRANULE
    }

    pub(super) fn at(&self, position: usize, len: usize) -> &[u8] {
        &self.region[position..position + len]
    }

    pub(super) fn copy_positions(&mut self, from: usize, to: usize, len: usize) {
        self.region.copy_within(from..from + len, to);
    }

    pub fn bytes_at(&self, block: Ref, offset: usize, len: usize) -> &[u8] {
        self.at(self.position(block) + offset, len)
    }

    pub fn set_bytes(&mut self, block: Ref, offset: usize, bytes: &[u8]) {
        let at = self.position(block) + offset;
        self.region[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// So many bytes from a position on, known to the compiler: one check, and no call to copy them.
    #[inline(always)]
    fn chunk<const N: usize>(&self, position: usize) -> &[u8; N] {
        self.region.get(position..).and_then(<[u8]>::first_chunk).unwrap_or_else(|| outside(position))
    }

    #[inline(always)]
    fn chunk_mut<const N: usize>(&mut self, position: usize) -> &mut [u8; N] {
        self.region.get_mut(position..).and_then(<[u8]>::first_chunk_mut).unwrap_or_else(|| outside(position))
    }

    pub fn u8_at(&self, block: Ref, offset: usize) -> u8 {
        self.region[self.position(block) + offset]
    }

    pub fn set_u8(&mut self, block: Ref, offset: usize, value: u8) {
        let at = self.position(block) + offset;
        self.region[at] = value;
    }

    pub fn u32_at(&self, block: Ref, offset: usize) -> u32 {
        u32::from_le_bytes(*self.chunk(self.position(block) + offset))
    }

    pub fn set_u32(&mut self, block: Ref, offset: usize, value: u32) {
        *self.chunk_mut(self.position(block) + offset) = value.to_le_bytes();
    }

    pub fn ref_at(&self, block: Ref, offset: usize) -> Ref {
        Ref(self.u32_at(block, offset))
    }

    pub fn set_ref(&mut self, block: Ref, offset: usize, value: Ref) {
        self.set_u32(block, offset, value.0);
    }

    pub fn u16_at(&self, block: Ref, offset: usize) -> u16 {
        u16::from_le_bytes(*self.chunk(self.position(block) + offset))
    }

    pub fn set_u16(&mut self, block: Ref, offset: usize, value: u16) {
        *self.chunk_mut(self.position(block) + offset) = value.to_le_bytes();
    }

    /// Byte ranges of the region that hold nothing now, for a shell that gives memory back to its operating system.
    /// Calls `release(start, len)` for up to `max` free pages.
    pub fn free_pages(&self, max: usize, mut release: impl FnMut(usize, usize)) {
        let mut index = self.free_head;
        for _ in 0..max {
            if index == NONE32 {
                return;
            }
            release(self.page_at(index), PAGE_BYTES);
            index = self.page(index).next;
        }
    }

    fn page_at(&self, index: u32) -> usize {
        self.base + GRANULE + index as usize * PAGE_BYTES
    }

    fn page(&self, index: u32) -> Page {
        let raw = u128::from_le_bytes(*self.chunk(index as usize * HEADER));
        let half = |i: u32| (raw >> (8 * i)) as u16;
        let word = |i: u32| (raw >> (8 * i)) as u32;
        Page { class: half(0), used: half(2), free: half(4), fresh: half(6), prev: word(8), next: word(12) }
    }

    fn set_page(&mut self, index: u32, page: Page) {
        let halves = u64::from(page.class)
            | u64::from(page.used) << 16
            | u64::from(page.free) << 32
            | u64::from(page.fresh) << 48;
        let raw = u128::from(halves) | u128::from(page.prev) << 64 | u128::from(page.next) << 96;
        *self.chunk_mut(index as usize * HEADER) = raw.to_le_bytes();
    }

    /// A page for a class that has none with room: while the class is rare one of a somewhat larger class, so that few
    /// blocks of many sizes share pages; else a page of its own.
    fn page_for(&mut self, class: usize) -> Result<u32, Oom> {
        if self.classes[class].pages < RARE_PAGES {
            let most = lender_bytes_max(class);
            let larger = (class + 1..CLASSES).take_while(|&larger| CLASS_BYTES[larger] as usize <= most);
            for lender in larger {
                if self.classes[lender].head != NONE32 {
                    return Ok(self.classes[lender].head);
                }
            }
        }
        self.take_page(class)
    }

    fn take_page(&mut self, class: usize) -> Result<u32, Oom> {
        if self.pages_available() <= RESERVE_PAGES && !self.in_reserve {
            return Err(Oom);
        }
        let index = if self.free_head != NONE32 {
            let index = self.free_head;
            self.free_head = self.page(index).next;
            self.pages_free -= 1;
            index
        } else if self.pages_fresh < self.pages_total {
            self.pages_fresh += 1;
            self.pages_fresh - 1
        } else {
            return Err(Oom);
        };
        self.pages_high = self.pages_high.max(self.pages_fresh - self.pages_free);
        let page = Page { class: class as u16, used: 0, free: NONE16, fresh: 0, prev: NONE32, next: NONE32 };
        self.set_page(index, page);
        self.classes[class].pages += 1;
        self.link_first(class, index);
        Ok(index)
    }

    fn give_page(&mut self, class: usize, index: u32) {
        self.classes[class].pages -= 1;
        let mut page = self.page(index);
        page.next = self.free_head;
        self.set_page(index, page);
        self.free_head = index;
        self.pages_free += 1;
    }

    /// A page that just got room is nearly full and is filled first, so that those behind it can run empty.
    fn link_first(&mut self, class: usize, index: u32) {
        let head = self.classes[class].head;
        let mut page = self.page(index);
        page.prev = NONE32;
        page.next = head;
        self.set_page(index, page);
        if head == NONE32 {
            self.classes[class].tail = index;
        } else {
            let mut first = self.page(head);
            first.prev = index;
            self.set_page(head, first);
        }
        self.classes[class].head = index;
    }

    /// Behind the others: a page to be emptied.
    fn link_last(&mut self, class: usize, index: u32) {
        let tail = self.classes[class].tail;
        let mut page = self.page(index);
        page.prev = tail;
        page.next = NONE32;
        self.set_page(index, page);
        if tail == NONE32 {
            self.classes[class].head = index;
        } else {
            let mut last = self.page(tail);
            last.next = index;
            self.set_page(tail, last);
        }
        self.classes[class].tail = index;
    }

    fn unlink(&mut self, class: usize, index: u32) {
        let page = self.page(index);
        if page.prev == NONE32 {
            self.classes[class].head = page.next;
        } else {
            let mut prev = self.page(page.prev);
            prev.next = page.next;
            self.set_page(page.prev, prev);
        }
        if page.next == NONE32 {
            self.classes[class].tail = page.prev;
        } else {
            let mut next = self.page(page.next);
            next.prev = page.prev;
            self.set_page(page.next, next);
        }
    }
}

/// A reference that is none. A place of its own, so that the accessors stay small.
#[cold]
#[inline(never)]
fn outside(position: usize) -> ! {
    panic!("position {position} is outside the arena")
}

#[cfg(test)]
mod tests;
