//! `cargo xtask check` and `cargo xtask test`: everything that must hold, in order, from the cheapest to the longest.

use crate::{
    baremetal, bench, boards, clients, codegen, corpus, counts, device, diff, failures, firmware, fuzz, layers, mem,
    pressure, scripts, setup, tcl,
};
use anyhow::{Result, bail};
use lexopt::prelude::*;
use microredis_testkit::board;
use microredis_testkit::diff::{Allowed, Options};
use microredis_testkit::server::{Program, repository_root};
use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// What one step says: how many single checks passed and failed.
#[derive(Default, Clone, Copy)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    pub fn and(self, other: Tally) -> Tally {
        Tally { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    pub fn one(good: bool) -> Tally {
        Tally { passed: usize::from(good), failed: usize::from(!good) }
    }
}

struct Run<'a> {
    root: &'a Path,
    long: bool,
    program: Option<Program>,
    /// What was started to run beside other steps, until its own step waits for it.
    beside: RefCell<Option<Result<Beside>>>,
}

type Step = (&'static str, &'static str, fn(&Run) -> Result<Tally>);

/// All steps: name, what it shows, what runs.
const STEPS: [Step; 22] = [
    ("setup", "the tools of the checks are there", |_| {
        setup::tools(true)?;
        setup::reference_version()?;
        Ok(Tally::one(true))
    }),
    ("fmt", "formatting", |run| Ok(Tally::one(cargo(run.root, &["fmt", "--all", "--check"])?))),
    ("clippy", "lints, none allowed", |run| {
        Ok(Tally::one(cargo(run.root, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])?))
    }),
    ("layers", "modules know only what is below them", |run| Ok(Tally::one(layers::check(run.root)?))),
    ("codegen", "generated documents are fresh", |_| Ok(Tally::one(codegen::write(true)?))),
    ("baremetal", "engine and flash stores link without std and allocator", |run| {
        Ok(Tally::one(baremetal::link(run.root)?))
    }),
    ("boards", "the firmware of every board links and keeps its budget", |run| {
        let (passed, failed) = boards::check(run.root, &[], true)?;
        Ok(Tally { passed, failed })
    }),
    ("unit", "unit and property tests, models, the script corpus in process", |run| cargo_test(run, &["--workspace"])),
    ("device", "the engine's tests and the corpus, on a device's pages and limits", |run| {
        cargo_test(run, &["-p", "microredis-engine", "--features", "device"])
    }),
    ("build", "the server, as it is released", |run| {
        Ok(Tally::one(cargo(run.root, &["build", "--quiet", "--release", "-p", "microredis"])?))
    }),
    ("corpus", "every command has a script", |run| {
        let (passed, failed) = corpus::check(run.root)?;
        Ok(Tally { passed, failed })
    }),
    ("scripts", "the script corpus over TCP", |run| {
        let (passed, failed) = scripts::replay(run.root, &run.program()?, "", false)?;
        Ok(Tally { passed, failed })
    }),
    ("diff", "random commands, compared with redis-server", random_commands),
    ("clients", "redis-py, ioredis, node-redis, redis-cli, redis-benchmark", |run| {
        clients::all(run.root, &run.program()?)
    }),
    ("board", "the firmware on its emulated board", |run| {
        Ok(device::test(run.root, &firmware::build(run.root)?, run.long))
    }),
    ("counts", "instructions a command on the emulated board", |run| Ok(Tally::one(counts::check(run.root)?))),
    ("fuzz", "bad input is refused or answered", |run| fuzz::run(&run.program()?, run.long)),
    (ENDURANCE, "the board: ten minutes of a bad wire, 200,000 random commands (ran beside the steps above)", |run| {
        match run.beside.take() {
            Some(beside) => beside?.end(),
            None => bail!("it was not started"),
        }
    }),
    ("pressure", "memory stays bounded under a thousand bad clients", |run| pressure::run(&run.program()?, run.long)),
    ("tcl", "Redis's own suite", |run| {
        let options = tcl::Options { units: Vec::new(), program: run.program()?, verbose: false, use_skips: true };
        tcl::suite(run.root, &options)
    }),
    ("mem", "bytes an element, beside redis-server", |run| {
        let program = run.program()?.path.into_os_string();
        let table = mem::run(&mut lexopt::Parser::from_args(["--ours".into(), program]))?;
        let device = mem::device(run.root)?;
        Ok(Tally {
            passed: usize::from(table) + usize::from(device),
            failed: usize::from(!table) + usize::from(!device),
        })
    }),
    ("bench", "CPU time a request, beside redis-server", |run| {
        let program = run.program()?.path.into_os_string();
        // The goal is 1.05, measured on a quiet machine. Among other checks the best of some rounds still differs by a
        // few hundredths from run to run, so the limit is 1.15: what gets slower than redis-server by more is found.
        let requests = if run.long { "400000" } else { "100000" };
        let mut args: Vec<OsString> = ["--limit", "1.15", "--requests", requests].map(OsString::from).to_vec();
        args.extend(["--ours".into(), program]);
        Ok(Tally::one(bench::run(&mut lexopt::Parser::from_args(args))?))
    }),
];

