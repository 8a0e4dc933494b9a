//! SET and its kin: values set as a whole.

use super::super::Ctx;
use super::options::{Options, Ttl, expiry};
use crate::args;
use crate::config::Class;
use crate::error::Error;
use crate::keyspace::lazyfree::Cause;
use crate::limits::STRING_INLINE_BYTES_MAX;
use crate::memory::{Arena, Bytes};
use crate::value;
use crate::value::record::{Entry, Expiry, Type, record_bytes};
use crate::value::string::{self, Source};
use crate::word::Word;

/// SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
pub fn set(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut options = Options::default();
    if ctx.argc() > 3 {
        let (parsed, time_at) = Options::parse(ctx, 3, true)?;
        options = parsed;
        options.read_expiry(ctx, time_at)?;
    }
    let (key, value, source) = (ctx.arg(1), ctx.arg(2), ctx.source(2));
    let found = if options.get { ctx.read(key, Type::String)? } else { ctx.lookup_write(key) };
    let done = if found.is_some() { !options.nx } else { !options.xx };
    if done {
        reserve(ctx, key, found.as_ref(), source)?;
    }
    if options.get {
        reply_value(ctx, found.as_ref());
    }
    if !done {
        if !options.get {
            ctx.null();
        }
        return Ok(());
    }
    let mut entry = store(ctx, key, found, source, options.ttl == Some(Ttl::Keep))?;
    ctx.changed(key, Class::String, "set");
    if let Some(expiry) = options.expiry {
        expire(ctx, key, value, &mut entry, expiry)?;
    } else if options.get {
        propagate_without_get(ctx, key, value, options);
    }
    if !options.get {
        ctx.ok();
    }
    Ok(())
}

pub fn setnx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, value) = (ctx.arg(1), ctx.source(2));
    if ctx.lookup_write(key).is_some() {
        ctx.integer(0);
        return Ok(());
    }
    reserve(ctx, key, None, value)?;
    store(ctx, key, None, value, false)?;
    ctx.changed(key, Class::String, "set");
    ctx.integer(1);
    Ok(())
}

pub fn setex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    set_with_expiry(ctx, Ttl::Ex)
}

pub fn psetex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    set_with_expiry(ctx, Ttl::Px)
}

fn set_with_expiry(ctx: &mut Ctx<'_, '_>, ttl: Ttl) -> Result<(), Error> {
    let (key, value, source) = (ctx.arg(1), ctx.arg(3), ctx.source(3));
    let expiry = expiry(ctx, 2, ttl)?;
    let found = ctx.lookup_write(key);
    reserve(ctx, key, found.as_ref(), source)?;
    let mut entry = store(ctx, key, found, source, false)?;
    ctx.changed(key, Class::String, "set");
    expire(ctx, key, value, &mut entry, expiry)?;
    ctx.ok();
    Ok(())
}

pub fn getset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, value, source) = (ctx.arg(1), ctx.arg(2), ctx.source(2));
    let found = ctx.read(key, Type::String)?;
    reserve(ctx, key, found.as_ref(), source)?;
    reply_value(ctx, found.as_ref());
    store(ctx, key, found, source, false)?;
    ctx.changed(key, Class::String, "set");
    ctx.propagate(&[Bytes::Slice(b"SET"), key, value]);
    Ok(())
}

pub fn mset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc().is_multiple_of(2) {
        return Err(Error::WRONG_ARITY);
    }
    set_pairs(ctx)?;
    ctx.ok();
    Ok(())
}

pub fn msetnx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc().is_multiple_of(2) {
        return Err(Error::WRONG_ARITY);
    }
    for i in (1..ctx.argc()).step_by(2) {
        let key = ctx.arg(i);
        if ctx.lookup_write(key).is_some() {
            ctx.integer(0);
            return Ok(());
        }
    }
    set_pairs(ctx)?;
    ctx.integer(1);
    Ok(())
}

fn set_pairs(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (mut blocks, mut bytes) = (2, 1024);
    for i in (1..ctx.argc()).step_by(2) {
        let (more, size) = string::cost(ctx.source(i + 1).len_to_reserve());
        blocks += more + 1;
        bytes += size + ctx.arg(i).len() + 32;
    }
    ctx.reserve(blocks, bytes)?;
    for i in (1..ctx.argc()).step_by(2) {
        let (key, value) = (ctx.arg(i), ctx.source(i + 1));
        let found = ctx.lookup_write(key);
        store(ctx, key, found, value, false)?;
        ctx.changed(key, Class::String, "set");
    }
    Ok(())
}

