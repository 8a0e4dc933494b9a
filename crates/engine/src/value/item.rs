//! The item: a byte string, whole number or double as it stands in packed collections and elements.
//!
//! ```text
//! 0xxxxxxx                  number 0..127
//! 10xxxxxx bytes            string of 0..63 bytes
//! 110xxxxx xxxxxxxx         number of 13 bits, signed
//! 1110xxxx xxxxxxxx bytes   string of up to ITEM_BYTES_MAX bytes (12 bits)
//! 11110000 len:4 root:4     a longer string: a rope
//! 11110001 +2 | 0010 +3 | 0011 +4 | 0100 +8    numbers of 16, 24, 32, 64 bits
//! 11110101 +8               a double (scores)
//! 11110110 len:4 root:4     a rope that has been given away: it reads as the string, and is another's to free
//! 11111111                  padding: nothing, skipped by readers
//! ```
//! Numbers and lengths are little-endian but for the two-byte heads, whose first byte has the high bits. A string that
//! spells a number canonically is always stored as the number.

use crate::limits::ITEM_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref, Rope};

pub const ROPE: u8 = 0xF0;
const DOUBLE: u8 = 0xF5;
const GIVEN: u8 = 0xF6;
pub const PADDING: u8 = 0xFF;

/// An item ready to be written: its length is known and what it needs beside its block is allocated.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    Int(i64),
    Short(Bytes<'a>),
    /// Owned by the item until it is written.
    Long(Rope),
    Double(f64),
}

impl<'a> Item<'a> {
    /// Chooses the form; a long string is copied into a rope of its own. Call [`Item::discard`] if it is not written.
    pub fn prepare(mem: &mut Arena, bytes: Bytes<'a>) -> Result<Item<'a>, Oom> {
        let len = bytes.len();
        if len <= 20
            && let Some(value) = mem.view(bytes).to_i64()
        {
            return Ok(Item::Int(value));
        }
        if len <= ITEM_BYTES_MAX { Ok(Item::Short(bytes)) } else { Ok(Item::Long(Rope::create(mem, bytes)?)) }
    }

    /// A score: whole numbers take the short forms.
    pub fn score(score: f64) -> Item<'static> {
        let whole = score as i64;
        if whole as f64 == score && whole.unsigned_abs() < 1 << 53 && !(whole == 0 && score.is_sign_negative()) {
            Item::Int(whole)
        } else {
            Item::Double(score)
        }
    }

