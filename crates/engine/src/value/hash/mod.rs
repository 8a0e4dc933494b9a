//! Hashes: pairs in a row in the record, in the order of their insertion, then a table of pairs.
//!
//! A hash that Redis would keep in a listpack keeps its order in a table too: behind each pair stands its number in the
//! order, and the body ends in the next number. That is given up with the name "listpack", or at ORDERED_MAX fields.
//!
//! Which of the two it is depends on bytes alone; whether OBJECT ENCODING says "listpack" or "hashtable" is the
//! record's flag, which the commands keep by Redis's thresholds. A hash that has become empty is the caller's to delete.
//! What is passed in must not lie in the hash itself: it may move.

pub mod iter;
pub mod pair;

use super::item;
use super::packed::{self, Needle};
use super::record::{Entry, Form};
use super::table::{Element, Hint, Table, below};
use crate::limits::{ITEM_BYTES_MAX, PACKED_BYTES_MAX};
use crate::memory::{Arena, Bytes, Oom, Ref};
pub use iter::{Iter, iter};
use pair::{Half, Parts};

/// A pair in a block of its own.
pub struct Field;

impl Element for Field {
    const EXTRA: usize = 0;
    const IMMEDIATE: bool = false;
    fn key(mem: &Arena, element: Ref) -> Bytes<'static> {
        pair::field(mem, element)
    }
}

type Fields = Table<Field>;

/// What [`set`] did: the number of fields is known only where one was added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Updated,
    Added { len: usize },
}

fn table(mem: &Arena, entry: &Entry) -> Fields {
    Table::load(mem, entry.record, entry.body_at())
}

fn is_packed(entry: &Entry) -> bool {
    entry.form() == Form::HashPacked
}

/// Fields up to which a table keeps the order of insertion.
const ORDERED_MAX: usize = 1024;
/// Bytes of a pair's number in the order.
const NUMBER: usize = 4;

/// Bytes behind each pair of a table: its number, where the table has an order.
fn number_bytes(entry: &Entry) -> usize {
    entry.body_len() - Fields::BYTES
}

/// Number of fields.
pub fn len(mem: &Arena, entry: &Entry) -> usize {
    if !is_packed(entry) {
        return table(mem, entry).len();
    }
    let body = entry.body(mem);
    if let Some(count) = pair::uniform_count(body) {
        return count;
    }
    let (mut at, mut count) = (0, 0);
    while at < body.len() {
        at = pair::parse(body, at).end;
        count += 1;
    }
    count
}

/// In a packed hash: where the field is, else how many there are.
fn find(mem: &Arena, entry: &Entry, field: Bytes) -> Result<Parts, usize> {
    let needle = Needle::new(mem, field);
    let body = entry.body(mem);
    let (mut at, mut count) = (pair::first(body), 0);
    while at < body.len() {
        let (found, parts) = pair::check(mem, body, at, &needle);
        if found {
            return Ok(parts);
        }
        at = parts.end;
        count += 1;
    }
    Err(count)
}

/// The field's value.
pub fn get(mem: &Arena, entry: &Entry, field: Bytes) -> Option<Bytes<'static>> {
    if is_packed(entry) {
        return find(mem, entry, field).ok().map(|parts| parts.value(mem, entry.record, entry.body_at()));
    }
    let table = table(mem, entry);
    let slot = table.find(mem, mem.hash(field), field)?;
    let element = table.get(mem, slot);
    Some(pair::parse_block(mem, element, 0).value(mem, element, 0))
}

/// What looking the field up in a table will read.
pub fn hint(mem: &Arena, entry: &Entry, field: Bytes) -> Hint {
    table(mem, entry).hint(mem, mem.hash(field))
}

