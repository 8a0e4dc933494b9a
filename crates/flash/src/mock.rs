//! A flash chip in memory for tests. It is stricter than chips are: misaligned calls and units programmed twice between
//! erases panic, for both are faults of the caller. What a chip may do is a value: power that fails amid a write or an
//! erase leaves random bits there, and bits rot at rest.

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use fastrand::Rng;

/// Steps of an erase at which power can fail.
const ERASE_STEPS: usize = 8;

/// A chip that reads, writes and erases units of the bytes given.
#[derive(Clone)]
pub struct MockFlash<const READ: usize, const WRITE: usize, const ERASE: usize> {
    bytes: Vec<u8>,
    /// Of each write unit: programmed since its last erase.
    programmed: Vec<bool>,
    erases: Vec<u32>,
    /// Bytes programmed and steps of erases, over its life.
    work: u64,
    /// Where in its work power fails.
    cut_at: Option<u64>,
    off: bool,
    random: Rng,
}

/// The chip has no power.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PowerLost;

impl NorFlashError for PowerLost {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> MockFlash<READ, WRITE, ERASE> {
    /// An erased chip.
    pub fn new(bytes: usize) -> Self {
        assert_eq!(bytes % ERASE, 0, "a chip is made of whole erase blocks");
        MockFlash {
            bytes: vec![0xFF; bytes],
            programmed: vec![false; bytes / WRITE],
            erases: vec![0; bytes / ERASE],
            work: 0,
            cut_at: None,
            off: false,
            random: Rng::with_seed(1),
        }
    }

    /// Bytes programmed and steps of erases so far.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Lets power fail when `work` more was done; what is being changed then becomes random by `seed`.
    pub fn cut_power_after(&mut self, work: u64, seed: u64) {
        self.cut_at = Some(self.work + work);
        self.random = Rng::with_seed(seed);
    }

    /// Whether power has failed.
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// Power is back and stays.
    pub fn reboot(&mut self) {
        (self.off, self.cut_at) = (false, None);
    }

