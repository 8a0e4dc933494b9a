//! Ranges by rank, score and member: ZRANGE and its kin, ZCOUNT, ZLEXCOUNT, ZREMRANGEBY*, ZRANGESTORE.
//!
//! Every range becomes a span of ranks first, which the tree finds in O(log n); LIMIT and REV are arithmetic on it.

use super::super::Ctx;
use super::add::{finish_removal, kept, remove_ranks};
use super::store::store;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Rope, Str};
use crate::value::record::{Entry, Form, Type};
use crate::value::zset::draft::Draft;
use crate::value::zset::{self, Bound, Cursor};
use crate::word::Word;
use core::cmp::Ordering;

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// What a range spans, read from two arguments.
enum Range<'a> {
    Rank { start: i64, stop: i64 },
    Score { min: Limit, max: Limit },
    Lex { min: LexLimit<'a>, max: LexLimit<'a> },
}

#[derive(Clone, Copy)]
struct Limit {
    score: f64,
    exclusive: bool,
}

#[derive(Clone, Copy)]
enum LexLimit<'a> {
    /// `-`
    Lowest,
    /// `+`
    Highest,
    Member {
        text: Bytes<'a>,
        exclusive: bool,
        /// The text, where it had to be copied.
        copy: Rope,
    },
}

impl<'a> Range<'a> {
    fn parse(ctx: &mut Ctx<'_, 'a>, by: By, min: usize, max: usize) -> Result<Range<'a>, Error> {
        Ok(match by {
            By::Rank => Range::Rank { start: ctx.int(min)?, stop: ctx.int(max)? },
            By::Score => {
                let limit = |i| score_limit(ctx.e.mem.view(ctx.arg(i)));
                match (limit(min), limit(max)) {
                    (Some(min), Some(max)) => Range::Score { min, max },
                    _ => return Err(Error(&"ERR min or max is not a float")),
                }
            }
            By::Lex => {
                let min = lex_limit(ctx, min)?;
                match lex_limit(ctx, max) {
                    Ok(max) => Range::Lex { min, max },
                    Err(error) => {
                        min.free(&mut ctx.e.mem);
                        return Err(error);
                    }
                }
            }
        })
    }

    fn free(self, mem: &mut Arena) {
        if let Range::Lex { min, max } = self {
            min.free(mem);
            max.free(mem);
        }
    }

    /// The ranks `from..to` that it spans.
    fn span(&self, mem: &Arena, entry: &Entry, reverse: bool) -> (usize, usize) {
        match *self {
            Range::Rank { start, stop } => {
                let len = zset::len(mem, entry);
                let (from, to) = ranks(start, stop, len);
                if reverse { (len - to, len - from) } else { (from, to) }
            }
            Range::Score { min, max } => {
                let from = zset::position(mem, entry, &Bound::Score { score: min.score, after: min.exclusive });
                let to = zset::position(mem, entry, &Bound::Score { score: max.score, after: !max.exclusive });
                (from, to.max(from))
            }
            Range::Lex { min, max } if entry.form() == Form::ZsetTree => {
                let from = min.position(mem, entry, false);
                let to = max.position(mem, entry, true);
                (from, to.max(from))
            }
            Range::Lex { min, max } => lex_span(mem, entry, &min, &max, reverse),
        }
    }
}

/// Redis's reading of start and stop.
fn ranks(start: i64, stop: i64, len: usize) -> (usize, usize) {
    let len = len as i64;
    let start = if start < 0 { len.saturating_add(start).max(0) } else { start };
    let stop = if stop < 0 { len.saturating_add(stop) } else { stop }.min(len - 1);
    if start > stop { (0, 0) } else { (start as usize, stop as usize + 1) }
}