/// Reserves what [`store`] will allocate.
pub fn reserve(ctx: &mut Ctx<'_, '_>, key: Bytes, found: Option<&Entry>, value: Source) -> Result<(), Error> {
    let len = value.len_to_reserve();
    let (blocks, bytes) = string::cost(len);
    if let Some(entry) = found {
        if fits_in_place(entry, len) {
            return Ok(());
        }
        return ctx.reserve(blocks, bytes + entry.record_bytes());
    }
    ctx.reserve(blocks + 2, bytes + record_bytes(key.len(), true, 0) + key.len() + 512)
}

fn fits_in_place(entry: &Entry, len: usize) -> bool {
    let before = entry.record_bytes();
    entry.kind() == Type::String
        && string::shape(len).0 == entry.form()
        && len < 0x80
        && entry.body_len() < 0x80
        && Arena::block_bytes(before) == Arena::block_bytes(before - entry.body_len() + len)
}

/// Makes the source the string of a key, whatever was there. Memory was reserved for it.
pub fn store(
    ctx: &mut Ctx<'_, '_>,
    key: Bytes,
    found: Option<Entry>,
    source: Source,
    keep_ttl: bool,
) -> Result<Entry, Error> {
    let Some(mut entry) = found else {
        let (form, body) = source.shape();
        let mut entry = ctx.create(key, form, body)?;
        if let Err(oom) = string::fill(ctx.mem(), &mut entry, source) {
            ctx.delete(entry);
            return Err(oom.into());
        }
        args::give(ctx.mem(), source);
        return Ok(entry);
    };
    if entry.kind() == Type::String {
        // A copy of a long string takes the place of the old one, piece by piece.
        let is_overwritten = matches!(source, Source::Copy(bytes) if bytes.len() > STRING_INLINE_BYTES_MAX);
        if value::is_long(&entry) && !is_overwritten {
            // Not shortened in one step.
            ctx.e.detach(&entry, Cause::Server);
            string::forget(ctx.mem(), &entry);
        }
        string::set(ctx.mem(), &mut entry, source)?;
    } else {
        ctx.e.detach(&entry, Cause::Server);
        if let Err(oom) = string::set(ctx.mem(), &mut entry, source) {
            // Against the reservation; what was released must not be found again.
            let db = ctx.db;
            ctx.e.dbs[db].remove_record(&mut ctx.e.mem, entry);
            return Err(oom.into());
        }
    }
    args::give(ctx.mem(), source);
    if !keep_ttl && entry.expire_at_ms(ctx.mem()).is_some() {
        ctx.set_expiry(&mut entry, None)?;
    }
    Ok(entry)
}

fn reply_value(ctx: &mut Ctx<'_, '_>, entry: Option<&Entry>) {
    match entry {
        Some(entry) => {
            let old = string::read(ctx.mem(), entry);
            ctx.bulk(old);
        }
        None => ctx.null(),
    }
}

/// The expiry of a value just set; Redis propagates both as one SET with a point in time.
fn expire(ctx: &mut Ctx<'_, '_>, key: Bytes, value: Bytes, entry: &mut Entry, expiry: Expiry) -> Result<(), Error> {
    ctx.set_expiry(entry, Some(expiry))?;
    ctx.propagate(&[Bytes::Slice(b"SET"), key, value, Bytes::Slice(b"PXAT"), Bytes::Int(expiry.at_ms)]);
    ctx.notify(key, Class::Generic, "expire");
    Ok(())
}

/// As Redis does: the arguments without GET.
fn propagate_without_get(ctx: &mut Ctx<'_, '_>, key: Bytes, value: Bytes, options: Options) {
    let mut args = [Bytes::Slice(b"SET"), key, value, Bytes::EMPTY, Bytes::EMPTY];
    let mut count = 3;
    let mut add = |bytes| {
        if let Some(arg) = args.get_mut(count) {
            *arg = bytes;
        }
        count += 1;
    };
    for i in 3..ctx.argc() {
        if ctx.word(i) != Word::Get {
            add(ctx.arg(i));
        }
    }
    if count > args.len() {
        // Said again and again; once is enough.
        args[3] = Bytes::Slice(if options.nx { b"NX" } else { b"XX" });
        args[4] = Bytes::Slice(b"KEEPTTL");
        count = match (options.nx || options.xx, options.ttl.is_some()) {
            (true, true) => 5,
            (true, false) => 4,
            _ => {
                args[3] = args[4];
                4
            }
        };
    }
    ctx.propagate(&args[..count]);
}
