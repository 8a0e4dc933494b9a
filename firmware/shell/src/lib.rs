//! MicroRedis as firmware: everything between the engine and a board. It knows embassy's network stack and timers; it
//! knows no pins, no registers and no board. A folder under `firmware/boards` holds what differs.
//!
//! A board makes its network stack and one [`Shell`], then runs two kinds of tasks on one executor:
//! [`Shell::serve`] once a socket, and [`Shell::background`] once. All of it is single-threaded: the engine is borrowed
//! for the length of one call, never across an `await`.
#![no_std]

pub mod clock;
mod connection;
pub mod console;
mod door;
pub mod log;
pub mod memory;
mod names;
mod network;
mod ntp;
mod partition;
pub mod persist;
mod server;
mod services;
pub mod settings;

pub use clock::Clock;
pub use connection::Buffers;
pub use door::Door;
pub use log::{Console, Log};
pub use microredis_engine as engine;
pub use microredis_flash as flash;
pub use partition::Partition;
pub use persist::{Endurance, Snapshots};
pub use settings::SETTINGS_BYTES_MAX;

use clock::Wall;
use core::cell::{Cell, RefCell};
use embassy_sync::waitqueue::WakerRegistration;
use embassy_time::{Duration, Instant, Ticker};
use microredis_board::watchdog::Feeding;
use microredis_engine::error::Request;
use microredis_engine::facts::{Device, SettingsWear, Wear};
use microredis_engine::limits::TEXT_BYTES_MAX;
use microredis_engine::{ClientId, Engine, Facts, LogLevel, Now, SaveWhen, Session};
use settings::{BoardSettings, Defaults, Keeper};

/// Where there is flash for snapshots: Redis's without the one a minute, which a chip would not last long with.
const SAVE_POINTS: &[u8] = b"3600 1 300 100";

/// A start that serves for so long has not failed.
const HEALTHY_AFTER_US: u64 = 10_000_000;

/// Sockets that [`Shell::services`] takes, beside those of clients.
pub const SERVICE_SOCKETS: usize = 2;

/// The port of RESP.
pub const PORT: u16 = 6379;

/// What one board gives: all memory that the shell and the engine use is here, in the board's `limits.rs`.
pub struct Resources {
    /// Made in place, in a static: it is too large for a stack.
    pub engine: &'static mut Engine,
    /// Bytes of the arena.
    pub arena: usize,
    /// One a client that may be connected.
    pub sessions: &'static mut [Session],
    /// As many as sessions: who waits for the engine on a client's behalf.
    pub wakers: &'static [Waker],
    /// All of RAM, a named consumer a line; what the board's `limits.rs` sums up.
    pub ram: &'static [(&'static str, usize)],
    /// What INFO calls the board.
    pub os: &'static str,
    /// The stack's high-water mark in bytes.
    pub stack_high: fn() -> usize,
    pub endurance: Endurance,
    pub reset_reason: &'static str,
    /// `file:line` of the panic before the last reset, or nothing.
    pub last_panic: &'static str,
    /// Starts in a row before this one that did not come to be [`healthy`](Resources::healthy).
    pub failed_boots: u32,
    /// Told once the board has served for a while.
    pub healthy: fn(),
    /// Starts anew: what SHUTDOWN does on a board. Without it SHUTDOWN is refused.
    pub reset: Option<fn() -> !>,
    /// Whether DEBUG answers.
    pub debug: bool,
}

/// A request that is being worked on.
#[derive(Clone, Copy)]
enum Waiting {
    /// Its save runs.
    Shutdown(ClientId),
    /// The task of snapshots will do it.
    Reload { id: ClientId, save: bool, flush: bool, merge: bool },
    /// FLUSHALL: the task of snapshots makes what was saved count no more.
    DropSaved(ClientId),
    /// The task of snapshots erases them all.
    FactoryReset,
    /// It has; nothing is saved until the board starts anew.
    Erased { done: bool },
}

/// Whom to wake when a client has something to send or is to be closed.
pub type Waker = RefCell<WakerRegistration>;

pub const fn no_waker() -> Waker {
    RefCell::new(WakerRegistration::new())
}

/// The server of one board.
pub struct Shell<C: Clock + 'static> {
    engine: RefCell<&'static mut Engine>,
    wakers: &'static [Waker],
    clock: RefCell<Wall<C>>,
    log: &'static Log,
    facts: Facts,
    ram: &'static [(&'static str, usize)],
    stack_high: fn() -> usize,
    endurance: Endurance,
    reset_reason: &'static str,
    last_panic: &'static str,
    failed_boots: u32,
    healthy: fn(),
    reset: Option<fn() -> !>,
    /// What somebody waits for that takes a while; nobody else's requests to the shell are looked at meanwhile.
    waiting: Cell<Option<Waiting>>,
    /// Whether there is flash for snapshots.
    saves: Cell<bool>,
    keeper: RefCell<Option<&'static mut dyn Keeper>>,
    defaults: RefCell<Defaults>,
    wear: Cell<Option<Wear>>,
    settings_wear: Cell<Option<SettingsWear>>,
    clock_interval_s: Cell<u32>,
    store_time_at_us: Cell<u64>,
    /// The board's own settings, as they are to be kept.
    board: RefCell<BoardSettings>,
    debug: bool,
    /// Counts ticks of the engine, and turns of the network's task: what the watchdog looks at.
    ticks: Cell<u32>,
    network_turns: Cell<u32>,
    feeding: RefCell<Feeding>,
}

