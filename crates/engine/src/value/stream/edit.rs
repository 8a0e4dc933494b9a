//! Taking entries out: one by its id, or the oldest ones.
//!
//! As in Redis a node goes when its last live entry is deleted; until then its first and last entry stay at least as
//! tombstones, for they say where the node begins and ends.

use super::block::{self, HEAD_MAX, Head, Kind, Piece, Place};
use super::{Id, Stream, node};
use crate::memory::{Arena, Ref};

/// What XTRIM and XADD's trimming may remove.
#[derive(Clone, Copy, Debug)]
pub struct Trim {
    pub bound: Bound,
    /// `~`: whole nodes only.
    pub approximate: bool,
    /// Most entries to remove; 0 is no limit.
    pub limit: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    MaxLen(u64),
    MinId(Id),
}

/// An entry found by its id, and what of its node was seen before it in its block.
struct Found {
    place: Place,
    piece: Piece,
    live_before: bool,
    node_before: bool,
}

fn is_live(piece: &Piece) -> bool {
    matches!(piece.kind, Kind::Whole | Kind::First)
}

fn find(mem: &Arena, stream: &Stream, id: Id) -> Option<Found> {
    let block = stream.index.find(mem, id, 0);
    if block.is_null() {
        return None;
    }
    let mut place = block::first(mem, block);
    let (mut live_before, mut node_before) = (false, false);
    loop {
        let piece = block::piece(mem, place)?;
        if piece.id >= id && piece.kind != Kind::More {
            let found = piece.id == id && is_live(&piece);
            return found.then_some(Found { place, piece, live_before, node_before });
        }
        if piece.node {
            (live_before, node_before) = (false, true);
        }
        live_before |= is_live(&piece);
        place = block::behind(mem, block, &piece);
    }
}

/// Deletes the entry of this id; whether there was one.
pub fn delete(mem: &mut Arena, stream: &mut Stream, id: Id) -> bool {
    let Some(found) = find(mem, stream, id) else { return false };
    let end = block::entry_end(mem, found.place.block, &found.piece);
    let last = block::piece_at(mem, end).is_none_or(|(_, piece)| piece.node);
    if !lives_beside(mem, &found, end) {
        let from = node_start(mem, &found);
        let (to, at_end) = node_end(mem, end);
        stream.cut(mem, from, to);
        stream.nodes = stream.nodes.saturating_sub(1);
        if at_end {
            node::closed(stream);
        }
    } else if found.piece.node || last {
        stream.bury(mem, found.place, &found.piece);
    } else {
        stream.cut(mem, found.place, end);
    }
    stream.length = stream.length.saturating_sub(1);
    if id <= stream.head_last {
        stream.head_live = stream.head_live.saturating_sub(1);
    }
    stream.max_deleted_id = stream.max_deleted_id.max(id);
    stream.tidy(mem, id);
    true
}

/// Whether the entry's node has another live entry.
fn lives_beside(mem: &Arena, found: &Found, end: Place) -> bool {
    let mut at = end;
    while let Some((place, piece)) = block::piece_at(mem, at)
        && !piece.node
    {
        if is_live(&piece) {
            return true;
        }
        at = block::behind(mem, place.block, &piece);
    }
    if found.piece.node {
        return false;
    }
    let (mut live, mut node) = (found.live_before, found.node_before);
    let mut block = found.place.block;
    while !live && !node {
        block = block::prev(mem, block);
        if block.is_null() {
            return false;
        }
        let mut place = block::first(mem, block);
        while let Some(piece) = block::piece(mem, place) {
            if piece.node {
                (live, node) = (false, true);
            }
            live |= is_live(&piece);
            place = block::behind(mem, block, &piece);
        }
    }
    live
}

/// Where the node of an entry begins.
fn node_start(mem: &Arena, found: &Found) -> Place {
    if found.piece.node {
        return found.place;
    }
    let mut block = found.place.block;
    let mut end = found.place.at;
    let mut start = block::first(mem, block);
    loop {
        let mut node = None;
        let mut place = block::first(mem, block);
        start = if place.at < end { place } else { start };
        while place.at < end {
            let Some(piece) = block::piece(mem, place) else { break };
            if piece.node {
                node = Some(place);
            }
            place = block::behind(mem, block, &piece);
        }
        if let Some(node) = node {
            return node;
        }
        block = block::prev(mem, block);
        if block.is_null() {
            return start;
        }
        end = block::used(mem, block);
    }
}

/// Where the next node begins after a boundary, or the stream's end and true.
fn node_end(mem: &Arena, from: Place) -> (Place, bool) {
    let mut at = from;
    while let Some((place, piece)) = block::piece_at(mem, at) {
        if piece.node {
            return (place, false);
        }
        at = block::behind(mem, place.block, &piece);
    }
    (at, true)
}

