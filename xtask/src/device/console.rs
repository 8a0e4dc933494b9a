//! A board set up over its serial console: settings that outlive a reset, secrets that show nowhere, a factory reset;
//! and what a panic leaves behind.

use super::info;
use crate::test::Tally;
use anyhow::{Context, Result, bail, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::Client;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse 7";
const WIFI_PASSWORD: &str = "battery staple 8";
/// Of a key in the snapshot.
const VALUE: &str = "value in flash";
/// How long the board may take to say something, on a machine that is busy.
const SAID_MAX: Duration = Duration::from_secs(60);
pub(super) const READY: &str = "Ready to accept connections";

/// The board is to boot again after a reset, and to have empty flash.
pub fn run(board: &mut Board) -> Result<Tally> {
    ensure!(board.log().contains("No password is set"), "no warning of the missing password");
    let default = policy(&mut board.connect()?)?;
    set_up(board)?;
    restart(board, "reboot")?;
    kept(board)?;
    failing(board)?;
    factory_reset(board, &default)?;
    Ok(Tally { passed: 4, failed: 0 })
}

/// Types a line and waits for what is said of it.
pub(super) fn ask(board: &mut Board, line: &str, answer: &str) -> Result<()> {
    let before = board.log().len();
    board.type_line(line)?;
    wait(board, line, |log| log[before..].contains(answer))
}

/// Types a line that makes the board start anew.
pub(super) fn restart(board: &mut Board, line: &str) -> Result<()> {
    let starts = board.log().matches(READY).count();
    board.type_line(line)?;
    wait(board, line, |log| log.matches(READY).count() == starts + 1)
}

pub(super) fn wait(board: &Board, what: &str, mut is_done: impl FnMut(&str) -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_done(&board.log()) {
        if start.elapsed() > SAID_MAX {
            bail!("{what}: the board says\n{}", board.log());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A client after a restart: what was sent before the board's card was up is lost.
pub(super) fn connect(board: &Board, password: &str) -> Result<Client> {
    for _ in 0..30 {
        let Ok(mut client) = board.connect() else { continue };
        client.set_timeout(Duration::from_secs(2))?;
        if client.line("PING").is_err() {
            continue;
        }
        if !password.is_empty() {
            ensure!(client.call(&["AUTH", password])?.text() == "OK", "AUTH");
        }
        return Ok(client);
    }
    bail!("the board does not answer:\n{}", board.log())
}

fn set_up(board: &mut Board) -> Result<()> {
    ask(board, "frobnicate", "error: this is not understood")?;
    ask(board, "help", "erases settings and snapshots")?;
    ask(board, "set hostname -lamp-", "error: a host name has")?;
    ask(board, "set address 10.0.2.15", "error: an address is")?;
    ask(board, "set wifi-password short", "error: a password has")?;
    ask(board, "set maxmemory-policy sometimes", "error: maxmemory-policy: ")?;
    ask(board, "set no-such-thing 1", "error: there is no setting no-such-thing")?;
    ask(board, "set databases 3", "error: databases cannot be changed")?;
    ask(board, "set hostname lamp", "ok, after save")?;
    ask(board, "set wifi-ssid Home net", "ok, after save")?;
    ask(board, &format!("set wifi-password {WIFI_PASSWORD}"), "ok, after save")?;
    ask(board, &format!("set requirepass {PASSWORD}"), "ok, until the next start")?;
    ask(board, "set maxmemory-policy volatile-ttl", "ok, until the next start")?;
    ask(board, "show", "requirepass set")?;
    ask(board, "save", "\nok")
}

fn kept(board: &mut Board) -> Result<()> {
    let mut client = connect(board, "")?;
    let reply = client.line("PING")?.text();
    ensure!(reply.starts_with("NOAUTH"), "without the password PING answers {reply}");
    let mut client = connect(board, PASSWORD)?;
    ensure!(policy(&mut client)? == "volatile-ttl", "maxmemory-policy was not kept");
    // What the engine rewrites leaves the board's own settings alone.
    ensure!(client.line("CONFIG REWRITE")?.text() == "OK", "CONFIG REWRITE");
    ask(board, "show", "hostname lamp")?;
    ask(board, "show", "wifi-ssid Home net")?;
    ask(board, "show", "wifi-password set")?;
    ensure!(info::field(&mut client, "reset_reason")? == "reset", "reset_reason after reboot");
    ensure!(
        client.call(&["SET", "kept", VALUE])?.text() == "OK" && client.line("SAVE")?.text() == "OK",
        "SET and SAVE"
    );
    let (log, told) = (board.log(), client.line("INFO log")?.text());
    for secret in [PASSWORD, WIFI_PASSWORD] {
        ensure!(!log.contains(secret) && !told.contains(secret), "{secret} was shown:\n{log}");
    }
    ensure!(!log.contains("stored setting"), "a stored setting is not understood:\n{log}");
    ensure!(log.matches("No password is set").count() == 1, "a warning though a password is set:\n{log}");
    Ok(())
}

/// Panics start the board anew; after three in a row it starts without its snapshot, and keeps that.
fn failing(board: &mut Board) -> Result<()> {
    for _ in 0..3 {
        restart(board, "panic")?;
    }
    let mut client = connect(board, PASSWORD)?;
    ensure!(info::field(&mut client, "reset_reason")? == "panic", "reset_reason after a panic");
    let place = info::field(&mut client, "last_panic")?;
    ensure!(place.contains("console.rs:"), "last_panic is {place}");
    ensure!(board.log().contains("starting without the snapshot"), "{}", board.log());
    ensure!(client.line("DBSIZE")?.text() == "0", "the snapshot was loaded");
    ensure!(client.line("SAVE")?.text().starts_with("MISCONF"), "the snapshot may be overwritten");
    restart(board, "reboot")?;
    let mut client = connect(board, PASSWORD)?;
    ensure!(client.line("GET kept")?.text() == VALUE, "the snapshot is gone");
    Ok(())
}

fn policy(client: &mut Client) -> Result<String> {
    let reply = client.line("CONFIG GET maxmemory-policy")?;
    Ok(reply.get("maxmemory-policy").context("no maxmemory-policy")?.text())
}

fn factory_reset(board: &mut Board, default: &str) -> Result<()> {
    ask(board, "factory-reset", "type factory-reset yes")?;
    ensure!(connect(board, PASSWORD)?.line("DBSIZE")?.text() == "1", "factory-reset without yes");
    restart(board, "factory-reset yes")?;
    let mut client = connect(board, "")?;
    ensure!(client.line("DBSIZE")?.text() == "0", "data is left");
    ensure!(policy(&mut client)? == default, "maxmemory-policy is not the default");
    ask(board, "show", "hostname \"\"")?;
    ask(board, "show", "requirepass unset")?;
    // The chip holds nothing of all that any more.
    let flash = std::fs::read(board.flash())?;
    for secret in [PASSWORD, WIFI_PASSWORD, VALUE] {
        ensure!(!flash.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret} is left in flash");
    }
    Ok(())
}
