//! redis-cli in the modes that people use on a running server, and redis-benchmark with all its tests.

use crate::failures;
use crate::test::Tally;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// Arguments of redis-cli, its standard input, and what must stand in its output.
const CALLS: [(&str, &str, &[&str]); 17] = [
    ("-2 PING", "", &["PONG\n"]),
    ("RPUSH list a b c", "", &["3\n"]),
    ("HSET hash f 1 g 2", "", &["2\n"]),
    ("XADD stream 1-1 f v", "", &["1-1\n"]),
    ("-3 --json HGETALL hash", "", &[r#"{"f":"1","g":"2"}"#]),
    ("--csv LRANGE list 0 -1", "", &["\"a\",\"b\",\"c\"\n"]),
    ("--no-raw LRANGE list 0 0", "", &["1) \"a\"\n"]),
    ("-x SET text", "typed\n", &["OK\n"]),
    ("-n 3 -r 3 -i 0.01 INCR counter", "", &["1\n2\n3\n"]),
    ("", "MULTI\nSET k1 v\nGET k1\nEXEC\n", &["OK\nQUEUED\nQUEUED\nOK\nv\n"]),
    (
        "--pipe",
        "*3\r\n$3\r\nSET\r\n$2\r\nk2\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$2\r\nk2\r\n",
        &["errors: 0, replies: 2\n"],
    ),
    ("--scan --pattern k*", "", &["k1\n", "k2\n"]),
    ("--bigkeys", "", &["Biggest   list found", "1 hashs with 2 fields", "3 strings with "]),
    ("--memkeys", "", &["Biggest   list found", "1 streams with "]),
    ("HELP SET", "", &["Set the string value of a key"]),
    ("--hotkeys", "", &["ERR An LFU maxmemory policy is not selected"]),
    ("SHUTDOWN NOW ABORT", "", &["ERR syntax error"]),
];

/// What redis-benchmark runs without `-t`, line by line.
const TESTS: [&str; 20] = [
    "PING_INLINE",
    "PING_MBULK",
    "SET",
    "GET",
    "INCR",
    "LPUSH",
    "RPUSH",
    "LPOP",
    "RPOP",
    "SADD",
    "HSET",
    "SPOP",
    "ZADD",
    "ZPOPMIN",
    "LPUSH (needed to benchmark LRANGE)",
    "LRANGE_100 (first 100 elements)",
    "LRANGE_300 (first 300 elements)",
    "LRANGE_500 (first 500 elements)",
    "LRANGE_600 (first 600 elements)",
    "MSET (10 keys)",
];

pub fn run(address: SocketAddr) -> Result<Tally> {
    let cli = |arguments: &str, input: &str| call("redis-cli", arguments, input, address);
    cli("FLUSHALL", "")?;
    let mut tally = Tally::default();
    for (arguments, input, expected) in CALLS {
        let said = cli(arguments, input)?;
        let missing: Vec<_> = expected.iter().filter(|text| !said.contains(**text)).collect();
        if !missing.is_empty() {
            failures::failed(format_args!("redis-cli {arguments}: no {missing:?} in\n{said}"));
        }
        tally = tally.and(Tally::one(missing.is_empty()));
    }
    let said = call("redis-benchmark", "-q -n 2000 -r 1000 -P 4", "", address)?;
    for test in TESTS {
        let good = said.split(['\n', '\r']).any(|line| {
            line.trim()
                .strip_prefix(test)
                .is_some_and(|rest| rest.starts_with(": ") && rest.contains("requests per second"))
        });
        if !good {
            failures::failed(format_args!("redis-benchmark: no figure for {test} in\n{said}"));
        }
        tally = tally.and(Tally::one(good));
    }
    println!("redis-cli, redis-benchmark: {} passed, {} failed", tally.passed, tally.failed);
    Ok(tally)
}

/// Runs a program to its end, at most a minute; what it printed.
fn call(program: &str, arguments: &str, input: &str, address: SocketAddr) -> Result<String> {
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "60", program, "-h", &address.ip().to_string(), "-p", &address.port().to_string()]);
    command.args(arguments.split_ascii_whitespace()).env("TERM", "dumb");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if output.status.code() == Some(124) {
        bail!("{program} {arguments}: not done after a minute");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}
