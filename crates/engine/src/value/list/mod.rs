//! Lists: a row of items in the record while small, a chain of chunks when not.
//!
//! ```text
//! Form::ListPacked   body: count:1 | items with back lengths
//! Form::ListChunks   body: the chain's root, see `chunks`
//! ```
//! A list becomes a chain sooner than its record demands: past [`PACKED_BYTES`] moving the row for every LPUSH costs
//! more than a block's header saves. It becomes packed again when pops and trims leave a quarter of that. OBJECT
//! ENCODING knows nothing of this: every list is a "quicklist".
//!
//! Handles and iterators name bytes where they lie; they are good until the list changes. An empty list exists only
//! between its creation and the first push, or between the last removal and the caller's `delete`.

mod chunks;
mod items;
mod iter;

pub use items::Needle;
pub use iter::Iter;

use crate::limits::PACKED_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::value::item::{self, Item};
use crate::value::record::{Entry, Form};
use chunks::{Chain, Chunk};
use items::{Row, footprint};

/// Largest packed body.
const PACKED_BYTES: usize = if PACKED_BYTES_MAX < 512 { PACKED_BYTES_MAX } else { 512 };
const COUNT: usize = 1;

const _: () = assert!((PACKED_BYTES - COUNT) / 2 <= u8::MAX as usize, "an item takes two bytes, a count one");

/// An end of a list: LEFT and RIGHT of the commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Head,
    Tail,
}

/// Where an item of a list lies.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Null: in the record's body, `at` counting from its start.
    chunk: Ref,
    at: usize,
}

/// The body length to create a list with that [`start`] then gives its first item.
pub fn first_body_bytes(item: &Item) -> usize {
    let body = COUNT + footprint(item.len());
    if body <= PACKED_BYTES { body } else { COUNT }
}

/// Gives a list created as [`Form::ListPacked`] with [`first_body_bytes`] its first item.
pub fn start(mem: &mut Arena, entry: &mut Entry, item: &Item) -> Result<(), Oom> {
    let fits = entry.body_len() > COUNT;
    entry.body_mut(mem)[0] = u8::from(fits);
    if fits {
        items::write(mem, entry.record, entry.body_at() + COUNT, item);
        return Ok(());
    }
    push(mem, entry, End::Tail, item)
}

pub fn len(mem: &Arena, entry: &Entry) -> usize {
    match entry.form() {
        Form::ListChunks => mem.u32_at(entry.record, entry.body_at() + 8) as usize,
        _ => entry.body(mem)[0] as usize,
    }
}

/// Adds an item at an end. On failure nothing has changed and the item is still the caller's.
pub fn push(mem: &mut Arena, entry: &mut Entry, end: End, item: &Item) -> Result<(), Oom> {
    if entry.form() == Form::ListChunks {
        return Chain::load(mem, entry).push(mem, end, item);
    }
    let need = footprint(item.len());
    if entry.body_len() + need > PACKED_BYTES {
        let row = packed_row(mem, entry);
        return Chain::from_packed(mem, entry, &row, end, need)?.push(mem, end, item);
    }
    let at = match end {
        End::Head => COUNT,
        End::Tail => entry.body_len(),
    };
    packed_insert(mem, entry, at, item)
}

/// The item at an end.
pub fn peek(mem: &Arena, entry: &Entry, end: End) -> Option<Bytes<'static>> {
    match end {
        End::Head => iter(mem, entry).next(mem),
        End::Tail => iter_back(mem, entry).next(mem),
    }
}

/// An item taken out of a list, its rope its own. It stands on the stack for the length of one command.
#[allow(clippy::large_enum_variant)]
pub enum Taken {
    Int(i64),
    Short { bytes: [u8; crate::limits::ITEM_BYTES_MAX], len: usize },
    Long(crate::memory::Rope),
}

impl Taken {
    /// As what another list can be given; the rope goes with it.
    pub fn item(&self) -> Item<'_> {
        match self {
            Taken::Int(value) => Item::Int(*value),
            Taken::Short { bytes, len } => Item::Short(Bytes::Slice(&bytes[..*len])),
            Taken::Long(rope) => Item::Long(*rope),
        }
    }

    pub fn bytes(&self) -> Bytes<'_> {
        match self {
            Taken::Int(value) => Bytes::Int(*value),
            Taken::Short { bytes, len } => Bytes::Slice(&bytes[..*len]),
            Taken::Long(rope) => Bytes::Rope(*rope),
        }
    }
}

