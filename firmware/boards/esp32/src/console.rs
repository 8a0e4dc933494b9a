//! The serial console: whichever of USB and UART a PC listens to. It only writes, and waits until the bytes are taken:
//! a panic must not lose its line.

use core::panic::PanicInfo;
use esp_println::Printer;
use microredis_shell::Console;

pub struct Serial;

impl Console for Serial {
    fn write(&self, bytes: &[u8]) {
        Printer::write_bytes(bytes);
    }
}

/// For [`crate::record`]: in the RTC's fast memory, which only power-on clears.
#[allow(unsafe_code)]
#[unsafe(export_name = "_record")]
#[unsafe(link_section = ".rtc_fast.persistent")]
static RECORD: core::mem::MaybeUninit<[u32; 32]> = core::mem::MaybeUninit::uninit();

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    crate::record::panicked_at(info);
    esp_println::println!("{info}");
    reset()
}

/// Starts anew: after a panic, and when SHUTDOWN says so.
pub fn reset() -> ! {
    esp_hal::system::software_reset()
}
