//! All of RAM, as a sum with one named consumer a line. What is left is the arena.

use microredis_shell::engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX, PAGE_BYTES};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, Session};
use microredis_shell::{Endurance, SERVICE_SOCKETS};

const KIB: usize = 1024;

/// The machine's memory, as memory.x has it; `cargo xtask emulate` checks that the image agrees.
pub const RAM_BYTES: usize = 300 * KIB;
/// At the bottom of RAM.
pub const STACK_BYTES: usize = 16 * KIB;

/// Clients at once.
pub const CLIENTS: usize = 16;
/// One more answers `-ERR max number of clients reached`.
pub const SOCKETS: usize = CLIENTS + 1;
/// A socket's receive window: about one segment.
pub const RECEIVE_BYTES: usize = 1536;
/// A socket's unacknowledged output.
pub const SEND_BYTES: usize = 1536;

/// Frames that the network device fills and sends.
pub const FRAMES: usize = 8;
/// An Ethernet frame of 1514 bytes behind the device's header of 12.
pub const FRAME_BYTES: usize = 1528;

/// Where replies are composed.
pub const OUTPUT_BYTES: usize = 2 * KIB;
/// One inline line.
pub const LINE_BYTES: usize = INLINE_BYTES_MAX + 2;

/// RAM by consumer.
pub static RAM: [(&str, usize); 9] = [
    CONSUMERS[0],
    CONSUMERS[1],
    CONSUMERS[2],
    CONSUMERS[3],
    CONSUMERS[4],
    CONSUMERS[5],
    CONSUMERS[6],
    CONSUMERS[7],
    ("arena", RAM_BYTES - sum()),
];

/// The arena aside.
const CONSUMERS: [(&str, usize); 8] = [
    ("stack", STACK_BYTES),
    ("sockets", SOCKETS * (RECEIVE_BYTES + SEND_BYTES)),
    ("frames", FRAMES * FRAME_BYTES),
    ("sessions", CLIENTS * size_of::<Session>()),
    ("engine", size_of::<Engine>() + COMMANDS_MAX * size_of::<CommandStats>()),
    ("replies", OUTPUT_BYTES + LINE_BYTES),
    // Sockets' states, neighbours, timers.
    ("network", (SOCKETS + SERVICE_SOCKETS) * 640 + 2 * KIB),
    // Tasks, the log's ring, the record that outlives a reset, and what else the linker places.
    ("shell", 12 * KIB),
];

/// Flash: settings first, then snapshots. A real board has two application slots before them.
pub const SETTINGS_BYTES: usize = 1024 * KIB;
pub const SNAPSHOTS_AT: u32 = SETTINGS_BYTES as u32;
pub const SNAPSHOTS_BYTES: usize = 4096 * KIB;
/// As chips of this kind have it; the emulator's file does not wear out.
pub const ENDURANCE: Endurance = Endurance { rated_cycles: 100_000, save_interval_s: 300 };
/// More than the arena's contents become.
pub const SNAPSHOT_BYTES_MAX: usize = 512 * KIB;

const fn sum() -> usize {
    let mut bytes = 0;
    let mut n = 0;
    while n < CONSUMERS.len() {
        bytes += CONSUMERS[n].1;
        n += 1;
    }
    bytes
}

/// All the rest, in whole pages.
pub const ARENA_BYTES: usize = (RAM_BYTES - sum()) / PAGE_BYTES * PAGE_BYTES;

const _: () = assert!(ARENA_BYTES >= 150 * KIB, "the board's promise: an arena of 150 KiB");
const _: () = assert!(CLIENTS >= 8, "the board's promise: 8 clients at once");
