//! Snapshots: loaded from flash before anybody is served, saved in steps between clients' requests.

use crate::clock::Clock;
use crate::{Shell, Waiting};
use embassy_futures::yield_now;
use embassy_time::{Duration, Instant, Timer};
use embedded_storage::nor_flash::NorFlash;
use microredis_engine::engine::Engine;
use microredis_engine::facts::Wear;
use microredis_engine::persist::load::{Existing, Loaded, Verifier};
use microredis_engine::persist::save::SaveStep;
use microredis_engine::{ClientId, LogLevel, Now};
use microredis_flash::{Error, Recovery, Ring, Slot};

/// Bytes of one step: what clients wait for.
const STEP_BYTES: usize = 512;
/// How often the task looks whether a save is wanted.
const LOOK: Duration = Duration::from_millis(20);
/// What a board's flash stands.
#[derive(Clone, Copy)]
pub struct Endurance {
    /// How often its maker lets a block be erased.
    pub rated_cycles: u32,
    /// Save points are passed over for so long after a save: the chip's life depends on it, not on how busy clients are.
    pub save_interval_s: u32,
}

/// What SAVE and BGSAVE answer while a snapshot that cannot be loaded is kept.
const HELD: &str = "MISCONF The snapshot in flash cannot be loaded and is kept: saving is refused until FLUSHALL.";

/// After so many starts in a row that did not come to serve, the snapshot is not loaded: it may be the reason.
const FAILED_BOOTS_MAX: u32 = 3;

/// Where the board keeps snapshots.
pub trait Snapshots {
    /// Leaves what is there alone until FLUSHALL.
    fn keep(&mut self);
    /// Loads the newest that can be loaded; what happened is in the log.
    fn load<C: Clock>(&mut self, shell: &Shell<C>);
    /// Saves when the engine wants to, for ever.
    fn run<C: Clock>(&mut self, shell: &Shell<C>) -> impl Future<Output = core::convert::Infallible>;
}

impl<F: NorFlash, const PARTITION: usize, const SNAPSHOT_MAX: usize> Snapshots for Ring<F, PARTITION, SNAPSHOT_MAX> {
    fn keep(&mut self) {
        Ring::keep(self);
    }

    fn load<C: Clock>(&mut self, shell: &Shell<C>) {
        if self.is_damaged() {
            shell.log.say(LogLevel::Warning, format_args!("No snapshot in flash is whole: starting empty"));
            return shell.engine.borrow_mut().hold_saves(HELD);
        }
        let mut candidate = self.newest();
        if let Some(slot) = candidate {
            shell.not_before(slot.saved_at_ms);
        }
        while let Some(slot) = candidate {
            let text = match load_slot(self, shell, &slot, Existing::Refuse, true) {
                Ok(loaded) => {
                    let Loaded { keys, expired, .. } = loaded;
                    shell
                        .log
                        .say(LogLevel::Notice, format_args!("DB loaded from flash: {keys} keys, {expired} expired"));
                    return;
                }
                Err(text) => text,
            };
            shell.log.say(LogLevel::Warning, format_args!("Snapshot {} in flash is passed over: {text}", slot.serial));
            let older = self.older(&slot, |rejected| shell.log.say(LogLevel::Warning, format_args!("{rejected}")));
            candidate = match older {
                Ok(Recovery::Whole(slot)) => Some(slot),
                _ => None,
            };
            if candidate.is_none() {
                Ring::keep(self);
                shell.engine.borrow_mut().hold_saves(HELD);
                shell.log.say(LogLevel::Warning, format_args!("No snapshot in flash can be loaded: starting empty"));
            }
        }
        report(self, shell);
    }

