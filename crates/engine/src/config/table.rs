//! The parameters of the config file, CONFIG and the command line: names, kinds, bounds and defaults, in one table.
//!
//! A parameter without `apply` is the shell's, or read where it is needed, or `kept`: then nothing acts on it. Names and
//! defaults are those of redis-server 7.0.15, and two more: `maxkeys` and `rate-limit`.

use super::Policy;
use crate::limits::BULK_BYTES_MAX;
use crate::server::Server;

/// What a value may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Bool,
    Int(Bounds),
    /// Bytes, with units: 100mb.
    Memory(Bounds),
    /// Bytes, or a share of maxmemory kept as a negative number.
    Percent(Bounds),
    Octal(Bounds),
    Choice(&'static [&'static str]),
    Text,
    /// requirepass.
    Secret,
    Save,
    Output,
    Notify,
    /// Numbers from 0 to 100.
    Percentiles,
    /// Three numbers from -2000 to 2000.
    OomScores,
    /// Several of these words.
    Flags(&'static [&'static str]),
    /// Text with names of variables in braces.
    Template,
}

/// The least and the most that a number may be, packed: in a device's flash each of the 160 rows counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    min: i32,
    /// 0, which is no parameter's: all that an i64 holds.
    max: u32,
}

impl Bounds {
    const fn new(min: i64, max: i64) -> Bounds {
        assert!(min as i32 as i64 == min && max > 0 && (max as u32 as i64 == max || max == i64::MAX));
        Bounds { min: min as i32, max: if max == i64::MAX { 0 } else { max as u32 } }
    }

    pub fn min(self) -> i64 {
        i64::from(self.min)
    }

    pub fn max(self) -> i64 {
        if self.max == 0 { i64::MAX } else { i64::from(self.max) }
    }
}

/// One parameter. Its index in [`PARAMS`] is where its value is kept.
#[derive(Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    /// Its name in older versions.
    pub alias: &'static str,
    pub kind: Kind,
    pub number: i32,
    pub text: &'static str,
    /// Set when the server starts, not later.
    pub fixed: bool,
    /// Set later only where `enable-protected-configs` allows.
    pub protected: bool,
    /// CONFIG GET shows it only to those who name it.
    pub hidden: bool,
    /// Checked and answered for clients and test suites that ask for it, and nothing acts on it.
    pub kept: bool,
    /// Puts a number where the engine looks for it.
    pub apply: Option<fn(&mut Server, i64)>,
}

const fn param(name: &'static str, kind: Kind, number: i64, text: &'static str) -> Param {
    assert!(number as i32 as i64 == number);
    let number = number as i32;
    Param {
        name,
        alias: "",
        kind,
        number,
        text,
        fixed: false,
        protected: false,
        hidden: false,
        kept: false,
        apply: None,
    }
}

const fn int(name: &'static str, default: i64, min: i64, max: i64) -> Param {
    param(name, Kind::Int(Bounds::new(min, max)), default, "")
}

/// Redis's lower bound of proto-max-bulk-len, where that is not above a device's limit.
const BULK_LEN_MIN: i64 = if BULK_BYTES_MAX < 1048576 { BULK_BYTES_MAX as i64 } else { 1048576 };

const fn memory(name: &'static str, default: i64, min: i64, max: i64) -> Param {
    param(name, Kind::Memory(Bounds::new(min, max)), default, "")
}

const fn switch(name: &'static str, default: bool) -> Param {
    param(name, Kind::Bool, default as i64, "")
}

const fn text(name: &'static str, default: &'static str) -> Param {
    param(name, Kind::Text, 0, default)
}

