//! The encodings: how values lie in the arena. Knows `memory`; knows nothing of clients or commands.

pub mod hash;
pub mod item;
pub mod list;
pub mod packed;
pub mod record;
pub mod set;
pub mod string;
pub mod table;
pub mod zset;

use crate::memory::{Arena, Rope};
use record::{Entry, Form};

/// Frees what a value holds beside its key's record.
pub fn release(mem: &mut Arena, entry: &Entry) {
    match entry.form() {
        Form::StringRope => {
            let at = entry.body_at();
            Rope { len: mem.u32_at(entry.record, at), root: mem.ref_at(entry.record, at + 4) }.free(mem);
        }
        Form::HashPacked | Form::HashTable => hash::release(mem, entry),
        Form::SetPacked | Form::SetInts | Form::SetTable => set::release(mem, entry),
        _ => {}
    }
}
