//! The 80-bit long double of x86, by which INCRBYFLOAT and HINCRBYFLOAT compute: text to number as strtold reads it,
//! addition, and number to text as Redis prints it ("%.17Lf" without trailing zeros).
//!
//! In software, so that every machine gives the answers of Redis on x86: 64 bits of mantissa, exponents to 2^16384,
//! subnormals, rounding to the nearest and ties to even.

use super::SMALL;
use super::decimal::{Decimal, Scanned, round};
use crate::limits::{FLOAT_BITS_MAX, FLOAT_DIGITS_MAX, FLOAT_TEXT_BYTES_MAX};

/// Value = mantissa x 2^exponent. A mantissa without its top bit stands only at EXPONENT_MIN (zero, subnormals).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongDouble {
    negative: bool,
    exponent: i32,
    mantissa: u64,
}

const EXPONENT_MIN: i32 = -16445;
const EXPONENT_MAX: i32 = FLOAT_BITS_MAX as i32 - 64;
/// The exponent that says infinity.
const INFINITE: i32 = i32::MAX;

impl LongDouble {
    pub const ZERO: LongDouble = LongDouble { negative: false, exponent: EXPONENT_MIN, mantissa: 0 };

    /// What strtold takes, whole: decimal, hexadecimal or infinite. Not NaN, and nothing that overflows or vanishes.
    pub fn parse(text: &[u8]) -> Option<LongDouble> {
        if text.len() > FLOAT_TEXT_BYTES_MAX {
            return None;
        }
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
            return Some(LongDouble { negative, exponent: INFINITE, mantissa: 0 });
        }
        let (radix, rest) = match rest {
            [b'0', b'x' | b'X', rest @ ..] => (16, rest),
            _ => (10, rest),
        };
        let scanned = Scanned::read(rest, radix)?;
        let value = match scanned.first {
            None => LongDouble::ZERO,
            Some(_) if radix == 16 => scanned.hexadecimal(),
            Some(_) => scanned.decimal(),
        };
        if value.is_infinite() || (value.mantissa == 0 && scanned.first.is_some()) {
            return None;
        }
        Some(LongDouble { negative, ..value })
    }

    pub fn from_i64(value: i64) -> LongDouble {
        assemble(value < 0, u128::from(value.unsigned_abs()), 0, false)
    }

    /// The sum; `None` where it is infinite or not a number.
    pub fn checked_add(self, other: LongDouble) -> Option<LongDouble> {
        if self.is_infinite() || other.is_infinite() {
            return None;
        }
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // 62 bits below the larger one's mantissa; what the smaller one has below those only tells which way to round.
        let (big, all) = (u128::from(a.mantissa) << 62, u128::from(b.mantissa) << 62);
        let distance = (a.exponent - b.exponent) as u32;
        let small = all.checked_shr(distance).unwrap_or(0);
        let lost = small.checked_shl(distance).unwrap_or(0) != all;
        let exponent = a.exponent - 62;
        let sum = if a.negative == b.negative {
            assemble(a.negative, big + small, exponent, lost)
        } else if big >= small {
            assemble(a.negative, big - small - u128::from(lost), exponent, lost)
        } else {
            assemble(b.negative, small - big, exponent, false)
        };
        if sum.is_infinite() { None } else { Some(sum) }
    }

    /// Decimal digits with up to 17 places, never in scientific form.
    pub fn format(self) -> LongDoubleText {
        let mut text = LongDoubleText { bytes: [0; TEXT_BYTES], start: TEXT_BYTES };
        if self.is_infinite() {
            text.push_front(b"inf");
        } else if SMALL {
            self.format_small(&mut text);
        } else if self.exponent > 64 {
            self.format_big(&mut text);
        } else if self.exponent >= 0 {
            text.push_number(u128::from(self.mantissa) << self.exponent);
        } else {
            self.format_places(&mut text);
        }
        if self.negative && text.as_bytes() != b"0" {
            text.push_front(b"-");
        }
        text
    }

    /// Without numbers of 128 bits, digit by digit.
    fn format_small(self, text: &mut LongDoubleText) {
        // Far below the last place there is nothing to be rounded up.
        let digits = if self.exponent < -200 { Decimal::ZERO } else { Decimal::of(self.mantissa, self.exponent) };
        let digits = digits.rounded_to_places(17);
        let point = digits.point();
        for at in (point..digits.len()).rev() {
            text.push_front(&[digits.digit(at)]);
        }
        if point < digits.len() {
            text.push_front(b".");
        }
        // From the digit before the point on: a number below one has a zero there.
        for at in (point - point.max(1)..point).rev() {
            text.push_front(&[digits.digit(at)]);
        }
    }

    /// A number with bits below the point.
    fn format_places(self, text: &mut LongDoubleText) {
        let shift = self.exponent.unsigned_abs();
        let mantissa = u128::from(self.mantissa);
        // Below 2^-57 the 17 places are zero, whatever the mantissa.
        let (mut whole, mut places) = (0, 0);
        if shift < 122 {
            whole = mantissa >> shift;
            let scaled = (mantissa - (whole << shift)) * PLACES;
            places = scaled >> shift;
            let (rest, half) = (scaled - (places << shift), 1 << (shift - 1));
            if rest > half || (rest == half && places & 1 == 1) {
                places += 1;
            }
            if places == PLACES {
                places = 0;
                whole += 1;
            }
        }
        if places != 0 {
            let mut width = 17;
            while places % 10 == 0 {
                places /= 10;
                width -= 1;
            }
            let end = text.start;
            text.push_number(places);
            while end - text.start < width {
                text.push_front(b"0");
            }
            text.push_front(b".");
        }
        text.push_number(whole);
    }

    /// A whole number of more than 128 bits: divided by 10^9 until nothing is left.
    fn format_big(self, text: &mut LongDoubleText) {
        let mut limbs = [0u32; LIMBS];
        let (limb, bit) = (self.exponent as usize / 32, self.exponent as usize % 32);
        let shifted = u128::from(self.mantissa) << bit;
        for (i, word) in limbs.iter_mut().skip(limb).take(3).enumerate() {
            *word = (shifted >> (32 * i)) as u32;
        }
        let mut top = (limb + 3).min(LIMBS);
        while top > 0 {
            let mut rest = 0u64;
            for word in limbs[..top].iter_mut().rev() {
                let part = rest << 32 | u64::from(*word);
                *word = (part / 1_000_000_000) as u32;
                rest = part % 1_000_000_000;
            }
            while top > 0 && limbs[top - 1] == 0 {
                top -= 1;
            }
            let end = text.start;
            text.push_number(u128::from(rest));
            while top > 0 && end - text.start < 9 {
                text.push_front(b"0");
            }
        }
    }

    pub fn is_infinite(self) -> bool {
        self.exponent == INFINITE
    }
}

