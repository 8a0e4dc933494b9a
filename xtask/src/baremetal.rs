//! The proof that the engine and the flash stores need no standard library and no allocator: a program of them links for
//! a bare RISC-V machine that has neither.

use crate::toolchain::BareMetal;
use anyhow::{Context, Result};
use std::path::Path;

pub const TARGET: &str = "riscv32imac-unknown-none-elf";

pub fn link(root: &Path) -> Result<bool> {
    let target = root.join("target/baremetal");
    let BareMetal { mut command, took } = BareMetal::build(&root.join("tests/baremetal"), TARGET, &target, "core")?;
    let output = command.output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        println!(
            "engine and flash stores do not link for {TARGET} ({took}):\n{}",
            text.lines().take(60).collect::<Vec<_>>().join("\n")
        );
        return Ok(false);
    }
    let file = target.join(TARGET).join("release/microredis-baremetal");
    let size = std::fs::metadata(&file).with_context(|| file.display().to_string())?.len();
    println!("baremetal: engine and flash stores link for {TARGET} without an allocator ({took}; {size} bytes of ELF)");
    Ok(true)
}
