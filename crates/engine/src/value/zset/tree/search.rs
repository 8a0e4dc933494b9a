//! Where in a node a bound lies.

use super::node::{HEADER, INNER_ENTRY, bound_at, child, element_at, entries, first_element};
use crate::memory::{Arena, Ref};
use crate::value::zset::bound::{BeforeScore, Bound};
use crate::value::zset::element;

/// Scores between which those of a node lie, as far as the bounds above it tell.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Window {
    pub(super) const ALL: Window = Window { from: f64::NEG_INFINITY, to: f64::INFINITY };

    /// That of a node's child.
    pub(super) fn of_child(self, mem: &Arena, node: Ref, index: usize) -> Window {
        let to = if index + 1 < entries(mem, node) { bound_at(mem, node, index + 1) } else { self.to };
        Window { from: bound_at(mem, node, index), to }
    }
}

/// The child in which a bound lies: the last one whose predecessors all stand before it.
pub(super) fn choose(mem: &Arena, node: Ref, level: u8, bound: &Bound) -> usize {
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

/// Where in a leaf, whose scores lie in `window`, a bound stands.
pub(super) fn place_in_leaf(mem: &Arena, leaf: Ref, count: usize, bound: &Bound, window: Window) -> usize {
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
