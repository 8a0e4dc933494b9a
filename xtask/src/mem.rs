//! `cargo xtask mem`: the memory table, bytes a key or element beyond the user's own bytes, ours beside redis-server.
//!
//! Elements are added in steps of 5 % from 50,000 to 200,000; the worst step counts, since the fill of a table swings
//! between them. Then a random half is deleted and what is left is measured again, after compaction has had its time.
//! Both must stay within the goal. Bytes are seeded and random, so that nothing compresses. The server's own figure is
//! taken (the arena's pages in use for ours, `used_memory` for redis-server) and set beside the growth of its RSS.
//!
//! `--device` prints how many keys an arena of a device takes instead, from the engine's example `capacity`.

use crate::failures;
use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use microredis_testkit::client::Client;
use microredis_testkit::server::{Program, Server, repository_root};
use std::process::{Command, Stdio};

/// One row of the table.
struct Row {
    name: &'static str,
    /// The user's bytes an element; for keys with one value each, with the key.
    payload: usize,
    /// What ours must not exceed, and what would be better.
    must: f64,
    aim: f64,
    /// Elements that share a key of their own (8 for the hash of 8), 1 for plain keys, 0 for one big value.
    per_key: usize,
    add: fn(&mut Load, usize),
    remove: fn(&mut Load, usize),
}

const ROWS: [Row; 11] = [
    Row {
        name: "string, 13 B key, 8 B value",
        payload: 21,
        must: 20.0,
        aim: 12.0,
        per_key: 1,
        add: |l, i| l.set(i, 8),
        remove: Load::del,
    },
    Row {
        name: "the same with a TTL",
        payload: 21,
        must: 24.0,
        aim: 16.0,
        per_key: 1,
        add: |l, i| {
            let (key, value, ttl) = (l.bytes(i, 13), l.bytes(i + 1_000_000, 8), (100_000 + i % 1000).to_string());
            l.send(&[b"SET", &key, &value, b"EX", ttl.as_bytes()]);
        },
        remove: Load::del,
    },
    Row {
        name: "string, 100 B value",
        payload: 113,
        must: 20.0,
        aim: 12.0,
        per_key: 1,
        add: |l, i| l.set(i, 100),
        remove: Load::del,
    },
    Row {
        name: "hash of 8 short fields, a field",
        payload: 10,
        must: 5.0,
        aim: 3.5,
        per_key: 8,
        add: |l, i| {
            let key = l.bytes(i / 8, 13);
            let (field, value) = (l.bytes(i + 2_000_000, 4), l.bytes(i + 1_000_000, 6));
            l.send(&[b"HSET", &key, &field, &value]);
        },
        remove: |l, i| {
            if i.is_multiple_of(8) {
                l.del(i / 8);
            }
        },
    },
    Row {
        name: "one big hash, a field",
        payload: 20,
        must: 16.0,
        aim: 10.0,
        per_key: 0,
        add: |l, i| {
            let (field, value) = (l.bytes(i, 13), l.bytes(i + 1_000_000, 7));
            l.send(&[b"HSET", b"big", &field, &value]);
        },
        remove: |l, i| l.element(b"HDEL", i, 13),
    },
    Row {
        name: "one big set of strings, a member",
        payload: 13,
        must: 14.0,
        aim: 9.0,
        per_key: 0,
        add: |l, i| l.element(b"SADD", i, 13),
        remove: |l, i| l.element(b"SREM", i, 13),
    },
    Row {
        name: "one big set of integers, a member",
        payload: 4,
        must: 10.0,
        aim: 4.0,
        per_key: 0,
        add: |l, i| l.number(b"SADD", i),
        remove: |l, i| l.number(b"SREM", i),
    },
    Row {
        name: "one big sorted set, a member",
        payload: 21,
        must: 24.0,
        aim: 14.0,
        per_key: 0,
        add: |l, i| {
            let score = format!("{}", l.random(i + 1_000_000) as f64 / 4096.0);
            let member = l.bytes(i, 13);
            l.send(&[b"ZADD", b"big", score.as_bytes(), &member]);
        },
        remove: |l, i| l.element(b"ZREM", i, 13),
    },
    Row {
        name: "one big list, an element",
        payload: 10,
        must: 2.5,
        aim: 2.0,
        per_key: 0,
        add: |l, i| l.element(b"RPUSH", i, 10),
        remove: |l, i| {
            let end: &[u8] = if l.random(i) % 2 == 0 { b"LPOP" } else { b"RPOP" };
            l.send(&[end, b"big"]);
        },
    },
    Row {
        name: "one big stream, an entry of 2 fields",
        payload: 22,
        must: 0.0,
        aim: -4.0,
        per_key: 0,
        add: |l, i| {
            let id = format!("{}-0", 1_700_000_000_000u64 + i as u64 * 37);
            let (a, b) = (l.bytes(i, 4), l.bytes(i + 1_000_000, 4));
            l.send(&[b"XADD", b"big", id.as_bytes(), b"celsius", &a, b"percent", &b]);
        },
        remove: |l, i| {
            let id = format!("{}-0", 1_700_000_000_000u64 + i as u64 * 37);
            l.send(&[b"XDEL", b"big", id.as_bytes()]);
        },
    },
    Row {
        name: "HyperLogLog of 10 elements",
        payload: 9,
        must: 100.0,
        aim: 60.0,
        per_key: 1,
        add: |l, i| {
            let key = l.bytes(i, 9);
            let elements: Vec<Vec<u8>> = (0..10).map(|e| l.bytes(i * 10 + e + 1_000_000, 8)).collect();
            let mut args: Vec<&[u8]> = vec![b"PFADD", &key];
            args.extend(elements.iter().map(|e| &e[..]));
            l.send(&args);
        },
        remove: |l, i| {
            let key = l.bytes(i, 9);
            l.send(&[b"DEL", &key]);
        },
    },
];

