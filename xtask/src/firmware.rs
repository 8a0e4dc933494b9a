//! Images of boards: built, and checked to use no memory but what their board has.

use crate::toolchain::BareMetal;
use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The emulated board.
pub const EMULATED: &str = "qemu-virt-riscv32";
const TARGET: &str = "riscv32imac-unknown-none-elf";

/// All of the emulated board's RAM, and behind it what only the emulator's network device needs.
const RAM: Range<u64> = 0x8000_0000..0x8004_B000;
const VIRTIO: Range<u64> = 0x8004_B000..0x8006_0000;
const FLASH: Range<u64> = 0x2000_0000..0x2010_0000;

/// Builds the emulated board's image and checks it; the path of the ELF file.
pub fn build(root: &Path) -> Result<PathBuf> {
    let (image, took) = compile(root, &format!("microredis-{EMULATED}"), &[])?;
    let bytes = std::fs::read(&image).with_context(|| image.display().to_string())?;
    let sizes = check(&bytes)?;
    println!("{EMULATED}: {sizes} ({took})");
    Ok(image)
}

/// Builds the board's program that counts instructions; its path, and what it was built with.
pub fn build_counts(root: &Path) -> Result<(PathBuf, &'static str)> {
    let (image, took) = compile(root, "counts", &["--features", "counts"])?;
    println!("{EMULATED}: its program `counts` ({took})");
    Ok((image, took))
}

/// One program of the emulated board, and what it was built with.
fn compile(root: &Path, program: &str, args: &[&str]) -> Result<(PathBuf, &'static str)> {
    let output = root.join("target/firmware");
    let folder = root.join("firmware/boards").join(EMULATED);
    let BareMetal { mut command, took } = BareMetal::build(&folder, TARGET, &output, "core")?;
    if !command.args(["--bin", program]).args(args).status()?.success() {
        bail!("{program} of {EMULATED} does not build ({took})");
    }
    Ok((output.join(TARGET).join("release").join(program), took))
}

/// What an image takes.
pub struct Sizes {
    /// Code and constants, with the first values of data.
    pub flash: u64,
    /// Everything in RAM, stack and arena included.
    pub ram: u64,
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes of flash, {} of {} bytes of RAM", self.flash, self.ram, RAM.end - RAM.start)
    }
}

/// Refuses an image that reaches beyond its RAM, or has anything but the network device's rings in the region that is
/// the emulator's, or has an allocator.
pub fn check(elf: &[u8]) -> Result<Sizes> {
    let file = object::File::parse(elf)?;
    let mut sizes = Sizes { flash: 0, ram: 0 };
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        if sh_flags & u64::from(object::elf::SHF_ALLOC) == 0 || section.size() == 0 {
            continue;
        }
        let name = section.name()?;
        let at = section.address()..section.address() + section.size();
        let within = |region: &Range<u64>| at.start >= region.start && at.end <= region.end;
        if name == ".virtio" && within(&VIRTIO) {
            continue;
        }
        if within(&RAM) {
            sizes.ram += section.size();
        } else if !within(&FLASH) {
            bail!("section {name} at {:#x} to {:#x} lies in no memory of the board", at.start, at.end);
        }
        if section.file_range().is_some_and(|(_, len)| len > 0) {
            sizes.flash += section.size();
        }
    }
    for symbol in file.symbols() {
        let name = symbol.name().unwrap_or("");
        if VIRTIO.contains(&symbol.address()) && symbol.size() > 0 && !name.ends_with("network5RINGS") {
            bail!("{name} lies in the emulator's region, outside the board's RAM");
        }
        if name.contains("__rust_alloc") {
            bail!("{name}: the board is to have no allocator");
        }
    }
    Ok(sizes)
}