    /// How often each block was erased.
    pub fn erases(&self) -> &[u32] {
        &self.erases
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bits that rot, or what a stranger has put there.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// How much of `want` is done before power fails.
    fn spend(&mut self, want: usize) -> Result<usize, PowerLost> {
        if self.off {
            return Err(PowerLost);
        }
        let left = self.cut_at.map_or(u64::MAX, |at| at - self.work);
        let done = left.min(want as u64) as usize;
        self.work += done as u64;
        self.off = done < want;
        Ok(done)
    }

    /// What a cut leaves of units that were being programmed with `new`.
    fn half_program(&mut self, at: usize, new: &[u8]) {
        let unit = at / WRITE * WRITE;
        let skew = at - unit;
        // The unit alone, or what a chip programs at once: the rest of a page.
        let end = if self.random.bool() { unit + WRITE } else { at + new.len().min(256) };
        let end = end.next_multiple_of(WRITE).min(at + new.len());
        let wild = self.random.bool();
        for place in unit..end {
            let noise = self.random.u8(..);
            let target = if place < at { self.bytes[place] } else { new[place - unit - skew] };
            // Some of the bits to be cleared are; in a word with a checksum, any bit may read as anything.
            self.bytes[place] = if wild { noise } else { self.bytes[place] & (target | noise) };
        }
        self.programmed[unit / WRITE..end.div_ceil(WRITE)].fill(true);
    }

    /// What a cut leaves of a block that was being erased.
    fn half_erase(&mut self, from: usize, done: usize) {
        let step = ERASE / ERASE_STEPS;
        let block = from..from + ERASE;
        let (start, end) = (from + done * step, from + (done + 1) * step);
        let everywhere = self.random.bool();
        // Chips program all bits before they erase them, so any may read as anything.
        let wild = self.random.bool();
        for place in block.clone() {
            if everywhere || (start..end).contains(&place) {
                let kept = if wild { 0 } else { self.bytes[place] };
                self.bytes[place] = kept | self.random.u8(..);
            } else if place < start {
                self.bytes[place] = 0xFF;
            }
        }
        // Nothing of it may be programmed before it is erased to the end.
        self.programmed[block.start / WRITE..block.end / WRITE].fill(true);
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ErrorType for MockFlash<READ, WRITE, ERASE> {
    type Error = PowerLost;
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ReadNorFlash for MockFlash<READ, WRITE, ERASE> {
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, out: &mut [u8]) -> Result<(), PowerLost> {
        let at = offset as usize;
        assert!(at.is_multiple_of(READ) && out.len().is_multiple_of(READ), "read of {} at {at}", out.len());
        assert!(at + out.len() <= self.bytes.len(), "read of {} at {at}", out.len());
        if self.off {
            return Err(PowerLost);
        }
        out.copy_from_slice(&self.bytes[at..at + out.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> NorFlash for MockFlash<READ, WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn write(&mut self, offset: u32, new: &[u8]) -> Result<(), PowerLost> {
        let at = offset as usize;
        assert!(at.is_multiple_of(WRITE) && new.len().is_multiple_of(WRITE), "write of {} at {at}", new.len());
        assert!(at + new.len() <= self.bytes.len(), "write of {} at {at}", new.len());
        let units = at / WRITE..(at + new.len()) / WRITE;
        if let Some(n) = self.programmed[units.clone()].iter().position(|&programmed| programmed)
            && !self.off
        {
            panic!("the write unit at {} is programmed twice", at + n * WRITE);
        }
        let done = self.spend(new.len())?;
        for (place, byte) in self.bytes[at..at + done].iter_mut().zip(new) {
            *place &= byte;
        }
        self.programmed[at / WRITE..(at + done).div_ceil(WRITE)].fill(true);
        if done < new.len() {
            self.half_program(at + done, &new[done..]);
            return Err(PowerLost);
        }
        Ok(())
    }

    fn erase(&mut self, from: u32, to: u32) -> Result<(), PowerLost> {
        let (from, to) = (from as usize, to as usize);
        assert!(from.is_multiple_of(ERASE) && to.is_multiple_of(ERASE) && from <= to, "erase of {from}..{to}");
        assert!(to <= self.bytes.len(), "erase of {from}..{to}");
        for block in (from..to).step_by(ERASE) {
            let done = self.spend(ERASE_STEPS)?;
            self.erases[block / ERASE] += 1;
            if done < ERASE_STEPS {
                self.half_erase(block, done);
                return Err(PowerLost);
            }
            self.bytes[block..block + ERASE].fill(0xFF);
            self.programmed[block / WRITE..(block + ERASE) / WRITE].fill(false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Chip = MockFlash<4, 8, 64>;

    #[test]
    #[should_panic(expected = "the write unit at 8 is programmed twice")]
    fn a_unit_may_be_programmed_once() {
        let mut chip = Chip::new(128);
        chip.write(0, &[0xFF; 16]).unwrap();
        chip.erase(64, 128).unwrap();
        let _ = chip.write(8, &[0; 8]);
    }

    #[test]
    #[should_panic(expected = "write of 4 at 8")]
    fn writes_are_aligned() {
        let _ = Chip::new(128).write(8, &[0; 4]);
    }

    #[test]
    #[should_panic(expected = "read of 2 at 4")]
    fn reads_are_aligned() {
        let _ = Chip::new(128).read(4, &mut [0; 2]);
    }

    #[test]
    fn a_cut_leaves_what_was_done_and_some_noise() {
        let mut whole = Chip::new(128);
        whole.erase(0, 64).unwrap();
        whole.write(0, &[0x5A; 32]).unwrap();
        assert_eq!(whole.work(), 32 + ERASE_STEPS as u64);
        let mut noise = false;
        for seed in 0..40 {
            let mut chip = Chip::new(128);
            chip.cut_power_after(20 + ERASE_STEPS as u64, seed);
            chip.erase(0, 64).unwrap();
            assert_eq!(chip.write(0, &[0x5A; 32]), Err(PowerLost));
            assert_eq!((chip.read(0, &mut [0; 4]), chip.write(64, &[0; 8])), (Err(PowerLost), Err(PowerLost)));
            chip.reboot();
            assert_eq!(chip.bytes()[..16], [0x5A; 16]);
            assert_eq!(chip.bytes()[32..], [0xFF; 96]);
            noise |= chip.bytes()[16..24] != [0x5A; 8] && chip.bytes()[16..24] != [0xFF; 8];
            // Erased to its end the block is as new.
            chip.erase(0, 64).unwrap();
            chip.write(0, &[0x5A; 32]).unwrap();
        }
        assert!(noise);
    }

    #[test]
    fn a_cut_erase_has_to_be_repeated() {
        for (seed, done) in (0..40).zip((0..ERASE_STEPS as u64).cycle()) {
            let mut chip = Chip::new(128);
            chip.write(0, &[0; 64]).unwrap();
            chip.cut_power_after(done, seed);
            assert_eq!(chip.erase(0, 64), Err(PowerLost));
            chip.reboot();
            assert!(chip.bytes()[..64] != [0xFF; 64] && chip.programmed[..8] == [true; 8], "{seed}");
            assert_eq!(chip.erases(), [1, 0]);
        }
    }
}
