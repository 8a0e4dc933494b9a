//! SCAN and its kin: cursors are positions in hash order, so they hold through growth and compaction.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;
use crate::glob;
use crate::memory::Bytes;
use crate::number::format_f64;
use crate::server::Server;
use crate::value::record::{Entry, Type};
use crate::value::{hash, set, zset};
use crate::word::Word;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "hscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.8.0",
        run: hscan,
        subcommands: &[],
        doc: docs!(scan, HSCAN),
    },
    Command {
        name: "scan",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::KEYSPACE,
        keys: &[],
        group: Group::Generic,
        since: "2.8.0",
        run: scan,
        subcommands: &[],
        doc: docs!(scan, SCAN),
    },
    Command {
        name: "sscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "2.8.0",
        run: sscan,
        subcommands: &[],
        doc: docs!(scan, SSCAN),
    },
    Command {
        name: "zscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.8.0",
        run: zscan,
        subcommands: &[],
        doc: docs!(scan, ZSCAN),
    },
];

/// What the options after the cursor say.
struct Options<'a> {
    pattern: Option<Bytes<'a>>,
    count: usize,
    /// A type's name.
    kind: Option<Bytes<'a>>,
}

/// A cursor as C's strtoul reads it: unsigned, a sign allowed, up to a zero byte.
fn cursor(ctx: &Ctx<'_, '_>, i: usize) -> Result<u64, Error> {
    const INVALID: Error = Error(&"ERR invalid cursor");
    let text = ctx.short(i).ok_or(INVALID)?;
    let text = text.as_bytes().split(|&byte| byte == 0).next().unwrap_or(&[]);
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() && !text.is_empty() {
        return Err(INVALID);
    }
    let mut value = 0u64;
    for &digit in digits {
        let digit = if digit.is_ascii_digit() { u64::from(digit - b'0') } else { return Err(INVALID) };
        value = value.checked_mul(10).and_then(|value| value.checked_add(digit)).ok_or(INVALID)?;
    }
    Ok(if negative { value.wrapping_neg() } else { value })
}

fn options<'a>(ctx: &Ctx<'_, 'a>, from: usize, keys: bool) -> Result<Options<'a>, Error> {
    let mut options = Options { pattern: None, count: 10, kind: None };
    let mut i = from;
    while i < ctx.argc() {
        let value = i + 1 < ctx.argc();
        match ctx.word(i) {
            Word::Count if value => {
                let count = ctx.int(i + 1)?;
                if count < 1 {
                    return Err(Error::SYNTAX);
                }
                options.count = usize::try_from(count).unwrap_or(usize::MAX);
            }
            Word::Match if value => {
                let pattern = ctx.arg(i + 1);
                // A lone star is no pattern at all; it would not match the empty string.
                options.pattern = Some(pattern).filter(|&pattern| !ctx.e.mem.same(pattern, Bytes::Slice(b"*")));
            }
            Word::Type if value && keys => options.kind = Some(ctx.arg(i + 1)),
            _ => return Err(Error::SYNTAX),
        }
        i += 2;
    }
    Ok(options)
}

/// What stands beside an element in the reply.
#[derive(Clone, Copy)]
enum Beside {
    /// Passed, but not to be replied.
    Hidden,
    Nothing,
    Value(Bytes<'static>),
    Score(f64),
}

/// One step of a scan: visits elements, returns the next cursor.
type Step<'s> = dyn Fn(&Server, u64, &mut dyn FnMut(Bytes<'static>, Beside)) -> u64 + 's;

/// Elements that are kept between visit and reply, as the reply may need the memory that is visited.
const BATCH: usize = 64;

/// Scans from `cursor` and replies the next cursor and what matched: counted first, as the cursor stands before it.
fn reply(ctx: &mut Ctx<'_, '_>, cursor: u64, options: &Options, width: usize, step: &Step) {
    let takes = |server: &Server, element: Bytes, beside: Beside| match options.pattern {
        _ if matches!(beside, Beside::Hidden) => false,
        Some(pattern) => glob::matches_bytes(&server.mem, pattern, element, false),
        None => true,
    };
    let (mut next, mut steps, mut seen, mut matched) = (cursor, 0, 0, 0);
    while steps == 0 || (next != 0 && seen < options.count && steps <= options.count.saturating_mul(10)) {
        next = step(ctx.e, next, &mut |element, beside| {
            seen += 1;
            matched += usize::from(takes(ctx.e, element, beside));
        });
        steps += 1;
    }
    ctx.array(2);
    ctx.bulk(Bytes::Int(next as i64));
    ctx.array(matched * width);
    let mut at = cursor;
    for _ in 0..steps {
        let mut replied = 0;
        at = loop {
            let mut batch = [(Bytes::EMPTY, Beside::Nothing); BATCH];
            let (mut kept, mut passed) = (0, 0);
            let next = step(ctx.e, at, &mut |element, beside| {
                if takes(ctx.e, element, beside) {
                    if passed >= replied && kept < BATCH {
                        batch[kept] = (element, beside);
                        kept += 1;
                    }
                    passed += 1;
                }
            });
            for &(element, beside) in &batch[..kept] {
                ctx.bulk(element);
                match beside {
                    Beside::Hidden | Beside::Nothing => {}
                    Beside::Value(value) => ctx.bulk(value),
                    Beside::Score(score) => ctx.bulk(Bytes::Slice(format_f64(score).as_bytes())),
                }
            }
            replied += kept;
            if replied >= passed || ctx.e.reply.failed() {
                break next;
            }
        };
    }
}

