//! Snapshots and settings in NOR flash, on the blocking [`embedded_storage::nor_flash`] traits: [`Ring`] keeps snapshots
//! of any length, [`Store`] a small set of texts and a few counters. Both wear their blocks evenly and are whole after a
//! power cut at any moment. The formats, and what recovery does, stand in `docs/flash.md`.
//!
//! Nothing here knows what a snapshot says, what time it is or how a chip is driven. No write unit is programmed twice
//! between erases, so `NorFlash` is enough and chips with checked words (ECC) are served too. What a worn or foreign
//! chip holds is a value; nothing panics.

#![cfg_attr(not(any(test, feature = "mock")), no_std)]

mod blocks;
mod header;
mod medium;
#[cfg(any(test, feature = "mock"))]
pub mod mock;
pub mod ring;
pub mod settings;
pub mod store;
mod wear;

pub use ring::{Recovery, Rejected, Ring, Slot, Why};
pub use settings::Settings;
pub use store::{Counters, Kept, Store};
pub use wear::Wear;

use embedded_storage::nor_flash::NorFlashErrorKind;

/// Why flash could not be read or written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The driver says so.
    Flash(NorFlashErrorKind),
    /// What was written does not read back: the block is worn out, or its power was too low.
    Verify,
    /// The flash is smaller than the partition.
    Capacity,
    /// More than the partition is laid out for.
    TooLarge,
    /// No whole snapshot though data is there: it is kept until [`Ring::discard`].
    Damaged,
    /// `push` or `finish` without `begin`, or after an error.
    NotBegun,
    /// What is read does not match its checksum.
    Checksum,
    /// More blocks were erased than serials can count; no chip lives that long.
    WornOut,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::Flash(NorFlashErrorKind::NotAligned) => "the flash driver wants other alignment",
            Error::Flash(NorFlashErrorKind::OutOfBounds) => "beyond the end of the flash",
            Error::Flash(_) => "the flash driver failed",
            Error::Verify => "what was written does not read back",
            Error::Capacity => "the flash is smaller than its partition",
            Error::TooLarge => "larger than the partition is laid out for",
            Error::Damaged => "no snapshot in flash is whole; they are kept until FLUSHALL",
            Error::NotBegun => "no save is running",
            Error::Checksum => "a checksum does not match",
            Error::WornOut => "the flash is worn out",
        })
    }
}
