//! INFO: the server's state as text, section by section.

use super::{Ctx, table};
use crate::commands::table::FullName;
use crate::config::table::PARAMS;
use crate::error::Error;
use crate::limits::PAGE_BYTES;
use crate::memory::{Bytes, Fifo, Oom};
use crate::server::Server;
use crate::stats::CommandStats;
use crate::text::Text;
use crate::word::Word;
use core::fmt::Write;

type Section = (&'static str, bool, fn(&mut Lines));

/// Sections in their order, and whether INFO without arguments shows them.
const SECTIONS: [Section; 14] = [
    ("server", true, server),
    ("clients", true, clients),
    ("memory", true, memory),
    ("persistence", true, persistence),
    ("stats", true, stats),
    ("replication", true, replication),
    ("cpu", true, cpu),
    ("modules", true, modules),
    ("commandstats", false, commandstats),
    ("errorstats", true, errorstats),
    ("latencystats", false, latencystats),
    ("cluster", true, cluster),
    ("keyspace", true, keyspace),
    ("log", false, log),
];

pub fn info(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut shown = [false; SECTIONS.len()];
    if ctx.argc() == 1 {
        for (show, (_, default, _)) in shown.iter_mut().zip(&SECTIONS) {
            *show = *default;
        }
    }
    for i in 1..ctx.argc() {
        let word = ctx.word(i);
        for (show, (name, default, _)) in shown.iter_mut().zip(&SECTIONS) {
            *show |= match word {
                Word::All => !matches!(*name, "modules" | "log"),
                Word::Everything => *name != "log",
                Word::Default => *default,
                _ => ctx.is_word(i, name),
            };
        }
    }
    let mut text = text(ctx.e, &shown)?;
    ctx.e.reply.verbatim(&mut ctx.e.mem, "txt", Bytes::Rope(text));
    text.free(&mut ctx.e.mem);
    Ok(())
}

fn text(server: &mut Server, shown: &[bool; SECTIONS.len()]) -> Result<crate::memory::Rope, Oom> {
    let mut lines = Lines { server, text: Fifo::EMPTY, failed: false };
    for (show, (_, _, write)) in shown.iter().zip(&SECTIONS) {
        if *show {
            if !lines.text.is_empty() {
                lines.add(format_args!(""));
            }
            write(&mut lines);
        }
    }
    let (mut text, failed) = (lines.text, lines.failed);
    if failed {
        text.clear(&mut server.mem);
        return Err(Oom);
    }
    text.into_rope(&mut server.mem)
}

/// The text in the making.
struct Lines<'s> {
    server: &'s mut Server,
    text: Fifo,
    failed: bool,
}

impl Lines<'_> {
    fn add(&mut self, line: core::fmt::Arguments<'_>) {
        let written = self.write_fmt(line).and_then(|()| self.write_str("\r\n"));
        self.failed |= written.is_err();
    }

    fn field(&mut self, name: &str, value: impl core::fmt::Display) {
        self.add(format_args!("{name}:{value}"));
    }

    /// Whole lines as they are.
    fn raw(&mut self, text: &[u8]) {
        self.failed |= self.text.push(&mut self.server.mem, text).is_err();
    }

    /// Fields that are the same as long as the feature behind them is not there.
    fn fields(&mut self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            self.field(name, value);
        }
    }
}

impl Write for Lines<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.text.push(&mut self.server.mem, text.as_bytes()).map_err(|Oom| core::fmt::Error)
    }
}

fn server(lines: &mut Lines) {
    let facts = lines.server.facts;
    let now = lines.server.now;
    let up = now.mono_us.saturating_sub(lines.server.stats.started.mono_us) / 1_000_000;
    lines.add(format_args!("# Server"));
    lines.field("redis_version", super::server::REDIS_VERSION);
    lines.field("microredis_version", env!("CARGO_PKG_VERSION"));
    lines.fields(&[("redis_git_sha1", "00000000"), ("redis_git_dirty", "0"), ("redis_build_id", "0")]);
    lines.field("redis_mode", "standalone");
    lines.field("os", facts.os);
    lines.field("arch_bits", usize::BITS);
    lines.field("monotonic_clock", "POSIX clock_gettime");
    lines.field("multiplexing_api", facts.event_api);
    lines.field("process_id", facts.process_id);
    lines.field("process_supervised", "no");
    lines.field("run_id", facts.run_id);
    lines.field("tcp_port", facts.tcp_port);
    lines.field("server_time_usec", now.wall_ms * 1000 + (now.mono_us % 1000) as i64);
    lines.field("uptime_in_seconds", up);
    lines.field("uptime_in_days", up / 86_400);
    let hz = lines.server.config.hz;
    lines.field("hz", hz);
    lines.field("configured_hz", hz);
    lines.field("lru_clock", (now.wall_ms / 1000) & 0xFF_FFFF);
    lines.field("executable", facts.executable);
    lines.field("config_file", facts.config_file);
    lines.field("io_threads_active", 0);
    if let Some(device) = facts.device {
        lines.field("clock_source", device.clock_source);
        lines.field("clock_synced", u8::from(device.clock_synced));
        lines.field("reset_reason", device.reset_reason);
        lines.field("last_panic", device.last_panic);
    }
}

