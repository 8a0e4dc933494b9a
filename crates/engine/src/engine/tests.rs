//! The whole server inside a unit test: bytes in, bytes out.

use super::*;
use crate::limits::INLINE_BYTES_MAX;
use crate::memory::Arena;

mod blocked;
mod clock;
mod lazyfree;
mod memory;
mod random;

pub fn engine(bytes: usize) -> Engine {
    let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
    let stats = Box::leak(vec![CommandStats::ZERO; crate::limits::COMMANDS_MAX].into_boxed_slice());
    let parts = Parts { region: leak(bytes), output: leak(4096), line: leak(65538), stats, seed: [1, 2] };
    Engine::new(parts, Now { wall_ms: 1_700_000_000_000, mono_us: 1 })
}

pub fn connect(engine: &mut Engine) -> ClientId {
    let now = engine.server.now;
    loop {
        match engine.handle_connect(now, Peer::Unix, 1) {
            Ok(id) => return id,
            Err(Refused::NeedSessions(n)) => {
                engine.add_sessions(Box::leak(vec![Session::default(); n].into_boxed_slice()));
            }
            Err(refused) => panic!("{refused:?}"),
        }
    }
}

pub fn output(engine: &mut Engine, id: ClientId) -> String {
    let mut out = Vec::new();
    loop {
        let piece = engine.poll_output(id).to_vec();
        if piece.is_empty() {
            return String::from_utf8_lossy(&out).into_owned();
        }
        engine.handle_sent(id, piece.len());
        out.extend(piece);
    }
}

pub fn send(engine: &mut Engine, id: ClientId, input: &str) -> String {
    let now = engine.server.now;
    engine.handle_input(now, id, input.as_bytes());
    output(engine, id)
}

/// Bytes in use when all that was deleted is free.
pub fn live_bytes(engine: &mut Engine) -> usize {
    while engine.wants_idle() {
        engine.handle_idle(engine.server.now);
    }
    engine.server.mem.live_bytes()
}

/// The effects of some commands, space-separated, a line each.
pub fn effects(commands: &[&str]) -> Vec<String> {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    engine.server.effects.start();
    for command in commands {
        let reply = send(&mut engine, id, &format!("{command}\r\n"));
        assert!(!reply.starts_with('-'), "{command}: {reply}");
    }
    taken_effects(&mut engine)
}

/// The effects since the last look.
pub fn taken_effects(engine: &mut Engine) -> Vec<String> {
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
    let mut all: Vec<String> = Vec::new();
    let mut lines = text.split("\r\n");
    while let Some(line) = lines.next() {
        if line.starts_with('*') {
            all.push(String::new());
        } else if line.starts_with('$') {
            let last = all.last_mut().unwrap();
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(lines.next().unwrap());
        }
    }
    all.retain(|command| !command.starts_with("SELECT"));
    all
}

#[test]
fn inline_and_multibulk_in_any_split() {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    let input = "PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\nECHO \"a b\"\r\n*0\r\n";
    let expected = "+PONG\r\n$5\r\nhello\r\n$3\r\na b\r\n";
    assert_eq!(send(&mut engine, id, input), expected);
    for cut in 1..input.len() {
        let first = send(&mut engine, id, &input[..cut]);
        let second = send(&mut engine, id, &input[cut..]);
        assert_eq!(first + &second, expected, "cut at {cut}");
    }
    engine.handle_disconnect(Now::default(), id);
    assert_eq!(live_bytes(&mut engine), 0);
}

#[test]
fn inline_lines_may_have_any_number_of_arguments() {
    for count in [ARGS_IN_PLACE_MAX - 2, ARGS_IN_PLACE_MAX - 1, ARGS_IN_PLACE_MAX, INLINE_BYTES_MAX / 12] {
        let mut engine = engine(1 << 20);
        let id = connect(&mut engine);
        let values: String = (0..count).map(|n| format!(" '{n}'")).collect();
        let reply = send(&mut engine, id, &format!("RPUSH l{values}\r\nLINDEX l -1\r\n"));
        let last = (count - 1).to_string();
        assert_eq!(reply, format!(":{count}\r\n${}\r\n{last}\r\n", last.len()));
        assert_eq!(send(&mut engine, id, "DEL l\r\n"), ":1\r\n");
        assert!(send(&mut engine, id, &format!("RPUSH l{values} 'open\r\n")).starts_with("-ERR Protocol error: unbal"));
        engine.handle_disconnect(engine.server.now, id);
        assert_eq!(live_bytes(&mut engine), 0);
    }
}

#[test]
fn refusals_have_redis_texts() {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    for (input, reply) in [
        ("FOO a b\r\n", "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"),
        ("ECHO\r\n", "-ERR wrong number of arguments for 'echo' command\r\n"),
        ("EXEC\r\n", "-ERR EXEC without MULTI\r\n"),
        ("*1\r\n+x\r\n", "-ERR Protocol error: expected '$', got '+'\r\n"),
    ] {
        assert_eq!(send(&mut engine, id, input), reply);
    }
    assert!(engine.is_closing(id));
}

