//! A large sorted set: the table by member and the tree by score over the same elements.

use super::element::{self, Member};
use super::packed;
use super::tree::{self, Tree};
use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::record::{Entry, Form};
use crate::value::table::{Hint, Slot, Table};

const ROOT: usize = Table::<Member>::BYTES;
const HEIGHT: usize = ROOT + 4;
pub const BODY_BYTES: usize = HEIGHT + 1;

pub struct Large {
    table: Table<Member>,
    pub tree: Tree,
}

/// A member that was found, by its slot in the table.
#[derive(Clone, Copy)]
pub struct Place {
    pub score: f64,
    hash: u64,
    slot: Slot,
    element: Ref,
}

impl Large {
    pub const EMPTY: Large = Large { table: Table::EMPTY, tree: Tree::EMPTY };

    pub fn load(mem: &Arena, entry: &Entry) -> Large {
        let base = entry.body_at();
        let table = Table::load(mem, entry.record, base);
        let tree = Tree {
            root: mem.ref_at(entry.record, base + ROOT),
            height: entry.body(mem).get(HEIGHT).copied().unwrap_or(0),
            len: table.count,
        };
        Large { table, tree }
    }

    pub fn store(&self, mem: &mut Arena, entry: &Entry) {
        let base = entry.body_at();
        self.table.store(mem, entry.record, base);
        mem.set_ref(entry.record, base + ROOT, self.tree.root);
        entry.body_mut(mem)[HEIGHT] = self.tree.height;
    }

    pub fn len(&self) -> usize {
        self.tree.len as usize
    }

    pub fn find(&self, mem: &Arena, hash: u64, member: Bytes) -> Option<Place> {
        let slot = self.table.find(mem, hash, member)?;
        let element = self.table.get(mem, slot);
        Some(Place { score: element::score(mem, element).0, hash, slot, element })
    }

    pub fn hint(&self, mem: &Arena, hash: u64) -> Hint {
        self.table.hint(mem, hash)
    }

    /// The place of the member of this rank.
    pub fn place_of(&self, mem: &Arena, rank: usize) -> Option<Place> {
        if rank >= self.len() {
            return None;
        }
        let place = self.tree.nth(mem, rank);
        let member = element::member(mem, tree::element_at(mem, place.leaf, place.at));
        self.find(mem, mem.hash(member), member)
    }

    pub fn rank(&self, mem: &Arena, place: &Place) -> usize {
        self.tree.rank_of(mem, place.element)
    }

    /// Adds a member that is not there. On failure nothing has changed.
    pub fn insert(&mut self, mem: &mut Arena, hash: u64, item: &Item, score: f64) -> Result<(), Oom> {
        let element = element::create(mem, score, item)?;
        self.link(mem, hash, element).inspect_err(|_| {
            let len = element::len(mem, element);
            mem.free(element, len);
        })
    }

    fn link(&mut self, mem: &mut Arena, hash: u64, element: Ref) -> Result<(), Oom> {
        let slot = self.table.insert(mem, hash, element)?;
        self.tree.insert(mem, element).inspect_err(|_| self.table.remove(mem, hash, slot))
    }

    /// Gives a member another score. On failure nothing has changed.
    pub fn rescore(&mut self, mem: &mut Arena, place: &Place, score: f64) -> Result<(), Oom> {
        let old_len = element::len(mem, place.element);
        let new_len = element::rescored_len(mem, place.element, score);
        // An element whose block changes its size is copied first: the only step that may fail.
        let moves = Arena::block_bytes(new_len) != Arena::block_bytes(old_len);
        if !self.tree.has_room(mem, 1) {
            return Err(Oom);
        }
        let element = if moves { element::rescored(mem, place.element, score)? } else { place.element };
        let shifted = self.tree.shift(mem, place.element, score);
        if shifted.is_none() {
            let rank = self.tree.rank_of(mem, place.element);
            self.tree.remove_nth(mem, rank);
        }
        if moves {
            mem.free(place.element, old_len);
            self.table.set(mem, place.slot, element);
        } else {
            element::rescore_in_place(mem, element, score);
        }
        match shifted {
            Some((leaf, at)) => {
                tree::set_element(mem, leaf, at, element);
                Ok(())
            }
            None => self.tree.insert(mem, element),
        }
    }

    /// Removes a member.
    pub fn remove(&mut self, mem: &mut Arena, place: &Place) {
        let rank = self.rank(mem, place);
        self.tree.remove_nth(mem, rank);
        self.table.remove(mem, place.hash, place.slot);
        element::release(mem, place.element);
    }

    /// Removes the member of this rank, which must be below the length.
    pub fn remove_nth(&mut self, mem: &mut Arena, rank: usize) {
        let element = self.tree.remove_nth(mem, rank);
        let member = element::member(mem, element);
        let hash = mem.hash(member);
        if let Some(slot) = self.table.find(mem, hash, member) {
            self.table.remove(mem, hash, slot);
        }
        element::release(mem, element);
    }

