//! `cargo xtask scripts`: plays tests/scripts against a server over TCP, a fresh server for each script; `--bless`
//! writes the replies of a real redis-server into them.

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::script::{self, Tcp};
use microredis_testkit::server::{Program, Server, repository_root};
use std::path::Path;

/// The version whose replies are the expected ones.
const REFERENCE: &str = "7.0.15";

/// What a server over TCP on a host can do; a script that needs more is for others.
const ABILITIES: [&str; 2] = ["bulk-64k", "pages-4k"];

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

/// Plays all scripts whose path contains `only`.
pub fn replay(root: &Path, program: &Program, only: &str, bless: bool) -> Result<(usize, usize)> {
    let (mut passed, mut failed, mut replies) = (0, 0, 0);
    for (name, file) in script::files(root)? {
        if !name.contains(only) {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        let parsed = script::parse(&text).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
        if let Some(need) = parsed.needs.iter().find(|n| !ABILITIES.contains(&n.as_str())) {
            bail!("{name} needs {need}, which no server here has");
        }
        let server = Server::start(program, &["--enable-debug-command", "yes"])?;
        if bless {
            let version = server.connect()?.line("INFO server")?.text();
            if !version.contains(&format!("redis_version:{REFERENCE}\r")) || version.contains("microredis_version") {
                bail!("{} is not redis-server {REFERENCE}: only that may bless", program.path.display());
            }
            let blessed = parsed.bless(&mut Tcp::new(server.address));
            if blessed != text {
                std::fs::write(&file, blessed).with_context(|| name.clone())?;
                println!("blessed {name}");
            }
            passed += 1;
            continue;
        }
        match parsed.run(&mut Tcp::new(server.address)) {
            Ok(n) => {
                passed += 1;
                replies += n;
            }
            Err(m) => {
                failed += 1;
                println!("FAILED tests/scripts/{name}:{}: {}", m.line, m.command);
                println!("  expected\n{}\n  got\n{}", indent(&m.expected), indent(&m.got));
                println!("  again: cargo xtask scripts --only {name}");
            }
        }
    }
    if !bless {
        println!("scripts: {passed} of {} files, {replies} replies", passed + failed);
    }
    Ok((passed, failed))
}

fn indent(text: &str) -> String {
    let shown: Vec<String> = text.lines().take(30).map(|l| format!("    {l}")).collect();
    shown.join("\n")
}
