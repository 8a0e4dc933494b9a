//! What was saved and then forgotten, by FLUSHALL or a factory reset: it does not come back, wherever power fails, and
//! until then the newest snapshot is there. An older one never takes its place.

mod common;

use common::{NOW, Server};
use microredis_flash::mock::MockFlash;
use microredis_flash::{Error, Recovery, Ring, Slot};

/// In all keys that these servers save.
const TRACE: &[u8] = b":many-";

type Chip = MockFlash<1, 4, 1024>;
type Small = Ring<Chip, { 64 << 10 }, { 28 << 10 }>;

/// A chip with two snapshots, and the newer one.
fn two_snapshots<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize, const M: usize>(
    server: &mut Server,
) -> (MockFlash<READ, WRITE, ERASE>, Slot, Vec<u8>) {
    let mut ring = Ring::<_, P, M>::open(MockFlash::<READ, WRITE, ERASE>::new(P), |_| {}).unwrap().0;
    server.send("FLUSHALL");
    server.fill("old", 20);
    server.save(&mut ring).1.unwrap();
    server.fill("new", 20);
    let (file, saved) = server.save(&mut ring);
    (ring.release(), saved.unwrap(), file)
}

/// As a factory reset does it.
fn erase_all<F, const P: usize, const M: usize>(ring: &mut Ring<F, P, M>) -> Result<(), Error>
where
    F: embedded_storage::nor_flash::NorFlash,
{
    ring.clear(NOW.wall_ms)?;
    while ring.erase_next()? {}
    Ok(())
}

/// Opens the chip as two boots do: what one finds the next one finds.
fn reopen<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize, const M: usize>(
    mut flash: MockFlash<READ, WRITE, ERASE>,
    what: &str,
) -> (Ring<MockFlash<READ, WRITE, ERASE>, P, M>, Recovery) {
    flash.reboot();
    let (ring, first) = Ring::<_, P, M>::open(flash, |slot| panic!("{what}: {slot}")).unwrap();
    let (ring, second) = Ring::<_, P, M>::open(ring.release(), |slot| panic!("{what}: {slot}")).unwrap();
    assert_eq!(first, second, "{what}");
    (ring, first)
}

fn sweep<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize, const M: usize>() {
    let (mut server, mut second) = (Server::new(4 << 20), Server::new(4 << 20));
    let (before, newest, file) = two_snapshots::<READ, WRITE, ERASE, P, M>(&mut server);
    let open = |flash| Ring::<_, P, M>::open(flash, |slot| panic!("{slot}")).unwrap().0;
    let mut ring = open(before.clone());
    ring.clear(0).unwrap();
    let mut flash = ring.release();
    let cleared = flash.work() - before.work();
    // It holds with the first of the slot's two headers.
    let header = 32usize.next_multiple_of(WRITE) as u64;
    let (begun, held) = (cleared - 2 * header, cleared - header);
    let mut ring = open(flash);
    erase_all(&mut ring).unwrap();
    flash = ring.release();
    let all = flash.work() - before.work();
    assert!(all > cleared + u64::from(Ring::<MockFlash<READ, WRITE, ERASE>, P, M>::BLOCKS), "all blocks were erased");
    for at in 0..=all {
        let what = format!("{WRITE}/{ERASE}, cut at {at} of {all}");
        let mut flash = before.clone();
        flash.cut_power_after(at, at);
        let mut ring = open(flash);
        assert_eq!(erase_all(&mut ring).is_ok(), at == all, "{what}");
        let (mut ring, recovery) = reopen::<READ, WRITE, ERASE, P, M>(ring.release(), &what);
        if at >= held {
            assert_eq!((recovery, ring.newest()), (Recovery::Empty, None), "{what}");
        } else if at <= begun || recovery != Recovery::Empty {
            assert_eq!(recovery, Recovery::Whole(newest), "{what}");
            assert!(second.load(&mut ring, &newest).as_ref() == Ok(&file), "{what}");
            assert_eq!(second.send("DEBUG DIGEST"), server.send("DEBUG DIGEST"), "{what}");
        }
        if at % 7 == 0 {
            // Somebody asks once more, and power fails once more.
            let mut flash = ring.release();
            flash.cut_power_after(at * 31 % all, at ^ 5);
            let mut ring = open(flash);
            let _ = erase_all(&mut ring);
            let (_, again) = reopen::<READ, WRITE, ERASE, P, M>(ring.release(), &what);
            assert!(again == recovery || again == Recovery::Empty, "{what}: {again:?}");
            continue;
        }
        erase_all(&mut ring).unwrap();
        let (mut ring, recovery) = reopen::<READ, WRITE, ERASE, P, M>(ring.release(), &what);
        assert_eq!(recovery, Recovery::Empty, "{what}");
        if at % 5 == 0 {
            let (file, saved) = server.save(&mut ring);
            let (mut ring, recovery) = reopen::<READ, WRITE, ERASE, P, M>(ring.release(), &what);
            assert_eq!(recovery, Recovery::Whole(saved.unwrap()), "{what}");
            assert!(second.load(&mut ring, &saved.unwrap()) == Ok(file), "{what}");
            assert_eq!(second.send("DEBUG DIGEST"), server.send("DEBUG DIGEST"), "{what}");
        } else {
            assert!(!ring.release().bytes().windows(TRACE.len()).any(|bytes| bytes == TRACE), "{what}");
        }
    }
}

