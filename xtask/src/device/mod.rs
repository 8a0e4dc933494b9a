//! `cargo xtask device`: the firmware on its emulated board, tried as the host server is: scripts, client libraries,
//! redis-benchmark, and what only a small machine meets: a full arena, a bad wire, power cuts, a hang, its console.

mod brim;
mod burst;
mod clock;
mod console;
mod deaf;
mod fit;
mod info;
mod names;
mod peer;
mod power;
mod snapshots;
mod traffic;
mod watchdog;
mod wire;

use crate::test::Tally;
use crate::{boards, clients, failures, scripts};
use anyhow::{Context, Result, bail, ensure};
use lexopt::prelude::*;
use microredis_testkit::board::{Board, Boot};
use microredis_testkit::server::repository_root;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What a board can do; a script that needs more is for a host.
const ABILITIES: [&str; 0] = [];

struct Run<'a> {
    root: &'a Path,
    image: &'a Path,
    /// The counts that the issue of the firmware asks for; without it a few of each.
    long: bool,
    seed: u64,
    only: &'a str,
}

type Part = (&'static str, fn(&Run) -> Result<Tally>);

const PARTS: [Part; 14] = [
    ("scripts", corpus),
    ("clients", |run| run.on_a_board(|board| clients::at(run.root, board.address, &|| board.log()))),
    ("console", |run| console::run(&mut Board::start(&Boot { restarts: true, ..Boot::new(run.image) })?)),
    ("watchdog", |run| watchdog::run(&mut Board::start(&Boot { restarts: true, ..Boot::new(run.image) })?)),
    ("clock", |run| clock::run(&mut Board::start(&Boot { restarts: true, ..Boot::new(run.image) })?)),
    ("names", |run| {
        let peer = peer::Peer::start()?;
        let boot = Boot { network: peer.arguments(), restarts: true, ..Boot::new(run.image) };
        names::run(&mut Board::start(&boot)?, &peer)
    }),
    ("burst", |run| run.on_a_board(burst::run)),
    ("benchmark", |run| run.on_a_board(benchmark)),
    ("fit", |run| run.on_a_board(|board| fit::run(board))),
    ("brim", |run| run.on_a_board(|board| brim::run(board, run.seed, if run.long { 200_000 } else { 20_000 }))),
    ("traffic", |run| {
        let faults = wire::Faults { lost: 20, doubled: 10, delayed: 50, late: Duration::from_millis(30) };
        let wire = wire::Wire::start(run.seed, faults)?;
        let boot = Boot { network: wire.arguments(), ..Boot::new(run.image) };
        let length = Duration::from_secs(if run.long { 600 } else { 30 });
        run.on(&boot, |board| traffic::run(board, &wire, run.seed, length))
    }),
    ("deaf", |run| deaf::run(run.image)),
    ("snapshots", |run| snapshots::run(run.root, run.image)),
    ("power", |run| power::run(&mut run.board()?, run.seed, if run.long { 50 } else { 10 })),
];

impl Run<'_> {
    fn board(&self) -> Result<Board> {
        Board::start(&Boot::new(self.image))
    }

    fn on_a_board(&self, part: impl FnOnce(&mut Board) -> Result<Tally>) -> Result<Tally> {
        self.on(&Boot::new(self.image), part)
    }

    /// A part that strains the board: it is to keep its budget of stack.
    fn on(&self, boot: &Boot, part: impl FnOnce(&mut Board) -> Result<Tally>) -> Result<Tally> {
        let mut board = Board::start(boot)?;
        let tally = part(&mut board)?;
        let used = info::number(&mut board.connect()?, "stack_high_water")?;
        Ok(tally.and(Tally::one(boards::check_stack_used(self.root, used)?)))
    }
}

