//! A part of a flash chip, with addresses of its own. Several share the chip; each call is short.

use core::cell::RefCell;
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// `BYTES` of the chip from `START` on, both at borders of erase blocks.
pub struct Partition<F: 'static, const START: u32, const BYTES: usize> {
    chip: &'static RefCell<F>,
}

/// What the chip says, or that an address is not of this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionError(NorFlashErrorKind);

impl NorFlashError for PartitionError {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<F: NorFlash, const START: u32, const BYTES: usize> Partition<F, START, BYTES> {
    pub fn new(chip: &'static RefCell<F>) -> Self {
        const { assert!((START as usize).is_multiple_of(F::ERASE_SIZE) && BYTES.is_multiple_of(F::ERASE_SIZE)) };
        Partition { chip }
    }

    /// The chip's address; `None`: it, or what follows, is not of this part.
    fn place(offset: u32, len: usize) -> Result<u32, PartitionError> {
        match (offset as usize).checked_add(len) {
            Some(end) if end <= BYTES => Ok(START + offset),
            _ => Err(PartitionError(NorFlashErrorKind::OutOfBounds)),
        }
    }
}

impl<F, const START: u32, const BYTES: usize> ErrorType for Partition<F, START, BYTES> {
    type Error = PartitionError;
}

impl<F: NorFlash, const START: u32, const BYTES: usize> ReadNorFlash for Partition<F, START, BYTES> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), PartitionError> {
        let at = Self::place(offset, bytes.len())?;
        self.chip.borrow_mut().read(at, bytes).map_err(|e| PartitionError(e.kind()))
    }

    fn capacity(&self) -> usize {
        BYTES.min(self.chip.borrow().capacity().saturating_sub(START as usize))
    }
}

impl<F: NorFlash, const START: u32, const BYTES: usize> NorFlash for Partition<F, START, BYTES> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), PartitionError> {
        let len = to.checked_sub(from).ok_or(PartitionError(NorFlashErrorKind::OutOfBounds))?;
        let at = Self::place(from, len as usize)?;
        self.chip.borrow_mut().erase(at, at + len).map_err(|e| PartitionError(e.kind()))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), PartitionError> {
        let at = Self::place(offset, bytes.len())?;
        self.chip.borrow_mut().write(at, bytes).map_err(|e| PartitionError(e.kind()))
    }
}
