//! Pages: their headers, and the lists of those that have room for a size.

use super::sizes::{CLASS_BYTES, CLASSES, GRANULE, PER_PAGE, lender_bytes_max};
use super::{Arena, Oom};
use crate::limits::{PAGE_BYTES, RESERVE_PAGES};

pub(super) const HEADER: usize = 16;
pub(super) const NONE16: u16 = u16::MAX;
pub(super) const NONE32: u32 = u32::MAX;

/// A page's header, kept in the table at the region's start.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) class: u16,
    pub(super) used: u16,
    /// Index of the first freed block, each freed block naming the next in its first two bytes.
    pub(super) free: u16,
    /// Blocks from this index on were never handed out.
    pub(super) fresh: u16,
    pub(super) prev: u32,
    pub(super) next: u32,
}

/// Per block size: the pages that have room, and counts for the compaction's judgement.
#[derive(Clone, Copy)]
pub(super) struct Class {
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) pages: u32,
    pub(super) blocks: u32,
}

impl Class {
    /// Pages beyond those that its blocks fill.
    pub(super) fn spare_pages(&self, number: usize) -> u32 {
        self.pages - self.blocks.div_ceil(u32::from(PER_PAGE[number]))
    }
}

/// Pages below which a block size is rare: its blocks may lie in the pages of a larger one.
pub(super) const RARE_PAGES: u32 = 3;

impl Arena {
    pub(super) fn page_at(&self, index: u32) -> usize {
        self.base + GRANULE + index as usize * PAGE_BYTES
    }

    pub(super) fn page(&self, index: u32) -> Page {
        let raw = u128::from_le_bytes(*self.chunk(index as usize * HEADER));
        let half = |i: u32| (raw >> (8 * i)) as u16;
        let word = |i: u32| (raw >> (8 * i)) as u32;
        Page { class: half(0), used: half(2), free: half(4), fresh: half(6), prev: word(8), next: word(12) }
    }

    pub(super) fn set_page(&mut self, index: u32, page: Page) {
        let halves = u64::from(page.class)
            | u64::from(page.used) << 16
            | u64::from(page.free) << 32
            | u64::from(page.fresh) << 48;
        let raw = u128::from(halves) | u128::from(page.prev) << 64 | u128::from(page.next) << 96;
        *self.chunk_mut(index as usize * HEADER) = raw.to_le_bytes();
    }

    /// A page for a class that has none with room: while the class is rare one of a somewhat larger class, so that few
    /// blocks of many sizes share pages; else a page of its own.
    pub(super) fn page_for(&mut self, class: usize) -> Result<u32, Oom> {
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

    pub(super) fn take_page(&mut self, class: usize) -> Result<u32, Oom> {
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

    pub(super) fn give_page(&mut self, class: usize, index: u32) {
        self.classes[class].pages -= 1;
        let mut page = self.page(index);
        page.next = self.free_head;
        self.set_page(index, page);
        self.free_head = index;
        self.pages_free += 1;
    }

    /// A page that just got room is nearly full and is filled first, so that those behind it can run empty.
    pub(super) fn link_first(&mut self, class: usize, index: u32) {
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
    pub(super) fn link_last(&mut self, class: usize, index: u32) {
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

    pub(super) fn unlink(&mut self, class: usize, index: u32) {
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
