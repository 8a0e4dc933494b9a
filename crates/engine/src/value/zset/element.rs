//! The element of a large sorted set: one block `[score item][member item]`.

use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::table::Element;

/// The element type of the table by member.
pub struct Member;

impl Element for Member {
    const EXTRA: usize = 0;
    const IMMEDIATE: bool = false;

    fn key(mem: &Arena, element: Ref) -> Bytes<'static> {
        member(mem, element)
    }
}

/// The score, and the encoded length of its item.
pub fn score(mem: &Arena, element: Ref) -> (f64, usize) {
    item::read_score(mem, element, 0)
}

/// The member, which stands behind a score item of this length.
pub fn member_at(mem: &Arena, element: Ref, score_len: usize) -> Bytes<'static> {
    item::read(mem, element, score_len).0
}

pub fn member(mem: &Arena, element: Ref) -> Bytes<'static> {
    member_at(mem, element, score(mem, element).1)
}

/// The element's length in bytes.
pub fn len(mem: &Arena, element: Ref) -> usize {
    let bytes = mem.tail(element);
    let score = item::encoded_len(bytes);
    score + item::encoded_len(&bytes[score..])
}

/// A new element. On failure the member's item is still the caller's to discard.
pub fn create(mem: &mut Arena, score: f64, member: &Item) -> Result<Ref, Oom> {
    let head = Item::score(score);
    let element = mem.alloc(head.len() + member.len())?;
    let at = head.write(mem, element, 0);
    member.write(mem, element, at);
    Ok(element)
}

/// A new element whose member is the item of `len` bytes that stands in another block; a rope moves with it.
pub fn adopt(mem: &mut Arena, score: f64, block: Ref, offset: usize, len: usize) -> Result<Ref, Oom> {
    let head = Item::score(score);
    let element = mem.alloc(head.len() + len)?;
    let at = head.write(mem, element, 0);
    mem.copy(block, offset, element, at, len);
    Ok(element)
}

/// The length an element would have with another score. A number keeps the width of the one before it, so that scores
/// that come and go do not move their elements.
pub fn rescored_len(mem: &Arena, element: Ref, score: f64) -> usize {
    let old = item::encoded_len(mem.tail(element));
    len(mem, element) - old + Item::score(score).len_in_place_of(old)
}

/// Writes another score into an element whose block has the size for it.
pub fn rescore_in_place(mem: &mut Arena, element: Ref, score: f64) {
    let head = Item::score(score);
    let old = item::encoded_len(mem.tail(element));
    let new = head.len_in_place_of(old);
    if old != new {
        let member = len(mem, element) - old;
        mem.copy(element, old, element, new, member);
    }
    head.write_wide(mem, element, 0, new);
}

/// A copy of an element with another score; the member's rope moves with it.
pub fn rescored(mem: &mut Arena, element: Ref, score: f64) -> Result<Ref, Oom> {
    let at = item::encoded_len(mem.tail(element));
    let member = len(mem, element) - at;
    adopt(mem, score, element, at, member)
}

/// Frees the element and what its member owns.
pub fn release(mem: &mut Arena, element: Ref) {
    let total = len(mem, element);
    let at = item::encoded_len(mem.tail(element));
    item::release(mem, element, at);
    mem.free(element, total);
}
