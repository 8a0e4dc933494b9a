//! INFO: the server's state as text, section by section.

mod memory;
mod persistence;
mod stats;

use super::Ctx;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Fifo, Oom};
use crate::number::Fixed;
use crate::server::Server;
use crate::word::Word;
use core::fmt::Write;
use memory::memory;
use persistence::persistence;
use stats::{commandstats, errorstats, latencystats, stats};

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

/// The last lines of a device's log. Only for those who ask for it.
fn log(server: &mut Server, lines: &mut Lines) {
    let Some(device) = server.facts.device else { return };
    lines.add(&mut server.mem, format_args!("# Log"));
    (device.log)(&mut |piece| lines.failed |= lines.text.push(&mut server.mem, piece).is_err());
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
