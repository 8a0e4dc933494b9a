//! Intersection, union and difference. Members go from the operands straight into the reply, the count or the result in
//! the making; no operand is copied.

use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::limits::PACKED_BYTES_MAX;
use crate::memory::Bytes;
use crate::value::record::{Entry, Type};
use crate::value::set::{self, draft::Draft, ints};
use crate::word::Word;

/// The operands of a set operation. The first few entries are kept; the others are looked up again when wanted.
struct Operands {
    /// Argument number of the first key.
    at: usize,
    count: usize,
    kept: [Option<Entry>; Operands::KEPT],
}

impl Operands {
    const KEPT: usize = 32;

    /// Looks all keys up (which may delete expired ones), then keeps them; nothing may be inserted or deleted after.
    fn read(ctx: &mut Ctx<'_, '_>, at: usize, count: usize) -> Result<Operands, Error> {
        for i in 0..count {
            ctx.read(ctx.arg(at + i), Type::Set)?;
        }
        let mut operands = Operands { at, count, kept: [None; Operands::KEPT] };
        for i in 0..count.min(Operands::KEPT) {
            operands.kept[i] = ctx.peek(ctx.arg(at + i));
        }
        Ok(operands)
    }

    fn get(&self, ctx: &mut Ctx<'_, '_>, i: usize) -> Option<Entry> {
        match self.kept.get(i) {
            Some(entry) => *entry,
            None => ctx.peek(ctx.arg(self.at + i)),
        }
    }

    /// Whether one of the operands in `range`, but for `skip`, has the member.
    fn any_has(&self, ctx: &mut Ctx<'_, '_>, range: core::ops::Range<usize>, skip: &Entry, member: Bytes) -> bool {
        for i in range {
            if let Some(entry) = self.get(ctx, i)
                && entry.record != skip.record
                && set::contains(&ctx.e.mem, &entry, member)
            {
                return true;
            }
        }
        false
    }
}

/// Where the members of a result go.
enum Sink {
    Reply,
    Count { limit: usize },
    Draft(Draft),
}

impl Sink {
    /// Takes a member; false when no more are wanted.
    fn take(&mut self, ctx: &mut Ctx<'_, '_>, taken: &mut usize, member: Bytes) -> Result<bool, Error> {
        *taken += 1;
        match self {
            Sink::Reply => {
                ctx.bulk(member);
                Ok(!ctx.e.reply.failed())
            }
            Sink::Count { limit } => Ok(*limit == 0 || *taken < *limit),
            Sink::Draft(draft) => match draft.add(&mut ctx.e.mem, member) {
                Ok(_) => Ok(true),
                Err(oom) => {
                    core::mem::replace(draft, Draft::EMPTY).free(&mut ctx.e.mem);
                    Err(oom.into())
                }
            },
        }
    }
}

/// Puts a finished draft in the place of the destination, or deletes it where the draft is empty; replies the length.
fn store(ctx: &mut Ctx<'_, '_>, key: Bytes, draft: Draft, event: &'static str) -> Result<(), Error> {
    let len = draft.len();
    let before = ctx.lookup_write(key);
    if len == 0 {
        draft.free(&mut ctx.e.mem);
        if let Some(entry) = before {
            ctx.delete(entry);
            ctx.changed(key, Class::Generic, "del");
        }
        ctx.integer(0);
        return Ok(());
    }
    let plan = draft.plan(&ctx.e.mem, ctx.e.config.set_max_intset_entries);
    if let Err(error) = ctx.reserve(3, plan.body + key.len() + 64) {
        draft.free(&mut ctx.e.mem);
        return Err(error);
    }
    if let Some(entry) = before {
        ctx.delete(entry);
    }
    match ctx.create(key, plan.form, plan.body) {
        Ok(entry) => draft.settle(&mut ctx.e.mem, &entry, plan),
        Err(error) => {
            draft.free(&mut ctx.e.mem);
            return Err(error);
        }
    }
    ctx.changed(key, Class::Set, event);
    ctx.integer(len as i64);
    Ok(())
}

