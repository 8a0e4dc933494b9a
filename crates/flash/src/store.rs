//! Settings and counters in a partition of their own. A block is a log: each entry holds all settings and counters, or
//! the counters alone, and the last whole one counts. So a change of any number of settings is one entry, there or not.
//!
//! A block that is full, or was begun before this boot, or failed, is left: the next one begins with an entry that holds
//! all. What was begun before this boot is never written to again, because nobody can tell what a power cut has left
//! there.
//!
//! Why not `sequential-storage`: its write units end at 32 bytes, it replaces one key at a time, and its page marks
//! cannot be told from what a cut erase leaves. See `docs/flash.md`.

use crate::blocks::Blocks;
use crate::header::{self, BLOCKS_MAX, ENTRY_HEAD_BYTES, EntryHead, Holds, Use};
use crate::medium::{Medium, Packer};
use crate::settings::Settings;
use crate::{Error, Wear};
use embedded_storage::nor_flash::NorFlash;
use microredis_crc32::Hasher;

/// The settings in a partition of `PARTITION` bytes, which `F` shows from address 0; they take up to `SETTINGS_MAX`.
pub struct Store<F, const PARTITION: usize, const SETTINGS_MAX: usize> {
    blocks: Blocks<F>,
    /// Where the settings are.
    home: Option<Home>,
    /// Where the next entry goes in the home block, if any may.
    append_at: Option<usize>,
    counters: Counters,
}

/// An entry that holds all.
#[derive(Clone, Copy)]
struct Home {
    serial: u32,
    /// Of the settings' bytes in the block.
    at: usize,
    len: usize,
}

/// What changes too often to be a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// The latest wall time known, in unix ms.
    pub wall_ms: i64,
    /// Boots since the first.
    pub boots: u32,
    /// Boots in a row that did not come to their end.
    pub failed_boots: u32,
}

const COUNTERS_BYTES: usize = 16;
const CRC_BYTES: usize = 4;
/// Settings are read and copied in pieces of this length.
const PIECE_BYTES: usize = 64;

/// What a store holds when it is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// Nothing was ever stored.
    Empty,
    Whole,
    /// Data is there and none of it is whole: it counts as empty.
    Damaged,
}

impl<F: NorFlash, const PARTITION: usize, const SETTINGS_MAX: usize> Store<F, PARTITION, SETTINGS_MAX> {
    const HEADER: usize = Blocks::<F>::HEADER;

    const THE_LARGEST_SETTINGS_FIT_INTO_EACH_OF_TWO_BLOCKS: () = {
        let (block, blocks) = (Medium::<F>::BLOCK, PARTITION / Medium::<F>::BLOCK);
        assert!(blocks >= 2 && blocks <= BLOCKS_MAX as usize, "settings need a partition of two erase blocks or more");
        assert!(
            Self::HEADER + Self::entry(SETTINGS_MAX) <= block,
            "the largest settings do not fit into an erase block"
        );
    };

