//! `cargo xtask fuzz`: bad input, seeded and counted. The engine alone takes streams of it in random pieces, between
//! ticks and steps of saves (`engine.rs`); the program takes it over TCP, from clients with bad manners, and as files
//! (`program.rs`). What must hold: nothing panics, nothing leaks, others are served, a refusal says why.

mod engine;
mod input;
mod program;

use crate::failures;
use crate::test::Tally;
use anyhow::Result;
use lexopt::prelude::*;
use microredis_testkit::server::{Program, repository_root};

/// Streams of one run: about twenty seconds in all.
const STREAMS: u64 = 20_000;
const STREAMS_LONG: u64 = 1_000_000;
/// The program gets one stream for so many that the engine alone gets.
const ENGINE_PER_PROGRAM: u64 = 10;

pub fn command(parser: &mut lexopt::Parser) -> Result<bool> {
    let (mut program, mut seed, mut count) = (None, 1, STREAMS);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("seed") => seed = parser.value()?.parse()?,
            Long("count") => count = parser.value()?.parse()?,
            Long("ours") => program = Some(Program::at(parser.value()?.into())),
            other => return Err(other.unexpected().into()),
        }
    }
    let program = match program {
        Some(program) => program,
        None => crate::diff::build(&repository_root()?, "release")?,
    };
    Ok(all(&program, seed, count)?.failed == 0)
}

pub fn run(program: &Program, long: bool) -> Result<Tally> {
    all(program, 1, if long { STREAMS_LONG } else { STREAMS })
}

fn all(program: &Program, seed: u64, count: u64) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut note = |what: &str, result: Result<u64>| {
        match &result {
            Ok(n) => println!("{what}: {n}"),
            Err(e) => failures::failed(format_args!("{what}: {e:#}")),
        }
        tally.passed += usize::from(result.is_ok());
        tally.failed += usize::from(result.is_err());
    };
    note("streams to the engine", engine::streams(seed, count));
    note("damaged snapshots to the engine", engine::snapshots(seed, count / 4));
    note("streams over TCP", program::streams(program, seed, count / ENGINE_PER_PROGRAM));
    note("clients that never read", program::silent_readers(program));
    note("ends amid a save", program::ends_amid_a_save(program, seed));
    note("config files of nonsense", program::config_files(program, seed));
    note("damaged snapshots to the program", program::snapshots(program, seed));
    Ok(tally)
}
