//! The encodings: how values lie in the arena. Knows `memory`; knows nothing of clients or commands.

pub mod hash;
pub mod hll;
pub mod item;
pub mod list;
pub mod packed;
pub mod record;
pub mod set;
pub mod stream;
pub mod string;
pub mod table;
pub mod zset;

use crate::memory::{Arena, Bytes, Oom};
use record::{Entry, Form, Type};
use table::Hint;

/// Frees what a value holds beside its key's record.
pub fn release(mem: &mut Arena, entry: &Entry) {
    release_some(mem, entry, 0, &mut { usize::MAX });
}

/// Frees about `blocks` blocks of a value beside its key's record, from `from` on (0 at first; an element of a
/// collection, or all of a packed one, is freed whole). Where to go on, which is all that may still be done with the
/// value; `None`: nothing is left.
pub fn release_some(mem: &mut Arena, entry: &Entry, from: u32, blocks: &mut usize) -> Option<u32> {
    match entry.kind() {
        Type::String => string::release_some(mem, entry, from, blocks),
        Type::List => list::release_some(mem, entry, blocks),
        Type::Set => set::release_some(mem, entry, from, blocks),
        Type::Zset => zset::release_some(mem, entry, from, blocks),
        Type::Hash => hash::release_some(mem, entry, from, blocks),
        Type::Stream => stream::release_some(mem, entry, blocks),
    }
}

/// What looking this element up will read, where the value keeps its elements in a table.
pub fn hint(mem: &Arena, entry: &Entry, element: Bytes) -> Option<Hint> {
    match entry.form() {
        Form::HashTable => Some(hash::hint(mem, entry, element)),
        Form::SetTable => Some(set::hint(mem, entry, element)),
        Form::ZsetTree => Some(zset::hint(mem, entry, element)),
        _ => None,
    }
}

/// Whether a value holds blocks beside its record in an order of their own, as many as it likes.
pub fn is_long(entry: &Entry) -> bool {
    matches!(
        entry.form(),
        Form::StringRope | Form::HashTable | Form::SetTable | Form::ZsetTree | Form::ListChunks | Form::Stream
    )
}

/// OBJECT ENCODING, in Redis 7.0's words.
pub fn encoding(mem: &Arena, entry: &Entry) -> &'static str {
    let large = entry.is_large(mem);
    match entry.kind() {
        Type::String => string::encoding(mem, entry),
        Type::List => "quicklist",
        Type::Set => {
            if large {
                "hashtable"
            } else {
                "intset"
            }
        }
        Type::Zset => {
            if large {
                "skiplist"
            } else {
                "listpack"
            }
        }
        Type::Hash => {
            if large {
                "hashtable"
            } else {
                "listpack"
            }
        }
        Type::Stream => "stream",
    }
}

/// Bytes of the arena a value takes, with its key's record and its share of the table of keys.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    let beside = match entry.kind() {
        Type::String => string::bytes_used(mem, entry),
        Type::List => list::bytes_used(mem, entry),
        Type::Set => set::bytes_used(mem, entry),
        Type::Zset => zset::bytes_used(mem, entry),
        Type::Hash => hash::bytes_used(mem, entry),
        Type::Stream => stream::bytes_used(mem, entry),
    };
    let key = match entry.key(mem) {
        Bytes::Rope(rope) => rope.bytes_used(mem),
        _ => 0,
    };
    Arena::block_bytes(entry.record_bytes()) + table::SLOT_BYTES + key + beside
}

/// Form and body length of an empty value into which [`copy`] can copy this one.
pub fn empty_like(mem: &Arena, from: &Entry) -> (Form, usize) {
    match from.kind() {
        Type::String => string::shape_of(mem, from),
        Type::List => (Form::ListPacked, 1),
        Type::Set if from.form() == Form::SetInts => (Form::SetInts, 0),
        Type::Set => (Form::SetPacked, 0),
        Type::Zset => (Form::ZsetPacked, 0),
        Type::Hash => (Form::HashPacked, 0),
        Type::Stream => (Form::Stream, stream::Stream::BYTES),
    }
}

/// Copies a value into a record just created with [`empty_like`]. On failure the copy is incomplete but can be
/// released.
pub fn copy(mem: &mut Arena, from: &Entry, to: &mut Entry) -> Result<(), Oom> {
    match from.kind() {
        Type::String => string::fill(mem, to, string::Source::Copy(string::read(mem, from)))?,
        Type::List => {
            to.body_mut(mem)[0] = 0;
            let mut walk = list::iter(mem, from);
            while let Some(bytes) = walk.next(mem) {
                let item = item::Item::prepare(mem, bytes)?;
                if let Err(oom) = list::push(mem, to, list::End::Tail, &item) {
                    item.discard(mem);
                    return Err(oom);
                }
            }
        }
        Type::Set => set::copy(mem, from, to)?,
        Type::Zset => zset::copy(mem, from, to)?,
        Type::Hash => hash::copy(mem, from, to)?,
        Type::Stream => stream::copy(mem, from, to)?,
    }
    to.set_large(mem, from.is_large(mem));
    Ok(())
}

/// Number of elements: LLEN, SCARD, ZCARD, HLEN, XLEN; of a string its length.
pub fn len(mem: &Arena, entry: &Entry) -> usize {
    match entry.kind() {
        Type::String => string::len(mem, entry),
        Type::List => list::len(mem, entry),
        Type::Set => set::len(mem, entry),
        Type::Zset => zset::len(mem, entry),
        Type::Hash => hash::len(mem, entry),
        Type::Stream => stream::len(mem, entry),
    }
}
