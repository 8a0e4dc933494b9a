//! Clients that take nothing, as the board itself sees them: the wire closes their TCP windows, so that no buffer of the
//! emulator's network or of this machine takes replies on their behalf.

use super::info;
use super::wire::{DEAF, Faults, Wire};
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::{Board, Boot};
use microredis_testkit::client::Client;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// A reply's value in the pipelines, and how many GETs of it are safe for a client that does not read: docs/firmware.md.
const VALUE_BYTES: usize = 100;
const SAFE_DEPTH: u64 = 150;
/// The board closes a stalled client after ten seconds; here after at most so long, on a machine that is busy.
const CLOSED_MAX: Duration = Duration::from_secs(60);

pub fn run(image: &Path) -> Result<Tally> {
    let wire = Wire::start(1, Faults { lost: 0, doubled: 0, delayed: 0, late: Duration::ZERO })?;
    let board = Board::start(&Boot { network: wire.arguments(), ..Boot::new(image) })?;
    let value = "v".repeat(VALUE_BYTES);
    ensure!(board.connect()?.call(&["SET", "value", &value])?.text() == "OK", "SET");
    pipeline(&board).context("a pipeline of 10,000")?;
    safe(&board).context("a pipeline of the safe depth")?;
    stalled(&board).context("a client that reads none of its replies")?;
    subscriber(&board).context("a subscriber that reads none of its messages")?;
    Ok(Tally { passed: 4, failed: 0 })
}

/// All sent before the first reply is read: this machine takes the replies meanwhile.
fn pipeline(board: &Board) -> Result<()> {
    let mut client = board.connect()?;
    for _ in 0..10_000 {
        client.queue(&["GET", "value"]);
    }
    client.flush()?;
    for n in 0..10_000 {
        let reply = client.read()?;
        ensure!(reply.text().len() == VALUE_BYTES, "reply {n}: {}", reply.text());
    }
    Ok(())
}

/// A client whose window is closed with its first request.
fn deaf(board: &Board, requests: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(board.address)?;
    stream.write_all(format!("CLIENT SETNAME {DEAF}\r\n{requests}").as_bytes())?;
    Ok(stream)
}

/// All requests are executed though none of their replies is taken.
fn safe(board: &Board) -> Result<()> {
    let mut client = board.connect()?;
    ensure!(client.line("CONFIG RESETSTAT")?.text() == "OK", "CONFIG RESETSTAT");
    let _stream = deaf(board, &"GET value\r\n".repeat(SAFE_DEPTH as usize))?;
    until(board, "all are executed", |client| Ok(gets(client)? == SAFE_DEPTH))
}

/// It is not read from any more, others are served, and it is closed.
fn stalled(board: &Board) -> Result<()> {
    let mut client = board.connect()?;
    ensure!(client.line("CONFIG RESETSTAT")?.text() == "OK", "CONFIG RESETSTAT");
    let _stream = deaf(board, &"GET value\r\n".repeat(1000))?;
    until(board, "it is closed", |_| Ok(board.log().contains("does not read its replies")))?;
    let executed = gets(&mut client)?;
    println!("deaf: {executed} of 1000 GETs of {VALUE_BYTES} bytes were executed before their client had to read");
    ensure!((SAFE_DEPTH..500).contains(&executed), "{executed} of 1000 requests were executed");
    ensure!(client.call(&["GET", "value"])?.text().len() == VALUE_BYTES, "another client");
    Ok(())
}

/// It is closed once more than 8 KB wait for it; the publisher and another subscriber go on.
fn subscriber(board: &Board) -> Result<()> {
    let mut client = board.connect()?;
    let mut other = board.connect()?;
    other.line("SUBSCRIBE news")?;
    let _stream = deaf(board, "SUBSCRIBE news\r\n")?;
    let mut sent = 0;
    until(board, "both have subscribed", |client| {
        sent += 1;
        Ok(client.line("PUBLISH news first")?.text() == "2")
    })?;
    let message = "m".repeat(1000);
    let mut heard = 0;
    for n in 0..40 {
        let receivers = client.call(&["PUBLISH", "news", &message])?.text();
        heard += usize::from(receivers == "2");
        ensure!(receivers == "1" || receivers == "2", "message {n} has {receivers} receivers");
    }
    println!("deaf: a subscriber that read nothing was closed after {heard} messages of 1000 bytes");
    ensure!((2..30).contains(&heard), "it was closed after {heard} messages");
    for _ in 0..sent + 40 {
        other.read()?;
    }
    Ok(())
}

fn gets(client: &mut Client) -> Result<u64> {
    let text = info::field(client, "cmdstat_get").unwrap_or_default();
    let calls = text.strip_prefix("calls=").and_then(|rest| rest.split(',').next());
    Ok(calls.map_or(Ok(0), str::parse)?)
}

fn until(board: &Board, what: &str, mut is_so: impl FnMut(&mut Client) -> Result<bool>) -> Result<()> {
    let (start, mut client) = (Instant::now(), board.connect()?);
    while !is_so(&mut client)? {
        ensure!(start.elapsed() < CLOSED_MAX, "never: {what}\n{}", client.line("CLIENT LIST")?.text());
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
