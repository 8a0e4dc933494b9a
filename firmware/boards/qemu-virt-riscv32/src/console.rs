//! The serial console: a 16550.

use core::ptr::{read_volatile, write_volatile};
use microredis_shell::Console;

const BASE: *mut u8 = 0x1000_0000 as *mut u8;
const LINE_STATUS: usize = 5;
const CAN_SEND: u8 = 1 << 5;

pub struct Uart;

impl Console for Uart {
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