const PLACES: u128 = 100_000_000_000_000_000;
const LIMBS: usize = (EXPONENT_MAX as usize + 64).div_ceil(32) + 1;
/// A sign, and where there are no whole digits a point and 17 places.
const TEXT_BYTES: usize = FLOAT_DIGITS_MAX + 3;

/// A number's text, filled from its end.
pub struct LongDoubleText {
    bytes: [u8; TEXT_BYTES],
    start: usize,
}

impl LongDoubleText {
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn push_front(&mut self, piece: &[u8]) {
        if let Some(start) = self.start.checked_sub(piece.len()) {
            self.bytes[start..self.start].copy_from_slice(piece);
            self.start = start;
        }
    }

    fn push_number(&mut self, value: u128) {
        self.push_front(itoa::Buffer::new().format(value).as_bytes());
    }
}

/// mantissa x 2^exponent, and a little more where `sticky`, rounded. A sticky mantissa has at least 66 bits.
fn assemble(negative: bool, mantissa: u128, exponent: i32, sticky: bool) -> LongDouble {
    let (mantissa, exponent) = round(mantissa, exponent, sticky, 64, EXPONENT_MIN);
    if exponent > EXPONENT_MAX {
        return LongDouble { negative, exponent: INFINITE, mantissa: 0 };
    }
    LongDouble { negative, exponent, mantissa }
}

impl Scanned<'_> {
    fn hexadecimal(&self) -> LongDouble {
        let (mut mantissa, mut sticky, mut count) = (0u128, false, 0);
        for digit in self.significant() {
            if count < 30 {
                mantissa = mantissa << 4 | u128::from(digit);
                count += 1;
            } else {
                sticky |= digit != 0;
            }
        }
        let exponent = (self.point - count).saturating_mul(4).saturating_add(self.power);
        assemble(false, mantissa, exponent.clamp(-100_000, 100_000), sticky)
    }

    fn decimal(&self) -> LongDouble {
        let magnitude = self.point.saturating_add(self.power);
        if magnitude > FLOAT_DIGITS_MAX as i32 + 7 {
            return LongDouble { negative: false, exponent: INFINITE, mantissa: 0 };
        }
        if magnitude < -4970 {
            return LongDouble::ZERO;
        }
        let short = if SMALL { None } else { self.decimal_short(magnitude) };
        short.unwrap_or_else(|| {
            let (mantissa, exponent, sticky) = Decimal::new(self.significant(), magnitude).into_binary();
            assemble(false, mantissa, exponent, sticky)
        })
    }

    /// Up to 38 digits with a power of ten within 10^±38, which is nearly all there is: exact in 128 bits.
    fn decimal_short(&self, magnitude: i32) -> Option<LongDouble> {
        let mut value = 0u128;
        let mut count = 0;
        let mut zeros = 0;
        for digit in self.significant() {
            if digit == 0 {
                zeros += 1;
                continue;
            }
            count += zeros + 1;
            if count > 38 {
                return None;
            }
            value = value * 10u128.pow(zeros as u32 + 1) + u128::from(digit);
            zeros = 0;
        }
        let power = magnitude - count;
        if power >= 0 {
            let value = value.checked_mul(10u128.checked_pow(power as u32)?)?;
            return Some(assemble(false, value, 0, false));
        }
        let divisor = 10u128.checked_pow(power.unsigned_abs())?;
        // A divisor below 2^127, so that the rest can be doubled.
        let (mut quotient, mut rest) = (value / divisor, value % divisor);
        let mut exponent = 0;
        while rest != 0 && quotient >> 66 == 0 {
            rest <<= 1;
            let bit = rest >= divisor;
            if bit {
                rest -= divisor;
            }
            quotient = quotient << 1 | u128::from(bit);
            exponent -= 1;
        }
        Some(assemble(false, quotient, exponent, rest != 0))
    }
}

#[cfg(test)]
mod tests;
