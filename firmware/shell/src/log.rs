//! The log: lines to the board's console, and the last of them kept in memory for INFO.

use core::cell::RefCell;
use core::fmt::Write;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use microredis_engine::text::Text;
use microredis_engine::{LogLevel, Now};

/// Where log lines go. Writing waits until the bytes are out: a line is short and a panic must not lose it.
pub trait Console {
    fn write(&self, bytes: &[u8]);
}

/// Bytes of the log that are kept.
pub const KEPT_BYTES: usize = 2048;

struct Ring {
    bytes: [u8; KEPT_BYTES],
    /// Where the next byte goes; the byte there is the oldest once the ring was full.
    at: usize,
    is_full: bool,
}

static KEPT: Mutex<CriticalSectionRawMutex, RefCell<Ring>> =
    Mutex::new(RefCell::new(Ring { bytes: [0; KEPT_BYTES], at: 0, is_full: false }));

/// The last lines, oldest first, in two pieces.
pub fn last_lines(take: &mut dyn FnMut(&[u8])) {
    KEPT.lock(|kept| {
        let kept = kept.borrow();
        let (newer, older) = kept.bytes.split_at(kept.at);
        if kept.is_full {
            // The oldest line has lost its beginning.
            let whole = older.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            take(&older[whole..]);
        }
        take(newer);
    });
}

pub struct Log {
    console: &'static (dyn Console + Sync),
}

impl Log {
    pub const fn new(console: &'static (dyn Console + Sync)) -> Log {
        Log { console }
    }

    /// One line, in the form of Redis's log: seconds since the start, the level's mark, the text.
    pub fn line(&self, now: Now, level: LogLevel, text: &[u8]) {
        let mark = match level {
            LogLevel::Debug => '.',
            LogLevel::Verbose => '-',
            LogLevel::Notice => '*',
            LogLevel::Warning => '#',
        };
        let (seconds, millis) = (now.mono_us / 1_000_000, now.mono_us / 1000 % 1000);
        let mut out = self;
        let _ = write!(out, "{seconds}.{millis:03} {mark} ");
        self.put(text);
        self.put(b"\r\n");
    }

    /// A line of the shell's own.
    pub fn say(&self, level: LogLevel, text: core::fmt::Arguments<'_>) {
        let mut line = Text::new();
        let _ = line.write_fmt(text);
        let mono_us = embassy_time::Instant::now().as_micros();
        self.line(Now { wall_ms: 0, mono_us }, level, line.as_bytes());
    }

    fn put(&self, bytes: &[u8]) {
        self.console.write(bytes);
        KEPT.lock(|kept| {
            let mut kept = kept.borrow_mut();
            for &byte in bytes {
                let at = kept.at;
                kept.bytes[at] = byte;
                kept.at = (at + 1) % KEPT_BYTES;
                kept.is_full |= kept.at == 0;
            }
        });
    }
}

impl Write for &Log {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}
