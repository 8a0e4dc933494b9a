//! f64 as text and back: what a host takes from `core`, which is quick by tables and code of 25 KB, a device computes
//! digit by digit.

use super::SMALL;
use super::decimal::{Decimal, Scanned, round};

/// Significant digits that tell every f64 from every other; no more are asked for.
pub const DIGITS: usize = 17;

/// A decimal number without a sign, rounded to the nearest; infinite where it is too large.
pub fn parse(text: &[u8]) -> Option<f64> {
    if SMALL { parse_small(text) } else { core::str::from_utf8(text).ok()?.parse().ok() }
}

/// The first `count` digits, rounded, as text, zeros behind them, and the power of ten of the first one. Finite and not
/// negative.
pub fn digits(value: f64, count: usize) -> ([u8; DIGITS], i32) {
    if SMALL { digits_small(value, count) } else { digits_quick(value, count) }
}

/// A finite number with so many places; the same as `{:.2}` and its like.
pub struct Fixed(pub f64, pub u8);

impl core::fmt::Display for Fixed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Fixed(value, places) = *self;
        if SMALL { write_small(f, value, i32::from(places)) } else { write!(f, "{value:.*}", usize::from(places)) }
    }
}

fn digits_quick(value: f64, count: usize) -> ([u8; DIGITS], i32) {
    use core::fmt::Write;
    let mut text = super::DoubleText::new();
    let _ = write!(text, "{value:.*e}", count - 1);
    let mut digits = [b'0'; DIGITS];
    let mut parts = text.as_bytes().split(|&byte| byte == b'e');
    let mantissa = parts.next().unwrap_or(&[]).iter().filter(|byte| byte.is_ascii_digit());
    for (digit, &byte) in digits.iter_mut().zip(mantissa) {
        *digit = byte;
    }
    let exponent = core::str::from_utf8(parts.next().unwrap_or(&[])).ok().and_then(|text| text.parse().ok());
    (digits, exponent.unwrap_or(0))
}

/// The lowest power of two of an f64.
const EXPONENT_MIN: i32 = -1074;
const MANTISSA_BITS: u32 = 53;

fn decimal(value: f64) -> Decimal {
    let bits = value.abs().to_bits();
    let (high, low) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    match high {
        0 => Decimal::of(low, EXPONENT_MIN),
        _ => Decimal::of(low | 1 << 52, EXPONENT_MIN - 1 + high),
    }
}

fn digits_small(value: f64, count: usize) -> ([u8; DIGITS], i32) {
    let rounded = decimal(value).rounded(count as i32);
    let exponent = if rounded.len() == 0 { 0 } else { rounded.point() - 1 };
    (core::array::from_fn(|at| rounded.digit(at as i32)), exponent)
}

fn write_small(f: &mut core::fmt::Formatter<'_>, value: f64, places: i32) -> core::fmt::Result {
    use core::fmt::Write;
    if !value.is_finite() {
        return f.write_str(if value.is_nan() {
            "NaN"
        } else if value < 0.0 {
            "-inf"
        } else {
            "inf"
        });
    }
    if value.is_sign_negative() {
        f.write_char('-')?;
    }
    let rounded = decimal(value).rounded_to_places(places);
    // From the digit before the point on: a number below one has a zero there.
    let point = rounded.point();
    for at in (point - point.max(1))..point + places {
        if at == point && places > 0 {
            f.write_char('.')?;
        }
        f.write_char(char::from(rounded.digit(at)))?;
    }
    Ok(())
}

fn parse_small(text: &[u8]) -> Option<f64> {
    let scanned = Scanned::read(text, 10)?;
    let magnitude = scanned.point.saturating_add(scanned.power);
    if scanned.first.is_none() || magnitude < -330 {
        return Some(0.0);
    }
    if magnitude > 310 {
        return Some(f64::INFINITY);
    }
    if let Some(value) = parse_short(&scanned, magnitude) {
        return Some(value);
    }
    let (mantissa, exponent, sticky) = Decimal::new(scanned.significant(), magnitude).into_binary();
    let (kept, exponent) = round(mantissa, exponent, sticky, MANTISSA_BITS, EXPONENT_MIN);
    Some(match exponent - EXPONENT_MIN {
        // A number without its top bit has the lowest exponent, and the bits of a subnormal one.
        0 => f64::from_bits(kept),
        high @ ..2046 => f64::from_bits(((high + 1) as u64) << 52 | kept & ((1 << 52) - 1)),
        _ => f64::INFINITY,
    })
}

