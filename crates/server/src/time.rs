//! The clocks. Both of `Now` are read once a loop, and every request in it has the same time; the stopwatch is read for
//! every command and counts processor cycles where that is a clock.

use crate::sys;
use microredis_engine::Now;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// All engines of a process count from here, so that the stopwatch can be a plain function.
struct Start {
    instant: Instant,
    /// The cycle counter, and what it showed then.
    cycles: Option<(fn() -> u64, u64)>,
}

fn start() -> &'static Start {
    static START: OnceLock<Start> = OnceLock::new();
    START.get_or_init(|| {
        let cycles = sys::cycle_counter().map(|read| (read, read()));
        Start { instant: Instant::now(), cycles }
    })
}

pub fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { wall_ms: wall.as_millis() as i64, mono_us: mono_us() }
}

/// Microseconds since the process's first use of the clock.
pub fn mono_us() -> u64 {
    start().instant.elapsed().as_micros() as u64
}

/// Microseconds of a cycle, times 2^32; 0 until it is known.
static CYCLE_US: AtomicU64 = AtomicU64::new(0);

/// Longest stretch in which the counter is measured against the clock.
const CALIBRATED_AFTER_US: u64 = 100_000;

/// The engine's stopwatch: microseconds, for differences only.
pub fn stopwatch_us() -> u64 {
    let cycle_us = CYCLE_US.load(Relaxed);
    match start().cycles {
        Some((read, first)) if cycle_us != 0 => {
            ((u128::from(read().wrapping_sub(first)) * u128::from(cycle_us)) >> 32) as u64
        }
        _ => mono_us(),
    }
}

/// Measures the counter's rate, when enough time has passed since the start. Called with every tick.
pub fn calibrate() {
    if CYCLE_US.load(Relaxed) != 0 {
        return;
    }
    let Some((read, first)) = start().cycles else { return };
    let (cycles, micros) = (read().wrapping_sub(first), mono_us());
    if micros >= CALIBRATED_AFTER_US && cycles > 0 {
        CYCLE_US.store(((u128::from(micros) << 32) / u128::from(cycles)) as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_stopwatch_agrees_with_the_clock() {
        let _ = mono_us();
        std::thread::sleep(Duration::from_millis(120));
        calibrate();
        let (clock, watch) = (mono_us(), stopwatch_us());
        std::thread::sleep(Duration::from_millis(50));
        let (clock, watch) = (mono_us() - clock, stopwatch_us() - watch);
        assert!(clock.abs_diff(watch) < 5_000, "{clock} {watch}");
    }
}
