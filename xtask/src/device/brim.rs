//! A board filled to the brim and beyond: writers at a full arena, subscribers that never read, requests that are too
//! large, more clients than places, random commands. It never resets, and its memory ends where it began.

use super::info;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::{Client, ClientError};
use microredis_testkit::server::{Program, Server};
use microredis_testkit::{diff, quote};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Subscribers that never read, at once: there must be places left for those that work.
const DEAF: usize = 3;
/// Random commands sent together.
const PIPELINE: usize = 20;

pub fn run(board: &mut Board, seed: u64, commands: usize) -> Result<Tally> {
    let mut passed = 0;
    let boot = identity(board)?;
    for policy in ["noeviction", "allkeys-lru"] {
        let before = at_rest(board)?;
        full(board, policy).with_context(|| format!("filling, {policy}"))?;
        deaf(board).context("subscribers that never read")?;
        large(board).context("requests that are too large")?;
        crowd(board).context("more clients than places")?;
        settle(board, before).with_context(|| format!("after {policy}"))?;
        passed += 5;
    }
    let before = at_rest(board)?;
    random(board, seed, commands).with_context(|| format!("random commands, seed {seed}"))?;
    settle(board, before).context("after random commands")?;
    ensure!(identity(board)? == boot, "the board was reset:\n{}", board.log());
    Ok(Tally { passed: passed + 3, failed: 0 })
}

/// What is new after each boot.
fn identity(board: &Board) -> Result<String> {
    info::field(&mut board.connect()?, "run_id")
}

/// Bytes of the arena in use by an empty board with one client.
fn at_rest(board: &Board) -> Result<u64> {
    let mut client = board.connect()?;
    ensure!(client.line("FLUSHALL")?.text() == "OK", "FLUSHALL");
    ensure!(client.line("CONFIG RESETSTAT")?.text() == "OK", "CONFIG RESETSTAT");
    ensure!(client.line("SLOWLOG RESET")?.text() == "OK", "SLOWLOG RESET");
    client.line("LATENCY RESET")?;
    info::number(&mut client, "used_memory")
}

/// All clients but one are gone, and no more memory is in use than at the beginning.
fn settle(board: &Board, before: u64) -> Result<()> {
    let mut last = at_rest(board);
    // The board hears of closed connections a little later; until then there may be no place.
    for _ in 0..100 {
        if last.as_ref().is_ok_and(|now| *now <= before) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
        last = at_rest(board);
    }
    let clients = board.connect()?.line("CLIENT LIST")?.text();
    anyhow::bail!("{} bytes in use, {before} at the beginning:\n{clients}", last?)
}

fn full(board: &Board, policy: &str) -> Result<()> {
    let mut client = board.connect()?;
    ensure!(client.call(&["CONFIG", "SET", "maxmemory-policy", policy])?.text() == "OK", "CONFIG SET");
    let mut refused = 0;
    for n in 0..20_000 {
        let value = "v".repeat(1 + n * 7919 % 300);
        let reply = client.call(&["SET", &format!("key:{n}"), &value])?;
        refused += usize::from(reply.is_error());
        ensure!(!reply.is_error() || reply.text().starts_with("OOM "), "{}", reply.text());
        if refused == 300 {
            break;
        }
    }
    ensure!((refused > 0) == (policy == "noeviction"), "{refused} refused");
    // What only frees memory is served at a full arena.
    ensure!(!client.line("DEL key:0 key:1 key:2")?.is_error(), "DEL at a full arena");
    ensure!(client.line("PING")?.text() == "PONG", "PING at a full arena");
    Ok(())
}

