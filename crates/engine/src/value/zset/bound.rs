//! Places in a sorted set's order, by score, by element or by member, and what scores alone say of them.

use super::element;
use crate::memory::{Arena, Bytes, Ref};
use core::cmp::Ordering;

/// A place in the order: all elements for which [`Bound::passes`] holds stand before it.
#[derive(Clone, Copy)]
pub enum Bound<'a> {
    /// Before the elements of this score, or after them.
    Score { score: f64, after: bool },
    /// Before this element.
    Element { score: f64, member: Bytes<'a> },
    /// Before this member, or after it, where all scores are equal.
    Member { member: Bytes<'a>, after: bool },
}

impl Bound<'_> {
    /// Whether an element stands before the bound.
    pub fn passes(&self, mem: &Arena, score: f64, member: Bytes) -> bool {
        match *self {
            Bound::Score { score: bound, after } => score < bound || (after && score == bound),
            Bound::Element { score: bound, member: at } => {
                score < bound || (score == bound && mem.view(member) < mem.view(at))
            }
            Bound::Member { member: at, after } => match mem.view(member).cmp(&mem.view(at)) {
                Ordering::Less => true,
                Ordering::Equal => after,
                Ordering::Greater => false,
            },
        }
    }

    pub(super) fn passes_element(&self, mem: &Arena, element: Ref) -> bool {
        let (score, used) = element::score(mem, element);
        match *self {
            Bound::Score { score: bound, after } => score < bound || (after && score == bound),
            Bound::Element { score: bound, .. } if score != bound => score < bound,
            _ => self.passes(mem, score, element::member_at(mem, element, used)),
        }
    }

    pub(super) fn by_score(&self) -> Option<BeforeScore> {
        match *self {
            Bound::Score { score, after } => {
                Some(BeforeScore { score, equal: if after { Equal::Before } else { Equal::Behind } })
            }
            Bound::Element { score, .. } => Some(BeforeScore { score, equal: Equal::Open }),
            Bound::Member { .. } => None,
        }
    }

    /// Whether all elements up to this score stand before the bound, or none from it on; `None` where the elements
    /// themselves have to be read.
    pub(super) fn passes_score(&self, separator: f64) -> Option<bool> {
        match *self {
            Bound::Score { score, after } => Some(separator < score || (after && separator == score)),
            Bound::Element { score, .. } if separator != score => Some(separator < score),
            _ => None,
        }
    }
}

/// The part of a bound that scores decide.
pub(super) struct BeforeScore {
    pub score: f64,
    /// Whether elements of the very score stand before the bound.
    equal: Equal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Equal {
    Before,
    Behind,
    /// Their members decide.
    Open,
}

impl BeforeScore {
    pub fn passes(&self, score: f64) -> bool {
        (score < self.score) | ((score == self.score) & (self.equal == Equal::Before))
    }

    pub fn is_open(&self) -> bool {
        self.equal == Equal::Open
    }
}
