//! One client: what it is, what it has begun, what waits for it. Sessions lie in chunks that the shell supplies.

use crate::args::StoredArgs;
use crate::error::Suspended;
use crate::memory::{Arena, Fifo, Rope};
use crate::resp::request::Gather;
use core::net::SocketAddr;

/// A client's place among the sessions, and its name towards the shell. It is reused after [`crate::Engine`]'s
/// `handle_disconnect`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ClientId(pub u32);

/// Where a client comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Peer {
    #[default]
    Unix,
    Tcp {
        peer: SocketAddr,
        local: SocketAddr,
    },
}

/// CLIENT REPLY.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReplyMode {
    #[default]
    On,
    Off,
    /// The next command's reply is left out.
    SkipNext,
    Skip,
}

/// A transaction that is being queued.
#[derive(Clone, Copy, Debug, Default)]
pub struct Multi {
    pub active: bool,
    /// A command was refused while queueing: EXEC answers EXECABORT.
    pub aborted: bool,
    /// `StoredArgs` one after the other, as many bytes each as [`Session::QUEUED_BYTES`].
    pub queue: Rope,
    pub bytes: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    pub in_use: bool,
    /// CLIENT ID: never reused.
    pub id: u64,
    pub peer: Peer,
    /// The shell's file descriptor, for CLIENT INFO.
    pub fd: i32,
    pub db: u16,
    pub proto: u8,
    pub authenticated: bool,
    pub name: Rope,
    pub lib_name: Rope,
    pub lib_version: Rope,
    pub created_us: u64,
    pub last_us: u64,
    /// Index of the last command's row, in `commands::table`; `u16::MAX`: none yet.
    pub last_command: u16,
    pub commands: u64,
    pub gather: Gather,
    /// Input that waits behind a suspended command.
    pub backlog: Fifo,
    pub output: Fifo,
    /// When the output passed its soft limit; 0: it has not.
    pub soft_since_us: u64,
    /// When its requests began to wait for its replies to be sent, or when some were sent last; 0: they do not wait.
    pub paused_since_us: u64,
    pub reply_mode: ReplyMode,
    pub multi: Multi,
    /// A watched key was changed.
    pub watch_broken: bool,
    /// Database (2 bytes) and key of each.
    pub watched: StoredArgs,
    pub channels: StoredArgs,
    pub patterns: StoredArgs,
    pub sharded: StoredArgs,
    pub suspended: Option<Suspended>,
    /// The command to run again when the suspension ends.
    pub pending: StoredArgs,
    /// Database (2 bytes) and key of each key that `pending` waits for.
    pub blocked_on: StoredArgs,
    /// When a command that waits for a time began to: its end.
    pub waiting_until_us: Option<u64>,
    pub monitor: bool,
    pub no_evict: bool,
    pub no_touch: bool,
    /// Closed once its output is sent; further input is dropped.
    pub closing: bool,
    /// In the engine's list of clients with something to do for the shell, and the next one there.
    pub listed: bool,
    pub next_listed: u32,
    /// Bytes for which it stands in `Server::clients_bytes`.
    pub charged: usize,
    /// The rate limit's bucket: requests that may still be made, in thousandths, and when that was reckoned.
    pub tokens_milli: u64,
    pub tokens_us: u64,
}

impl Session {
    /// Commands queued by MULTI.
    pub fn queued(&self) -> usize {
        self.multi.queue.len() / QUEUED_BYTES
    }

    /// Bytes of the arena held for this client.
    pub fn bytes_used(&self) -> usize {
        self.gather.bytes_used()
            + self.backlog.bytes_used()
            + self.output.bytes_used()
            + self.multi.bytes
            + self.multi.queue.len()
            + self.name.len()
            + self.pending.bytes_used()
            + self.blocked_on.bytes_used()
            + self.watched.bytes_used()
            + self.channels.bytes_used()
            + self.patterns.bytes_used()
            + self.sharded.bytes_used()
    }

    /// Whether it is in RESP2's subscriber mode.
    pub fn subscriber(&self) -> bool {
        self.channels.len() + self.patterns.len() + self.sharded.len() > 0
    }

    /// Appends a call to the transaction's queue.
    pub fn queue(&mut self, mem: &mut Arena, args: StoredArgs) -> Result<(), crate::memory::Oom> {
        let bytes = args.bytes_used();
        let raw = args.to_raw();
        self.multi.queue.append(mem, crate::memory::Bytes::Slice(&raw))?;
        self.multi.bytes += bytes;
        Ok(())
    }

    /// The `n`-th queued call.
    pub fn queued_args(&self, mem: &Arena, n: usize) -> StoredArgs {
        let mut raw = [0u8; QUEUED_BYTES];
        crate::memory::Str::Rope(mem, self.multi.queue).copy_to(n * QUEUED_BYTES, &mut raw);
        StoredArgs::from_raw(raw)
    }

    /// Ends the transaction's queue and frees it.
    pub fn discard_multi(&mut self, mem: &mut Arena) {
        for n in 0..self.queued() {
            self.queued_args(mem, n).free(mem);
        }
        self.multi.queue.free(mem);
        self.multi = Multi::default();
    }

    /// Frees all that the session holds in the arena. Subscriptions, watches and waiting for keys are the engine's to end before.
    pub fn free(&mut self, mem: &mut Arena) {
        self.discard_multi(mem);
        self.gather.clear(mem);
        self.backlog.clear(mem);
        self.output.clear(mem);
        self.name.free(mem);
        self.lib_name.free(mem);
        self.lib_version.free(mem);
        self.pending.free(mem);
        self.watched.free(mem);
        self.channels.free(mem);
        self.patterns.free(mem);
        self.sharded.free(mem);
        *self = Session::default();
    }
}

