//! ZADD, ZINCRBY and ZREM.

use super::super::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::memory::{Arena, Bytes};
use crate::value::record::{Entry, Type};
use crate::value::zset;
use crate::word::Word;

/// Scores kept from the check of all arguments; those of later pairs are read again.
const SCORES_KEPT: usize = 8;

#[derive(Default)]
pub struct Options {
    pub nx: bool,
    pub xx: bool,
    pub gt: bool,
    pub lt: bool,
    pub ch: bool,
    pub incr: bool,
}

/// Where scores and members stand among the arguments: groups of `width`, the member last in each.
#[derive(Clone, Copy)]
pub struct Pairs {
    pub first: usize,
    pub count: usize,
    pub width: usize,
}

impl Pairs {
    /// The position of the n-th pair's score, or of the first argument that it is made of.
    fn score(&self, n: usize) -> usize {
        self.first + n * self.width
    }

    fn member(&self, n: usize) -> usize {
        self.score(n) + self.width - 1
    }
}

pub fn zadd(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    add(ctx, Options::default())
}

pub fn zincrby(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    add(ctx, Options { incr: true, ..Options::default() })
}

/// Both commands, as Redis has it: ZINCRBY takes ZADD's options too, though its arity leaves no room for them.
fn add(ctx: &mut Ctx<'_, '_>, mut options: Options) -> Result<(), Error> {
    let first = parse_options(ctx, &mut options);
    let rest = ctx.argc() - first;
    if rest == 0 || !rest.is_multiple_of(2) {
        return Err(Error::SYNTAX);
    }
    let pairs = rest / 2;
    if options.nx && options.xx {
        return Err(Error(&"ERR XX and NX options at the same time are not compatible"));
    }
    if (options.nx && (options.gt || options.lt)) || (options.gt && options.lt) {
        return Err(Error(&"ERR GT, LT, and/or NX options at the same time are not compatible"));
    }
    if options.incr && pairs > 1 {
        return Err(Error(&"ERR INCR option supports a single increment-element pair"));
    }
    add_pairs(ctx, &options, Pairs { first, count: pairs, width: 2 }, |ctx, at| score_arg(ctx, at))?;
    Ok(())
}

/// Adds or updates members and replies, once the form of the call was checked; returns the number of changes. `score`
/// reads the score that begins at an argument. It is asked for all before anything changes, and for some again.
pub fn add_pairs(
    ctx: &mut Ctx<'_, '_>,
    options: &Options,
    pairs: Pairs,
    score: fn(&mut Ctx<'_, '_>, usize) -> Result<f64, Error>,
) -> Result<u64, Error> {
    let mut scores = [0.0; SCORES_KEPT];
    let mut bytes = 0;
    for n in 0..pairs.count {
        let score = score(ctx, pairs.score(n))?;
        if let Some(kept) = scores.get_mut(n) {
            *kept = score;
        }
        bytes += ctx.arg(pairs.member(n)).len();
    }
    let key = ctx.arg(1);
    let mut entry = ctx.write(key, Type::Zset)?;
    if entry.is_none() && options.xx {
        reply(ctx, options, &Outcome::default());
        return Ok(0);
    }
    let (blocks, needed) = zset::cost(&ctx.e.mem, entry.as_ref(), pairs.count, bytes);
    ctx.reserve(blocks, needed + if entry.is_none() { 2 * key.len() } else { 0 })?;

    let mut outcome = Outcome::default();
    for n in 0..pairs.count {
        let score = match scores.get(n) {
            Some(score) => *score,
            None => score(ctx, pairs.score(n))?,
        };
        let member = ctx.arg(pairs.member(n));
        let entry = match &mut entry {
            Some(entry) => entry,
            none => none.insert(ctx.create(key, zset::EMPTY.0, zset::EMPTY.1)?),
        };
        add_one(ctx, entry, options, member, score, &mut outcome)?;
    }
    let changes = outcome.added + outcome.updated;
    if changes > 0 {
        ctx.changed(key, Class::Zset, if options.incr { "zincr" } else { "zadd" });
        ctx.add_dirty(changes - 1);
    }
    reply(ctx, options, &outcome);
    Ok(changes)
}

