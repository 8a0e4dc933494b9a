//! Sorted sets: packed items in the key's record, or a table by member beside a counted B+tree by score.
//!
//! ```text
//! ZsetPacked   member item, score item, member item ... in order of score, then member
//! ZsetTree     table:12 | tree root:4 | tree height:1
//! ```
//! Both name the elements, which are blocks of their own. Scores order as numbers (-0 equals 0), equal scores by their
//! members' bytes, as in Redis. No call leaves an empty value valid: callers delete a key whose last member went.
//!
//! Not here: what a command does with it, and the thresholds behind OBJECT ENCODING.

mod bound;
mod cursor;
pub mod draft;
mod element;
mod large;
mod packed;
mod tree;

pub use bound::Bound;
pub use cursor::Cursor;

use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom};
use crate::value::item::{self, Item};
use crate::value::record::{Entry, Form};
use crate::value::table::Hint;
use large::Large;

/// The form and body length of a new, empty sorted set.
pub const EMPTY: (Form, usize) = (Form::ZsetPacked, 0);

/// A member that was found; valid until the sorted set changes.
#[derive(Clone, Copy)]
pub struct Found {
    pub score: f64,
    place: FoundPlace,
}

#[derive(Clone, Copy)]
enum FoundPlace {
    Packed { rank: usize, pair: packed::Pair },
    Large(large::Place),
}

pub fn len(mem: &Arena, entry: &Entry) -> usize {
    match entry.form() {
        Form::ZsetTree => Large::load(mem, entry).len(),
        _ => packed::len(mem, entry),
    }
}

pub fn is_empty(mem: &Arena, entry: &Entry) -> bool {
    match entry.form() {
        Form::ZsetTree => Large::load(mem, entry).len() == 0,
        _ => entry.body_len() == 0,
    }
}

/// A member that was not found: what the search for it learned, for [`add`].
#[derive(Clone, Copy)]
pub struct Missing {
    /// Members of the sorted set.
    pub len: usize,
    /// The member's hash, where it had to be computed.
    hash: Option<u64>,
}

/// What looking the member up in a table will read.
pub fn hint(mem: &Arena, entry: &Entry, member: Bytes) -> Hint {
    Large::load(mem, entry).hint(mem, mem.hash(member))
}

/// Looks a member up, for a change by what is found.
pub fn look(mem: &Arena, entry: &Entry, member: Bytes) -> Result<Found, Missing> {
    match entry.form() {
        Form::ZsetTree => {
            let large = Large::load(mem, entry);
            let hash = mem.hash(member);
            match large.find(mem, hash, member) {
                Some(place) => Ok(Found { score: place.score, place: FoundPlace::Large(place) }),
                None => Err(Missing { len: large.len(), hash: Some(hash) }),
            }
        }
        _ => match packed::find(mem, entry, member) {
            Ok((rank, pair)) => Ok(Found { score: pair.score, place: FoundPlace::Packed { rank, pair } }),
            Err(len) => Err(Missing { len, hash: None }),
        },
    }
}

pub fn find(mem: &Arena, entry: &Entry, member: Bytes) -> Option<Found> {
    look(mem, entry, member).ok()
}

pub fn score(mem: &Arena, entry: &Entry, member: Bytes) -> Option<f64> {
    find(mem, entry, member).map(|found| found.score)
}

/// The number of members before this one.
pub fn rank(mem: &Arena, entry: &Entry, found: &Found) -> usize {
    match &found.place {
        FoundPlace::Packed { rank, .. } => *rank,
        FoundPlace::Large(place) => Large::load(mem, entry).rank(mem, place),
    }
}

/// The number of members before a bound.
pub fn position(mem: &Arena, entry: &Entry, bound: &Bound) -> usize {
    match entry.form() {
        Form::ZsetTree => Large::load(mem, entry).tree.seek(mem, bound).rank,
        _ => packed::seek(mem, entry, bound).0,
    }
}

/// The member and score of this rank.
pub fn nth(mem: &Arena, entry: &Entry, rank: usize) -> Option<(Bytes<'static>, f64)> {
    Cursor::forward(mem, entry, rank, 1).next(mem)
}

/// What must be reserved for adding members of so many bytes in all, or for rescoring them: blocks and bytes.
pub fn cost(mem: &Arena, entry: Option<&Entry>, members: usize, bytes: usize) -> (usize, usize) {
    let items = bytes + members * 24;
    match entry {
        Some(entry) if entry.form() == Form::ZsetTree => {
            // An element, its share of the table's growth, and a node a level.
            (members.min(8) + 4 + Large::load(mem, entry).tree.height as usize, items + members * 16 + 4096)
        }
        Some(entry) if entry.body_len() + items <= PACKED_BYTES_MAX => (1, entry.record_bytes() + items),
        None if items <= PACKED_BYTES_MAX => (4, 2 * items + 1024),
        _ => (members.min(32) + 24, items + members * 16 + 8 * PACKED_BYTES_MAX),
    }
}

/// Adds a member that is not there. On failure nothing has changed but for a value that may have become large.
pub fn insert(mem: &mut Arena, entry: &mut Entry, member: Bytes, score: f64) -> Result<(), Oom> {
    add(mem, entry, &Missing { len: 0, hash: None }, member, score)
}

/// The same for a member that [`look`] has not found.
pub fn add(mem: &mut Arena, entry: &mut Entry, missing: &Missing, member: Bytes, score: f64) -> Result<(), Oom> {
    let item = Item::prepare(mem, member)?;
    let added = add_item(mem, entry, missing, member, &item, score);
    if added.is_err() {
        item.discard(mem);
    }
    added
}

