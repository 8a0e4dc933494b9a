//! `cargo xtask bench --device`: instructions a command on the emulated board, counted by its program `counts`, beside
//! those of docs/firmware-speed.md. A figure that has grown by more than [`GROWTH_MAX`] fails; `--write` takes all anew.

use crate::{failures, firmware, setup, toolchain};
use anyhow::{Context, Result, bail, ensure};
use lexopt::prelude::*;
use microredis_testkit::board::{self, Boot};
use microredis_testkit::server::repository_root;
use std::fmt::Write;
use std::path::Path;

const DOCUMENT: &str = "docs/firmware-speed.md";
/// The figures stand behind this line, as a table, up to the next empty line.
const MARK: &str = "<!-- cargo xtask bench --device --write -->\n\n";

/// A committed figure may grow by a twentieth where Debian's compiler made the program, as it made the committed one.
const GROWTH_MAX: f64 = 1.05;
/// Another compiler's code is longer or shorter, and rustup's `core` is not built for size.
const GROWTH_OTHER_MAX: f64 = 1.25;

/// The clock of the boards with RISC-V (ESP32-C3, ESP32-C6).
const MEGAHERTZ: f64 = 160.0;

const SECONDS_MAX: u64 = 120;

/// Mean and most instructions of a command's calls, at 100 keys and at a full arena.
struct Count {
    name: String,
    figures: [u64; 4],
}

/// `--device` was read already.
pub fn command(parser: &mut lexopt::Parser) -> Result<bool> {
    let mut write = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("write") => write = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let root = repository_root()?;
    if !write {
        return check(&root);
    }
    let (counts, _) = count(&root)?;
    let table = table(&counts);
    print!("{table}");
    let path = root.join(DOCUMENT);
    let text = std::fs::read_to_string(&path).with_context(|| DOCUMENT)?;
    let (before, old) = text.split_once(MARK).with_context(|| format!("{DOCUMENT} has no place for the table"))?;
    let after = old.split_once("\n\n").map_or("", |(_, after)| after);
    std::fs::write(&path, format!("{before}{MARK}{table}\n{after}"))?;
    println!("written to {DOCUMENT}");
    Ok(true)
}

/// Counts, and compares with the document.
pub fn check(root: &Path) -> Result<bool> {
    let text = std::fs::read_to_string(root.join(DOCUMENT)).with_context(|| DOCUMENT)?;
    let committed = read(&text)?;
    let (counts, took) = count(root)?;
    print!("{}", table(&counts));
    ensure!(committed.len() == counts.len(), "{DOCUMENT} has {} rows: --write renews it", committed.len());
    let mut good = true;
    let is_same = took == toolchain::DEBIAN;
    let growth_max = if is_same { GROWTH_MAX } else { GROWTH_OTHER_MAX };
    if !is_same {
        println!("built with {took}, {DOCUMENT} with {}: figures may be {growth_max} times as high", toolchain::DEBIAN);
    }
    for (now, then) in counts.iter().zip(&committed) {
        ensure!(now.name == then.name, "{DOCUMENT} has {} in place of {}", then.name, now.name);
        for (now_figure, then_figure) in now.figures.iter().zip(then.figures) {
            if *now_figure as f64 > then_figure as f64 * growth_max {
                failures::failed(format_args!("{}: {now_figure} instructions, {then_figure} in {DOCUMENT}", now.name));
                good = false;
            }
        }
    }
    if counts.iter().zip(&committed).any(|(now, then)| now.figures != then.figures) {
        println!("{DOCUMENT} shows other figures: `cargo xtask bench --device --write` renews it");
    }
    Ok(good)
}

/// Runs the board's program; the figures, and what it was built with.
fn count(root: &Path) -> Result<(Vec<Count>, &'static str)> {
    setup::emulator()?;
    let (image, took) = firmware::build_counts(root)?;
    let folder = tempfile::Builder::new().prefix("microredis-counts-").tempdir()?;
    let flash = folder.path().join("flash.bin");
    board::blank(&flash)?;
    let boot = Boot {
        network: ["-netdev", "user,id=n0"].map(str::to_string).to_vec(),
        extra: ["-icount", "shift=0"].map(str::to_string).to_vec(),
        seconds_max: SECONDS_MAX,
        ..Boot::new(&image)
    };
    let output = boot.command(&flash, 0).stdin(std::process::Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut counts = Vec::new();
    for line in text.lines() {
        if let Some(end) = line.strip_prefix("end: ") {
            println!("full: {end}");
            return Ok((counts, took));
        }
        let Some((name, figures)) = line.split_once(": ") else { bail!("the board says:\n{text}") };
        counts.push(Count { name: name.to_string(), figures: figures_of(figures.split(' '))? });
    }
    bail!("the board did not come to the end ({}):\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr))
}

fn table(counts: &[Count]) -> String {
    let mut text = String::from(
        "| command | 100 keys | most | full arena | most | a second at 100 keys |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for Count { name, figures: [few, few_most, full, full_most] } in counts {
        let rate = MEGAHERTZ * 1e6 / *few as f64;
        let _ = writeln!(text, "| {name} | {few} | {few_most} | {full} | {full_most} | {rate:.0} |");
    }
    text
}

/// The table of the document, its last column aside.
fn read(document: &str) -> Result<Vec<Count>> {
    let (_, rest) = document.split_once(MARK).with_context(|| format!("{DOCUMENT} has no table"))?;
    rest.lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let name = cells.next().context("an empty row")?.to_string();
            Ok(Count { name, figures: figures_of(cells)? })
        })
        .collect()
}

fn figures_of<'a>(mut texts: impl Iterator<Item = &'a str>) -> Result<[u64; 4]> {
    let mut figures = [0; 4];
    for figure in &mut figures {
        *figure = texts.next().context("a figure is missing")?.parse()?;
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let counts = [
            Count { name: "GET".to_string(), figures: [5760, 6044, 5878, 6130] },
            Count { name: "ZRANGE 10".to_string(), figures: [1, 2, 3, 4] },
        ];
        let read = read(&format!("# Title\n\n{MARK}{}\nand more\n", table(&counts))).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].name, "GET");
        assert_eq!(read[0].figures, counts[0].figures);
        assert_eq!(read[1].name, "ZRANGE 10");
        assert_eq!(read[1].figures, counts[1].figures);
    }
}
