//! Snapshot files. The engine makes the bytes; a file gets its name only when all of them are on the disk, so that a
//! process that is killed at any moment leaves the last whole file.
//!
//! A running save is written by a thread of its own, which also waits for the disk: the loop never does. SHUTDOWN and
//! DEBUG RELOAD are the exceptions, where nothing else is to be done meanwhile.

use crate::conf::load::os_text;
use crate::log::Log;
use crate::settings::{Settings, parameter};
use crate::sys::HostedEngine;
use crate::time;
use microredis_engine::Now;
use microredis_engine::persist::Damage;
use microredis_engine::persist::load::{Existing, Loader, Verifier};
use microredis_engine::persist::save::SaveStep;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bytes of one step: what clients may have to wait for.
const STEP_BYTES: usize = 16 * 1024;
/// Steps whose bytes wait to be written; then the save waits for the disk.
const STEPS_WAITING: usize = 64;
/// Bytes read at once when loading.
const READ_BYTES: usize = 256 * 1024;

/// Snapshots of one server.
pub struct Snapshots {
    writer: Option<Writer>,
    /// Ends the loop's wait when the disk is done.
    waker: Option<Arc<mio::Waker>>,
    buffer: Vec<u8>,
    /// Bytes that the writer could not take yet.
    held: Option<Piece>,
    files: u32,
}

/// The thread that writes the running save's file.
struct Writer {
    pieces: SyncSender<Piece>,
    done: Receiver<Result<(), String>>,
    cancelled: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

struct Piece {
    bytes: Vec<u8>,
    last: bool,
}

impl Snapshots {
    pub fn new() -> Snapshots {
        Snapshots { writer: None, waker: None, buffer: Vec::new(), held: None, files: 0 }
    }

    pub fn set_waker(&mut self, waker: Arc<mio::Waker>) {
        self.waker = Some(waker);
    }

    /// Whether [`Snapshots::turn`] has something to do at once.
    pub fn wants_turn(&self, engine: &HostedEngine) -> bool {
        self.held.is_none() && engine.wants_save()
    }

    /// One step of the running save. To be called between batches of input, and when the waker says so.
    pub fn turn(&mut self, now: Now, engine: &mut HostedEngine, settings: &Settings, log: &Log) {
        self.hear(now, engine, log);
        if let Some(piece) = self.held.take() {
            self.send(piece);
        }
        if self.held.is_some() || !engine.wants_save() {
            return;
        }
        self.buffer.resize(STEP_BYTES, 0);
        match engine.poll_save(now, &mut self.buffer) {
            SaveStep::Idle => {}
            SaveStep::Aborted => self.give_up(),
            SaveStep::Bytes { len, first, last } => {
                if first {
                    self.give_up();
                    match self.start(settings) {
                        Ok(writer) => self.writer = Some(writer),
                        Err(text) => return tell(now, engine, log, Err(text)),
                    }
                }
                if len > 0 {
                    self.send(Piece { bytes: self.buffer[..len].to_vec(), last });
                }
            }
        }
        if !engine.wants_save() {
            self.buffer = Vec::new();
        }
    }

    /// What the writer says.
    fn hear(&mut self, now: Now, engine: &mut HostedEngine, log: &Log) {
        let Some(writer) = &self.writer else { return };
        let result = match writer.done.try_recv() {
            Ok(result) => result,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the writing thread is gone".to_string()),
        };
        self.held = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.thread.join();
        }
        tell(now, engine, log, result);
    }

    fn send(&mut self, piece: Piece) {
        if let Some(writer) = &self.writer
            && let Err(std::sync::mpsc::TrySendError::Full(piece)) = writer.pieces.try_send(piece)
        {
            self.held = Some(piece);
        }
    }

    /// Ends the running save's file without a result, and removes it.
    pub fn give_up(&mut self) {
        self.held = None;
        if let Some(writer) = self.writer.take() {
            writer.cancelled.store(true, Relaxed);
            drop(writer.pieces);
            let _ = writer.thread.join();
        }
    }

    fn start(&mut self, settings: &Settings) -> Result<Writer, String> {
        self.files += 1;
        let mut file = SnapshotFile::create(settings, Some(self.files))?;
        let (pieces, inbox) = sync_channel::<Piece>(STEPS_WAITING);
        let (outbox, done) = sync_channel(1);
        let cancelled = Arc::new(AtomicBool::new(false));
        let (waker, stop) = (self.waker.clone(), Arc::clone(&cancelled));
        let wake = move || {
            if let Some(waker) = &waker {
                let _ = waker.wake();
            }
        };
        let write = move || {
            let mut result = Ok(());
            while let Ok(piece) = inbox.recv() {
                result = file.write(&piece.bytes);
                if result.is_err() || piece.last {
                    if result.is_ok() {
                        result = file.commit(&stop);
                    }
                    let _ = outbox.send(result);
                    wake();
                    return;
                }
                wake();
            }
            // The save was given up: the file goes with its value.
            let _ = result;
        };
        let thread = std::thread::Builder::new().name("microredis-save".into());
        let thread = thread.spawn(write).map_err(|e| os_text(&e))?;
        Ok(Writer { pieces, done, cancelled, thread })
    }

