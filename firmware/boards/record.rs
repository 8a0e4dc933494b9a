//! What outlives a reset: memory that the start leaves alone. After power-on it holds noise, which its mark and sum tell.
//! Each board takes this file in and says by the symbol `_record` where that memory is.
#![allow(unsafe_code)]

use core::fmt::Write;
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;

const MARK: u32 = 0x4D52_4543;
const TEXT_BYTES: usize = 96;

#[repr(C)]
#[derive(Clone, Copy)]
struct Record {
    mark: u32,
    /// Starts that did not come to serve anybody for a while.
    failed_boots: u32,
    /// 0: none.
    panic_len: u32,
    panic: [u8; TEXT_BYTES],
    sum: u32,
}

unsafe extern "C" {
    /// Of the board's memory map: no section that a start writes covers it.
    #[link_name = "_record"]
    static mut RECORD: MaybeUninit<Record>;
}

const _: () = assert!(size_of::<Record>() <= 128, "each board keeps 128 bytes");

/// What a start finds.
pub struct Found {
    pub reset_reason: &'static str,
    /// File and line, or nothing.
    pub last_panic: &'static str,
    pub failed_boots: u32,
}

fn sum(record: &Record) -> u32 {
    let bytes = record.panic.iter().fold(0u32, |sum, &byte| sum.rotate_left(5) ^ u32::from(byte));
    bytes ^ record.mark ^ record.failed_boots.rotate_left(8) ^ record.panic_len.rotate_left(16)
}

fn read() -> Option<Record> {
    // SAFETY: plain words, any bits of which are values. Nothing runs beside: the start, or a panic with interrupts off.
    let record = unsafe { addr_of_mut!(RECORD).cast::<Record>().read_volatile() };
    (record.mark == MARK && record.sum == sum(&record) && record.panic_len as usize <= TEXT_BYTES).then_some(record)
}

fn write(mut record: Record) {
    record.mark = MARK;
    record.sum = sum(&record);
    // SAFETY: as above.
    unsafe { addr_of_mut!(RECORD).cast::<Record>().write_volatile(record) };
}

const NOTHING: Record = Record { mark: MARK, failed_boots: 0, panic_len: 0, panic: [0; TEXT_BYTES], sum: 0 };

static TEXT: microredis_shell::memory::ConstStaticCell<[u8; TEXT_BYTES]> =
    microredis_shell::memory::ConstStaticCell::new([0; TEXT_BYTES]);

/// Once at the start: what the run before left, and counts this one as failed until [`healthy`]. `chip`: what the chip
/// says of the reset, or nothing. After "power" the memory is not even read: it may hold what its own checksum refuses.
pub fn start(chip: &'static str) -> Found {
    let before = if chip == "power" { None } else { read() };
    let record = before.unwrap_or(NOTHING);
    write(Record { failed_boots: record.failed_boots.saturating_add(1), panic_len: 0, ..record });
    let text = TEXT.take();
    *text = record.panic;
    let last_panic = core::str::from_utf8(&text[..record.panic_len as usize]).unwrap_or("");
    let reset_reason = match (before.is_some(), last_panic.is_empty()) {
        (true, false) => "panic",
        _ if !chip.is_empty() => chip,
        (false, _) => "power-on",
        (true, true) => "reset",
    };
    Found { reset_reason, last_panic, failed_boots: record.failed_boots }
}

/// This start has served.
pub fn healthy() {
    if let Some(record) = read() {
        write(Record { failed_boots: 0, ..record });
    }
}

/// Keeps where a panic was for the next start: what a panic handler does first.
pub fn panicked_at(info: &core::panic::PanicInfo<'_>) {
    match info.location() {
        Some(place) => panicked(format_args!("{}:{}", place.file(), place.line())),
        None => panicked(format_args!("unknown")),
    }
}

/// The same for what is no panic.
pub fn panicked(place: core::fmt::Arguments<'_>) {
    struct Text {
        bytes: [u8; TEXT_BYTES],
        len: usize,
    }
    impl Write for Text {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            let n = text.len().min(TEXT_BYTES - self.len);
            self.bytes[self.len..self.len + n].copy_from_slice(&text.as_bytes()[..n]);
            self.len += n;
            Ok(())
        }
    }
    let mut text = Text { bytes: [0; TEXT_BYTES], len: 0 };
    let _ = text.write_fmt(place);
    let record = read().unwrap_or(NOTHING);
    write(Record { panic: text.bytes, panic_len: text.len as u32, ..record });
}
