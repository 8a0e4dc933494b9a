//! `cargo xtask emulate`: the firmware on the emulated board, until Ctrl-C.

use crate::{firmware, setup};
use anyhow::{Context, Result, bail};
use microredis_testkit::board::{self, Boot};
use microredis_testkit::server::{free_port, repository_root};
use std::net::TcpListener;
use std::process::Stdio;

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let (mut port, mut fresh) = (6379u16, false);
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("port") => port = parser.value()?.to_string_lossy().parse().context("--port NUMBER")?,
            lexopt::Arg::Long("fresh") => fresh = true,
            other => return Err(other.unexpected().into()),
        }
    }
    setup::emulator()?;
    let port = if port == 0 { free_port()? } else { port };
    if TcpListener::bind(("127.0.0.1", port)).is_err() {
        bail!("port {port} is taken: give another with --port, or --port 0 for any that is free");
    }
    let root = repository_root()?;
    let image = firmware::build(&root)?;
    let flash = root.join("target/firmware/flash.bin");
    if fresh || !flash.is_file() {
        board::blank(&flash)?;
    }
    println!("flash: {} (--fresh empties it)", flash.display());
    println!("try: redis-cli -p {port} PING      Ctrl-C ends it");
    let status = Boot::new(&image).emulator(&flash, port).stdin(Stdio::inherit()).status()?;
    println!();
    // Ctrl-C ends the emulator by a signal, which is no failure.
    Ok(status.code().is_none_or(|code| code == 0))
}
