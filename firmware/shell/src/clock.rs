//! The time: a monotonic one from embassy's timer, and a wall clock where the board has one.

use embassy_time::Instant;
use microredis_engine::Now;

/// A board's hardware clock.
pub trait Clock {
    /// Milliseconds of the unix clock; `None`: there is no clock, or it was not set.
    fn unix_ms(&mut self) -> Option<i64>;
    /// What INFO calls it.
    fn name(&self) -> &'static str;
}

/// A board on which nothing knows the time.
pub struct NoClock;

impl Clock for NoClock {
    fn unix_ms(&mut self) -> Option<i64> {
        None
    }

    fn name(&self) -> &'static str {
        "none"
    }
}

/// The wall clock as the engine is told it.
pub struct Wall<C> {
    clock: C,
    /// Unix milliseconds when the monotonic clock began.
    offset_ms: i64,
    /// Whether the offset comes from a clock.
    is_synced: bool,
}

impl<C: Clock> Wall<C> {
    pub fn new(mut clock: C) -> Wall<C> {
        let since_ms = Instant::now().as_millis() as i64;
        let unix_ms = clock.unix_ms();
        Wall { clock, offset_ms: unix_ms.unwrap_or(0) - since_ms, is_synced: unix_ms.is_some() }
    }

    pub fn now(&mut self, instant: Instant) -> Now {
        Now { wall_ms: self.offset_ms + instant.as_millis() as i64, mono_us: instant.as_micros() }
    }

    /// Time goes on from here where no clock says better: what was saved was saved before now.
    pub fn not_before(&mut self, unix_ms: i64) {
        let behind_ms = unix_ms - self.now(Instant::now()).wall_ms;
        if !self.is_synced && behind_ms > 0 {
            self.offset_ms += behind_ms;
        }
    }

    pub fn is_synced(&self) -> bool {
        self.is_synced
    }

    pub fn source(&self) -> &'static str {
        self.clock.name()
    }
}
