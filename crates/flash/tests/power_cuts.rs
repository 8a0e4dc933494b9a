//! A real engine's snapshots on a mock chip whose power fails anywhere in a save: what is loaded afterwards is the
//! newest snapshot that was finished, byte for byte.

use embedded_storage::nor_flash::NorFlash;
use microredis_engine::limits::COMMANDS_MAX;
use microredis_engine::persist::load::{Existing, Verifier};
use microredis_engine::persist::save::SaveStep;
use microredis_engine::stats::CommandStats;
use microredis_engine::{ClientId, Engine, Now, Parts, Peer, Session};
use microredis_flash::mock::MockFlash;
use microredis_flash::{Recovery, Ring, Slot};

const NOW: Now = Now { wall_ms: 1_700_000_000_000, mono_us: 1 };
/// Bytes of a header before rounding up to write units.
const HEADER: usize = 32;

/// An engine with one client.
struct Server {
    engine: Engine,
    client: ClientId,
}

impl Server {
    fn new() -> Server {
        let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
        let stats = Box::leak(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice());
        let parts = Parts { region: leak(4 << 20), output: leak(4096), line: leak(65538), stats, seed: [1, 2] };
        let mut engine = Engine::new(parts, NOW);
        engine.add_sessions(Box::leak(vec![Session::default(); 16].into_boxed_slice()));
        let client = engine.handle_connect(NOW, Peer::Unix, 1).unwrap();
        Server { engine, client }
    }

