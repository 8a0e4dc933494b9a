//! A node of the tree: its layout, and one entry of it read or written.

use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Oom, Ref};
use crate::value::zset::element;

/// Entries of a node, the same in leaves and inner nodes.
pub const NODE_MAX: usize = 63;
pub(super) const HEADER: usize = 4;
pub(super) const LEAF_ENTRY: usize = 4;
pub(super) const INNER_ENTRY: usize = 16;
pub(super) const BOUND: usize = 0;
pub(super) const CHILD: usize = 8;
pub(super) const COUNT: usize = 12;

const _: () = assert!(HEADER + NODE_MAX * INNER_ENTRY <= PAGE_BYTES, "an inner node is one block");

pub(super) const fn entry_bytes(level: u8) -> usize {
    if level == 0 { LEAF_ENTRY } else { INNER_ENTRY }
}

pub(super) const fn node_bytes(level: u8) -> usize {
    HEADER + NODE_MAX * entry_bytes(level)
}

pub(super) fn new_node(mem: &mut Arena, level: u8) -> Result<Ref, Oom> {
    let node = mem.alloc(node_bytes(level))?;
    mem.set_u32(node, 0, 0);
    Ok(node)
}

pub(super) fn entries(mem: &Arena, node: Ref) -> usize {
    mem.u16_at(node, 0) as usize
}

pub(super) fn child(mem: &Arena, node: Ref, index: usize) -> Ref {
    mem.ref_at(node, HEADER + index * INNER_ENTRY + CHILD)
}

/// Adds to the count of a node's entry, modulo 2^32.
pub(super) fn add_to_count(mem: &mut Arena, (node, index): (Ref, usize), n: u32) {
    let at = HEADER + index * INNER_ENTRY + COUNT;
    let count = mem.u32_at(node, at);
    mem.set_u32(node, at, count.wrapping_add(n));
}

pub(super) fn bound_at(mem: &Arena, node: Ref, index: usize) -> f64 {
    let at = HEADER + index * INNER_ENTRY + BOUND;
    let low = u64::from(mem.u32_at(node, at));
    f64::from_bits(low | u64::from(mem.u32_at(node, at + 4)) << 32)
}

pub(super) fn set_bound(mem: &mut Arena, node: Ref, index: usize, bound: f64) {
    let at = HEADER + index * INNER_ENTRY + BOUND;
    mem.set_bytes(node, at, &bound.to_le_bytes());
}

/// Elements below the entries `from..to`.
pub(super) fn weight(mem: &Arena, node: Ref, level: u8, from: usize, to: usize) -> usize {
    if level == 0 {
        return to - from;
    }
    let bytes = mem.bytes_at(node, HEADER + from * INNER_ENTRY, (to - from) * INNER_ENTRY);
    let mut total = 0;
    for entry in bytes.chunks_exact(INNER_ENTRY) {
        total += u32::from_le_bytes([entry[COUNT], entry[COUNT + 1], entry[COUNT + 2], entry[COUNT + 3]]) as usize;
    }
    total
}

/// The child that holds position `rest` of an inner node, and the position inside it.
pub(super) fn locate(mem: &Arena, node: Ref, rest: usize) -> (usize, usize) {
    let count = entries(mem, node);
    let bytes = mem.bytes_at(node, HEADER, count * INNER_ENTRY);
    let mut rest = rest;
    for (index, entry) in bytes.chunks_exact(INNER_ENTRY).enumerate() {
        let below = u32::from_le_bytes([entry[COUNT], entry[COUNT + 1], entry[COUNT + 2], entry[COUNT + 3]]) as usize;
        if rest < below {
            return (index, rest);
        }
        rest -= below;
    }
    (count.saturating_sub(1), 0)
}

pub(super) fn first_element(mem: &Arena, node: Ref, level: u8) -> Ref {
    let mut node = node;
    for _ in 0..level {
        node = child(mem, node, 0);
    }
    element_at(mem, node, 0)
}

/// The bound of a node's first entry.
pub(super) fn first_bound(mem: &Arena, node: Ref, level: u8) -> f64 {
    if level == 0 { element::score(mem, element_at(mem, node, 0)).0 } else { bound_at(mem, node, 0) }
}

/// The element at a place that is not its leaf's end.
pub fn element_at(mem: &Arena, leaf: Ref, at: usize) -> Ref {
    mem.ref_at(leaf, HEADER + at * LEAF_ENTRY)
}

/// The element at a place was moved.
pub fn set_element(mem: &mut Arena, leaf: Ref, at: usize, element: Ref) {
    mem.set_ref(leaf, HEADER + at * LEAF_ENTRY, element);
}
