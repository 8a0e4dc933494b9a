//! What a board makes of snapshots that are damaged or too large, of a client that has much saved, and of a SHUTDOWN soon
//! after the start. Bytes of the flash file are flipped between boots.

use super::{console, info};
use crate::diff;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_flash::Ring;
use microredis_flash::mock::MockFlash;
use microredis_testkit::board::{Board, Boot};
use microredis_testkit::client::Client;
use microredis_testkit::server::Server;
use std::path::Path;
use std::time::Duration;

/// The board's partition of snapshots, as its `limits.rs` has it, and its chip's geometry.
const PARTITION_AT: usize = 1 << 20;
const PARTITION: usize = 4 << 20;
const SNAPSHOT_MAX: usize = 512 << 10;
const WRITE: usize = 4;
const ERASE: usize = 256 << 10;

/// Longer than a save point of one second and the board's next look at it.
const SAVE_POINT_PASSES: Duration = Duration::from_secs(4);

pub fn run(root: &Path, image: &Path) -> Result<Tally> {
    let mut board = Board::start(&Boot::new(image))?;
    older(&mut board).context("a damaged newest snapshot")?;
    damaged(&mut board).context("nothing but damaged snapshots")?;
    too_large(root, &mut board).context("a snapshot larger than memory")?;
    interval(&mut board).context("a client that has much saved")?;
    flushed(&mut board).context("FLUSHALL and a power cut")?;
    dropped(&mut board).context("FLUSHALL soon after a save, and a power cut")?;
    rewritten(&mut board).context("CONFIG REWRITE and a power cut")?;
    drop(board);
    let mut board = Board::start(&Boot { restarts: true, ..Boot::new(image) })?;
    shutdowns(&mut board).context("SHUTDOWN after SHUTDOWN")?;
    shutdown_and_flush(&mut board).context("FLUSHALL in the save of a SHUTDOWN")?;
    Ok(Tally { passed: 9, failed: 0 })
}

/// The older one is loaded, the log says why, and saving goes on.
fn older(board: &mut Board) -> Result<()> {
    let mut client = board.connect()?;
    expect(&mut client, "SET first value-of-both-snapshots", "OK")?;
    expect(&mut client, "SAVE", "OK")?;
    expect(&mut client, "SET second value-of-the-newest-alone", "OK")?;
    expect(&mut client, "SAVE", "OK")?;
    board.kill();
    ensure!(flip(board, b"value-of-the-newest-alone")? == 1, "the newest snapshot is not in flash");
    board.reboot()?;
    ensure!(board.log().contains("is passed over: its checksum does not match"), "no word of it:\n{}", board.log());
    let mut client = board.connect()?;
    expect(&mut client, "GET first", "value-of-both-snapshots")?;
    expect(&mut client, "EXISTS second", "0")?;
    expect(&mut client, "SAVE", "OK")
}

/// Served empty; what is there stays, over save points and another boot, until FLUSHALL gives it up.
fn damaged(board: &mut Board) -> Result<()> {
    board.kill();
    ensure!(flip(board, b"value-of-both-snapshots")? >= 2, "the snapshots are not in flash");
    let before = partition(board)?;
    board.reboot()?;
    ensure!(board.log().contains("No snapshot in flash is whole: starting empty"), "no word of it:\n{}", board.log());
    held(board)?;
    board.reboot()?;
    held(board)?;
    ensure!(partition(board)? == before, "a snapshot that is to be kept was changed");
    expect(&mut board.connect()?, "FLUSHALL", "OK")?;
    expect(&mut board.connect()?, "SET after flush", "OK")?;
    expect(&mut board.connect()?, "SAVE", "OK")?;
    board.reboot()?;
    expect(&mut board.connect()?, "GET after", "flush")
}

/// Saving is refused, save points are passed over, all else is served.
fn held(board: &mut Board) -> Result<()> {
    let mut client = board.connect()?;
    expect(&mut client, "DBSIZE", "0")?;
    let reply = client.line("SAVE")?.text();
    ensure!(reply.starts_with("MISCONF "), "SAVE: {reply}");
    ensure!(client.call(&["CONFIG", "SET", "save", "1 1"])?.text() == "OK", "CONFIG SET save");
    expect(&mut client, "SET a 1", "OK")?;
    std::thread::sleep(SAVE_POINT_PASSES);
    ensure!(info::number(&mut client, "rdb_saves")? == 0, "a save point was not passed over");
    Ok(())
}

