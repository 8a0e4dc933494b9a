//! What is typed on the serial console: on the chip's USB and on UART0, whichever a PC is connected to. Looked for by a
//! timer, because the hardware keeps what has come: USB makes the PC wait, and the UART has room for 128 bytes.

use embassy_time::{Duration, Timer};
use esp_hal::Blocking;
use esp_hal::gpio::interconnect::PeripheralInput;
use esp_hal::peripherals::{UART0, USB_DEVICE};
use esp_hal::uart::{Config, UartRx};
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx};
use microredis_shell::console::Keyboard;

/// 58 bytes at 115200 baud, less than half of what the UART keeps.
const LOOK: Duration = Duration::from_millis(5);

pub struct Keys {
    usb: UsbSerialJtagRx<'static, Blocking>,
    /// `None`: it cannot be set up, and USB alone is read.
    uart: Option<UartRx<'static, Blocking>>,
}

impl Keys {
    /// 115200 baud, 8N1, as the boot loader has left it.
    pub fn new(usb: USB_DEVICE<'static>, uart: UART0<'static>, pin: impl PeripheralInput<'static>) -> Keys {
        let (usb, _) = UsbSerialJtag::new(usb).split();
        let uart = UartRx::new(uart, Config::default()).ok().map(|uart| uart.with_rx(pin));
        Keys { usb, uart }
    }

    fn take(&mut self) -> Option<u8> {
        let mut byte = [0];
        if self.usb.drain_rx_fifo(&mut byte) == 1 {
            return Some(byte[0]);
        }
        match self.uart.as_mut()?.read_buffered(&mut byte) {
            Ok(1) => Some(byte[0]),
            // Nothing, or what has come is damaged.
            _ => None,
        }
    }
}

impl Keyboard for Keys {
    async fn read(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.take() {
                return byte;
            }
            Timer::after(LOOK).await;
        }
    }
}
