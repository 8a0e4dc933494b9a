//! The counted B+tree of a large sorted set: references to its elements in order of score, then member.
//!
//! ```text
//! leaf    count:2 | unused:2 | element:4 * NODE_MAX
//! inner   count:2 | unused:2 | (bound:8 | child:4 | elements below:4) * NODE_MAX
//! ```
//! A child's bound is a score at or below those of its elements and at or above those of the child before it, so most
//! steps of a search read the inner nodes alone. Counts make rank and position O(log n). Nodes are made to fit on the
//! way down, so a change is one pass: a full node gives to its siblings before two of them split into three (fill stays
//! near nine tenths), a node that got small joins a sibling. Appending and prepending leave full nodes behind.
//!
//! Not here: finding an element by its member (that is the table's), and the elements' own memory.

mod fit;
mod node;
mod search;

use super::bound::Bound;
use super::element;
use crate::limits::RESERVE_PAGES;
use crate::memory::{Arena, Oom, Ref};
use fit::{Edge, JOIN_MAX, close, feed, insert_entry, make_room, open};
use node::{
    CHILD, COUNT, HEADER, INNER_ENTRY, LEAF_ENTRY, add_to_count, bound_at, child, entries, first_bound, locate,
    new_node, node_bytes, set_bound, weight,
};
pub use node::{NODE_MAX, element_at, set_element};
use search::{Window, choose, place_in_leaf};

/// Levels that 2^32 elements can need: no node that has siblings stays below a quarter.
const HEIGHT_MAX: usize = 9;

/// A way from the root to a leaf.
struct Path {
    /// By level: the node, and the position of the child that was taken.
    steps: [(Ref, usize); HEIGHT_MAX],
    leaf: Ref,
    /// Entries of the leaf.
    count: usize,
    at: usize,
    window: Window,
}

/// Where a search in a tree ended.
#[derive(Clone, Copy)]
pub struct Place {
    pub rank: usize,
    pub leaf: Ref,
    /// Position in the leaf; at its end for a place behind its last element.
    pub at: usize,
    /// Elements of the leaf.
    pub count: usize,
}

#[derive(Clone, Copy)]
pub struct Tree {
    pub root: Ref,
    /// Levels of inner nodes above the leaves.
    pub height: u8,
    pub len: u32,
}

impl Tree {
    pub const EMPTY: Tree = Tree { root: Ref::NULL, height: 0, len: 0 };

    /// The place of a bound: its rank is the number of elements before it.
    pub fn seek(&self, mem: &Arena, bound: &Bound) -> Place {
        if self.len == 0 {
            return Place { rank: 0, leaf: Ref::NULL, at: 0, count: 0 };
        }
        let (mut node, mut rank, mut window) = (self.root, 0, Window::ALL);
        for level in (1..=self.height).rev() {
            let index = choose(mem, node, level, bound);
            rank += weight(mem, node, level, 0, index);
            window = window.of_child(mem, node, index);
            node = child(mem, node, index);
        }
        let count = entries(mem, node);
        let at = place_in_leaf(mem, node, count, bound, window);
        Place { rank: rank + at, leaf: node, at, count }
    }

    /// The way down to the leaf in which a bound lies.
    fn descend(&self, mem: &Arena, bound: &Bound) -> Path {
        let mut path =
            Path { steps: [(Ref::NULL, 0); HEIGHT_MAX], leaf: self.root, count: 0, at: 0, window: Window::ALL };
        for level in (1..=self.height).rev() {
            let index = choose(mem, path.leaf, level, bound);
            if let Some(step) = path.steps.get_mut(level as usize) {
                *step = (path.leaf, index);
            }
            path.window = path.window.of_child(mem, path.leaf, index);
            path.leaf = child(mem, path.leaf, index);
        }
        path.count = entries(mem, path.leaf);
        path
    }

    /// The way to an element that is in the tree. Its leaf is searched for the reference, not the score, so that no
    /// other element is read where scores differ. False: it is the first of the leaf behind
    /// the one that was searched.
    fn descend_to(&self, mem: &Arena, element: Ref) -> (Path, bool) {
        let (score, used) = element::score(mem, element);
        let mut path = self.descend(mem, &Bound::Element { score, member: element::member_at(mem, element, used) });
        let raw = element.raw().to_le_bytes();
        let references = mem.bytes_at(path.leaf, HEADER, path.count * LEAF_ENTRY);
        // To the end, as that is one comparison for many references.
        let mut found = path.count;
        for (at, reference) in references.chunks_exact(LEAF_ENTRY).enumerate() {
            found = if reference == raw { at } else { found };
        }
        path.at = found;
        let here = found < path.count;
        (path, here)
    }

