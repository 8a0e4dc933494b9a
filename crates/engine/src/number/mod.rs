//! Numbers in text, both ways, exactly as Redis 7.0 reads and prints them.

mod decimal;
pub mod float;
pub mod longdouble;

pub use float::Fixed;
pub use longdouble::LongDouble;

/// Whether code is to be small rather than quick.
const SMALL: bool = cfg!(feature = "device");

/// A whole number in canonical form, as Redis's string2ll: no blanks, no plus sign, no leading zeros, within i64.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut value: u64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    if negative {
        if value > 1 << 63 { None } else { Some((value as i64).wrapping_neg()) }
    } else {
        i64::try_from(value).ok()
    }
}

/// A finite or infinite number as Redis reads scores and increments: what C's strtod takes (decimal, hexadecimal,
/// "inf", "infinity", any case) with nothing before or after it; never NaN.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let magnitude = if rest.len() > 2 && rest[0] == b'0' && (rest[1] | 32) == b'x' {
        parse_hex(&rest[2..])?
    } else if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
        f64::INFINITY
    } else {
        // Rust's parser takes words too: only digits, a point and an exponent may pass.
        if !matches!(rest.first()?, b'0'..=b'9' | b'.') {
            return None;
        }
        let value = float::parse(rest)?;
        let digits = rest.split(|byte| byte | 32 == b'e').next().unwrap_or(rest);
        if value.is_infinite() || (value == 0.0 && digits.iter().any(|digit| matches!(digit, b'1'..=b'9'))) {
            // strtod reports ERANGE, which Redis refuses.
            return None;
        }
        value
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn parse_hex(text: &[u8]) -> Option<f64> {
    let mut mantissa: f64 = 0.0;
    let mut exponent: i32 = 0;
    let mut seen = false;
    let mut point = false;
    let mut at = 0;
    while at < text.len() {
        let digit = match text[at] {
            c @ b'0'..=b'9' => c - b'0',
            c @ b'a'..=b'f' => c - b'a' + 10,
            c @ b'A'..=b'F' => c - b'A' + 10,
            b'.' if !point => {
                point = true;
                at += 1;
                continue;
            }
            _ => break,
        };
        seen = true;
        mantissa = mantissa * 16.0 + f64::from(digit);
        if point {
            exponent -= 4;
        }
        at += 1;
    }
    if !seen {
        return None;
    }
    if at < text.len() {
        if text[at] | 32 != b'p' {
            return None;
        }
        let digits = text[at + 1..].strip_prefix(b"+").unwrap_or(&text[at + 1..]);
        let power: i32 = core::str::from_utf8(digits).ok()?.parse().ok()?;
        exponent = exponent.saturating_add(power);
    }
    let mut step = exponent.clamp(-4000, 4000);
    while step > 0 && mantissa.is_finite() {
        mantissa *= 2.0;
        step -= 1;
    }
    while step < 0 && mantissa != 0.0 {
        mantissa /= 2.0;
        step += 1;
    }
    Some(mantissa)
}

/// Room for [`format_f64`].
pub struct DoubleText {
    bytes: [u8; 40],
    len: usize,
}

impl DoubleText {
    /// No text, to be written to.
    pub fn new() -> DoubleText {
        DoubleText { bytes: [0; 40], len: 0 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, byte: u8) {
        if self.len < self.bytes.len() {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }
}

impl Default for DoubleText {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Write for DoubleText {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for &byte in text.as_bytes() {
            self.push(byte);
        }
        Ok(())
    }
}

/// C's "%.17g", with "inf", "-inf" and "nan": how Redis 7.0 replies scores.
pub fn format_f64(value: f64) -> DoubleText {
    format_digits(value, float::DIGITS)
}

/// The same with so many significant digits.
pub fn format_digits(value: f64, most: usize) -> DoubleText {
    use core::fmt::Write;
    let mut text = DoubleText { bytes: [0; 40], len: 0 };
    if value.is_nan() {
        let _ = text.write_str("nan");
        return text;
    }
    if value.is_infinite() {
        let _ = text.write_str(if value < 0.0 { "-inf" } else { "inf" });
        return text;
    }
    // Whole numbers are by far the most common scores.
    if value == (value as i64) as f64 && value.abs() < 1e15 && !(value == 0.0 && value.is_sign_negative()) {
        let mut digits = itoa::Buffer::new();
        let _ = text.write_str(digits.format(value as i64));
        return text;
    }
    let (digits, exponent) = float::digits(value.abs(), most);
    let count = float::DIGITS - digits[1..].iter().rev().take_while(|&&digit| digit == b'0').count();
    if value.is_sign_negative() {
        text.push(b'-');
    }
    if (-4..most as i32).contains(&exponent) {
        if exponent < 0 {
            let _ = text.write_str("0.");
            for _ in 0..-exponent - 1 {
                text.push(b'0');
            }
            for &digit in &digits[..count] {
                text.push(digit);
            }
        } else {
            let whole = exponent as usize + 1;
            for i in 0..whole {
                // Zeros behind the last digit that counts.
                text.push(digits.get(i).copied().filter(|_| i < count).unwrap_or(b'0'));
            }
            if count > whole {
                text.push(b'.');
                for &digit in &digits[whole..count] {
                    text.push(digit);
                }
            }
        }
        return text;
    }
    text.push(digits[0]);
    if count > 1 {
        text.push(b'.');
        for &digit in &digits[1..count] {
            text.push(digit);
        }
    }
    let _ = write!(text, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    text
}

/// C's "%.17f" without the zeros at its end, and never -0, for numbers of a few digits before the point: how Redis 7.0
/// replies coordinates.
pub fn format_places(value: f64) -> DoubleText {
    use core::fmt::Write;
    let mut text = DoubleText::new();
    let _ = write!(text, "{}", Fixed(value, 17));
    if text.as_bytes().contains(&b'.') {
        let zeros = text.as_bytes().iter().rev().take_while(|&&digit| digit == b'0').count();
        text.len -= zeros;
        text.len -= usize::from(text.as_bytes().ends_with(b"."));
    }
    if text.as_bytes() == b"-0" { format_f64(0.0) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_canonical() {
        for (text, value) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("", None),
            ("-", None),
            ("-0", None),
            ("01", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
        ] {
            assert_eq!(parse_i64(text.as_bytes()), value, "{text}");
        }
    }

    #[test]
    fn doubles_print_as_c_prints_17_digits() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (3.1, "3.1000000000000001"),
            (1e15, "1000000000000000"),
            (1e17, "1e+17"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(core::str::from_utf8(format_f64(value).as_bytes()), Ok(text));
        }
    }

    #[test]
    fn places_print_as_c_prints_them() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-180.0, "-180"),
            (100.0, "100"),
            (13.361389338970184, "13.36138933897018433"),
            // Halves of the last place go to the even digit.
            (1.0 / 262_144.0, "0.00000381469726562"),
            (3.0 / 262_144.0, "0.00001144409179688"),
            (-1e-18, "0"),
        ] {
            assert_eq!(core::str::from_utf8(format_places(value).as_bytes()), Ok(text));
        }
    }

    #[test]
    fn doubles_read_as_strtod_does() {
        for (text, value) in [
            ("1", Some(1.0)),
            ("+1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("Infinity", Some(f64::INFINITY)),
            ("0x10", Some(16.0)),
            ("0x1p4", Some(16.0)),
            ("nan", None),
            ("1e999", None),
            ("1e-400", None),
            ("0e-400", Some(0.0)),
            ("", None),
            (" 1", None),
            ("1x", None),
            ("--1", None),
        ] {
            assert_eq!(parse_f64(text.as_bytes()), value, "{text}");
        }
    }
}
