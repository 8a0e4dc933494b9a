//! The engine's entry: the drive loop and its contract. Snapshots: `engine/snapshot.rs`.

mod ahead;
mod snapshot;

use crate::args::{Args, Span, StoredArgs};
use crate::config::{table, values};
use crate::dispatch;
use crate::error::{Request, Suspended};
use crate::facts::Facts;
use crate::limits::{ARGS_IN_PLACE_MAX, BLOCKED_INPUT_BYTES_MAX};
use crate::memory::{Arena, Bytes, Fifo};
use crate::resp::request::{self, Fed, InlineWords, Limits, Parsed, ProtocolError, Unbalanced};
use crate::server::{LogLevel, Server};
use crate::session::{ClientId, Peer, Session};
use crate::stats::CommandStats;
use crate::time::Now;
use ahead::Ahead;

/// What the shell supplies at the start.
pub struct Parts {
    /// The arena: all that grows lies here. Pages that were never used are never touched.
    pub region: &'static mut [u8],
    /// Where replies are written before they go to a client; 64 KiB on a host, 2 KiB on a device.
    pub output: &'static mut [u8],
    /// Room for one inline line: `limits::INLINE_BYTES_MAX + 2` bytes.
    pub line: &'static mut [u8],
    /// Statistics of commands: `limits::COMMANDS_MAX` rows.
    pub stats: &'static mut [CommandStats],
    /// Random: keys the hash of keys and seeds the random commands.
    pub seed: [u64; 2],
}

/// Why a connection is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// Give `Engine::add_sessions` this many more and try again.
    NeedSessions(usize),
    MaxClients,
    Protected,
}

impl Refused {
    /// What to tell the client before closing.
    pub fn reply(self) -> &'static [u8] {
        match self {
            Refused::NeedSessions(_) => b"",
            Refused::MaxClients => b"-ERR max number of clients reached\r\n",
            Refused::Protected => {
                b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n"
            }
        }
    }
}

/// Why a parameter is not set; `Display` of the problem is Redis's message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigError {
    Unknown,
    Refused(values::Problem),
}

/// The whole server without its sockets, files and clock.
///
/// **Nothing happens but in a `handle_*` call; what came of it is fetched with `poll_*`.** The shell's loop:
///
/// 1. [`handle_connect`](Engine::handle_connect) for each new connection; its [`ClientId`] is the client's name until
///    [`handle_disconnect`](Engine::handle_disconnect).
/// 2. [`handle_input`](Engine::handle_input) with whatever bytes came, in any split; all of them are consumed. Do not
///    read from a client while [`wants_input`](Engine::wants_input) is false.
/// 3. After each `handle_*`: [`poll_output`](Engine::poll_output) for that client, send, report with
///    [`handle_sent`](Engine::handle_sent); then [`poll_listed`](Engine::poll_listed) until `None`: other clients that
///    got output, or that [`is_closing`](Engine::is_closing) — close those once their output is sent or cannot be.
/// 4. [`handle_tick`](Engine::handle_tick) `hz` times a second.
/// 5. [`poll_save`](Engine::poll_save) while [`wants_save`](Engine::wants_save), a few steps between batches of input;
///    the bytes go into a snapshot file.
/// 6. [`handle_idle`](Engine::handle_idle) while [`wants_idle`](Engine::wants_idle), a step between batches of input;
///    a shell that does not leaves that work to ticks.
/// 7. [`poll_log`](Engine::poll_log) and [`poll_action`](Engine::poll_action) until empty.
///
/// `Now` never goes back in its monotonic part. All calls are bounded: by their input, or by a fixed number of steps.
pub struct Engine {
    pub server: Server,
    spans: [Span; ARGS_IN_PLACE_MAX],
    line: &'static mut [u8],
}

impl Engine {
    /// Inlined, so that the engine is made where it stays: a device's stack has no room for it.
    #[inline(always)]
    pub fn new(parts: Parts, now: Now) -> Engine {
        let mem = Arena::new(parts.region, parts.seed);
        Engine {
            server: Server::new(mem, parts.output, parts.stats, parts.seed[0] ^ parts.seed[1].rotate_left(17), now),
            spans: [Span::default(); ARGS_IN_PLACE_MAX],
            line: parts.line,
        }
    }

