//! Sets: sorted whole numbers or items in a row in the record, then a table of members.
//!
//! Which it is depends on bytes; whether OBJECT ENCODING says "intset" or "hashtable" is the record's flag, which `add`
//! keeps by Redis's rules. In a table a number of 32 bits stands in the place of a reference and costs nothing more. A
//! set that has become empty is the caller's to delete. What is passed in must not lie in the set itself: it may move.

pub mod draft;
pub mod ints;
pub mod iter;

use super::item::{self, Item};
use super::packed::{self, Needle};
use super::record::{Entry, Form};
use super::table::{Element, Hint, Slot, Table, below};
use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref};
pub use iter::{Iter, iter};

/// A member in a block of its own, or a number.
pub struct Member;

impl Element for Member {
    const EXTRA: usize = 0;
    const IMMEDIATE: bool = true;
    fn key(mem: &Arena, element: Ref) -> Bytes<'static> {
        item::read(mem, element, 0).0
    }
}

type Members = Table<Member>;

fn table(mem: &Arena, entry: &Entry) -> Members {
    Table::load(mem, entry.record, entry.body_at())
}

/// The form in which a new set that starts with this member is created, its body empty.
pub fn form_for(mem: &Arena, member: Bytes) -> Form {
    if item::is_int(mem, member).is_some() { Form::SetInts } else { Form::SetPacked }
}

/// Number of members.
pub fn len(mem: &Arena, entry: &Entry) -> usize {
    match entry.form() {
        Form::SetInts => ints::len(entry.body(mem)),
        Form::SetPacked => packed::count(entry.body(mem)),
        _ => table(mem, entry).len(),
    }
}

pub fn contains(mem: &Arena, entry: &Entry, member: Bytes) -> bool {
    match entry.form() {
        Form::SetInts => match item::is_int(mem, member) {
            Some(value) => ints::find(entry.body(mem), value).is_ok(),
            None => false,
        },
        Form::SetPacked => packed::find(mem, entry.body(mem), 0, &Needle::new(mem, member)).is_ok(),
        _ => table(mem, entry).find(mem, mem.hash(member), member).is_some(),
    }
}

/// What looking the member up in a table will read.
pub fn hint(mem: &Arena, entry: &Entry, member: Bytes) -> Hint {
    table(mem, entry).hint(mem, mem.hash(member))
}

/// Adds a member; whether it was new. `ints_max` is set-max-intset-entries: a set that passes it or takes a string
/// becomes large. On failure nothing has changed.
pub fn add(mem: &mut Arena, entry: &mut Entry, member: Bytes, ints_max: usize) -> Result<bool, Oom> {
    match entry.form() {
        Form::SetInts => {
            let Some(value) = item::is_int(mem, member) else {
                to_items(mem, entry)?;
                let added = add(mem, entry, member, ints_max);
                entry.set_large(mem, true);
                return added;
            };
            let body = entry.body(mem);
            let Err(at) = ints::find(body, value) else {
                return Ok(false);
            };
            let count = ints::len(body) + 1;
            if ints::fits(body, value) {
                ints::insert(mem, entry, at, value)?;
            } else {
                to_table(mem, entry)?;
                insert_in_table(mem, entry, mem.hash(member), member)?;
            }
            note_count(mem, entry, count, ints_max);
            Ok(true)
        }
        Form::SetPacked => {
            let needle = Needle::new(mem, member);
            if packed::find(mem, entry.body(mem), 0, &needle).is_ok() {
                return Ok(false);
            }
            let item = Item::prepare(mem, member)?;
            if entry.body_len() + item.len() <= PACKED_BYTES_MAX {
                if let Err(oom) = packed::append(mem, entry, &item) {
                    item.discard(mem);
                    return Err(oom);
                }
            } else {
                item.discard(mem);
                to_table(mem, entry)?;
                insert_in_table(mem, entry, mem.hash(member), member)?;
            }
            entry.set_large(mem, true);
            Ok(true)
        }
        _ => {
            let hash = mem.hash(member);
            let table = table(mem, entry);
            if table.find(mem, hash, member).is_some() {
                return Ok(false);
            }
            let number = insert_in_table(mem, entry, hash, member)?;
            if !entry.is_large(mem) {
                if number {
                    note_count(mem, entry, table.len() + 1, ints_max);
                } else {
                    entry.set_large(mem, true);
                }
            }
            Ok(true)
        }
    }
}

fn note_count(mem: &mut Arena, entry: &Entry, count: usize, ints_max: usize) {
    // Redis caps the setting at 1 << 30.
    if count > ints_max.min(1 << 30) {
        entry.set_large(mem, true);
    }
}

/// Adds a member that is not there to a table; whether it spells a number.
fn insert_in_table(mem: &mut Arena, entry: &Entry, hash: u64, member: Bytes) -> Result<bool, Oom> {
    let mut table = table(mem, entry);
    let number = insert(mem, &mut table, hash, member)?;
    table.store(mem, entry.record, entry.body_at());
    Ok(number)
}

