//! Appending an entry: into the last block, into a new one, or, a long one, over several.

use super::block::{self, HEAD_MAX, Head, Kind, Piece, Place, Shared};
use super::{Id, NodeLimits, Stream, edit, node};
use crate::limits::ITEM_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::Item;

/// An entry up to this length stays in one block. Longer ones fill the rest of a block first.
const WHOLE_MAX: usize = block::BLOCK_MAX / 4;

/// Adds an entry. `get` names its strings: field, value, field, value ... The id must be above `last_id`; `last_id` and
/// the counts follow. On failure nothing has changed.
pub fn append<'a>(
    mem: &mut Arena,
    stream: &mut Stream,
    id: Id,
    pairs: usize,
    get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
    limits: NodeLimits,
) -> Result<(), Oom> {
    if id <= stream.tail_id && !stream.tail.is_null() {
        // XSETID has set the last id back to before deleted entries.
        edit::drop_tombstones(mem, stream, id);
    }
    let plan = node::plan(mem, stream, id, pairs, get, limits);
    let mut entry =
        Piece { id, kind: Kind::Whole, same: false, node: plan.starts, pairs: pairs as u32, items: 0, body: 0 };
    let (tail, used) = (stream.tail, if stream.tail.is_null() { 0 } else { block::used(mem, stream.tail) });
    let written = place_entry(mem, stream, &mut entry, get);
    if written.is_err() {
        // Whatever was written goes again; the block that was last may lie elsewhere by now.
        take_back(mem, stream, tail.is_null(), used);
        return Err(Oom);
    }
    stream.tail_id = id;
    stream.last_id = id;
    stream.length += 1;
    stream.entries_added = stream.entries_added.wrapping_add(1);
    node::appended(stream, id, &plan);
    Ok(())
}

pub(super) fn place_entry<'a>(
    mem: &mut Arena,
    stream: &mut Stream,
    entry: &mut Piece,
    get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
) -> Result<(), Oom> {
    let pairs = entry.pairs as usize;
    let tail = stream.tail;
    let (mut values, mut names) = (0usize, 0usize);
    for i in 0..pairs {
        names = names.saturating_add(block::item_len(mem, get(mem, 2 * i)));
        values = values.saturating_add(block::item_len(mem, get(mem, 2 * i + 1)));
    }
    if !tail.is_null() {
        entry.same = block::shares(mem, tail, pairs, get);
        let body = if entry.same { values } else { values.saturating_add(names) };
        let place = Place { block: tail, at: block::used(mem, tail), prev: stream.tail_id };
        let head = Head::at(mem, place, entry);
        let end = place.at.saturating_add(head.len()).saturating_add(body);
        if end <= block::BLOCK_MAX {
            let tail = make_room(mem, stream, end)?;
            head.write(mem, tail, place.at);
            return write_items(mem, stream, tail, place.at + head.len(), entry, get);
        }
        if body > WHOLE_MAX {
            return write_pieces(mem, stream, entry, get);
        }
    } else if values.saturating_add(names) > WHOLE_MAX {
        return write_pieces(mem, stream, entry, get);
    }
    let made = add_block(mem, stream, entry.id, 0, Shared::Entry { pairs, get }, HEAD_MAX + values + names)?;
    entry.same = block::shares(mem, made, pairs, get);
    let place = block::first(mem, made);
    let head = Head::at(mem, place, entry);
    head.write(mem, made, place.at);
    write_items(mem, stream, made, place.at + head.len(), entry, get)
}

/// The last block with room up to `end`; a first block grows in steps, the next ones take all they may at once.
fn make_room(mem: &mut Arena, stream: &mut Stream, end: usize) -> Result<Ref, Oom> {
    let tail = stream.tail;
    let capacity = block::capacity(mem, tail);
    if end <= capacity {
        return Ok(tail);
    }
    let wanted = if stream.blocks > 1 { block::BLOCK_MAX } else { end.max(capacity + capacity / 4) };
    stream.resize_block(mem, tail, wanted)
}

