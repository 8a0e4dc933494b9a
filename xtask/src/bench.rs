//! `cargo xtask bench`: CPU microseconds of the server process a request, ours beside redis-server and beside a bare
//! event loop that counts requests and answers a constant (the floor that the kernel sets).
//!
//! CPU time is steadier than a rate: it does not show what else the machine does. Servers are measured in turn within
//! each round, and the best round counts, since noise only ever adds (other programs cost cache and switches). What is
//! above the limit after the rounds is measured again, all rounds together counting, up to [`AGAIN`] times: a busy
//! moment passes, a slow command does not get faster.

use crate::failures;
use anyhow::{Context, Result, bail, ensure};
use lexopt::prelude::*;
use microredis_testkit::client::Client;
use microredis_testkit::server::{Program, Server, free_port, repository_root};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Name, command line of redis-benchmark, commands that prepare the server.
struct Test {
    name: &'static str,
    command: &'static [&'static str],
    prepare: Prepare,
}

#[derive(Clone, Copy, PartialEq)]
enum Prepare {
    Nothing,
    /// 100,000 keys of three bytes, so that GET hits.
    Keys,
    /// A list of 100 elements.
    List,
}

const KEY: &str = "key:__rand_int__";

const TESTS: [Test; 9] = [
    Test { name: "SET", command: &["SET", KEY, "xxx"], prepare: Prepare::Nothing },
    Test { name: "GET", command: &["GET", KEY], prepare: Prepare::Keys },
    Test { name: "INCR", command: &["INCR", "counter:__rand_int__"], prepare: Prepare::Nothing },
    Test { name: "LPUSH", command: &["LPUSH", "mylist", "xxx"], prepare: Prepare::Nothing },
    Test { name: "SADD", command: &["SADD", "myset", "element:__rand_int__"], prepare: Prepare::Nothing },
    Test { name: "HSET", command: &["HSET", "myhash", "element:__rand_int__", "xxx"], prepare: Prepare::Nothing },
    Test {
        name: "ZADD",
        command: &["ZADD", "myzset", "__rand_int__", "element:__rand_int__"],
        prepare: Prepare::Nothing,
    },
    Test { name: "LRANGE_100", command: &["LRANGE", "mylist", "0", "99"], prepare: Prepare::List },
    Test {
        name: "MSET",
        command: &[
            "MSET", KEY, "xxx", KEY, "xxx", KEY, "xxx", KEY, "xxx", KEY, "xxx", KEY, "xxx", KEY, "xxx", KEY, "xxx",
            KEY, "xxx", KEY, "xxx",
        ],
        prepare: Prepare::Nothing,
    },
];

/// How often a figure above the limit is measured again.
const AGAIN: usize = 4;

struct Options {
    tests: Vec<String>,
    pipelines: Vec<usize>,
    /// Requests of a measurement at pipeline 16; pipeline 1 sends a quarter.
    requests: usize,
    rounds: usize,
    /// Ours may take so many times what redis-server takes.
    limit: f64,
}

pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let root = repository_root()?;
    let mut ours = None;
    let mut options = Options { tests: Vec::new(), pipelines: vec![1, 16], requests: 400_000, rounds: 3, limit: 1.05 };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("device") => return crate::counts::command(parser),
            Long("floor-server") => return floor::serve(parser.value()?.parse()?),
            Long("only") => options.tests = parser.value()?.string()?.split(',').map(str::to_uppercase).collect(),
            Long("pipeline") => {
                let list = parser.value()?.string()?;
                options.pipelines = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            Long("requests") => options.requests = parser.value()?.parse()?,
            Long("rounds") => options.rounds = parser.value()?.parse()?,
            Long("limit") => options.limit = parser.value()?.parse()?,
            Long("ours") => ours = Some(Program::at(parser.value()?.into())),
            other => return Err(other.unexpected().into()),
        }
    }
    let ours = match ours {
        Some(program) => program,
        None => crate::diff::build(&root, "release")?,
    };
    println!(
        "CPU microseconds of the server process a request; 50 clients, 100,000 random keys, best of {}",
        options.rounds
    );
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8}   {:>10} {:>10}",
        "command", "pipeline", "floor", "redis", "ours", "ours/redis", "ours/floor"
    );
    let mut misses = 0;
    for &pipeline in &options.pipelines {
        for test in TESTS.iter().filter(|t| options.tests.is_empty() || options.tests.iter().any(|o| o == t.name)) {
            let mut best = measure(test, pipeline, &options, &ours)?;
            let above = |best: &[f64; 3]| best[2] / best[1] > options.limit;
            let mut tries = 0;
            while above(&best) && tries < AGAIN {
                tries += 1;
                let more = measure(test, pipeline, &options, &ours)?;
                best = std::array::from_fn(|i| best[i].min(more[i]));
            }
            let [floor, redis, ours] = best;
            let miss = above(&best);
            misses += usize::from(miss);
            if miss {
                failures::failed(format_args!("bench: {} pipeline {pipeline}: {ours} of {redis} us", test.name));
            }
            println!(
                "{:<12} {pipeline:>8} {floor:>8.2} {redis:>8.2} {ours:>8.2}   {:>10.2} {:>10.2}{}",
                test.name,
                ours / redis,
                ours / floor,
                match (miss, tries) {
                    (true, _) => "  above the limit".to_string(),
                    (false, 0) => String::new(),
                    (false, tries) => format!("  measured {} times", tries + 1),
                }
            );
        }
    }
    println!("{misses} above {} of redis-server", options.limit);
    Ok(misses == 0)
}

