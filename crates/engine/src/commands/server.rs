//! Commands about the server as a whole.
//!
//! Not here: CONFIG (`config.rs`), COMMAND (`command.rs`), SLOWLOG and LATENCY (`diagnostics.rs`), SAVE and its kin
//! (`persistence.rs`).

use super::Ctx;
use super::help::help;
use super::lolwut::lolwut;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::{Error, Request, Suspended};
use crate::keyspace::lazyfree::Cause;
use crate::memory::Bytes;
use crate::word::Word;

/// The Redis whose behaviour this server has; its own version is the crate's.
pub const REDIS_VERSION: &str = "7.0.15";

pub const COMMANDS: &[Command] = &[
    Command {
        name: "dbsize",
        arity: 1,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: dbsize,
        subcommands: &[],
        doc: docs!(server, DBSIZE),
    },
    Command {
        name: "debug",
        arity: -2,
        flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: super::debug::debug,
        subcommands: &[],
        doc: docs!(server, DEBUG),
    },
    Command {
        name: "flushall",
        arity: -1,
        flags: Flags::WRITE,
        acl: Acl::DANGEROUS.with(Acl::KEYSPACE),
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: flushall,
        subcommands: &[],
        doc: docs!(server, FLUSHALL),
    },
    Command {
        name: "flushdb",
        arity: -1,
        flags: Flags::WRITE,
        acl: Acl::DANGEROUS.with(Acl::KEYSPACE),
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: flushdb,
        subcommands: &[],
        doc: docs!(server, FLUSHDB),
    },
    Command {
        name: "info",
        arity: -1,
        flags: Flags::LOADING.with(Flags::STALE),
        acl: Acl::DANGEROUS,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: super::info::info,
        subcommands: &[],
        doc: docs!(server, INFO),
    },
    Command {
        name: "lolwut",
        arity: -1,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "5.0.0",
        run: lolwut,
        subcommands: &[],
        doc: docs!(server, LOLWUT),
    },
    Command {
        name: "memory",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "4.0.0",
        run: help,
        subcommands: &[
            Command {
                name: "doctor",
                arity: 2,
                flags: Flags::NONE,
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "4.0.0",
                run: super::memory::doctor,
                subcommands: &[],
                doc: docs!(server, MEMORY_DOCTOR),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "4.0.0",
                run: help,
                subcommands: &[],
                doc: docs!(server, MEMORY_HELP),
            },
            Command {
                name: "malloc-stats",
                arity: 2,
                flags: Flags::NONE,
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "4.0.0",
                run: super::memory::malloc_stats,
                subcommands: &[],
                doc: docs!(server, MEMORY_MALLOC_STATS),
            },
            Command {
                name: "purge",
                arity: 2,
                flags: Flags::NONE,
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "4.0.0",
                run: super::memory::purge,
                subcommands: &[],
                doc: docs!(server, MEMORY_PURGE),
            },
            Command {
                name: "stats",
                arity: 2,
                flags: Flags::NONE,
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "4.0.0",
                run: super::memory::stats,
                subcommands: &[],
                doc: docs!(server, MEMORY_STATS),
            },
            Command {
                name: "usage",
                arity: -3,
                flags: Flags::READONLY,
                acl: Acl::NONE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Server,
                since: "4.0.0",
                run: super::memory::key_usage,
                subcommands: &[],
                doc: docs!(server, MEMORY_USAGE),
            },
        ],
        doc: docs!(server, MEMORY),
    },
    Command {
        name: "monitor",
        arity: 1,
        flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: super::monitor::monitor,
        subcommands: &[],
        doc: docs!(server, MONITOR),
    },
    Command {
        name: "role",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST),
        acl: Acl::ADMIN.with(Acl::DANGEROUS),
        keys: &[],
        group: Group::Server,
        since: "2.8.12",
        run: role,
        subcommands: &[],
        doc: docs!(server, ROLE),
    },
    Command {
        name: "swapdb",
        arity: 3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::DANGEROUS.with(Acl::KEYSPACE),
        keys: &[],
        group: Group::Server,
        since: "4.0.0",
        run: swapdb,
        subcommands: &[],
        doc: docs!(server, SWAPDB),
    },
    Command {
        name: "time",
        arity: 1,
        flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "2.6.0",
        run: time,
        subcommands: &[],
        doc: docs!(server, TIME),
    },
];

fn dbsize(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let count = ctx.e.dbs[ctx.db].len();
    ctx.integer(count as i64);
    Ok(())
}

fn flushall(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let cause = flush_mode(ctx)?;
    // As in Redis, where it ends the saving process.
    ctx.e.abort_save();
    for db in 0..ctx.e.dbs.len() {
        let removed = ctx.e.flush(db, cause);
        ctx.e.dirty += removed as u64;
    }
    // With the data goes what was kept because it could not be loaded.
    ctx.e.save.held = None;
    // Redis counts the flush itself as a change, so that it is propagated though nothing was there.
    ctx.e.dirty += 1;
    ctx.e.save.is_flushed = true;
    if ctx.e.config.save_points == 0 || ctx.e.in_exec {
        // A transaction does not wait: where there are save points the next tick begins the save.
        ctx.ok();
        return Ok(());
    }
    // As in Redis the reply comes when what was saved cannot come back.
    if ctx.e.is_rested() {
        ctx.e.begin_save_of_flush();
        return Err(ctx.e.suspend(Suspended::Flush));
    }
    Err(ctx.e.suspend(Suspended::Shell(Request::DropSaved)))
}

fn flushdb(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let cause = flush_mode(ctx)?;
    let db = ctx.db;
    let removed = ctx.e.flush(db, cause);
    ctx.e.dirty += removed as u64 + 1;
    ctx.ok();
    Ok(())
}

/// FLUSHDB and FLUSHALL take SYNC or ASYNC. Both are freed in steps here; only what INFO counts differs.
fn flush_mode(ctx: &Ctx<'_, '_>) -> Result<Cause, Error> {
    match (ctx.argc(), ctx.word(1)) {
        (1, _) => Ok(Cause::Flush),
        (2, Word::Sync) => Ok(Cause::Sync),
        (2, Word::Async) => Ok(Cause::Asked),
        _ => Err(Error::SYNTAX),
    }
}

fn role(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.array(3);
    ctx.bulk_str("master");
    ctx.integer(0);
    ctx.array(0);
    Ok(())
}

fn swapdb(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let first = ctx.int32(1).map_err(|_| Error(&"ERR invalid first DB index"))?;
    let second = ctx.int32(2).map_err(|_| Error(&"ERR invalid second DB index"))?;
    let databases = ctx.config().databases as i32;
    if !(0..databases).contains(&first) || !(0..databases).contains(&second) {
        return Err(Error(&"ERR DB index is out of range"));
    }
    let (first, second) = (first as usize, second as usize);
    if first != second {
        ctx.e.break_watches_of_db(first, Some(second));
        ctx.e.dbs.swap(first, second);
        ctx.e.signal_swapped(first, second);
    }
    ctx.e.dirty += 1;
    ctx.ok();
    Ok(())
}

fn time(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let ms = ctx.now_ms();
    // Finer than the wall clock's milliseconds: the microseconds of the monotonic clock.
    let us = ms.rem_euclid(1000) * 1000 + (ctx.e.now.mono_us % 1000) as i64;
    ctx.array(2);
    ctx.bulk(Bytes::Int(ms.div_euclid(1000)));
    ctx.bulk(Bytes::Int(us));
    Ok(())
}
