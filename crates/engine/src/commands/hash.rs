//! Hash commands. HSCAN is in `scan.rs`.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::number::LongDouble;
use crate::value::hash::{self, Outcome};
use crate::value::record::{Entry, Form, Type};
use crate::value::string::to_long_double;
use crate::word::Word;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "hdel",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hdel,
        subcommands: &[],
        doc: docs!(hash, HDEL),
    },
    Command {
        name: "hexists",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "2.0.0",
        run: hexists,
        subcommands: &[],
        doc: docs!(hash, HEXISTS),
    },
    Command {
        name: "hget",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hget,
        subcommands: &[],
        doc: docs!(hash, HGET),
    },
    Command {
        name: "hgetall",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hgetall,
        subcommands: &[],
        doc: docs!(hash, HGETALL),
    },
    Command {
        name: "hincrby",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hincrby,
        subcommands: &[],
        doc: docs!(hash, HINCRBY),
    },
    Command {
        name: "hincrbyfloat",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.6.0",
        run: hincrbyfloat,
        subcommands: &[],
        doc: docs!(hash, HINCRBYFLOAT),
    },
    Command {
        name: "hkeys",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hkeys,
        subcommands: &[],
        doc: docs!(hash, HKEYS),
    },
    Command {
        name: "hlen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "2.0.0",
        run: hlen,
        subcommands: &[],
        doc: docs!(hash, HLEN),
    },
    Command {
        name: "hmget",
        arity: -3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hmget,
        subcommands: &[],
        doc: docs!(hash, HMGET),
    },
    Command {
        name: "hmset",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hmset,
        subcommands: &[],
        doc: docs!(hash, HMSET),
    },
    Command {
        name: "hrandfield",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "6.2.0",
        run: hrandfield,
        subcommands: &[],
        doc: docs!(hash, HRANDFIELD),
    },
    Command {
        name: "hset",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hset,
        subcommands: &[],
        doc: docs!(hash, HSET),
    },
    Command {
        name: "hsetnx",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::Hash,
        since: "2.0.0",
        run: hsetnx,
        subcommands: &[],
        doc: docs!(hash, HSETNX),
    },
    Command {
        name: "hstrlen",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "3.2.0",
        run: hstrlen,
        subcommands: &[],
        doc: docs!(hash, HSTRLEN),
    },
    Command {
        name: "hvals",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hvals,
        subcommands: &[],
        doc: docs!(hash, HVALS),
    },
];

/// Finds the hash or makes an empty one, with what `pairs` pairs of `bytes` in all may need set aside.
fn open(ctx: &mut Ctx<'_, '_>, key: Bytes, pairs: usize, bytes: usize) -> Result<Entry, Error> {
    let found = ctx.write(key, Type::Hash)?;
    let (blocks, bytes) = hash::cost(&ctx.e.mem, found.as_ref(), pairs, bytes);
    ctx.reserve(blocks, bytes + 2 * key.len())?;
    match found {
        Some(entry) => Ok(entry),
        None => ctx.create(key, Form::HashPacked, 0),
    }
}

/// Sets one field and keeps the encoding by Redis's thresholds; whether the field is new.
fn put(ctx: &mut Ctx<'_, '_>, entry: &mut Entry, field: Bytes, value: Bytes) -> Result<bool, Error> {
    let (entries_max, value_max) = (ctx.e.config.hash_max_listpack_entries, ctx.e.config.hash_max_listpack_value);
    let mem = &mut ctx.e.mem;
    let outcome = match hash::set(mem, entry, field, value) {
        Ok(outcome) => outcome,
        Err(oom) => {
            // What the reservation rules out; a hash is never empty.
            if hash::len(mem, entry) == 0 {
                ctx.delete(*entry);
            }
            return Err(oom.into());
        }
    };
    if !entry.is_large(mem) {
        let passed = match outcome {
            Outcome::Added { len } => len > entries_max,
            // Only after a change of the setting; a pair takes two bytes at least.
            Outcome::Updated => entry.body_len() > 2 * entries_max && hash::len(mem, entry) > entries_max,
        };
        if passed || field.len() > value_max || value.len() > value_max {
            entry.set_large(mem, true);
        }
    }
    Ok(outcome != Outcome::Updated)
}

fn hdel(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.write(key, Type::Hash)? else {
        ctx.integer(0);
        return Ok(());
    };
    let mut left = hash::len(&ctx.e.mem, &entry);
    let mut deleted = 0;
    for i in 2..ctx.argc() {
        let field = ctx.arg(i);
        if left > 0 && hash::remove(&mut ctx.e.mem, &mut entry, field)? {
            deleted += 1;
            left -= 1;
        }
    }
    if deleted > 0 {
        if left == 0 {
            ctx.delete(entry);
        }
        ctx.changed(key, Class::Hash, "hdel");
        ctx.add_dirty(deleted - 1);
        if left == 0 {
            ctx.notify(key, Class::Generic, "del");
        }
    }
    ctx.integer(deleted as i64);
    Ok(())
}