/// Takes an item out at an end without copying a long one; `None` of an empty list. The only item stays in its place,
/// though its rope is no longer its own: the caller deletes the key.
pub fn take(mem: &mut Arena, entry: &mut Entry, end: End) -> Result<Option<Taken>, Oom> {
    let Some(bytes) = peek(mem, entry, end) else { return Ok(None) };
    let taken = match bytes {
        Bytes::Int(value) => Taken::Int(value),
        // Made to forget its rope, so that dropping the item leaves it alone.
        Bytes::Rope(rope) => {
            let place = match end {
                End::Head => Some(first(mem, entry)),
                End::Tail => find_index(mem, entry, len(mem, entry) - 1),
            };
            if let Some(place) = place {
                disown(mem, entry, place);
            }
            Taken::Long(rope)
        }
        short => {
            let mut bytes = [0; crate::limits::ITEM_BYTES_MAX];
            let len = mem.view(short).copy_to(0, &mut bytes);
            Taken::Short { bytes, len }
        }
    };
    match end {
        End::Head => trim(mem, entry, 1, 0),
        End::Tail => trim(mem, entry, 0, 1),
    }?;
    Ok(Some(taken))
}

/// The place of item number `index`.
pub fn find_index(mem: &Arena, entry: &Entry, index: usize) -> Option<Place> {
    let count = len(mem, entry);
    if index >= count {
        return None;
    }
    if entry.form() != Form::ListChunks {
        let row = packed_row(mem, entry);
        return Some(Place { chunk: Ref::NULL, at: row.seek(mem, index) - entry.body_at() });
    }
    let chain = Chain::load(mem, entry);
    let (row, within) = chain_seek(mem, &chain, index);
    Some(Place { chunk: row.block, at: row.seek(mem, within) })
}

/// The place of the first item equal to `needle`.
pub fn find(mem: &Arena, entry: &Entry, needle: &Needle) -> Option<Place> {
    let mut iter = iter(mem, entry);
    loop {
        let (place, item) = iter.next_place(mem)?;
        if needle.is(mem, item) {
            return Some(match entry.form() {
                Form::ListChunks => place,
                _ => Place { chunk: Ref::NULL, at: place.at - entry.body_at() },
            });
        }
    }
}

pub fn get(mem: &Arena, entry: &Entry, place: Place) -> Bytes<'static> {
    if place.chunk.is_null() {
        items::read(mem, entry.record, entry.body_at() + place.at)
    } else {
        items::read(mem, place.chunk, place.at)
    }
}

/// Inserts before or after the item at a place. On failure nothing has changed and the item is still the caller's.
pub fn insert(mem: &mut Arena, entry: &mut Entry, place: Place, before: bool, item: &Item) -> Result<(), Oom> {
    let mut place = place;
    if !before {
        place.at += match entry.form() {
            Form::ListChunks => {
                let row = Chunk::load(mem, place.chunk).row;
                row.next(mem, place.at) - place.at
            }
            _ => packed_footprint(mem, entry, place.at),
        };
    }
    if entry.form() != Form::ListChunks {
        let need = footprint(item.len());
        if entry.body_len() + need <= PACKED_BYTES {
            return packed_insert(mem, entry, place.at, item);
        }
        place = to_chain(mem, entry, place, need)?;
    }
    Chain::load(mem, entry).insert(mem, place.chunk, place.at, item).map(|_| ())
}

/// Replaces the item at a place. On failure nothing has changed and the item is still the caller's.
pub fn set(mem: &mut Arena, entry: &mut Entry, place: Place, item: &Item) -> Result<(), Oom> {
    let mut place = place;
    if entry.form() != Form::ListChunks {
        let (old, need) = (packed_footprint(mem, entry, place.at), footprint(item.len()));
        if entry.body_len() - old + need <= PACKED_BYTES {
            // A longer rope form than the new item's may have to be freed: after the step that can fail.
            let owned = get(mem, entry, place);
            entry.splice(mem, place.at, old, need)?;
            if let Bytes::Rope(mut rope) = owned {
                rope.free(mem);
            }
            items::write(mem, entry.record, entry.body_at() + place.at, item);
            return Ok(());
        }
        place = to_chain(mem, entry, place, need)?;
    }
    Chain::load(mem, entry).replace(mem, place.chunk, place.at, item)
}

