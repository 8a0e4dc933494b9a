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
    next: Next,
}

enum Next {
    Value,
    List(list::Iter),
    Set(set::Iter),
    Zset(zset::Cursor),
    Score(zset::Cursor, f64),
    Hash(hash::Iter),
    HashValue(hash::Iter, Bytes<'static>),
    Pieces(stream::RawIter),
    Fields(stream::RawIter, stream::Fields),
    FieldValue(stream::RawIter, stream::Fields, Bytes<'static>),
    Done,
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
        let entry = self.entry;
        self.next = match core::mem::replace(&mut self.next, Next::Done) {
            Next::Value => match entry.kind() {
                Type::String => {
                    self.string(string::read(mem, &entry));
                    Next::Done
                }
                Type::List => {
                    self.count(list::len(mem, &entry));
                    Next::List(list::iter(mem, &entry))
                }
                Type::Set => {
                    self.count(set::len(mem, &entry));
                    Next::Set(set::iter(mem, &entry))
                }
                Type::Zset => {
                    self.count(zset::len(mem, &entry));
                    Next::Zset(zset::Cursor::forward(mem, &entry, 0, usize::MAX))
                }
                Type::Hash => {
                    self.count(hash::len(mem, &entry));
                    Next::Hash(hash::iter(mem, &entry))
                }
                Type::Stream => {
                    let root = stream::Stream::load(mem, &entry);
                    self.put(&root.meta());
                    Next::Pieces(stream::RawIter::new(mem, &root))
                }
            },
            Next::List(mut iter) => match iter.next(mem) {
                Some(item) => {
                    self.string(item);
                    Next::List(iter)
                }
                None => Next::Done,
            },
            Next::Set(mut iter) => match iter.next(mem, &entry) {
                Some(member) => {
                    self.string(member);
                    Next::Set(iter)
                }
                None => Next::Done,
            },
            Next::Zset(mut cursor) => match cursor.next(mem) {
                Some((member, score)) => {
                    self.string(member);
                    Next::Score(cursor, score)
                }
                None => Next::Done,
            },
            Next::Score(cursor, score) => {
                self.put(&score.to_le_bytes());
                Next::Zset(cursor)
            }
            Next::Hash(mut iter) => match iter.next(mem, &entry) {
                Some((field, value)) => {
                    self.string(field);
                    Next::HashValue(iter, value)
                }
                None => Next::Done,
            },
            Next::HashValue(iter, value) => {
                self.string(value);
                Next::Hash(iter)
            }
            Next::Pieces(mut iter) => match iter.next(mem) {
                Some(found) => {
                    let node = if found.node { piece::NODE } else { 0 };
                    match found.live {
                        Some((pairs, fields)) => {
                            self.put(&[node | piece::LIVE]);
                            self.put(&found.id.to_bytes());
                            self.put(&(pairs as u32).to_le_bytes());
                            Next::Fields(iter, fields)
                        }
                        None => {
                            self.put(&[node]);
                            self.put(&found.id.to_bytes());
                            Next::Pieces(iter)
                        }
                    }
                }
                None => {
                    self.put(&[piece::END]);
                    Next::Done
                }
            },
            Next::Fields(iter, mut fields) => match fields.next(mem) {
                Some((field, value)) => {
                    self.string(field);
                    Next::FieldValue(iter, fields, value)
                }
                None => Next::Pieces(iter),
            },
            Next::FieldValue(iter, fields, value) => {
                self.string(value);
                Next::Fields(iter, fields)
            }
            Next::Done => Next::Done,
        };
    }

    fn count(&mut self, n: usize) {
        self.put(&(n as u32).to_le_bytes());
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
