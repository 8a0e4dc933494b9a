//! The smallest shell an engine can have: clients are queues of bytes, time passes when the script says so, a snapshot
//! is a vector. It follows the contract on [`Engine`] to the letter, which a host's shell may not always show.

use microredis_engine::commands::debug::Digest;
use microredis_engine::engine::Parts;
use microredis_engine::error::{Request, SaveWhen};
use microredis_engine::keyspace::compact;
use microredis_engine::limits::COMMANDS_MAX;
use microredis_engine::persist::load::Existing;
use microredis_engine::persist::save::SaveStep;
use microredis_engine::stats::CommandStats;
use microredis_engine::{ClientId, Engine, Now, Peer, Refused, Session};
use microredis_testkit::resp::{Decoder, Value};
use microredis_testkit::script::{Received, Transport};
use std::collections::BTreeMap;

/// What is done to the engine while the script runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Nothing.
    Plain,
    /// Input comes a byte at a time.
    Bytes,
    /// Input comes in random pieces.
    Pieces,
    /// After each call every block of every value moves.
    Compact,
    /// Each reservation of each command is refused once, then the command is sent again.
    Refuse,
    /// The arena has so many pages. Replies are not the script's, then; -OOM must have changed nothing.
    Pages(usize),
}

struct Client {
    /// `None`: the connection is closed.
    id: Option<ClientId>,
    /// Bytes the engine does not want yet.
    unread: Vec<u8>,
    received: Decoder,
    in_multi: bool,
}

pub struct Shell {
    pub engine: Engine,
    mode: Mode,
    now: Now,
    random: fastrand::Rng,
    clients: BTreeMap<usize, Client>,
    /// The last whole snapshot, and the one that is being written.
    snapshot: Vec<u8>,
    writing: Vec<u8>,
    /// -OOM replies that changed something: the command, as sent.
    pub changed_in_spite: Vec<String>,
    /// Refused reservations.
    pub refused: usize,
}

const HOST_BYTES: usize = 32 << 20;
const TICK_MS: i64 = 100;

impl Shell {
    pub fn new(mode: Mode) -> Shell {
        let page = microredis_engine::limits::PAGE_BYTES;
        let bytes = if let Mode::Pages(pages) = mode { pages * (page + 16) + page } else { HOST_BYTES };
        let leak = |n: usize| Box::leak(vec![0u8; n].into_boxed_slice());
        let line = microredis_engine::limits::INLINE_BYTES_MAX + 2;
        let stats = Box::leak(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice());
        let parts = Parts { region: leak(bytes), output: leak(2048), line: leak(line), stats, seed: [1, 2] };
        let now = Now { wall_ms: 1_790_000_000_000, mono_us: 1 };
        let mut engine = Engine::new(parts, now);
        if mode == Mode::Compact {
            engine.server.mem.move_all();
        }
        engine.server.retry_oom = mode != Mode::Refuse;
        let mut shell = Shell {
            engine,
            mode,
            now,
            random: fastrand::Rng::with_seed(7),
            clients: BTreeMap::new(),
            snapshot: Vec::new(),
            writing: Vec::new(),
            changed_in_spite: Vec::new(),
            refused: 0,
        };
        for (name, value) in [("enable-debug-command", "yes"), ("save", "3600 1 300 100 60 10000"), ("port", "6379")] {
            let _ = shell.engine.configure(name.as_bytes(), value.as_bytes());
        }
        shell
    }

    fn client(&mut self, number: usize) -> &mut Client {
        if !self.clients.contains_key(&number) {
            let id = self.connect();
            let client = Client { id, unread: Vec::new(), received: Decoder::default(), in_multi: false };
            self.clients.insert(number, client);
        }
        self.clients.get_mut(&number).unwrap()
    }

