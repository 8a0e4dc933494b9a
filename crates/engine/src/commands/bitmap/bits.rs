//! Single bits, their count and the search for one. Bit 0 is the highest of the first byte.

use super::super::Ctx;
use super::super::string::lengthen;
use crate::config::Class;
use crate::error::Error;
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Str};
use crate::value::record::Type;
use crate::value::string;
use crate::word::Word;

const BAD_OFFSET: Error = Error(&"ERR bit offset is not an integer or out of range");
const BAD_BIT: Error = Error(&"ERR bit is not an integer or out of range");

/// A bit's offset, within what a string may hold.
fn offset(ctx: &Ctx<'_, '_>, i: usize) -> Result<u64, Error> {
    let offset = ctx.int(i).map_err(|_| BAD_OFFSET)?;
    checked_offset(ctx, offset)
}

pub fn checked_offset(ctx: &Ctx<'_, '_>, offset: i64) -> Result<u64, Error> {
    match u64::try_from(offset) {
        Ok(offset) if offset >> 3 < ctx.config().proto_max_bulk_len => Ok(offset),
        _ => Err(BAD_OFFSET),
    }
}

pub fn getbit(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, offset) = (ctx.arg(1), offset(ctx, 2)?);
    let byte = match ctx.read(key, Type::String)? {
        Some(entry) => {
            let value = string::read(&ctx.e.mem, &entry);
            ctx.e.mem.view(value).byte((offset >> 3) as usize).unwrap_or(0)
        }
        None => 0,
    };
    ctx.integer(i64::from(byte >> (7 - offset % 8) & 1));
    Ok(())
}

pub fn setbit(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, offset) = (ctx.arg(1), offset(ctx, 2)?);
    let on = match ctx.int(3) {
        Ok(bit @ (0 | 1)) => bit == 1,
        _ => return Err(BAD_BIT),
    };
    let at = (offset >> 3) as usize;
    let found = ctx.write(key, Type::String)?;
    let old = found.map_or(0, |entry| string::len(&ctx.e.mem, &entry));
    let entry = lengthen(ctx, key, found, old.max(at + 1), 1)?;
    let value = string::read(&ctx.e.mem, &entry);
    let byte = ctx.e.mem.view(value).byte(at).unwrap_or(0);
    let mask = 0x80 >> (offset % 8);
    let was = byte & mask != 0;
    if was != on {
        string::chunk_mut(ctx.mem(), &entry, at)?[0] ^= mask;
    }
    if was != on || at >= old || found.is_none() {
        ctx.changed(key, Class::String, "setbit");
    }
    ctx.integer(i64::from(was));
    Ok(())
}

/// BITCOUNT key [start end [BYTE | BIT]]
pub fn bitcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(entry) = ctx.read(key, Type::String)? else {
        ctx.integer(0);
        return Ok(());
    };
    let value = string::read(&ctx.e.mem, &entry);
    let range = match ctx.argc() {
        2 => Some((0, value.len() as u64 * 8)),
        4 | 5 => {
            let (start, end) = (ctx.int(2)?, ctx.int(3)?);
            if start < 0 && end < 0 && start > end {
                None
            } else {
                bit_range(value.len(), start, end, ctx.argc() == 5 && in_bits(ctx, 4)?)
            }
        }
        _ => return Err(Error::SYNTAX),
    };
    let count = range.map_or(0, |(first, end)| count(&ctx.e.mem, value, first, end));
    ctx.integer(count as i64);
    Ok(())
}

/// BITPOS key bit [start [end [BYTE | BIT]]]
pub fn bitpos(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let bit = match ctx.int(2)? {
        0 => false,
        1 => true,
        _ => return Err(Error(&"ERR The bit argument must be 1 or 0.")),
    };
    let Some(entry) = ctx.lookup_read(key) else {
        // An endless row of zeros.
        ctx.integer(if bit { -1 } else { 0 });
        return Ok(());
    };
    if entry.kind() != Type::String {
        return Err(Error::WRONG_TYPE);
    }
    let value = string::read(&ctx.e.mem, &entry);
    let len = value.len();
    let range = match ctx.argc() {
        3 => bit_range(len, 0, -1, false),
        4..=6 => {
            let start = ctx.int(3)?;
            let bits = ctx.argc() == 6 && in_bits(ctx, 5)?;
            let end = if ctx.argc() > 4 { ctx.int(4)? } else { -1 };
            bit_range(len, start, end, bits)
        }
        _ => return Err(Error::SYNTAX),
    };
    let position = match range {
        None => -1,
        Some((first, end)) => match search(&ctx.e.mem, value, first, end, bit) {
            Some(position) => position as i64,
            // Without an end the zeros behind the string count.
            None if !bit && ctx.argc() <= 4 => end as i64,
            None => -1,
        },
    };
    ctx.integer(position);
    Ok(())
}

fn in_bits(ctx: &Ctx<'_, '_>, i: usize) -> Result<bool, Error> {
    match ctx.word(i) {
        Word::Bit => Ok(true),
        Word::Byte => Ok(false),
        _ => Err(Error::SYNTAX),
    }
}

