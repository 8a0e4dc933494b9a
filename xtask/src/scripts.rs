//! `cargo xtask scripts`: plays tests/scripts against a server over TCP, a fresh server for each script; `--bless`
//! writes the replies of a real redis-server into them.

use crate::failures;
use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::client::Client;
use microredis_testkit::script::{self, Script, Tcp};
use microredis_testkit::server::{Program, Server, repository_root};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The version whose replies are the expected ones.
const REFERENCE: &str = "7.0.15";

/// What a server over TCP on a host can do; a script that needs more is for others.
const ABILITIES: [&str; 4] = ["bulk-64k", "docs", "no-store", "pages-4k"];

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut only = String::new();
    let mut bless = false;
    let mut program = None;
    let mut profile = "dev".to_string();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => only = parser.value()?.string()?,
            Long("bless") => bless = true,
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            Long("profile") => profile = parser.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if bless {
        program = Some(Program::redis());
    }
    let program = match program {
        Some(program) => program,
        None => crate::diff::build(&root, &profile)?,
    };
    let (passed, failed) = replay(&root, &program, &only, bless)?;
    println!("\n{passed} passed, {failed} failed");
    Ok(failed == 0 && passed > 0)
}

/// How the scripts went.
#[derive(Default)]
pub struct Played {
    pub passed: usize,
    pub failed: usize,
    /// Scripts that need what the server does not have.
    pub skipped: Vec<String>,
}

/// Plays all scripts whose path contains `only`, each against a server of its own, or blesses them.
pub fn replay(root: &Path, program: &Program, only: &str, bless: bool) -> Result<(usize, usize)> {
    let mut server = None;
    let mut fresh = || -> Result<SocketAddr> {
        let started = Server::start(program, &["--enable-debug-command", "yes"])?;
        Ok(server.insert(started).address)
    };
    if bless {
        return Ok((self::bless(root, only, &mut fresh)?, 0));
    }
    let played = play(root, only, &ABILITIES, "scripts", &mut fresh)?;
    if let Some(name) = played.skipped.first() {
        bail!("{name} needs what no server here has");
    }
    Ok((played.passed, played.failed))
}

/// The scripts whose path contains `only`: name, file, text and what it says.
fn scripts(root: &Path, only: &str) -> Result<Vec<(String, PathBuf, String, Script)>> {
    let mut all = Vec::new();
    for (name, file) in script::files(root)?.into_iter().filter(|(name, _)| name.contains(only)) {
        let text = std::fs::read_to_string(&file)?;
        let parsed = script::parse(&text).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
        all.push((name, file, text, parsed));
    }
    Ok(all)
}

/// Plays scripts against what `fresh` starts for each, except those that need more than `abilities`. `verb` is what
/// plays a single one again.
pub fn play(
    root: &Path,
    only: &str,
    abilities: &[&str],
    verb: &str,
    fresh: &mut dyn FnMut() -> Result<SocketAddr>,
) -> Result<Played> {
    let (mut played, mut replies) = (Played::default(), 0);
    for (name, _, _, script) in scripts(root, only)? {
        if script.needs.iter().any(|need| !abilities.contains(&need.as_str())) {
            played.skipped.push(name);
            continue;
        }
        match script.run(&mut Tcp::new(fresh()?)) {
            Ok(n) => {
                played.passed += 1;
                replies += n;
            }
            Err(m) => {
                played.failed += 1;
                failures::failed(format_args!(
                    "tests/scripts/{name}:{}: {}\n  expected\n{}\n  got\n{}\n  again: cargo xtask {verb} --only {name}",
                    m.line,
                    m.command,
                    indent(&m.expected),
                    indent(&m.got)
                ));
            }
        }
    }
    println!("{verb}: {} of {} files, {replies} replies", played.passed, played.passed + played.failed);
    Ok(played)
}

/// Writes the reference's replies into scripts; their number.
fn bless(root: &Path, only: &str, fresh: &mut dyn FnMut() -> Result<SocketAddr>) -> Result<usize> {
    let all = scripts(root, only)?;
    for (name, file, text, script) in &all {
        let address = fresh()?;
        let version = Client::connect(address)?.line("INFO server")?.text();
        if !version.contains(&format!("redis_version:{REFERENCE}\r")) || version.contains("microredis_version") {
            bail!("only redis-server {REFERENCE} may bless");
        }
        let blessed = script.bless(&mut Tcp::new(address));
        if blessed != *text {
            std::fs::write(file, blessed).with_context(|| name.clone())?;
            println!("blessed {name}");
        }
    }
    Ok(all.len())
}

fn indent(text: &str) -> String {
    let shown: Vec<String> = text.lines().take(30).map(|l| format!("    {l}")).collect();
    shown.join("\n")
}
