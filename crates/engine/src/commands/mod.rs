//! Commands: a file a group with its rows on top and its handlers below in the same order, and [`Ctx`], through which
//! a handler sees its call and the server.

mod bitmap;
pub mod call;
mod client;
mod command;
mod config;
mod connection;
pub mod debug;
mod diagnostics;
#[cfg(feature = "docs")]
mod docs;
mod generic;
mod geo;
mod hash;
mod help;
mod hyperloglog;
mod info;
pub mod keys;
mod latency;
mod list;
mod lolwut;
mod memory;
pub mod missing;
mod monitor;
mod persistence;
mod pubsub;
mod rows;
mod scan;
mod scripting;
mod server;
mod set;
mod slowlog;
mod sort;
pub mod spec;
mod stream;
mod string;
pub mod table;
mod transaction;
mod zset;

use crate::args::Args;
use crate::config::{Class, Config};
use crate::error::{Error, Suspended};
use crate::keyspace::access;
use crate::keyspace::lazyfree::Cause;
use crate::memory::{Arena, Bytes};
use crate::resp::reply::Deferred;
use crate::server::{Access, Server};
use crate::session::{ClientId, Session};
use crate::value::record::{Entry, Expiry, Form, Type};
use crate::value::string::Source;
use crate::word::Word;

/// How long a call waits for its keys, in milliseconds; 0: for ever.
#[derive(Clone, Copy)]
pub struct Timeout(i64);

/// One call in the hands of its handler: parse, act, reply.
pub struct Ctx<'e, 'a> {
    pub e: &'e mut Server,
    pub args: Args<'a>,
    argc: usize,
    pub id: ClientId,
    pub row: &'static spec::Command,
    pub db: usize,
}