fn clients(lines: &mut Lines) {
    let server = &lines.server;
    let (mut input, mut output, mut blocked) = (0, 0, 0);
    for id in server.sessions.ids() {
        let session = server.sessions.get(id);
        input = input.max(session.gather.bytes_used() + session.backlog.bytes_used());
        output = output.max(session.output.bytes_used());
        blocked += usize::from(session.suspended.is_some());
    }
    let (connected, max) = (server.sessions.in_use(), server.config.maxclients);
    lines.add(format_args!("# Clients"));
    lines.field("connected_clients", connected);
    lines.field("cluster_connections", 0);
    lines.field("maxclients", max);
    lines.field("client_recent_max_input_buffer", input);
    lines.field("client_recent_max_output_buffer", output);
    lines.field("blocked_clients", blocked);
    lines.field("tracking_clients", 0);
    lines.field("clients_in_timeout_table", 0);
}

/// Bytes as Redis shows them to people: 1.50M.
struct Human(u64);

impl core::fmt::Display for Human {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let bytes = self.0 as f64;
        for (unit, size) in [("G", 1u64 << 30), ("M", 1 << 20), ("K", 1 << 10)] {
            if self.0 >= size {
                return write!(f, "{:.2}{unit}", bytes / size as f64);
            }
        }
        write!(f, "{}B", self.0)
    }
}

fn memory(lines: &mut Lines) {
    let usage = super::memory::usage(lines.server, lines.text.bytes_used());
    let facts = lines.server.facts;
    let resident = if facts.resident_bytes > 0 { facts.resident_bytes } else { usage.pages };
    let (maxmemory, policy) = (lines.server.config.maxmemory, parameter_name(lines.server, "maxmemory-policy"));
    lines.add(format_args!("# Memory"));
    for (name, bytes) in [("used_memory", usage.used), ("used_memory_rss", resident), ("used_memory_peak", usage.peak)]
    {
        lines.field(name, bytes);
        lines.add(format_args!("{name}_human:{}", Human(bytes as u64)));
    }
    lines.add(format_args!("used_memory_peak_perc:{:.2}%", 100.0 * usage.used as f64 / usage.peak.max(1) as f64));
    lines.field("used_memory_overhead", usage.overhead);
    lines.field("used_memory_startup", usage.startup);
    lines.field("used_memory_dataset", usage.dataset);
    lines.add(format_args!("used_memory_dataset_perc:{:.2}%", usage.dataset_percent()));
    lines.field("allocator_allocated", usage.used);
    lines.field("allocator_active", usage.pages);
    lines.field("allocator_resident", usage.pages);
    lines.field("total_system_memory", facts.system_memory_bytes);
    lines.field("total_system_memory_human", Human(facts.system_memory_bytes));
    lines.fields(&[
        ("used_memory_lua", "0"),
        ("used_memory_vm_eval", "0"),
        ("used_memory_lua_human", "0B"),
        ("used_memory_scripts_eval", "0"),
        ("number_of_cached_scripts", "0"),
        ("number_of_functions", "0"),
        ("number_of_libraries", "0"),
        ("used_memory_vm_functions", "0"),
        ("used_memory_vm_total", "0"),
        ("used_memory_vm_total_human", "0B"),
        ("used_memory_functions", "0"),
        ("used_memory_scripts", "0"),
        ("used_memory_scripts_human", "0B"),
    ]);
    lines.field("maxmemory", maxmemory);
    lines.field("maxmemory_human", Human(maxmemory));
    lines.field("maxmemory_policy", policy);
    let pages = usage.pages.max(1) as f64;
    lines.add(format_args!("allocator_frag_ratio:{:.2}", pages / usage.used.max(1) as f64));
    lines.field("allocator_frag_bytes", usage.pages.saturating_sub(usage.used));
    lines.add(format_args!("allocator_rss_ratio:{:.2}", 1.0));
    lines.field("allocator_rss_bytes", 0);
    lines.add(format_args!("rss_overhead_ratio:{:.2}", resident as f64 / pages));
    lines.field("rss_overhead_bytes", resident as i64 - usage.pages as i64);
    lines.add(format_args!("mem_fragmentation_ratio:{:.2}", resident as f64 / usage.used.max(1) as f64));
    lines.field("mem_fragmentation_bytes", resident as i64 - usage.used as i64);
    lines.fields(&[
        ("mem_not_counted_for_evict", "0"),
        ("mem_replication_backlog", "0"),
        ("mem_total_replication_buffers", "0"),
        ("mem_clients_slaves", "0"),
    ]);
    lines.field("mem_clients_normal", usage.clients);
    lines.fields(&[
        ("mem_cluster_links", "0"),
        ("mem_aof_buffer", "0"),
        ("mem_allocator", "arena"),
        ("active_defrag_running", "0"),
    ]);
    let graves = lines.server.graves;
    lines.field("lazyfree_pending_objects", graves.pending);
    lines.field("lazyfreed_objects", graves.freed);
    lines.field("arena_pages", usage.pages / PAGE_BYTES);
    lines.field("arena_pages_peak", usage.pages_peak / PAGE_BYTES);
    lines.field("arena_page_bytes", PAGE_BYTES);
    if let Some(device) = facts.device {
        lines.field("ram_total", device.ram.iter().map(|(_, bytes)| bytes).sum::<usize>());
        for (name, bytes) in device.ram {
            lines.add(format_args!("ram_{name}:{bytes}"));
        }
        lines.field("stack_high_water", device.stack_high_bytes);
    }
}