fn deaf(board: &Board) -> Result<()> {
    let mut streams = Vec::new();
    for _ in 0..DEAF {
        let mut stream = TcpStream::connect(board.address)?;
        stream.write_all(b"SUBSCRIBE news\r\n")?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // The confirmation; nothing is read after it.
        ensure!(stream.read(&mut [0; 64])? > 0, "SUBSCRIBE");
        streams.push(stream);
    }
    let mut client = board.connect()?;
    let message = "m".repeat(2000);
    for _ in 0..200 {
        let reply = client.call(&["PUBLISH", "news", &message])?;
        ensure!(!reply.is_error() || reply.text().starts_with("OOM "), "PUBLISH: {}", reply.text());
    }
    ensure!(client.line("PING")?.text() == "PONG", "PING");
    Ok(())
}

fn large(board: &Board) -> Result<()> {
    let mut client = board.connect()?;
    for size in [60_000, 64 * 1024] {
        let reply = client.call(&["SET", "large", &"x".repeat(size)])?;
        ensure!(reply.text() == "OK" || reply.text().starts_with("OOM "), "SET of {size}: {}", reply.text());
    }
    client.queue_raw(b"*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$1000000\r\n");
    client.flush()?;
    let reply = client.read()?;
    ensure!(reply.text().contains("invalid bulk length"), "a bulk of 1 MB: {}", reply.text());
    let mut client = board.connect()?;
    client.queue_raw(b"*100000\r\n$3\r\nDEL\r\n");
    client.flush()?;
    let reply = client.read()?;
    ensure!(reply.text().contains("invalid multibulk length"), "100,000 arguments: {}", reply.text());
    ensure!(board.connect()?.line("PING")?.text() == "PONG", "PING");
    Ok(())
}

/// Twenty clients at once: those for whom there is a place are served, the others are told so.
fn crowd(board: &Board) -> Result<()> {
    let places: usize =
        board.connect()?.line("CONFIG GET maxclients")?.get("maxclients").context("maxclients")?.text().parse()?;
    let (mut served, mut told) = (Vec::new(), 0);
    for _ in 0..20 {
        let Ok(mut client) = Client::connect(board.address) else { continue };
        match client.line("PING") {
            Ok(reply) if reply.text() == "PONG" => served.push(client),
            Ok(reply) => {
                ensure!(reply.text() == "ERR max number of clients reached", "{}", reply.text());
                told += 1;
            }
            // The emulator's network takes connections that the board has no socket for.
            Err(ClientError::Closed) => {}
            Err(e) => return Err(e.into()),
        }
    }
    ensure!(served.len() >= 8.min(places) && served.len() <= places, "{} of {places} served", served.len());
    ensure!(told > 0, "nobody was told that there is no place");
    ensure!(served[0].line("PING")?.text() == "PONG", "PING");
    Ok(())
}

/// Random commands of the whole table, in pipelines; any reply will do, but each must come.
fn random(board: &Board, seed: u64, commands: usize) -> Result<()> {
    // The grammar is the reference's: a board says less of its commands.
    let reference = Server::start(&Program::redis(), &[])?;
    let random = diff::Random::new(&mut reference.connect()?, &mut board.connect()?)?;
    let mut sent = 0;
    let mut episode = 0;
    while sent < commands {
        let mut client = board.connect()?;
        let _ = client.line("FLUSHALL")?;
        for steps in random.episode(seed, episode).chunks(PIPELINE) {
            for step in steps {
                client.queue(&step.args);
            }
            // Ends transactions, subscriptions and silence, too.
            client.queue(&["RESET"]);
            // A client that is closed for what it asked (QUIT, its output limit) comes again.
            let done = client.flush().and_then(|()| {
                loop {
                    if client.read()?.text() == "RESET" {
                        break Ok(());
                    }
                }
            });
            match done {
                Ok(()) => {}
                Err(ClientError::Closed) => client = board.connect()?,
                Err(e) => {
                    let sent: Vec<String> = steps.iter().map(|step| quote::command(&step.args, Some(100))).collect();
                    return Err(e)
                        .with_context(|| format!("episode {episode}, in\n{}\n{}", sent.join("\n"), board.log()));
                }
            }
            sent += steps.len();
        }
        episode += 1;
    }
    println!("brim: {sent} random commands in {episode} episodes");
    Ok(())
}
