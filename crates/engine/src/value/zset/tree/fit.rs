//! Nodes made to fit on the way down: a full one gives to its siblings or splits, a small one joins one or takes from it.

use super::node::{
    CHILD, COUNT, HEADER, INNER_ENTRY, NODE_MAX, child, element_at, entries, entry_bytes, first_bound, new_node,
    node_bytes, set_bound, weight,
};
use crate::memory::{Arena, Oom, Ref};
use crate::value::zset::bound::Bound;

/// A node with no more entries than this looks for a sibling to join.
pub(super) const JOIN_MAX: usize = NODE_MAX / 2;
/// A node with no more entries than this takes from a sibling that it cannot join.
const STARVED_MAX: usize = NODE_MAX / 4;

#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) first: bool,
    pub(super) last: bool,
}

/// Makes a gap for one entry.
pub(super) fn open(mem: &mut Arena, node: Ref, level: u8, at: usize) {
    let (count, width) = (entries(mem, node), entry_bytes(level));
    let from = HEADER + at * width;
    mem.copy(node, from, node, from + width, (count - at) * width);
    mem.set_u16(node, 0, count as u16 + 1);
}

/// Closes the gap of one entry.
pub(super) fn close(mem: &mut Arena, node: Ref, level: u8, at: usize) {
    let (count, width) = (entries(mem, node), entry_bytes(level));
    let to = HEADER + at * width;
    mem.copy(node, to + width, node, to, (count - at - 1) * width);
    mem.set_u16(node, 0, count as u16 - 1);
}

pub(super) fn insert_entry(mem: &mut Arena, node: Ref, at: usize, bound: f64, below: Ref, count: u32) {
    open(mem, node, 1, at);
    set_bound(mem, node, at, bound);
    mem.set_ref(node, HEADER + at * INNER_ENTRY + CHILD, below);
    mem.set_u32(node, HEADER + at * INNER_ENTRY + COUNT, count);
}

/// Moves entries between children `left` and `left + 1` of a node until the left one has `target`.
fn balance(mem: &mut Arena, node: Ref, left: usize, level: u8, target: usize) {
    let (a, b) = (child(mem, node, left), child(mem, node, left + 1));
    let (in_a, in_b, width) = (entries(mem, a), entries(mem, b), entry_bytes(level));
    if target < in_a {
        let n = in_a - target;
        mem.copy(b, HEADER, b, HEADER + n * width, in_b * width);
        mem.copy(a, HEADER + target * width, b, HEADER, n * width);
    } else {
        let n = target - in_a;
        mem.copy(b, HEADER, a, HEADER + in_a * width, n * width);
        mem.copy(b, HEADER + n * width, b, HEADER, (in_b - n) * width);
    }
    mem.set_u16(a, 0, target as u16);
    mem.set_u16(b, 0, (in_a + in_b - target) as u16);
    for (index, below) in [(left, a), (left + 1, b)] {
        let count = weight(mem, below, level, 0, entries(mem, below));
        mem.set_u32(node, HEADER + index * INNER_ENTRY + COUNT, count as u32);
    }
    if target < in_a + in_b {
        let bound = first_bound(mem, b, level);
        set_bound(mem, node, left + 1, bound);
    }
}

/// Makes sure that the full child `index` (of level `level`), or the one that takes its place for this bound, has
/// room. The node itself has; the caller has made sure of the memory for one more node.
pub(super) fn make_room(
    mem: &mut Arena,
    node: Ref,
    index: usize,
    level: u8,
    edge: Edge,
    bound: &Bound,
) -> Result<(), Oom> {
    let count = entries(mem, node);
    let full = child(mem, node, index);
    // At the edges of the order nothing will come between: what is full stays full.
    let inner = level > 0 && count > 1;
    if edge.last && index + 1 == count {
        let appends = level == 0 && bound.passes_element(mem, element_at(mem, full, NODE_MAX - 1));
        if inner || appends {
            return split(mem, node, index, level, NODE_MAX - 1);
        }
    }
    if edge.first && index == 0 {
        let prepends = level == 0 && !bound.passes_element(mem, element_at(mem, full, 0));
        if inner || prepends {
            return split(mem, node, index, level, 1);
        }
    }
    let right = if index + 1 < count { entries(mem, child(mem, node, index + 1)) } else { usize::MAX };
    let left = if index > 0 { entries(mem, child(mem, node, index - 1)) } else { usize::MAX };
    if left.min(right) <= NODE_MAX - 2 {
        if right <= left {
            balance(mem, node, index, level, (NODE_MAX + right).div_ceil(2));
        } else {
            balance(mem, node, index - 1, level, (NODE_MAX + left) / 2);
        }
        return Ok(());
    }
    if count == 1 {
        return split(mem, node, index, level, NODE_MAX / 2);
    }
    let first = if right != usize::MAX { index } else { index - 1 };
    let third = (entries(mem, child(mem, node, first)) + entries(mem, child(mem, node, first + 1))) / 3;
    split(mem, node, first, level, third)?;
    balance(mem, node, first + 1, level, third);
    Ok(())
}

/// Splits a child in two, the first keeping `keep` entries.
fn split(mem: &mut Arena, node: Ref, index: usize, level: u8, keep: usize) -> Result<(), Oom> {
    let added = new_node(mem, level)?;
    insert_entry(mem, node, index + 1, 0.0, added, 0);
    balance(mem, node, index, level, keep);
    Ok(())
}

/// Joins a small child with a sibling or, when it is nearly empty, fills it from one, so that whatever is removed below
/// leaves no empty node. Returns whether anything has moved.
pub(super) fn feed(mem: &mut Arena, node: Ref, index: usize, level: u8) -> bool {
    let count = entries(mem, node);
    let small = entries(mem, child(mem, node, index));
    let right = if index + 1 < count { entries(mem, child(mem, node, index + 1)) } else { usize::MAX };
    let left = if index > 0 { entries(mem, child(mem, node, index - 1)) } else { usize::MAX };
    let other = left.min(right);
    if other == usize::MAX {
        return false;
    }
    let first = if right == other { index } else { index - 1 };
    if small + other < NODE_MAX {
        balance(mem, node, first, level, small + other);
        mem.free(child(mem, node, first + 1), node_bytes(level));
        close(mem, node, 1, first + 1);
        return true;
    }
    if small <= STARVED_MAX {
        balance(mem, node, first, level, (small + other) / 2);
        return true;
    }
    false
}