    /// A clock in microseconds, read around each command for statistics only.
    pub fn set_stopwatch(&mut self, read: fn() -> u64) {
        self.server.stopwatch = Some(read);
    }

    /// Whether the wall clock is set, as it is from the start. While it is not, expiries counted from now (EX, EXPIRE
    /// and their kin, not points of time) are provisional.
    pub fn set_clock_synced(&mut self, is_synced: bool) {
        self.server.clock_synced = is_synced;
    }

    pub fn is_clock_synced(&self) -> bool {
        self.server.clock_synced
    }

    /// The wall clock was set for the first time, which moved it by `step_ms`, forward or back; `now` is after that.
    /// Provisional expiries move along, and they alone of the data: EX 60 lasts 60 seconds. They are marked in
    /// snapshots too, and what was left of them when the snapshot began is left when it is loaded.
    pub fn handle_clock_set(&mut self, now: Now, step_ms: i64) {
        self.server.now = now;
        if !core::mem::replace(&mut self.server.clock_synced, true) {
            self.server.dirty += crate::keyspace::expire::settle(&mut self.server, step_ms);
            self.server.pause.until_ms = self.server.pause.until_ms.saturating_add(step_ms);
            self.server.save.shift(step_ms);
        }
        self.run_ready();
    }

    /// A clock that is not set was found to be late by `step_ms`, before anything is loaded or served; `now` is after
    /// that. Save points and rests go on from here.
    pub fn handle_clock_floor(&mut self, now: Now, step_ms: i64) {
        self.server.now = now;
        self.server.save.shift(step_ms);
    }

    pub fn set_facts(&mut self, facts: Facts) {
        self.server.facts = facts;
    }

    pub fn add_sessions(&mut self, chunk: &'static mut [Session]) {
        self.server.sessions.add_chunk(chunk);
    }

    pub fn handle_connect(&mut self, now: Now, peer: Peer, fd: i32) -> Result<ClientId, Refused> {
        self.server.now = now;
        if self.server.sessions.in_use() >= self.server.config.maxclients {
            self.server.stats.rejected_connections += 1;
            return Err(Refused::MaxClients);
        }
        if let Peer::Tcp { peer, .. } = peer
            && self.server.config.protected_mode
            && self.server.config.requirepass.is_empty()
            && !peer.ip().to_canonical().is_loopback()
        {
            self.server.stats.rejected_connections += 1;
            return Err(Refused::Protected);
        }
        let Some(id) = self.server.sessions.take() else {
            return Err(Refused::NeedSessions(self.server.sessions.next_chunk_len()));
        };
        self.server.stats.total_connections += 1;
        let authenticated = self.server.config.requirepass.is_empty();
        let client = self.server.next_client;
        self.server.next_client += 1;
        let session = self.server.sessions.get_mut(id);
        session.id = client;
        session.peer = peer;
        session.fd = fd;
        session.authenticated = authenticated;
        session.created_us = now.mono_us;
        session.last_us = now.mono_us;
        crate::keyspace::limits::charge(&mut self.server, id);
        Ok(id)
    }

    /// Takes all of `input`: runs what is whole, keeps the rest.
    pub fn handle_input(&mut self, now: Now, id: ClientId, input: &[u8]) {
        self.server.now = now;
        self.server.stats.reads += 1;
        self.server.stats.input_bytes += input.len() as u64;
        let session = self.server.sessions.get_mut(id);
        if !session.in_use {
            return;
        }
        session.last_us = now.mono_us;
        crate::keyspace::lazyfree::gate(&mut self.server, input.len());
        let session = self.server.sessions.get_mut(id);
        let used = if session.suspended.is_none() && session.backlog.is_empty() { self.process(id, input) } else { 0 };
        // The last of these requests may have filled it up.
        crate::keyspace::limits::is_paused(&mut self.server, id);
        let session = self.server.sessions.get(id);
        if used < input.len() && !session.closing {
            let mut backlog = session.backlog;
            let kept = backlog.push(&mut self.server.mem, &input[used..]);
            self.server.sessions.get_mut(id).backlog = backlog;
            if kept.is_err() {
                self.protocol_error(id, ProtocolError::Oom);
            }
        }
        self.check_query_limit(id);
        crate::keyspace::limits::charge(&mut self.server, id);
        self.run_ready();
    }

