//! `cargo xtask diff`: the differential runner with its switches.

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::diff::{self, Allowed, Options};
use microredis_testkit::server::{Program, repository_root};
use std::process::Command;

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut profile = "dev".to_string();
    let mut ours = None;
    let mut options = Options {
        redis: Program::redis(),
        ours: Program::redis(),
        seed: 1,
        episode: None,
        commands: 50_000,
        only: Vec::new(),
        findings_max: 20,
        each_min: 0,
        show_counts: false,
        allowed: Allowed::read(&root.join("tests/diff-allowed.txt"), &root.join("docs/differences.md"))?,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only" | "cmd") => options.only = parser.value()?.string()?.split(',').map(str::to_string).collect(),
            Long("count") => options.commands = parser.value()?.parse()?,
            Long("max") => options.findings_max = parser.value()?.parse()?,
            Long("each") => options.each_min = parser.value()?.parse()?,
            Long("counts") => options.show_counts = true,
            Long("profile") => profile = parser.value()?.string()?,
            Long("ours") => ours = Some(Program::at(parser.value()?.into())),
            Long("redis") => options.redis = Program::at(parser.value()?.into()),
            Long("seed") => {
                let text = parser.value()?.string()?;
                let (seed, episode) = match text.split_once(':') {
                    Some((seed, episode)) => (seed, Some(episode)),
                    None => (text.as_str(), None),
                };
                options.seed = seed.parse().with_context(|| text.clone())?;
                options.episode = episode.map(str::parse).transpose().with_context(|| text.clone())?;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    options.ours = match ours {
        Some(program) => program,
        None => build(&root, &profile)?,
    };
    let summary = diff::run(&options)?;
    for rare in &summary.missing {
        println!("sent too rarely: {rare}");
    }
    Ok(summary.findings.is_empty() && summary.missing.is_empty())
}

/// Builds our server and says where it is.
pub fn build(root: &std::path::Path, profile: &str) -> Result<Program> {
    if std::env::var_os("MICROREDIS_BIN").is_none() {
        let status = Command::new("cargo")
            .current_dir(root)
            .args(["build", "--quiet", "-p", "microredis", "--profile", profile])
            .status()?;
        if !status.success() {
            bail!("our server does not build");
        }
    }
    Ok(Program::ours(root, if profile == "dev" { "debug" } else { profile }))
}
