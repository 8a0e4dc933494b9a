//! The ring on a mock chip: what was finished is there, in every geometry; wear is even; damage falls back.

use microredis_flash::mock::MockFlash;
use microredis_flash::{Error, Recovery, Rejected, Ring, Slot, Why};

const KIB: usize = 1024;

/// Small blocks, so that a slot has several.
type Chip = MockFlash<1, 4, 1024>;
type SmallRing = Ring<Chip, { 16 * KIB }, { 6 * KIB }>;

fn content(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| random.u8(..)).collect()
}

fn save<F, const P: usize, const M: usize>(ring: &mut Ring<F, P, M>, bytes: &[u8], step: usize) -> Result<Slot, Error>
where
    F: embedded_storage::nor_flash::NorFlash,
{
    ring.begin(1000 + bytes.len() as i64)?;
    for mut piece in bytes.chunks(step) {
        while !piece.is_empty() {
            let taken = ring.push(piece)?;
            piece = &piece[taken..];
        }
    }
    ring.finish()
}

fn load<F, const P: usize, const M: usize>(ring: &mut Ring<F, P, M>, slot: &Slot, step: usize) -> Vec<u8>
where
    F: embedded_storage::nor_flash::NorFlash,
{
    let mut out = Vec::new();
    ring.read_all(slot, &mut vec![0; step], |bytes| {
        out.extend_from_slice(bytes);
        true
    })
    .unwrap();
    out
}

fn open<F, const P: usize, const M: usize>(flash: F) -> (Ring<F, P, M>, Recovery, Vec<Rejected>)
where
    F: embedded_storage::nor_flash::NorFlash,
{
    let mut rejected = Vec::new();
    let (ring, recovery) = Ring::open(flash, |slot| rejected.push(slot)).unwrap();
    (ring, recovery, rejected)
}

fn every_length<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize, const M: usize>() {
    let mut flash = MockFlash::<READ, WRITE, ERASE>::new(P);
    let lengths = [0, 1, 31, WRITE, ERASE - 1, ERASE, ERASE + 1, M / 2, M - 1, M];
    for (n, len) in lengths.into_iter().filter(|&len| len <= M).chain([7; 20]).enumerate() {
        let bytes = content(n as u64, len);
        let (mut ring, _, rejected) = open::<_, P, M>(flash);
        assert_eq!(rejected, []);
        let slot = save(&mut ring, &bytes, [1000, WRITE, 4096, usize::MAX][n % 4]).unwrap();
        assert_eq!(load(&mut ring, &slot, 999), bytes);
        let (mut again, recovery, _) = open::<_, P, M>(ring.release());
        assert_eq!(recovery, Recovery::Whole(slot));
        assert_eq!((slot.len as usize, slot.saved_at_ms), (len, 1000 + len as i64));
        assert_eq!(load(&mut again, &slot, 4096), bytes);
        flash = again.release();
    }
}

#[test]
fn every_length_in_every_geometry() {
    every_length::<1, 1, 4096, { 128 * KIB }, { 60 * KIB }>();
    every_length::<4, 4, 4096, { 128 * KIB }, { 60 * KIB }>();
    every_length::<1, 32, { 128 * KIB }, { 1024 * KIB }, { 400 * KIB }>();
    every_length::<1, 256, 4096, { 128 * KIB }, { 50 * KIB }>();
    every_length::<4, 4, { 256 * KIB }, { 512 * KIB }, { 200 * KIB }>();
    every_length::<256, 256, { 256 * KIB }, { 512 * KIB }, { 200 * KIB }>();
}

#[test]
fn wear_is_even() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut ring, ..) = open::<Chip, { 16 * KIB }, { 6 * KIB }>(Chip::new(16 * KIB));
    for n in 0..500 {
        let len = random.usize(..6 * KIB);
        save(&mut ring, &content(n, len), 700).unwrap();
        let wear = ring.wear().unwrap();
        assert!(wear.erases_max - wear.erases_min <= 1, "after {n} saves: {wear:?}");
        if n % 7 == 0 {
            ring = open(ring.release()).0;
        }
    }
    let wear = ring.wear().unwrap();
    let flash = ring.release();
    assert_eq!(wear.erases_max, *flash.erases().iter().max().unwrap());
    assert_eq!(wear.erases_min, *flash.erases().iter().min().unwrap());
    assert_eq!(wear.erases, flash.erases().iter().map(|&n| u64::from(n)).sum::<u64>());
    assert_eq!(wear.saves, 500);
    assert!(wear.erases_min > 80);
}