/// The word of a parameter that is a choice.
fn parameter_name(server: &Server, name: &str) -> &'static str {
    match crate::config::table::find(name.as_bytes()) {
        Some(index) => match PARAMS[index].kind {
            crate::config::table::Kind::Choice(names) => {
                names.get(server.values.numbers[index] as usize).copied().unwrap_or("")
            }
            _ => "",
        },
        None => "",
    }
}

fn persistence(lines: &mut Lines) {
    lines.add(format_args!("# Persistence"));
    let dirty = lines.server.dirty;
    let save = lines.server.save;
    lines.field("loading", u8::from(save.loading));
    lines.fields(&[
        ("async_loading", "0"),
        ("current_cow_peak", "0"),
        ("current_cow_size", "0"),
        ("current_cow_size_age", "0"),
        ("current_fork_perc", "0.00"),
    ]);
    lines.field("current_save_keys_processed", save.keys_done);
    lines.field("current_save_keys_total", save.keys_total);
    lines.field("rdb_changes_since_last_save", dirty);
    lines.field("rdb_bgsave_in_progress", u8::from(save.running));
    lines.field("rdb_last_save_time", save.last_time_s);
    lines.field("rdb_last_bgsave_status", if save.last_failed { "err" } else { "ok" });
    lines.field("rdb_last_bgsave_time_sec", save.last_duration_s);
    lines.field("rdb_current_bgsave_time_sec", save.current_duration_s(lines.server.now.mono_us));
    lines.field("rdb_saves", save.count);
    lines.field("rdb_last_cow_size", 0);
    lines.field("rdb_last_load_keys_expired", save.load_expired);
    lines.field("rdb_last_load_keys_loaded", save.load_keys);
    lines.fields(&[
        ("aof_enabled", "0"),
        ("aof_rewrite_in_progress", "0"),
        ("aof_rewrite_scheduled", "0"),
        ("aof_last_rewrite_time_sec", "-1"),
        ("aof_current_rewrite_time_sec", "-1"),
        ("aof_last_bgrewrite_status", "ok"),
        ("aof_rewrites", "0"),
        ("aof_rewrites_consecutive_failures", "0"),
        ("aof_last_write_status", "ok"),
        ("aof_last_cow_size", "0"),
        ("module_fork_in_progress", "0"),
        ("module_fork_last_cow_size", "0"),
    ]);
    wear(lines);
    if save.loading {
        loading(lines);
    }
}

