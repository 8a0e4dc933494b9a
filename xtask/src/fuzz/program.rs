//! Bad input to the program: over TCP from clients with bad manners, and as files that it reads at its start.

use super::input;
use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use microredis_testkit::server::{Program, Server};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything that must come.
const WAIT_MAX: Duration = Duration::from_secs(20);
const SILENT_READERS: usize = 1000;
const CONFIG_FILES: usize = 40;
const SNAPSHOTS: usize = 20;
const ENDS: usize = 5;

fn served(server: &mut Server, what: &str) -> Result<()> {
    ensure!(server.ended().is_none(), "the server ended after {what}: {}", server.log_tail(20));
    let mut client = server.connect()?;
    client.set_timeout(WAIT_MAX)?;
    // As a new connection, which no SUBSCRIBE or password of another binds.
    ensure!(client.line("PING")?.text() == "PONG", "PING is not served after {what}");
    Ok(())
}

pub fn streams(program: &Program, seed: u64, count: u64) -> Result<u64> {
    let mut server = Server::start(program, &["--maxmemory", "16mb", "--maxmemory-clients", "4mb"])?;
    for n in 0..count {
        let mut random = Rng::with_seed(seed << 32 | n);
        let what = format!("seed {seed}, stream {n}");
        let mut stream = TcpStream::connect(server.address)?;
        stream.set_read_timeout(Some(Duration::from_millis(1)))?;
        stream.set_write_timeout(Some(WAIT_MAX))?;
        let bytes = input::stream(&mut random);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, left) = rest.split_at(random.usize(1..=rest.len()));
            rest = left;
            match stream.write_all(piece) {
                Ok(()) => {}
                Err(e) if matches!(e.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => break,
                Err(e) => return Err(e).context(what),
            }
        }
        match random.u32(..4) {
            // Half closed: what was asked is still answered, then the server closes.
            0 => {
                let _ = stream.shutdown(Shutdown::Write);
                stream.set_read_timeout(Some(WAIT_MAX))?;
                let mut reply = [0; 4096];
                loop {
                    match stream.read(&mut reply) {
                        Ok(0) => break,
                        Ok(_) => {}
                        Err(e) if e.kind() == ErrorKind::ConnectionReset => break,
                        Err(e) => return Err(e).context(format!("{what}: a half closed client was not closed")),
                    }
                }
            }
            // Closed with replies unread: the kernel answers the server's writes with a reset.
            1 => {}
            _ => drop(stream.read(&mut [0; 4096])),
        }
        if n % 16 == 0 {
            drop(stream);
            served(&mut server, &what)?;
        }
    }
    served(&mut server, "all streams")?;
    Ok(count)
}

/// Clients that ask and ask and never read: their connections are cut off, others are served.
pub fn silent_readers(program: &Program) -> Result<u64> {
    let mut server = Server::start(program, &["--maxmemory", "16mb", "--maxmemory-clients", "4mb"])?;
    let mut client = server.connect()?;
    client.line("SETRANGE big 30000 x")?;
    let mut streams = Vec::new();
    for _ in 0..SILENT_READERS {
        let mut stream = TcpStream::connect(server.address)?;
        stream.set_nonblocking(true)?;
        for _ in 0..100 {
            if stream.write(b"GET big\r\n").is_err() {
                break;
            }
        }
        streams.push(stream);
    }
    served(&mut server, "a thousand silent readers")?;
    drop(streams);
    served(&mut server, "a thousand silent readers have left")?;
    Ok(SILENT_READERS as u64)
}