/// Sets a field, added last or updated in its place. On failure nothing has changed.
pub fn set(mem: &mut Arena, entry: &mut Entry, field: Bytes, value: Bytes) -> Result<Outcome, Oom> {
    if !is_packed(entry) {
        return set_in_table(mem, entry, field, value);
    }
    match find(mem, entry, field) {
        Ok(parts) => {
            let half = Half::prepare(mem, value)?;
            let uniform = pair::uniform(entry.body(mem));
            if uniform.is_some_and(|codes| codes != parts.codes_with(&half)) {
                half.discard(mem);
                spell_out(mem, entry)?;
                return set(mem, entry, field, value);
            }
            let old = parts.end - parts.value_at;
            if entry.body_len() - old + half.bytes() > PACKED_BYTES_MAX {
                half.discard(mem);
                to_table(mem, entry)?;
                return set_in_table(mem, entry, field, value);
            }
            let before = parts.value(mem, entry.record, entry.body_at());
            if let Err(oom) = entry.splice(mem, parts.value_at, old, half.bytes()) {
                half.discard(mem);
                return Err(oom);
            }
            let base = entry.body_at();
            if uniform.is_none() {
                entry.body_mut(mem)[parts.at] = parts.codes_with(&half);
            }
            half.write(mem, entry.record, base + parts.value_at);
            packed::free_rope(mem, before);
            Ok(Outcome::Updated)
        }
        Err(count) => {
            // A bound first: what cannot fit needs no preparing.
            if entry.body_len() + field.len().min(9) + value.len().min(9) > PACKED_BYTES_MAX {
                to_table(mem, entry)?;
                return set_in_table(mem, entry, field, value);
            }
            let (key, half) = prepare(mem, field, value)?;
            let done = if pair::uniform(entry.body(mem)).is_some_and(|codes| codes != pair::codes(&key, &half)) {
                spell_out(mem, entry)
            } else {
                Ok(())
            };
            if let Err(oom) = done.and_then(|()| append(mem, entry, field, count, &key, &half)) {
                key.discard(mem);
                half.discard(mem);
                return Err(oom);
            }
            Ok(Outcome::Added { len: count + 1 })
        }
    }
}

/// Adds a pair to a packed hash of `count`, or to the table that it becomes. On failure nothing has changed.
fn append(mem: &mut Arena, entry: &mut Entry, field: Bytes, count: usize, key: &Half, value: &Half) -> Result<(), Oom> {
    let (at, codes) = (entry.body_len(), pair::codes(key, value));
    let uniform = is_packed(entry) && pair::uniform(entry.body(mem)).is_some();
    let bytes = if uniform { pair::uniform_bytes(codes) } else { pair::bytes(key, value) };
    if is_packed(entry) && at + bytes > PACKED_BYTES_MAX {
        to_table(mem, entry)?;
    }
    if !is_packed(entry) {
        let hash = mem.hash(field);
        return insert(mem, entry, hash, key, value);
    }
    entry.splice(mem, at, 0, bytes)?;
    let (record, base) = (entry.record, entry.body_at());
    if uniform {
        pair::write_bare(mem, record, base + at, key, value);
    } else if count == 1 && pair::may_be_uniform(codes) && entry.body(mem)[0] == codes {
        pair::begin_uniform(mem, record, base, at);
        pair::write_bare(mem, record, base + at + 1, key, value);
    } else {
        pair::write(mem, record, base + at, key, value);
    }
    Ok(())
}

/// Gives each pair of a row of equal codes its own, before a pair that differs. Where that is too long the hash becomes
/// a table. On failure nothing has changed.
fn spell_out(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let body = entry.body(mem);
    let (Some(codes), Some(count)) = (pair::uniform(body), pair::uniform_count(body)) else {
        return Ok(());
    };
    match count {
        0 => return entry.splice(mem, 0, pair::UNIFORM_HEAD, 0),
        // What is left begins with the codes.
        1 => return entry.splice(mem, 0, 1, 0),
        _ => {}
    }
    let len = entry.body_len() - pair::UNIFORM_HEAD + count;
    if len > PACKED_BYTES_MAX {
        return to_table(mem, entry);
    }
    entry.reshape(mem, Form::HashPacked, len)?;
    pair::end_uniform(mem, entry.record, entry.body_at(), codes, count);
    Ok(())
}

/// What must be reserved, in blocks and bytes, to set `pairs` fields with strings of `bytes` in all; see
/// [`packed::cost`].
pub fn cost(mem: &Arena, entry: Option<&Entry>, pairs: usize, bytes: usize) -> (usize, usize) {
    let packed = entry.filter(|entry| is_packed(entry));
    let heads = packed.and_then(|entry| pair::uniform_count(entry.body(mem))).unwrap_or(0);
    packed::cost(entry, pairs, bytes + heads)
}

