//! How many keys an arena takes before the first refusal, with eight clients connected.
//!
//! `cargo xtask mem --device` runs it with the limits of a device:
//! `cargo run --release -p microredis-engine --features device --example capacity`.
//! Each line: KiB of arena, what is stored, how many were taken.

use microredis_engine::engine::{Engine, Parts, Refused};
use microredis_engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX};
use microredis_engine::session::{ClientId, Peer, Session};
use microredis_engine::stats::CommandStats;
use microredis_engine::time::Now;

const CLIENTS: i32 = 8;
/// Commands between two ticks.
const TICK_EVERY: usize = 100;

struct Load {
    engine: Engine,
    id: ClientId,
    now: Now,
}

impl Load {
    fn new(arena_bytes: usize) -> Load {
        let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
        let now = Now { wall_ms: 1_700_000_000_000, mono_us: 1 };
        let parts = Parts {
            region: leak(arena_bytes),
            output: leak(2048),
            line: leak(INLINE_BYTES_MAX + 2),
            stats: Box::leak(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice()),
            seed: [1, 2],
        };
        let mut engine = Engine::new(parts, now);
        let mut last = None;
        for fd in 0..CLIENTS {
            let id = loop {
                match engine.handle_connect(now, Peer::Unix, fd) {
                    Ok(id) => break id,
                    Err(Refused::NeedSessions(n)) => engine.add_sessions(Box::leak(vec![Session::default(); n].into())),
                    Err(refused) => panic!("{refused:?}"),
                }
            };
            last = Some(id);
        }
        Load { engine, id: last.expect("clients are connected"), now }
    }

    /// Sends one command; false where it is refused for want of memory.
    fn send(&mut self, args: &[&[u8]]) -> bool {
        let mut input = format!("*{}\r\n", args.len()).into_bytes();
        for arg in args {
            input.extend(format!("${}\r\n", arg.len()).into_bytes());
            input.extend_from_slice(arg);
            input.extend(b"\r\n");
        }
        self.engine.handle_input(self.now, self.id, &input);
        let reply = self.engine.poll_output(self.id).to_vec();
        self.engine.handle_sent(self.id, reply.len());
        let refused = reply.starts_with(b"-OOM ");
        assert!(refused || !reply.starts_with(b"-"), "{}", String::from_utf8_lossy(&reply));
        !refused
    }

    /// Stores the first, second ... until one is refused; how many were taken.
    fn fill(&mut self, store: impl Fn(&mut Load, u64) -> bool) -> usize {
        let mut taken = 0usize;
        while store(self, taken as u64) {
            taken += 1;
            if taken.is_multiple_of(TICK_EVERY) {
                self.now.mono_us += 100_000;
                self.engine.handle_tick(self.now);
            }
        }
        taken
    }
}

/// `len` bytes that look random and are others for each `n` (splitmix64).
fn bytes(n: u64, len: usize) -> Vec<u8> {
    let word = |i: u64| {
        let mut x = (n * 8 + i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    (0..8).flat_map(|i| word(i).to_le_bytes()).take(len).collect()
}

fn main() {
    for kib in [150, 190] {
        let keys = Load::new(kib << 10).fill(|load, n| load.send(&[b"SET", &bytes(n, 13), &bytes(n + 1_000_000, 8)]));
        println!("{kib} keys of 13 bytes with values of 8: {keys}");
        let hashes = Load::new(kib << 10).fill(|load, n| {
            let halves: Vec<(Vec<u8>, Vec<u8>)> =
                (0..8).map(|i| (bytes(n * 8 + i + 2_000_000, 4), bytes(n * 8 + i + 1_000_000, 6))).collect();
            let key = bytes(n, 13);
            let mut call: Vec<&[u8]> = vec![b"HSET", &key];
            call.extend(halves.iter().flat_map(|(field, value)| [&field[..], &value[..]]));
            load.send(&call)
        });
        println!("{kib} hashes of 8 fields of 4 and 6 bytes: {hashes}");
        let entries = Load::new(kib << 10).fill(|load, n| {
            let id = format!("{}-0", 1_700_000_000_000 + n * 37);
            load.send(&[b"XADD", b"big", id.as_bytes(), b"celsius", &bytes(n, 4), b"percent", &bytes(n + 1_000_000, 4)])
        });
        println!("{kib} stream entries of 2 fields, 22 bytes: {entries}");
    }
}