fn hexists(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let found = field_of(ctx)?.is_some();
    ctx.integer(i64::from(found));
    Ok(())
}

/// The value of argument 2 in the hash of argument 1.
fn field_of(ctx: &mut Ctx<'_, '_>) -> Result<Option<Bytes<'static>>, Error> {
    let field = ctx.arg(2);
    let entry = ctx.read(ctx.arg(1), Type::Hash)?;
    Ok(entry.and_then(|entry| hash::get(&ctx.e.mem, &entry, field)))
}

fn hget(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match field_of(ctx)? {
        Some(value) => ctx.bulk(value),
        None => ctx.null(),
    }
    Ok(())
}

fn hgetall(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    all(ctx, true, true)
}

/// Replies every field, every value, or both.
fn all(ctx: &mut Ctx<'_, '_>, fields: bool, values: bool) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Hash)?;
    let len = entry.map_or(0, |entry| hash::len(&ctx.e.mem, &entry));
    if fields && values {
        ctx.map(len);
    } else {
        ctx.array(len);
    }
    let Some(entry) = entry else {
        return Ok(());
    };
    let mut walk = hash::iter(&ctx.e.mem, &entry);
    while let Some((field, value)) = walk.next(&ctx.e.mem, &entry) {
        if fields {
            ctx.bulk(field);
        }
        if values {
            ctx.bulk(value);
        }
        if ctx.e.reply.failed() {
            break;
        }
    }
    Ok(())
}

fn hincrby(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, field, by) = (ctx.arg(1), ctx.arg(2), ctx.int(3)?);
    let before = match ctx.write(key, Type::Hash)?.and_then(|entry| hash::get(&ctx.e.mem, &entry, field)) {
        Some(value) => ctx.e.mem.view(value).to_i64().ok_or(Error(&"ERR hash value is not an integer"))?,
        None => 0,
    };
    let Some(after) = before.checked_add(by) else {
        return Err(Error(&"ERR increment or decrement would overflow"));
    };
    let mut entry = open(ctx, key, 1, field.len() + 20)?;
    put(ctx, &mut entry, field, Bytes::Int(after))?;
    ctx.changed(key, Class::Hash, "hincrby");
    ctx.integer(after);
    Ok(())
}

fn hincrbyfloat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, field) = (ctx.arg(1), ctx.arg(2));
    let by = to_long_double(&ctx.e.mem, ctx.arg(3)).ok_or(Error::NOT_FLOAT)?;
    if by.is_infinite() {
        return Err(Error(&"ERR value is NaN or Infinity"));
    }
    let before = match ctx.write(key, Type::Hash)?.and_then(|entry| hash::get(&ctx.e.mem, &entry, field)) {
        Some(value) => to_long_double(&ctx.e.mem, value).ok_or(Error(&"ERR hash value is not a float"))?,
        None => LongDouble::ZERO,
    };
    let Some(after) = before.checked_add(by) else {
        return Err(Error(&"ERR increment would produce NaN or Infinity"));
    };
    let text = after.format();
    let value = Bytes::Slice(text.as_bytes());
    let mut entry = open(ctx, key, 1, field.len() + value.len())?;
    put(ctx, &mut entry, field, value)?;
    ctx.changed(key, Class::Hash, "hincrbyfloat");
    // The sum itself, so that no reader of the effects computes it differently.
    ctx.propagate(&[Bytes::Slice(b"HSET"), key, field, value]);
    ctx.bulk(value);
    Ok(())
}

fn hkeys(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    all(ctx, true, false)
}

fn hlen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Hash)?;
    let len = entry.map_or(0, |entry| hash::len(&ctx.e.mem, &entry));
    ctx.integer(len as i64);
    Ok(())
}

fn hmget(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Hash)?;
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        let field = ctx.arg(i);
        match entry.and_then(|entry| hash::get(&ctx.e.mem, &entry, field)) {
            Some(value) => ctx.bulk(value),
            None => ctx.null(),
        }
    }
    Ok(())
}

fn hmset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    set_pairs(ctx)?;
    ctx.ok();
    Ok(())
}

