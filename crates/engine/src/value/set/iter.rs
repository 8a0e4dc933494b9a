//! The walk over a set's members.
//!
//! What Redis keeps as an intset is walked in ascending order even where it lies in a table here: the table is searched
//! for the next few numbers, again and again, in constant memory. Sets that a changed set-max-intset-entries lets grow
//! beyond that are walked as they lie.

use super::{Members, ints, table};
use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes};
use crate::value::packed;
use crate::value::record::{Entry, Form};
use crate::value::table::Walk;

/// Numbers found by one search.
const FOUND_MAX: usize = 64;
/// Most members for which the searches, one for each FOUND_MAX of them, are worth the order.
const SORTED_MAX: usize = if PACKED_BYTES_MAX < 1024 { 512 } else { 4096 };

/// A walk over all members, ended by any change of the set.
#[derive(Clone, Copy)]
pub struct Iter {
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    /// Offset, or number, of the next member.
    At(usize),
    Table(Option<Walk>),
    Sorted(Sorted),
}

pub fn iter(mem: &Arena, entry: &Entry) -> Iter {
    if entry.form() != Form::SetTable {
        return Iter { place: Place::At(0) };
    }
    let table = table(mem, entry);
    if !entry.is_large(mem) && table.len() <= SORTED_MAX {
        return Iter { place: Place::Sorted(Sorted::START) };
    }
    Iter { place: Place::Table(table.first(mem)) }
}

impl Iter {
    pub fn next(&mut self, mem: &Arena, entry: &Entry) -> Option<Bytes<'static>> {
        match &mut self.place {
            Place::At(at) if entry.form() == Form::SetInts => {
                let body = entry.body(mem);
                if *at >= ints::len(body) {
                    return None;
                }
                *at += 1;
                Some(Bytes::Int(ints::get(body, *at - 1)))
            }
            Place::At(at) => {
                let (member, behind) = packed::next(mem, entry, *at)?;
                *at = behind;
                Some(member)
            }
            Place::Table(walk) => {
                let at = (*walk)?;
                let table = table(mem, entry);
                *walk = table.next(mem, at);
                Some(table.key(mem, at.slot))
            }
            Place::Sorted(sorted) => sorted.next(mem, &table(mem, entry)).map(Bytes::Int),
        }
    }
}

/// The least numbers above the last one given out.
#[derive(Clone, Copy)]
struct Sorted {
    found: [i64; FOUND_MAX],
    count: usize,
    at: usize,
    last: Option<i64>,
}

impl Sorted {
    const START: Sorted = Sorted { found: [0; FOUND_MAX], count: 0, at: 0, last: None };

    fn next(&mut self, mem: &Arena, table: &Members) -> Option<i64> {
        if self.at == self.count {
            self.search(mem, table);
        }
        let number = *self.found[..self.count].get(self.at)?;
        self.at += 1;
        self.last = Some(number);
        Some(number)
    }

    fn search(&mut self, mem: &Arena, table: &Members) {
        (self.at, self.count) = (0, 0);
        let mut walk = table.first(mem);
        while let Some(here) = walk {
            if let Bytes::Int(number) = table.key(mem, here.slot)
                && self.last.is_none_or(|last| number > last)
            {
                self.keep(number);
            }
            walk = table.next(mem, here);
        }
    }

    /// Puts the number at its place among those found, if it is one of the least.
    fn keep(&mut self, number: i64) {
        if self.count == FOUND_MAX {
            if number > self.found[FOUND_MAX - 1] {
                return;
            }
            self.count -= 1;
        }
        let place = self.found[..self.count].partition_point(|&other| other < number);
        self.found.copy_within(place..self.count, place + 1);
        self.found[place] = number;
        self.count += 1;
    }
}
