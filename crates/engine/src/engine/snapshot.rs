//! The engine's side of snapshots, for a shell that keeps them: bytes out with [`Engine::poll_save`], bytes in with
//! [`Engine::load`].

use super::Engine;
use crate::dispatch;
use crate::error::Suspended;
use crate::keyspace::lazyfree::Cause;
use crate::persist::Damage;
use crate::persist::load::{Existing, Loaded, Loader, Verifier};
use crate::persist::save::SaveStep;
use crate::session::ClientId;
use crate::time::Now;

impl Engine {
    /// The next bytes of the running save into `out`, of at least `persist::save::STEP_BYTES_MIN`. Call it between
    /// batches of input with a buffer that says how long clients may wait (16 KiB of small keys are half a millisecond).
    pub fn poll_save(&mut self, now: Now, out: &mut [u8]) -> SaveStep {
        self.server.now = now;
        let step = self.server.save_step(out, |server| dispatch::snapshot::wanted(server));
        if step == SaveStep::Aborted {
            self.answer_savers(false);
        }
        self.run_ready();
        step
    }

    /// Whether [`Engine::poll_save`] has anything to do.
    pub fn wants_save(&self) -> bool {
        self.server.saver.is_busy(self.server.now)
    }

    /// Begins a save, as SHUTDOWN does; one that is running ends without a result.
    pub fn begin_save(&mut self, now: Now) {
        self.server.now = now;
        self.server.begin_save(false);
    }

    /// Refuses saves with an error's text, because a snapshot is there that could not be loaded and must not be lost:
    /// SAVE and BGSAVE answer it, save points are passed over. FLUSHALL ends it, or [`Engine::release_saves`].
    pub fn hold_saves(&mut self, text: &'static str) {
        self.server.abort_save();
        self.server.save.held = Some(text);
    }

    /// The snapshot that saves were held for is given up.
    pub fn release_saves(&mut self) {
        self.server.save.held = None;
    }

    /// Whether saves are refused. A shell that saves by itself, as for SHUTDOWN, has to ask.
    pub fn are_saves_held(&self) -> bool {
        self.server.save.held.is_some()
    }

    /// The file whose last bytes were given is durable, or could not be written (then before its last bytes, too).
    pub fn handle_saved(&mut self, now: Now, result: Result<(), ()>) {
        self.server.now = now;
        self.server.saved(result);
        self.answer_savers(result.is_ok());
        self.run_ready();
    }

    /// Replies to those who wait for a save that has ended: the last one as `done` says, earlier ones without a result.
    fn answer_savers(&mut self, done: bool) {
        let (is_running, last) = (self.server.saver.is_running(), self.server.save.number);
        for place in 0..self.server.sessions.places() {
            let id = ClientId(place);
            let done = match self.server.sessions.get(id).suspended {
                Some(Suspended::Save { number }) if !is_running || number != last => done && number == last,
                // As in Redis its reply does not tell whether the save failed.
                Some(Suspended::Flush) if !is_running => true,
                _ => continue,
            };
            self.end_suspension(id);
            if done {
                self.server.reply.simple(&mut self.server.mem, "OK");
            } else {
                self.server.write_error(b"ERR");
            }
            self.run_backlog(id);
            self.server.list(id);
        }
    }

    /// A file of so many bytes is going to be loaded: from now on to [`Engine::load_end`] clients are told to wait. To
    /// be called before the file is checked, where clients are served meanwhile.
    pub fn load_announce(&mut self, now: Now, bytes: u64) {
        self.server.now = now;
        self.server.save.loading = true;
        self.server.save.load_started_s = now.wall_ms / 1000;
        (self.server.save.load_bytes_total, self.server.save.load_bytes_done) = (bytes, 0);
    }

    /// The announced file is not loaded.
    pub fn load_give_up(&mut self) {
        self.server.save.loading = false;
    }

    /// Begins a load; the file must have been checked with a [`Verifier`]. A running save ends without a result.
    pub fn load_begin(&mut self, now: Now, existing: Existing, flush: bool) -> Loader {
        self.server.now = now;
        self.server.abort_save();
        if flush {
            for db in 0..self.server.dbs.len() {
                self.server.flush(db, Cause::Sync);
            }
        }
        self.server.save.loading = true;
        Loader::new(existing)
    }

    /// The file's next bytes, in any split.
    pub fn load(&mut self, loader: &mut Loader, bytes: &[u8]) -> Result<(), Damage> {
        self.server.save.load_bytes_done += bytes.len() as u64;
        loader.feed(&mut self.server, bytes)
    }

    /// The file has no more bytes, or loading was given up.
    pub fn load_end(&mut self, loader: Loader) -> Result<Loaded, Damage> {
        self.server.save.loading = false;
        let loaded = loader.end(&mut self.server)?;
        // What was loaded is what is saved.
        self.server.dirty = 0;
        Ok(loaded)
    }

    /// The load cannot go on, as where memory has run out: the keyspace is emptied, so that nothing is half there.
    pub fn load_undo(&mut self, loader: Loader) {
        self.server.save.loading = false;
        loader.free(&mut self.server);
        for db in 0..self.server.dbs.len() {
            self.server.flush(db, Cause::Sync);
        }
        self.server.dirty = 0;
    }

    /// A file at hand as a whole: checked, then loaded.
    pub fn load_bytes(&mut self, now: Now, bytes: &[u8], existing: Existing, flush: bool) -> Result<Loaded, Damage> {
        let mut verifier = Verifier::default();
        verifier.feed(bytes)?;
        verifier.finish()?;
        let mut loader = self.load_begin(now, existing, flush);
        let fed = self.load(&mut loader, bytes);
        let ended = self.load_end(loader);
        fed.and(ended)
    }
}

#[cfg(test)]
pub(crate) mod tests;
