//! The save that runs while commands do: a walk over all databases that writes each key once, as it was when the save
//! began.
//!
//! Every record has a bit, every database an epoch: a record whose bit is not the epoch is not written yet. A save
//! begins by turning the epochs, so that all records are behind at once; what is created from then on has the new epoch
//! and is passed over. `Database::unsaved` counts what is left, so that the walk needs no exact place: where the table
//! shrinks under it, it goes round again.
//!
//! A key that a command is about to change is written first ([`Server::save_first`]) if it is small, into a queue of
//! bounded length; else the command waits, and its key is taken next (see `dispatch`). A save that ended early leaves
//! records behind, which are passed over in bounded steps before the next one begins.

use super::write::RecordWriter;
use super::{BLOCK_BYTES, BLOCK_PAYLOAD_MAX, END_BYTES, FLAG_LFU, FLAG_UNSET_CLOCK, HEADER_BYTES, MAGIC, VERSION};
use crate::error::Error;
use crate::keyspace::Database;
use crate::limits::PAGE_BYTES;
use crate::memory::{Fifo, Ref};
use crate::server::{LogLevel, Server};
use crate::time::Now;
use crate::value::record::Entry;
use microredis_crc32::Hasher;

/// Bytes of keys written ahead of the walk that may wait.
const EARLY_BYTES_MAX: usize = 64 * PAGE_BYTES;
/// Longest record written ahead of the walk; for a longer one the command waits.
const EARLY_RECORD_MAX: usize = 4 * PAGE_BYTES;
/// Redis's CONFIG_BGSAVE_RETRY_DELAY: seconds after a failed save.
const RETRY_S: i64 = 5;
/// Databases flushed during one save that it can still read; with more the save begins anew.
const FLUSHED_MAX: usize = 4;
/// Slots and buckets looked at in one step.
const LOOKS: usize = 512;
/// The smallest buffer a step writes to.
pub const STEP_BYTES_MIN: usize = 64;

/// What a step of a save has written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SaveStep {
    /// There is nothing to write: no save is running, or all of it was given.
    Idle,
    /// `len` bytes (perhaps none) of the file; `first`: a file begins, `last`: it is whole with them. Answer the last
    /// ones with `Engine::handle_saved`.
    Bytes { len: usize, first: bool, last: bool },
    /// The file that was begun will not be finished.
    Aborted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    /// Records left behind by a save that ended early are passed over; then the one that waits begins.
    Tidying,
    Header,
    Walking,
    /// All bytes were given; the shell has not yet answered.
    Given,
}

pub struct Saver {
    phase: Phase,
    /// A save is to begin once what an earlier one left is tidied up.
    waiting: bool,
    /// To be told to the shell.
    aborted: bool,
    record: Option<RecordWriter>,
    /// Where the walk stands; a hint only.
    db: usize,
    bucket: u32,
    index: usize,
    /// The database said last in the file.
    selected: Option<u16>,
    /// Whole records written ahead of the walk.
    early: Fifo,
    all: Hasher,
    keys: u64,
    created_ms: i64,
    /// BGSAVE or a save point, not SAVE or SHUTDOWN: only those leave `rdb_last_bgsave_status`.
    background: bool,
    /// For FLUSHALL's sake: a save that somebody asks for takes its place.
    for_flush: bool,
    /// Slowed down by `rdb-key-save-delay`.
    not_before_us: u64,
    /// Keyspaces flushed since the save began, out of everybody else's reach; numbered behind the databases. And
    /// whether INFO counts what is freed of them.
    flushed: [(Database, bool); FLUSHED_MAX],
}

impl Saver {
    pub fn new() -> Saver {
        Saver {
            phase: Phase::Idle,
            waiting: false,
            aborted: false,
            record: None,
            db: 0,
            bucket: 0,
            index: 0,
            selected: None,
            early: Fifo::EMPTY,
            all: Hasher::new(),
            keys: 0,
            created_ms: 0,
            background: false,
            for_flush: false,
            not_before_us: 0,
            flushed: [(Database::EMPTY, false); FLUSHED_MAX],
        }
    }