/// Reads the options; returns the position of the first score.
fn parse_options(ctx: &Ctx<'_, '_>, options: &mut Options) -> usize {
    let mut at = 2;
    while at < ctx.argc() {
        // Most calls have none: a score that begins as a number needs no copy to be told from a keyword.
        if let Bytes::Slice([b'0'..=b'9' | b'-' | b'+' | b'.', ..]) = ctx.arg(at) {
            break;
        }
        match ctx.word(at) {
            Word::Nx => options.nx = true,
            Word::Xx => options.xx = true,
            Word::Gt => options.gt = true,
            Word::Lt => options.lt = true,
            Word::Ch => options.ch = true,
            Word::Incr => options.incr = true,
            _ => break,
        }
        at += 1;
    }
    at
}

/// A score or increment.
pub fn score_arg(ctx: &Ctx<'_, '_>, i: usize) -> Result<f64, Error> {
    // Whole numbers that a double holds exactly.
    if let Bytes::Slice(text) = ctx.arg(i)
        && !text.is_empty()
        && text.len() <= 15
        && text.iter().all(u8::is_ascii_digit)
    {
        let value = text.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        return Ok(value as f64);
    }
    ctx.float(i)
}

#[derive(Default)]
struct Outcome {
    added: u64,
    updated: u64,
    /// The score after INCR; none where an option kept it from being done.
    score: Option<f64>,
}

fn add_one(
    ctx: &mut Ctx<'_, '_>,
    entry: &mut Entry,
    options: &Options,
    member: Bytes,
    score: f64,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    match zset::look(&ctx.e.mem, entry, member) {
        Ok(found) => {
            if options.nx {
                return Ok(());
            }
            let score = if options.incr { score + found.score } else { score };
            if score.is_nan() {
                return Err(Error(&"ERR resulting score is not a number (NaN)"));
            }
            if (options.lt && score >= found.score) || (options.gt && score <= found.score) {
                return Ok(());
            }
            outcome.score = Some(score);
            if score != found.score {
                let large = entry.is_large(&ctx.e.mem);
                zset::update(&mut ctx.e.mem, entry, &found, kept(score, large))?;
                outcome.updated += 1;
            }
        }
        Err(missing) => {
            if options.xx {
                return Ok(());
            }
            let config = &ctx.e.config;
            let outgrows =
                missing.len >= config.zset_max_listpack_entries || member.len() > config.zset_max_listpack_value;
            let was_large = entry.is_large(&ctx.e.mem);
            zset::add(&mut ctx.e.mem, entry, &missing, member, kept(score, outgrows || was_large))?;
            if outgrows && !was_large {
                entry.set_large(&mut ctx.e.mem, true);
            }
            outcome.score = Some(score);
            outcome.added += 1;
        }
    }
    Ok(())
}

/// A score as it is kept: a listpack has whole numbers as integers, and so no -0.
pub fn kept(score: f64, large: bool) -> f64 {
    if large { score } else { score + 0.0 }
}

fn reply(ctx: &mut Ctx<'_, '_>, options: &Options, outcome: &Outcome) {
    if !options.incr {
        ctx.integer((outcome.added + if options.ch { outcome.updated } else { 0 }) as i64);
    } else {
        match outcome.score {
            Some(score) => ctx.double(score),
            None => ctx.null(),
        }
    }
}

pub fn zrem(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.write(key, Type::Zset)? else {
        ctx.integer(0);
        return Ok(());
    };
    let mut removed = 0;
    for i in 2..ctx.argc() {
        let member = ctx.arg(i);
        let Some(found) = zset::find(&ctx.e.mem, &entry, member) else { continue };
        let done = zset::remove(&mut ctx.e.mem, &mut entry, &found);
        if done.is_err() && removed == 0 {
            return Err(Error::OOM);
        }
        removed += u64::from(done.is_ok());
        if zset::is_empty(&ctx.e.mem, &entry) {
            break;
        }
    }
    if removed > 0 {
        finish_removal(ctx, key, entry, "zrem", removed);
    }
    ctx.integer(removed as i64);
    Ok(())
}

/// What follows a removal of members: the key goes with its last one.
pub fn finish_removal(ctx: &mut Ctx<'_, '_>, key: Bytes, entry: Entry, event: &'static str, removed: u64) {
    let emptied = zset::is_empty(&ctx.e.mem, &entry);
    ctx.changed(key, Class::Zset, event);
    ctx.add_dirty(removed.saturating_sub(1));
    if emptied {
        ctx.delete(entry);
        ctx.notify(key, Class::Generic, "del");
    }
}

/// Removes members by rank as far as memory allows it; the value must not be left half changed.
pub fn remove_ranks(mem: &mut Arena, entry: &mut Entry, from: usize, count: usize) -> Result<(), Error> {
    Ok(zset::remove_range(mem, entry, from, count)?)
}
