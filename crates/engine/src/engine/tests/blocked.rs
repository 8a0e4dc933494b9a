//! Clients that wait for keys. What they are answered stands in scripts; here: time, clients that go, memory.

use super::*;

/// Time passes, and a tick sees it.
fn pass(engine: &mut Engine, ms: u64) {
    let now = engine.server.now;
    let now = Now { wall_ms: now.wall_ms + ms as i64, mono_us: now.mono_us + ms * 1000 };
    engine.handle_tick(now);
}

fn waiting(engine: &Engine) -> u32 {
    engine.server.blocked_clients
}

#[test]
fn the_waiting_ends_in_time_and_not_before() {
    let mut engine = engine(1 << 20);
    let (soon, late, ever) = (connect(&mut engine), connect(&mut engine), connect(&mut engine));
    assert_eq!(send(&mut engine, soon, "BLPOP a b 0.5\r\n"), "");
    assert_eq!(send(&mut engine, late, "BZPOPMIN a 2\r\nPING\r\n"), "");
    assert_eq!(send(&mut engine, ever, "XREAD BLOCK 0 STREAMS a $\r\n"), "");
    pass(&mut engine, 499);
    assert_eq!((waiting(&engine), output(&mut engine, soon)), (3, String::new()));
    pass(&mut engine, 1);
    assert_eq!((waiting(&engine), output(&mut engine, soon)), (2, "*-1\r\n".into()));
    pass(&mut engine, 1500);
    assert_eq!((waiting(&engine), output(&mut engine, late)), (1, "*-1\r\n+PONG\r\n".into()));
    pass(&mut engine, 100_000_000);
    assert_eq!((waiting(&engine), output(&mut engine, ever)), (1, String::new()));
    assert_eq!(send(&mut engine, soon, "PING\r\n"), "+PONG\r\n");
}

#[test]
fn who_is_gone_takes_nothing_and_leaves_nothing() {
    let mut engine = engine(1 << 20);
    let (pusher, gone) = (connect(&mut engine), connect(&mut engine));
    assert_eq!(send(&mut engine, pusher, "PING\r\n"), "+PONG\r\n");
    let before = live_bytes(&mut engine);
    assert_eq!(send(&mut engine, gone, "BLPOP a b a 0\r\nPING\r\n"), "");
    assert!(engine.wants_input(gone), "a connection that is gone is noticed by reading");
    engine.handle_disconnect(engine.server.now, gone);
    assert_eq!((waiting(&engine), engine.server.suspended), (0, 0));
    assert_eq!(live_bytes(&mut engine), before);
    assert_eq!(send(&mut engine, pusher, "RPUSH a v\r\nLLEN a\r\n"), ":1\r\n:1\r\n");
}

#[test]
fn who_is_killed_in_the_same_breath_takes_nothing() {
    let mut engine = engine(1 << 20);
    let (pusher, killed) = (connect(&mut engine), connect(&mut engine));
    assert_eq!(send(&mut engine, killed, "BLPOP a 0\r\n"), "");
    let name = engine.server.sessions.get(killed).id;
    let replies = send(&mut engine, pusher, &format!("CLIENT KILL ID {name}\r\nRPUSH a v\r\nLRANGE a 0 -1\r\n"));
    assert_eq!(replies, ":1\r\n:1\r\n*1\r\n$1\r\nv\r\n");
}

#[test]
fn input_behind_the_waiting_is_bounded() {
    let mut engine = engine(1 << 20);
    let id = connect(&mut engine);
    assert_eq!(send(&mut engine, id, "BLPOP a 0\r\n"), "");
    while engine.wants_input(id) {
        assert_eq!(send(&mut engine, id, "PING 0123456789\r\n"), "");
    }
    assert!(engine.server.sessions.get(id).backlog.len() < 2 * BLOCKED_INPUT_BYTES_MAX);
    let other = connect(&mut engine);
    assert_eq!(send(&mut engine, other, "LPUSH a v\r\n"), ":1\r\n");
    let answers = output(&mut engine, id);
    assert!(answers.starts_with("*2\r\n$1\r\na\r\n$1\r\nv\r\n$10\r\n0123456789\r\n"), "{answers}");
    assert!(engine.wants_input(id));
}

