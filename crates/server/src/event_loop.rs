//! The event loop: one thread, one engine, as few system calls as the work allows.
//!
//! A turn waits for readiness, reads the clock, and for each client that is ready: one read into a buffer that all
//! share, the requests, one write. Then come ticks, other clients' output (subscribers), log lines and actions.

use crate::clients::Clients;
use crate::facts;
use crate::host::Host;
use crate::log::Level;
use crate::net::{Listener, Stream};
use crate::reconfigure;
use crate::settings::Settings;
use crate::snapshot::Loading;
use crate::startup::{self, StartError};
use crate::sys::HostedEngine;
use crate::time;
use microredis_engine::error::Request;
use microredis_engine::{ClientId, LogLevel, Now, Peer, Refused};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Bytes read at once. A client that has more is served again after the others had their turn.
const INPUT_BYTES: usize = 64 * 1024;

/// Writes to one client before others have their turn.
const WRITES_MAX: usize = 16;

/// Connections accepted before clients are served again, as in Redis.
const ACCEPTS_MAX: usize = 1000;

/// Reads of one client in a row while a long argument comes.
const READS_MAX: usize = 16;

/// Tokens above all clients' numbers.
const WAKER: Token = Token(usize::MAX);
const LISTENERS: usize = usize::MAX / 2;

pub struct EventLoop {
    pub engine: HostedEngine,
    pub host: Host,
    poll: Poll,
    listeners: Vec<Listener>,
    /// Listeners on which connections may still wait.
    accept_again: Vec<usize>,
    clients: Clients,
    /// Clients with input not read yet.
    again: Vec<ClientId>,
    /// Clients with output left that their sockets would take.
    unsent: Vec<ClientId>,
    input: Vec<u8>,
    /// This turn's time.
    now: Now,
    next_tick_us: u64,
    /// The snapshot file that is being loaded.
    loading: Option<Loading>,
    waker: Arc<mio::Waker>,
}

