//! Links the engine and the flash stores for a bare machine. There is no global allocator here: that this links is the
//! proof that they need none. It is never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use microredis_engine::limits::{COMMANDS_MAX, INLINE_BYTES_MAX};
use microredis_engine::stats::CommandStats;
use microredis_engine::{Engine, Now, Parts, Peer, Session};

mod flash;

static mut REGION: [u8; 128 * 1024] = [0; 128 * 1024];
static mut OUTPUT: [u8; 2048] = [0; 2048];
static mut LINE: [u8; INLINE_BYTES_MAX + 2] = [0; INLINE_BYTES_MAX + 2];
static mut STATS: [CommandStats; COMMANDS_MAX] = [CommandStats::ZERO; COMMANDS_MAX];
static mut SESSIONS: MaybeUninit<[Session; 4]> = MaybeUninit::uninit();

/// The whole drive loop once, with inputs that the compiler cannot know, so that nothing is left out of the program.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    // SAFETY: nothing else refers to the five, and this function is entered once.
    let (parts, sessions) = unsafe {
        let parts = Parts {
            region: &mut *core::ptr::addr_of_mut!(REGION),
            output: &mut *core::ptr::addr_of_mut!(OUTPUT),
            line: &mut *core::ptr::addr_of_mut!(LINE),
            stats: &mut *core::ptr::addr_of_mut!(STATS),
            seed: [black_box(1), black_box(2)],
        };
        let sessions = &mut *core::ptr::addr_of_mut!(SESSIONS);
        (parts, sessions.write([Session::default(); 4]))
    };
    let now = Now { wall_ms: black_box(1_700_000_000_000), mono_us: 0 };
    let mut engine = Engine::new(parts, now);
    engine.add_sessions(sessions);
    if let Ok(client) = engine.handle_connect(now, Peer::Unix, 0) {
        engine.handle_input(now, client, black_box(b"PING\r\n"));
        let sent = black_box(engine.poll_output(client)).len();
        engine.handle_sent(client, sent);
        engine.handle_disconnect(now, client);
    }
    engine.handle_tick(now);
    while black_box(engine.poll_request()).is_some() {}
    black_box(flash::save(&mut engine, now)).ok();
    black_box(flash::load(&mut engine, now)).ok();
    black_box(flash::settings()).ok();
    loop {}
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
