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

use super::bound::{BeforeScore, Bound};
use super::element;
use crate::limits::{PAGE_BYTES, RESERVE_PAGES};
use crate::memory::{Arena, Oom, Ref};

/// Entries of a node, the same in leaves and inner nodes.
pub const NODE_MAX: usize = 63;
const HEADER: usize = 4;
const LEAF_ENTRY: usize = 4;
const INNER_ENTRY: usize = 16;
const BOUND: usize = 0;
const CHILD: usize = 8;
const COUNT: usize = 12;
/// A node with no more entries than this looks for a sibling to join.
const JOIN_MAX: usize = NODE_MAX / 2;
/// A node with no more entries than this takes from a sibling that it cannot join.
const STARVED_MAX: usize = NODE_MAX / 4;

const _: () = assert!(HEADER + NODE_MAX * INNER_ENTRY <= PAGE_BYTES, "an inner node is one block");

/// Scores between which those of a node lie, as far as the bounds above it tell.
#[derive(Clone, Copy)]
struct Window {
    from: f64,
    to: f64,
}

impl Window {
    const ALL: Window = Window { from: f64::NEG_INFINITY, to: f64::INFINITY };

    /// That of a node's child.
    fn of_child(self, mem: &Arena, node: Ref, index: usize) -> Window {
        let to = if index + 1 < entries(mem, node) { bound_at(mem, node, index + 1) } else { self.to };
        Window { from: bound_at(mem, node, index), to }
    }
}

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

/// The element at a place that is not its leaf's end.
pub fn element_at(mem: &Arena, leaf: Ref, at: usize) -> Ref {
    mem.ref_at(leaf, HEADER + at * LEAF_ENTRY)
}

/// The element at a place was moved.
pub fn set_element(mem: &mut Arena, leaf: Ref, at: usize, element: Ref) {
    mem.set_ref(leaf, HEADER + at * LEAF_ENTRY, element);
}

#[derive(Clone, Copy)]
struct Edge {
    first: bool,
    last: bool,
}

const fn entry_bytes(level: u8) -> usize {
    if level == 0 { LEAF_ENTRY } else { INNER_ENTRY }
}

const fn node_bytes(level: u8) -> usize {
    HEADER + NODE_MAX * entry_bytes(level)
}

fn new_node(mem: &mut Arena, level: u8) -> Result<Ref, Oom> {
    let node = mem.alloc(node_bytes(level))?;
    mem.set_u32(node, 0, 0);
    Ok(node)
}

fn entries(mem: &Arena, node: Ref) -> usize {
    mem.u16_at(node, 0) as usize
}

fn child(mem: &Arena, node: Ref, index: usize) -> Ref {
    mem.ref_at(node, HEADER + index * INNER_ENTRY + CHILD)
}

/// Adds to the count of a node's entry, modulo 2^32.
fn add_to_count(mem: &mut Arena, (node, index): (Ref, usize), n: u32) {
    let at = HEADER + index * INNER_ENTRY + COUNT;
    let count = mem.u32_at(node, at);
    mem.set_u32(node, at, count.wrapping_add(n));
}

fn bound_at(mem: &Arena, node: Ref, index: usize) -> f64 {
    let at = HEADER + index * INNER_ENTRY + BOUND;
    let low = u64::from(mem.u32_at(node, at));
    f64::from_bits(low | u64::from(mem.u32_at(node, at + 4)) << 32)
}

fn set_bound(mem: &mut Arena, node: Ref, index: usize, bound: f64) {
    let at = HEADER + index * INNER_ENTRY + BOUND;
    mem.set_bytes(node, at, &bound.to_le_bytes());
}

