//! The firmware images: builds each, reads from the program what it takes of flash and RAM, and compares that with
//! `firmware/budgets.toml`. It shows that the boards compile and link; no image has run on hardware.

use crate::toolchain::BareMetal;
use crate::{failures, firmware};
use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use microredis_testkit::server::repository_root;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A firmware image.
struct Board {
    /// Its name in `firmware/budgets.toml`, and its package's feature where one package serves several chips.
    name: &'static str,
    /// Below `firmware/boards`.
    folder: &'static str,
    features: &'static [&'static str],
    target: &'static str,
    /// What it needs of the standard library: the radio's crates want `alloc`.
    library: &'static str,
    program: &'static str,
    /// Addresses of the memory that loses its contents.
    ram: &'static [Range<u64>],
}

// A region is one range, not the numbers in it.
#[allow(clippy::single_range_in_vec_init)]
const BOARDS: [Board; 5] = [
    Board {
        name: firmware::EMULATED,
        folder: firmware::EMULATED,
        features: &[],
        target: "riscv32imac-unknown-none-elf",
        library: "core",
        program: "microredis-qemu-virt-riscv32",
        ram: &[0x8000_0000..0x8004_B000],
    },
    Board {
        name: "esp32c6",
        folder: "esp32",
        features: &["esp32c6"],
        target: "riscv32imac-unknown-none-elf",
        library: "core,alloc",
        program: "microredis-esp32",
        ram: &[0x4080_0000..0x4088_0000],
    },
    Board {
        name: "esp32c3",
        folder: "esp32",
        features: &["esp32c3"],
        target: "riscv32imc-unknown-none-elf",
        library: "core,alloc",
        program: "microredis-esp32",
        // The same memory on the bus of instructions and on that of data; see `is_placeholder`.
        ram: &[0x3FC8_0000..0x3FCE_0000, 0x4037_C000..0x403E_0000],
    },
    Board {
        name: "rp2350-w5500",
        folder: "rp2350-w5500",
        features: &[],
        target: "thumbv8m.main-none-eabihf",
        library: "core",
        program: "microredis-rp2350-w5500",
        ram: &[0x2000_0000..0x2008_2000],
    },
    Board {
        name: "stm32h743",
        folder: "stm32h743",
        features: &[],
        target: "thumbv7em-none-eabihf",
        library: "core",
        program: "microredis-stm32h743",
        ram: &[0x2000_0000..0x2002_0000, 0x2400_0000..0x2408_0000, 0x3000_0000..0x3004_8000],
    },
];

/// What is not built here: a chip, why, and where the commands for it stand.
const NOT_BUILT: [(&str, &str); 1] =
    [("esp32s3", "Xtensa: wants Espressif's fork of the compiler; commands in docs/flashing-esp32.md")];

/// What an image takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Figures {
    flash: u64,
    /// Static memory with the arena, without the stack.
    ram: u64,
    arena: u64,
    /// Room for the stack.
    stack: u64,
}

/// Marks a line that does not hold.
const OVER: &str = "  OVER BUDGET";