    /// Looks for the newest whole entry.
    pub fn open(flash: F) -> Result<(Self, Kept), Error> {
        const { Self::THE_LARGEST_SETTINGS_FIT_INTO_EACH_OF_TWO_BLOCKS };
        let blocks = Blocks::open(flash, PARTITION, Use::Settings)?;
        let mut store = Store { blocks, home: None, append_at: None, counters: Counters::default() };
        let mut below = u32::MAX;
        while let Some(serial) = store.blocks.newest_first(below)? {
            if store.read_block(serial)? {
                return Ok((store, Kept::Whole));
            }
            below = serial;
        }
        let damaged = store.blocks.saves > 0 || store.blocks.holds_garbage()?;
        Ok((store, if damaged { Kept::Damaged } else { Kept::Empty }))
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// All settings; none if nothing was ever stored.
    pub fn load(&mut self) -> Result<Settings<SETTINGS_MAX>, Error> {
        let mut settings = Settings::new();
        if let Some(home) = self.home {
            let address = self.blocks.address(home.serial, home.at);
            if !settings.take(home.len, |bytes| self.blocks.medium.read(address, bytes))? {
                return Err(Error::Checksum);
            }
        }
        Ok(settings)
    }

    /// Replaces all settings at once.
    pub fn replace(&mut self, settings: &Settings<SETTINGS_MAX>) -> Result<(), Error> {
        self.write(Some(settings.as_bytes()), self.counters)
    }

    /// Sets one text; nothing is written if it is so already.
    pub fn set(&mut self, name: &[u8], text: &[u8]) -> Result<(), Error> {
        let mut settings = self.load()?;
        if settings.get(name) == Some(text) {
            return Ok(());
        }
        settings.set(name, text).map_err(|_| Error::TooLarge)?;
        self.replace(&settings)
    }

    /// Removes one text; nothing is written if it is not there.
    pub fn remove(&mut self, name: &[u8]) -> Result<(), Error> {
        let mut settings = self.load()?;
        if settings.remove(name) { self.replace(&settings) } else { Ok(()) }
    }

    /// Nothing is written if they are so already.
    pub fn set_counters(&mut self, counters: Counters) -> Result<(), Error> {
        if counters == self.counters { Ok(()) } else { self.write(None, counters) }
    }

    /// Forgets everything, and erases all that was ever stored: passwords do not stay in old blocks. Where power fails
    /// meanwhile, the settings are forgotten or, at the very beginning, as they were; to be called again.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.append_at = None;
        self.write(Some(&[]), Counters::default())?;
        for _ in 1..self.blocks.count {
            self.start_block()?;
        }
        Ok(())
    }

    /// Reads the headers of all blocks.
    pub fn wear(&mut self) -> Result<Wear, Error> {
        self.blocks.wear(1, None)
    }

    /// The flash, as it is.
    pub fn release(self) -> F {
        self.blocks.medium.flash
    }

    /// Takes the last whole entries of a block; false if none of them holds the settings.
    fn read_block(&mut self, serial: u32) -> Result<bool, Error> {
        let (mut home, mut counters) = (None, Counters::default());
        let mut at = Self::HEADER;
        while at + Self::entry(0) <= Medium::<F>::BLOCK {
            let mut head = [0; ENTRY_HEAD_BYTES];
            self.blocks.medium.read(self.blocks.address(serial, at), &mut head)?;
            // Behind what is no entry there is none: after a failure a block is left.
            let Some(entry) = EntryHead::decode(&head) else { break };
            let len = entry.len as usize;
            if len > SETTINGS_MAX || at + Self::entry(len) > Medium::<F>::BLOCK {
                break;
            }
            let counters_at = at + ENTRY_HEAD_BYTES;
            at += Self::entry(len);
            if !self.is_sealed(serial, counters_at, COUNTERS_BYTES + len)? {
                continue;
            }
            if entry.holds == Holds::All {
                home = Some(Home { serial, at: counters_at + COUNTERS_BYTES, len });
            }
            let mut bytes = [0; COUNTERS_BYTES];
            self.blocks.medium.read(self.blocks.address(serial, counters_at), &mut bytes)?;
            counters = Counters::decode(&bytes);
        }
        if home.is_some() {
            (self.home, self.counters) = (home, counters);
        }
        Ok(home.is_some())
    }

