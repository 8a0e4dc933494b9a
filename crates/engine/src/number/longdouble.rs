//! The 80-bit long double of x86, by which INCRBYFLOAT and HINCRBYFLOAT compute: text to number as strtold reads it,
//! addition, and number to text as Redis prints it ("%.17Lf" without trailing zeros).
//!
//! In software, so that every machine gives the answers of Redis on x86: 64 bits of mantissa, exponents to 2^16384,
//! subnormals, rounding to the nearest and ties to even.

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
    if mantissa == 0 {
        return LongDouble { negative, ..LongDouble::ZERO };
    }
    let mut shift = 64 - mantissa.leading_zeros() as i32;
    shift = shift.max(EXPONENT_MIN - exponent);
    let mut exponent = exponent + shift;
    let mut kept = if shift <= 0 { mantissa << -shift } else { mantissa.checked_shr(shift as u32).unwrap_or(0) };
    if shift > 0 && shift <= 128 {
        let rest = mantissa - kept.checked_shl(shift as u32).unwrap_or(0);
        let half = 1u128 << (shift - 1);
        if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
            kept += 1;
        }
        if kept >> 64 != 0 {
            kept >>= 1;
            exponent += 1;
        }
    }
    if exponent > EXPONENT_MAX {
        return LongDouble { negative, exponent: INFINITE, mantissa: 0 };
    }
    LongDouble { negative, exponent: if kept == 0 { EXPONENT_MIN } else { exponent }, mantissa: kept as u64 }
}

/// A text found to be a number: its digits (with the point among them) and its exponent.
struct Scanned<'a> {
    digits: &'a [u8],
    /// Place in `digits` of the first digit that is not zero.
    first: Option<usize>,
    /// Digits before the point, counted from `first`; negative where zeros follow the point first.
    point: i32,
    /// The power of ten (or, of hexadecimal digits, of two) written after them.
    power: i32,
}

impl<'a> Scanned<'a> {
    fn read(text: &'a [u8], radix: u32) -> Option<Scanned<'a>> {
        let mut point = None;
        let mut seen = 0;
        let mut end = 0;
        let mut first = None;
        while let Some(&byte) = text.get(end) {
            if byte == b'.' && point.is_none() {
                point = Some(end);
            } else if char::from(byte).is_digit(radix) {
                seen += 1;
                if byte != b'0' && first.is_none() {
                    first = Some(end);
                }
            } else {
                break;
            }
            end += 1;
        }
        if seen == 0 {
            return None;
        }
        let mark = if radix == 16 { b'p' } else { b'e' };
        let power = match &text[end..] {
            [] => 0,
            [letter, rest @ ..] if letter | 32 == mark => power(rest)?,
            _ => return None,
        };
        let start = first.unwrap_or(0);
        let point = point.unwrap_or(end);
        let point = point as i32 - start as i32 + i32::from(point < start);
        Some(Scanned { digits: &text[..end], first, point, power })
    }

    /// The digits from the first that is not zero, without the point.
    fn significant(&self) -> impl Iterator<Item = u8> + '_ {
        let digits = &self.digits[self.first.unwrap_or(0)..];
        digits.iter().filter(|&&byte| byte != b'.').map(|&byte| char::from(byte).to_digit(16).unwrap_or(0) as u8)
    }

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
        self.decimal_short(magnitude).unwrap_or_else(|| Decimal::new(self.significant(), magnitude).into_long_double())
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

fn power(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i32, |value, digit| value.saturating_mul(10).saturating_add((digit - b'0') as i32));
    Some(if negative { -value } else { value }.clamp(-1_000_000, 1_000_000))
}

/// Digits kept of a long number; what follows only tells which way to round. (Two numbers that differ after 800 digits
/// only could be told apart from a tie wrongly; strtold reads every digit.)
const DIGITS: usize = 800;
/// Digits a shift by 60 bits adds in front.
const ROOM: usize = 19;

/// 0.digits x 10^point, brought into binary by shifts ("simple decimal conversion", as in the Go and Rust libraries).
struct Decimal {
    digits: [u8; DIGITS + ROOM],
    count: usize,
    point: i32,
    truncated: bool,
}

impl Decimal {
    fn new(digits: impl Iterator<Item = u8>, point: i32) -> Decimal {
        let mut decimal = Decimal { digits: [0; DIGITS + ROOM], count: 0, point, truncated: false };
        for digit in digits {
            decimal.push(digit);
        }
        decimal
    }

    fn push(&mut self, digit: u8) {
        if self.count < DIGITS {
            self.digits[self.count] = digit;
            self.count += 1;
        } else {
            self.truncated |= digit != 0;
        }
    }

    fn into_long_double(mut self) -> LongDouble {
        let bits = |places: i32| (places * 3322 / 1000).clamp(1, 60) as u32;
        let mut exponent = 0;
        while self.point > 0 {
            let shift = bits(self.point);
            self.shift_right(shift);
            exponent += shift as i32;
        }
        while self.count > 0 && (self.point < 0 || self.digits[0] < 5) {
            let shift = if self.point < 0 { bits(-self.point) } else { 1 };
            self.shift_left(shift);
            exponent -= shift as i32;
        }
        self.shift_left(60);
        let high = self.take_whole();
        self.shift_left(60);
        let low = self.take_whole();
        let sticky = self.truncated || self.digits[..self.count].iter().any(|&digit| digit != 0);
        assemble(false, u128::from(high) << 60 | u128::from(low), exponent - 120, sticky)
    }

    /// Takes the whole part (below 2^60) off.
    fn take_whole(&mut self) -> u64 {
        let places = self.point.clamp(0, ROOM as i32) as usize;
        let mut whole = 0;
        for at in 0..places {
            whole = whole * 10 + if at < self.count { u64::from(self.digits[at]) } else { 0 };
        }
        let taken = places.min(self.count);
        self.digits.copy_within(taken..self.count, 0);
        self.count -= taken;
        self.point -= places as i32;
        self.strip();
        whole
    }

    fn shift_left(&mut self, bits: u32) {
        let mut carry = 0u64;
        for at in (0..self.count).rev() {
            let part = carry + (u64::from(self.digits[at]) << bits);
            self.digits[at + ROOM] = (part % 10) as u8;
            carry = part / 10;
        }
        for at in (0..ROOM).rev() {
            self.digits[at] = (carry % 10) as u8;
            carry /= 10;
        }
        self.count += ROOM;
        self.point += ROOM as i32;
        self.strip();
        if self.count > DIGITS {
            self.truncated |= self.digits[DIGITS..self.count].iter().any(|&digit| digit != 0);
            self.count = DIGITS;
        }
    }

    fn shift_right(&mut self, bits: u32) {
        let (old, count) = (self.digits, self.count);
        self.count = 0;
        let mut rest = 0u64;
        let mut at = 0;
        while at < count || rest != 0 {
            rest = rest * 10 + if at < count { u64::from(old[at]) } else { 0 };
            self.push((rest >> bits) as u8);
            rest &= (1 << bits) - 1;
            at += 1;
        }
        self.strip();
    }

    /// Drops zeros in front and behind.
    fn strip(&mut self) {
        while self.count > 0 && self.digits[self.count - 1] == 0 {
            self.count -= 1;
        }
        let zeros = self.digits[..self.count].iter().take_while(|&&digit| digit == 0).count();
        self.digits.copy_within(zeros..self.count, 0);
        self.count -= zeros;
        self.point -= zeros as i32;
    }
}

#[cfg(test)]
mod tests;