#[test]
fn a_cut_anywhere() {
    sweep::<1, 1, 4096, { 64 << 10 }, { 28 << 10 }>();
    sweep::<4, 4, 4096, { 64 << 10 }, { 28 << 10 }>();
    sweep::<1, 32, { 128 << 10 }, { 256 << 10 }, { 100 << 10 }>();
    sweep::<32, 32, 4096, { 64 << 10 }, { 28 << 10 }>();
    sweep::<1, 256, 4096, { 64 << 10 }, { 26 << 10 }>();
    sweep::<4, 256, { 256 << 10 }, { 512 << 10 }, { 100 << 10 }>();
}

/// Clearing again and again wears nothing; after a save, whole or broken off, it takes one block.
#[test]
fn it_takes_one_block_a_save() {
    let mut server = Server::new(4 << 20);
    let mut ring = Small::open(Chip::new(64 << 10), |_| {}).unwrap().0;
    ring.clear(0).unwrap();
    assert_eq!(ring.wear().unwrap().erases, 0, "nothing was there");
    for n in 0..100 {
        if n % 3 == 0 {
            ring.begin(0).unwrap();
            assert_eq!(ring.push(b"x"), Ok(0));
            ring.abort();
        } else {
            server.save(&mut ring).1.unwrap();
        }
        for _ in 0..5 {
            ring.clear(0).unwrap();
            assert_eq!(ring.newest(), None);
        }
        let (again, recovery) = reopen::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(ring.release(), "opened again");
        assert_eq!(recovery, Recovery::Empty);
        ring = again;
        ring.clear(0).unwrap();
    }
    let wear = ring.wear().unwrap();
    assert_eq!((wear.erases, wear.saves), (200, 66));
    assert!(wear.erases_max - wear.erases_min <= 1, "{wear:?}");
}

/// Saves that are broken off come round to the slot that holds nothing, and pass over it: older ones stay forgotten.
#[test]
fn saves_broken_off_bring_nothing_back() {
    let mut server = Server::new(4 << 20);
    let (flash, ..) = two_snapshots::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(&mut server);
    let mut ring = Small::open(flash, |_| {}).unwrap().0;
    ring.clear(0).unwrap();
    for n in 0..200usize {
        ring.begin(0).unwrap();
        for _ in 0..n % 40 {
            ring.push(&[n as u8; 500]).unwrap();
        }
        let (again, recovery) = reopen::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(ring.release(), "broken off");
        assert_eq!(recovery, Recovery::Empty, "{n}");
        ring = again;
    }
    let saved = server.save(&mut ring).1.unwrap();
    assert_eq!(ring.newest(), Some(saved));
}

/// A damaged snapshot that is newer than the clearing is kept, as where nothing older is there.
#[test]
fn what_is_saved_later_and_damaged_is_kept() {
    let mut server = Server::new(4 << 20);
    let (flash, ..) = two_snapshots::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(&mut server);
    let mut ring = Small::open(flash, |_| {}).unwrap().0;
    ring.clear(0).unwrap();
    let slot = server.save(&mut ring).1.unwrap();
    assert_eq!(ring.older(&slot, |_| {}), Ok(Recovery::Damaged), "loaded, it was of no use");
    let mut flash = ring.release();
    let begin = slot.serial as usize % Small::BLOCKS as usize * 1024;
    flash.bytes_mut()[begin + 500] ^= 1;
    let (mut ring, recovery) = Small::open(flash, |_| {}).unwrap();
    assert_eq!((recovery, ring.begin(0)), (Recovery::Damaged, Err(Error::Damaged)));
    // FLUSHALL gives it up: for good, if by a clearing.
    ring.clear(0).unwrap();
    let (ring, recovery) = reopen::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(ring.release(), "given up");
    assert_eq!((recovery, ring.is_damaged()), (Recovery::Empty, false));
}

#[test]
fn blocks_are_erased_after_a_clearing_only() {
    let mut server = Server::new(4 << 20);
    let (flash, newest, _) = two_snapshots::<1, 4, 1024, { 64 << 10 }, { 28 << 10 }>(&mut server);
    let mut ring = Small::open(flash, |_| {}).unwrap().0;
    assert_eq!((ring.erase_next(), ring.newest()), (Err(Error::NotBegun), Some(newest)));
    // Of a chip that is as it was made there is nothing to erase.
    let mut ring = Small::open(Chip::new(64 << 10), |_| {}).unwrap().0;
    assert_eq!((erase_all(&mut ring), ring.wear().unwrap().erases), (Ok(()), 0));
}
