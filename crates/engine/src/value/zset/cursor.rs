//! Walks over members in order, in either direction, that borrow nothing between their steps.

use super::large::Large;
use super::packed::Walk;
use super::tree::{self, Tree};
use super::{element, packed};
use crate::memory::{Arena, Bytes, Ref};
use crate::value::record::{Entry, Form};

/// Yields members and scores; valid until the sorted set changes.
#[derive(Clone, Copy)]
pub struct Cursor {
    source: Source,
    left: usize,
    reverse: bool,
}

#[derive(Clone, Copy)]
enum Source {
    Packed { entry: Entry, walk: Walk },
    Tree { tree: Tree, rank: usize, leaf: Ref, at: usize, count: usize },
}

impl Cursor {
    /// `count` members from this rank on, upwards.
    pub fn forward(mem: &Arena, entry: &Entry, rank: usize, count: usize) -> Cursor {
        Self::new(mem, entry, rank, count, false)
    }

    /// `count` members from this rank on, downwards.
    pub fn backward(mem: &Arena, entry: &Entry, rank: usize, count: usize) -> Cursor {
        Self::new(mem, entry, rank, count, true)
    }

    pub fn new(mem: &Arena, entry: &Entry, rank: usize, count: usize, reverse: bool) -> Cursor {
        if entry.form() == Form::ZsetTree {
            return Self::of_tree(mem, Large::load(mem, entry).tree, rank, count, reverse);
        }
        let walk = if reverse { Walk::backward(mem, entry, rank) } else { Walk::forward(mem, entry, rank) };
        Cursor { source: Source::Packed { entry: *entry, walk }, left: count, reverse }
    }

    pub(super) fn of_tree(mem: &Arena, tree: Tree, rank: usize, count: usize, reverse: bool) -> Cursor {
        let len = tree.len as usize;
        let left = if rank >= len { 0 } else { count.min(if reverse { rank + 1 } else { len - rank }) };
        let mut source = Source::Tree { tree, rank, leaf: Ref::NULL, at: 0, count: 0 };
        if left > 0 {
            let place = tree.nth(mem, rank);
            source = Source::Tree { tree, rank, leaf: place.leaf, at: place.at, count: place.count };
        }
        Cursor { source, left, reverse }
    }

    pub fn next(&mut self, mem: &Arena) -> Option<(Bytes<'static>, f64)> {
        self.left = self.left.checked_sub(1)?;
        match &mut self.source {
            Source::Packed { entry, walk } => {
                let pair: Option<packed::Pair> =
                    if self.reverse { walk.next_back(mem, entry) } else { walk.next(mem, entry) };
                pair.map(|pair| (pair.member, pair.score))
            }
            Source::Tree { tree, rank, leaf, at, count } => {
                if *at >= *count {
                    let place = tree.nth(mem, *rank);
                    (*leaf, *at, *count) = (place.leaf, place.at, place.count);
                }
                let element = tree::element_at(mem, *leaf, *at);
                if self.reverse {
                    *rank = rank.saturating_sub(1);
                    // Below the leaf's first element the position is past its end, which asks for the next leaf.
                    *at = at.wrapping_sub(1);
                } else {
                    *rank += 1;
                    *at += 1;
                }
                let (score, used) = element::score(mem, element);
                Some((element::member_at(mem, element, used), score))
            }
        }
    }
}
