//! The serial console: UART0 on GP0, where a debug probe listens. It only writes, and waits until a byte is taken: a
//! panic must not lose its line.

use core::cell::RefCell;
use core::panic::PanicInfo;
use embassy_rp::Peri;
use embassy_rp::peripherals::{PIN_0, UART0};
use embassy_rp::uart::{Blocking, Config, UartTx};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use microredis_shell::Console;

static PORT: Mutex<CriticalSectionRawMutex, RefCell<Option<UartTx<'static, Blocking>>>> =
    Mutex::new(RefCell::new(None));

/// 115200 baud, 8N1. Until it is open, what is written is lost.
pub fn open(port: Peri<'static, UART0>, pin: Peri<'static, PIN_0>) {
    PORT.lock(|p| p.replace(Some(UartTx::new_blocking(port, pin, Config::default()))));
}

pub struct Serial;

impl Console for Serial {
    fn write(&self, bytes: &[u8]) {
        // Interrupts wait for one byte, not for a line.
        for byte in bytes {
            PORT.lock(|port| {
                if let Some(port) = port.borrow_mut().as_mut() {
                    let _ = port.blocking_write(&[*byte]);
                }
            });
        }
    }
}

impl core::fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    crate::record::panicked_at(info);
    let _ = core::fmt::Write::write_fmt(&mut Serial, format_args!("{info}\r\n"));
    reset()
}

/// Starts anew: after a panic, and when SHUTDOWN says so.
pub fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
