//! The server's state and what must happen on every access to a key: `lookup` decides expiry, `changed` tells everybody
//! who wants to hear of a change. Not here: gates before a command (`dispatch.rs`), the drive loop (`engine.rs`).

use crate::args::StoredArgs;
use crate::config::values::Values;
use crate::config::{Class, Config};
use crate::diagnostics::latency::Latency;
use crate::diagnostics::slowlog::SlowLog;
use crate::effects::Effects;
use crate::error::{Error, Suspended};
use crate::facts::Facts;
use crate::keyspace::blocked::Ready;
use crate::keyspace::evict::Spared;
use crate::keyspace::lazyfree::{Cause, Graves};
use crate::keyspace::registry::Registry;
use crate::keyspace::{Database, access, compact, expire};
use crate::limits::DATABASES_MAX;
use crate::memory::{Arena, Bytes, Fifo, Oom};
use crate::persist::save::Saver;
use crate::persist::state::SaveState;
use crate::resp::reply::Reply;
use crate::session::{ClientId, Sessions};
use crate::stats::{CommandStats, Stats};
use crate::text::Text;
use crate::time::Now;
use crate::value::record::Entry;

/// For whom a lookup is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Counts a hit or a miss.
    Read,
    Write,
    /// Counts a hit or a miss, but does not count as an access to the key: EXISTS, TTL, TYPE.
    Glance,
    /// Leaves no trace: OBJECT, DEBUG, TYPE and their like.
    Peek,
}

/// CLIENT PAUSE.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pause {
    pub until_ms: i64,
    pub writes_only: bool,
}

/// Everything a command may see. In this order: what is used everywhere is near the start, where a device's instructions
/// reach it; the large parts are at its end.
#[repr(C)]
pub struct Server {
    pub mem: Arena,
    /// Grows with every change of a parameter, for shells that act on some.
    pub config_changes: u64,
    /// The replies of [`Server::serving`].
    pub reply: Reply,
    pub serving: Option<ClientId>,
    /// Pushes to the serving client that its own command caused: they follow the reply.
    pub pushes: Fifo,
    pub now: Now,
    /// Whether the wall clock is set; until then what is counted from it is provisional.
    pub clock_synced: bool,
    pub random: fastrand::Rng,
    pub stopwatch: Option<fn() -> u64>,
    pub next_client: u64,
    /// Changes since the last snapshot.
    pub dirty: u64,
    pub effects: Effects,
    pub channels: Registry,
    pub patterns: Registry,
    pub sharded: Registry,
    /// Database (2 bytes) and key.
    pub watched: Registry,
    /// The same: the clients that wait for it, in this order.
    pub blocked: Registry,
    /// Keys of `blocked` that changed.
    pub ready: Ready,
    /// Which argument is the key that a waiting call is run again for.
    pub ready_arg: Option<usize>,
    pub spared: Spared,
    pub blocked_clients: u32,
    /// No waiting for keys ends earlier.
    pub blocked_until_us: u64,
    pub pause: Pause,
    /// What the running call is to wait for.
    pub suspension: Option<Suspended>,
    /// Clients with a call that waits for something.
    pub suspended: u32,
    pub monitors: u32,
    /// Bytes held for all clients together.
    pub clients_bytes: usize,
    /// Whether the commands of an EXEC are running.
    pub in_exec: bool,
    /// Expiry is off (DEBUG SET-ACTIVE-EXPIRE 0).
    pub active_expire: bool,
    /// Background work is off (DEBUG PAUSE-CRON 1).
    pub cron_paused: bool,
    /// A command refused for want of memory is run again once room was made; off in tests of the refusal itself.
    pub retry_oom: bool,
    /// What the running command has waited: its duration beside its own work.
    pub waited_us: u64,
    /// What the shell should hear: see `Engine::poll_log`.
    pub log: Fifo,
    pub expire_cursor: expire::Cursor,
    pub compact_cursor: compact::Cursor,
    pub compact_progress: compact::Progress,
    listed_first: u32,
    listed_last: u32,
    pub save: SaveState,
    pub facts: Facts,
    pub config: Config,
    pub sessions: Sessions,
    pub dbs: [Database; DATABASES_MAX],
    /// What is deleted and not free yet.
    pub graves: Graves,
    /// Old values while CONFIG SET sets several parameters.
    pub undo: StoredArgs,
    pub values: Values,
    pub saver: Saver,
    pub stats: Stats,
    pub slowlog: SlowLog,
    pub latency: Latency,
}

