//! What happens when the firmware finds itself wrong: it says so on the console and starts anew.

use crate::console::{Serial, reset};
use crate::record;
use core::arch::global_asm;
use core::fmt::Write;
use core::panic::PanicInfo;
use core::ptr::addr_of;
use microredis_shell::Console;
use riscv::register::{Permission, Range};

struct Out;

impl Write for Out {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        Serial.write(text.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    record::panicked_at(info);
    let _ = writeln!(Out, "{info}");
    reset()
}

/// A fault: an address where nothing is, a broken instruction.
#[riscv_rt::exception(riscv::interrupt::Exception::LoadFault)]
fn load_fault(_: &riscv_rt::TrapFrame) -> ! {
    fault("load")
}

#[riscv_rt::exception(riscv::interrupt::Exception::StoreFault)]
fn store_fault(_: &riscv_rt::TrapFrame) -> ! {
    fault("store")
}

#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler(_: &riscv_rt::TrapFrame) -> ! {
    fault("exception")
}

fn fault(kind: &str) -> ! {
    let (at, value) = (riscv::register::mepc::read(), riscv::register::mtval::read());
    panic!("{kind} fault at {at:#x}, value {value:#x}");
}

unsafe extern "C" {
    /// The lowest address of the stack.
    static _stack_end: u8;
}

/// Bytes below the stack that may not be touched.
const GUARD_BYTES: usize = 64 * 1024;

/// Makes an overflow fault. On this machine the addresses below RAM are a window to devices that are not there: writes
/// vanish and reads give ones. One entry of the physical memory protection, locked, forbids them to machine mode, too.
pub fn guard() {
    let start = addr_of!(_stack_end) as usize - GUARD_BYTES;
    // SAFETY: forbids addresses that nothing uses.
    unsafe {
        riscv::register::pmpaddr0::write(start >> 2 | (GUARD_BYTES / 8 - 1));
        riscv::register::pmpcfg0::set_pmp(0, Range::NAPOT, Permission::NONE, true);
    }
}

// A trap saves registers on the stack, which after an overflow faults again, for ever. So a trap with the stack pointer
// at the stack's end goes to a small stack of its own and does not come back.
global_asm!(
    ".section .trap.start, \"ax\"",
    ".global _start_trap",
    ".balign 4",
    "_start_trap:",
    "csrw mscratch, t0",
    "la t0, _stack_end + 256",
    "bltu sp, t0, 1f",
    "csrr t0, mscratch",
    "j _default_start_trap",
    "1:",
    "la sp, {last_stack} + {last_bytes}",
    "j {overflow}",
    last_stack = sym LAST_STACK,
    last_bytes = const LAST_BYTES,
    overflow = sym overflow,
);

const LAST_BYTES: usize = 1024;
#[repr(align(16))]
struct LastStack(#[allow(dead_code)] [u8; LAST_BYTES]);
static mut LAST_STACK: LastStack = LastStack([0; LAST_BYTES]);

extern "C" fn overflow() -> ! {
    let at = riscv::register::mepc::read();
    record::panicked(format_args!("stack overflow at {at:#x}"));
    let _ = writeln!(Out, "stack overflow at {at:#x}");
    reset()
}
