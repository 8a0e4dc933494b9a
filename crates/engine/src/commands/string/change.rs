//! Values changed in place: APPEND, SETRANGE and counters.

use super::super::Ctx;
use super::set::{reserve, store};
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::memory::bytes::Digits;
use crate::number::LongDouble;
use crate::value::record::{Entry, Type};
use crate::value::string::{self, Source};

const TOO_LONG: Error = Error(&"ERR string exceeds maximum allowed size (proto-max-bulk-len)");

pub fn append(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, more) = (ctx.arg(1), ctx.arg(2));
    let len = match ctx.write(key, Type::String)? {
        None => {
            let source = ctx.source(2);
            reserve(ctx, key, None, source)?;
            store(ctx, key, None, source, false)?;
            more.len()
        }
        Some(mut entry) => {
            let len = checked_len(ctx, string::len(&ctx.e.mem, &entry) as i64, more.len())?;
            let (blocks, bytes) = string::cost_of_change(&ctx.e.mem, &entry, len, more.len());
            ctx.reserve(blocks, bytes)?;
            string::append(ctx.mem(), &mut entry, more)?;
            entry.set_large(ctx.mem(), true);
            len
        }
    };
    ctx.changed(key, Class::String, "append");
    ctx.integer(len as i64);
    Ok(())
}

pub fn setrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, offset, piece) = (ctx.arg(1), ctx.int(2)?, ctx.arg(3));
    if offset < 0 {
        return Err(Error(&"ERR offset is out of range"));
    }
    let found = ctx.write(key, Type::String)?;
    let old = found.map_or(0, |entry| string::len(&ctx.e.mem, &entry));
    if piece.is_empty() {
        ctx.integer(old as i64);
        return Ok(());
    }
    let end = checked_len(ctx, offset, piece.len())?;
    let mut entry = lengthen(ctx, key, found, end.max(old), piece.len())?;
    string::write_at(ctx.mem(), &mut entry, offset as usize, piece)?;
    ctx.changed(key, Class::String, "setrange");
    ctx.integer(end.max(old) as i64);
    Ok(())
}

/// The length a string of `len` bytes has with `more`, if that is allowed.
fn checked_len(ctx: &Ctx<'_, '_>, len: i64, more: usize) -> Result<usize, Error> {
    match len.checked_add(more as i64) {
        Some(total) if total as u64 <= ctx.config().proto_max_bulk_len => Ok(total as usize),
        _ => Err(TOO_LONG),
    }
}

/// Gives a key's string at least `len` bytes, zeros where it had none, to be changed in place: it is "raw" from here
/// on. Memory is reserved for `written` bytes that will be changed in it.
pub fn lengthen(
    ctx: &mut Ctx<'_, '_>,
    key: Bytes,
    found: Option<Entry>,
    len: usize,
    written: usize,
) -> Result<Entry, Error> {
    let mut entry = match found {
        Some(entry) => {
            let (blocks, bytes) = string::cost_of_change(&ctx.e.mem, &entry, len, written);
            ctx.reserve(blocks, bytes)?;
            entry
        }
        None => {
            let (blocks, bytes) = string::cost_sparse(len, written);
            ctx.reserve(blocks + 2, bytes + key.len() + 512)?;
            store(ctx, key, None, Source::Copy(Bytes::EMPTY), false)?
        }
    };
    if len > string::len(&ctx.e.mem, &entry)
        && let Err(oom) = string::resize(ctx.mem(), &mut entry, len)
    {
        if found.is_none() {
            ctx.delete(entry);
        }
        return Err(oom.into());
    }
    entry.set_large(ctx.mem(), true);
    Ok(entry)
}

pub fn incr(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    add(ctx, 1)
}

pub fn decr(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    add(ctx, -1)
}

pub fn incrby(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let increment = ctx.int(2)?;
    add(ctx, increment)
}

pub fn decrby(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match ctx.int(2)?.checked_neg() {
        Some(increment) => add(ctx, increment),
        None => Err(Error(&"ERR decrement would overflow")),
    }
}

fn add(ctx: &mut Ctx<'_, '_>, increment: i64) -> Result<(), Error> {
    let key = ctx.arg(1);
    let found = ctx.write(key, Type::String)?;
    let value = match &found {
        Some(entry) => {
            let value = string::read(&ctx.e.mem, entry);
            ctx.e.mem.view(value).to_i64().ok_or(Error::NOT_INTEGER)?
        }
        None => 0,
    };
    let sum = value.checked_add(increment).ok_or(Error(&"ERR increment or decrement would overflow"))?;
    // The digits serve the value and the reply.
    let mut digits = Digits::new();
    let text = digits.format(sum).as_bytes();
    reserve(ctx, key, found.as_ref(), Source::Copy(Bytes::Slice(text)))?;
    store(ctx, key, found, Source::Copy(Bytes::Slice(text)), true)?;
    ctx.changed(key, Class::String, "incrby");
    let mut line = [b':'; 24];
    line[1..=text.len()].copy_from_slice(text);
    line[text.len() + 1..text.len() + 3].copy_from_slice(b"\r\n");
    ctx.e.reply.put(&mut ctx.e.mem, &line[..text.len() + 3]);
    Ok(())
}

pub fn incrbyfloat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let found = ctx.write(key, Type::String)?;
    let value = match &found {
        Some(entry) => {
            let value = string::read(&ctx.e.mem, entry);
            string::to_long_double(&ctx.e.mem, value).ok_or(Error::NOT_FLOAT)?
        }
        None => LongDouble::ZERO,
    };
    let increment = string::to_long_double(&ctx.e.mem, ctx.arg(2)).ok_or(Error::NOT_FLOAT)?;
    let sum = value.checked_add(increment).ok_or(Error(&"ERR increment would produce NaN or Infinity"))?.format();
    let text = Bytes::Slice(sum.as_bytes());
    reserve(ctx, key, found.as_ref(), Source::Copy(text))?;
    let mut entry = store(ctx, key, found, Source::Copy(text), true)?;
    string::keep_as_text(ctx.mem(), &mut entry)?;
    // A replica's arithmetic may differ: it gets the result.
    ctx.propagate(&[Bytes::Slice(b"SET"), key, text, Bytes::Slice(b"KEEPTTL")]);
    ctx.changed(key, Class::String, "incrbyfloat");
    ctx.bulk(text);
    Ok(())
}
