//! MicroRedis on QEMU's riscv32 `virt` machine, as on a microcontroller: 300 KiB of RAM, code in flash, no allocator.
//! `cargo xtask emulate` builds and boots it.
#![no_std]
#![no_main]

mod console;
mod flash;
mod frames;
mod keyboard;
mod limits;
mod network;
mod panic;
mod plic;
#[path = "../../record.rs"]
mod record;
mod rtc;
mod stack;
mod time;
mod watchdog;

use console::Uart;
use core::cell::RefCell;
use embassy_executor::{Executor, SpawnError, SpawnToken, Spawner};
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, StackResources, StaticConfigV4};
use embassy_sync::waitqueue::WakerRegistration;
use embassy_time::Timer;
use limits::{ARENA_BYTES, CLIENTS, LINE_BYTES, OUTPUT_BYTES, RECEIVE_BYTES, SEND_BYTES, SOCKETS};
use limits::{SETTINGS_BYTES, SNAPSHOT_BYTES_MAX, SNAPSHOTS_AT, SNAPSHOTS_BYTES};
use microredis_shell::clock::Wall;
use microredis_shell::console::Terminal;
use microredis_shell::engine::limits::COMMANDS_MAX;
use microredis_shell::engine::stats::CommandStats;
use microredis_shell::engine::{Engine, LogLevel, Parts, Session};
use microredis_shell::flash::{Kept, Ring, Store};
use microredis_shell::{Buffers, Door, Log, Partition, Resources, SERVICE_SOCKETS, SETTINGS_BYTES_MAX, Shell, Waker};
use rtc::Goldfish;
use static_cell::{ConstStaticCell, StaticCell};

type Board = Shell<Goldfish>;
type Settings = Store<Partition<flash::Chip, 0, SETTINGS_BYTES>, SETTINGS_BYTES, SETTINGS_BYTES_MAX>;
type SnapshotsPart = Partition<flash::Chip, SNAPSHOTS_AT, SNAPSHOTS_BYTES>;
type Snapshots = Ring<SnapshotsPart, SNAPSHOTS_BYTES, SNAPSHOT_BYTES_MAX>;

static LOG: ConstStaticCell<Log> = ConstStaticCell::new(Log::new(&Uart));
static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static NETWORK: StaticCell<StackResources<{ SOCKETS + SERVICE_SOCKETS }>> = StaticCell::new();
static ENGINE: StaticCell<Engine> = StaticCell::new();
static CHIP: StaticCell<RefCell<flash::Chip>> = StaticCell::new();
static SETTINGS: StaticCell<Settings> = StaticCell::new();
static SNAPSHOTS: StaticCell<Snapshots> = StaticCell::new();
static SHELL: StaticCell<Board> = StaticCell::new();

/// What `show` on the console says of settings that this board keeps and does not use.
static NOTES: [(&str, &str); 3] = [
    ("wifi-ssid", "not used: this board has no Wi-Fi"),
    ("wifi-password", "not used"),
    ("address", "not used: this board is always 10.0.2.15/24 10.0.2.2"),
];

/// Zero at the start, so that it lies in .bss.
#[repr(align(8))]
struct Aligned<const N: usize>([u8; N]);
static ARENA: ConstStaticCell<Aligned<ARENA_BYTES>> = ConstStaticCell::new(Aligned([0; ARENA_BYTES]));
static OUTPUT: ConstStaticCell<[u8; OUTPUT_BYTES]> = ConstStaticCell::new([0; OUTPUT_BYTES]);
static LINE: ConstStaticCell<[u8; LINE_BYTES]> = ConstStaticCell::new([0; LINE_BYTES]);
static STATS: ConstStaticCell<[CommandStats; COMMANDS_MAX]> = ConstStaticCell::new([CommandStats::ZERO; COMMANDS_MAX]);
static SESSIONS: StaticCell<[Session; CLIENTS]> = StaticCell::new();
static WAKERS: StaticCell<[Waker; CLIENTS]> = StaticCell::new();
static BUFFERS: ConstStaticCell<[Buffers<RECEIVE_BYTES, SEND_BYTES>; SOCKETS]> =
    ConstStaticCell::new([const { Buffers::EMPTY }; SOCKETS]);

#[riscv_rt::entry]
fn main() -> ! {
    stack::paint();
    stack::guard();
    time::start();
    let log = LOG.take();
    log.say(LogLevel::Notice, format_args!("MicroRedis {} on QEMU virt riscv32", env!("CARGO_PKG_VERSION")));
    // One after the other, each with a frame that is given back: the stack has no room for all.
    let shell = shell(log, seed());
    if !watchdog::is_there() {
        log.say(LogLevel::Warning, format_args!("No watchdog: QEMU was started without one"));
    }
    let chip = CHIP.init_with(|| RefCell::new(flash::Chip::take()));
    let snapshots = load(shell, chip, log);
    let driver = network::start();
    plic::enable();
    let executor = EXECUTOR.init_with(Executor::new);
    executor.run(|spawner| boot(spawner, shell, driver, snapshots))
}

