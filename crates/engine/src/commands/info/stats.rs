//! INFO stats, commandstats, errorstats, latencystats.

use super::Lines;
use crate::commands::table::{self, FullName};
use crate::number::{Fixed, parse_f64};
use crate::server::Server;
use crate::stats::CommandStats;
use crate::text::Text;
use core::fmt::Write;

pub(super) fn stats(server: &mut Server, lines: &mut Lines) {
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

pub(super) fn commandstats(server: &mut Server, lines: &mut Lines) {
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

pub(super) fn errorstats(server: &mut Server, lines: &mut Lines) {
    lines.add(&mut server.mem, format_args!("# Errorstats"));
    for n in 0..server.stats.error_kinds {
        let kind = server.stats.errors[n];
        let prefix = core::str::from_utf8(&kind.prefix[..kind.len as usize]).unwrap_or("?");
        lines.add(&mut server.mem, format_args!("errorstat_{prefix}:count={}", kind.count));
    }
}

pub(super) fn latencystats(server: &mut Server, lines: &mut Lines) {
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
