//! Instructions a command, for `cargo xtask bench --device`: the engine with this board's memory and limits, driven as
//! the shell drives it, without network, executor and interrupts.
//!
//! Nothing here differs between two runs: the clock counts instructions, the seed and the date are constants, and no
//! device is read. Each line says the mean and the most of [`ROUNDS`] calls at
//! few keys, then the same at a full arena, the instructions of an empty measurement taken off.
#![no_std]
#![no_main]

#[path = "../console.rs"]
mod console;
#[path = "../frames.rs"]
mod frames;
#[path = "../limits.rs"]
#[allow(dead_code)] // The sum of all RAM is the firmware's.
mod limits;

use console::{Serial, reset};
use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::task::Waker;
use embassy_time::Instant;
use embassy_time_driver::Driver;
use limits::{ARENA_BYTES, CLIENTS, LINE_BYTES, OUTPUT_BYTES, SEND_BYTES};
use microredis_shell::engine::limits::{COMMANDS_MAX, TEXT_BYTES_MAX};
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{ClientId, Engine, Parts, Peer, Session, Timeline};
use microredis_shell::{Console, configure};
use riscv::register::minstret;
use static_cell::{ConstStaticCell, StaticCell};

/// Calls of each command that are counted, after one that is not.
const ROUNDS: u32 = 100;
/// Keys of the small keyspace, collections aside.
const FEW: u32 = 100;
/// A full arena's keys are read and overwritten among this many of the newest, which no eviction has taken yet.
const NEWEST: u32 = 100;
/// Keys set at a full arena before anything is counted there, so that evicting and closing holes have found their pace.
const SETTLING: u32 = 1000;
const SUBSCRIBERS: usize = 3;

/// Zero at the start, so that it lies in .bss.
#[repr(align(8))]
struct Aligned<const N: usize>([u8; N]);
static ARENA: ConstStaticCell<Aligned<ARENA_BYTES>> = ConstStaticCell::new(Aligned([0; ARENA_BYTES]));
static OUTPUT: ConstStaticCell<[u8; OUTPUT_BYTES]> = ConstStaticCell::new([0; OUTPUT_BYTES]);
static LINE: ConstStaticCell<[u8; LINE_BYTES]> = ConstStaticCell::new([0; LINE_BYTES]);
static STATS: ConstStaticCell<[CommandStats; COMMANDS_MAX]> = ConstStaticCell::new([CommandStats::ZERO; COMMANDS_MAX]);
static SESSIONS: StaticCell<[Session; CLIENTS]> = StaticCell::new();
static SENT: ConstStaticCell<[u8; SEND_BYTES]> = ConstStaticCell::new([0; SEND_BYTES]);
static PUSHED: ConstStaticCell<[u8; SEND_BYTES]> = ConstStaticCell::new([0; SEND_BYTES]);
static ENGINE: StaticCell<Engine> = StaticCell::new();

/// One command: how a call of it is written, and how its reply begins where it did what it is here for.
struct Row {
    name: &'static str,
    call: fn(&mut Call, &Round),
    reply: &'static str,
}

/// Instructions of the calls of a row.
#[derive(Clone, Copy, Default)]
struct Count {
    mean: usize,
    most: usize,
}

/// What a call may depend on.
struct Round {
    number: u32,
    /// String keys made so far.
    keys: u32,
}

