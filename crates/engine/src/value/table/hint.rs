//! Reading ahead: the memory of look-ups to come is fetched for all of them together. It changes nothing but the cache.

use super::{CAPACITY, COUNT, HEADER};
use crate::memory::{Arena, Ref};

/// Cache lines that a bucket of average fill takes.
const BUCKET_LINES: usize = 4;

/// The places that a look-up to come is going to read.
#[derive(Clone, Copy)]
pub struct Hint {
    pub(super) bucket: Ref,
    /// After [`warm`]: the first element of the bucket with the hash's tag, most likely the one looked for, or null.
    pub element: Ref,
    pub(super) tag: u8,
    pub(super) extra: u8,
}

impl Hint {
    /// No look-up.
    pub const NOTHING: Hint = Hint { bucket: Ref::NULL, element: Ref::NULL, tag: 0, extra: 0 };

    fn find(&self, mem: &Arena) -> Ref {
        if self.bucket.is_null() {
            return Ref::NULL;
        }
        let count = mem.u16_at(self.bucket, COUNT) as usize;
        let capacity = mem.u16_at(self.bucket, CAPACITY) as usize;
        let tags = HEADER + self.extra as usize;
        match memchr::memchr(self.tag, mem.bytes_at(self.bucket, tags, count)) {
            Some(index) => mem.ref_at(self.bucket, tags + capacity + index * 4),
            None => Ref::NULL,
        }
    }
}

/// Reads what look-ups to come will read. The reads of one round do not depend on each other, so that the processor
/// waits for all of them at once instead of one after another.
pub fn warm(mem: &Arena, hints: &mut [Hint]) {
    let mut sum = 0;
    for hint in hints.iter() {
        for line in 0..BUCKET_LINES {
            sum ^= mem.touch(hint.bucket, line * 64);
        }
    }
    for hint in hints.iter_mut() {
        hint.element = hint.find(mem);
    }
    for hint in hints.iter() {
        // A number that stands in the place of a reference may name any place: `touch` has a bound.
        sum ^= mem.touch(hint.element, 0) ^ mem.touch(hint.element, 32);
    }
    core::hint::black_box(sum);
}
