//! The erase blocks of a partition, taken in turn: each begins with a header that numbers it and counts its erases.
//! What stands behind the header is the stores' affair.

use crate::header::{self, BlockHeader, Found, SERIAL_MAX, Use};
use crate::medium::Medium;
use crate::{Error, Wear};
use embedded_storage::nor_flash::NorFlash;

pub struct Blocks<F> {
    pub medium: Medium<F>,
    of: Use,
    pub count: u32,
    /// Serial of the block that is erased next. Serials count erased blocks; modulo `count` they are places.
    pub next: u32,
    /// Saves finished over the partition's life.
    pub saves: u32,
    /// Bytes programmed before this boot.
    written: u64,
    /// Most erases of a block that was readable when opened, or of one erased since.
    erases_max: u32,
}

impl<F: NorFlash> Blocks<F> {
    /// Bytes of a block's header, in whole write units.
    pub const HEADER: usize = Medium::<F>::units(header::BYTES);

    /// Reads the headers of all blocks.
    pub fn open(flash: F, bytes: usize, of: Use) -> Result<Blocks<F>, Error> {
        let medium = Medium::new(flash, bytes)?;
        let count = (bytes / Medium::<F>::BLOCK) as u32;
        let mut blocks = Blocks { medium, of, count, next: 0, saves: 0, written: 0, erases_max: 0 };
        for block in 0..count {
            let Found::Valid(header) = blocks.header(block)? else { continue };
            blocks.erases_max = blocks.erases_max.max(header.erases);
            if header.serial >= blocks.next {
                (blocks.next, blocks.saves, blocks.written) = (header.serial + 1, header.saves, header.written);
            }
        }
        Ok(blocks)
    }

    /// The place of the block with a serial.
    pub fn place(&self, serial: u32) -> u32 {
        serial % self.count
    }

    /// The address in the block with a serial.
    pub fn address(&self, serial: u32, at: usize) -> u32 {
        Medium::<F>::address(self.place(serial), at)
    }

    pub fn header(&mut self, block: u32) -> Result<Found<BlockHeader>, Error> {
        let bytes = header::read(&mut self.medium, Medium::<F>::address(block, 0))?;
        Ok(header::found(&bytes, |bytes| {
            BlockHeader::decode(bytes).filter(|header| header.of == self.of && header.serial % self.count == block)
        }))
    }

    /// The highest serial below the one given of a block that is the first of what it belongs to.
    pub fn newest_first(&mut self, below: u32) -> Result<Option<u32>, Error> {
        let mut newest = None;
        for block in 0..self.count {
            let Found::Valid(header) = self.header(block)? else { continue };
            if header.serial == header.first && header.serial < below {
                newest = newest.max(Some(header.serial));
            }
        }
        Ok(newest)
    }

    /// Erases the next block and writes its header. `first`: the serial of the first block it belongs to, if that is
    /// not itself.
    pub fn start(&mut self, first: Option<u32>) -> Result<u32, Error> {
        let serial = self.next;
        if serial > SERIAL_MAX {
            return Err(Error::WornOut);
        }
        let block = self.place(serial);
        let erases = self.erases_of(block)?.saturating_add(1);
        // Before anything can fail: a block that does not take what is written is passed over by the next attempt.
        self.next += 1;
        self.erases_max = self.erases_max.max(erases);
        self.medium.erase(block)?;
        let (saves, written) = (self.saves, self.written());
        let header = BlockHeader { of: self.of, serial, first: first.unwrap_or(serial), erases, saves, written };
        header::write(&mut self.medium, Medium::<F>::address(block, 0), &header.encode())?;
        Ok(serial)
    }

    /// Whether a block other than the next one begins with garbage. A first save that was cut off leaves some in that
    /// one at most; more is rot, or was not written by us.
    pub fn holds_garbage(&mut self) -> Result<bool, Error> {
        for block in 0..self.count {
            if block != self.place(self.next) && self.header(block)? == Found::Garbage {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the headers of all blocks once more.
    pub fn wear(&mut self, blocks_a_save: u32, saved_at_ms: Option<i64>) -> Result<Wear, Error> {
        let mut wear = Wear {
            blocks: self.count,
            block_bytes: Medium::<F>::BLOCK as u32,
            erases_min: u32::MAX,
            erases_max: 0,
            erases: 0,
            written: self.written(),
            saves: self.saves,
            saved_at_ms,
            blocks_a_save,
        };
        for block in 0..self.count {
            let erases = self.erases_of(block)?;
            wear.erases_min = wear.erases_min.min(erases);
            wear.erases_max = wear.erases_max.max(erases);
            wear.erases += u64::from(erases);
        }
        Ok(wear)
    }

    fn written(&self) -> u64 {
        self.written.saturating_add(self.medium.programmed)
    }

    /// How often a block was erased. Where its header is gone, by a cut or by rot, as often as any other.
    fn erases_of(&mut self, block: u32) -> Result<u32, Error> {
        Ok(match self.header(block)? {
            Found::Valid(header) => header.erases,
            // The first lap has not come so far.
            Found::Blank if self.next <= block => 0,
            _ => self.erases_max,
        })
    }
}
