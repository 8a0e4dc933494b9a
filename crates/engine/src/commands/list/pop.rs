//! List commands that take items from an end: pops and moves, and those that wait for an item.

use super::{reply_items, reserve};
use crate::commands::{Ctx, Timeout};
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::list::{self, End};
use crate::value::record::{Entry, Form, Type};
use crate::word::Word;

pub(super) fn blmove(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (end_at(ctx, 3)?, end_at(ctx, 4)?);
    let timeout = ctx.timeout(5)?;
    move_item(ctx, from, to, Some(timeout))
}

pub(super) fn blmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_of_several(ctx, 2)
}

pub(super) fn blpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Head)
}

pub(super) fn brpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Tail)
}

pub(super) fn brpoplpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let timeout = ctx.timeout(3)?;
    move_item(ctx, End::Tail, End::Head, Some(timeout))
}

pub(super) fn lmove(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (end_at(ctx, 3)?, end_at(ctx, 4)?);
    move_item(ctx, from, to, None)
}

pub(super) fn rpoplpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    move_item(ctx, End::Tail, End::Head, None)
}

pub(super) fn lmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_of_several(ctx, 1)
}

pub(super) fn lpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop(ctx, End::Head)
}

pub(super) fn rpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop(ctx, End::Tail)
}

/// LMPOP, and BLMPOP, which has a timeout before the number of keys: that is argument `at`.
fn pop_of_several(ctx: &mut Ctx<'_, '_>, at: usize) -> Result<(), Error> {
    const NUMKEYS: Error = Error(&"ERR numkeys should be greater than 0");
    const COUNT: Error = Error(&"ERR count should be greater than 0");
    let keys = ctx.int(at).ok().filter(|&n| n > 0).ok_or(NUMKEYS)?;
    let first = at + 1;
    let keys = usize::try_from(keys).ok().filter(|&n| n < ctx.argc() - first).ok_or(Error::SYNTAX)?;
    let end = end_at(ctx, first + keys)?;
    let mut count = None;
    let mut i = first + keys + 1;
    while i < ctx.argc() {
        if count.is_some() || ctx.word(i) != Word::Count || i + 1 == ctx.argc() {
            return Err(Error::SYNTAX);
        }
        count = Some(ctx.int(i + 1).ok().filter(|&n| n > 0).ok_or(COUNT)?);
        i += 2;
    }
    // As in Redis the timeout is looked at last.
    let timeout = if at > 1 { Some(ctx.timeout(at - 1)?) } else { None };
    for i in ctx.keys_to_try(first, keys) {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.write(key, Type::List)? {
            let n = clamp(count.unwrap_or(1), list::len(ctx.mem(), &entry));
            ctx.array(2);
            ctx.bulk(key);
            reply_from_end(ctx, &entry, end, n);
            ctx.propagate(&[pop_name(end), key, Bytes::Int(n as i64)]);
            return drop_from_end(ctx, key, entry, end, n);
        }
    }
    match timeout {
        Some(timeout) => ctx.wait_for_keys(timeout, Ctx::null_array),
        None => {
            ctx.null_array();
            Ok(())
        }
    }
}

/// BLPOP and BRPOP.
fn pop_or_wait(ctx: &mut Ctx<'_, '_>, end: End) -> Result<(), Error> {
    let timeout = ctx.timeout(ctx.argc() - 1)?;
    for i in ctx.keys_to_try(1, ctx.argc() - 2) {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.write(key, Type::List)? {
            ctx.array(2);
            ctx.bulk(key);
            if let Some(item) = list::peek(ctx.mem(), &entry, end) {
                ctx.bulk(item);
            }
            ctx.propagate(&[pop_name(end), key]);
            return drop_from_end(ctx, key, entry, end, 1);
        }
    }
    ctx.wait_for_keys(timeout, Ctx::null_array)
}

fn pop(ctx: &mut Ctx<'_, '_>, end: End) -> Result<(), Error> {
    let count = match ctx.argc() {
        2 => None,
        3 => Some(ctx.int(2).ok().filter(|&n| n >= 0).ok_or(Error::NOT_POSITIVE)?),
        _ => return Err(Error::WRONG_ARITY),
    };
    let key = ctx.arg(1);
    let Some(entry) = ctx.write(key, Type::List)? else {
        match count {
            Some(_) => ctx.null_array(),
            None => ctx.null(),
        }
        return Ok(());
    };
    let Some(count) = count else {
        if let Some(item) = list::peek(ctx.mem(), &entry, end) {
            ctx.bulk(item);
        }
        return drop_from_end(ctx, key, entry, end, 1);
    };
    let n = clamp(count, list::len(ctx.mem(), &entry));
    reply_from_end(ctx, &entry, end, n);
    if n > 0 { drop_from_end(ctx, key, entry, end, n) } else { Ok(()) }
}

