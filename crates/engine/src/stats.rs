//! Counters for INFO, and nothing that decides anything.

#[cfg(not(feature = "device"))]
use crate::limits::COMMANDS_MAX;
use crate::time::Now;

/// Calls of one command. A device's count stops at its end instead of costing 4 KB more.
#[cfg(not(feature = "device"))]
pub type Count = u64;
#[cfg(feature = "device")]
pub type Count = u32;

/// One command's line in INFO commandstats.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "device", repr(C, packed(4)))]
pub struct CommandStats {
    pub microseconds: u64,
    pub calls: Count,
    pub rejected: Count,
    pub failed: Count,
}

impl CommandStats {
    pub const ZERO: CommandStats = CommandStats { microseconds: 0, calls: 0, rejected: 0, failed: 0 };

    pub fn ran(&mut self, microseconds: u64, failed: bool) {
        self.microseconds += microseconds;
        self.calls = self.calls.saturating_add(1);
        self.failed = self.failed.saturating_add(Count::from(failed));
    }

    pub fn reject(&mut self) {
        self.rejected = self.rejected.saturating_add(1);
    }
}

/// Error prefixes told apart in INFO errorstats; further ones are counted in the total only.
#[cfg(not(feature = "device"))]
pub const ERROR_KINDS_MAX: usize = 32;
#[cfg(feature = "device")]
pub const ERROR_KINDS_MAX: usize = 12;

#[derive(Clone, Copy, Debug)]
pub struct ErrorKind {
    pub prefix: [u8; 24],
    pub len: u8,
    pub count: u64,
}

/// Commands by their duration, in the steps of LATENCY HISTOGRAM. Redis counts nanoseconds to two digits (256 buckets an
/// octave) and shows powers of two from 1024 on; here a bucket is what is shown.
#[derive(Clone, Copy, Debug)]
pub struct Histogram {
    /// Calls of up to [`Histogram::bound_us`], not cumulated; in the last one all that took longer.
    pub buckets: [u32; BUCKETS],
}

const BUCKETS: usize = 21;

impl Histogram {
    pub const EMPTY: Histogram = Histogram { buckets: [0; BUCKETS] };

    /// The longest duration in a bucket: 1, 2, 4, 8, 16, 33, 66 ... microseconds.
    pub fn bound_us(bucket: usize) -> u64 {
        // Redis ends at a second, and shows the last step as it is.
        let ns = if bucket + 1 < BUCKETS { highest_equivalent_ns(1024 << bucket) } else { 1024 << bucket };
        ns / 1000
    }

    pub fn record(&mut self, microseconds: u64) {
        // Bounds are whole microseconds below 1032 << bucket nanoseconds.
        let octaves = microseconds.saturating_mul(1000) / 1032;
        let bucket = (u64::BITS - octaves.leading_zeros()) as usize;
        let bucket = &mut self.buckets[bucket.min(BUCKETS - 1)];
        *bucket = bucket.saturating_add(1);
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|&n| u64::from(n)).sum()
    }

    /// The upper end of the bucket in which the percentile lies.
    pub fn percentile(&self, percent: f64) -> f64 {
        let want = (self.count() as f64 * percent / 100.0).max(1.0);
        let mut seen = 0.0;
        for (bucket, &count) in self.buckets.iter().enumerate() {
            seen += f64::from(count);
            if seen >= want {
                return highest_equivalent_ns(Histogram::bound_us(bucket) * 1000) as f64 / 1000.0;
            }
        }
        0.0
    }
}

/// The highest number that Redis's histogram does not tell from this one.
fn highest_equivalent_ns(ns: u64) -> u64 {
    ns | ((1 << ns.ilog2().saturating_sub(7)) - 1)
}

/// A histogram a command; a small board keeps none.
pub struct Histograms {
    #[cfg(not(feature = "device"))]
    rows: [Histogram; COMMANDS_MAX],
}

impl Histograms {
    #[cfg(not(feature = "device"))]
    pub const EMPTY: Histograms = Histograms { rows: [Histogram::EMPTY; COMMANDS_MAX] };
    #[cfg(feature = "device")]
    pub const EMPTY: Histograms = Histograms {};

    pub fn of(&self, index: usize) -> Histogram {
        #[cfg(not(feature = "device"))]
        return self.rows[index];
        #[cfg(feature = "device")]
        {
            let _ = index;
            Histogram::EMPTY
        }
    }

    pub fn record(&mut self, index: usize, microseconds: u64) {
        #[cfg(not(feature = "device"))]
        self.rows[index].record(microseconds);
        #[cfg(feature = "device")]
        let _ = (index, microseconds);
    }

    pub fn reset(&mut self, index: usize) {
        #[cfg(not(feature = "device"))]
        {
            self.rows[index] = Histogram::EMPTY;
        }
        #[cfg(feature = "device")]
        let _ = index;
    }
}