/// Sends commands in batches and checks that each is answered without an error.
struct Load {
    client: Client,
    seed: u64,
    waiting: usize,
    failure: Option<String>,
}

impl Load {
    /// The `i`-th of a sequence of numbers that look random (splitmix64).
    fn random(&self, i: usize) -> u64 {
        let mut x = self.seed.wrapping_add((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn bytes(&self, i: usize, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        let mut part = 0;
        while bytes.len() < len {
            bytes.extend(self.random(i * 16 + part + (part << 40)).to_le_bytes());
            part += 1;
        }
        bytes.truncate(len);
        bytes
    }

    fn send(&mut self, args: &[&[u8]]) {
        self.client.queue(args);
        self.waiting += 1;
        if self.waiting == 500 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        if let Err(e) = self.client.flush() {
            self.failure.get_or_insert(e.to_string());
        }
        for _ in 0..std::mem::take(&mut self.waiting) {
            match self.client.read() {
                Ok(reply) if !reply.is_error() => {}
                Ok(reply) => drop(self.failure.get_or_insert(reply.text())),
                Err(e) => {
                    self.failure.get_or_insert(e.to_string());
                    return;
                }
            }
        }
    }

    fn set(&mut self, i: usize, len: usize) {
        let (key, value) = (self.bytes(i, 13), self.bytes(i + 1_000_000, len));
        self.send(&[b"SET", &key, &value]);
    }

    fn del(&mut self, i: usize) {
        let key = self.bytes(i, 13);
        self.send(&[b"DEL", &key]);
    }

    fn element(&mut self, command: &[u8], i: usize, len: usize) {
        let element = self.bytes(i, len);
        self.send(&[command, b"big", &element]);
    }

    /// Numbers of 32 bits, all different.
    fn number(&mut self, command: &[u8], i: usize) {
        let number = (i as u32).wrapping_mul(2_654_435_761) as i32;
        self.send(&[command, b"big", number.to_string().as_bytes()]);
    }
}

#[derive(Clone, Copy)]
struct Figures {
    /// Bytes an element beyond its payload: the worst step, then after the deletion.
    worst: f64,
    halved: f64,
    /// By RSS at the last step.
    rss: f64,
}

const IDLE_BYTES_MAX: u64 = 3_000_000;
const ELEMENTS_MIN: usize = 50_000;
const ELEMENTS_MAX: usize = 200_000;

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut ours = None;
    let mut only: Option<String> = None;
    let mut seed = 1;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("ours") => ours = Some(Program::at(parser.value()?.into())),
            Long("only") => only = Some(parser.value()?.string()?),
            Long("seed") => seed = parser.value()?.parse()?,
            Long("device") => return device(&root),
            other => return Err(other.unexpected().into()),
        }
    }
    let ours = match ours {
        Some(program) => program,
        None => crate::diff::build(&root, "release")?,
    };
    let redis = Program::redis();
    println!(
        "Bytes an element beyond its payload: the worst of {ELEMENTS_MIN} to {ELEMENTS_MAX} elements in steps of 5 %;"
    );
    println!("after deleting a random half; by RSS. policy allkeys-lru, seed {seed}");
    println!(
        "{:<38} {:>7} | {:>7} {:>7} {:>7} | {:>7} {:>7} {:>7} {:>6} {:>6}",
        "", "payload", "redis", "halved", "rss", "ours", "halved", "rss", "must", "aim"
    );
    let mut misses = 0;
    for row in ROWS.iter().filter(|r| only.as_ref().is_none_or(|o| r.name.contains(&o[..]))) {
        let theirs = figures(row, &redis, seed)?;
        let (text, miss) = match figures(row, &ours, seed) {
            Ok(f) => (format!("{:>7.1} {:>7.1} {:>7.1}", f.worst, f.halved, f.rss), f.worst.max(f.halved) > row.must),
            Err(e) => (format!("{e:#}"), true),
        };
        misses += usize::from(miss);
        if miss {
            failures::failed(format_args!("mem: {}: {text}, must be {}", row.name, row.must));
        }
        println!(
            "{:<38} {:>7} | {:>7.1} {:>7.1} {:>7.1} | {text} {:>6.1} {:>6.1}{}",
            row.name,
            row.payload,
            theirs.worst,
            theirs.halved,
            theirs.rss,
            row.must,
            row.aim,
            if miss { "  missed" } else { "" }
        );
    }
    Ok(idle(&ours)? && misses == 0)
}

