//! What string and bitmap commands propagate: the forms that redis-server 7.0.15 writes to its AOF.

use crate::engine::Engine;
use crate::engine::tests::{connect, engine, send};
use crate::limits::INLINE_BYTES_MAX;
use crate::session::ClientId;

fn fresh() -> (Engine, ClientId) {
    let mut engine = engine(8 << 20);
    engine.server.config.enable_debug_command = true;
    let id = connect(&mut engine);
    (engine, id)
}

/// The effects since the last call, as inline commands.
fn effects(engine: &mut Engine) -> Vec<String> {
    let mut log = Vec::new();
    loop {
        let piece = engine.server.effects.front(&engine.server.mem).to_vec();
        if piece.is_empty() {
            break;
        }
        engine.server.effects.consume(&mut engine.server.mem, piece.len());
        log.extend(piece);
    }
    let text = String::from_utf8(log).unwrap();
    let mut calls: Vec<Vec<String>> = Vec::new();
    let mut lines = text.split("\r\n");
    while let Some(line) = lines.next() {
        if line.starts_with('*') {
            calls.push(Vec::new());
        } else if line.starts_with('$') {
            let arg = lines.next().unwrap();
            calls.last_mut().unwrap().push(if arg.is_empty() { "\"\"".into() } else { arg.into() });
        }
    }
    calls.retain(|call| call[0] != "SELECT");
    calls.iter().map(|call| call.join(" ")).collect()
}

#[test]
fn effects_are_those_of_redis() {
    let (mut engine, id) = fresh();
    engine.server.effects.start();
    for (command, effect) in [
        ("SET k v", "SET k v"),
        ("SET k v EXAT 33177117420", "SET k v PXAT 33177117420000"),
        ("SET k v EX 100", "SET k v PXAT 1700000100000"),
        ("SET k v PX 1 GET", "SET k v PXAT 1700000000001"),
        ("SET k v NX GET", ""),
        ("SET k w XX GET", "SET k w XX"),
        ("SET k w KEEPTTL GET XX", "SET k w KEEPTTL XX"),
        ("SET k w xx xx get xx keepttl", "SET k w XX KEEPTTL"),
        ("SETNX k x", ""),
        ("SETNX n x", "SETNX n x"),
        ("SETEX k 10 v", "SET k v PXAT 1700000010000"),
        ("PSETEX k 10 v", "SET k v PXAT 1700000000010"),
        ("GETSET k y", "SET k y"),
        ("GETEX k", ""),
        ("GETEX k PXAT 33177117420123", "PEXPIREAT k 33177117420123"),
        ("GETEX k EX 5", "PEXPIREAT k 1700000005000"),
        ("GETEX k PERSIST", "PERSIST k"),
        ("GETEX k PERSIST", ""),
        ("GETEX k EXAT 1", "DEL k"),
        ("GETEX k EX 10", ""),
        ("INCRBYFLOAT f 1.5", "SET f 1.5 KEEPTTL"),
        ("INCRBYFLOAT f 1e2", "SET f 101.5 KEEPTTL"),
        ("DECRBY i 5", "DECRBY i 5"),
        ("APPEND a \"\"", "APPEND a \"\""),
        ("SETRANGE a 3 y", "SETRANGE a 3 y"),
        ("SETRANGE a 3 \"\"", ""),
        ("SETBIT b 3 1", "SETBIT b 3 1"),
        ("SETBIT b 3 1", ""),
        ("BITFIELD b SET u8 0 1 GET u8 0", "BITFIELD b SET u8 0 1 GET u8 0"),
        ("BITFIELD b GET u8 0", ""),
        ("BITOP NOT d b", "BITOP NOT d b"),
        ("BITOP AND d nothing", "BITOP AND d nothing"),
        ("BITOP AND d nothing", ""),
        ("MSET x 1 y 2", "MSET x 1 y 2"),
        ("MSETNX x 1 q 2", ""),
        ("GETDEL x", "DEL x"),
        ("GETDEL x", ""),
        ("LCS a y", ""),
    ] {
        let reply = send(&mut engine, id, &format!("{command}\r\n"));
        assert!(!reply.starts_with('-'), "{command}: {reply}");
        assert_eq!(effects(&mut engine).join("; "), effect, "{command}");
    }
}

#[test]
fn effects_replayed_give_the_same_data() {
    let mut state = 11u64;
    let mut random = move |bound: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % bound
    };
    let (mut first, client) = fresh();
    let (mut second, replica) = fresh();
    first.server.effects.start();
    for round in 0..4000 {
        let (key, other) = (random(8), random(8));
        let value = match random(4) {
            0 => "x".repeat(random(3000.min(INLINE_BYTES_MAX - 100))),
            1 => "1.25".into(),
            _ => random(100).to_string(),
        };
        let value = if value.is_empty() { "\"\"".into() } else { value };
        let n = random(200);
        let command = match random(22) {
            0 => format!("SET k{key} {value}"),
            1 => format!("SET k{key} {value} EX {}", 1 + n),
            2 => format!("SET k{key} {value} KEEPTTL GET"),
            3 => format!("SET k{key} {value} NX GET"),
            4 => format!("SETEX k{key} {} {value}", 1 + n),
            5 => format!("GETSET k{key} {value}"),
            6 => format!("GETEX k{key} PX {}", 1 + n),
            7 => format!("GETEX k{key} PERSIST"),
            8 => format!("GETEX k{key} EXAT {n}"),
            9 => format!("GETDEL k{key}"),
            10 => format!("INCR k{key}"),
            11 => format!("INCRBY k{key} -{n}"),
            12 => format!("INCRBYFLOAT k{key} 0.{n}"),
            13 => format!("APPEND k{key} {value}"),
            14 => format!("SETRANGE k{key} {} {value}", n * 20),
            15 => format!("SETBIT k{key} {} {}", n * 300, n % 2),
            16 => format!("BITOP XOR k{key} k{other} k{}", random(8)),
            17 => format!("BITOP NOT k{key} k{other}"),
            18 => format!("BITFIELD k{key} INCRBY i{} #{n} {n} OVERFLOW FAIL SET u5 {n} {n}", 1 + n % 64),
            19 => format!("MSET k{key} {value} k{other} {n}"),
            20 => format!("MSETNX k{key} {value} new{} {n}", random(40)),
            _ => format!("DEL k{key}"),
        };
        send(&mut first, client, &format!("{command}\r\n"));
        for effect in effects(&mut first) {
            let reply = send(&mut second, replica, &format!("{effect}\r\n"));
            assert!(!reply.starts_with('-'), "{command}: {effect}: {reply}");
        }
        if round % 100 == 0 {
            let digests =
                [send(&mut first, client, "DEBUG DIGEST\r\n"), send(&mut second, replica, "DEBUG DIGEST\r\n")];
            assert_eq!(digests[0], digests[1], "round {round}: {command}");
        }
    }
}