/// What strtod takes up to the text's end: blanks before it, nothing at all for 0, and what overflows for infinity.
fn score_limit(text: Str) -> Option<Limit> {
    let mut room = [0u8; 256];
    let len = text.copy_to(0, &mut room);
    if text.len() > room.len() {
        return None;
    }
    let mut text = room[..len].split(|&byte| byte == 0).next()?;
    let mut exclusive = false;
    if let [b'(', rest @ ..] = text {
        exclusive = true;
        text = rest;
    }
    if text.is_empty() {
        return Some(Limit { score: 0.0, exclusive });
    }
    // Blanks alone are not a number: strtod then says that it has read nothing.
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let text = &text[blanks..];
    let score = crate::number::parse_f64(text).or_else(|| {
        // Beyond a double's range strtod still has an answer.
        let (sign, digits) = match text {
            [b'-', rest @ ..] => (-1.0, rest),
            [b'+', rest @ ..] => (1.0, rest),
            _ => (1.0, text),
        };
        let value: f64 = match digits.first()? {
            b'0'..=b'9' | b'.' => crate::number::float::parse(digits)?,
            _ => return None,
        };
        Some(sign * value)
    })?;
    Some(Limit { score, exclusive })
}

fn lex_limit<'a>(ctx: &mut Ctx<'_, 'a>, i: usize) -> Result<LexLimit<'a>, Error> {
    let text = ctx.arg(i);
    let (first, second) = (ctx.e.mem.view(text).byte(0), ctx.e.mem.view(text).byte(1));
    match (first, second) {
        (Some(b'-'), None | Some(0)) => Ok(LexLimit::Lowest),
        (Some(b'+'), None | Some(0)) => Ok(LexLimit::Highest),
        (Some(mark @ (b'(' | b'[')), _) => {
            let mut copy = Rope::EMPTY;
            let text = match text {
                Bytes::Slice(slice) => Bytes::Slice(slice.get(1..).unwrap_or(&[])),
                Bytes::Block { at, len } => Bytes::Block { at: at + 1, len: len - 1 },
                other => {
                    let len = other.len() - 1;
                    copy.resize(&mut ctx.e.mem, len)?;
                    if let Err(oom) = copy.write(&mut ctx.e.mem, 0, other, 1, len) {
                        copy.free(&mut ctx.e.mem);
                        return Err(oom.into());
                    }
                    Bytes::Rope(copy)
                }
            };
            Ok(LexLimit::Member { text, exclusive: mark == b'(', copy })
        }
        _ => Err(Error(&"ERR min or max not valid string range item")),
    }
}

impl LexLimit<'_> {
    fn free(self, mem: &mut Arena) {
        if let LexLimit::Member { mut copy, .. } = self {
            copy.free(mem);
        }
    }

    fn position(&self, mem: &Arena, entry: &Entry, upper: bool) -> usize {
        match *self {
            LexLimit::Lowest => 0,
            LexLimit::Highest => zset::len(mem, entry),
            LexLimit::Member { text, exclusive, .. } => {
                zset::position(mem, entry, &Bound::Member { member: text, after: exclusive != upper })
            }
        }
    }

    /// How a member stands to the limit; never equal to an exclusive one's own text.
    fn compare(&self, mem: &Arena, member: Bytes, equal: Ordering) -> Ordering {
        match *self {
            LexLimit::Lowest => Ordering::Greater,
            LexLimit::Highest => Ordering::Less,
            LexLimit::Member { text, exclusive, .. } => match mem.view(member).cmp(&mem.view(text)) {
                Ordering::Equal if exclusive => equal,
                other => other,
            },
        }
    }

    fn allows_from(&self, mem: &Arena, member: Bytes) -> bool {
        self.compare(mem, member, Ordering::Less) != Ordering::Less
    }

    fn allows_to(&self, mem: &Arena, member: Bytes) -> bool {
        self.compare(mem, member, Ordering::Greater) != Ordering::Greater
    }
}

