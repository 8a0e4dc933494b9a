//! MicroRedis on ST's STM32H743, as the NUCLEO-H743ZI2 has it: clocks, pins and drivers. Everything else is
//! `firmware/shell`. This image compiles and links in CI; it has not run on hardware.
#![no_std]
#![no_main]

mod console;
mod limits;
#[path = "../../record.rs"]
mod record;
#[path = "../../stack.rs"]
mod stack;

use embassy_executor::Spawner;
use embassy_stm32::bind_interrupts;
use embassy_stm32::eth::{self, Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::peripherals::{ETH, ETH_SMA, IWDG1, RNG};
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::uid::uid;
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_time::Timer;
use limits::{FRAMES_RECEIVED, FRAMES_SENT, WATCHDOG_FED, WATCHDOG_US};
use microredis_shell::clock::NoClock;
use microredis_shell::engine::LogLevel;
use static_cell::StaticCell;

pub type Chip = Flash<'static, Blocking>;
type Device = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    RNG => rng::InterruptHandler<RNG>;
});

static FRAMES: StaticCell<PacketQueue<FRAMES_SENT, FRAMES_RECEIVED>> = StaticCell::new();

microredis_shell::server!(NoClock, Device, Chip);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    stack::paint();
    let p = embassy_stm32::init(clocks());
    if let Some(mut core) = cortex_m::Peripherals::take() {
        // Not the data cache: the Ethernet's DMA writes into the same RAM.
        core.SCB.enable_icache();
    }
    console::open(p.USART3, p.PD8);
    let log = LOG.take();
    log.say(LogLevel::Notice, format_args!("MicroRedis {} on STM32H743", env!("CARGO_PKG_VERSION")));

    let mut random = Rng::new(p.RNG, Interrupts);
    let device = Ethernet::new(
        FRAMES.init_with(PacketQueue::new),
        p.ETH,
        Interrupts,
        p.PA1,
        p.PA7,
        p.PC4,
        p.PC5,
        p.PG13,
        p.PB13,
        p.PG11,
        hardware_address(),
        p.ETH_SMA,
        p.PA2,
        p.PC1,
    );
    let config = embassy_net::Config::dhcpv4(Default::default());
    let flash = Flash::new_blocking(p.FLASH);
    let shell = launch(spawner, device, config, flash, NoClock, log, reset_reason(), || random.next_u64());
    spawn(spawner, watchdog(shell, IndependentWatchdog::new(p.IWDG1, WATCHDOG_US)));
}

/// 400 MHz from the internal oscillator: a Nucleo has no crystal, and Ethernet's clock comes from the PHY.
fn clocks() -> embassy_stm32::Config {
    use embassy_stm32::rcc::*;
    let mut config = embassy_stm32::Config::default();
    config.rcc.hsi = Some(HSIPrescaler::DIV1);
    config.rcc.hsi48 = Some(Default::default());
    config.rcc.pll1 = Some(Pll {
        source: PllSource::HSI,
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL50,
        fracn: None,
        divp: Some(PllDiv::DIV2),
        divq: None,
        divr: None,
    });
    config.rcc.sys = Sysclk::PLL1_P;
    config.rcc.ahb_pre = AHBPrescaler::DIV2;
    config.rcc.apb1_pre = APBPrescaler::DIV2;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.apb3_pre = APBPrescaler::DIV2;
    config.rcc.apb4_pre = APBPrescaler::DIV2;
    config.rcc.voltage_scale = VoltageScale::Scale1;
    config
}

/// Why the chip started. The register gathers reasons until it is cleared, which this does for the next start.
fn reset_reason() -> &'static str {
    let flags = embassy_stm32::pac::RCC.rsr().read();
    embassy_stm32::pac::RCC.rsr().modify(|w| w.set_rmvf(true));
    if flags.iwdg1rstf() {
        "watchdog"
    } else if flags.sftrstf() {
        "software"
    } else if flags.porrstf() {
        "power"
    } else {
        "pin"
    }
}

/// A locally administered address from the chip's serial number: ST sells the chip without one of its own.
fn hardware_address() -> [u8; 6] {
    let id = uid();
    [0x02, id[0] ^ id[8], id[2] ^ id[9], id[4] ^ id[10], id[5] ^ id[11], id[6] ^ id[7]]
}

#[embassy_executor::task]
async fn watchdog(shell: &'static Board, mut timer: IndependentWatchdog<'static, IWDG1>) -> ! {
    timer.unleash();
    loop {
        if shell.has_progressed() {
            timer.pet();
        }
        Timer::after(WATCHDOG_FED).await;
    }
}
