//! What the engine is told of time, and how a shell without a clock of its own makes it. Nothing here reads a clock.

/// The time of a call: one value for everything that happens within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of the unix clock: expiry, stream ids, TIME.
    pub wall_ms: i64,
    /// Microseconds of a clock that never goes back: idle times, timeouts, the rate limit.
    pub mono_us: u64,
}

/// The unix clock as a distance from the monotonic one, for a shell whose clock may be set late or never. Until it is
/// set, time starts at the newest time that is known to have been, and only goes forward.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// Unix milliseconds when the monotonic clock began.
    offset_ms: i64,
    is_synced: bool,
}

impl Timeline {
    /// A clock that is not set; it is `floor_ms` now.
    pub fn new(floor_ms: i64, mono_us: u64) -> Timeline {
        Timeline { offset_ms: floor_ms.saturating_sub(ms(mono_us)), is_synced: false }
    }

    pub fn now(&self, mono_us: u64) -> Now {
        Now { wall_ms: self.offset_ms.saturating_add(ms(mono_us)), mono_us }
    }

    /// It was `floor_ms` before now. A clock that is set knows better.
    pub fn not_before(&mut self, floor_ms: i64, mono_us: u64) {
        if !self.is_synced && floor_ms > self.now(mono_us).wall_ms {
            self.offset_ms = floor_ms.saturating_sub(ms(mono_us));
        }
    }

    /// A clock says that it is `unix_ms` now; the first may set the time back. By how many milliseconds it moves, to be
    /// told to [`Engine::handle_clock_set`](crate::Engine::handle_clock_set) if the clock was not set before.
    pub fn sync(&mut self, unix_ms: i64, mono_us: u64) -> i64 {
        let step_ms = unix_ms.saturating_sub(self.now(mono_us).wall_ms);
        self.offset_ms = self.offset_ms.saturating_add(step_ms);
        self.is_synced = true;
        step_ms
    }

    pub fn is_synced(&self) -> bool {
        self.is_synced
    }
}

fn ms(mono_us: u64) -> i64 {
    (mono_us / 1000) as i64
}