    pub fn scan(&self, mem: &Arena, cursor: u64, mut visit: impl FnMut(Bytes<'static>, f64)) -> u64 {
        self.table.scan(mem, cursor, &mut |slot| {
            let (score, used) = element::score(mem, self.table.get(mem, slot));
            visit(element::member_at(mem, self.table.get(mem, slot), used), score);
        })
    }

    pub fn free(&mut self, mem: &mut Arena) {
        self.free_some(mem, 0, &mut { usize::MAX });
    }

    /// Frees about `blocks` blocks: elements by the table's buckets from number `from` on, then the tree. Where to go
    /// on, which is all that may still be done with it; `None`: nothing is left.
    pub fn free_some(&mut self, mem: &mut Arena, from: u32, blocks: &mut usize) -> Option<u32> {
        let free = |mem: &mut Arena, element, _: &mut _| element::release(mem, element);
        let left = self.table.free_some(mem, from, blocks, free);
        left.or_else(|| self.tree.free_some(mem, blocks).then_some(0))
    }

    pub fn bytes_used(&self, mem: &Arena) -> usize {
        let mut total = self.table.bytes_used(mem) + self.tree.bytes_used(mem);
        let mut walk = self.table.first(mem);
        while let Some(at) = walk {
            let element = self.table.get(mem, at.slot);
            let score = item::encoded_len(mem.tail(element));
            total += Arena::block_bytes(element::len(mem, element)) + item::bytes_beside(mem, element, score);
            walk = self.table.next(mem, at);
        }
        total
    }

    /// Steps of the tree, leaf by leaf, are ranks; those of the table follow from this number on.
    const TABLE_STEPS: u32 = 1 << 31;

    pub fn compact(&mut self, mem: &mut Arena, step: u32) -> Result<u32, Oom> {
        if step >= Self::TABLE_STEPS {
            let bucket = step - Self::TABLE_STEPS;
            self.table.compact_bucket(mem, bucket)?;
            return Ok(if bucket + 1 < self.table.buckets { step + 1 } else { 0 });
        }
        let rank = step as usize;
        if rank >= self.len() {
            return Ok(Self::TABLE_STEPS);
        }
        self.tree.compact_at(mem, rank)?;
        let place = self.tree.nth(mem, rank);
        for index in 0..place.count {
            let element = tree::element_at(mem, place.leaf, index);
            let score = item::encoded_len(mem.tail(element));
            item::compact(mem, element, score)?;
            let len = element::len(mem, element);
            if mem.wants_move(element, len) {
                let member = element::member(mem, element);
                let slot = self.table.find(mem, mem.hash(member), member);
                let moved = mem.relocate(element, len)?;
                tree::set_element(mem, place.leaf, index, moved);
                if let Some(slot) = slot {
                    self.table.set(mem, slot, moved);
                }
            }
        }
        // From whatever position in its leaf the step began, the next one begins a leaf.
        Ok((rank - place.at + place.count) as u32)
    }
}

/// Bytes of the body that would hold the same packed, as far as they fit one.
pub fn packed_bytes(mem: &Arena, large: &Large) -> Option<usize> {
    let mut total = 0;
    let mut rank = 0;
    while rank < large.len() {
        let place = large.tree.nth(mem, rank);
        for index in 0..place.count {
            total += element::len(mem, tree::element_at(mem, place.leaf, index));
        }
        if total > PACKED_BYTES_MAX {
            return None;
        }
        rank += place.count;
    }
    Some(total)
}

/// Writes the members into a packed body that has the length for them, and frees all else.
pub fn pack(mem: &mut Arena, mut large: Large, entry: &Entry) {
    let mut to = entry.body_at();
    while large.len() > 0 {
        let element = large.tree.remove_nth(mem, 0);
        let (len, score) = (element::len(mem, element), item::encoded_len(mem.tail(element)));
        mem.copy(element, score, entry.record, to, len - score);
        mem.copy(element, 0, entry.record, to + len - score, score);
        mem.free(element, len);
        to += len;
    }
    large.table.free(mem, |_, _| {});
}

/// Makes a packed sorted set a large one. On failure nothing has changed.
pub fn convert(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let mut large = Large::EMPTY;
    let built = build(mem, entry, &mut large).and_then(|()| entry.reshape(mem, Form::ZsetTree, BODY_BYTES));
    if built.is_err() {
        // The elements go without their ropes, which the packed body still owns.
        while large.len() > 0 {
            let element = large.tree.remove_nth(mem, 0);
            let len = element::len(mem, element);
            mem.free(element, len);
        }
        large.table.free(mem, |_, _| {});
        return Err(Oom);
    }
    large.store(mem, entry);
    Ok(())
}

fn build(mem: &mut Arena, entry: &Entry, large: &mut Large) -> Result<(), Oom> {
    let mut at = 0;
    while let Some(pair) = packed::pair(mem, entry, at) {
        let item = entry.body_at() + pair.at;
        let element = element::adopt(mem, pair.score, entry.record, item, pair.score_at - pair.at)?;
        let hash = mem.hash(pair.member);
        if let Err(oom) = large.link(mem, hash, element) {
            let len = element::len(mem, element);
            mem.free(element, len);
            return Err(oom);
        }
        at = pair.end;
    }
    Ok(())
}
