//! Replies: RESP2 and RESP3 from one API, written into the shell's output buffer and, when that is full, into the
//! client's queue in the arena.
//!
//! A reply is written when its command runs and never borrows data across commands. One that finds no memory is taken
//! back as a whole; the dispatcher then answers the error.

use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Fifo, Oom, Ref};
use crate::number::format_f64;

/// Room for a header whose number is known afterwards.
const GAP: usize = 24;
const GAPS: usize = 4;

#[derive(Clone, Copy)]
enum Gap {
    Buffer(usize),
    Queue(Ref),
}

/// A header to be written when its length is known; to be ended in the reverse order of beginning.
#[must_use]
pub struct Deferred(usize);

/// The replies of one client at a time.
pub struct Reply {
    buffer: &'static mut [u8],
    start: usize,
    len: usize,
    /// The client's replies from before, and what did not fit the buffer.
    pub queue: Fifo,
    pub proto: u8,
    failed: bool,
    gaps: [Gap; GAPS],
    gaps_open: usize,
}

impl Reply {
    pub fn new(buffer: &'static mut [u8]) -> Reply {
        Reply {
            buffer,
            start: 0,
            len: 0,
            queue: Fifo::EMPTY,
            proto: 2,
            failed: false,
            gaps: [Gap::Buffer(0); GAPS],
            gaps_open: 0,
        }
    }

    /// Bytes that wait to be sent.
    pub fn pending(&self) -> usize {
        self.queue.len() + self.len - self.start
    }

    /// The next contiguous bytes to send.
    pub fn front<'m>(&'m self, mem: &'m Arena) -> &'m [u8] {
        if self.queue.is_empty() { &self.buffer[self.start..self.len] } else { self.queue.front(mem) }
    }

    /// Copies the next bytes to send into `out`, over all the pieces they lie in.
    pub fn gather(&self, mem: &Arena, out: &mut [u8]) -> usize {
        let queued = self.queue.copy_front(mem, out);
        let n = (self.len - self.start).min(out.len() - queued);
        out[queued..queued + n].copy_from_slice(&self.buffer[self.start..self.start + n]);
        queued + n
    }

    pub fn sent(&mut self, mem: &mut Arena, n: usize) {
        let queued = self.queue.len().min(n);
        if queued > 0 {
            self.queue.consume(mem, queued);
        }
        self.start = (self.start + n - queued).min(self.len);
        if self.start == self.len {
            self.start = 0;
            self.len = 0;
        }
    }

    /// Moves what the buffer holds into the queue, so that the buffer can serve another client. False: no memory.
    pub fn park(&mut self, mem: &mut Arena) -> bool {
        self.spill(mem).is_ok()
    }

    /// Drops all that waits.
    pub fn clear(&mut self, mem: &mut Arena) {
        self.queue.clear(mem);
        self.start = 0;
        self.len = 0;
        self.failed = false;
        self.gaps_open = 0;
    }

    /// Takes back what was written since [`Reply::pending`] was `mark`.
    pub fn rollback(&mut self, mem: &mut Arena, mark: usize) {
        self.failed = false;
        self.gaps_open = 0;
        if mark >= self.queue.len() {
            self.len = self.start + mark - self.queue.len();
        } else {
            self.queue.truncate(mem, mark);
            self.start = 0;
            self.len = 0;
        }
    }

    /// Whether something since the last rollback was lost for want of memory.
    pub fn failed(&self) -> bool {
        self.failed
    }

    pub fn put(&mut self, mem: &mut Arena, bytes: &[u8]) {
        if bytes.len() <= self.buffer.len() - self.len {
            self.buffer[self.len..self.len + bytes.len()].copy_from_slice(bytes);
            self.len += bytes.len();
            return;
        }
        self.put_slow(mem, bytes);
    }

    #[cold]
    fn put_slow(&mut self, mem: &mut Arena, bytes: &[u8]) {
        if self.failed || self.spill(mem).is_err() {
            self.failed = true;
            return;
        }
        if bytes.len() <= self.buffer.len() {
            self.put(mem, bytes);
        } else if self.queue.push(mem, bytes).is_err() {
            self.failed = true;
        }
    }

