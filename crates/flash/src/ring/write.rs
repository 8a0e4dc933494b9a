//! Writing a slot: a block is erased when it is reached, the slot's header is written when all else is.

use super::{Ring, Slot};
use crate::Error;
use crate::header::{self, SlotHeader};
use crate::medium::{Medium, Packer};
use embedded_storage::nor_flash::NorFlash;
use microredis_crc32::Hasher;

/// A save that is running.
pub(super) struct Writer {
    /// Serial of the first block; it is not erased before bytes come.
    first: u32,
    packer: Option<Packer>,
    /// Bytes that still fit into the block.
    room: usize,
    len: u32,
    hasher: Hasher,
    saved_at_ms: i64,
    /// The serial at which the newest whole slot would be overwritten.
    limit: u32,
}

impl<F: NorFlash, const PARTITION: usize, const SNAPSHOT_MAX: usize> Ring<F, PARTITION, SNAPSHOT_MAX> {
    /// Begins a save; one that is running ends without a result. `now_ms` is kept with it.
    pub fn begin(&mut self, now_ms: i64) -> Result<(), Error> {
        self.abort();
        if self.damaged {
            return Err(Error::Damaged);
        }
        let limit = self.make_way();
        self.writer = Some(Writer {
            first: self.blocks.next,
            packer: None,
            room: 0,
            len: 0,
            hasher: slot_hasher(self.blocks.next),
            saved_at_ms: now_ms,
            limit,
        });
        Ok(())
    }

    /// Takes some of the snapshot's next bytes, and says how many: none when a block was erased. One call erases at
    /// most one block or writes at most to its end. After an error the save is over.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let step = self.step(bytes);
        if step.is_err() {
            self.abort();
        }
        step
    }

    /// The snapshot has no more bytes: writes its header. When this returns it is durable and the newest; it is so, too,
    /// if power fails after the header and before the return.
    pub fn finish(&mut self) -> Result<Slot, Error> {
        self.close(false)
    }

    /// Makes what was written the newest slot.
    pub(super) fn close(&mut self, clears: bool) -> Result<Slot, Error> {
        let slot = self.commit(clears);
        self.abort();
        let slot = slot?;
        (self.spared, self.is_clear) = (Some(slot), clears);
        Ok(slot)
    }

    /// Ends a running save without a result.
    pub fn abort(&mut self) {
        self.writer = None;
    }

    /// Whether a save is running.
    pub fn is_writing(&self) -> bool {
        self.writer.is_some()
    }

    /// Moves on to where the largest snapshot fits without touching the newest whole one, and says where that ends.
    ///
    /// Saves that are finished always find the room. Those broken off use it up; then the newest is passed over, which
    /// leaves its blocks one erase behind the others.
    fn make_way(&mut self) -> u32 {
        let Some(kept) = self.spared else { return self.blocks.next + Self::BLOCKS };
        let offset = (self.blocks.next - kept.serial) % Self::BLOCKS;
        let lap = self.blocks.next - offset;
        if offset >= kept.blocks && Self::BLOCKS - offset >= Self::SLOT_BLOCKS_MAX {
            return lap + Self::BLOCKS;
        }
        let lap = if offset < kept.blocks { lap } else { lap + Self::BLOCKS };
        self.blocks.next = lap + kept.blocks;
        lap + Self::BLOCKS
    }

    fn step(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let writer = self.writer.as_mut().ok_or(Error::NotBegun)?;
        if bytes.len() > SNAPSHOT_MAX - writer.len as usize {
            return Err(Error::TooLarge);
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        let n = bytes.len().min(writer.room);
        let Some(packer) = writer.packer.as_mut().filter(|_| n > 0) else {
            self.open_block()?;
            return Ok(0);
        };
        packer.push(&mut self.blocks.medium, &bytes[..n])?;
        writer.room -= n;
        writer.hasher.update(&bytes[..n]);
        writer.len += n as u32;
        Ok(n)
    }

    /// Erases the next block and writes its header.
    fn open_block(&mut self) -> Result<(), Error> {
        let writer = self.writer.as_mut().ok_or(Error::NotBegun)?;
        if self.blocks.next >= writer.limit {
            return Err(Error::TooLarge);
        }
        let serial = self.blocks.start(Some(writer.first))?;
        let at = if serial == writer.first { Self::FIRST_AT } else { Self::HEADER };
        writer.packer = Some(Packer::new(self.blocks.address(serial, at)));
        writer.room = Medium::<F>::BLOCK - at;
        Ok(())
    }

    fn commit(&mut self, clears: bool) -> Result<Slot, Error> {
        if self.writer.as_ref().ok_or(Error::NotBegun)?.packer.is_none() {
            self.open_block()?;
        }
        let writer = self.writer.as_mut().ok_or(Error::NotBegun)?;
        if let Some(packer) = &mut writer.packer {
            packer.flush(&mut self.blocks.medium)?;
        }
        let (serial, len, crc) = (writer.first, writer.len, writer.hasher.clone().finalize());
        let saved_at_ms = writer.saved_at_ms;
        let saves = self.blocks.saves.saturating_add(u32::from(!clears));
        let header = SlotHeader { serial, len, crc, saved_at_ms, saves, clears }.encode();
        let [first, second] = self.slot_header_addresses(serial);
        header::write(&mut self.blocks.medium, first, &header)?;
        // The slot is whole from here on; the second header only guards the first against rot.
        let _ = header::write(&mut self.blocks.medium, second, &header);
        self.blocks.saves = saves;
        Ok(Slot { serial, blocks: Self::blocks_of(len as usize), len, crc, saved_at_ms })
    }

    pub(super) fn slot_header_addresses(&self, serial: u32) -> [u32; 2] {
        [1, 2].map(|n| self.blocks.address(serial, n * Self::HEADER))
    }
}

/// The CRC-32 of a slot covers its serial first. A MicroRDB file ends with its own CRC-32, and so the plain one of any
/// such file is the same number: it could not tell one snapshot's bytes from another's.
pub(super) fn slot_hasher(serial: u32) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.update(&serial.to_le_bytes());
    hasher
}
