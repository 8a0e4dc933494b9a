//! MicroRedis on Raspberry Pi's RP2350 with WIZnet's W5500, as the W5500-EVB-Pico2 has them: pins and drivers.
//! Everything else is `firmware/shell`. This image compiles and links in CI; it has not run on hardware.
#![no_std]
#![no_main]

#[path = "../../uart.rs"]
mod console;
mod limits;
#[path = "../../partitions.rs"]
mod partitions;
#[path = "../../record.rs"]
mod record;
#[path = "../../stack.rs"]
mod stack;

use embassy_executor::Spawner;
use embassy_net_wiznet::chip::W5500;
use embassy_net_wiznet::{Device, State};
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1, FLASH, SPI0, TRNG, UART0};
use embassy_rp::spi::{self, Async, Spi};
use embassy_rp::trng::{self, Trng};
use embassy_rp::uart::{self, BufferedInterruptHandler, BufferedUartRx, Uart, UartTx};
use embassy_rp::watchdog::{ResetReason, Watchdog};
use embassy_rp::{bind_interrupts, dma, otp, pac};
use embassy_time::{Delay, Timer};
use embedded_hal_bus::spi::ExclusiveDevice;
use limits::{FLASH_BYTES, FRAMES_RECEIVED, FRAMES_SENT, SPI_HZ, TYPED_BYTES, WATCHDOG, WATCHDOG_FED};
use microredis_shell::clock::NoClock;
use microredis_shell::console::NO_WIFI;
use microredis_shell::engine::LogLevel;
use static_cell::{ConstStaticCell, StaticCell};

pub type Chip = Flash<'static, FLASH, Blocking, FLASH_BYTES>;
type Transmitter = UartTx<'static, uart::Blocking>;
type Bus = ExclusiveDevice<Spi<'static, SPI0, Async>, Output<'static>, Delay>;
type Ethernet = embassy_net_wiznet::Runner<'static, W5500, Bus, Input<'static>, Output<'static>>;

bind_interrupts!(struct Interrupts {
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
    UART0_IRQ => BufferedInterruptHandler<UART0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>;
});

static TYPED: ConstStaticCell<[u8; TYPED_BYTES]> = ConstStaticCell::new([0; TYPED_BYTES]);
static FRAMES: StaticCell<State<FRAMES_RECEIVED, FRAMES_SENT>> = StaticCell::new();

microredis_shell::server!(NoClock, Device<'static>, BufferedUartRx);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    stack::paint();
    let p = embassy_rp::init(Default::default());
    // 115200 baud, 8N1.
    let (transmitter, receiver) = Uart::new_blocking(p.UART0, p.PIN_0, p.PIN_1, uart::Config::default()).split();
    console::open(transmitter);
    let keyboard = receiver.into_buffered::<UART0>(Interrupts, TYPED.take());
    // An open pin is quiet.
    pac::PADS_BANK0.gpio(1).modify(|pad| pad.set_pue(true));
    let log = LOG.take();
    log.say(LogLevel::Notice, format_args!("MicroRedis {} on RP2350 with W5500", env!("CARGO_PKG_VERSION")));

    let mut random = Trng::new(p.TRNG, Interrupts, trng::Config::default());
    let mut config = spi::Config::default();
    config.frequency = SPI_HZ;
    let bus = Spi::new(p.SPI0, p.PIN_18, p.PIN_19, p.PIN_16, p.DMA_CH0, p.DMA_CH1, Interrupts, config);
    let Ok(chip) = ExclusiveDevice::new(bus, Output::new(p.PIN_17, Level::High), Delay);
    let interrupt = Input::new(p.PIN_21, Pull::Up);
    let reset = Output::new(p.PIN_20, Level::High);
    let started =
        embassy_net_wiznet::new(hardware_address(), FRAMES.init_with(State::new), chip, interrupt, reset).await;
    let Ok((device, driver)) = started else {
        panic!("the W5500 does not answer on SPI0");
    };
    spawn(spawner, ethernet(driver));
    let timer = Watchdog::new(p.WATCHDOG);
    let reset_reason = match timer.reset_reason() {
        Some(ResetReason::TimedOut) => "watchdog",
        Some(ResetReason::Forced) => "software",
        None => "power or pin",
    };
    let hardware = Hardware {
        driver: device,
        network: |shell| shell.network_config(embassy_net::Config::dhcpv4(Default::default())),
        flash: Flash::new_blocking(p.FLASH),
        clock: NoClock,
        keyboard,
        notes: &NO_WIFI,
        debug: false,
        reset_reason,
    };
    let shell = launch(spawner, log, hardware, || random.blocking_next_u64());
    spawn(spawner, watchdog(shell, timer));
}

/// A locally administered address from the chip's serial number: the W5500 has none of its own.
fn hardware_address() -> [u8; 6] {
    let id = otp::get_chipid().unwrap_or(0).to_le_bytes();
    [0x02, id[0] ^ id[5], id[1] ^ id[6], id[2] ^ id[7], id[3], id[4]]
}

#[embassy_executor::task]
async fn ethernet(driver: Ethernet) -> ! {
    driver.run().await
}

#[embassy_executor::task]
async fn watchdog(shell: &'static Board, mut timer: Watchdog) -> ! {
    timer.start(WATCHDOG);
    loop {
        if shell.has_progressed() {
            timer.feed(WATCHDOG);
        }
        Timer::after(WATCHDOG_FED).await;
    }
}
