//! The settings, typed, with redis-server 7.0.15's defaults. What CONFIG says of them is in `config/table.rs`.

pub mod table;
pub mod values;

use crate::limits::{OUTPUT_PAUSE_BYTES, OUTPUT_PUBSUB_BYTES_MAX};
use crate::memory::Rope;

/// maxmemory-policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    VolatileTtl,
    AllkeysLru,
    AllkeysLfu,
    AllkeysRandom,
    NoEviction,
}

impl Policy {
    pub fn is_lru(self) -> bool {
        matches!(self, Policy::AllkeysLru | Policy::VolatileLru)
    }

    pub fn is_lfu(self) -> bool {
        matches!(self, Policy::AllkeysLfu | Policy::VolatileLfu)
    }

    pub fn is_volatile(self) -> bool {
        matches!(self, Policy::VolatileLru | Policy::VolatileLfu | Policy::VolatileRandom | Policy::VolatileTtl)
    }
}

/// One class of client-output-buffer-limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OutputLimit {
    pub hard_bytes: u64,
    pub soft_bytes: u64,
    pub soft_seconds: u64,
}

/// One save point: save after so many seconds if so many changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SavePoint {
    pub seconds: u32,
    pub changes: u32,
}

pub const SAVE_POINTS_MAX: usize = 16;

/// Notification classes, the bits of notify-keyspace-events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class(pub u16);

impl Class {
    pub const KEYSPACE: Class = Class(1 << 0);
    pub const KEYEVENT: Class = Class(1 << 1);
    pub const GENERIC: Class = Class(1 << 2);
    pub const STRING: Class = Class(1 << 3);
    pub const LIST: Class = Class(1 << 4);
    pub const SET: Class = Class(1 << 5);
    pub const HASH: Class = Class(1 << 6);
    pub const ZSET: Class = Class(1 << 7);
    pub const EXPIRED: Class = Class(1 << 8);
    pub const EVICTED: Class = Class(1 << 9);
    pub const STREAM: Class = Class(1 << 10);
    pub const KEY_MISS: Class = Class(1 << 11);
    pub const MODULE: Class = Class(1 << 13);
    pub const NEW: Class = Class(1 << 14);

    // The classes handlers name, as an enum would.
    #[allow(non_upper_case_globals)]
    pub const Generic: Class = Class::GENERIC;
    #[allow(non_upper_case_globals)]
    pub const String: Class = Class::STRING;
    #[allow(non_upper_case_globals)]
    pub const List: Class = Class::LIST;
    #[allow(non_upper_case_globals)]
    pub const Set: Class = Class::SET;
    #[allow(non_upper_case_globals)]
    pub const Hash: Class = Class::HASH;
    #[allow(non_upper_case_globals)]
    pub const Zset: Class = Class::ZSET;
    #[allow(non_upper_case_globals)]
    pub const Stream: Class = Class::STREAM;
    #[allow(non_upper_case_globals)]
    pub const Expired: Class = Class::EXPIRED;
    #[allow(non_upper_case_globals)]
    pub const Evicted: Class = Class::EVICTED;
}

