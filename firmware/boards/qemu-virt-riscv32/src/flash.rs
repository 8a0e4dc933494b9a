//! The flash chip: pflash unit 1, which speaks CFI's Intel command set (0001). Two 16-bit chips lie side by side, so
//! that every command is given twice in a 32-bit word.

use crate::limits::{FLASH_BYTES, SECTOR};
use core::ptr::{read_volatile, write_volatile};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};

const BASE: usize = 0x2200_0000;
const BLOCK_BYTES: usize = SECTOR;
/// What the chips' write buffers hold together.
const BUFFER_BYTES: usize = 1024;
const WORD: usize = 4;

const READ_ARRAY: u32 = 0x00FF_00FF;
const ERASE: u32 = 0x0020_0020;
const CONFIRM: u32 = 0x00D0_00D0;
const WRITE_BUFFER: u32 = 0x00E8_00E8;
const CLEAR_STATUS: u32 = 0x0050_0050;
/// Ready, of both chips; beside it the errors of erasing, of programming, and of a locked block.
const READY: u32 = 0x0080_0080;
const ERRORS: u32 = 0x003A_003A;

/// There is one; whoever has it is alone with the chip.
pub struct Chip(());

impl Chip {
    /// To be called once.
    pub fn take() -> Chip {
        Chip(())
    }

    fn command(&mut self, address: u32, word: u32) {
        // SAFETY: an aligned address of the chip: all callers have checked it. The chip is this module's alone.
        unsafe { write_volatile((BASE + address as usize & !3) as *mut u32, word) };
    }

    fn word(&self, address: u32) -> u32 {
        // SAFETY: as above.
        unsafe { read_volatile((BASE + address as usize & !3) as *const u32) }
    }

    /// Waits for the end of a command, and returns to reading.
    fn finish(&mut self, address: u32) -> Result<(), NorFlashErrorKind> {
        let status = loop {
            let status = self.word(address);
            if status & READY == READY {
                break status;
            }
        };
        if status & ERRORS != 0 {
            self.command(address, CLEAR_STATUS);
        }
        self.command(address, READ_ARRAY);
        if status & ERRORS != 0 { Err(NorFlashErrorKind::Other) } else { Ok(()) }
    }

    /// Programs words of one buffer, erased before: this chip, emulated, would overwrite what real ones refuse.
    fn program(&mut self, address: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        for at in (0..bytes.len()).step_by(WORD) {
            if self.word(address + at as u32) != u32::MAX {
                return Err(NorFlashErrorKind::Other);
            }
        }
        let count = (bytes.len() / WORD - 1) as u32;
        self.command(address, WRITE_BUFFER);
        self.command(address, count | count << 16);
        for (at, word) in bytes.chunks_exact(WORD).enumerate() {
            let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            self.command(address + (at * WORD) as u32, word);
        }
        self.command(address, CONFIRM);
        self.finish(address)
    }
}

fn check(from: u32, len: usize, unit: usize) -> Result<(), NorFlashErrorKind> {
    if !(from as usize).is_multiple_of(unit) || !len.is_multiple_of(unit) {
        return Err(NorFlashErrorKind::NotAligned);
    }
    let is_within = (from as usize).checked_add(len).is_some_and(|end| end <= FLASH_BYTES);
    if is_within { Ok(()) } else { Err(NorFlashErrorKind::OutOfBounds) }
}

impl ErrorType for Chip {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check(offset, bytes.len(), 1)?;
        for (at, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: within the chip, which is being read as memory.
            *byte = unsafe { read_volatile((BASE + offset as usize + at) as *const u8) };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH_BYTES
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK_BYTES;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        let len = to.checked_sub(from).ok_or(NorFlashErrorKind::OutOfBounds)?;
        check(from, len as usize, BLOCK_BYTES)?;
        for block in (from..to).step_by(BLOCK_BYTES) {
            self.command(block, ERASE);
            self.command(block, CONFIRM);
            self.finish(block)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check(offset, bytes.len(), WORD)?;
        let mut done = 0;
        while done < bytes.len() {
            let at = offset as usize + done;
            let n = (BUFFER_BYTES - at % BUFFER_BYTES).min(bytes.len() - done);
            self.program(at as u32, &bytes[done..done + n])?;
            done += n;
        }
        Ok(())
    }
}
