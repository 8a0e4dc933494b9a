//! Twenty clients that connect in the same moment to a board with fewer places: each is served or told that there is no
//! place, none is left alone.

use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::Client;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::Duration;

const CLIENTS: usize = 20;
const PLACES: usize = 16;
/// A client that is not heard knocks again after a second or some; see `firmware/shell/src/door.rs`.
const ANSWERED_MAX: Duration = Duration::from_secs(60);

pub fn run(board: &mut Board) -> Result<Tally> {
    let (start, end) = (Barrier::new(CLIENTS), Barrier::new(CLIENTS));
    let address = board.address;
    let replies = std::thread::scope(|scope| -> Result<Vec<String>> {
        let (start, end) = (&start, &end);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(move || client(address, start, end))).collect();
        clients.into_iter().map(|client| client.join().ok().context("a client's thread")).collect()
    })?;
    let count = |text: &str| replies.iter().filter(|reply| reply.starts_with(text)).count();
    let (served, refused) = (count("PONG"), count("ERR max number of clients reached"));
    println!("burst: of {CLIENTS} clients {served} were served, {refused} told that there is no place");
    ensure!(served == PLACES && served + refused == CLIENTS, "{replies:?}\n{}", board.log());
    ensure!(board.connect()?.line("PING")?.text() == "PONG", "PING afterwards");
    Ok(Tally { passed: 1, failed: 0 })
}

/// What a client is told. It keeps its place until all have been told something.
fn client(address: SocketAddr, start: &Barrier, end: &Barrier) -> String {
    start.wait();
    let connected = Client::connect(address).context("connect").and_then(|mut client| {
        client.set_timeout(ANSWERED_MAX)?;
        let text = client.line("PING")?.text();
        Ok((client, text))
    });
    // Who was refused goes at once; who is served stays.
    let (kept, text) = match connected {
        Ok((client, text)) => (Some(client).filter(|_| text == "PONG"), text),
        Err(error) => (None, format!("{error:#}")),
    };
    end.wait();
    drop(kept);
    text
}