    /// Whether records may still have to be written before they change.
    pub fn is_walking(&self) -> bool {
        matches!(self.phase, Phase::Header | Phase::Walking)
    }

    /// Whether a save was begun and its end is not known yet.
    pub fn is_running(&self) -> bool {
        self.waiting || matches!(self.phase, Phase::Header | Phase::Walking | Phase::Given)
    }

    /// Whether SAVE and BGSAVE are told that one is in progress.
    pub fn is_asked_for(&self) -> bool {
        self.is_running() && !self.for_flush
    }

    /// Unix milliseconds at which the running or last save began.
    pub fn created_ms(&self) -> i64 {
        self.created_ms
    }

    /// Whether a step would do anything now.
    pub fn is_busy(&self, now: Now) -> bool {
        let slowed = self.not_before_us > now.mono_us;
        self.aborted || !slowed && matches!(self.phase, Phase::Tidying | Phase::Header | Phase::Walking)
    }

    /// The record that is half written: it must not be moved.
    pub fn current(&self) -> Ref {
        self.record.as_ref().map_or(Ref::NULL, |record| record.entry.record)
    }
}

impl Default for Saver {
    fn default() -> Saver {
        Saver::new()
    }
}

impl Server {
    /// Begins a save of what is there now; one that is running ends without a result.
    pub fn begin_save(&mut self, background: bool) {
        self.abort_save();
        self.saver.background = background;
        self.saver.for_flush = false;
        self.save.number = self.save.number.wrapping_add(1);
        self.save.running = true;
        self.save.started_us = self.now.mono_us;
        self.save.last_try_s = self.now.wall_ms / 1000;
        self.save.scheduled = false;
        self.save.is_flushed = false;
        if self.saver.phase == Phase::Tidying {
            self.saver.waiting = true;
        } else {
            self.start_walk();
        }
    }

    fn start_walk(&mut self) {
        let mut keys = 0;
        for (number, db) in self.dbs.iter_mut().enumerate() {
            db.epoch = !db.epoch;
            db.origin = number as u8;
            db.unsaved = db.len() as u32;
            keys += db.len() as u64;
        }
        self.save.keys_done = 0;
        self.save.keys_total = keys;
        self.save.dirty_at_start = self.dirty;
        let Saver { aborted, background, for_flush, .. } = self.saver;
        let created_ms = self.now.wall_ms;
        self.saver = Saver { phase: Phase::Header, aborted, background, for_flush, keys, created_ms, ..Saver::new() };
    }

    /// Refuses a save that would replace a snapshot which is kept because it could not be loaded.
    pub fn may_save(&mut self) -> Result<(), Error> {
        let Some(text) = self.save.held else { return Ok(()) };
        self.write_error(text.as_bytes());
        Err(Error::REPLIED)
    }

    /// Begins the save that a save point, or an earlier BGSAVE, asks for. Once a tick.
    pub fn save_when_due(&mut self) {
        if self.saver.is_running() || self.save.loading || self.save.held.is_some() {
            return;
        }
        let now_s = self.now.wall_ms / 1000;
        let since_try_s = now_s - self.save.last_try_s;
        let may_try = !self.save.last_failed || since_try_s > RETRY_S;
        let is_rested = self.is_rested();
        let points = self.config.save.get(..self.config.save_points).unwrap_or(&[]);
        let due = points.iter().find(|point| {
            self.dirty >= u64::from(point.changes) && now_s - self.save.last_time_s > i64::from(point.seconds)
        });
        if let Some(point) = due.copied()
            && may_try
            && is_rested
        {
            let (changes, seconds) = (point.changes, point.seconds);
            self.log(LogLevel::Notice, format_args!("{changes} changes in {seconds} seconds. Saving..."));
            self.begin_save(true);
            self.log(LogLevel::Notice, format_args!("Background saving started"));
        } else if may_try && self.save.scheduled {
            self.begin_save(true);
            self.log(LogLevel::Notice, format_args!("Background saving started"));
        } else if may_try && self.save.is_flushed && is_rested && !points.is_empty() {
            self.begin_save_of_flush();
        }
    }

