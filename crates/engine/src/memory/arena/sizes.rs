//! The sizes into which pages are cut.

use crate::limits::PAGE_BYTES;

pub(super) const GRANULE: usize = 4;
pub(super) const PAGE_GRANULES: usize = PAGE_BYTES / GRANULE;
const BLOCK_MIN: usize = 8;

/// Block sizes: for n = 1, 2, 3 ... blocks a page, the largest multiple of the granule that fits n times.
pub(super) const CLASSES: usize = {
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
pub(super) const CLASS_BYTES: [u16; CLASSES] = {
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
pub(super) const CLASS_OF: [u8; PAGE_GRANULES + 1] = {
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
pub(super) const PER_PAGE: [u16; CLASSES] = {
    let mut counts = [0u16; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        counts[class] = (PAGE_BYTES / CLASS_BYTES[class] as usize) as u16;
        class += 1;
    }
    counts
};

pub(super) const fn class_of(len: usize) -> usize {
    CLASS_OF[len.div_ceil(GRANULE)] as usize
}

/// The largest block in which a block of this class may lie.
pub(super) const fn lender_bytes_max(class: usize) -> usize {
    CLASS_BYTES[class] as usize * 3 / 2
}
