//! The headers of blocks and of what they hold, bytes to fields and back. Each has its own checksum; what does not match it is no header.

use crate::Error;
use crate::medium::{Medium, Packer};
use embedded_storage::nor_flash::NorFlash;

pub const FORMAT: u8 = 1;
/// Bytes of every header, before rounding up to write units.
pub const BYTES: usize = 32;
/// Higher serials are no serials: reached after four billion erased blocks, when no chip is left.
pub const SERIAL_MAX: u32 = u32::MAX - 4 * BLOCKS_MAX;
/// Most blocks of a partition.
pub const BLOCKS_MAX: u32 = 1 << 18;

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Use {
    Snapshot = 1,
    Settings = 2,
}

/// Stands at the begin of each block, written as soon as it is erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockHeader {
    pub of: Use,
    /// Blocks are erased in order of serials; modulo the partition's blocks it is the block's number.
    pub serial: u32,
    /// Serial of the first block of the same slot.
    pub first: u32,
    /// How often the block was erased, this time included.
    pub erases: u32,
    /// Whole saves before.
    pub saves: u32,
    /// Bytes programmed in the partition before.
    pub written: u64,
}

impl BlockHeader {
    pub fn encode(&self) -> [u8; BYTES] {
        let mut out = [0; BYTES];
        out[..2].copy_from_slice(b"MB");
        out[2] = FORMAT;
        out[3] = self.of as u8;
        out[4..8].copy_from_slice(&self.serial.to_le_bytes());
        out[8..12].copy_from_slice(&self.first.to_le_bytes());
        out[12..16].copy_from_slice(&self.erases.to_le_bytes());
        out[16..20].copy_from_slice(&self.saves.to_le_bytes());
        out[20..28].copy_from_slice(&self.written.to_le_bytes());
        seal(out)
    }

    pub fn decode(bytes: &[u8; BYTES]) -> Option<BlockHeader> {
        if !is_sealed(bytes) || bytes[..2] != *b"MB" || bytes[2] != FORMAT {
            return None;
        }
        let of = [Use::Snapshot, Use::Settings].into_iter().find(|of| *of as u8 == bytes[3])?;
        let header = BlockHeader {
            of,
            serial: u32_at(bytes, 4),
            first: u32_at(bytes, 8),
            erases: u32_at(bytes, 12),
            saves: u32_at(bytes, 16),
            written: u64_at(bytes, 20),
        };
        (header.serial <= SERIAL_MAX && header.first <= header.serial).then_some(header)
    }
}

/// What stands at the begin of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found<T> {
    /// As erased.
    Blank,
    Valid(T),
    /// Neither: cut off, rotten, of another format or not ours.
    Garbage,
}

/// Makes a slot whole; stands twice behind the header of its first block, written last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotHeader {
    pub serial: u32,
    pub len: u32,
    /// CRC-32 of the serial and the snapshot's bytes.
    pub crc: u32,
    pub saved_at_ms: i64,
    /// Whole saves, this one included.
    pub saves: u32,
    /// No snapshot: those before it do not count any more.
    pub clears: bool,
}

impl SlotHeader {
    pub fn encode(&self) -> [u8; BYTES] {
        let mut out = [0; BYTES];
        out[..2].copy_from_slice(b"MS");
        out[2] = FORMAT;
        out[3] = u8::from(self.clears);
        out[4..8].copy_from_slice(&self.serial.to_le_bytes());
        out[8..12].copy_from_slice(&self.len.to_le_bytes());
        out[12..16].copy_from_slice(&self.crc.to_le_bytes());
        out[16..24].copy_from_slice(&self.saved_at_ms.to_le_bytes());
        out[24..28].copy_from_slice(&self.saves.to_le_bytes());
        seal(out)
    }

    pub fn decode(bytes: &[u8; BYTES]) -> Option<SlotHeader> {
        let header = SlotHeader {
            serial: u32_at(bytes, 4),
            len: u32_at(bytes, 8),
            crc: u32_at(bytes, 12),
            saved_at_ms: u64_at(bytes, 16) as i64,
            saves: u32_at(bytes, 24),
            clears: bytes[3] == 1,
        };
        (Self::is_of_any_format(bytes) && bytes[2] == FORMAT && bytes[3] <= 1).then_some(header)
    }

    pub fn is_of_any_format(bytes: &[u8; BYTES]) -> bool {
        is_sealed(bytes) && bytes[..2] == *b"MS"
    }
}

/// Begins an entry of the settings' store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryHead {
    pub holds: Holds,
    /// Bytes of settings behind the counters.
    pub len: u32,
}

/// What an entry holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Holds {
    All = 1,
    /// The settings are those of an earlier entry of the same block.
    Counters = 2,
}

pub const ENTRY_HEAD_BYTES: usize = 12;

impl EntryHead {
    pub fn encode(&self) -> [u8; ENTRY_HEAD_BYTES] {
        let mut out = [0; ENTRY_HEAD_BYTES];
        out[..2].copy_from_slice(b"ME");
        out[2] = self.holds as u8;
        out[4..8].copy_from_slice(&self.len.to_le_bytes());
        seal(out)
    }

    pub fn decode(bytes: &[u8; ENTRY_HEAD_BYTES]) -> Option<EntryHead> {
        let holds = [Holds::All, Holds::Counters].into_iter().find(|holds| *holds as u8 == bytes[2])?;
        (is_sealed(bytes) && bytes[..2] == *b"ME").then_some(EntryHead { holds, len: u32_at(bytes, 4) })
    }
}

pub fn read<F: NorFlash>(medium: &mut Medium<F>, address: u32) -> Result<[u8; BYTES], Error> {
    let mut bytes = [0; BYTES];
    medium.read(address, &mut bytes)?;
    Ok(bytes)
}

/// Writes a header, padded to whole units.
pub fn write<F: NorFlash>(medium: &mut Medium<F>, address: u32, header: &[u8; BYTES]) -> Result<(), Error> {
    let mut packer = Packer::new(address);
    packer.push(medium, header)?;
    packer.flush(medium)
}

pub fn found<T>(bytes: &[u8; BYTES], decode: impl FnOnce(&[u8; BYTES]) -> Option<T>) -> Found<T> {
    match decode(bytes) {
        Some(header) => Found::Valid(header),
        None if bytes.iter().all(|&byte| byte == 0xFF) => Found::Blank,
        None => Found::Garbage,
    }
}

/// Puts the CRC-32 of the other bytes last.
pub fn seal<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    let crc = microredis_crc32::hash(&bytes[..N - 4]);
    bytes[N - 4..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<4>().is_some_and(|(rest, crc)| microredis_crc32::hash(rest) == u32::from_le_bytes(*crc))
}

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word))
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}
