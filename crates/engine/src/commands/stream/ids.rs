//! Stream ids in arguments, read as Redis 7.0.15 reads them: as C strings, with all that strtoull takes.

use crate::commands::Ctx;
use crate::error::Error;
use crate::number::parse_i64;
use crate::value::stream::Id;

pub const INVALID: Error = Error(&"ERR Invalid stream ID specified as stream command argument");

/// An id as XADD takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewId {
    pub id: Id,
    /// False for `ms-*`.
    pub seq_given: bool,
}

/// The argument up to its first NUL; `None` where it is longer than any id Redis looks at.
fn with_text<R>(ctx: &Ctx<'_, '_>, i: usize, read: impl FnOnce(&[u8]) -> Option<R>) -> Option<R> {
    let short = ctx.short(i).filter(|short| short.as_bytes().len() <= 127)?;
    let bytes = short.as_bytes();
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    read(&bytes[..end])
}

/// An id that is a number or two; `missing` stands in for the sequence.
pub fn strict(ctx: &Ctx<'_, '_>, i: usize, missing: u64) -> Result<Id, Error> {
    with_text(ctx, i, |text| parse(text, missing, false)).map(|new| new.id).ok_or(INVALID)
}

/// XADD's id, other than `*`.
pub fn new(ctx: &Ctx<'_, '_>, i: usize) -> Result<NewId, Error> {
    with_text(ctx, i, |text| parse(text, 0, true)).ok_or(INVALID)
}

/// A bound of a range: an id, `-`, `+`, or `(` and an id. Whether it is open comes with it.
pub fn bound(ctx: &Ctx<'_, '_>, i: usize, missing: u64) -> Result<(Id, bool), Error> {
    let long = ctx.arg(i).len() > 1;
    with_text(ctx, i, |text| match text {
        [b'(', rest @ ..] if long => parse(rest, missing, false).map(|new| (new.id, true)),
        b"-" => Some((Id::MIN, false)),
        b"+" => Some((Id::MAX, false)),
        _ => parse(text, missing, false).map(|new| (new.id, false)),
    })
    .ok_or(INVALID)
}

fn parse(text: &[u8], missing: u64, star: bool) -> Option<NewId> {
    if matches!(text, b"-" | b"+") {
        return None;
    }
    match text.iter().position(|&byte| byte == b'-') {
        None => Some(NewId { id: Id::new(number(text)?, missing), seq_given: true }),
        Some(at) => {
            let ms = number(&text[..at])?;
            let seq = &text[at + 1..];
            if star && seq == b"*" {
                return Some(NewId { id: Id::new(ms, 0), seq_given: false });
            }
            Some(NewId { id: Id::new(ms, number(seq)?), seq_given: true })
        }
    }
}

/// Redis's string2ull: a canonical number that is not negative, or whatever strtoull reads to the end.
fn number(text: &[u8]) -> Option<u64> {
    if let Some(value) = parse_i64(text) {
        return u64::try_from(value).ok();
    }
    let start = text.iter().position(|byte| !matches!(byte, b' ' | 9..=13))?;
    let (negative, digits) = match &text[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    Some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_redis_reads_them() {
        for (text, id) in [
            ("5", Some((5, 9))),
            ("5-7", Some((5, 7))),
            ("18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX))),
            ("18446744073709551616-0", None),
            ("+4-7", Some((4, 7))),
            ("3- 7", Some((3, 7))),
            ("2--05", Some((2, u64::MAX - 4))),
            ("2--5", None),
            ("007", Some((7, 9))),
            ("", None),
            ("-", None),
            ("+", None),
            ("-5", None),
            ("5-", None),
            ("5-6-7", None),
            ("5x", None),
            ("5-*", None),
        ] {
            let read = parse(text.as_bytes(), 9, false).map(|new| (new.id.ms, new.id.seq));
            assert_eq!(read, id, "{text}");
        }
        assert_eq!(parse(b"5-*", 0, true), Some(NewId { id: Id::new(5, 0), seq_given: false }));
        assert_eq!(parse(b"*", 0, true), None);
    }
}
