//! HyperLogLog in Redis's own byte format, inside a string value.
//!
//! ```text
//! "HYLL" | encoding:1 (0 dense, 1 sparse) | unused:3 | cardinality:8, the top bit says that it is stale | registers
//! dense   16384 registers of 6 bits, least significant first
//! sparse  00xxxxxx zeros x+1 | 01xxxxxx yyyyyyyy zeros xy+1 | 1vvvvvxx value v+1, x+1 times
//! ```
//! The bytes equal those of Redis 7.0.15 for the same elements in the same order, so the steps in `sparse.rs` are
//! Redis's. Values may be ropes: everything goes byte by byte or chunk by chunk. Not here: keys, replies.

mod dense;
mod estimate;
mod murmur;
mod sparse;

pub use estimate::Histogram;
pub use sparse::{Kind, Run};

use super::record::Entry;
use super::string;
use crate::memory::{Arena, Bytes, Oom, Rope};

/// Registers of every HyperLogLog.
pub const REGISTERS: usize = 1 << 14;
const HEADER: usize = 16;
const ENCODING: usize = 4;
const CARDINALITY: usize = 8;
const STALE: u8 = 0x80;
/// Length of a value with dense registers.
pub const DENSE_BYTES: usize = HEADER + REGISTERS * 6 / 8;
/// A new value: the header and one run of zeros.
pub const EMPTY: [u8; HEADER + 2] = *b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7F\xFF";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Dense,
    Sparse,
}

/// Why an operation was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The sparse registers do not add up.
    Corrupted,
    Oom,
}

impl From<Oom> for Refused {
    fn from(Oom: Oom) -> Refused {
        Refused::Oom
    }
}

/// The encoding of a string that is a HyperLogLog by its header and length.
pub fn encoding(mem: &Arena, entry: &Entry) -> Option<Encoding> {
    let mut header = [0; HEADER];
    let view = mem.view(string::read(mem, entry));
    if view.copy_to(0, &mut header) < HEADER || &header[..4] != b"HYLL" {
        return None;
    }
    match header[ENCODING] {
        0 if view.len() == DENSE_BYTES => Some(Encoding::Dense),
        1 => Some(Encoding::Sparse),
        _ => None,
    }
}

/// Adds an element; whether a register changed. A sparse value that gets longer than `sparse_max` becomes dense.
pub fn add(mem: &mut Arena, entry: &mut Entry, element: Bytes, sparse_max: usize) -> Result<bool, Refused> {
    let (index, count) = murmur::place(mem.view(element));
    raise(mem, entry, index, count, sparse_max)
}

/// Raises a register to at least `count`; whether it changed.
pub fn raise(mem: &mut Arena, entry: &mut Entry, index: usize, count: u8, sparse_max: usize) -> Result<bool, Refused> {
    match byte(mem, entry, ENCODING) {
        0 => Ok(dense::raise(mem, entry, index, count)?),
        _ => sparse::raise(mem, entry, index, count, sparse_max),
    }
}

/// The cardinality kept in the header, unless it is stale.
pub fn cached(mem: &Arena, entry: &Entry) -> Option<u64> {
    let mut raw = [0; 8];
    mem.view(string::read(mem, entry)).copy_to(CARDINALITY, &mut raw);
    if raw[7] & STALE == 0 { Some(u64::from_le_bytes(raw)) } else { None }
}

/// Keeps a cardinality in the header.
pub fn set_cached(mem: &mut Arena, entry: &mut Entry, cardinality: u64) -> Result<(), Oom> {
    string::write_at(mem, entry, CARDINALITY, Bytes::Slice(&cardinality.to_le_bytes()))
}

/// Marks the kept cardinality as stale.
pub fn set_stale(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let last = byte(mem, entry, CARDINALITY + 7) | STALE;
    put(mem, entry, CARDINALITY + 7, last)
}

/// How often each register value occurs; `Err` for sparse registers that do not add up.
pub fn histogram(mem: &Arena, entry: &Entry) -> Result<Histogram, Refused> {
    let value = string::read(mem, entry);
    match byte(mem, entry, ENCODING) {
        0 => Ok(dense::histogram(mem, value)),
        _ => {
            let mut histogram = Histogram::new();
            let mut runs = sparse::Runs::new(mem, value);
            while let Some(run) = runs.next() {
                if run.end > REGISTERS {
                    return Err(Refused::Corrupted);
                }
                histogram.add(run.value, run.len as u32);
            }
            if runs.registers == REGISTERS { Ok(histogram) } else { Err(Refused::Corrupted) }
        }
    }
}