pub fn command(parser: &mut lexopt::Parser) -> Result<bool> {
    let (mut parts, mut image, mut long, mut seed, mut only) = (Vec::new(), None, false, 1, String::new());
    while let Some(arg) = parser.next()? {
        match arg {
            Value(part) => parts.push(part.string()?),
            Long("image") => image = Some(PathBuf::from(parser.value()?)),
            Long("long") => long = true,
            Long("seed") => seed = parser.value()?.parse()?,
            Long("only") => only = parser.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = parts.iter().find(|part| PARTS.iter().all(|(name, _)| name != part)) {
        bail!("no part {unknown}; there are: {}", PARTS.map(|(name, _)| name).join(" "));
    }
    let root = repository_root()?;
    let image = match image {
        Some(image) => image,
        None => crate::firmware::build(&root)?,
    };
    let run = Run { root: &root, image: &image, long, seed, only: &only };
    let tally = all(&run, &parts);
    failures::print();
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// Parts that `cargo xtask test` runs with their full counts, beside its other steps.
pub const ENDURING: [&str; 2] = ["brim", "traffic"];

/// All other parts, for `cargo xtask test`.
pub fn test(root: &Path, image: &Path, long: bool) -> Tally {
    let parts: Vec<String> =
        PARTS.iter().filter(|(name, _)| !ENDURING.contains(name)).map(|(name, _)| name.to_string()).collect();
    all(&Run { root, image, long, seed: 1, only: "" }, &parts)
}

fn all(run: &Run, parts: &[String]) -> Tally {
    let mut total = Tally::default();
    for (name, part) in PARTS.iter().filter(|(name, _)| parts.is_empty() || parts.iter().any(|p| p == name)) {
        println!("--- device {name}");
        let tally = part(run).unwrap_or_else(|e| {
            failures::failed(format_args!(
                "device {name}: {e:#}\n  again: cargo xtask device {name} --seed {}",
                run.seed
            ));
            Tally::one(false)
        });
        total = Tally { passed: total.passed + tally.passed, failed: total.failed + tally.failed };
    }
    total
}

/// Where a board's defaults are not redis-server's, which the scripts count on.
const HOST_DEFAULTS: &str = "CONFIG SET maxmemory-policy noeviction timeout 0 hash-max-listpack-entries 512 \
                             hash-max-listpack-value 64";

/// The script corpus, a fresh board for each script.
fn corpus(run: &Run) -> Result<Tally> {
    let mut board = None;
    let mut fresh = || {
        let board = board.insert(run.board()?);
        ensure!(board.connect()?.line(HOST_DEFAULTS)?.text() == "OK", "{HOST_DEFAULTS}");
        ensure!(board.connect()?.line("CONFIG RESETSTAT")?.text() == "OK", "CONFIG RESETSTAT");
        Ok(board.address)
    };
    let played = scripts::play(run.root, run.only, &ABILITIES, "device scripts", &mut fresh)?;
    println!("skipped, as they need more than a board has: {} ({})", played.skipped.len(), played.skipped.join(" "));
    Ok(Tally { passed: played.passed, failed: played.failed })
}

/// redis-benchmark as anybody would call it.
fn benchmark(board: &mut Board) -> Result<Tally> {
    const KEY: &str = "key:__rand_int__";
    let tests: [(&str, &[&str]); 7] = [
        ("SET", &["SET", KEY, "xxx"]),
        ("GET", &["GET", KEY]),
        ("INCR", &["INCR", "counter:__rand_int__"]),
        ("LPUSH", &["LPUSH", "mylist", "xxx"]),
        ("HSET", &["HSET", "myhash", "element:__rand_int__", "xxx"]),
        ("ZADD", &["ZADD", "myzset", "__rand_int__", "element:__rand_int__"]),
        ("XADD", &["XADD", "mystream", "*", "field", "value"]),
    ];
    for (name, command) in tests {
        ensure!(board.connect()?.line("FLUSHALL")?.text() == "OK", "FLUSHALL");
        let output = Command::new("timeout")
            .args(["-k", "1", "300", "redis-benchmark", "-h", "127.0.0.1", "-p", &board.address.port().to_string()])
            .args(["-c", "8", "-n", "20000", "-r", "1000", "-q"])
            .args(command)
            .output()
            .context("redis-benchmark is missing (Debian's package redis-tools)")?;
        let text = String::from_utf8_lossy(&output.stdout).replace('\r', "\n");
        let errors = String::from_utf8_lossy(&output.stderr);
        let rate = text.lines().rfind(|line| line.contains("requests per second"));
        ensure!(output.status.success() && rate.is_some() && !text.contains("rror"), "{name}: {text}{errors}");
        println!("benchmark: {}", rate.unwrap_or_default().trim());
    }
    Ok(Tally { passed: tests.len(), failed: 0 })
}
