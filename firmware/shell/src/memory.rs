//! A board's memory: statics that are taken once, RAM as a sum, flash by partitions.

pub use static_cell::{ConstStaticCell, StaticCell};

/// Aligned for the arena. Zero at the start, so that it lies in .bss.
#[repr(align(8))]
pub struct Aligned<const N: usize>(pub [u8; N]);

/// A consumer of RAM and its bytes.
pub type Consumer = (&'static str, usize);

/// What all consumers take.
pub const fn sum(consumers: &[Consumer]) -> usize {
    let mut bytes = 0;
    let mut n = 0;
    while n < consumers.len() {
        bytes += consumers[n].1;
        n += 1;
    }
    bytes
}

/// The consumers, the arena, and what is left: `all` of them, `ram` bytes together.
pub const fn whole<const N: usize, const ALL: usize>(
    consumers: [Consumer; N],
    arena: usize,
    ram: usize,
) -> [Consumer; ALL] {
    assert!(ALL == N + 2, "the consumers, the arena and the rest");
    let mut all = [("arena", arena); ALL];
    let mut n = 0;
    while n < N {
        all[n] = consumers[n];
        n += 1;
    }
    all[N + 1] = ("unused", ram - arena - sum(&consumers));
    all
}

pub const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// A part of flash: where it begins, from the start of flash, and how long it is.
pub struct Part {
    pub at: usize,
    pub bytes: usize,
}

impl Part {
    pub const fn end(&self) -> usize {
        self.at + self.bytes
    }
}

/// Whether partitions follow each other, on whole erase blocks, and end within the flash.
pub const fn fit(partitions: &[Part], erase: usize, flash: usize) -> bool {
    let mut end = 0;
    let mut n = 0;
    while n < partitions.len() {
        let part = &partitions[n];
        if part.at < end || !part.at.is_multiple_of(erase) || !part.bytes.is_multiple_of(erase) || part.bytes == 0 {
            return false;
        }
        end = part.end();
        n += 1;
    }
    end <= flash
}