/// The span in a small sorted set, found by walking as Redis walks a listpack: where scores differ, which lexical ranges
/// are not made for, the answers are the same.
fn lex_span(mem: &Arena, entry: &Entry, min: &LexLimit, max: &LexLimit, reverse: bool) -> (usize, usize) {
    let len = zset::len(mem, entry);
    let ends = (zset::nth(mem, entry, 0), zset::nth(mem, entry, len.saturating_sub(1)));
    let (Some((first, _)), Some((last, _))) = ends else { return (0, 0) };
    if !min.allows_from(mem, last) || !max.allows_to(mem, first) {
        return (0, 0);
    }
    let start = if reverse { len - 1 } else { 0 };
    let mut cursor = Cursor::new(mem, entry, start, len, reverse);
    let (mut passed, mut taken) = (0, 0);
    while let Some((member, _)) = cursor.next(mem) {
        let (from, to) = (min.allows_from(mem, member), max.allows_to(mem, member));
        let (near, far) = if reverse { (to, from) } else { (from, to) };
        if taken == 0 && !near {
            passed += 1;
        } else if far {
            taken += 1;
        } else {
            break;
        }
    }
    if reverse { (len - passed - taken, len - passed) } else { (passed, passed + taken) }
}

/// LIMIT: what is left of a span of ranks after skipping `offset` and taking `count`, in the range's direction.
fn limit(span: (usize, usize), offset: i64, count: i64, reverse: bool) -> (usize, usize) {
    let (from, to) = span;
    // A negative offset skips all, a negative count takes all.
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX).min(to - from);
    let taken = usize::try_from(count).unwrap_or(usize::MAX).min(to - from - skipped);
    if reverse { (to - skipped - taken, to - skipped) } else { (from + skipped, from + skipped + taken) }
}

pub fn zcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    count(ctx, By::Score)
}

pub fn zlexcount(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    count(ctx, By::Lex)
}

fn count(ctx: &mut Ctx<'_, '_>, by: By) -> Result<(), Error> {
    let range = Range::parse(ctx, by, 2, 3)?;
    let found = ctx.read(ctx.arg(1), Type::Zset);
    let (from, to) = match &found {
        Ok(Some(entry)) => range.span(&ctx.e.mem, entry, false),
        _ => (0, 0),
    };
    range.free(&mut ctx.e.mem);
    found?;
    ctx.integer((to - from) as i64);
    Ok(())
}

pub fn zremrangebyrank(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    remove(ctx, By::Rank, "zremrangebyrank")
}

pub fn zremrangebyscore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    remove(ctx, By::Score, "zremrangebyscore")
}

pub fn zremrangebylex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    remove(ctx, By::Lex, "zremrangebylex")
}

fn remove(ctx: &mut Ctx<'_, '_>, by: By, event: &'static str) -> Result<(), Error> {
    let range = Range::parse(ctx, by, 2, 3)?;
    let key = ctx.arg(1);
    let found = ctx.write(key, Type::Zset);
    let span = match &found {
        Ok(Some(entry)) => range.span(&ctx.e.mem, entry, false),
        _ => (0, 0),
    };
    range.free(&mut ctx.e.mem);
    let removed = span.1 - span.0;
    if let Some(mut entry) = found?
        && removed > 0
    {
        remove_ranks(&mut ctx.e.mem, &mut entry, span.0, removed)?;
        finish_removal(ctx, key, entry, event, removed as u64);
    }
    ctx.integer(removed as i64);
    Ok(())
}

pub fn zrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, None, None, false)
}

pub fn zrangestore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 2, None, None, true)
}

pub fn zrevrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, Some(By::Rank), Some(true), false)
}

pub fn zrangebyscore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, Some(By::Score), Some(false), false)
}

pub fn zrevrangebyscore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, Some(By::Score), Some(true), false)
}

pub fn zrangebylex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, Some(By::Lex), Some(false), false)
}

pub fn zrevrangebylex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 1, Some(By::Lex), Some(true), false)
}