fn prepare<'a>(mem: &mut Arena, field: Bytes<'a>, value: Bytes<'a>) -> Result<(Half<'a>, Half<'a>), Oom> {
    let key = Half::prepare(mem, field)?;
    match Half::prepare(mem, value) {
        Ok(half) => Ok((key, half)),
        Err(oom) => {
            key.discard(mem);
            Err(oom)
        }
    }
}

fn set_in_table(mem: &mut Arena, entry: &mut Entry, field: Bytes, value: Bytes) -> Result<Outcome, Oom> {
    let table = table(mem, entry);
    let hash = mem.hash(field);
    let Some(slot) = table.find(mem, hash, field) else {
        if number_bytes(entry) > 0 && (entry.is_large(mem) || table.len() >= ORDERED_MAX) {
            // Where there is no memory for that now, the next insertion tries again.
            let _ = forget_order(mem, entry);
        }
        let (key, half) = prepare(mem, field, value)?;
        if let Err(oom) = insert(mem, entry, hash, &key, &half) {
            key.discard(mem);
            half.discard(mem);
            return Err(oom);
        }
        return Ok(Outcome::Added { len: table.len() + 1 });
    };
    let half = Half::prepare(mem, value)?;
    let mut element = table.get(mem, slot);
    let parts = pair::parse_block(mem, element, 0);
    let before = parts.value(mem, element, 0);
    let number_bytes = number_bytes(entry);
    let number = if number_bytes > 0 { mem.u32_at(element, parts.end) } else { 0 };
    let end = parts.value_at + half.bytes();
    match mem.resize(element, parts.end + number_bytes, end + number_bytes) {
        Ok(moved) => {
            if moved != element {
                table.set(mem, slot, moved);
                element = moved;
            }
        }
        Err(oom) => {
            half.discard(mem);
            return Err(oom);
        }
    }
    mem.set_u8(element, 0, parts.codes_with(&half));
    half.write(mem, element, parts.value_at);
    if number_bytes > 0 {
        mem.set_u32(element, end, number);
    }
    packed::free_rope(mem, before);
    Ok(Outcome::Updated)
}

/// Adds a field that is not there to a table.
fn insert(mem: &mut Arena, entry: &Entry, hash: u64, key: &Half, value: &Half) -> Result<(), Oom> {
    let mut table = table(mem, entry);
    let end = pair::bytes(key, value);
    let bytes = end + number_bytes(entry);
    let element = mem.alloc(bytes)?;
    pair::write(mem, element, 0, key, value);
    if let Err(oom) = table.insert(mem, hash, element) {
        mem.free(element, bytes);
        return Err(oom);
    }
    if bytes > end {
        let next = entry.body_at() + Fields::BYTES;
        let number = mem.u32_at(entry.record, next);
        mem.set_u32(element, end, number);
        mem.set_u32(entry.record, next, number.wrapping_add(1));
    }
    table.store(mem, entry.record, entry.body_at());
    Ok(())
}

/// Makes the packed hash a table; its strings move as they are. On failure nothing has changed.
fn to_table(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let number_bytes = if entry.is_large(mem) { 0 } else { NUMBER };
    let mut table = Fields::EMPTY;
    let mut at = pair::first(entry.body(mem));
    let mut done = Ok(());
    while at < entry.body_len() && done.is_ok() {
        let (base, parts) = (entry.body_at(), pair::parse(entry.body(mem), at));
        let bytes = 1 + parts.end - parts.field_at;
        let hash = mem.hash(parts.field(mem, entry.record, base));
        done = mem.alloc(bytes + number_bytes).and_then(|element| {
            mem.set_u8(element, 0, parts.codes);
            mem.copy(entry.record, base + parts.field_at, element, 1, bytes - 1);
            if number_bytes > 0 {
                mem.set_u32(element, bytes, table.count);
            }
            table.insert(mem, hash, element).map(|_| ()).inspect_err(|_| mem.free(element, bytes + number_bytes))
        });
        at = parts.end;
    }
    if done.is_ok() {
        done = entry.reshape(mem, Form::HashTable, Fields::BYTES + number_bytes);
    }
    match done {
        Ok(()) => {
            if number_bytes > 0 {
                mem.set_u32(entry.record, entry.body_at() + Fields::BYTES, table.count);
            }
            table.store(mem, entry.record, entry.body_at());
        }
        // The strings still belong to the packed hash.
        Err(Oom) => free_table(mem, table, number_bytes, false),
    }
    done
}

