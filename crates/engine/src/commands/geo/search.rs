//! GEOSEARCH, GEORADIUS and their kin: every member within an area, in the order asked for, replied or stored.
//!
//! Without an order the matches are replied or stored as they are found, and nothing is kept of them. With one they are
//! rows of a vector first (`rows.rs`).

use super::super::Ctx;
use super::super::rows::{HALF, Rows};
use super::super::zset::store::store;
use super::query::{Form, Order, Query};
use super::{cell, reply};
use crate::error::Error;
use crate::memory::{Arena, Bytes};
use crate::value::record::{Entry, Type};
use crate::value::zset::draft::Draft;
use crate::value::zset::{self, Bound, Cursor};
use core::cmp::Ordering;

pub fn georadius(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::Point, true)
}

pub fn georadius_ro(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::Point, false)
}

pub fn georadiusbymember(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::Member, true)
}

pub fn georadiusbymember_ro(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::Member, false)
}

pub fn geosearch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::Search, false)
}

pub fn geosearchstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    search(ctx, Form::SearchStore, true)
}

/// A member within the area.
#[derive(Clone, Copy)]
struct Match {
    member: Bytes<'static>,
    score: f64,
    /// From the centre, in metres: so compared, before the unit's rounding.
    distance: f64,
}

fn search(ctx: &mut Ctx<'_, '_>, form: Form, may_store: bool) -> Result<(), Error> {
    let key = ctx.arg(if form == Form::SearchStore { 2 } else { 1 });
    let source = ctx.read(key, Type::Zset)?;
    let mut query = Query::parse(ctx, form, may_store, source)?;
    // The first so many are the nearest, unless any will do.
    if query.count > 0 && !query.any {
        query.order = query.order.or(Some(Order::Ascending));
    }
    match query.target {
        Some(target) => {
            let event = if form == Form::SearchStore { "geosearchstore" } else { "georadiusstore" };
            store_matches(ctx, &query, source, target, event)
        }
        None => reply_matches(ctx, &query, source),
    }
}

fn reply_matches(ctx: &mut Ctx<'_, '_>, query: &Query, source: Option<Entry>) -> Result<(), Error> {
    let Some(source) = source else {
        ctx.array(0);
        return Ok(());
    };
    if query.order.is_none() {
        let head = ctx.deferred();
        let found = visit(ctx, query, &source, &mut |ctx, found| {
            reply_match(ctx, query, &found);
            Ok(())
        })?;
        ctx.end_array(head, found);
        return Ok(());
    }
    with_sorted(ctx, query, &source, &mut |ctx, rows, count| {
        ctx.array(count);
        for i in 0..count {
            let found = row(rows, &ctx.e.mem, i);
            reply_match(ctx, query, &found);
        }
        Ok(())
    })
}

fn reply_match(ctx: &mut Ctx<'_, '_>, query: &Query, found: &Match) {
    let more = usize::from(query.with_distance) + usize::from(query.with_hash) + usize::from(query.with_point);
    if more > 0 {
        ctx.array(1 + more);
    }
    ctx.bulk(found.member);
    if query.with_distance {
        reply::distance(ctx, found.distance / query.area.metres);
    }
    if query.with_hash {
        ctx.integer(cell::to_int(found.score));
    }
    if query.with_point {
        reply::point(ctx, cell::point(found.score));
    }
}

