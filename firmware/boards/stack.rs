//! The stack's high-water mark on the boards whose linker scripts name the stack's ends: painted at the start, read on
//! demand. Each of these boards takes this file in; it has nothing of any of them.
#![allow(unsafe_code)]

use core::ptr::{addr_of, read_volatile, write_volatile};

unsafe extern "C" {
    /// The lowest address, where an overflow ends.
    static _stack_end: u8;
    /// The highest, where it begins.
    static _stack_start: u8;
}

const PAINT: u32 = 0x5AC4_F00D;
/// What the painting function itself may be using.
const MARGIN: usize = 256;

/// Where painting begins; the words below are a guard's on some chips.
fn bottom() -> usize {
    addr_of!(_stack_end) as usize + crate::limits::STACK_GUARD_BYTES
}

/// First thing in `main`.
#[inline(never)]
pub fn paint() {
    let here = 0u8;
    let end = (addr_of!(here) as usize - MARGIN) & !3;
    let mut at = bottom();
    while at < end {
        // SAFETY: unused stack, below this function's frame.
        unsafe { write_volatile(at as *mut u32, PAINT) };
        at += 4;
    }
}

/// Most bytes of stack that were ever used.
pub fn high_water() -> usize {
    let mut at = bottom();
    let top = addr_of!(_stack_start) as usize;
    // SAFETY: inside the stack; words in use are only looked at.
    while at < top && unsafe { read_volatile(at as *const u32) } == PAINT {
        at += 4;
    }
    top - at
}
