//! The wall clock: a Goldfish RTC, nanoseconds of the unix clock in two registers.

use core::ptr::read_volatile;
use microredis_shell::clock::{Clock, Source};

const LOW: *const u32 = 0x10_1000 as *const u32;
const HIGH: *const u32 = 0x10_1004 as *const u32;

pub fn nanoseconds() -> u64 {
    // SAFETY: the device's registers; reading the low one latches the high one.
    let (low, high) = unsafe { (read_volatile(LOW), read_volatile(HIGH)) };
    u64::from(high) << 32 | u64::from(low)
}

pub struct Goldfish;

impl Clock for Goldfish {
    const SOURCE: Source = Source::Hardware;

    fn unix_ms(&mut self) -> Option<i64> {
        Some((nanoseconds() / 1_000_000) as i64)
    }

    fn name(&self) -> &'static str {
        "goldfish-rtc"
    }
}