/// The scan of a collection: cursor, key and type are looked at before the options are, as in Redis.
fn open<'a>(ctx: &mut Ctx<'_, 'a>, kind: Type) -> Result<Option<(u64, Entry, Options<'a>)>, Error> {
    let cursor = cursor(ctx, 2)?;
    let Some(entry) = ctx.read(ctx.arg(1), kind)? else {
        ctx.array(2);
        ctx.bulk(Bytes::Int(0));
        ctx.array(0);
        return Ok(None);
    };
    Ok(Some((cursor, entry, options(ctx, 3, false)?)))
}

fn hscan(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if let Some((cursor, entry, options)) = open(ctx, Type::Hash)? {
        reply(ctx, cursor, &options, 2, &|server, cursor, visit| {
            hash::scan(&server.mem, &entry, cursor, |field, value| visit(field, Beside::Value(value)))
        });
    }
    Ok(())
}

fn scan(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let cursor = cursor(ctx, 1)?;
    let options = options(ctx, 2, true)?;
    let db = ctx.db;
    expire(ctx, cursor, options.count);
    reply(ctx, cursor, &options, 1, &|server, cursor, visit| {
        let (keys, mem) = (&server.dbs[db], &server.mem);
        keys.table.scan(mem, cursor, &mut |slot| {
            let entry = keys.entry(mem, slot);
            let of_kind = options.kind.is_none_or(|kind| mem.view(kind).is_word(entry.kind().name()));
            let shown = of_kind && !is_expired(server, &entry);
            visit(entry.key(mem), if shown { Beside::Nothing } else { Beside::Hidden });
        })
    });
    Ok(())
}

fn is_expired(server: &Server, entry: &Entry) -> bool {
    entry.expire_at_ms(&server.mem).is_some_and(|at_ms| at_ms < server.now.wall_ms)
}

/// Deletes the expired keys that a scan is about to pass, as Redis does; beforehand, as it may merge buckets.
fn expire(ctx: &mut Ctx<'_, '_>, cursor: u64, count: usize) {
    let db = ctx.db;
    if ctx.e.dbs[db].volatile == 0 || ctx.e.paused_writes() {
        return;
    }
    let (mut at, mut seen) = (cursor, 0);
    loop {
        let mut expired = None;
        let keys = ctx.e.dbs[db];
        let next = keys.table.scan(&ctx.e.mem, at, &mut |slot| {
            seen += 1;
            let entry = keys.entry(&ctx.e.mem, slot);
            if expired.is_none() && is_expired(ctx.e, &entry) {
                expired = Some(entry);
            }
        });
        match expired {
            Some(entry) if ctx.e.expire(db, entry) => {}
            Some(_) => return,
            None if next == 0 || seen >= count => return,
            None => at = next,
        }
    }
}

fn sscan(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if let Some((cursor, entry, options)) = open(ctx, Type::Set)? {
        reply(ctx, cursor, &options, 1, &|server, cursor, visit| {
            set::scan(&server.mem, &entry, cursor, |member| visit(member, Beside::Nothing))
        });
    }
    Ok(())
}

fn zscan(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if let Some((cursor, entry, options)) = open(ctx, Type::Zset)? {
        // Redis shows what a listpack holds: whole numbers as integers, however large.
        let small = !entry.is_large(&ctx.e.mem);
        reply(ctx, cursor, &options, 2, &|server, cursor, visit| {
            zset::scan(&server.mem, &entry, cursor, |member, score| {
                let whole = score as i64;
                let integer = small && whole as f64 == score && whole.unsigned_abs() <= 1 << 62;
                visit(member, if integer { Beside::Value(Bytes::Int(whole)) } else { Beside::Score(score) });
            })
        });
    }
    Ok(())
}
