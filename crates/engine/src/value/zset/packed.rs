//! A small sorted set: items in the key's record, `member, score` in order of score, then member.
//!
//! Nothing is kept beside the items, so length and position are found by walking them; a body is at most
//! `PACKED_BYTES_MAX` long.

use super::bound::Bound;
use crate::memory::{Arena, Bytes, Oom};
use crate::value::item::{self, Item};
use crate::value::record::Entry;

/// One member with its score; offsets are relative to the body.
#[derive(Clone, Copy)]
pub struct Pair {
    pub at: usize,
    /// Where its score item begins.
    pub score_at: usize,
    pub end: usize,
    pub member: Bytes<'static>,
    pub score: f64,
}

/// The pair at an offset of the body; `None` at its end.
pub fn pair(mem: &Arena, entry: &Entry, at: usize) -> Option<Pair> {
    if at >= entry.body_len() {
        return None;
    }
    let base = entry.body_at();
    let (member, used) = item::read(mem, entry.record, base + at);
    let score_at = at + used;
    let (score, used) = item::read_score(mem, entry.record, base + score_at);
    Some(Pair { at, score_at, end: score_at + used, member, score })
}

/// The pairs from an offset on.
pub fn pairs<'m>(mem: &'m Arena, entry: &Entry, from: usize) -> impl Iterator<Item = Pair> + 'm {
    let entry = *entry;
    let mut at = from;
    core::iter::from_fn(move || {
        let pair = pair(mem, &entry, at)?;
        at = pair.end;
        Some(pair)
    })
}

pub fn len(mem: &Arena, entry: &Entry) -> usize {
    let body = entry.body(mem);
    let mut items = 0;
    let mut at = 0;
    while at < body.len() {
        at += item::encoded_len(&body[at..]);
        items += 1;
    }
    items / 2
}

/// The pair of a member and its rank, or the number of pairs.
pub fn find(mem: &Arena, entry: &Entry, member: Bytes) -> Result<(usize, Pair), usize> {
    let mut rank = 0;
    // A string that spells a number is always stored as the number, so the two never have to be compared.
    match item::is_int(mem, member) {
        Some(wanted) => {
            for pair in pairs(mem, entry, 0) {
                if matches!(pair.member, Bytes::Int(n) if n == wanted) {
                    return Ok((rank, pair));
                }
                rank += 1;
            }
        }
        None => {
            let wanted = mem.view(member);
            for pair in pairs(mem, entry, 0) {
                if !matches!(pair.member, Bytes::Int(_)) && mem.view(pair.member) == wanted {
                    return Ok((rank, pair));
                }
                rank += 1;
            }
        }
    }
    Err(rank)
}

/// The number of pairs before a bound, and the offset of the first behind it.
pub fn seek(mem: &Arena, entry: &Entry, bound: &Bound) -> (usize, usize) {
    let (mut rank, mut at) = (0, 0);
    for pair in pairs(mem, entry, 0) {
        if !bound.passes(mem, pair.score, pair.member) {
            break;
        }
        rank += 1;
        at = pair.end;
    }
    (rank, at)
}

/// The offset of the pair of this rank (the body's end past the last).
pub fn offset_of(mem: &Arena, entry: &Entry, rank: usize) -> usize {
    let body = entry.body(mem);
    let mut at = 0;
    for _ in 0..rank.saturating_mul(2) {
        if at >= body.len() {
            break;
        }
        at += item::encoded_len(&body[at..]);
    }
    at
}

/// Adds a member that is not there. On failure nothing has changed, and the item is the caller's to discard.
pub fn insert(mem: &mut Arena, entry: &mut Entry, member: Bytes, item: &Item, score: f64) -> Result<(), Oom> {
    let (_, at) = seek(mem, entry, &Bound::Element { score, member });
    let head = Item::score(score);
    entry.splice(mem, at, 0, item.len() + head.len())?;
    let base = entry.body_at() + at;
    let used = item.write(mem, entry.record, base);
    head.write(mem, entry.record, base + used);
    Ok(())
}

