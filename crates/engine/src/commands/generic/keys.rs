//! Which keys there are: EXISTS, KEYS, RANDOMKEY, TYPE, TOUCH; their end by DEL and UNLINK; and WAIT, which Redis counts
//! among the generic commands.

use crate::commands::Ctx;
use crate::config::Class;
use crate::error::{Error, Suspended};
use crate::glob;
use crate::keyspace::lazyfree::Cause;
use crate::memory::Bytes;
use crate::server::Server;

pub(super) fn del(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    delete_all(ctx, Cause::Del)
}

pub(super) fn exists(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 0;
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        count += i64::from(ctx.glance(key).is_some());
    }
    ctx.integer(count);
    Ok(())
}

pub(super) fn keys(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

pub(super) fn randomkey(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

pub(super) fn touch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 0;
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        count += i64::from(ctx.lookup_read(key).is_some());
    }
    ctx.integer(count);
    Ok(())
}

pub(super) fn type_(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let name = ctx.glance(ctx.arg(1)).map_or("none", |entry| entry.kind().name());
    ctx.simple(name);
    Ok(())
}

pub(super) fn unlink(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    delete_all(ctx, Cause::Asked)
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

pub(super) fn wait(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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
