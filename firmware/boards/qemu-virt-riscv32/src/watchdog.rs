//! The watchdog: an Intel 6300ESB on the machine's PCI bus. Its time is the emulator's, which stands still while a debugger
//! holds the machine.

use core::ptr::{read_volatile, write_volatile};
use embassy_time::Duration;

/// Configuration space of the first bus's device 1, where `cargo xtask emulate` plugs it in.
const CONFIGURATION: usize = 0x3000_0000 + (1 << 15);
/// Where its registers are put, in the machine's window for PCI devices: nothing else is there.
const REGISTERS: usize = 0x4000_0000;

/// Device and vendor.
const IDENTITY: u32 = 0x25AB_8086;
const COMMAND: usize = CONFIGURATION + 0x04;
const ANSWERS_IN_MEMORY: u16 = 1 << 1;
const BASE_ADDRESS: usize = CONFIGURATION + 0x10;
const MODE: usize = CONFIGURATION + 0x60;
/// Resets after the second stage, no interrupt after the first, slow clock.
const MODE_RESET: u16 = 3;
const LOCK: usize = CONFIGURATION + 0x68;
const ENABLED: u8 = 1 << 1;

const STAGES: [usize; 2] = [REGISTERS, REGISTERS + 0x04];
const RELOAD: usize = REGISTERS + 0x0C;
/// Each write to a register has these before it.
const UNLOCK: [u16; 2] = [0x80, 0x86];
const FEED: u16 = 1 << 8;
const HAS_RESET: u16 = 1 << 9;

/// Periods of the slow clock, 33 MHz through 2^15, in a second.
const HZ: u32 = 33_000_000 >> 15;
/// It bites after two stages. The second begins when the emulator comes to end the first: after its process was stopped
/// for long, the machine still has that one. A busy host is not to make it bite.
const STAGE_S: u32 = 8;
/// How often it may be fed.
pub const FED: Duration = Duration::from_secs(1);

/// Whether it is plugged in.
pub fn is_there() -> bool {
    // SAFETY: a register of the bus, which reads as ones where no device is.
    unsafe { read_volatile(CONFIGURATION as *const u32) == IDENTITY }
}

/// It runs from here on, if it [`is_there`]. Says whether it was what reset the machine.
pub fn start() -> bool {
    if !is_there() {
        return false;
    }
    // SAFETY: registers of this device, of the widths that they have; nothing else uses them.
    unsafe {
        write_volatile(BASE_ADDRESS as *mut u32, REGISTERS as u32);
        write_volatile(COMMAND as *mut u16, ANSWERS_IN_MEMORY);
        let has_reset = read_volatile(RELOAD as *const u16) & HAS_RESET != 0;
        unlock();
        write_volatile(RELOAD as *mut u16, HAS_RESET);
        for stage in STAGES {
            unlock();
            write_volatile(stage as *mut u32, STAGE_S * HZ);
        }
        write_volatile(MODE as *mut u16, MODE_RESET);
        write_volatile(LOCK as *mut u8, ENABLED);
        has_reset
    }
}

/// Both stages begin anew. To be called after [`start`], where it [`is_there`].
pub fn feed() {
    // SAFETY: as above.
    unsafe {
        unlock();
        write_volatile(RELOAD as *mut u16, FEED);
    }
}

/// # Safety
/// The device's registers are in their place.
unsafe fn unlock() {
    for word in UNLOCK {
        // SAFETY: the caller's word.
        unsafe { write_volatile(RELOAD as *mut u16, word) };
    }
}