fn store_matches(
    ctx: &mut Ctx<'_, '_>,
    query: &Query,
    source: Option<Entry>,
    target: usize,
    event: &'static str,
) -> Result<(), Error> {
    let mut draft = Draft::EMPTY;
    let mut keep = |ctx: &mut Ctx<'_, '_>, found: Match| {
        let score = if query.store_distance { found.distance / query.area.metres } else { found.score };
        Ok(draft.add(&mut ctx.e.mem, found.member, score, &|_, new| new)?)
    };
    let kept = match source {
        None => Ok(()),
        // What is stored has its own order: that of the matches only tells which are the first.
        Some(source) if query.count == 0 || query.any => visit(ctx, query, &source, &mut keep).map(drop),
        Some(source) => with_sorted(ctx, query, &source, &mut |ctx, rows, count| {
            (0..count).try_for_each(|i| {
                let found = row(rows, &ctx.e.mem, i);
                keep(ctx, found)
            })
        }),
    };
    if let Err(error) = kept {
        draft.free(&mut ctx.e.mem);
        return Err(error);
    }
    let count = draft.len() as u64;
    let key = ctx.arg(target);
    store(ctx, key, draft, event)?;
    ctx.add_dirty(count.saturating_sub(1));
    Ok(())
}

/// Calls `take` with every match, in the order in which Redis finds them; with ANY it ends after so many. Returns their
/// number.
fn visit(
    ctx: &mut Ctx<'_, '_>,
    query: &Query,
    source: &Entry,
    take: &mut dyn FnMut(&mut Ctx<'_, '_>, Match) -> Result<(), Error>,
) -> Result<usize, Error> {
    let limit = if query.any { query.count } else { usize::MAX };
    let mut taken = 0;
    let mut before = None;
    for (i, cell) in query.area.cells().into_iter().enumerate() {
        // With two cells a side, neighbours to both sides are the same cell.
        let Some(cell) = cell.filter(|cell| before != Some(*cell)) else { continue };
        if i > 0 {
            before = Some(cell);
        }
        let (from, to) = cell.scores();
        let rank = zset::position(&ctx.e.mem, source, &Bound::Score { score: from, after: false });
        let mut cursor = Cursor::forward(&ctx.e.mem, source, rank, usize::MAX);
        while taken < limit
            && let Some((member, score)) = cursor.next(&ctx.e.mem)
            && score < to
        {
            if let Some(distance) = query.area.distance_within(cell::point(score)) {
                take(ctx, Match { member, score, distance })?;
                taken += 1;
            }
        }
    }
    Ok(taken)
}

/// Calls `done` with the matches as rows, of which the first so many are in order.
fn with_sorted(
    ctx: &mut Ctx<'_, '_>,
    query: &Query,
    source: &Entry,
    done: &mut dyn FnMut(&mut Ctx<'_, '_>, &Rows, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rows = Rows::EMPTY;
    let filled = visit(ctx, query, source, &mut |ctx, found| {
        let mut key = [0; HALF];
        key[..8].copy_from_slice(&found.distance.to_bits().to_le_bytes());
        key[8..].copy_from_slice(&found.score.to_bits().to_le_bytes());
        let i = rows.len();
        rows.push(&mut ctx.e.mem, found.member)?;
        rows.set_key(&mut ctx.e.mem, i, key);
        Ok(())
    });
    let result = filled.and_then(|found| {
        let count = if query.count == 0 { found } else { found.min(query.count) };
        let compare = |rows: &Rows, mem: &Arena, a: usize, b: usize| {
            let order = compare(row(rows, mem, a).distance, row(rows, mem, b).distance);
            if query.order == Some(Order::Descending) { order.reverse() } else { order }
        };
        // Redis sorts all of them stably, and a part by other means.
        if count == found {
            rows.sort(&mut ctx.e.mem, &compare);
        } else {
            rows.sort_first(&mut ctx.e.mem, count, &compare);
        }
        done(ctx, &rows, count)
    });
    rows.free(&mut ctx.e.mem);
    result
}

fn row(rows: &Rows, mem: &Arena, i: usize) -> Match {
    let key = rows.key(mem, i);
    let number = |at: usize| f64::from_bits(u64::from_le_bytes(core::array::from_fn(|n| key[at + n])));
    Match { member: rows.element(mem, i), distance: number(0), score: number(8) }
}

/// Redis's comparison; what is not a number comes first.
fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Less)
}