/// In this order: what takes memory, and so evicts where there is none, comes last.
const ROWS: [Row; 12] = [
    Row { name: "PING", call: |call, _| _ = call.begin(1).word("PING"), reply: "+PONG" },
    Row { name: "GET", call: |call, round| _ = call.begin(2).word("GET").key(round.newest()), reply: "$8\r\nvalue-08" },
    Row {
        name: "SET",
        call: |call, round| _ = call.begin(3).word("SET").key(round.newest()).word("value-08"),
        reply: "+OK",
    },
    Row { name: "INCR", call: |call, _| _ = call.begin(2).word("INCR").word("counter:00001"), reply: ":" },
    Row {
        name: "HSET",
        call: |call, round| {
            _ = call.begin(4).word("HSET").word("hash:00000001").field(round.number % 8).word("value-08")
        },
        reply: ":0",
    },
    Row { name: "HGETALL 8", call: |call, _| _ = call.begin(2).word("HGETALL").word("hash:00000001"), reply: "*16" },
    Row {
        name: "ZRANGE 10",
        call: |call, _| _ = call.begin(4).word("ZRANGE").word("zset:00000001").word("0").word("9"),
        reply: "*10",
    },
    Row {
        name: "PUBLISH 3",
        call: |call, _| _ = call.begin(3).word("PUBLISH").word("channel:00001").word("value-08"),
        reply: ":3",
    },
    Row { name: "SET new", call: |call, round| set_new(call, round.keys + round.number), reply: "+OK" },
    Row {
        name: "LPUSH",
        call: |call, _| _ = call.begin(3).word("LPUSH").word("list:00000001").word("value-08"),
        reply: ":",
    },
    Row { name: "ZADD", call: |call, round| zadd(call, 1000 + round.keys + round.number), reply: ":1" },
    Row {
        name: "XADD",
        call: |call, _| {
            _ = call.begin(5).word("XADD").word("stream:000001").word("*").word("field-08").word("value-08")
        },
        reply: "$",
    },
];

fn set_new(call: &mut Call, key: u32) {
    call.begin(3).word("SET").key(key).word("value-08");
}

/// Scores in no order, so that members go to all places.
fn zadd(call: &mut Call, member: u32) {
    call.begin(4).word("ZADD").word("zset:00000001").number(member.wrapping_mul(7919) % 10_000).key(member);
}

#[riscv_rt::entry]
fn main() -> ! {
    START.store(minstret::read(), Relaxed);
    let mut bench = Bench::new();
    for n in 0..FEW {
        bench.expect("+OK", |call| set_new(call, n));
        bench.expect(":1", |call| zadd(call, n));
    }
    for n in 0..8 {
        bench.expect(":1", |call| _ = call.begin(4).word("HSET").word("hash:00000001").field(n).word("value-08"));
    }
    let few = bench.rows(FEW);
    let mut keys = FEW;
    // Until one is refused; from then on what takes memory evicts, which is a board's default.
    bench.set("maxmemory-policy", "noeviction");
    while bench.call(|call| set_new(call, keys)).starts_with(b"+OK") {
        keys += 1;
    }
    let fit = keys;
    bench.set("maxmemory-policy", "allkeys-lru");
    bench.freshen(keys);
    for _ in 0..SETTLING {
        bench.expect("+OK", |call| set_new(call, keys));
        keys += 1;
    }
    let full = bench.rows(keys);
    // Only now: how long the console makes the program wait is the host's business, and the clock would show it.
    for (n, row) in ROWS.iter().enumerate() {
        let (few, full) = (&few[n], &full[n]);
        say(format_args!("{}: {} {} {} {}", row.name, few.mean, few.most, full.mean, full.most));
    }
    say(format_args!("end: {fit} keys in an arena of {ARENA_BYTES} bytes"));
    reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say(format_args!("{info}"));
    reset()
}

#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler(_: &riscv_rt::TrapFrame) -> ! {
    panic!("fault at {:#x}", riscv::register::mepc::read())
}

fn say(line: core::fmt::Arguments<'_>) {
    struct Out;
    impl Write for Out {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            Serial.write(text.as_bytes());
            Ok(())
        }
    }
    let _ = writeln!(Out, "{line}");
}

struct Bench {
    engine: &'static mut Engine,
    clock: Timeline,
    client: ClientId,
    request: Call,
    /// The client's socket's buffer, and one for all others: replies are copied there.
    sent: &'static mut [u8; SEND_BYTES],
    pushed: &'static mut [u8; SEND_BYTES],
    /// Instructions of an empty measurement.
    empty: usize,
}

/// Embassy's clock as a machine of 100 MHz and an instruction a cycle would show it, from the program's start: the
/// emulator's clocks, and its count of instructions, begin a little earlier or later in every run.
struct Instructions;

