//! Commands that work on keys of any type: existence, expiry, names, copies, and the object behind a key.
//!
//! Not here: the SCAN family (`scan.rs`).

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::config::Class;
use crate::error::{Error, Suspended};
use crate::glob;
use crate::keyspace::access;
use crate::keyspace::lazyfree::Cause;
use crate::limits::PAGE_BYTES;
use crate::memory::Bytes;
use crate::server::{Access, Server};
use crate::value;
use crate::value::record::{Entry, Expiry, Type};
use crate::value::string;
use crate::word::Word;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "copy",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Generic,
        since: "6.2.0",
        run: copy,
        subcommands: &[],
        doc: docs!(generic, COPY),
    },
    Command {
        name: "del",
        arity: -2,
        flags: Flags::WRITE,
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RM.with(KeyFlags::DELETE))],
        group: Group::Generic,
        since: "1.0.0",
        run: del,
        subcommands: &[],
        doc: docs!(generic, DEL),
    },
    Command {
        name: "exists",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Generic,
        since: "1.0.0",
        run: exists,
        subcommands: &[],
        doc: docs!(generic, EXISTS),
    },
    Command {
        name: "expire",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.0.0",
        run: expire,
        subcommands: &[],
        doc: docs!(generic, EXPIRE),
    },
    Command {
        name: "expireat",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.2.0",
        run: expireat,
        subcommands: &[],
        doc: docs!(generic, EXPIREAT),
    },
    Command {
        name: "expiretime",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "7.0.0",
        run: expiretime,
        subcommands: &[],
        doc: docs!(generic, EXPIRETIME),
    },
    Command {
        name: "keys",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::DANGEROUS.with(Acl::KEYSPACE),
        keys: &[],
        group: Group::Generic,
        since: "1.0.0",
        run: keys,
        subcommands: &[],
        doc: docs!(generic, KEYS),
    },
    Command {
        name: "move",
        arity: 3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.0.0",
        run: move_,
        subcommands: &[],
        doc: docs!(generic, MOVE),
    },
    Command {
        name: "object",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Generic,
        since: "2.2.3",
        run: help,
        subcommands: &[
            Command {
                name: "encoding",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_encoding,
                subcommands: &[],
                doc: docs!(generic, OBJECT_ENCODING),
            },
            Command {
                name: "freq",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "4.0.0",
                run: object_freq,
                subcommands: &[],
                doc: docs!(generic, OBJECT_FREQ),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::KEYSPACE,
                keys: &[],
                group: Group::Generic,
                since: "6.2.0",
                run: help,
                subcommands: &[],
                doc: docs!(generic, OBJECT_HELP),
            },
            Command {
                name: "idletime",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_idletime,
                subcommands: &[],
                doc: docs!(generic, OBJECT_IDLETIME),
            },
            Command {
                name: "refcount",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_refcount,
                subcommands: &[],
                doc: docs!(generic, OBJECT_REFCOUNT),
            },
        ],
        doc: docs!(generic, OBJECT),
    },
    Command {
        name: "persist",
        arity: 2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.2.0",
        run: persist,
        subcommands: &[],
        doc: docs!(generic, PERSIST),
    },
    Command {
        name: "pexpire",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.6.0",
        run: pexpire,
        subcommands: &[],
        doc: docs!(generic, PEXPIRE),
    },
    Command {
        name: "pexpireat",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.6.0",
        run: pexpireat,
        subcommands: &[],
        doc: docs!(generic, PEXPIREAT),
    },
    Command {
        name: "pexpiretime",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "7.0.0",
        run: pexpiretime,
        subcommands: &[],
        doc: docs!(generic, PEXPIRETIME),
    },
    Command {
        name: "pttl",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "2.6.0",
        run: pttl,
        subcommands: &[],
        doc: docs!(generic, PTTL),
    },
    Command {
        name: "randomkey",
        arity: 1,
        flags: Flags::READONLY,
        acl: Acl::KEYSPACE,
        keys: &[],
        group: Group::Generic,
        since: "1.0.0",
        run: randomkey,
        subcommands: &[],
        doc: docs!(generic, RANDOMKEY),
    },
    Command {
        name: "rename",
        arity: 3,
        flags: Flags::WRITE,
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Generic,
        since: "1.0.0",
        run: rename,
        subcommands: &[],
        doc: docs!(generic, RENAME),
    },
    Command {
        name: "renamenx",
        arity: 3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::INSERT)),
        ],
        group: Group::Generic,
        since: "1.0.0",
        run: renamenx,
        subcommands: &[],
        doc: docs!(generic, RENAMENX),
    },
    Command {
        name: "touch",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Generic,
        since: "3.2.1",
        run: touch,
        subcommands: &[],
        doc: docs!(generic, TOUCH),
    },
    Command {
        name: "ttl",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "1.0.0",
        run: ttl,
        subcommands: &[],
        doc: docs!(generic, TTL),
    },
    Command {
        name: "type",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Generic,
        since: "1.0.0",
        run: type_,
        subcommands: &[],
        doc: docs!(generic, TYPE),
    },
    Command {
        name: "unlink",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RM.with(KeyFlags::DELETE))],
        group: Group::Generic,
        since: "4.0.0",
        run: unlink,
        subcommands: &[],
        doc: docs!(generic, UNLINK),
    },
    Command {
        name: "wait",
        arity: 3,
        flags: Flags::NOSCRIPT,
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Generic,
        since: "3.0.0",
        run: wait,
        subcommands: &[],
        doc: docs!(generic, WAIT),
    },
];

