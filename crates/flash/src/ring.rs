//! Snapshots in a ring of erase blocks: each starts in the block after the one where the last ended, so that every block
//! is erased once a lap, whatever the lengths. A slot is whole once its header is written, which happens last.
//!
//! A save is [`Ring::begin`], [`Ring::push`] until all bytes are taken, [`Ring::finish`]. No step erases more than one
//! block, so that a shell serves clients in between. The newest whole slot is never erased: a save that comes round to
//! it passes over it.
//!
//! [`Ring::clear`] writes a slot that holds nothing: what was saved before it does not count any more.

mod clear;
mod recover;
mod write;

pub use recover::{Recovery, Rejected, Why};

use crate::blocks::Blocks;
use crate::header::BLOCKS_MAX;
use crate::medium::Medium;
use crate::{Error, Wear};
use embedded_storage::nor_flash::NorFlash;
use write::{Writer, slot_hasher};

/// The snapshots in a partition of `PARTITION` bytes, which `F` shows from address 0; none is longer than
/// `SNAPSHOT_MAX`. That two of the longest fit is checked when the program is compiled:
///
/// ```
/// # use microredis_flash::{Ring, mock::MockFlash};
/// let flash = MockFlash::<1, 4, 4096>::new(256 << 10);
/// Ring::<_, { 256 << 10 }, { 120 << 10 }>::open(flash, |rejected| println!("{rejected}")).unwrap();
/// ```
/// ```compile_fail,E0080
/// # use microredis_flash::{Ring, mock::MockFlash};
/// let flash = MockFlash::<1, 4, 4096>::new(256 << 10);
/// Ring::<_, { 256 << 10 }, { 130 << 10 }>::open(flash, |rejected| println!("{rejected}")).unwrap();
/// ```
pub struct Ring<F, const PARTITION: usize, const SNAPSHOT_MAX: usize> {
    blocks: Blocks<F>,
    /// The newest slot, which no save may touch.
    spared: Option<Slot>,
    /// That one holds nothing.
    is_clear: bool,
    damaged: bool,
    writer: Option<Writer>,
}

/// A whole snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Of its first block; a newer slot has a higher one.
    pub serial: u32,
    pub blocks: u32,
    pub len: u32,
    crc: u32,
    /// What [`Ring::begin`] was told.
    pub saved_at_ms: i64,
}

impl<F: NorFlash, const PARTITION: usize, const SNAPSHOT_MAX: usize> Ring<F, PARTITION, SNAPSHOT_MAX> {
    /// Blocks of the partition.
    pub const BLOCKS: u32 = (PARTITION / Medium::<F>::BLOCK) as u32;
    /// Blocks that the largest snapshot takes.
    pub const SLOT_BLOCKS_MAX: u32 = Self::blocks_of(SNAPSHOT_MAX);

    /// Bytes of a header, a block's or a slot's, in whole write units.
    const HEADER: usize = Blocks::<F>::HEADER;
    /// Where a slot's bytes begin in its first block, behind the block's header and two of the slot.
    const FIRST_AT: usize = 3 * Self::HEADER;

    const FEWER_THAN_TWO_WHOLE_SLOTS_FIT_INTO_THE_PARTITION: () = {
        assert!(Self::FIRST_AT < Medium::<F>::BLOCK, "an erase block has no room behind the headers");
        assert!(Self::BLOCKS <= BLOCKS_MAX && SNAPSHOT_MAX <= PARTITION, "the partition is too large");
        assert!(
            Self::BLOCKS >= 2 * Self::SLOT_BLOCKS_MAX,
            "fewer than two whole slots of the largest snapshot fit into the partition"
        );
    };

    const fn blocks_of(len: usize) -> u32 {
        let block = Medium::<F>::BLOCK;
        match len.checked_sub(block - Self::FIRST_AT) {
            None => 1,
            Some(rest) => 1 + rest.div_ceil(block - Self::HEADER) as u32,
        }
    }

    /// The newest whole snapshot, to be loaded or kept.
    pub fn newest(&self) -> Option<Slot> {
        self.spared.filter(|_| !self.is_clear)
    }

    /// Whether saves are refused because none of the snapshots that are there is whole.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Refuses saves until [`Ring::discard`]: the snapshot that is there cannot be used, but must not be lost.
    pub fn keep(&mut self) {
        self.abort();
        self.damaged = true;
    }

    /// Gives up snapshots that cannot be used. They are overwritten by the saves that follow, not before.
    pub fn discard(&mut self) {
        self.damaged = false;
    }

    /// Bytes of a snapshot from `offset` on; `out` must end within it. They have been checked when the ring was opened
    /// or written, not again here.
    pub fn read(&mut self, slot: &Slot, offset: u32, out: &mut [u8]) -> Result<(), Error> {
        if u64::from(offset) + out.len() as u64 > u64::from(slot.len) {
            return Err(Error::TooLarge);
        }
        let (mut offset, mut done) = (offset as usize, 0);
        while done < out.len() {
            let first = Medium::<F>::BLOCK - Self::FIRST_AT;
            let (number, at) = match offset.checked_sub(first) {
                None => (0, Self::FIRST_AT + offset),
                Some(rest) => {
                    let room = Medium::<F>::BLOCK - Self::HEADER;
                    (1 + (rest / room) as u32, Self::HEADER + rest % room)
                }
            };
            let n = (Medium::<F>::BLOCK - at).min(out.len() - done);
            let address = self.blocks.address(slot.serial + number, at);
            self.blocks.medium.read(address, &mut out[done..done + n])?;
            (offset, done) = (offset + n, done + n);
        }
        Ok(())
    }

    /// Gives all bytes of a snapshot to `take`, in pieces as long as `buffer`, until it returns false.
    pub fn read_all(
        &mut self,
        slot: &Slot,
        buffer: &mut [u8],
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Error> {
        let mut offset = 0;
        while offset < slot.len && !buffer.is_empty() {
            let n = buffer.len().min((slot.len - offset) as usize);
            self.read(slot, offset, &mut buffer[..n])?;
            if !take(&buffer[..n]) {
                break;
            }
            offset += n as u32;
        }
        Ok(())
    }

    /// Reads the headers of all blocks.
    pub fn wear(&mut self) -> Result<Wear, Error> {
        let newest = self.newest();
        let blocks_a_save = newest.map_or(Self::SLOT_BLOCKS_MAX, |slot| slot.blocks);
        self.blocks.wear(blocks_a_save, newest.map(|slot| slot.saved_at_ms))
    }

    /// The flash, as it is.
    pub fn release(self) -> F {
        self.blocks.medium.flash
    }

    /// The CRC-32 of a slot's serial and bytes.
    fn crc(&mut self, slot: &Slot) -> Result<u32, Error> {
        let mut hasher = slot_hasher(slot.serial);
        self.read_all(slot, &mut [0; 512], |bytes| {
            hasher.update(bytes);
            true
        })?;
        Ok(hasher.finalize())
    }
}
