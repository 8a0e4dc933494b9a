//! Counters for INFO, and nothing that decides anything.

use crate::commands::table;
use crate::time::Now;

/// One command's line in INFO commandstats.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandStats {
    pub calls: u64,
    pub microseconds: u64,
    pub rejected: u64,
    pub failed: u64,
}

/// Error prefixes told apart in INFO errorstats; further ones are counted in the total only.
pub const ERROR_KINDS_MAX: usize = 32;

#[derive(Clone, Copy, Debug)]
pub struct ErrorKind {
    pub prefix: [u8; 24],
    pub len: u8,
    pub count: u64,
}

pub struct Stats {
    pub started: Now,
    pub commands: [CommandStats; table::COUNT],
    pub errors: [ErrorKind; ERROR_KINDS_MAX],
    pub error_kinds: usize,
    pub total_error_replies: u64,
    pub total_commands: u64,
    pub total_connections: u64,
    pub rejected_connections: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
    pub keyspace_hits: u64,
    pub keyspace_misses: u64,
    pub expired_keys: u64,
    pub expired_time_cap_reached: u64,
    pub evicted_keys: u64,
    pub evicted_clients: u64,
    pub pubsub_messages: u64,
    pub unexpected_errors: u64,
    pub peak_memory: usize,
    pub output_limit_disconnections: u64,
    pub query_limit_disconnections: u64,
}

impl Stats {
    pub fn new(now: Now) -> Stats {
        Stats {
            started: now,
            commands: [CommandStats { calls: 0, microseconds: 0, rejected: 0, failed: 0 }; table::COUNT],
            errors: [ErrorKind { prefix: [0; 24], len: 0, count: 0 }; ERROR_KINDS_MAX],
            error_kinds: 0,
            total_error_replies: 0,
            total_commands: 0,
            total_connections: 0,
            rejected_connections: 0,
            input_bytes: 0,
            output_bytes: 0,
            keyspace_hits: 0,
            keyspace_misses: 0,
            expired_keys: 0,
            expired_time_cap_reached: 0,
            evicted_keys: 0,
            evicted_clients: 0,
            pubsub_messages: 0,
            unexpected_errors: 0,
            peak_memory: 0,
            output_limit_disconnections: 0,
            query_limit_disconnections: 0,
        }
    }

    /// CONFIG RESETSTAT.
    pub fn reset(&mut self) {
        let started = self.started;
        *self = Stats::new(started);
    }

    /// Counts an error reply by the first word of its text.
    pub fn count_error(&mut self, text: &[u8]) {
        self.total_error_replies += 1;
        let word = text.split(|&b| b == b' ').next().unwrap_or(text);
        let word = &word[..word.len().min(24)];
        let known = &mut self.errors[..self.error_kinds];
        if let Some(kind) = known.iter_mut().find(|kind| &kind.prefix[..kind.len as usize] == word) {
            kind.count += 1;
            return;
        }
        if self.error_kinds < ERROR_KINDS_MAX {
            let kind = &mut self.errors[self.error_kinds];
            kind.prefix[..word.len()].copy_from_slice(word);
            kind.len = word.len() as u8;
            kind.count = 1;
            self.error_kinds += 1;
        }
    }
}