static START: AtomicUsize = AtomicUsize::new(0);

embassy_time_driver::time_driver_impl!(static TIMER: Instructions = Instructions);

impl Driver for Instructions {
    fn now(&self) -> u64 {
        // 10 MHz, as the board's timer.
        minstret::read().wrapping_sub(START.load(Relaxed)) as u64 / 10
    }

    fn schedule_wake(&self, _: u64, _: &Waker) {
        panic!("nothing waits here");
    }
}

/// A wall clock that says the same in every run: this many seconds after the first one.
fn constant(seconds: i64) -> Timeline {
    let mono_us = Instant::now().as_micros();
    let mut clock = Timeline::new(0, mono_us);
    clock.sync((1_800_000_000 + seconds) * 1000, mono_us);
    clock
}

/// The engine as the firmware makes it; a frame of its own, given back before anything runs.
#[inline(never)]
fn engine(clock: &Timeline) -> &'static mut Engine {
    let parts = Parts {
        region: &mut ARENA.take().0,
        output: OUTPUT.take(),
        line: LINE.take(),
        stats: STATS.take(),
        seed: [0x9E37_79B9_7F4A_7C15, 0x0123_4567_89AB_CDEF],
    };
    let now = clock.now(Instant::now().as_micros());
    let engine = ENGINE.init_with(|| Engine::new(parts, now));
    engine.set_stopwatch(|| Instant::now().as_micros());
    engine.add_sessions(SESSIONS.init_with(|| [Session::default(); CLIENTS]));
    configure(engine, CLIENTS, ARENA_BYTES, false);
    engine
}

impl Bench {
    fn new() -> Bench {
        let clock = constant(0);
        let engine = engine(&clock);
        let before = minstret::read();
        let empty = minstret::read().wrapping_sub(before);
        let mut bench = Bench {
            engine,
            clock,
            client: ClientId(0),
            request: Call::EMPTY,
            sent: SENT.take(),
            pushed: PUSHED.take(),
            empty,
        };
        for _ in 0..SUBSCRIBERS {
            bench.client = bench.connect();
            bench.expect("*3", |call| _ = call.begin(2).word("SUBSCRIBE").word("channel:00001"));
        }
        bench.client = bench.connect();
        bench
    }

    fn connect(&mut self) -> ClientId {
        let now = self.clock.now(Instant::now().as_micros());
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 6379);
        match self.engine.handle_connect(now, Peer::Tcp { peer: address, local: address }, -1) {
            Ok(id) => id,
            Err(refused) => panic!("a client is refused: {refused:?}"),
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Err(error) = self.engine.configure(name.as_bytes(), value.as_bytes()) {
            panic!("{name} {value}: {error:?}");
        }
    }

    /// Measures all rows, with so many string keys there.
    fn rows(&mut self, keys: u32) -> [Count; ROWS.len()] {
        let mut counts = [Count::default(); ROWS.len()];
        for (row, count) in ROWS.iter().zip(&mut counts) {
            // The first call may have to make the collection, and is not counted.
            for number in 0..=ROUNDS {
                let spent = self.measure(row, &Round { number, keys });
                if number > 0 {
                    count.mean += spent;
                    count.most = count.most.max(spent);
                }
            }
            count.mean /= ROUNDS as usize;
        }
        counts
    }

    /// An hour later, reads what the rows use, so that eviction takes other keys.
    fn freshen(&mut self, keys: u32) {
        self.clock = constant(3600);
        self.expect("*16", |call| _ = call.begin(2).word("HGETALL").word("hash:00000001"));
        self.expect("*1", |call| _ = call.begin(4).word("ZRANGE").word("zset:00000001").word("0").word("0"));
        self.expect("*1", |call| _ = call.begin(4).word("LRANGE").word("list:00000001").word("0").word("0"));
        self.expect("$", |call| _ = call.begin(2).word("GET").word("counter:00001"));
        self.expect(":", |call| _ = call.begin(2).word("XLEN").word("stream:000001"));
        for key in keys - NEWEST..keys {
            self.expect("$8", |call| _ = call.begin(2).word("GET").key(key));
        }
    }

