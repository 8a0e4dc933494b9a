//! MicroRedis on ST's STM32H743, as the NUCLEO-H743ZI2 has it: clocks, pins and drivers. Everything else is
//! `firmware/shell`. This image compiles and links in CI; it has not run on hardware.
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
use embassy_stm32::eth::{self, Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::gpio::Pull;
use embassy_stm32::mode::Async;
use embassy_stm32::peripherals::{DMA1_CH0, DMA1_CH1, ETH, ETH_SMA, IWDG1, RNG, USART3};
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::uid::uid;
use embassy_stm32::usart::{self, RingBufferedUartRx, Uart, UartTx};
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_stm32::{bind_interrupts, dma};
use embassy_time::Timer;
use limits::{FRAMES_RECEIVED, FRAMES_SENT, TYPED_BYTES, WATCHDOG_FED, WATCHDOG_US};
use microredis_shell::clock::NoClock;
use microredis_shell::console::NO_WIFI;
use microredis_shell::engine::LogLevel;
use static_cell::{ConstStaticCell, StaticCell};

pub type Chip = Flash<'static, Blocking>;
type Transmitter = UartTx<'static, Async>;
type Device = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    RNG => rng::InterruptHandler<RNG>;
    USART3 => usart::InterruptHandler<USART3>;
    DMA1_STREAM0 => dma::InterruptHandler<DMA1_CH0>;
    DMA1_STREAM1 => dma::InterruptHandler<DMA1_CH1>;
});

static TYPED: ConstStaticCell<[u8; TYPED_BYTES]> = ConstStaticCell::new([0; TYPED_BYTES]);
static FRAMES: StaticCell<PacketQueue<FRAMES_SENT, FRAMES_RECEIVED>> = StaticCell::new();

microredis_shell::server!(NoClock, Device, RingBufferedUartRx<'static>);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    stack::paint();
    let p = embassy_stm32::init(clocks());
    if let Some(mut core) = cortex_m::Peripherals::take() {
        // Not the data cache: the Ethernet's DMA writes into the same RAM.
        core.SCB.enable_icache();
    }
    // 115200 baud, 8N1; an open pin is quiet. What is typed comes by DMA, which goes on while the core waits for an erase.
    let mut config = usart::Config::default();
    config.rx_pull = Pull::Up;
    let Ok(port) = Uart::new(p.USART3, p.PD9, p.PD8, p.DMA1_CH0, p.DMA1_CH1, Interrupts, config) else {
        panic!("the console's speed cannot be set");
    };
    let (transmitter, receiver) = port.split();
    console::open(transmitter);
    let keyboard = receiver.into_ring_buffered(TYPED.take());
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
    let hardware = Hardware {
        driver: device,
        network: |shell| shell.network_config(embassy_net::Config::dhcpv4(Default::default())),
        flash: Flash::new_blocking(p.FLASH),
        clock: NoClock,
        keyboard,
        notes: &NO_WIFI,
        debug: false,
        reset_reason: reset_reason(),
    };
    let shell = launch(spawner, log, hardware, || random.next_u64());
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