/// LMOVE, RPOPLPUSH and their blocking kin: keys are arguments 1 and 2.
fn move_item(ctx: &mut Ctx<'_, '_>, from: End, to: End, timeout: Option<Timeout>) -> Result<(), Error> {
    let (source_key, target_key) = (ctx.arg(1), ctx.arg(2));
    if ctx.write(source_key, Type::List)?.is_none() {
        if let Some(timeout) = timeout {
            return ctx.wait_for_keys(timeout, Ctx::null);
        }
        ctx.null();
        return Ok(());
    }
    let target = ctx.write(target_key, Type::List)?;
    // Looked up again: the target may have expired just now, and the table moved.
    let Some(mut source) = ctx.peek(source_key) else {
        ctx.null();
        return Ok(());
    };
    let Some(item) = list::peek(ctx.mem(), &source, from) else {
        ctx.null();
        return Ok(());
    };
    reserve(ctx, 1, 2 * item.len() + target_key.len())?;
    ctx.bulk(item);
    let last = list::len(ctx.mem(), &source) == 1;
    let same = ctx.mem().same(source_key, target_key);
    if !(same && last) {
        let Some(taken) = list::take(ctx.mem(), &mut source, from)? else { return Ok(()) };
        let item = taken.item();
        match target {
            _ if same => list::push(ctx.mem(), &mut source, to, &item)?,
            Some(mut target) => list::push(ctx.mem(), &mut target, to, &item)?,
            None => {
                let mut target = ctx.create(target_key, Form::ListPacked, list::first_body_bytes(&item))?;
                list::start(ctx.mem(), &mut target, &item)?;
            }
        }
    }
    if timeout.is_some() {
        ctx.propagate(&[Bytes::Slice(b"LMOVE"), source_key, target_key, end_name(from), end_name(to)]);
    }
    ctx.changed(target_key, Class::List, if to == End::Head { "lpush" } else { "rpush" });
    ctx.notify(source_key, Class::List, if from == End::Head { "lpop" } else { "rpop" });
    if last && !same {
        // Found anew: the target may have been created since.
        if let Some(source) = ctx.peek(source_key) {
            ctx.delete(source);
        }
        ctx.notify(source_key, Class::Generic, "del");
    }
    let db = ctx.db();
    ctx.e.touched(db, source_key);
    Ok(())
}

/// Replies `n` items from an end inwards.
fn reply_from_end(ctx: &mut Ctx<'_, '_>, entry: &Entry, end: End, n: usize) {
    let iter = match end {
        End::Head => list::iter(ctx.mem(), entry),
        End::Tail => list::iter_back(ctx.mem(), entry),
    };
    reply_items(ctx, iter, n);
}

/// Drops `n` items, which were replied, from an end; the key with the last.
fn drop_from_end(ctx: &mut Ctx<'_, '_>, key: Bytes, mut entry: Entry, end: End, n: usize) -> Result<(), Error> {
    if ctx.e.reply.failed() {
        return Err(Error::OOM);
    }
    let event = if end == End::Head { "lpop" } else { "rpop" };
    let all = n >= list::len(ctx.mem(), &entry);
    if all {
        ctx.delete(entry);
    } else {
        let (front, back) = if end == End::Head { (n, 0) } else { (0, n) };
        list::trim(ctx.mem(), &mut entry, front, back)?;
    }
    ctx.changed(key, Class::List, event);
    ctx.add_dirty(n as u64 - 1);
    if all {
        ctx.notify(key, Class::Generic, "del");
    }
    Ok(())
}

fn pop_name(end: End) -> Bytes<'static> {
    Bytes::Slice(if end == End::Head { b"LPOP" } else { b"RPOP" })
}

/// LEFT or RIGHT.
fn end_at(ctx: &Ctx<'_, '_>, i: usize) -> Result<End, Error> {
    match ctx.word(i) {
        Word::Left => Ok(End::Head),
        Word::Right => Ok(End::Tail),
        _ => Err(Error::SYNTAX),
    }
}

fn end_name(end: End) -> Bytes<'static> {
    Bytes::Slice(if end == End::Head { b"LEFT" } else { b"RIGHT" })
}

/// A positive count, at most `len`.
fn clamp(count: i64, len: usize) -> usize {
    usize::try_from(count).unwrap_or(len).min(len)
}