/// A frame of its own, given back before the tasks run.
#[inline(never)]
fn boot(
    spawner: Spawner,
    shell: &'static Board,
    driver: Option<network::Driver>,
    snapshots: Option<&'static mut Snapshots>,
) {
    let Some(driver) = driver else {
        panic!("no virtio network device: start QEMU as `cargo xtask emulate` does");
    };
    // QEMU's user network; a static address saves the time of DHCP.
    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(10, 0, 2, 15), 24),
        gateway: Some(Ipv4Address::new(10, 0, 2, 2)),
        // The emulator's own.
        dns_servers: [Ipv4Address::new(10, 0, 2, 3)].into_iter().collect(),
    });
    let (stack, runner) = embassy_net::new(Door(driver), config, NETWORK.init_with(StackResources::new), seed()[0]);
    spawn(spawner, net(shell, runner));
    for buffers in BUFFERS.take() {
        spawn(spawner, socket(shell, stack, buffers));
    }
    spawn(spawner, services(shell, stack));
    spawn(spawner, background(shell));
    if let Some(snapshots) = snapshots {
        spawn(spawner, persist(shell, snapshots));
    }
    spawn(spawner, console(shell));
    if watchdog::is_there() {
        spawn(spawner, feed(shell));
    }
    shell.greet();
}

/// The engine and what is around it, with a frame of its own, given back before more is done.
#[inline(never)]
fn shell(log: &'static Log, seed: [u64; 2]) -> &'static Board {
    // The watchdog runs before the snapshot is loaded, which may be what a start hangs at.
    let found = record::start(if watchdog::start() { "watchdog" } else { "" });
    let mut clock = Wall::new(Goldfish);
    let parts =
        Parts { region: &mut ARENA.take().0, output: OUTPUT.take(), line: LINE.take(), stats: STATS.take(), seed };
    let now = clock.now(embassy_time::Instant::now());
    let resources = Resources {
        engine: ENGINE.init_with(|| Engine::new(parts, now)),
        arena: ARENA_BYTES,
        sessions: SESSIONS.init_with(|| [Session::default(); CLIENTS]),
        wakers: WAKERS.init_with(|| [const { RefCell::new(WakerRegistration::new()) }; CLIENTS]),
        ram: &limits::RAM,
        os: "MicroRedis firmware, QEMU virt riscv32",
        stack_high: stack::high_water,
        endurance: limits::ENDURANCE,
        reset_reason: found.reset_reason,
        last_panic: found.last_panic,
        failed_boots: found.failed_boots,
        healthy: record::healthy,
        reset: Some(panic::reset),
        // This board is for trying things out.
        debug: true,
    };
    SHELL.init_with(|| Shell::new(resources, clock, log))
}

/// The settings and the newest snapshot in flash. A chip that cannot be used is said so, and the board serves without it.
#[inline(never)]
fn load(
    shell: &'static Board,
    chip: &'static RefCell<flash::Chip>,
    log: &'static Log,
) -> Option<&'static mut Snapshots> {
    match Store::open(Partition::new(chip)) {
        Ok((store, kept)) => {
            if kept == Kept::Damaged {
                log.say(LogLevel::Warning, format_args!("The settings in flash are damaged: defaults are taken"));
            }
            shell.configure(SETTINGS.init(store));
        }
        Err(error) => log.say(LogLevel::Warning, format_args!("No settings: {error}")),
    }
    let opened = Ring::open(Partition::new(chip), |rejected| log.say(LogLevel::Warning, format_args!("{rejected}")));
    match opened {
        Ok((ring, _)) => {
            let ring = SNAPSHOTS.init(ring);
            shell.load(ring);
            Some(ring)
        }
        Err(error) => {
            log.say(LogLevel::Warning, format_args!("No snapshots: {error}"));
            None
        }
    }
}

/// Tables of tasks are sized for exactly those that are spawned.
fn spawn<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(token) => spawner.spawn(token),
        Err(error) => panic!("a task has no place: {error:?}"),
    }
}

#[embassy_executor::task]
async fn net(shell: &'static Board, runner: embassy_net::Runner<'static, Door<network::Driver>>) -> ! {
    shell.network(runner).await
}

#[embassy_executor::task(pool_size = SOCKETS)]
async fn socket(
    shell: &'static Board,
    stack: embassy_net::Stack<'static>,
    buffers: &'static mut Buffers<RECEIVE_BYTES, SEND_BYTES>,
) -> ! {
    shell.serve(stack, buffers).await
}

#[embassy_executor::task]
async fn services(shell: &'static Board, stack: embassy_net::Stack<'static>) -> ! {
    shell.services(stack).await
}

#[embassy_executor::task]
async fn background(shell: &'static Board) -> ! {
    shell.background().await
}

#[embassy_executor::task]
async fn persist(shell: &'static Board, snapshots: &'static mut Snapshots) {
    shell.persist(snapshots).await;
}

#[embassy_executor::task]
async fn console(shell: &'static Board) -> ! {
    let mut terminal = Terminal { keyboard: keyboard::Uart::start(), console: &Uart, notes: &NOTES };
    shell.console(&mut terminal).await
}

#[embassy_executor::task]
async fn feed(shell: &'static Board) -> ! {
    loop {
        if shell.has_progressed() {
            watchdog::feed();
        }
        Timer::after(watchdog::FED).await;
    }
}

/// From the clock's nanoseconds: keys cannot be chosen to collide by somebody who does not know when the board booted.
fn seed() -> [u64; 2] {
    let clock = rtc::nanoseconds();
    [clock.wrapping_mul(0x9E37_79B9_7F4A_7C15), clock ^ time::ticks().rotate_left(32)]
}