/// Removes up to `max` items equal to `needle`, from the head on or from the tail. Returns how many.
pub fn remove(mem: &mut Arena, entry: &mut Entry, needle: &Needle, from: End, max: usize) -> Result<usize, Oom> {
    let removed = if entry.form() == Form::ListChunks {
        chain_remove(mem, &mut Chain::load(mem, entry), needle, from, max)
    } else {
        packed_remove(mem, entry, needle, from, max)?
    };
    if removed > 0 {
        pack_again(mem, entry);
    }
    Ok(removed)
}

/// Drops `front` items at the head and `back` at the tail, fewer than all together.
pub fn trim(mem: &mut Arena, entry: &mut Entry, front: usize, back: usize) -> Result<(), Oom> {
    if entry.form() != Form::ListChunks {
        return packed_trim(mem, entry, front, back);
    }
    let mut chain = Chain::load(mem, entry);
    if front + back >= chain.count {
        return Ok(());
    }
    chain.drop_items(mem, End::Head, front);
    chain.drop_items(mem, End::Tail, back);
    pack_again(mem, entry);
    Ok(())
}

/// From the head to the tail.
pub fn iter(mem: &Arena, entry: &Entry) -> Iter {
    Iter::forward(end_row(mem, entry, End::Head)).chained(entry.form() == Form::ListChunks)
}

/// From the tail to the head.
pub fn iter_back(mem: &Arena, entry: &Entry) -> Iter {
    Iter::backward(end_row(mem, entry, End::Tail)).chained(entry.form() == Form::ListChunks)
}

/// From item number `index` to the tail.
pub fn iter_from(mem: &Arena, entry: &Entry, index: usize) -> Iter {
    if entry.form() != Form::ListChunks {
        let row = packed_row(mem, entry);
        return Iter::forward_from(mem, row, index.min(row.count));
    }
    let (row, within) = chain_seek(mem, &Chain::load(mem, entry), index);
    Iter::forward_from(mem, row, within.min(row.count)).chained(true)
}

/// Frees some of all but the record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &Entry, blocks: &mut usize) -> Option<u32> {
    if entry.form() == Form::ListChunks {
        let mut chain = Chain::load(mem, entry);
        let left = chain.free_some(mem, blocks);
        chain.store(mem);
        return left.then_some(0);
    }
    let mut at = entry.body_at() + COUNT;
    let end = entry.record_bytes();
    while at < end {
        at += footprint(item::release(mem, entry.record, at));
    }
    None
}

/// Bytes of the arena it takes beyond the record.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    if entry.form() == Form::ListChunks {
        return Chain::load(mem, entry).bytes_used(mem);
    }
    let row = packed_row(mem, entry);
    let (mut total, mut at) = (0, row.start);
    while at < row.end {
        total += item::bytes_beside(mem, row.block, at);
        at = row.next(mem, at);
    }
    total
}

/// Moves `max` chunks from number `skip` on out of sparse pages (not the record). Returns the number to go on with.
pub fn compact(mem: &mut Arena, entry: &Entry, skip: usize, max: usize) -> Result<Option<usize>, Oom> {
    if entry.form() == Form::ListChunks {
        let more = Chain::load(mem, entry).compact(mem, skip, max)?;
        return Ok(if more { Some(skip + max) } else { None });
    }
    let mut at = entry.body_at() + COUNT;
    while at < entry.record_bytes() {
        at += footprint(item::compact(mem, entry.record, at)?);
    }
    Ok(None)
}

/// Blocks its items lie in: what Redis calls the nodes of a quicklist.
pub fn nodes(mem: &Arena, entry: &Entry) -> usize {
    if entry.form() != Form::ListChunks {
        return 1;
    }
    let mut count = 0;
    let mut block = Chain::load(mem, entry).head;
    while !block.is_null() {
        count += 1;
        block = chunks::Chunk::next(mem, block);
    }
    count
}

/// Bounds what pushing (or setting, inserting) these many items of so many bytes allocates: blocks, bytes.
pub fn push_bound(items: usize, bytes: usize) -> (usize, usize) {
    // A record, a chunk that grows or splits; of each long item a rope, whose last leaf may take a size of its own.
    let long = bytes / crate::limits::ITEM_BYTES_MAX;
    (8 + 3 * items.min(long), 3 * crate::limits::PAGE_BYTES + bytes + 12 * items)
}

