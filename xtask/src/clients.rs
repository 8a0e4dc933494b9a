//! `cargo xtask clients`: other people's client libraries, in pinned versions, and Redis's own command line programs
//! against our server. The libraries go under `target/`; the registries are those the machine's pip and npm know.

mod programs;

use crate::failures;
use crate::test::Tally;
use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::server::{Program, Server, repository_root};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut program = None;
    let mut profile = "release".to_string();
    let mut only: Vec<String> = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => only = parser.value()?.string()?.split(',').map(str::to_string).collect(),
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            Long("profile") => profile = parser.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let program = match program {
        Some(program) => program,
        None => crate::diff::build(&root, &profile)?,
    };
    if let Some(other) = only.iter().find(|o| CLIENTS.iter().all(|(name, _)| name != o)) {
        bail!("no client {other}: {}", CLIENTS.map(|(name, _)| name).join(", "));
    }
    let mut tally = Tally::default();
    for (name, run) in CLIENTS.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|o| o == name)) {
        // A server of its own for each.
        let server = Server::start(&program, &[])?;
        let part = run(&root, server.address, &|| server.log_tail(10)).with_context(|| name.to_string())?;
        tally = tally.and(part);
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0 && tally.passed > 0)
}

type Client = fn(&Path, SocketAddr, &dyn Fn() -> String) -> Result<Tally>;

/// What `--only` names.
const CLIENTS: [(&str, Client); 4] = [
    ("py", redis_py),
    ("ioredis", |root, address, log| node("ioredis", root, address, log)),
    ("node-redis", |root, address, log| node("node_redis", root, address, log)),
    ("programs", |_, address, _| programs::run(address)),
];

/// All clients, for `cargo xtask test`.
pub fn all(root: &Path, program: &Program) -> Result<Tally> {
    let server = Server::start(program, &[])?;
    let log = || server.log_tail(10);
    let libraries = at(root, server.address, &log)?.and(node("node_redis", root, server.address, &log)?);
    Ok(libraries.and(programs::run(server.address)?))
}

/// redis-py and ioredis against whatever listens at `address`, a board too; `log` says what it printed.
pub fn at(root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    Ok(redis_py(root, address, log)?.and(node("ioredis", root, address, log)?))
}

fn redis_py(root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let mut command = Command::new(python_library(root)?);
    command.arg(root.join("tests/clients/redis_py/test_client.py"));
    finish("redis-py", command, address, log)
}

fn node(name: &str, root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let mut command = Command::new("node");
    command.arg(node_library(name, root)?.join("test_client.js"));
    finish(name, command, address, log)
}

/// Runs a test program and reads its last line.
fn finish(name: &str, mut command: Command, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let output = command
        .args([address.ip().to_string(), address.port().to_string()])
        .output()
        .with_context(|| format!("{name}: see `cargo xtask setup`"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().last().unwrap_or_default();
    let words: Vec<&str> = last.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let [passed, "passed", failed, "failed"] = words[..] else {
        bail!("{name} did not come to its end:\n{text}{errors}\n{}", log());
    };
    let tally = Tally { passed: passed.parse()?, failed: failed.parse()? };
    if tally.failed > 0 {
        let text = text.lines().filter(|l| !l.starts_with("ok ")).collect::<Vec<_>>().join("\n");
        failures::failed(format_args!("{name}: {text}\n  again: cargo xtask clients"));
    }
    println!("{name}: {} passed, {} failed", tally.passed, tally.failed);
    Ok(tally)
}

/// A virtual environment with redis-py in the version that requirements.txt names.
fn python_library(root: &Path) -> Result<PathBuf> {
    let wanted = root.join("tests/clients/redis_py/requirements.txt");
    let folder = root.join("target/clients/py");
    let python = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    let text = std::fs::read(&wanted)?;
    if std::fs::read(&stamp).is_ok_and(|have| have == text) {
        return Ok(python);
    }
    println!("installing redis-py under target/clients");
    quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    quietly(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
    std::fs::write(stamp, text)?;
    Ok(python)
}

/// The libraries that checks need, for `cargo xtask setup`.
pub fn libraries(root: &Path) -> Result<()> {
    python_library(root)?;
    for name in ["ioredis", "node_redis"] {
        node_library(name, root)?;
    }
    Ok(())
}

/// A folder with the test program and its library, in the version that package.json and its lock name.
fn node_library(name: &str, root: &Path) -> Result<PathBuf> {
    let source = root.join("tests/clients").join(name);
    let folder = root.join("target/clients").join(name);
    std::fs::create_dir_all(&folder)?;
    let lock = std::fs::read(source.join("package-lock.json"))?;
    for file in ["package.json", "test_client.js"] {
        std::fs::copy(source.join(file), folder.join(file))?;
    }
    let stamp = folder.join("installed-lock.json");
    if !std::fs::read(&stamp).is_ok_and(|have| have == lock) {
        println!("installing {name} under target/clients");
        std::fs::copy(source.join("package-lock.json"), folder.join("package-lock.json"))?;
        quietly(Command::new("npm").current_dir(&folder).args([
            "ci",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]))?;
        std::fs::write(stamp, lock)?;
    }
    Ok(folder)
}

fn quietly(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| format!("{shown}: see `cargo xtask setup`"))?;
    if !output.status.success() {
        bail!("{shown}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