    /// Bytes it takes when written.
    pub fn len(&self) -> usize {
        match *self {
            Item::Int(value) => match value {
                0..=127 => 1,
                -4096..=4095 => 2,
                -32768..=32767 => 3,
                -8388608..=8388607 => 4,
                -2147483648..=2147483647 => 5,
                _ => 9,
            },
            Item::Short(bytes) => bytes.len() + if bytes.len() < 64 { 1 } else { 2 },
            Item::Long(_) | Item::Double(_) => 9,
        }
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    /// Writes it into a block; returns its length.
    pub fn write(&self, mem: &mut Arena, block: Ref, offset: usize) -> usize {
        let len = self.len();
        match *self {
            Item::Short(bytes) => {
                let n = bytes.len();
                if n < 64 {
                    mem.set_u8(block, offset, 0x80 | n as u8);
                } else {
                    mem.set_bytes(block, offset, &[0xE0 | (n >> 8) as u8, n as u8]);
                }
                mem.put(block, offset + len - n, bytes, 0, n);
            }
            Item::Int(value) => match len {
                1 => mem.set_u8(block, offset, value as u8),
                2 => mem.set_bytes(block, offset, &[0xC0 | ((value >> 8) & 0x1F) as u8, value as u8]),
                _ => write_wide_int(mem, block, offset, value, len),
            },
            Item::Long(rope) => {
                mem.set_u8(block, offset, ROPE);
                mem.set_u32(block, offset + 1, rope.len);
                mem.set_ref(block, offset + 5, rope.root);
            }
            Item::Double(score) => {
                mem.set_u8(block, offset, DOUBLE);
                mem.set_bytes(block, offset + 1, &score.to_le_bytes());
            }
        }
        len
    }

    /// The length at which it can replace an item of `old` bytes: the same, where a number has a form of that length.
    pub fn len_in_place_of(&self, old: usize) -> usize {
        match self {
            Item::Int(_) if (3..=5).contains(&old) && self.len() <= old => old,
            _ => self.len(),
        }
    }

    /// Writes it with a length that [`Item::len_in_place_of`] gave.
    pub fn write_wide(&self, mem: &mut Arena, block: Ref, offset: usize, len: usize) {
        match *self {
            Item::Int(value) if self.len() < len => write_wide_int(mem, block, offset, value, len),
            _ => {
                self.write(mem, block, offset);
            }
        }
    }

    /// Gives back what `prepare` allocated.
    pub fn discard(self, mem: &mut Arena) {
        if let Item::Long(mut rope) = self {
            rope.free(mem);
        }
    }
}

/// A number in `len` bytes: its own form from three bytes on.
fn write_wide_int(mem: &mut Arena, block: Ref, offset: usize, value: i64, len: usize) {
    mem.set_u8(block, offset, if len == 9 { 0xF4 } else { 0xF1 + (len - 3) as u8 });
    mem.set_bytes(block, offset + 1, &value.to_le_bytes()[..len - 1]);
}

/// What an item says of itself in its first bytes.
enum Head {
    Int(i64),
    Short { head: usize, len: usize },
    Long(Rope),
    Given(Rope),
    Double(f64),
    Padding,
}

fn head(bytes: &[u8]) -> (Head, usize) {
    let signed = |n: usize| {
        let mut value = 0i64;
        for i in 0..n {
            value |= i64::from(bytes[1 + i]) << (8 * i);
        }
        let shift = 64 - 8 * n as u32;
        (value << shift) >> shift
    };
    let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
    match bytes[0] {
        b @ 0..=0x7F => (Head::Int(i64::from(b)), 1),
        b @ 0x80..=0xBF => {
            let len = (b & 0x3F) as usize;
            (Head::Short { head: 1, len }, 1 + len)
        }
        b @ 0xC0..=0xDF => {
            let value = i64::from(b & 0x1F) << 8 | i64::from(bytes[1]);
            (Head::Int((value << 51) >> 51), 2)
        }
        b @ 0xE0..=0xEF => {
            let len = ((b & 0x0F) as usize) << 8 | bytes[1] as usize;
            (Head::Short { head: 2, len }, 2 + len)
        }
        ROPE => (Head::Long(Rope { len: word(1), root: Ref::from_raw(word(5)) }), 9),
        GIVEN => (Head::Given(Rope { len: word(1), root: Ref::from_raw(word(5)) }), 9),
        0xF1 => (Head::Int(signed(2)), 3),
        0xF2 => (Head::Int(signed(3)), 4),
        0xF3 => (Head::Int(signed(4)), 5),
        0xF4 => (Head::Int(signed(8)), 9),
        DOUBLE => (Head::Double(f64::from_bits(signed(8) as u64)), 9),
        _ => (Head::Padding, 1),
    }
}

/// The number that the item at the start of `bytes` is, where it is one.
pub fn int(bytes: &[u8]) -> Option<i64> {
    match head(bytes).0 {
        Head::Int(value) => Some(value),
        _ => None,
    }
}

/// Encoded length of the item at the start of `bytes`.
pub fn encoded_len(bytes: &[u8]) -> usize {
    head(bytes).1
}

/// The item at `offset` of a block, and its encoded length. A double reads as empty; see [`read_score`].
pub fn read(mem: &Arena, block: Ref, offset: usize) -> (Bytes<'static>, usize) {
    let (head, len) = head(mem.tail_at(block, offset));
    let bytes = match head {
        Head::Int(value) => Bytes::Int(value),
        Head::Short { head, len } => Bytes::in_block(mem, block, offset + head, len),
        Head::Long(rope) | Head::Given(rope) => Bytes::Rope(rope),
        Head::Double(_) | Head::Padding => Bytes::EMPTY,
    };
    (bytes, len)
}

/// A score written by [`Item::score`], and its encoded length.
#[inline]
pub fn read_score(mem: &Arena, block: Ref, offset: usize) -> (f64, usize) {
    let bytes = mem.tail_at(block, offset);
    match *bytes {
        // The forms of most scores, without the detour: sorted sets read them at every step of a search.
        [small @ 0..=0x7F, ..] => (f64::from(small), 1),
        [DOUBLE, a, b, c, d, e, f, g, h, ..] => (f64::from_le_bytes([a, b, c, d, e, f, g, h]), 9),
        [0xF1, a, b, ..] => (f64::from(i16::from_le_bytes([a, b])), 3),
        [0xF2, a, b, c, ..] => (f64::from(i32::from_le_bytes([0, a, b, c]) >> 8), 4),
        _ => match head(bytes) {
            (Head::Int(value), len) => (value as f64, len),
            (Head::Double(score), len) => (score, len),
            (_, len) => (0.0, len),
        },
    }
}

/// Frees what the item at `offset` owns beside its block; returns its encoded length.
pub fn release(mem: &mut Arena, block: Ref, offset: usize) -> usize {
    let (head, len) = head(mem.tail_at(block, offset));
    if let Head::Long(mut rope) = head {
        rope.free(mem);
    }
    len
}

/// The rope that the item at `offset` owns.
pub fn owned_rope(mem: &Arena, block: Ref, offset: usize) -> Option<Rope> {
    match head(&mem.tail(block)[offset..]).0 {
        Head::Long(rope) => Some(rope),
        _ => None,
    }
}

/// That rope belongs to somebody else from here on; the item goes on reading as its string while it is there.
pub fn give_rope(mem: &mut Arena, block: Ref, offset: usize) {
    mem.get_mut(block, offset + 1)[offset] = GIVEN;
}

/// Moves an item's own blocks out of sparse pages; returns its encoded length.
pub fn compact(mem: &mut Arena, block: Ref, offset: usize) -> Result<usize, Oom> {
    let (head, len) = head(mem.tail_at(block, offset));
    if let Head::Long(mut rope) = head {
        let moved = rope.compact(mem);
        mem.set_ref(block, offset + 5, rope.root);
        moved?;
    }
    Ok(len)
}

/// Bytes of the arena an item takes beside its block.
pub fn bytes_beside(mem: &Arena, block: Ref, offset: usize) -> usize {
    match head(mem.tail_at(block, offset)) {
        (Head::Long(rope), _) => rope.bytes_used(mem),
        _ => 0,
    }
}

/// Whether `bytes` would be stored as a number.
pub fn is_int(mem: &Arena, bytes: Bytes) -> Option<i64> {
    if bytes.len() <= 20 { mem.view(bytes).to_i64() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 1 << 20].into_boxed_slice()), [1, 2]);
        let block = mem.alloc(crate::limits::PAGE_BYTES).unwrap();
        let mut texts: Vec<Vec<u8>> =
            [0, 1, 63, 64, 100, ITEM_BYTES_MAX, ITEM_BYTES_MAX + 1, 70_000].iter().map(|&n| vec![b'x'; n]).collect();
        for number in [0, 127, 128, -1, 4095, -4096, 4096, 32767, -32768, 8388607, 1 << 30, i64::MAX, i64::MIN] {
            texts.push(number.to_string().into_bytes());
        }
        texts.push(b"007".to_vec());
        for text in texts {
            let item = Item::prepare(&mut mem, Bytes::Slice(&text)).unwrap();
            let len = item.write(&mut mem, block, 5);
            let (bytes, read_len) = read(&mem, block, 5);
            assert_eq!(len, read_len);
            assert_eq!(len, encoded_len(mem.tail_at(block, 5)));
            assert!(mem.same(bytes, Bytes::Slice(&text)));
            release(&mut mem, block, 5);
        }
        for score in [
            0.0,
            -0.0,
            1.0,
            -3.5,
            300.0,
            -300.0,
            8e3,
            -8e3,
            8e5,
            -8e5,
            1e9,
            -1e9,
            1e300,
            f64::INFINITY,
            9007199254740993.0,
        ] {
            let len = Item::score(score).write(&mut mem, block, 0);
            let (back, read_len) = read_score(&mem, block, 0);
            assert_eq!((back.to_bits(), read_len), (score.to_bits(), len));
        }
        for (number, old) in [(5, 3), (-5, 4), (100, 5), (-70_000, 5), (70_000, 3), (5, 9), (5, 2)] {
            let item = Item::Int(number);
            let len = item.len_in_place_of(old);
            item.write_wide(&mut mem, block, 1, len);
            assert_eq!(read_score(&mem, block, 1), (number as f64, len));
            assert!(matches!(read(&mem, block, 1), (Bytes::Int(n), l) if (n, l) == (number, len)));
        }
        mem.free(block, crate::limits::PAGE_BYTES);
        assert_eq!(mem.live_bytes(), 0);
    }
}
