//! The encodings: how values lie in the arena. Knows `memory`; knows nothing of clients or commands.

pub mod hash;
pub mod item;
pub mod list;
pub mod packed;
pub mod record;
pub mod set;
pub mod stream;
pub mod string;
pub mod table;
pub mod zset;

use crate::memory::Arena;
use record::{Entry, Type};

/// Frees what a value holds beside its key's record.
pub fn release(mem: &mut Arena, entry: &Entry) {
    match entry.kind() {
        Type::String => string::release(mem, entry),
        Type::List => list::release(mem, entry),
        Type::Set => set::release(mem, entry),
        Type::Zset => zset::release(mem, entry),
        Type::Hash => hash::release(mem, entry),
        Type::Stream => {}
    }
}
