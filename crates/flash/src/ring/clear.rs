//! Forgetting: a slot that holds nothing makes all older ones count no more, and only then may they be erased.
//!
//! A mark in the newest slot itself would spare the block that this takes. But half a mark, which a power cut leaves, may
//! read as one at this boot and as none at the next; and an erase that meets the marked slot before older ones brings
//! those back. A slot is whole or not as every save is.

use super::{Ring, Slot};
use crate::Error;
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash, const PARTITION: usize, const SNAPSHOT_MAX: usize> Ring<F, PARTITION, SNAPSHOT_MAX> {
    /// What was saved so far is not loaded any more, and a running save ends without a result. It erases one block, and
    /// none where nothing was written since it was called last. When power fails meanwhile, all is as before or done.
    pub fn clear(&mut self, now_ms: i64) -> Result<(), Error> {
        self.abort();
        let is_done = match self.spared {
            Some(slot) => self.is_clear && self.blocks.next == slot.serial + 1,
            None => self.is_new(),
        };
        if is_done && !self.damaged {
            return Ok(());
        }
        self.discard();
        self.begin(now_ms)?;
        self.close(true).map(|_| ())
    }

    /// After [`Ring::clear`]: erases the next of all other blocks, so that nothing stays of what was saved. False: that
    /// was done. After an error the next call goes on with the next block.
    pub fn erase_next(&mut self) -> Result<bool, Error> {
        let Some(Slot { serial, .. }) = self.spared.filter(|_| self.is_clear) else {
            return if self.is_new() { Ok(false) } else { Err(Error::NotBegun) };
        };
        if self.blocks.next >= serial + Self::BLOCKS {
            return Ok(false);
        }
        self.blocks.start(Some(serial))?;
        Ok(true)
    }

    /// Nothing was ever written.
    fn is_new(&self) -> bool {
        self.blocks.next == 0
    }
}
