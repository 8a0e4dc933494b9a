//! MicroRedis on Espressif's ESP32-C6, ESP32-C3 and ESP32-S3 with Wi-Fi: the radio, its heap and drivers. Everything
//! else is `firmware/shell`. The images for the C6 and the C3 compile and link in CI; none has run on hardware.
#![no_std]
#![no_main]

mod console;
mod keyboard;
mod limits;
#[path = "../../partitions.rs"]
mod partitions;
#[path = "../../record.rs"]
mod record;
#[path = "../../stack.rs"]
mod stack;
mod wifi;

use embassy_executor::Spawner;
use embassy_time::Timer;
use esp_hal::clock::CpuClock;
use esp_hal::peripherals::TIMG0;
use esp_hal::rng::Rng;
use esp_hal::rtc_cntl::SocResetReason;
use esp_hal::timer::timg::{MwdtStage, TimerGroup, Wdt};
use esp_radio::wifi::{Interface, WifiController};
use esp_storage::FlashStorage;
use keyboard::Keys;
use limits::{RADIO_HEAP_BYTES, WATCHDOG, WATCHDOG_FED};
use microredis_shell::Log;
use microredis_shell::clock::NoClock;
use microredis_shell::engine::LogLevel;

esp_bootloader_esp_idf::esp_app_desc!();

pub type Chip = FlashStorage<'static>;

microredis_shell::server!(NoClock, Interface, Keys);

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    stack::paint();
    let p = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    // The radio's libraries want a heap, and nothing else may use it. It lies where the boot loader was.
    esp_alloc::heap_allocator!(#[esp_hal::ram(reclaimed)] size: RADIO_HEAP_BYTES);
    let timers = TimerGroup::new(p.TIMG0);
    esp_rtos::start(timers.timer0, p.FROM_CPU_INTR0);
    let log = LOG.take();
    log.say(LogLevel::Notice, format_args!("MicroRedis {} on {}", env!("CARGO_PKG_VERSION"), limits::CHIP));

    let controller = match WifiController::new(p.WIFI, wifi::buffers()) {
        Ok(controller) => controller,
        Err(error) => panic!("the radio does not start: {error:?}"),
    };
    // Random once the radio runs: it is the source of noise.
    let random = Rng::new();
    let random = || u64::from(random.random()) << 32 | u64::from(random.random());
    // The pin on which the boot loader listens, too.
    #[cfg(feature = "esp32c3")]
    let pin = p.GPIO20;
    #[cfg(feature = "esp32c6")]
    let pin = p.GPIO17;
    #[cfg(feature = "esp32s3")]
    let pin = p.GPIO44;
    let hardware = Hardware {
        driver: Interface::station(),
        network: |shell| shell.network_config(embassy_net::Config::dhcpv4(Default::default())),
        flash: FlashStorage::new(p.FLASH),
        clock: NoClock,
        keyboard: Keys::new(p.USB_DEVICE, p.UART0, pin),
        notes: &[],
        debug: false,
        reset_reason: reset_reason(),
    };
    let shell = launch(spawner, log, hardware, random);
    spawn(spawner, station(controller, shell, log));
    spawn(spawner, watchdog(shell, timers.wdt));
}

fn reset_reason() -> &'static str {
    match esp_hal::system::reset_reason() {
        Some(SocResetReason::ChipPowerOn) => "power",
        Some(SocResetReason::CoreSw | SocResetReason::Cpu0Sw) => "software",
        Some(SocResetReason::CoreMwdt0 | SocResetReason::Cpu0Mwdt0) => "watchdog",
        Some(SocResetReason::SysBrownOut) => "low voltage",
        _ => "other",
    }
}

#[embassy_executor::task]
async fn station(controller: WifiController<'static>, shell: &'static Board, log: &'static Log) -> ! {
    wifi::keep_connected(controller, shell, log).await
}

#[embassy_executor::task]
async fn watchdog(shell: &'static Board, mut timer: Wdt<TIMG0<'static>>) -> ! {
    timer.set_timeout(MwdtStage::Stage0, WATCHDOG);
    timer.enable();
    loop {
        if shell.has_progressed() {
            timer.feed();
        }
        Timer::after(WATCHDOG_FED).await;
    }
}
