//! One key as a record, in pieces of any size. Between two pieces the value must not change, nor its blocks move.

use super::{kind, piece, string_head};
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes};
use crate::value::record::{Entry, Expiry, Form, Type};
use crate::value::{hash, list, set, stream, string, zset};

/// Longest run of bytes that belong together: a record's head, or a stream entry's.
const SMALL: usize = 96;

/// A record on its way out: a few bytes, then perhaps a string, then the next few.
pub struct RecordWriter {
    pub entry: Entry,
    small: [u8; SMALL],
    small_len: usize,
    small_at: usize,
    text: Bytes<'static>,
    text_at: usize,
    beside: Beside,
    next: Next,
}

/// What is gone through next.
enum Next {
    Value,
    List(list::Iter),
    Set(set::Iter),
    Zset(zset::Cursor),
    Hash(hash::Iter),
    /// A stream's pieces, and the fields that are left of the last one.
    Stream(stream::RawIter, Option<stream::Fields>),
    Done,
}

/// What follows the string of an element.
enum Beside {
    Nothing,
    String(Bytes<'static>),
    Score(f64),
}

impl RecordWriter {
    /// Begins with the head and the key; the database's number is said first where it is given.
    pub fn new(mem: &Arena, entry: Entry, select: Option<u16>) -> RecordWriter {
        let mut writer = RecordWriter {
            entry,
            small: [0; SMALL],
            small_len: 0,
            small_at: 0,
            text: Bytes::EMPTY,
            text_at: 0,
            beside: Beside::Nothing,
            next: Next::Value,
        };
        if let Some(number) = select {
            writer.put(&[kind::SELECT]);
            writer.put(&number.to_le_bytes());
        }
        let expiry = entry.expiry(mem);
        if expiry.is_some_and(|expiry| expiry.is_provisional) {
            writer.put(&[kind::PROVISIONAL]);
        }
        let mut head = match entry.kind() {
            Type::String => kind::STRING,
            Type::List => kind::LIST,
            Type::Set => kind::SET,
            Type::Zset => kind::ZSET,
            Type::Hash => kind::HASH,
            Type::Stream => kind::STREAM,
        };
        if expiry.is_some() {
            head |= kind::EXPIRES;
        }
        if entry.is_large(mem) {
            head |= kind::LARGE;
        }
        if entry.form() == Form::StringText {
            head |= kind::TEXT;
        }
        writer.put(&[head]);
        writer.put(&entry.access(mem).to_le_bytes()[..3]);
        if let Some(Expiry { at_ms, .. }) = expiry {
            writer.put(&at_ms.to_le_bytes());
        }
        writer.string(entry.key(mem));
        writer
    }

    pub fn is_done(&self) -> bool {
        matches!(self.next, Next::Done) && self.small_at == self.small_len && self.text_at == self.text.len()
    }

    /// Writes as much as fits; returns how much.
    pub fn fill(&mut self, mem: &Arena, out: &mut [u8]) -> usize {
        let mut at = 0;
        loop {
            let n = (self.small_len - self.small_at).min(out.len() - at);
            out[at..at + n].copy_from_slice(&self.small[self.small_at..self.small_at + n]);
            self.small_at += n;
            at += n;
            if self.small_at < self.small_len {
                return at;
            }
            while self.text_at < self.text.len() {
                let mut digits = Digits::new();
                let text = mem.view(self.text);
                let chunk = text.chunk(self.text_at, &mut digits);
                let n = chunk.len().min(out.len() - at);
                if n == 0 {
                    return at;
                }
                out[at..at + n].copy_from_slice(&chunk[..n]);
                self.text_at += n;
                at += n;
            }
            if matches!(self.next, Next::Done) {
                return at;
            }
            (self.small_len, self.small_at) = (0, 0);
            (self.text, self.text_at) = (Bytes::EMPTY, 0);
            self.advance(mem);
        }
    }

