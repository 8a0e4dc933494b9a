//! GEOADD, and how coordinates are read.

use super::super::Ctx;
use super::super::zset::add::{Options, Pairs, add_pairs};
use super::cell::{self, MERCATOR, Point};
use crate::error::Error;
use crate::memory::Bytes;
use crate::number::Fixed;
use crate::word::Word;

pub fn geoadd(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut options = Options::default();
    let mut first = 2;
    while first < ctx.argc() {
        match ctx.word(first) {
            Word::Nx => options.nx = true,
            Word::Xx => options.xx = true,
            Word::Ch => options.ch = true,
            _ => break,
        }
        first += 1;
    }
    let rest = ctx.argc() - first;
    if rest == 0 || !rest.is_multiple_of(3) || (options.nx && options.xx) {
        return Err(Error::SYNTAX);
    }
    let pairs = Pairs { first, count: rest / 3, width: 3 };
    let changes = add_pairs(ctx, &options, pairs, |ctx, at| Ok(cell::score(point_arg(ctx, at)?) as f64))?;
    if changes > 0 {
        propagate_zadd(ctx, pairs);
    }
    Ok(())
}

/// The call as Redis propagates it: ZADD with the scores, so that no reader computes them differently.
fn propagate_zadd(ctx: &mut Ctx<'_, '_>, pairs: Pairs) {
    let args = ctx.args;
    ctx.propagate_call(pairs.first + 2 * pairs.count, &|mem, i| {
        let Some(behind) = i.checked_sub(pairs.first) else {
            return if i == 0 { Bytes::Slice(b"zadd") } else { args.get(mem, i) };
        };
        let at = pairs.first + behind / 2 * pairs.width;
        if behind % 2 == 1 {
            return args.get(mem, at + 2);
        }
        let degrees = |i| mem.view(args.get(mem, i)).to_f64().unwrap_or(0.0);
        Bytes::Int(cell::score(Point { lon: degrees(at), lat: degrees(at + 1) }))
    });
}

/// The longitude and latitude that stand at an argument and the one behind it.
pub fn point_arg(ctx: &mut Ctx<'_, '_>, at: usize) -> Result<Point, Error> {
    let point = Point { lon: ctx.float(at)?, lat: ctx.float(at + 1)? };
    if MERCATOR.contains(point) {
        return Ok(point);
    }
    Err(ctx.error_fmt(format_args!(
        "ERR invalid longitude,latitude pair {},{}",
        Fixed(point.lon, 6),
        Fixed(point.lat, 6)
    )))
}
