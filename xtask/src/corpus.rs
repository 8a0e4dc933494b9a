//! The demand that every command of the table has a script: `tests/scripts/<group>/<command>.resp`, in which the command
//! and each of its subcommands is sent at least once. What has needs of its own stands beside it, in
//! `<command>-<what>.resp`.

use anyhow::{Context, Result};
use microredis_engine::commands::spec::{Command, Group};
use microredis_engine::commands::table;
use microredis_testkit::script;
use std::path::Path;

/// The folder of a group's scripts.
fn folder(group: Group) -> &'static str {
    match group {
        Group::Generic => "generic",
        Group::String => "string",
        Group::List => "list",
        Group::Set => "set",
        Group::SortedSet => "zset",
        Group::Hash => "hash",
        Group::PubSub => "pubsub",
        Group::Transactions => "transaction",
        Group::Connection => "connection",
        Group::Server => "server",
        Group::Scripting => "scripting",
        Group::Hyperloglog => "hyperloglog",
        Group::Cluster => "cluster",
        Group::Geo => "geo",
        Group::Stream => "stream",
        Group::Bitmap => "bitmap",
    }
}

/// Prints what is missing; gives how many commands have their script and how many have not.
pub fn check(root: &Path) -> Result<(usize, usize)> {
    let (mut with, mut without) = (0, 0);
    for row in table::commands() {
        let file = format!("tests/scripts/{}/{}.resp", folder(row.group), row.name);
        if !root.join(&file).is_file() {
            println!("{} has no script: {file}", row.name);
            without += 1;
            continue;
        }
        let missing = missing_in(row, &sent(root, row)?);
        for name in &missing {
            println!("{file} does not send {name}");
        }
        if missing.is_empty() { with += 1 } else { without += 1 }
    }
    println!("corpus: {with} commands have their script, {without} have not");
    Ok((with, without))
}

/// What all scripts of a command send.
fn sent(root: &Path, row: &Command) -> Result<Vec<Vec<String>>> {
    let beside = format!("{}-", row.name);
    let mut sent = Vec::new();
    for entry in std::fs::read_dir(root.join("tests/scripts").join(folder(row.group)))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == row.name || name.starts_with(&beside) {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let script = script::parse(&text).map_err(anyhow::Error::msg);
            sent.extend(script.with_context(|| path.display().to_string())?.commands());
        }
    }
    Ok(sent)
}

fn missing_in(row: &Command, sent: &[Vec<String>]) -> Vec<String> {
    let name = row.name.to_ascii_uppercase();
    if row.subcommands.is_empty() {
        let there = sent.iter().any(|words| words.first() == Some(&name));
        return if there { Vec::new() } else { vec![name] };
    }
    // HELP is the same for all and tested once.
    // What came after Redis 7.0 cannot be blessed by it.
    let ours = row.subcommands.iter().filter(|s| !s.since.starts_with("7.2"));
    let wanted = ours.map(|s| s.name.to_ascii_uppercase()).filter(|s| s != "HELP");
    wanted
        .filter(|sub| !sent.iter().any(|words| words.first() == Some(&name) && words.get(1) == Some(sub)))
        .map(|sub| format!("{name} {sub}"))
        .collect()
}
