//! `cargo xtask tcl`: Redis's own test suite, from Debian's source package, against our server.
//!
//! Two ways: most units run against a server that is already there (the suite's external mode); those that start and
//! configure servers themselves get our program in the place of `src/redis-server`. What is skipped stands in
//! `tests/tcl/skips.txt`, a line each with its reason; every other failure is red, and so is a unit in which no test
//! ran.

use crate::test::Tally;
use crate::{failures, setup};
use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::server::{Program, Server, repository_root};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

const EXTERNAL: [&str; 30] = [
    "unit/type/string",
    "unit/type/incr",
    "unit/type/list",
    "unit/type/list-2",
    "unit/type/list-3",
    "unit/type/set",
    "unit/type/zset",
    "unit/type/hash",
    "unit/type/stream",
    "unit/expire",
    "unit/scan",
    "unit/sort",
    "unit/keyspace",
    "unit/multi",
    "unit/pubsub",
    "unit/protocol",
    "unit/quit",
    "unit/bitops",
    "unit/bitfield",
    "unit/hyperloglog",
    "unit/geo",
    "unit/introspection",
    "unit/introspection-2",
    "unit/info-command",
    "unit/other",
    "unit/pause",
    "unit/querybuf",
    "unit/lazyfree",
    "unit/slowlog",
    "unit/latency-monitor",
];

const OWN: [&str; 11] = [
    "unit/auth",
    "unit/info",
    "unit/maxmemory",
    "unit/limits",
    "unit/obuf-limits",
    "unit/networking",
    "unit/client-eviction",
    "unit/pubsubshard",
    "unit/shutdown",
    "unit/memefficiency",
    "integration/redis-benchmark",
];

/// The only reasons for which a test may be skipped.
const REASONS: [&str; 11] = [
    "saves without a child process",
    "fails on redis-server too",
    "needs less memory here",
    "consumer groups",
    "scripts",
    "DUMP",
    "ACL",
    "AOF",
    "replication",
    "cluster",
    "tracking",
];

/// A unit may take so long; the longest takes about a minute on a real server and a quiet machine.
const UNIT_SECONDS_MAX: u64 = 600;

/// So many tests may need to be run again; more is no longer the machine's doing.
const PASSED_ALONE_MAX: usize = 5;

struct Skip {
    unit: String,
    what: What,
}

enum What {
    Test(String),
    Tag(String),
    /// Lines of the unit's file left out, from the first that contains one text to the next that contains the other:
    /// where commands between tests would end the file.
    Lines(String, String),
    /// A text in the unit's file replaced by another: where a test counts on more memory than is needed here.
    Replace(String, String),
}

#[derive(Default)]
pub struct UnitResult {
    unit: String,
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
    ignored: usize,
    seconds: f64,
    /// Why the run ended early, if it did.
    broken: Option<String>,
}

impl UnitResult {
    fn good(&self) -> bool {
        self.failed.is_empty() && self.broken.is_none() && self.passed > 0
    }
}

pub struct Options {
    pub units: Vec<String>,
    pub program: Program,
    pub verbose: bool,
    pub use_skips: bool,
}

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut units = Vec::new();
    let mut program = None;
    let mut profile = "release".to_string();
    let mut options = Options { units: Vec::new(), program: Program::redis(), verbose: false, use_skips: true };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("unit" | "only") => units.extend(parser.value()?.string()?.split(',').map(full_name)),
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            Long("profile") => profile = parser.value()?.string()?,
            Long("verbose") => options.verbose = true,
            Long("no-skips") => options.use_skips = false,
            other => return Err(other.unexpected().into()),
        }
    }
    options.program = match program {
        Some(program) => program,
        None => crate::diff::build(&root, &profile)?,
    };
    options.units = units;
    let tally = suite(&root, &options)?;
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// `zset` for `unit/type/zset`.
fn full_name(short: &str) -> String {
    let known = EXTERNAL.iter().chain(&OWN).find(|u| u.rsplit('/').next() == Some(short) || **u == short);
    known.map_or_else(|| short.to_string(), |u| u.to_string())
}

