//! Active expiry: keys whose time is over and that nobody asks for. A bucket of the table knows a lower bound of its
//! earliest expiry, so that buckets in which nothing can have expired are passed over.

use super::{bound_of, lower_bound};
use crate::limits::DATABASES_MAX;
use crate::memory::Arena;
use crate::server::Server;
use crate::value::record::{Entry, Record};
use crate::value::table::Table;

/// Buckets looked at and keys deleted in one tick, at effort 1.
const BUCKETS: u32 = 4096;
const KEYS: u32 = 1000;

/// Where the walk stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    db: usize,
    bucket: u32,
}

/// One tick's share of the work. Bounded by steps, never by time.
pub fn tick(server: &mut Server) {
    if !server.active_expire || !server.config.active_expire || server.paused_writes() {
        return;
    }
    let effort = server.config.active_expire_effort.max(1);
    let (mut buckets, mut keys) = (BUCKETS * effort, KEYS * effort);
    let mut idle = 0;
    while buckets > 0 && keys > 0 && idle < DATABASES_MAX {
        let cursor = server.expire_cursor;
        let db = &server.dbs[cursor.db];
        if db.volatile == 0 || cursor.bucket >= db.table.buckets {
            server.expire_cursor = Cursor { db: (cursor.db + 1) % DATABASES_MAX, bucket: 0 };
            idle += 1;
            continue;
        }
        if db.volatile > 0 {
            idle = 0;
        }
        buckets -= 1;
        let before = keys;
        if expire_bucket(server, cursor.db, cursor.bucket, &mut keys) {
            server.expire_cursor.bucket += 1;
        }
        // A whole round in which nothing was due ends the tick.
        if before == keys && server.expire_cursor.bucket >= server.dbs[cursor.db].table.buckets {
            idle += 1;
        }
    }
    if keys == 0 {
        server.stats.expired_time_cap_reached += 1;
    }
}

/// Deletes what is due in one bucket; true when it is done.
fn expire_bucket(server: &mut Server, db: usize, bucket: u32, keys: &mut u32) -> bool {
    let now_ms = server.now.wall_ms;
    let table = server.dbs[db].table;
    let bound = match table.bucket_extra(&mut server.mem, bucket).first_chunk::<4>() {
        Some(raw) => u32::from_le_bytes(*raw),
        None => return true,
    };
    if bound > bound_of(now_ms) {
        return true;
    }
    loop {
        let mut earliest = u32::MAX;
        let due = find_due(&server.mem, &server.dbs[db].table, bucket, now_ms, &mut earliest);
        match due {
            Some(_) if *keys == 0 => return false,
            Some(entry) => {
                *keys -= 1;
                if !server.expire(db, entry) {
                    // Again when the snapshot has passed: the bound stays.
                    return true;
                }
            }
            None => {
                let table = server.dbs[db].table;
                if let Some(raw) = table.bucket_extra(&mut server.mem, bucket).first_chunk_mut::<4>() {
                    *raw = earliest.to_le_bytes();
                }
                return true;
            }
        }
    }
}

fn find_due(mem: &Arena, table: &Table<Record>, bucket: u32, now_ms: i64, earliest: &mut u32) -> Option<Entry> {
    let mut due = None;
    table.visit_bucket(mem, bucket, |slot| {
        let entry = Entry::load(mem, slot, table.get(mem, slot));
        if let Some(at_ms) = entry.expire_at_ms(mem) {
            *earliest = (*earliest).min(bound_of(at_ms));
            if at_ms < now_ms {
                due = Some(entry);
            }
        }
    });
    due
}

/// The clock was set for the first time, by a step: what was counted from it moves along, so that a span keeps its
/// length. All at once, since no command may find the new time beside an old expiry: it is once in a start, one pass
/// over the keys, and cannot fail. How many moved.
pub fn settle(server: &mut Server, step_ms: i64) -> u64 {
    let mut moved = 0;
    for db in server.dbs.iter().filter(|db| db.volatile > 0) {
        let (table, mem) = (db.table, &mut server.mem);
        for bucket in 0..table.buckets {
            let mut n = 0;
            while let Some(slot) = table.in_bucket(mem, bucket, n) {
                if let Some(at_ms) = db.entry(mem, slot).settle_expiry(mem, step_ms) {
                    // Only ever lowered: the bound of a bucket whose keys now expire later is found when it is due.
                    lower_bound(table.extra(mem, slot), at_ms);
                    moved += 1;
                }
                n += 1;
            }
        }
    }
    moved
}

/// INFO's avg_ttl: of a few random keys that expire.
pub fn average_ttl_ms(server: &mut Server, number: usize) -> i64 {
    let db = server.dbs[number];
    if db.volatile == 0 {
        return 0;
    }
    let now_ms = server.now.wall_ms;
    let (mut sum, mut count) = (0i64, 0i64);
    for _ in 0..16 {
        if let Some(at_ms) = super::evict::pick(server, number, true).and_then(|entry| entry.expire_at_ms(&server.mem))
        {
            sum = sum.saturating_add((at_ms - now_ms).max(0));
            count += 1;
        }
    }
    sum.checked_div(count).unwrap_or(0)
}
