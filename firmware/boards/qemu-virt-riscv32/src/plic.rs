//! The interrupt controller: the lines of the network device and of the console, for the one hart in machine mode.

use crate::{keyboard, network};
use core::ptr::{read_volatile, write_volatile};

const PRIORITY: *mut u32 = 0x0C00_0000 as *mut u32;
const ENABLE: *mut u32 = 0x0C00_2000 as *mut u32;
const THRESHOLD: *mut u32 = 0x0C20_0000 as *mut u32;
const CLAIM: *mut u32 = 0x0C20_0004 as *mut u32;

/// The lines of the eight virtio slots.
pub const VIRTIO_FIRST: u32 = 1;
pub const VIRTIO_SLOTS: u32 = 8;
/// The serial console's line.
const UART: u32 = 10;

/// Interrupts are on from here.
pub fn enable() {
    // SAFETY: the controller's registers; the handlers are linked.
    unsafe {
        for line in (VIRTIO_FIRST..VIRTIO_FIRST + VIRTIO_SLOTS).chain([UART]) {
            write_volatile(PRIORITY.add(line as usize), 1);
        }
        write_volatile(ENABLE, ((1 << VIRTIO_SLOTS) - 1) << VIRTIO_FIRST | 1 << UART);
        write_volatile(THRESHOLD, 0);
        riscv::register::mie::set_mext();
        riscv::interrupt::enable();
    }
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineExternal)]
fn on_interrupt() {
    loop {
        // SAFETY: as above; what is claimed here is completed here.
        let line = unsafe { read_volatile(CLAIM) };
        if line == 0 {
            return;
        }
        if line == UART {
            keyboard::on_interrupt();
        } else {
            network::on_interrupt(line - VIRTIO_FIRST);
        }
        unsafe { write_volatile(CLAIM, line) };
    }
}
