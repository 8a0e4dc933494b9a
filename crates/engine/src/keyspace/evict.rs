//! The memory gate: what is done before a command when memory, or the number of keys, is above its limit.

use super::lazyfree::Cause;
use super::{access, compact};
use crate::config::{Class, Policy};
use crate::error::{Error, Suspended};
use crate::limits::{DATABASES_MAX, SPARED_BITS};
use crate::server::Server;
use crate::value::record::Entry;

/// Keys evicted for one command; what is missing then is left to the next, or refused.
const EVICTIONS_MAX: usize = 10_000;

/// Keys evicted for one command because pages run out below maxmemory.
const EVICTIONS_PAGES: usize = 8;

/// Keys evicted in one tick.
const EVICTIONS_TICK: usize = 1000;

/// Keys that are not evicted now, those that the running command reads: a bit for each hash, so that any number of keys
/// fits. A key that shares its bit with one of them is spared as well, which costs nothing but its turn.
#[derive(Clone, Copy)]
pub struct Spared {
    bits: [u32; SPARED_BITS / 32],
    is_empty: bool,
}

impl Spared {
    pub const NONE: Spared = Spared { bits: [0; SPARED_BITS / 32], is_empty: true };

    pub fn add(&mut self, hash: u64) {
        let (word, bit) = place(hash);
        self.bits[word] |= bit;
        self.is_empty = false;
    }

    pub fn clear(&mut self) {
        if !self.is_empty {
            *self = Spared::NONE;
        }
    }

    fn has(&self, hash: u64) -> bool {
        let (word, bit) = place(hash);
        self.bits[word] & bit != 0
    }
}

/// The word of a hash, which is one of those there are, and the bit in it.
fn place(hash: u64) -> (usize, u32) {
    let n = hash as usize % SPARED_BITS;
    (n / 32, 1 << (n % 32))
}

/// Picks for one candidate more where some keys are spared, which may be most of those that are there.
const PICKS_SPARING: usize = 16;

/// Makes room, or refuses a command that may need memory while eviction cannot.
pub fn gate(server: &mut Server, may_need_memory: bool) -> Result<(), Error> {
    if server.save.loading {
        return Ok(());
    }
    compact::gate(server);
    if may_need_memory {
        make_holes(server);
    }
    if !above_limit(server) {
        return Ok(());
    }
    let mut evicted = 0;
    while above_limit(server) && evicted < EVICTIONS_MAX {
        // What is gone already comes first: its memory falls in steps.
        if above_memory(server) && server.free_step() {
            continue;
        }
        if !evict_one(server) {
            break;
        }
        evicted += 1;
    }
    if !may_need_memory || !above_limit(server) {
        return Ok(());
    }
    let waits = server.saver.is_walking() && server.config.maxmemory_policy != Policy::NoEviction && !server.in_exec;
    // What could be evicted may have to be written by the running snapshot first.
    Err(if waits { server.suspend(Suspended::Snapshot) } else { Error::OOM })
}

/// Where pages run out before maxmemory is reached, because that is all of the arena: evicts until a walk may close
/// holes. Else every command would be refused, walk the keyspace and evict many for it.
fn make_holes(server: &mut Server) {
    let evicts = server.config.maxmemory > 0 && server.config.maxmemory_policy != Policy::NoEviction;
    if !evicts || !compact::are_pages_low(server) {
        return;
    }
    for _ in 0..EVICTIONS_PAGES {
        if compact::may_gain(server, compact::PAGES_GATE) || !evict_one(server) {
            return;
        }
    }
}

/// Background share: what a lowered maxmemory or clients' buffers ask for though no command comes.
pub fn tick(server: &mut Server) {
    for _ in 0..EVICTIONS_TICK {
        if !above_memory(server) || !evict_one(server) {
            return;
        }
    }
}

fn above_memory(server: &Server) -> bool {
    server.config.maxmemory > 0 && server.used_memory() as u64 > server.config.maxmemory
}

fn above_limit(server: &Server) -> bool {
    if above_memory(server) {
        return true;
    }
    // A key more than allowed may come with the next command.
    server.config.maxkeys > 0 && server.dbs.iter().map(|db| db.len() as u64).sum::<u64>() >= server.config.maxkeys
}

/// Evicts one key by the policy; false where there is none to take.
pub fn evict_one(server: &mut Server) -> bool {
    let policy = server.config.maxmemory_policy;
    if policy == Policy::NoEviction {
        return false;
    }
    let mut best: Option<(u64, usize, Entry)> = None;
    let samples = server.config.maxmemory_samples.max(1) as usize;
    for number in 0..DATABASES_MAX {
        let candidates =
            if policy.is_volatile() { server.dbs[number].volatile as usize } else { server.dbs[number].len() };
        if candidates == 0 {
            continue;
        }
        let picks = samples.min(candidates) + if server.spared.is_empty { 0 } else { PICKS_SPARING };
        for _ in 0..picks {
            let Some(entry) = pick(server, number, policy.is_volatile()) else { continue };
            let is_spared = !server.spared.is_empty && server.spared.has(server.mem.hash(entry.key(&server.mem)));
            if is_spared || !server.save_first(number, &entry) {
                continue;
            }
            let worth = worth_evicting(server, policy, &entry);
            if best.as_ref().is_none_or(|(most, _, _)| worth > *most) {
                best = Some((worth, number, entry));
            }
        }
    }
    let Some((_, number, entry)) = best else { return false };
    let gone = server.keep_key(&entry);
    server.remove(number, entry, Cause::Evicted);
    server.stats.evicted_keys += 1;
    server.deleted_unasked(number, gone, Class::EVICTED, "evicted");
    true
}

/// How much a key is to be preferred for eviction.
fn worth_evicting(server: &mut Server, policy: Policy, entry: &Entry) -> u64 {
    match policy {
        Policy::AllkeysLru | Policy::VolatileLru => u64::from(access::idle_seconds(server, entry)),
        Policy::AllkeysLfu | Policy::VolatileLfu => 255 - u64::from(access::frequency(server, entry)),
        // The sooner it ends the better; the shift keeps the order of negative times.
        Policy::VolatileTtl => u64::MAX - (entry.expire_at_ms(&server.mem).unwrap_or(i64::MAX) ^ i64::MIN) as u64,
        _ => server.random.u64(..),
    }
}

/// A random key of a database that has one of the kind.
pub(super) fn pick(server: &mut Server, number: usize, volatile: bool) -> Option<Entry> {
    let db = server.dbs[number];
    let Server { random, mem, .. } = server;
    if !volatile || db.volatile as usize * 4 >= db.len() {
        for _ in 0..16 {
            let slot = db.table.random(mem, || random.u32(..))?;
            let entry = db.entry(mem, slot);
            if !volatile || entry.expire_at_ms(mem).is_some() {
                return Some(entry);
            }
        }
    }
    // Few keys expire: from a random bucket on to the next one that says it has such keys.
    let start = random.u32(..db.table.buckets.max(1));
    for step in 0..db.table.buckets {
        let bucket = (start + step) % db.table.buckets;
        if db.table.bucket_extra(mem, bucket).first_chunk::<4>().is_none_or(|raw| *raw == [0xFF; 4]) {
            continue;
        }
        let mut seen = 0u32;
        let mut chosen = None;
        db.table.visit_bucket(mem, bucket, |slot| {
            let entry = db.entry(mem, slot);
            if entry.expire_at_ms(mem).is_some() {
                seen += 1;
                if random.u32(..seen) == 0 {
                    chosen = Some(entry);
                }
            }
        });
        if chosen.is_some() {
            return chosen;
        }
    }
    None
}
