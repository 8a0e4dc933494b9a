//! Traffic over a bad wire: frames are lost, doubled and come late while clients come, work, and vanish. Afterwards
//! sockets, sessions and memory are as before.

use super::info;
use super::wire::Wire;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::{Client, ClientError};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that come and go at once.
const CLIENTS: usize = 6;
const PLACES: usize = 16;
/// How long the board may take to miss clients that vanished: its keep-alive gives up after about two minutes.
const MISSED_MAX: Duration = Duration::from_secs(240);

pub fn run(board: &mut Board, wire: &Wire, seed: u64, length: Duration) -> Result<Tally> {
    let before = rest(board)?;
    let (stop, requests, visits) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let address = board.address;
    let outcome = std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let (stop, requests, visits) = (&stop, &requests, &visits);
                scope.spawn(move || work(address, seed ^ n as u64, stop, requests, visits))
            })
            .collect();
        let until = Instant::now() + length;
        while Instant::now() < until && !board.ended() {
            std::thread::sleep(Duration::from_millis(200));
        }
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().ok().context("a client's thread")??;
        }
        Ok(())
    });
    ensure!(!board.ended(), "the board ended:\n{}", board.log());
    outcome.with_context(|| board.log())?;
    let start = Instant::now();
    // Less than before is well: a connection of the start may have been counted then.
    let settled = |after: &[u64; 2]| after[0] <= before[0] && after[1] <= before[1];
    // The wire may break this connection as well: then there is another look.
    let look = || rest(board).unwrap_or([u64::MAX; 2]);
    let mut after = look();
    while !settled(&after) && start.elapsed() < MISSED_MAX {
        std::thread::sleep(Duration::from_secs(2));
        after = look();
    }
    ensure!(settled(&after), "clients and bytes at rest: {before:?} before, {after:?} after");
    all_places(board).context("places afterwards")?;
    let [carried, lost, late] = wire.counts();
    let (requests, visits) = (requests.into_inner(), visits.into_inner());
    println!(
        "traffic: {requests} requests of {visits} visits; of {carried} frames {lost} more were lost and {late} late"
    );
    ensure!(requests > 100 && lost > 10, "that was no traffic");
    Ok(Tally { passed: 3, failed: 0 })
}

/// Every socket is there again: as many clients as there are places are served at once.
fn all_places(board: &Board) -> Result<()> {
    let start = Instant::now();
    loop {
        let mut clients: Vec<Client> = (0..PLACES).filter_map(|_| Client::connect(board.address).ok()).collect();
        let mut served = 0;
        for client in &mut clients {
            client.set_timeout(Duration::from_secs(10))?;
            served += usize::from(client.line("PING").is_ok_and(|reply| reply.text() == "PONG"));
        }
        if served == PLACES {
            return Ok(());
        }
        // The wire is still bad: a client may come late, or a ghost of this very look keep a place for a while.
        ensure!(start.elapsed() < MISSED_MAX, "{served} of {PLACES} clients at once were served");
    }
}

/// Connected clients and bytes in use of an emptied board.
fn rest(board: &Board) -> Result<[u64; 2]> {
    let mut client = board.connect()?;
    for command in ["FLUSHALL", "CONFIG RESETSTAT", "SLOWLOG RESET"] {
        client.line(command)?;
    }
    Ok([info::number(&mut client, "connected_clients")?, info::number(&mut client, "used_memory")?])
}

/// One client: comes, checks what it wrote, and goes, with a good-bye or without.
fn work(address: SocketAddr, seed: u64, stop: &AtomicBool, requests: &AtomicU64, visits: &AtomicU64) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(seed);
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut client) = Client::connect(address) else { continue };
        client.set_timeout(Duration::from_secs(20))?;
        visits.fetch_add(1, Ordering::Relaxed);
        for _ in 0..random.usize(1..60) {
            match exchange(&mut client, &mut random, seed) {
                Ok(()) => requests.fetch_add(2, Ordering::Relaxed),
                // A place that another one's ghost still holds, or a connection that the wire broke: come again.
                Err(_) if stop.load(Ordering::Relaxed) => return Ok(()),
                Err(e) => match e.downcast_ref::<ClientError>() {
                    Some(_) => break,
                    None => return Err(e),
                },
            };
        }
        if random.bool() {
            let _ = client.line("QUIT");
        }
    }
    Ok(())
}

/// Writes a value of this client's own key and reads it back.
fn exchange(client: &mut Client, random: &mut fastrand::Rng, seed: u64) -> Result<()> {
    let key = format!("client:{seed}");
    let value: String = (0..random.usize(1..2000)).map(|_| random.alphanumeric()).collect();
    let reply = client.call(&["SET", &key, &value])?;
    if reply.text().starts_with("ERR max number of clients") {
        return Err(ClientError::Closed.into());
    }
    ensure!(reply.text() == "OK", "SET: {}", reply.text());
    let read = client.call(&["GET", &key])?;
    ensure!(read.text() == value, "GET gave another value");
    Ok(())
}
