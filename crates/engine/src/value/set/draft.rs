//! A set in the making, before it has a key: the results of SUNIONSTORE and its kin.
//!
//! It is a table while it grows; [`Draft::plan`] then says what form it takes and [`Draft::settle`] moves it into its
//! record. A draft that is not settled must be freed.

use super::{Member, free_table, insert, ints, remove_from};
use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom};
use crate::value::item::{self, Item};
use crate::value::record::{Entry, Form};
use crate::value::table::{Table, Walk};

pub struct Draft {
    table: Table<Member>,
    /// Whether a member that spells no number was ever added, by which Redis says "hashtable".
    strings: bool,
    /// Most members at any time.
    high: usize,
}

/// What a draft will be in its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    pub form: Form,
    /// Bytes of the body.
    pub body: usize,
    pub large: bool,
}

impl Draft {
    pub const EMPTY: Draft = Draft { table: Table::EMPTY, strings: false, high: 0 };

    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Adds a member; whether it was new. On failure nothing has changed.
    pub fn add(&mut self, mem: &mut Arena, member: Bytes) -> Result<bool, Oom> {
        let hash = mem.hash(member);
        if self.table.find(mem, hash, member).is_some() {
            return Ok(false);
        }
        let number = insert(mem, &mut self.table, hash, member)?;
        self.strings |= !number;
        self.high = self.high.max(self.table.len());
        Ok(true)
    }

    pub fn remove(&mut self, mem: &mut Arena, member: Bytes) -> bool {
        remove_from(mem, &mut self.table, member)
    }

    /// Takes what Redis adds on its way to the result into account for the encoding.
    pub fn note(&mut self, strings: bool, high: usize) {
        self.strings |= strings;
        self.high = self.high.max(high);
    }

    /// The first member, and from a member the next; nothing may be added or removed on the way.
    pub fn first(&self, mem: &Arena) -> Option<Walk> {
        self.table.first(mem)
    }

    pub fn next(&self, mem: &Arena, at: Walk) -> Option<Walk> {
        self.table.next(mem, at)
    }

    pub fn member(&self, mem: &Arena, at: Walk) -> Bytes<'static> {
        self.table.key(mem, at.slot)
    }

    pub fn free(self, mem: &mut Arena) {
        free_table(mem, self.table, true);
    }

    pub fn plan(&self, mem: &Arena, ints_max: usize) -> Plan {
        let large = self.strings || self.high > ints_max.min(1 << 30);
        let (mut bytes, mut width, mut numbers) = (0, 2, true);
        let mut walk = self.table.first(mem);
        while let Some(at) = walk {
            match self.table.key(mem, at.slot) {
                Bytes::Int(value) => {
                    width = width.max(ints::width_of(value));
                    bytes += Item::Int(value).len();
                }
                _ => {
                    numbers = false;
                    bytes += item::encoded_len(mem.tail(self.table.get(mem, at.slot)));
                }
            }
            if bytes > PACKED_BYTES_MAX && (!numbers || self.len() * width >= PACKED_BYTES_MAX) {
                break;
            }
            walk = self.table.next(mem, at);
        }
        if walk.is_none() && numbers && self.len() * width < PACKED_BYTES_MAX {
            Plan { form: Form::SetInts, body: 1 + self.len() * width, large }
        } else if walk.is_none() && bytes <= PACKED_BYTES_MAX && large {
            Plan { form: Form::SetPacked, body: bytes, large }
        } else {
            Plan { form: Form::SetTable, body: Table::<Member>::BYTES, large }
        }
    }

    /// Moves it into a record whose body has the planned form and length.
    pub fn settle(self, mem: &mut Arena, entry: &Entry, plan: Plan) {
        entry.set_large(mem, plan.large);
        let (record, base) = (entry.record, entry.body_at());
        match plan.form {
            Form::SetInts => {
                let width = (plan.body - 1) / self.len().max(1);
                let mut numbers = [0i64; PACKED_BYTES_MAX / 2];
                let mut count = 0;
                let mut walk = self.table.first(mem);
                while let Some(at) = walk {
                    if let (Bytes::Int(value), Some(place)) = (self.table.key(mem, at.slot), numbers.get_mut(count)) {
                        *place = value;
                        count += 1;
                    }
                    walk = self.table.next(mem, at);
                }
                ints::sort(&mut numbers[..count]);
                ints::fill(entry.body_mut(mem), width, &numbers[..count]);
                free_table(mem, self.table, true);
            }
            Form::SetPacked => {
                let mut at = base;
                let mut walk = self.table.first(mem);
                while let Some(here) = walk {
                    at += match self.table.key(mem, here.slot) {
                        Bytes::Int(value) => Item::Int(value).write(mem, record, at),
                        _ => {
                            let element = self.table.get(mem, here.slot);
                            let len = item::encoded_len(mem.tail(element));
                            mem.copy(element, 0, record, at, len);
                            len
                        }
                    };
                    walk = self.table.next(mem, here);
                }
                // The strings now belong to the record.
                free_table(mem, self.table, false);
            }
            _ => self.table.store(mem, record, base),
        }
    }
}
