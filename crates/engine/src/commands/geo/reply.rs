//! How distances and coordinates are read and printed, which is the same in all geo commands.

use super::super::Ctx;
use super::cell::{self, Point};
use crate::error::Error;
use crate::memory::Bytes;
use crate::number::{DoubleText, format_places};
use crate::word::Word;
use core::fmt::Write;

/// Metres in the unit that an argument names.
pub fn unit_arg(ctx: &Ctx<'_, '_>, at: usize) -> Result<f64, Error> {
    match ctx.word(at) {
        Word::M => Ok(1.0),
        Word::Km => Ok(1000.0),
        Word::Ft => Ok(0.3048),
        Word::Mi => Ok(1609.34),
        _ => Err(Error(&"ERR unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// A bulk with four places in both protocols.
pub fn distance(ctx: &mut Ctx<'_, '_>, distance: f64) {
    let scaled = cell::to_int(libm::rint(distance * 10_000.0));
    let (sign, scaled) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    let mut text = DoubleText::new();
    let _ = write!(text, "{sign}{}.{:04}", scaled / 10_000, scaled % 10_000);
    ctx.bulk(Bytes::Slice(text.as_bytes()));
}

pub fn point(ctx: &mut Ctx<'_, '_>, point: Point) {
    ctx.array(2);
    ctx.double_text(format_places(point.lon).as_bytes());
    ctx.double_text(format_places(point.lat).as_bytes());
}
