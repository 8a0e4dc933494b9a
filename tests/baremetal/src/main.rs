//! Links the engine for a bare machine. There is no global allocator here: that this links is the proof that the
//! engine needs none. It is never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use microredis_engine::memory::Arena;

static mut REGION: [u8; 128 * 1024] = [0; 128 * 1024];

#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    // SAFETY: nothing else refers to REGION, and this function is entered once.
    let region = unsafe { &mut *core::ptr::addr_of_mut!(REGION) };
    let mut arena = Arena::new(region, [1, 2]);
    let _ = black_box(arena.alloc(black_box(100)));
    loop {}
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