/// Runs the units, two at a time, and prints passed and total for each.
pub fn suite(root: &Path, options: &Options) -> Result<Tally> {
    let source = setup::redis_source(root)?;
    let skips = read_skips(&root.join("tests/tcl/skips.txt"))?;
    let units: Vec<String> = if options.units.is_empty() {
        EXTERNAL.iter().chain(&OWN).map(|u| u.to_string()).collect()
    } else {
        options.units.clone()
    };
    let program = absolute(&options.program)?;
    println!("tcl: {} units against {}", units.len(), program.display());
    // The slowest first, so that the two lanes end together.
    let mut queue = units;
    queue.sort_by_key(|u| match u.as_str() {
        "unit/hyperloglog" | "unit/maxmemory" | "unit/type/list-3" | "unit/client-eviction" => 1,
        "unit/obuf-limits" | "unit/type/zset" | "unit/type/list" => 1,
        _ => 0,
    });
    let lanes = Lanes { root, source: &source, skips: &skips, program: &program, options };
    let mut results = lanes.run(queue, 2);
    // Some of Redis's tests measure time (an expiry within 20 ms, a latency that must not be seen): on a busy machine
    // they fail on redis-server as well. So a unit that is not good is run once more with nothing beside it, and a test
    // fails that fails both times. That it took two runs is said, and many such tests are a failure of their own.
    let again: Vec<String> = results.iter().filter(|r| !r.good()).map(|r| r.unit.clone()).collect();
    let mut passed_alone = 0;
    if !again.is_empty() {
        println!("again, one at a time:");
    }
    for second in lanes.run(again, 1) {
        if let Some(first) = results.iter_mut().find(|r| r.unit == second.unit) {
            passed_alone += first.failed.len().saturating_sub(second.failed.len());
            *first = second;
        }
    }
    for result in results.iter().filter(|result| !result.good()) {
        let why = result.failed.iter().chain(&result.broken).map(String::as_str).collect::<Vec<_>>().join("; ");
        failures::failed(format_args!("{}: {}", result.unit, if why.is_empty() { "no test ran" } else { &why }));
    }
    let passed: usize = results.iter().map(|r| r.passed).sum();
    let failed: usize = results.iter().map(|r| r.failed.len()).sum();
    let broken: Vec<&str> = results.iter().filter(|r| !r.good()).map(|r| r.unit.as_str()).collect();
    println!(
        "\ntcl: {passed} of {} tests passed in {} units, {passed_alone} of them only when run again; not good: {}",
        passed + failed,
        results.len(),
        if broken.is_empty() { "none".into() } else { broken.join(" ") }
    );
    // A unit that ended early counts as one more failure.
    let early = results.iter().filter(|r| !r.good() && r.failed.is_empty()).count();
    let too_many = passed_alone.saturating_sub(PASSED_ALONE_MAX);
    Ok(Tally { passed, failed: failed + early + too_many })
}

/// What every run of a unit needs.
struct Lanes<'a> {
    root: &'a Path,
    source: &'a Path,
    skips: &'a [Skip],
    program: &'a Path,
    options: &'a Options,
}

impl Lanes<'_> {
    /// Runs the units of the queue, its last first, so many at a time.
    fn run(&self, queue: Vec<String>, lanes: usize) -> Vec<UnitResult> {
        let queue = Mutex::new(queue);
        let results = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for lane in 0..lanes {
                let (queue, results) = (&queue, &results);
                scope.spawn(move || {
                    loop {
                        let Some(unit) = queue.lock().ok().and_then(|mut q| q.pop()) else { return };
                        let start = Instant::now();
                        let mut result = self
                            .unit(&unit, lane)
                            .unwrap_or_else(|e| UnitResult { broken: Some(format!("{e:#}")), ..UnitResult::default() });
                        result.unit = unit;
                        result.seconds = start.elapsed().as_secs_f64();
                        if let Ok(mut all) = results.lock() {
                            print_unit(&result);
                            all.push(result);
                        }
                    }
                });
            }
        });
        results.into_inner().unwrap_or_default()
    }

    fn unit(&self, unit: &str, lane: usize) -> Result<UnitResult> {
        let folder = self.root.join(format!("target/tcl/{lane}"));
        run_unit(self.source, &folder, unit, self.program, self.skips, self.options, lane)
    }
}

fn print_unit(result: &UnitResult) {
    println!(
        "{} {:<24} {:>4} / {:<4} skipped {:<3} by tag {:<3} {:>5.1} s{}",
        if result.good() { "ok  " } else { "FAIL" },
        result.unit,
        result.passed,
        result.passed + result.failed.len(),
        result.skipped,
        result.ignored,
        result.seconds,
        if result.passed == 0 { "  no test ran" } else { "" },
    );
    for failed in &result.failed {
        println!("       {failed}");
    }
    if let Some(why) = &result.broken {
        println!("       ended early: {why}");
    }
    if !result.good() {
        println!("       again: cargo xtask tcl --unit {} --verbose", result.unit);
    }
}

