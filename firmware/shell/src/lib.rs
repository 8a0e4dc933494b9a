//! MicroRedis as firmware: everything between the engine and a board. It knows embassy's network stack and timers; it
//! knows no pins, no registers and no board. A folder under `firmware/boards` holds what differs.
//!
//! A board makes its network stack and one [`Shell`], then runs two kinds of tasks on one executor:
//! [`Shell::serve`] once a socket, and [`Shell::background`] once. All of it is single-threaded: the engine is borrowed
//! for the length of one call, never across an `await`.
#![no_std]

pub mod clock;
mod connection;
pub mod log;
pub mod memory;
mod partition;
pub mod persist;
mod server;

pub use clock::Clock;
pub use connection::Buffers;
pub use log::{Console, Log};
pub use microredis_engine as engine;
pub use microredis_flash as flash;
pub use partition::Partition;
pub use persist::Snapshots;

use clock::Wall;
use core::cell::{Cell, RefCell};
use embassy_sync::waitqueue::WakerRegistration;
use embassy_time::{Duration, Instant, Ticker};
use microredis_engine::error::Request;
use microredis_engine::facts::{Device, Wear};
use microredis_engine::limits::TEXT_BYTES_MAX;
use microredis_engine::{ClientId, Engine, Facts, Now, Session};

/// A start that serves for so long has not failed.
const HEALTHY_AFTER_US: u64 = 10_000_000;

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
    pub reset_reason: &'static str,
    /// `file:line` of the panic before the last reset, or nothing.
    pub last_panic: &'static str,
    /// Starts in a row before this one that did not come to be [`healthy`](Resources::healthy).
    pub failed_boots: u32,
    /// Told once the board has served for a while.
    pub healthy: fn(),
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
    reset_reason: &'static str,
    last_panic: &'static str,
    failed_boots: u32,
    healthy: fn(),
    wear: Cell<Option<Wear>>,
    /// Counts turns of clients: what the watchdog looks at.
    progress: Cell<u32>,
}

impl<C: Clock> Shell<C> {
    pub fn new(resources: Resources, clock: Wall<C>, log: &'static Log) -> Shell<C> {
        let clients = resources.sessions.len().min(resources.wakers.len());
        let engine = resources.engine;
        engine.set_stopwatch(|| Instant::now().as_micros());
        engine.add_sessions(resources.sessions);
        configure(engine, clients, resources.arena);
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
            reset_reason: resources.reset_reason,
            last_panic: resources.last_panic,
            failed_boots: resources.failed_boots,
            healthy: resources.healthy,
            wear: Cell::new(None),
            progress: Cell::new(0),
        }
    }

    /// What INFO says that only the board knows.
    fn facts(&self) -> Facts {
        let clock = self.clock.borrow();
        let device = Device {
            ram: self.ram,
            stack_high_bytes: (self.stack_high)(),
            clock_source: clock.source(),
            clock_synced: clock.is_synced(),
            reset_reason: self.reset_reason,
            last_panic: self.last_panic,
            wear: self.wear.get(),
            log: log::last_lines,
        };
        Facts { device: Some(device), ..self.facts }
    }

    fn now(&self) -> Now {
        self.clock.borrow_mut().now(Instant::now())
    }

    /// Background work, `hz` times a second.
    pub async fn background(&self) -> ! {
        let mut hz = 0;
        let mut is_healthy = false;
        let mut ticker = Ticker::every(Duration::from_secs(1));
        loop {
            let wanted = self.engine.borrow().server.config.hz.clamp(1, 500);
            if wanted != hz {
                hz = wanted;
                ticker = Ticker::every(Duration::from_hz(u64::from(hz)));
            }
            ticker.next().await;
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
        }
    }

    /// Everything that a call has caused for others. `own` is the client whose task asks, which looks for itself.
    fn follow_up(&self, now: Now, engine: &mut Engine, own: Option<ClientId>) {
        while let Some((id, request)) = engine.poll_request() {
            engine.handle_answer(now, id, answer(request));
        }
        while let Some(id) = engine.poll_listed() {
            if own != Some(id)
                && let Some(waker) = self.wakers.get(id.0 as usize)
            {
                waker.borrow_mut().wake();
            }
        }
        let mut text = [0; TEXT_BYTES_MAX];
        while let Some((level, len)) = engine.poll_log(&mut text) {
            self.log.line(now, level, &text[..len]);
        }
    }
}

/// A board's defaults where Redis's are for a PC.
fn configure(engine: &mut Engine, clients: usize, arena: usize) {
    let mut number = [0; 20];
    let mut set = |name: &str, value: usize| {
        // The names and values are ours: there is nothing to refuse.
        let _ = engine.configure(name.as_bytes(), decimal(&mut number, value));
    };
    set("maxclients", clients);
    set("tcp-keepalive", 30);
    set("maxmemory", arena);
    let _ = engine.configure(b"protected-mode", b"no");
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

/// What only a shell can do, where this one can.
fn answer(request: Request) -> Result<(), &'static str> {
    match request {
        Request::ApplyConfig => Ok(()),
        Request::Sleep(us) => {
            // Nobody is served, as DEBUG SLEEP says.
            embassy_time::block_for(Duration::from_micros(us));
            Ok(())
        }
        Request::RewriteConfig => Err("ERR The server is running without a config file"),
        Request::ShutdownAbort => Err("ERR No shutdown in progress."),
        Request::Reload { .. } => Err("ERR Error trying to load the RDB dump"),
        Request::Shutdown { .. } => Err("ERR Errors trying to SHUTDOWN. Check logs."),
    }
}
