//! Compaction: a cursor walks the keyspace and lets every value move those of its blocks that lie in sparse pages, so
//! that space freed by one size can be used by another.

use super::Database;
use crate::limits::{DATABASES_MAX, PAGE_BYTES, RESERVE_PAGES};
use crate::memory::{Arena, Oom, Ref};
use crate::server::Server;
use crate::value::record::{Entry, Type};
use crate::value::{hash, list, set, stream, string, zset};

/// Where the walk stands: the bucket, the key in it, and the step of a large value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    db: usize,
    bucket: u32,
    index: usize,
    step: u64,
}

/// Records in one step; a step of a large value, a bucket of its table say, counts as several.
const BATCH: usize = 64;
const LARGE_STEP: usize = 16;
/// Steps a command does where memory is scarce, and a tick where it is only untidy.
const STEPS_GATE: usize = 4;
const STEPS_TICK: usize = 64;
/// The same where more than an eighth of the pages could be emptied.
const STEPS_TICK_MANY: usize = 256;
/// Pages below which commands compact before they run.
const PAGES_LOW: usize = RESERVE_PAGES + 12;
/// They do where so many pages' worth of holes may be closed.
pub const PAGES_GATE: usize = 4;

/// Before a command: where the limit is near and much of it lies in holes, some of them are closed.
pub fn gate(server: &mut Server) {
    let limit = server.config.maxmemory as usize;
    let pages = server.mem.usage().pages_used * PAGE_BYTES;
    let tight = limit > 0 && pages > limit && server.mem.slack_bytes() > limit / 32 + 16 * PAGE_BYTES;
    if tight || (are_pages_low(server) && may_gain(server, PAGES_GATE)) {
        for _ in 0..STEPS_GATE {
            // What is deleted cannot be moved, and makes most of the holes as it goes.
            if !server.free_step() {
                walk(server);
            }
        }
    }
}

/// Whether the arena is about to run out of pages.
pub fn are_pages_low(server: &Server) -> bool {
    server.mem.pages_available() < PAGES_LOW
}

/// Whether there are more holes, by so many pages, than the last walk in vain has left. A cheap look, before every
/// command at a full arena.
pub fn may_gain(server: &mut Server, pages: usize) -> bool {
    let slack = server.mem.slack_bytes();
    let holes = &mut server.compact_progress.holes;
    *holes = slack.min(*holes);
    slack > *holes + pages * PAGE_BYTES
}

/// What walks know of themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Blocks that compaction had moved when the last walk ended.
    relocations: u64,
    /// Walks in a row that moved nothing. The first may have begun amid the keys.
    vain: u32,
    /// Spare pages that cannot be won: they lie in what no walk reaches.
    stuck: usize,
    /// Bytes of holes that no walk closes.
    holes: usize,
}

/// Background share: while there are more pages that could be emptied than the work is worth. A whole walk that moves
/// nothing is the last until there are more of them.
pub fn tick(server: &mut Server) {
    let spare = server.mem.spare_pages();
    let used = server.mem.usage().pages_used;
    let progress = &mut server.compact_progress;
    progress.stuck = progress.stuck.min(spare);
    if spare <= progress.stuck + used / 64 + 1 {
        progress.vain = 0;
        return;
    }
    for _ in 0..if spare > used / 8 { STEPS_TICK_MANY } else { STEPS_TICK } {
        if walk(server) && server.compact_progress.vain > 1 {
            return;
        }
    }
}

/// A step; at the end of a walk, true, what it has done is noted.
fn walk(server: &mut Server) -> bool {
    if !step(server) {
        return false;
    }
    server.mem.prefer_full_pages();
    let relocations = server.mem.relocations();
    let progress = &mut server.compact_progress;
    progress.vain = if relocations == progress.relocations { progress.vain + 1 } else { 0 };
    progress.relocations = relocations;
    if progress.vain > 1 {
        progress.stuck = server.mem.spare_pages();
        progress.holes = server.mem.slack_bytes();
    }
    true
}

/// Walks the whole keyspace once, or until so many pages are free. For a command that found no memory: it has changed
/// nothing and is run again.
pub fn make_room(server: &mut Server, pages: usize) -> bool {
    let before = server.mem.pages_available();
    let mut wraps = 0;
    // Every key and every part of a large value once; the bound only guards against a cursor that does not advance.
    for _ in 0..1_000_000 {
        if server.mem.pages_available() >= pages || wraps > 1 {
            break;
        }
        wraps += usize::from(walk(server));
    }
    server.mem.pages_available() > before
}

/// One bounded step; true when the walk begins anew.
pub fn step(server: &mut Server) -> bool {
    let mut cursor = server.compact_cursor;
    let mut done = 0;
    let mut wrapped = false;
    while done < BATCH {
        let db = &mut server.dbs[cursor.db];
        if cursor.bucket >= db.table.buckets {
            wrapped |= cursor.db + 1 == DATABASES_MAX;
            cursor = Cursor { db: (cursor.db + 1) % DATABASES_MAX, ..Cursor::default() };
            done += 1;
            if wrapped {
                break;
            }
            continue;
        }
        let large = cursor.step != 0;
        if compact_at(db, &mut server.mem, &mut cursor, server.saver.current()).is_err() {
            // No room to move anything: what remains is left for later.
            cursor = Cursor { db: (cursor.db + 1) % DATABASES_MAX, ..Cursor::default() };
            wrapped = true;
            break;
        }
        done += if large || cursor.step != 0 { LARGE_STEP } else { 1 };
    }
    server.compact_cursor = cursor;
    wrapped
}

/// Compacts what stands at the cursor, and advances it.
fn compact_at(db: &mut Database, mem: &mut Arena, cursor: &mut Cursor, pinned: Ref) -> Result<(), Oom> {
    let Some(slot) = db.table.in_bucket(mem, cursor.bucket, cursor.index) else {
        let moved = db.table.compact_bucket(mem, cursor.bucket);
        *cursor = Cursor { db: cursor.db, bucket: cursor.bucket + 1, ..Cursor::default() };
        return moved;
    };
    let mut entry = db.entry(mem, slot);
    if entry.record == pinned {
        // A snapshot stands in the middle of it.
        cursor.index += 1;
        cursor.step = 0;
        return Ok(());
    }
    if cursor.step == 0 {
        entry.compact_record(mem)?;
    }
    if !compact_value(mem, &entry, cursor)? {
        cursor.index += 1;
        cursor.step = 0;
    }
    Ok(())
}

/// One step of a value; whether there are more.
fn compact_value(mem: &mut Arena, entry: &Entry, cursor: &mut Cursor) -> Result<bool, Oom> {
    let step = cursor.step;
    let small = u32::try_from(step).unwrap_or(0);
    cursor.step = match entry.kind() {
        Type::String => {
            string::compact(mem, entry)?;
            0
        }
        Type::List => list::compact(mem, entry, step as usize, 16)?.unwrap_or(0) as u64,
        Type::Hash => u64::from(hash::compact(mem, entry, small)?),
        Type::Set => u64::from(set::compact(mem, entry, small)?),
        Type::Zset => u64::from(zset::compact(mem, entry, small)?),
        Type::Stream => {
            let mut root = stream::Stream::load(mem, entry);
            let next = root.compact(mem, small);
            root.store(mem, entry);
            u64::from(next?)
        }
    };
    Ok(cursor.step != 0)
}