/// One line of a budget: its name in the file, the figure, and whether it is the most or the least.
type Line = (&'static str, fn(&Figures) -> u64, Bound);

#[derive(Clone, Copy)]
enum Bound {
    Most,
    Least,
}

const LINES: [Line; 4] = [
    ("flash_max", |f| f.flash, Bound::Most),
    ("static_ram_max", |f| f.ram, Bound::Most),
    ("arena_min", |f| f.arena, Bound::Least),
    ("stack_min", |f| f.stack, Bound::Least),
];

/// The verb: `boards` builds first, `size` measures what was built last.
pub fn run(parser: &mut lexopt::Parser, build: bool) -> Result<bool> {
    let mut only = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => only = parser.value()?.string()?.split(',').map(str::to_string).collect(),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = only.iter().find(|o| BOARDS.iter().all(|b| b.name != *o)) {
        bail!("no board {unknown}; there are: {}", BOARDS.map(|b| b.name).join(" "));
    }
    let (_, failed) = check(&repository_root()?, &only, build)?;
    Ok(failed == 0)
}

/// How many boards are as they should be, and how many are not.
pub fn check(root: &Path, only: &[String], build: bool) -> Result<(usize, usize)> {
    let budgets = budgets(root)?;
    let (mut good, mut bad) = (0, 0);
    let mut report = Vec::new();
    for board in BOARDS.iter().filter(|b| only.is_empty() || only.iter().any(|o| o == b.name)) {
        let Some(program) = program(root, board, build)? else {
            bad += 1;
            continue;
        };
        let data = std::fs::read(&program)
            .with_context(|| format!("{}: `cargo xtask boards` builds it", program.display()))?;
        let figures = measure(board, &data)?;
        let (text, fits) = compare(board.name, &figures, budget(&budgets, board.name)?)?;
        keep_misses(&text);
        report.push(text);
        *(if fits { &mut good } else { &mut bad }) += 1;
    }
    println!("{:<19}{:<16}{:>10}{:>10}{:>12}", "board", "", "bytes", "budget", "difference");
    print!("{}", report.concat());
    for (name, why) in NOT_BUILT.iter().filter(|_| only.is_empty()) {
        println!("{name:<19}not built here. {why}");
    }
    Ok((good, bad))
}

/// Compares the most stack that the emulated board has used with its budget, which no image tells.
pub fn check_stack_used(root: &Path, bytes: u64) -> Result<bool> {
    let budgets = budgets(root)?;
    let limit = limit(firmware::EMULATED, "stack_used_max", budget(&budgets, firmware::EMULATED)?)?;
    let (text, fits) = line(firmware::EMULATED, "stack_used_max", bytes, limit, Bound::Most)?;
    keep_misses(&text);
    print!("{text}");
    Ok(fits)
}

fn keep_misses(table: &str) {
    for line in table.lines().filter(|line| line.ends_with(OVER)) {
        failures::failed(line);
    }
}

fn budgets(root: &Path) -> Result<toml::Table> {
    let path = root.join("firmware/budgets.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    text.parse().context("firmware/budgets.toml")
}

fn budget<'b>(budgets: &'b toml::Table, board: &str) -> Result<&'b toml::Table> {
    let budget = budgets.get(board).and_then(|b| b.as_table());
    budget.with_context(|| format!("firmware/budgets.toml has no [{board}]"))
}

/// The board's image; `None`, with the compiler's words printed: it does not link.
fn program(root: &Path, board: &Board, build: bool) -> Result<Option<PathBuf>> {
    let target_dir = root.join("target/firmware");
    let folder = root.join("firmware/boards").join(board.folder);
    let image = target_dir.join(board.target).join("release").join(board.program);
    if !build {
        return Ok(Some(image));
    }
    let start = Instant::now();
    let BareMetal { mut command, took } = BareMetal::build(&folder, board.target, &target_dir, board.library)?;
    command.args(["--features", &board.features.join(",")]);
    let output = command.output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let text = text.lines().take(60).collect::<Vec<_>>().join("\n");
        failures::failed(format_args!("{} does not link for {} ({took}):\n{text}", board.name, board.target));
        return Ok(None);
    }
    println!("{}: links for {} ({took}; {:.0} s)", board.name, board.target, start.elapsed().as_secs_f64());
    Ok(Some(image))
}

fn measure(board: &Board, data: &[u8]) -> Result<Figures> {
    let file = object::File::parse(data).with_context(|| format!("{}: not a program", board.name))?;
    let address = |name: &str| file.symbols().find(|s| s.name() == Ok(name)).map(|s| s.address());
    let stack = match (address("_stack_end"), address("_stack_start")) {
        (Some(bottom), Some(top)) if top > bottom => bottom..top,
        _ => bail!("{}: the linker script says nothing of the stack", board.name),
    };
    let (mut flash, mut ram) = (0, 0);
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        if sh_flags & u64::from(object::elf::SHF_ALLOC) == 0 {
            continue;
        }
        let size = section.size();
        if section.kind() != SectionKind::UninitializedData {
            flash += size;
        }
        if board.ram.iter().any(|r| r.contains(&section.address()))
            && !stack.contains(&section.address())
            && !is_placeholder(section.name()?)
        {
            ram += size;
        }
    }
    // The arena is a static of that name, whatever the compiler puts around it.
    let arena = file.symbols().filter(|s| s.name().is_ok_and(|n| n.contains("5ARENA"))).map(|s| s.size()).max();
    Ok(Figures { flash, ram, arena: arena.unwrap_or(0), stack: stack.end - stack.start })
}

