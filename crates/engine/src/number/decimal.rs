//! Decimal digits of any number of places, and their exact way into binary numbers and back. What a device does all its
//! floating point text with, and a host what has too many digits for quicker means.

/// Digits kept of a long number; what follows only tells which way to round. (Two numbers that differ after 800 digits
/// only could be told apart from a tie wrongly; strtold reads every digit.)
const DIGITS: usize = 800;
/// Digits a shift by 60 bits adds in front.
const ROOM: usize = 19;

/// 0.digits x 10^point, brought into binary and back by shifts ("simple decimal conversion", as in the Go and Rust
/// libraries).
pub struct Decimal {
    digits: [u8; DIGITS + ROOM],
    count: usize,
    point: i32,
    truncated: bool,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal { digits: [0; DIGITS + ROOM], count: 0, point: 0, truncated: false };

    /// The first digit is not zero, unless all are.
    pub fn new(digits: impl Iterator<Item = u8>, point: i32) -> Decimal {
        let mut decimal = Decimal { point, ..Decimal::ZERO };
        for digit in digits {
            decimal.push(digit);
        }
        decimal
    }

    /// mantissa x 2^exponent; exact to 800 digits.
    pub fn of(mantissa: u64, exponent: i32) -> Decimal {
        if mantissa == 0 {
            return Decimal::ZERO;
        }
        let zeros = mantissa.trailing_zeros();
        let mut exponent = exponent + zeros as i32;
        let mut text = itoa::Buffer::new();
        let digits = text.format(mantissa >> zeros).as_bytes();
        let mut decimal = Decimal::new(digits.iter().map(|digit| digit - b'0'), digits.len() as i32);
        while exponent != 0 {
            let step = exponent.clamp(-60, 60);
            if step > 0 {
                decimal.shift_left(step as u32)
            } else {
                decimal.shift_right(step.unsigned_abs())
            }
            exponent -= step;
        }
        decimal
    }

    /// Digits there are; behind them are zeros.
    pub fn len(&self) -> i32 {
        self.count as i32
    }

    /// Digits before the point; negative where zeros follow it first.
    pub fn point(&self) -> i32 {
        self.point
    }

    /// A digit as text; those before the first one and behind the last are zeros.
    pub fn digit(&self, at: i32) -> u8 {
        b'0' + usize::try_from(at).ok().filter(|&at| at < self.count).map_or(0, |at| self.digits[at])
    }

    pub fn rounded_to_places(self, places: i32) -> Decimal {
        let digits = self.point + places;
        self.rounded(digits)
    }

    /// With so many digits at most; ties go to the even one.
    pub fn rounded(mut self, digits: i32) -> Decimal {
        let Ok(keep) = usize::try_from(digits) else { return Decimal::ZERO };
        if keep >= self.count {
            return self;
        }
        let odd = keep > 0 && self.digits[keep - 1] % 2 == 1;
        let rest = keep + 1 < self.count || self.truncated;
        let up = self.digits[keep] > 5 || self.digits[keep] == 5 && (rest || odd);
        (self.count, self.truncated) = (keep, false);
        if up {
            while self.count > 0 && self.digits[self.count - 1] == 9 {
                self.count -= 1;
            }
            if self.count == 0 {
                return Decimal::new(core::iter::once(1), self.point + 1);
            }
            self.digits[self.count - 1] += 1;
        }
        self.strip();
        if self.count == 0 { Decimal::ZERO } else { self }
    }

    fn push(&mut self, digit: u8) {
        if self.count < DIGITS {
            self.digits[self.count] = digit;
            self.count += 1;
        } else {
            self.truncated |= digit != 0;
        }
    }

    /// A mantissa of up to 120 bits, its exponent, and whether there is a little more.
    pub fn into_binary(mut self) -> (u128, i32, bool) {
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
        (u128::from(high) << 60 | u128::from(low), exponent - 120, sticky)
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

/// A text found to be a number: its digits (with the point among them) and its exponent.
pub struct Scanned<'a> {
    digits: &'a [u8],
    /// Place in `digits` of the first digit that is not zero.
    pub first: Option<usize>,
    /// Digits before the point, counted from `first`; negative where zeros follow the point first.
    pub point: i32,
    /// The power of ten (or, of hexadecimal digits, of two) written after them.
    pub power: i32,
}

impl<'a> Scanned<'a> {
    pub fn read(text: &'a [u8], radix: u32) -> Option<Scanned<'a>> {
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
    pub fn significant(&self) -> impl Iterator<Item = u8> + '_ {
        let digits = &self.digits[self.first.unwrap_or(0)..];
        digits.iter().filter(|&&byte| byte != b'.').map(|&byte| char::from(byte).to_digit(16).unwrap_or(0) as u8)
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

/// mantissa x 2^exponent, and a little more where `sticky`, rounded to so many bits (ties to the even number) and to an
/// exponent of at least `least`. Fewer bits come out only with that one. A sticky mantissa has two bits more at least.
pub fn round(mantissa: u128, exponent: i32, sticky: bool, bits: u32, least: i32) -> (u64, i32) {
    if mantissa == 0 {
        return (0, least);
    }
    let shift = (128 - mantissa.leading_zeros() as i32 - bits as i32).max(least - exponent);
    let mut exponent = exponent + shift;
    let mut kept = if shift <= 0 { mantissa << -shift } else { mantissa.checked_shr(shift as u32).unwrap_or(0) };
    if shift > 0 && shift <= 128 {
        let rest = mantissa - kept.checked_shl(shift as u32).unwrap_or(0);
        let half = 1u128 << (shift - 1);
        if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
            kept += 1;
        }
        if kept >> bits != 0 {
            kept >>= 1;
            exponent += 1;
        }
    }
    (kept as u64, if kept == 0 { least } else { exponent })
}