    /// The connection is gone.
    pub fn handle_disconnect(&mut self, now: Now, id: ClientId) {
        self.server.now = now;
        if !self.server.sessions.get(id).in_use {
            return;
        }
        self.server.end_serving();
        crate::commands::leave(&mut self.server, id);
        self.server.unblock(id);
        self.server.unlist(id);
        let mut session = *self.server.sessions.get(id);
        if session.suspended.is_some() {
            self.server.suspended -= 1;
        }
        if session.monitor {
            self.server.monitors -= 1;
        }
        self.server.clients_bytes -= session.charged;
        session.free(&mut self.server.mem);
        self.server.sessions.release(id);
    }

    /// Background work, `hz` times a second.
    pub fn handle_tick(&mut self, now: Now) {
        self.server.now = now;
        crate::keyspace::cron::tick(&mut self.server);
        dispatch::blocked::serve(&mut self.server);
        dispatch::blocked::time_out(&mut self.server);
        self.run_ready();
    }

    /// Whether there is background work that need not wait for a tick.
    pub fn wants_idle(&self) -> bool {
        !self.server.graves.is_empty()
    }

    /// One bounded step of it: what was deleted is freed.
    pub fn handle_idle(&mut self, now: Now) {
        self.server.now = now;
        self.server.free_step();
    }

    /// Bytes for a client, the first contiguous piece; empty: nothing waits.
    pub fn poll_output(&mut self, id: ClientId) -> &[u8] {
        self.server.serve(id);
        self.server.reply.front(&self.server.mem)
    }

    /// Where more waits than [`Engine::poll_output`]'s piece: copies as much as fits, for a shell that rather copies
    /// than makes a system call for every piece. 0: the piece is all.
    pub fn gather_output(&mut self, id: ClientId, out: &mut [u8]) -> usize {
        self.server.serve(id);
        let reply = &self.server.reply;
        let is_one = reply.front(&self.server.mem).len() == reply.pending();
        if is_one { 0 } else { reply.gather(&self.server.mem, out) }
    }

    /// `n` bytes of what [`Engine::poll_output`] or [`Engine::gather_output`] gave were sent. Requests that waited for
    /// that may run now: see what is listed, as after other calls.
    pub fn handle_sent(&mut self, id: ClientId, n: usize) {
        self.server.stats.writes += 1;
        self.server.stats.output_bytes += n as u64;
        self.server.serve(id);
        let held = self.server.reply.queue.bytes_used();
        self.server.reply.sent(&mut self.server.mem, n);
        if held > 0 {
            crate::keyspace::limits::charge(&mut self.server, id);
        }
        let session = self.server.sessions.get_mut(id);
        if session.paused_since_us != 0 && n > 0 {
            session.paused_since_us = self.server.now.mono_us.max(1);
            if !crate::keyspace::limits::is_paused(&mut self.server, id) {
                self.run_backlog(id);
            }
        }
    }

    /// The next client that got output from somebody else, or is to be closed.
    pub fn poll_listed(&mut self) -> Option<ClientId> {
        self.server.next_listed()
    }

    pub fn is_closing(&self, id: ClientId) -> bool {
        self.server.sessions.get(id).closing
    }

    /// False: do not read from this client now.
    pub fn wants_input(&self, id: ClientId) -> bool {
        let session = self.server.sessions.get(id);
        let is_paused = session.paused_since_us != 0;
        // Who waits for keys may wait for ever: reading on tells when the connection is gone.
        let waits = match session.suspended {
            None => !session.backlog.is_empty(),
            Some(Suspended::Keys { .. }) => session.backlog.len() >= BLOCKED_INPUT_BYTES_MAX,
            Some(_) => true,
        };
        !session.closing && !waits && !is_paused
    }