/// The record's body as a row; positions are offsets in the record.
fn packed_row(mem: &Arena, entry: &Entry) -> Row {
    Row {
        block: entry.record,
        start: entry.body_at() + COUNT,
        end: entry.record_bytes(),
        count: entry.body(mem)[0] as usize,
    }
}

/// The row at an end; the only one of a packed list.
fn end_row(mem: &Arena, entry: &Entry, end: End) -> Row {
    if entry.form() != Form::ListChunks {
        return packed_row(mem, entry);
    }
    let chain = Chain::load(mem, entry);
    let block = match end {
        End::Head => chain.head,
        End::Tail => chain.tail,
    };
    if block.is_null() { Row { block, start: 0, end: 0, count: 0 } } else { Chunk::load(mem, block).row }
}

fn packed_footprint(mem: &Arena, entry: &Entry, at: usize) -> usize {
    let at = entry.body_at() + at;
    packed_row(mem, entry).next(mem, at) - at
}

fn packed_insert(mem: &mut Arena, entry: &mut Entry, at: usize, item: &Item) -> Result<(), Oom> {
    entry.splice(mem, at, 0, footprint(item.len()))?;
    items::write(mem, entry.record, entry.body_at() + at, item);
    let count = &mut entry.body_mut(mem)[0];
    *count = count.wrapping_add(1);
    Ok(())
}

fn packed_remove(mem: &mut Arena, entry: &mut Entry, needle: &Needle, from: End, max: usize) -> Result<usize, Oom> {
    let mut removed = 0;
    let mut at = match from {
        End::Head => COUNT,
        End::Tail => entry.body_len(),
    };
    while removed < max {
        let row = packed_row(mem, entry);
        let here = entry.body_at() + at;
        let place = match from {
            End::Head if here < row.end => at,
            End::Tail if here > row.start => row.prev(mem, here) - entry.body_at(),
            _ => break,
        };
        let item = items::read(mem, entry.record, entry.body_at() + place);
        let len = packed_footprint(mem, entry, place);
        if needle.is(mem, item) {
            entry.splice(mem, place, len, 0)?;
            if let Bytes::Rope(mut rope) = item {
                rope.free(mem);
            }
            entry.body_mut(mem)[0] -= 1;
            removed += 1;
            at = place;
        } else {
            at = match from {
                End::Head => place + len,
                End::Tail => place,
            };
        }
    }
    Ok(removed)
}

fn packed_trim(mem: &mut Arena, entry: &mut Entry, front: usize, back: usize) -> Result<(), Oom> {
    let row = packed_row(mem, entry);
    if front + back >= row.count {
        return Ok(());
    }
    let (from, to) = (row.seek(mem, front), row.seek(mem, row.count - back));
    let len = to - from;
    let smaller = Arena::block_bytes(entry.record_bytes() - (row.end - row.start - len));
    if smaller != Arena::block_bytes(entry.record_bytes()) && mem.pages_available() == 0 {
        return Err(Oom);
    }
    let mut at = row.start;
    while at < row.end {
        let next = row.next(mem, at);
        if at < from || at >= to {
            item::release(mem, row.block, at);
        }
        at = next;
    }
    mem.copy(entry.record, from, entry.record, row.start, len);
    entry.body_mut(mem)[0] = (row.count - front - back) as u8;
    entry.reshape(mem, Form::ListPacked, COUNT + len)
}

/// Makes the packed list a chain with room for `need` bytes more; returns the place in it.
fn to_chain(mem: &mut Arena, entry: &mut Entry, place: Place, need: usize) -> Result<Place, Oom> {
    let row = packed_row(mem, entry);
    let within = entry.body_at() + place.at - row.start;
    let chain = Chain::from_packed(mem, entry, &row, End::Tail, need)?;
    Ok(Place { chunk: chain.head, at: chunks::HEADER + within })
}

/// A chain of one chunk that holds little goes back into the record. Where memory is short it stays a chain.
fn pack_again(mem: &mut Arena, entry: &mut Entry) {
    if entry.form() != Form::ListChunks {
        return;
    }
    let chain = Chain::load(mem, entry);
    if chain.head != chain.tail || chain.head.is_null() {
        return;
    }
    let chunk = Chunk::load(mem, chain.head);
    if COUNT + chunk.used() > PACKED_BYTES / 4 || chunk.row.count > u8::MAX as usize {
        return;
    }
    if entry.reshape(mem, Form::ListPacked, COUNT + chunk.used()).is_err() {
        return;
    }
    entry.body_mut(mem)[0] = chunk.row.count as u8;
    mem.copy(chunk.row.block, chunk.row.start, entry.record, entry.body_at() + COUNT, chunk.used());
    chunk.free_block(mem);
}