    /// The rank of an element that is in the tree.
    pub fn rank_of(&self, mem: &Arena, element: Ref) -> usize {
        // At the leaf's end it stands for the first of the next one.
        let (path, _) = self.descend_to(mem, element);
        let mut rank = path.at;
        for level in 1..=self.height {
            if let Some(&(node, index)) = path.steps.get(level as usize) {
                rank += weight(mem, node, level, 0, index);
            }
        }
        rank
    }

    /// Moves an element to where another score puts it, if that takes neither a new node nor one less; returns its leaf
    /// and position there. The score itself is the caller's to write.
    pub fn shift(&mut self, mem: &mut Arena, element: Ref, score: f64) -> Option<(Ref, usize)> {
        let bound = Bound::Element { score, member: element::member(mem, element) };
        let (from, found) = self.descend_to(mem, element);
        let to = self.descend(mem, &bound);
        // Below the first bound of all an insertion has a bound to lower.
        if !found || score < to.window.from {
            return None;
        }
        let same = to.leaf == from.leaf;
        if !same && (from.count <= JOIN_MAX || to.count == NODE_MAX) {
            return None;
        }
        let at = place_in_leaf(mem, to.leaf, to.count, &bound, to.window);
        let start = HEADER + from.at * LEAF_ENTRY;
        if !same {
            close(mem, from.leaf, 0, from.at);
            open(mem, to.leaf, 0, at);
            set_element(mem, to.leaf, at, element);
            for level in 1..=self.height as usize {
                if let (Some(from), Some(to)) = (from.steps.get(level), to.steps.get(level)) {
                    add_to_count(mem, *from, u32::MAX);
                    add_to_count(mem, *to, 1);
                }
            }
            Some((to.leaf, at))
        } else if at > from.at {
            // The place counts the element itself, which stands before it.
            let end = HEADER + at * LEAF_ENTRY;
            mem.get_mut(to.leaf, end)[start..].rotate_left(LEAF_ENTRY);
            Some((to.leaf, at - 1))
        } else {
            let first = HEADER + at * LEAF_ENTRY;
            mem.get_mut(to.leaf, start + LEAF_ENTRY)[first..].rotate_right(LEAF_ENTRY);
            Some((to.leaf, at))
        }
    }

    /// The place of the element of this rank, which must be below the length.
    pub fn nth(&self, mem: &Arena, rank: usize) -> Place {
        let mut node = self.root;
        let mut rest = rank;
        for _ in 0..self.height {
            let (index, inside) = locate(mem, node, rest);
            rest = inside;
            node = child(mem, node, index);
        }
        Place { rank, leaf: node, at: rest, count: entries(mem, node) }
    }

    /// Whether an insertion is sure to find the memory it may need, after `blocks` others.
    pub fn has_room(&self, mem: &Arena, blocks: usize) -> bool {
        mem.pages_available() > RESERVE_PAGES + 2 + self.height as usize + blocks
    }

    /// Adds an element. On failure nothing has changed.
    pub fn insert(&mut self, mem: &mut Arena, new: Ref) -> Result<(), Oom> {
        if self.root.is_null() {
            self.root = new_node(mem, 0)?;
            self.height = 0;
        }
        if !self.has_room(mem, 0) {
            self.drop_empty(mem);
            return Err(Oom);
        }
        let (score, used) = element::score(mem, new);
        let bound = Bound::Element { score, member: element::member_at(mem, new, used) };
        if entries(mem, self.root) == NODE_MAX {
            let above = new_node(mem, self.height + 1)?;
            let lowest = first_bound(mem, self.root, self.height);
            insert_entry(mem, above, 0, lowest.min(score), self.root, self.len);
            self.root = above;
            self.height += 1;
        }
        let mut node = self.root;
        // Whether the way down has kept to the first or the last child of every node.
        let mut edge = Edge { first: true, last: true };
        let mut window = Window::ALL;
        for level in (1..=self.height).rev() {
            let mut index = choose(mem, node, level, &bound);
            if entries(mem, child(mem, node, index)) == NODE_MAX {
                make_room(mem, node, index, level - 1, edge, &bound)?;
                index = choose(mem, node, level, &bound);
            }
            edge.first &= index == 0;
            edge.last &= index + 1 == entries(mem, node);
            let at = HEADER + index * INNER_ENTRY;
            let below = mem.u32_at(node, at + COUNT);
            mem.set_u32(node, at + COUNT, below + 1);
            if score < bound_at(mem, node, index) {
                set_bound(mem, node, index, score);
            }
            window = window.of_child(mem, node, index);
            node = child(mem, node, index);
        }
        let count = entries(mem, node);
        let at = place_in_leaf(mem, node, count, &bound, window);
        open(mem, node, 0, at);
        mem.set_ref(node, HEADER + at * LEAF_ENTRY, new);
        self.len += 1;
        Ok(())
    }

