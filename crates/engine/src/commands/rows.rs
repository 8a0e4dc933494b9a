//! The vector that SORT and the geo searches sort: rows of a rope, each naming an element where it lies and what it is
//! compared by. Nothing is copied; what rows name must stay where it is while they are used.

use crate::memory::{Arena, Bytes, Oom, Ref, Rope};
use core::cmp::Ordering;

/// Half a row: a byte string's handle, or numbers.
pub const HALF: usize = 16;
/// A row: the element with its place in the order of arrival, and what it is compared by. A page holds whole rows.
const ROW: usize = 2 * HALF;

pub struct Rows(Rope);

/// An order of two rows, named by their numbers.
type Compare<'c> = dyn Fn(&Rows, &Arena, usize, usize) -> Ordering + 'c;

impl Rows {
    pub const EMPTY: Rows = Rows(Rope::EMPTY);

    pub fn len(&self) -> usize {
        self.0.len() / ROW
    }

    pub fn push(&mut self, mem: &mut Arena, element: Bytes) -> Result<(), Oom> {
        let i = self.len();
        self.0.resize(mem, (i + 1) * ROW)?;
        self.0.write(mem, i * ROW, Bytes::Slice(&pack(Some(element), i as u32)), 0, HALF)
    }

    pub fn element(&self, mem: &Arena, i: usize) -> Bytes<'static> {
        unpack(self.half(mem, i * ROW)).unwrap_or(Bytes::EMPTY)
    }

    /// What row `i` is compared by, as it was set.
    pub fn key(&self, mem: &Arena, i: usize) -> [u8; HALF] {
        self.half(mem, i * ROW + HALF)
    }

    pub fn set_key(&mut self, mem: &mut Arena, i: usize, half: [u8; HALF]) {
        // Cannot fail: the row's page is there.
        let _ = self.0.write(mem, i * ROW + HALF, Bytes::Slice(&half), 0, HALF);
    }

    pub fn free(&mut self, mem: &mut Arena) {
        self.0.free(mem);
    }

    /// Sorts all rows; those that compare equal keep the order in which they came.
    pub fn sort(&mut self, mem: &mut Arena, compare: &Compare) {
        self.heapsort(mem, 0, self.len(), compare);
    }

    /// Heapsort: in place, and never slow.
    fn heapsort(&mut self, mem: &mut Arena, from: usize, len: usize, compare: &Compare) {
        let stable = |rows: &Rows, mem: &Arena, a: usize, b: usize| {
            compare(rows, mem, a, b).then_with(|| rows.place(mem, a).cmp(&rows.place(mem, b)))
        };
        for i in (0..len / 2).rev() {
            self.sink(mem, from, i, len, &stable);
        }
        for end in (1..len).rev() {
            self.swap(mem, from, from + end);
            self.sink(mem, from, 0, end, &stable);
        }
    }

    /// Puts the row at `from + at` into its place in the heap of `end` rows.
    fn sink(&mut self, mem: &mut Arena, from: usize, mut at: usize, end: usize, compare: &Compare) {
        loop {
            let mut child = 2 * at + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && compare(self, mem, from + child, from + child + 1) == Ordering::Less {
                child += 1;
            }
            if compare(self, mem, from + at, from + child) != Ordering::Less {
                return;
            }
            self.swap(mem, from + at, from + child);
            at = child;
        }
    }

    /// Sorts as much as is needed to have the first `wanted` rows in order. Rows that compare equal stand as in Redis,
    /// which does this by the quicksort of Bentley and McIlroy ("Engineering a sort function", 1993), leaving alone the
    /// parts that nobody asks for.
    pub fn sort_first(&mut self, mem: &mut Arena, wanted: usize, compare: &Compare) {
        // Input made for it takes quicksort a time that grows with the square; Redis takes that time.
        let patience = 2 * (usize::BITS - self.len().leading_zeros());
        self.quicksort(mem, 0, self.len(), wanted, patience, compare);
    }

    fn quicksort(
        &mut self,
        mem: &mut Arena,
        mut from: usize,
        mut len: usize,
        wanted: usize,
        mut patience: u32,
        compare: &Compare,
    ) {
        while len >= 7 {
            if patience == 0 {
                return self.heapsort(mem, from, len, compare);
            }
            patience -= 1;
            let pivot = self.pivot(mem, from, len, compare);
            self.swap(mem, from, pivot);
            let (less, greater) = self.partition(mem, from, len, compare);
            let right = from + len - greater;
            // Both parts are independent: the smaller one first bounds the depth.
            let left = if from < wanted { less } else { 0 };
            let greater = if right < wanted { greater } else { 0 };
            if left < greater {
                self.quicksort(mem, from, left, wanted, patience, compare);
                (from, len) = (right, greater);
            } else {
                self.quicksort(mem, right, greater, wanted, patience, compare);
                len = left;
            }
        }
        for end in from + 1..from + len {
            let mut at = end;
            while at > from && compare(self, mem, at - 1, at) == Ordering::Greater {
                self.swap(mem, at, at - 1);
                at -= 1;
            }
        }
    }

    /// The middle row; of more than seven the median of three, of more than forty the median of three medians.
    fn pivot(&self, mem: &Arena, from: usize, len: usize, compare: &Compare) -> usize {
        let less = |a: usize, b: usize| compare(self, mem, a, b) == Ordering::Less;
        let greater = |a: usize, b: usize| compare(self, mem, a, b) == Ordering::Greater;
        let median = |a: usize, b: usize, c: usize| match (less(a, b), less(a, c)) {
            (true, _) if less(b, c) => b,
            (true, true) => c,
            (true, false) => a,
            (false, _) if greater(b, c) => b,
            (false, true) => a,
            (false, false) => c,
        };
        let (mut low, mut middle, mut high) = (from, from + len / 2, from + len - 1);
        if len > 40 {
            let apart = len / 8;
            low = median(low, low + apart, low + 2 * apart);
            middle = median(middle - apart, middle, middle + apart);
            high = median(high - 2 * apart, high - apart, high);
        }
        if len > 7 { median(low, middle, high) } else { middle }
    }

    /// Brings the rows less than the first one before it and the greater ones behind it; returns how many each are. Equal
    /// ones gather at both ends and are moved to the middle last.
    fn partition(&mut self, mem: &mut Arena, from: usize, len: usize, compare: &Compare) -> (usize, usize) {
        let end = from + len;
        let (mut equal_low, mut low) = (from + 1, from + 1);
        let (mut high, mut equal_high) = (end - 1, end - 1);
        loop {
            while low <= high {
                match compare(self, mem, low, from) {
                    Ordering::Greater => break,
                    Ordering::Equal => {
                        self.swap(mem, equal_low, low);
                        equal_low += 1;
                    }
                    Ordering::Less => {}
                }
                low += 1;
            }
            while low <= high {
                match compare(self, mem, high, from) {
                    Ordering::Less => break,
                    Ordering::Equal => {
                        self.swap(mem, high, equal_high);
                        equal_high -= 1;
                    }
                    Ordering::Greater => {}
                }
                high -= 1;
            }
            if low > high {
                break;
            }
            self.swap(mem, low, high);
            low += 1;
            high -= 1;
        }
        let (less, greater) = (low - equal_low, equal_high - high);
        let run = (equal_low - from).min(less);
        self.swap_runs(mem, from, low - run, run);
        let run = greater.min(end - equal_high - 1);
        self.swap_runs(mem, low, end - run, run);
        (less, greater)
    }

    fn swap_runs(&mut self, mem: &mut Arena, a: usize, b: usize, len: usize) {
        for i in 0..len {
            self.swap(mem, a + i, b + i);
        }
    }

    fn swap(&mut self, mem: &mut Arena, a: usize, b: usize) {
        let (mut row_a, mut row_b) = ([0u8; ROW], [0u8; ROW]);
        row_a.copy_from_slice(&self.0.chunk(mem, a * ROW)[..ROW]);
        row_b.copy_from_slice(&self.0.chunk(mem, b * ROW)[..ROW]);
        for (i, row) in [(a, row_b), (b, row_a)] {
            let _ = self.0.write(mem, i * ROW, Bytes::Slice(&row), 0, ROW);
        }
    }

    fn place(&self, mem: &Arena, i: usize) -> u32 {
        let half = self.half(mem, i * ROW);
        u32::from_le_bytes([half[0], half[1], half[2], half[3]]) >> 2
    }

    fn half(&self, mem: &Arena, at: usize) -> [u8; HALF] {
        let mut half = [0; HALF];
        half.copy_from_slice(&self.0.chunk(mem, at)[..HALF]);
        half
    }
}