pub(super) fn sdiff(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 1, ctx.argc() - 1)?;
    let reply = ctx.deferred();
    let len = diff(ctx, &operands, &mut Sink::Reply)?;
    ctx.end_set(reply, len);
    Ok(())
}

/// The members of the first set that no other has; nothing is copied but the result.
fn diff(ctx: &mut Ctx<'_, '_>, operands: &Operands, sink: &mut Sink) -> Result<usize, Error> {
    let mut taken = 0;
    let Some(first) = operands.get(ctx, 0) else {
        return Ok(0);
    };
    let (mut least_work, mut all_work) = (0, 0);
    for i in 0..operands.count {
        let Some(entry) = operands.get(ctx, i) else { continue };
        if i > 0 && entry.record == first.record {
            return Ok(0);
        }
        least_work += set::len(&ctx.e.mem, &first);
        all_work += set::len(&ctx.e.mem, &entry);
    }
    let mut strings = false;
    let mut walk = set::iter(&ctx.e.mem, &first);
    while let Some(member) = walk.next(&ctx.e.mem, &first) {
        strings |= !matches!(member, Bytes::Int(_));
        if !operands.any_has(ctx, 1..operands.count, &first, member) && !sink.take(ctx, &mut taken, member)? {
            break;
        }
    }
    // Where it is less work, Redis copies the first set and takes the others' members out; the copy's encoding stays.
    if let Sink::Draft(draft) = sink
        && least_work / 2 > all_work
    {
        draft.note(strings, set::len(&ctx.e.mem, &first));
    }
    Ok(taken)
}

pub(super) fn sdiffstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 2, ctx.argc() - 2)?;
    let mut sink = Sink::Draft(Draft::EMPTY);
    diff(ctx, &operands, &mut sink)?;
    finish(ctx, sink, "sdiffstore")
}

fn finish(ctx: &mut Ctx<'_, '_>, sink: Sink, event: &'static str) -> Result<(), Error> {
    match sink {
        Sink::Draft(draft) => store(ctx, ctx.arg(1), draft, event),
        _ => Ok(()),
    }
}

pub(super) fn sinter(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 1, ctx.argc() - 1)?;
    let reply = ctx.deferred();
    let len = inter(ctx, &operands, &mut Sink::Reply)?;
    ctx.end_set(reply, len);
    Ok(())
}

/// The members of the smallest set that every other has.
fn inter(ctx: &mut Ctx<'_, '_>, operands: &Operands, sink: &mut Sink) -> Result<usize, Error> {
    let mut taken = 0;
    let mut smallest: Option<(Entry, usize)> = None;
    for i in 0..operands.count {
        let Some(entry) = operands.get(ctx, i) else {
            return Ok(0);
        };
        let len = set::len(&ctx.e.mem, &entry);
        if smallest.is_none_or(|(_, least)| len < least) {
            smallest = Some((entry, len));
        }
    }
    let Some((smallest, _)) = smallest else {
        return Ok(0);
    };
    let mut walk = set::iter(&ctx.e.mem, &smallest);
    'members: while let Some(member) = walk.next(&ctx.e.mem, &smallest) {
        for i in 0..operands.count {
            if let Some(entry) = operands.get(ctx, i)
                && entry.record != smallest.record
                && !set::contains(&ctx.e.mem, &entry, member)
            {
                continue 'members;
            }
        }
        if !sink.take(ctx, &mut taken, member)? {
            break;
        }
    }
    Ok(taken)
}

pub(super) fn sintercard(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let keys = ctx.int(1).ok().filter(|&n| n > 0).ok_or(Error(&"ERR numkeys should be greater than 0"))?;
    let keys = usize::try_from(keys).unwrap_or(usize::MAX);
    if keys > ctx.argc() - 2 {
        return Err(Error(&"ERR Number of keys can't be greater than number of args"));
    }
    let mut limit = 0;
    let mut i = 2 + keys;
    while i < ctx.argc() {
        if ctx.word(i) != Word::Limit || i + 1 >= ctx.argc() {
            return Err(Error::SYNTAX);
        }
        limit = ctx.int(i + 1).ok().filter(|&n| n >= 0).ok_or(Error(&"ERR LIMIT can't be negative"))?;
        i += 2;
    }
    let operands = Operands::read(ctx, 2, keys)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let count = inter(ctx, &operands, &mut Sink::Count { limit })?;
    ctx.integer(count as i64);
    Ok(())
}

