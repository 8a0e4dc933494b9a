//! `cargo xtask pressure`: a server of 1 MB under a thousand clients, readers that never read, subscribers that never
//! read, and requests that are too large. Its memory stays within what was promised, and afterwards all is served.

use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use microredis_testkit::resp::Value;
use microredis_testkit::server::{Program, Server, repository_root};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CLIENTS: usize = 1000;
const SLOW: usize = 40;
const MAXMEMORY_KIB: u64 = 1024;
const CLIENTS_KIB: u64 = 4096;

pub fn command(parser: &mut lexopt::Parser) -> Result<bool> {
    let (mut program, mut long) = (None, false);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("long") => long = true,
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            other => return Err(other.unexpected().into()),
        }
    }
    let program = match program {
        Some(program) => program,
        None => crate::diff::build(&repository_root()?, "release")?,
    };
    Ok(run(&program, long)?.failed == 0)
}

/// `long` is the whole minute; otherwise a few seconds of the same.
pub fn run(program: &Program, long: bool) -> Result<Tally> {
    let mut server = Server::start(
        program,
        &["--maxmemory", "1mb", "--maxmemory-clients", "4mb", "--maxmemory-policy", "allkeys-lru", "--save", ""],
    )?;
    let idle = resident_kib(&server)?;
    let port = server.address.port();
    let until = Instant::now() + Duration::from_secs(if long { 60 } else { 10 });
    let mut load = Command::new("redis-benchmark")
        .args(["-p", &port.to_string(), "-c", &CLIENTS.to_string(), "-r", "100000", "-d", "200", "-P", "4", "-q", "-l"])
        .args(["-t", "set,get,lpush,lrange_100,hset,mset"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("redis-benchmark is missing")?;
    let outcome = abuse(&mut server, port, until);
    let _ = load.kill();
    let _ = load.wait();
    let highest = outcome?;
    let bound = idle + MAXMEMORY_KIB + CLIENTS_KIB + 2 * (CLIENTS + 2 * SLOW) as u64;
    println!("resident KiB: idle {idle}, highest {highest}, bound {bound}");
    ensure!(server.ended().is_none(), "the server ended: {}", server.log_tail(20));
    // All is served again.
    let mut client = server.connect()?;
    ensure!(client.line("SET after 1")? == Value::Simple(b"OK".to_vec()), "SET is not served");
    ensure!(client.line("GET after")? == Value::Bulk(b"1".to_vec()), "GET is not served");
    Ok(Tally { passed: 2 + usize::from(highest <= bound), failed: usize::from(highest > bound) })
}

/// Clients that behave badly, again and again, while the benchmark runs; the highest resident memory seen.
fn abuse(server: &mut Server, port: u16, until: Instant) -> Result<u64> {
    let mut highest = 0;
    let mut round = 0;
    while Instant::now() < until {
        let connect = || -> Result<TcpStream> {
            let stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        };
        let mut streams = Vec::new();
        for n in 0..SLOW {
            let mut reader = connect()?;
            // A pipeline of large replies that nobody reads.
            let _ = reader.write(b"SET big 12345\r\nSETRANGE big 60000 x\r\n");
            for _ in 0..200 {
                let _ = reader.write(b"GET big\r\n");
            }
            streams.push(reader);
            let mut subscriber = connect()?;
            let _ = subscriber.write(b"SUBSCRIBE news\r\n");
            streams.push(subscriber);
            if n % 10 == 0 {
                let mut large = connect()?;
                let _ = large.write(b"*2\r\n$3\r\nGET\r\n$900000000\r\n");
                let mut broken = connect()?;
                let _ = broken.write(b"*1000000\r\n$4\r\nMSET\r\n$400000\r\n");
                let _ = broken.write(&[b'x'; 100_000]);
                streams.extend([large, broken]);
            }
        }
        let mut publisher = TcpStream::connect(("127.0.0.1", port))?;
        publisher.set_read_timeout(Some(Duration::from_secs(5)))?;
        let message = format!("PUBLISH news {}\r\n", "m".repeat(8000));
        let mut reply = [0; 256];
        for _ in 0..100 {
            if publisher.write_all(message.as_bytes()).is_err() || publisher.read(&mut reply).unwrap_or(0) == 0 {
                break;
            }
            highest = highest.max(resident_kib(server)?);
        }
        round += 1;
        ensure!(server.ended().is_none(), "the server ended in round {round}: {}", server.log_tail(20));
        drop(streams);
        std::thread::sleep(Duration::from_millis(50));
        highest = highest.max(resident_kib(server)?);
    }
    println!("{round} rounds");
    Ok(highest)
}

fn resident_kib(server: &Server) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
