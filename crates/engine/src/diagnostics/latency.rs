//! Latency spikes by event.

use crate::memory::{Arena, Bytes, Rope, Str};

/// Redis's LATENCY_TS_LEN.
const SAMPLES_MAX: usize = 160;
/// unix seconds:4 | milliseconds:4
const SAMPLE: usize = 8;

/// What can spike here.
pub const EVENTS: [&str; 5] = ["command", "fast-command", "expire-cycle", "eviction-cycle", "active-defrag-cycle"];

/// The samples of each event, the oldest first.
pub struct Latency {
    samples: [Rope; EVENTS.len()],
    pub highest: [u32; EVENTS.len()],
}

/// One spike.
#[derive(Clone, Copy)]
pub struct Sample {
    pub time_s: u32,
    pub ms: u32,
}

impl Latency {
    pub const EMPTY: Latency = Latency { samples: [Rope::EMPTY; EVENTS.len()], highest: [0; EVENTS.len()] };

    pub fn len(&self, event: usize) -> usize {
        self.samples[event].len() / SAMPLE
    }

    pub fn read(&self, mem: &Arena, event: usize, n: usize) -> Sample {
        let mut raw = [0u8; SAMPLE];
        Str::Rope(mem, self.samples[event]).copy_to(n * SAMPLE, &mut raw);
        let word = |i: usize| u32::from_le_bytes([raw[i], raw[i + 1], raw[i + 2], raw[i + 3]]);
        Sample { time_s: word(0), ms: word(4) }
    }

    /// Appends a sample; one of the same second keeps the higher figure, as in Redis.
    pub fn add(&mut self, mem: &mut Arena, event: usize, sample: Sample) {
        self.highest[event] = self.highest[event].max(sample.ms);
        let mut raw = [0u8; SAMPLE];
        raw[..4].copy_from_slice(&sample.time_s.to_le_bytes());
        raw[4..].copy_from_slice(&sample.ms.to_le_bytes());
        let mut samples = self.samples[event];
        let len = self.len(event);
        if len > 0 {
            let last = self.read(mem, event, len - 1);
            if last.time_s == sample.time_s {
                if sample.ms > last.ms {
                    let _ = samples.write(mem, (len - 1) * SAMPLE, Bytes::Slice(&raw), 0, SAMPLE);
                }
                return;
            }
        }
        if len >= SAMPLES_MAX {
            let mut rest = [0u8; SAMPLES_MAX * SAMPLE];
            let n = Str::Rope(mem, samples).copy_to(SAMPLE, &mut rest);
            let _ = samples.write(mem, 0, Bytes::Slice(&rest[..n]), 0, n);
            let _ = samples.write(mem, n, Bytes::Slice(&raw), 0, SAMPLE);
        } else if samples.append(mem, Bytes::Slice(&raw)).is_err() {
            let _ = samples.resize(mem, len * SAMPLE);
        }
        self.samples[event] = samples;
    }

    pub fn reset(&mut self, mem: &mut Arena, event: usize) -> bool {
        let any = self.len(event) > 0;
        self.samples[event].free(mem);
        self.highest[event] = 0;
        any
    }
}
