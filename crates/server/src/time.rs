//! The two clocks: both are read once a loop, and every request in it has the same time.

use microredis_engine::Now;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// All engines of a process count microseconds from here, so that the stopwatch needs no state.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

pub fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { wall_ms: wall.as_millis() as i64, mono_us: mono_us() }
}

/// Microseconds since the process's first use of the clock; the engine's stopwatch.
pub fn mono_us() -> u64 {
    start().elapsed().as_micros() as u64
}
