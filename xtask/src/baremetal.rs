//! The proof that the engine needs no standard library and no allocator: a program of it links for a bare RISC-V
//! machine that has neither. rustup's target is taken where it is installed, else Debian's compiler with the standard
//! library's source.

use crate::setup;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const TARGET: &str = "riscv32imac-unknown-none-elf";

pub fn link(root: &Path) -> Result<bool> {
    let program = root.join("tests/baremetal");
    let target = root.join("target/baremetal");
    let mut command = Command::new("cargo");
    command
        .current_dir(&program)
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target);
    let took = if setup::rustup_has_target() {
        "rustup's target"
    } else if Path::new("/usr/bin/rustc").is_file() && Path::new("/usr/lib/rustlib/src/rust/library").is_dir() {
        let sysroot = sysroot("rustc")?;
        let linker = sysroot.join("lib/rustlib").join(host()?).join("bin");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("PATH", format!("{}:{path}", linker.display()))
            .arg("-Zbuild-std=core");
        "Debian's rustc-web with -Zbuild-std"
    } else {
        bail!(
            "neither `rustup target add {TARGET}` nor Debian's rustc-web and rust-web-src are there: see `cargo xtask setup`"
        );
    };
    // Flags of the surrounding build are not for this machine; `xtask` itself runs under cargo, whose variables name
    // another package.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    let output = command.output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        println!(
            "the engine does not link for {TARGET} ({took}):\n{}",
            text.lines().take(60).collect::<Vec<_>>().join("\n")
        );
        return Ok(false);
    }
    let file = target.join(TARGET).join("release/microredis-baremetal");
    let size = std::fs::metadata(&file).with_context(|| file.display().to_string())?.len();
    println!("baremetal: links for {TARGET} without an allocator ({took}; {size} bytes of ELF)");
    Ok(true)
}

fn sysroot(rustc: &str) -> Result<PathBuf> {
    let out = Command::new(rustc).args(["--print", "sysroot"]).output()?;
    Ok(PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()))
}

fn host() -> Result<String> {
    let out = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let host = text.lines().find_map(|l| l.strip_prefix("host: ")).context("rustc -vV names no host")?;
    Ok(host.to_string())
}
