//! Questions about single members: ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZRANDMEMBER.

use super::super::Ctx;
use super::range::reply_pair;
use crate::error::Error;
use crate::value::record::{Entry, Type};
use crate::value::table::below;
use crate::value::zset::{self, Cursor};
use crate::word::Word;

pub fn zcard(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = match ctx.read(ctx.arg(1), Type::Zset)? {
        Some(entry) => zset::len(&ctx.e.mem, &entry),
        None => 0,
    };
    ctx.integer(len as i64);
    Ok(())
}

pub fn zscore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    reply_score(ctx, entry.as_ref(), 2);
    Ok(())
}

pub fn zmscore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        reply_score(ctx, entry.as_ref(), i);
    }
    Ok(())
}

/// The score of the member that argument `i` names.
fn reply_score(ctx: &mut Ctx<'_, '_>, entry: Option<&Entry>, i: usize) {
    let member = ctx.arg(i);
    match entry.and_then(|entry| zset::score(&ctx.e.mem, entry, member)) {
        Some(score) => ctx.double(score),
        None => ctx.null(),
    }
}

pub fn zrank(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rank(ctx, false)
}

pub fn zrevrank(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rank(ctx, true)
}

fn rank(ctx: &mut Ctx<'_, '_>, reverse: bool) -> Result<(), Error> {
    let Some(entry) = ctx.read(ctx.arg(1), Type::Zset)? else {
        ctx.null();
        return Ok(());
    };
    let member = ctx.arg(2);
    let mem = &ctx.e.mem;
    match zset::find(mem, &entry, member) {
        Some(found) => {
            let rank = zset::rank(mem, &entry, &found);
            let rank = if reverse { zset::len(mem, &entry) - 1 - rank } else { rank };
            ctx.integer(rank as i64);
        }
        None => ctx.null(),
    }
    Ok(())
}

pub fn zrandmember(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() < 3 {
        let Some(entry) = ctx.read(ctx.arg(1), Type::Zset)? else {
            ctx.null();
            return Ok(());
        };
        let rank = random_rank(ctx, zset::len(&ctx.e.mem, &entry));
        match zset::nth(&ctx.e.mem, &entry, rank) {
            Some((member, _)) => ctx.bulk(member),
            None => ctx.null(),
        }
        return Ok(());
    }
    let count = ctx.int(2)?;
    if count == i64::MIN {
        return Err(Error(
            &"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ));
    }
    let mut with_scores = false;
    if ctx.argc() > 3 {
        if ctx.argc() > 4 || ctx.word(3) != Word::WithScores {
            return Err(Error::SYNTAX);
        }
        with_scores = true;
        if !(-i64::MAX / 2..=i64::MAX / 2).contains(&count) {
            return Err(Error(&"ERR value is out of range"));
        }
    }
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    let Some(entry) = entry.filter(|_| count != 0) else {
        ctx.array(0);
        return Ok(());
    };
    let len = zset::len(&ctx.e.mem, &entry);
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let picked = if count < 0 { wanted } else { wanted.min(len) };
    ctx.array(if with_scores && ctx.proto() == 2 { picked.saturating_mul(2) } else { picked });
    if count < 0 {
        with_repetition(ctx, &entry, len, picked, with_scores);
    } else if picked.saturating_mul(3) > len || len <= 512 {
        in_order(ctx, &entry, len, picked, with_scores);
    } else {
        scattered(ctx, &entry, len, picked, with_scores);
    }
    Ok(())
}

fn random_rank(ctx: &mut Ctx<'_, '_>, len: usize) -> usize {
    below(ctx.random(), len as u32) as usize
}

fn reply_rank(ctx: &mut Ctx<'_, '_>, entry: &Entry, rank: usize, with_scores: bool) {
    if let Some((member, score)) = zset::nth(&ctx.e.mem, entry, rank) {
        reply_pair(ctx, member, score, with_scores);
    }
}

fn with_repetition(ctx: &mut Ctx<'_, '_>, entry: &Entry, len: usize, count: usize, with_scores: bool) {
    for _ in 0..count {
        let rank = random_rank(ctx, len);
        reply_rank(ctx, entry, rank, with_scores);
        // A count without bound ends where the reply finds no more memory.
        if ctx.e.reply.failed() {
            return;
        }
    }
}

/// One pass over all members that takes each with the chance it needs (Knuth's algorithm S).
fn in_order(ctx: &mut Ctx<'_, '_>, entry: &Entry, len: usize, count: usize, with_scores: bool) {
    let mut cursor = Cursor::forward(&ctx.e.mem, entry, 0, len);
    let (mut left, mut wanted) = (len, count);
    while wanted > 0
        && let Some((member, score)) = cursor.next(&ctx.e.mem)
    {
        if random_rank(ctx, left) < wanted {
            reply_pair(ctx, member, score, with_scores);
            wanted -= 1;
        }
        left -= 1;
    }
}

/// A few of many: the first steps of a random permutation of the ranks, a Feistel network walked until it falls below
/// the length. It needs no memory of what was taken.
fn scattered(ctx: &mut Ctx<'_, '_>, entry: &Entry, len: usize, count: usize, with_scores: bool) {
    let keys: [u32; 6] = core::array::from_fn(|_| ctx.random());
    let half = (usize::BITS - (len - 1).leading_zeros()).div_ceil(2);
    let mask = (1u32 << half) - 1;
    let permute = |value: u64| {
        let (mut left, mut right) = ((value >> half) as u32 & mask, value as u32 & mask);
        for key in keys {
            let mixed = (right ^ key).wrapping_mul(0x9E37_79B1);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
            (left, right) = (right, left ^ ((mixed ^ (mixed >> 13)) & mask));
        }
        u64::from(left) << half | u64::from(right)
    };
    for start in 0..count as u64 {
        let mut rank = permute(start);
        while rank >= len as u64 {
            rank = permute(rank);
        }
        reply_rank(ctx, entry, rank as usize, with_scores);
    }
}
