//! The log, line for line in Redis's format: `1234:M 14 Nov 2026 12:00:00.123 * Ready to accept connections`.
//!
//! Lines go to standard output, or to `logfile`, which is opened for every line, so that it can be rotated under us.

use crate::sys;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// In Redis's order; a line is written from the set level on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    Debug,
    Verbose,
    Notice,
    Warning,
}

impl Level {
    pub fn from_name(name: &str) -> Option<Level> {
        Some(match name {
            "debug" => Level::Debug,
            "verbose" => Level::Verbose,
            "notice" => Level::Notice,
            "warning" => Level::Warning,
            _ => return None,
        })
    }
}

pub struct Log {
    level: AtomicU8,
    /// `C` while the configuration is read, then `M` (later `S` for a replica).
    role: AtomicU8,
    /// Empty: standard output.
    file: Mutex<String>,
    /// A server inside another program says nothing unless asked to.
    silent: bool,
}

impl Log {
    pub fn new(silent: bool) -> Log {
        Log {
            level: AtomicU8::new(Level::Notice as u8),
            role: AtomicU8::new(b'C'),
            file: Mutex::new(String::new()),
            silent,
        }
    }

    pub fn set_level(&self, level: Level) {
        self.level.store(level as u8, Relaxed);
    }

    pub fn set_role(&self, role: u8) {
        self.role.store(role, Relaxed);
    }

    pub fn set_file(&self, name: &str) {
        if let Ok(mut file) = self.file.lock() {
            name.clone_into(&mut file);
        }
    }

    /// Whether lines go to standard output (where a terminal gets to see the logo).
    pub fn is_stdout(&self) -> bool {
        self.file.lock().is_ok_and(|file| file.is_empty())
    }

    pub fn wants(&self, level: Level) -> bool {
        level as u8 >= self.level.load(Relaxed)
    }

    pub fn write(&self, level: Level, text: impl std::fmt::Display) {
        if !self.wants(level) {
            return;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let pid = std::process::id();
        let role = self.role.load(Relaxed) as char;
        let mark = [".", "-", "*", "#"][level as usize];
        let time = timestamp(sys::local_time(since.as_secs() as i64), since.subsec_millis());
        self.write_raw(&format!("{pid}:{role} {time} {mark} {text}\n"));
    }

    pub fn verbose(&self, text: impl std::fmt::Display) {
        self.write(Level::Verbose, text);
    }

    pub fn notice(&self, text: impl std::fmt::Display) {
        self.write(Level::Notice, text);
    }

    pub fn warning(&self, text: impl std::fmt::Display) {
        self.write(Level::Warning, text);
    }

    /// As it is, without time and level.
    pub fn write_raw(&self, text: &str) {
        let Ok(file) = self.file.lock() else { return };
        // A full disk must not stop the server: what cannot be logged is lost, as in Redis.
        if !file.is_empty() {
            if let Ok(mut out) = std::fs::OpenOptions::new().append(true).create(true).open(&*file) {
                let _ = out.write_all(text.as_bytes());
            }
        } else if !self.silent {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }
}

/// `14 Nov 2026 12:00:00.123`
fn timestamp(t: sys::LocalTime, millis: u32) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[t.month0 as usize % 12];
    format!("{:02} {month} {:04} {:02}:{:02}:{:02}.{millis:03}", t.day, t.year, t.hour, t.minute, t.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_format_of_redis() {
        let t = sys::LocalTime { year: 2026, month0: 10, day: 4, hour: 2, minute: 0, second: 9 };
        assert_eq!(timestamp(t, 7), "04 Nov 2026 02:00:09.007");
        let folder = std::env::temp_dir().join(format!("microredis-log-{}", std::process::id()));
        let log = Log::new(false);
        log.set_file(folder.to_str().unwrap());
        log.set_role(b'M');
        log.write(Level::Debug, "not this");
        log.notice("Ready");
        let text = std::fs::read_to_string(&folder).unwrap();
        std::fs::remove_file(&folder).unwrap();
        assert!(text.starts_with(&format!("{}:M ", std::process::id())) && text.ends_with(" * Ready\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