fn copy(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (ctx.arg(1), ctx.arg(2));
    let mut db = ctx.db;
    let mut replace = false;
    let mut i = 3;
    while i < ctx.argc() {
        match ctx.word(i) {
            Word::Replace => replace = true,
            Word::Db if i + 1 < ctx.argc() => {
                i += 1;
                db = database(ctx, i)?;
            }
            _ => return Err(Error::SYNTAX),
        }
        i += 1;
    }
    if db == ctx.db && ctx.e.mem.same(from, to) {
        return Err(Error(&"ERR source and destination objects are the same"));
    }
    let Some(source) = ctx.lookup_read(from) else {
        ctx.integer(0);
        return Ok(());
    };
    let old = ctx.e.lookup(db, to, Access::Write);
    if old.is_some() && !replace {
        ctx.integer(0);
        return Ok(());
    }
    let bytes = value::bytes_used(&ctx.e.mem, &source);
    let blocks = bytes / 16 + 16;
    ctx.reserve(blocks, bytes + bytes / 4 + to.len() + PAGE_BYTES)?;
    if let Some(old) = old {
        ctx.e.remove(db, old, Cause::Server);
    }
    let Some(source) = ctx.peek(from) else { return Err(Error::NO_SUCH_KEY) };
    let (form, body) = value::empty_like(&ctx.e.mem, &source);
    let mut made = ctx.create_in(db, to, form, body)?;
    // The insertion may have moved the source's slot.
    let Some(source) = ctx.e.dbs[ctx.db].find(&ctx.e.mem, from) else { return Err(Error::NO_SUCH_KEY) };
    if value::copy(&mut ctx.e.mem, &source, &mut made).is_err() {
        ctx.e.remove(db, made, Cause::Server);
        return Err(Error::OOM);
    }
    let expiry = source.expiry(&ctx.e.mem);
    if expiry.is_some() {
        ctx.e.dbs[db].set_expiry(&mut ctx.e.mem, &mut made, expiry)?;
    }
    ctx.e.changed(db, to, Class::Generic, "copy_to");
    ctx.integer(1);
    Ok(())
}

fn del(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    delete_all(ctx, Cause::Del)
}

fn exists(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 0;
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        count += i64::from(ctx.glance(key).is_some());
    }
    ctx.integer(count);
    Ok(())
}

fn expire(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, true, 1000)
}

fn expireat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, false, 1000)
}

fn expiretime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, _| seconds(at_ms))
}

