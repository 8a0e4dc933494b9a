//! Bad input to the engine alone: a small arena, several clients at once, pieces of any length, and between them what a
//! shell does otherwise. After each round everybody leaves, and all memory must be back.

use super::input;
use anyhow::{Result, bail, ensure};
use fastrand::Rng;
use microredis_engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX};
use microredis_engine::persist::load::Existing;
use microredis_engine::persist::save::SaveStep;
use microredis_engine::stats::CommandStats;
use microredis_engine::{ClientId, Engine, Now, Parts, Peer, Refused, Request, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};

const CLIENTS: usize = 4;
/// Small enough that memory runs out now and then.
const ARENA_BYTES: usize = 2 << 20;
/// Streams between two looks at the memory.
const ROUND: u64 = 50;

struct Shell {
    engine: Engine,
    now: Now,
}

impl Shell {
    fn new(seed: u64) -> Shell {
        // An engine wants its memory for ever; there are two in a run.
        let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
        let parts = Parts {
            region: leak(ARENA_BYTES),
            output: leak(4096),
            line: leak(INLINE_BYTES_MAX + 2),
            stats: Box::leak(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice()),
            seed: [seed, !seed],
        };
        let now = Now { wall_ms: 1_790_000_000_000, mono_us: 1 };
        Shell { engine: Engine::new(parts, now), now }
    }

    fn connect(&mut self) -> Result<ClientId> {
        ensure!(self.engine.server.sessions.in_use() <= CLIENTS, "somebody did not leave");
        loop {
            match self.engine.handle_connect(self.now, Peer::Unix, 7) {
                Ok(id) => return Ok(id),
                Err(Refused::NeedSessions(n)) => {
                    self.engine.add_sessions(Box::leak(vec![Session::default(); n].into_boxed_slice()));
                }
                Err(refused) => bail!("{refused:?}"),
            }
        }
    }

    /// A client's replies; a closing one leaves.
    fn drain(&mut self, id: ClientId, reads: bool) -> (Vec<u8>, bool) {
        let mut output = Vec::new();
        loop {
            let piece = if reads { self.engine.poll_output(id) } else { &[] };
            let n = piece.len();
            if n == 0 {
                break;
            }
            output.extend_from_slice(piece);
            self.engine.handle_sent(id, n);
        }
        let closing = self.engine.is_closing(id);
        if closing {
            self.engine.handle_disconnect(self.now, id);
        }
        (output, closing)
    }

    /// What a shell does between batches of input.
    fn settle(&mut self, random: &mut Rng) {
        self.now.mono_us += random.u64(..100_000);
        self.now.wall_ms += random.i64(0..100);
        while let Some((id, request)) = self.engine.poll_request() {
            let answer = match request {
                Request::ApplyConfig | Request::Sleep(_) => Ok(()),
                _ => Err("ERR not here"),
            };
            self.engine.handle_answer(self.now, id, answer);
        }
        while self.engine.poll_listed().is_some() {}
        if random.u32(..4) == 0 {
            self.engine.handle_tick(self.now);
        }
        if self.engine.wants_idle() {
            self.engine.handle_idle(self.now);
        }
        if self.engine.wants_save()
            && let SaveStep::Bytes { last: true, .. } = self.engine.poll_save(self.now, &mut [0; 300])
        {
            self.engine.handle_saved(self.now, if random.bool() { Ok(()) } else { Err(()) });
        }
        while self.engine.poll_log(&mut [0; 256]).is_some() {}
    }

    fn ask(&mut self, text: &str) -> Result<Vec<u8>> {
        let id = self.connect()?;
        self.engine.handle_input(self.now, id, text.as_bytes());
        let (reply, closing) = self.drain(id, true);
        if !closing {
            self.engine.handle_disconnect(self.now, id);
        }
        Ok(reply)
    }

    /// Everything is deleted: nothing may be left.
    fn check_memory(&mut self) -> Result<()> {
        for command in ["FLUSHALL\r\n", "SLOWLOG RESET\r\n", "LATENCY RESET\r\n"] {
            let reply = self.ask(command)?;
            ensure!(!reply.starts_with(b"-"), "{command}: {}", String::from_utf8_lossy(&reply));
        }
        while self.engine.wants_idle() {
            self.engine.handle_idle(self.now);
        }
        while self.engine.wants_save() {
            self.engine.poll_save(self.now, &mut [0; 300]);
        }
        while self.engine.poll_log(&mut [0; 256]).is_some() {}
        let used = self.engine.server.mem.live_bytes();
        ensure!(used == 0, "{used} bytes are not free though all is deleted");
        ensure!(self.ask("PING\r\n")? == b"+PONG\r\n", "PING is not served");
        Ok(())
    }
}

