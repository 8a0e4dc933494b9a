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

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Wear = Wear {
        blocks: 128,
        block_bytes: 4096,
        erases_min: 0,
        erases_max: 0,
        erases: 0,
        written: 0,
        saves: 0,
        saved_at_ms: None,
        blocks_a_save: 16,
    };

    /// The table in docs/flash.md.
    #[test]
    fn years_of_life() {
        let years = |wear: Wear, cycles| [60, 300, 3600].map(|interval_s| wear.life_years(cycles, interval_s));
        assert_eq!(years(NEW, 100_000), [1, 7, 91]);
        assert_eq!(years(Wear { blocks_a_save: 48, ..NEW }, 100_000), [0, 2, 30]);
        let large = Wear { blocks: 4, block_bytes: 128 << 10, blocks_a_save: 1, ..NEW };
        assert_eq!(years(large, 10_000), [0, 0, 4]);
        // Half of it is behind.
        assert_eq!(years(Wear { erases_max: 50_000, ..NEW }, 100_000), [0, 3, 45]);
        assert_eq!(years(Wear { erases_max: u32::MAX, ..NEW }, 100_000), [0, 0, 0]);
        assert!(NEW.life_years(u32::MAX, u32::MAX) > 1_000_000);
    }
}
