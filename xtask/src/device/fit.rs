//! How much fits into a board: keys, hashes and stream entries before the first refusal, with eight clients connected.

use super::info;
use crate::test::Tally;
use anyhow::{Result, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::Client;

/// Keys of 13 bytes with values of 8 that must fit (the program this one began as, with a heap all its own: 1,627).
const KEYS_MIN: usize = 3600;
const CLIENTS: usize = 8;
/// Nothing of these sizes comes near in so little memory.
const TRIES_MAX: usize = 100_000;

pub fn run(board: &Board) -> Result<Tally> {
    let mut clients = (0..CLIENTS).map(|_| board.connect()).collect::<Result<Vec<Client>>>()?;
    for client in &mut clients {
        ensure!(client.line("PING")?.text() == "PONG", "a client of {CLIENTS} is not served");
    }
    let client = &mut clients[0];
    ensure!(client.line("CONFIG SET maxmemory-policy noeviction")?.text() == "OK", "CONFIG SET");
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = |bytes: usize| -> String { (0..bytes).map(|_| random.alphanumeric()).collect() };
    let keys = fill(client, |n| vec!["SET".into(), format!("key:{n:09}"), text(8)])?;
    let hashes = fill(client, |n| {
        let mut args = vec!["HSET".into(), format!("hash:{n:08}")];
        for field in 0..8 {
            args.extend([format!("f{field}abc"), text(5)]);
        }
        args
    })?;
    let entries = fill(client, |n| {
        let id = format!("{}-0", 1_700_000_000_000 + n as u64 * 1000);
        vec!["XADD".into(), "stream".into(), id, "temp".into(), text(5), "hum".into(), text(5)]
    })?;
    let arena = info::number(client, "arena_pages")? * info::number(client, "arena_page_bytes")?;
    println!(
        "fits with {CLIENTS} clients: {keys} keys of 13 + 8 bytes (at least {KEYS_MIN}), {hashes} hashes of 8 fields of"
    );
    println!("  5 + 5 bytes, {entries} entries of one stream with 2 fields; {arena} bytes of arena in use at the end");
    Ok(Tally { passed: usize::from(keys >= KEYS_MIN), failed: usize::from(keys < KEYS_MIN) })
}

/// Adds until the first refusal, then empties the board; how many were taken.
fn fill(client: &mut Client, mut command: impl FnMut(usize) -> Vec<String>) -> Result<usize> {
    ensure!(client.line("FLUSHALL")?.text() == "OK", "FLUSHALL");
    for n in 0..TRIES_MAX {
        let reply = client.call(&command(n))?;
        if reply.is_error() {
            ensure!(reply.text().starts_with("OOM "), "refused with {}", reply.text());
            ensure!(client.line("FLUSHALL")?.text() == "OK", "FLUSHALL at a full arena");
            return Ok(n);
        }
    }
    anyhow::bail!("never refused in {TRIES_MAX}")
}
