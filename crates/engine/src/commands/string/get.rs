//! GET and its kin: values read, and removed or given an expiry on the way.

use super::super::Ctx;
use super::options::{Options, Ttl};
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::memory::bytes::Digits;
use crate::value::record::Type;
use crate::value::string;

pub fn get(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    match ctx.read(key, Type::String)? {
        Some(entry) => {
            let value = string::read(&ctx.e.mem, &entry);
            ctx.bulk(value);
        }
        None => ctx.null(),
    }
    Ok(())
}

pub fn getdel(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(entry) = ctx.read(key, Type::String)? else {
        ctx.null();
        return Ok(());
    };
    let value = string::read(&ctx.e.mem, &entry);
    ctx.bulk(value);
    ctx.delete(entry);
    ctx.propagate(&[Bytes::Slice(b"DEL"), key]);
    ctx.changed(key, Class::Generic, "del");
    Ok(())
}

/// GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
pub fn getex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (mut options, time_at) = Options::parse(ctx, 2, false)?;
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.read(key, Type::String)? else {
        ctx.null();
        return Ok(());
    };
    options.read_expiry(ctx, time_at)?;
    if options.expiry.is_some() {
        ctx.reserve(1, entry.record_bytes() + 8)?;
    }
    let value = string::read(&ctx.e.mem, &entry);
    ctx.bulk(value);
    match options.expiry {
        Some(expiry) if options.ttl.is_some_and(Ttl::is_absolute) && expiry.at_ms <= ctx.now_ms() => {
            ctx.delete(entry);
            ctx.propagate(&[Bytes::Slice(b"DEL"), key]);
            ctx.changed(key, Class::Generic, "del");
        }
        Some(expiry) => {
            ctx.set_expiry(&mut entry, Some(expiry))?;
            ctx.propagate(&[Bytes::Slice(b"PEXPIREAT"), key, Bytes::Int(expiry.at_ms)]);
            ctx.changed(key, Class::Generic, "expire");
        }
        None if options.ttl == Some(Ttl::Persist) && entry.expire_at_ms(ctx.mem()).is_some() => {
            ctx.set_expiry(&mut entry, None)?;
            ctx.propagate(&[Bytes::Slice(b"PERSIST"), key]);
            ctx.changed(key, Class::Generic, "persist");
        }
        None => {}
    }
    Ok(())
}

pub fn strlen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let len = ctx.read(key, Type::String)?.map_or(0, |entry| string::len(&ctx.e.mem, &entry));
    ctx.integer(len as i64);
    Ok(())
}

/// GETRANGE and its old name SUBSTR.
pub fn getrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, start, end) = (ctx.arg(1), ctx.int(2)?, ctx.int(3)?);
    let value = match ctx.read(key, Type::String)? {
        Some(entry) => string::read(&ctx.e.mem, &entry),
        None => Bytes::EMPTY,
    };
    let len = value.len() as i64;
    let from_end = |index: i64| if index < 0 { index.saturating_add(len).max(0) } else { index };
    let (first, last) = (from_end(start), from_end(end).min(len - 1));
    if (start < 0 && end < 0 && start > end) || first > last {
        ctx.bulk(Bytes::EMPTY);
        return Ok(());
    }
    reply_part(ctx, value, first as usize, (last - first + 1) as usize);
    Ok(())
}

pub fn mget(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.array(ctx.argc() - 1);
    for i in 1..ctx.argc() {
        let key = ctx.arg(i);
        match ctx.lookup_read(key) {
            Some(entry) if entry.kind() == Type::String => {
                let value = string::read(&ctx.e.mem, &entry);
                ctx.bulk(value);
            }
            _ => ctx.null(),
        }
    }
    Ok(())
}

/// `len` bytes of a value from `from` on, as a bulk.
fn reply_part(ctx: &mut Ctx<'_, '_>, value: Bytes, from: usize, len: usize) {
    if let Bytes::Block { at, .. } = value {
        return ctx.bulk(Bytes::Block { at: at + from, len });
    }
    let mut digits = Digits::new();
    let (reply, mem) = (&mut ctx.e.reply, &mut ctx.e.mem);
    reply.put(mem, b"$");
    reply.put(mem, digits.format(len).as_bytes());
    reply.put(mem, b"\r\n");
    let mut done = 0;
    while done < len && !reply.failed() {
        let mut piece = [0; 1024];
        let room = piece.len().min(len - done);
        let n = mem.view(value).copy_to(from + done, &mut piece[..room]);
        reply.put(mem, &piece[..n]);
        done += n;
    }
    reply.put(mem, b"\r\n");
}
