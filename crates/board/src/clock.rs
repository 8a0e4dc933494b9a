//! Where the time comes from, and which times are believed.

/// What sets the clock, as the setting `clock-source` says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// `rtc`: the board's own clock.
    Hardware,
    /// `ntp`: the servers of `ntp-servers`.
    Network,
    /// `none`: nothing but somebody at the console.
    Nothing,
}

pub fn source(text: &str) -> Result<Source, &'static str> {
    match text {
        "rtc" => Ok(Source::Hardware),
        "ntp" => Ok(Source::Network),
        "none" => Ok(Source::Nothing),
        _ => Err("a clock's source is rtc, ntp or none"),
    }
}

/// Seconds between two questions for the time, and between two times that are stored.
pub const INTERVAL_S: u32 = 3600;

/// The setting `clock-interval`. NTP's own shortest interval is 16 s.
pub fn interval_s(text: &str) -> Result<u32, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (16..=86_400).contains(seconds));
    seconds.ok_or("an interval has 16 to 86400 seconds")
}

/// How far a clock that the network has set may be moved by it later, as `ntpd`'s panic threshold.
const STEP_MS_MAX: u64 = 1_000_000;
/// A firmware older than this is told no time that it would believe.
const AGE_MS_MAX: i64 = 30 * 365 * 86_400_000;

/// Whether to believe a time that the network tells. `built_ms`: of the firmware's source, 0 if nobody knows; `set_ms`:
/// what the clock says, if the network has set it before.
pub fn believe(unix_ms: i64, built_ms: i64, set_ms: Option<i64>) -> Result<(), &'static str> {
    if unix_ms < built_ms {
        return Err("a time before this firmware was built");
    }
    if built_ms > 0 && unix_ms - built_ms > AGE_MS_MAX {
        return Err("a time more than 30 years after this firmware was built");
    }
    if set_ms.is_some_and(|set_ms| unix_ms.abs_diff(set_ms) > STEP_MS_MAX) {
        return Err("a time more than 1000 seconds off");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_MS: i64 = 1_790_000_000_000;
    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn times_are_believed_that_can_be() {
        for later_ms in [0, DAY_MS, 20 * 365 * DAY_MS] {
            assert_eq!(believe(BUILT_MS + later_ms, BUILT_MS, None), Ok(()));
        }
        for wrong_ms in [i64::MIN, -1, 0, BUILT_MS - 1, BUILT_MS + AGE_MS_MAX + 1, i64::MAX] {
            assert!(believe(wrong_ms, BUILT_MS, None).is_err(), "{wrong_ms}");
        }
        // Where the time of the build is not known.
        assert_eq!(believe(1, 0, None), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_is_moved_a_little_only() {
        let set_ms = BUILT_MS + DAY_MS;
        for step_ms in [-1_000_000, -1, 0, 1_000_000] {
            assert_eq!(believe(set_ms + step_ms, BUILT_MS, Some(set_ms)), Ok(()), "{step_ms}");
        }
        for step_ms in [-DAY_MS, -1_000_001, 1_000_001, DAY_MS] {
            assert!(believe(set_ms + step_ms, BUILT_MS, Some(set_ms)).is_err(), "{step_ms}");
        }
    }
}
