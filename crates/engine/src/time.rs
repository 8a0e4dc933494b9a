//! What the engine is told of time. It never reads a clock.

/// The time of a call: one value for everything that happens within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of the unix clock: expiry, stream ids, TIME.
    pub wall_ms: i64,
    /// Microseconds of a clock that never goes back: idle times, timeouts, the rate limit.
    pub mono_us: u64,
}