/// All of them: the source key stands at `at`, kind and direction are fixed by the command's name or left to options.
fn range(
    ctx: &mut Ctx<'_, '_>,
    at: usize,
    fixed: Option<By>,
    direction: Option<bool>,
    stores: bool,
) -> Result<(), Error> {
    let (mut by, mut reverse) = (fixed, direction);
    let (mut offset, mut taken) = (0, -1);
    let mut with_scores = false;
    let mut i = at + 3;
    while i < ctx.argc() {
        match ctx.word(i) {
            Word::WithScores if !stores => with_scores = true,
            Word::Limit if i + 2 < ctx.argc() => {
                offset = ctx.int(i + 1)?;
                taken = ctx.int(i + 2)?;
                i += 2;
            }
            Word::Rev if direction.is_none() && reverse.is_none() => reverse = Some(true),
            Word::ByLex if by.is_none() => by = Some(By::Lex),
            Word::ByScore if by.is_none() => by = Some(By::Score),
            _ => return Err(Error::SYNTAX),
        }
        i += 1;
    }
    let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
    if taken != -1 && by == By::Rank {
        return Err(Error(&"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"));
    }
    if with_scores && by == By::Lex {
        return Err(Error(&"ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
    }
    // A reversed range by score or member is given from its upper end.
    let (min, max) = if reverse && by != By::Rank { (at + 2, at + 1) } else { (at + 1, at + 2) };
    let range = Range::parse(ctx, by, min, max)?;
    let found = ctx.read(ctx.arg(at), Type::Zset);
    let mut span = match &found {
        Ok(Some(entry)) => range.span(&ctx.e.mem, entry, reverse),
        _ => (0, 0),
    };
    range.free(&mut ctx.e.mem);
    if by != By::Rank {
        span = limit(span, offset, taken, reverse);
    }
    let entry = found?;
    let count = span.1 - span.0;
    let start = if reverse { span.1.saturating_sub(1) } else { span.0 };
    let cursor = entry.map(|entry| Cursor::new(&ctx.e.mem, &entry, start, count, reverse));
    if stores {
        return store_range(ctx, cursor, by == By::Rank && count > ctx.e.config.zset_max_listpack_entries);
    }
    reply_members(ctx, cursor, count, with_scores);
    Ok(())
}

/// Stores what a cursor yields. Redis fills a listpack as long as one will do (a range by rank is known to be too long
/// for one before it begins): what passes through it loses the sign of -0.
fn store_range(ctx: &mut Ctx<'_, '_>, cursor: Option<Cursor>, mut large: bool) -> Result<(), Error> {
    let mut draft = Draft::EMPTY;
    if let Some(mut cursor) = cursor {
        while let Some((member, score)) = cursor.next(&ctx.e.mem) {
            let config = &ctx.e.config;
            large |= draft.len() >= config.zset_max_listpack_entries || member.len() > config.zset_max_listpack_value;
            if let Err(oom) = draft.add(&mut ctx.e.mem, member, kept(score, large), &|_, new| new) {
                draft.free(&mut ctx.e.mem);
                return Err(oom.into());
            }
        }
    }
    let key = ctx.arg(1);
    store(ctx, key, draft, "zrangestore")
}

/// Replies the members a cursor yields, of which there are `count`.
pub fn reply_members(ctx: &mut Ctx<'_, '_>, cursor: Option<Cursor>, count: usize, with_scores: bool) {
    ctx.array(if with_scores && ctx.proto() == 2 { 2 * count } else { count });
    let Some(mut cursor) = cursor else { return };
    while let Some((member, score)) = cursor.next(&ctx.e.mem) {
        reply_pair(ctx, member, score, with_scores);
    }
}

/// A member, with its score behind it (RESP2) or in an array with it (RESP3).
pub fn reply_pair(ctx: &mut Ctx<'_, '_>, member: Bytes, score: f64, with_scores: bool) {
    if with_scores && ctx.proto() == 3 {
        ctx.array(2);
    }
    ctx.bulk(member);
    if with_scores {
        ctx.double(score);
    }
}
