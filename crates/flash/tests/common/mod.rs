//! A real engine that saves into a ring and loads from it, as a shell does.

use embedded_storage::nor_flash::NorFlash;
use microredis_engine::limits::COMMANDS_MAX;
use microredis_engine::persist::Damage;
use microredis_engine::persist::load::{Existing, Verifier};
use microredis_engine::persist::save::SaveStep;
use microredis_engine::stats::CommandStats;
use microredis_engine::{ClientId, Engine, Now, Parts, Peer, Session};
use microredis_flash::{Error, Ring, Slot};

pub const NOW: Now = Now { wall_ms: 1_700_000_000_000, mono_us: 1 };
/// An engine with one client.
pub struct Server {
    pub engine: Engine,
    client: ClientId,
}

impl Server {
    pub fn new(bytes: usize) -> Server {
        let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
        let stats = Box::leak(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice());
        let parts = Parts { region: leak(bytes), output: leak(4096), line: leak(65538), stats, seed: [1, 2] };
        let mut engine = Engine::new(parts, NOW);
        engine.add_sessions(Box::leak(vec![Session::default(); 16].into_boxed_slice()));
        let client = engine.handle_connect(NOW, Peer::Unix, 1).unwrap();
        Server { engine, client }
    }

    pub fn send(&mut self, line: &str) -> String {
        self.engine.handle_input(NOW, self.client, format!("{line}\r\n").as_bytes());
        let mut out = Vec::new();
        loop {
            let piece = self.engine.poll_output(self.client).to_vec();
            if piece.is_empty() {
                return String::from_utf8_lossy(&out).into_owned();
            }
            self.engine.handle_sent(self.client, piece.len());
            out.extend(piece);
        }
    }

    /// Keys of all types, small and large; how many of the large.
    pub fn fill(&mut self, name: &str, many: usize) {
        let mut run = |line: String| {
            let reply = self.send(&line);
            assert!(!reply.starts_with('-'), "{line}: {reply}");
        };
        for line in [
            "SET {n}:text value PXAT 4000000000000",
            "SETRANGE {n}:holes 3000 end",
            "INCRBYFLOAT {n}:float 1.5",
            "PFADD {n}:hll a b c",
            "SADD {n}:ints 1 2 3 70000",
            "SADD {n}:words a b c",
            "HSET {n}:hash f v g 12",
            "ZADD {n}:zset 1 a 2.5 b -inf c",
            "RPUSH {n}:list 1 two 3",
            "XADD {n}:stream 1-1 f v g w",
            "XADD {n}:stream 2-1 f v",
            "XDEL {n}:stream 1-1",
        ] {
            run(line.replace("{n}", name));
        }
        for n in 0..many {
            run(format!("SADD {name}:many-words {name}-{n}"));
            run(format!("HSET {name}:many-fields field-{n} {n}"));
            run(format!("ZADD {name}:many-scores {n} member-{n}"));
            run(format!("RPUSH {name}:many-items item-{n}"));
            run(format!("XADD {name}:many-entries {n}-1 n {n}"));
            run(format!("SET {name}:{n} value"));
        }
    }

    /// Saves into the ring as a shell does; the bytes, and how it ended.
    pub fn save<F: NorFlash, const P: usize, const M: usize>(
        &mut self,
        ring: &mut Ring<F, P, M>,
    ) -> (Vec<u8>, Result<Slot, Error>) {
        self.engine.begin_save(NOW);
        let (mut file, mut out) = (Vec::new(), [0; 2048]);
        let mut result = ring.begin(NOW.wall_ms);
        loop {
            match self.engine.poll_save(NOW, &mut out) {
                SaveStep::Idle => panic!("the save did not begin"),
                SaveStep::Aborted => {}
                SaveStep::Bytes { len, last, .. } => {
                    let mut left = &out[..len];
                    while let (Ok(()), false) = (result, left.is_empty()) {
                        result = ring.push(left).map(|taken| left = &left[taken..]);
                    }
                    file.extend_from_slice(&out[..len]);
                    let ended = match result {
                        Ok(()) if last => ring.finish(),
                        Ok(()) => continue,
                        Err(error) => Err(error),
                    };
                    self.engine.handle_saved(NOW, ended.map(|_| ()).map_err(|_| ()));
                    return (file, ended);
                }
            }
        }
    }

    /// Checks a slot from end to end, then loads it in the place of what is there; where that fails nothing is there.
    pub fn load<F: NorFlash, const P: usize, const M: usize>(
        &mut self,
        ring: &mut Ring<F, P, M>,
        slot: &Slot,
    ) -> Result<Vec<u8>, Damage> {
        let (mut file, mut piece, mut verifier) = (Vec::new(), [0; 1024], Verifier::default());
        ring.read_all(slot, &mut piece, |bytes| {
            file.extend_from_slice(bytes);
            verifier.feed(bytes).is_ok()
        })
        .unwrap();
        verifier.finish()?;
        let (mut loader, mut fed) = (self.engine.load_begin(NOW, Existing::Refuse, true), Ok(()));
        ring.read_all(slot, &mut piece, |bytes| {
            fed = self.engine.load(&mut loader, bytes);
            fed.is_ok()
        })
        .unwrap();
        match fed {
            Ok(()) => self.engine.load_end(loader).map(|_| file),
            Err(damage) => {
                self.engine.load_undo(loader);
                Err(damage)
            }
        }
    }
}
