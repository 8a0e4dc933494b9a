//! The boards' memory, RAM as a sum with one named consumer a line, and their flash by partitions. Relations that must
//! hold are checked when it is compiled.

use crate::partitions::{SNAPSHOT_SLOTS, SNAPSHOTS};
use embassy_time::Duration;
use esp_storage::FlashStorage;
use microredis_shell::engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX, PAGE_BYTES};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, Session};
use microredis_shell::memory::{Consumer, Part, min, sum, whole};
use microredis_shell::{Endurance, SERVICE_SOCKETS};

const KIB: usize = 1024;

#[cfg(feature = "esp32c6")]
mod chip {
    pub const CHIP: &str = "ESP32-C6";
    pub const OS: &str = "MicroRedis firmware, ESP32-C6";
    /// Up to where the boot loader's last stage lies, as esp-hal's memory.x has it.
    pub const RAM_BYTES: usize = 0x6E610;
    /// What the radio's libraries, esp-hal and esp-rtos place in RAM: code that must run while flash is busy, variables.
    pub const RADIO_BYTES: usize = 85 * 1024;
    pub const CLIENTS: usize = 16;
    pub const ARENA_PROMISED: usize = 216 * 1024;
}
#[cfg(feature = "esp32c3")]
mod chip {
    pub const CHIP: &str = "ESP32-C3";
    pub const OS: &str = "MicroRedis firmware, ESP32-C3";
    pub const RAM_BYTES: usize = 313 * 1024;
    pub const RADIO_BYTES: usize = 58 * 1024;
    pub const CLIENTS: usize = 8;
    pub const ARENA_PROMISED: usize = 150 * 1024;
}
#[cfg(feature = "esp32s3")]
mod chip {
    pub const CHIP: &str = "ESP32-S3";
    pub const OS: &str = "MicroRedis firmware, ESP32-S3";
    /// Reckoned, not linked here: what esp-hal's memory.x leaves for data.
    pub const RAM_BYTES: usize = 320 * 1024;
    pub const RADIO_BYTES: usize = 85 * 1024;
    pub const CLIENTS: usize = 8;
    pub const ARENA_PROMISED: usize = 130 * 1024;
}
pub use chip::{CHIP, CLIENTS, OS};

/// The radio's heap, and no one else's: in the memory that the boot loader has left, outside the sum below.
pub const RADIO_HEAP_BYTES: usize = 64 * KIB;

/// The main stack, above all static memory; esp-hal guards its end.
pub const STACK_BYTES: usize = 32 * KIB;

/// esp-hal watches a word this far above the stack's end.
pub const STACK_GUARD_BYTES: usize = 4096 + 64;

/// One more than clients answers `-ERR max number of clients reached`.
pub const SOCKETS: usize = CLIENTS + 1;
/// DHCP's socket too.
pub const NETWORK_SOCKETS: usize = SOCKETS + SERVICE_SOCKETS + 1;
/// A socket's receive window: about one segment.
pub const RECEIVE_BYTES: usize = 1536;
/// A socket's unacknowledged output.
pub const SEND_BYTES: usize = 1536;

/// Where replies are composed.
pub const OUTPUT_BYTES: usize = 2 * KIB;
/// One inline line.
pub const LINE_BYTES: usize = INLINE_BYTES_MAX + 2;

/// The arena aside. Frames wait in the radio's heap, which lies outside.
const CONSUMERS: [Consumer; 8] = [
    ("stack", STACK_BYTES),
    ("radio and drivers", chip::RADIO_BYTES),
    ("sockets", SOCKETS * (RECEIVE_BYTES + SEND_BYTES)),
    ("sessions", CLIENTS * size_of::<Session>()),
    ("engine", size_of::<Engine>() + COMMANDS_MAX * size_of::<CommandStats>()),
    ("replies", OUTPUT_BYTES + LINE_BYTES),
    // Sockets' states, neighbours, timers.
    ("network", NETWORK_SOCKETS * 640 + 2 * KIB),
    // Tasks, the log's ring, and what else the linker places.
    ("shell", 12 * KIB),
];

/// All of it.
pub static RAM: [Consumer; 10] = whole(CONSUMERS, ARENA_BYTES, chip::RAM_BYTES);

/// All the rest, in whole pages, but no more than a snapshot slot holds.
pub const ARENA_BYTES: usize = min(chip::RAM_BYTES - sum(&CONSUMERS), SNAPSHOT_BYTES_MAX) / PAGE_BYTES * PAGE_BYTES;

const _: () = assert!(ARENA_BYTES >= chip::ARENA_PROMISED, "the boards' promise");
const _: () = assert!(CLIENTS >= 8, "the boards' promise: 8 clients at once");

/// Erased in sectors of 4 KiB, programmed in words.
pub const SECTOR: usize = 4 * KIB;
const _: () = assert!(FlashStorage::SECTOR_SIZE as usize == SECTOR, "the driver is for another chip");
/// What a module must have at least.
pub const FLASH_BYTES: usize = 4096 * KIB;

/// Two application slots, settings, snapshots: as partitions.csv has them, which the boot loader reads.
pub const PARTITIONS: [Part; 4] = [
    Part { at: 0x10000, bytes: 0x180000 },
    Part { at: 0x190000, bytes: 0x180000 },
    Part { at: 0x310000, bytes: 0x10000 },
    Part { at: 0x320000, bytes: 0xE0000 },
];
/// The largest snapshot: a slot without the headers of its blocks.
pub const SNAPSHOT_BYTES_MAX: usize = SNAPSHOTS.bytes / SNAPSHOT_SLOTS - 20 * KIB;

/// How often a sector may be erased (ESP32-C6 Series Datasheet 1.5, table 5-12; Espressif's other chips have the same).
pub const ENDURANCE: Endurance = Endurance { rated_cycles: 100_000, save_interval_s: 300 };

/// How long the chip may take to erase a sector, at the worst: 500 ms, typically 70 (the same table, TSE). Code runs from
/// the same chip, so the driver waits in RAM with interrupts masked.
const ERASE_MS_MAX: u64 = 500;
/// The watchdog outlasts many erases in a row.
pub const WATCHDOG: esp_hal::time::Duration = esp_hal::time::Duration::from_secs(8);
pub const WATCHDOG_FED: Duration = Duration::from_secs(1);
const _: () = assert!(WATCHDOG.as_millis() > 2 * ERASE_MS_MAX + 2000, "an erase would look like a hang");