#[test]
fn saves_broken_off_spare_the_newest() {
    let mut ring: SmallRing = open(Chip::new(16 * KIB)).0;
    let kept = content(1, 5 * KIB);
    let slot = save(&mut ring, &kept, 512).unwrap();
    for n in 0..100usize {
        ring.begin(0).unwrap();
        let bytes = content(2, 1 + n * 61 % (6 * KIB));
        let mut left = &bytes[..];
        while !left.is_empty() {
            left = &left[ring.push(left).unwrap()..];
        }
        assert_eq!(ring.newest(), Some(slot));
        assert_eq!(load(&mut ring, &slot, 512), kept);
        if n % 3 == 0 {
            ring.abort();
        } else {
            let (again, recovery, rejected) = open(ring.release());
            assert_eq!((recovery, rejected), (Recovery::Whole(slot), vec![]));
            ring = again;
        }
    }
    let kept = content(3, 6 * KIB);
    let slot = save(&mut ring, &kept, 512).unwrap();
    assert_eq!(load(&mut ring, &slot, 512), kept);
}

#[test]
fn a_step_erases_one_block_or_writes_into_one() {
    let mut ring: SmallRing = open(Chip::new(16 * KIB)).0;
    assert_eq!(ring.push(b"x"), Err(Error::NotBegun));
    assert_eq!(ring.finish(), Err(Error::NotBegun));
    let bytes = content(1, 6 * KIB);
    ring.begin(0).unwrap();
    let (mut left, mut steps) = (&bytes[..], Vec::new());
    while !left.is_empty() {
        let taken = ring.push(left).unwrap();
        steps.push(taken);
        left = &left[taken..];
    }
    assert_eq!(steps, [0, 1024 - 96, 0, 1024 - 32, 0, 1024 - 32, 0, 1024 - 32, 0, 1024 - 32, 0, 1024 - 32, 0, 256]);
    assert_eq!(ring.push(b"x"), Err(Error::TooLarge));
    assert!(!ring.is_writing());
    assert_eq!(ring.finish(), Err(Error::NotBegun));
}

/// A ring of two snapshots, the newer of two blocks, and where its first block is.
fn two_snapshots() -> (Chip, [Vec<u8>; 2], [Slot; 2], usize) {
    let mut ring: SmallRing = open(Chip::new(16 * KIB)).0;
    let bytes = [content(1, 1500), content(2, 1700)];
    let slots = [save(&mut ring, &bytes[0], 512).unwrap(), save(&mut ring, &bytes[1], 512).unwrap()];
    assert_eq!((slots[0].serial, slots[1].serial, slots[1].blocks), (0, 2, 2));
    (ring.release(), bytes, slots, 2 * KIB)
}

#[test]
fn any_byte_that_rots_falls_back_or_does_not_matter() {
    let (flash, bytes, slots, newest_at) = two_snapshots();
    for at in newest_at..newest_at + 2 * KIB {
        let mut rotten = flash.clone();
        rotten.bytes_mut()[at] ^= 1 << (at % 8);
        let (mut ring, recovery, rejected): (SmallRing, _, _) = open(rotten);
        let Recovery::Whole(slot) = recovery else { panic!("byte {at}: {recovery:?}") };
        let n = if slot == slots[1] { 1 } else { 0 };
        assert_eq!(load(&mut ring, &slot, 100), bytes[n], "byte {at}");
        // One of the slot's own two headers may rot, and what is padding.
        let place = at - newest_at;
        let spared = (32..96).contains(&place) || place >= KIB + 32 + 1700 - (KIB - 96);
        assert_eq!(n == 1, spared, "byte {at}");
        let why = match place {
            // Without the header of its first block, a slot is not seen.
            0..32 => None,
            place if spared || place < 32 => None,
            KIB..1056 => Some(Why::Block),
            _ => Some(Why::Checksum),
        };
        let expected: Vec<_> = why.map(|why| Rejected { serial: 2, why }).into_iter().collect();
        assert_eq!(rejected, expected, "byte {at}");
        // The next save spares the one that was fallen back to.
        let newer = content(3, 6 * KIB);
        for _ in 0..3 {
            ring.begin(0).unwrap();
            ring.push(&newer).unwrap();
            ring.push(&newer).unwrap();
            assert_eq!(load(&mut ring, &slot, 100), bytes[n]);
        }
        let slot = save(&mut ring, &newer, 512).unwrap();
        assert_eq!(open::<_, { 16 * KIB }, { 6 * KIB }>(ring.release()).1, Recovery::Whole(slot));
    }
}