    fn connect(&mut self) -> Option<ClientId> {
        let local = std::net::SocketAddr::from(([127, 0, 0, 1], 6379));
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 50_000 + self.clients.len() as u16));
        loop {
            match self.engine.handle_connect(self.now, Peer::Tcp { peer, local }, 8 + self.clients.len() as i32) {
                Ok(id) => return Some(id),
                Err(Refused::NeedSessions(n)) => {
                    self.engine.add_sessions(Box::leak(vec![Session::default(); n].into_boxed_slice()));
                }
                Err(_) => return None,
            }
        }
    }

    fn pass(&mut self, ms: i64) {
        let ticks = (self.now.wall_ms + ms) / TICK_MS - self.now.wall_ms / TICK_MS;
        self.now.wall_ms += ms;
        self.now.mono_us += ms as u64 * 1000;
        if ticks > 0 {
            self.engine.handle_tick(self.now);
            self.settle();
        }
    }

    /// Gives a client's input to the engine as far as it wants it.
    fn feed(&mut self, number: usize) {
        loop {
            let Some(client) = self.clients.get_mut(&number) else { return };
            let Some(id) = client.id else { return };
            if client.unread.is_empty() || !self.engine.wants_input(id) {
                return;
            }
            let most = client.unread.len();
            let piece = match self.mode {
                Mode::Bytes => 1,
                Mode::Pieces => self.random.usize(1..=most.min(40)),
                _ => most,
            };
            let input: Vec<u8> = client.unread.drain(..piece).collect();
            self.engine.handle_input(self.now, id, &input);
            self.settle();
            if self.mode == Mode::Compact {
                self.compact();
            }
        }
    }

    /// Every block that can move does.
    fn compact(&mut self) {
        self.engine.server.compact_cursor = compact::Cursor::default();
        for _ in 0..100_000 {
            if compact::step(&mut self.engine.server) {
                return;
            }
        }
        panic!("compaction does not come to its end");
    }

    /// Fetches all that came of the calls.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            for client in self.clients.values_mut() {
                let Some(id) = client.id else { continue };
                loop {
                    let piece = self.engine.poll_output(id);
                    let n = piece.len();
                    if n == 0 {
                        break;
                    }
                    client.received.feed(piece);
                    self.engine.handle_sent(id, n);
                    quiet = false;
                }
                if self.engine.is_closing(id) {
                    self.engine.handle_disconnect(self.now, id);
                    client.id = None;
                    quiet = false;
                }
            }
            while self.engine.poll_listed().is_some() {
                quiet = false;
            }
            while let Some((id, request)) = self.engine.poll_request() {
                let answer = self.answer(request);
                self.engine.handle_answer(self.now, id, answer);
                quiet = false;
            }
            quiet &= !self.save_step();
            if self.engine.wants_idle() {
                self.engine.handle_idle(self.now);
                quiet = false;
            }
            let mut line = [0; 1024];
            while self.engine.poll_log(&mut line).is_some() {}
            if quiet {
                return;
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<(), &'static str> {
        match request {
            Request::ApplyConfig => Ok(()),
            Request::RewriteConfig => Err("ERR The server is running without a config file"),
            Request::Reload { save, flush, merge } => {
                if save {
                    self.engine.begin_save(self.now);
                    while self.save_step() {}
                }
                self.load(if merge { Existing::Replace } else { Existing::Refuse }, flush)
            }
            Request::Sleep(us) => {
                self.now.mono_us += us;
                self.now.wall_ms += us as i64 / 1000;
                Ok(())
            }
            Request::DropSaved => Err("ERR"),
            Request::ShutdownAbort => Err("ERR No shutdown in progress."),
            Request::Shutdown { save: SaveWhen::Never, .. } => {
                for client in self.clients.values_mut() {
                    if let Some(id) = client.id.take() {
                        self.engine.handle_disconnect(self.now, id);
                    }
                }
                Ok(())
            }
            Request::Shutdown { .. } => Err("ERR Errors trying to SHUTDOWN. Check logs."),
        }
    }

    fn load(&mut self, existing: Existing, flush: bool) -> Result<(), &'static str> {
        let file = std::mem::take(&mut self.snapshot);
        let loaded = self.engine.load_bytes(self.now, &file, existing, flush);
        self.snapshot = file;
        loaded.map(|_| ()).map_err(|_| "ERR Error trying to load the RDB dump")
    }

    /// Whether there was anything to save.
    fn save_step(&mut self) -> bool {
        if !self.engine.wants_save() {
            return false;
        }
        let mut piece = [0; 200];
        match self.engine.poll_save(self.now, &mut piece) {
            SaveStep::Idle => return false,
            SaveStep::Aborted => self.writing.clear(),
            SaveStep::Bytes { len, first, last } => {
                if first {
                    self.writing.clear();
                }
                self.writing.extend(&piece[..len]);
                if last {
                    self.snapshot = std::mem::take(&mut self.writing);
                    self.engine.handle_saved(self.now, Ok(()));
                }
            }
        }
        true
    }

    fn digest(&self) -> Digest {
        Digest::of_all(&self.engine.server)
    }

    fn reply(&mut self, number: usize) -> Option<Value> {
        self.client(number).received.next_reply().unwrap_or_else(|e| panic!("a reply that is none: {}", e.0))
    }

    /// Sends a command once for each of its reservations, which is refused, and then a last time.
    fn send_refusing(&mut self, number: usize, bytes: &[u8]) {
        for nth in 1.. {
            assert!(nth < 1000, "a command of a thousand reservations");
            let before = self.digest();
            self.engine.server.mem.fail_reservation(nth);
            self.client(number).unread.extend(bytes);
            self.feed(number);
            let fired = self.engine.server.mem.failed_reservation();
            self.engine.server.mem.fail_reservation(0);
            let refused = fired && self.client(number).received.pending().starts_with(b"-OOM ");
            if !refused {
                return;
            }
            self.refused += 1;
            self.reply(number);
            if self.digest() != before {
                self.changed_in_spite.push(String::from_utf8_lossy(bytes).into_owned());
            }
        }
    }

    /// Sends a command, and looks whether -OOM came of it and something else was changed.
    fn send_watching(&mut self, number: usize, bytes: &[u8]) {
        let before = self.digest();
        self.client(number).unread.extend(bytes);
        self.feed(number);
        if self.client(number).received.pending().starts_with(b"-OOM ") {
            self.refused += 1;
            if self.digest() != before {
                self.changed_in_spite.push(String::from_utf8_lossy(bytes).into_owned());
            }
        }
    }

    /// Ends all connections and empties everything; the bytes that are still held, of which settings may be some.
    pub fn end(mut self) -> usize {
        for client in self.clients.values_mut() {
            if let Some(id) = client.id.take() {
                self.engine.handle_disconnect(self.now, id);
            }
        }
        self.settle();
        let cleaner = self.connect().expect("a connection after all others ended");
        // FLUSHALL comes last: where there are save points what comes behind it waits for a save.
        for command in ["SLOWLOG RESET\r\n", "LATENCY RESET\r\n", "FLUSHALL\r\n"] {
            self.engine.handle_input(self.now, cleaner, command.as_bytes());
            let n = self.engine.poll_output(cleaner).len();
            self.engine.handle_sent(cleaner, n);
        }
        self.engine.handle_disconnect(self.now, cleaner);
        self.settle();
        self.engine.server.mem.live_bytes()
    }
}