/// Makes an ordered table one without order. On failure nothing has changed.
fn forget_order(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    let (ordered, mut plain) = (table(mem, entry), Fields::EMPTY);
    let mut done = Ok(());
    let mut walk = ordered.first(mem);
    while let Some(at) = walk.filter(|_| done.is_ok()) {
        let from = ordered.get(mem, at.slot);
        let bytes = pair::parse_block(mem, from, 0).end;
        let hash = mem.hash(pair::field(mem, from));
        done = mem.alloc(bytes).and_then(|element| {
            mem.copy(from, 0, element, 0, bytes);
            plain.insert(mem, hash, element).map(|_| ()).inspect_err(|_| mem.free(element, bytes))
        });
        walk = ordered.next(mem, at);
    }
    if done.is_ok() {
        done = entry.reshape(mem, Form::HashTable, Fields::BYTES);
    }
    match done {
        Ok(()) => {
            plain.store(mem, entry.record, entry.body_at());
            free_table(mem, ordered, NUMBER, false);
        }
        Err(Oom) => free_table(mem, plain, 0, false),
    }
    done
}

fn free_table(mem: &mut Arena, mut table: Fields, number_bytes: usize, strings: bool) {
    table.free(mem, |mem, element| free_element(mem, element, number_bytes, strings));
}

fn free_element(mem: &mut Arena, element: Ref, number_bytes: usize, strings: bool) {
    let parts = pair::parse_block(mem, element, 0);
    if strings {
        for at in parts.items().into_iter().flatten() {
            item::release(mem, element, at);
        }
    }
    mem.free(element, parts.end + number_bytes);
}

/// Takes a field out; whether it was there. On failure nothing has changed.
pub fn remove(mem: &mut Arena, entry: &mut Entry, field: Bytes) -> Result<bool, Oom> {
    if is_packed(entry) {
        let Ok(parts) = find(mem, entry, field) else {
            return Ok(false);
        };
        let base = entry.body_at();
        let owned = [parts.field(mem, entry.record, base), parts.value(mem, entry.record, base)];
        entry.splice(mem, parts.at, parts.end - parts.at, 0)?;
        for bytes in owned {
            packed::free_rope(mem, bytes);
        }
        return Ok(true);
    }
    let mut table = table(mem, entry);
    let hash = mem.hash(field);
    let Some(slot) = table.find(mem, hash, field) else {
        return Ok(false);
    };
    let element = table.get(mem, slot);
    table.remove(mem, hash, slot);
    table.store(mem, entry.record, entry.body_at());
    free_element(mem, element, number_bytes(entry), true);
    Ok(true)
}

fn read_element(mem: &Arena, element: Ref) -> (Bytes<'static>, Bytes<'static>) {
    let parts = pair::parse_block(mem, element, 0);
    (parts.field(mem, element, 0), parts.value(mem, element, 0))
}

/// Visits the pairs of one step of a scan; returns the next cursor, 0 at the end. What Redis would keep in a listpack
/// is seen in one step, however it lies here.
pub fn scan(mem: &Arena, entry: &Entry, cursor: u64, mut visit: impl FnMut(Bytes<'static>, Bytes<'static>)) -> u64 {
    if is_packed(entry) || !entry.is_large(mem) {
        let mut walk = iter(mem, entry);
        while let Some((field, value)) = walk.next(mem, entry) {
            visit(field, value);
        }
        return 0;
    }
    let table = table(mem, entry);
    table.scan(mem, cursor, &mut |slot| {
        let (field, value) = read_element(mem, table.get(mem, slot));
        visit(field, value);
    })
}