fn read_skips(file: &Path) -> Result<Vec<Skip>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut skips = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [unit, what, reason] = parts[..] else {
            bail!("{}: not `unit | test | reason`: {line}", file.display());
        };
        if !REASONS.contains(&reason) {
            bail!("{}: {reason:?} is not one of the reasons {REASONS:?}: {line}", file.display());
        }
        if let Some(texts) = what.strip_prefix("replace:") {
            let (from, to) = texts.split_once(" => ").with_context(|| format!("replace:FROM => TO: {line}"))?;
            skips.push(Skip { unit: unit.into(), what: What::Replace(from.into(), to.into()) });
            continue;
        }
        let what = match (what.strip_prefix("tag:"), what.strip_prefix("lines:")) {
            (Some(tag), _) => What::Tag(tag.into()),
            (_, Some(lines)) => {
                let (from, to) = lines.split_once(" ... ").with_context(|| format!("lines:FROM ... TO: {line}"))?;
                What::Lines(from.into(), to.into())
            }
            _ => What::Test(what.into()),
        };
        skips.push(Skip { unit: unit.into(), what });
    }
    Ok(skips)
}

fn absolute(program: &Program) -> Result<PathBuf> {
    if program.path.components().count() > 1 {
        return program.path.canonicalize().with_context(|| format!("{} is not there", program.path.display()));
    }
    which(&program.path.to_string_lossy())
}

fn which(program: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|p| p.join(program))
        .find(|p| p.is_file())
        .with_context(|| format!("{program} is not installed: see `cargo xtask setup`"))
}

/// The suite's folder for one worker: the package's tests, and links in the place of Redis's programs.
fn prepare(source: &Path, folder: &Path, program: &Path, unit: &str, skips: &[Skip]) -> Result<()> {
    let links = folder.join("src");
    std::fs::create_dir_all(&links)?;
    if !folder.join("tests/test_helper.tcl").is_file() {
        let status = Command::new("cp").arg("-r").arg(source.join("tests")).arg(folder).status()?;
        if !status.success() {
            bail!("could not copy the suite to {}", folder.display());
        }
        std::fs::copy(source.join("redis.conf"), folder.join("redis.conf"))?;
    }
    for name in ["redis-cli", "redis-benchmark"] {
        link(&which(name)?, &links.join(name))?;
    }
    link(program, &links.join("redis-server"))?;
    // The unit as the package has it, but for the lines that the skip list takes out.
    let file = format!("tests/{unit}.tcl");
    let mut text = std::fs::read_to_string(source.join(&file)).with_context(|| format!("no unit {unit}"))?;
    for skip in skips.iter().filter(|s| s.unit == unit) {
        match &skip.what {
            What::Lines(from, to) => {
                text =
                    without_lines(&text, from, to).with_context(|| format!("{unit}: no lines {from:?} ... {to:?}"))?;
            }
            What::Replace(from, to) => {
                if !text.contains(from) {
                    bail!("{unit}: no {from:?}");
                }
                text = text.replace(from, to);
            }
            What::Test(_) | What::Tag(_) => {}
        }
    }
    std::fs::write(folder.join(&file), text)?;
    Ok(())
}

fn without_lines(text: &str, from: &str, to: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|l| l.contains(from))?;
    let end = start + lines[start..].iter().position(|l| l.contains(to))?;
    Some([&lines[..start], &lines[end + 1..]].concat().join("\n") + "\n")
}

fn link(target: &Path, at: &Path) -> Result<()> {
    let _ = std::fs::remove_file(at);
    std::os::unix::fs::symlink(target, at).with_context(|| at.display().to_string())
}