/// Trims from the oldest entry on; returns the number of entries removed. Decides as Redis 7.0.15's streamTrim.
pub fn trim(mem: &mut Arena, stream: &mut Stream, how: &Trim) -> u64 {
    let mut deleted = 0;
    loop {
        if let Bound::MaxLen(max) = how.bound
            && stream.length <= max
        {
            break;
        }
        let block = stream.index.first(mem);
        if block.is_null() {
            break;
        }
        let head = block::first(mem, block);
        let (live, last) = head_node(mem, stream, head);
        if how.limit > 0 && deleted + live > how.limit {
            break;
        }
        let whole = match how.bound {
            Bound::MaxLen(max) => stream.length - live >= max,
            Bound::MinId(id) => last < id,
        };
        if whole {
            let Some(piece) = block::piece(mem, head) else { break };
            let (to, at_end) = node_end(mem, block::behind(mem, block, &piece));
            stream.cut(mem, head, to);
            stream.nodes = stream.nodes.saturating_sub(1);
            stream.head_live = 0;
            if at_end {
                node::closed(stream);
            }
            stream.length -= live;
            deleted += live;
            continue;
        }
        if !how.approximate {
            deleted += trim_node(mem, stream, head, how.bound);
        }
        break;
    }
    if deleted > 0 {
        stream.tidy(mem, Id::MIN);
    }
    deleted
}

/// Takes out what stands at the end from this id on: tombstones only, for no live entry has an id so high. In Redis the
/// next entry would stand behind them in its node, out of order.
pub(super) fn drop_tombstones(mem: &mut Arena, stream: &mut Stream, id: Id) {
    while !stream.tail.is_null() && stream.tail_id >= id {
        let tail = stream.tail;
        let mut from = block::first(mem, tail);
        while let Some(piece) = block::piece(mem, from)
            && piece.id < id
        {
            from = block::behind(mem, tail, &piece);
        }
        let mut to = from;
        while let Some(piece) = block::piece(mem, to) {
            debug_assert!(!is_live(&piece));
            if piece.node {
                stream.nodes = stream.nodes.saturating_sub(1);
                node::closed(stream);
            }
            to = block::behind(mem, tail, &piece);
        }
        stream.cut(mem, from, to);
    }
    stream.head_live = 0;
}

/// Live entries and last id of the first node.
fn head_node(mem: &Arena, stream: &mut Stream, head: Place) -> (u64, Id) {
    if stream.head_live > 0 {
        return (u64::from(stream.head_live), stream.head_last);
    }
    let (mut live, mut last) = (0u64, Id::MIN);
    let mut at = head;
    while let Some((place, piece)) = block::piece_at(mem, at) {
        if piece.node && (place.block, place.at) != (head.block, head.at) {
            break;
        }
        live += u64::from(is_live(&piece));
        last = piece.id;
        at = block::behind(mem, place.block, &piece);
    }
    stream.head_live = u32::try_from(live).unwrap_or(0);
    stream.head_last = last;
    (live, last)
}

/// Deletes the first live entries of the first node, which keeps some, or its tombstones; how many they were.
fn trim_node(mem: &mut Arena, stream: &mut Stream, head: Place, bound: Bound) -> u64 {
    let Some(first) = block::piece(mem, head) else { return 0 };
    let mut deleted = 0;
    // The first entry to be left as it is, or the node's last.
    let mut at = head;
    let mut kept = (head, first, false);
    while let Some((place, piece)) = block::piece_at(mem, at) {
        let begins = (place.block, place.at) == (head.block, head.at);
        if piece.node && !begins {
            break;
        }
        at = block::behind(mem, place.block, &piece);
        if piece.kind == Kind::More {
            continue;
        }
        let stop = match bound {
            Bound::MaxLen(max) => stream.length - deleted <= max,
            Bound::MinId(id) => piece.id >= id,
        };
        kept = (place, piece, stop);
        if stop {
            break;
        }
        deleted += u64::from(is_live(&piece));
    }
    let (place, piece, stopped) = kept;
    if deleted == 0 {
        return 0;
    }
    // From the back to the front, so that the places before stay where they are.
    if (place.block, place.at) != (head.block, head.at) {
        if !stopped && is_live(&piece) {
            stream.bury(mem, place, &piece);
        }
        let second = block::entry_end(mem, head.block, &first);
        if (second.block, second.at) != (place.block, place.at) {
            stream.cut(mem, second, place);
        }
    }
    if is_live(&first) {
        stream.bury(mem, head, &first);
    }
    stream.length -= deleted;
    stream.head_live = u64::from(stream.head_live).saturating_sub(deleted) as u32;
    deleted
}

impl Stream {
    /// Takes the entries between two boundaries out. Blocks stay where they are but for those that become empty.
    fn cut(&mut self, mem: &mut Arena, from: Place, to: Place) {
        self.release_between(mem, from, to);
        self.close(mem, from, to);
    }