    /// Prepares what comes next.
    fn advance(&mut self, mem: &Arena) {
        match core::mem::replace(&mut self.beside, Beside::Nothing) {
            Beside::Nothing => {}
            Beside::String(bytes) => return self.string(bytes),
            Beside::Score(score) => return self.put(&score.to_le_bytes()),
        }
        let entry = &self.entry;
        let element = match &mut self.next {
            Next::Value => return self.begin(mem),
            Next::List(iter) => iter.next(mem).map(|item| (item, Beside::Nothing)),
            Next::Set(iter) => iter.next(mem, entry).map(|member| (member, Beside::Nothing)),
            Next::Zset(cursor) => cursor.next(mem).map(|(member, score)| (member, Beside::Score(score))),
            Next::Hash(iter) => iter.next(mem, entry).map(|(field, value)| (field, Beside::String(value))),
            Next::Stream(iter, fields) => match fields.as_mut().and_then(|fields| fields.next(mem)) {
                Some((field, value)) => Some((field, Beside::String(value))),
                None => {
                    let piece = iter.next(mem);
                    *fields = piece.as_ref().and_then(|piece| piece.live).map(|(_, fields)| fields);
                    return self.piece(piece);
                }
            },
            Next::Done => None,
        };
        match element {
            Some((bytes, beside)) => {
                self.string(bytes);
                self.beside = beside;
            }
            None => self.next = Next::Done,
        }
    }

    /// What stands before a value's elements; a string is all there is.
    fn begin(&mut self, mem: &Arena) {
        let entry = self.entry;
        let count;
        (count, self.next) = match entry.kind() {
            Type::String => {
                self.next = Next::Done;
                return self.string(string::read(mem, &entry));
            }
            Type::List => (list::len(mem, &entry), Next::List(list::iter(mem, &entry))),
            Type::Set => (set::len(mem, &entry), Next::Set(set::iter(mem, &entry))),
            Type::Zset => (zset::len(mem, &entry), Next::Zset(zset::Cursor::forward(mem, &entry, 0, usize::MAX))),
            Type::Hash => (hash::len(mem, &entry), Next::Hash(hash::iter(mem, &entry))),
            Type::Stream => {
                let root = stream::Stream::load(mem, &entry);
                self.next = Next::Stream(stream::RawIter::new(mem, &root), None);
                return self.put(&root.meta());
            }
        };
        self.put(&(count as u32).to_le_bytes());
    }

    /// A stream's piece up to its fields, or the end of them all.
    fn piece(&mut self, found: Option<stream::RawPiece>) {
        let Some(found) = found else {
            self.put(&[piece::END]);
            self.next = Next::Done;
            return;
        };
        let node = if found.node { piece::NODE } else { 0 };
        self.put(&[node | if found.live.is_some() { piece::LIVE } else { 0 }]);
        self.put(&found.id.to_bytes());
        if let Some((pairs, _)) = found.live {
            self.put(&(pairs as u32).to_le_bytes());
        }
    }

    fn string(&mut self, bytes: Bytes<'static>) {
        if let Bytes::Int(value) = bytes {
            let raw = value.to_le_bytes();
            match value {
                -0x80..=0x7F => self.put(&[string_head::INT_8, raw[0]]),
                -0x8000..=0x7FFF => self.put(&[string_head::INT_16, raw[0], raw[1]]),
                -0x8000_0000..=0x7FFF_FFFF => self.put(&[string_head::INT_32, raw[0], raw[1], raw[2], raw[3]]),
                _ => {
                    self.put(&[string_head::INT_64]);
                    self.put(&raw);
                }
            }
            return;
        }
        let len = bytes.len();
        if len <= string_head::LEN_MAX {
            self.put(&[len as u8]);
        } else if let Ok(len) = u16::try_from(len) {
            self.put(&[string_head::LEN_16]);
            self.put(&len.to_le_bytes());
        } else {
            self.put(&[string_head::LEN_32]);
            self.put(&(len as u32).to_le_bytes());
        }
        (self.text, self.text_at) = (bytes, 0);
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.small_len + bytes.len();
        if let Some(place) = self.small.get_mut(self.small_len..end) {
            place.copy_from_slice(bytes);
            self.small_len = end;
        } else {
            debug_assert!(false, "a record's head is short");
        }
    }
}

const _: () = assert!(3 + 1 + 1 + 3 + 8 + 5 <= SMALL && stream::META_BYTES <= SMALL && 21 <= SMALL);
