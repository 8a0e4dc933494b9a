//! INFO: the server's state as text, section by section.

use super::{Ctx, table};
use crate::commands::table::FullName;
use crate::config::table::PARAMS;
use crate::error::Error;
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Bytes, Fifo, Oom};
use crate::number::{Fixed, parse_f64};
use crate::server::Server;
use crate::stats::CommandStats;
use crate::text::Text;
use crate::word::Word;
use core::fmt::Write;

type Section = (&'static str, bool, fn(&mut Server, &mut Lines));

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
    let mut lines = Lines { text: Fifo::EMPTY, failed: false };
    for (show, (_, _, write)) in shown.iter().zip(&SECTIONS) {
        if *show {
            if !lines.text.is_empty() {
                lines.add(&mut server.mem, format_args!(""));
            }
            write(server, &mut lines);
        }
    }
    let Lines { mut text, failed } = lines;
    if failed {
        text.clear(&mut server.mem);
        return Err(Oom);
    }
    text.into_rope(&mut server.mem)
}

/// The text in the making.
struct Lines {
    text: Fifo,
    failed: bool,
}

impl Lines {
    /// Adds a line, or several with line ends between them.
    fn add(&mut self, mem: &mut Arena, lines: core::fmt::Arguments<'_>) {
        let written = Sink { mem, text: &mut self.text }.write_fmt(format_args!("{lines}\r\n"));
        self.failed |= written.is_err();
    }
}

struct Sink<'s> {
    mem: &'s mut Arena,
    text: &'s mut Fifo,
}

impl Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.text.push(self.mem, text.as_bytes()).map_err(|Oom| core::fmt::Error)
    }
}

fn server(server: &mut Server, lines: &mut Lines) {
    let (facts, now) = (&server.facts, server.now);
    let up = now.mono_us.saturating_sub(server.stats.started.mono_us) / 1_000_000;
    lines.add(
        &mut server.mem,
        format_args!(
            "# Server\r\n\
             redis_version:{}\r\n\
             microredis_version:{}\r\n\
             redis_git_sha1:00000000\r\n\
             redis_git_dirty:0\r\n\
             redis_build_id:0\r\n\
             redis_mode:standalone\r\n\
             os:{}\r\n\
             arch_bits:{}\r\n\
             monotonic_clock:POSIX clock_gettime\r\n\
             multiplexing_api:{}\r\n\
             process_id:{}\r\n\
             process_supervised:no\r\n\
             run_id:{}\r\n\
             tcp_port:{}\r\n\
             server_time_usec:{}\r\n\
             uptime_in_seconds:{}\r\n\
             uptime_in_days:{}\r\n\
             hz:{}\r\n\
             configured_hz:{}\r\n\
             lru_clock:{}\r\n\
             executable:{}\r\n\
             config_file:{}\r\n\
             io_threads_active:0",
            super::server::REDIS_VERSION,
            env!("CARGO_PKG_VERSION"),
            facts.os,
            usize::BITS,
            facts.event_api,
            facts.process_id,
            facts.run_id,
            facts.tcp_port,
            now.wall_ms * 1000 + (now.mono_us % 1000) as i64,
            up,
            up / 86_400,
            server.config.hz,
            server.config.hz,
            (now.wall_ms / 1000) & 0xFF_FFFF,
            facts.executable,
            facts.config_file,
        ),
    );
    if let Some(device) = server.facts.device {
        lines.add(
            &mut server.mem,
            format_args!(
                "clock_source:{}\r\n\
                 clock_synced:{}\r\n\
                 reset_reason:{}\r\n\
                 last_panic:{}",
                device.clock_source,
                u8::from(device.clock_synced),
                device.reset_reason,
                device.last_panic,
            ),
        );
    }
}

fn clients(server: &mut Server, lines: &mut Lines) {
    let (mut input, mut output, mut blocked) = (0, 0, 0);
    for id in server.sessions.ids() {
        let session = server.sessions.get(id);
        input = input.max(session.gather.bytes_used() + session.backlog.bytes_used());
        output = output.max(session.output.bytes_used());
        blocked += usize::from(session.suspended.is_some());
    }
    lines.add(
        &mut server.mem,
        format_args!(
            "# Clients\r\n\
             connected_clients:{}\r\n\
             cluster_connections:0\r\n\
             maxclients:{}\r\n\
             client_recent_max_input_buffer:{}\r\n\
             client_recent_max_output_buffer:{}\r\n\
             blocked_clients:{}\r\n\
             tracking_clients:0\r\n\
             clients_in_timeout_table:0",
            server.sessions.in_use(),
            server.config.maxclients,
            input,
            output,
            blocked,
        ),
    );
}