    /// Whether the chip may have a save that nobody asked for.
    pub fn is_rested(&self) -> bool {
        let interval_s = self.config.save_interval_s;
        interval_s == 0 || self.now.wall_ms / 1000 - self.save.last_try_s >= interval_s
    }

    /// Begins the save that keeps what FLUSHALL has flushed from coming back.
    pub fn begin_save_of_flush(&mut self) {
        self.begin_save(false);
        self.saver.for_flush = true;
    }

    /// Ends a running save without a result, as FLUSHALL does; the file is the shell's to remove.
    pub fn abort_save(&mut self) {
        if !self.saver.is_running() {
            return;
        }
        self.saver.waiting = false;
        self.saver.record = None;
        self.saver.early.clear(&mut self.mem);
        self.saver.aborted |= matches!(self.saver.phase, Phase::Walking | Phase::Given);
        self.saver.phase = Phase::Tidying;
        (self.saver.db, self.saver.bucket, self.saver.index) = (0, 0, 0);
        self.save.running = false;
        for place in 0..FLUSHED_MAX {
            self.bury_flushed(place);
        }
    }

    /// Keeps a flushed keyspace for the running save. Where there is no room for one more, the save begins anew with
    /// the next tick, and this is false.
    pub fn keep_for_save(&mut self, flushed: Database, counted: bool) -> bool {
        match self.saver.flushed.iter_mut().find(|(kept, _)| kept.is_empty()) {
            Some(place) => {
                *place = (flushed, counted);
                true
            }
            None => {
                self.abort_save();
                self.save.scheduled = true;
                false
            }
        }
    }

    fn bury_flushed(&mut self, place: usize) {
        let (flushed, counted) = core::mem::replace(&mut self.saver.flushed[place], (Database::EMPTY, false));
        self.bury(flushed, counted);
    }

    /// A database, or a flushed keyspace behind their numbers.
    fn part(&mut self, number: usize) -> &mut Database {
        let databases = self.dbs.len();
        if number < databases { &mut self.dbs[number] } else { &mut self.saver.flushed[number - databases].0 }
    }

    fn parts(&self) -> usize {
        self.dbs.len() + FLUSHED_MAX
    }

    fn is_all_saved(&self) -> bool {
        let flushed = self.saver.flushed.iter().map(|(db, _)| db);
        self.dbs.iter().chain(flushed).all(|db| db.unsaved == 0)
    }

    /// Whether the record that is half written lies in this keyspace.
    fn holds_current(&self, db: &Database) -> bool {
        self.saver.record.as_ref().is_some_and(|record| {
            let key = record.entry.key(&self.mem);
            db.find(&self.mem, key).is_some_and(|found| found.record == record.entry.record)
        })
    }

    /// What became of the file: of all bytes given, or of those it could not take.
    pub fn saved(&mut self, result: Result<(), ()>) {
        if !self.saver.is_running() || self.saver.waiting {
            return;
        }
        let given = self.saver.phase == Phase::Given;
        let failed = result.is_err();
        if !failed && !given {
            return;
        }
        if given {
            self.saver.phase = Phase::Idle;
        } else {
            self.abort_save();
            self.saver.aborted = false;
        }
        self.save.running = false;
        if self.saver.background {
            self.save.last_failed = failed;
            self.save.last_duration_s = (self.now.mono_us.saturating_sub(self.save.started_us) / 1_000_000) as i64;
        }
        if !failed {
            self.save.last_failed = false;
            self.save.count += 1;
            self.save.last_time_s = self.now.wall_ms / 1000;
            self.dirty = self.dirty.saturating_sub(self.save.dirty_at_start);
        }
    }

    /// Whether the key must be written, to its end, before it changes or goes.
    pub fn is_unsaved(&self, db: usize, entry: &Entry) -> bool {
        self.saver.is_walking() && (self.dbs[db].is_unsaved(&self.mem, entry) || self.saver.current() == entry.record)
    }

    /// Whether any key of a database is not written to its end.
    pub fn is_db_unsaved(&self, db: usize) -> bool {
        let db = &self.dbs[db];
        self.saver.is_walking() && (db.unsaved > 0 || self.holds_current(db))
    }