impl<C: Clock> Shell<C> {
    pub fn new(resources: Resources, clock: Wall<C>, log: &'static Log) -> Shell<C> {
        let clients = resources.sessions.len().min(resources.wakers.len());
        let engine = resources.engine;
        engine.set_clock_synced(false);
        engine.set_stopwatch(|| Instant::now().as_micros());
        engine.add_sessions(resources.sessions);
        configure(engine, clients, resources.arena, resources.debug);
        Shell {
            engine: RefCell::new(engine),
            wakers: resources.wakers,
            clock: RefCell::new(clock),
            log,
            facts: Facts {
                os: resources.os,
                event_api: "embassy",
                tcp_port: PORT,
                system_memory_bytes: resources.ram.iter().map(|(_, bytes)| *bytes as u64).sum(),
                ..Facts::UNKNOWN
            },
            ram: resources.ram,
            stack_high: resources.stack_high,
            endurance: resources.endurance,
            reset_reason: resources.reset_reason,
            last_panic: resources.last_panic,
            failed_boots: resources.failed_boots,
            healthy: resources.healthy,
            debug: resources.debug,
            reset: resources.reset,
            waiting: Cell::new(None),
            saves: Cell::new(false),
            keeper: RefCell::new(None),
            defaults: RefCell::new(Defaults::UNKNOWN),
            wear: Cell::new(None),
            settings_wear: Cell::new(None),
            clock_interval_s: Cell::new(clock::INTERVAL_AT_FIRST_S),
            store_time_at_us: Cell::new(u64::from(clock::INTERVAL_AT_FIRST_S) * 1_000_000),
            board: RefCell::new(BoardSettings::new()),
            ticks: Cell::new(0),
            network_turns: Cell::new(0),
            feeding: RefCell::new(Feeding::default()),
        }
    }

    /// What INFO says that only the board knows.
    fn facts(&self) -> Facts {
        let clock = self.clock.borrow();
        let device = Device {
            ram: self.ram,
            stack_high_bytes: (self.stack_high)(),
            clock_source: clock.source_name(),
            clock_synced: clock.is_synced(),
            reset_reason: self.reset_reason,
            last_panic: self.last_panic,
            wear: self.wear.get(),
            settings_wear: self.settings_wear.get(),
            log: log::last_lines,
        };
        Facts { device: Some(device), ..self.facts }
    }

    fn now(&self) -> Now {
        self.clock.borrow_mut().now(Instant::now())
    }

    /// Background work, `hz` times a second.
    pub async fn background(&self) -> ! {
        if !self.saves.get() {
            // Nothing to refuse: name and value are ours.
            let _ = self.engine.borrow_mut().configure(b"save", b"");
        }
        let mut hz = 0;
        let mut is_healthy = false;
        let mut second = 0;
        let mut ticker = Ticker::every(Duration::from_secs(1));
        loop {
            let wanted = self.engine.borrow().server.config.hz.clamp(1, 500);
            if wanted != hz {
                hz = wanted;
                ticker = Ticker::every(Duration::from_hz(u64::from(hz)));
            }
            ticker.next().await;
            self.keep_time();
            let now = self.now();
            let mut engine = self.engine.borrow_mut();
            engine.set_facts(self.facts());
            engine.handle_tick(now);
            self.follow_up(now, *engine, None);
            if !is_healthy && now.mono_us > HEALTHY_AFTER_US {
                is_healthy = true;
                (self.healthy)();
            }
            if engine.wants_idle() {
                engine.handle_idle(now);
            }
            if now.mono_us / 1_000_000 != second {
                second = now.mono_us / 1_000_000;
                door::count_anew();
            }
            self.ticks.set(self.ticks.get().wrapping_add(1));
        }
    }

    /// Everything that a call has caused for others. `own` is the client whose task asks, which looks for itself.
    fn follow_up(&self, now: Now, engine: &mut Engine, own: Option<ClientId>) {
        while self.waiting.get().is_none()
            && let Some((id, request)) = engine.poll_request()
        {
            if let Some(answer) = self.answer(now, engine, id, request) {
                engine.handle_answer(now, id, answer);
            }
        }
        while let Some(id) = engine.poll_listed() {
            if own != Some(id)
                && let Some(waker) = self.wakers.get(id.0 as usize)
            {
                waker.borrow_mut().wake();
            }
        }
        if engine.has_log() {
            self.print_log(now, engine);
        }
    }