    /// Bytes of a long argument that are still to come: the shell may read them before it turns to other clients.
    pub fn awaited(&self, id: ClientId) -> usize {
        self.server.sessions.get(id).gather.awaited()
    }

    /// The next client that waits for the shell to do something, and what.
    pub fn poll_request(&mut self) -> Option<(ClientId, Request)> {
        if self.server.suspended == 0 {
            return None;
        }
        self.server.sessions.ids().find_map(|id| match self.server.sessions.get(id).suspended {
            Some(Suspended::Shell(request)) => Some((id, request)),
            _ => None,
        })
    }

    /// Answers a client that [`Engine::poll_request`] named: `Err` becomes an error reply with this text.
    pub fn handle_answer(&mut self, now: Now, id: ClientId, answer: Result<(), &str>) {
        self.server.now = now;
        let Some(Suspended::Shell(request)) = self.server.sessions.get(id).suspended else { return };
        if request == Request::ApplyConfig {
            let args = self.server.sessions.get(id).pending;
            crate::commands::config_applied(&mut self.server, &args, answer.is_ok());
        }
        if matches!(request, Request::Sleep(_)) {
            dispatch::resume(&mut self.server, id);
            self.run_backlog(id);
            return self.server.list(id);
        }
        self.end_suspension(id);
        let mut answer = answer;
        if request == Request::DropSaved {
            // What could not be dropped is written over by a save when there may be one.
            self.server.save.is_flushed &= answer.is_err();
            answer = Ok(());
        }
        match answer {
            Ok(()) => self.server.reply.simple(&mut self.server.mem, "OK"),
            Err(text) => self.server.write_error(text.as_bytes()),
        }
        self.run_backlog(id);
        self.server.list(id);
    }

    /// The client waits no longer, and its call is not run again: its reply is to follow.
    fn end_suspension(&mut self, id: ClientId) {
        let session = self.server.sessions.get_mut(id);
        if session.suspended.take().is_some() {
            let mut pending = core::mem::take(&mut session.pending);
            pending.free(&mut self.server.mem);
            self.server.suspended -= 1;
        }
        self.server.serve(id);
    }

    /// Sets a parameter from the config file or the command line: values that CONFIG SET cannot change included.
    pub fn configure(&mut self, name: &[u8], value: &[u8]) -> Result<(), ConfigError> {
        let index = table::find(name).ok_or(ConfigError::Unknown)?;
        values::set(&mut self.server, index, Bytes::Slice(value)).map_err(ConfigError::Refused)
    }

    /// A parameter's value as CONFIG GET shows it, into `text` (cut to fit); its length.
    pub fn parameter(&mut self, name: &[u8], text: &mut [u8]) -> Option<usize> {
        let index = table::find(name)?;
        let mut value = Fifo::EMPTY;
        let shown = values::show(&mut self.server, index, &mut value);
        let mut len = 0;
        while !value.is_empty() {
            let front = value.front(&self.server.mem);
            let n = front.len();
            let fits = n.min(text.len() - len);
            text[len..len + fits].copy_from_slice(&front[..fits]);
            len += fits;
            value.consume(&mut self.server.mem, n);
        }
        shown.ok().map(|()| len)
    }

    /// Grows whenever a parameter changes.
    pub fn config_changes(&self) -> u64 {
        self.server.config_changes
    }

    /// Whether [`Engine::poll_log`] has a line.
    pub fn has_log(&self) -> bool {
        !self.server.log.is_empty()
    }

    /// The oldest log line, its text into `text` (cut to fit); its length.
    pub fn poll_log(&mut self, text: &mut [u8]) -> Option<(LogLevel, usize)> {
        let log = &mut self.server.log;
        let mem = &mut self.server.mem;
        let mut head = [0u8; 3];
        for byte in &mut head {
            *byte = *log.front(mem).first()?;
            log.consume(mem, 1);
        }
        let level = [LogLevel::Debug, LogLevel::Verbose, LogLevel::Notice, LogLevel::Warning][head[0] as usize % 4];
        let mut left = u16::from_le_bytes([head[1], head[2]]) as usize;
        let mut len = 0;
        while left > 0 {
            let front = log.front(mem);
            if front.is_empty() {
                break;
            }
            let n = front.len().min(left);
            let fits = n.min(text.len() - len);
            text[len..len + fits].copy_from_slice(&front[..fits]);
            len += fits;
            left -= n;
            log.consume(mem, n);
        }
        Some((level, len))
    }