    fn spill(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        let mut from = self.start;
        for gap in &mut self.gaps[..self.gaps_open] {
            if let Gap::Buffer(at) = *gap {
                self.queue.push(mem, &self.buffer[from..at])?;
                *gap = Gap::Queue(self.queue.push_gap(mem, GAP)?);
                from = at + GAP;
                // What was moved must not be moved again should the next step fail.
                self.start = from;
            }
        }
        if from < self.len {
            self.queue.push(mem, &self.buffer[from..self.len])?;
        }
        self.start = 0;
        self.len = 0;
        Ok(())
    }

    /// A type byte, a number and the line end.
    fn header(&mut self, mem: &mut Arena, kind: u8, number: i64) {
        if (0..10).contains(&number) {
            self.put(mem, &[kind, b'0' + number as u8, b'\r', b'\n']);
            return;
        }
        let mut digits = Digits::new();
        let text = digits.format(number).as_bytes();
        let mut line = [0u8; 24];
        line[0] = kind;
        line[1..=text.len()].copy_from_slice(text);
        line[text.len() + 1] = b'\r';
        line[text.len() + 2] = b'\n';
        self.put(mem, &line[..text.len() + 3]);
    }

    pub fn simple(&mut self, mem: &mut Arena, text: &str) {
        self.put(mem, b"+");
        self.put(mem, text.as_bytes());
        self.put(mem, b"\r\n");
    }

    /// An error line; `text` has its prefix ("ERR ...").
    pub fn error(&mut self, mem: &mut Arena, text: &str) {
        self.put(mem, b"-");
        self.put(mem, text.as_bytes());
        self.put(mem, b"\r\n");
    }

    pub fn integer(&mut self, mem: &mut Arena, value: i64) {
        self.header(mem, b':', value);
    }

    pub fn bulk(&mut self, mem: &mut Arena, bytes: Bytes) {
        let len = bytes.len();
        if len + BULK_FRAME <= self.buffer.len() - self.len {
            let mut digits = Digits::new();
            if let Some(text) = mem.view(bytes).contiguous(&mut digits) {
                self.len += write_bulk(&mut self.buffer[self.len..], text, len);
                return;
            }
        }
        self.header(mem, b'$', len as i64);
        self.text(mem, bytes);
        self.put(mem, b"\r\n");
    }

    /// Lets `write` put replies into what room the buffer has, without a look at each; it returns the bytes written.
    pub fn direct(&mut self, write: impl FnOnce(&mut [u8]) -> usize) {
        self.len += write(&mut self.buffer[self.len..]);
    }

    /// The bytes of a string without framing.
    pub fn text(&mut self, mem: &mut Arena, bytes: Bytes) {
        match bytes {
            Bytes::Slice(slice) => self.put(mem, slice),
            Bytes::Int(value) => self.put(mem, Digits::new().format(value).as_bytes()),
            _ => {
                let len = bytes.len();
                if len <= self.buffer.len() - self.len {
                    let n = mem.view(bytes).copy_to(0, &mut self.buffer[self.len..self.len + len]);
                    self.len += n;
                    return;
                }
                let mut done = 0;
                while done < len && !self.failed {
                    if self.len == self.buffer.len() && self.spill(mem).is_err() {
                        self.failed = true;
                        return;
                    }
                    let n = mem.view(bytes).copy_to(done, &mut self.buffer[self.len..]);
                    self.len += n;
                    done += n;
                }
            }
        }
    }

    pub fn null(&mut self, mem: &mut Arena) {
        self.put(mem, if self.proto == 3 { b"_\r\n" } else { b"$-1\r\n" });
    }

    pub fn null_array(&mut self, mem: &mut Arena) {
        self.put(mem, if self.proto == 3 { b"_\r\n" } else { b"*-1\r\n" });
    }

    pub fn array(&mut self, mem: &mut Arena, n: usize) {
        self.header(mem, b'*', n as i64);
    }

