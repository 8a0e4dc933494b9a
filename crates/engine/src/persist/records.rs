//! Version 2's records: the payload of its blocks, one after the other, as it is told to a [`Sink`].
//!
//! Not here: the file around them (`decode.rs`), and what becomes of them.

use super::decode::{Cut, Expires, Head, Sink, Told};
use super::{kind, piece, string_head};
use crate::value::record::Type;
use crate::value::stream::{Id, META_BYTES};

/// The payload of version 2's blocks, one after the other.
pub(super) struct Records {
    pub(super) lfu: bool,
    /// What a clock that was not set said when the save began.
    pub(super) unset_clock_ms: Option<i64>,
    pub(super) count: u64,
    db: u16,
    head: Head,
    left: u32,
    last_id: Option<Id>,
    state: State,
    role: Role,
    cut: Cut,
    text_left: usize,
}

/// What the bytes gathered next are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Op,
    Select,
    /// A record whose expiry is provisional begins.
    Provisional,
    /// Access bits, and an expiry where the first byte says so.
    Head {
        first: u8,
        provisional: bool,
    },
    StringHead,
    StringLen,
    StringInt,
    Text,
    Count,
    Score,
    Meta,
    Piece,
    PieceHead {
        flags: u8,
    },
}

/// What a string is in its record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Item,
    Member,
    Field,
    FieldValue,
    StreamString,
}

impl Records {
    pub(super) fn new() -> Records {
        let head = Head { db: 0, kind: Type::String, expires: None, large: false, text: false, access: None };
        Records {
            lfu: false,
            unset_clock_ms: None,
            count: 0,
            db: 0,
            head,
            left: 0,
            last_id: None,
            state: State::Op,
            role: Role::Key,
            cut: Cut::want(1),
            text_left: 0,
        }
    }

    pub(super) fn between(&self) -> bool {
        self.state == State::Op
    }

    pub(super) fn feed(&mut self, rest: &mut &[u8], sink: &mut impl Sink) -> Told {
        while !rest.is_empty() {
            if self.state == State::Text {
                let (text, behind) = rest.split_at(self.text_left.min(rest.len()));
                *rest = behind;
                self.text_left -= text.len();
                sink.piece(text, self.text_left == 0)?;
                if self.text_left == 0 {
                    self.string_ended(sink)?;
                }
            } else if self.cut.take(rest) {
                self.gathered(sink)?;
            }
        }
        Ok(())
    }

    fn expect(&mut self, state: State, bytes: usize) {
        self.state = state;
        self.cut.next(bytes);
    }

    fn record(&mut self, first: u8, provisional: bool) -> Told {
        if first & kind::MASK > kind::STREAM || first & 0x80 != 0 {
            return Err("a record of unknown type");
        }
        self.expect(State::Head { first, provisional }, if first & kind::EXPIRES != 0 { 11 } else { 3 });
        Ok(())
    }

    fn expires(&self, at_ms: i64, provisional: bool) -> Expires {
        match self.unset_clock_ms {
            Some(saved_ms) if provisional => Expires::Left(at_ms.saturating_sub(saved_ms)),
            _ => Expires::At(at_ms),
        }
    }

    fn string(&mut self, role: Role) {
        self.role = role;
        self.expect(State::StringHead, 1);
    }

