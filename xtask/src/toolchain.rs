//! Which compiler builds for bare metal: rustup's target where it is installed, else Debian's compiler with the
//! standard library's source.

use anyhow::{Context, Result, bail};
use microredis_testkit::server::repository_root;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What was taken where rustup has no such target.
pub const DEBIAN: &str = "Debian's rustc-web with -Zbuild-std";

/// A `cargo build` for a bare machine, to be run in a folder outside the main workspace.
pub struct BareMetal {
    pub command: Command,
    /// What was taken, for people.
    pub took: &'static str,
}

impl BareMetal {
    /// `cargo build --release` of the package in `folder` for `target`, into `output`. `library`: what it needs of the
    /// standard library; `core` alone is the proof that nothing allocates.
    pub fn build(folder: &Path, target: &str, output: &Path, library: &str) -> Result<BareMetal> {
        let mut command = Command::new("cargo");
        command.current_dir(folder).args(["build", "--quiet", "--release", "--target", target]);
        command.arg("--target-dir").arg(output);
        let took = if rustup_has(target) {
            "rustup's target"
        } else if debian_has_source() {
            let sysroot = sysroot("rustc")?;
            let linker = sysroot.join("lib/rustlib").join(host()?).join("bin");
            let path = std::env::var("PATH").unwrap_or_default();
            command
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", format!("{}:{path}", linker.display()))
                .arg(format!("-Zbuild-std={library}"))
                // Small sorts, searches and numbers in core.
                .arg("-Zbuild-std-features=optimize_for_size");
            DEBIAN
        } else {
            bail!(
                "no compiler for {target}: `rustup target add {target}`, or on Debian `apt-get install rustc-web \
                 rust-web-src` (`cargo xtask setup` does it)"
            );
        };
        command.arg("--config").arg(short_paths(target)?);
        // Flags of the surrounding build are not for this machine; `xtask` itself runs under cargo, whose variables
        // name another package.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
        Ok(BareMetal { command, took })
    }
}

/// Flags by which a panic names its file from the crate on (`smoltcp-0.13.1/src/wire/ip.rs`): an image holds the names
/// of some 160 files, and none shall say where it was built. Cargo adds them to those of the board's own configuration.
fn short_paths(target: &str) -> Result<String> {
    let mut folders = vec![repository_root()?, PathBuf::from("/usr/lib/rustlib/src/rust/library")];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // One folder a registry.
    if let Some(registries) = home.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok()) {
        folders.extend(registries.flatten().map(|registry| registry.path()));
    }
    let flags = folders.iter().map(|folder| format!("'--remap-path-prefix={}/='", folder.display()));
    Ok(format!("target.{target}.rustflags=[{}]", flags.collect::<Vec<_>>().join(", ")))
}

/// Whether rustup's own toolchain can build for `target`.
pub fn rustup_has(target: &str) -> bool {
    sysroot("rustc").is_ok_and(|sysroot| sysroot.join("lib/rustlib").join(target).is_dir())
}

fn debian_has_source() -> bool {
    Path::new("/usr/bin/rustc").is_file() && Path::new("/usr/lib/rustlib/src/rust/library").is_dir()
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
