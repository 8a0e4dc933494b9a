//! The project's chores, one verb each: `cargo xtask <verb>`.

mod baremetal;
mod bench;
mod boards;
mod clients;
mod codegen;
mod corpus;
mod counts;
mod device;
mod diff;
mod emulate;
mod failures;
mod firmware;
mod fuzz;
mod layers;
mod mem;
mod pressure;
mod scripts;
mod setup;
mod tcl;
mod test;
mod toolchain;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask VERB [options]

  test   everything that must hold, in order          --only STEP,STEP  --long (higher counts)  --ours PATH
  check  fmt, clippy, layers, codegen, baremetal: what needs no server

  layers     modules of the engine know only what is below them
  baremetal  the engine links for a bare target without the standard library and an allocator

  diff   random commands to our server and to redis-server, everything compared
         --only string,zset,GET  groups or commands    --count N    commands to send (default 50000)
         --seed S[:EPISODE]      repeat                --max N      stop after N different findings (default 20)
         --counts                how often each command and option was sent
         --ours PATH             the program under test (default: built with --profile dev|release)
         --redis PATH            the reference (default redis-server)

  scripts  plays tests/scripts over TCP
         --only TEXT  files whose path contains it    --bless  rewrite the replies by asking redis-server 7.0.15
         --ours PATH, --profile as above

  corpus   says which commands have no script

  codegen  writes the documents that follow from the command table
         --check  only says whether they are stale

  tcl    Redis's own test suite, from Debian's source package
         --unit zset,auth  only these units          --verbose   its whole output
         --no-skips        without tests/tcl/skips.txt; --ours, --profile as above

  bench  CPU microseconds a request, ours beside redis-server and a bare event loop
         --device         instead: instructions a command on the emulated board   --write  docs/firmware-speed.md anew
         --only SET,GET   --pipeline 1,16   --requests N   --rounds N   --limit RATIO   --ours PATH

  mem    bytes a key or element beyond the payload, ours beside redis-server; idle RSS and program size
         --only TEXT  rows whose name contains it   --seed S   --ours PATH
         --device     how many keys the arena of a device takes

  pressure  a server of 1 MB under a thousand clients that behave badly   --long  --ours PATH

  fuzz   bad input: streams, clients, files     --seed S  --count N  streams (default 20000)  --ours PATH

  boards  builds the firmware of every board; flash and RAM of each beside firmware/budgets.toml
         --only esp32c6,stm32h743   only these
  size   the same for the images that were built last

  emulate  the firmware on the emulated board, until Ctrl-C
         --port N   where its port 6379 is to be found (default 6379; 0: any)    --fresh   with empty flash

  device   the firmware on the emulated board under scripts, clients, load, a full arena, a bad wire and power cuts
         [PART ...]     scripts clients benchmark fit brim traffic deaf snapshots power     --long   the counts of a release
         --seed N   --only TEXT (scripts)   --image ELF (default: built)

  clients  other people's clients against a server
         --only py,ioredis,node-redis,programs   --ours, --profile as above

  setup  installs or names what is missing (Debian packages, sources and client libraries under target/)";

fn main() -> ExitCode {
    let mut parser = lexopt::Parser::from_env();
    let result = match parser.next() {
        Ok(Some(lexopt::Arg::Value(verb))) => verb_of(&verb.to_string_lossy(), &mut parser),
        Ok(Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h'))) => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether what the verb checked is as it should be; an error is a verb that could not do its work.
fn verb_of(verb: &str, parser: &mut lexopt::Parser) -> Result<bool> {
    match verb {
        "bench" => bench::run(parser),
        "boards" => boards::run(parser, true),
        "size" => boards::run(parser, false),
        "codegen" => codegen::run(parser),
        "test" => test::test(parser),
        "check" => test::check(),
        "corpus" => corpus::check(&microredis_testkit::server::repository_root()?).map(|(_, missing)| missing == 0),
        "clients" => clients::run(parser),
        "device" => device::command(parser),
        "diff" => diff::run(parser),
        "fuzz" => fuzz::command(parser),
        "emulate" => emulate::run(parser),
        "mem" => mem::run(parser),
        "pressure" => pressure::command(parser),
        "layers" => layers::check(&microredis_testkit::server::repository_root()?),
        "baremetal" => baremetal::link(&microredis_testkit::server::repository_root()?),
        "scripts" => scripts::run(parser),
        "tcl" => tcl::run(parser),
        "setup" => setup::run(&microredis_testkit::server::repository_root()?),
        other => bail!("there is no verb {other}; `cargo xtask --help` lists all"),
    }
}