    /// Apart from what happens at every call: the text is half a kilobyte of stack.
    #[inline(never)]
    fn print_log(&self, now: Now, engine: &mut Engine) {
        let mut text = [0; TEXT_BYTES_MAX];
        while let Some((level, len)) = engine.poll_log(&mut text) {
            self.log.line(now, level, &text[..len]);
        }
    }
}

impl<C: Clock> Shell<C> {
    /// Does what only a shell can do; `None`: the answer comes later.
    fn answer(
        &self,
        now: Now,
        engine: &mut Engine,
        id: ClientId,
        request: Request,
    ) -> Option<Result<(), &'static str>> {
        Some(match request {
            Request::ApplyConfig => Ok(()),
            Request::Sleep(us) => {
                // Nobody is served, as DEBUG SLEEP says.
                embassy_time::block_for(Duration::from_micros(us));
                Ok(())
            }
            Request::RewriteConfig => self.rewrite_config(engine),
            Request::DropSaved if !self.saves.get() => Err("ERR"),
            Request::DropSaved => {
                self.waiting.set(Some(Waiting::DropSaved(id)));
                return None;
            }
            Request::ShutdownAbort => Err("ERR No shutdown in progress."),
            Request::Reload { .. } if !self.saves.get() => Err("ERR Error trying to load the RDB dump"),
            Request::Reload { save, flush, merge } => {
                self.waiting.set(Some(Waiting::Reload { id, save, flush, merge }));
                return None;
            }
            Request::Shutdown { save, .. } => {
                let Some(reset) = self.reset else {
                    return Some(Err("ERR Errors trying to SHUTDOWN. Check logs."));
                };
                let is_due = match save {
                    SaveWhen::Always => true,
                    SaveWhen::Never => false,
                    SaveWhen::Configured => engine.server.config.save_points > 0 && !engine.are_saves_held(),
                };
                self.log.say(LogLevel::Warning, format_args!("User requested shutdown: the board starts anew"));
                if !is_due {
                    self.store_last_time();
                    self.start_anew(reset);
                }
                engine.begin_save(now);
                self.waiting.set(Some(Waiting::Shutdown(id)));
                return None;
            }
        })
    }

    /// A save has ended for which a client in SHUTDOWN waits.
    fn end_shutdown(&self, is_saved: bool) {
        let Some(Waiting::Shutdown(id)) = self.waiting.get() else { return };
        self.waiting.set(None);
        if is_saved && let Some(reset) = self.reset {
            self.store_last_time();
            self.start_anew(reset);
        }
        let now = self.now();
        self.engine.borrow_mut().handle_answer(now, id, Err("ERR Errors trying to SHUTDOWN. Check logs."));
    }

    /// A reset that somebody wants: this start has not failed, however short it was.
    fn start_anew(&self, reset: fn() -> !) -> ! {
        (self.healthy)();
        reset()
    }

    /// What a person should know who reads the console, at each start.
    pub fn greet(&self) {
        let mut engine = self.engine.borrow_mut();
        // For those who ask before the first tick.
        engine.set_facts(self.facts());
        if engine.server.config.requirepass.is_empty() {
            self.log.say(
                LogLevel::Warning,
                format_args!("No password is set: everybody who reaches port {PORT} may do everything (requirepass)"),
            );
        }
        if !self.last_panic.is_empty() {
            self.log.say(LogLevel::Warning, format_args!("The last start ended with a panic at {}", self.last_panic));
        }
        self.log.say(LogLevel::Notice, format_args!("Ready to accept connections"));
    }
}

/// A board's defaults where Redis's are for a PC.
pub fn configure(engine: &mut Engine, clients: usize, arena: usize, debug: bool) {
    let mut number = [0; 20];
    let mut set = |name: &str, value: usize| {
        // The names and values are ours: there is nothing to refuse.
        let _ = engine.configure(name.as_bytes(), decimal(&mut number, value));
    };
    set("maxclients", clients);
    set("tcp-keepalive", 30);
    set("maxmemory", arena);
    let texts: [(&[u8], &[u8]); 7] = [
        (b"save", SAVE_POINTS),
        (b"protected-mode", b"no"),
        (b"maxmemory-policy", b"allkeys-lru"),
        (b"timeout", b"300"),
        (b"hash-max-listpack-entries", b"64"),
        (b"hash-max-listpack-value", b"512"),
        // Half of the arena: room for the longest request, or the longest reply, and some more clients.
        (b"maxmemory-clients", b"50%"),
    ];
    for (name, value) in texts {
        let _ = engine.configure(name, value);
    }
    if debug {
        let _ = engine.configure(b"enable-debug-command", b"yes");
    }
}

/// Digits of a number, at the end of `text`.
fn decimal(text: &mut [u8; 20], mut value: usize) -> &[u8] {
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &text[at..];
        }
    }
}