    /// Runs requests from `input` until it ends, or the client is suspended or closed; returns what was used.
    fn process(&mut self, id: ClientId, input: &[u8]) -> usize {
        let mut at = 0;
        let mut ahead = Ahead::EMPTY;
        while at < input.len() {
            let session = self.server.sessions.get(id);
            if session.suspended.is_some() {
                return at;
            }
            if session.closing || !session.in_use {
                return input.len();
            }
            if self.server.config.output_pause_bytes > 0 && crate::keyspace::limits::is_paused(&mut self.server, id) {
                return at;
            }
            let session = self.server.sessions.get(id);
            let limits =
                Limits { bulk_bytes_max: self.server.config.proto_max_bulk_len, authenticated: session.authenticated };
            if ahead::PAYS && session.gather.is_empty() {
                if ahead.is_empty() || ahead.limits != limits {
                    ahead.read(&input[at..], limits);
                    ahead.warm(&self.server, id, &input[at..]);
                }
                if let Some(call) = ahead.next() {
                    let args = Args::InPlace { input: &input[at..at + call.used], spans: &call.spans[..call.args] };
                    at += call.used;
                    dispatch::execute(&mut self.server, id, args);
                    continue;
                }
            }
            let parsed = if self.server.sessions.get(id).gather.is_empty() {
                request::parse(&input[at..], limits, &mut self.spans)
            } else {
                Ok(Parsed::Partial)
            };
            match parsed {
                Ok(Parsed::Whole { used, args }) => {
                    let args = Args::InPlace { input: &input[at..at + used], spans: &self.spans[..args] };
                    at += used;
                    dispatch::execute(&mut self.server, id, args);
                }
                Ok(Parsed::Empty { used }) => at += used,
                Ok(Parsed::Inline { used, line }) => {
                    let len = line.min(self.line.len());
                    self.line[..len].copy_from_slice(&input[at..at + len]);
                    at += used;
                    self.inline(id, len);
                }
                Ok(Parsed::Partial) => match self.gather(id, &input[at..], limits) {
                    Some(used) => at += used,
                    None => return input.len(),
                },
                Err(error) => {
                    self.protocol_error(id, error);
                    return input.len();
                }
            }
        }
        at
    }

    /// Feeds a request in pieces; `None`: the client is closed.
    fn gather(&mut self, id: ClientId, input: &[u8], limits: Limits) -> Option<usize> {
        crate::keyspace::room_to_gather(&mut self.server, input.len());
        let mut gather = self.server.sessions.get(id).gather;
        let fed = gather.feed(&mut self.server.mem, input, limits, self.line);
        self.server.sessions.get_mut(id).gather = gather;
        match fed {
            Ok(Fed::More) => Some(input.len()),
            Ok(Fed::Whole { used, mut args }) => {
                if crate::keyspace::limits::admits(&mut self.server, id, args.bytes_used()) {
                    dispatch::execute(&mut self.server, id, Args::Stored(args));
                }
                args.free(&mut self.server.mem);
                Some(used)
            }
            Ok(Fed::Refused { used }) => {
                dispatch::refuse_unread(&mut self.server, id);
                Some(used)
            }
            Ok(Fed::Inline { used, line }) => {
                self.inline(id, line);
                Some(used)
            }
            Err(error) => {
                self.protocol_error(id, error);
                None
            }
        }
    }