    /// Writes an entry: of the settings given, or, without any, of the counters alone.
    fn write(&mut self, settings: Option<&[u8]>, counters: Counters) -> Result<(), Error> {
        let given = settings.unwrap_or(&[]);
        // What fails here ends the block; the entries before stay.
        let appended = self.append_at.take().filter(|at| at + Self::entry(given.len()) <= Medium::<F>::BLOCK);
        let (serial, at) = match (appended, self.home) {
            (Some(at), Some(home)) => (home.serial, at),
            _ => (self.start_block()?, Self::HEADER),
        };
        // A block begins with all: with what is not given as it was.
        let begins = at == Self::HEADER;
        let kept = self.home.filter(|_| begins && settings.is_none());
        let holds = if begins || settings.is_some() { Holds::All } else { Holds::Counters };
        let len = given.len() + kept.map_or(0, |home| home.len);

        let mut entry = Entry { packer: Packer::new(self.blocks.address(serial, at)), hasher: Hasher::new() };
        entry.packer.push(&mut self.blocks.medium, &EntryHead { holds, len: len as u32 }.encode())?;
        entry.push(&mut self.blocks.medium, &counters.encode())?;
        entry.push(&mut self.blocks.medium, given)?;
        if let Some(home) = kept {
            let mut piece = [0; PIECE_BYTES];
            for done in (0..home.len).step_by(PIECE_BYTES) {
                let piece = &mut piece[..(home.len - done).min(PIECE_BYTES)];
                self.blocks.medium.read(self.blocks.address(home.serial, home.at + done), piece)?;
                entry.push(&mut self.blocks.medium, piece)?;
            }
        }
        entry.end(&mut self.blocks.medium)?;
        if holds == Holds::All {
            self.home = Some(Home { serial, at: at + ENTRY_HEAD_BYTES + COUNTERS_BYTES, len });
            self.blocks.saves = self.blocks.saves.saturating_add(1);
        }
        self.counters = counters;
        self.append_at = Some(at + Self::entry(len));
        Ok(())
    }

    /// Bytes of an entry with settings of a length, in whole write units.
    const fn entry(len: usize) -> usize {
        Medium::<F>::units(ENTRY_HEAD_BYTES + COUNTERS_BYTES + len + CRC_BYTES)
    }

    /// Begins the next block, sparing the one that holds the settings.
    fn start_block(&mut self) -> Result<u32, Error> {
        if let Some(home) = self.home
            && self.blocks.place(self.blocks.next) == self.blocks.place(home.serial)
        {
            self.blocks.next += 1;
        }
        self.blocks.start(None)
    }

    /// Whether bytes match the CRC-32 behind them.
    fn is_sealed(&mut self, serial: u32, at: usize, len: usize) -> Result<bool, Error> {
        let mut hasher = Hasher::new();
        let mut piece = [0; PIECE_BYTES];
        for done in (0..len).step_by(PIECE_BYTES) {
            let piece = &mut piece[..(len - done).min(PIECE_BYTES)];
            self.blocks.medium.read(self.blocks.address(serial, at + done), piece)?;
            hasher.update(piece);
        }
        let mut crc = [0; CRC_BYTES];
        self.blocks.medium.read(self.blocks.address(serial, at + len), &mut crc)?;
        Ok(hasher.finalize() == u32::from_le_bytes(crc))
    }
}

/// An entry being written.
struct Entry {
    packer: Packer,
    hasher: Hasher,
}

impl Entry {
    fn push<F: NorFlash>(&mut self, medium: &mut Medium<F>, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        self.packer.push(medium, bytes)
    }

    fn end<F: NorFlash>(mut self, medium: &mut Medium<F>) -> Result<(), Error> {
        self.packer.push(medium, &self.hasher.finalize().to_le_bytes())?;
        self.packer.flush(medium)
    }
}

impl Counters {
    fn encode(&self) -> [u8; COUNTERS_BYTES] {
        let mut out = [0; COUNTERS_BYTES];
        out[..8].copy_from_slice(&self.wall_ms.to_le_bytes());
        out[8..12].copy_from_slice(&self.boots.to_le_bytes());
        out[12..].copy_from_slice(&self.failed_boots.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8; COUNTERS_BYTES]) -> Counters {
        Counters {
            wall_ms: header::u64_at(bytes, 0) as i64,
            boots: header::u32_at(bytes, 8),
            failed_boots: header::u32_at(bytes, 12),
        }
    }
}
