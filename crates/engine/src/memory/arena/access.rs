//! Blocks read and written. A place outside the region is a broken invariant of ours: nothing that a client sends is a
//! reference.

use super::sizes::{GRANULE, PAGE_GRANULES};
use super::{Arena, Ref};
use crate::limits::PAGE_BYTES;

impl Arena {
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

    pub(in crate::memory) fn at(&self, position: usize, len: usize) -> &[u8] {
        &self.region[position..position + len]
    }

    pub(in crate::memory) fn copy_positions(&mut self, from: usize, to: usize, len: usize) {
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
    pub(super) fn chunk<const N: usize>(&self, position: usize) -> &[u8; N] {
        self.region.get(position..).and_then(<[u8]>::first_chunk).unwrap_or_else(|| outside(position))
    }

    #[inline(always)]
    pub(super) fn chunk_mut<const N: usize>(&mut self, position: usize) -> &mut [u8; N] {
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
}

/// A reference that is none. A place of its own, so that the accessors stay small.
#[cold]
#[inline(never)]
fn outside(position: usize) -> ! {
    panic!("position {position} is outside the arena")
}
