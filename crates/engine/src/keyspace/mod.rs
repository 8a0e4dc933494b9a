//! Databases of keys, and what must happen on every access to one: expiry, eviction, watches, notifications.

pub mod access;
pub mod blocked;
pub mod compact;
pub mod cron;
pub mod evict;
pub mod expire;
pub mod lazyfree;
pub mod limits;
mod notify;
pub mod publish;
pub mod registry;
mod watch;

use crate::config::Policy;
use crate::limits::{PAGE_BYTES, RESERVE_PAGES};
use crate::memory::{Arena, Bytes, Oom};
use crate::value;
use crate::value::record::{self, Entry, Expiry, Form, Record};
use crate::value::table::{Slot, Table};

/// One numbered database. Empty it is these few bytes and nothing in the arena.
#[derive(Clone, Copy)]
pub struct Database {
    pub table: Table<Record>,
    /// Keys with an expiry.
    pub volatile: u32,
    /// Keys that the running snapshot has not written yet; see `persist::save`.
    pub unsaved: u32,
    /// The snapshot bit of records that are written, or new.
    pub epoch: bool,
    /// The database's number when the running snapshot began.
    pub origin: u8,
}

impl Database {
    pub const EMPTY: Database = Database { table: Table::EMPTY, volatile: 0, unsaved: 0, epoch: false, origin: 0 };

    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The key, expired or not.
    pub fn find(&self, mem: &Arena, key: Bytes) -> Option<Entry> {
        let slot = self.table.find(mem, mem.hash(key), key)?;
        Some(self.entry(mem, slot))
    }

    pub fn entry(&self, mem: &Arena, slot: Slot) -> Entry {
        Entry::load(mem, slot, self.table.get(mem, slot))
    }

    /// Adds a key that is not there, its body's bytes arbitrary. On failure nothing has changed.
    pub fn insert(&mut self, mem: &mut Arena, key: Bytes, form: Form, body: usize) -> Result<Entry, Oom> {
        let record = record::create(mem, key, form, body)?;
        let hash = mem.hash(key);
        match self.table.insert(mem, hash, record) {
            Ok(slot) => {
                let entry = Entry::load(mem, slot, record);
                entry.set_snapshot_epoch(mem, self.epoch);
                Ok(entry)
            }
            Err(Oom) => {
                let unused = Entry::load(mem, Slot::NOWHERE, record);
                record::free(mem, &unused);
                Err(Oom)
            }
        }
    }

    /// Removes a key with its value, at once. What clients own goes through `Server::remove`.
    pub fn remove(&mut self, mem: &mut Arena, entry: Entry) {
        value::release(mem, &entry);
        self.remove_record(mem, entry);
    }

    /// Removes a key whose value was released or taken over.
    pub fn remove_record(&mut self, mem: &mut Arena, entry: Entry) {
        if entry.expire_at_ms(mem).is_some() {
            self.volatile -= 1;
        }
        if self.is_unsaved(mem, &entry) {
            self.unsaved -= 1;
        }
        let hash = mem.hash(entry.key(mem));
        self.table.remove(mem, hash, entry.slot);
        record::free(mem, &entry);
    }

    /// Whether a snapshot has yet to write (or, given up, to pass over) this key.
    pub fn is_unsaved(&self, mem: &Arena, entry: &Entry) -> bool {
        self.unsaved > 0 && entry.snapshot_epoch(mem) != self.epoch
    }

    /// Sets or removes the expiry.
    pub fn set_expiry(&mut self, mem: &mut Arena, entry: &mut Entry, expiry: Option<Expiry>) -> Result<(), Oom> {
        let before = entry.expire_at_ms(mem);
        entry.write_expiry(mem, expiry)?;
        match (before, expiry) {
            (None, Some(_)) => self.volatile += 1,
            (Some(_), None) => self.volatile -= 1,
            _ => {}
        }
        if let Some(Expiry { at_ms, .. }) = expiry {
            lower_bound(self.table.extra(mem, entry.slot), at_ms);
        }
        Ok(())
    }

    /// What is left when its table is taken away.
    pub fn emptied(&self) -> Database {
        Database { epoch: self.epoch, origin: self.origin, ..Database::EMPTY }
    }
}

/// Refuses writes while snapshots fail (`stop-writes-on-bgsave-error`).
pub fn snapshot_gate(server: &mut crate::server::Server) -> Result<(), crate::error::Error> {
    let config = &server.config;
    if !server.save.last_failed || !config.stop_writes_on_bgsave_error || config.save_points == 0 {
        return Ok(());
    }
    Err(crate::error::Error(
        &"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that \
         may modify the data set are disabled, because this instance is configured to report errors during writes if \
         RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the \
         RDB error.",
    ))
}

