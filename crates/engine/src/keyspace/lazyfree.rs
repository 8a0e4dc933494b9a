//! Freeing in steps. A long value, or a flushed keyspace, is detached in one step and freed in bounded ones: by ticks,
//! by a shell that has time (`Engine::handle_idle`), and before anything is refused for want of memory. What one step
//! can free is freed at once. Not here: how values are freed (`value::release_some`).
//!
//! ```text
//! grave   next:4 | from:4 | what:4 | record:4                     a value, in a record without a key
//!                                  | root:4 buckets:4 count:4     a table of keys
//! ```
//! A grave is made after the first step has freed blocks, so there is room for it; where there is none all the same,
//! the rest is freed at once.

use super::Database;
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Bytes, Oom, Ref};
use crate::server::Server;
use crate::value;
use crate::value::record::{self, Entry, Record};
use crate::value::table::{Slot, Table};

/// Blocks freed in one step, about.
const STEP_BLOCKS: usize = 1024;
/// Steps of a tick, for shells that never have time.
const STEPS_TICK: usize = 64;
/// Pages that input finds available, beside what it brings, as long as something waits to be freed. As many steps as
/// that takes: neighbours in a page are deleted at different times, so whole pages may come late.
const PAGES_LOW: usize = 64;
/// Redis's LAZYFREE_THRESHOLD: only a collection of more elements is worth its background thread, and counts.
const ELEMENTS_COUNTED: usize = 64;

const NEXT: usize = 0;
const FROM: usize = 4;
const WHAT: usize = 8;
const OF: usize = 12;
const GRAVE_BYTES: usize = OF + Table::<Record>::BYTES;
/// A value that `lazyfree_pending_objects` and `lazyfreed_objects` do not count: Redis frees it at once.
const VALUE: u32 = 0;
const VALUE_COUNTED: u32 = 1;
const KEYSPACE: u32 = 2;
const KEYSPACE_COUNTED: u32 = 3;

/// Why something is freed, which decides whether Redis would free it in the background.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// UNLINK, FLUSHALL ASYNC.
    Asked,
    /// DEL.
    Del,
    /// FLUSHALL and FLUSHDB without a word.
    Flush,
    /// The server's own: a value is overwritten, a collection became empty.
    Server,
    Expired,
    Evicted,
    /// FLUSHALL SYNC, DEBUG RELOAD.
    Sync,
}

impl Cause {
    /// Whether it is the background's work by the settings.
    fn is_lazy(self, server: &Server) -> bool {
        let name = match self {
            Cause::Asked => return true,
            Cause::Sync => return false,
            Cause::Del => "lazyfree-lazy-user-del",
            Cause::Flush => "lazyfree-lazy-user-flush",
            Cause::Server => "lazyfree-lazy-server-del",
            Cause::Expired => "lazyfree-lazy-expire",
            Cause::Evicted => "lazyfree-lazy-eviction",
        };
        crate::config::table::find(name.as_bytes()).is_some_and(|index| server.values.numbers[index] != 0)
    }
}

/// What is detached and not free yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Graves {
    first: Ref,
    /// Keys, and values without a key, that wait.
    pub pending: u64,
    /// The same that were freed.
    pub freed: u64,
}

impl Graves {
    pub fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Takes a value off its record, which the caller then frees or gives another. The value's first `blocks` are freed
    /// at once.
    fn take_value(&mut self, mem: &mut Arena, entry: &Entry, counted: bool, blocks: &mut usize) {
        let Some(from) = value::release_some(mem, entry, 0, blocks) else {
            self.freed += u64::from(counted);
            return;
        };
        match self.bury_value(mem, entry, from, counted) {
            Ok(()) => self.pending += u64::from(counted),
            Err(Oom) => {
                value::release_some(mem, entry, from, &mut { usize::MAX });
                self.freed += u64::from(counted);
            }
        }
    }

    fn bury_value(&mut self, mem: &mut Arena, entry: &Entry, from: u32, counted: bool) -> Result<(), Oom> {
        let record = record::create(mem, Bytes::EMPTY, entry.form(), entry.body_len())?;
        let kept = Entry::load(mem, Slot::NOWHERE, record);
        let grave = match mem.alloc(GRAVE_BYTES) {
            Ok(grave) => grave,
            Err(Oom) => {
                record::free(mem, &kept);
                return Err(Oom);
            }
        };
        mem.copy(entry.record, entry.body_at(), record, kept.body_at(), entry.body_len());
        mem.set_u32(grave, FROM, from);
        mem.set_u32(grave, WHAT, if counted { VALUE_COUNTED } else { VALUE });
        mem.set_ref(grave, OF, record);
        self.push(mem, grave);
        Ok(())
    }

    fn bury_keyspace(&mut self, mem: &mut Arena, table: Table<Record>, counted: bool) {
        self.pending += if counted { u64::from(table.count) } else { 0 };
        let Ok(grave) = mem.alloc(GRAVE_BYTES) else {
            self.free_keys(mem, table, 0, counted, &mut { usize::MAX });
            return;
        };
        mem.set_u32(grave, FROM, 0);
        mem.set_u32(grave, WHAT, if counted { KEYSPACE_COUNTED } else { KEYSPACE });
        table.store(mem, grave, OF);
        self.push(mem, grave);
    }

