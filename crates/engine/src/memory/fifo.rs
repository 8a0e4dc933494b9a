//! A byte queue in blocks: a client's replies that wait to be sent, and its input that waits to be complete.

use super::bytes::Digits;
use super::{Arena, Bytes, Oom, Ref, Rope};
use crate::limits::PAGE_BYTES;

// Block: next (4) | start (2) | end (2) | capacity (2) | unused (2) | bytes
const HEADER: usize = 12;
const NEXT: usize = 0;
const START: usize = 4;
const END: usize = 6;
const CAPACITY: usize = 8;
/// Small queues stay small; long ones take whole pages.
const FIRST_BYTES: usize = 256;

/// First and last block; the bytes between are the queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo {
    head: Ref,
    tail: Ref,
    len: usize,
    charged: usize,
}

impl Fifo {
    pub const EMPTY: Fifo = Fifo { head: Ref::NULL, tail: Ref::NULL, len: 0, charged: 0 };

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the arena it takes.
    pub fn bytes_used(&self) -> usize {
        self.charged
    }

    /// Bytes of its blocks that hold nothing of it.
    pub fn bytes_free(&self) -> usize {
        self.charged.saturating_sub(self.len)
    }

    /// Blocks it takes.
    pub fn blocks(&self) -> usize {
        self.charged.div_ceil(PAGE_BYTES)
    }

    /// Appends all of `bytes`, or nothing.
    pub fn push(&mut self, mem: &mut Arena, bytes: &[u8]) -> Result<(), Oom> {
        let room = self.room(mem);
        let more = bytes.len().saturating_sub(room);
        if more > 0 && mem.pages_available() <= more.div_ceil(PAGE_BYTES - HEADER) {
            return Err(Oom);
        }
        let (now, mut later) = bytes.split_at(room.min(bytes.len()));
        self.fill(mem, now);
        while !later.is_empty() {
            self.add_block(mem, later.len())?;
            let n = self.room(mem).min(later.len());
            self.fill(mem, &later[..n]);
            later = &later[n..];
        }
        Ok(())
    }

    /// Appends a string that may lie in the arena itself.
    pub fn push_bytes(&mut self, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
        match bytes {
            Bytes::Slice(slice) => self.push(mem, slice),
            Bytes::Int(value) => self.push(mem, Digits::new().format(value).as_bytes()),
            _ => {
                let mut done = 0;
                while done < bytes.len() {
                    if self.room(mem) == 0 {
                        self.add_block(mem, bytes.len() - done)?;
                    }
                    let n = self.room(mem).min(bytes.len() - done);
                    let end = mem.u16_at(self.tail, END) as usize;
                    mem.put(self.tail, HEADER + end, bytes, done, n);
                    mem.set_u16(self.tail, END, (end + n) as u16);
                    self.len += n;
                    done += n;
                }
                Ok(())
            }
        }
    }

    /// Copies the first bytes into `out`, as many as there are or fit; they stay.
    pub fn copy_front(&self, mem: &Arena, out: &mut [u8]) -> usize {
        let mut copied = 0;
        let mut block = self.head;
        while !block.is_null() && copied < out.len() {
            let start = mem.u16_at(block, START) as usize;
            let end = mem.u16_at(block, END) as usize;
            let bytes = mem.bytes_at(block, HEADER + start, end - start);
            let n = bytes.len().min(out.len() - copied);
            out[copied..copied + n].copy_from_slice(&bytes[..n]);
            copied += n;
            block = mem.ref_at(block, NEXT);
        }
        copied
    }