/// The settings the engine acts on.
pub struct Config {
    pub databases: usize,
    pub maxclients: usize,
    pub timeout: u64,
    pub tcp_keepalive: u64,
    pub hz: u32,
    pub requirepass: Rope,
    pub protected_mode: bool,
    pub maxmemory: u64,
    pub maxmemory_policy: Policy,
    pub maxmemory_samples: u32,
    /// Bytes; negative: a percentage of maxmemory.
    pub maxmemory_clients: i64,
    /// There are no replicas here: above 0 both, no write is accepted.
    pub min_replicas_to_write: i64,
    pub min_replicas_max_lag: i64,
    /// Most keys over all databases; 0: no limit. Acts like maxmemory.
    pub maxkeys: u64,
    pub lfu_log_factor: u32,
    pub lfu_decay_time: u32,
    pub hash_max_listpack_entries: usize,
    pub hash_max_listpack_value: usize,
    pub list_max_listpack_size: i64,
    pub list_compress_depth: usize,
    pub set_max_intset_entries: usize,
    pub zset_max_listpack_entries: usize,
    pub zset_max_listpack_value: usize,
    pub stream_node_max_bytes: usize,
    pub stream_node_max_entries: usize,
    pub hll_sparse_max_bytes: usize,
    pub proto_max_bulk_len: u64,
    pub client_query_buffer_limit: u64,
    /// Classes normal, replica, pubsub.
    pub client_output_buffer_limit: [OutputLimit; 3],
    /// Where more replies than this wait for a client, it is not read from and its further requests wait; 0: no limit.
    pub output_pause_bytes: u64,
    /// It is closed when it has taken nothing for so long then.
    pub output_stall_seconds: u64,
    pub notify_keyspace_events: u16,
    pub slowlog_log_slower_than: i64,
    pub slowlog_max_len: u64,
    pub latency_monitor_threshold: u64,
    pub latency_tracking: bool,
    pub active_expire: bool,
    pub active_expire_effort: u32,
    pub enable_debug_command: bool,
    /// Requests a second and client; 0: no limit.
    pub rate_limit: u64,
    pub save: [SavePoint; SAVE_POINTS_MAX],
    pub save_points: usize,
    /// Save points are passed over for so many seconds after a save was begun: flash wears out.
    pub save_interval_s: i64,
    /// Microseconds a save waits after each key: Redis's tests need slow ones.
    pub rdb_key_save_delay: u32,
    pub stop_writes_on_bgsave_error: bool,
    pub rdb_checksum: bool,
}

impl Config {
    pub const DEFAULT: Config = Config {
        databases: 16,
        maxclients: 10000,
        timeout: 0,
        tcp_keepalive: 300,
        hz: 10,
        requirepass: Rope::EMPTY,
        protected_mode: true,
        maxmemory: 0,
        maxmemory_policy: Policy::NoEviction,
        maxmemory_samples: 5,
        maxmemory_clients: 0,
        min_replicas_to_write: 0,
        min_replicas_max_lag: 10,
        maxkeys: 0,
        lfu_log_factor: 10,
        lfu_decay_time: 1,
        hash_max_listpack_entries: 512,
        hash_max_listpack_value: 64,
        list_max_listpack_size: -2,
        list_compress_depth: 0,
        set_max_intset_entries: 512,
        zset_max_listpack_entries: 128,
        zset_max_listpack_value: 64,
        stream_node_max_bytes: 4096,
        stream_node_max_entries: 100,
        hll_sparse_max_bytes: 3000,
        proto_max_bulk_len: crate::limits::BULK_BYTES_MAX,
        client_query_buffer_limit: 1 << 30,
        client_output_buffer_limit: [
            OutputLimit { hard_bytes: 0, soft_bytes: 0, soft_seconds: 0 },
            OutputLimit { hard_bytes: 256 << 20, soft_bytes: 64 << 20, soft_seconds: 60 },
            OutputLimit {
                hard_bytes: OUTPUT_PUBSUB_BYTES_MAX,
                soft_bytes: OUTPUT_PUBSUB_BYTES_MAX / 4,
                soft_seconds: 60,
            },
        ],
        output_pause_bytes: OUTPUT_PAUSE_BYTES,
        output_stall_seconds: 10,
        notify_keyspace_events: 0,
        slowlog_log_slower_than: 10000,
        slowlog_max_len: 128,
        latency_monitor_threshold: 0,
        latency_tracking: true,
        active_expire: true,
        active_expire_effort: 1,
        enable_debug_command: false,
        rate_limit: 0,
        save: [SavePoint { seconds: 0, changes: 0 }; SAVE_POINTS_MAX],
        save_points: 0,
        save_interval_s: 0,
        rdb_key_save_delay: 0,
        stop_writes_on_bgsave_error: true,
        rdb_checksum: true,
    };
}