/// Keys of 13 bytes with values of 8 that an arena of 150 KiB must take.
const DEVICE_KEYS_MIN: usize = 3600;

/// What the arenas of a device take before the first refusal; whether that is enough.
pub fn device(root: &std::path::Path) -> Result<bool> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["run", "--quiet", "--release", "-p", "microredis-engine"])
        .args(["--features", "device", "--example", "capacity"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the example capacity failed");
    let text = String::from_utf8(output.stdout)?;
    println!("KiB of arena, what is stored with 8 clients connected, how many before the first refusal:\n{text}");
    let keys = text
        .lines()
        .find_map(|line| line.strip_prefix("150 keys")?.rsplit(' ').next()?.parse::<usize>().ok())
        .context("capacity says nothing of keys in 150 KiB")?;
    println!("keys in 150 KiB: {keys} of at least {DEVICE_KEYS_MIN}");
    Ok(keys >= DEVICE_KEYS_MIN)
}

fn figures(row: &Row, program: &Program, seed: u64) -> Result<Figures> {
    let server = Server::start(program, &["--maxmemory-policy", "allkeys-lru", "--maxmemory", "4gb"])?;
    let mut watch = Client::connect(server.address)?;
    let mut load = Load { client: Client::connect(server.address)?, seed, waiting: 0, failure: None };
    // The buffers of both connections reach their size before the empty server is measured.
    for _ in 0..500 {
        let word = load.bytes(0, 110);
        load.send(&[b"ECHO", &word]);
    }
    load.settle();
    watch.line("INFO memory")?;
    let (empty, rss_empty) = (used(&mut watch)?, rss_bytes(server.pid())?);

    let mut done = 0;
    let mut step = ELEMENTS_MIN;
    let mut worst = f64::NEG_INFINITY;
    let mut rss = 0.0;
    while done < ELEMENTS_MAX {
        for i in done..step {
            (row.add)(&mut load, i);
        }
        load.settle();
        done = step;
        step = (step + step / 20).min(ELEMENTS_MAX);
        if let Some(failure) = &load.failure {
            anyhow::bail!("{failure}");
        }
        worst = worst.max(beyond(used(&mut watch)?, empty, row.payload, done));
        rss = beyond(rss_bytes(server.pid())?, rss_empty, row.payload, done);
    }
    // A random half; keys of several elements go as a whole.
    let unit = row.per_key.max(1);
    let mut left = done;
    for first in (0..done).step_by(unit) {
        if load.random(first + 77_000_000).is_multiple_of(2) {
            (row.remove)(&mut load, first);
            left -= unit;
        }
    }
    load.settle();
    if let Some(failure) = &load.failure {
        anyhow::bail!("{failure}");
    }
    // Background work (compaction, resizing of tables) gets its time.
    std::thread::sleep(std::time::Duration::from_millis(4000));
    let halved = beyond(used(&mut watch)?, empty, row.payload, left);
    Ok(Figures { worst, halved, rss })
}

fn beyond(now: u64, empty: u64, payload: usize, elements: usize) -> f64 {
    (now as f64 - empty as f64) / elements as f64 - payload as f64
}

/// The arena's bytes in use where the server says them, else `used_memory`.
fn used(client: &mut Client) -> Result<u64> {
    let info = client.line("INFO memory")?.text();
    let field =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok());
    let pages: Option<u64> = field("arena_pages");
    match (pages, field("arena_page_bytes")) {
        (Some(pages), Some(bytes)) => Ok(pages * bytes),
        _ => field("used_memory").context("INFO memory has no used_memory"),
    }
}

/// Resident memory of a process.
pub fn rss_bytes(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages: u64 = text.split_ascii_whitespace().nth(1).context("statm is short")?.parse()?;
    Ok(pages * 4096)
}

/// What an idle server takes: at most 3 MB, as its program.
fn idle(ours: &Program) -> Result<bool> {
    ensure!(ours.path.is_file(), "{} is no program's path", ours.path.display());
    let server = Server::start(ours, &[])?;
    let (resident, program) = (rss_bytes(server.pid())?, ours.path.metadata()?.len());
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!("idle: RSS {:.2} MB of at most 3; program {:.2} MB of at most 3", megabytes(resident), megabytes(program));
    Ok(resident <= IDLE_BYTES_MAX && program <= IDLE_BYTES_MAX)
}
