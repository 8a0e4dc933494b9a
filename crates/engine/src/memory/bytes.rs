//! Byte strings: [`Bytes`] is a handle that can be kept while the arena changes, [`Str`] is what it names, to be read.
//!
//! A command's arguments, a key, a field, a member are all `Bytes`: outside the arena (the shell's read buffer), inside
//! one block, a rope of blocks, or a small number standing for its decimal digits.

use super::{Arena, Ref, Rope};
use core::cmp::Ordering;
use core::hash::Hasher;

/// A handle to a byte string. What it names must not be freed or moved while the handle is in use.
#[derive(Clone, Copy, Debug)]
pub enum Bytes<'a> {
    /// Outside the arena.
    Slice(&'a [u8]),
    /// `len` bytes at a byte position of the arena ([`Arena::position`]), inside one block.
    Block {
        at: usize,
        len: usize,
    },
    Rope(Rope),
    /// The decimal digits of a number.
    Int(i64),
}

impl<'a> Bytes<'a> {
    pub const EMPTY: Bytes<'static> = Bytes::Slice(&[]);

    pub fn in_block(mem: &Arena, block: Ref, offset: usize, len: usize) -> Bytes<'static> {
        Bytes::Block { at: mem.position(block) + offset, len }
    }

    pub fn len(&self) -> usize {
        match *self {
            Bytes::Slice(bytes) => bytes.len(),
            Bytes::Block { len, .. } => len,
            Bytes::Rope(rope) => rope.len(),
            Bytes::Int(value) => int_len(value),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Room for the digits of a number, where a contiguous view of one is wanted.
pub type Digits = itoa::Buffer;

/// A byte string in reading.
#[derive(Clone, Copy)]
pub enum Str<'m> {
    Slice(&'m [u8]),
    Rope(&'m Arena, Rope),
    Int(i64),
}

impl<'m> Str<'m> {
    pub fn len(&self) -> usize {
        match *self {
            Str::Slice(bytes) => bytes.len(),
            Str::Rope(_, rope) => rope.len(),
            Str::Int(value) => int_len(value),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from `offset` to the end of the contiguous piece that holds it; empty at or past the end.
    pub fn chunk<'b>(&self, offset: usize, digits: &'b mut Digits) -> &'b [u8]
    where
        'm: 'b,
    {
        match *self {
            Str::Slice(bytes) => bytes.get(offset..).unwrap_or(&[]),
            Str::Rope(mem, rope) => rope.chunk(mem, offset),
            Str::Int(value) => digits.format(value).as_bytes().get(offset..).unwrap_or(&[]),
        }
    }

    /// The whole string where it is contiguous; `None` for a rope of several blocks.
    pub fn contiguous<'b>(&self, digits: &'b mut Digits) -> Option<&'b [u8]>
    where
        'm: 'b,
    {
        let chunk = self.chunk(0, digits);
        if chunk.len() == self.len() { Some(chunk) } else { None }
    }

    /// Calls `f` with the pieces in order.
    pub fn for_chunks(&self, mut f: impl FnMut(&[u8])) {
        let mut digits = Digits::new();
        let mut offset = 0;
        while offset < self.len() {
            let chunk = self.chunk(offset, &mut digits);
            f(chunk);
            offset += chunk.len();
        }
    }

    /// Copies from `offset` on as many bytes as there are and fit; returns their number.
    pub fn copy_to(&self, offset: usize, to: &mut [u8]) -> usize {
        let mut digits = Digits::new();
        let mut done = 0;
        while done < to.len() && offset + done < self.len() {
            let chunk = self.chunk(offset + done, &mut digits);
            let n = chunk.len().min(to.len() - done);
            to[done..done + n].copy_from_slice(&chunk[..n]);
            done += n;
        }
        done
    }

    pub fn byte(&self, index: usize) -> Option<u8> {
        let mut digits = Digits::new();
        self.chunk(index, &mut digits).first().copied()
    }

    /// Whether it is this text, in whatever case.
    pub fn is_word(&self, text: &str) -> bool {
        self.contiguous(&mut Digits::new()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// The number it spells in canonical form (no sign but '-', no leading zeros), as Redis's string2ll.
    pub fn to_i64(&self) -> Option<i64> {
        match *self {
            Str::Int(value) => Some(value),
            Str::Slice(bytes) => crate::number::parse_i64(bytes),
            Str::Rope(..) => None,
        }
    }

    /// The number it spells, as [`crate::number::parse_f64`] reads it. In several pieces at most 256 bytes are read.
    pub fn to_f64(&self) -> Option<f64> {
        if let Str::Slice(bytes) = *self {
            return crate::number::parse_f64(bytes);
        }
        let mut room = [0u8; 256];
        let len = self.copy_to(0, &mut room);
        if len == self.len() { crate::number::parse_f64(&room[..len]) } else { None }
    }

    pub fn hash(&self, mem: &Arena) -> u64 {
        if let Str::Slice(bytes) = *self {
            return mem.hash_slice(bytes);
        }
        let mut hasher = mem.hasher();
        self.for_chunks(|chunk| hasher.write(chunk));
        hasher.finish()
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Str::Slice(a), Str::Slice(b)) => a == b,
            (Str::Int(a), Str::Int(b)) => a == b,
            _ => self.len() == other.len() && self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Str<'_> {}

impl PartialOrd for Str<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str<'_> {
    /// Byte order, a prefix first (memcmp, then length).
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Str::Slice(a), Str::Slice(b)) = (self, other) {
            return a.cmp(b);
        }
        let (mut da, mut db) = (Digits::new(), Digits::new());
        let mut offset = 0;
        loop {
            let a = self.chunk(offset, &mut da);
            let b = other.chunk(offset, &mut db);
            let n = a.len().min(b.len());
            if n == 0 {
                return a.len().cmp(&b.len());
            }
            match a[..n].cmp(&b[..n]) {
                Ordering::Equal => offset += n,
                unequal => return unequal,
            }
        }
    }
}

impl Arena {
    pub fn view<'m>(&'m self, bytes: Bytes<'m>) -> Str<'m> {
        match bytes {
            Bytes::Slice(slice) => Str::Slice(slice),
            Bytes::Block { at, len } => Str::Slice(self.at(at, len)),
            Bytes::Rope(rope) => Str::Rope(self, rope),
            Bytes::Int(value) => Str::Int(value),
        }
    }

    pub fn hash(&self, bytes: Bytes) -> u64 {
        self.view(bytes).hash(self)
    }

    pub fn same(&self, a: Bytes, b: Bytes) -> bool {
        self.view(a) == self.view(b)
    }

    /// Copies bytes `from..from + len` of a string into a block at `offset`.
    pub fn put(&mut self, block: Ref, offset: usize, bytes: Bytes, from: usize, len: usize) {
        let to = self.position(block) + offset;
        match bytes {
            Bytes::Slice(slice) => self.set_bytes(block, offset, &slice[from..from + len]),
            Bytes::Block { at, .. } => self.copy_positions(at + from, to, len),
            Bytes::Int(value) => {
                let mut digits = Digits::new();
                self.set_bytes(block, offset, &digits.format(value).as_bytes()[from..from + len]);
            }
            Bytes::Rope(rope) => {
                let mut done = 0;
                while done < len {
                    let (at, room) = rope.place(self, from + done);
                    let n = room.min(len - done);
                    match at {
                        Some(at) => self.copy_positions(at, to + done, n),
                        None => self.get_mut(block, offset + done + n)[offset + done..].fill(0),
                    }
                    done += n;
                }
            }
        }
    }
}

fn int_len(value: i64) -> usize {
    let mut len = usize::from(value < 0) + 1;
    let mut rest = value.unsigned_abs();
    while rest >= 10 {
        rest /= 10;
        len += 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_as_long_as_its_digits() {
        for value in [0, 9, 10, -1, -10, 99_999, i64::MAX, i64::MIN] {
            assert_eq!(int_len(value), value.to_string().len());
        }
    }

    #[test]
    fn numbers_and_slices_compare_as_text() {
        assert!(Str::Int(12) == Str::Slice(b"12"));
        assert!(Str::Int(9) > Str::Int(10), "byte order, not numeric order");
        assert!(Str::Slice(b"1") < Str::Int(12));
    }
}