/// A command found no memory though its limit is not reached: frees what waits for it, closes holes, then evicts by the
/// policy. Whether that gave anything.
pub fn make_room(server: &mut crate::server::Server) -> bool {
    let before = server.mem.pages_available();
    let want = before + 8;
    if server.save.loading {
        return lazyfree::make_room(server, want);
    }
    for _ in 0..EVICTION_ROUNDS {
        lazyfree::make_room(server, want);
        if server.mem.pages_available() < want && compact::may_gain(server, 1) {
            compact::make_room(server, want);
        }
        if server.mem.pages_available() >= want {
            break;
        }
        // As many as may leave the holes that are wanted, since each walk looks at all keys.
        let evicted = (0..EVICTED_A_ROUND_MAX)
            .take_while(|&n| {
                let missing = want.saturating_sub(server.mem.pages_available());
                (n < EVICTED_A_ROUND_MIN || !compact::may_gain(server, missing)) && evict::evict_one(server)
            })
            .count();
        if evicted == 0 {
            break;
        }
    }
    server.mem.pages_available() > before
}

const EVICTION_ROUNDS: usize = 16;
const EVICTED_A_ROUND_MIN: usize = 16;
const EVICTED_A_ROUND_MAX: usize = 256;

/// Before so many bytes of a request that comes in pieces are gathered: keys that may be evicted make room for it.
/// Where none may, the request is refused without a pass of compaction, which a full arena would have at every request.
pub fn room_to_gather(server: &mut crate::server::Server, bytes: usize) {
    let pages = RESERVE_PAGES + 4 + 2 * bytes / PAGE_BYTES;
    if server.mem.pages_available() < pages && server.config.maxmemory_policy != Policy::NoEviction {
        make_room(server);
    }
}

/// A bucket's bound: whole seconds of the unix clock, never above the earliest expiry of its keys.
pub fn bound_of(at_ms: i64) -> u32 {
    (at_ms / 1000).clamp(0, i64::from(u32::MAX) - 1) as u32
}

fn lower_bound(extra: &mut [u8], at_ms: i64) {
    if let Some(raw) = extra.first_chunk_mut::<4>() {
        *raw = u32::from_le_bytes(*raw).min(bound_of(at_ms)).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_with_and_without_expiry() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 8 << 20].into_boxed_slice()), [1, 2]);
        let mut db = Database::EMPTY;
        let keys: Vec<Vec<u8>> = [0, 1, 13, 253, 254, 255, 600, 1000, 1024, 5000]
            .iter()
            .map(|&n| (0..n).map(|i| (i * 7 + n) as u8).collect())
            .collect();
        for key in &keys {
            let entry = db.insert(&mut mem, Bytes::Slice(key), Form::StringInline, 3).unwrap();
            entry.body_mut(&mut mem).copy_from_slice(b"abc");
        }
        for at_ms in [None, Some(1_700_000_000_123), Some(-5), Some(i64::MAX), Some(0), None] {
            for key in &keys {
                let mut entry = db.find(&mem, Bytes::Slice(key)).unwrap();
                db.set_expiry(&mut mem, &mut entry, at_ms.map(Expiry::at)).unwrap();
                let entry = db.find(&mem, Bytes::Slice(key)).unwrap();
                assert_eq!(entry.expire_at_ms(&mem), at_ms);
                assert_eq!(entry.body(&mem), b"abc");
            }
            assert_eq!(db.volatile as usize, if at_ms.is_some() { keys.len() } else { 0 });
        }
        for len in [0, 127, 128, 500, 3] {
            for key in &keys {
                let mut entry = db.find(&mem, Bytes::Slice(key)).unwrap();
                entry.reshape(&mut mem, Form::StringInline, len).unwrap();
                entry.body_mut(&mut mem).fill(b'z');
                let entry = db.find(&mem, Bytes::Slice(key)).unwrap();
                assert_eq!(entry.body_len(), len);
                assert!(mem.same(entry.key(&mem), Bytes::Slice(key)));
            }
        }
        let mut table = db.table;
        table.free(&mut mem, |mem, record| {
            let entry = Entry::load(mem, Slot::NOWHERE, record);
            value::release(mem, &entry);
            record::free(mem, &entry);
        });
        assert_eq!(mem.live_bytes(), 0);
    }

    #[test]
    fn an_empty_database_is_32_bytes_at_most() {
        assert!(size_of::<Database>() <= 32);
    }
}
