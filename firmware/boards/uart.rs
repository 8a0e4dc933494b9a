//! The serial console of the Cortex-M boards: the transmitting half of a UART, which waits until a byte is taken, so that
//! a panic does not lose its line. What is typed comes from the other half, by an interrupt or DMA, which `main.rs` sets up.

use crate::Transmitter;
use core::cell::RefCell;
use core::fmt::Write;
use core::panic::PanicInfo;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use microredis_shell::Console;

static PORT: Mutex<CriticalSectionRawMutex, RefCell<Option<Transmitter>>> = Mutex::new(RefCell::new(None));

/// Until it is open, what is written is lost.
pub fn open(port: Transmitter) {
    PORT.lock(|p| p.replace(Some(port)));
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

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    crate::record::panicked_at(info);
    let _ = write!(Serial, "{info}\r\n");
    reset()
}

/// Starts anew: after a panic, and when SHUTDOWN says so.
pub fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
