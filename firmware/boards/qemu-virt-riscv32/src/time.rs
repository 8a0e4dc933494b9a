//! Embassy's clock and alarm on the machine's timer, which counts at 10 MHz.

use core::cell::RefCell;
use core::ptr::{read_volatile, write_volatile};
use core::task::Waker;
use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

const TIME: *const u32 = 0x0200_BFF8 as *const u32;
const COMPARE: *mut u32 = 0x0200_4000 as *mut u32;

struct Timer {
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TIMER: Timer = Timer { queue: Mutex::new(RefCell::new(Queue::new())) });

pub fn ticks() -> u64 {
    loop {
        // SAFETY: the timer's registers, only read.
        let (high, low, again) =
            unsafe { (read_volatile(TIME.add(1)), read_volatile(TIME), read_volatile(TIME.add(1))) };
        if high == again {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

fn set_alarm(at: u64) {
    // SAFETY: the timer's compare register, written with interrupts off or before they are on; in this order no value
    // in between lies in the past.
    unsafe {
        write_volatile(COMPARE.add(1), u32::MAX);
        write_volatile(COMPARE, at as u32);
        write_volatile(COMPARE.add(1), (at >> 32) as u32);
    }
}

impl Timer {
    fn next_alarm(&self, queue: &mut Queue) {
        set_alarm(queue.next_expiration(ticks()));
    }
}

impl Driver for Timer {
    fn now(&self) -> u64 {
        ticks()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let mut queue = self.queue.borrow_ref_mut(cs);
            if queue.schedule_wake(at, waker) {
                self.next_alarm(&mut queue);
            }
        });
    }
}

/// Before anything waits.
pub fn start() {
    set_alarm(u64::MAX);
    // SAFETY: the handler below is linked, and the alarm is far away.
    unsafe { riscv::register::mie::set_mtimer() };
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineTimer)]
fn on_alarm() {
    critical_section::with(|cs| TIMER.next_alarm(&mut TIMER.queue.borrow_ref_mut(cs)));
}