#[test]
fn transactions_queue_and_run() {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    assert_eq!(
        send(&mut engine, id, "MULTI\r\nPING\r\nECHO x\r\nEXEC\r\n"),
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+PONG\r\n$1\r\nx\r\n"
    );
    assert_eq!(
        send(&mut engine, id, "MULTI\r\nNOPE\r\nEXEC\r\n"),
        "+OK\r\n-ERR unknown command 'NOPE', with args beginning with: \r\n-EXECABORT Transaction discarded because of previous errors.\r\n"
    );
    engine.handle_disconnect(Now::default(), id);
    assert_eq!(live_bytes(&mut engine), 0);
}

#[test]
fn messages_reach_channels_and_patterns() {
    let mut engine = engine(4 << 20);
    let (a, b) = (connect(&mut engine), connect(&mut engine));
    assert_eq!(
        send(&mut engine, a, "SUBSCRIBE news\r\nPSUBSCRIBE n*\r\n"),
        "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\nn*\r\n:2\r\n"
    );
    assert_eq!(send(&mut engine, b, "PUBLISH news hi\r\n"), ":2\r\n");
    assert_eq!(engine.poll_listed(), Some(a));
    assert_eq!(
        output(&mut engine, a),
        "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
    );
    engine.handle_disconnect(Now::default(), a);
    engine.handle_disconnect(Now::default(), b);
    assert_eq!(live_bytes(&mut engine), 0);
}

#[test]
fn the_heaviest_client_is_closed_when_all_hold_too_much() {
    let mut engine = engine(8 << 20);
    let (a, b) = (connect(&mut engine), connect(&mut engine));
    send(&mut engine, a, "CONFIG SET maxmemory-clients 200000 proto-max-bulk-len 1048576\r\n");
    let now = engine.server.now;
    engine.handle_input(now, b, b"*2\r\n$3\r\nGET\r\n$400000\r\n");
    for _ in 0..8 {
        engine.handle_input(now, b, &[b'x'; 50_000]);
    }
    assert!(engine.is_closing(b) && !engine.is_closing(a));
    assert_eq!(engine.server.stats.evicted_clients, 1);
    engine.handle_disconnect(now, b);
    assert_eq!(send(&mut engine, a, "PING\r\n"), "+PONG\r\n");
    engine.handle_disconnect(now, a);
    let mut line = [0u8; 256];
    while engine.poll_log(&mut line).is_some() {}
    assert_eq!((engine.server.mem.live_bytes(), engine.server.clients_bytes), (0, 0));
}

#[test]
fn requests_beyond_the_rate_are_refused() {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    engine.configure(b"rate-limit", b"2").unwrap();
    let refused = "-ERR rate limit exceeded\r\n";
    assert_eq!(send(&mut engine, id, "PING\r\nPING\r\nPING\r\n"), format!("+PONG\r\n+PONG\r\n{refused}"));
    engine.server.now.mono_us += 500_000;
    assert_eq!(send(&mut engine, id, "PING\r\nPING\r\n"), format!("+PONG\r\n{refused}"));
}

#[test]
fn a_subscriber_that_never_reads_is_cut_off() {
    let mut engine = engine(8 << 20);
    let (a, b) = (connect(&mut engine), connect(&mut engine));
    engine.configure(b"client-output-buffer-limit", b"pubsub 65536 32768 60").unwrap();
    send(&mut engine, a, "SUBSCRIBE news\r\n");
    let message = "x".repeat(1000);
    for _ in 0..100 {
        send(&mut engine, b, &format!("PUBLISH news {message}\r\n"));
    }
    assert!(engine.is_closing(a));
    assert_eq!(engine.poll_output(a), b"");
    engine.handle_disconnect(Now::default(), a);
    assert_eq!(send(&mut engine, b, "PUBLISH news x\r\n"), ":0\r\n");
}

#[test]
fn the_doctor_describes_what_was_slow() {
    let mut engine = engine(4 << 20);
    let id = connect(&mut engine);
    for (name, value) in [("enable-debug-command", "yes"), ("latency-monitor-threshold", "2")] {
        engine.configure(name.as_bytes(), value.as_bytes()).unwrap();
    }
    for ms in [5, 15] {
        assert_eq!(send(&mut engine, id, &format!("DEBUG SLEEP 0.{ms:03}\r\nPING\r\n")), "");
        let (asleep, request) = engine.poll_request().unwrap();
        assert_eq!((asleep, request), (id, Request::Sleep(ms * 1000)));
        // The shell has slept; a second is a sample.
        let mut now = engine.server.now;
        now.mono_us += 1_000_000;
        now.wall_ms += 1000;
        engine.handle_answer(now, id, Ok(()));
        assert_eq!(output(&mut engine, id), "+OK\r\n+PONG\r\n");
    }
    let text = send(&mut engine, id, "LATENCY DOCTOR\r\n");
    let line =
        "1. command: 2 latency spikes (average 10ms, mean deviation 5ms, period 0.50 sec). Worst all time event 15ms.";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("Please use 'CONFIG SET slowlog-log-slower-than 2000'."), "{text}");
    assert!(text.contains("- Check your Slow Log"), "{text}");
}