    /// Pairs.
    pub fn map(&mut self, mem: &mut Arena, n: usize) {
        if self.proto == 3 { self.header(mem, b'%', n as i64) } else { self.header(mem, b'*', 2 * n as i64) }
    }

    pub fn set(&mut self, mem: &mut Arena, n: usize) {
        self.header(mem, if self.proto == 3 { b'~' } else { b'*' }, n as i64);
    }

    pub fn push(&mut self, mem: &mut Arena, n: usize) {
        self.header(mem, if self.proto == 3 { b'>' } else { b'*' }, n as i64);
    }

    pub fn boolean(&mut self, mem: &mut Arena, value: bool) {
        match (self.proto, value) {
            (3, true) => self.put(mem, b"#t\r\n"),
            (3, false) => self.put(mem, b"#f\r\n"),
            (_, value) => self.integer(mem, i64::from(value)),
        }
    }

    pub fn double(&mut self, mem: &mut Arena, value: f64) {
        self.double_text(mem, format_f64(value).as_bytes());
    }

    /// A double that is printed already.
    pub fn double_text(&mut self, mem: &mut Arena, text: &[u8]) {
        if self.proto == 3 {
            self.put(mem, b",");
            self.put(mem, text);
            self.put(mem, b"\r\n");
        } else {
            self.bulk(mem, Bytes::Slice(text));
        }
    }

    /// `format` is "txt" or "mkd".
    pub fn verbatim(&mut self, mem: &mut Arena, format: &str, bytes: Bytes) {
        if self.proto == 3 {
            self.header(mem, b'=', bytes.len() as i64 + 4);
            self.put(mem, format.as_bytes());
            self.put(mem, b":");
            self.text(mem, bytes);
            self.put(mem, b"\r\n");
        } else {
            self.bulk(mem, bytes);
        }
    }

    /// Begins an aggregate or bulk whose length is not known yet.
    pub fn deferred(&mut self, mem: &mut Arena) -> Deferred {
        let index = self.gaps_open;
        if index == GAPS {
            self.failed = true;
            return Deferred(GAPS);
        }
        if self.buffer.len() - self.len < GAP && self.spill(mem).is_err() {
            self.failed = true;
        }
        self.gaps[index] = Gap::Buffer(self.len);
        self.len = (self.len + GAP).min(self.buffer.len());
        self.gaps_open += 1;
        Deferred(index)
    }

    pub fn end_array(&mut self, mem: &mut Arena, deferred: Deferred, n: usize) {
        self.end(mem, deferred, b'*', n);
    }

    pub fn end_map(&mut self, mem: &mut Arena, deferred: Deferred, n: usize) {
        if self.proto == 3 { self.end(mem, deferred, b'%', n) } else { self.end(mem, deferred, b'*', 2 * n) }
    }

    pub fn end_set(&mut self, mem: &mut Arena, deferred: Deferred, n: usize) {
        self.end(mem, deferred, if self.proto == 3 { b'~' } else { b'*' }, n);
    }

    /// Ends a bulk of `n` bytes; the caller has written them with [`Reply::text`], and writes the line end afterwards.
    pub fn end_bulk(&mut self, mem: &mut Arena, deferred: Deferred, n: usize) {
        self.end(mem, deferred, b'$', n);
    }

    fn end(&mut self, mem: &mut Arena, deferred: Deferred, kind: u8, n: usize) {
        if self.failed || deferred.0 + 1 != self.gaps_open {
            self.failed = true;
            return;
        }
        self.gaps_open -= 1;
        let mut digits = Digits::new();
        let text = digits.format(n).as_bytes();
        let mut line = [0u8; GAP];
        line[0] = kind;
        line[1..=text.len()].copy_from_slice(text);
        line[text.len() + 1..text.len() + 3].copy_from_slice(b"\r\n");
        let used = text.len() + 3;
        match self.gaps[deferred.0] {
            Gap::Buffer(at) => {
                self.buffer[at..at + used].copy_from_slice(&line[..used]);
                self.buffer.copy_within(at + GAP..self.len, at + used);
                self.len -= GAP - used;
            }
            Gap::Queue(gap) => self.queue.patch(mem, gap, &line[..used]),
        }
    }
}

