//! The longest common subsequence of two strings, by the table of all prefixes' lengths that Redis builds too; but of
//! each cell only one bit is kept (whether the way back goes up or left), a thirty-second of Redis's memory.
//!
//! The table is filled in strips of columns, so that a row of it fits the stack. The bits lie strip after strip, row
//! after row.

use crate::memory::{Arena, Bytes, Oom, Rope};

/// Columns of a strip.
const STRIP: usize = 256;
const ROW_BYTES: usize = STRIP / 8;
/// Rows whose values are taken out of the arena at once.
const ROWS: usize = 64;

/// The table of strings `a` (rows) and `b` (columns); [`Matrix::free`] it.
pub struct Matrix {
    rows: usize,
    /// Length of the longest common subsequence.
    pub len: u32,
    up: Rope,
}

impl Matrix {
    /// Without `ways` only the length is computed, in memory for one column.
    pub fn new(mem: &mut Arena, a: Bytes, b: Bytes, ways: bool) -> Result<Matrix, Oom> {
        let mut matrix = Matrix { rows: a.len(), len: 0, up: Rope::EMPTY };
        let mut column = Rope::EMPTY;
        let strips = b.len().div_ceil(STRIP);
        let mut done = column.resize(mem, a.len() * 4);
        if ways && done.is_ok() {
            done = matrix.up.resize(mem, strips * a.len() * ROW_BYTES);
        }
        for strip in 0..strips {
            if done.is_ok() {
                done = matrix.fill_strip(mem, a, b, strip, &mut column, ways);
            }
        }
        column.free(mem);
        if done.is_err() {
            matrix.free(mem);
        }
        done.map(|()| matrix)
    }

    /// `column` holds the values left of the strip, a row each, and then its last ones.
    fn fill_strip(
        &mut self,
        mem: &mut Arena,
        a: Bytes,
        b: Bytes,
        strip: usize,
        column: &mut Rope,
        ways: bool,
    ) -> Result<(), Oom> {
        let mut letters = [0u8; STRIP];
        let width = mem.view(b).copy_to(strip * STRIP, &mut letters);
        let letters = &letters[..width];
        let mut above = [0u32; STRIP];
        let mut corner = 0;
        for start in (0..self.rows).step_by(ROWS) {
            let (mut rows, mut lefts) = ([0u8; ROWS], [0u8; ROWS * 4]);
            let count = mem.view(a).copy_to(start, &mut rows);
            mem.view(Bytes::Rope(*column)).copy_to(start * 4, &mut lefts);
            for (row, (letter, value)) in rows[..count].iter().zip(lefts.as_chunks_mut().0).enumerate() {
                let left = u32::from_le_bytes(*value);
                let mut up = [0u8; ROW_BYTES];
                let last = fill_row(*letter, letters, &mut above, left, corner, &mut up);
                corner = left;
                *value = last.to_le_bytes();
                self.len = last;
                if ways {
                    let at = (strip * self.rows + start + row) * ROW_BYTES;
                    self.up.write(mem, at, Bytes::Slice(&up), 0, ROW_BYTES)?;
                }
            }
            column.write(mem, start * 4, Bytes::Slice(&lefts), 0, count * 4)?;
        }
        Ok(())
    }

    /// Whether the way back from this cell (counted from 0), whose letters differ, goes to the row above.
    pub fn goes_up(&self, mem: &Arena, row: usize, column: usize) -> bool {
        let at = (column / STRIP * self.rows + row) * ROW_BYTES + column % STRIP / 8;
        self.up.chunk(mem, at).first().is_some_and(|byte| byte >> (column % 8) & 1 == 1)
    }

    pub fn free(&mut self, mem: &mut Arena) {
        self.up.free(mem);
    }
}

/// One row of a strip: `above` holds the row above and becomes this one. Returns the last value.
fn fill_row(
    letter: u8,
    letters: &[u8],
    above: &mut [u32; STRIP],
    mut left: u32,
    mut corner: u32,
    up: &mut [u8; ROW_BYTES],
) -> u32 {
    for (column, (&other, cell)) in letters.iter().zip(above.iter_mut()).enumerate() {
        let over = *cell;
        if letter == other {
            left = corner + 1;
        } else if over > left {
            left = over;
            up[column / 8] |= 1 << (column % 8);
        }
        *cell = left;
        corner = over;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_ways_are_those_of_the_whole_table() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 16 << 20].into_boxed_slice()), [1, 2]);
        let mut state = 3u64;
        let mut random = |bound: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % bound
        };
        for _ in 0..40 {
            let (rows, columns) = (random(300), random(900));
            let a: Vec<u8> = (0..rows).map(|_| random(4) as u8).collect();
            let b: Vec<u8> = (0..columns).map(|_| random(4) as u8).collect();
            let mut table = vec![vec![0u32; columns + 1]; rows + 1];
            for i in 1..=rows {
                for j in 1..=columns {
                    table[i][j] = if a[i - 1] == b[j - 1] {
                        table[i - 1][j - 1] + 1
                    } else {
                        table[i - 1][j].max(table[i][j - 1])
                    };
                }
            }
            let mut matrix = Matrix::new(&mut mem, Bytes::Slice(&a), Bytes::Slice(&b), true).unwrap();
            let length = Matrix::new(&mut mem, Bytes::Slice(&a), Bytes::Slice(&b), false).unwrap();
            assert_eq!((matrix.len, length.len), (table[rows][columns], table[rows][columns]));
            for i in 0..rows {
                for j in 0..columns {
                    if a[i] != b[j] {
                        assert_eq!(matrix.goes_up(&mem, i, j), table[i][j + 1] > table[i + 1][j]);
                    }
                }
            }
            matrix.free(&mut mem);
            assert_eq!(mem.live_bytes(), 0);
        }
    }

    #[test]
    fn what_does_not_fit_is_given_back() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 100_000].into_boxed_slice()), [1, 2]);
        let text = vec![b'x'; 3000];
        assert!(Matrix::new(&mut mem, Bytes::Slice(&text), Bytes::Slice(&text), true).is_err());
        assert_eq!(mem.live_bytes(), 0);
    }
}
