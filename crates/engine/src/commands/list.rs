//! List commands.

use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use super::{Ctx, Timeout};
use crate::config::Class;
use crate::error::Error;
use crate::memory::{Bytes, Oom};
use crate::resp::reply::{BULK_FRAME, write_bulk};
use crate::value::item::Item;
use crate::value::list::{self, End, Iter, Needle};
use crate::value::record::{Entry, Form, Type};
use crate::word::Word;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "blmove",
        arity: 6,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "6.2.0",
        run: blmove,
        subcommands: &[],
        doc: docs!(list, BLMOVE),
    },
    Command {
        name: "blmpop",
        arity: -5,
        flags: Flags::WRITE.with(Flags::BLOCKING).with(Flags::MOVABLEKEYS),
        acl: Acl::LIST,
        keys: &[KeySpec::counted(2, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "7.0.0",
        run: blmpop,
        subcommands: &[],
        doc: docs!(list, BLMPOP),
    },
    Command {
        name: "blpop",
        arity: -3,
        flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[KeySpec::range(1, -2, 1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "2.0.0",
        run: blpop,
        subcommands: &[],
        doc: docs!(list, BLPOP),
    },
    Command {
        name: "brpop",
        arity: -3,
        flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[KeySpec::range(1, -2, 1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "2.0.0",
        run: brpop,
        subcommands: &[],
        doc: docs!(list, BRPOP),
    },
    Command {
        name: "brpoplpush",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "2.2.0",
        run: brpoplpush,
        subcommands: &[],
        doc: docs!(list, BRPOPLPUSH),
    },
    Command {
        name: "lindex",
        arity: 3,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "1.0.0",
        run: lindex,
        subcommands: &[],
        doc: docs!(list, LINDEX),
    },
    Command {
        name: "linsert",
        arity: 5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: linsert,
        subcommands: &[],
        doc: docs!(list, LINSERT),
    },
    Command {
        name: "llen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::List,
        since: "1.0.0",
        run: llen,
        subcommands: &[],
        doc: docs!(list, LLEN),
    },
    Command {
        name: "lmove",
        arity: 5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "6.2.0",
        run: lmove,
        subcommands: &[],
        doc: docs!(list, LMOVE),
    },
    Command {
        name: "lmpop",
        arity: -4,
        flags: Flags::WRITE.with(Flags::MOVABLEKEYS),
        acl: Acl::LIST,
        keys: &[KeySpec::counted(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "7.0.0",
        run: lmpop,
        subcommands: &[],
        doc: docs!(list, LMPOP),
    },
    Command {
        name: "lpop",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: lpop,
        subcommands: &[],
        doc: docs!(list, LPOP),
    },
    Command {
        name: "lpos",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "6.0.6",
        run: lpos,
        subcommands: &[],
        doc: docs!(list, LPOS),
    },
    Command {
        name: "lpush",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "1.0.0",
        run: lpush,
        subcommands: &[],
        doc: docs!(list, LPUSH),
    },
    Command {
        name: "lpushx",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: lpushx,
        subcommands: &[],
        doc: docs!(list, LPUSHX),
    },
    Command {
        name: "lrange",
        arity: 4,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "1.0.0",
        run: lrange,
        subcommands: &[],
        doc: docs!(list, LRANGE),
    },
    Command {
        name: "lrem",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: lrem,
        subcommands: &[],
        doc: docs!(list, LREM),
    },
    Command {
        name: "lset",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::List,
        since: "1.0.0",
        run: lset,
        subcommands: &[],
        doc: docs!(list, LSET),
    },
    Command {
        name: "ltrim",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: ltrim,
        subcommands: &[],
        doc: docs!(list, LTRIM),
    },
    Command {
        name: "rpop",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: rpop,
        subcommands: &[],
        doc: docs!(list, RPOP),
    },
    Command {
        name: "rpoplpush",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "1.2.0",
        run: rpoplpush,
        subcommands: &[],
        doc: docs!(list, RPOPLPUSH),
    },
    Command {
        name: "rpush",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "1.0.0",
        run: rpush,
        subcommands: &[],
        doc: docs!(list, RPUSH),
    },
    Command {
        name: "rpushx",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: rpushx,
        subcommands: &[],
        doc: docs!(list, RPUSHX),
    },
];

fn blmove(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (end_at(ctx, 3)?, end_at(ctx, 4)?);
    let timeout = ctx.timeout(5)?;
    move_item(ctx, from, to, Some(timeout))
}

fn blmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let timeout = ctx.timeout(1)?;
    pop_of_several(ctx, 2, Some(timeout))
}

fn blpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Head)
}

fn brpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_or_wait(ctx, End::Tail)
}

fn brpoplpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let timeout = ctx.timeout(3)?;
    move_item(ctx, End::Tail, End::Head, Some(timeout))
}

fn lindex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    // The key is looked at before the index is read, as Redis does: no key, no complaint.
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        ctx.null();
        return Ok(());
    };
    let index = ctx.int(2)?;
    match at_index(ctx, &entry, index) {
        Some(index) => match list::iter_from(ctx.mem(), &entry, index).next(ctx.mem()) {
            Some(item) => ctx.bulk(item),
            None => ctx.null(),
        },
        None => ctx.null(),
    }
    Ok(())
}

