//! The slow log's entries.

use crate::args::StoredArgs;
use crate::memory::{Arena, Bytes, Rope, Str};

/// id:8 | unix seconds:8 | microseconds:8 | arguments:12. The client's address and name are the first two arguments.
pub const ENTRY: usize = 36;

/// Entries, the oldest first.
pub struct SlowLog {
    pub entries: Rope,
    pub next_id: u64,
}

impl SlowLog {
    pub const EMPTY: SlowLog = SlowLog { entries: Rope::EMPTY, next_id: 0 };

    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn read(&self, mem: &Arena, n: usize) -> Entry {
        let mut raw = [0u8; ENTRY];
        Str::Rope(mem, self.entries).copy_to(n * ENTRY, &mut raw);
        let long = |i: usize| {
            let mut bytes = [0u8; 8];
            bytes.copy_from_slice(&raw[i..i + 8]);
            u64::from_le_bytes(bytes)
        };
        let mut args = [0u8; 12];
        args.copy_from_slice(&raw[24..]);
        Entry { id: long(0), time_s: long(8), microseconds: long(16), args: StoredArgs::from_raw(args) }
    }

    /// Drops the oldest entries beyond `max`.
    pub fn trim(&mut self, mem: &mut Arena, max: usize) {
        let surplus = self.len().saturating_sub(max);
        if surplus == 0 {
            return;
        }
        for n in 0..surplus {
            self.read(mem, n).args.free(mem);
        }
        for n in surplus..self.len() {
            let mut raw = [0u8; ENTRY];
            Str::Rope(mem, self.entries).copy_to(n * ENTRY, &mut raw);
            // The leaf is there: this cannot fail.
            let _ = self.entries.write(mem, (n - surplus) * ENTRY, Bytes::Slice(&raw), 0, ENTRY);
        }
        let len = (self.len() - surplus) * ENTRY;
        let _ = self.entries.resize(mem, len);
    }
}

/// One slow call.
pub struct Entry {
    pub id: u64,
    pub time_s: u64,
    pub microseconds: u64,
    pub args: StoredArgs,
}