/// How far the running load is; figures as Redis reckons them.
fn loading(lines: &mut Lines) {
    let save = lines.server.save;
    let (total, done) = (save.load_bytes_total, save.load_bytes_done);
    let elapsed_s = lines.server.now.wall_ms / 1000 - save.load_started_s;
    let eta_s = if elapsed_s <= 0 { 1 } else { elapsed_s as u64 * total.saturating_sub(done) / (done + 1) };
    lines.field("loading_start_time", save.load_started_s);
    lines.field("loading_total_bytes", total);
    lines.field("loading_rdb_used_mem", 0);
    lines.field("loading_loaded_bytes", done);
    lines.add(format_args!("loading_loaded_perc:{:.2}", done as f64 / total.max(1) as f64 * 100.0));
    lines.field("loading_eta_seconds", eta_s);
}

/// How worn the flash is that holds the snapshots.
fn wear(lines: &mut Lines) {
    let Some(wear) = lines.server.facts.device.and_then(|device| device.wear) else { return };
    lines.field("flash_blocks", wear.blocks);
    lines.field("flash_block_erases_min", wear.erases_min);
    lines.field("flash_block_erases_max", wear.erases_max);
    lines.field("flash_written_bytes", wear.written_bytes);
    lines.field("flash_saves", wear.saves);
    lines.field("flash_life_years", wear.life_years);
}

/// The last lines of a device's log. Only for those who ask for it.
fn log(lines: &mut Lines) {
    let Some(device) = lines.server.facts.device else { return };
    lines.add(format_args!("# Log"));
    (device.log)(&mut |piece| lines.raw(piece));
}

fn stats(lines: &mut Lines) {
    let server = &lines.server;
    let stats = &server.stats;
    let rates = stats.rates;
    let numbers = [
        ("total_connections_received", stats.total_connections),
        ("total_commands_processed", stats.total_commands),
        ("instantaneous_ops_per_sec", rates.commands),
        ("total_net_input_bytes", stats.input_bytes),
        ("total_net_output_bytes", stats.output_bytes),
        ("total_net_repl_input_bytes", 0),
        ("total_net_repl_output_bytes", 0),
    ];
    let more = [
        ("rejected_connections", stats.rejected_connections),
        ("sync_full", 0),
        ("sync_partial_ok", 0),
        ("sync_partial_err", 0),
        ("expired_keys", stats.expired_keys),
    ];
    let rest = [
        ("expired_time_cap_reached_count", stats.expired_time_cap_reached),
        ("expire_cycle_cpu_milliseconds", 0),
        ("evicted_keys", stats.evicted_keys),
        ("evicted_clients", stats.evicted_clients),
        ("total_eviction_exceeded_time", 0),
        ("current_eviction_exceeded_time", 0),
        ("keyspace_hits", stats.keyspace_hits),
        ("keyspace_misses", stats.keyspace_misses),
        ("pubsub_channels", server.channels.len() as u64),
        ("pubsub_patterns", server.patterns.len() as u64),
        ("pubsubshard_channels", server.sharded.len() as u64),
        ("latest_fork_usec", 0),
        ("total_forks", 0),
        ("migrate_cached_sockets", 0),
        ("slave_expires_tracked_keys", 0),
        ("active_defrag_hits", 0),
        ("active_defrag_misses", 0),
        ("active_defrag_key_hits", 0),
        ("active_defrag_key_misses", 0),
        ("total_active_defrag_time", 0),
        ("current_active_defrag_time", 0),
        ("tracking_total_keys", 0),
        ("tracking_total_items", 0),
        ("tracking_total_prefixes", 0),
        ("unexpected_error_replies", stats.unexpected_errors),
        ("total_error_replies", stats.total_error_replies),
        ("dump_payload_sanitizations", 0),
        ("total_reads_processed", stats.reads),
        ("total_writes_processed", stats.writes),
        ("io_threaded_reads_processed", 0),
        ("io_threaded_writes_processed", 0),
        ("reply_buffer_shrinks", 0),
        ("reply_buffer_expands", 0),
    ];
    lines.add(format_args!("# Stats"));
    for (name, value) in numbers {
        lines.field(name, value);
    }
    lines.add(format_args!("instantaneous_input_kbps:{:.2}", rates.input_bytes as f64 / 1024.0));
    lines.add(format_args!("instantaneous_output_kbps:{:.2}", rates.output_bytes as f64 / 1024.0));
    lines.fields(&[("instantaneous_input_repl_kbps", "0.00"), ("instantaneous_output_repl_kbps", "0.00")]);
    for (name, value) in more {
        lines.field(name, value);
    }
    lines.field("expired_stale_perc", "0.00");
    for (name, value) in rest {
        lines.field(name, value);
    }
}