fn add_block(
    mem: &mut Arena,
    stream: &mut Stream,
    base: Id,
    ordinal: u32,
    shared: Shared<'_, '_>,
    room: usize,
) -> Result<Ref, Oom> {
    if !stream.tail.is_null() {
        // The block behind is done with; a refused move to a smaller one only leaves the slack.
        let used = block::used(mem, stream.tail);
        let _ = stream.resize_block(mem, stream.tail, used);
    }
    let room = if stream.tail.is_null() { room } else { block::BLOCK_MAX };
    let shared = if let Shared::Block(_) = shared { Shared::Block(stream.tail) } else { shared };
    let made = block::create(mem, base, ordinal, shared, room)?;
    stream.link(mem, made)?;
    Ok(made)
}

/// Argument of an entry's `i`th item.
fn argument(entry: &Piece, i: usize) -> usize {
    if entry.same { 2 * i + 1 } else { i }
}

fn write_items<'a>(
    mem: &mut Arena,
    stream: &mut Stream,
    tail: Ref,
    body: usize,
    entry: &Piece,
    get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
) -> Result<(), Oom> {
    let items = entry.pairs as usize * if entry.same { 1 } else { 2 };
    let mut at = body;
    for i in 0..items {
        let bytes = get(mem, argument(entry, i));
        stream.long |= bytes.len() > ITEM_BYTES_MAX;
        match Item::prepare(mem, bytes) {
            Ok(item) => at += item.write(mem, tail, at),
            Err(Oom) => {
                stream.release_items(mem, tail, body, at);
                return Err(Oom);
            }
        }
    }
    block::set_used(mem, tail, at);
    Ok(())
}

fn write_pieces<'a>(
    mem: &mut Arena,
    stream: &mut Stream,
    entry: &mut Piece,
    get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
) -> Result<(), Oom> {
    let pairs = entry.pairs as usize;
    let first = block::item_len(mem, get(mem, argument(entry, 0)));
    let mut tail = stream.tail;
    if !tail.is_null() && block::used(mem, tail) + HEAD_MAX + first <= block::BLOCK_MAX {
        tail = stream.resize_block(mem, tail, block::BLOCK_MAX)?;
    } else {
        tail = add_block(mem, stream, entry.id, 0, Shared::Entry { pairs, get }, block::BLOCK_MAX)?;
        entry.same = block::shares(mem, tail, pairs, get);
    }
    let items = pairs * if entry.same { 1 } else { 2 };
    entry.kind = Kind::First;
    let mut at = block::used(mem, tail);
    let mut ordinal = 0;
    let mut body = 0;
    let mut count = 0;
    for i in 0..items {
        let bytes = get(mem, argument(entry, i));
        let len = block::item_len(mem, bytes);
        if body > 0 && at + len > block::BLOCK_MAX {
            ordinal += 1;
            entry.kind = Kind::More;
            let shared = Shared::Block(tail);
            tail = add_block(mem, stream, entry.id, ordinal, shared, block::BLOCK_MAX)?;
            at = block::used(mem, tail);
            body = 0;
        }
        if body == 0 {
            let place = Place { block: tail, at, prev: stream.tail_id };
            let head = match entry.kind {
                Kind::More => Head::at(mem, place, &Piece { same: false, node: false, items: 0, ..*entry }),
                _ => Head::at(mem, place, entry),
            };
            head.write(mem, tail, at);
            at += head.len();
            (body, count) = (at, 0);
            block::set_items(mem, tail, body, 0);
            block::set_used(mem, tail, at);
        }
        stream.long |= bytes.len() > ITEM_BYTES_MAX;
        at += Item::prepare(mem, bytes)?.write(mem, tail, at);
        count += 1;
        block::set_items(mem, tail, body, count);
        block::set_used(mem, tail, at);
    }
    if stream.blocks == 1 {
        let _ = stream.resize_block(mem, tail, at);
    }
    Ok(())
}

/// Takes back what a failed append wrote behind the block that was last, and in it from `used` on.
fn take_back(mem: &mut Arena, stream: &mut Stream, was_empty: bool, used: usize) {
    // New blocks begin with the new id, above that of every entry before.
    while !stream.tail.is_null() {
        let tail = stream.tail;
        let new = was_empty || block::base(mem, tail) > stream.tail_id;
        let from = if new { block::start(mem, tail) } else { used };
        stream.release(mem, tail, from, block::used(mem, tail));
        if !new {
            block::set_used(mem, tail, used);
            return;
        }
        stream.remove_block(mem, tail);
    }
}