    fn gathered(&mut self, sink: &mut impl Sink) -> Told {
        let cut = self.cut;
        match self.state {
            State::Op => {
                let first = cut.all()[0];
                match first {
                    kind::SELECT => self.expect(State::Select, 2),
                    kind::PROVISIONAL if self.unset_clock_ms.is_some() => self.expect(State::Provisional, 1),
                    _ => self.record(first, false)?,
                }
            }
            State::Provisional => {
                let first = cut.all()[0];
                if first & kind::EXPIRES == 0 {
                    return Err("a provisional expiry of a record without one");
                }
                self.record(first, true)?;
            }
            State::Select => {
                self.db = cut.u16(0);
                self.expect(State::Op, 1);
            }
            State::Head { first, provisional } => {
                let access = u32::from(cut.u16(0)) | u32::from(cut.all()[2]) << 16;
                self.head = Head {
                    db: self.db,
                    kind: match first & kind::MASK {
                        kind::STRING => Type::String,
                        kind::LIST => Type::List,
                        kind::SET => Type::Set,
                        kind::ZSET => Type::Zset,
                        kind::HASH => Type::Hash,
                        _ => Type::Stream,
                    },
                    expires: (first & kind::EXPIRES != 0).then(|| self.expires(cut.u64(3) as i64, provisional)),
                    large: first & kind::LARGE != 0,
                    text: first & kind::TEXT != 0,
                    access: Some((access, self.lfu)),
                };
                sink.begin(&self.head)?;
                self.string(Role::Key);
            }
            State::StringHead => match cut.all()[0] {
                len if usize::from(len) <= string_head::LEN_MAX => self.text(usize::from(len), sink)?,
                string_head::LEN_16 => self.expect(State::StringLen, 2),
                string_head::LEN_32 => self.expect(State::StringLen, 4),
                string_head::INT_8 => self.expect(State::StringInt, 1),
                string_head::INT_16 => self.expect(State::StringInt, 2),
                string_head::INT_32 => self.expect(State::StringInt, 4),
                string_head::INT_64 => self.expect(State::StringInt, 8),
                _ => return Err("a string of unknown form"),
            },
            State::StringLen => {
                let len = if cut.all().len() == 2 { u32::from(cut.u16(0)) } else { cut.u32(0) };
                self.text(len as usize, sink)?;
            }
            State::StringInt => {
                let value = match cut.all().len() {
                    1 => i64::from(cut.all()[0] as i8),
                    2 => i64::from(cut.u16(0) as i16),
                    4 => i64::from(cut.u32(0) as i32),
                    _ => cut.u64(0) as i64,
                };
                sink.number(value)?;
                self.string_ended(sink)?;
            }
            State::Count => {
                self.left = cut.u32(0);
                if self.left == 0 {
                    return Err("a key without elements");
                }
                self.next_element(sink)?;
            }
            State::Score => {
                let score = f64::from_bits(cut.u64(0));
                if score.is_nan() {
                    return Err("a score that is no number");
                }
                sink.score(score)?;
                self.left -= 1;
                self.next_element(sink)?;
            }
            State::Meta => {
                let mut meta = [0; META_BYTES];
                meta.copy_from_slice(cut.all());
                self.last_id = None;
                sink.stream(&meta)?;
                self.expect(State::Piece, 1);
            }
            State::Piece => match cut.all()[0] {
                piece::END => self.end(sink)?,
                flags if flags & !(piece::LIVE | piece::NODE) == 0 => {
                    self.expect(State::PieceHead { flags }, if flags & piece::LIVE != 0 { 20 } else { 16 });
                }
                _ => return Err("a stream entry of unknown form"),
            },
            State::PieceHead { flags } => {
                let id = Id::from_bytes(&cut.all()[..16]);
                if self.last_id.is_some_and(|last| id <= last) {
                    return Err("a stream's ids do not ascend");
                }
                self.last_id = Some(id);
                let pairs = (flags & piece::LIVE != 0).then(|| cut.u32(16));
                if pairs.is_some_and(|pairs| pairs > u32::MAX / 2) {
                    return Err("a stream entry with too many fields");
                }
                sink.entry(id, flags & piece::NODE != 0, pairs)?;
                self.left = pairs.unwrap_or(0) * 2;
                self.next_stream_string();
            }
            State::Text => {}
        }
        Ok(())
    }

    fn text(&mut self, len: usize, sink: &mut impl Sink) -> Told {
        self.text_left = len;
        self.state = State::Text;
        if len == 0 {
            sink.piece(&[], true)?;
            self.string_ended(sink)?;
        }
        Ok(())
    }

    fn string_ended(&mut self, sink: &mut impl Sink) -> Told {
        match self.role {
            Role::Key => match self.head.kind {
                Type::String => self.string(Role::Value),
                Type::Stream => self.expect(State::Meta, META_BYTES),
                _ => self.expect(State::Count, 4),
            },
            Role::Value => self.end(sink)?,
            Role::Item | Role::FieldValue => {
                self.left -= 1;
                self.next_element(sink)?;
            }
            Role::Member => self.expect(State::Score, 8),
            Role::Field => self.string(Role::FieldValue),
            Role::StreamString => {
                self.left -= 1;
                self.next_stream_string();
            }
        }
        Ok(())
    }

    fn next_element(&mut self, sink: &mut impl Sink) -> Told {
        if self.left == 0 {
            return self.end(sink);
        }
        self.string(match self.head.kind {
            Type::Zset => Role::Member,
            Type::Hash => Role::Field,
            _ => Role::Item,
        });
        Ok(())
    }

    fn next_stream_string(&mut self) {
        if self.left == 0 {
            self.expect(State::Piece, 1);
        } else {
            self.string(Role::StreamString);
        }
    }

    fn end(&mut self, sink: &mut impl Sink) -> Told {
        self.count += 1;
        self.expect(State::Op, 1);
        sink.end()
    }
}

const _: () = assert!(META_BYTES <= 96);