/// Elements below the entries `from..to`.
fn weight(mem: &Arena, node: Ref, level: u8, from: usize, to: usize) -> usize {
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
fn locate(mem: &Arena, node: Ref, rest: usize) -> (usize, usize) {
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

/// The child in which a bound lies: the last one whose predecessors all stand before it.
fn choose(mem: &Arena, node: Ref, level: u8, bound: &Bound) -> usize {
    let count = entries(mem, node);
    let mut low = 0;
    let before = bound.by_score();
    if let Some(before) = &before {
        let bytes = mem.bytes_at(node, HEADER, count * INNER_ENTRY);
        let at = |index: usize| match bytes[index * INNER_ENTRY..].first_chunk::<8>() {
            Some(raw) => f64::from_le_bytes(*raw),
            None => f64::INFINITY,
        };
        // Without branches on what is compared, which nothing could predict.
        let mut len = count;
        while len > 1 {
            let half = len / 2;
            low = if before.passes(at(low + half)) { low + half } else { low };
            len -= half;
        }
        if !before.is_open() || low + 1 >= count || at(low + 1) != before.score {
            return low;
        }
    }
    let passes = |index: usize| match bound.passes_score(bound_at(mem, node, index)) {
        Some(passes) => passes,
        None => bound.passes_element(mem, first_element(mem, child(mem, node, index), level - 1)),
    };
    // Few bounds are equal to the score, as a rule: in growing steps first.
    let mut step = if before.is_some() { 1 } else { count };
    while low + step < count && passes(low + step) {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(count);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if passes(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn first_element(mem: &Arena, node: Ref, level: u8) -> Ref {
    let mut node = node;
    for _ in 0..level {
        node = child(mem, node, 0);
    }
    element_at(mem, node, 0)
}

/// Where in a leaf, whose scores lie in `window`, a bound stands.
fn place_in_leaf(mem: &Arena, leaf: Ref, count: usize, bound: &Bound, window: Window) -> usize {
    let (mut low, mut high) = (0, count);
    if let Some(before) = bound.by_score() {
        low = scores_before(mem, leaf, count, &before, window);
        let tie = before.is_open() && low < count && element::score(mem, element_at(mem, leaf, low)).0 == before.score;
        if !tie {
            return low;
        }
        let (mut probe, mut step) = (low, 1);
        while probe < count && bound.passes_element(mem, element_at(mem, leaf, probe)) {
            low = probe + 1;
            probe += step;
            step *= 2;
        }
        high = probe.min(count);
    }
    while low < high {
        let middle = (low + high) / 2;
        if bound.passes_element(mem, element_at(mem, leaf, middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Elements of a leaf whose scores alone put them before a bound. Every element read is likely to miss the cache, and
/// the bounds above tell between which scores the leaf lies: a few guesses in proportion find the place where scores
/// are spread evenly, as they mostly are within a leaf. Halving does the rest.
fn scores_before(mem: &Arena, leaf: Ref, count: usize, before: &BeforeScore, window: Window) -> usize {
    let (mut low, mut high) = (0, count);
    let Window { mut from, mut to } = window;
    let mut guesses = GUESSES;
    while low < high {
        let span = to - from;
        let at = if guesses > 0 && span > 0.0 && span < f64::INFINITY {
            if guesses == GUESSES {
                let near = (before.score - from) / span * count as f64;
                touch_around(mem, leaf, count, near as usize);
            }
            guesses -= 1;
            // The cast takes what lies outside to the nearest end.
            (low + ((before.score - from) / span * (high - low) as f64) as usize).min(high - 1)
        } else {
            (low + high) / 2
        };
        let score = element::score(mem, element_at(mem, leaf, at)).0;
        if before.passes(score) {
            low = at + 1;
            from = score;
        } else {
            high = at;
            to = score;
        }
    }
    low
}

/// Guesses in proportion before a search in a leaf halves.
const GUESSES: u32 = 5;
/// How far from a first guess the place is likely to be.
const GUESS_MISS: usize = 4;

/// Reads the elements around a guess, all at once: the next guesses are among them.
fn touch_around(mem: &Arena, leaf: Ref, count: usize, guess: usize) {
    let from = guess.saturating_sub(GUESS_MISS).min(count);
    let to = guess.saturating_add(GUESS_MISS).min(count);
    let sum = (from..to).fold(0, |sum, at| sum ^ mem.touch(element_at(mem, leaf, at), 0));
    core::hint::black_box(sum);
}

/// The bound of a node's first entry.
fn first_bound(mem: &Arena, node: Ref, level: u8) -> f64 {
    if level == 0 { element::score(mem, element_at(mem, node, 0)).0 } else { bound_at(mem, node, 0) }
}

/// Makes a gap for one entry.
fn open(mem: &mut Arena, node: Ref, level: u8, at: usize) {
    let (count, width) = (entries(mem, node), entry_bytes(level));
    let from = HEADER + at * width;
    mem.copy(node, from, node, from + width, (count - at) * width);
    mem.set_u16(node, 0, count as u16 + 1);
}

/// Closes the gap of one entry.
fn close(mem: &mut Arena, node: Ref, level: u8, at: usize) {
    let (count, width) = (entries(mem, node), entry_bytes(level));
    let to = HEADER + at * width;
    mem.copy(node, to + width, node, to, (count - at - 1) * width);
    mem.set_u16(node, 0, count as u16 - 1);
}

fn insert_entry(mem: &mut Arena, node: Ref, at: usize, bound: f64, below: Ref, count: u32) {
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
fn make_room(mem: &mut Arena, node: Ref, index: usize, level: u8, edge: Edge, bound: &Bound) -> Result<(), Oom> {
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
fn feed(mem: &mut Arena, node: Ref, index: usize, level: u8) -> bool {
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