/// Bytes as Redis shows them to people: 1.50M.
struct Human(u64);

impl core::fmt::Display for Human {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let bytes = self.0 as f64;
        for (unit, size) in [("G", 1u64 << 30), ("M", 1 << 20), ("K", 1 << 10)] {
            if self.0 >= size {
                return write!(f, "{}{unit}", Fixed(bytes / size as f64, 2));
            }
        }
        write!(f, "{}B", self.0)
    }
}

fn memory(server: &mut Server, lines: &mut Lines) {
    let usage = super::memory::usage(server, lines.text.bytes_used());
    let facts = server.facts;
    let resident = if facts.resident_bytes > 0 { facts.resident_bytes } else { usage.pages };
    let (pages, used) = (usage.pages.max(1) as f64, usage.used.max(1) as f64);
    let policy = parameter_name(server, "maxmemory-policy");
    let human = |bytes: usize| Human(bytes as u64);
    lines.add(
        &mut server.mem,
        format_args!(
            "# Memory\r\n\
             used_memory:{}\r\n\
             used_memory_human:{}\r\n\
             used_memory_rss:{}\r\n\
             used_memory_rss_human:{}\r\n\
             used_memory_peak:{}\r\n\
             used_memory_peak_human:{}\r\n\
             used_memory_peak_perc:{}%\r\n\
             used_memory_overhead:{}\r\n\
             used_memory_startup:{}\r\n\
             used_memory_dataset:{}\r\n\
             used_memory_dataset_perc:{}%\r\n\
             allocator_allocated:{}\r\n\
             allocator_active:{}\r\n\
             allocator_resident:{}\r\n\
             total_system_memory:{}\r\n\
             total_system_memory_human:{}\r\n\
             used_memory_lua:0\r\n\
             used_memory_vm_eval:0\r\n\
             used_memory_lua_human:0B\r\n\
             used_memory_scripts_eval:0\r\n\
             number_of_cached_scripts:0\r\n\
             number_of_functions:0\r\n\
             number_of_libraries:0\r\n\
             used_memory_vm_functions:0\r\n\
             used_memory_vm_total:0\r\n\
             used_memory_vm_total_human:0B\r\n\
             used_memory_functions:0\r\n\
             used_memory_scripts:0\r\n\
             used_memory_scripts_human:0B\r\n\
             maxmemory:{}\r\n\
             maxmemory_human:{}\r\n\
             maxmemory_policy:{}\r\n\
             allocator_frag_ratio:{}\r\n\
             allocator_frag_bytes:{}\r\n\
             allocator_rss_ratio:1.00\r\n\
             allocator_rss_bytes:0\r\n\
             rss_overhead_ratio:{}\r\n\
             rss_overhead_bytes:{}\r\n\
             mem_fragmentation_ratio:{}\r\n\
             mem_fragmentation_bytes:{}\r\n\
             mem_not_counted_for_evict:0\r\n\
             mem_replication_backlog:0\r\n\
             mem_total_replication_buffers:0\r\n\
             mem_clients_slaves:0\r\n\
             mem_clients_normal:{}\r\n\
             mem_cluster_links:0\r\n\
             mem_aof_buffer:0\r\n\
             mem_allocator:arena\r\n\
             active_defrag_running:0\r\n\
             lazyfree_pending_objects:{}\r\n\
             lazyfreed_objects:{}\r\n\
             arena_pages:{}\r\n\
             arena_pages_peak:{}\r\n\
             arena_page_bytes:{}",
            usage.used,
            human(usage.used),
            resident,
            human(resident),
            usage.peak,
            human(usage.peak),
            Fixed(100.0 * usage.used as f64 / usage.peak.max(1) as f64, 2),
            usage.overhead,
            usage.startup,
            usage.dataset,
            Fixed(usage.dataset_percent(), 2),
            usage.used,
            usage.pages,
            usage.pages,
            facts.system_memory_bytes,
            Human(facts.system_memory_bytes),
            server.config.maxmemory,
            Human(server.config.maxmemory),
            policy,
            Fixed(pages / used, 2),
            usage.pages.saturating_sub(usage.used),
            Fixed(resident as f64 / pages, 2),
            resident as i64 - usage.pages as i64,
            Fixed(resident as f64 / used, 2),
            resident as i64 - usage.used as i64,
            usage.clients,
            server.graves.pending,
            server.graves.freed,
            usage.pages / PAGE_BYTES,
            usage.pages_peak / PAGE_BYTES,
            PAGE_BYTES,
        ),
    );
    if let Some(device) = facts.device {
        let total = device.ram.iter().map(|(_, bytes)| bytes).sum::<usize>();
        lines.add(&mut server.mem, format_args!("ram_total:{total}"));
        for (name, bytes) in device.ram {
            lines.add(&mut server.mem, format_args!("ram_{name}:{bytes}"));
        }
        lines.add(&mut server.mem, format_args!("stack_high_water:{}", device.stack_high_bytes));
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

fn persistence(server: &mut Server, lines: &mut Lines) {
    let save = &server.save;
    lines.add(
        &mut server.mem,
        format_args!(
            "# Persistence\r\n\
             loading:{}\r\n\
             async_loading:0\r\n\
             current_cow_peak:0\r\n\
             current_cow_size:0\r\n\
             current_cow_size_age:0\r\n\
             current_fork_perc:0.00\r\n\
             current_save_keys_processed:{}\r\n\
             current_save_keys_total:{}\r\n\
             rdb_changes_since_last_save:{}\r\n\
             rdb_bgsave_in_progress:{}\r\n\
             rdb_last_save_time:{}\r\n\
             rdb_last_bgsave_status:{}\r\n\
             rdb_last_bgsave_time_sec:{}\r\n\
             rdb_current_bgsave_time_sec:{}\r\n\
             rdb_saves:{}\r\n\
             rdb_last_cow_size:0\r\n\
             rdb_last_load_keys_expired:{}\r\n\
             rdb_last_load_keys_loaded:{}\r\n\
             aof_enabled:0\r\n\
             aof_rewrite_in_progress:0\r\n\
             aof_rewrite_scheduled:0\r\n\
             aof_last_rewrite_time_sec:-1\r\n\
             aof_current_rewrite_time_sec:-1\r\n\
             aof_last_bgrewrite_status:ok\r\n\
             aof_rewrites:0\r\n\
             aof_rewrites_consecutive_failures:0\r\n\
             aof_last_write_status:ok\r\n\
             aof_last_cow_size:0\r\n\
             module_fork_in_progress:0\r\n\
             module_fork_last_cow_size:0",
            u8::from(save.loading),
            save.keys_done,
            save.keys_total,
            server.dirty,
            u8::from(save.running),
            save.last_time_s,
            if save.last_failed { "err" } else { "ok" },
            save.last_duration_s,
            save.current_duration_s(server.now.mono_us),
            save.count,
            save.load_expired,
            save.load_keys,
        ),
    );
    if let Some(wear) = server.facts.device.and_then(|device| device.wear) {
        lines.add(
            &mut server.mem,
            format_args!(
                "flash_blocks:{}\r\n\
                 flash_block_erases_min:{}\r\n\
                 flash_block_erases_max:{}\r\n\
                 flash_written_bytes:{}\r\n\
                 flash_saves:{}\r\n\
                 flash_life_years:{}",
                wear.blocks, wear.erases_min, wear.erases_max, wear.written_bytes, wear.saves, wear.life_years,
            ),
        );
    }
    if let Some(wear) = server.facts.device.and_then(|device| device.settings_wear) {
        lines.add(
            &mut server.mem,
            format_args!(
                "settings_block_erases_max:{}\r\n\
                 settings_written_bytes:{}",
                wear.erases_max, wear.written_bytes,
            ),
        );
    }
    if server.save.loading {
        loading(server, lines);
    }
}

/// How far the running load is; figures as Redis reckons them.
fn loading(server: &mut Server, lines: &mut Lines) {
    let save = &server.save;
    let (total, done) = (save.load_bytes_total, save.load_bytes_done);
    let elapsed_s = server.now.wall_ms / 1000 - save.load_started_s;
    let eta_s = if elapsed_s <= 0 { 1 } else { elapsed_s as u64 * total.saturating_sub(done) / (done + 1) };
    lines.add(
        &mut server.mem,
        format_args!(
            "loading_start_time:{}\r\n\
             loading_total_bytes:{}\r\n\
             loading_rdb_used_mem:0\r\n\
             loading_loaded_bytes:{}\r\n\
             loading_loaded_perc:{}\r\n\
             loading_eta_seconds:{}",
            save.load_started_s,
            total,
            done,
            Fixed(done as f64 / total.max(1) as f64 * 100.0, 2),
            eta_s,
        ),
    );
}

/// The last lines of a device's log. Only for those who ask for it.
fn log(server: &mut Server, lines: &mut Lines) {
    let Some(device) = server.facts.device else { return };
    lines.add(&mut server.mem, format_args!("# Log"));
    (device.log)(&mut |piece| lines.failed |= lines.text.push(&mut server.mem, piece).is_err());
}

fn stats(server: &mut Server, lines: &mut Lines) {
    let stats = &server.stats;
    let rates = &stats.rates;
    lines.add(
        &mut server.mem,
        format_args!(
            "# Stats\r\n\
             total_connections_received:{}\r\n\
             total_commands_processed:{}\r\n\
             instantaneous_ops_per_sec:{}\r\n\
             total_net_input_bytes:{}\r\n\
             total_net_output_bytes:{}\r\n\
             total_net_repl_input_bytes:0\r\n\
             total_net_repl_output_bytes:0\r\n\
             instantaneous_input_kbps:{}\r\n\
             instantaneous_output_kbps:{}\r\n\
             instantaneous_input_repl_kbps:0.00\r\n\
             instantaneous_output_repl_kbps:0.00\r\n\
             rejected_connections:{}\r\n\
             sync_full:0\r\n\
             sync_partial_ok:0\r\n\
             sync_partial_err:0\r\n\
             expired_keys:{}\r\n\
             expired_stale_perc:0.00\r\n\
             expired_time_cap_reached_count:{}\r\n\
             expire_cycle_cpu_milliseconds:0\r\n\
             evicted_keys:{}\r\n\
             evicted_clients:{}\r\n\
             total_eviction_exceeded_time:0\r\n\
             current_eviction_exceeded_time:0\r\n\
             keyspace_hits:{}\r\n\
             keyspace_misses:{}\r\n\
             pubsub_channels:{}\r\n\
             pubsub_patterns:{}\r\n\
             pubsubshard_channels:{}\r\n\
             latest_fork_usec:0\r\n\
             total_forks:0\r\n\
             migrate_cached_sockets:0\r\n\
             slave_expires_tracked_keys:0\r\n\
             active_defrag_hits:0\r\n\
             active_defrag_misses:0\r\n\
             active_defrag_key_hits:0\r\n\
             active_defrag_key_misses:0\r\n\
             total_active_defrag_time:0\r\n\
             current_active_defrag_time:0\r\n\
             tracking_total_keys:0\r\n\
             tracking_total_items:0\r\n\
             tracking_total_prefixes:0\r\n\
             unexpected_error_replies:{}\r\n\
             total_error_replies:{}\r\n\
             dump_payload_sanitizations:0\r\n\
             total_reads_processed:{}\r\n\
             total_writes_processed:{}\r\n\
             io_threaded_reads_processed:0\r\n\
             io_threaded_writes_processed:0\r\n\
             reply_buffer_shrinks:0\r\n\
             reply_buffer_expands:0",
            stats.total_connections,
            stats.total_commands,
            rates.commands,
            stats.input_bytes,
            stats.output_bytes,
            Fixed(rates.input_bytes as f64 / 1024.0, 2),
            Fixed(rates.output_bytes as f64 / 1024.0, 2),
            stats.rejected_connections,
            stats.expired_keys,
            stats.expired_time_cap_reached,
            stats.evicted_keys,
            stats.evicted_clients,
            stats.keyspace_hits,
            stats.keyspace_misses,
            server.channels.len(),
            server.patterns.len(),
            server.sharded.len(),
            stats.unexpected_errors,
            stats.total_error_replies,
            stats.reads,
            stats.writes,
        ),
    );
}

fn replication(server: &mut Server, lines: &mut Lines) {
    lines.add(
        &mut server.mem,
        format_args!(
            "# Replication\r\n\
             role:master\r\n\
             connected_slaves:0\r\n\
             master_failover_state:no-failover\r\n\
             master_replid:{}\r\n\
             master_replid2:0000000000000000000000000000000000000000\r\n\
             master_repl_offset:0\r\n\
             second_repl_offset:-1\r\n\
             repl_backlog_active:0\r\n\
             repl_backlog_size:1048576\r\n\
             repl_backlog_first_byte_offset:0\r\n\
             repl_backlog_histlen:0",
            server.facts.run_id,
        ),
    );
}

fn cpu(server: &mut Server, lines: &mut Lines) {
    let seconds = |us: u64| Fixed(us as f64 / 1e6, 6);
    let (system, user) = (seconds(server.facts.cpu_system_us), seconds(server.facts.cpu_user_us));
    lines.add(
        &mut server.mem,
        format_args!(
            "# CPU\r\n\
             used_cpu_sys:{system}\r\n\
             used_cpu_user:{user}\r\n\
             used_cpu_sys_children:0.000000\r\n\
             used_cpu_user_children:0.000000\r\n\
             used_cpu_sys_main_thread:{system}\r\n\
             used_cpu_user_main_thread:{user}"
        ),
    );
}

fn modules(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Modules"));
}

fn commandstats(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Commandstats"));
    for (index, row) in table::all().iter().enumerate() {
        let CommandStats { microseconds, calls, rejected, failed } = server.stats.commands[index];
        if calls == 0 && rejected == 0 && failed == 0 {
            continue;
        }
        let each = Fixed(if calls == 0 { 0.0 } else { microseconds as f64 / calls as f64 }, 2);
        lines.add(
            &mut server.mem,
            format_args!(
                "cmdstat_{}:calls={calls},usec={microseconds},usec_per_call={each},rejected_calls={rejected},\
             failed_calls={failed}",
                FullName(row),
            ),
        );
    }
}

fn errorstats(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Errorstats"));
    for n in 0..server.stats.error_kinds {
        let kind = server.stats.errors[n];
        let prefix = core::str::from_utf8(&kind.prefix[..kind.len as usize]).unwrap_or("?");
        lines.add(&mut server.mem, format_args!("errorstat_{prefix}:count={}", kind.count));
    }
}

fn latencystats(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Latencystats"));
    if !server.config.latency_tracking {
        return;
    }
    let mut percentiles = Text::new();
    if let Some(index) = crate::config::table::find(b"latency-tracking-info-percentiles") {
        percentiles.add_arg(&server.mem, server.values.text(index), 512);
    }
    let percentiles = core::str::from_utf8(percentiles.as_bytes()).unwrap_or("");
    for (index, row) in table::all().iter().enumerate() {
        let histogram = server.stats.histograms.of(index);
        if histogram.count() == 0 {
            continue;
        }
        let mut line = Text::new();
        let _ = write!(line, "latency_percentiles_usec_{}:", FullName(row));
        for (n, name) in percentiles.split(' ').filter(|name| !name.is_empty()).enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let value = Fixed(histogram.percentile(parse_f64(name.as_bytes()).unwrap_or(0.0)), 3);
            let _ = write!(line, "{comma}p{name}={value}");
        }
        lines.add(&mut server.mem, format_args!("{}", core::str::from_utf8(line.as_bytes()).unwrap_or("")));
    }
}

fn cluster(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Cluster\r\ncluster_enabled:0"));
}

fn keyspace(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Keyspace"));
    for n in 0..server.dbs.len() {
        let db = server.dbs[n];
        if !db.is_empty() {
            let ttl = crate::keyspace::expire::average_ttl_ms(server, n);
            lines.add(&mut server.mem, format_args!("db{n}:keys={},expires={},avg_ttl={ttl}", db.len(), db.volatile));
        }
    }
}