impl Server {
    #[inline(always)]
    pub fn new(
        mem: Arena,
        output: &'static mut [u8],
        commands: &'static mut [CommandStats],
        seed: u64,
        now: Now,
    ) -> Server {
        Server {
            mem,
            dbs: [Database::EMPTY; DATABASES_MAX],
            graves: Graves::default(),
            config: Config::DEFAULT,
            values: Values::new(),
            config_changes: 0,
            undo: StoredArgs::EMPTY,
            stats: Stats::new(now, commands),
            sessions: Sessions::EMPTY,
            reply: Reply::new(output),
            serving: None,
            pushes: Fifo::EMPTY,
            now,
            clock_synced: true,
            random: fastrand::Rng::with_seed(seed),
            stopwatch: None,
            facts: Facts::UNKNOWN,
            slowlog: SlowLog::EMPTY,
            latency: Latency::EMPTY,
            save: SaveState::new(now),
            saver: Saver::new(),
            next_client: 1,
            dirty: 0,
            effects: Effects::OFF,
            channels: Registry::EMPTY,
            patterns: Registry::EMPTY,
            sharded: Registry::EMPTY,
            watched: Registry::EMPTY,
            blocked: Registry::EMPTY,
            ready: Ready::default(),
            ready_arg: None,
            spared: Spared::NONE,
            blocked_clients: 0,
            blocked_until_us: u64::MAX,
            pause: Pause::default(),
            suspension: None,
            suspended: 0,
            monitors: 0,
            clients_bytes: 0,
            in_exec: false,
            active_expire: true,
            cron_paused: false,
            retry_oom: true,
            waited_us: 0,
            log: Fifo::EMPTY,
            expire_cursor: expire::Cursor::default(),
            compact_cursor: compact::Cursor::default(),
            compact_progress: compact::Progress::default(),
            listed_first: u32::MAX,
            listed_last: u32::MAX,
        }
    }

    /// Finds a key. An expired one is deleted, or only hidden while CLIENT PAUSE holds writes back or a
    /// snapshot is loaded.
    pub fn lookup(&mut self, db: usize, key: Bytes, why: Access) -> Option<Entry> {
        let mut found = self.dbs[db].find(&self.mem, key);
        if self.dbs[db].volatile > 0
            && let Some(entry) = found
            && let Some(at_ms) = entry.expire_at_ms(&self.mem)
            && at_ms < self.now.wall_ms
        {
            if !self.paused_writes() && !self.save.loading {
                self.expire(db, entry);
            }
            found = None;
        }
        if matches!(why, Access::Read | Access::Glance) {
            match found {
                Some(_) => self.stats.keyspace_hits += 1,
                None => {
                    self.stats.keyspace_misses += 1;
                    self.notify(db, key, Class::KEY_MISS, "keymiss");
                }
            }
        }
        let entry = found?;
        let touches = self.serving.is_none_or(|id| !self.sessions.get(id).no_touch);
        if !matches!(why, Access::Peek | Access::Glance) && touches {
            access::touch(self, &entry);
        }
        Some(entry)
    }

    /// Deletes an expired key, and says so. False where the running snapshot has to write it before: it stays hidden.
    pub fn expire(&mut self, db: usize, entry: Entry) -> bool {
        if !self.save_first(db, &entry) {
            return false;
        }
        let gone = self.keep_key(&entry);
        self.remove(db, entry, Cause::Expired);
        self.stats.expired_keys += 1;
        self.deleted_unasked(db, gone, Class::Expired, "expired");
        true
    }

    /// A key that went by itself (expiry, eviction): the event, the watches and the effect DEL.
    pub fn deleted_unasked(&mut self, db: usize, key: KeptKey, class: Class, event: &'static str) {
        let bytes = key.bytes();
        self.effects.emit(&mut self.mem, db, &[Bytes::Slice(b"DEL"), bytes]);
        self.break_watches(db, bytes);
        self.notify(db, bytes, class, event);
        key.free(&mut self.mem);
    }