/// Espressif's linker scripts fill the address on one bus of what lies at its address on the other; it counts once.
fn is_placeholder(section: &str) -> bool {
    section.ends_with("_dummy") || section.ends_with("_gap")
}

/// A board's lines of the table, and whether all of them hold.
fn compare(name: &str, figures: &Figures, budget: &toml::Table) -> Result<(String, bool)> {
    let mut text = String::new();
    let mut fits = true;
    for (key, figure, bound) in LINES {
        let (line, within) = line(name, key, figure(figures), limit(name, key, budget)?, bound)?;
        fits &= within;
        text += &line;
    }
    Ok((text, fits))
}

fn limit(name: &str, key: &str, budget: &toml::Table) -> Result<i64> {
    let limit = budget.get(key).and_then(|v| v.as_integer());
    limit.with_context(|| format!("firmware/budgets.toml: [{name}] has no {key}"))
}

/// A line of the table, and whether it holds.
fn line(name: &str, key: &str, figure: u64, limit: i64, bound: Bound) -> Result<(String, bool)> {
    let figure = i64::try_from(figure)?;
    let within = match bound {
        Bound::Most => figure <= limit,
        Bound::Least => figure >= limit,
    };
    let mark = if within { "" } else { OVER };
    Ok((format!("{name:<19}{key:<16}{figure:>10}{limit:>10}{:>+12}{mark}\n", figure - limit), within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept_at_its_limit_and_missed_beside_it() {
        let budget = "flash_max = 10\nstatic_ram_max = 20\narena_min = 30\nstack_min = 40".parse().unwrap();
        let at = Figures { flash: 10, ram: 20, arena: 30, stack: 40 };
        assert!(compare("b", &at, &budget).unwrap().1);
        for beside in [
            Figures { flash: 11, ..at },
            Figures { ram: 21, ..at },
            Figures { arena: 29, ..at },
            Figures { stack: 39, ..at },
        ] {
            let (text, fits) = compare("b", &beside, &budget).unwrap();
            assert!(!fits, "{beside:?}");
            assert_eq!(text.matches("OVER BUDGET").count(), 1, "{text}");
        }
    }

    /// The boot loader reads one, the firmware the other.
    #[test]
    fn the_partition_table_for_espressif_chips_is_that_of_the_limits() {
        let folder = repository_root().unwrap().join("firmware/boards/esp32");
        let limits = std::fs::read_to_string(folder.join("src/limits.rs")).unwrap();
        let table = std::fs::read_to_string(folder.join("partitions.csv")).unwrap();
        let mut wanted = vec!["ota_0", "ota_1", "settings", "snapshots"];
        for row in table.lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<&str> = row.split(',').map(str::trim).collect();
            if wanted.first() == Some(&fields[0]) {
                let line = format!("Part {{ at: {}, bytes: {} }}", fields[3], fields[4]);
                assert!(limits.contains(&line), "{}: limits.rs has no {line}", fields[0]);
                wanted.remove(0);
            }
        }
        assert!(wanted.is_empty(), "partitions.csv has no {wanted:?}");
    }

    #[test]
    fn a_budget_with_a_line_missing_is_refused() {
        let budget = "flash_max = 10".parse().unwrap();
        let figures = Figures { flash: 1, ram: 1, arena: 1, stack: 1 };
        assert!(compare("b", &figures, &budget).unwrap_err().to_string().contains("static_ram_max"));
    }
}
