//! Dense registers: 6 bits each.

use super::{HEADER, Histogram, put};
use crate::memory::{Arena, Bytes, Oom};
use crate::value::record::Entry;

const MAX: u16 = 63;

/// Register `i` of packed bytes, behind which one more byte is readable.
pub fn unpack(packed: &[u8], i: usize) -> u8 {
    let at = i * 6 / 8;
    let pair = u16::from_le_bytes([packed[at], packed[at + 1]]);
    (pair >> (i * 6 % 8) & MAX) as u8
}

/// The two bytes in which a register lies; behind the last one there is nothing and nothing is needed.
fn pair(mem: &Arena, value: Bytes, index: usize) -> [u8; 2] {
    let mut pair = [0; 2];
    mem.view(value).copy_to(HEADER + index * 6 / 8, &mut pair);
    pair
}

pub fn get(mem: &Arena, value: Bytes, index: usize) -> u8 {
    (u16::from_le_bytes(pair(mem, value, index)) >> (index * 6 % 8) & MAX) as u8
}

/// Raises a register; whether it changed.
pub fn raise(mem: &mut Arena, entry: &mut Entry, index: usize, count: u8) -> Result<bool, Oom> {
    let old = u16::from_le_bytes(pair(mem, crate::value::string::read(mem, entry), index));
    let shift = index * 6 % 8;
    if (old >> shift & MAX) as u8 >= count {
        return Ok(false);
    }
    let new = (old & !(MAX << shift) | u16::from(count) << shift).to_le_bytes();
    let at = HEADER + index * 6 / 8;
    put(mem, entry, at, new[0])?;
    if shift > 2 {
        put(mem, entry, at + 1, new[1])?;
    }
    Ok(true)
}

pub fn histogram(mem: &Arena, value: Bytes) -> Histogram {
    let mut histogram = Histogram::new();
    // Four registers are three bytes.
    let mut group = [0; 48 + 1];
    let mut at = HEADER;
    let view = mem.view(value);
    while at < view.len() {
        let n = view.copy_to(at, &mut group[..48]);
        for i in 0..n * 8 / 6 {
            histogram.add(unpack(&group, i), 1);
        }
        at += n;
    }
    histogram
}

/// Whether the four places a register can have in its bytes keep every value apart from its neighbours.
pub fn packs_and_unpacks() -> bool {
    (0..4usize).all(|i| {
        (0..=MAX).all(|value| {
            let mut packed = [0xFF; 4];
            let (at, shift) = (i * 6 / 8, i * 6 % 8);
            let old = u16::from_le_bytes([packed[at], packed[at + 1]]);
            let new = (old & !(MAX << shift) | value << shift).to_le_bytes();
            packed[at..at + 2].copy_from_slice(&new);
            (0..4).all(|j| u16::from(unpack(&packed, j)) == if i == j { value } else { MAX })
        })
    })
}