    /// Instructions from the bytes that came to the last byte in a socket's buffer.
    fn measure(&mut self, row: &Row, round: &Round) -> usize {
        (row.call)(&mut self.request, round);
        let before = minstret::read();
        let len = self.turn();
        let spent = minstret::read().wrapping_sub(before) - self.empty;
        if !self.sent[..len].starts_with(row.reply.as_bytes()) {
            panic!("{}: {}", row.name, core::str::from_utf8(&self.sent[..len]).unwrap_or("?"));
        }
        spent
    }

    fn call(&mut self, write: impl Fn(&mut Call)) -> &[u8] {
        write(&mut self.request);
        let len = self.turn();
        &self.sent[..len]
    }

    fn expect(&mut self, begin: &str, write: impl Fn(&mut Call)) {
        let reply = self.call(write);
        if !reply.starts_with(begin.as_bytes()) {
            panic!("{}", core::str::from_utf8(reply).unwrap_or("?"));
        }
    }

    /// One turn of the shell's task for the client, and those of the clients it wakes; the length of the reply.
    #[inline(never)]
    fn turn(&mut self) -> usize {
        let now = self.clock.now(Instant::now().as_micros());
        let id = self.client;
        if self.engine.is_closing(id) || !self.engine.wants_input(id) {
            return 0;
        }
        self.engine.handle_input(now, id, self.request.bytes());
        let mut woken = [None; SUBSCRIBERS];
        let mut count = 0;
        if self.engine.poll_request().is_some() {
            panic!("nothing here asks for the shell");
        }
        while let Some(other) = self.engine.poll_listed() {
            if other != id {
                woken[count] = Some(other);
                count += 1;
            }
        }
        if self.engine.has_log() {
            let mut text = [0; TEXT_BYTES_MAX];
            while self.engine.poll_log(&mut text).is_some() {}
        }
        let len = send(self.engine, id, self.sent);
        for other in woken[..count].iter().flatten() {
            send(self.engine, *other, self.pushed);
        }
        len
    }
}

/// What waits for a client goes into a socket's buffer, which has room for all replies here.
fn send(engine: &mut Engine, id: ClientId, socket: &mut [u8]) -> usize {
    let mut filled = 0;
    loop {
        let output = engine.poll_output(id);
        if output.is_empty() {
            return filled;
        }
        let n = output.len().min(socket.len() - filled);
        socket[filled..filled + n].copy_from_slice(&output[..n]);
        filled += n;
        engine.handle_sent(id, n);
    }
}

impl Round {
    /// One of the newest keys, over all of them in a hundred rounds.
    fn newest(&self) -> u32 {
        self.keys - 1 - self.number * 7 % NEWEST
    }
}

/// A request in RESP.
struct Call {
    bytes: [u8; 256],
    len: usize,
}

impl Call {
    const EMPTY: Call = Call { bytes: [0; 256], len: 0 };

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn begin(&mut self, arguments: usize) -> &mut Call {
        self.len = 0;
        self.add(format_args!("*{arguments}\r\n"))
    }

    fn word(&mut self, word: &str) -> &mut Call {
        self.add(format_args!("${}\r\n{word}\r\n", word.len()))
    }

    /// A key of 13 bytes.
    fn key(&mut self, n: u32) -> &mut Call {
        self.add(format_args!("$13\r\nkey:{n:09}\r\n"))
    }

    fn field(&mut self, n: u32) -> &mut Call {
        self.add(format_args!("$8\r\nfield-{n:02}\r\n"))
    }

    /// A number of five digits.
    fn number(&mut self, n: u32) -> &mut Call {
        self.add(format_args!("$5\r\n{n:05}\r\n"))
    }

    fn add(&mut self, text: core::fmt::Arguments<'_>) -> &mut Call {
        // What does not fit shows in the reply.
        let _ = self.write_fmt(text);
        self
    }
}

impl Write for Call {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}
