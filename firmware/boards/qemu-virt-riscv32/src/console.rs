//! The serial console, a 16550, and the reset.

use core::ptr::{read_volatile, write_volatile};
use microredis_shell::Console;

const BASE: *mut u8 = 0x1000_0000 as *mut u8;
const LINE_STATUS: usize = 5;
const CAN_SEND: u8 = 1 << 5;

pub struct Serial;

impl Console for Serial {
    fn write(&self, bytes: &[u8]) {
        for &byte in bytes {
            // SAFETY: these are the device's registers, which nothing but this module touches.
            unsafe {
                while read_volatile(BASE.add(LINE_STATUS)) & CAN_SEND == 0 {}
                write_volatile(BASE, byte);
            }
        }
    }
}

/// The machine's test device: a word written here resets it or ends the emulator.
const FINISHER: *mut u32 = 0x10_0000 as *mut u32;
const RESET: u32 = 0x7777;

/// Starts anew. An emulator started with `-no-reboot` ends here instead.
pub fn reset() -> ! {
    // SAFETY: the test device's only register.
    unsafe { write_volatile(FINISHER, RESET) };
    loop {
        riscv::asm::wfi();
    }
}
