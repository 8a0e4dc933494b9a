//! Every bound of the engine in one place. The `device` feature takes the small set.

/// Bytes of an arena page, the unit in which memory moves between block sizes; no block is larger.
#[cfg(not(feature = "device"))]
pub const PAGE_BYTES: usize = 4096;
#[cfg(feature = "device")]
pub const PAGE_BYTES: usize = 1024;

/// Largest block of the arena; longer things are ropes, chains and trees of blocks.
pub const BLOCK_BYTES_MAX: usize = PAGE_BYTES;

/// Pages kept back from reservations, so that commands that only free memory succeed at a full arena.
pub const RESERVE_PAGES: usize = 4;

/// Longest byte string stored inside a packed collection, an element or a key record; longer ones become ropes.
pub const ITEM_BYTES_MAX: usize = PAGE_BYTES / 4 - 24;

/// Longest string value stored inside its key's record.
pub const STRING_INLINE_BYTES_MAX: usize = PAGE_BYTES / 4;

/// Largest body of a packed collection inside its key's record; beyond it the value becomes a table, tree or chain,
/// whatever OBJECT ENCODING goes on to call it (Redis's thresholds are on counts and lengths).
pub const PACKED_BYTES_MAX: usize = PAGE_BYTES / 2 - 64;

/// Longest text put together in place: an error message, a line of the log.
#[cfg(not(feature = "device"))]
pub const TEXT_BYTES_MAX: usize = 2048;
#[cfg(feature = "device")]
pub const TEXT_BYTES_MAX: usize = 512;

/// What is read from a client that waits for keys and is kept until it is served; more stays with its network.
pub const BLOCKED_INPUT_BYTES_MAX: usize = 1024;

/// Commands and subcommands for which statistics are kept.
pub const COMMANDS_MAX: usize = 320;

/// Databases an engine can hold; the `databases` setting may ask for fewer.
#[cfg(not(feature = "device"))]
pub const DATABASES_MAX: usize = 128;
#[cfg(feature = "device")]
pub const DATABASES_MAX: usize = 16;

/// Arguments of one command that are parsed in place; more go through the arena.
#[cfg(not(feature = "device"))]
pub const ARGS_IN_PLACE_MAX: usize = 1024;
#[cfg(feature = "device")]
pub const ARGS_IN_PLACE_MAX: usize = 64;

/// Redis's PROTO_INLINE_MAX_SIZE: the longest inline command and the longest header line.
#[cfg(not(feature = "device"))]
pub const INLINE_BYTES_MAX: usize = 64 * 1024;
#[cfg(feature = "device")]
pub const INLINE_BYTES_MAX: usize = 1024;

/// Bits in which the keys of a running command are kept from eviction: a multiple of 32, and several times as many as
/// such a command has keys, as a rule.
#[cfg(not(feature = "device"))]
pub const SPARED_BITS: usize = 4096;
#[cfg(feature = "device")]
pub const SPARED_BITS: usize = 256;

/// Most arguments of one command (Redis 7.0: INT_MAX).
#[cfg(not(feature = "device"))]
pub const MULTIBULK_MAX: i64 = i32::MAX as i64;
#[cfg(feature = "device")]
pub const MULTIBULK_MAX: i64 = 8192;

/// The largest power of two below which INCRBYFLOAT and HINCRBYFLOAT compute, and the digits of that number. A host goes
/// as far as x86's long double; a device's stack has no room for such texts, and says that the sum would be infinite.
#[cfg(not(feature = "device"))]
pub const FLOAT_BITS_MAX: usize = 16384;
#[cfg(feature = "device")]
pub const FLOAT_BITS_MAX: usize = 1344;
pub const FLOAT_DIGITS_MAX: usize = FLOAT_BITS_MAX * 30103 / 100_000 + 1;

/// Longest text of a number for them. Redis's MAX_LONG_DOUBLE_CHARS, with its final zero, is 5 KiB.
#[cfg(not(feature = "device"))]
pub const FLOAT_TEXT_BYTES_MAX: usize = 5 * 1024 - 1;
#[cfg(feature = "device")]
pub const FLOAT_TEXT_BYTES_MAX: usize = 511;

/// As MULTIBULK_MAX and the bulk length, before the client is authenticated.
pub const MULTIBULK_UNAUTHENTICATED_MAX: i64 = 10;
pub const BULK_UNAUTHENTICATED_MAX: i64 = 16384;

/// Bytes of replies that wait for one client at which its requests wait, too; 0: never, as in Redis.
#[cfg(not(feature = "device"))]
pub const OUTPUT_PAUSE_BYTES: u64 = 0;
#[cfg(feature = "device")]
pub const OUTPUT_PAUSE_BYTES: u64 = 16 * 1024;

/// Bytes of messages that wait for one subscriber at which it is closed.
#[cfg(not(feature = "device"))]
pub const OUTPUT_PUBSUB_BYTES_MAX: u64 = 32 << 20;
#[cfg(feature = "device")]
pub const OUTPUT_PUBSUB_BYTES_MAX: u64 = 8 * 1024;

/// Longest bulk unless `proto-max-bulk-len` says otherwise.
#[cfg(not(feature = "device"))]
pub const BULK_BYTES_MAX: u64 = 512 * 1024 * 1024;
#[cfg(feature = "device")]
pub const BULK_BYTES_MAX: u64 = 64 * 1024;

const _: () = assert!(PAGE_BYTES.is_power_of_two() && PAGE_BYTES <= 65536, "a block's place in its page is 16 bits");
const _: () = assert!(ITEM_BYTES_MAX < 0x1000, "an item's length is 12 bits");
const _: () = assert!(STRING_INLINE_BYTES_MAX + ITEM_BYTES_MAX + 64 <= BLOCK_BYTES_MAX, "a record is one block");
const _: () = assert!(PACKED_BYTES_MAX + ITEM_BYTES_MAX + 64 <= BLOCK_BYTES_MAX, "a record is one block");
const _: () = assert!(2 * ITEM_BYTES_MAX + 32 <= BLOCK_BYTES_MAX, "a table element (field and value) is one block");