/// Digits and power of ten that are exact as f64 both: their product or quotient is rounded once.
fn parse_short(scanned: &Scanned, magnitude: i32) -> Option<f64> {
    let (mut value, mut count) = (0u64, 0);
    for digit in scanned.significant() {
        count += 1;
        if count > 15 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    let power = magnitude - count;
    if power.abs() > 22 {
        return None;
    }
    let scale = (0..power.abs()).fold(1.0, |scale, _| scale * 10.0);
    Some(if power < 0 { value as f64 / scale } else { value as f64 * scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit patterns of all sizes, with those around the ends of the ranges.
    fn values() -> impl Iterator<Item = f64> {
        let mut state = 7u64;
        let ends =
            [0, 1, 2, (1 << 52) - 1, 1 << 52, (1 << 52) + 1, 0x7FEF_FFFF_FFFF_FFFF, 1f64.to_bits(), 0.5f64.to_bits()];
        let numbers = (0..3_000).map(move |n| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            match n % 3 {
                0 => state >> 1,
                // Of everyday sizes.
                1 => ((state >> 12) as f64 / (1u64 << (state % 64)) as f64).to_bits(),
                // With few digits.
                _ => ((state >> 50) as f64 / 256.0).to_bits(),
            }
        });
        ends.into_iter().chain(numbers).map(f64::from_bits).filter(|value| value.is_finite())
    }

    #[test]
    fn digits_are_those_of_core() {
        for value in values() {
            for count in [1, 10, DIGITS] {
                assert_eq!(digits_small(value, count), digits_quick(value, count), "{value:e}");
            }
        }
    }

    #[test]
    fn places_are_those_of_core() {
        struct Small(f64, i32);
        impl core::fmt::Display for Small {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write_small(f, self.0, self.1)
            }
        }
        for value in values().chain([0.5, 1.5, 2.5, 0.125, 0.005, 0.995, 9.995, 99.99999999, f64::NAN, f64::INFINITY]) {
            for places in [0, 2, 3, 6, 17] {
                assert_eq!(Small(value, places).to_string(), format!("{value:.*}", places as usize), "{value:e}");
                assert_eq!(Small(-value, places).to_string(), format!("{:.*}", places as usize, -value), "{value:e}");
            }
        }
    }

    #[test]
    fn texts_are_read_as_core_reads_them() {
        let check = |text: &str| {
            let (small, quick) = (parse_small(text.as_bytes()), text.parse::<f64>().ok());
            assert_eq!(small.map(f64::to_bits), quick.map(f64::to_bits), "{text}");
        };
        for value in values() {
            check(&format!("{value:e}"));
            check(&format!("{value:.16e}"));
            check(&format!("{value:.25e}"));
            check(&format!("{value}"));
            // Halfway to the next one, and a hair beside.
            if value.to_bits() % 8 == 0 && value > 0.0 && value < 1e300 {
                let next = f64::from_bits(value.to_bits() + 1);
                let half = format!("{:.800}", value / 2.0 + next / 2.0);
                check(&half);
                check(&format!("{half}1"));
            }
        }
        for text in
            ["0", ".5", "5.", "0.", ".0", ".", "", "1e", "1e+", "e5", "1e5", "1E+5", "1e-5", "1.5.5", "1_0", "0x1"]
        {
            check(text);
        }
        for text in
            ["1e308", "1.8e308", "1e309", "1e999999999999", "4.9e-324", "2.4e-324", "1e-400", "0e999", "00012.50"]
        {
            check(text);
        }
        // 2^53 + 1 lies between two numbers; so does what has 1,000 digits.
        check("9007199254740993");
        check(&format!("9007199254740993.{}1", "0".repeat(1000)));
        check(&format!("{}.5", "123456789".repeat(30)));
    }
}