impl Transport for Shell {
    fn send(&mut self, number: usize, bytes: &[u8]) -> Result<(), String> {
        self.pass(1);
        if self.client(number).id.is_none() {
            return Err("(closed)".into());
        }
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).to_ascii_uppercase();
        let begins = |word: &str| head.contains(&format!("\r\n{word}\r\n"));
        let ends_multi = begins("EXEC") || begins("DISCARD") || begins("RESET");
        if begins("MULTI") {
            self.client(number).in_multi = true;
        }
        // A queued command that is refused makes EXEC fail, and EXEC itself runs what was accepted.
        // While others wait for keys, a reservation may be for their calls, and the refusal is theirs.
        let apart = self.client(number).in_multi || self.engine.server.blocked_clients > 0;
        match self.mode {
            Mode::Refuse if !apart && bytes.starts_with(b"*") => self.send_refusing(number, bytes),
            Mode::Pages(_) if !apart => self.send_watching(number, bytes),
            _ => {
                self.client(number).unread.extend(bytes);
                self.feed(number);
            }
        }
        if ends_multi {
            self.client(number).in_multi = false;
        }
        Ok(())
    }

    fn receive(&mut self, number: usize, quiet: bool) -> Received {
        let mut patience_ms = if quiet { 300 } else { 10_000 };
        loop {
            if let Some(value) = self.reply(number) {
                return Received::Reply(value);
            }
            if self.client(number).id.is_none() {
                return Received::Closed;
            }
            if patience_ms <= 0 {
                return Received::Nothing;
            }
            self.pass(10);
            self.feed(number);
            patience_ms -= 10;
        }
    }

    fn wait(&mut self, ms: u64) {
        self.pass(ms as i64);
    }
}
