//! The directory of blocks: a tree of references in id order, which reads the ids from the blocks themselves.
//!
//! ```text
//! node   count:2 | capacity:2 | references of 4
//! ```
//! Blocks come in at the end only, so nodes fill up and none is ever split in the middle; a node is freed when its last
//! reference leaves. With one block there is no node at all.

use super::{Id, block};
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Oom, Ref};

const COUNT: usize = 0;
const CAPACITY: usize = 2;
const HEADER: usize = 4;
const FANOUT: usize = (PAGE_BYTES / 2 - HEADER) / 4;
/// Levels of nodes; more blocks than an arena can have.
const LEVELS_MAX: usize = 6;
const STEP: usize = 8;
/// Bits of a position that choose a reference in a node.
const POSITION_BITS: u32 = FANOUT.ilog2() + 1;
const POSITION_LEVELS: u8 = (31 / POSITION_BITS) as u8;

/// Root and number of levels of nodes above the blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub root: Ref,
    pub levels: u8,
}

/// A way down: for each level, from the top, a node and the reference taken in it.
#[derive(Clone, Copy)]
pub struct Path {
    steps: [(Ref, u16); LEVELS_MAX],
    block: Ref,
}

fn count(mem: &Arena, node: Ref) -> usize {
    mem.u16_at(node, COUNT) as usize
}

fn capacity(mem: &Arena, node: Ref) -> usize {
    mem.u16_at(node, CAPACITY) as usize
}

fn child(mem: &Arena, node: Ref, i: usize) -> Ref {
    mem.ref_at(node, HEADER + i * 4)
}

fn set_child(mem: &mut Arena, node: Ref, i: usize, child: Ref) {
    mem.set_ref(node, HEADER + i * 4, child);
}

fn node_bytes(capacity: usize) -> usize {
    HEADER + capacity * 4
}

impl Index {
    /// The last block whose key is at most `(id, ordinal)`, else the first block; null without blocks.
    pub fn find(&self, mem: &Arena, id: Id, ordinal: u32) -> Ref {
        self.path(mem, id, ordinal).block
    }

    pub fn first(&self, mem: &Arena) -> Ref {
        self.leftmost(mem, self.root, self.levels)
    }

    fn leftmost(&self, mem: &Arena, mut node: Ref, levels: u8) -> Ref {
        for _ in 0..levels {
            node = child(mem, node, 0);
        }
        node
    }