/// Makes the value dense.
pub fn make_dense(mem: &mut Arena, entry: &mut Entry) -> Result<(), Refused> {
    if byte(mem, entry, ENCODING) == 0 { Ok(()) } else { sparse::to_dense(mem, entry) }
}

/// A register of a dense value.
pub fn register(mem: &Arena, entry: &Entry, index: usize) -> u8 {
    dense::get(mem, string::read(mem, entry), index)
}

/// The run at an offset into the registers of a sparse value, and the offset of the next.
pub fn run_at(mem: &Arena, entry: &Entry, offset: usize) -> Option<(Run, usize)> {
    let run = sparse::run_at(mem, string::read(mem, entry), HEADER + offset, 0)?;
    Some((run, offset + run.bytes))
}

/// Whether packed registers read back as they were written, for the self-test.
pub fn packs_and_unpacks() -> bool {
    dense::packs_and_unpacks()
}

/// Registers of a byte each, in which values are united. Give it back with [`Union::free`].
pub struct Union {
    registers: Rope,
}

impl Union {
    pub fn new(mem: &mut Arena) -> Result<Union, Oom> {
        let mut registers = Rope::EMPTY;
        if let Err(Oom) = registers.resize(mem, REGISTERS) {
            registers.free(mem);
            return Err(Oom);
        }
        Ok(Union { registers })
    }

    pub fn free(mut self, mem: &mut Arena) {
        self.registers.free(mem);
    }

    /// Raises every register to that of the value.
    pub fn add(&mut self, mem: &mut Arena, entry: &Entry) -> Result<(), Refused> {
        let value = string::read(mem, entry);
        if byte(mem, entry, ENCODING) == 0 {
            // A group fits the leaves of the rope.
            const GROUP: usize = 64;
            let mut packed = [0; GROUP * 6 / 8 + 1];
            for first in (0..REGISTERS).step_by(GROUP) {
                mem.view(value).copy_to(HEADER + first * 6 / 8, &mut packed[..GROUP * 6 / 8]);
                let registers = self.registers.chunk_mut(mem, first)?;
                for (i, register) in registers[..GROUP].iter_mut().enumerate() {
                    *register = (*register).max(dense::unpack(&packed, i));
                }
            }
            return Ok(());
        }
        let mut at = HEADER;
        let mut index = 0;
        while let Some(run) = sparse::run_at(mem, value, at, index) {
            if run.end > REGISTERS {
                return Err(Refused::Corrupted);
            }
            if run.value > 0 {
                for i in index..run.end {
                    let register = &mut self.registers.chunk_mut(mem, i)?[0];
                    *register = (*register).max(run.value);
                }
            }
            at += run.bytes;
            index = run.end;
        }
        if index == REGISTERS { Ok(()) } else { Err(Refused::Corrupted) }
    }

    /// Adds an element.
    pub fn raise(&mut self, mem: &mut Arena, element: Bytes) -> Result<(), Oom> {
        let (index, count) = murmur::place(mem.view(element));
        let register = &mut self.registers.chunk_mut(mem, index)?[0];
        *register = (*register).max(count);
        Ok(())
    }

    pub fn get(&self, mem: &Arena, index: usize) -> u8 {
        self.registers.chunk(mem, index).first().copied().unwrap_or(0)
    }

    pub fn histogram(&self, mem: &Arena) -> Histogram {
        let mut histogram = Histogram::new();
        let mut at = 0;
        while at < REGISTERS {
            let chunk = self.registers.chunk(mem, at);
            chunk.iter().for_each(|&register| histogram.add(register, 1));
            at += chunk.len().max(1);
        }
        histogram
    }
}

fn byte(mem: &Arena, entry: &Entry, at: usize) -> u8 {
    mem.view(string::read(mem, entry)).byte(at).unwrap_or(0)
}

fn put(mem: &mut Arena, entry: &mut Entry, at: usize, byte: u8) -> Result<(), Oom> {
    if let Some(to) = string::chunk_mut(mem, entry, at)?.first_mut() {
        *to = byte;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
