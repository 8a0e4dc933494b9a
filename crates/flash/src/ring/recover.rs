//! Opening a ring: which of the slots that are there is the newest whole one.

use super::{Ring, Slot};
use crate::Error;
use crate::blocks::Blocks;
use crate::header::{self, Found, SlotHeader, Use};
use embedded_storage::nor_flash::NorFlash;

/// What a ring holds when it is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recovery {
    /// No snapshot was ever finished, or none since [`Ring::clear`].
    Empty,
    /// The newest whole one.
    Whole(Slot),
    /// Data is there and none of it is whole. Saves are refused until [`Ring::discard`].
    Damaged,
}

/// A slot that was passed over, for the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rejected {
    pub serial: u32,
    pub why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Both of its headers are damaged.
    Header,
    /// A block of it is damaged.
    Block,
    /// A later save has taken one of its blocks.
    Overwritten,
    /// Its bytes do not match its CRC-32.
    Checksum,
}

impl core::fmt::Display for Rejected {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let why = match self.why {
            Why::Header => "its header is damaged",
            Why::Block => "one of its blocks is damaged",
            Why::Overwritten => "a later save has begun to overwrite it",
            Why::Checksum => "its checksum does not match",
        };
        write!(f, "snapshot {} in flash is passed over: {why}", self.serial)
    }
}

/// What stands in a block that begins a slot.
enum Begin {
    /// Its save did not come to its end.
    Unfinished,
    Slot(SlotHeader),
    Rotten,
}

/// The newest slot that is whole.
enum Newest {
    Whole(Slot),
    /// It holds nothing, and older ones do not count.
    Clear(Slot),
    Nothing,
}

impl Newest {
    fn slot(&self) -> Option<Slot> {
        match self {
            Newest::Whole(slot) | Newest::Clear(slot) => Some(*slot),
            Newest::Nothing => None,
        }
    }
}

impl<F: NorFlash, const PARTITION: usize, const SNAPSHOT_MAX: usize> Ring<F, PARTITION, SNAPSHOT_MAX> {
    /// Looks for the newest whole snapshot and reads it through once; `report` hears of each newer one that is not.
    pub fn open(flash: F, report: impl FnMut(Rejected)) -> Result<(Self, Recovery), Error> {
        const { Self::FEWER_THAN_TWO_WHOLE_SLOTS_FIT_INTO_THE_PARTITION };
        let blocks = Blocks::open(flash, PARTITION, Use::Snapshot)?;
        let mut ring = Ring { blocks, spared: None, is_clear: false, damaged: false, writer: None };
        let recovery = ring.recover(u32::MAX, report)?;
        Ok((ring, recovery))
    }

    /// The next older whole snapshot, where the one given is of no use for its contents.
    pub fn older(&mut self, slot: &Slot, report: impl FnMut(Rejected)) -> Result<Recovery, Error> {
        let recovery = self.recover(slot.serial, report)?;
        self.damaged = !matches!(recovery, Recovery::Whole(_));
        Ok(if self.damaged { Recovery::Damaged } else { recovery })
    }

    fn recover(&mut self, below: u32, mut report: impl FnMut(Rejected)) -> Result<Recovery, Error> {
        let mut rejected = false;
        let found = self.find(below, |slot| {
            rejected = true;
            report(slot);
        })?;
        (self.spared, self.is_clear) = (found.slot(), matches!(found, Newest::Clear(_)));
        self.damaged = match found {
            Newest::Whole(slot) => return Ok(Recovery::Whole(slot)),
            Newest::Clear(_) => rejected,
            Newest::Nothing => rejected || self.blocks.saves > 0 || self.holds_garbage()?,
        };
        Ok(if self.damaged { Recovery::Damaged } else { Recovery::Empty })
    }

    /// The newest whole slot with a serial below the one given.
    fn find(&mut self, mut below: u32, mut report: impl FnMut(Rejected)) -> Result<Newest, Error> {
        while let Some(serial) = self.blocks.newest_first(below)? {
            below = serial;
            let header = match self.begin_of(serial)? {
                Begin::Unfinished => continue,
                Begin::Rotten => {
                    report(Rejected { serial, why: Why::Header });
                    continue;
                }
                Begin::Slot(header) => header,
            };
            self.blocks.saves = self.blocks.saves.max(header.saves);
            match self.check(&header)? {
                Ok(slot) if header.clears => return Ok(Newest::Clear(slot)),
                Ok(slot) => return Ok(Newest::Whole(slot)),
                Err(why) => report(Rejected { serial, why }),
            }
        }
        Ok(Newest::Nothing)
    }

    fn begin_of(&mut self, serial: u32) -> Result<Begin, Error> {
        let mut copies = [Found::Blank; 2];
        for (copy, address) in copies.iter_mut().zip(self.slot_header_addresses(serial)) {
            let bytes = header::read(&mut self.blocks.medium, address)?;
            *copy = header::found(&bytes, |bytes| SlotHeader::decode(bytes).filter(|header| header.serial == serial));
        }
        Ok(match copies {
            [Found::Valid(header), _] | [_, Found::Valid(header)] => Begin::Slot(header),
            // The second is written when the first is there: a save that was cut off in its header.
            [_, Found::Blank] => Begin::Unfinished,
            [_, _] => Begin::Rotten,
        })
    }

    /// Whether all of a slot is there and matches its checksum.
    fn check(&mut self, header: &SlotHeader) -> Result<Result<Slot, Why>, Error> {
        let SlotHeader { serial, len, crc, saved_at_ms, .. } = *header;
        let blocks = Self::blocks_of(len as usize);
        if blocks > Self::BLOCKS {
            return Ok(Err(Why::Header));
        }
        for number in 1..blocks {
            match self.blocks.header(self.blocks.place(serial + number))? {
                Found::Valid(found) if found.serial == serial + number && found.first == serial => {}
                Found::Valid(found) if found.serial > serial => return Ok(Err(Why::Overwritten)),
                _ => return Ok(Err(Why::Block)),
            }
        }
        let slot = Slot { serial, blocks, len, crc, saved_at_ms };
        Ok(if self.crc(&slot)? == crc { Ok(slot) } else { Err(Why::Checksum) })
    }

    /// Whether the flash holds what no interrupted first save can have left.
    fn holds_garbage(&mut self) -> Result<bool, Error> {
        if self.blocks.holds_garbage()? {
            return Ok(true);
        }
        // A slot whose block has lost its header, or one of a later format.
        let mut slot_header = false;
        for address in self.slot_header_addresses(self.blocks.next) {
            slot_header |= SlotHeader::is_of_any_format(&header::read(&mut self.blocks.medium, address)?);
        }
        Ok(slot_header && self.blocks.header(self.blocks.place(self.blocks.next))? == Found::Garbage)
    }
}