/// The best round of the floor, of redis-server and of ours.
fn measure(test: &Test, pipeline: usize, options: &Options, ours: &Program) -> Result<[f64; 3]> {
    let requests = if pipeline == 1 { options.requests / 4 } else { options.requests };
    let floor = FloorServer::start()?;
    let servers = [Server::start(&Program::redis(), &[])?, Server::start(ours, &[])?];
    for server in &servers {
        prepare(test.prepare, server.address)?;
    }
    let targets = [
        (floor.child.id(), floor.address),
        (servers[0].pid(), servers[0].address),
        (servers[1].pid(), servers[1].address),
    ];
    let mut best = [f64::INFINITY; 3];
    for round in 0..options.rounds {
        // A grown list or a full table is another test than an empty one: each round begins alike.
        if test.prepare == Prepare::Nothing && round > 0 {
            for server in &servers {
                Client::connect(server.address)?.line("FLUSHALL")?;
            }
        }
        for (which, (pid, address)) in targets.iter().enumerate() {
            let before = cpu_seconds(*pid)?;
            benchmark(test, pipeline, requests, *address)?;
            let spent = (cpu_seconds(*pid)? - before) * 1e6 / requests as f64;
            best[which] = best[which].min(spent);
        }
    }
    Ok(best)
}

fn prepare(what: Prepare, address: SocketAddr) -> Result<()> {
    let mut client = Client::connect(address)?;
    match what {
        Prepare::Nothing => {}
        Prepare::Keys => {
            for batch in 0..100 {
                for i in 0..1000 {
                    client.queue(&["SET", &format!("key:{:012}", batch * 1000 + i), "xxx"]);
                }
                client.flush()?;
                for _ in 0..1000 {
                    ensure!(!client.read()?.is_error(), "SET failed");
                }
            }
        }
        Prepare::List => {
            let mut command = vec!["RPUSH", "mylist"];
            command.extend(["xxx"; 100]);
            ensure!(!client.call(&command)?.is_error(), "RPUSH failed");
        }
    }
    Ok(())
}

fn benchmark(test: &Test, pipeline: usize, requests: usize, address: SocketAddr) -> Result<()> {
    let output = Command::new("redis-benchmark")
        .args(["-h", "127.0.0.1", "-p", &address.port().to_string(), "-q", "-c", "50", "-r", "100000"])
        .args(["-n", &requests.to_string(), "-P", &pipeline.to_string()])
        .args(test.command)
        .stdin(Stdio::null())
        .output()
        .context("redis-benchmark is missing (Debian's package redis-tools)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || text.contains("rror") || !text.contains("requests per second") {
        bail!("redis-benchmark {}: {text}{errors}", test.name);
    }
    Ok(())
}

/// CPU time of all threads of a process so far, with the kernel's full resolution.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let mut nanoseconds = 0u64;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let first = text.split_ascii_whitespace().next().context("schedstat is empty")?;
        nanoseconds += first.parse::<u64>()?;
    }
    ensure!(nanoseconds > 0, "this kernel keeps no schedstat");
    Ok(nanoseconds as f64 / 1e9)
}

/// This program again, as the floor.
struct FloorServer {
    child: Child,
    address: SocketAddr,
}

impl FloorServer {
    fn start() -> Result<FloorServer> {
        let port = free_port()?;
        // Not by its path: a test build of the workspace may have put another file there since this one was started.
        let child = Command::new("/proc/self/exe")
            .args(["bench", "--floor-server", &port.to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        let server = FloorServer { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) };
        let start = Instant::now();
        while std::net::TcpStream::connect(server.address).is_err() {
            ensure!(start.elapsed() < Duration::from_secs(5), "the floor server did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }
}

impl Drop for FloorServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An event loop that does what every server has to do for a request, and nothing else.
mod floor {
    use anyhow::Result;
    use mio::net::{TcpListener, TcpStream};
    use mio::{Events, Interest, Poll, Token};
    use std::io::{Read, Write};
    use std::net::Ipv4Addr;

    const LISTENER: Token = Token(usize::MAX);

    pub fn serve(port: u16) -> Result<bool> {
        let mut poll = Poll::new()?;
        let mut events = Events::with_capacity(1024);
        let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port).into())?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut clients: Vec<Option<TcpStream>> = Vec::new();
        let mut input = vec![0u8; 64 * 1024];
        let replies = b"+OK\r\n".repeat(64 * 1024);
        loop {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == LISTENER {
                    while let Ok((mut stream, _)) = listener.accept() {
                        let _ = stream.set_nodelay(true);
                        poll.registry().register(&mut stream, Token(clients.len()), Interest::READABLE)?;
                        clients.push(Some(stream));
                    }
                    continue;
                }
                let slot = &mut clients[event.token().0];
                let Some(stream) = slot else { continue };
                match stream.read(&mut input) {
                    Ok(0) => *slot = None,
                    Ok(n) => {
                        let requests = memchr::memchr_iter(b'*', &input[..n]).count();
                        let _ = stream.write(&replies[..requests * 5]);
                    }
                    Err(_) => {}
                }
            }
        }
    }
}