    async fn run<C: Clock>(&mut self, shell: &Shell<C>) -> core::convert::Infallible {
        report(self, shell);
        let mut piece = [0; STEP_BYTES];
        loop {
            match shell.waiting.get() {
                Some(Waiting::Reload { id, save, flush, merge }) => {
                    let existing = if merge { Existing::Replace } else { Existing::Refuse };
                    let answer = reload(self, shell, &mut piece, save, existing, flush).await;
                    shell.end_waiting(id, answer);
                }
                Some(Waiting::DropSaved(id)) => {
                    let answer = drop_saved(self, shell);
                    shell.end_waiting(id, answer);
                }
                Some(Waiting::FactoryReset) => {
                    let done = erase_all(self, shell).await.is_ok();
                    shell.waiting.set(Some(Waiting::Erased { done }));
                }
                // FLUSHALL has ended its save: another one takes what is there now.
                Some(Waiting::Shutdown(_)) if !shell.engine.borrow().wants_save() => {
                    let now = shell.now();
                    shell.engine.borrow_mut().begin_save(now);
                }
                _ => {}
            }
            let wanted = shell.engine.borrow().wants_save();
            if !wanted || matches!(shell.waiting.get(), Some(Waiting::Erased { .. })) {
                Timer::after(LOOK).await;
                continue;
            }
            let now = shell.now();
            let step = shell.engine.borrow_mut().poll_save(now, &mut piece);
            match step {
                SaveStep::Idle => Timer::after(LOOK).await,
                SaveStep::Aborted => self.abort(),
                SaveStep::Bytes { len, first, last } => {
                    if let Some(result) = write(self, now, &piece[..len], first, last).await.transpose() {
                        tell(shell, &result);
                        report(self, shell);
                    }
                }
            }
            let now = shell.now();
            shell.follow_up(now, &mut shell.engine.borrow_mut(), None);
            yield_now().await;
        }
    }
}

/// Writes what a step gave. `Some`: the save has come to its end.
async fn write<F: NorFlash, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    now: Now,
    bytes: &[u8],
    first: bool,
    last: bool,
) -> Result<Option<Slot>, Error> {
    if first {
        if ring.is_damaged() {
            // The engine began a save, so it was told to give the kept snapshot up.
            ring.discard();
        }
        ring.begin(now.wall_ms)?;
    }
    let mut done = 0;
    while done < bytes.len() {
        done += ring.push(&bytes[done..])?;
        // Clients are served after each erase.
        yield_now().await;
    }
    if last { ring.finish().map(Some) } else { Ok(None) }
}

fn tell<C: Clock>(shell: &Shell<C>, result: &Result<Slot, Error>) {
    match result {
        Ok(slot) => shell.log.say(LogLevel::Notice, format_args!("DB saved in flash ({} bytes)", slot.len)),
        Err(error) => shell.log.say(LogLevel::Warning, format_args!("Failed saving the DB: {error}")),
    }
    let now = shell.now();
    shell.engine.borrow_mut().handle_saved(now, result.as_ref().map(|_| ()).map_err(|_| ()));
    shell.end_shutdown(result.is_ok());
}

/// FLUSHALL too soon after a save for another one.
fn drop_saved<F: NorFlash, C: Clock, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    shell: &Shell<C>,
) -> Result<(), &'static str> {
    let cleared = ring.clear(shell.now().wall_ms);
    if let Err(error) = cleared {
        shell.log.say(LogLevel::Warning, format_args!("What was saved cannot be dropped: {error}"));
    }
    report(ring, shell);
    cleared.map_err(|_| "ERR")
}

/// The factory reset's part: a block at a time, clients and the watchdog are served in between. A block that cannot be
/// erased does not keep the others from it.
async fn erase_all<F: NorFlash, C: Clock, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    shell: &Shell<C>,
) -> Result<(), Error> {
    ring.clear(shell.now().wall_ms)?;
    let mut done = Ok(());
    loop {
        match ring.erase_next() {
            Ok(true) => {}
            Ok(false) => return done,
            Err(error @ (Error::Flash(_) | Error::Verify)) => done = Err(error),
            Err(error) => return Err(error),
        }
        yield_now().await;
    }
}

/// All steps of a save that has begun.
async fn save_whole<F: NorFlash, C: Clock, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    shell: &Shell<C>,
    now: Now,
    piece: &mut [u8],
) -> Result<(), &'static str> {
    loop {
        let step = shell.engine.borrow_mut().poll_save(now, piece);
        match step {
            SaveStep::Idle => return Err("ERR"),
            SaveStep::Aborted => ring.abort(),
            SaveStep::Bytes { len, first, last } => {
                if let Some(result) = write(ring, now, &piece[..len], first, last).await.transpose() {
                    tell(shell, &result);
                    return result.map(|_| ()).map_err(|_| "ERR");
                }
            }
        }
    }
}