/// A pair chosen with equal chances.
pub fn random(mem: &Arena, entry: &Entry, mut random: impl FnMut() -> u32) -> Option<(Bytes<'static>, Bytes<'static>)> {
    if is_packed(entry) {
        let count = len(mem, entry);
        let mut left = below(random(), count as u32);
        let mut walk = iter(mem, entry);
        while left > 0 {
            walk.next(mem, entry);
            left -= 1;
        }
        return walk.next(mem, entry);
    }
    let table = table(mem, entry);
    let slot = table.random(mem, random)?;
    Some(read_element(mem, table.get(mem, slot)))
}

/// Frees some of all but the record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &Entry, from: u32, blocks: &mut usize) -> Option<u32> {
    if !is_packed(entry) {
        let number_bytes = number_bytes(entry);
        let free = |mem: &mut Arena, element, _: &mut _| free_element(mem, element, number_bytes, true);
        return table(mem, entry).free_some(mem, from, blocks, free);
    }
    let mut at = pair::first(entry.body(mem));
    while at < entry.body_len() {
        let parts = pair::parse(entry.body(mem), at);
        for item_at in parts.items().into_iter().flatten() {
            item::release(mem, entry.record, entry.body_at() + item_at);
        }
        at = parts.end;
    }
    None
}

/// Bytes of the arena it takes beside its record.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    let mut total = 0;
    if is_packed(entry) {
        let mut at = pair::first(entry.body(mem));
        while at < entry.body_len() {
            let parts = pair::parse(entry.body(mem), at);
            total += bytes_beside(mem, entry.record, entry.body_at(), &parts);
            at = parts.end;
        }
        return total;
    }
    let table = table(mem, entry);
    let mut walk = table.first(mem);
    while let Some(at) = walk {
        let element = table.get(mem, at.slot);
        let parts = pair::parse_block(mem, element, 0);
        total += Arena::block_bytes(parts.end + number_bytes(entry)) + bytes_beside(mem, element, 0, &parts);
        walk = table.next(mem, at);
    }
    total + table.bytes_used(mem)
}

fn bytes_beside(mem: &Arena, block: Ref, base: usize, parts: &Parts) -> usize {
    parts.items().into_iter().flatten().map(|at| item::bytes_beside(mem, block, base + at)).sum()
}

/// One bounded step of moving its blocks out of sparse pages; returns where to go on, 0 at the end.
pub fn compact(mem: &mut Arena, entry: &Entry, step: u32) -> Result<u32, Oom> {
    if is_packed(entry) {
        let mut at = pair::first(entry.body(mem));
        while at < entry.body_len() {
            let parts = pair::parse(entry.body(mem), at);
            for item_at in parts.items().into_iter().flatten() {
                item::compact(mem, entry.record, entry.body_at() + item_at)?;
            }
            at = parts.end;
        }
        return Ok(0);
    }
    let mut table = table(mem, entry);
    let mut n = 0;
    while let Some(slot) = table.in_bucket(mem, step, n) {
        let mut element = table.get(mem, slot);
        let parts = pair::parse_block(mem, element, 0);
        let bytes = parts.end + number_bytes(entry);
        if mem.wants_move(element, bytes) {
            element = mem.relocate(element, bytes)?;
            table.set(mem, slot, element);
        }
        for at in parts.items().into_iter().flatten() {
            item::compact(mem, element, at)?;
        }
        n += 1;
    }
    let moved = table.compact_bucket(mem, step);
    table.store(mem, entry.record, entry.body_at());
    moved?;
    Ok(if step + 1 < table.buckets { step + 1 } else { 0 })
}

/// Copies all pairs into another, empty hash. On failure the copy is incomplete: the caller releases it.
pub fn copy(mem: &mut Arena, from: &Entry, to: &mut Entry) -> Result<(), Oom> {
    let mut walk = iter(mem, from);
    while let Some((field, value)) = walk.next(mem, from) {
        set(mem, to, field, value)?;
    }
    Ok(())
}

const _: () = assert!(2 * (ITEM_BYTES_MAX + 2) < crate::limits::BLOCK_BYTES_MAX, "a pair is one block");

#[cfg(test)]
mod tests;