#[test]
fn another_client_ends_the_waiting() {
    let mut engine = engine(1 << 20);
    let (other, id) = (connect(&mut engine), connect(&mut engine));
    let name = engine.server.sessions.get(id).id;
    for (how, answer) in [
        ("", "*-1\r\n+PONG\r\n"),
        (" TIMEOUT", "*-1\r\n+PONG\r\n"),
        (" error", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n"),
    ] {
        assert_eq!(send(&mut engine, id, "BLMOVE a b LEFT LEFT 0\r\nPING\r\n"), "");
        assert_eq!(send(&mut engine, other, &format!("CLIENT UNBLOCK {name}{how}\r\n")), ":1\r\n");
        assert_eq!(output(&mut engine, id), answer);
        assert_eq!(send(&mut engine, other, &format!("CLIENT UNBLOCK {name}{how}\r\n")), ":0\r\n");
    }
}

#[test]
fn a_pause_holds_the_serving_back() {
    let mut engine = engine(1 << 20);
    let (other, id) = (connect(&mut engine), connect(&mut engine));
    assert_eq!(send(&mut engine, id, "BLPOP a 0\r\n"), "");
    assert_eq!(send(&mut engine, other, "MULTI\r\nRPUSH a v\r\nCLIENT PAUSE 100 WRITE\r\nEXEC\r\n").lines().count(), 6);
    assert_eq!(output(&mut engine, id), "");
    pass(&mut engine, 101);
    assert_eq!(output(&mut engine, id), "*2\r\n$1\r\na\r\n$1\r\nv\r\n");
}

#[test]
fn effects_are_those_of_what_was_done() {
    let mut engine = engine(1 << 20);
    let (other, id) = (connect(&mut engine), connect(&mut engine));
    engine.server.effects.start();
    for (wait, give, effect) in [
        ("BLPOP none l 0", "RPUSH l a", "LPOP l"),
        ("BRPOP l 0", "RPUSH l a", "RPOP l"),
        ("BLMPOP 0 1 l RIGHT COUNT 2", "RPUSH l a", "RPOP l 1"),
        ("BLMOVE l m LEFT RIGHT 0", "RPUSH l a", "LMOVE l m LEFT RIGHT"),
        ("BRPOPLPUSH l m 0", "RPUSH l a", "LMOVE l m RIGHT LEFT"),
        ("BZPOPMIN z 0", "ZADD z 1 a", "ZPOPMIN z"),
        ("BZPOPMAX z 0", "ZADD z 1 a", "ZPOPMAX z"),
        ("BZMPOP 0 1 z MAX COUNT 5", "ZADD z 1 a", "ZPOPMAX z 1"),
    ] {
        assert_eq!(send(&mut engine, id, &format!("{wait}\r\n")), "", "{wait}");
        send(&mut engine, other, &format!("{give}\r\n"));
        assert_ne!(output(&mut engine, id), "", "{wait}");
        assert_eq!(taken_effects(&mut engine), [give, effect]);
    }
}

/// With the smallest arenas one allocation after the other is refused: the client waits, or is told that it cannot.
#[test]
fn without_memory_to_wait_the_client_is_told() {
    let (mut told, mut waited) = (0, 0);
    for fill in 0..400 {
        let mut engine = engine(96 << 10);
        let (other, id) = (connect(&mut engine), connect(&mut engine));
        for n in 0..fill * 4 {
            let reply = send(&mut engine, other, &format!("SET key:{n} {}\r\n", "v".repeat(40)));
            if reply.starts_with('-') {
                break;
            }
        }
        let keys: String = (0..40).map(|n| format!("a-long-name-of-a-key:{n} ")).collect();
        match send(&mut engine, id, &format!("BLPOP {keys} 0\r\n")) {
            answer if answer.is_empty() => {
                waited += 1;
                assert_eq!(waiting(&engine), 1);
                engine.handle_disconnect(engine.server.now, id);
            }
            answer => {
                told += 1;
                assert!(answer.starts_with("-OOM"), "{answer}");
                assert_eq!(send(&mut engine, id, "PING\r\n"), "+PONG\r\n");
            }
        }
        assert_eq!((waiting(&engine), engine.server.suspended, engine.server.blocked.len()), (0, 0, 0));
    }
    assert!(told > 0 && waited > 0, "{told} told, {waited} waited");
}
