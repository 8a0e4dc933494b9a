//! What is typed on the serial console: the 16550's other half, by interrupt.

use core::future::poll_fn;
use core::ptr::{read_volatile, write_volatile};
use core::task::Poll;
use embassy_sync::waitqueue::AtomicWaker;
use microredis_shell::console::Keyboard;

const BASE: *mut u8 = 0x1000_0000 as *mut u8;
const INTERRUPTS: usize = 1;
const ON_RECEIVED: u8 = 1;
const FIFO: usize = 2;
const FIFO_ON: u8 = 1;
const LINE_STATUS: usize = 5;
const RECEIVED: u8 = 1;

static WAKER: AtomicWaker = AtomicWaker::new();

pub struct Uart(());

impl Uart {
    pub fn start() -> Uart {
        // SAFETY: a register that nothing else writes.
        unsafe { write_volatile(BASE.add(FIFO), FIFO_ON) };
        Uart(())
    }
}

impl Keyboard for Uart {
    fn read(&mut self) -> impl Future<Output = u8> {
        poll_fn(|cx| {
            WAKER.register(cx.waker());
            // SAFETY: the device's registers; `console.rs` reads the line's status, too, which changes nothing here.
            unsafe {
                if read_volatile(BASE.add(LINE_STATUS)) & RECEIVED != 0 {
                    return Poll::Ready(read_volatile(BASE));
                }
                write_volatile(BASE.add(INTERRUPTS), ON_RECEIVED);
            }
            Poll::Pending
        })
    }
}

/// The device interrupts for as long as it holds a byte: it is silenced until the task has taken all.
pub fn on_interrupt() {
    // SAFETY: as above.
    unsafe { write_volatile(BASE.add(INTERRUPTS), 0) };
    WAKER.wake();
}