#[test]
fn none_whole_is_kept_until_it_is_given_up() {
    let (mut flash, ..) = two_snapshots();
    flash.bytes_mut()[KIB - 1] ^= 1;
    flash.bytes_mut()[3 * KIB - 1] ^= 1;
    let before = flash.bytes().to_vec();
    let (mut ring, recovery, rejected): (SmallRing, _, _) = open(flash);
    assert_eq!((recovery, ring.is_damaged()), (Recovery::Damaged, true));
    assert_eq!(rejected, [2, 0].map(|serial| Rejected { serial, why: Why::Checksum }));
    assert_eq!(ring.begin(0), Err(Error::Damaged));
    assert_eq!(ring.push(b"x"), Err(Error::NotBegun));
    let (mut ring, recovery, _): (SmallRing, _, _) = open(ring.release());
    assert_eq!(recovery, Recovery::Damaged);
    ring.discard();
    // Given up, but overwritten only by the save that follows.
    let flash = ring.release();
    assert_eq!(flash.bytes(), before);
    let (mut ring, ..): (SmallRing, _, _) = open(flash);
    ring.discard();
    let slot = save(&mut ring, b"new", 512).unwrap();
    assert_eq!(open::<_, { 16 * KIB }, { 6 * KIB }>(ring.release()).1, Recovery::Whole(slot));
}

#[test]
fn a_first_save_that_is_cut_off_leaves_empty() {
    let bytes = content(1, 2500);
    let mut ring: SmallRing = open(Chip::new(16 * KIB)).0;
    save(&mut ring, &bytes, 512).unwrap();
    let work = ring.release().work();
    for at in 0..work {
        let mut flash = Chip::new(16 * KIB);
        // The second attempt is cut off too.
        for seed in [at, at + 1] {
            flash.cut_power_after(at, seed);
            let mut ring: SmallRing = open(flash).0;
            let saved = save(&mut ring, &bytes, 512);
            flash = ring.release();
            flash.reboot();
            let (mut ring, recovery, rejected): (SmallRing, _, _) = open(flash);
            assert_eq!(rejected, [], "cut at {at}");
            match recovery {
                // Whole with the last byte of its first header that matters.
                Recovery::Whole(slot) => assert!(at > work - 64 && load(&mut ring, &slot, 512) == bytes),
                recovery => assert!(recovery == Recovery::Empty && saved.is_err(), "cut at {at}: {recovery:?}"),
            }
            flash = ring.release();
        }
        save(&mut open::<_, { 16 * KIB }, { 6 * KIB }>(flash).0, &bytes, 512).unwrap();
    }
}

#[test]
fn foreign_flash_is_not_taken_for_empty() {
    for seed in 0..50 {
        let mut flash = Chip::new(16 * KIB);
        flash.bytes_mut().copy_from_slice(&content(seed, 16 * KIB));
        let (ring, recovery, _): (SmallRing, _, _) = open(flash);
        assert_eq!((recovery, ring.is_damaged()), (Recovery::Damaged, true));
    }
    // One small snapshot in the format of a later version.
    let mut ring: SmallRing = open(Chip::new(16 * KIB)).0;
    save(&mut ring, b"small", 512).unwrap();
    let mut flash = ring.release();
    for at in [0, 32, 64] {
        let header = &mut flash.bytes_mut()[at..at + 32];
        header[2] += 1;
        let crc = microredis_crc32::hash(&header[..28]);
        header[28..].copy_from_slice(&crc.to_le_bytes());
    }
    let (_, recovery, _): (SmallRing, _, _) = open(flash);
    assert_eq!(recovery, Recovery::Damaged);
    let (ring, recovery, _): (SmallRing, _, _) = open(Chip::new(16 * KIB));
    assert_eq!((recovery, ring.is_damaged()), (Recovery::Empty, false));
}

#[test]
fn an_unusable_snapshot_gives_way_to_the_next_older() {
    let (flash, bytes, slots, _) = two_snapshots();
    let (mut ring, recovery, _): (SmallRing, _, _) = open(flash);
    assert_eq!(recovery, Recovery::Whole(slots[1]));
    assert_eq!(ring.older(&slots[1], |_| {}).unwrap(), Recovery::Whole(slots[0]));
    assert_eq!((ring.newest(), ring.is_damaged()), (Some(slots[0]), false));
    assert_eq!(load(&mut ring, &slots[0], 100), bytes[0]);
    assert_eq!(ring.older(&slots[0], |_| {}).unwrap(), Recovery::Damaged);
    assert_eq!(ring.begin(0), Err(Error::Damaged));
}