fn linsert(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

fn llen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = match ctx.read(ctx.arg(1), Type::List)? {
        Some(entry) => list::len(ctx.mem(), &entry),
        None => 0,
    };
    ctx.integer(len as i64);
    Ok(())
}

fn lmove(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (end_at(ctx, 3)?, end_at(ctx, 4)?);
    move_item(ctx, from, to, None)
}

fn rpoplpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    move_item(ctx, End::Tail, End::Head, None)
}

fn lmpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop_of_several(ctx, 1, None)
}

/// LMPOP and BLMPOP: the number of keys is argument `at`.
fn pop_of_several(ctx: &mut Ctx<'_, '_>, at: usize, timeout: Option<Timeout>) -> Result<(), Error> {
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

fn pop_name(end: End) -> Bytes<'static> {
    Bytes::Slice(if end == End::Head { b"LPOP" } else { b"RPOP" })
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

fn lpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop(ctx, End::Head)
}

fn rpop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    pop(ctx, End::Tail)
}

fn lpos(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = LposOptions::parse(ctx)?;
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        match options.count {
            Some(_) => ctx.array(0),
            None => ctx.null(),
        }
        return Ok(());
    };
    let needle = Needle::new(&ctx.e.mem, ctx.arg(2));
    let len = list::len(ctx.mem(), &entry);
    let mut iter = match options.from {
        End::Head => list::iter(ctx.mem(), &entry),
        End::Tail => list::iter_back(ctx.mem(), &entry),
    };
    let array = options.count.map(|_| ctx.deferred());
    let (mut matches, mut replied) = (0i64, 0);
    for index in 0..options.max_len {
        let Some(item) = iter.next(ctx.mem()) else { break };
        if !needle.is(ctx.mem(), item) {
            continue;
        }
        matches += 1;
        // The smallest rank has no positive counterpart; like Redis it then counts every match.
        if matches < options.rank {
            continue;
        }
        ctx.integer(if options.from == End::Head { index } else { len - 1 - index } as i64);
        replied += 1;
        match options.count {
            None => return Ok(()),
            Some(count) if count != 0 && matches.wrapping_sub(options.rank).wrapping_add(1) >= count => break,
            Some(_) => {}
        }
    }
    match array {
        Some(array) => ctx.end_array(array, replied),
        None => ctx.null(),
    }
    Ok(())
}

struct LposOptions {
    /// Which of the matches, from 1.
    rank: i64,
    from: End,
    /// 0: all.
    count: Option<i64>,
    /// Items to look at.
    max_len: usize,
}

impl LposOptions {
    fn parse(ctx: &Ctx<'_, '_>) -> Result<LposOptions, Error> {
        let mut options = LposOptions { rank: 1, from: End::Head, count: None, max_len: usize::MAX };
        let mut rank = 1;
        let mut i = 3;
        while i < ctx.argc() {
            let word = ctx.word(i);
            if i + 1 == ctx.argc() {
                return Err(Error::SYNTAX);
            }
            let natural = |refusal| ctx.int(i + 1).ok().filter(|&n| n >= 0).ok_or(refusal);
            match word {
                Word::Rank => {
                    rank = ctx.int(i + 1)?;
                    if rank == 0 {
                        return Err(Error(
                            &"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or \
                             use negative to start from the end of the list",
                        ));
                    }
                }
                Word::Count => options.count = Some(natural(Error(&"ERR COUNT can't be negative"))?),
                Word::MaxLen => {
                    let max = natural(Error(&"ERR MAXLEN can't be negative"))?;
                    options.max_len = if max == 0 { usize::MAX } else { usize::try_from(max).unwrap_or(usize::MAX) };
                }
                _ => return Err(Error::SYNTAX),
            }
            i += 2;
        }
        if rank < 0 {
            options.from = End::Tail;
        }
        options.rank = if rank < 0 { rank.wrapping_neg() } else { rank };
        Ok(options)
    }
}

