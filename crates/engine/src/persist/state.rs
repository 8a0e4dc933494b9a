//! What is known of saving and loading, for INFO, LASTSAVE and the save points.

use crate::time::Now;

#[derive(Clone, Copy, Debug)]
pub struct SaveState {
    pub loading: bool,
    /// When the running load began, in seconds of the unix clock.
    pub load_started_s: i64,
    pub load_bytes_total: u64,
    pub load_bytes_done: u64,
    pub running: bool,
    pub started_us: u64,
    pub keys_done: u64,
    pub keys_total: u64,
    /// Seconds of the unix clock.
    pub last_time_s: i64,
    /// -1: none yet.
    pub last_duration_s: i64,
    pub last_failed: bool,
    pub count: u64,
    pub load_keys: u64,
    pub load_expired: u64,
    /// When a save was begun last, in seconds of the unix clock.
    pub last_try_s: i64,
    /// A save waits for the next tick.
    pub scheduled: bool,
    /// The count of changes when the running save began.
    pub dirty_at_start: u64,
    /// Why there may be no save, as an error's text: it would replace a snapshot that could not be loaded.
    pub held: Option<&'static str>,
    /// Everything was flushed since the last save began: what was saved before is not to come back.
    pub is_flushed: bool,
    /// Which save began last, round and round: who waits in SAVE waits for that one.
    pub number: u8,
}

impl SaveState {
    pub fn new(now: Now) -> SaveState {
        SaveState {
            loading: false,
            load_started_s: 0,
            load_bytes_total: 0,
            load_bytes_done: 0,
            running: false,
            started_us: 0,
            keys_done: 0,
            keys_total: 0,
            last_time_s: now.wall_ms / 1000,
            last_duration_s: -1,
            last_failed: false,
            count: 0,
            load_keys: 0,
            load_expired: 0,
            last_try_s: 0,
            scheduled: false,
            dirty_at_start: 0,
            held: None,
            is_flushed: false,
            number: 0,
        }
    }

    /// The clock was set: save points and rests go on as if it always had been.
    pub fn shift(&mut self, step_ms: i64) {
        self.last_time_s = self.last_time_s.saturating_add(step_ms / 1000);
        self.last_try_s = self.last_try_s.saturating_add(step_ms / 1000);
    }

    /// -1 where no save is running.
    pub fn current_duration_s(&self, mono_us: u64) -> i64 {
        if self.running { (mono_us.saturating_sub(self.started_us) / 1_000_000) as i64 } else { -1 }
    }
}