fn keys(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let pattern = ctx.arg(1);
    let all = ctx.e.mem.same(pattern, Bytes::Slice(b"*"));
    let deferred = ctx.deferred();
    let mut count = 0;
    let db = ctx.e.dbs[ctx.db];
    let now = ctx.now_ms();
    let mut walk = db.table.first(&ctx.e.mem);
    while let Some(at) = walk {
        let entry = db.entry(&ctx.e.mem, at.slot);
        let key = entry.key(&ctx.e.mem);
        let expired = entry.expire_at_ms(&ctx.e.mem).is_some_and(|at_ms| at_ms < now);
        if !expired && (all || glob::matches_bytes(&ctx.e.mem, pattern, key, false)) {
            ctx.bulk(key);
            count += 1;
        }
        walk = db.table.next(&ctx.e.mem, at);
    }
    ctx.end_array(deferred, count);
    Ok(())
}

fn move_(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let to = database(ctx, 2)?;
    if to == ctx.db {
        return Err(Error(&"ERR source and destination objects are the same"));
    }
    let Some(entry) = ctx.lookup_write(key) else {
        ctx.integer(0);
        return Ok(());
    };
    if ctx.e.lookup(to, key, Access::Write).is_some() {
        ctx.integer(0);
        return Ok(());
    }
    ctx.reserve(8, entry.record_bytes() + key.len() + PAGE_BYTES)?;
    let from = ctx.db;
    carry(ctx.e, from, entry, to, key)?;
    ctx.e.touched(from, key);
    ctx.e.notify(from, key, Class::Generic, "move_from");
    ctx.e.changed(to, key, Class::Generic, "move_to");
    ctx.integer(1);
    Ok(())
}

fn object_encoding(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(entry) = object(ctx) else { return Ok(()) };
    let name = value::encoding(&ctx.e.mem, &entry);
    ctx.bulk_str(name);
    Ok(())
}

fn object_freq(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(entry) = object(ctx) else { return Ok(()) };
    if !ctx.config().maxmemory_policy.is_lfu() {
        return Err(Error(
            &"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    let frequency = access::frequency(ctx.e, &entry);
    ctx.integer(i64::from(frequency));
    Ok(())
}

fn object_idletime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(entry) = object(ctx) else { return Ok(()) };
    if ctx.config().maxmemory_policy.is_lfu() {
        return Err(Error(
            &"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    let idle = access::idle_seconds(ctx.e, &entry);
    ctx.integer(i64::from(idle));
    Ok(())
}

fn object_refcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if let Some(entry) = object(ctx) {
        // Nothing is shared here, but clients look whether Redis's small numbers are.
        let policy = ctx.config().maxmemory_policy;
        let may_share = ctx.config().maxmemory == 0 || !(policy.is_lru() || policy.is_lfu());
        let shared = may_share && entry.kind() == Type::String && string::is_small_int(&ctx.e.mem, &entry);
        ctx.integer(if shared { i64::from(i32::MAX) } else { 1 });
    }
    Ok(())
}

fn persist(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    match ctx.lookup_write(key) {
        Some(mut entry) if entry.expire_at_ms(&ctx.e.mem).is_some() => {
            ctx.set_expiry(&mut entry, None)?;
            ctx.changed(key, Class::Generic, "persist");
            ctx.integer(1);
        }
        _ => ctx.integer(0),
    }
    Ok(())
}

fn pexpire(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, true, 1)
}

fn pexpireat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, false, 1)
}

fn pexpiretime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, _| at_ms)
}

fn pttl(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, now| (at_ms - now).max(0))
}

fn randomkey(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    // Redis gives up after a while where all keys may be expired ones that may not be deleted.
    for _ in 0..100 {
        let db = ctx.e.dbs[ctx.db];
        let Server { random, mem, .. } = &mut *ctx.e;
        let Some(slot) = db.table.random(mem, || random.u32(..)) else { break };
        let entry = db.entry(&ctx.e.mem, slot);
        let expired = entry.expire_at_ms(&ctx.e.mem).is_some_and(|at_ms| at_ms < ctx.now_ms());
        if !expired || ctx.e.paused_writes() {
            ctx.bulk(entry.key(&ctx.e.mem));
            return Ok(());
        }
        let number = ctx.db;
        ctx.e.expire(number, entry);
    }
    ctx.null();
    Ok(())
}