    /// An inline command of `len` bytes in the line buffer.
    fn inline(&mut self, id: ClientId, len: usize) {
        let mut words = InlineWords::default();
        let mut count = 0;
        // Once there are more than have spans, all are kept in the arena.
        let mut stored = StoredArgs::EMPTY;
        let mut kept = Ok(());
        loop {
            match words.next(&mut self.line[..len]) {
                Ok(Some(span)) if count < self.spans.len() => {
                    self.spans[count] = span;
                    count += 1;
                }
                Ok(Some(span)) if kept.is_ok() => {
                    let mem = &mut self.server.mem;
                    if stored.is_empty() {
                        let args = Args::InPlace { input: &self.line[..len], spans: &self.spans };
                        kept = args.store(mem).map(|args| stored = args);
                    }
                    let word = &self.line[span.at as usize..][..span.len as usize];
                    kept = kept.and_then(|()| stored.push(mem, Bytes::Slice(word)));
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Unbalanced) => {
                    stored.free(&mut self.server.mem);
                    return self.protocol_error(id, ProtocolError::UnbalancedQuotes);
                }
            }
        }
        if kept.is_err() {
            dispatch::refuse_unread(&mut self.server, id);
        } else if !stored.is_empty() {
            dispatch::execute(&mut self.server, id, Args::Stored(stored));
        } else if count > 0 {
            let args = Args::InPlace { input: &self.line[..len], spans: &self.spans[..count] };
            dispatch::execute(&mut self.server, id, args);
        }
        stored.free(&mut self.server.mem);
    }

    fn protocol_error(&mut self, id: ClientId, error: ProtocolError) {
        self.server.serve(id);
        match error {
            ProtocolError::ExpectedDollar(got) => {
                let got = [if got.is_ascii_graphic() || got == b' ' { got } else { b' ' }];
                let got = core::str::from_utf8(&got).unwrap_or(" ");
                self.server.write_error_fmt(format_args!("ERR Protocol error: expected '$', got '{got}'"));
            }
            other => {
                self.server.write_error_fmt(format_args!("ERR Protocol error: {}", other.text()));
            }
        }
        let mut gather = self.server.sessions.get(id).gather;
        gather.clear(&mut self.server.mem);
        let session = self.server.sessions.get_mut(id);
        session.gather = gather;
        session.closing = true;
        self.server.list(id);
    }

    /// client-query-buffer-limit.
    fn check_query_limit(&mut self, id: ClientId) {
        let session = self.server.sessions.get(id);
        let held = (session.gather.bytes_used() + session.backlog.bytes_used()) as u64;
        if held > self.server.config.client_query_buffer_limit && !session.closing {
            self.server.sessions.get_mut(id).closing = true;
            self.server.stats.query_limit_disconnections += 1;
            self.server.list(id);
        }
    }

    /// Runs suspended clients whose reason is gone, in order of place, and the input that waited behind them.
    fn run_ready(&mut self) {
        // Those who wait for keys may be many, and are served where the keys change.
        if self.server.suspended == self.server.blocked_clients {
            return;
        }
        for place in 0..self.server.sessions.places() {
            let id = ClientId(place);
            let session = self.server.sessions.get(id);
            let ready = match session.suspended {
                Some(Suspended::Paused) => !self.server.paused_writes(),
                Some(Suspended::Until(mono_us)) => self.server.now.mono_us >= mono_us,
                Some(Suspended::Shell(_)) => false,
                Some(Suspended::Save { .. } | Suspended::Flush) => false,
                Some(Suspended::Snapshot) => dispatch::snapshot::is_ready(&self.server, id),
                Some(Suspended::Keys { .. }) => false,
                Some(Suspended::Unblocked { is_error }) => {
                    dispatch::blocked::answer_unblocked(&mut self.server, id, is_error);
                    true
                }
                None => false,
            };
            if ready {
                dispatch::resume(&mut self.server, id);
                self.run_backlog(id);
                self.server.list(id);
            }
        }
    }

    fn run_backlog(&mut self, id: ClientId) {
        loop {
            let session = self.server.sessions.get(id);
            if session.suspended.is_some() || session.backlog.is_empty() {
                return;
            }
            let mut backlog = session.backlog;
            let mut piece = [0u8; 512];
            let front = backlog.front(&self.server.mem);
            let n = front.len().min(piece.len());
            piece[..n].copy_from_slice(&front[..n]);
            let used = self.process(id, &piece[..n]);
            if self.server.sessions.get(id).closing {
                // What waited is freed with the session, or was already.
                return;
            }
            backlog.consume(&mut self.server.mem, used);
            self.server.sessions.get_mut(id).backlog = backlog;
            if used < n {
                return;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