pub(super) fn sinterstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 2, ctx.argc() - 2)?;
    let mut sink = Sink::Draft(Draft::EMPTY);
    inter(ctx, &operands, &mut sink)?;
    finish(ctx, sink, "sinterstore")
}

pub(super) fn sunion(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 1, ctx.argc() - 1)?;
    if union_of_numbers(ctx, &operands) {
        return Ok(());
    }
    if operands.count > UNION_LOOKUPS_MAX {
        // Each member would be looked for in too many sets.
        let mut sink = Sink::Draft(Draft::EMPTY);
        union(ctx, &operands, &mut sink)?;
        if let Sink::Draft(draft) = sink {
            ctx.set(draft.len());
            let mut walk = draft.first(&ctx.e.mem);
            while let Some(at) = walk {
                ctx.bulk(draft.member(&ctx.e.mem, at));
                walk = draft.next(&ctx.e.mem, at);
            }
            draft.free(&mut ctx.e.mem);
        }
        return Ok(());
    }
    let reply = ctx.deferred();
    let len = union(ctx, &operands, &mut Sink::Reply)?;
    ctx.end_set(reply, len);
    Ok(())
}

/// Replies the union in ascending order where Redis's result would be an intset, as all operands are; if they are few.
fn union_of_numbers(ctx: &mut Ctx<'_, '_>, operands: &Operands) -> bool {
    let mut numbers = [0i64; UNION_NUMBERS_MAX];
    let mut count = 0;
    for i in 0..operands.count {
        let Some(entry) = operands.get(ctx, i) else { continue };
        if entry.is_large(&ctx.e.mem) || count + set::len(&ctx.e.mem, &entry) > UNION_NUMBERS_MAX {
            return false;
        }
        let mut walk = set::iter(&ctx.e.mem, &entry);
        while let (Some(place), Some(Bytes::Int(number))) = (numbers.get_mut(count), walk.next(&ctx.e.mem, &entry)) {
            *place = number;
            count += 1;
        }
    }
    let numbers = &mut numbers[..count];
    ints::sort(numbers);
    let is_first = |n: usize, numbers: &[i64]| n == 0 || numbers[n - 1] != numbers[n];
    ctx.set((0..count).filter(|&n| is_first(n, numbers)).count());
    for n in 0..count {
        if is_first(n, numbers) {
            ctx.bulk(Bytes::Int(numbers[n]));
        }
    }
    true
}

/// Members of all operands together up to which a union of numbers is sorted.
const UNION_NUMBERS_MAX: usize = PACKED_BYTES_MAX / 2;

/// Operands up to which SUNION replies without a copy, looking each member up in the sets before its own.
const UNION_LOOKUPS_MAX: usize = 8;

fn union(ctx: &mut Ctx<'_, '_>, operands: &Operands, sink: &mut Sink) -> Result<usize, Error> {
    let mut taken = 0;
    for i in 0..operands.count {
        let Some(entry) = operands.get(ctx, i) else { continue };
        let seen = (0..i).any(|before| operands.get(ctx, before).is_some_and(|other| other.record == entry.record));
        if seen {
            continue;
        }
        let mut walk = set::iter(&ctx.e.mem, &entry);
        while let Some(member) = walk.next(&ctx.e.mem, &entry) {
            // A draft tells doubles itself.
            if matches!(sink, Sink::Reply) && operands.any_has(ctx, 0..i, &entry, member) {
                continue;
            }
            if !sink.take(ctx, &mut taken, member)? {
                return Ok(taken);
            }
        }
    }
    Ok(taken)
}

pub(super) fn sunionstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operands = Operands::read(ctx, 2, ctx.argc() - 2)?;
    let mut sink = Sink::Draft(Draft::EMPTY);
    union(ctx, &operands, &mut sink)?;
    finish(ctx, sink, "sunionstore")
}