const fn choice(name: &'static str, default: i64, names: &'static [&'static str]) -> Param {
    param(name, Kind::Choice(names), default, "")
}

impl Param {
    const fn alias(mut self, alias: &'static str) -> Param {
        self.alias = alias;
        self
    }

    const fn fixed(mut self) -> Param {
        self.fixed = true;
        self
    }

    const fn protected(mut self) -> Param {
        self.protected = true;
        self
    }

    const fn hidden(mut self) -> Param {
        self.hidden = true;
        self
    }

    const fn kept(mut self) -> Param {
        self.kept = true;
        self
    }

    const fn apply(mut self, apply: fn(&mut Server, i64)) -> Param {
        self.apply = Some(apply);
        self
    }
}

fn policy(number: i64) -> Policy {
    match number {
        0 => Policy::VolatileLru,
        1 => Policy::VolatileLfu,
        2 => Policy::VolatileRandom,
        3 => Policy::VolatileTtl,
        4 => Policy::AllkeysLru,
        5 => Policy::AllkeysLfu,
        6 => Policy::AllkeysRandom,
        _ => Policy::NoEviction,
    }
}

const SHUTDOWN: &[&str] = &["default", "save", "nosave", "now", "force"];

/// Sorted by name.
pub static PARAMS: [Param; 160] = [
    text("acl-pubsub-default", "resetchannels").kept(),
    text("aclfile", "").fixed().kept(),
    int("acllog-max-len", 128, 0, i64::MAX).kept(),
    int("active-defrag-cycle-max", 25, 1, 99).kept(),
    int("active-defrag-cycle-min", 1, 1, 99).kept(),
    memory("active-defrag-ignore-bytes", 104857600, 1, i64::MAX).kept(),
    int("active-defrag-max-scan-fields", 1000, 1, i64::MAX).kept(),
    int("active-defrag-threshold-lower", 10, 0, 1000).kept(),
    int("active-defrag-threshold-upper", 100, 0, 1000).kept(),
    int("active-expire-effort", 1, 1, 10).apply(|s, v| s.config.active_expire_effort = v as u32),
    switch("activedefrag", false).kept(),
    switch("activerehashing", true).kept(),
    switch("always-show-logo", false).fixed(),
    switch("aof-disable-auto-gc", false).kept(),
    switch("aof-load-truncated", true).kept(),
    switch("aof-rewrite-incremental-fsync", true).kept(),
    switch("aof-timestamp-enabled", false).kept(),
    switch("aof-use-rdb-preamble", true).kept(),
    text("aof_rewrite_cpulist", "").fixed().kept(),
    text("appenddirname", "appendonlydir").fixed().kept(),
    text("appendfilename", "appendonly.aof").fixed().kept(),
    choice("appendfsync", 1, &["always", "everysec", "no"]).kept(),
    switch("appendonly", false).kept(),
    memory("auto-aof-rewrite-min-size", 67108864, 0, i64::MAX).kept(),
    int("auto-aof-rewrite-percentage", 100, 0, i32::MAX as i64).kept(),
    text("bgsave_cpulist", "").fixed().kept(),
    text("bind", "* -::*"),
    text("bind-source-addr", "").kept(),
    text("bio_cpulist", "").fixed().kept(),
    int("busy-reply-threshold", 5000, 0, i64::MAX).alias("lua-time-limit").kept(),
    param("client-output-buffer-limit", Kind::Output, 0, ""),
    memory("client-query-buffer-limit", 1073741824, 1048576, i64::MAX)
        .apply(|s, v| s.config.client_query_buffer_limit = v as u64),
    switch("cluster-allow-pubsubshard-when-down", true).kept(),
    switch("cluster-allow-reads-when-down", false).kept(),
    switch("cluster-allow-replica-migration", true).kept(),
    int("cluster-announce-bus-port", 0, 0, 65535).kept(),
    text("cluster-announce-hostname", "").kept(),
    text("cluster-announce-ip", "").kept(),
    int("cluster-announce-port", 0, 0, 65535).kept(),
    int("cluster-announce-tls-port", 0, 0, 65535).kept(),
    text("cluster-config-file", "nodes.conf").fixed().kept(),
    switch("cluster-enabled", false).fixed().kept(),
    memory("cluster-link-sendbuf-limit", 0, 0, i64::MAX).kept(),
    int("cluster-migration-barrier", 1, 0, i32::MAX as i64).kept(),
    int("cluster-node-timeout", 15000, 0, i64::MAX).kept(),
    int("cluster-port", 0, 0, 65535).fixed().kept(),
    choice("cluster-preferred-endpoint-type", 0, &["ip", "hostname", "unknown-endpoint"]).kept(),
    switch("cluster-replica-no-failover", false).alias("cluster-slave-no-failover").kept(),
    int("cluster-replica-validity-factor", 10, 0, i32::MAX as i64).alias("cluster-slave-validity-factor").kept(),
    switch("cluster-require-full-coverage", true).kept(),
    switch("crash-log-enabled", true).kept(),
    switch("crash-memcheck-enabled", true).kept(),
    switch("daemonize", false).fixed(),
    int("databases", 16, 1, crate::limits::DATABASES_MAX as i64).fixed().apply(|s, v| s.config.databases = v as usize),
    text("dbfilename", "microredis.mrdb").protected(),
    text("dir", "").protected(),
    switch("disable-thp", true).fixed().kept(),
    switch("dynamic-hz", true).kept(),
    choice("enable-debug-command", 0, &["no", "yes", "local"])
        .fixed()
        .apply(|s, v| s.config.enable_debug_command = v != 0),
    choice("enable-module-command", 0, &["no", "yes", "local"]).fixed().kept(),
    choice("enable-protected-configs", 0, &["no", "yes", "local"]).fixed(),
    int("hash-max-listpack-entries", 512, 0, i64::MAX)
        .alias("hash-max-ziplist-entries")
        .apply(|s, v| s.config.hash_max_listpack_entries = v as usize),
    memory("hash-max-listpack-value", 64, 0, i64::MAX)
        .alias("hash-max-ziplist-value")
        .apply(|s, v| s.config.hash_max_listpack_value = v as usize),
    memory("hll-sparse-max-bytes", 3000, 0, i64::MAX).apply(|s, v| s.config.hll_sparse_max_bytes = v as usize),
    int("hz", 10, 0, i32::MAX as i64).apply(|s, v| s.config.hz = v.clamp(1, 500) as u32),
    text("ignore-warnings", "").kept(),
    int("io-threads", 1, 1, 128).fixed().kept(),
    switch("io-threads-do-reads", false).fixed().kept(),
    switch("jemalloc-bg-thread", true).kept(),
    int("key-load-delay", 0, i32::MIN as i64, i32::MAX as i64).hidden(),
    int("latency-monitor-threshold", 0, 0, i64::MAX).apply(|s, v| s.config.latency_monitor_threshold = v as u64),
    switch("latency-tracking", true).apply(|s, v| s.config.latency_tracking = v != 0),
    param("latency-tracking-info-percentiles", Kind::Percentiles, 0, "50 99 99.9"),
    switch("lazyfree-lazy-eviction", false),
    switch("lazyfree-lazy-expire", false),
    switch("lazyfree-lazy-server-del", false),
    switch("lazyfree-lazy-user-del", false),
    switch("lazyfree-lazy-user-flush", false),
    int("lfu-decay-time", 1, 0, i32::MAX as i64).apply(|s, v| s.config.lfu_decay_time = v as u32),
    int("lfu-log-factor", 10, 0, i32::MAX as i64).apply(|s, v| s.config.lfu_log_factor = v as u32),
    int("list-compress-depth", 0, 0, i32::MAX as i64).apply(|s, v| s.config.list_compress_depth = v as usize),
    int("list-max-listpack-size", -2, i32::MIN as i64, i32::MAX as i64)
        .alias("list-max-ziplist-size")
        .apply(|s, v| s.config.list_max_listpack_size = v),
    memory("loading-process-events-interval-bytes", 2097152, 1024, i32::MAX as i64).hidden(),
    text("logfile", "").fixed(),
    choice("loglevel", 2, &["debug", "verbose", "notice", "warning"]),
    text("masterauth", "").kept(),
    text("masteruser", "").kept(),
    int("maxclients", 10000, 1, u32::MAX as i64).apply(|s, v| s.config.maxclients = v as usize),
    int("maxkeys", 0, 0, i64::MAX).apply(|s, v| s.config.maxkeys = v as u64),
    memory("maxmemory", 0, 0, i64::MAX).apply(|s, v| s.config.maxmemory = v as u64),
    param("maxmemory-clients", Kind::Percent(Bounds::new(-100, i64::MAX)), 0, "")
        .apply(|s, v| s.config.maxmemory_clients = v),
    int("maxmemory-eviction-tenacity", 10, 0, 100).kept(),
    choice(
        "maxmemory-policy",
        7,
        &[
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "noeviction",
        ],
    )
    .apply(|s, v| s.config.maxmemory_policy = policy(v)),
    int("maxmemory-samples", 5, 1, i32::MAX as i64).apply(|s, v| s.config.maxmemory_samples = v as u32),
    int("min-replicas-max-lag", 10, 0, i32::MAX as i64)
        .alias("min-slaves-max-lag")
        .apply(|s, v| s.config.min_replicas_max_lag = v),
    int("min-replicas-to-write", 0, 0, i32::MAX as i64)
        .alias("min-slaves-to-write")
        .apply(|s, v| s.config.min_replicas_to_write = v),
    switch("no-appendfsync-on-rewrite", false).kept(),
    param("notify-keyspace-events", Kind::Notify, 0, ""),
    choice("oom-score-adj", 0, &["no", "yes", "relative", "absolute"]).kept(),
    param("oom-score-adj-values", Kind::OomScores, 0, "0 200 800").kept(),
    text("pidfile", "").fixed(),
    int("port", 6379, 0, 65535),
    param("proc-title-template", Kind::Template, 0, "{title} {listen-addr} {server-mode}").kept(),
    choice("propagation-error-behavior", 0, &["ignore", "panic", "panic-on-replicas"]).kept(),
    switch("protected-mode", true).apply(|s, v| s.config.protected_mode = v != 0),
    memory("proto-max-bulk-len", BULK_BYTES_MAX as i64, BULK_LEN_MIN, i64::MAX)
        .apply(|s, v| s.config.proto_max_bulk_len = v as u64),
    int("rate-limit", 0, 0, i64::MAX).apply(|s, v| s.config.rate_limit = v as u64),
    switch("rdb-del-sync-files", false).kept(),
    int("rdb-key-save-delay", 0, i32::MIN as i64, i32::MAX as i64)
        .apply(|s, v| s.config.rdb_key_save_delay = v.max(0) as u32)
        .hidden(),
    switch("rdb-save-incremental-fsync", true).kept(),
    switch("rdbchecksum", true).fixed().apply(|s, v| s.config.rdb_checksum = v != 0),
    switch("rdbcompression", true).kept(),
    memory("repl-backlog-size", 1048576, 1, i64::MAX).kept(),
    int("repl-backlog-ttl", 3600, 0, i64::MAX).kept(),
    switch("repl-disable-tcp-nodelay", false).kept(),
    choice("repl-diskless-load", 0, &["disabled", "on-empty-db", "swapdb"]).kept(),
    switch("repl-diskless-sync", true).kept(),
    int("repl-diskless-sync-delay", 5, 0, i32::MAX as i64).kept(),
    int("repl-diskless-sync-max-replicas", 0, 0, i32::MAX as i64).kept(),
    int("repl-ping-replica-period", 10, 1, i32::MAX as i64).alias("repl-ping-slave-period").kept(),
    int("repl-timeout", 60, 1, i32::MAX as i64).kept(),
    text("replica-announce-ip", "").alias("slave-announce-ip").kept(),
    int("replica-announce-port", 0, 0, 65535).alias("slave-announce-port").kept(),
    switch("replica-announced", true).kept(),
    switch("replica-ignore-disk-write-errors", false).kept(),
    switch("replica-ignore-maxmemory", true).alias("slave-ignore-maxmemory").kept(),
    switch("replica-lazy-flush", false).alias("slave-lazy-flush").kept(),
    int("replica-priority", 100, 0, i32::MAX as i64).alias("slave-priority").kept(),
    switch("replica-read-only", true).alias("slave-read-only").kept(),
    switch("replica-serve-stale-data", true).alias("slave-serve-stale-data").kept(),
    text("replicaof", "").alias("slaveof").fixed().kept(),
    param("requirepass", Kind::Secret, 0, ""),
    choice("sanitize-dump-payload", 0, &["no", "yes", "clients"]).kept(),
    param("save", Kind::Save, 0, ""),
    text("server_cpulist", "").fixed().kept(),
    int("set-max-intset-entries", 512, 0, i64::MAX).apply(|s, v| s.config.set_max_intset_entries = v as usize),
    switch("set-proc-title", true).fixed().kept(),
    param("shutdown-on-sigint", Kind::Flags(SHUTDOWN), 0, "default"),
    param("shutdown-on-sigterm", Kind::Flags(SHUTDOWN), 0, "default"),
    int("shutdown-timeout", 10, 0, i32::MAX as i64).kept(),
    int("slowlog-log-slower-than", 10000, -1, i64::MAX).apply(|s, v| s.config.slowlog_log_slower_than = v),
    int("slowlog-max-len", 128, 0, i64::MAX).apply(|s, v| s.config.slowlog_max_len = v as u64),
    int("socket-mark-id", 0, 0, u32::MAX as i64).fixed().kept(),
    switch("stop-writes-on-bgsave-error", true).apply(|s, v| s.config.stop_writes_on_bgsave_error = v != 0),
    memory("stream-node-max-bytes", 4096, 0, i64::MAX).apply(|s, v| s.config.stream_node_max_bytes = v as usize),
    int("stream-node-max-entries", 100, 0, i64::MAX).apply(|s, v| s.config.stream_node_max_entries = v as usize),
    choice("supervised", 0, &["no", "upstart", "systemd", "auto"]).fixed(),
    switch("syslog-enabled", false).fixed().kept(),
    text("syslog-facility", "local0").fixed().kept(),
    text("syslog-ident", "redis").fixed().kept(),
    int("tcp-backlog", 511, 0, i32::MAX as i64).fixed(),
    int("tcp-keepalive", 300, 0, i32::MAX as i64).apply(|s, v| s.config.tcp_keepalive = v as u64),
    int("timeout", 0, 0, i32::MAX as i64).apply(|s, v| s.config.timeout = v as u64),
    int("tracking-table-max-keys", 1000000, 0, i64::MAX).kept(),
    text("unixsocket", "").fixed(),
    param("unixsocketperm", Kind::Octal(Bounds::new(0, 0o777)), 0, "").fixed(),
    switch("use-exit-on-panic", false).hidden().kept(),
    int("watchdog-period", 0, 0, i32::MAX as i64).hidden().kept(),
    int("zset-max-listpack-entries", 128, 0, i64::MAX)
        .alias("zset-max-ziplist-entries")
        .apply(|s, v| s.config.zset_max_listpack_entries = v as usize),
    memory("zset-max-listpack-value", 64, 0, i64::MAX)
        .alias("zset-max-ziplist-value")
        .apply(|s, v| s.config.zset_max_listpack_value = v as usize),
];

/// The parameter of this name or alias, in any case.
pub fn find(name: &[u8]) -> Option<usize> {
    PARAMS.iter().position(|param| {
        param.name.as_bytes().eq_ignore_ascii_case(name)
            || (!param.alias.is_empty() && param.alias.as_bytes().eq_ignore_ascii_case(name))
    })
}

const _: () = {
    let mut i = 1;
    while i < PARAMS.len() {
        let (a, b) = (PARAMS[i - 1].name.as_bytes(), PARAMS[i].name.as_bytes());
        let mut j = 0;
        while j < a.len() && j < b.len() && a[j] == b[j] {
            j += 1;
        }
        assert!(j < b.len() && (j == a.len() || a[j] < b[j]), "parameters are sorted by name");
        i += 1;
    }
};
