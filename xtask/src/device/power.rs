//! Power cuts: the emulator is killed at seeded moments during writes and saves. After the next boot the last snapshot
//! that was acknowledged is there, or a newer whole one.

use crate::test::Tally;
use anyhow::{Context, Result, bail, ensure};
use microredis_testkit::board::{Board, Plug};
use microredis_testkit::client::Client;
use std::time::Duration;

/// How long after the first write of a round the power goes, at most.
const CUT_MS_MAX: u64 = 1500;
const KEYS: usize = 300;

/// What a round knows of its snapshots, by DEBUG DIGEST.
#[derive(Default)]
struct Saves {
    /// States for which a save was begun since the last acknowledged one, that one first.
    candidates: Vec<String>,
}

pub fn run(board: &mut Board, seed: u64, rounds: usize) -> Result<Tally> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut saves = Saves::default();
    let mut client = board.connect()?;
    client.line("FLUSHALL")?;
    change(&mut client, &mut random)?;
    let first = digest(&mut client)?;
    ensure!(client.line("SAVE")?.text() == "OK", "the first SAVE");
    saves.candidates = vec![first];
    let mut cut_in_save = 0;
    for round in 0..rounds {
        let after = Duration::from_millis(random.u64(20..CUT_MS_MAX));
        let plug = board.plug();
        let cut = std::thread::spawn(move || pull_after(plug, after));
        let (asked, answered) = write_and_save(board, &mut random, &mut saves);
        cut_in_save += usize::from(asked > answered);
        cut.join().ok().context("the thread that cuts the power")?;
        board.reboot().with_context(|| format!("round {round}, seed {seed}"))?;
        let found = digest(&mut board.connect()?)?;
        let Some(at) = saves.candidates.iter().position(|state| *state == found) else {
            bail!(
                "round {round}, seed {seed}: what was loaded is none of the {} snapshots begun\n{}",
                saves.candidates.len(),
                board.log()
            );
        };
        // What was loaded is the newest one now.
        saves.candidates = vec![saves.candidates.swap_remove(at)];
    }
    println!("power: {rounds} cuts survived, {cut_in_save} of them in the middle of a SAVE");
    Ok(Tally { passed: rounds, failed: 0 })
}

fn pull_after(plug: Plug, after: Duration) {
    std::thread::sleep(after);
    plug.pull();
}

/// Writes and saves until the power goes; how many saves were asked for and answered.
fn write_and_save(board: &Board, random: &mut fastrand::Rng, saves: &mut Saves) -> (usize, usize) {
    let (mut asked, mut answered) = (0, 0);
    let Ok(mut client) = board.connect() else { return (0, 0) };
    loop {
        let Ok(state) = change(&mut client, random).and_then(|()| digest(&mut client)) else { break };
        saves.candidates.push(state);
        asked += 1;
        // An error is the power cut; the reply of a save that failed would be an error reply and is no acknowledgement.
        let Ok(reply) = client.line("SAVE") else { break };
        if reply.text() == "OK" {
            answered += 1;
            saves.candidates.drain(..saves.candidates.len() - 1);
        }
    }
    (asked, answered)
}

/// Random writes to values of several types.
fn change(client: &mut Client, random: &mut fastrand::Rng) -> Result<()> {
    let writes = random.usize(1..200);
    for _ in 0..writes {
        let key = random.usize(0..KEYS);
        let text: String = (0..random.usize(1..120)).map(|_| random.alphanumeric()).collect();
        let number = random.u32(0..1000).to_string();
        match random.u32(0..6) {
            0 => client.queue(&["SET", &format!("s:{key}"), &text]),
            1 => client.queue(&["HSET", &format!("h:{}", key % 10), &number, &text]),
            2 => client.queue(&["RPUSH", &format!("l:{}", key % 10), &text]),
            3 => client.queue(&["ZADD", &format!("z:{}", key % 10), &number, &text]),
            4 => client.queue(&["DEL", &format!("s:{key}"), &format!("l:{}", key % 10)]),
            _ => client.queue(&["XADD", "x", "MAXLEN", "50", "*", "f", &text]),
        }
    }
    client.flush()?;
    for _ in 0..writes {
        client.read()?;
    }
    Ok(())
}

fn digest(client: &mut Client) -> Result<String> {
    let reply = client.line("DEBUG DIGEST")?;
    ensure!(!reply.is_error(), "DEBUG DIGEST: {}", reply.text());
    Ok(reply.text())
}