fn rename(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rename_generic(ctx, false)
}

fn renamenx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rename_generic(ctx, true)
}

fn touch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 0;
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        count += i64::from(ctx.lookup_read(key).is_some());
    }
    ctx.integer(count);
    Ok(())
}

fn ttl(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, now| seconds(at_ms.saturating_sub(now).max(0)))
}

fn type_(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let name = ctx.glance(ctx.arg(1)).map_or("none", |entry| entry.kind().name());
    ctx.simple(name);
    Ok(())
}

fn unlink(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    delete_all(ctx, Cause::Asked)
}

fn wait(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let replicas = ctx.int(1)?;
    let timeout = ctx.int(2).map_err(|_| Error(&"ERR timeout is not an integer or out of range"))?;
    if timeout < 0 {
        return Err(Error(&"ERR timeout is negative"));
    }
    let now = ctx.e.now.mono_us;
    let waited = ctx.session().waiting_until_us.take();
    // There are no replicas to wait for: only the time can run out.
    if replicas <= 0 || ctx.e.in_exec || waited.is_some_and(|until| now >= until) {
        ctx.integer(0);
        return Ok(());
    }
    let until = waited.unwrap_or(match timeout {
        0 => u64::MAX,
        ms => now.saturating_add((ms as u64).saturating_mul(1000)),
    });
    ctx.session().waiting_until_us = Some(until);
    Err(ctx.e.suspend(Suspended::Until(until)))
}

/// A database number among the arguments.
fn database(ctx: &Ctx<'_, '_>, i: usize) -> Result<usize, Error> {
    let number = ctx.int32(i)?;
    match usize::try_from(number) {
        Ok(number) if number < ctx.config().databases => Ok(number),
        _ => Err(Error(&"ERR DB index is out of range")),
    }
}

fn delete_all(ctx: &mut Ctx<'_, '_>, cause: Cause) -> Result<(), Error> {
    let mut count = 0;
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.lookup_write(key) {
            ctx.e.remove(ctx.db, entry, cause);
            ctx.changed(key, Class::Generic, "del");
            count += 1;
        }
    }
    ctx.integer(count);
    Ok(())
}

/// The key of an OBJECT call; a null reply where it is not there.
fn object(ctx: &mut Ctx<'_, '_>) -> Option<Entry> {
    let found = ctx.peek(ctx.arg(2));
    match found {
        Some(_) => ctx.e.stats.keyspace_hits += 1,
        None => {
            ctx.e.stats.keyspace_misses += 1;
            ctx.null();
        }
    }
    found
}

/// Milliseconds from 0 up, rounded; the largest time there is has its seconds too.
fn seconds(ms: i64) -> i64 {
    ((ms as u64 + 500) / 1000) as i64
}

fn time_to_live(ctx: &mut Ctx<'_, '_>, show: fn(i64, i64) -> i64) -> Result<(), Error> {
    let now = ctx.now_ms();
    let reply = match ctx.glance(ctx.arg(1)) {
        None => -2,
        Some(entry) => entry.expire_at_ms(&ctx.e.mem).map_or(-1, |at_ms| show(at_ms, now)),
    };
    ctx.integer(reply);
    Ok(())
}

