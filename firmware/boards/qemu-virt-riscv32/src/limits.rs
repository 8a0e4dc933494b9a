//! All of RAM, as a sum with one named consumer a line. What is left is the arena.

use microredis_shell::engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX, PAGE_BYTES};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, Session};
use microredis_shell::memory::{Part, sum};
use microredis_shell::{Endurance, SERVICE_SOCKETS};

/// What INFO calls it.
pub const OS: &str = "MicroRedis firmware, QEMU virt riscv32";

const KIB: usize = 1024;

/// The machine's memory, as memory.x has it; `cargo xtask emulate` checks that the image agrees.
pub const RAM_BYTES: usize = 300 * KIB;
/// At the bottom of RAM.
pub const STACK_BYTES: usize = 16 * KIB;
/// Words at the stack's end that are not painted: the guard lies below it.
pub const STACK_GUARD_BYTES: usize = 0;

/// Clients at once.
pub const CLIENTS: usize = 16;
/// One more answers `-ERR max number of clients reached`.
pub const SOCKETS: usize = CLIENTS + 1;
pub const NETWORK_SOCKETS: usize = SOCKETS + SERVICE_SOCKETS;
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
    ("arena", RAM_BYTES - sum(&CONSUMERS)),
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
    ("network", NETWORK_SOCKETS * 640 + 2 * KIB),
    // Tasks, the log's ring, the record that outlives a reset, and what else the linker places.
    ("shell", 12 * KIB),
];

/// Two 16-bit chips side by side.
pub const SECTOR: usize = 256 * KIB;
pub const FLASH_BYTES: usize = 32 * 1024 * KIB;
/// Settings and snapshots. A real board has two application slots before them, which are another chip here.
pub const PARTITIONS: [Part; 2] = [Part { at: 0, bytes: 1024 * KIB }, Part { at: 1024 * KIB, bytes: 4096 * KIB }];
/// As chips of this kind have it; the emulator's file does not wear out.
pub const ENDURANCE: Endurance = Endurance { rated_cycles: 100_000, save_interval_s: 300 };
/// More than the arena's contents become.
pub const SNAPSHOT_BYTES_MAX: usize = 512 * KIB;

/// All the rest, in whole pages.
pub const ARENA_BYTES: usize = (RAM_BYTES - sum(&CONSUMERS)) / PAGE_BYTES * PAGE_BYTES;

const _: () = assert!(ARENA_BYTES >= 150 * KIB, "the board's promise: an arena of 150 KiB");
const _: () = assert!(CLIENTS >= 8, "the board's promise: 8 clients at once");
