//! MEMORY: what a key costs, and where all memory is.

use super::Ctx;
use crate::error::Error;
use crate::limits::PAGE_BYTES;
use crate::memory::Bytes;
use crate::server::Server;
use crate::value;
use crate::word::Word;

/// Memory by purpose, in bytes.
pub struct Usage {
    pub used: usize,
    pub peak: usize,
    pub pages: usize,
    pub pages_peak: usize,
    /// What an empty server has in the arena: nothing.
    pub startup: usize,
    /// Clients, the table of keys, and what the server itself holds.
    pub overhead: usize,
    pub dataset: usize,
    pub clients: usize,
    pub keys: usize,
}

impl Usage {
    pub fn dataset_percent(&self) -> f64 {
        if self.used == 0 { 0.0 } else { 100.0 * self.dataset as f64 / self.used as f64 }
    }
}

/// `building` bytes are the reply's own, in which the figures will stand.
pub fn usage(server: &mut Server, building: usize) -> Usage {
    let used = server.used_memory().saturating_sub(building);
    server.stats.peak_memory = server.stats.peak_memory.max(used);
    let clients = clients_bytes(server);
    let keys: usize = server.dbs.iter().map(|db| db.len()).sum();
    let overhead = (clients + keys * value::table::SLOT_BYTES).min(used);
    let arena = server.mem.usage();
    Usage {
        used,
        peak: server.stats.peak_memory,
        pages: arena.pages_used * PAGE_BYTES,
        pages_peak: arena.pages_high * PAGE_BYTES,
        startup: 0,
        overhead,
        dataset: used - overhead,
        clients,
        keys,
    }
}

/// Bytes of the arena held for clients.
pub fn clients_bytes(server: &Server) -> usize {
    server.sessions.ids().map(|id| server.sessions.get(id).bytes_used()).sum::<usize>()
        + if server.serving.is_some() { server.reply.queue.bytes_used() } else { 0 }
}

pub fn doctor(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let usage = usage(ctx.e, 0);
    let text = if usage.used < 5 << 20 {
        "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n"
    } else {
        "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
    };
    ctx.verbatim("txt", text.as_bytes());
    Ok(())
}

pub fn malloc_stats(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let usage = usage(ctx.e, 0);
    let mut text = crate::text::Text::new();
    let _ = core::fmt::write(
        &mut text,
        format_args!("arena: {} bytes live, {} bytes in pages of {PAGE_BYTES}\n", usage.used, usage.pages),
    );
    ctx.verbatim("txt", text.as_bytes());
    Ok(())
}

pub fn purge(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    // Closes holes; the shell gives free pages back by itself.
    crate::keyspace::compact::make_room(ctx.e, usize::MAX);
    ctx.ok();
    Ok(())
}

pub fn stats(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let usage = usage(ctx.e, 0);
    let resident = match ctx.e.facts.resident_bytes {
        0 => usage.pages,
        bytes => bytes,
    };
    let databases = ctx.e.dbs.iter().filter(|db| !db.is_empty()).count();
    let device = ctx.e.facts.device;
    ctx.map(27 + databases + device.map_or(0, |device| device.ram.len() + 1));
    let number = |ctx: &mut Ctx<'_, '_>, name: &str, value: usize| {
        ctx.bulk_str(name);
        ctx.integer(value as i64);
    };
    let double = |ctx: &mut Ctx<'_, '_>, name: &str, value: f64| {
        ctx.bulk_str(name);
        ctx.double(value);
    };
    number(ctx, "peak.allocated", usage.peak);
    number(ctx, "total.allocated", usage.used);
    number(ctx, "startup.allocated", usage.startup);
    number(ctx, "replication.backlog", 0);
    number(ctx, "clients.slaves", 0);
    number(ctx, "clients.normal", usage.clients);
    number(ctx, "cluster.links", 0);
    number(ctx, "aof.buffer", 0);
    number(ctx, "lua.caches", 0);
    number(ctx, "functions.caches", 0);
    for n in 0..ctx.e.dbs.len() {
        let db = ctx.e.dbs[n];
        if db.is_empty() {
            continue;
        }
        let mut name = crate::text::Text::new();
        let _ = core::fmt::write(&mut name, format_args!("db.{n}"));
        ctx.bulk(Bytes::Slice(name.as_bytes()));
        ctx.map(3);
        let table = db.table.bytes_used(&ctx.e.mem);
        number(ctx, "overhead.hashtable.main", table);
        number(ctx, "overhead.hashtable.expires", 0);
        number(ctx, "overhead.hashtable.slot-to-keys", 0);
    }
    number(ctx, "overhead.total", usage.overhead);
    number(ctx, "keys.count", usage.keys);
    number(ctx, "keys.bytes-per-key", usage.used.checked_div(usage.keys).unwrap_or(0));
    number(ctx, "dataset.bytes", usage.dataset);
    double(ctx, "dataset.percentage", usage.dataset_percent());
    double(ctx, "peak.percentage", 100.0 * usage.used as f64 / usage.peak.max(1) as f64);
    number(ctx, "allocator.allocated", usage.used);
    number(ctx, "allocator.active", usage.pages);
    number(ctx, "allocator.resident", usage.pages);
    double(ctx, "allocator-fragmentation.ratio", usage.pages as f64 / usage.used.max(1) as f64);
    number(ctx, "allocator-fragmentation.bytes", usage.pages.saturating_sub(usage.used));
    double(ctx, "allocator-rss.ratio", 1.0);
    number(ctx, "allocator-rss.bytes", 0);
    double(ctx, "rss-overhead.ratio", resident as f64 / usage.pages.max(1) as f64);
    number(ctx, "rss-overhead.bytes", resident.saturating_sub(usage.pages));
    double(ctx, "fragmentation", resident as f64 / usage.used.max(1) as f64);
    number(ctx, "fragmentation.bytes", resident.saturating_sub(usage.used));
    if let Some(device) = device {
        for (name, bytes) in device.ram {
            let mut text = crate::text::Text::new();
            let _ = core::fmt::write(&mut text, format_args!("ram.{name}"));
            ctx.bulk(Bytes::Slice(text.as_bytes()));
            ctx.integer(*bytes as i64);
        }
        number(ctx, "stack.high-water", device.stack_high_bytes);
    }
    Ok(())
}

pub fn key_usage(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut i = 3;
    while i < ctx.argc() {
        if ctx.word(i) != Word::Samples || i + 1 >= ctx.argc() {
            return Err(Error::SYNTAX);
        }
        // What is reckoned here is exact: the number of samples is only checked.
        if ctx.int(i + 1)? < 0 {
            return Err(Error::SYNTAX);
        }
        i += 2;
    }
    match ctx.peek(ctx.arg(2)) {
        Some(entry) => {
            let bytes = value::bytes_used(&ctx.e.mem, &entry);
            ctx.integer(bytes as i64);
        }
        None => ctx.null(),
    }
    Ok(())
}
