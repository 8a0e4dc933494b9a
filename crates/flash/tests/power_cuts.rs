//! A real engine's snapshots on a mock chip whose power fails anywhere in a save: what is loaded afterwards is the
//! newest snapshot that was finished, byte for byte.

mod common;

use common::Server;
use microredis_flash::mock::MockFlash;
use microredis_flash::{Recovery, Ring};

/// Bytes of a header before rounding up to write units.
const HEADER: usize = 32;

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
    let (mut server, mut second) = (Server::new(4 << 20), Server::new(4 << 20));
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
            assert!(second.load(&mut ring, &slot).as_ref() == Ok(file), "{what}");
            assert_eq!(second.send("DEBUG DIGEST"), *digest, "{what}");
            // The next save succeeds.
            let (_, saved) = server.save(&mut ring);
            let slot = saved.unwrap();
            assert!(second.load(&mut ring, &slot).as_ref() == Ok(&new), "{what}");
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
    let mut server = Server::new(4 << 20);
    assert!(server.load(&mut ring, &slot) == Ok(file));
    let loaded = server.send("DEBUG DIGEST");
    let mut fresh = Server::new(4 << 20);
    fresh.fill("a", 100);
    assert_eq!(loaded, fresh.send("DEBUG DIGEST"));
}