fn replication(lines: &mut Lines) {
    lines.add(format_args!("# Replication"));
    let run_id = lines.server.facts.run_id;
    lines.fields(&[("role", "master"), ("connected_slaves", "0"), ("master_failover_state", "no-failover")]);
    lines.field("master_replid", run_id);
    lines.fields(&[
        ("master_replid2", "0000000000000000000000000000000000000000"),
        ("master_repl_offset", "0"),
        ("second_repl_offset", "-1"),
        ("repl_backlog_active", "0"),
        ("repl_backlog_size", "1048576"),
        ("repl_backlog_first_byte_offset", "0"),
        ("repl_backlog_histlen", "0"),
    ]);
}

fn cpu(lines: &mut Lines) {
    let facts = lines.server.facts;
    let seconds = |us: u64| us as f64 / 1e6;
    lines.add(format_args!("# CPU"));
    lines.add(format_args!("used_cpu_sys:{:.6}", seconds(facts.cpu_system_us)));
    lines.add(format_args!("used_cpu_user:{:.6}", seconds(facts.cpu_user_us)));
    lines.fields(&[("used_cpu_sys_children", "0.000000"), ("used_cpu_user_children", "0.000000")]);
    lines.add(format_args!("used_cpu_sys_main_thread:{:.6}", seconds(facts.cpu_system_us)));
    lines.add(format_args!("used_cpu_user_main_thread:{:.6}", seconds(facts.cpu_user_us)));
}

fn modules(lines: &mut Lines) {
    lines.add(format_args!("# Modules"));
}

fn commandstats(lines: &mut Lines) {
    lines.add(format_args!("# Commandstats"));
    for (index, row) in table::all().iter().enumerate() {
        let CommandStats { microseconds, calls, rejected, failed } = lines.server.stats.commands[index];
        if calls == 0 && rejected == 0 && failed == 0 {
            continue;
        }
        let each = if calls == 0 { 0.0 } else { microseconds as f64 / calls as f64 };
        lines.add(format_args!(
            "cmdstat_{}:calls={calls},usec={microseconds},usec_per_call={each:.2},rejected_calls={rejected},\
             failed_calls={failed}",
            FullName(row),
        ));
    }
}

fn errorstats(lines: &mut Lines) {
    lines.add(format_args!("# Errorstats"));
    for n in 0..lines.server.stats.error_kinds {
        let kind = lines.server.stats.errors[n];
        let prefix = core::str::from_utf8(&kind.prefix[..kind.len as usize]).unwrap_or("?");
        lines.add(format_args!("errorstat_{prefix}:count={}", kind.count));
    }
}

fn latencystats(lines: &mut Lines) {
    lines.add(format_args!("# Latencystats"));
    if !lines.server.config.latency_tracking {
        return;
    }
    let mut percentiles = Text::new();
    if let Some(index) = crate::config::table::find(b"latency-tracking-info-percentiles") {
        percentiles.add_arg(&lines.server.mem, lines.server.values.text(index), 512);
    }
    let percentiles = core::str::from_utf8(percentiles.as_bytes()).unwrap_or("");
    for (index, row) in table::all().iter().enumerate() {
        let histogram = lines.server.stats.histograms.of(index);
        if histogram.count() == 0 {
            continue;
        }
        let mut line = Text::new();
        let _ = write!(line, "latency_percentiles_usec_{}:", FullName(row));
        for (n, name) in percentiles.split(' ').filter(|name| !name.is_empty()).enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let value = histogram.percentile(name.parse().unwrap_or(0.0));
            let _ = write!(line, "{comma}p{name}={value:.3}");
        }
        lines.add(format_args!("{}", core::str::from_utf8(line.as_bytes()).unwrap_or("")));
    }
}

fn cluster(lines: &mut Lines) {
    lines.add(format_args!("# Cluster"));
    lines.field("cluster_enabled", 0);
}

fn keyspace(lines: &mut Lines) {
    lines.add(format_args!("# Keyspace"));
    for n in 0..lines.server.dbs.len() {
        let db = lines.server.dbs[n];
        if !db.is_empty() {
            let ttl = crate::keyspace::expire::average_ttl_ms(lines.server, n);
            lines.add(format_args!("db{n}:keys={},expires={},avg_ttl={ttl}", db.len(), db.volatile));
        }
    }
}