    /// Saves at once, while nobody is served. An error has been logged.
    pub fn save_now(
        &mut self,
        engine: &mut HostedEngine,
        settings: &Settings,
        log: &Log,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), ()> {
        self.give_up();
        self.files += 1;
        engine.begin_save(time::now());
        let result = SnapshotFile::create(settings, None).and_then(|file| write_now(engine, file, interrupted));
        let done = result.as_ref().copied().map_err(|_| ());
        tell(time::now(), engine, log, result);
        done
    }
}

fn write_now(engine: &mut HostedEngine, mut file: SnapshotFile, interrupted: &dyn Fn() -> bool) -> Result<(), String> {
    let mut buffer = vec![0; STEP_BYTES];
    loop {
        match engine.poll_save(time::now(), &mut buffer) {
            SaveStep::Aborted => {}
            SaveStep::Idle => return Err("the save did not begin".into()),
            SaveStep::Bytes { len, last, .. } => {
                file.write(&buffer[..len])?;
                if last {
                    return file.commit(&AtomicBool::new(false));
                }
            }
        }
        if interrupted() {
            drop(file);
            std::process::exit(1);
        }
        if !engine.wants_save() {
            // Slowed down by rdb-key-save-delay.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The end of a save, to the engine and the log.
fn tell(now: Now, engine: &mut HostedEngine, log: &Log, result: Result<(), String>) {
    match &result {
        Ok(()) => log.notice("DB saved on disk"),
        Err(text) => log.warning(format_args!("Failed saving the DB: {text}")),
    }
    engine.handle_saved(now, result.map_err(|_| ()));
}

impl Default for Snapshots {
    fn default() -> Snapshots {
        Snapshots::new()
    }
}

/// A file in the making; removed unless it is committed.
struct SnapshotFile {
    file: File,
    temporary: PathBuf,
    name: PathBuf,
    folder: PathBuf,
}

impl SnapshotFile {
    /// `number`: of the files that are written beside the loop.
    fn create(settings: &Settings, number: Option<u32>) -> Result<SnapshotFile, String> {
        let folder = settings.dir.clone();
        let number = number.map_or(String::new(), |number| format!("-{number}"));
        let temporary = folder.join(format!("temp-{}{number}.rdb", std::process::id()));
        let file = File::create(&temporary).map_err(|e| {
            let (name, folder, text) = (temporary.display(), folder.display(), os_text(&e));
            format!("opening the temp file {name} (in server root dir {folder}): {text}")
        })?;
        Ok(SnapshotFile { file, temporary, name: folder.join(&settings.dbfilename), folder })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.file.write_all(bytes).map_err(|e| format!("write error: {}", os_text(&e)))
    }

    /// Waits for the disk, then gives the file its name, and waits again.
    fn commit(&mut self, cancelled: &AtomicBool) -> Result<(), String> {
        self.file.sync_all().map_err(|e| format!("fsync: {}", os_text(&e)))?;
        if cancelled.load(Relaxed) {
            return Err("cancelled".into());
        }
        std::fs::rename(&self.temporary, &self.name).map_err(|e| {
            let (from, to, folder) = (self.temporary.display(), self.name.display(), self.folder.display());
            format!(
                "moving temp file {from} on the final destination {to} (in server root dir {folder}): {}",
                os_text(&e)
            )
        })?;
        self.temporary = PathBuf::new();
        let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.map_err(|e| format!("fsync of {}: {}", self.folder.display(), os_text(&e)))
    }
}

impl Drop for SnapshotFile {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// Removes what a process with our number, or an earlier one that was killed, has left.
pub fn remove_leftovers(settings: &Settings) {
    let Ok(folder) = std::fs::read_dir(&settings.dir) else { return };
    for entry in folder.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(numbers) = name.strip_prefix("temp-").and_then(|rest| rest.strip_suffix(".rdb")) else { continue };
        let (pid, number) = numbers.split_once('-').unwrap_or((numbers, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // Another server may save into the same folder.
        let alive = Path::new("/proc").join(pid).exists() && pid != std::process::id().to_string();
        if is_number(pid) && is_number(number) && !alive {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// DEBUG RELOAD's load. The error has not been logged; with it, memory is as it was unless memory ran out, or a key
/// was there already.
pub fn reload(
    engine: &mut HostedEngine,
    settings: &Settings,
    log: &Log,
    existing: Existing,
    flush: bool,
) -> Result<(), String> {
    match Loading::open(engine, settings, existing, flush)? {
        Some(loading) => loading.run(engine, log),
        None => Err("there is no snapshot file".into()),
    }
}

/// A file being loaded: checked from end to end first, then read into the engine.
pub struct Loading {
    name: String,
    file: File,
    buffer: Vec<u8>,
    pass: Pass,
    existing: Existing,
    flush: bool,
    start: Instant,
}

enum Pass {
    Check(Box<Verifier>),
    Load(Box<Loader>),
}

impl Loading {
    /// Opens the file, if there is one; from then on the engine says that it loads.
    pub fn open(
        engine: &mut HostedEngine,
        settings: &Settings,
        existing: Existing,
        flush: bool,
    ) -> Result<Option<Loading>, String> {
        let path = settings.dir.join(&settings.dbfilename);
        let name = path.display().to_string();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(&name, &e)),
        };
        let bytes = file.metadata().map_err(|e| unreadable(&name, &e))?.len();
        engine.load_announce(time::now(), bytes);
        let (buffer, pass) = (vec![0; READ_BYTES], Pass::Check(Box::default()));
        Ok(Some(Loading { name, file, buffer, pass, existing, flush, start: Instant::now() }))
    }

    /// Checks and loads all of it.
    pub fn run(mut self, engine: &mut HostedEngine, log: &Log) -> Result<(), String> {
        while let Some(next) = self.step(engine, log)? {
            self = next;
        }
        Ok(())
    }

    /// Goes on by as much as Redis loads before it looks at clients; `None`: all is loaded.
    pub fn step(mut self, engine: &mut HostedEngine, log: &Log) -> Result<Option<Loading>, String> {
        let number = |engine: &mut HostedEngine, name| parameter(engine, name).parse().unwrap_or(0u64);
        // Each byte is read twice.
        let mut left = 2 * number(engine, "loading-process-events-interval-bytes");
        let keys = self.keys();
        while left > 0 {
            let most = self.buffer.len().min(left as usize);
            match self.advance(engine, log, most) {
                Ok(0) if matches!(self.pass, Pass::Load(_)) => return self.end(engine, log),
                Ok(n) => left -= n as u64,
                Err(text) => return Err(self.fail(engine, text)),
            }
        }
        let delay_us = number(engine, "key-load-delay");
        std::thread::sleep(Duration::from_micros(delay_us * (self.keys() - keys)));
        Ok(Some(self))
    }

    /// Takes up to so many bytes of the file; 0: a pass is at its end.
    fn advance(&mut self, engine: &mut HostedEngine, log: &Log, most: usize) -> Result<usize, String> {
        let bytes = &mut self.buffer[..most];
        let n = read(&mut self.file, bytes).map_err(|e| unreadable(&self.name, &e))?;
        let bad = |damage: Damage| format!("bad snapshot file {}, {damage}", self.name);
        match &mut self.pass {
            Pass::Check(verifier) if n > 0 => verifier.feed(&bytes[..n]).map_err(bad)?,
            Pass::Check(verifier) => {
                let summary = verifier.finish().map_err(bad)?;
                let age_s = (time::now().wall_ms - summary.created_ms).max(0) / 1000;
                log.notice(format_args!("Loading MicroRDB version {}", summary.version));
                log.notice(format_args!("RDB age {age_s} seconds"));
                self.file.rewind().map_err(|e| unreadable(&self.name, &e))?;
                self.pass = Pass::Load(Box::new(engine.load_begin(time::now(), self.existing, self.flush)));
                return self.advance(engine, log, most);
            }
            Pass::Load(loader) if n > 0 => {
                let loaded = engine.load(loader, &bytes[..n]);
                loaded.map_err(|damage| format!("loading the snapshot file {} failed, {damage}", self.name))?;
            }
            Pass::Load(_) => {}
        }
        Ok(n)
    }

    fn end(self, engine: &mut HostedEngine, log: &Log) -> Result<Option<Loading>, String> {
        if let Pass::Load(loader) = self.pass {
            let loaded = engine.load_end(*loader);
            let loaded =
                loaded.map_err(|damage| format!("loading the snapshot file {} failed, {damage}", self.name))?;
            let (keys, expired) = (loaded.keys, loaded.expired);
            log.notice(format_args!("Done loading RDB, keys loaded: {keys}, keys expired: {expired}."));
            log.notice(format_args!("DB loaded from disk: {:.3} seconds", self.start.elapsed().as_secs_f64()));
        }
        Ok(None)
    }

    fn fail(self, engine: &mut HostedEngine, text: String) -> String {
        match self.pass {
            Pass::Check(_) => engine.load_give_up(),
            Pass::Load(loader) => drop(engine.load_end(*loader)),
        }
        text
    }

    /// Keys loaded so far.
    fn keys(&self) -> u64 {
        match &self.pass {
            Pass::Check(_) => 0,
            Pass::Load(loader) => loader.keys(),
        }
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> String {
    format!("can't read the snapshot file {name}: {}", os_text(error))
}

fn read(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
