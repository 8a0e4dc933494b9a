//! What a shell does with the flash stores, on a chip that is not there.

use core::hint::black_box;
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use microredis_engine::persist::load::{Existing, Verifier};
use microredis_engine::persist::save::SaveStep;
use microredis_engine::{Engine, Now};
use microredis_flash::{Counters, Error, Recovery, Ring, Store};

struct Chip;

impl ErrorType for Chip {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        bytes.fill(black_box(offset as u8));
        Ok(())
    }

    fn capacity(&self) -> usize {
        512 * 1024
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        black_box((from, to));
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        black_box((offset, bytes));
        Ok(())
    }
}

type Snapshots = Ring<Chip, { 512 * 1024 }, { 192 * 1024 }>;

/// One save, all at once; a shell serves clients between the steps.
pub fn save(engine: &mut Engine, now: Now) -> Result<(), Error> {
    let mut ring = Snapshots::open(Chip, |rejected| {
        black_box(rejected);
    })?
    .0;
    if ring.is_damaged() && !engine.are_saves_held() {
        ring.discard();
    }
    let mut out = [0; 1024];
    engine.begin_save(now);
    while let SaveStep::Bytes { len, first, last } = engine.poll_save(now, &mut out) {
        if first {
            ring.begin(now.wall_ms)?;
        }
        let mut left = &out[..len];
        while !left.is_empty() {
            left = &left[ring.push(left)?..];
        }
        if last {
            let saved = ring.finish();
            engine.handle_saved(now, saved.map(|_| ()).map_err(|_| ()));
        }
    }
    black_box(ring.wear()?.life_years(100_000, 60));
    Ok(())
}

/// Boot: the newest snapshot that is whole, or none and no saves.
pub fn load(engine: &mut Engine, now: Now) -> Result<(), Error> {
    let (mut ring, recovery) = Snapshots::open(Chip, |_| {})?;
    let mut piece = [0; 512];
    if let Recovery::Whole(slot) = recovery {
        let mut verifier = Verifier::default();
        ring.read_all(&slot, &mut piece, |bytes| verifier.feed(bytes).is_ok())?;
        if verifier.finish().is_ok() {
            let mut loader = engine.load_begin(now, Existing::Refuse, true);
            ring.read_all(&slot, &mut piece, |bytes| engine.load(&mut loader, bytes).is_ok())?;
            if engine.load_end(loader).is_ok() {
                return Ok(());
            }
        }
        ring.keep();
    }
    if ring.is_damaged() {
        engine.hold_saves("MISCONF the snapshot in flash is kept because it could not be loaded");
    }
    Ok(())
}

pub fn settings() -> Result<(), Error> {
    let (mut store, kept) = Store::<Chip, { 16 * 1024 }, 2048>::open(Chip)?;
    black_box(kept);
    store.set(black_box(b"hostname"), black_box(b"microredis"))?;
    store.set_counters(Counters { boots: black_box(1), ..store.counters() })?;
    store.reset()
}
