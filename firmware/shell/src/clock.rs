//! The time: a monotonic one from embassy's timer, and a wall clock that the board's own clock sets, the network
//! ([`crate::ntp`]), or somebody at the console. What is set goes on with the monotonic time, and is stored now and then
//! for the next start.

use crate::Shell;
use embassy_time::Instant;
use microredis_board::clock::{self, INTERVAL_S};
use microredis_engine::{LogLevel, Now, Timeline};

pub use microredis_board::clock::Source;

/// When this firmware's source was written, in seconds of the unix clock; see `build.rs`. 0: nobody knows.
const BUILT_S: &str = env!("MICROREDIS_BUILT_S");

/// A board's hardware clock.
pub trait Clock {
    /// What sets the time unless the setting `clock-source` says otherwise.
    const SOURCE: Source;
    /// Milliseconds of the unix clock; `None`: there is no clock, or it is not set yet. Asked again until it is.
    fn unix_ms(&mut self) -> Option<i64>;
    /// What INFO calls it.
    fn name(&self) -> &'static str;
}

/// A board without a clock of its own asks the network.
pub struct NoClock;

impl Clock for NoClock {
    const SOURCE: Source = Source::Network;

    fn unix_ms(&mut self) -> Option<i64> {
        None
    }

    fn name(&self) -> &'static str {
        "none"
    }
}

/// Who has set the clock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Nobody,
    Source,
    Hand,
}

/// The wall clock as the engine is told it. Until it is set, time starts at the newest of the firmware's build, the
/// snapshot and the time stored last.
pub struct Wall<C> {
    clock: C,
    time: Timeline,
    source: Source,
    by: By,
}

impl<C: Clock> Wall<C> {
    pub fn new(clock: C) -> Wall<C> {
        let time = Timeline::new(built_ms(), Instant::now().as_micros());
        Wall { clock, time, source: C::SOURCE, by: By::Nobody }
    }

    pub fn now(&mut self, instant: Instant) -> Now {
        self.time.now(instant.as_micros())
    }

    pub(crate) fn set_source(&mut self, source: Source) {
        self.source = source;
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    /// What the board's own clock says, where it is to set the time and has not yet.
    fn hardware_ms(&mut self) -> Option<i64> {
        let is_wanted = self.source == Source::Hardware && self.by == By::Nobody;
        if is_wanted { self.clock.unix_ms() } else { None }
    }

    fn set(&mut self, unix_ms: i64, by: By) -> i64 {
        self.by = by;
        self.time.sync(unix_ms, Instant::now().as_micros())
    }

    pub fn is_synced(&self) -> bool {
        self.time.is_synced()
    }

    /// What INFO says.
    pub fn source_name(&self) -> &'static str {
        match (self.by, self.source) {
            (By::Hand, _) => "console",
            (_, Source::Hardware) => self.clock.name(),
            (_, Source::Network) => "ntp",
            (_, Source::Nothing) => "none",
        }
    }
}

fn built_ms() -> i64 {
    BUILT_S.parse::<i64>().unwrap_or(0).saturating_mul(1000)
}

impl<C: Clock> Shell<C> {
    /// The settings are known: a clock that is there sets the time before the snapshot is loaded.
    pub(crate) fn start_clock(&self) {
        let mut text = [0; 8];
        if let Ok(source) = clock::source(self.setting("clock-source", &mut text)) {
            self.clock.borrow_mut().set_source(source);
        }
        if let Ok(seconds) = clock::interval_s(self.setting("clock-interval", &mut text)) {
            self.clock_interval_s.set(seconds);
            self.store_time_at_us.set(u64::from(seconds) * 1_000_000);
        }
        self.keep_time();
    }

    /// Time goes on from here where no clock says better: what was saved was saved before now.
    pub(crate) fn not_before(&self, unix_ms: i64) {
        let before = self.now();
        self.clock.borrow_mut().time.not_before(unix_ms, before.mono_us);
        let now = self.clock.borrow().time.now(before.mono_us);
        self.engine.borrow_mut().handle_clock_floor(now, now.wall_ms.saturating_sub(before.wall_ms));
    }

    /// Looks whether a late clock is set now, and stores the time now and then for the next start.
    pub(crate) fn keep_time(&self) {
        let hardware = self.clock.borrow_mut().hardware_ms();
        if let Some(unix_ms) = hardware {
            self.set_clock(unix_ms, By::Source);
        }
        let now = self.now();
        if now.mono_us >= self.store_time_at_us.get() {
            self.store_time_at_us.set(now.mono_us + u64::from(self.clock_interval_s.get()) * 1_000_000);
            self.store_time(now);
        }
    }

    /// The board starts anew because somebody wants it: without a clock of its own, time is to go on from here.
    pub(crate) fn store_last_time(&self) {
        if self.clock.borrow().source() != Source::Hardware {
            self.store_time(self.now());
        }
    }

    /// The network says a time; whether it is believed, or why not.
    pub(crate) fn take_network_time(&self, unix_ms: i64) -> Result<(), &'static str> {
        let was_set = self.clock.borrow().by == By::Source;
        let set_ms = if was_set { Some(self.now().wall_ms) } else { None };
        clock::believe(unix_ms, built_ms(), set_ms)?;
        self.set_clock(unix_ms, By::Source);
        Ok(())
    }

    /// Somebody at the console says a time.
    pub(crate) fn take_time_by_hand(&self, unix_s: u32) {
        self.set_clock(i64::from(unix_s) * 1000, By::Hand);
    }

    fn set_clock(&self, unix_ms: i64, by: By) {
        let step_ms = self.clock.borrow_mut().set(unix_ms, by);
        let now = self.now();
        let mut engine = self.engine.borrow_mut();
        let was_set = engine.is_clock_synced();
        engine.handle_clock_set(now, step_ms);
        self.follow_up(now, &mut engine, None);
        drop(engine);
        if !was_set || by == By::Hand {
            let source = self.clock.borrow().source_name();
            self.log.say(LogLevel::Notice, format_args!("The clock is set ({source}): time moved by {step_ms} ms"));
        }
        if by == By::Hand || !was_set && self.clock.borrow().source() == Source::Network {
            // Not an hour later: the next start is to begin here even if it comes before.
            self.store_time(now);
        }
    }
}

/// What [`Shell`] begins with.
pub(crate) const INTERVAL_AT_FIRST_S: u32 = INTERVAL_S;
