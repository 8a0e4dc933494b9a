//! List commands that add, change and remove items where they stand.

use super::{at_index, range, reserve};
use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::memory::{Bytes, Oom};
use crate::value::item::Item;
use crate::value::list::{self, End, Needle};
use crate::value::record::{Entry, Form, Type};
use crate::word::Word;

pub(super) fn linsert(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let before = match ctx.word(2) {
        Word::Before => true,
        Word::After => false,
        _ => return Err(Error::SYNTAX),
    };
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.write(key, Type::List)? else {
        ctx.integer(0);
        return Ok(());
    };
    let needle = Needle::new(&ctx.e.mem, ctx.arg(3));
    let Some(place) = list::find(ctx.mem(), &entry, &needle) else {
        ctx.integer(-1);
        return Ok(());
    };
    let value = ctx.arg(4);
    reserve(ctx, 1, value.len())?;
    with_item(ctx, value, &mut |ctx, item| list::insert(ctx.mem(), &mut entry, place, before, item))?;
    ctx.changed(key, Class::List, "linsert");
    let len = list::len(ctx.mem(), &entry);
    ctx.integer(len as i64);
    Ok(())
}

pub(super) fn lpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Head, false)
}

pub(super) fn lpushx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Head, true)
}

pub(super) fn rpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Tail, false)
}

pub(super) fn rpushx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Tail, true)
}

fn push(ctx: &mut Ctx<'_, '_>, end: End, only_existing: bool) -> Result<(), Error> {
    let key = ctx.arg(1);
    let found = ctx.write(key, Type::List)?;
    if found.is_none() && only_existing {
        ctx.integer(0);
        return Ok(());
    }
    let items = ctx.argc() - 2;
    let bytes: usize = (2..ctx.argc()).map(|i| ctx.arg(i).len()).sum();
    reserve(ctx, items, bytes + key.len())?;
    let (mut entry, first) = match found {
        Some(entry) => (entry, 2),
        None => (create(ctx, key, ctx.arg(2))?, 3),
    };
    for i in first..ctx.argc() {
        let value = ctx.arg(i);
        let item = Item::prepare(ctx.mem(), value)?;
        list::push(ctx.mem(), &mut entry, end, &item).inspect_err(|_| item.discard(ctx.mem()))?;
    }
    let len = list::len(ctx.mem(), &entry);
    ctx.changed(key, Class::List, if end == End::Head { "lpush" } else { "rpush" });
    ctx.add_dirty(items as u64 - 1);
    ctx.integer(len as i64);
    Ok(())
}

/// Creates a list of one item.
fn create(ctx: &mut Ctx<'_, '_>, key: Bytes, value: Bytes) -> Result<Entry, Error> {
    let item = Item::prepare(ctx.mem(), value)?;
    let created = ctx.create(key, Form::ListPacked, list::first_body_bytes(&item)).and_then(|mut entry| {
        list::start(ctx.mem(), &mut entry, &item)?;
        Ok(entry)
    });
    created.inspect_err(|_| item.discard(ctx.mem()))
}

pub(super) fn lrem(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let count = ctx.int(2)?;
    let Some(mut entry) = ctx.write(key, Type::List)? else {
        ctx.integer(0);
        return Ok(());
    };
    let from = if count < 0 { End::Tail } else { End::Head };
    let max = match count {
        0 => usize::MAX,
        _ => usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX),
    };
    let needle = Needle::new(&ctx.e.mem, ctx.arg(3));
    let removed = list::remove(ctx.mem(), &mut entry, &needle, from, max)?;
    if removed > 0 {
        ctx.changed(key, Class::List, "lrem");
        ctx.add_dirty(removed as u64 - 1);
    }
    if list::len(ctx.mem(), &entry) == 0 {
        ctx.delete(entry);
        ctx.notify(key, Class::Generic, "del");
    }
    ctx.integer(removed as i64);
    Ok(())
}

pub(super) fn lset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let mut entry = ctx.write(key, Type::List)?.ok_or(Error::NO_SUCH_KEY)?;
    let index = ctx.int(2)?;
    let value = ctx.arg(3);
    let index = at_index(ctx, &entry, index).ok_or(Error::OUT_OF_RANGE)?;
    let place = list::find_index(ctx.mem(), &entry, index).ok_or(Error::OUT_OF_RANGE)?;
    reserve(ctx, 1, value.len())?;
    with_item(ctx, value, &mut |ctx, item| list::set(ctx.mem(), &mut entry, place, item))?;
    ctx.changed(key, Class::List, "lset");
    ctx.ok();
    Ok(())
}

pub(super) fn ltrim(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let (start, stop) = (ctx.int(2)?, ctx.int(3)?);
    let Some(mut entry) = ctx.write(key, Type::List)? else {
        ctx.ok();
        return Ok(());
    };
    let len = list::len(ctx.mem(), &entry);
    let kept = range(start, stop, len);
    match kept {
        Some((from, to)) => list::trim(ctx.mem(), &mut entry, from, len - to)?,
        None => ctx.delete(entry),
    }
    // The event and the broken watches come even where nothing was trimmed; the dirty count does not.
    ctx.notify(key, Class::List, "ltrim");
    if kept.is_none() {
        ctx.notify(key, Class::Generic, "del");
    }
    let db = ctx.db();
    ctx.e.touched(db, key);
    ctx.add_dirty((len - kept.map_or(0, |(from, to)| to - from)) as u64);
    ctx.ok();
    Ok(())
}

/// Prepares an item and gives back what it owns if `act` does not take it.
fn with_item(
    ctx: &mut Ctx<'_, '_>,
    value: Bytes,
    act: &mut dyn FnMut(&mut Ctx<'_, '_>, &Item) -> Result<(), Oom>,
) -> Result<(), Error> {
    let item = Item::prepare(ctx.mem(), value)?;
    Ok(act(ctx, &item).inspect_err(|_| item.discard(ctx.mem()))?)
}