fn run_unit(
    source: &Path,
    folder: &Path,
    unit: &str,
    program: &Path,
    skips: &[Skip],
    options: &Options,
    worker: usize,
) -> Result<UnitResult> {
    let skips: &[Skip] = if options.use_skips { skips } else { &[] };
    prepare(source, folder, program, unit, skips)?;
    let mut tests = String::new();
    let mut tags = String::new();
    for skip in skips.iter().filter(|s| s.unit == unit || s.unit == "*") {
        match &skip.what {
            What::Test(name) => tests.push_str(&format!("{name}\n")),
            What::Tag(tag) => tags.push_str(&format!(" -{tag}")),
            What::Lines(..) | What::Replace(..) => {}
        }
    }
    let skip_file = folder.join("skips");
    std::fs::write(&skip_file, tests)?;

    let mut command = Command::new("timeout");
    command.current_dir(folder).args(["-k", "5", &UNIT_SECONDS_MAX.to_string(), "tclsh", "tests/test_helper.tcl"]);
    command.args(["--single", unit, "--durable", "--no-latency", "--skipfile"]).arg(&skip_file);
    command.args(["--timeout", &(UNIT_SECONDS_MAX - 10).to_string()]);
    let external = !OWN.contains(&unit);
    let mut server = None;
    if external {
        let own = Program { path: program.to_path_buf() };
        let arguments = ["--enable-debug-command", "yes", "--enable-protected-configs", "yes", "--loglevel", "verbose"];
        let started = Server::start(&own, &arguments)?;
        command.args(["--host", "127.0.0.1", "--port", &started.address.port().to_string()]);
        server = Some(started);
    }
    // Each worker its own range of ports, and away from other runs on this machine: the suite looks for free ones.
    let base = 21_111 + worker * 4_000 + std::process::id() as usize % 50 * 64;
    command.args(["--clients", "1", "--baseport", &base.to_string(), "--portcount", "3000"]);
    if !tags.is_empty() {
        command.args(["--tags", tags.trim()]);
    }
    let output = command.stdin(Stdio::null()).output().context("tclsh: see `cargo xtask setup`")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let log = folder.join(format!("{}.log", unit.replace('/', "-")));
    std::fs::write(&log, &text)?;
    if options.verbose {
        println!("{text}");
        if let Some(server) = &server {
            println!("--- the server's log\n{}", server.log_tail(60));
        }
    }
    let mut result = read_output(&text);
    if let Some(server) = &mut server
        && let Some(status) = server.ended()
    {
        result.broken = Some(format!("the server ended with {status}: {}", server.log_tail(15)));
    }
    if result.broken.is_none() && !text.contains("The End") {
        let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default();
        result.broken = Some(format!("no end after {UNIT_SECONDS_MAX} s at most: {}", plain(last)));
    }
    Ok(result)
}

/// Without terminal colours.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once('m').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

fn read_output(text: &str) -> UnitResult {
    let mut result = UnitResult::default();
    let mut exception: Option<Vec<String>> = None;
    let mut detail: BTreeMap<usize, String> = BTreeMap::new();
    for line in text.lines().map(plain) {
        if let Some(lines) = &mut exception {
            if lines.len() < 6 && !line.trim().is_empty() {
                lines.push(line.trim().to_string());
            }
            continue;
        }
        let Some((mark, rest)) = line.strip_prefix('[').and_then(|l| l.split_once("]: ")) else {
            // The line after [err] says what was expected; the list of failures at the end repeats it.
            let count = result.failed.len();
            if count > 0 && !detail.contains_key(&count) && !line.trim().is_empty() {
                detail.insert(count, line.trim().to_string());
            }
            continue;
        };
        match mark {
            "ok" => result.passed += 1,
            "err" => result.failed.push(rest.to_string()),
            "skip" => result.skipped += 1,
            "ignore" => result.ignored += 1,
            "exception" => exception = Some(vec![rest.to_string()]),
            "TIMEOUT" => result.broken = Some("no progress".into()),
            _ => {}
        }
    }
    for (count, text) in detail {
        let failed = &mut result.failed[count - 1];
        failed.push_str(": ");
        failed.push_str(&text.chars().take(300).collect::<String>());
    }
    if let Some(lines) = exception {
        result.broken = Some(lines.join(" / "));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_read() {
        let text = "[\u{1b}[0;32;49mok\u{1b}[0m]: a (1 ms)\n[\u{1b}[0;31;49merr\u{1b}[0m]: b in tests/x.tcl\nExpected 1\nmore\n[skip]: c\n\n   The End\n";
        let result = read_output(text);
        assert_eq!((result.passed, result.skipped), (1, 1));
        assert_eq!(result.failed, ["b in tests/x.tcl: Expected 1"]);
        assert!(!result.good());
        assert!(!read_output("[skip]: c\n").good(), "a unit in which no test ran is a failure");
    }

    #[test]
    fn lines_are_taken_out() {
        assert_eq!(without_lines("a\nb\nc\nd\n", "b", "c"), Some("a\nd\n".into()));
        assert_eq!(without_lines("a\n", "b", "c"), None);
    }
}