/// EXPIRE and its kin: the time is in `unit` milliseconds, from now or (`counted` is false) of the unix clock.
fn expire_generic(ctx: &mut Ctx<'_, '_>, counted: bool, unit: i64) -> Result<(), Error> {
    let key = ctx.arg(1);
    let (mut nx, mut xx, mut gt, mut lt) = (false, false, false, false);
    for i in 3..ctx.argc() {
        match ctx.word(i) {
            Word::Nx => nx = true,
            Word::Xx => xx = true,
            Word::Gt => gt = true,
            Word::Lt => lt = true,
            _ => return Err(ctx.error_showing("ERR Unsupported option ", i, usize::MAX, "")),
        }
    }
    if nx && (xx || gt || lt) {
        return Err(Error(&"ERR NX and XX, GT or LT options at the same time are not compatible"));
    }
    if gt && lt {
        return Err(Error(&"ERR GT and LT options at the same time are not compatible"));
    }
    let given = ctx.int(2)?;
    let base = if counted { ctx.now_ms() } else { 0 };
    let at_ms = given.checked_mul(unit).and_then(|ms| ms.checked_add(base));
    let Some(at_ms) = at_ms else {
        let name = ctx.row.name;
        return Err(ctx.error_fmt(format_args!("ERR invalid expire time in '{name}' command")));
    };
    let Some(mut entry) = ctx.lookup_write(key) else {
        ctx.integer(0);
        return Ok(());
    };
    let current = entry.expire_at_ms(&ctx.e.mem);
    // A key without an expiry counts as one that expires never.
    let holds = (nx && current.is_some())
        || (xx && current.is_none())
        || (gt && current.is_none_or(|current| at_ms <= current))
        || (lt && current.is_some_and(|current| at_ms >= current));
    if holds {
        ctx.integer(0);
        return Ok(());
    }
    if at_ms <= ctx.now_ms() {
        ctx.delete(entry);
        ctx.changed(key, Class::Generic, "del");
        ctx.propagate(&[Bytes::Slice(b"DEL"), key]);
    } else {
        let expiry = if counted { ctx.counted(at_ms) } else { Expiry::at(at_ms) };
        ctx.set_expiry(&mut entry, Some(expiry))?;
        ctx.changed(key, Class::Generic, "expire");
        ctx.propagate(&[Bytes::Slice(b"PEXPIREAT"), key, Bytes::Int(at_ms)]);
    }
    ctx.integer(1);
    Ok(())
}

fn rename_generic(ctx: &mut Ctx<'_, '_>, only_new: bool) -> Result<(), Error> {
    let (from, to) = (ctx.arg(1), ctx.arg(2));
    let same = ctx.e.mem.same(from, to);
    let Some(entry) = ctx.lookup_write(from) else { return Err(Error::NO_SUCH_KEY) };
    let mut replaced = false;
    if !same {
        ctx.reserve(8, entry.record_bytes() + to.len() + PAGE_BYTES)?;
        if let Some(old) = ctx.lookup_write(to) {
            if only_new {
                ctx.integer(0);
                return Ok(());
            }
            ctx.delete(old);
            replaced = true;
        }
        let Some(entry) = ctx.peek(from) else { return Err(Error::NO_SUCH_KEY) };
        let db = ctx.db;
        carry(ctx.e, db, entry, db, to)?;
        ctx.e.touched(db, from);
        ctx.notify(from, Class::Generic, "rename_from");
        ctx.changed(to, Class::Generic, "rename_to");
    }
    let _ = replaced;
    if only_new {
        ctx.integer(i64::from(!same));
    } else {
        ctx.ok();
    }
    Ok(())
}

/// Gives a value another key, in this or another database, where the key must not be. On failure nothing has changed.
fn carry(server: &mut Server, from: usize, entry: Entry, to: usize, key: Bytes) -> Result<(), Error> {
    let mem = &mut server.mem;
    let expiry = entry.expiry(mem);
    let old_key = entry.key(mem);
    let mut made = server.dbs[to].insert(mem, key, entry.form(), entry.body_len())?;
    // The insertion may have moved the slot of the record that is carried.
    let Some(entry) = server.dbs[from].find(mem, old_key) else { return Err(Error::NO_SUCH_KEY) };
    mem.copy(entry.record, entry.body_at(), made.record, made.body_at(), entry.body_len());
    made.set_large(mem, entry.is_large(mem));
    made.set_access(mem, entry.access(mem));
    if expiry.is_some()
        && let Err(oom) = server.dbs[to].set_expiry(mem, &mut made, expiry)
    {
        server.dbs[to].remove_record(mem, made);
        return Err(oom.into());
    }
    // Setting the expiry may have moved the record, never a slot.
    server.dbs[from].remove_record(mem, entry);
    Ok(())
}
