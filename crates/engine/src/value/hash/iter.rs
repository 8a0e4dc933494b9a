//! The walk over a hash's pairs.
//!
//! An ordered table is walked in the order of insertion: it is searched for the next few numbers, again and again, in
//! constant memory.

use super::{Fields, NUMBER, ORDERED_MAX, is_packed, number_bytes, pair, read_element, table};
use crate::memory::{Arena, Bytes, Ref};
use crate::value::record::Entry;
use crate::value::table::Walk;

/// Pairs found by one search.
const FOUND_MAX: usize = 64;

/// A walk over all pairs, ended by any change of the hash.
#[derive(Clone, Copy)]
pub struct Iter {
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    /// Offset of the next pair.
    At(usize),
    Table(Option<Walk>),
    Ordered(Ordered),
}

pub fn iter(mem: &Arena, entry: &Entry) -> Iter {
    if is_packed(entry) {
        return Iter { place: Place::At(pair::first(entry.body(mem))) };
    }
    let table = table(mem, entry);
    if number_bytes(entry) == NUMBER && table.len() <= ORDERED_MAX {
        return Iter { place: Place::Ordered(Ordered::START) };
    }
    Iter { place: Place::Table(table.first(mem)) }
}

impl Iter {
    /// The next field and value.
    pub fn next(&mut self, mem: &Arena, entry: &Entry) -> Option<(Bytes<'static>, Bytes<'static>)> {
        match &mut self.place {
            Place::At(at) => {
                let body = entry.body(mem);
                if *at >= body.len() {
                    return None;
                }
                let parts = pair::parse(body, *at);
                *at = parts.end;
                let base = entry.body_at();
                Some((parts.field(mem, entry.record, base), parts.value(mem, entry.record, base)))
            }
            Place::Table(walk) => {
                let at = (*walk)?;
                let table = table(mem, entry);
                *walk = table.next(mem, at);
                Some(read_element(mem, table.get(mem, at.slot)))
            }
            Place::Ordered(ordered) => {
                let element = ordered.next(mem, &table(mem, entry))?;
                Some(read_element(mem, element))
            }
        }
    }
}

/// The pairs of the least numbers above the last one given out.
#[derive(Clone, Copy)]
struct Ordered {
    found: [(u32, Ref); FOUND_MAX],
    count: usize,
    at: usize,
    last: Option<u32>,
}

impl Ordered {
    const START: Ordered = Ordered { found: [(0, Ref::NULL); FOUND_MAX], count: 0, at: 0, last: None };

    fn next(&mut self, mem: &Arena, table: &Fields) -> Option<Ref> {
        if self.at == self.count {
            self.search(mem, table);
        }
        let (number, element) = *self.found[..self.count].get(self.at)?;
        self.at += 1;
        self.last = Some(number);
        Some(element)
    }

    fn search(&mut self, mem: &Arena, table: &Fields) {
        (self.at, self.count) = (0, 0);
        let mut walk = table.first(mem);
        while let Some(here) = walk {
            let element = table.get(mem, here.slot);
            let number = mem.u32_at(element, pair::parse_block(mem, element, 0).end);
            if self.last.is_none_or(|last| number > last) {
                self.keep(number, element);
            }
            walk = table.next(mem, here);
        }
    }

    /// Puts the pair at its place among those found, if it is one of the least.
    fn keep(&mut self, number: u32, element: Ref) {
        if self.count == FOUND_MAX {
            if number > self.found[FOUND_MAX - 1].0 {
                return;
            }
            self.count -= 1;
        }
        let place = self.found[..self.count].partition_point(|&(other, _)| other < number);
        self.found.copy_within(place..self.count, place + 1);
        self.found[place] = (number, element);
        self.count += 1;
    }
}