    /// A key's name that outlives its record.
    pub fn keep_key(&mut self, entry: &Entry) -> KeptKey {
        let key = entry.key(&self.mem);
        let mut kept = KeptKey { short: [0; 64], len: key.len(), rope: crate::memory::Rope::EMPTY };
        if kept.len <= kept.short.len() {
            self.mem.view(key).copy_to(0, &mut kept.short);
        } else if let Ok(rope) = crate::memory::Rope::create(&mut self.mem, key) {
            kept.rope = rope;
        } else {
            // Only the message about it suffers.
            kept.len = self.mem.view(key).copy_to(0, &mut kept.short);
        }
        kept
    }

    /// A key was changed by a command: counts it, breaks watches, notifies.
    pub fn changed(&mut self, db: usize, key: Bytes, class: Class, event: &'static str) {
        self.dirty += 1;
        self.touched(db, key);
        self.notify(db, key, class, event);
    }

    /// A key has another value now than its watchers have seen, and those who wait for it.
    pub fn touched(&mut self, db: usize, key: Bytes) {
        self.break_watches(db, key);
        if !self.blocked.is_empty() {
            self.signal(db, key);
        }
    }

    fn break_watches(&mut self, db: usize, key: Bytes) {
        if self.watched.is_empty() {
            return;
        }
        self.break_watches_slow(db, key);
    }

    pub fn paused_writes(&self) -> bool {
        self.pause.until_ms > self.now.wall_ms
    }

    /// Names a client to the shell: it has output, or is to be closed.
    pub fn list(&mut self, id: ClientId) {
        let session = self.sessions.get_mut(id);
        if !session.in_use || session.listed {
            return;
        }
        session.listed = true;
        session.next_listed = u32::MAX;
        if self.listed_last == u32::MAX {
            self.listed_first = id.0;
        } else {
            self.sessions.get_mut(ClientId(self.listed_last)).next_listed = id.0;
        }
        self.listed_last = id.0;
    }

    pub fn next_listed(&mut self) -> Option<ClientId> {
        if self.listed_first == u32::MAX {
            return None;
        }
        let id = ClientId(self.listed_first);
        let session = self.sessions.get_mut(id);
        self.listed_first = session.next_listed;
        session.listed = false;
        session.next_listed = u32::MAX;
        if self.listed_first == u32::MAX {
            self.listed_last = u32::MAX;
        }
        Some(id)
    }

    /// Takes a client that ends out of the list.
    pub fn unlist(&mut self, id: ClientId) {
        if !self.sessions.get(id).listed {
            return;
        }
        let (mut at, mut before) = (self.listed_first, u32::MAX);
        while at != u32::MAX && at != id.0 {
            before = at;
            at = self.sessions.get(ClientId(at)).next_listed;
        }
        let next = self.sessions.get(id).next_listed;
        if before == u32::MAX {
            self.listed_first = next;
        } else {
            self.sessions.get_mut(ClientId(before)).next_listed = next;
        }
        if self.listed_last == id.0 {
            self.listed_last = before;
        }
        self.sessions.get_mut(id).listed = false;
    }

    /// Makes the reply buffer this client's.
    pub fn serve(&mut self, id: ClientId) {
        if self.serving == Some(id) {
            return;
        }
        self.end_serving();
        self.reply.queue = core::mem::take(&mut self.sessions.get_mut(id).output);
        self.reply.proto = self.sessions.get(id).proto;
        self.serving = Some(id);
    }

    /// Gives the reply buffer up: what waits in it goes into its client's queue.
    pub fn end_serving(&mut self) {
        let Some(id) = self.serving.take() else { return };
        if self.reply.pending() > 0 && !self.reply.park(&mut self.mem) {
            // The client's replies cannot be kept: it would wait for them for ever.
            self.reply.clear(&mut self.mem);
            self.sessions.get_mut(id).closing = true;
            self.list(id);
        }
        let queue = self.reply.queue;
        self.reply.queue = Fifo::EMPTY;
        self.reply.clear(&mut self.mem);
        self.sessions.get_mut(id).output = queue;
    }

    /// Bytes that wait to be sent to a client.
    pub fn output_len(&self, id: ClientId) -> usize {
        if self.serving == Some(id) { self.reply.pending() } else { self.sessions.get(id).output.len() }
    }