fn add_item(
    mem: &mut Arena,
    entry: &mut Entry,
    missing: &Missing,
    member: Bytes,
    item: &Item,
    score: f64,
) -> Result<(), Oom> {
    if entry.form() == Form::ZsetPacked {
        if entry.body_len() + item.len() + Item::score(score).len() <= PACKED_BYTES_MAX {
            return packed::insert(mem, entry, member, item, score);
        }
        large::convert(mem, entry)?;
    }
    let hash = missing.hash.unwrap_or_else(|| mem.hash(member));
    let mut large = Large::load(mem, entry);
    let added = large.insert(mem, hash, item, score);
    large.store(mem, entry);
    added
}

/// Gives a member that was found another score. On failure nothing has changed but for a value that may have become
/// large.
pub fn update(mem: &mut Arena, entry: &mut Entry, found: &Found, score: f64) -> Result<(), Oom> {
    match &found.place {
        FoundPlace::Packed { pair, .. } => {
            if entry.body_len() + Item::score(score).len() <= PACKED_BYTES_MAX + pair.end - pair.score_at {
                return packed::rescore(mem, entry, pair, score);
            }
            // The member's own bytes move with the record, its rank does not.
            let rank = packed::seek(mem, entry, &Bound::Element { score: pair.score, member: pair.member }).0;
            large::convert(mem, entry)?;
            let mut large = Large::load(mem, entry);
            let updated = match large.place_of(mem, rank) {
                Some(place) => large.rescore(mem, &place, score),
                None => Ok(()),
            };
            large.store(mem, entry);
            updated
        }
        FoundPlace::Large(place) => {
            let mut large = Large::load(mem, entry);
            let updated = large.rescore(mem, place, score);
            large.store(mem, entry);
            updated
        }
    }
}

/// Removes a member that was found.
pub fn remove(mem: &mut Arena, entry: &mut Entry, found: &Found) -> Result<(), Oom> {
    match &found.place {
        FoundPlace::Packed { pair, .. } => packed::remove(mem, entry, pair.at, pair.end),
        FoundPlace::Large(place) => {
            let mut large = Large::load(mem, entry);
            large.remove(mem, place);
            large.store(mem, entry);
            Ok(())
        }
    }
}

/// Removes `count` members from this rank on (fewer where there are fewer).
pub fn remove_range(mem: &mut Arena, entry: &mut Entry, rank: usize, count: usize) -> Result<(), Oom> {
    match entry.form() {
        Form::ZsetTree => {
            let mut large = Large::load(mem, entry);
            for _ in 0..count.min(large.len().saturating_sub(rank)) {
                large.remove_nth(mem, rank);
            }
            large.store(mem, entry);
            Ok(())
        }
        _ => {
            let from = packed::offset_of(mem, entry, rank);
            let to = packed::offset_of(mem, entry, rank.saturating_add(count));
            packed::remove(mem, entry, from, to)
        }
    }
}

/// Visits the members of one step of ZSCAN; returns the next cursor, 0 at the end. What Redis would keep in a listpack
/// is seen in one step, however it lies here.
pub fn scan(mem: &Arena, entry: &Entry, cursor: u64, mut visit: impl FnMut(Bytes<'static>, f64)) -> u64 {
    if entry.form() == Form::ZsetTree && entry.is_large(mem) {
        return Large::load(mem, entry).scan(mem, cursor, visit);
    }
    let mut all = Cursor::forward(mem, entry, 0, usize::MAX);
    while let Some((member, score)) = all.next(mem) {
        visit(member, score);
    }
    0
}

/// Frees some of all but the record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &Entry, from: u32, blocks: &mut usize) -> Option<u32> {
    match entry.form() {
        Form::ZsetTree => {
            let mut large = Large::load(mem, entry);
            let left = large.free_some(mem, from, blocks);
            large.store(mem, entry);
            left
        }
        _ => {
            let mut at = 0;
            while at < entry.body_len() {
                at += item::release(mem, entry.record, entry.body_at() + at);
            }
            None
        }
    }
}

/// Bytes of the arena beside the record.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    match entry.form() {
        Form::ZsetTree => Large::load(mem, entry).bytes_used(mem),
        _ => packed::pairs(mem, entry, 0)
            .map(|pair| item::bytes_beside(mem, entry.record, entry.body_at() + pair.at))
            .sum(),
    }
}

/// One bounded step of moving its blocks out of sparse pages; returns where to go on, 0 at the end.
pub fn compact(mem: &mut Arena, entry: &Entry, step: u32) -> Result<u32, Oom> {
    match entry.form() {
        Form::ZsetTree => {
            let mut large = Large::load(mem, entry);
            let next = large.compact(mem, step);
            large.store(mem, entry);
            next
        }
        _ => {
            let mut offset = 0;
            while offset < entry.body_len() {
                offset += item::compact(mem, entry.record, entry.body_at() + offset)?;
            }
            Ok(0)
        }
    }
}

/// Copies all members into another, empty sorted set. On failure the copy is incomplete: the caller releases it.
pub fn copy(mem: &mut Arena, from: &Entry, to: &mut Entry) -> Result<(), Oom> {
    let mut cursor = Cursor::forward(mem, from, 0, usize::MAX);
    while let Some((member, score)) = cursor.next(mem) {
        insert(mem, to, member, score)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
