//! Sparse registers: runs. The steps of an update are those of hllSparseSet in Redis 7.0.15, for the bytes to agree.

use super::{DENSE_BYTES, ENCODING, HEADER, REGISTERS, Refused, dense, put, set_stale};
use crate::memory::{Arena, Bytes, Oom, Rope};
use crate::value::record::Entry;
use crate::value::string;

const VALUE_MAX: u8 = 32;
const VALUE_LEN_MAX: usize = 4;
const ZERO_LEN_MAX: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Zero,
    XZero,
    Value,
}

/// One run as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub kind: Kind,
    /// The registers' value; 0 of runs of zeros.
    pub value: u8,
    pub len: usize,
    /// Bytes it takes.
    pub bytes: usize,
    /// Index of the register behind it.
    pub end: usize,
}

fn run(first: u8, second: u8, index: usize) -> Run {
    let (kind, value, len, bytes) = match first {
        0x00..=0x3F => (Kind::Zero, 0, first as usize + 1, 1),
        0x40..=0x7F => (Kind::XZero, 0, ((first as usize & 0x3F) << 8 | second as usize) + 1, 2),
        _ => (Kind::Value, (first >> 2 & 0x1F) + 1, (first as usize & 3) + 1, 1),
    };
    Run { kind, value, len, bytes, end: index + len }
}

/// The run at byte `at`, which begins with register `index`; `None` at the end.
pub fn run_at(mem: &Arena, value: Bytes, at: usize, index: usize) -> Option<Run> {
    let mut bytes = [0; 2];
    if mem.view(value).copy_to(at, &mut bytes) == 0 {
        return None;
    }
    Some(run(bytes[0], bytes[1], index))
}

/// The runs of a value in order.
pub struct Runs<'m> {
    mem: &'m Arena,
    value: Bytes<'static>,
    chunk: &'m [u8],
    /// The byte at which the chunk begins, and the next run.
    chunk_at: usize,
    pub at: usize,
    /// Registers so far.
    pub registers: usize,
}

impl<'m> Runs<'m> {
    pub fn new(mem: &'m Arena, value: Bytes<'static>) -> Runs<'m> {
        Runs { mem, value, chunk: &[], chunk_at: 0, at: HEADER, registers: 0 }
    }

    fn byte(&mut self, at: usize) -> Option<u8> {
        if at < self.chunk_at || at >= self.chunk_at + self.chunk.len() {
            self.chunk = match self.value {
                Bytes::Rope(rope) => rope.chunk(self.mem, at),
                other => match self.mem.view(other) {
                    crate::memory::Str::Slice(all) => all.get(at..).unwrap_or(&[]),
                    _ => &[],
                },
            };
            self.chunk_at = at;
        }
        self.chunk.get(at - self.chunk_at).copied()
    }

    /// The next run.
    pub fn next(&mut self) -> Option<Run> {
        let first = self.byte(self.at)?;
        let second = if first & 0xC0 == 0x40 { self.byte(self.at + 1).unwrap_or(0) } else { 0 };
        let run = run(first, second, self.registers);
        self.at += run.bytes;
        self.registers = run.end;
        Some(run)
    }
}

/// Up to five bytes of runs.
struct Sequence {
    bytes: [u8; 5],
    len: usize,
}

impl Sequence {
    fn push(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = byte;
            self.len += 1;
        }
    }

    fn zeros(&mut self, len: usize) {
        if len > ZERO_LEN_MAX {
            self.push(((len - 1) >> 8) as u8 | 0x40);
            self.push((len - 1) as u8);
        } else if len > 0 {
            self.push(len as u8 - 1);
        }
    }

    fn values(&mut self, value: u8, len: usize) {
        if len > 0 {
            self.push(value_run(value, len));
        }
    }
}

fn value_run(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len as u8 - 1)
}

/// Raises a register; whether it changed.
pub fn raise(mem: &mut Arena, entry: &mut Entry, index: usize, count: u8, sparse_max: usize) -> Result<bool, Refused> {
    if count > VALUE_MAX {
        return promote(mem, entry, index, count);
    }
    // Step 1: the run that covers the register, and the one before it.
    let value = string::read(mem, entry);
    let end = value.len();
    let mut runs = Runs::new(mem, value);
    let (mut at, mut before, mut first) = (HEADER, None, 0);
    let found = loop {
        let Some(run) = runs.next() else { return Err(Refused::Corrupted) };
        if index < run.end {
            break run;
        }
        before = Some(at);
        at = runs.at;
        first = run.end;
    };
    // Step 2: what it is replaced by.
    if found.kind == Kind::Value && found.value >= count {
        return Ok(false);
    }
    if found.kind != Kind::XZero && found.len == 1 {
        put(mem, entry, at, value_run(count, 1))?;
    } else {
        let mut sequence = Sequence { bytes: [0; 5], len: 0 };
        let (left, right) = (index - first, found.end - 1 - index);
        if found.kind == Kind::Value {
            sequence.values(found.value, left);
            sequence.values(count, 1);
            sequence.values(found.value, right);
        } else {
            sequence.zeros(left);
            sequence.values(count, 1);
            sequence.zeros(right);
        }
        // Step 3: into the value. A run cut short by the value's end is no longer than what there is.
        let old = found.bytes.min(end - at);
        if sequence.len > found.bytes && end + sequence.len - found.bytes > sparse_max {
            return promote(mem, entry, index, count);
        }
        splice(mem, entry, at, old, &sequence.bytes[..sequence.len])?;
    }
    merge(mem, entry, before.unwrap_or(HEADER))?;
    set_stale(mem, entry)?;
    Ok(true)
}