    /// Writes a key ahead of the walk; false where it is too long, or too much waits: then it cannot be changed yet.
    pub fn save_first(&mut self, db: usize, entry: &Entry) -> bool {
        if !self.is_unsaved(db, entry) {
            return true;
        }
        if self.saver.current() == entry.record || self.saver.early.len() > EARLY_BYTES_MAX {
            return false;
        }
        let before = self.saver.early.len();
        let mut record = RecordWriter::new(&self.mem, *entry, Some(u16::from(self.dbs[db].origin)));
        let mut piece = [0u8; 512];
        while !record.is_done() {
            let n = record.fill(&self.mem, &mut piece);
            let room = before + EARLY_RECORD_MAX >= self.saver.early.len() + n;
            if !room || self.saver.early.push(&mut self.mem, &piece[..n]).is_err() {
                self.saver.early.truncate(&mut self.mem, before);
                return false;
            }
        }
        self.mark_saved(db, entry);
        true
    }

    fn mark_saved(&mut self, db: usize, entry: &Entry) {
        let part = *self.part(db);
        if part.is_unsaved(&self.mem, entry) {
            entry.set_snapshot_epoch(&mut self.mem, part.epoch);
            self.part(db).unsaved -= 1;
            self.save.keys_done += 1;
        }
    }

    /// One bounded step of the save. `wanted` names a key that somebody waits for.
    pub fn save_step(&mut self, out: &mut [u8], wanted: impl FnMut(&mut Server) -> Option<(usize, Entry)>) -> SaveStep {
        if core::mem::take(&mut self.saver.aborted) {
            return SaveStep::Aborted;
        }
        if out.len() < STEP_BYTES_MIN {
            return SaveStep::Idle;
        }
        match self.saver.phase {
            Phase::Idle | Phase::Given => SaveStep::Idle,
            Phase::Tidying => self.tidy(),
            Phase::Header => {
                let header = self.header();
                out[..HEADER_BYTES].copy_from_slice(&header);
                self.saver.phase = Phase::Walking;
                SaveStep::Bytes { len: HEADER_BYTES, first: true, last: false }
            }
            Phase::Walking => {
                let step = self.walk(out, wanted);
                for place in 0..FLUSHED_MAX {
                    let (flushed, _) = &self.saver.flushed[place];
                    if !flushed.is_empty() && flushed.unsaved == 0 && !self.holds_current(flushed) {
                        self.bury_flushed(place);
                    }
                }
                step
            }
        }
    }

