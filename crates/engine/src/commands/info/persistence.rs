//! INFO persistence.

use super::Lines;
use crate::number::Fixed;
use crate::server::Server;

pub(super) fn persistence(server: &mut Server, lines: &mut Lines) {
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