/// Takes up to `most` bytes of what waits for the client.
fn take(engine: &mut Engine, id: ClientId, most: usize) -> String {
    let mut text = String::new();
    while text.len() < most {
        let piece = engine.poll_output(id);
        let n = piece.len().min(most - text.len());
        if n == 0 {
            break;
        }
        text.push_str(std::str::from_utf8(&piece[..n]).unwrap());
        engine.handle_sent(id, n);
    }
    text
}

#[test]
fn requests_wait_while_replies_do() {
    let mut engine = engine(1 << 20);
    engine.server.config.output_pause_bytes = 1000;
    let id = connect(&mut engine);
    let text = "x".repeat(100);
    send(&mut engine, id, &format!("SET k {text}\r\n"));
    let now = engine.server.now;
    let mut pipeline = "GET k\r\n".repeat(49);
    pipeline.push_str("SET done 1\r\n");
    engine.handle_input(now, id, pipeline.as_bytes());
    assert!(!engine.wants_input(id));
    let reply = format!("$100\r\n{text}\r\n");
    // One request beyond the limit is answered, the others wait.
    assert_eq!(engine.server.output_len(id), 10 * reply.len());
    let other = connect(&mut engine);
    assert_eq!(send(&mut engine, other, "EXISTS done\r\n"), ":0\r\n");
    let mut all = String::new();
    while !engine.poll_output(id).is_empty() {
        all.push_str(&take(&mut engine, id, 300));
        assert!(engine.server.output_len(id) < 1000 + reply.len());
    }
    assert_eq!(all, reply.repeat(49) + "+OK\r\n");
    assert!(engine.wants_input(id));
    for id in [id, other] {
        engine.handle_disconnect(now, id);
    }
    assert_eq!(engine.server.clients_bytes, 0);
}

#[test]
fn a_client_that_takes_none_of_its_replies_is_closed() {
    let mut engine = engine(1 << 20);
    engine.server.config.output_pause_bytes = 1000;
    let id = connect(&mut engine);
    let now = engine.server.now;
    engine.handle_input(now, id, "ECHO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100).as_bytes());
    let later = |seconds: u64| Now { mono_us: now.mono_us + seconds * 1_000_000, ..now };
    engine.handle_tick(later(9));
    assert!(!engine.is_closing(id));
    // Whoever takes a little is given time.
    assert_eq!(take(&mut engine, id, 10).len(), 10);
    engine.handle_tick(later(18));
    assert!(!engine.is_closing(id));
    engine.handle_tick(later(20));
    assert!(engine.is_closing(id));
    assert_eq!(engine.poll_listed(), Some(id));
    let mut text = [0; 200];
    let (_, len) = engine.poll_log(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..len]);
    assert!(text.contains("does not read its replies"), "{text}");
    engine.handle_disconnect(now, id);
    assert_eq!(live_bytes(&mut engine), 0);
}

#[test]
fn client_list_tells_what_is_kept_for_a_client() {
    let mut engine = engine(1 << 20);
    let (id, other) = (connect(&mut engine), connect(&mut engine));
    let listed = |engine: &mut Engine, figures: &str| {
        let list = send(engine, id, "CLIENT LIST\r\n");
        let line = list.lines().find(|line| line.contains("id=2 ")).unwrap();
        assert!(line.contains(figures), "{figures}: {line}");
    };
    listed(&mut engine, "qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 ");
    // A line that is not whole lies in a block of its own.
    send(&mut engine, other, "ECHO half");
    let block = Arena::block_bytes(256);
    listed(&mut engine, &format!("qbuf=9 qbuf-free={} ", block - 9));
    assert_eq!(send(&mut engine, other, " \r\nMULTI\r\nSET a b\r\n"), "$4\r\nhalf\r\n+OK\r\n+QUEUED\r\n");
    // As in Redis the last command is also one that is only queued.
    listed(&mut engine, " cmd=set ");
    let now = engine.server.now;
    send(&mut engine, other, "DISCARD\r\n");
    engine.handle_input(now, other, format!("ECHO {}\r\n", "x".repeat(1000)).repeat(100).as_bytes());
    // What is not taken before another is served waits in its own queue.
    send(&mut engine, id, "PING\r\n");
    let output = engine.server.sessions.get(other).output;
    assert!(output.blocks() > 1);
    listed(&mut engine, &format!(" oll={} omem={} ", output.blocks(), output.bytes_used()));
}
