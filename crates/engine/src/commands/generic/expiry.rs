//! When a key ends: EXPIRE and its kin, TTL and its kin, PERSIST.

use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::Expiry;
use crate::word::Word;

pub(super) fn expire(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, true, 1000)
}

pub(super) fn expireat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, false, 1000)
}

pub(super) fn expiretime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, _| seconds(at_ms))
}

pub(super) fn persist(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

pub(super) fn pexpire(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, true, 1)
}

pub(super) fn pexpireat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    expire_generic(ctx, false, 1)
}

pub(super) fn pexpiretime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, _| at_ms)
}

pub(super) fn pttl(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, now| (at_ms - now).max(0))
}

pub(super) fn ttl(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    time_to_live(ctx, |at_ms, now| seconds(at_ms.saturating_sub(now).max(0)))
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
