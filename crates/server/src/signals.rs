//! SIGTERM and SIGINT ask for an orderly end, SIGHUP is ignored, as redis-server does. SIGPIPE is ignored by Rust's
//! start-up code already.
//!
//! The handlers only set flags. The loop sees them at the latest with its next tick, and a signal ends its wait anyway.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

#[derive(Default)]
pub struct Signals {
    /// The last signal that asked for the end; 0: none.
    asked: Arc<AtomicUsize>,
    ignored: Arc<AtomicBool>,
    /// Set by the first SIGINT: the next one ends the process.
    armed: Arc<AtomicBool>,
}

impl Signals {
    /// Installs the handlers for the whole process: only the program does that, not a server inside another program.
    pub fn install(&self) -> io::Result<()> {
        // The second SIGINT ends the process at once, even when the loop hangs: the flag is armed by the first.
        signal_hook::flag::register_conditional_shutdown(SIGINT, 1, Arc::clone(&self.armed))?;
        signal_hook::flag::register(SIGINT, Arc::clone(&self.armed))?;
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_usize(signal, Arc::clone(&self.asked), signal as usize)?;
        }
        signal_hook::flag::register(SIGHUP, Arc::clone(&self.ignored))?;
        Ok(())
    }

    /// The next SIGINT only tells [`Signals::interrupted`]: who asks cleans up and ends. The one after it ends at once.
    pub fn disarm(&self) {
        self.armed.store(false, Relaxed);
    }

    /// Whether another SIGINT came.
    pub fn interrupted(&self) -> bool {
        self.armed.load(Relaxed)
    }

    /// When a signal has asked for the end since the last call: the line to log, and the parameter that says how.
    pub fn take(&self) -> Option<(&'static str, &'static str)> {
        match self.asked.swap(0, Relaxed) as i32 {
            0 => None,
            SIGINT => Some(("Received SIGINT scheduling shutdown...", "shutdown-on-sigint")),
            _ => Some(("Received SIGTERM scheduling shutdown...", "shutdown-on-sigterm")),
        }
    }
}
