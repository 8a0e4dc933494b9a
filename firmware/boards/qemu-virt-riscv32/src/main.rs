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
#[path = "../../partitions.rs"]
mod partitions;
mod plic;
#[path = "../../record.rs"]
mod record;
mod rtc;
#[path = "../../stack.rs"]
mod stack;
mod time;
mod watchdog;

use embassy_executor::{Executor, Spawner};
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, StaticConfigV4};
use embassy_time::Timer;
pub use flash::Chip;
use keyboard::Uart;
use microredis_shell::Log;
use microredis_shell::engine::LogLevel;
use rtc::Goldfish;
use static_cell::StaticCell;

static EXECUTOR: StaticCell<Executor> = StaticCell::new();

microredis_shell::server!(Goldfish, network::Driver, Uart);

/// What `show` on the console says of settings that this board keeps and does not use.
static NOTES: [(&str, &str); 3] = [
    ("wifi-ssid", "not used: this board has no Wi-Fi"),
    ("wifi-password", "not used"),
    ("address", "not used: this board is always 10.0.2.15/24 10.0.2.2"),
];

#[riscv_rt::entry]
fn main() -> ! {
    stack::paint();
    panic::guard();
    time::start();
    let log = LOG.take();
    log.say(LogLevel::Notice, format_args!("MicroRedis {} on QEMU virt riscv32", env!("CARGO_PKG_VERSION")));
    if !watchdog::is_there() {
        log.say(LogLevel::Warning, format_args!("No watchdog: QEMU was started without one"));
    }
    let executor = EXECUTOR.init_with(Executor::new);
    executor.run(|spawner| boot(spawner, log))
}

/// A frame of its own, given back before the tasks run.
#[inline(never)]
fn boot(spawner: Spawner, log: &'static Log) {
    let Some(driver) = network::start() else {
        panic!("no virtio network device: start QEMU as `cargo xtask emulate` does");
    };
    plic::enable();
    let hardware = Hardware {
        driver,
        network: |_| user_network(),
        flash: Chip::take(),
        clock: Goldfish,
        keyboard: Uart::start(),
        notes: &NOTES,
        // This board is for trying things out.
        debug: true,
        // It runs before the snapshot is loaded, which may be what a start hangs at.
        reset_reason: if watchdog::start() { "watchdog" } else { "" },
    };
    let shell = launch(spawner, log, hardware, random);
    if watchdog::is_there() {
        spawn(spawner, feed(shell));
    }
}

/// QEMU's user network; a static address saves the time of DHCP.
fn user_network() -> Config {
    Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(10, 0, 2, 15), 24),
        gateway: Some(Ipv4Address::new(10, 0, 2, 2)),
        // The emulator's own.
        dns_servers: [Ipv4Address::new(10, 0, 2, 3)].into_iter().collect(),
    })
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
fn random() -> u64 {
    rtc::nanoseconds().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ time::ticks().rotate_left(32)
}
