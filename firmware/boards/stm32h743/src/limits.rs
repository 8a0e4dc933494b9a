//! The board's memory, RAM as a sum with one named consumer a line, and its flash by partitions. Relations that must
//! hold are checked when it is compiled.

use crate::partitions::{SNAPSHOT_SLOTS, SNAPSHOTS};
use embassy_stm32::flash::{FLASH_SIZE, MAX_ERASE_SIZE, WRITE_SIZE};
use embassy_time::Duration;
use microredis_shell::engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX, PAGE_BYTES};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, Session};
use microredis_shell::memory::{Consumer, Part, min, sum, whole};
use microredis_shell::{Endurance, SERVICE_SOCKETS};

/// What INFO calls it.
pub const OS: &str = "MicroRedis firmware, STM32H743";

const KIB: usize = 1024;

/// Words at the stack's end that are not painted: there is no guard but the end of memory.
pub const STACK_GUARD_BYTES: usize = 0;

/// The AXI SRAM, as memory.x has it. The stack is not in it but in the DTCM.
pub const RAM_BYTES: usize = 512 * KIB;

/// Clients at once.
pub const CLIENTS: usize = 24;
/// One more answers `-ERR max number of clients reached`.
pub const SOCKETS: usize = CLIENTS + 1;
/// DHCP's socket too.
pub const NETWORK_SOCKETS: usize = SOCKETS + SERVICE_SOCKETS + 1;
/// A socket's receive window: two segments, so that the peer need not wait for each acknowledgement.
pub const RECEIVE_BYTES: usize = 2920;
/// A socket's unacknowledged output.
pub const SEND_BYTES: usize = 2920;

/// Frames that the Ethernet's DMA fills and sends, each with its descriptor.
pub const FRAMES_RECEIVED: usize = 8;
pub const FRAMES_SENT: usize = 4;
const FRAME_BYTES: usize = 1536 + 24;

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

/// Sectors of 128 KiB, eight in each of two banks; words of 32 bytes with ECC, programmed once between erases.
pub const SECTOR: usize = 128 * KIB;
const _: () = assert!(MAX_ERASE_SIZE == SECTOR && WRITE_SIZE == 32, "the driver is for another chip");
pub const FLASH_BYTES: usize = FLASH_SIZE;

/// Two application slots, settings, snapshots; docs/flashing-stm32.md shows them as a picture.
pub const PARTITIONS: [Part; 4] = [
    Part { at: 0, bytes: 5 * SECTOR },
    Part { at: 5 * SECTOR, bytes: 5 * SECTOR },
    Part { at: 10 * SECTOR, bytes: 2 * SECTOR },
    Part { at: 12 * SECTOR, bytes: 4 * SECTOR },
];
/// The largest snapshot: a slot without the headers of its blocks.
pub const SNAPSHOT_BYTES_MAX: usize = SNAPSHOTS.bytes / SNAPSHOT_SLOTS - KIB;

/// How often a sector may be erased (DS12110 Rev 10, table 54, NEND).
pub const ENDURANCE: Endurance = Endurance { rated_cycles: 10_000, save_interval_s: 3600 };

/// How long the chip may take for one erase, at the worst: 4 s with x8 parallelism (DS12110 Rev 10, table 53, tERASE128KB),
/// which is what the driver leaves set after a write. The driver waits for it with interrupts masked.
const ERASE_US_MAX: u32 = 4_000_000;
/// The watchdog outlasts two erases in a row.
pub const WATCHDOG_US: u32 = 16_000_000;
pub const WATCHDOG_FED: Duration = Duration::from_secs(1);
const _: () = assert!(WATCHDOG_US > 2 * ERASE_US_MAX + 2_000_000, "an erase would look like a hang");
