//! The differential runner: random commands to our server and to a real redis-server, replies compared one by one and
//! states at the end of every episode.
//!
//! An episode is a few hundred commands that follow from (seed, number) alone and start on empty servers. A finding is
//! shrunk to the commands that matter and printed once, with the line that repeats it.

mod allow;
pub mod check;
mod clock;
mod generate;
mod pair;
mod shrink;
pub mod special;
mod state;
mod values;

pub use allow::Allowed;
pub use generate::Step;

use crate::client::Client;
use crate::grammar::{self, Command};
use crate::quote;
use crate::server::{Program, Server};
use anyhow::{Result, bail};
use generate::Generator;
use pair::{Difference, Pair, RunOptions};
use std::collections::BTreeMap;

pub struct Options {
    pub redis: Program,
    pub ours: Program,
    pub seed: u64,
    /// Only this episode.
    pub episode: Option<u64>,
    /// Commands to send, at least.
    pub commands: u64,
    /// Groups or command names; empty for all.
    pub only: Vec<String>,
    /// Different findings after which to stop.
    pub findings_max: usize,
    /// Every command must have been sent so often.
    pub each_min: u64,
    pub show_counts: bool,
    pub allowed: Allowed,
}

/// What a run found.
pub struct Summary {
    pub commands: u64,
    pub episodes: u64,
    /// What each different finding is, command and kind.
    pub findings: Vec<String>,
    pub allowed: usize,
    pub missing: Vec<String>,
}

const EPISODE_STEPS: usize = 500;

/// Runs and prints; an error is a run that could not take place.
pub fn run(options: &Options) -> Result<Summary> {
    let extra = ["--enable-debug-command", "yes", "--appendonly", "no"];
    let redis = Server::start(&options.redis, &extra)?;
    let ours = Server::start(&options.ours, &extra)?;
    // The vocabulary is our command table's, as COMMAND DOCS tells it; what the reference has on top is not ours yet.
    let reference = grammar::read(&mut redis.connect()?)?;
    let all = match grammar::read(&mut ours.connect()?) {
        Ok(mut table) if !table.is_empty() => {
            // Ours of later versions (CLIENT SETINFO) have nothing to be compared with.
            table.retain(|c| reference.iter().any(|r| r.words == c.words));
            table
        }
        Ok(_) => reference,
        Err(e) => {
            println!("diff: the program under test has no COMMAND DOCS ({e:#}); taking the reference's grammar");
            reference
        }
    };
    let supported = supported(&mut ours.connect()?, &all)?;
    let vocabulary: Vec<Command> = supported
        .iter()
        .filter(|c| special::left_out(c).is_none())
        .filter(|c| options.only.is_empty() || options.only.iter().any(|o| matches(c, o)))
        .cloned()
        .collect();
    if vocabulary.is_empty() {
        bail!("no command to test: {} of {} known, none of them in {:?}", supported.len(), all.len(), options.only);
    }
    println!(
        "diff: {} commands of {} known to both; seed {}; redis {}, ours {}",
        vocabulary.len(),
        supported.len(),
        options.seed,
        options.redis.path.display(),
        options.ours.path.display()
    );
    let pair = Pair::start(redis, ours)?;
    let mut runner = Runner {
        options,
        vocabulary,
        known: supported,
        pair,
        sent: BTreeMap::new(),
        findings: BTreeMap::new(),
        allowed: BTreeMap::new(),
        printed: 0,
    };
    runner.all()
}

/// Random commands for one server, whatever it answers.
pub struct Random {
    vocabulary: Vec<Command>,
    known: Vec<Command>,
}

impl Random {
    /// All commands that `ours` knows, with the reference's grammar.
    pub fn new(reference: &mut Client, ours: &mut Client) -> Result<Random> {
        let known = supported(ours, &grammar::read(reference)?)?;
        let vocabulary = known.iter().filter(|c| special::left_out(c).is_none()).cloned().collect();
        Ok(Random { vocabulary, known })
    }

