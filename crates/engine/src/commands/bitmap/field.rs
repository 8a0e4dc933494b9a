//! Integers of 1 to 64 bits at any bit of a string, and their overflow, as BITFIELD has them. Pure arithmetic.

/// Bytes that hold any field, whatever bit it begins at.
pub const WINDOW_BYTES: usize = 9;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Width {
    pub signed: bool,
    /// 1 to 64, or to 63 where unsigned.
    pub bits: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

impl Width {
    /// `i16`, `u8` and so on. Redis reads the number up to a zero byte.
    pub fn parse(text: &[u8]) -> Option<Width> {
        let (sign, digits) = text.split_first()?;
        let signed = match sign {
            b'i' => true,
            b'u' => false,
            _ => return None,
        };
        let digits = digits.split(|&byte| byte == 0).next()?;
        let bits = crate::number::parse_i64(digits)?;
        let most = if signed { 64 } else { 63 };
        if (1..=most).contains(&bits) { Some(Width { signed, bits: bits as u32 }) } else { None }
    }

    fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// The field that begins at `bit` (0 to 7) of the window, sign-extended where it is signed.
    pub fn get(self, window: &[u8; WINDOW_BYTES], bit: u32) -> i64 {
        let raw = (whole(window) >> (72 - bit - self.bits)) as u64 & self.mask();
        self.extend(raw)
    }

    pub fn set(self, window: &mut [u8; WINDOW_BYTES], bit: u32, value: i64) {
        let shift = 72 - bit - self.bits;
        let mask = u128::from(self.mask()) << shift;
        let all = whole(window) & !mask | (u128::from(value as u64) << shift) & mask;
        window.copy_from_slice(&all.to_be_bytes()[16 - WINDOW_BYTES..]);
    }

    fn extend(self, raw: u64) -> i64 {
        if self.signed {
            let unused = 64 - self.bits;
            (raw << unused) as i64 >> unused
        } else {
            raw as i64
        }
    }

    /// `value` plus `increment` as it is stored; `None` where it overflows and the mode is to fail. SET is an increment
    /// of 0 to the new value, which may lie outside the field's range.
    pub fn add(self, value: i64, increment: i64, mode: Overflow) -> Option<i64> {
        let sum = value.wrapping_add(increment);
        let (over, max, min) =
            if self.signed { self.signed_overflow(value, increment) } else { self.unsigned_overflow(value, increment) };
        match (over, mode) {
            (0, _) => Some(sum),
            (_, Overflow::Fail) => None,
            (_, Overflow::Wrap) => Some(self.extend(sum as u64 & self.mask())),
            (1, Overflow::Saturate) => Some(max),
            (_, Overflow::Saturate) => Some(min),
        }
    }

    /// 1 above the range, -1 below it, 0 within; and the range's ends.
    fn signed_overflow(self, value: i64, increment: i64) -> (i32, i64, i64) {
        let max = (self.mask() >> 1) as i64;
        let min = -max - 1;
        // As Redis computes it: the distance to the upper end wraps for a value of SET far below a narrow field's
        // range, which then counts as above it.
        let (up, down) = (max.wrapping_sub(value), min.wrapping_sub(value));
        let narrow = self.bits != 64;
        let over = if value > max || (narrow && increment > up) || (value >= 0 && increment > 0 && increment > up) {
            1
        } else if value < min || (narrow && increment < down) || (value < 0 && increment < 0 && increment < down) {
            -1
        } else {
            0
        };
        (over, max, min)
    }

    /// Redis computes with the bits of `value` as an unsigned number.
    fn unsigned_overflow(self, value: i64, increment: i64) -> (i32, i64, i64) {
        let max = self.mask();
        let value = value as u64;
        let sum = i128::from(value) + i128::from(increment);
        let over = if value > max || (increment > 0 && sum > i128::from(max)) {
            1
        } else if increment < 0 && sum < 0 {
            -1
        } else {
            0
        };
        (over, max as i64, 0)
    }
}

fn whole(window: &[u8; WINDOW_BYTES]) -> u128 {
    let mut bytes = [0; 16];
    bytes[16 - WINDOW_BYTES..].copy_from_slice(window);
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, to be verified by eye.
    fn naive_get(window: &[u8], bit: u32, width: Width) -> i64 {
        let mut value = 0u64;
        for at in bit..bit + width.bits {
            value = value << 1 | u64::from(window[at as usize / 8] >> (7 - at % 8) & 1);
        }
        if width.signed && width.bits < 64 && value >> (width.bits - 1) == 1 {
            value |= u64::MAX << width.bits;
        }
        value as i64
    }

    #[test]
    fn fields_are_read_and_written_bit_by_bit() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 16
        };
        for _ in 0..20_000 {
            let signed = random() % 2 == 0;
            let width = Width { signed, bits: 1 + random() as u32 % if signed { 64 } else { 63 } };
            let bit = random() as u32 % 8;
            let mut window = [0u8; WINDOW_BYTES];
            window.fill_with(|| random() as u8);
            assert_eq!(width.get(&window, bit), naive_get(&window, bit, width));
            let before = window;
            let value = width.get(&window, bit);
            width.set(&mut window, bit, (random() as i64).wrapping_mul(random() as i64));
            width.set(&mut window, bit, value);
            assert_eq!(window, before);
        }
    }

    #[test]
    fn overflow_wraps_saturates_or_fails() {
        let i8 = Width { signed: true, bits: 8 };
        let u8 = Width { signed: false, bits: 8 };
        let i64_ = Width { signed: true, bits: 64 };
        for (width, value, increment, wrapped, saturated) in [
            (i8, 127, 1, -128, 127),
            (i8, -128, -1, 127, -128),
            (i8, 300, 0, 44, 127),
            (i8, -300, 0, -44, -128),
            (i8, i64::MIN, 0, 0, 127),
            (i8, 100, i64::MAX, 99, 127),
            (u8, 255, 1, 0, 255),
            (u8, 0, -1, 255, 0),
            (u8, -1, 0, 255, 255),
            (i64_, i64::MAX, 1, i64::MIN, i64::MAX),
            (i64_, i64::MIN, -1, i64::MAX, i64::MIN),
        ] {
            assert_eq!(width.add(value, increment, Overflow::Wrap), Some(wrapped), "{value} {increment}");
            assert_eq!(width.add(value, increment, Overflow::Saturate), Some(saturated), "{value} {increment}");
            assert_eq!(width.add(value, increment, Overflow::Fail), None);
            assert_eq!(width.add(1, 1, Overflow::Fail), Some(2));
        }
    }

    #[test]
    fn widths_are_read_as_redis_reads_them() {
        for (text, bits) in [
            ("i8", Some(8)),
            ("u63", Some(63)),
            ("i64", Some(64)),
            ("u64", None),
            ("i0", None),
            ("i65", None),
            ("x8", None),
            ("", None),
            ("u", None),
            ("u08", None),
            ("i8\0x", Some(8)),
        ] {
            assert_eq!(Width::parse(text.as_bytes()).map(|width| width.bits), bits, "{text}");
        }
    }
}