impl<'a> Ctx<'_, 'a> {
    /// Number of arguments with the command's name.
    pub fn argc(&self) -> usize {
        self.argc
    }

    /// Argument `i`, 0 being the name; empty past the end.
    pub fn arg(&self, i: usize) -> Bytes<'a> {
        self.args.get(&self.e.mem, i)
    }

    /// Argument `i` as it becomes a string value: a long one without a copy.
    pub fn source(&self, i: usize) -> Source<'a> {
        self.args.source(&self.e.mem, i)
    }

    /// Which keyword argument `i` is.
    pub fn word(&self, i: usize) -> Word {
        Word::of(self.e.mem.view(self.arg(i)))
    }

    /// Whether an argument is this text, in whatever case.
    pub fn is_word(&self, i: usize, text: &str) -> bool {
        self.e.mem.view(self.arg(i)).is_word(text)
    }

    pub fn int(&self, i: usize) -> Result<i64, Error> {
        self.e.mem.view(self.arg(i)).to_i64().ok_or(Error::NOT_INTEGER)
    }

    /// A number of 32 bits, as Redis's getIntFromObject.
    pub fn int32(&self, i: usize) -> Result<i32, Error> {
        let out = Error(&"ERR value is out of range, value must between -2147483648 and 2147483647");
        i32::try_from(self.int(i)?).map_err(|_| out)
    }

    pub fn float(&self, i: usize) -> Result<f64, Error> {
        self.e.mem.view(self.arg(i)).to_f64().ok_or(Error::NOT_FLOAT)
    }

    /// A copy of an argument of up to 256 bytes.
    pub fn short(&self, i: usize) -> Option<Short> {
        let bytes = self.arg(i);
        let mut short = Short { bytes: [0; 256], len: bytes.len() };
        if short.len > short.bytes.len() {
            return None;
        }
        self.e.mem.view(bytes).copy_to(0, &mut short.bytes);
        Some(short)
    }

    pub fn mem(&mut self) -> &mut Arena {
        &mut self.e.mem
    }

    pub fn config(&self) -> &Config {
        &self.e.config
    }

    pub fn session(&mut self) -> &mut Session {
        self.e.sessions.get_mut(self.id)
    }

    pub fn now_ms(&self) -> i64 {
        self.e.now.wall_ms
    }

    pub fn random(&mut self) -> u32 {
        self.e.random.u32(..)
    }

    pub fn proto(&self) -> u8 {
        self.e.reply.proto
    }

    pub fn db(&self) -> usize {
        self.db
    }

    pub fn lookup_read(&mut self, key: Bytes) -> Option<Entry> {
        self.e.lookup(self.db, key, Access::Read)
    }

    pub fn lookup_write(&mut self, key: Bytes) -> Option<Entry> {
        self.e.lookup(self.db, key, Access::Write)
    }

    /// Looks up for reading without touching the access bits.
    pub fn glance(&mut self, key: Bytes) -> Option<Entry> {
        self.e.lookup(self.db, key, Access::Glance)
    }

    /// Looks up without counting a hit or touching the access bits.
    pub fn peek(&mut self, key: Bytes) -> Option<Entry> {
        self.e.lookup(self.db, key, Access::Peek)
    }

    pub fn read(&mut self, key: Bytes, kind: Type) -> Result<Option<Entry>, Error> {
        of_type(self.lookup_read(key), kind)
    }

    pub fn write(&mut self, key: Bytes, kind: Type) -> Result<Option<Entry>, Error> {
        of_type(self.lookup_write(key), kind)
    }

    /// Adds a key that is not there, its body's bytes arbitrary; other entries become invalid.
    pub fn create(&mut self, key: Bytes, form: Form, body_len: usize) -> Result<Entry, Error> {
        self.create_in(self.db, key, form, body_len)
    }

    pub fn create_in(&mut self, db: usize, key: Bytes, form: Form, body_len: usize) -> Result<Entry, Error> {
        let entry = self.e.dbs[db].insert(&mut self.e.mem, key, form, body_len)?;
        let access = access::fresh(self.e);
        entry.set_access(&mut self.e.mem, access);
        self.e.notify(db, key, Class::NEW, "new");
        Ok(entry)
    }

    /// Removes a key with its value; other entries become invalid.
    pub fn delete(&mut self, entry: Entry) {
        self.e.remove(self.db, entry, Cause::Server);
    }

    /// An expiry that was counted from now.
    pub fn counted(&self, at_ms: i64) -> Expiry {
        Expiry { at_ms, is_provisional: !self.e.clock_synced }
    }

    pub fn set_expiry(&mut self, entry: &mut Entry, expiry: Option<Expiry>) -> Result<(), Error> {
        Ok(self.e.dbs[self.db].set_expiry(&mut self.e.mem, entry, expiry)?)
    }

    /// The only step that may be refused for want of memory: an upper bound of what the call allocates.
    pub fn reserve(&mut self, blocks: usize, bytes: usize) -> Result<(), Error> {
        Ok(self.e.mem.reserve(blocks, bytes)?)
    }

    pub fn changed(&mut self, key: Bytes, class: Class, event: &'static str) {
        self.e.changed(self.db, key, class, event);
    }

    pub fn add_dirty(&mut self, n: u64) {
        self.e.dirty += n;
    }

    pub fn notify(&mut self, key: Bytes, class: Class, event: &'static str) {
        self.e.notify(self.db, key, class, event);
    }

    /// Propagates this instead of the arguments; several calls propagate several commands.
    pub fn propagate(&mut self, args: &[Bytes]) {
        self.e.effects.replaced = true;
        self.e.effects.emit(&mut self.e.mem, self.db, args);
    }

    /// The same for a command of which the arguments are made one by one.
    pub fn propagate_call<'x>(&mut self, count: usize, arg: &dyn Fn(&Arena, usize) -> Bytes<'x>) {
        self.e.effects.replaced = true;
        self.e.effects.emit_call(&mut self.e.mem, self.db, count, arg);
    }

    /// Nothing is propagated though something changed.
    pub fn propagate_nothing(&mut self) {
        self.e.effects.replaced = true;
    }

    /// Which of its keys, from argument `first` on, a call that may wait for them is to look at: all, or the one for
    /// which it is run again.
    pub fn keys_to_try(&self, first: usize, count: usize) -> core::ops::Range<usize> {
        match self.e.ready_arg {
            Some(at) => at..at + 1,
            None => first..first + count,
        }
    }

    /// None of its keys had anything: the call waits for them. A transaction cannot: it gets `nothing` as its answer.
    pub fn wait_for_keys(&mut self, timeout: Timeout, nothing: fn(&mut Self)) -> Result<(), Error> {
        if self.e.in_exec {
            nothing(self);
            return Ok(());
        }
        let until_us = match timeout.0 {
            0 => u64::MAX,
            ms => self.e.now.mono_us.saturating_add((ms as u64).saturating_mul(1000)),
        };
        Err(self.e.suspend(Suspended::Keys { until_us }))
    }

    /// A timeout in seconds, which may have a fraction.
    pub fn timeout(&self, i: usize) -> Result<Timeout, Error> {
        let seconds = self.float(i).map_err(|_| Error(&"ERR timeout is not a float or out of range"))?;
        let ms = libm::ceil(seconds * 1000.0);
        // As in Redis, where too many do not fit either.
        if ms < 0.0 || ms >= i64::MAX as f64 {
            return Err(Error(&"ERR timeout is negative"));
        }
        Ok(Timeout(ms as i64))
    }

    /// A timeout in milliseconds.
    pub fn timeout_ms(&self, i: usize) -> Result<Timeout, Error> {
        let ms = self.int(i).map_err(|_| Error(&"ERR timeout is not an integer or out of range"))?;
        if ms < 0 {
            return Err(Error(&"ERR timeout is negative"));
        }
        Ok(Timeout(ms))
    }

    /// Writes an error whose text has values in it, and returns what to return.
    pub fn error_fmt(&mut self, text: core::fmt::Arguments<'_>) -> Error {
        self.e.write_error_fmt(text);
        Error::REPLIED
    }

    /// The same for a text already put together.
    pub fn error_bytes(&mut self, text: &[u8]) -> Error {
        self.e.write_error(text);
        Error::REPLIED
    }

    /// An error that shows argument `i`, up to `max` bytes of it (`usize::MAX`: whole).
    pub fn error_showing(&mut self, head: &str, i: usize, max: usize, tail: &str) -> Error {
        let arg = self.arg(i);
        self.e.write_error_showing(head, arg, max, tail);
        Error::REPLIED
    }

    pub fn ok(&mut self) {
        self.e.reply.put(&mut self.e.mem, b"+OK\r\n");
    }

    pub fn simple(&mut self, text: &str) {
        self.e.reply.simple(&mut self.e.mem, text);
    }

    pub fn integer(&mut self, value: i64) {
        self.e.reply.integer(&mut self.e.mem, value);
    }

    pub fn bulk(&mut self, bytes: Bytes) {
        self.e.reply.bulk(&mut self.e.mem, bytes);
    }

    pub fn bulk_str(&mut self, text: &str) {
        self.bulk(Bytes::Slice(text.as_bytes()));
    }

    pub fn null(&mut self) {
        self.e.reply.null(&mut self.e.mem);
    }

    pub fn null_array(&mut self) {
        self.e.reply.null_array(&mut self.e.mem);
    }

    pub fn array(&mut self, n: usize) {
        self.e.reply.array(&mut self.e.mem, n);
    }

    pub fn map(&mut self, n: usize) {
        self.e.reply.map(&mut self.e.mem, n);
    }

    pub fn set(&mut self, n: usize) {
        self.e.reply.set(&mut self.e.mem, n);
    }

    pub fn push(&mut self, n: usize) {
        self.e.reply.push(&mut self.e.mem, n);
    }

    pub fn double(&mut self, value: f64) {
        self.e.reply.double(&mut self.e.mem, value);
    }

    /// A double that is printed already.
    pub fn double_text(&mut self, text: &[u8]) {
        self.e.reply.double_text(&mut self.e.mem, text);
    }

    pub fn boolean(&mut self, value: bool) {
        self.e.reply.boolean(&mut self.e.mem, value);
    }

    pub fn verbatim(&mut self, format: &str, bytes: &[u8]) {
        self.e.reply.verbatim(&mut self.e.mem, format, Bytes::Slice(bytes));
    }

    pub fn deferred(&mut self) -> Deferred {
        self.e.reply.deferred(&mut self.e.mem)
    }

    pub fn end_array(&mut self, deferred: Deferred, n: usize) {
        self.e.reply.end_array(&mut self.e.mem, deferred, n);
    }

    pub fn end_map(&mut self, deferred: Deferred, n: usize) {
        self.e.reply.end_map(&mut self.e.mem, deferred, n);
    }

    pub fn end_set(&mut self, deferred: Deferred, n: usize) {
        self.e.reply.end_set(&mut self.e.mem, deferred, n);
    }
}

pub use config::applied as config_applied;
pub use transaction::end_transaction;

/// A client is gone: ends what others know of it.
pub fn leave(server: &mut Server, id: ClientId) {
    server.unwatch(id);
    pubsub::leave_all(server, id);
}

fn of_type(entry: Option<Entry>, kind: Type) -> Result<Option<Entry>, Error> {
    match entry {
        Some(entry) if entry.kind() != kind => Err(Error::WRONG_TYPE),
        other => Ok(other),
    }
}

/// A copy of a short argument.
pub struct Short {
    bytes: [u8; 256],
    len: usize,
}

impl Short {
    fn new(text: &[u8]) -> Short {
        let mut short = Short { bytes: [0; 256], len: text.len().min(256) };
        short.bytes[..short.len].copy_from_slice(&text[..short.len]);
        short
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