    /// The first contiguous bytes.
    pub fn front<'m>(&self, mem: &'m Arena) -> &'m [u8] {
        if self.head.is_null() {
            return &[];
        }
        let start = mem.u16_at(self.head, START) as usize;
        let end = mem.u16_at(self.head, END) as usize;
        mem.bytes_at(self.head, HEADER + start, end - start)
    }

    /// Drops `n` bytes from the front (at most all).
    pub fn consume(&mut self, mem: &mut Arena, mut n: usize) {
        while !self.head.is_null() {
            let have = self.front(mem).len();
            if n < have {
                let start = mem.u16_at(self.head, START) as usize + n;
                mem.set_u16(self.head, START, start as u16);
                self.len -= n;
                return;
            }
            n -= have;
            self.len -= have;
            self.drop_block(mem);
        }
    }

    /// All bytes as a rope; the queue is empty afterwards, also on failure.
    pub fn into_rope(&mut self, mem: &mut Arena) -> Result<Rope, Oom> {
        let mut whole = Rope::EMPTY;
        while !self.is_empty() {
            // Through a small buffer: source and target both lie in the arena.
            let mut piece = [0u8; 256];
            let front = self.front(mem);
            let n = front.len().min(piece.len());
            piece[..n].copy_from_slice(&front[..n]);
            self.consume(mem, n);
            if whole.append(mem, Bytes::Slice(&piece[..n])).is_err() {
                whole.free(mem);
                self.clear(mem);
                return Err(Oom);
            }
        }
        Ok(whole)
    }

    pub fn clear(&mut self, mem: &mut Arena) {
        while !self.head.is_null() {
            self.drop_block(mem);
        }
        *self = Fifo::EMPTY;
    }

    /// An empty block of its own for up to `capacity` bytes that [`Fifo::patch`] fills later, once its text is known.
    pub fn push_gap(&mut self, mem: &mut Arena, capacity: usize) -> Result<Ref, Oom> {
        self.add_exact(mem, capacity)?;
        let gap = self.tail;
        // What follows must not run into the gap.
        self.add_block(mem, FIRST_BYTES)?;
        Ok(gap)
    }

    pub fn patch(&mut self, mem: &mut Arena, gap: Ref, bytes: &[u8]) {
        let n = bytes.len().min(mem.u16_at(gap, CAPACITY) as usize);
        mem.set_bytes(gap, HEADER, &bytes[..n]);
        mem.set_u16(gap, END, n as u16);
        self.len += n;
    }

    /// Keeps the first `len` bytes. Used to take back a reply that could not be completed.
    pub fn truncate(&mut self, mem: &mut Arena, len: usize) {
        if len == 0 {
            self.clear(mem);
            return;
        }
        let mut block = self.head;
        let mut before = 0;
        while !block.is_null() {
            let start = mem.u16_at(block, START) as usize;
            let have = mem.u16_at(block, END) as usize - start;
            if before + have >= len {
                mem.set_u16(block, END, (start + len - before) as u16);
                let mut rest = mem.ref_at(block, NEXT);
                mem.set_ref(block, NEXT, Ref::NULL);
                self.tail = block;
                self.len = len;
                while !rest.is_null() {
                    let next = mem.ref_at(rest, NEXT);
                    self.release(mem, rest);
                    rest = next;
                }
                return;
            }
            before += have;
            block = mem.ref_at(block, NEXT);
        }
    }

    fn room(&self, mem: &Arena) -> usize {
        if self.tail.is_null() {
            return 0;
        }
        mem.u16_at(self.tail, CAPACITY) as usize - mem.u16_at(self.tail, END) as usize
    }

    fn fill(&mut self, mem: &mut Arena, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = mem.u16_at(self.tail, END) as usize;
        mem.set_bytes(self.tail, HEADER + end, bytes);
        mem.set_u16(self.tail, END, (end + bytes.len()) as u16);
        self.len += bytes.len();
    }

    fn add_block(&mut self, mem: &mut Arena, want: usize) -> Result<(), Oom> {
        let bytes = if self.head.is_null() {
            want.clamp(FIRST_BYTES - HEADER, PAGE_BYTES - HEADER)
        } else {
            PAGE_BYTES - HEADER
        };
        self.add_exact(mem, bytes)
    }

    fn add_exact(&mut self, mem: &mut Arena, bytes: usize) -> Result<(), Oom> {
        // The whole of the block's size is used.
        let size = Arena::block_bytes((bytes + HEADER).min(PAGE_BYTES));
        let block = mem.alloc(size)?;
        mem.get_mut(block, HEADER).fill(0);
        mem.set_u16(block, CAPACITY, (size - HEADER) as u16);
        if self.tail.is_null() {
            self.head = block;
        } else {
            mem.set_ref(self.tail, NEXT, block);
        }
        self.tail = block;
        self.charged += size;
        Ok(())
    }

    fn drop_block(&mut self, mem: &mut Arena) {
        let next = mem.ref_at(self.head, NEXT);
        self.release(mem, self.head);
        self.head = next;
        if next.is_null() {
            self.tail = Ref::NULL;
        }
    }

    fn release(&mut self, mem: &mut Arena, block: Ref) {
        let size = mem.u16_at(block, CAPACITY) as usize + HEADER;
        self.charged -= size;
        mem.free(block, size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_through_any_split() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 1 << 20].into_boxed_slice()), [1, 2]);
        let mut fifo = Fifo::EMPTY;
        let text: Vec<u8> = (0..50_000u32).map(|i| (i * 7) as u8).collect();
        let mut out = Vec::new();
        for (round, piece) in text.chunks(777).enumerate() {
            fifo.push(&mut mem, piece).unwrap();
            if round % 3 == 0 {
                let n = fifo.front(&mem).len().min(500);
                out.extend_from_slice(&fifo.front(&mem)[..n]);
                fifo.consume(&mut mem, n);
            }
        }
        let before = fifo.len();
        fifo.push(&mut mem, b"taken back").unwrap();
        fifo.truncate(&mut mem, before);
        while !fifo.is_empty() {
            let mut piece = [0; 10_000];
            let n = fifo.copy_front(&mem, &mut piece);
            assert_eq!(n, fifo.len().min(piece.len()));
            out.extend_from_slice(&piece[..n]);
            fifo.consume(&mut mem, n);
        }
        assert!(out == text);
        assert_eq!(mem.live_bytes(), 0);
    }

    #[test]
    fn a_gap_is_filled_in_its_place() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 1 << 20].into_boxed_slice()), [1, 2]);
        let mut fifo = Fifo::EMPTY;
        fifo.push(&mut mem, b"a").unwrap();
        let gap = fifo.push_gap(&mut mem, 16).unwrap();
        fifo.push(&mut mem, b"c").unwrap();
        fifo.patch(&mut mem, gap, b"bb");
        let mut out = Vec::new();
        while !fifo.is_empty() {
            out.extend_from_slice(fifo.front(&mem));
            let n = fifo.front(&mem).len();
            fifo.consume(&mut mem, n);
        }
        assert_eq!(out, b"abbc");
    }
}
