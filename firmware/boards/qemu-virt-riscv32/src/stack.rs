//! The stack's high-water mark: painted at the start, read on demand.

use core::ptr::{addr_of, read_volatile, write_volatile};
use riscv::register::{Permission, Range};

unsafe extern "C" {
    static _stack_bottom: u8;
    static _stack_start: u8;
}

const PAINT: u32 = 0x5AC4_F00D;
/// What the painting function itself may be using.
const MARGIN: usize = 256;

/// First thing in `main`.
#[inline(never)]
pub fn paint() {
    let here = 0u8;
    let end = (addr_of!(here) as usize - MARGIN) & !3;
    let mut at = addr_of!(_stack_bottom) as usize;
    while at < end {
        // SAFETY: unused stack, below this function's frame.
        unsafe { write_volatile(at as *mut u32, PAINT) };
        at += 4;
    }
}

/// Bytes below the stack that may not be touched.
const GUARD_BYTES: usize = 64 * 1024;

/// Makes an overflow fault. On this machine the addresses below RAM are a window to devices that are not there: writes
/// vanish and reads give ones. One entry of the physical memory protection, locked, forbids them to machine mode, too.
pub fn guard() {
    let start = addr_of!(_stack_bottom) as usize - GUARD_BYTES;
    // SAFETY: forbids addresses that nothing uses.
    unsafe {
        riscv::register::pmpaddr0::write(start >> 2 | (GUARD_BYTES / 8 - 1));
        riscv::register::pmpcfg0::set_pmp(0, Range::NAPOT, Permission::NONE, true);
    }
}

/// Most bytes of stack that were ever used.
pub fn high_water() -> usize {
    let mut at = addr_of!(_stack_bottom) as usize;
    let top = addr_of!(_stack_start) as usize;
    // SAFETY: inside the stack; words in use are only looked at.
    while at < top && unsafe { read_volatile(at as *const u32) } == PAINT {
        at += 4;
    }
    top - at
}