fn insert(mem: &mut Arena, table: &mut Members, hash: u64, member: Bytes) -> Result<bool, Oom> {
    let item = Item::prepare(mem, member)?;
    if let Item::Int(value) = item
        && let Ok(value) = i32::try_from(value)
    {
        table.insert_immediate(mem, hash, value)?;
        return Ok(true);
    }
    let bytes = item.len();
    let done = mem.alloc(bytes).and_then(|element| {
        item.write(mem, element, 0);
        table.insert(mem, hash, element).inspect_err(|_| mem.free(element, bytes))
    });
    if let Err(oom) = done {
        item.discard(mem);
        return Err(oom);
    }
    Ok(matches!(item, Item::Int(_)))
}

/// Makes sorted numbers a row of items, or a table where they do not fit. On failure nothing has changed.
fn to_items(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let body = entry.body(mem);
    let count = ints::len(body);
    let bytes: usize = (0..count).map(|n| Item::Int(ints::get(body, n)).len()).sum();
    if bytes > PACKED_BYTES_MAX {
        return to_table(mem, entry);
    }
    let mut copy = [0u8; PACKED_BYTES_MAX];
    let numbers = &mut copy[..body.len()];
    numbers.copy_from_slice(body);
    entry.reshape(mem, Form::SetPacked, bytes)?;
    let mut at = 0;
    for n in 0..count {
        at += Item::Int(ints::get(numbers, n)).write(mem, entry.record, entry.body_at() + at);
    }
    Ok(())
}

/// Makes a set that lies in its record a table. On failure nothing has changed.
fn to_table(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let mut table = Members::EMPTY;
    let mut done = Ok(());
    let mut walk = iter(mem, entry);
    while let Some(member) = walk.next(mem, entry) {
        let hash = mem.hash(member);
        done = match member {
            // A rope changes its owner.
            Bytes::Rope(rope) => {
                let item = Item::Long(rope);
                mem.alloc(item.len()).and_then(|element| {
                    item.write(mem, element, 0);
                    table.insert(mem, hash, element).map(|_| ()).inspect_err(|_| mem.free(element, item.len()))
                })
            }
            member => insert(mem, &mut table, hash, member).map(|_| ()),
        };
        if done.is_err() {
            break;
        }
    }
    if done.is_ok() {
        done = entry.reshape(mem, Form::SetTable, Members::BYTES);
    }
    match done {
        Ok(()) => table.store(mem, entry.record, entry.body_at()),
        Err(Oom) => free_table(mem, table, false),
    }
    done
}

fn free_table(mem: &mut Arena, mut table: Members, strings: bool) {
    table.free(mem, |mem, element| free_element(mem, element, strings));
}

fn free_element(mem: &mut Arena, element: Ref, strings: bool) {
    let len = if strings { item::release(mem, element, 0) } else { item::encoded_len(mem.tail(element)) };
    mem.free(element, len);
}

/// Takes a member out; whether it was there. On failure nothing has changed.
pub fn remove(mem: &mut Arena, entry: &mut Entry, member: Bytes) -> Result<bool, Oom> {
    match entry.form() {
        Form::SetInts => {
            let Some(Ok(at)) = item::is_int(mem, member).map(|value| ints::find(entry.body(mem), value)) else {
                return Ok(false);
            };
            ints::remove(mem, entry, at)?;
            Ok(true)
        }
        Form::SetPacked => match packed::find(mem, entry.body(mem), 0, &Needle::new(mem, member)) {
            Ok(at) => packed::remove(mem, entry, at).map(|()| true),
            Err(_) => Ok(false),
        },
        _ => {
            let mut table = table(mem, entry);
            let removed = remove_from(mem, &mut table, member);
            table.store(mem, entry.record, entry.body_at());
            Ok(removed)
        }
    }
}

fn remove_from(mem: &mut Arena, table: &mut Members, member: Bytes) -> bool {
    let hash = mem.hash(member);
    let Some(slot) = table.find(mem, hash, member) else {
        return false;
    };
    let element = if table.immediate(mem, slot).is_some() { None } else { Some(table.get(mem, slot)) };
    table.remove(mem, hash, slot);
    if let Some(element) = element {
        free_element(mem, element, true);
    }
    true
}