    /// Leaves of an entry nothing but its id.
    fn bury(&mut self, mem: &mut Arena, place: Place, piece: &Piece) {
        let end = block::entry_end(mem, place.block, piece);
        self.release_between(mem, place, end);
        let tombstone = Piece { kind: Kind::Tombstone, same: false, pairs: 0, items: 0, ..*piece };
        let head = Head::at(mem, place, &tombstone);
        head.write(mem, place.block, place.at);
        self.close(mem, Place { block: place.block, at: place.at + head.len(), prev: piece.id }, end);
    }

    fn release_between(&self, mem: &mut Arena, from: Place, to: Place) {
        let mut block = from.block;
        let mut at = from.at;
        while block != to.block && !block.is_null() {
            self.release(mem, block, at, block::used(mem, block));
            block = block::next(mem, block);
            at = if block.is_null() { 0 } else { block::start(mem, block) };
        }
        if !block.is_null() {
            self.release(mem, block, at, to.at);
        }
    }

    /// Closes the gap between two boundaries, whose contents are released.
    fn close(&mut self, mem: &mut Arena, from: Place, to: Place) {
        let at_end = to.block == self.tail && to.at == block::used(mem, to.block);
        let keeps_block = from.at > block::start(mem, from.block);
        if from.block == to.block {
            join(mem, from, to);
        } else {
            block::set_used(mem, from.block, from.at);
            loop {
                let next = block::next(mem, from.block);
                if next == to.block || next.is_null() {
                    break;
                }
                self.remove_block(mem, next);
            }
            let start = block::first(mem, to.block);
            if to.at == block::used(mem, to.block) {
                self.remove_block(mem, to.block);
            } else if to.at > start.at {
                join(mem, start, to);
            }
        }
        if block::used(mem, from.block) == block::start(mem, from.block) {
            self.remove_block(mem, from.block);
        }
        if at_end {
            self.tail_id = if keeps_block { from.prev } else { last_piece(mem, self.tail) };
        }
    }

    /// Shrinks or merges the blocks around an id that have become too empty.
    fn tidy(&mut self, mem: &mut Arena, id: Id) {
        let mut at = self.index.find(mem, id, 0);
        for _ in 0..2 {
            if at.is_null() {
                return;
            }
            let (used, capacity) = (block::used(mem, at), block::capacity(mem, at));
            if used < block::BLOCK_MAX / 4 {
                let prev = block::prev(mem, at);
                if !prev.is_null()
                    && let Some(merged) = self.merge(mem, prev, at)
                {
                    at = merged;
                }
                let next = block::next(mem, at);
                if !next.is_null()
                    && let Some(merged) = self.merge(mem, at, next)
                {
                    at = merged;
                }
            }
            // A refused move to a smaller block only leaves the slack.
            if used <= capacity / 2
                && let Ok(moved) = self.resize_block(mem, at, block::used(mem, at))
            {
                at = moved;
            }
            at = block::next(mem, at);
        }
    }

    /// Takes the second of two neighbours into the first where both are small; the block they are in then.
    fn merge(&mut self, mem: &mut Arena, first: Ref, second: Ref) -> Option<Ref> {
        let start = block::first(mem, second);
        let more = block::used(mem, second) - start.at;
        let end = block::used(mem, first);
        let wanted = end + more + HEAD_MAX;
        if wanted > block::BLOCK_MAX / 4 * 3 || !block::same_shared_fields(mem, first, second) {
            return None;
        }
        let piece = block::piece(mem, start)?;
        let first =
            if wanted > block::capacity(mem, first) { self.resize_block(mem, first, wanted).ok()? } else { first };
        let head = Head::at(mem, Place { block: first, at: end, prev: last_piece(mem, first) }, &piece);
        head.write(mem, first, end);
        let body = block::used(mem, second) - piece.body;
        mem.copy(second, piece.body, first, end + head.len(), body);
        block::set_used(mem, first, end + head.len() + body);
        self.remove_block(mem, second);
        Some(first)
    }
}

/// The id of a block's last piece.
fn last_piece(mem: &Arena, block: Ref) -> Id {
    let mut last = Id::MIN;
    if !block.is_null() {
        let mut place = block::first(mem, block);
        while let Some(piece) = block::piece(mem, place) {
            last = piece.id;
            place = block::behind(mem, block, &piece);
        }
    }
    last
}

/// Moves what follows `to` in its block up to `from`. The head there is never longer than what it replaces.
fn join(mem: &mut Arena, from: Place, to: Place) {
    let block = from.block;
    let Some(piece) = block::piece(mem, to) else {
        block::set_used(mem, block, from.at);
        return;
    };
    if from.at == block::start(mem, block) {
        block::set_base(mem, block, piece.id);
    }
    let head = Head::at(mem, from, &piece);
    let used = block::used(mem, block);
    debug_assert!(from.at + head.len() <= piece.body);
    mem.copy(block, piece.body, block, from.at + head.len(), used - piece.body);
    head.write(mem, block, from.at);
    block::set_used(mem, block, from.at + head.len() + used - piece.body);
}
