//! HyperLogLog commands over strings in Redis's own byte format.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::config::Class;
use crate::error::Error;
use crate::limits::PAGE_BYTES;
use crate::memory::{Bytes, Rope};
use crate::value::hll::{self, Encoding, Kind, Refused, Union};
use crate::value::record::{Entry, Form, Type};
use crate::value::string;
use crate::word::Word;
use core::fmt::Write;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "pfadd",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfadd,
        subcommands: &[],
        doc: docs!(hyperloglog, PFADD),
    },
    Command {
        name: "pfcount",
        arity: -2,
        flags: Flags::READONLY.with(Flags::MAY_REPLICATE),
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RW.with(KeyFlags::ACCESS))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfcount,
        subcommands: &[],
        doc: docs!(hyperloglog, PFCOUNT),
    },
    Command {
        name: "pfdebug",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::ADMIN),
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::at(2, KeyFlags::RW.with(KeyFlags::ACCESS))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfdebug,
        subcommands: &[],
        doc: docs!(hyperloglog, PFDEBUG),
    },
    Command {
        name: "pfmerge",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::HYPERLOGLOG,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::INSERT)),
            KeySpec::range(2, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfmerge,
        subcommands: &[],
        doc: docs!(hyperloglog, PFMERGE),
    },
    Command {
        name: "pfselftest",
        arity: 1,
        flags: Flags::ADMIN,
        acl: Acl::HYPERLOGLOG,
        keys: &[],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfselftest,
        subcommands: &[],
        doc: docs!(hyperloglog, PFSELFTEST),
    },
];

const INVALID: Error = Error(&"WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPTED: Error = Error(&"INVALIDOBJ Corrupted HLL object detected");

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        match refused {
            Refused::Corrupted => CORRUPTED,
            Refused::Oom => Error::OOM,
        }
    }
}

/// Checks that a key holds a HyperLogLog.
fn checked(ctx: &Ctx<'_, '_>, entry: Option<Entry>) -> Result<Option<(Entry, Encoding)>, Error> {
    match entry {
        None => Ok(None),
        Some(entry) if entry.kind() != Type::String => Err(Error::WRONG_TYPE),
        Some(entry) => match hll::encoding(&ctx.e.mem, &entry) {
            Some(encoding) => Ok(Some((entry, encoding))),
            None => Err(INVALID),
        },
    }
}

/// An empty value; the memory must be reserved.
fn create(ctx: &mut Ctx<'_, '_>, key: Bytes) -> Result<Entry, Error> {
    let entry = ctx.create(key, Form::StringInline, hll::EMPTY.len())?;
    entry.body_mut(&mut ctx.e.mem).copy_from_slice(&hll::EMPTY);
    entry.set_large(&mut ctx.e.mem, true);
    Ok(entry)
}

/// Memory for changes after which the value may be dense, and `beside` bytes more.
fn reserve(ctx: &mut Ctx<'_, '_>, key: Bytes, beside: usize) -> Result<(), Error> {
    let (blocks, bytes) = string::cost(hll::DENSE_BYTES + beside);
    ctx.reserve(blocks + 4, bytes + key.len() + PAGE_BYTES)
}

fn sparse_max(ctx: &Ctx<'_, '_>) -> usize {
    ctx.config().hll_sparse_max_bytes
}

fn pfadd(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let found = ctx.lookup_write(key);
    let found = checked(ctx, found)?;
    let len = found.map_or(0, |(entry, _)| string::len(&ctx.e.mem, &entry));
    reserve(ctx, key, len)?;
    let sparse_max = sparse_max(ctx);
    let mut updated = u64::from(found.is_none());
    let mut entry = match found {
        Some((entry, _)) => entry,
        None => create(ctx, key)?,
    };
    for i in 2..ctx.argc() {
        let element = ctx.arg(i);
        updated += u64::from(hll::add(&mut ctx.e.mem, &mut entry, element, sparse_max)?);
    }
    entry.set_large(&mut ctx.e.mem, true);
    if updated > 0 {
        hll::set_stale(&mut ctx.e.mem, &mut entry)?;
        ctx.changed(key, Class::String, "pfadd");
        ctx.add_dirty(updated - 1);
    }
    ctx.integer(i64::from(updated > 0));
    Ok(())
}

