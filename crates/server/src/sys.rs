//! The system calls that no crate we use wraps safely: the only module of the shell that may be unsafe.
#![allow(unsafe_code)]

use memmap2::{MmapMut, MmapOptions};
use microredis_engine::limits::COMMANDS_MAX;
use microredis_engine::stats::CommandStats;
use microredis_engine::{Engine, Now, Parts, Session};
use std::io;
use std::ops::{Deref, DerefMut};

/// Address space for the arena: all that its 32-bit references in granules of 4 bytes can name.
const ARENA_BYTES: usize = 16 << 30;

/// Bytes in which replies are composed, and the longest inline line.
const SCRATCH_BYTES: usize = 64 * 1024 + 4096;

/// An engine together with the memory that it stands on, which it wants as `&'static mut`, as a device gives it.
pub struct HostedEngine {
    // Dropped before the mapping: fields are dropped in the order of their declaration.
    engine: Box<Engine>,
    /// Lent to the engine.
    _stats: Lent,
    map: MmapMut,
    released: usize,
}

impl HostedEngine {
    /// Reserves as much address space as the arena can name.
    pub fn new(now: Now) -> io::Result<HostedEngine> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
        let random = u128::from_le_bytes(random);
        let seed = [random as u64, (random >> 64) as u64];
        let mut map = reserve(ARENA_BYTES + 2 * SCRATCH_BYTES)?;
        // SAFETY: pointer and length are the mapping's own; it neither moves nor ends before `engine`, the only holder
        // of the slice, is dropped (see the order of the fields). `map`'s own views of the bytes are never used.
        let bytes: &'static mut [u8] = unsafe { std::slice::from_raw_parts_mut(map.as_mut_ptr(), map.len()) };
        let (scratch, region) = bytes.split_at_mut(2 * SCRATCH_BYTES);
        let (output, line) = scratch.split_at_mut(SCRATCH_BYTES);
        let rows = Lent::new();
        // SAFETY: allocated just before, and freed after `engine`, the only holder of the slice.
        let stats: &'static mut [CommandStats] = unsafe { &mut *rows.0 };
        let mut engine = Box::new(Engine::new(Parts { region, output, line, stats, seed }, now));
        engine.set_stopwatch(crate::time::stopwatch_us);
        Ok(HostedEngine { engine, _stats: rows, map, released: 0 })
    }

    /// Gives the engine more sessions. They are never freed: a server keeps the most it ever had.
    pub fn add_session_chunk(&mut self, len: usize) {
        self.engine.add_sessions(Box::leak(vec![Session::default(); len].into_boxed_slice()));
    }

    /// Gives pages that the arena does not use back to the system, when there are more than `keep` of them.
    ///
    /// The arena's free pages are a stack: those released before lie at its bottom and are not touched again.
    pub fn trim(&mut self, keep: usize) {
        let free = self.engine.server.mem.usage().pages_free;
        self.released = self.released.min(free);
        let surplus = free - self.released;
        if surplus <= keep {
            return;
        }
        let mut ranges: Vec<(usize, usize)> = Vec::with_capacity(surplus);
        self.engine.server.mem.free_pages(surplus, |start, len| ranges.push((start, len)));
        ranges.sort_unstable();
        let mut pending = (0, 0);
        for (start, len) in ranges {
            if pending.0 + pending.1 == start {
                pending.1 += len;
                continue;
            }
            self.release(pending.0, pending.1);
            pending = (start, len);
        }
        self.release(pending.0, pending.1);
        self.released = free;
    }

    /// `start` counts from the arena's begin.
    fn release(&self, start: usize, len: usize) {
        const PAGE: usize = 4096;
        let from = (2 * SCRATCH_BYTES + start).next_multiple_of(PAGE);
        let to = (2 * SCRATCH_BYTES + start + len).min(self.map.len()) / PAGE * PAGE;
        if from >= to {
            return;
        }
        // SAFETY: the range lies inside the mapping (`to` is bounded above), which is private and anonymous, so the
        // call only replaces its bytes with zeros. The arena has just named the range as free: it holds nothing
        // there, writes a page's bytes before it reads them, and no reference to them is alive, since it lends bytes
        // of live blocks only and none of its calls is under way.
        unsafe { libc::madvise(self.map.as_ptr().add(from) as *mut libc::c_void, to - from, libc::MADV_DONTNEED) };
    }
}

/// Rows of statistics while the engine has them.
struct Lent(*mut [CommandStats]);

// SAFETY: a pointer to plain data that nobody follows here; the engine is sent along.
unsafe impl Send for Lent {}

