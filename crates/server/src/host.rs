//! What surrounds the engine besides sockets: the log, the settings of the process, signals, the end.

use crate::embed::Question;
use crate::facts;
use crate::log::Log;
use crate::settings::{Settings, parameter};
use crate::signals::Signals;
use crate::snapshot::{self, Snapshots};
use crate::supervisor::Supervisor;
use crate::sys::HostedEngine;
use microredis_engine::facts::Facts;
use microredis_engine::persist::load::Existing;
use microredis_engine::{Now, Peer, Refused, SaveWhen};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::Receiver;

pub struct Host {
    pub log: Arc<Log>,
    pub settings: Settings,
    /// The configuration file, for CONFIG REWRITE.
    pub config_file: Option<PathBuf>,
    pub signals: Signals,
    /// Set from another thread to stop a server that was started from code.
    pub stop: Arc<AtomicBool>,
    /// Commands asked from another thread.
    pub questions: Option<Receiver<Question>>,
    /// The engine's count of changed parameters when `settings` was read.
    pub config_changes: u64,
    pub snapshots: Snapshots,
    pub supervisor: Supervisor,
    ended: bool,
    /// Listeners to be tried again with the next tick.
    accept_later: Vec<usize>,
    /// What INFO says of the process.
    pub facts: Facts,
    next_second_us: u64,
}

/// Free pages that are not given back to the system.
const TRIM_KEEP_PAGES: usize = 128;

impl Host {
    pub fn new(log: Arc<Log>, settings: Settings, config_file: Option<PathBuf>) -> Host {
        Host {
            log,
            settings,
            config_file,
            signals: Signals::default(),
            stop: Arc::default(),
            questions: None,
            config_changes: 0,
            snapshots: Snapshots::new(),
            supervisor: Supervisor::None,
            ended: false,
            accept_later: Vec::new(),
            facts: Facts::UNKNOWN,
            next_second_us: 0,
        }
    }

    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub fn unix_path(&self) -> &str {
        &self.settings.unixsocket
    }

    pub fn accept_later(&mut self, listener: usize) {
        self.accept_later.push(listener);
    }

    pub fn accepts_due(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.accept_later)
    }

    /// What has to be looked at now and then.
    pub fn tick(&mut self, now: Now, engine: &mut HostedEngine) {
        if now.mono_us >= self.next_second_us {
            self.next_second_us = now.mono_us + 1_000_000;
            engine.trim(TRIM_KEEP_PAGES);
            facts::refresh(&mut self.facts);
            engine.set_facts(self.facts);
        }
        if engine.server.cron_paused {
            return;
        }
        if let Some((line, parameter_name)) = self.signals.take() {
            self.log.warning(line);
            let (save, force) = end_by_signal(&parameter(engine, parameter_name));
            if self.shutdown(engine, save, force).is_err() {
                self.log.warning("Errors trying to shut down the server. Check the logs for more information.");
            }
        }
    }

    /// What other threads want.
    pub fn woken(&mut self, now: Now, engine: &mut HostedEngine) {
        while let Some(question) = self.questions.as_ref().and_then(|q| q.try_recv().ok()) {
            // Who asks may have gone meanwhile.
            let _ = question.reply.send(ask(now, engine, &question.command));
        }
        if self.stop.load(Relaxed) && !self.ended {
            // Who stops it from code cannot be told that it does not.
            let _ = self.shutdown(engine, SaveWhen::Configured, true);
        }
    }

    /// Ends the server, after a save that is due. Where that fails it goes on, unless `force`; the error is the reply.
    pub fn shutdown(&mut self, engine: &mut HostedEngine, save: SaveWhen, force: bool) -> Result<(), String> {
        self.log.warning("User requested shutdown...");
        self.supervisor.stopping();
        // A part of the file must not take the place of all of it.
        let save = if engine.server.save.loading { SaveWhen::Never } else { save };
        let due = match save {
            SaveWhen::Always => true,
            SaveWhen::Never => false,
            SaveWhen::Configured => engine.server.config.save_points > 0,
        };
        if due {
            self.log.notice("Saving the final RDB snapshot before exiting.");
            if self.save_now(engine).is_err() {
                if !force {
                    self.log.warning("Error trying to save the DB, can't exit.");
                    return Err("ERR Errors trying to SHUTDOWN. Check logs.".into());
                }
                self.log.warning("Error trying to save the DB, exit anyway.");
            }
        }
        // What a save that runs has written so far is of no use.
        self.snapshots.give_up();
        if let Some(file) = self.settings.pid_file() {
            self.log.notice("Removing the pid file.");
            let _ = std::fs::remove_file(file);
        }
        if !self.settings.unixsocket.is_empty() {
            self.log.notice("Removing the unix socket file.");
            let _ = std::fs::remove_file(&self.settings.unixsocket);
        }
        self.log.warning("Redis is now ready to exit, bye bye...");
        self.ended = true;
        Ok(())
    }

    /// SHUTDOWN ABORT: a signal that was not looked at yet is forgotten.
    pub fn shutdown_abort(&mut self) -> Result<(), String> {
        match self.signals.take() {
            Some(_) => {
                self.log.notice("Shutdown manually aborted.");
                Ok(())
            }
            None => Err("ERR No shutdown in progress.".into()),
        }
    }

    /// A save for which everybody waits; another SIGINT ends it, and the process.
    fn save_now(&mut self, engine: &mut HostedEngine) -> Result<(), ()> {
        self.signals.disarm();
        let signals = &self.signals;
        self.snapshots.save_now(engine, &self.settings, &self.log, &|| signals.interrupted())
    }

    /// DEBUG RELOAD, after a save or of the file that is there, in the place of all keys or beside them.
    pub fn reload(&mut self, engine: &mut HostedEngine, save: bool, flush: bool, merge: bool) -> Result<(), String> {
        if save {
            self.save_now(engine).map_err(|()| "ERR".to_string())?;
        }
        let existing = if merge { Existing::Replace } else { Existing::Refuse };
        snapshot::reload(engine, &self.settings, &self.log, existing, flush).map_err(|text| {
            self.log.warning(&text);
            "ERR Error trying to load the RDB dump".to_string()
        })?;
        self.log.warning("DB reloaded by DEBUG RELOAD");
        Ok(())
    }
}

/// What `shutdown-on-sigterm` and its kin say: any of save, nosave, now and force, or default.
fn end_by_signal(how: &str) -> (SaveWhen, bool) {
    let has = |word: &str| how.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(word));
    let save = match (has("nosave"), has("save")) {
        (true, _) => SaveWhen::Never,
        (_, true) => SaveWhen::Always,
        _ => SaveWhen::Configured,
    };
    (save, has("force"))
}

/// Runs one command as a client of its own that needs no password.
fn ask(now: Now, engine: &mut HostedEngine, command: &[u8]) -> Vec<u8> {
    let mut reply = Vec::new();
    let id = loop {
        match engine.handle_connect(now, Peer::Unix, -1) {
            Ok(id) => break id,
            Err(Refused::NeedSessions(more)) => engine.add_session_chunk(more),
            Err(_) => return reply,
        }
    };
    engine.server.sessions.get_mut(id).authenticated = true;
    engine.handle_input(now, id, command);
    loop {
        let output = engine.poll_output(id);
        if output.is_empty() {
            break;
        }
        reply.extend(output);
        let sent = output.len();
        engine.handle_sent(id, sent);
    }
    engine.handle_disconnect(now, id);
    reply
}