fn pfcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() > 2 {
        return pfcount_union(ctx);
    }
    let key = ctx.arg(1);
    let found = ctx.lookup_read(key);
    let Some((mut entry, _)) = checked(ctx, found)? else {
        ctx.integer(0);
        return Ok(());
    };
    // As dbUnshareStringValue of Redis 7.0.15, on reading too.
    entry.set_large(&mut ctx.e.mem, true);
    let cardinality = match hll::cached(&ctx.e.mem, &entry) {
        Some(cardinality) => cardinality,
        None => {
            let cardinality = hll::histogram(&ctx.e.mem, &entry)?.cardinality();
            hll::set_cached(&mut ctx.e.mem, &mut entry, cardinality)?;
            // A read that changes bytes: it counts, breaks watches and is propagated, without an event.
            let db = ctx.db();
            ctx.e.touched(db, key);
            ctx.add_dirty(1);
            cardinality
        }
    };
    ctx.integer(cardinality as i64);
    Ok(())
}

fn pfcount_union(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.reserve(8, hll::REGISTERS + PAGE_BYTES)?;
    let mut union = Union::new(&mut ctx.e.mem)?;
    let united = unite(ctx, &mut union).map(|_| union.histogram(&ctx.e.mem).cardinality());
    union.free(&mut ctx.e.mem);
    let cardinality = united?;
    ctx.integer(cardinality as i64);
    Ok(())
}

/// Unites the values of all keys; whether one is dense.
fn unite(ctx: &mut Ctx<'_, '_>, union: &mut Union) -> Result<bool, Error> {
    let mut dense = false;
    for i in 1..ctx.argc() {
        let found = ctx.lookup_read(ctx.arg(i));
        if let Some((entry, encoding)) = checked(ctx, found)? {
            dense |= encoding == Encoding::Dense;
            union.add(&mut ctx.e.mem, &entry)?;
        }
    }
    Ok(dense)
}

fn pfdebug(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(2);
    let found = ctx.lookup_write(key);
    let Some((mut entry, encoding)) = checked(ctx, found)? else {
        return Err(Error(&"ERR The specified key does not exist"));
    };
    match ctx.word(1) {
        Word::GetReg => {
            to_dense(ctx, key, &mut entry, encoding)?;
            ctx.array(hll::REGISTERS);
            for i in 0..hll::REGISTERS {
                let register = hll::register(&ctx.e.mem, &entry, i);
                ctx.integer(i64::from(register));
            }
        }
        Word::Decode if encoding != Encoding::Sparse => return Err(Error(&"ERR HLL encoding is not sparse")),
        Word::Decode => decode(ctx, &entry)?,
        Word::Encoding => ctx.simple(if encoding == Encoding::Dense { "dense" } else { "sparse" }),
        Word::ToDense => {
            to_dense(ctx, key, &mut entry, encoding)?;
            ctx.integer(i64::from(encoding == Encoding::Sparse));
        }
        _ => {
            let name = ctx.short(1);
            let name = name.as_ref().and_then(|name| core::str::from_utf8(name.as_bytes()).ok()).unwrap_or("?");
            return Err(ctx.error_fmt(format_args!("ERR Unknown PFDEBUG subcommand '{name}'")));
        }
    }
    entry.set_large(&mut ctx.e.mem, true);
    Ok(())
}

fn to_dense(ctx: &mut Ctx<'_, '_>, key: Bytes, entry: &mut Entry, encoding: Encoding) -> Result<(), Error> {
    if encoding == Encoding::Sparse {
        reserve(ctx, key, 0)?;
        hll::make_dense(&mut ctx.e.mem, entry)?;
        ctx.add_dirty(1);
    }
    Ok(())
}