/// Gives a pair another score and its new place. On failure nothing has changed.
pub fn rescore(mem: &mut Arena, entry: &mut Entry, pair: &Pair, score: f64) -> Result<(), Oom> {
    let head = Item::score(score);
    entry.splice(mem, pair.score_at, pair.end - pair.score_at, head.len())?;
    head.write(mem, entry.record, entry.body_at() + pair.score_at);
    let end = pair.score_at + head.len();
    let (member, _) = item::read(mem, entry.record, entry.body_at() + pair.at);
    let bound = Bound::Element { score, member };
    // The pair stands for a moment at its old place with its new score; what passes on one side must move to the other.
    let before = pairs(mem, entry, 0).take_while(|p| p.at < pair.at).find(|p| !bound.passes(mem, p.score, p.member));
    if let Some(first) = before {
        entry.body_mut(mem)[first.at..end].rotate_right(end - pair.at);
        return Ok(());
    }
    let mut last = end;
    for next in pairs(mem, entry, end) {
        if !bound.passes(mem, next.score, next.member) {
            break;
        }
        last = next.end;
    }
    entry.body_mut(mem)[pair.at..last].rotate_left(end - pair.at);
    Ok(())
}

/// Removes the bytes `from..to` of the body, which are whole pairs, with what they own.
pub fn remove(mem: &mut Arena, entry: &mut Entry, from: usize, to: usize) -> Result<(), Oom> {
    let mut ropes = [crate::memory::Rope::EMPTY; ROPES_MAX];
    let mut count = 0;
    for pair in pairs(mem, entry, from) {
        if pair.at >= to {
            break;
        }
        if let (Bytes::Rope(rope), true) = (pair.member, count < ROPES_MAX) {
            ropes[count] = rope;
            count += 1;
        }
    }
    entry.splice(mem, from, to - from, 0)?;
    for rope in &mut ropes[..count] {
        rope.free(mem);
    }
    Ok(())
}

/// Most members of a body that can be ropes: each takes 9 bytes and a score.
const ROPES_MAX: usize = crate::limits::PACKED_BYTES_MAX / 10 + 1;

/// A walk over pairs in either direction.
#[derive(Clone, Copy)]
pub struct Walk {
    /// Forward: where the next pair begins. Backward: where the pairs still to come end.
    at: usize,
    /// Backward: offsets of the last pairs before `at`, found in one pass from the start.
    batch: [u16; BATCH],
    batched: usize,
}

const BATCH: usize = 32;

impl Walk {
    /// Forward from the pair of this rank.
    pub fn forward(mem: &Arena, entry: &Entry, rank: usize) -> Walk {
        Walk { at: offset_of(mem, entry, rank), batch: [0; BATCH], batched: 0 }
    }

    /// Backward from the pair of this rank.
    pub fn backward(mem: &Arena, entry: &Entry, rank: usize) -> Walk {
        Walk { at: offset_of(mem, entry, rank + 1), batch: [0; BATCH], batched: 0 }
    }

    pub fn next(&mut self, mem: &Arena, entry: &Entry) -> Option<Pair> {
        let pair = pair(mem, entry, self.at)?;
        self.at = pair.end;
        Some(pair)
    }

    pub fn next_back(&mut self, mem: &Arena, entry: &Entry) -> Option<Pair> {
        if self.batched == 0 {
            let mut found = 0;
            for pair in pairs(mem, entry, 0).take_while(|p| p.at < self.at) {
                self.batch[found % BATCH] = pair.at as u16;
                found += 1;
            }
            // The oldest of the ring goes first, so that the youngest is the last.
            self.batched = found.min(BATCH);
            self.batch[..self.batched].rotate_left(if found > BATCH { found % BATCH } else { 0 });
        }
        self.batched = self.batched.checked_sub(1)?;
        self.at = self.batch[self.batched] as usize;
        pair(mem, entry, self.at)
    }
}
