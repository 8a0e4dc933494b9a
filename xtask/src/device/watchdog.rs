//! A server that has stopped: the watchdog starts the board anew, and after three such starts in a row without the
//! snapshot, which is kept.

use super::{console, info};
use crate::test::Tally;
use anyhow::{Result, ensure};
use microredis_testkit::board::Board;
use std::time::Duration;

/// Longer than the watchdog waits, for which the board is given a minute.
const HANGS_S: u32 = 3600;
/// A start that a busy machine has let serve for ten seconds before it hangs is none of the three.
const HANGS_MAX: usize = 8;
const STARTED_WITHOUT: &str = "starts in a row have failed: starting without the snapshot";

/// The board is to boot again after a reset, and to have empty flash.
pub fn run(board: &mut Board) -> Result<Tally> {
    let mut client = board.connect()?;
    ensure!(info::field(&mut client, "reset_reason")? == "power-on", "reset_reason of the first start");
    ensure!(client.line("SET kept 1")?.text() == "OK" && client.line("SAVE")?.text() == "OK", "SET and SAVE");
    ensure!(client.line("SET lost 1")?.text() == "OK", "SET");
    hang(board)?;
    let mut client = console::connect(board, "")?;
    ensure!(info::field(&mut client, "reset_reason")? == "watchdog", "reset_reason after a hang");
    ensure!(client.line("GET kept")?.text() == "1" && client.line("EXISTS lost")?.text() == "0", "not the snapshot");
    let mut hangs = 1;
    while !board.log().contains(STARTED_WITHOUT) {
        ensure!(hangs < HANGS_MAX, "the snapshot is loaded after {hangs} hangs:\n{}", board.log());
        hang(board)?;
        hangs += 1;
    }
    ensure!(hangs >= 3, "{hangs} hangs in a row were enough");
    let mut client = console::connect(board, "")?;
    ensure!(client.line("DBSIZE")?.text() == "0", "the snapshot was loaded");
    ensure!(client.line("SAVE")?.text().starts_with("MISCONF"), "the snapshot may be overwritten");
    // A reset that somebody wants is none of the watchdog's.
    console::restart(board, "reboot")?;
    let mut client = console::connect(board, "")?;
    ensure!(info::field(&mut client, "reset_reason")? == "reset", "reset_reason after reboot");
    ensure!(client.line("GET kept")?.text() == "1", "the snapshot is gone");
    Ok(Tally { passed: 4, failed: 0 })
}

/// The engine does not come back, and with it no task of the board.
fn hang(board: &Board) -> Result<()> {
    let starts = board.log().matches(console::READY).count();
    let mut client = console::connect(board, "")?;
    client.set_timeout(Duration::from_millis(500))?;
    ensure!(client.line(&format!("DEBUG SLEEP {HANGS_S}")).is_err(), "the board does not hang");
    console::wait(board, "a board that hangs", |log| log.matches(console::READY).count() > starts)
}
