//! ZPOPMIN, ZPOPMAX, ZMPOP and their blocking kin.

use super::super::Ctx;
use super::add::{finish_removal, remove_ranks};
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::{Entry, Type};
use crate::value::zset::{self, Cursor};
use crate::word::Word;

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

/// How the popped pairs are replied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Flat,
    Pairs,
    /// The key's name, then pairs.
    Keyed,
    /// The key's name and one pair, flat.
    KeyedOne,
}

pub fn zpopmin(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_one_key(ctx, End::Min)
}

pub fn zpopmax(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_one_key(ctx, End::Max)
}

fn pop_one_key(ctx: &mut Ctx<'_, '_>, end: End) -> Result<(), Error> {
    if ctx.argc() > 3 {
        return Err(Error::SYNTAX);
    }
    let mut count = None;
    if ctx.argc() == 3 {
        count = Some(number(ctx, 2, 0, Error::NOT_POSITIVE)?);
    }
    // A single pair is flat in either protocol; pairs nest in RESP3 alone.
    let shape = if ctx.proto() == 3 && count.is_some() { Shape::Pairs } else { Shape::Flat };
    let key = ctx.arg(1);
    let entry = ctx.write(key, Type::Zset)?;
    let count = count.unwrap_or(1);
    match entry {
        Some(entry) if count > 0 => pop(ctx, key, entry, end, count, shape).map(|_| ()),
        _ => {
            ctx.array(0);
            Ok(())
        }
    }
}

pub fn bzpopmin(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Min)
}

pub fn bzpopmax(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Max)
}

fn pop_or_wait(ctx: &mut Ctx<'_, '_>, end: End) -> Result<(), Error> {
    let timeout = ctx.timeout(ctx.argc() - 1)?;
    for i in ctx.keys_to_try(1, ctx.argc() - 2) {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.write(key, Type::Zset)? {
            pop(ctx, key, entry, end, 1, Shape::KeyedOne)?;
            ctx.propagate(&[pop_name(end), key]);
            return Ok(());
        }
    }
    ctx.wait_for_keys(timeout, Ctx::null_array)
}

fn pop_name(end: End) -> Bytes<'static> {
    Bytes::Slice(if end == End::Min { b"ZPOPMIN" } else { b"ZPOPMAX" })
}

pub fn zmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_of_several(ctx, 1)
}

pub fn bzmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_of_several(ctx, 2)
}

/// ZMPOP, and BZMPOP, which has a timeout before the number of keys: that is argument `at`.
fn pop_of_several(ctx: &mut Ctx<'_, '_>, at: usize) -> Result<(), Error> {
    let keys = number(ctx, at, 1, Error(&"ERR numkeys should be greater than 0"))?;
    let first = at + 1;
    let place = keys.saturating_add(first);
    if place >= ctx.argc() {
        return Err(Error::SYNTAX);
    }
    let end = match ctx.word(place) {
        Word::Min => End::Min,
        Word::Max => End::Max,
        _ => return Err(Error::SYNTAX),
    };
    let mut count = None;
    let mut i = place + 1;
    while i < ctx.argc() {
        if count.is_some() || i + 1 >= ctx.argc() || ctx.word(i) != Word::Count {
            return Err(Error::SYNTAX);
        }
        count = Some(number(ctx, i + 1, 1, Error(&"ERR count should be greater than 0"))?);
        i += 2;
    }
    // As in Redis the timeout is looked at last.
    let timeout = if at > 1 { Some(ctx.timeout(at - 1)?) } else { None };
    for i in ctx.keys_to_try(first, keys) {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.write(key, Type::Zset)? {
            let popped = pop(ctx, key, entry, end, count.unwrap_or(1), Shape::Keyed)?;
            ctx.propagate(&[pop_name(end), key, Bytes::Int(popped as i64)]);
            return Ok(());
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

/// A whole number from `min` on; whatever is wrong with it has one text.
fn number(ctx: &Ctx<'_, '_>, i: usize, min: i64, refusal: Error) -> Result<usize, Error> {
    match ctx.int(i) {
        Ok(value) if value >= min => Ok(usize::try_from(value).unwrap_or(usize::MAX)),
        _ => Err(refusal),
    }
}

/// Replies and removes up to `count` pairs; returns how many there were.
fn pop(
    ctx: &mut Ctx<'_, '_>,
    key: Bytes,
    mut entry: Entry,
    end: End,
    count: usize,
    shape: Shape,
) -> Result<usize, Error> {
    let len = zset::len(&ctx.e.mem, &entry);
    let count = count.min(len);
    match shape {
        Shape::Flat => ctx.array(2 * count),
        Shape::Pairs => ctx.array(count),
        Shape::Keyed => {
            ctx.array(2);
            ctx.bulk(key);
            ctx.array(count);
        }
        Shape::KeyedOne => {
            ctx.array(3);
            ctx.bulk(key);
        }
    }
    let mut cursor = match end {
        End::Min => Cursor::forward(&ctx.e.mem, &entry, 0, count),
        End::Max => Cursor::backward(&ctx.e.mem, &entry, len.saturating_sub(1), count),
    };
    while let Some((member, score)) = cursor.next(&ctx.e.mem) {
        if matches!(shape, Shape::Pairs | Shape::Keyed) {
            ctx.array(2);
        }
        ctx.bulk(member);
        ctx.double(score);
    }
    // Nothing goes that could not be told.
    if ctx.e.reply.failed() {
        return Err(Error::OOM);
    }
    let from = if end == End::Min { 0 } else { len - count };
    remove_ranks(&mut ctx.e.mem, &mut entry, from, count)?;
    finish_removal(ctx, key, entry, if end == End::Min { "zpopmin" } else { "zpopmax" }, count as u64);
    Ok(count)
}