/// DEBUG RELOAD: a save, unless it is left out, and a load of the newest snapshot.
async fn reload<F: NorFlash, C: Clock, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    shell: &Shell<C>,
    piece: &mut [u8],
    save: bool,
    existing: Existing,
    flush: bool,
) -> Result<(), &'static str> {
    let now = shell.now();
    if save {
        shell.engine.borrow_mut().begin_save(now);
        save_whole(ring, shell, now, piece).await?;
    }
    let slot = ring.newest().ok_or("ERR Error trying to load the RDB dump")?;
    match load_slot(ring, shell, &slot, existing, flush) {
        Ok(_) => {
            shell.log.say(LogLevel::Warning, format_args!("DB reloaded by DEBUG RELOAD"));
            Ok(())
        }
        Err(text) => {
            shell.log.say(LogLevel::Warning, format_args!("{text}"));
            Err("ERR Error trying to load the RDB dump")
        }
    }
}

/// The partition's wear, for INFO.
fn report<F: NorFlash, C: Clock, const P: usize, const S: usize>(ring: &mut Ring<F, P, S>, shell: &Shell<C>) {
    let Ok(wear) = ring.wear() else { return };
    shell.wear.set(Some(Wear {
        blocks: wear.blocks,
        erases_min: wear.erases_min,
        erases_max: wear.erases_max,
        written_bytes: wear.written,
        saves: wear.saves,
        life_years: wear.life_years(shell.endurance.rated_cycles, shell.endurance.save_interval_s),
    }));
}

/// Both passes over a slot; nothing is changed unless the first finds it whole.
fn load_slot<F: NorFlash, C: Clock, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    shell: &Shell<C>,
    slot: &Slot,
    existing: Existing,
    flush: bool,
) -> Result<Loaded, &'static str> {
    verify(ring, slot)?;
    let now = shell.now();
    let mut engine = shell.engine.borrow_mut();
    let loaded = build(ring, slot, &mut engine, now, existing, flush);
    if loaded.is_err() && flush {
        // What was built is dropped: nothing is half there.
        let loader = engine.load_begin(now, Existing::Refuse, true);
        let _ = engine.load_end(loader);
    }
    loaded
}

#[inline(never)]
fn verify<F: NorFlash, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    slot: &Slot,
) -> Result<(), &'static str> {
    let mut verifier = Verifier::default();
    let mut whole = true;
    let read = ring.read_all(slot, &mut [0; STEP_BYTES], |bytes| {
        whole = verifier.feed(bytes).is_ok();
        whole
    });
    read.map_err(|_| "the flash cannot be read")?;
    if whole && verifier.finish().is_ok() { Ok(()) } else { Err("its contents are damaged") }
}

#[inline(never)]
fn build<F: NorFlash, const P: usize, const S: usize>(
    ring: &mut Ring<F, P, S>,
    slot: &Slot,
    engine: &mut Engine,
    now: Now,
    existing: Existing,
    flush: bool,
) -> Result<Loaded, &'static str> {
    let mut loader = engine.load_begin(now, existing, flush);
    let mut fed = Ok(());
    let read = ring.read_all(slot, &mut [0; STEP_BYTES], |bytes| {
        fed = engine.load(&mut loader, bytes);
        fed.is_ok()
    });
    let ended = engine.load_end(loader);
    read.map_err(|_| "the flash cannot be read")?;
    fed.and(ended).map_err(|_| "it does not fit into memory, or was made by a newer version")
}

/// Loads before anybody is served.
impl<C: Clock> Shell<C> {
    /// To be awaited by a task of its own, after [`Shell::load`].
    pub async fn persist(&self, snapshots: &mut impl Snapshots) -> core::convert::Infallible {
        snapshots.run(self).await
    }

    /// What a client waited for is done.
    fn end_waiting(&self, id: ClientId, answer: Result<(), &str>) {
        self.waiting.set(None);
        let now = self.now();
        let mut engine = self.engine.borrow_mut();
        engine.handle_answer(now, id, answer);
        self.follow_up(now, &mut engine, None);
    }

    /// Loads the newest snapshot. To be called before sockets are served.
    pub fn load(&self, snapshots: &mut impl Snapshots) {
        self.engine.borrow_mut().server.config.save_interval_s = self.endurance.save_interval_s.into();
        self.saves.set(true);
        let started = Instant::now();
        if self.failed_boots >= FAILED_BOOTS_MAX {
            self.log.say(
                LogLevel::Warning,
                format_args!(
                    "{} starts in a row have failed: starting without the snapshot, which is kept",
                    self.failed_boots
                ),
            );
            snapshots.keep();
            return self.engine.borrow_mut().hold_saves(HELD);
        }
        snapshots.load(self);
        let now = self.now();
        self.follow_up(now, &mut self.engine.borrow_mut(), None);
        self.log.say(LogLevel::Notice, format_args!("Flash read in {} ms", started.elapsed().as_millis()));
    }
}