impl Lent {
    fn new() -> Lent {
        Lent(Box::into_raw(vec![CommandStats::ZERO; COMMANDS_MAX].into_boxed_slice()))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`, and freed once: whoever it was lent to is dropped before.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

impl Deref for HostedEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl DerefMut for HostedEngine {
    fn deref_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

/// An anonymous mapping whose pages cost nothing until they are touched.
fn reserve(len: usize) -> io::Result<MmapMut> {
    let mut len = len;
    loop {
        match MmapOptions::new().len(len).no_reserve_swap().map_anon() {
            Ok(map) => {
                // A huge page for a touched arena page would cost far more than it holds. A kernel without huge
                // pages refuses the advice, which is as good.
                #[cfg(target_os = "linux")]
                let _ = map.advise(memmap2::Advice::NoHugePage);
                return Ok(map);
            }
            Err(error) if len <= 1 << 20 => return Err(error),
            Err(_) => len = (len / 2).next_multiple_of(4096),
        }
    }
}

/// Lets the pages of program and libraries go that only the start needed. What runs on is read again from the page
/// cache, a few hundred kilobytes of more than two megabytes.
#[cfg(target_os = "linux")]
pub fn forget_startup_pages() {
    let Ok(maps) = std::fs::read_to_string("/proc/self/smaps") else { return };
    for range in untouched_file_ranges(&maps) {
        // SAFETY: the kernel has just said that the range is a mapping of a file that cannot be written and of which
        // no page has a private copy (relocated data has), so every page of it can be read again from the file as it
        // was. Nothing unmaps it meanwhile: only the loader does, and no library is loaded or unloaded here.
        unsafe { libc::madvise(range.start as *mut libc::c_void, range.len(), libc::MADV_DONTNEED) };
    }
}

#[cfg(not(target_os = "linux"))]
pub fn forget_startup_pages() {}

/// Of /proc/self/smaps: mappings of files that are not writable and hold no private copy of a page.
fn untouched_file_ranges(maps: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut candidate = None;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some((start, end)) = first.split_once('-') {
            let rights = words.next().unwrap_or_default();
            let is_file = words.nth(3).is_some_and(|path| path.starts_with('/'));
            let bounds = (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16));
            candidate = match bounds {
                (Ok(start), Ok(end)) if is_file && !rights.contains('w') && rights.ends_with('p') => Some(start..end),
                _ => None,
            };
        } else if first == "Anonymous:" && words.next() == Some("0") {
            ranges.extend(candidate.take());
        }
    }
    ranges
}

#[derive(Clone, Copy, Debug, Default)]
pub struct LocalTime {
    pub year: i32,
    /// 0 is January.
    pub month0: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

/// The system's local time for seconds since 1970.
pub fn local_time(unix_seconds: i64) -> LocalTime {
    let seconds = unix_seconds as libc::time_t;
    // SAFETY: `tm` is plain integers and a pointer, for which all zeros is a value.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals; the function writes only `tm` and is the thread-safe form.
    unsafe { libc::localtime_r(&seconds, &mut tm) };
    LocalTime {
        year: tm.tm_year + 1900,
        month0: tm.tm_mon as u32,
        day: tm.tm_mday as u32,
        hour: tm.tm_hour as u32,
        minute: tm.tm_min as u32,
        second: tm.tm_sec as u32,
    }
}

/// The processor's own counter, where the kernel keeps time by it: constant in rate and the same on all cores. Reading
/// it costs a quarter of what the clock costs.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub fn cycle_counter() -> Option<fn() -> u64> {
    let source = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource").ok()?;
    fn read() -> u64 {
        // SAFETY: the instruction exists on every x86-64 processor and touches no memory. A kernel that forbids it to
        // programs (PR_SET_TSC) does so only where asked.
        unsafe { core::arch::x86_64::_rdtsc() }
    }
    (source.trim() == "tsc").then_some(read)
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub fn cycle_counter() -> Option<fn() -> u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clean_read_only_files_are_forgotten() {
        let maps = "55d0-55e0 r-xp 0000 fe:00 12 /usr/bin/x\nRss: 8 kB\nAnonymous:             0 kB\n\
                    66d0-66e0 r--p 0000 fe:00 12 /usr/bin/x\nAnonymous:             4 kB\n\
                    77d0-77e0 rw-p 0000 fe:00 12 /usr/bin/x\nAnonymous:             0 kB\n\
                    88d0-88e0 r-xp 0000 00:00 0 [vdso]\nAnonymous:             0 kB\n\
                    99d0-99e0 r--p 0000 00:00 0 \nAnonymous:             0 kB\n";
        assert_eq!(untouched_file_ranges(maps), vec![0x55d0..0x55e0]);
        forget_startup_pages();
        assert_eq!(local_time(0).year, 1970);
    }

    #[test]
    fn what_the_arena_frees_goes_back() {
        let mut engine = HostedEngine::new(crate::time::now()).unwrap();
        let mem = &mut engine.server.mem;
        let blocks: Vec<_> = (0..2000).map(|_| mem.alloc(4096).unwrap()).collect();
        for block in &blocks {
            mem.get_mut(*block, 4096).fill(7);
        }
        let (kept, freed) = blocks.split_at(1000);
        for block in freed {
            mem.free(*block, 4096);
        }
        engine.trim(16);
        let mem = &engine.server.mem;
        assert!(kept.iter().all(|block| mem.get(*block, 4096).iter().all(|b| *b == 7)));
        assert!(freed.iter().all(|block| mem.get(*block, 4096).iter().all(|b| *b == 0)));
    }
}
