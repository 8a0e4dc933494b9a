//! Requests of a pipeline read ahead of their execution, so that the memory their keys lie in is fetched together.
//!
//! With many keys most of a short command's time is waiting for three cache lines, one after another: bucket, reference,
//! record; in a large collection for three more. Read for a group of requests at once, they arrive together.

use crate::args::Span;
use crate::memory::Bytes;
use crate::resp::request::{self, Limits, Parsed};
use crate::server::Server;
use crate::session::ClientId;
use crate::value;
use crate::value::record::{Entry, Type};
use crate::value::table::{self, Hint, Slot};

/// A microcontroller's memory is as fast everywhere: there requests are read one by one, into the engine's spans.
pub const PAYS: bool = !cfg!(feature = "device");

/// Most requests that are read ahead at once.
const CALLS_MAX: usize = if PAYS { 16 } else { 0 };
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
    calls: [Call; CALLS_MAX],
    next: usize,
    count: usize,
    /// The limits under which they were read.
    pub limits: Limits,
}

impl Ahead {
    pub const EMPTY: Ahead = Ahead {
        calls: [Call { used: 0, args: 0, spans: [Span { at: 0, len: 0 }; ARGS_MAX] }; CALLS_MAX],
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

    /// Fetches the memory of what is most likely their keys, then of the elements they name in large collections.
    pub fn warm(&self, server: &Server, id: ClientId, input: &[u8]) {
        if self.count < 2 {
            return;
        }
        let mem = &server.mem;
        let db = &server.dbs[server.sessions.get(id).db as usize];
        let mut hints = [Hint::NOTHING; CALLS_MAX];
        let hints = &mut hints[..self.count];
        for (n, (call, input)) in self.calls(input).enumerate() {
            hints[n] = db.table.hint(mem, mem.hash(call.arg(input, 1)));
        }
        table::warm(mem, hints);
        let mut deeper = false;
        for (n, (call, input)) in self.calls(input).enumerate() {
            let record = core::mem::replace(&mut hints[n], Hint::NOTHING).element;
            if call.args > 2 && !record.is_null() {
                let entry = Entry::load(mem, Slot::NOWHERE, record);
                // Commands on sorted sets name the member last.
                let element = if entry.kind() == Type::Zset { call.args - 1 } else { 2 };
                if let Some(hint) = value::hint(mem, &entry, call.arg(input, element)) {
                    hints[n] = hint;
                    deeper = true;
                }
            }
        }
        if deeper {
            table::warm(mem, hints);
        }
    }

    /// The calls, each with its bytes of the input.
    fn calls<'a>(&'a self, input: &'a [u8]) -> impl Iterator<Item = (&'a Call, &'a [u8])> {
        let mut at = 0;
        self.calls[..self.count].iter().map(move |call| {
            at += call.used;
            (call, &input[at - call.used..at])
        })
    }
}

impl Call {
    /// An argument, or the last one there is.
    fn arg<'a>(&self, input: &'a [u8], n: usize) -> Bytes<'a> {
        let span = self.spans[n.min(self.args - 1)];
        Bytes::Slice(input.get(span.at as usize..(span.at + span.len) as usize).unwrap_or(&[]))
    }
}