/// A snapshot of the host's server, put into the flash as the board itself would.
fn too_large(root: &Path, board: &mut Board) -> Result<()> {
    let file = {
        let server = Server::start(&diff::build(root, "release")?, &[])?;
        let mut client = server.connect()?;
        for n in 0..4000 {
            client.queue(&["SET", &format!("key:{n}"), &format!("{n:090}")]);
        }
        client.flush()?;
        for _ in 0..4000 {
            client.read()?;
        }
        expect(&mut client, "SAVE", "OK")?;
        let mut setting = |name: &str| -> Result<String> {
            Ok(client.line(&format!("CONFIG GET {name}"))?.get(name).context("CONFIG GET")?.text())
        };
        std::fs::read(Path::new(&setting("dir")?).join(setting("dbfilename")?))?
    };
    board.kill();
    let flash = MockFlash::<1, WRITE, ERASE>::new(PARTITION);
    let (mut ring, _) = Ring::<_, PARTITION, SNAPSHOT_MAX>::open(flash, |_| {}).ok().context("an empty chip")?;
    let written = ring.begin(0).and_then(|()| {
        let mut done = 0;
        while done < file.len() {
            done += ring.push(&file[done..file.len().min(done + 512)])?;
        }
        ring.finish()
    });
    ensure!(written.is_ok(), "{} bytes: {written:?}", file.len());
    let mut chip = std::fs::read(board.flash())?;
    chip[PARTITION_AT..PARTITION_AT + PARTITION].copy_from_slice(ring.release().bytes());
    std::fs::write(board.flash(), chip)?;
    let before = partition(board)?;
    board.reboot()?;
    ensure!(board.log().contains("it does not fit into memory"), "no word of it:\n{}", board.log());
    held(board)?;
    ensure!(partition(board)? == before, "a snapshot that is to be kept was changed");
    expect(&mut board.connect()?, "FLUSHALL", "OK")
}

/// After a save, save points wait for the interval that the chip's life is reckoned with.
fn interval(board: &mut Board) -> Result<()> {
    let mut client = board.connect()?;
    expect(&mut client, "SAVE", "OK")?;
    let saves = info::number(&mut client, "rdb_saves")?;
    ensure!(client.call(&["CONFIG", "SET", "save", "1 1"])?.text() == "OK", "CONFIG SET save");
    for n in 0..8 {
        expect(&mut client, &format!("SET changed {n}"), "OK")?;
        std::thread::sleep(SAVE_POINT_PASSES / 8);
    }
    ensure!(info::number(&mut client, "rdb_saves")? == saves, "a save point did not wait");
    expect(&mut client, "SAVE", "OK")
}

