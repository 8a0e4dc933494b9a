//! Requests of a pipeline read ahead of their execution, so that the memory their keys lie in is fetched together.
//!
//! With many keys most of a short command's time is waiting for three cache lines, one after another: bucket, reference,
//! record. Read for a group of requests at once, they arrive together.

use crate::args::Span;
use crate::memory::Bytes;
use crate::resp::request::{self, Limits, Parsed};
use crate::server::Server;
use crate::session::ClientId;
use crate::value::table::WARM_MAX;

/// Requests with more arguments are not read ahead.
const ARGS_MAX: usize = 6;

#[derive(Clone, Copy)]
pub struct Call {
    /// Bytes of the input.
    pub used: usize,
    pub args: usize,
    /// Relative to the request's first byte.
    pub spans: [Span; ARGS_MAX],
}

pub struct Ahead {
    calls: [Call; WARM_MAX],
    next: usize,
    count: usize,
    /// The limits under which they were read.
    pub limits: Limits,
}

impl Ahead {
    pub const EMPTY: Ahead = Ahead {
        calls: [Call { used: 0, args: 0, spans: [Span { at: 0, len: 0 }; ARGS_MAX] }; WARM_MAX],
        next: 0,
        count: 0,
        limits: Limits { bulk_bytes_max: 0, authenticated: false },
    };

    pub fn is_empty(&self) -> bool {
        self.next == self.count
    }

    pub fn next(&mut self) -> Option<Call> {
        if self.is_empty() {
            return None;
        }
        self.next += 1;
        Some(self.calls[self.next - 1])
    }

    /// Reads the whole requests at the start of `input`, up to the first one that is not plain.
    pub fn read(&mut self, input: &[u8], limits: Limits) {
        self.limits = limits;
        (self.next, self.count) = (0, 0);
        let mut at = 0;
        for call in &mut self.calls {
            match request::parse(&input[at..], limits, &mut call.spans) {
                Ok(Parsed::Whole { used, args }) => (call.used, call.args) = (used, args),
                _ => return,
            }
            at += call.used;
            self.count += 1;
            if at == input.len() {
                return;
            }
        }
    }

    /// Fetches the memory of what is most likely their keys: their first arguments.
    pub fn warm(&self, server: &Server, id: ClientId, input: &[u8]) {
        if self.count < 2 {
            return;
        }
        let db = &server.dbs[server.sessions.get(id).db as usize];
        let mut hashes = [0; WARM_MAX];
        let mut at = 0;
        for (call, hash) in self.calls[..self.count].iter().zip(&mut hashes) {
            let key = call.spans[1.min(call.args - 1)];
            let key = input.get(at + key.at as usize..at + key.at as usize + key.len as usize).unwrap_or(&[]);
            *hash = server.mem.hash(Bytes::Slice(key));
            at += call.used;
        }
        db.table.warm(&server.mem, &hashes[..self.count]);
    }
}
