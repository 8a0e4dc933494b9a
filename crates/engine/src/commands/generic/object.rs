//! OBJECT: what lies behind a key.

use crate::commands::Ctx;
use crate::error::Error;
use crate::keyspace::access;
use crate::value;
use crate::value::record::{Entry, Type};
use crate::value::string;

pub(super) fn object_encoding(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(entry) = object(ctx) else { return Ok(()) };
    let name = value::encoding(&ctx.e.mem, &entry);
    ctx.bulk_str(name);
    Ok(())
}

pub(super) fn object_freq(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

pub(super) fn object_idletime(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

pub(super) fn object_refcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if let Some(entry) = object(ctx) {
        // Nothing is shared here, but clients look whether Redis's small numbers are.
        let policy = ctx.config().maxmemory_policy;
        let may_share = ctx.config().maxmemory == 0 || !(policy.is_lru() || policy.is_lfu());
        let shared = may_share && entry.kind() == Type::String && string::is_small_int(&ctx.e.mem, &entry);
        ctx.integer(if shared { i64::from(i32::MAX) } else { 1 });
    }
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
