//! Random members: SPOP and SRANDMEMBER, and what HRANDFIELD shares with them.

use super::members;
use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::{Entry, Form, Type};
use crate::value::set;
use crate::value::table::below;

/// A count of i64::MIN has no absolute value.
pub(in crate::commands) const COUNT_RANGE: Error =
    Error(&"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");

/// Chooses `wanted` of `left` elements that are passed one by one, every choice being equally likely.
pub(in crate::commands) struct Sample {
    wanted: usize,
    left: usize,
}

impl Sample {
    pub(in crate::commands) fn new(wanted: usize, left: usize) -> Sample {
        Sample { wanted, left }
    }

    /// Whether the next element is chosen.
    pub(in crate::commands) fn takes(&mut self, random: &mut fastrand::Rng) -> bool {
        let taken = self.left > 0 && (below(random.u32(..), self.left as u32) as usize) < self.wanted;
        self.left = self.left.saturating_sub(1);
        self.wanted -= usize::from(taken);
        taken
    }
}

/// Members drawn from a table before they are replied and taken out; handles to them stay valid that long.
const PICKS_MAX: usize = 64;

fn pick(ctx: &mut Ctx<'_, '_>, entry: &Entry) -> Option<Bytes<'static>> {
    let random = &mut ctx.e.random;
    set::random(&ctx.e.mem, entry, || random.u32(..))
}

pub(super) fn spop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match ctx.argc() {
        2 => {}
        3 => return pop_many(ctx),
        _ => return Err(Error::SYNTAX),
    }
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.write(key, Type::Set)? else {
        ctx.null();
        return Ok(());
    };
    if let Some(member) = pick(ctx, &entry) {
        pop(ctx, key, &mut entry, member)?;
    }
    let emptied = set::len(&ctx.e.mem, &entry) == 0;
    if emptied {
        ctx.delete(entry);
    }
    ctx.changed(key, Class::Set, "spop");
    if emptied {
        ctx.notify(key, Class::Generic, "del");
    }
    Ok(())
}

/// Replies a member, propagates its removal and takes it out; nothing of it if the reply finds no memory.
fn pop(ctx: &mut Ctx<'_, '_>, key: Bytes, entry: &mut Entry, member: Bytes) -> Result<(), Error> {
    ctx.bulk(member);
    if ctx.e.reply.failed() {
        return Err(Error::OOM);
    }
    ctx.propagate(&[Bytes::Slice(b"SREM"), key, member]);
    set::remove(&mut ctx.e.mem, entry, member)?;
    Ok(())
}

fn pop_many(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let count = ctx.int(2).ok().filter(|&n| n >= 0);
    let count = count.ok_or(Error::NOT_POSITIVE)?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let found = ctx.write(key, Type::Set)?;
    let Some(mut entry) = found.filter(|_| count > 0) else {
        ctx.set(0);
        return Ok(());
    };
    let len = set::len(&ctx.e.mem, &entry);
    if count >= len {
        ctx.set(len);
        members(ctx, &entry);
        if ctx.e.reply.failed() {
            return Err(Error::OOM);
        }
        ctx.delete(entry);
        ctx.changed(key, Class::Set, "spop");
        ctx.add_dirty(len as u64 - 1);
        ctx.notify(key, Class::Generic, "del");
        ctx.propagate(&[Bytes::Slice(b"DEL"), key]);
        return Ok(());
    }
    // All that may be replied is set aside before the first member goes.
    let bytes =
        if entry.form() == Form::SetTable { count * 64 } else { set::text_bytes(&ctx.e.mem, &entry) + 16 * count };
    ctx.reserve(4, bytes)?;
    ctx.set(count);
    let mut left = count;
    while left > 0 {
        if entry.form() != Form::SetTable {
            let Some(member) = pick(ctx, &entry) else { break };
            pop(ctx, key, &mut entry, member)?;
            left -= 1;
            continue;
        }
        let mut picks = [Bytes::EMPTY; PICKS_MAX];
        let (mut picked, wanted) = (0, left.min(PICKS_MAX));
        while picked < wanted {
            let Some(member) = pick(ctx, &entry) else { break };
            if !picks[..picked].iter().any(|&before| ctx.e.mem.same(before, member)) {
                picks[picked] = member;
                picked += 1;
            }
        }
        for &member in &picks[..picked] {
            pop(ctx, key, &mut entry, member)?;
        }
        left -= wanted;
    }
    if (len - count) * 5 <= count {
        shrink(ctx, &mut entry)?;
    }
    ctx.changed(key, Class::Set, "spop");
    ctx.add_dirty(count as u64 - 1);
    Ok(())
}

/// Redis copies the members that remain where they are few, and the copy may be an intset again.
fn shrink(ctx: &mut Ctx<'_, '_>, entry: &mut Entry) -> Result<(), Error> {
    if !entry.is_large(&ctx.e.mem) {
        return Ok(());
    }
    let mut walk = set::iter(&ctx.e.mem, entry);
    let mut left = set::len(&ctx.e.mem, entry);
    if left > ctx.e.config.set_max_intset_entries {
        return Ok(());
    }
    while let Some(Bytes::Int(_)) = walk.next(&ctx.e.mem, entry) {
        left -= 1;
    }
    if left == 0 {
        set::to_numbers(&mut ctx.e.mem, entry)?;
    }
    Ok(())
}

pub(super) fn srandmember(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match ctx.argc() {
        2 => {}
        3 => return random_members(ctx),
        _ => return Err(Error::SYNTAX),
    }
    let picked = match ctx.read(ctx.arg(1), Type::Set)? {
        Some(entry) => pick(ctx, &entry),
        None => None,
    };
    match picked {
        Some(member) => ctx.bulk(member),
        None => ctx.null(),
    }
    Ok(())
}

fn random_members(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let count = ctx.int(2)?;
    if count == i64::MIN {
        return Err(COUNT_RANGE);
    }
    let Some(entry) = ctx.read(ctx.arg(1), Type::Set)? else {
        ctx.array(0);
        return Ok(());
    };
    let len = set::len(&ctx.e.mem, &entry);
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let replied = if count < 0 { wanted } else { wanted.min(len) };
    ctx.array(replied);
    if count < 0 {
        for _ in 0..replied {
            if let Some(member) = pick(ctx, &entry) {
                ctx.bulk(member);
            }
            if ctx.e.reply.failed() {
                break;
            }
        }
        return Ok(());
    }
    if entry.form() == Form::SetTable && replied <= PICKS_MAX && replied * 3 <= len {
        let mut picks = [Bytes::EMPTY; PICKS_MAX];
        let mut picked = 0;
        while picked < replied {
            let Some(member) = pick(ctx, &entry) else { break };
            if !picks[..picked].iter().any(|&before| ctx.e.mem.same(before, member)) {
                picks[picked] = member;
                picked += 1;
                ctx.bulk(member);
            }
        }
        return Ok(());
    }
    let mut sample = Sample::new(replied, len);
    let mut walk = set::iter(&ctx.e.mem, &entry);
    while let Some(member) = walk.next(&ctx.e.mem, &entry) {
        if sample.takes(&mut ctx.e.random) {
            ctx.bulk(member);
        }
    }
    Ok(())
}