    fn push(&mut self, mem: &mut Arena, grave: Ref) {
        mem.set_ref(grave, NEXT, self.first);
        self.first = grave;
    }

    /// Frees about `blocks` blocks.
    fn free_some(&mut self, mem: &mut Arena, blocks: &mut usize) {
        while *blocks > 0 && !self.is_empty() {
            let grave = self.first;
            self.first = mem.ref_at(grave, NEXT);
            let (from, what) = (mem.u32_at(grave, FROM), mem.u32_at(grave, WHAT));
            // So that a grave without anything in it is a step's work, too.
            *blocks -= 1;
            let left = match what {
                KEYSPACE | KEYSPACE_COUNTED => {
                    self.free_keys(mem, Table::load(mem, grave, OF), from, what == KEYSPACE_COUNTED, blocks)
                }
                _ => self.free_value(mem, mem.ref_at(grave, OF), from, what == VALUE_COUNTED, blocks),
            };
            match left {
                Some(from) => {
                    mem.set_u32(grave, FROM, from);
                    self.push(mem, grave);
                }
                None => mem.free(grave, GRAVE_BYTES),
            }
        }
    }

    fn free_value(
        &mut self,
        mem: &mut Arena,
        record: Ref,
        from: u32,
        counted: bool,
        blocks: &mut usize,
    ) -> Option<u32> {
        let entry = Entry::load(mem, Slot::NOWHERE, record);
        let left = value::release_some(mem, &entry, from, blocks);
        if left.is_none() {
            record::free(mem, &entry);
            self.count_freed(counted);
        }
        left
    }

    /// Keys of a table; their long values get graves of their own.
    fn free_keys(
        &mut self,
        mem: &mut Arena,
        mut table: Table<Record>,
        from: u32,
        counted: bool,
        blocks: &mut usize,
    ) -> Option<u32> {
        table.free_some(mem, from, blocks, |mem, record, blocks| {
            let entry = Entry::load(mem, Slot::NOWHERE, record);
            self.take_value(mem, &entry, false, blocks);
            record::free(mem, &entry);
            self.count_freed(counted);
        })
    }

    fn count_freed(&mut self, counted: bool) {
        self.pending -= u64::from(counted);
        self.freed += u64::from(counted);
    }
}

impl Server {
    /// Removes a key.
    pub fn remove(&mut self, db: usize, entry: Entry, cause: Cause) {
        self.detach(&entry, cause);
        self.dbs[db].remove_record(&mut self.mem, entry);
    }

    /// Takes a value off its record, which must then get another or be freed.
    pub fn detach(&mut self, entry: &Entry, cause: Cause) {
        if !value::is_long(entry) {
            return value::release(&mut self.mem, entry);
        }
        let counted = value::len(&self.mem, entry) > ELEMENTS_COUNTED
            && entry.kind() != record::Type::String
            && cause.is_lazy(self);
        self.graves.take_value(&mut self.mem, entry, counted, &mut { STEP_BLOCKS });
    }

    /// Takes all keys out of a database and frees them, or leaves them to the snapshot that has still to write them;
    /// how many there were. Watches of its keys break.
    pub fn flush(&mut self, db: usize, cause: Cause) -> usize {
        let flushed = self.dbs[db];
        self.break_watches_of_db(db, None);
        let counted = cause.is_lazy(self);
        if self.is_db_unsaved(db) && self.keep_for_save(flushed, counted) {
            self.dbs[db] = flushed.emptied();
            return flushed.len();
        }
        self.dbs[db] = flushed.emptied();
        self.bury(flushed, counted);
        flushed.len()
    }

    /// Frees a keyspace that nobody can reach any more.
    pub fn bury(&mut self, db: Database, counted: bool) {
        if !db.is_empty() {
            self.graves.bury_keyspace(&mut self.mem, db.table, counted);
            self.free_step();
        }
    }

    /// One step; false where nothing waits.
    pub fn free_step(&mut self) -> bool {
        let waits = !self.graves.is_empty();
        self.graves.free_some(&mut self.mem, &mut { STEP_BLOCKS });
        waits
    }
}

/// Background share.
pub fn tick(server: &mut Server) {
    for _ in 0..STEPS_TICK {
        if !server.free_step() {
            return;
        }
    }
}

/// Before input of so many bytes is taken.
pub fn gate(server: &mut Server, bytes: usize) {
    make_room(server, PAGES_LOW + bytes / PAGE_BYTES);
}

/// Frees until so many pages are available, or nothing waits; whether that gave any.
pub fn make_room(server: &mut Server, pages: usize) -> bool {
    let before = server.mem.pages_available();
    while server.mem.pages_available() < pages && server.free_step() {}
    server.mem.pages_available() > before
}