    fn header(&mut self) -> [u8; HEADER_BYTES] {
        let lfu = if self.config.maxmemory_policy.is_lfu() { FLAG_LFU } else { 0 };
        let flags = lfu | if self.clock_synced { 0 } else { FLAG_UNSET_CLOCK };
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(&MAGIC);
        header[4..6].copy_from_slice(&VERSION.to_le_bytes());
        header[6..8].copy_from_slice(&flags.to_le_bytes());
        header[8..16].copy_from_slice(&self.saver.created_ms.to_le_bytes());
        header[16..24].copy_from_slice(&self.saver.keys.to_le_bytes());
        let sum = microredis_crc32::hash(&header[..HEADER_BYTES - 4]);
        header[HEADER_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
        self.saver.all = Hasher::new();
        self.saver.all.update(&header);
        header
    }

    /// One block of records, or the file's end.
    fn walk(&mut self, out: &mut [u8], mut wanted: impl FnMut(&mut Server) -> Option<(usize, Entry)>) -> SaveStep {
        let end = (out.len() - 4).min(4 + BLOCK_PAYLOAD_MAX);
        let mut at = 4;
        let mut looks = LOOKS;
        let mut nobody_waits = false;
        if self.saver.not_before_us > self.now.mono_us {
            return SaveStep::Bytes { len: 0, first: false, last: false };
        }
        while at < end {
            if let Some(record) = &mut self.saver.record {
                at += record.fill(&self.mem, &mut out[at..end]);
                if !record.is_done() {
                    break;
                }
                self.saver.record = None;
                let delay_us = u64::from(self.config.rdb_key_save_delay);
                if delay_us > 0 {
                    self.saver.not_before_us = self.now.mono_us + delay_us;
                    break;
                }
            } else if !self.saver.early.is_empty() {
                let front = self.saver.early.front(&self.mem);
                let n = front.len().min(end - at);
                out[at..at + n].copy_from_slice(&front[..n]);
                self.saver.early.consume(&mut self.mem, n);
                // Those records have named databases of their own.
                self.saver.selected = None;
                at += n;
            } else {
                let asked = if nobody_waits { None } else { wanted(self) };
                nobody_waits = asked.is_none();
                let Some((db, entry)) = asked.or_else(|| self.next_unsaved(&mut looks)) else { break };
                let origin = u16::from(self.part(db).origin);
                let select = (self.saver.selected != Some(origin)).then_some(origin);
                self.saver.selected = Some(origin);
                self.saver.record = Some(RecordWriter::new(&self.mem, entry, select));
                self.mark_saved(db, &entry);
            }
        }
        if at > 4 {
            let len = at - 4;
            out[..4].copy_from_slice(&(len as u32).to_le_bytes());
            let sum = microredis_crc32::hash(&out[..at]);
            out[at..at + 4].copy_from_slice(&sum.to_le_bytes());
            self.saver.all.update(&out[..at + 4]);
            return SaveStep::Bytes { len: len + BLOCK_BYTES, first: false, last: false };
        }
        if !self.is_all_saved() {
            // Only looked so far.
            return SaveStep::Bytes { len: 0, first: false, last: false };
        }
        out[..4].fill(0);
        out[4..12].copy_from_slice(&self.saver.keys.to_le_bytes());
        self.saver.all.update(&out[..12]);
        let sum = self.saver.all.clone().finalize();
        out[12..16].copy_from_slice(&sum.to_le_bytes());
        self.saver.phase = Phase::Given;
        SaveStep::Bytes { len: END_BYTES, first: false, last: true }
    }

    /// The next key in the walk that is not written yet.
    fn next_unsaved(&mut self, looks: &mut usize) -> Option<(usize, Entry)> {
        let mut idle = 0;
        while idle <= self.parts() && *looks > 0 {
            let (number, bucket) = (self.saver.db % self.parts(), self.saver.bucket);
            let db = *self.part(number);
            if db.unsaved == 0 || bucket >= db.table.buckets {
                // Keys left by a table that shrank under the walk are met in the next round.
                idle = if db.unsaved == 0 { idle + 1 } else { 0 };
                *looks = if db.unsaved == 0 { *looks } else { *looks - 1 };
                if db.unsaved == 0 || bucket == 0 {
                    self.saver.db = (number + 1) % self.parts();
                }
                (self.saver.bucket, self.saver.index) = (0, 0);
                continue;
            }
            idle = 0;
            *looks -= 1;
            let Some(slot) = db.table.in_bucket(&self.mem, bucket, self.saver.index) else {
                self.saver.bucket += 1;
                self.saver.index = 0;
                continue;
            };
            self.saver.index += 1;
            let entry = db.entry(&self.mem, slot);
            if db.is_unsaved(&self.mem, &entry) {
                return Some((number, entry));
            }
        }
        None
    }

    /// Passes over records that a save has left behind.
    fn tidy(&mut self) -> SaveStep {
        let mut looks = LOOKS;
        while let Some((db, entry)) = self.next_unsaved(&mut looks) {
            let epoch = self.part(db).epoch;
            entry.set_snapshot_epoch(&mut self.mem, epoch);
            self.part(db).unsaved -= 1;
        }
        if self.is_all_saved() {
            self.saver.phase = Phase::Idle;
            if self.saver.waiting {
                self.start_walk();
            }
        }
        if self.saver.phase == Phase::Idle {
            SaveStep::Idle
        } else {
            SaveStep::Bytes { len: 0, first: false, last: false }
        }
    }
}

const _: () = assert!(STEP_BYTES_MIN > HEADER_BYTES && STEP_BYTES_MIN > END_BYTES && STEP_BYTES_MIN > 2 * BLOCK_BYTES);