/// Streams from several clients at once, cut anywhere.
pub fn streams(seed: u64, count: u64) -> Result<u64> {
    let mut shell = Shell::new(seed);
    for round in 0..count.div_ceil(ROUND) {
        let mut random = Rng::with_seed(seed << 32 | round);
        let outcome = catch_unwind(AssertUnwindSafe(|| one_round(&mut shell, &mut random)));
        match outcome {
            Ok(result) => result.map_err(|e| e.context(format!("seed {seed}, round {round}")))?,
            Err(_) => bail!("the engine panicked: seed {seed}, round {round}"),
        }
    }
    Ok(count)
}

fn one_round(shell: &mut Shell, random: &mut Rng) -> Result<()> {
    let mut inputs: Vec<(ClientId, Vec<u8>, bool)> = Vec::new();
    let mut left = ROUND;
    while left > 0 || !inputs.is_empty() {
        if left > 0 && inputs.len() < CLIENTS {
            left -= 1;
            let mut bytes = input::stream(random);
            if random.u32(..10) == 0 {
                bytes.splice(0..0, *b"BGSAVE\r\nHELLO 3\r\n");
            }
            inputs.push((shell.connect()?, bytes, random.u32(..5) > 0));
            continue;
        }
        let at = random.usize(..inputs.len());
        let (id, bytes, reads) = &mut inputs[at];
        let n = random.usize(..=bytes.len().min(1000));
        if shell.engine.wants_input(*id) {
            let piece: Vec<u8> = bytes.drain(..n).collect();
            shell.engine.handle_input(shell.now, *id, &piece);
        }
        let (id, ended, reads) = (*id, bytes.is_empty() || random.u32(..100) == 0, *reads);
        let (_, closed) = shell.drain(id, reads);
        if ended && !closed {
            shell.engine.handle_disconnect(shell.now, id);
        }
        if ended || closed {
            inputs.swap_remove(at);
        }
        shell.settle(random);
    }
    shell.check_memory()
}

/// A snapshot with a few bytes changed, or cut: refused, or (where the change undoes itself) loaded.
pub fn snapshots(seed: u64, count: u64) -> Result<u64> {
    let mut random = Rng::with_seed(seed);
    let mut shell = Shell::new(seed);
    let whole = valid_snapshot(&mut shell, &mut random)?;
    for n in 0..count {
        let mut bytes = whole.clone();
        match random.u32(..3) {
            0 => bytes.truncate(random.usize(..bytes.len())),
            _ => input::damage(&mut random, &mut bytes, 0),
        }
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            shell.engine.load_bytes(shell.now, &bytes, Existing::Replace, true).is_ok()
        }));
        let Ok(loaded) = loaded else { bail!("the engine panicked: seed {seed}, snapshot {n}") };
        ensure!(!loaded || bytes == whole, "seed {seed}, snapshot {n}: damage was not noticed");
    }
    shell.check_memory()?;
    Ok(count)
}

fn valid_snapshot(shell: &mut Shell, random: &mut Rng) -> Result<Vec<u8>> {
    shell.ask("MSET a 1 b 2\r\nHSET h f v\r\nRPUSH l a b\r\nSADD s x y\r\nZADD z 1 a\r\nXADD st 1-1 f v\r\n")?;
    let long = format!("SET long {}\r\nSETEX t 1000 v\r\n", "x".repeat(5000));
    shell.ask(&long)?;
    shell.engine.begin_save(shell.now);
    let (mut file, mut out) = (Vec::new(), vec![0; random.usize(100..1000)]);
    loop {
        match shell.engine.poll_save(shell.now, &mut out) {
            SaveStep::Bytes { len, last, .. } => {
                file.extend(&out[..len]);
                if last {
                    shell.engine.handle_saved(shell.now, Ok(()));
                    return Ok(file);
                }
            }
            step => bail!("the save has not ended: {step:?}"),
        }
    }
}
