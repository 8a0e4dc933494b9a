//! What lies in a board's partitions of flash, as types, and what must hold of them. Each board takes this file in; the
//! numbers are those of its `limits.rs`.

use crate::Chip;
use crate::limits::{FLASH_BYTES, PARTITIONS, SECTOR, SNAPSHOT_BYTES_MAX};
use microredis_shell::memory::{Part, fit};
use microredis_shell::{Partition, SETTINGS_BYTES_MAX, flash};

/// The last two; before them the application's slots.
pub const SETTINGS: &Part = &PARTITIONS[PARTITIONS.len() - 2];
pub const SNAPSHOTS: &Part = &PARTITIONS[PARTITIONS.len() - 1];

/// Whole snapshots in flash: the newest, and the one that is being written.
pub const SNAPSHOT_SLOTS: usize = 2;

/// What CONFIG REWRITE keeps.
pub type Settings =
    flash::Store<Partition<Chip, { SETTINGS.at as u32 }, { SETTINGS.bytes }>, { SETTINGS.bytes }, SETTINGS_BYTES_MAX>;
/// The ring of snapshots.
pub type Ring =
    flash::Ring<Partition<Chip, { SNAPSHOTS.at as u32 }, { SNAPSHOTS.bytes }>, { SNAPSHOTS.bytes }, SNAPSHOT_BYTES_MAX>;

const _: () = assert!(
    PARTITIONS.len() == 2 || PARTITIONS.len() == 4 && PARTITIONS[0].bytes == PARTITIONS[1].bytes,
    "two slots of one size for the application, unless it lies in another chip"
);
const _: () = assert!(fit(&PARTITIONS, SECTOR, FLASH_BYTES), "the partitions overlap or are for another chip");
const _: () = assert!(Ring::BLOCKS >= SNAPSHOT_SLOTS as u32 * Ring::SLOT_BLOCKS_MAX, "too few whole snapshots fit");
const _: () = assert!(SETTINGS.bytes >= 2 * SECTOR, "settings are written to one block while another holds the old");