/// Kinds of handles, in the lowest two bits of a half row; the others are the place.
const NONE: u32 = 0;
const BLOCK: u32 = 1;
const ROPE: u32 = 2;
const INT: u32 = 3;

pub fn pack(bytes: Option<Bytes>, place: u32) -> [u8; HALF] {
    let (kind, len, value) = match bytes {
        // Nothing outside the arena is ever an element or a weight.
        None | Some(Bytes::Slice(_)) => (NONE, 0, 0),
        Some(Bytes::Block { at, len }) => (BLOCK, len as u32, at as u64),
        Some(Bytes::Rope(rope)) => (ROPE, rope.len, u64::from(rope.root.raw())),
        Some(Bytes::Int(value)) => (INT, 0, value as u64),
    };
    let mut half = [0; HALF];
    half[..4].copy_from_slice(&(kind | place << 2).to_le_bytes());
    half[4..8].copy_from_slice(&len.to_le_bytes());
    half[8..].copy_from_slice(&value.to_le_bytes());
    half
}

pub fn unpack(half: [u8; HALF]) -> Option<Bytes<'static>> {
    let word = |at: usize| u32::from_le_bytes([half[at], half[at + 1], half[at + 2], half[at + 3]]);
    let value = u64::from(word(8)) | u64::from(word(12)) << 32;
    match word(0) & 3 {
        BLOCK => Some(Bytes::Block { at: value as usize, len: word(4) as usize }),
        ROPE => Some(Bytes::Rope(Rope { root: Ref::from_raw(value as u32), len: word(4) })),
        INT => Some(Bytes::Int(value as i64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::engine;

    /// Sorts rows with these keys by `sort` and gives them in their new order.
    fn sorted(mem: &mut Arena, keys: &[u8], sort: impl FnOnce(&mut Rows, &mut Arena)) -> Vec<u8> {
        let mut rows = Rows::EMPTY;
        for (i, &key) in keys.iter().enumerate() {
            rows.push(mem, Bytes::Int(i64::from(key))).unwrap();
            rows.set_key(mem, i, [key; HALF]);
        }
        sort(&mut rows, mem);
        let order = (0..rows.len()).map(|i| rows.key(mem, i)[0]).collect();
        rows.free(mem);
        order
    }

    fn compare(rows: &Rows, mem: &Arena, a: usize, b: usize) -> Ordering {
        rows.key(mem, a)[0].cmp(&rows.key(mem, b)[0])
    }

    /// The part that is asked for is in order, whether quicksort ends by itself or is relieved after few steps.
    #[test]
    fn the_first_rows_are_the_least() {
        let mut random = fastrand::Rng::with_seed(6);
        let mem = &mut engine(4 << 20).server.mem;
        for _ in 0..500 {
            let highest = random.u8(1..);
            let keys: Vec<u8> = (0..random.usize(1..200)).map(|_| random.u8(..=highest)).collect();
            let wanted = random.usize(1..=keys.len());
            let mut expected = keys.clone();
            expected.sort_unstable();
            for patience in [0, 1, 3, 100] {
                let order = sorted(mem, &keys, |rows, mem| {
                    rows.quicksort(mem, 0, rows.len(), wanted, patience, &compare);
                });
                assert_eq!(order[..wanted], expected[..wanted], "{keys:?}, patience {patience}");
                let mut all = order;
                all.sort_unstable();
                assert_eq!(all, expected);
            }
            assert_eq!(sorted(mem, &keys, |rows, mem| rows.sort(mem, &compare)), expected);
        }
    }
}