/// Where there are save points, FLUSHALL is saved by itself: flushed data does not come back.
fn flushed(board: &mut Board) -> Result<()> {
    // The interval begins anew with the start.
    board.reboot()?;
    let mut client = board.connect()?;
    expect(&mut client, "EXISTS changed", "1")?;
    expect(&mut client, "FLUSHALL", "OK")?;
    for _ in 0..100 {
        if info::number(&mut client, "rdb_saves")? == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    board.reboot()?;
    expect(&mut board.connect()?, "DBSIZE", "0")
}

/// So soon after a save for another one, what was saved is dropped before FLUSHALL is answered; once it is, further ones
/// do not touch the flash.
fn dropped(board: &mut Board) -> Result<()> {
    for key in ["SET older 1", "SET newer 1"] {
        expect(&mut board.connect()?, key, "OK")?;
        expect(&mut board.connect()?, "SAVE", "OK")?;
    }
    expect(&mut board.connect()?, "FLUSHALL", "OK")?;
    let before = partition(board)?;
    for _ in 0..20 {
        expect(&mut board.connect()?, "SET unsaved 1", "OK")?;
        expect(&mut board.connect()?, "FLUSHALL", "OK")?;
    }
    ensure!(partition(board)? == before, "one FLUSHALL after the other wears the flash");
    board.reboot()?;
    expect(&mut board.connect()?, "DBSIZE", "0")?;
    expect(&mut board.connect()?, "SET after 1", "OK")?;
    expect(&mut board.connect()?, "SAVE", "OK")?;
    board.reboot()?;
    expect(&mut board.connect()?, "GET after", "1")
}

/// What CONFIG REWRITE has kept is in force after the next start, save points too; what was set later is not.
fn rewritten(board: &mut Board) -> Result<()> {
    let mut client = board.connect()?;
    let kept = [("save", "7200 5 60 1000"), ("timeout", "77"), ("notify-keyspace-events", "gxE")];
    for (name, value) in kept {
        ensure!(client.call(&["CONFIG", "SET", name, value])?.text() == "OK", "CONFIG SET {name}");
    }
    expect(&mut client, "CONFIG REWRITE", "OK")?;
    ensure!(client.call(&["CONFIG", "SET", "save", "1 1", "timeout", "78"])?.text() == "OK", "CONFIG SET");
    board.reboot()?;
    let mut client = board.connect()?;
    for (name, value) in kept {
        let reply = client.call(&["CONFIG", "GET", name])?;
        let now = reply.get(name).context("CONFIG GET")?.text();
        ensure!(now == value, "{name} was {value} and is {now}");
    }
    Ok(())
}

/// Many in a row, each soon after the start, are no failed starts: the snapshot is loaded.
fn shutdowns(board: &mut Board) -> Result<()> {
    expect(&mut board.connect()?, "SET kept 1", "OK")?;
    for n in 0..5 {
        let starts = board.log().matches(console::READY).count();
        let mut client = board.connect()?;
        // Nothing is read: the emulator's network does not tell that the other end is gone.
        client.queue(&["SHUTDOWN", if n % 2 == 0 { "SAVE" } else { "NOSAVE" }]);
        client.flush()?;
        console::wait(board, "SHUTDOWN", |log| log.matches(console::READY).count() > starts)?;
        expect(&mut console::connect(board, "")?, "GET kept", "1")?;
    }
    ensure!(!board.log().contains("starts in a row have failed"), "{}", board.log());
    Ok(())
}

/// FLUSHALL ends the save that SHUTDOWN waits for, so soon after another one that no save follows it: the board starts
/// anew nevertheless.
fn shutdown_and_flush(board: &mut Board) -> Result<()> {
    for delay_ms in [0, 4, 8, 16, 32] {
        let mut client = console::connect(board, "")?;
        for n in 0..1500 {
            client.queue(&["SET", &format!("key:{n}"), &format!("{n:040}")]);
        }
        client.flush()?;
        for _ in 0..1500 {
            client.read()?;
        }
        expect(&mut client, "SAVE", "OK")?;
        let starts = board.log().matches(console::READY).count();
        let mut other = console::connect(board, "")?;
        client.queue(&["SHUTDOWN", "SAVE"]);
        client.flush()?;
        std::thread::sleep(Duration::from_millis(delay_ms));
        other.queue(&["FLUSHALL"]);
        other.flush()?;
        console::wait(board, "SHUTDOWN and FLUSHALL", |log| log.matches(console::READY).count() > starts)?;
    }
    Ok(())
}

fn expect(client: &mut Client, line: &str, text: &str) -> Result<()> {
    let reply = client.line(line)?.text();
    ensure!(reply == text, "{line}: {reply}");
    Ok(())
}

/// Flips a bit wherever a text stands in the flash of a board that is off; how often that was.
fn flip(board: &Board, text: &[u8]) -> Result<usize> {
    let mut chip = std::fs::read(board.flash())?;
    let places: Vec<usize> = memchr::memmem::find_iter(&chip, text).collect();
    for place in &places {
        chip[place + text.len() / 2] ^= 0x10;
    }
    std::fs::write(board.flash(), chip)?;
    Ok(places.len())
}

fn partition(board: &Board) -> Result<Vec<u8>> {
    Ok(std::fs::read(board.flash())?[PARTITION_AT..PARTITION_AT + PARTITION].to_vec())
}