    pub fn episode(&self, seed: u64, episode: u64) -> Vec<Step> {
        Generator::new(&self.vocabulary, &self.known, seed_of(seed, episode)).episode(EPISODE_STEPS)
    }
}

/// Seeds of neighbouring episodes must not be neighbours.
fn seed_of(seed: u64, episode: u64) -> u64 {
    (seed ^ episode.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// Whether `--only` word `o` names the command's group or the command.
fn matches(command: &Command, o: &str) -> bool {
    let o = o.to_ascii_lowercase();
    let group = command.group.to_ascii_lowercase();
    let alias = match o.as_str() {
        "zset" => "sorted-set",
        "hll" => "hyperloglog",
        "keys" => "generic",
        "tx" | "multi" => "transactions",
        other => other,
    };
    group == alias || command.name().eq_ignore_ascii_case(&o) || command.words[0].eq_ignore_ascii_case(&o)
}

/// The reference's commands that `ours` knows too.
fn supported(ours: &mut Client, all: &[Command]) -> Result<Vec<Command>> {
    let mut out = Vec::new();
    for command in all {
        // These change the connection; what COMMAND INFO says has to do.
        if matches!(
            command.words[0].as_str(),
            "SHUTDOWN"
                | "QUIT"
                | "MONITOR"
                | "SYNC"
                | "PSYNC"
                | "REPLCONF"
                | "EXEC"
                | "MULTI"
                | "RESET"
                | "SUBSCRIBE"
                | "PSUBSCRIBE"
                | "UNSUBSCRIBE"
                | "PUNSUBSCRIBE"
        ) {
            let info = ours.call(&["COMMAND", "INFO", &command.words[0]])?;
            let unknown = info.items().first().is_some_and(|v| v.is_null());
            if !unknown {
                out.push(command.clone());
            }
            continue;
        }
        if special::left_out(command).is_some() {
            out.push(command.clone());
            continue;
        }
        // As many arguments as it takes, none of them sound; a write that goes through is flushed by the first episode.
        let mut args = command.words.clone();
        let wanted = command.arity.unsigned_abs() as usize;
        args.extend((args.len()..wanted).map(|i| format!("?{i}")));
        let text = ours.call(&args)?.text();
        if !text.starts_with("ERR unknown command") && !text.starts_with("ERR unknown subcommand") {
            out.push(command.clone());
        }
    }
    Ok(out)
}

struct Runner<'a> {
    options: &'a Options,
    vocabulary: Vec<Command>,
    known: Vec<Command>,
    pair: Pair,
    sent: BTreeMap<String, u64>,
    /// By signature: how often.
    findings: BTreeMap<String, u64>,
    allowed: BTreeMap<String, u64>,
    printed: usize,
}

impl Runner<'_> {
    fn all(&mut self) -> Result<Summary> {
        let mut episode = self.options.episode.unwrap_or(0);
        let mut commands = 0;
        let mut episodes = 0;
        let start = std::time::Instant::now();
        loop {
            let (steps, run) = self.plan(episode);
            commands += steps.len() as u64;
            episodes += 1;
            self.count(&steps);
            self.episode(episode, &steps, run)?;
            episode += 1;
            let enough = self.options.episode.is_some() || commands >= self.options.commands;
            if enough || self.findings.len() >= self.options.findings_max {
                break;
            }
        }
        let missing = self.report(start.elapsed(), commands, episodes);
        let findings = self.findings.keys().cloned().collect();
        Ok(Summary { commands, episodes, findings, allowed: self.allowed.len(), missing })
    }

    fn plan(&self, episode: u64) -> (Vec<Step>, RunOptions) {
        let mut generator = Generator::new(&self.vocabulary, &self.known, seed_of(self.options.seed, episode));
        let mut steps = generator.episode(EPISODE_STEPS);
        clock::far_ends(&mut steps);
        let notify = steps.iter().any(|s| s.lane == special::LANE_SUBSCRIBER_RESP3);
        (steps, RunOptions { compare_state: true, notify })
    }

    fn count(&mut self, steps: &[Step]) {
        for step in steps {
            let args: Vec<String> =
                step.args.iter().take(30).map(|a| String::from_utf8_lossy(a).to_ascii_uppercase()).collect();
            // The subcommand, not its container.
            let named = self.vocabulary.iter().filter(|c| args.starts_with(&c.words));
            let Some(command) = named.max_by_key(|c| c.words.len()) else {
                continue;
            };
            let name = command.name();
            for token in command.tokens() {
                if args[command.words.len()..].contains(&token) {
                    *self.sent.entry(format!("{name} {token}")).or_default() += 1;
                }
            }
            *self.sent.entry(name).or_default() += 1;
        }
    }

    fn episode(&mut self, episode: u64, steps: &[Step], run: RunOptions) -> Result<()> {
        let mut new: Vec<Difference> = Vec::new();
        let (findings, allowed, options) = (&mut self.findings, &mut self.allowed, self.options);
        self.pair.run(steps, run, &mut |difference| {
            if let Some(name) = options.allowed.covers(&difference) {
                *allowed.entry(name).or_default() += 1;
                return true;
            }
            let signature = difference.signature();
            let fatal = difference.fatal;
            let count = findings.entry(signature).or_default();
            *count += 1;
            if *count == 1 {
                new.push(difference);
            }
            !fatal && findings.len() < options.findings_max
        })?;
        for difference in new {
            let minimal = shrink::shrink(&mut self.pair, steps, &difference, run)?;
            self.print(episode, &difference, &minimal);
        }
        Ok(())
    }

    fn print(&mut self, episode: u64, difference: &Difference, minimal: &[Step]) {
        self.printed += 1;
        println!("\n#{} {}", self.printed, difference.signature());
        println!("  command  {}", quote::command(&difference.command, Some(300)));
        println!("  redis    {}", cut(&difference.redis));
        println!("  ours     {}", cut(&difference.ours));
        println!("  shortest way there ({} commands):", minimal.len());
        const SHOWN: usize = 16;
        if minimal.len() > SHOWN {
            println!("    ... {} before ...", minimal.len() - SHOWN);
        }
        for step in &minimal[minimal.len().saturating_sub(SHOWN)..] {
            println!("    {}> {}", step.lane, quote::command(&step.args, Some(200)));
        }
        let only = if self.options.only.is_empty() {
            String::new()
        } else {
            format!(" --only {}", self.options.only.join(","))
        };
        println!("  again    cargo xtask diff{only} --seed {}:{episode}", self.options.seed);
    }

    /// Prints the counts; gives the commands that were sent too rarely.
    fn report(&self, took: std::time::Duration, commands: u64, episodes: u64) -> Vec<String> {
        let mut rare = Vec::new();
        for command in &self.vocabulary {
            let name = command.name();
            let n = self.sent.get(&name).copied().unwrap_or(0);
            if n < self.options.each_min {
                rare.push(format!("{name} ({n})"));
            }
            for token in command.tokens() {
                let n = self.sent.get(&format!("{name} {token}")).copied().unwrap_or(0);
                if n < self.options.each_min && !special::token_left_out(&name, &token) {
                    rare.push(format!("{name} {token} ({n})"));
                }
            }
        }
        if self.options.show_counts {
            println!("\ncommand or option: times sent");
            for (name, n) in &self.sent {
                println!("  {name:<40} {n}");
            }
            for command in &self.known {
                if let Some(why) = special::left_out(command) {
                    println!("  {:<40} left out: {why}", command.name());
                }
            }
        }
        if !self.findings.is_empty() {
            println!("\nfindings, and how often each was met:");
            for (signature, n) in &self.findings {
                println!("  {n:>6}  {signature}");
            }
        }
        for (name, n) in &self.allowed {
            println!("  allowed {n:>6}  {name}");
        }
        println!(
            "\ndiff: {commands} commands in {episodes} episodes, {} different findings, {} allowed; {:.1} s",
            self.findings.len(),
            self.allowed.len(),
            took.as_secs_f64()
        );
        rare
    }
}

fn cut(text: &str) -> String {
    const MAX: usize = 900;
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}... ({} bytes)", &text[..at], text.len()),
        None => text.to_string(),
    }
}
