//! GEODIST, GEOHASH and GEOPOS: what is known of members by name.

use super::super::Ctx;
use super::{area, cell, reply};
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::{Entry, Type};
use crate::value::zset;

pub fn geodist(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let metres = match ctx.argc() {
        4 => 1.0,
        5 => reply::unit_arg(ctx, 4)?,
        _ => return Err(Error::SYNTAX),
    };
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    match (position(ctx, entry, 2), position(ctx, entry, 3)) {
        (Some(a), Some(b)) => reply::distance(ctx, area::distance(a, b) / metres),
        _ => ctx.null(),
    }
    Ok(())
}

pub fn geohash(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        match position(ctx, entry, i) {
            Some(point) => ctx.bulk(Bytes::Slice(&cell::text(point))),
            None => ctx.null(),
        }
    }
    Ok(())
}

pub fn geopos(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Zset)?;
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        match position(ctx, entry, i) {
            Some(point) => reply::point(ctx, point),
            None => ctx.null_array(),
        }
    }
    Ok(())
}

/// Where the member is that an argument names.
pub fn position(ctx: &Ctx<'_, '_>, entry: Option<Entry>, at: usize) -> Option<cell::Point> {
    zset::score(&ctx.e.mem, &entry?, ctx.arg(at)).map(cell::point)
}
