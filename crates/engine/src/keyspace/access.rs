//! The 24 access bits of a record: seconds for LRU, minutes and a logarithmic counter for LFU, as Redis keeps them.

use crate::server::Server;
use crate::value::record::Entry;

const LRU_MASK: u32 = (1 << 24) - 1;
const LFU_START: u32 = 5;

/// The access bits of a new key.
pub fn fresh(server: &Server) -> u32 {
    if server.config.maxmemory_policy.is_lfu() { minutes(server) << 8 | LFU_START } else { seconds(server) }
}

/// A key was accessed.
pub fn touch(server: &mut Server, entry: &Entry) {
    let access = if server.config.maxmemory_policy.is_lfu() {
        let mut counter = decayed(server, entry.access(&server.mem));
        if counter < 255 {
            let base = f64::from(counter.saturating_sub(LFU_START));
            let chance = 1.0 / (base * f64::from(server.config.lfu_log_factor) + 1.0);
            if server.random.f64() < chance {
                counter += 1;
            }
        }
        minutes(server) << 8 | counter
    } else {
        seconds(server)
    };
    entry.set_access(&mut server.mem, access);
}

/// Seconds since the last access (OBJECT IDLETIME). Milliseconds are not kept.
pub fn idle_seconds(server: &Server, entry: &Entry) -> u32 {
    seconds(server).wrapping_sub(entry.access(&server.mem)) & LRU_MASK
}

/// OBJECT FREQ.
pub fn frequency(server: &Server, entry: &Entry) -> u32 {
    decayed(server, entry.access(&server.mem))
}

fn decayed(server: &Server, access: u32) -> u32 {
    let counter = access & 0xFF;
    let decay = server.config.lfu_decay_time;
    if decay == 0 {
        return counter;
    }
    let elapsed = minutes(server).wrapping_sub(access >> 8) & 0xFFFF;
    counter.saturating_sub(elapsed / decay)
}

fn seconds(server: &Server) -> u32 {
    (server.now.wall_ms / 1000) as u32 & LRU_MASK
}

fn minutes(server: &Server) -> u32 {
    (server.now.wall_ms / 60_000) as u32 & 0xFFFF
}