/// The runs as text, as one bulk string.
fn decode(ctx: &mut Ctx<'_, '_>, entry: &Entry) -> Result<(), Error> {
    let len = string::len(&ctx.e.mem, entry);
    ctx.reserve(8, len.saturating_mul(8).saturating_add(PAGE_BYTES))?;
    let mut text = Rope::EMPTY;
    let mut at = 0;
    let mut done = Ok(());
    while done.is_ok()
        && let Some((run, next)) = hll::run_at(&ctx.e.mem, entry, at)
    {
        let mut word = crate::number::DoubleText::new();
        let space = if at > 0 { " " } else { "" };
        let _ = match run.kind {
            Kind::Zero => write!(word, "{space}z:{}", run.len),
            Kind::XZero => write!(word, "{space}Z:{}", run.len),
            Kind::Value => write!(word, "{space}v:{},{}", run.value, run.len),
        };
        done = text.append(&mut ctx.e.mem, Bytes::Slice(word.as_bytes()));
        at = next;
    }
    if done.is_ok() {
        ctx.bulk(Bytes::Rope(text));
    }
    text.free(&mut ctx.e.mem);
    Ok(done?)
}

fn pfmerge(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    reserve(ctx, key, hll::REGISTERS + hll::DENSE_BYTES)?;
    let mut union = Union::new(&mut ctx.e.mem)?;
    let merged = unite(ctx, &mut union).and_then(|dense| store_union(ctx, key, &union, dense));
    union.free(&mut ctx.e.mem);
    merged?;
    ctx.changed(key, Class::String, "pfadd");
    ctx.ok();
    Ok(())
}

fn store_union(ctx: &mut Ctx<'_, '_>, key: Bytes, union: &Union, dense: bool) -> Result<(), Error> {
    let found = ctx.lookup_write(key);
    let mut entry = match checked(ctx, found)? {
        Some((entry, _)) => entry,
        None => create(ctx, key)?,
    };
    if dense {
        hll::make_dense(&mut ctx.e.mem, &mut entry)?;
    }
    let sparse_max = sparse_max(ctx);
    for i in 0..hll::REGISTERS {
        let count = union.get(&ctx.e.mem, i);
        if count > 0 {
            hll::raise(&mut ctx.e.mem, &mut entry, i, count, sparse_max)?;
        }
    }
    hll::set_stale(&mut ctx.e.mem, &mut entry)?;
    entry.set_large(&mut ctx.e.mem, true);
    Ok(())
}

/// Elements of the self-test; Redis adds ten million and stands still for seconds.
const TEST_ELEMENTS: u64 = 100_000;

/// Adds elements to a value of its own, sparse and then dense, and checks the estimates at the powers of ten.
fn pfselftest(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    const TOO_BIG: Error = Error(&"ERR TESTFAILED Too big error");
    const DISAGREE: Error = Error(&"ERR TESTFAILED dense/sparse disagree");
    ctx.reserve(8, 2 * (hll::REGISTERS + hll::DENSE_BYTES))?;
    let seed = u64::from(ctx.random()) | u64::from(ctx.random()) << 32;
    let mut checkpoint = 1;
    let mut union = Union::new(&mut ctx.e.mem)?;
    let mut result = Ok(());
    for n in 1..=TEST_ELEMENTS {
        let element = (n ^ seed).to_le_bytes();
        if let Err(oom) = union.raise(&mut ctx.e.mem, Bytes::Slice(&element)) {
            result = Err(oom.into());
            break;
        }
        if n == checkpoint {
            let estimate = union.histogram(&ctx.e.mem).cardinality();
            // Six standard errors, 1.04 / sqrt(16384) each; of ten elements one may collide.
            let error_max = if n == 10 { 1 } else { (n * 624).div_ceil(12_800) };
            if estimate.abs_diff(n) > error_max {
                result = Err(TOO_BIG);
                break;
            }
            checkpoint *= 10;
        }
    }
    if result.is_ok() && !hll::packs_and_unpacks() {
        result = Err(DISAGREE);
    }
    union.free(&mut ctx.e.mem);
    result?;
    ctx.ok();
    Ok(())
}
