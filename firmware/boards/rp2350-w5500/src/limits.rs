//! The board's memory, RAM as a sum with one named consumer a line, and its flash by partitions. Relations that must
//! hold are checked when it is compiled.

use crate::partitions::{SNAPSHOT_SLOTS, SNAPSHOTS};
use embassy_rp::flash::{ERASE_SIZE, PAGE_SIZE};
use embassy_time::Duration;
use microredis_shell::engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX, PAGE_BYTES};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, Session};
use microredis_shell::memory::{Consumer, Part, min, sum, whole};
use microredis_shell::{Endurance, SERVICE_SOCKETS};

/// What INFO calls it.
pub const OS: &str = "MicroRedis firmware, RP2350 with W5500";

const KIB: usize = 1024;

/// Words at the stack's end that are not painted: there is no guard but the end of memory.
pub const STACK_GUARD_BYTES: usize = 0;

/// The striped banks, as memory.x has them, without the stack below.
pub const RAM_BYTES: usize = 480 * KIB;

/// Clients at once.
pub const CLIENTS: usize = 16;
/// One more answers `-ERR max number of clients reached`.
pub const SOCKETS: usize = CLIENTS + 1;
/// DHCP's socket too.
pub const NETWORK_SOCKETS: usize = SOCKETS + SERVICE_SOCKETS + 1;
/// A socket's receive window: two segments, so that the peer need not wait for each acknowledgement.
pub const RECEIVE_BYTES: usize = 2920;
/// A socket's unacknowledged output.
pub const SEND_BYTES: usize = 2920;

/// Frames between the driver and the network stack; the W5500 itself holds 16 KiB more in each direction.
pub const FRAMES_RECEIVED: usize = 4;
pub const FRAMES_SENT: usize = 4;
const FRAME_BYTES: usize = 1514 + 14;

/// The bus to the W5500: a third of what the chip allows, and what 150 MHz divide into.
pub const SPI_HZ: u32 = 37_500_000;

/// Where replies are composed.
pub const OUTPUT_BYTES: usize = 2 * KIB;
/// One inline line.
pub const LINE_BYTES: usize = INLINE_BYTES_MAX + 2;

/// What was typed and not yet looked at: a pasted line.
pub const TYPED_BYTES: usize = 256;

/// The arena aside.
const CONSUMERS: [Consumer; 7] = [
    ("sockets", SOCKETS * (RECEIVE_BYTES + SEND_BYTES)),
    ("frames", (FRAMES_RECEIVED + FRAMES_SENT) * FRAME_BYTES),
    ("sessions", CLIENTS * size_of::<Session>()),
    ("engine", size_of::<Engine>() + COMMANDS_MAX * size_of::<CommandStats>()),
    ("replies", OUTPUT_BYTES + LINE_BYTES),
    // Sockets' states, neighbours, timers.
    ("network", NETWORK_SOCKETS * 640 + 2 * KIB),
    // Tasks, the log's ring, and what else the linker places.
    ("shell", 16 * KIB),
];

/// All of it.
pub static RAM: [Consumer; 9] = whole(CONSUMERS, ARENA_BYTES, RAM_BYTES);

/// All the rest, in whole pages, but no more than a snapshot slot holds.
pub const ARENA_BYTES: usize = min(RAM_BYTES - sum(&CONSUMERS), SNAPSHOT_BYTES_MAX) / PAGE_BYTES * PAGE_BYTES;

const _: () = assert!(ARENA_BYTES >= 240 * KIB, "the board's promise: an arena of 240 KiB");
const _: () = assert!(CLIENTS >= 8, "the board's promise: 8 clients at once");

/// Erased in sectors of 4 KiB, programmed in pages of 256 bytes of which any part may be written once.
pub const SECTOR: usize = 4 * KIB;
const _: () = assert!(ERASE_SIZE == SECTOR && PAGE_SIZE == 256, "the driver is for another chip");
/// The board's chip, a W25Q16JV.
pub const FLASH_BYTES: usize = 2048 * KIB;

/// Two application slots, settings, snapshots; docs/flashing-rp2350.md shows them as a picture.
pub const PARTITIONS: [Part; 4] = [
    Part { at: 0, bytes: 704 * KIB },
    Part { at: 704 * KIB, bytes: 704 * KIB },
    Part { at: 1408 * KIB, bytes: 32 * KIB },
    Part { at: 1440 * KIB, bytes: 608 * KIB },
];
/// The largest snapshot: a slot without the headers of its blocks.
pub const SNAPSHOT_BYTES_MAX: usize = SNAPSHOTS.bytes / SNAPSHOT_SLOTS - 16 * KIB;

/// How often a sector may be erased (W25Q16JV, features: 100K cycles at least).
pub const ENDURANCE: Endurance = Endurance { rated_cycles: 100_000, save_interval_s: 300 };

/// How long the chip may take to erase a sector, at the worst: 400 ms, typically 45 (W25Q16JV, AC characteristics,
/// tSE; docs/flashing-rp2350.md says how far that is checked). Code runs from the same chip, so the driver waits in RAM with interrupts masked.
const ERASE_MAX: Duration = Duration::from_millis(400);
/// The watchdog outlasts many erases in a row. The chip's counter reaches 16.7 s.
pub const WATCHDOG: Duration = Duration::from_secs(8);
pub const WATCHDOG_FED: Duration = Duration::from_secs(1);
const _: () = assert!(WATCHDOG.as_millis() > 2 * ERASE_MAX.as_millis() + 2000, "an erase would look like a hang");