    fn path(&self, mem: &Arena, id: Id, ordinal: u32) -> Path {
        let mut path = Path { steps: [(Ref::NULL, 0); LEVELS_MAX], block: self.root };
        for level in 0..self.levels {
            let node = path.block;
            let (mut low, mut high) = (0, count(mem, node));
            while low + 1 < high {
                let middle = (low + high) / 2;
                let first = self.leftmost(mem, child(mem, node, middle), self.levels - level - 1);
                if block::key(mem, first) <= (id, ordinal) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            path.steps[level as usize] = (node, low as u16);
            path.block = child(mem, node, low);
        }
        path
    }

    /// The way to a block, which must be in the tree.
    fn path_to(&self, mem: &Arena, target: Ref) -> Path {
        let (id, ordinal) = block::key(mem, target);
        let path = self.path(mem, id, ordinal);
        debug_assert!(path.block == target, "blocks are in order of their keys");
        path
    }

    /// The way to the last reference.
    fn path_to_end(&self, mem: &Arena) -> Path {
        let mut path = Path { steps: [(Ref::NULL, 0); LEVELS_MAX], block: self.root };
        for level in 0..self.levels as usize {
            let node = path.block;
            let last = count(mem, node) - 1;
            path.steps[level] = (node, last as u16);
            path.block = child(mem, node, last);
        }
        path
    }

    /// Adds a block behind all others. On failure nothing has changed.
    pub fn push(&mut self, mem: &mut Arena, block: Ref) -> Result<(), Oom> {
        if self.root.is_null() {
            *self = Index { root: block, levels: 0 };
            return Ok(());
        }
        let path = self.path_to_end(mem);
        // Full nodes get a sibling each, up to the first with room or to a new root.
        let mut carried = block;
        let mut made = [Ref::NULL; LEVELS_MAX];
        for level in (0..self.levels as usize).rev() {
            let last = path.steps[level].1;
            if (last as usize) + 1 < FANOUT {
                return match self.append(mem, &path, level, carried) {
                    Ok(()) => Ok(()),
                    Err(Oom) => self.give_back(mem, &made),
                };
            }
            match single(mem, carried) {
                Ok(sibling) => {
                    made[level] = sibling;
                    carried = sibling;
                }
                Err(Oom) => return self.give_back(mem, &made),
            }
        }
        if self.levels as usize == LEVELS_MAX {
            return self.give_back(mem, &made);
        }
        match single(mem, self.root) {
            Ok(root) => {
                set_child(mem, root, 1, carried);
                mem.set_u16(root, COUNT, 2);
                *self = Index { root, levels: self.levels + 1 };
                Ok(())
            }
            Err(Oom) => self.give_back(mem, &made),
        }
    }

    fn give_back(&self, mem: &mut Arena, made: &[Ref]) -> Result<(), Oom> {
        for &node in made {
            mem.free(node, node_bytes(STEP));
        }
        Err(Oom)
    }

    fn append(&mut self, mem: &mut Arena, path: &Path, level: usize, carried: Ref) -> Result<(), Oom> {
        let (mut node, last) = path.steps[level];
        let at = last as usize + 1;
        if at == capacity(mem, node) {
            let more = (at + STEP.max(at / 4)).min(FANOUT);
            let moved = mem.resize(node, node_bytes(at), node_bytes(more))?;
            mem.set_u16(moved, CAPACITY, more as u16);
            self.replace_step(mem, path, level, moved);
            node = moved;
        }
        set_child(mem, node, at, carried);
        mem.set_u16(node, COUNT, at as u16 + 1);
        Ok(())
    }

    /// The node of a way at `level` has moved.
    fn replace_step(&mut self, mem: &mut Arena, path: &Path, level: usize, moved: Ref) {
        if level == 0 {
            self.root = moved;
        } else {
            let (parent, i) = path.steps[level - 1];
            set_child(mem, parent, i as usize, moved);
        }
    }

    /// The way to a block that is about to move; then [`Index::moved`].
    pub fn locate(&self, mem: &Arena, block: Ref) -> Path {
        self.path_to(mem, block)
    }

    /// The located block is to be found at `new`.
    pub fn moved(&mut self, mem: &mut Arena, path: &Path, new: Ref) {
        self.replace_step(mem, path, self.levels as usize, new);
    }

    /// Takes a block out.
    pub fn remove(&mut self, mem: &mut Arena, block: Ref) {
        let path = self.path_to(mem, block);
        let mut level = self.levels as usize;
        loop {
            if level == 0 {
                *self = Index::default();
                return;
            }
            level -= 1;
            let (node, i) = path.steps[level];
            let count = count(mem, node);
            let capacity = capacity(mem, node);
            if count == 1 {
                mem.free(node, node_bytes(capacity));
                continue;
            }
            mem.copy(node, HEADER + (i as usize + 1) * 4, node, HEADER + i as usize * 4, (count - 1 - i as usize) * 4);
            mem.set_u16(node, COUNT, count as u16 - 1);
            if capacity > STEP && count - 1 <= capacity / 2 {
                // A refused move to a smaller block only leaves the slack.
                let less = count.next_multiple_of(STEP);
                if let Ok(moved) = mem.resize(node, node_bytes(capacity), node_bytes(less)) {
                    mem.set_u16(moved, CAPACITY, less as u16);
                    self.replace_step(mem, &path, level, moved);
                }
            }
            break;
        }
        while self.levels > 0 && count(mem, self.root) == 1 {
            let only = child(mem, self.root, 0);
            let capacity = capacity(mem, self.root);
            mem.free(self.root, node_bytes(capacity));
            *self = Index { root: only, levels: self.levels - 1 };
        }
    }

    /// Moves the nodes on the way to a block out of sparse pages.
    pub fn compact(&mut self, mem: &mut Arena, block: Ref) -> Result<(), Oom> {
        let mut path = self.path_to(mem, block);
        for level in 0..self.levels as usize {
            let (node, _) = path.steps[level];
            let bytes = node_bytes(capacity(mem, node));
            if mem.wants_move(node, bytes) {
                let moved = mem.relocate(node, bytes)?;
                self.replace_step(mem, &path, level, moved);
                path.steps[level].0 = moved;
            }
        }
        Ok(())
    }

    /// The block at a position or the next one, and the position after it (0: none). Positions go up in the order of
    /// the blocks but not by one; a walk that begins at 0 meets all blocks that stay.
    pub fn at(&self, mem: &Arena, position: u32) -> (Ref, u32) {
        let levels = self.levels.min(POSITION_LEVELS);
        let mut position = u64::from(position);
        'again: loop {
            let mut node = self.root;
            for level in 0..levels {
                let shift = POSITION_BITS * u32::from(levels - 1 - level);
                let i = (position >> shift) as usize;
                let i = if level == 0 { i } else { i & ((1 << POSITION_BITS) - 1) };
                if i >= count(mem, node) {
                    if level == 0 {
                        return (Ref::NULL, 0);
                    }
                    position = ((position >> (shift + POSITION_BITS)) + 1) << (shift + POSITION_BITS);
                    continue 'again;
                }
                node = child(mem, node, i);
            }
            if levels == 0 && position > 0 {
                return (Ref::NULL, 0);
            }
            return (self.leftmost(mem, node, self.levels - levels), (position + 1) as u32);
        }
    }

    /// Bytes of the arena that the nodes take.
    pub fn bytes_used(&self, mem: &Arena) -> usize {
        let mut total = 0;
        let mut stack = [(Ref::NULL, 0usize); LEVELS_MAX];
        if self.levels == 0 {
            return 0;
        }
        let mut depth = 0;
        stack[0] = (self.root, 0);
        loop {
            let (node, i) = stack[depth];
            if i == 0 {
                total += Arena::block_bytes(node_bytes(capacity(mem, node)));
            }
            if depth + 1 < self.levels as usize && i < count(mem, node) {
                stack[depth].1 += 1;
                depth += 1;
                stack[depth] = (child(mem, node, i), 0);
                continue;
            }
            if depth == 0 {
                return total;
            }
            depth -= 1;
        }
    }
}

/// A node with one reference.
fn single(mem: &mut Arena, only: Ref) -> Result<Ref, Oom> {
    let node = mem.alloc(node_bytes(STEP))?;
    mem.set_u16(node, COUNT, 1);
    mem.set_u16(node, CAPACITY, STEP as u16);
    set_child(mem, node, 0, only);
    Ok(node)
}