/// Sets the pairs from argument 2 on; returns how many fields are new.
fn set_pairs(ctx: &mut Ctx<'_, '_>) -> Result<i64, Error> {
    if ctx.argc() % 2 == 1 {
        return Err(Error::WRONG_ARITY);
    }
    let (key, pairs) = (ctx.arg(1), (ctx.argc() - 2) / 2);
    let value_max = ctx.e.config.hash_max_listpack_value;
    let (mut bytes, mut long) = (0, false);
    for i in 2..ctx.argc() {
        let len = ctx.arg(i).len();
        bytes += len;
        long |= len > value_max;
    }
    let mut entry = open(ctx, key, pairs, bytes)?;
    if long {
        entry.set_large(&mut ctx.e.mem, true);
    }
    let mut created = 0;
    for i in (2..ctx.argc()).step_by(2) {
        let (field, value) = (ctx.arg(i), ctx.arg(i + 1));
        created += i64::from(put(ctx, &mut entry, field, value)?);
    }
    ctx.changed(key, Class::Hash, "hset");
    ctx.add_dirty(pairs as u64 - 1);
    Ok(created)
}

/// Picks of HRANDFIELD that are kept in place while more are drawn; above it every pair is passed once.
const PICKS_MAX: usize = 64;

fn hrandfield(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() > 2 {
        return random_fields(ctx);
    }
    let picked = match ctx.read(ctx.arg(1), Type::Hash)? {
        Some(entry) => pick(ctx, &entry),
        None => None,
    };
    match picked {
        Some((field, _)) => ctx.bulk(field),
        None => ctx.null(),
    }
    Ok(())
}

fn pick(ctx: &mut Ctx<'_, '_>, entry: &Entry) -> Option<(Bytes<'static>, Bytes<'static>)> {
    let random = &mut ctx.e.random;
    hash::random(&ctx.e.mem, entry, || random.u32(..))
}

fn random_fields(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let count = ctx.int(2)?;
    if count == i64::MIN {
        return Err(super::set::pick::COUNT_RANGE);
    }
    let with_values = match ctx.argc() {
        3 => false,
        4 if ctx.word(3) == Word::WithValues => true,
        _ => return Err(Error::SYNTAX),
    };
    if with_values && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(Error(&"ERR value is out of range"));
    }
    let Some(entry) = ctx.read(ctx.arg(1), Type::Hash)? else {
        ctx.array(0);
        return Ok(());
    };
    let len = hash::len(&ctx.e.mem, &entry);
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let replied = if count < 0 { wanted } else { wanted.min(len) };
    // RESP2 has the pairs in one row, RESP3 each in an array of its own.
    ctx.array(if with_values && ctx.proto() == 2 { replied.saturating_mul(2) } else { replied });
    if count < 0 {
        for _ in 0..replied {
            if let Some(pair) = pick(ctx, &entry) {
                reply_pair(ctx, pair, with_values);
            }
            if ctx.e.reply.failed() {
                break;
            }
        }
        return Ok(());
    }
    if entry.form() == Form::HashTable && replied <= PICKS_MAX && replied * 3 <= len {
        let mut picks = [(Bytes::EMPTY, Bytes::EMPTY); PICKS_MAX];
        let mut picked = 0;
        while picked < replied {
            let Some(pair) = pick(ctx, &entry) else { break };
            if !picks[..picked].iter().any(|before| ctx.e.mem.same(before.0, pair.0)) {
                picks[picked] = pair;
                picked += 1;
                reply_pair(ctx, pair, with_values);
            }
        }
        return Ok(());
    }
    let mut sample = super::set::pick::Sample::new(replied, len);
    let mut walk = hash::iter(&ctx.e.mem, &entry);
    while let Some(pair) = walk.next(&ctx.e.mem, &entry) {
        if sample.takes(&mut ctx.e.random) {
            reply_pair(ctx, pair, with_values);
        }
    }
    Ok(())
}

fn reply_pair(ctx: &mut Ctx<'_, '_>, (field, value): (Bytes, Bytes), with_values: bool) {
    if with_values && ctx.proto() > 2 {
        ctx.array(2);
    }
    ctx.bulk(field);
    if with_values {
        ctx.bulk(value);
    }
}

fn hset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let created = set_pairs(ctx)?;
    ctx.integer(created);
    Ok(())
}

fn hsetnx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (key, field, value) = (ctx.arg(1), ctx.arg(2), ctx.arg(3));
    if let Some(entry) = ctx.write(key, Type::Hash)?
        && hash::get(&ctx.e.mem, &entry, field).is_some()
    {
        ctx.integer(0);
        return Ok(());
    }
    let mut entry = open(ctx, key, 1, field.len() + value.len())?;
    put(ctx, &mut entry, field, value)?;
    ctx.changed(key, Class::Hash, "hset");
    ctx.integer(1);
    Ok(())
}

fn hstrlen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = field_of(ctx)?.map_or(0, |value| value.len());
    ctx.integer(len as i64);
    Ok(())
}

fn hvals(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    all(ctx, false, true)
}