/// SIGTERM while a BGSAVE is written: an orderly end, and the file is a whole one.
pub fn ends_amid_a_save(program: &Program, seed: u64) -> Result<u64> {
    let mut random = Rng::with_seed(seed);
    for _ in 0..ENDS {
        let mut server = Server::start(program, &["--enable-debug-command", "yes", "--dbfilename", "file"])?;
        let mut client = server.connect()?;
        client.line("DEBUG POPULATE 100000 key 50")?;
        client.line("SAVE")?;
        client.line("CONFIG SET rdb-key-save-delay 100")?;
        client.line("BGSAVE")?;
        std::thread::sleep(Duration::from_millis(random.u64(..100)));
        let kill = Command::new("kill").args(["-TERM", &server.pid().to_string()]).status()?;
        ensure!(kill.success(), "kill");
        let status = end_of(&mut server)?;
        ensure!(status.success(), "ended with {status}: {}", server.log_tail(10));
        let left = std::fs::read_dir(server.folder.path())?.flatten();
        let temporary: Vec<_> = left.filter(|f| f.file_name().to_string_lossy().starts_with("temp-")).collect();
        ensure!(temporary.is_empty(), "left behind: {temporary:?}");
        server.restart()?;
        ensure!(server.connect()?.line("DBSIZE")?.text() == "100000", "the last whole file is not loaded");
    }
    Ok(ENDS as u64)
}

/// A server that is to end by itself.
fn end_of(server: &mut Server) -> Result<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = server.ended() {
            return Ok(status);
        }
        ensure!(start.elapsed() < WAIT_MAX, "does not end: {}", server.log_tail(10));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The program with one argument: it serves (then it is told to end), or it ends with a reason; it never panics.
fn try_start(program: &Program, folder: &Path, arguments: &[&str], what: &str) -> Result<bool> {
    let log = std::fs::File::create(folder.join("log"))?;
    let mut child = Command::new(&program.path)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let start = Instant::now();
    let (status, text) = loop {
        let text = String::from_utf8_lossy(&std::fs::read(folder.join("log"))?).into_owned();
        if let Some(status) = child.try_wait()? {
            break (Some(status), String::from_utf8_lossy(&std::fs::read(folder.join("log"))?).into_owned());
        }
        if text.contains("eady to accept connections") || start.elapsed() > WAIT_MAX {
            break (None, text);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let _ = child.kill();
    let _ = child.wait();
    ensure!(!text.contains("panicked"), "{what}: {text}");
    match status {
        None => ensure!(text.contains("eady to accept connections"), "{what}: neither serves nor ends: {text}"),
        Some(status) => ensure!(status.code() == Some(1) && !text.trim().is_empty(), "{what}: {status} {text}"),
    }
    Ok(status.is_none())
}

pub fn config_files(program: &Program, seed: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    for n in 0..CONFIG_FILES {
        let mut random = Rng::with_seed(seed << 32 | n as u64);
        let name = folder.path().join("conf");
        std::fs::write(&name, input::config(&mut random))?;
        let what = format!("seed {seed}, config file {n}");
        // The port last, so that none of the file's is taken.
        try_start(program, folder.path(), &["conf", "--port", "0", "--unixsocket", "socket"], &what)?;
    }
    Ok(CONFIG_FILES as u64)
}

pub fn snapshots(program: &Program, seed: u64) -> Result<u64> {
    let server = Server::start(program, &["--dbfilename", "file"])?;
    let mut client = server.connect()?;
    client.line("MSET a 1 b 2 c 3")?;
    client.line("RPUSH l a b c")?;
    client.line("SAVE")?;
    let whole = std::fs::read(server.folder.path().join("file"))?;
    let folder = tempfile::tempdir()?;
    let mut random = Rng::with_seed(seed);
    for n in 0..SNAPSHOTS {
        let mut bytes = whole.clone();
        if n % 2 == 0 {
            bytes.truncate(random.usize(..bytes.len()));
        } else {
            input::damage(&mut random, &mut bytes, 0);
        }
        std::fs::write(folder.path().join("file"), &bytes)?;
        let what = format!("seed {seed}, snapshot {n}");
        let arguments = ["--port", "0", "--unixsocket", "socket", "--dbfilename", "file"];
        let serves = try_start(program, folder.path(), &arguments, &what)?;
        ensure!(!serves || bytes == whole, "{what}: served though it is damaged");
        ensure!(std::fs::read(folder.path().join("file"))? == bytes, "{what}: the file was changed");
    }
    Ok(SNAPSHOTS as u64)
}