    /// Takes the element of this rank (below the length) out and returns it; the element itself is the caller's.
    pub fn remove_nth(&mut self, mem: &mut Arena, rank: usize) -> Ref {
        let mut node = self.root;
        let mut rest = rank;
        for level in (1..=self.height).rev() {
            let (mut index, mut inside) = locate(mem, node, rest);
            if entries(mem, child(mem, node, index)) <= JOIN_MAX && feed(mem, node, index, level - 1) {
                (index, inside) = locate(mem, node, rest);
            }
            let at = HEADER + index * INNER_ENTRY + COUNT;
            let below = mem.u32_at(node, at);
            mem.set_u32(node, at, below - 1);
            rest = inside;
            node = child(mem, node, index);
        }
        let removed = mem.ref_at(node, HEADER + rest * LEAF_ENTRY);
        close(mem, node, 0, rest);
        self.len -= 1;
        while self.height > 0 && entries(mem, self.root) == 1 {
            let only = child(mem, self.root, 0);
            mem.free(self.root, node_bytes(self.height));
            self.root = only;
            self.height -= 1;
        }
        self.drop_empty(mem);
        removed
    }

    fn drop_empty(&mut self, mem: &mut Arena) {
        if self.len == 0 && !self.root.is_null() {
            mem.free(self.root, node_bytes(0));
            *self = Tree::EMPTY;
        }
    }

    /// Frees up to `blocks` nodes (the elements are the caller's); whether some are left. The tree may then only be
    /// freed further.
    pub fn free_some(&mut self, mem: &mut Arena, blocks: &mut usize) -> bool {
        // Leaf by leaf from the right, so that nothing has to be remembered on the way.
        while self.height > 0 {
            if *blocks == 0 {
                return true;
            }
            *blocks -= 1;
            let mut node = self.root;
            for level in (1..=self.height).rev() {
                let count = entries(mem, node);
                if count == 0 {
                    break;
                }
                let last = child(mem, node, count - 1);
                if level == 1 || entries(mem, last) == 0 {
                    mem.free(last, node_bytes(level - 1));
                    mem.set_u16(node, 0, count as u16 - 1);
                    break;
                }
                node = last;
            }
            if entries(mem, self.root) == 0 {
                mem.free(self.root, node_bytes(self.height));
                *self = Tree::EMPTY;
                return false;
            }
        }
        if !self.root.is_null() {
            mem.free(self.root, node_bytes(0));
        }
        *self = Tree::EMPTY;
        false
    }

    /// Bytes of its nodes.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        if self.len == 0 {
            return 0;
        }
        let mut total = Arena::block_bytes(node_bytes(self.height));
        // Each leaf is met once; an inner node counts when its first leaf is.
        let mut rank = 0;
        while rank < self.len as usize {
            let mut node = self.root;
            let mut rest = rank;
            for level in (1..=self.height).rev() {
                let (index, inside) = locate(mem, node, rest);
                node = child(mem, node, index);
                if inside == 0 {
                    total += Arena::block_bytes(node_bytes(level - 1));
                }
                rest = inside;
            }
            rank += entries(mem, node);
        }
        total
    }

    /// Moves the leaf that holds the element of this rank, and the inner nodes that begin with it, out of sparse
    /// pages.
    pub fn compact_at(&mut self, mem: &mut Arena, rank: usize) -> Result<(), Oom> {
        if mem.wants_move(self.root, node_bytes(self.height)) {
            self.root = mem.relocate(self.root, node_bytes(self.height))?;
        }
        let mut node = self.root;
        let mut rest = rank;
        for level in (1..=self.height).rev() {
            let (index, inside) = locate(mem, node, rest);
            let mut below = child(mem, node, index);
            if inside == 0 && mem.wants_move(below, node_bytes(level - 1)) {
                below = mem.relocate(below, node_bytes(level - 1))?;
                mem.set_ref(node, HEADER + index * INNER_ENTRY + CHILD, below);
            }
            node = below;
            rest = inside;
        }
        Ok(())
    }

    #[cfg(test)]
    pub fn check(&self, mem: &Arena) {
        fn below(mem: &Arena, node: Ref, level: u8, low: f64, high: f64) -> usize {
            let count = entries(mem, node);
            assert!((1..=NODE_MAX).contains(&count));
            if level == 0 {
                for index in 0..count {
                    let score = element::score(mem, mem.ref_at(node, HEADER + index * LEAF_ENTRY)).0;
                    assert!(low <= score && score <= high, "{low} {score} {high}");
                }
                return count;
            }
            let mut total = 0;
            for index in 0..count {
                let bound = bound_at(mem, node, index);
                let next = if index + 1 < count { bound_at(mem, node, index + 1) } else { high };
                assert!(low <= bound && bound <= next);
                let n = below(mem, child(mem, node, index), level - 1, bound, next);
                assert_eq!(n, weight(mem, node, level, index, index + 1));
                total += n;
            }
            total
        }
        if self.len > 0 {
            let total = below(mem, self.root, self.height, f64::NEG_INFINITY, f64::INFINITY);
            assert_eq!(total, self.len as usize);
        }
    }
}