/// Most bytes that [`write_bulk`] adds to the text's own.
pub const BULK_FRAME: usize = 24;

/// Copying this much at once is cheaper than asking how much there is.
const STRIDE: usize = 32;

/// Writes the first `len` bytes of `text` as a bulk; `out` has room for them and [`BULK_FRAME`]. Returns what it took.
#[inline]
pub fn write_bulk(out: &mut [u8], text: &[u8], len: usize) -> usize {
    let head = if len < 10 {
        out[..4].copy_from_slice(&[b'$', b'0' + len as u8, b'\r', b'\n']);
        4
    } else if len < 100 {
        out[..5].copy_from_slice(&[b'$', b'0' + (len / 10) as u8, b'0' + (len % 10) as u8, b'\r', b'\n']);
        5
    } else {
        let mut digits = Digits::new();
        let digits = digits.format(len).as_bytes();
        let n = digits.len();
        out[0] = b'$';
        out[1..=n].copy_from_slice(digits);
        out[n + 1..n + 3].copy_from_slice(b"\r\n");
        n + 3
    };
    let body = &mut out[head..];
    if len <= STRIDE
        && let (Some(from), Some(to)) = (text.first_chunk::<STRIDE>(), body.first_chunk_mut::<STRIDE>())
    {
        // What is copied too much is overwritten by what follows.
        *to = *from;
    } else {
        body[..len].copy_from_slice(&text[..len]);
    }
    body[len..len + 2].copy_from_slice(b"\r\n");
    head + len + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(bytes: usize) -> (Arena, Reply) {
        let mem = Arena::new(Box::leak(vec![0u8; 8 << 20].into_boxed_slice()), [1, 2]);
        (mem, Reply::new(Box::leak(vec![0u8; bytes].into_boxed_slice())))
    }

    fn drain(mem: &mut Arena, reply: &mut Reply) -> Vec<u8> {
        let mut out = Vec::new();
        while reply.pending() > 0 {
            out.extend_from_slice(reply.front(mem));
            let n = reply.front(mem).len();
            reply.sent(mem, n);
        }
        out
    }

    #[test]
    fn deferred_headers_are_the_same_through_any_buffer() {
        let mut expected: Option<Vec<u8>> = None;
        for size in [64, 100, 1000, 1 << 20] {
            let (mut mem, mut reply) = reply(size);
            reply.integer(&mut mem, -5);
            let outer = reply.deferred(&mut mem);
            for i in 0..40 {
                let inner = reply.deferred(&mut mem);
                for _ in 0..i {
                    reply.bulk(&mut mem, Bytes::Slice(b"some text"));
                }
                reply.end_array(&mut mem, inner, i);
            }
            reply.end_array(&mut mem, outer, 40);
            assert!(!reply.failed());
            let out = drain(&mut mem, &mut reply);
            assert_eq!(mem.live_bytes(), 0);
            assert_eq!(expected.get_or_insert_with(|| out.clone()), &out);
        }
    }

    #[test]
    fn what_is_taken_back_is_gone() {
        for size in [64, 4096] {
            let (mut mem, mut reply) = reply(size);
            reply.simple(&mut mem, "OK");
            let mark = reply.pending();
            for _ in 0..100 {
                reply.integer(&mut mem, 123_456);
            }
            reply.rollback(&mut mem, mark);
            reply.simple(&mut mem, "PONG");
            assert_eq!(drain(&mut mem, &mut reply), b"+OK\r\n+PONG\r\n");
        }
    }

    #[test]
    fn each_protocol_has_its_forms() {
        let (mut mem, mut reply) = reply(4096);
        for proto in [2, 3] {
            reply.proto = proto;
            reply.null(&mut mem);
            reply.map(&mut mem, 1);
            reply.double(&mut mem, 1.5);
            reply.boolean(&mut mem, true);
        }
        assert_eq!(drain(&mut mem, &mut reply), b"$-1\r\n*2\r\n$3\r\n1.5\r\n:1\r\n_\r\n%1\r\n,1.5\r\n#t\r\n");
    }
}
