//! How worn a partition is, for INFO.

/// Erase counts, bytes and saves of one partition over its whole life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wear {
    pub blocks: u32,
    pub block_bytes: u32,
    /// Of the block erased least and most often.
    pub erases_min: u32,
    pub erases_max: u32,
    /// Of all blocks together.
    pub erases: u64,
    /// Bytes programmed, headers and padding included.
    pub written: u64,
    /// Saves that were finished.
    pub saves: u32,
    /// When the newest whole one was begun, in unix ms.
    pub saved_at_ms: Option<i64>,
    /// Blocks that a save takes: as many as the newest, before the first one as many as the largest.
    pub blocks_a_save: u32,
}

const YEAR_S: u64 = 31_557_600;

impl Wear {
    /// Whole years until the block erased most often reaches the chip's rated cycles, when saves as large as the last
    /// one follow each other every `interval_s` seconds. Each save erases `blocks_a_save` of `blocks` in turn.
    pub fn life_years(&self, rated_cycles: u32, interval_s: u32) -> u64 {
        let cycles = u64::from(rated_cycles.saturating_sub(self.erases_max));
        let saves = cycles * u64::from(self.blocks) / u64::from(self.blocks_a_save.max(1));
        saves.saturating_mul(u64::from(interval_s)) / YEAR_S
    }
}
