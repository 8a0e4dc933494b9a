//! `cargo xtask setup`: what the checks need beside Rust, and how to get it. On Debian as root missing packages are
//! installed; sources and libraries of others go under `target/` and are never committed.

use crate::toolchain;
use anyhow::{Context, Result, bail};
use microredis_testkit::board;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, the Debian package that has it, and what for.
const TOOLS: [(&str, &str, &str); 12] = [
    ("redis-server", "redis-server", "the reference of the differential runner and the scripts"),
    ("redis-cli", "redis-tools", "Redis's own test suite"),
    ("redis-benchmark", "redis-tools", "speed and load tests"),
    ("tclsh", "tcl", "Redis's own test suite"),
    ("dpkg-source", "dpkg-dev", "unpacking Redis's source package"),
    ("python3", "python3", "the redis-py tests"),
    ("node", "nodejs", "the tests of ioredis and node-redis"),
    ("npm", "npm", "the tests of ioredis and node-redis"),
    ("ps", "procps", "Redis's own test suite"),
    ("kill", "procps", "signals to servers under test"),
    ("setpriv", "util-linux", "ends emulators when their test is killed"),
    (board::EMULATOR, "qemu-system-misc", "the emulated board"),
];

/// Packages that are folders, not programs.
const FOLDERS: [(&str, &str, &str); 2] = [
    ("/usr/lib/rustlib/src/rust/library", "rust-web-src", "building for bare metal"),
    ("/usr/share/doc/rustc-web", "rustc-web", "building for bare metal"),
];

/// The version of Redis that everything is compared with.
pub const REDIS_VERSION: &str = "7.0.15";

/// The verb: everything that the checks will ask for.
pub fn run(root: &Path) -> Result<bool> {
    tools(true)?;
    reference_version()?;
    redis_source(root)?;
    crate::clients::libraries(root)?;
    println!("setup: all there");
    Ok(true)
}

/// The emulator of the board, or how to get it.
pub fn emulator() -> Result<()> {
    if !on_path(board::EMULATOR) {
        bail!("{} is not there: on Debian `apt-get install qemu-system-misc`, or `cargo xtask setup`", board::EMULATOR);
    }
    Ok(())
}

/// Makes sure all tools are there. `install`: get what is missing, where that is possible.
pub fn tools(install: bool) -> Result<()> {
    let mut missing: Vec<(&str, &str)> = Vec::new();
    for (program, package, why) in TOOLS {
        if !on_path(program) {
            println!("missing: {program} ({why}; Debian: {package})");
            missing.push((program, package));
        }
    }
    // Debian's python3 comes without what `python3 -m venv` needs.
    let venv = Command::new("python3").args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    if !venv.is_ok_and(|status| status.success()) {
        println!("missing: python3's venv (the redis-py tests; Debian: python3-venv)");
        missing.push(("python3", "python3-venv"));
    }
    if !toolchain::rustup_has(crate::baremetal::TARGET) {
        for (folder, package, why) in FOLDERS {
            if !Path::new(folder).exists() {
                println!("missing: {package} ({why}; or rustup target add riscv32imac-unknown-none-elf)");
                missing.push((folder, package));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.sort();
    packages.dedup();
    if !install || !on_path("apt-get") || !is_root() {
        bail!("install: {} (on Debian as root `cargo xtask setup` does it)", packages.join(" "));
    }
    println!("installing {}", packages.join(" "));
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-y", "--no-install-recommends"]).args(args);
        command.stdout(Stdio::null()).status()
    };
    // The package lists may be there already; an update that fails shows in the install.
    if !apt(&[&["install"], packages.as_slice()].concat())?.success() {
        let _ = apt(&["update"])?;
        if !apt(&[&["install"], packages.as_slice()].concat())?.success() {
            bail!("apt-get could not install {}", packages.join(" "));
        }
    }
    for (program, package) in missing {
        if !program.starts_with('/') && !on_path(program) {
            bail!("{package} is installed and {program} still not there");
        }
    }
    Ok(())
}

/// The reference's version is the one all replies were taken from.
pub fn reference_version() -> Result<()> {
    let out =
        Command::new("redis-server").arg("--version").output().context("redis-server: see `cargo xtask setup`")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if !text.contains(&format!("v={REDIS_VERSION} ")) {
        bail!("redis-server is not {REDIS_VERSION}: {}", text.trim());
    }
    Ok(())
}

pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}

/// Redis's source package, unpacked under `target/redis-source`: its tests, never its code. The machine's own Debian
/// sources are asked, with `deb-src` in place of `deb`, in a configuration of our own that leaves the machine's alone.
pub fn redis_source(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/redis-source");
    let unpacked = folder.join(format!("redis-{REDIS_VERSION}"));
    if unpacked.join("tests/test_helper.tcl").is_file() {
        return Ok(unpacked);
    }
    if !on_path("apt-get") {
        bail!(
            "Redis's test suite comes from Debian's source package; without apt-get put redis-{REDIS_VERSION} into {}",
            folder.display()
        );
    }
    let parts = folder.join("apt/parts");
    let lists = folder.join("apt/lists/partial");
    std::fs::create_dir_all(&parts)?;
    std::fs::create_dir_all(&lists)?;
    write_source_entries(&parts)?;
    let options = [
        "-o".to_string(),
        "Dir::Etc::SourceList=/dev/null".into(),
        "-o".into(),
        format!("Dir::Etc::SourceParts={}", parts.display()),
        "-o".into(),
        format!("Dir::State::Lists={}", folder.join("apt/lists").display()),
        "-o".into(),
        "APT::Sandbox::User=root".into(),
        "-qq".into(),
    ];
    let apt = |args: &[&str]| -> Result<()> {
        let out = Command::new("apt-get").current_dir(&folder).args(&options).args(args).output()?;
        if !out.status.success() {
            bail!("apt-get {}: {}", args.join(" "), String::from_utf8_lossy(&out.stderr));
        }
        Ok(())
    };
    apt(&["update"])?;
    let version = Command::new("dpkg-query").args(["-W", "-f", "${source:Version}", "redis-server"]).output()?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_string();
    // The installed version's source may have left the archive; any build of the same Redis has the same tests.
    if apt(&["source", &format!("redis={version}")]).is_err() {
        apt(&["source", "redis"])?;
    }
    if !unpacked.join("tests/test_helper.tcl").is_file() {
        bail!("apt-get source redis did not give redis-{REDIS_VERSION}");
    }
    Ok(unpacked)
}

/// The machine's `deb` entries as `deb-src` entries, both in the one-line and in the deb822 form.
fn write_source_entries(parts: &Path) -> Result<()> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = std::fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|e| e.path()));
    }
    let mut written = 0;
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let source = if name.ends_with(".list") {
            one_line_sources(&text)
        } else if name.ends_with(".sources") {
            text.lines()
                .map(|l| if l.starts_with("Types:") { "Types: deb-src" } else { l })
                .collect::<Vec<_>>()
                .join("\n")
                + "\n"
        } else {
            continue;
        };
        if !source.trim().is_empty() {
            std::fs::write(parts.join(&name), source)?;
            written += 1;
        }
    }
    if written == 0 {
        bail!("no Debian package sources in /etc/apt");
    }
    Ok(())
}

fn one_line_sources(text: &str) -> String {
    text.lines().filter_map(|l| l.trim().strip_prefix("deb ")).map(|rest| format!("deb-src {rest}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_entries_become_source_entries() {
        assert_eq!(
            one_line_sources("# x\ndeb [a=b] http://h/d s main\ndeb-src y\n"),
            "deb-src [a=b] http://h/d s main\n"
        );
    }
}
