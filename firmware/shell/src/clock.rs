//! The time: a monotonic one from embassy's timer, and a wall clock where the board has one.

use embassy_time::Instant;
use microredis_engine::{Now, Timeline};

/// When this firmware's source was written, in seconds of the unix clock; see `build.rs`. 0: nobody knows.
const BUILT_S: &str = env!("MICROREDIS_BUILT_S");

/// A board's hardware clock, or what sets one.
pub trait Clock {
    /// Milliseconds of the unix clock; `None`: there is no clock, or it is not set yet. Asked again until it is.
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

/// The wall clock as the engine is told it. Until it is set, time starts at the newest of the firmware's build, the
/// snapshot and the time stored last.
pub struct Wall<C> {
    clock: C,
    time: Timeline,
}

impl<C: Clock> Wall<C> {
    pub fn new(mut clock: C) -> Wall<C> {
        let mono_us = Instant::now().as_micros();
        let built_ms = BUILT_S.parse::<i64>().unwrap_or(0).saturating_mul(1000);
        let mut time = Timeline::new(built_ms, mono_us);
        if let Some(unix_ms) = clock.unix_ms() {
            time.sync(unix_ms, mono_us);
        }
        Wall { clock, time }
    }

    pub fn now(&mut self, instant: Instant) -> Now {
        self.time.now(instant.as_micros())
    }

    /// Time goes on from here where no clock says better: what was saved was saved before now.
    pub fn not_before(&mut self, unix_ms: i64) {
        self.time.not_before(unix_ms, Instant::now().as_micros());
    }

    /// Asks a clock that was not set before whether it is now; by how many milliseconds that moves the time.
    pub fn poll_sync(&mut self) -> Option<i64> {
        if self.time.is_synced() {
            return None;
        }
        let unix_ms = self.clock.unix_ms()?;
        Some(self.time.sync(unix_ms, Instant::now().as_micros()))
    }

    pub fn is_synced(&self) -> bool {
        self.time.is_synced()
    }

    pub fn source(&self) -> &'static str {
        self.clock.name()
    }
}