/// The step that only waits for what has been running beside others: none of those after it, whose figures depend on what
/// else the machine does, has it beside them.
const ENDURANCE: &str = "endurance";
/// The first step that has it beside it.
const ENDURANCE_FROM: &str = "boards";

/// The steps of `cargo xtask check`: what needs no server.
const CHECK: [&str; 5] = ["fmt", "clippy", "layers", "codegen", "baremetal"];

impl Run<'_> {
    fn program(&self) -> Result<Program> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None => diff::build(self.root, "release"),
        }
    }
}

pub fn test(parser: &mut lexopt::Parser) -> Result<bool> {
    let mut only: Vec<String> = Vec::new();
    let mut long = false;
    let mut program = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("long") => long = true,
            Long("only") => only = parser.value()?.string()?.split(',').map(str::to_string).collect(),
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = only.iter().find(|o| STEPS.iter().all(|(name, ..)| name != o)) {
        bail!("no step {unknown}; there are: {}", STEPS.map(|(name, ..)| name).join(" "));
    }
    run_steps(|name| only.is_empty() || only.iter().any(|o| o == name), long, program)
}

pub fn check() -> Result<bool> {
    run_steps(|name| CHECK.contains(&name), false, None)
}

fn run_steps(wanted: impl Fn(&str) -> bool, long: bool, program: Option<Program>) -> Result<bool> {
    let root = repository_root()?;
    let run = Run { root: &root, long, program, beside: RefCell::new(None) };
    let place = |step: &str| STEPS.iter().position(|(name, ..)| *name == step);
    let begin = Instant::now();
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for (name, what, step) in STEPS.iter().filter(|(name, ..)| wanted(name)) {
        let may_have_it_beside = (place(ENDURANCE_FROM)..=place(ENDURANCE)).contains(&place(name));
        if wanted(ENDURANCE) && run.beside.borrow().is_none() && may_have_it_beside {
            println!("\n=== {ENDURANCE} begins, beside the steps that follow");
            let image = firmware::build(&root);
            *run.beside.borrow_mut() = Some(image.and_then(|image| Beside::start(&root, &image)));
        }
        println!("\n=== {name}: {what}");
        let start = Instant::now();
        // A step that could not do its work has failed: nothing passes because it did not run.
        let tally = step(&run).unwrap_or_else(|e| {
            failures::failed(format_args!("{name}: {e:#}"));
            Tally::one(false)
        });
        let tally = if tally.passed + tally.failed == 0 { Tally::one(false) } else { tally };
        let mark = if tally.failed == 0 { "ok  " } else { "FAIL" };
        lines.push(format!(
            "{mark} {name:<10} {:>5} passed {:>4} failed {:>6.1} s   {what}",
            tally.passed,
            tally.failed,
            start.elapsed().as_secs_f64()
        ));
        println!("=== {name}: {:.1} s", start.elapsed().as_secs_f64());
        total.passed += tally.passed;
        total.failed += tally.failed;
    }
    println!("\n=== summary, {:.0} s\n{}", begin.elapsed().as_secs_f64(), lines.join("\n"));
    failures::print();
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

/// `cargo xtask device` with the parts that take long, as another process. It ends with this one.
struct Beside {
    child: Child,
    start: Instant,
    /// Holds the image, which other steps may build anew, and what the process prints.
    folder: tempfile::TempDir,
}

impl Beside {
    fn start(root: &Path, image: &Path) -> Result<Beside> {
        let folder = tempfile::Builder::new().prefix("microredis-endurance-").tempdir()?;
        let copy = folder.path().join("image.elf");
        std::fs::copy(image, &copy)?;
        let log = File::create(folder.path().join("log"))?;
        let mut command = board::tied(std::env::current_exe()?);
        command.current_dir(root).arg("device").args(device::ENDURING).args(["--long", "--image"]).arg(copy);
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Beside { child, start: Instant::now(), folder })
    }

    /// Waits for it and prints what it said; its last line tells how many passed.
    fn end(mut self) -> Result<Tally> {
        let status = self.child.wait()?;
        let text = std::fs::read_to_string(self.folder.path().join("log"))?;
        print!("{text}");
        failures::adopt(&text);
        println!("{:.0} s since it began", self.start.elapsed().as_secs_f64());
        let last = text.lines().rfind(|line| line.contains(" passed, ")).unwrap_or_default();
        let mut numbers = last.split_ascii_whitespace().filter_map(|word| word.parse().ok());
        let tally = Tally { passed: numbers.next().unwrap_or(0), failed: numbers.next().unwrap_or(0) };
        // What ended otherwise than by its own verdict has failed, whatever it had said by then.
        Ok(if status.success() { tally } else { Tally { failed: tally.failed.max(1), ..tally } })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cargo(root: &Path, args: &[&str]) -> Result<bool> {
    Ok(Command::new("cargo").current_dir(root).args(args).status()?.success())
}

/// `cargo test`, its tests counted one by one.
fn cargo_test(run: &Run, which: &[&str]) -> Result<Tally> {
    let mut command = Command::new("cargo");
    command.current_dir(run.root).args(["test", "--no-fail-fast"]).args(which).stderr(Stdio::inherit());
    if run.long {
        // Property tests and models read how often to try.
        command.env("MICROREDIS_LONG", "1").env("PROPTEST_CASES", "4096");
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut tally = Tally::default();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("test result: ") {
            let number = |word: &str| {
                let before = rest.split(word).next().unwrap_or_default();
                before.rsplit(' ').find_map(|w| w.parse::<usize>().ok()).unwrap_or(0)
            };
            tally.passed += number(" passed");
            tally.failed += number(" failed");
        } else if let Some(test) = line.strip_suffix(" ... FAILED") {
            failures::failed(test);
        } else if line.contains("panicked at") || line.starts_with("error") {
            println!("{line}");
        }
    }
    if !output.status.success() {
        println!(
            "{}",
            text.lines().skip_while(|l| !l.starts_with("failures:")).take(200).collect::<Vec<_>>().join("\n")
        );
        tally.failed = tally.failed.max(1);
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally)
}

/// All commands and options of the table, each at least fifty times.
fn random_commands(run: &Run) -> Result<Tally> {
    let options = Options {
        redis: Program::redis(),
        ours: run.program()?,
        seed: 1,
        episode: None,
        commands: if run.long { 5_000_000 } else { 450_000 },
        only: Vec::new(),
        findings_max: 40,
        each_min: 50,
        show_counts: true,
        allowed: Allowed::read(&run.root.join("tests/diff-allowed.txt"), &run.root.join("docs/differences.md"))?,
    };
    let summary = microredis_testkit::diff::run(&options)?;
    for finding in &summary.findings {
        failures::failed(format_args!("diff: {finding}"));
    }
    for rare in &summary.missing {
        failures::failed(format_args!("diff: sent too rarely: {rare}"));
    }
    Ok(Tally { passed: 1, failed: summary.findings.len() + summary.missing.len() })
}
