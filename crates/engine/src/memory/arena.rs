//! The arena: one region of memory in pages, each page cut into blocks of one size.
//!
//! A [`Ref`] is 32 bits, in granules of 4 bytes, on every machine, so layouts and figures are the same on a host and on
//! a device. A block has no header: callers say its length again when they free it. Pages move between sizes when they
//! are empty; [`Arena::wants_move`] names the blocks whose move empties a sparse page. Sizes of which there are few blocks
//! use the pages of larger ones. A page's header stands apart from it (in a table at the region's start), so that free
//! pages can be given back to the operating system.
//!
//! Not here: what the blocks mean, and who is charged for them.

mod access;
mod pages;
mod sizes;

use crate::limits::{PAGE_BYTES, RESERVE_PAGES};
use core::hash::Hasher;
use pages::{Class, HEADER, NONE16, NONE32};
use siphasher::sip::SipHasher13;
use sizes::{CLASS_BYTES, CLASSES, GRANULE, PAGE_GRANULES, PER_PAGE, class_of, lender_bytes_max};

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
}

#[cfg(test)]
mod tests;