    fn send(&mut self, line: &str) -> String {
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
    fn fill(&mut self, name: &str, many: usize) {
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
    fn save<F: NorFlash, const P: usize, const M: usize>(
        &mut self,
        ring: &mut Ring<F, P, M>,
    ) -> (Vec<u8>, Result<Slot, microredis_flash::Error>) {
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

    /// Checks a slot from end to end, then loads it in the place of what is there.
    fn load<F: NorFlash, const P: usize, const M: usize>(&mut self, ring: &mut Ring<F, P, M>, slot: &Slot) -> Vec<u8> {
        let (mut file, mut piece, mut verifier) = (Vec::new(), [0; 1024], Verifier::default());
        ring.read_all(slot, &mut piece, |bytes| {
            file.extend_from_slice(bytes);
            verifier.feed(bytes).is_ok()
        })
        .unwrap();
        verifier.finish().unwrap();
        let mut loader = self.engine.load_begin(NOW, Existing::Refuse, true);
        ring.read_all(slot, &mut piece, |bytes| self.engine.load(&mut loader, bytes).is_ok()).unwrap();
        self.engine.load_end(loader).unwrap();
        file
    }
}

fn longer(short: usize, long: usize) -> usize {
    if std::env::var_os("MICROREDIS_LONG").is_some() { long } else { short }
}

/// Places in `work` where power fails: all around the begin and the end, some between.
fn cuts(work: u64, seed: u64) -> Vec<u64> {
    let count = longer(60, usize::MAX) as u64;
    if count >= work {
        return (0..work).collect();
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let ends = (0..30).chain(work.saturating_sub(90)..work);
    ends.chain((0..count).map(|_| random.u64(..work))).collect()
}

fn sweep<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize, const M: usize>() {
    let (mut server, mut second) = (Server::new(), Server::new());
    for many in [0, 20, 120] {
        server.send("FLUSHALL");
        server.fill("old", many);
        let old_digest = server.send("DEBUG DIGEST");
        let mut ring = Ring::<_, P, M>::open(MockFlash::<READ, WRITE, ERASE>::new(P), |_| {}).unwrap().0;
        let (old, saved) = server.save(&mut ring);
        let old_slot = saved.unwrap();
        let before = ring.release();
        server.fill("new", many / 2);
        let new_digest = server.send("DEBUG DIGEST");
        let mut ring = Ring::<_, P, M>::open(before.clone(), |_| {}).unwrap().0;
        let (new, saved) = server.save(&mut ring);
        let new_slot = saved.unwrap();
        let work = ring.release().work() - before.work();
        // The slot is whole with the first of its two headers; amid it, with its last bit that matters.
        let header = HEADER.next_multiple_of(WRITE) as u64;
        let (open, committed) = (work - 2 * header, work - header);
        for at in cuts(work, many as u64) {
            let mut flash = before.clone();
            flash.cut_power_after(at, at ^ many as u64);
            let mut ring = Ring::<_, P, M>::open(flash, |_| {}).unwrap().0;
            let (_, saved) = server.save(&mut ring);
            let mut flash = ring.release();
            assert!(flash.is_off());
            flash.reboot();
            let what = format!("{many} keys, {WRITE}/{ERASE}, cut at {at} of {work}");
            let (mut ring, recovery) = Ring::<_, P, M>::open(flash, |slot| panic!("{what}: {slot}")).unwrap();
            let is_new = at >= committed || at > open && recovery == Recovery::Whole(new_slot);
            let (slot, file, digest) =
                if is_new { (new_slot, &new, &new_digest) } else { (old_slot, &old, &old_digest) };
            assert_eq!(saved.is_ok(), at >= committed, "{what}");
            assert_eq!(recovery, Recovery::Whole(slot), "{what}");
            assert!(second.load(&mut ring, &slot) == *file, "{what}");
            assert_eq!(second.send("DEBUG DIGEST"), *digest, "{what}");
            // The next save succeeds.
            let (_, saved) = server.save(&mut ring);
            let slot = saved.unwrap();
            assert!(second.load(&mut ring, &slot) == new, "{what}");
        }
    }
}

#[test]
fn a_cut_anywhere_with_write_units_of_1() {
    sweep::<1, 1, 4096, { 64 << 10 }, { 28 << 10 }>();
}

#[test]
fn a_cut_anywhere_with_write_units_of_4() {
    sweep::<4, 4, 4096, { 64 << 10 }, { 28 << 10 }>();
}

#[test]
fn a_cut_anywhere_with_write_units_of_32() {
    sweep::<1, 32, { 128 << 10 }, { 256 << 10 }, { 100 << 10 }>();
    sweep::<32, 32, 4096, { 64 << 10 }, { 28 << 10 }>();
}

#[test]
fn a_cut_anywhere_with_write_units_of_256() {
    sweep::<1, 256, 4096, { 64 << 10 }, { 26 << 10 }>();
    sweep::<4, 256, { 256 << 10 }, { 512 << 10 }, { 100 << 10 }>();
}

/// Power fails again and again, in saves of random lengths, and bits never rot: the newest finished one is always there.
#[test]
fn cuts_that_follow_each_other() {
    const P: usize = 16 << 10;
    const M: usize = 6 << 10;
    let mut random = fastrand::Rng::with_seed(11);
    let mut flash = MockFlash::<1, 8, 1024>::new(P);
    let (mut newest, mut finished) = (None, 0);
    let mut lost_erases = 0;
    for n in 0..longer(3000, 300_000) {
        flash.cut_power_after(random.u64(..12_000), n as u64);
        let (mut ring, recovery) = Ring::<_, P, M>::open(flash, |_| {}).unwrap();
        assert_eq!(matches!(recovery, Recovery::Whole(_)), newest.is_some(), "boot {n}: {recovery:?}");
        let mut tried = vec![];
        for _ in 0..20 {
            let len = random.usize(..M);
            tried = (0..len).map(|_| random.u8(..)).collect::<Vec<u8>>();
            let mut step = || {
                ring.begin(n as i64)?;
                let mut left = &tried[..];
                while !left.is_empty() {
                    left = &left[ring.push(left)?..];
                }
                ring.finish()
            };
            if step().is_err() {
                break;
            }
            newest = Some(std::mem::take(&mut tried));
            finished += 1;
        }
        flash = ring.release();
        flash.reboot();
        let (mut ring, recovery) = Ring::<_, P, M>::open(flash, |_| {}).unwrap();
        let mut found = None;
        if let Recovery::Whole(slot) = recovery {
            let mut bytes = vec![0; slot.len as usize];
            ring.read(&slot, 0, &mut bytes).unwrap();
            found = Some(bytes);
        }
        assert!(found == newest || found.as_ref() == Some(&tried), "boot {n}: {recovery:?}");
        newest = found;
        flash = ring.release();
        lost_erases += 1;
    }
    // A cut costs a block at most one erase that no other block has.
    let (least, most) = (flash.erases().iter().min().unwrap(), flash.erases().iter().max().unwrap());
    assert!(finished > 1000 && most - least <= lost_erases / 5, "{finished} finished, {:?}", flash.erases());
}

/// A file that an earlier version has written loads for ever.
#[test]
fn an_old_file_loads_from_flash() {
    let path = format!("{}/../../tests/fixtures/mrdb-v2/all-types.mrdb", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    let mut ring =
        Ring::<_, { 64 << 10 }, { 28 << 10 }>::open(MockFlash::<4, 4, 4096>::new(64 << 10), |_| {}).unwrap().0;
    ring.begin(0).unwrap();
    let mut left = &file[..];
    while !left.is_empty() {
        left = &left[ring.push(left).unwrap()..];
    }
    let slot = ring.finish().unwrap();
    let mut server = Server::new();
    assert!(server.load(&mut ring, &slot) == file);
    let loaded = server.send("DEBUG DIGEST");
    let mut fresh = Server::new();
    fresh.fill("a", 100);
    assert_eq!(loaded, fresh.send("DEBUG DIGEST"));
}