fn lpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Head, false)
}

fn lpushx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Head, true)
}

fn lrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (start, stop) = (ctx.int(2)?, ctx.int(3)?);
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        ctx.array(0);
        return Ok(());
    };
    let len = list::len(ctx.mem(), &entry);
    let Some((from, to)) = range(start, stop, len) else {
        ctx.array(0);
        return Ok(());
    };
    let iter = list::iter_from(ctx.mem(), &entry, from);
    reply_items(ctx, iter, to - from);
    Ok(())
}

fn lrem(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

fn lset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

fn ltrim(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

fn rpush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    push(ctx, End::Tail, false)
}

fn rpushx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
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

fn pop(ctx: &mut Ctx<'_, '_>, end: End) -> Result<(), Error> {
    let count = match ctx.argc() {
        2 => None,
        3 => {
            let error = Error(&"ERR value is out of range, must be positive");
            Some(ctx.int(2).ok().filter(|&n| n >= 0).ok_or(error)?)
        }
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

/// Replies `n` items from an end inwards.
fn reply_from_end(ctx: &mut Ctx<'_, '_>, entry: &Entry, end: End, n: usize) {
    let iter = match end {
        End::Head => list::iter(ctx.mem(), entry),
        End::Tail => list::iter_back(ctx.mem(), entry),
    };
    reply_items(ctx, iter, n);
}

/// Replies the next `n` items: in runs from the chunks into the output, and singly what does not go that way.
fn reply_items(ctx: &mut Ctx<'_, '_>, mut iter: Iter, n: usize) {
    ctx.array(n);
    let mut left = n;
    while left > 0 && !ctx.e.reply.failed() {
        let mem = &ctx.e.mem;
        ctx.e.reply.direct(|out| {
            let mut at = 0;
            left -= iter.take_while(mem, left, |text, len| {
                if out.len() - at < len + BULK_FRAME {
                    return false;
                }
                at += write_bulk(&mut out[at..], text, len);
                true
            });
            at
        });
        if left > 0 {
            let item = iter.next(ctx.mem()).unwrap_or(Bytes::EMPTY);
            ctx.bulk(item);
            left -= 1;
        }
    }
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

/// Creates a list of one item.
fn create(ctx: &mut Ctx<'_, '_>, key: Bytes, value: Bytes) -> Result<Entry, Error> {
    let item = Item::prepare(ctx.mem(), value)?;
    let created = ctx.create(key, Form::ListPacked, list::first_body_bytes(&item)).and_then(|mut entry| {
        list::start(ctx.mem(), &mut entry, &item)?;
        Ok(entry)
    });
    created.inspect_err(|_| item.discard(ctx.mem()))
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

fn reserve(ctx: &mut Ctx<'_, '_>, items: usize, bytes: usize) -> Result<(), Error> {
    let (blocks, bytes) = list::push_bound(items, bytes);
    ctx.reserve(blocks, bytes)
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

/// The index from the head for one that may count from the tail.
fn at_index(ctx: &mut Ctx<'_, '_>, entry: &Entry, index: i64) -> Option<usize> {
    let len = list::len(ctx.mem(), entry) as i64;
    let index = if index < 0 { len.checked_add(index)? } else { index };
    if (0..len).contains(&index) { Some(index as usize) } else { None }
}

/// The items from `start` to `stop`, both included and counted from the tail where negative, as a half-open range.
fn range(start: i64, stop: i64, len: usize) -> Option<(usize, usize)> {
    let len = len as i64;
    let from_head = |i: i64| if i < 0 { len.saturating_add(i) } else { i };
    let (start, stop) = (from_head(start).max(0), from_head(stop).min(len - 1));
    if start > stop || start >= len { None } else { Some((start as usize, stop as usize + 1)) }
}

/// A positive count, at most `len`.
fn clamp(count: i64, len: usize) -> usize {
    usize::try_from(count).unwrap_or(len).min(len)
}
