//! `cargo xtask clients`: other people's client libraries, in pinned versions, against our server. The libraries go
//! under `target/`; the registries are those the machine's pip and npm know.

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
    let mut only = "py,node".to_string();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => only = parser.value()?.string()?,
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            Long("profile") => profile = parser.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let program = match program {
        Some(program) => program,
        None => crate::diff::build(&root, &profile)?,
    };
    let mut tally = Tally::default();
    for which in only.split(',') {
        // A server of its own for each.
        let server = Server::start(&program, &[])?;
        let log = || server.log_tail(10);
        let part = match which {
            "py" => redis_py(&root, server.address, &log)?,
            "node" => ioredis(&root, server.address, &log)?,
            other => bail!("no client {other}: py, node"),
        };
        tally = Tally { passed: tally.passed + part.passed, failed: tally.failed + part.failed };
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0 && tally.passed > 0)
}

/// All clients, for `cargo xtask test`.
pub fn all(root: &Path, program: &Program) -> Result<Tally> {
    let server = Server::start(program, &[])?;
    at(root, server.address, &|| server.log_tail(10))
}

/// All clients against whatever listens at `address`; `log` says what it printed.
pub fn at(root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let py = redis_py(root, address, log)?;
    let node = ioredis(root, address, log)?;
    Ok(Tally { passed: py.passed + node.passed, failed: py.failed + node.failed })
}

fn redis_py(root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let mut command = Command::new(python_library(root)?);
    command.arg(root.join("tests/clients/redis_py/test_client.py"));
    finish("redis-py", command, address, log)
}

fn ioredis(root: &Path, address: SocketAddr, log: &dyn Fn() -> String) -> Result<Tally> {
    let mut command = Command::new("node");
    command.arg(node_library(root)?.join("test_client.js"));
    finish("ioredis", command, address, log)
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
        println!("{}", text.lines().filter(|l| !l.starts_with("ok ")).collect::<Vec<_>>().join("\n"));
        println!("  again: cargo xtask clients");
    }
    println!("{name}: {} passed, {} failed", tally.passed, tally.failed);
    Ok(tally)
}

/// A virtual environment with redis-py in the version that requirements.txt names.
pub fn python_library(root: &Path) -> Result<PathBuf> {
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

/// A folder with the test program and ioredis in the version that package.json and its lock name.
pub fn node_library(root: &Path) -> Result<PathBuf> {
    let source = root.join("tests/clients/ioredis");
    let folder = root.join("target/clients/node");
    std::fs::create_dir_all(&folder)?;
    let lock = std::fs::read(source.join("package-lock.json"))?;
    for file in ["package.json", "test_client.js"] {
        std::fs::copy(source.join(file), folder.join(file))?;
    }
    let stamp = folder.join("installed-lock.json");
    if !std::fs::read(&stamp).is_ok_and(|have| have == lock) {
        println!("installing ioredis under target/clients");
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
