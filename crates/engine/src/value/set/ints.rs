//! Sorted whole numbers of one width in a record's body, as Redis's intset.
//!
//! ```text
//! width:1 (2, 4 or 8) | number | number | ...      little-endian, ascending
//! ```

use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Oom};
use crate::value::record::{Entry, Form};

/// The narrowest width that holds the number.
pub fn width_of(value: i64) -> usize {
    if i16::try_from(value).is_ok() {
        2
    } else if i32::try_from(value).is_ok() {
        4
    } else {
        8
    }
}

/// Sorts a few hundred numbers at most: on a device by Shell's method, a thirtieth of the code of `core`'s.
pub fn sort(numbers: &mut [i64]) {
    if !cfg!(feature = "device") {
        return numbers.sort_unstable();
    }
    let mut gap = numbers.len() / 2;
    while gap > 0 {
        for from in gap..numbers.len() {
            let mut at = from;
            while at >= gap && numbers[at - gap] > numbers[at] {
                numbers.swap(at - gap, at);
                at -= gap;
            }
        }
        gap /= 2;
    }
}

/// Numbers in the body.
pub fn len(body: &[u8]) -> usize {
    match body.first() {
        Some(&width @ (2 | 4 | 8)) => (body.len() - 1) / width as usize,
        _ => 0,
    }
}

/// Number `n`, which must be there.
pub fn get(body: &[u8], n: usize) -> i64 {
    let width = body[0] as usize;
    read(&body[1 + n * width..], width)
}

fn read(bytes: &[u8], width: usize) -> i64 {
    match width {
        2 => i64::from(i16::from_le_bytes([bytes[0], bytes[1]])),
        4 => i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        _ => bytes.first_chunk().map_or(0, |raw| i64::from_le_bytes(*raw)),
    }
}

/// Where the number is, else where it would be.
pub fn find(body: &[u8], value: i64) -> Result<usize, usize> {
    let count = len(body);
    // Numbers often arrive in ascending order.
    if count > 0 && get(body, count - 1) < value {
        return Err(count);
    }
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = (low + high) / 2;
        match get(body, middle) {
            found if found == value => return Ok(middle),
            found if found < value => low = middle + 1,
            _ => high = middle,
        }
    }
    Err(low)
}

/// Whether one more number fits the body.
pub fn fits(body: &[u8], value: i64) -> bool {
    let width = width_of(value).max(body.first().map_or(2, |&width| width as usize));
    (len(body) + 1) * width < PACKED_BYTES_MAX
}

/// Adds a number at its place, as `find` said; it must fit. On failure nothing has changed.
pub fn insert(mem: &mut Arena, entry: &mut Entry, at: usize, value: i64) -> Result<(), Oom> {
    let body = entry.body(mem);
    let count = len(body);
    let old = body.first().map_or(0, |&width| width as usize);
    let width = width_of(value).max(old);
    if width == old {
        entry.splice(mem, 1 + at * width, 0, width)?;
    } else {
        entry.reshape(mem, Form::SetInts, 1 + (count + 1) * width)?;
        let body = entry.body_mut(mem);
        body[0] = width as u8;
        // From the last to the first, each to its wider place; the new one is the least or the greatest.
        for n in (0..count).rev() {
            let moved = read(&body[1 + n * old..], old);
            write(body, n + usize::from(n >= at), width, moved);
        }
    }
    write(entry.body_mut(mem), at, width, value);
    Ok(())
}

/// Writes a whole body.
pub fn fill(body: &mut [u8], width: usize, numbers: &[i64]) {
    body[0] = width as u8;
    for (n, &value) in numbers.iter().enumerate() {
        write(body, n, width, value);
    }
}

fn write(body: &mut [u8], n: usize, width: usize, value: i64) {
    body[1 + n * width..1 + (n + 1) * width].copy_from_slice(&value.to_le_bytes()[..width]);
}

/// Takes number `at` out. On failure nothing has changed.
pub fn remove(mem: &mut Arena, entry: &mut Entry, at: usize) -> Result<(), Oom> {
    let width = entry.body(mem)[0] as usize;
    entry.splice(mem, 1 + at * width, width, 0)
}