/// What the last second or so brought, a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    pub commands: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
    sampled_us: u64,
    last: [u64; 3],
}

pub struct Stats {
    pub started: Now,
    /// The shell's memory, of `COMMANDS_MAX` rows.
    pub commands: &'static mut [CommandStats],
    pub errors: [ErrorKind; ERROR_KINDS_MAX],
    pub error_kinds: usize,
    pub total_error_replies: u64,
    pub total_commands: u64,
    pub total_connections: u64,
    pub rejected_connections: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
    pub keyspace_hits: u64,
    pub keyspace_misses: u64,
    pub expired_keys: u64,
    pub expired_time_cap_reached: u64,
    pub evicted_keys: u64,
    pub evicted_clients: u64,
    pub unexpected_errors: u64,
    pub peak_memory: usize,
    pub output_limit_disconnections: u64,
    pub query_limit_disconnections: u64,
    pub reads: u64,
    pub writes: u64,
    pub rates: Rates,
    pub histograms: Histograms,
}

impl Stats {
    pub fn new(now: Now, commands: &'static mut [CommandStats]) -> Stats {
        Stats {
            started: now,
            commands,
            errors: [ErrorKind { prefix: [0; 24], len: 0, count: 0 }; ERROR_KINDS_MAX],
            error_kinds: 0,
            total_error_replies: 0,
            total_commands: 0,
            total_connections: 0,
            rejected_connections: 0,
            input_bytes: 0,
            output_bytes: 0,
            keyspace_hits: 0,
            keyspace_misses: 0,
            expired_keys: 0,
            expired_time_cap_reached: 0,
            evicted_keys: 0,
            evicted_clients: 0,
            unexpected_errors: 0,
            peak_memory: 0,
            output_limit_disconnections: 0,
            query_limit_disconnections: 0,
            reads: 0,
            writes: 0,
            rates: Rates::default(),
            histograms: Histograms::EMPTY,
        }
    }

    /// CONFIG RESETSTAT.
    pub fn reset(&mut self) {
        let commands = core::mem::take(&mut self.commands);
        commands.fill(CommandStats::ZERO);
        *self = Stats::new(self.started, commands);
    }

    /// Reckons the rates anew, about once a second.
    pub fn sample(&mut self, mono_us: u64) {
        let elapsed = mono_us.saturating_sub(self.rates.sampled_us);
        if elapsed < 1_000_000 {
            return;
        }
        let totals = [self.total_commands, self.input_bytes, self.output_bytes];
        let rate = |n: usize| totals[n].saturating_sub(self.rates.last[n]).saturating_mul(1_000_000) / elapsed;
        self.rates =
            Rates { commands: rate(0), input_bytes: rate(1), output_bytes: rate(2), sampled_us: mono_us, last: totals };
    }

    /// Counts an error reply by the first word of its text.
    pub fn count_error(&mut self, text: &[u8]) {
        self.total_error_replies += 1;
        let word = text.split(|&b| b == b' ').next().unwrap_or(text);
        let word = &word[..word.len().min(24)];
        let known = &mut self.errors[..self.error_kinds];
        if let Some(kind) = known.iter_mut().find(|kind| &kind.prefix[..kind.len as usize] == word) {
            kind.count += 1;
            return;
        }
        if self.error_kinds < ERROR_KINDS_MAX {
            let kind = &mut self.errors[self.error_kinds];
            kind.prefix[..word.len()].copy_from_slice(word);
            kind.len = word.len() as u8;
            kind.count = 1;
            self.error_kinds += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_end_where_redis_s_do() {
        let bounds: Vec<u64> = (0..16).map(Histogram::bound_us).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816]);
        assert_eq!([19, 20].map(Histogram::bound_us), [541_065, 1_073_741]);
        for microseconds in (0..3000).chain([8_000_000, u64::MAX]) {
            let mut histogram = Histogram::EMPTY;
            histogram.record(microseconds);
            let bucket = histogram.buckets.iter().position(|&n| n > 0).unwrap();
            assert!(microseconds <= Histogram::bound_us(bucket) || bucket == BUCKETS - 1);
            assert!(bucket == 0 || microseconds > Histogram::bound_us(bucket - 1), "{microseconds}: {bucket}");
        }
    }

    /// Texts seen in a redis-server 7.0.15.
    #[test]
    fn percentiles_are_shown_as_redis_shows_them() {
        for (microseconds, shown) in [(1, "1.003"), (2, "2.007"), (4, "4.015"), (8, "8.031"), (33, "33.023")] {
            let mut histogram = Histogram::EMPTY;
            histogram.record(microseconds);
            assert_eq!(format!("{:.3}", histogram.percentile(50.0)), shown);
        }
    }
}