/// The chunk that holds item number `index` and the number within it, counted from the nearer end.
fn chain_seek(mem: &Arena, chain: &Chain, index: usize) -> (Row, usize) {
    if index <= chain.count / 2 {
        let mut left = index;
        let mut row = Chunk::load(mem, chain.head).row;
        while left >= row.count {
            let next = Chunk::next(mem, row.block);
            if next.is_null() {
                break;
            }
            left -= row.count;
            row = Chunk::load(mem, next).row;
        }
        return (row, left);
    }
    let mut after = chain.count - index.min(chain.count);
    let mut row = Chunk::load(mem, chain.tail).row;
    while after > row.count {
        let prev = Chunk::prev(mem, row.block);
        if prev.is_null() {
            break;
        }
        after -= row.count;
        row = Chunk::load(mem, prev).row;
    }
    (row, row.count - after.min(row.count))
}

fn chain_remove(mem: &mut Arena, chain: &mut Chain, needle: &Needle, from: End, max: usize) -> usize {
    let mut removed = 0;
    let mut changed_before = false;
    let mut block = match from {
        End::Head => chain.head,
        End::Tail => chain.tail,
    };
    while !block.is_null() && removed < max {
        // Known before the chunk may go.
        let (prev, next) = (Chunk::prev(mem, block), Chunk::next(mem, block));
        let (gone, count) = remove_in_chunk(mem, chain, block, needle, from, max - removed);
        removed += count;
        // With the neighbour that is done with, so that what is ahead stays in its place.
        if (count > 0 || changed_before) && !gone {
            match from {
                End::Head => chain.merge(mem, prev, block),
                End::Tail => chain.merge(mem, block, next),
            }
        }
        changed_before = count > 0;
        let ahead = match from {
            End::Head => next,
            End::Tail => prev,
        };
        if removed == max {
            // Nothing is ahead any more: the last chunk, if it still is there, and what follows.
            let (left, right) = match (from, ahead.is_null()) {
                (_, true) => (Ref::NULL, Ref::NULL),
                (End::Head, _) => (Chunk::prev(mem, ahead), ahead),
                (End::Tail, _) => (ahead, Chunk::next(mem, ahead)),
            };
            chain.merge(mem, left, right);
        }
        block = ahead;
    }
    removed
}

/// Whether the chunk went with its last item, and how many were removed.
fn remove_in_chunk(
    mem: &mut Arena,
    chain: &mut Chain,
    block: Ref,
    needle: &Needle,
    from: End,
    max: usize,
) -> (bool, usize) {
    let mut removed = 0;
    let mut row = Chunk::load(mem, block).row;
    let mut at = match from {
        End::Head => row.start,
        End::Tail => row.end,
    };
    while removed < max {
        let place = match from {
            End::Head if at < row.end => at,
            End::Tail if at > row.start => row.prev(mem, at),
            _ => break,
        };
        if needle.is(mem, items::read(mem, block, place)) {
            removed += 1;
            match chain.remove(mem, block, place) {
                Some(between) => at = between,
                None => return (true, removed),
            }
            row = Chunk::load(mem, block).row;
        } else {
            at = match from {
                End::Head => row.next(mem, at),
                End::Tail => place,
            };
        }
    }
    (false, removed)
}

/// The place of the first item of a list that has one.
fn first(mem: &Arena, entry: &Entry) -> Place {
    if entry.form() == Form::ListChunks {
        let head = Chain::load(mem, entry).head;
        Place { chunk: head, at: Chunk::load(mem, head).row.start }
    } else {
        Place { chunk: Ref::NULL, at: COUNT }
    }
}

/// Makes an item that is a rope forget it: a number of the same encoded length stands in its place.
fn disown(mem: &mut Arena, entry: &Entry, place: Place) {
    let (block, at) =
        if place.chunk.is_null() { (entry.record, entry.body_at() + place.at) } else { (place.chunk, place.at) };
    Item::Int(i64::MAX).write(mem, block, at);
}

#[cfg(test)]
mod tests;
