//! Snapshots: MicroRDB to values and back, in bounded steps. Bytes go out to and come in from the shell, which knows
//! files or flash; nothing here does.
//!
//! The format's page is `docs/persistence.md`. [`save`] walks the keyspace while commands run, [`decode`] reads a file
//! of either version in any split and tells a [`decode::Sink`], [`load`] is the sink that builds values. Which keys a
//! call may change, and that it waits for them, is `dispatch`'s.

mod build;
pub mod decode;
mod first;
pub mod load;
mod records;
pub mod save;
pub mod state;
mod write;

/// The first bytes of every version.
pub const MAGIC: [u8; 4] = *b"MRDB";
/// The version that is written.
pub const VERSION: u16 = 2;
/// `MRDB` | version:2 | flags:2 | unix ms:8 | keys:8 | 0:4 | CRC-32 of the 28 bytes before.
pub const HEADER_BYTES: usize = 32;
/// Flag: access bits are LFU's minutes and counter, not LRU's seconds.
pub const FLAG_LFU: u16 = 1;
/// Flag: the clock was not set when the save began, so that records may have [`kind::PROVISIONAL`] before them.
pub const FLAG_UNSET_CLOCK: u16 = 2;
/// Largest payload of a block; what a reader must be able to hold is nothing, but a longer one is damage.
pub const BLOCK_PAYLOAD_MAX: usize = 1 << 20;
/// What a block takes beside its payload: length and CRC-32.
pub const BLOCK_BYTES: usize = 8;
/// A block of length 0, the number of keys, CRC-32 of all before.
pub const END_BYTES: usize = 16;

/// The kinds of records, bits 0-3 of their first byte; bits 4-6 below.
mod kind {
    pub const STRING: u8 = 0;
    pub const LIST: u8 = 1;
    pub const SET: u8 = 2;
    pub const ZSET: u8 = 3;
    pub const HASH: u8 = 4;
    pub const STREAM: u8 = 5;
    pub const MASK: u8 = 0x0F;
    /// An expiry of 8 bytes follows.
    pub const EXPIRES: u8 = 0x10;
    /// Past Redis's thresholds: what OBJECT ENCODING says.
    pub const LARGE: u8 = 0x20;
    /// A string that Redis keeps as text though it spells a number.
    pub const TEXT: u8 = 0x40;
    /// Not a record: the records that follow are of this database (2 bytes).
    pub const SELECT: u8 = 0xF0;
    /// Not a record: the expiry of the record that follows was counted from a clock that was not set.
    pub const PROVISIONAL: u8 = 0xF1;
}

/// The first byte of a string: its length, or how its length or its number follows.
mod string_head {
    pub const LEN_MAX: usize = 0xEF;
    pub const LEN_16: u8 = 0xF0;
    pub const LEN_32: u8 = 0xF1;
    pub const INT_8: u8 = 0xF4;
    pub const INT_16: u8 = 0xF5;
    pub const INT_32: u8 = 0xF6;
    pub const INT_64: u8 = 0xF7;
}

/// The first byte of a stream's piece.
mod piece {
    pub const LIVE: u8 = 1;
    /// Begins one of what Redis calls nodes.
    pub const NODE: u8 = 2;
    /// No piece: the stream ends.
    pub const END: u8 = 0x80;
}

/// What is wrong with a file, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damage {
    /// Offset from the file's begin.
    pub at: u64,
    pub why: &'static str,
}

impl core::fmt::Display for Damage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "byte {}: {}", self.at, self.why)
    }
}