/// Bytes of one `StoredArgs` in a transaction's queue.
pub const QUEUED_BYTES: usize = 12;

const CHUNKS: usize = 24;
const CHUNK_FIRST: usize = 16;

/// All sessions, in chunks that double: chunk `k` has `16 << k`.
pub struct Sessions {
    chunks: [Option<&'static mut [Session]>; CHUNKS],
    capacity: usize,
    in_use: usize,
    /// Places from here on were never taken.
    fresh: u32,
    spare: Session,
}

impl Sessions {
    pub const EMPTY: Sessions = Sessions {
        chunks: [const { None }; CHUNKS],
        capacity: 0,
        in_use: 0,
        fresh: 0,
        spare: Session {
            in_use: false,
            id: 0,
            peer: Peer::Unix,
            fd: 0,
            db: 0,
            proto: 2,
            authenticated: false,
            name: Rope::EMPTY,
            lib_name: Rope::EMPTY,
            lib_version: Rope::EMPTY,
            created_us: 0,
            last_us: 0,
            last_command: u16::MAX,
            commands: 0,
            gather: Gather::EMPTY,
            backlog: Fifo::EMPTY,
            output: Fifo::EMPTY,
            soft_since_us: 0,
            paused_since_us: 0,
            reply_mode: ReplyMode::On,
            multi: Multi { active: false, aborted: false, queue: Rope::EMPTY, bytes: 0 },
            watched: StoredArgs::EMPTY,
            watch_broken: false,
            channels: StoredArgs::EMPTY,
            patterns: StoredArgs::EMPTY,
            sharded: StoredArgs::EMPTY,
            suspended: None,
            pending: StoredArgs::EMPTY,
            blocked_on: StoredArgs::EMPTY,
            waiting_until_us: None,
            monitor: false,
            no_evict: false,
            no_touch: false,
            closing: false,
            listed: false,
            next_listed: u32::MAX,
            charged: 0,
            tokens_milli: 0,
            tokens_us: 0,
        },
    };

    /// Sessions the next chunk must have.
    pub fn next_chunk_len(&self) -> usize {
        let have = self.chunks.iter().take_while(|chunk| chunk.is_some()).count();
        CHUNK_FIRST << have.min(CHUNKS - 1)
    }

    /// Takes a chunk of [`Sessions::next_chunk_len`] sessions; a shorter one is not taken.
    pub fn add_chunk(&mut self, chunk: &'static mut [Session]) {
        let want = self.next_chunk_len();
        if chunk.len() < want {
            return;
        }
        if let Some(place) = self.chunks.iter_mut().find(|place| place.is_none()) {
            *place = Some(chunk);
            self.capacity += want;
        }
    }

    pub fn in_use(&self) -> usize {
        self.in_use
    }

    /// A free place; `None`: another chunk is needed.
    pub fn take(&mut self) -> Option<ClientId> {
        let mut found = None;
        if self.in_use < self.fresh as usize {
            found = (0..self.fresh).map(ClientId).find(|&id| !self.get(id).in_use);
        } else if (self.fresh as usize) < self.capacity {
            self.fresh += 1;
            found = Some(ClientId(self.fresh - 1));
        }
        let id = found?;
        self.in_use += 1;
        *self.get_mut(id) = Session { in_use: true, proto: 2, last_command: u16::MAX, ..Session::default() };
        Some(id)
    }

    pub fn release(&mut self, id: ClientId) {
        if self.get(id).in_use {
            *self.get_mut(id) = Session::default();
            self.in_use -= 1;
        }
    }

    #[inline]
    fn place(id: ClientId) -> (usize, usize) {
        // All that a small board has, found without a logarithm.
        if (id.0 as usize) < CHUNK_FIRST {
            return (0, id.0 as usize);
        }
        let n = id.0 as usize + CHUNK_FIRST;
        let chunk = (n / CHUNK_FIRST).ilog2() as usize;
        (chunk, n - (CHUNK_FIRST << chunk))
    }

    /// The session, or one that is not in use where there is none of this id.
    pub fn get(&self, id: ClientId) -> &Session {
        let (chunk, index) = Self::place(id);
        match self.chunks.get(chunk).and_then(|chunk| chunk.as_ref()?.get(index)) {
            Some(session) => session,
            None => &self.spare,
        }
    }

    pub fn get_mut(&mut self, id: ClientId) -> &mut Session {
        let (chunk, index) = Self::place(id);
        match self.chunks.get_mut(chunk).and_then(|chunk| chunk.as_mut()?.get_mut(index)) {
            Some(session) => session,
            None => &mut self.spare,
        }
    }

    /// Ids of all sessions in use, in order of place.
    pub fn ids(&self) -> impl Iterator<Item = ClientId> + '_ {
        (0..self.fresh).map(ClientId).filter(|&id| self.get(id).in_use)
    }

    /// One more than the highest place ever taken, for walks that change sessions on the way.
    pub fn places(&self) -> u32 {
        self.fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_again_over_chunks() {
        let mut sessions = Sessions::EMPTY;
        let mut ids = Vec::new();
        for n in 0..1000u64 {
            let id = loop {
                match sessions.take() {
                    Some(id) => break id,
                    None => {
                        let len = sessions.next_chunk_len();
                        sessions.add_chunk(Box::leak(vec![Session::default(); len].into_boxed_slice()));
                    }
                }
            };
            sessions.get_mut(id).id = n;
            ids.push(id);
        }
        for (n, &id) in ids.iter().enumerate() {
            assert_eq!(sessions.get(id).id, n as u64);
        }
        sessions.release(ids[500]);
        assert_eq!(sessions.take(), Some(ids[500]));
    }
}