    /// Appends bytes to another client's replies, or behind the running command's where it is this one's.
    pub fn push_to(&mut self, id: ClientId, write: &dyn Fn(&mut Fifo, &mut Arena) -> Result<(), Oom>) -> bool {
        let pushed = if self.serving == Some(id) {
            let before = self.pushes.len();
            let pushed = write(&mut self.pushes, &mut self.mem);
            if pushed.is_err() {
                self.pushes.truncate(&mut self.mem, before);
            }
            pushed
        } else {
            let mut queue = self.sessions.get(id).output;
            let before = queue.len();
            let pushed = write(&mut queue, &mut self.mem);
            if pushed.is_err() {
                queue.truncate(&mut self.mem, before);
            }
            self.sessions.get_mut(id).output = queue;
            pushed
        };
        self.list(id);
        if self.serving != Some(id) {
            crate::keyspace::limits::charge(self, id);
        }
        pushed.is_ok()
    }

    /// Memory that counts towards maxmemory.
    pub fn used_memory(&self) -> usize {
        self.mem.live_bytes()
    }

    /// Appends a line to the log queue; lost when there is no memory for it.
    pub fn log(&mut self, level: LogLevel, text: core::fmt::Arguments<'_>) {
        let mut line = Text::new();
        let _ = core::fmt::write(&mut line, text);
        let bytes = line.as_bytes();
        let head = [level as u8, bytes.len() as u8, (bytes.len() >> 8) as u8];
        let before = self.log.len();
        let mem = &mut self.mem;
        if self.log.push(mem, &head).and_then(|()| self.log.push(mem, bytes)).is_err() {
            self.log.truncate(mem, before);
        }
    }

    /// What a command returns that is to be run again when the reason is gone.
    pub fn suspend(&mut self, reason: Suspended) -> Error {
        self.suspension = Some(reason);
        Error::SUSPENDED
    }

    /// Replies an error, counted by its first word.
    pub fn write_error(&mut self, text: &[u8]) {
        self.stats.count_error(text);
        self.reply.put(&mut self.mem, b"-");
        self.error_piece(text);
        self.reply.put(&mut self.mem, b"\r\n");
    }

    /// Replies an error with an argument in it, as printf shows strings: to the first NUL, `max` bytes at most. The
    /// argument goes straight into the reply, so it may be longer than any buffer here.
    pub fn write_error_showing(&mut self, head: &str, arg: Bytes, max: usize, tail: &str) {
        self.stats.count_error(head.as_bytes());
        self.reply.put(&mut self.mem, b"-");
        self.error_piece(head.as_bytes());
        let mut piece = [0; 64];
        let mut shown = 0;
        while shown < max.min(arg.len()) {
            let room = piece.len().min(max - shown);
            let n = self.mem.view(arg).copy_to(shown, &mut piece[..room]);
            let end = piece[..n].iter().position(|&b| b == 0);
            self.error_piece(&piece[..end.unwrap_or(n)]);
            if end.is_some() {
                break;
            }
            shown += n;
        }
        self.error_piece(tail.as_bytes());
        self.reply.put(&mut self.mem, b"\r\n");
    }

    /// A part of an error's text; as in Redis, line ends in it become blanks.
    fn error_piece(&mut self, text: &[u8]) {
        for piece in text.split_inclusive(|&b| b == b'\r' || b == b'\n') {
            match piece.split_last() {
                Some((b'\r' | b'\n', head)) => {
                    self.reply.put(&mut self.mem, head);
                    self.reply.put(&mut self.mem, b" ");
                }
                _ => self.reply.put(&mut self.mem, piece),
            }
        }
    }

    pub fn write_error_fmt(&mut self, text: core::fmt::Arguments<'_>) {
        let mut out = Text::new();
        let _ = core::fmt::write(&mut out, text);
        self.write_error(out.as_bytes());
    }
}

/// Log levels of `loglevel`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LogLevel {
    Debug,
    Verbose,
    Notice,
    Warning,
}

/// A copy of a key's name, in place when it is short.
pub struct KeptKey {
    short: [u8; 64],
    len: usize,
    rope: crate::memory::Rope,
}

impl KeptKey {
    pub fn bytes(&self) -> Bytes<'_> {
        if self.rope.is_empty() { Bytes::Slice(&self.short[..self.len]) } else { Bytes::Rope(self.rope) }
    }

    pub fn free(mut self, mem: &mut Arena) {
        self.rope.free(mem);
    }
}