/// Step 4: joins neighbouring runs of one value, looking at up to five runs.
fn merge(mem: &mut Arena, entry: &mut Entry, from: usize) -> Result<(), Oom> {
    let mut at = from;
    for _ in 0..5 {
        let value = string::read(mem, entry);
        let Some(run) = run_at(mem, value, at, 0) else { break };
        if run.kind == Kind::Value
            && let Some(next) = run_at(mem, value, at + 1, 0)
            && next.kind == Kind::Value
            && next.value == run.value
            && next.len + run.len <= VALUE_LEN_MAX
        {
            splice(mem, entry, at, 2, &[value_run(run.value, run.len + next.len)])?;
            continue;
        }
        at += run.bytes;
    }
    Ok(())
}

/// Replaces `remove` bytes at `at`.
fn splice(mem: &mut Arena, entry: &mut Entry, at: usize, remove: usize, insert: &[u8]) -> Result<(), Oom> {
    let len = string::len(mem, entry);
    let tail = len - at - remove;
    let new = len - remove + insert.len();
    if new > len {
        string::resize(mem, entry, new)?;
    }
    if new != len {
        shift(mem, entry, at + remove, at + insert.len(), tail)?;
    }
    string::write_at(mem, entry, at, Bytes::Slice(insert))?;
    if new < len {
        // A refused move to a smaller block would leave bytes behind the end.
        string::resize(mem, entry, new)?;
    }
    Ok(())
}

/// Moves `len` bytes within the value.
fn shift(mem: &mut Arena, entry: &mut Entry, from: usize, to: usize, len: usize) -> Result<(), Oom> {
    let whole = string::chunk_mut(mem, entry, 0)?;
    if let (Some(_), Some(_)) = (whole.get(from..from + len), whole.get(to..to + len)) {
        whole.copy_within(from..from + len, to);
        return Ok(());
    }
    let mut buffer = [0; 128];
    let mut left = len;
    while left > 0 {
        let n = left.min(buffer.len());
        // Upwards from the end, downwards from the start.
        let offset = if to > from { left - n } else { len - left };
        mem.view(string::read(mem, entry)).copy_to(from + offset, &mut buffer[..n]);
        string::write_at(mem, entry, to + offset, Bytes::Slice(&buffer[..n]))?;
        left -= n;
    }
    Ok(())
}

fn promote(mem: &mut Arena, entry: &mut Entry, index: usize, count: u8) -> Result<bool, Refused> {
    to_dense(mem, entry)?;
    Ok(dense::raise(mem, entry, index, count)?)
}

/// Makes the value dense, its header kept.
pub fn to_dense(mem: &mut Arena, entry: &mut Entry) -> Result<(), Refused> {
    let old = string::read(mem, entry);
    let mut runs = Runs::new(mem, old);
    while let Some(run) = runs.next() {
        if run.end > REGISTERS {
            return Err(Refused::Corrupted);
        }
    }
    if runs.registers != REGISTERS {
        return Err(Refused::Corrupted);
    }
    let mut new = Rope::EMPTY;
    let made = fill(mem, old, &mut new).and_then(|()| string::set_rope(mem, entry, new));
    if let Err(Oom) = made {
        new.free(mem);
        return Err(Refused::Oom);
    }
    put(mem, entry, ENCODING, 0)?;
    Ok(())
}

fn fill(mem: &mut Arena, old: Bytes<'static>, new: &mut Rope) -> Result<(), Oom> {
    new.resize(mem, DENSE_BYTES)?;
    new.write(mem, 0, old, 0, HEADER)?;
    let (mut at, mut index) = (HEADER, 0);
    while let Some(run) = run_at(mem, old, at, index) {
        if run.value > 0 {
            for i in index..run.end {
                let (byte, shift) = (HEADER + i * 6 / 8, i * 6 % 8);
                let bits = (u16::from(run.value) << shift).to_le_bytes();
                new.chunk_mut(mem, byte)?[0] |= bits[0];
                if shift > 2 {
                    new.chunk_mut(mem, byte + 1)?[0] |= bits[1];
                }
            }
        }
        at += run.bytes;
        index = run.end;
    }
    Ok(())
}