impl EventLoop {
    pub fn new(engine: HostedEngine, mut host: Host) -> io::Result<EventLoop> {
        let poll = Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKER)?);
        host.snapshots.set_waker(Arc::clone(&waker));
        Ok(EventLoop {
            engine,
            host,
            poll,
            waker,
            listeners: Vec::new(),
            accept_again: Vec::new(),
            clients: Clients::default(),
            again: Vec::new(),
            unsent: Vec::new(),
            input: vec![0; INPUT_BYTES],
            now: time::now(),
            next_tick_us: 0,
            loading: None,
        })
    }

    /// What ends the loop's wait from another thread.
    pub fn waker(&self) -> io::Result<Arc<mio::Waker>> {
        Ok(Arc::clone(&self.waker))
    }

    /// Takes new listeners in the place of all earlier ones.
    pub fn listen(&mut self, listeners: Vec<Listener>) -> io::Result<()> {
        self.listeners = listeners;
        self.accept_again.clear();
        let port = self.listeners.iter().find_map(|l| l.local_addr()).map_or(0, |a| a.port());
        if self.host.facts.process_id == 0 {
            self.host.facts = facts::collect(self.host.config_file.as_deref());
        }
        self.host.facts.tcp_port = if port != 0 { port } else { self.host.settings.port };
        self.engine.set_facts(self.host.facts);
        for (i, listener) in self.listeners.iter_mut().enumerate() {
            let token = Token(LISTENERS + i);
            self.poll.registry().register(listener.source(), token, Interest::READABLE)?;
        }
        Ok(())
    }

    /// Listens where changed settings say; on an error all stays as it was. The Unix socket stays in any case.
    pub fn rebind(&mut self, settings: &Settings) -> Result<(), StartError> {
        // An address cannot be taken twice, so those that stay must be let go first, and taken back on failure.
        let kept = |l: &Listener| l.local_addr().is_none();
        self.listeners.retain(kept);
        self.accept_again.clear();
        let opened = startup::listen_tcp(settings, &self.host.log);
        let (mut tcp, result) = match opened {
            Ok(listeners) => (listeners, Ok(())),
            Err(e) => (startup::listen_tcp(&self.host.settings, &self.host.log).unwrap_or_default(), Err(e)),
        };
        for listener in &mut self.listeners {
            let _ = self.poll.registry().deregister(listener.source());
        }
        tcp.append(&mut self.listeners);
        self.listen(tcp).map_err(|e| StartError(e.to_string()))?;
        result
    }

    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// A file to load before clients are answered otherwise than with -LOADING.
    pub fn load(&mut self, loading: Loading) {
        self.loading = Some(loading);
    }

    /// Serves until the server is to end.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(512);
        while !self.host.has_ended() {
            // Before clients are: a small file is loaded when the first of them is heard, as in Redis.
            self.load_some()?;
            let timeout = self.timeout();
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e),
                Err(_) => events.clear(),
                Ok(()) => {}
            }
            self.turn(&events);
        }
        Ok(())
    }

    fn load_some(&mut self) -> io::Result<()> {
        let Some(loading) = self.loading.take() else { return Ok(()) };
        match loading.step(&mut self.engine, &self.host.log) {
            Ok(Some(loading)) => self.loading = Some(loading),
            Ok(None) => startup::ready(self),
            Err(text) => {
                startup::cannot_load(&self.host.log, &text);
                return Err(io::Error::other(text));
            }
        }
        Ok(())
    }

    /// How long nothing has to be done.
    fn timeout(&self) -> Duration {
        let waits = |id: &ClientId| self.engine.wants_input(*id);
        let saves = self.host.snapshots.wants_turn(&self.engine);
        let works = saves || self.engine.wants_idle() || self.loading.is_some();
        if !self.unsent.is_empty() || self.again.iter().any(waits) || !self.accept_again.is_empty() || works {
            return Duration::ZERO;
        }
        Duration::from_micros(self.next_tick_us.saturating_sub(time::mono_us()))
    }

    fn turn(&mut self, events: &Events) {
        self.now = time::now();
        let mut accepting = std::mem::take(&mut self.accept_again);
        for event in events {
            match event.token() {
                WAKER => self.host.woken(self.now, &mut self.engine),
                Token(place) if place >= LISTENERS => accepting.push(place - LISTENERS),
                Token(place) => self.ready(ClientId(place as u32), event),
            }
        }
        for id in std::mem::take(&mut self.unsent) {
            self.flush(id);
        }
        for id in std::mem::take(&mut self.again) {
            if let Some(client) = self.clients.get(id) {
                client.again = false;
                self.serve(id);
            }
        }
        // After the clients, so that a place freed above is not taken while events for its old client are left.
        for listener in accepting {
            self.accept(listener);
        }
        if self.now.mono_us >= self.next_tick_us {
            self.tick();
        }
        let host = &mut self.host;
        host.snapshots.turn(self.now, &mut self.engine, &host.settings, &host.log);
        if self.engine.wants_idle() {
            self.engine.handle_idle(self.now);
        }
        self.follow_up();
    }

    fn ready(&mut self, id: ClientId, event: &Event) {
        let Some(client) = self.clients.get(id) else { return };
        client.writable |= event.is_writable();
        client.failed |= event.is_write_closed() || event.is_error();
        client.ended |= event.is_read_closed() || client.failed;
        if event.is_readable() || client.ended {
            client.readable = true;
            self.serve(id);
        } else {
            self.flush(id);
        }
    }

    /// One read (a few where a long argument comes), its requests, one write.
    fn serve(&mut self, id: ClientId) {
        let Some(client) = self.clients.get(id) else { return };
        if !self.engine.wants_input(id) {
            // It is suspended or reads too slowly: what it sent waits in its socket.
            if client.failed {
                return self.disconnect(id);
            }
            self.serve_again(id);
            return self.flush(id);
        }
        for turn in 1.. {
            let Some(client) = self.clients.get(id) else { return };
            match client.stream.read(&mut self.input) {
                Ok(0) => return self.disconnect(id),
                Ok(n) => {
                    // A short read has emptied the socket; the next bytes are a new edge.
                    client.readable = n == self.input.len() || client.ended;
                    let readable = client.readable;
                    self.engine.handle_input(self.now, id, &self.input[..n]);
                    if self.engine.server.suspended > 0 {
                        // Before another client's turn: CONFIG SET's old values are kept for one at a time.
                        self.answer_requests();
                        if self.host.has_ended() {
                            return;
                        }
                    }
                    // The rest of a long argument is read at once, as Redis does, but not without end. It may come
                    // while its beginning is read, so a short read does not end this.
                    if turn < READS_MAX && self.engine.awaited(id) > 0 {
                        continue;
                    }
                    if readable {
                        self.serve_again(id);
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => client.readable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => self.serve_again(id),
                Err(_) => return self.disconnect(id),
            }
            break;
        }
        self.flush(id);
    }

    fn serve_again(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get(id)
            && !client.again
        {
            client.again = true;
            self.again.push(id);
        }
    }

    /// Sends what waits for the client, as far as its socket takes it and others need not wait.
    fn flush(&mut self, id: ClientId) {
        let Some(client) = self.clients.get(id) else { return };
        let mut writes = 0;
        while client.writable {
            // The input's buffer is free here: what lies in many pieces is sent from it in one.
            let gathered = self.engine.gather_output(id, &mut self.input);
            let output = if gathered > 0 { &self.input[..gathered] } else { self.engine.poll_output(id) };
            if output.is_empty() {
                break;
            }
            if writes == WRITES_MAX {
                self.unsent.push(id);
                break;
            }
            writes += 1;
            match client.stream.write(output) {
                Ok(n) => {
                    client.writable = n == output.len();
                    self.engine.handle_sent(id, n);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => client.writable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.disconnect(id),
            }
        }
        if self.engine.is_closing(id) && self.engine.poll_output(id).is_empty() {
            self.disconnect(id);
        }
    }

    fn disconnect(&mut self, id: ClientId) {
        // Closing the socket takes it out of the poll, too.
        self.clients.remove(id);
        self.engine.handle_disconnect(self.now, id);
    }

    fn accept(&mut self, listener: usize) {
        for _ in 0..ACCEPTS_MAX {
            let Some(source) = self.listeners.get(listener) else { return };
            match source.accept() {
                Ok((stream, peer)) => self.connect(stream, peer),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(e) => {
                    let text = crate::conf::load::os_text(&e);
                    self.host.log.warning(format_args!("Accepting client connection: accept: {text}"));
                    // The edge is spent, so come back by ourselves, but not at once: no descriptor is free now.
                    self.host.accept_later(listener);
                    return;
                }
            }
        }
        self.accept_again.push(listener);
    }

    fn connect(&mut self, mut stream: Stream, peer: Option<SocketAddr>) {
        let local = stream.local_addr();
        if self.host.log.wants(Level::Verbose) {
            match peer {
                Some(peer) => self.host.log.verbose(format_args!("Accepted {}:{}", peer.ip(), peer.port())),
                None => self.host.log.verbose(format_args!("Accepted connection to {}", self.host.unix_path())),
            }
        }
        let address = match (peer, local) {
            (Some(peer), Some(local)) => Peer::Tcp { peer, local },
            _ => Peer::Unix,
        };
        let id = loop {
            match self.engine.handle_connect(self.now, address, stream.raw_fd()) {
                Ok(id) => break id,
                Err(Refused::NeedSessions(more)) => self.engine.add_session_chunk(more),
                // Best effort: who does not read it sees the connection close.
                Err(refused) => return drop(stream.write(refused.reply())),
            }
        };
        stream.set_options(self.engine.server.config.tcp_keepalive);
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(stream.source(), Token(id.0 as usize), interest).is_err() {
            return self.engine.handle_disconnect(self.now, id);
        }
        self.clients.insert(id, stream);
    }

    fn tick(&mut self) {
        time::calibrate();
        self.engine.handle_tick(self.now);
        let hz = u64::from(self.engine.server.config.hz.clamp(1, 500));
        self.next_tick_us = self.now.mono_us + 1_000_000 / hz;
        self.accept_again.append(&mut self.host.accepts_due());
        self.host.tick(self.now, &mut self.engine);
    }

    /// Everything that calls of this turn have caused for others.
    fn follow_up(&mut self) {
        self.answer_requests();
        while let Some(id) = self.engine.poll_listed() {
            self.flush(id);
        }
        if self.host.config_changes != self.engine.config_changes() {
            // A change that nobody waits for: best effort.
            let _ = reconfigure::apply(self);
        }
        self.write_log();
    }

    /// Does what clients wait for that only the shell can do.
    fn answer_requests(&mut self) {
        while let Some((id, request)) = self.engine.poll_request() {
            let answer = match request {
                Request::RewriteConfig => reconfigure::rewrite(self),
                Request::ApplyConfig => reconfigure::apply(self),
                Request::Reload { save, flush, merge } => self.host.reload(&mut self.engine, save, flush, merge),
                Request::Sleep(us) => {
                    std::thread::sleep(Duration::from_micros(us));
                    self.now = time::now();
                    Ok(())
                }
                // A host does not have to rest between saves.
                Request::DropSaved => Err("ERR".to_string()),
                Request::ShutdownAbort => self.host.shutdown_abort(),
                Request::Shutdown { save, force } => self.host.shutdown(&mut self.engine, save, force),
            };
            if self.host.has_ended() {
                break;
            }
            self.engine.handle_answer(self.now, id, answer.as_ref().copied().map_err(|text| &text[..]));
            self.flush(id);
        }
    }

    fn write_log(&mut self) {
        let mut text = [0; 1024];
        while let Some((level, len)) = self.engine.poll_log(&mut text) {
            let level = match level {
                LogLevel::Debug => Level::Debug,
                LogLevel::Verbose => Level::Verbose,
                LogLevel::Notice => Level::Notice,
                LogLevel::Warning => Level::Warning,
            };
            self.host.log.write(level, String::from_utf8_lossy(&text[..len]));
        }
    }
}