/// The bits (first, and one behind the last) of a range with negative indexes; `None` where it is empty.
fn bit_range(len: usize, start: i64, end: i64, in_bits: bool) -> Option<(u64, u64)> {
    let unit = if in_bits { 1 } else { 8 };
    let total = len as i64 * 8 / unit;
    let from_end = |index: i64| if index < 0 { index.saturating_add(total).max(0) } else { index };
    let (start, end) = (from_end(start), from_end(end).min(total - 1));
    if start > end { None } else { Some(((start * unit) as u64, ((end + 1) * unit) as u64)) }
}

/// What [`for_bits`] calls.
type Look<'f> = dyn FnMut(&[u8], u64, u8, u8) -> Option<u64> + 'f;

/// Calls `f` with the pieces of the bits `first..end`: the bytes, the number of the first one's first bit, and the
/// masks of what belongs to the range in the first and last byte. Ends when it returns something.
fn for_bits(value: Str, first: u64, end: u64, f: &mut Look) -> Option<u64> {
    let mut digits = Digits::new();
    let last = end.div_ceil(8) as usize;
    let mut at = (first / 8) as usize;
    let mut head = 0xFF >> (first % 8);
    while at < last {
        let chunk = value.chunk(at, &mut digits);
        let chunk = &chunk[..chunk.len().min(last - at)];
        if chunk.is_empty() {
            return None;
        }
        let tail = if at + chunk.len() == last { !(0xFFu16 >> ((end + 7) % 8 + 1)) as u8 } else { 0xFF };
        let result = f(chunk, at as u64 * 8, head, tail);
        if result.is_some() {
            return result;
        }
        at += chunk.len();
        head = 0xFF;
    }
    None
}

fn count(mem: &Arena, value: Bytes, first: u64, end: u64) -> u64 {
    let mut total = 0;
    for_bits(mem.view(value), first, end, &mut |chunk, _, head, tail| {
        total += ones(chunk);
        let (a, b) = (chunk[0], chunk[chunk.len() - 1]);
        total -= u64::from((a & !head).count_ones());
        total -= u64::from((b & !tail & if chunk.len() == 1 { head } else { 0xFF }).count_ones());
        None
    });
    total
}

fn ones(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let whole: u64 = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones())).sum();
    whole + rest.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
}

/// The first byte that is another one.
fn first_other(bytes: &[u8], byte: u8) -> Option<usize> {
    let (words, _) = bytes.as_chunks::<8>();
    let equal = words.iter().take_while(|word| **word == [byte; 8]).count() * 8;
    bytes[equal..].iter().position(|&other| other != byte).map(|at| equal + at)
}

fn search(mem: &Arena, value: Bytes, first: u64, end: u64, bit: bool) -> Option<u64> {
    let flip = if bit { 0 } else { 0xFF };
    for_bits(mem.view(value), first, end, &mut |chunk, base, head, tail| {
        let last = chunk.len() - 1;
        let masked = |at: usize| {
            let head = if at == 0 { head } else { 0xFF };
            let tail = if at == last { tail } else { 0xFF };
            (chunk[at] ^ flip) & head & tail
        };
        let hit = |at: usize| {
            let byte = masked(at);
            if byte == 0 { None } else { Some(base + at as u64 * 8 + u64::from(byte.leading_zeros())) }
        };
        let found = hit(0);
        if found.is_some() || last == 0 {
            return found;
        }
        let skip = first_other(&chunk[1..], flip)?;
        // It may lie in the last byte, outside the range.
        hit(1 + skip)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_positions_are_those_of_single_bits() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 4 << 20].into_boxed_slice()), [1, 2]);
        let mut state = 5u64;
        let mut random = |bound: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % bound
        };
        for round in 0..3000 {
            let len = if round % 50 == 0 { 10_000 } else { random(20) };
            let fill = [0, 0xFF, random(256) as u8][random(3)];
            let mut bytes = vec![fill; len];
            for _ in 0..random(3) {
                if len > 0 {
                    bytes[random(len)] ^= 1 << random(8);
                }
            }
            let mut rope = crate::memory::Rope::create(&mut mem, Bytes::Slice(&bytes)).unwrap();
            let bit_at = |at: u64| bytes[at as usize / 8] >> (7 - at % 8) & 1 == 1;
            let limit = len as i64 * 10 + 4;
            let (start, end) = (random(2 * limit as usize) as i64 - limit, random(2 * limit as usize) as i64 - limit);
            if let Some((first, end)) = bit_range(len, start, end, random(2) == 0) {
                let expected = (first..end).filter(|&at| bit_at(at)).count() as u64;
                assert_eq!(count(&mem, Bytes::Rope(rope), first, end), expected);
                for bit in [false, true] {
                    let expected = (first..end).find(|&at| bit_at(at) == bit);
                    assert_eq!(search(&mem, Bytes::Rope(rope), first, end, bit), expected);
                }
            }
            rope.free(&mut mem);
        }
    }
}
