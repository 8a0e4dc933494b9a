//! The script corpus against the engine itself, without sockets: input in any split, values that move after every call,
//! memory that is refused, and arenas that are too small. The replies are those that a real redis-server has given.
//!
//! With the feature `device` the same on a device's pages and limits.

mod shell;

use microredis_testkit::script::{self, Script};
use shell::{Mode, Shell};
use std::path::Path;

/// What an engine without a host can do; a script that needs more is left out.
const ABILITIES: &[&str] =
    if cfg!(feature = "device") { &["docs", "no-store"] } else { &["bulk-64k", "docs", "no-store", "pages-4k"] };

/// Part of a script's name: only such are played.
fn only() -> String {
    std::env::var("MICROREDIS_SCRIPT").unwrap_or_default()
}

fn scripts() -> Vec<(String, Script)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let only = only();
    let mut scripts = Vec::new();
    let mut left_out = 0;
    for (name, path) in script::files(&root).unwrap() {
        let script = script::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        if script.needs.iter().any(|need| !ABILITIES.contains(&need.as_str())) {
            left_out += 1;
        } else if name.contains(&only) {
            scripts.push((name, script));
        }
    }
    assert!(left_out < 40, "{left_out} scripts need more than an engine can do");
    assert!(!scripts.is_empty(), "no script has {only} in its name");
    scripts
}

const AGAIN: &str = "see above; one alone: MICROREDIS_SCRIPT=zset/zadd cargo test -p microredis-engine --test corpus";

/// Plays every script and compares every reply; afterwards the engine holds nothing. How many reservations were refused.
fn play(mode: Mode) -> usize {
    let (mut failed, mut refused) = (0, 0);
    for (name, script) in scripts() {
        let mut shell = Shell::new(mode);
        if let Err(m) = script.run(&mut shell) {
            failed += 1;
            println!("{mode:?} tests/scripts/{name}:{}: {}", m.line, m.command);
            println!("  expected\n{}\n  got\n{}", m.expected, m.got);
        }
        failed += complaints(&name, &shell);
        refused += shell.refused;
        let left = shell.end();
        if left > 0 {
            failed += 1;
            println!("{mode:?} tests/scripts/{name}: {left} bytes are held by nobody");
        }
    }
    assert_eq!(failed, 0, "{AGAIN}");
    refused
}

fn complaints(name: &str, shell: &Shell) -> usize {
    for command in &shell.changed_in_spite {
        println!("tests/scripts/{name}: -OOM in spite of a change: {command:?}");
    }
    shell.changed_in_spite.len()
}

#[test]
fn replies_are_those_of_redis() {
    play(Mode::Plain);
}

#[test]
fn input_may_come_a_byte_at_a_time() {
    play(Mode::Bytes);
}

#[test]
fn input_may_come_in_any_pieces() {
    play(Mode::Pieces);
}

#[test]
fn every_block_may_move_after_every_call() {
    play(Mode::Compact);
}

#[test]
fn a_refused_reservation_has_changed_nothing() {
    let refused = play(Mode::Refuse);
    assert!(refused > 500 || !only().is_empty(), "only {refused} reservations were refused");
}

/// Here memory ends where it ends: in the middle of a command, of a reply, of a request that comes in pieces.
#[test]
fn too_small_an_arena_is_an_answer() {
    let (mut failed, mut refused) = (0, 0);
    for pages in [6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 96] {
        for (name, script) in scripts() {
            let mut shell = Shell::new(Mode::Pages(pages));
            script.bless(&mut shell);
            let bad = complaints(&name, &shell);
            if bad > 0 {
                println!("  in {pages} pages");
            }
            failed += bad;
            refused += shell.refused;
            let left = shell.end();
            if left > 0 {
                failed += 1;
                println!("tests/scripts/{name} in {pages} pages: {left} bytes are held by nobody");
            }
        }
    }
    assert_eq!(failed, 0, "{AGAIN}");
    assert!(refused > 1000 || !only().is_empty(), "only {refused} commands were refused");
}
