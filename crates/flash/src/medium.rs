//! A chip as the stores use it: reads at any place, programs whole write units and reads them back, erases a block.
//! It knows nothing of what the bytes mean.

use crate::Error;
use embedded_storage::nor_flash::{NorFlash, NorFlashError};

/// Largest write and read unit of a chip.
pub const UNIT_BYTES_MAX: usize = 256;

/// Bytes to be programmed, aligned as drivers that move words want them.
#[repr(align(4))]
pub struct Unit(pub [u8; UNIT_BYTES_MAX]);

impl Unit {
    pub const BLANK: Unit = Unit([0xFF; UNIT_BYTES_MAX]);
}

pub struct Medium<F> {
    pub flash: F,
    /// Bytes programmed through this value.
    pub programmed: u64,
}

impl<F: NorFlash> Medium<F> {
    pub const UNIT: usize = F::WRITE_SIZE;
    pub const BLOCK: usize = F::ERASE_SIZE;

    const UNITS_OF_THE_CHIP_ARE_USABLE: () = {
        assert!(F::WRITE_SIZE > 0 && F::WRITE_SIZE <= UNIT_BYTES_MAX, "a write unit is longer than the buffers for it");
        assert!(F::READ_SIZE > 0 && F::READ_SIZE <= UNIT_BYTES_MAX, "a read unit is longer than the buffers for it");
        assert!(F::ERASE_SIZE.is_multiple_of(F::WRITE_SIZE), "an erase block is not made of whole write units");
        assert!(F::ERASE_SIZE.is_multiple_of(F::READ_SIZE), "an erase block is not made of whole read units");
    };

    pub fn new(flash: F, bytes: usize) -> Result<Medium<F>, Error> {
        const { Self::UNITS_OF_THE_CHIP_ARE_USABLE };
        if flash.capacity() < bytes {
            return Err(Error::Capacity);
        }
        Ok(Medium { flash, programmed: 0 })
    }

    /// Rounds up to whole write units.
    pub const fn units(bytes: usize) -> usize {
        bytes.next_multiple_of(Self::UNIT)
    }

    /// Address of a place in a block.
    pub const fn address(block: u32, at: usize) -> u32 {
        block * Self::BLOCK as u32 + at as u32
    }

    /// Reads at any address and length, whatever the chip's read unit.
    pub fn read(&mut self, address: u32, out: &mut [u8]) -> Result<(), Error> {
        let mut done = 0;
        while done < out.len() {
            let at = address + done as u32;
            let skew = at as usize % F::READ_SIZE;
            let left = out.len() - done;
            let whole = left - left % F::READ_SIZE;
            if skew == 0 && whole > 0 {
                self.flash.read(at, &mut out[done..done + whole]).map_err(|e| Error::Flash(e.kind()))?;
                done += whole;
                continue;
            }
            let mut bounce = Unit::BLANK;
            let unit = &mut bounce.0[..F::READ_SIZE];
            self.flash.read(at - skew as u32, unit).map_err(|e| Error::Flash(e.kind()))?;
            let n = left.min(F::READ_SIZE - skew);
            out[done..done + n].copy_from_slice(&unit[skew..skew + n]);
            done += n;
        }
        Ok(())
    }

    /// Programs whole units and reads them back.
    pub fn program(&mut self, address: u32, bytes: &[u8]) -> Result<(), Error> {
        self.flash.write(address, bytes).map_err(|e| Error::Flash(e.kind()))?;
        self.programmed += bytes.len() as u64;
        let mut back = [0; UNIT_BYTES_MAX];
        for (n, piece) in bytes.chunks(UNIT_BYTES_MAX).enumerate() {
            let back = &mut back[..piece.len()];
            self.read(address + (n * UNIT_BYTES_MAX) as u32, back)?;
            if back != piece {
                return Err(Error::Verify);
            }
        }
        Ok(())
    }

    pub fn erase(&mut self, block: u32) -> Result<(), Error> {
        let from = Self::address(block, 0);
        self.flash.erase(from, from + Self::BLOCK as u32).map_err(|e| Error::Flash(e.kind()))
    }
}

/// Bytes of any length into whole units, one after the other in a block.
pub struct Packer {
    unit: Unit,
    held: usize,
    /// Where the unit goes.
    address: u32,
}

impl Packer {
    pub fn new(address: u32) -> Packer {
        Packer { unit: Unit::BLANK, held: 0, address }
    }

    pub fn push<F: NorFlash>(&mut self, medium: &mut Medium<F>, mut bytes: &[u8]) -> Result<(), Error> {
        let unit = Medium::<F>::UNIT;
        if self.held > 0 {
            let n = bytes.len().min(unit - self.held);
            self.unit.0[self.held..self.held + n].copy_from_slice(&bytes[..n]);
            self.held += n;
            bytes = &bytes[n..];
            if self.held == unit {
                self.flush(medium)?;
            }
        }
        let whole = bytes.len() - bytes.len() % unit;
        if whole > 0 {
            medium.program(self.address, &bytes[..whole])?;
            self.address += whole as u32;
        }
        let rest = &bytes[whole..];
        self.unit.0[self.held..self.held + rest.len()].copy_from_slice(rest);
        self.held += rest.len();
        Ok(())
    }

    /// Programs what is held, padded with what erased flash reads as.
    pub fn flush<F: NorFlash>(&mut self, medium: &mut Medium<F>) -> Result<(), Error> {
        let unit = Medium::<F>::UNIT;
        if self.held > 0 {
            self.unit.0[self.held..unit].fill(0xFF);
            medium.program(self.address, &self.unit.0[..unit])?;
            self.address += unit as u32;
            self.held = 0;
        }
        Ok(())
    }
}