/// Visits the members of one step of a scan; returns the next cursor, 0 at the end. What Redis would keep in an intset
/// is seen in one step, however it lies here.
pub fn scan(mem: &Arena, entry: &Entry, cursor: u64, mut visit: impl FnMut(Bytes<'static>)) -> u64 {
    if entry.form() != Form::SetTable || !entry.is_large(mem) {
        let mut walk = iter(mem, entry);
        while let Some(member) = walk.next(mem, entry) {
            visit(member);
        }
        return 0;
    }
    let table = table(mem, entry);
    table.scan(mem, cursor, &mut |slot| visit(table.key(mem, slot)))
}

/// A member chosen with equal chances.
pub fn random(mem: &Arena, entry: &Entry, mut random: impl FnMut() -> u32) -> Option<Bytes<'static>> {
    match entry.form() {
        Form::SetInts => {
            let body = entry.body(mem);
            let count = ints::len(body);
            if count == 0 { None } else { Some(Bytes::Int(ints::get(body, below(random(), count as u32) as usize))) }
        }
        Form::SetPacked => {
            let body = entry.body(mem);
            let at = packed::nth(body, below(random(), packed::count(body) as u32) as usize)?;
            Some(item::read(mem, entry.record, entry.body_at() + at).0)
        }
        _ => {
            let table = table(mem, entry);
            let slot = table.random(mem, random)?;
            Some(table.key(mem, slot))
        }
    }
}

/// Bytes of all members' strings.
pub fn text_bytes(mem: &Arena, entry: &Entry) -> usize {
    let mut total = 0;
    let mut walk = iter(mem, entry);
    while let Some(member) = walk.next(mem, entry) {
        total += member.len();
    }
    total
}

/// A set of which only numbers are left is "intset" again, and sorted where it fits the record. On failure nothing has
/// changed.
pub fn to_numbers(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let mut numbers = [0i64; PACKED_BYTES_MAX / 2];
    let (mut count, mut width) = (0, 2);
    let mut walk = iter(mem, entry);
    while let Some(member) = walk.next(mem, entry) {
        if let (Bytes::Int(value), Some(place)) = (member, numbers.get_mut(count)) {
            *place = value;
            width = width.max(ints::width_of(value));
        }
        count += 1;
    }
    let bytes = 1 + count * width;
    if entry.form() != Form::SetInts && bytes <= PACKED_BYTES_MAX {
        let numbers = &mut numbers[..count];
        ints::sort(numbers);
        let table = if entry.form() == Form::SetTable { table(mem, entry) } else { Members::EMPTY };
        entry.reshape(mem, Form::SetInts, bytes)?;
        ints::fill(entry.body_mut(mem), width, numbers);
        free_table(mem, table, true);
    }
    entry.set_large(mem, false);
    Ok(())
}

/// Frees some of all but the record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &Entry, from: u32, blocks: &mut usize) -> Option<u32> {
    match entry.form() {
        Form::SetInts => {}
        Form::SetPacked => packed::release(mem, entry),
        _ => {
            let free = |mem: &mut Arena, element, _: &mut _| free_element(mem, element, true);
            return table(mem, entry).free_some(mem, from, blocks, free);
        }
    }
    None
}

/// Bytes of the arena it takes beside its record.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    match entry.form() {
        Form::SetInts => 0,
        Form::SetPacked => packed::bytes_beside(mem, entry),
        _ => {
            let table = table(mem, entry);
            let mut total = table.bytes_used(mem);
            let mut walk = table.first(mem);
            while let Some(at) = walk {
                if table.immediate(mem, at.slot).is_none() {
                    let element = table.get(mem, at.slot);
                    total += Arena::block_bytes(item::encoded_len(mem.tail(element)));
                    total += item::bytes_beside(mem, element, 0);
                }
                walk = table.next(mem, at);
            }
            total
        }
    }
}

/// One bounded step of moving its blocks out of sparse pages; returns where to go on, 0 at the end.
pub fn compact(mem: &mut Arena, entry: &Entry, step: u32) -> Result<u32, Oom> {
    match entry.form() {
        Form::SetInts => return Ok(0),
        Form::SetPacked => return packed::compact(mem, entry).map(|()| 0),
        _ => {}
    }
    let mut table = table(mem, entry);
    let mut n = 0;
    while let Some(slot) = table.in_bucket(mem, step, n) {
        compact_element(mem, &table, slot)?;
        n += 1;
    }
    let moved = table.compact_bucket(mem, step);
    table.store(mem, entry.record, entry.body_at());
    moved?;
    Ok(if step + 1 < table.buckets { step + 1 } else { 0 })
}

fn compact_element(mem: &mut Arena, table: &Members, slot: Slot) -> Result<(), Oom> {
    if table.immediate(mem, slot).is_some() {
        return Ok(());
    }
    let mut element = table.get(mem, slot);
    let len = item::encoded_len(mem.tail(element));
    if mem.wants_move(element, len) {
        element = mem.relocate(element, len)?;
        table.set(mem, slot, element);
    }
    item::compact(mem, element, 0).map(|_| ())
}

/// Copies all members into another, empty set. On failure the copy is incomplete: the caller releases it.
pub fn copy(mem: &mut Arena, from: &Entry, to: &mut Entry) -> Result<(), Oom> {
    let mut walk = iter(mem, from);
    while let Some(member) = walk.next(mem, from) {
        add(mem, to, member, usize::MAX)?;
    }
    to.set_large(mem, from.is_large(mem));
    Ok(())
}

#[cfg(test)]
mod tests;
