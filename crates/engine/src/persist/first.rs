//! The records of MicroRDB version 1, the original's format.
//!
//! ```text
//! record   type:1 | has_ttl:1 | [expiry:8] | key length:2 | key | value length:4 | value
//! value    0 string: the bytes                              1 hash: count:2, then length:2 field length:4 value
//!          2 list: count:4, then length:4 item              3 set: count:4, then length:2 member
//!          4 zset: count:4, then score:8 length:2 member
//! ```

use super::decode::{Cut, Expires, Head, Sink, Told};
use crate::value::record::Type;

pub(super) struct First {
    /// Records not yet whole.
    records: u32,
    head: Head,
    /// Bytes of the value not yet read.
    value_left: u64,
    /// Elements not yet read.
    left: u32,
    score: f64,
    state: State,
    cut: Cut,
    text_left: u64,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Expiry,
    KeyLen,
    ValueLen,
    Count,
    Score,
    Len,
    Text,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Item,
    Field,
    FieldValue,
}

impl First {
    pub fn new() -> First {
        let head = Head { db: 0, kind: Type::String, expires: None, large: false, text: false, access: None };
        First {
            records: 0,
            head,
            value_left: 0,
            left: 0,
            score: 0.0,
            state: State::Head,
            cut: Cut::want(2),
            text_left: 0,
            role: Role::Key,
        }
    }

    pub fn begin(&mut self, records: u32) {
        self.records = records;
    }

    pub fn is_done(&self) -> bool {
        self.records == 0
    }

    pub fn feed(&mut self, rest: &mut &[u8], sink: &mut impl Sink) -> Told {
        while !rest.is_empty() && !self.is_done() {
            if self.state == State::Text {
                let n = usize::try_from(self.text_left).unwrap_or(usize::MAX).min(rest.len());
                let (text, behind) = rest.split_at(n);
                *rest = behind;
                self.text_left -= text.len() as u64;
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

    /// Bytes of the value are about to be read.
    fn within(&mut self, bytes: u64) -> Told {
        self.value_left = self.value_left.checked_sub(bytes).ok_or("a value is longer than its record says")?;
        Ok(())
    }

    fn gathered(&mut self, sink: &mut impl Sink) -> Told {
        let cut = self.cut;
        match self.state {
            State::Head => {
                self.head.kind = match cut.all()[0] {
                    0 => Type::String,
                    1 => Type::Hash,
                    2 => Type::List,
                    3 => Type::Set,
                    4 => Type::Zset,
                    5 => return Err("a stream of MicroRDB version 1, which was written unreadable"),
                    _ => return Err("a record of unknown type"),
                };
                self.head.expires = None;
                match cut.all()[1] {
                    0 => self.key(sink)?,
                    1 => self.expect(State::Expiry, 8),
                    _ => return Err("a record that neither has an expiry nor has none"),
                }
            }
            State::Expiry => {
                self.head.expires = Some(Expires::At(cut.u64(0) as i64));
                self.key(sink)?;
            }
            State::KeyLen => self.text(Role::Key, u64::from(cut.u16(0)), sink)?,
            State::ValueLen => {
                self.value_left = u64::from(cut.u32(0));
                if self.head.kind == Type::String {
                    let len = self.value_left;
                    self.within(len)?;
                    self.text(Role::Value, len, sink)?;
                } else {
                    let bytes = if self.head.kind == Type::Hash { 2 } else { 4 };
                    self.within(bytes)?;
                    self.expect(State::Count, bytes as usize);
                }
            }
            State::Count => {
                self.left = if cut.all().len() == 2 { u32::from(cut.u16(0)) } else { cut.u32(0) };
                self.element(sink)?;
            }
            State::Score => {
                self.score = f64::from_bits(cut.u64(0));
                if self.score.is_nan() {
                    return Err("a score that is no number");
                }
                self.within(2)?;
                self.expect(State::Len, 2);
            }
            State::Len => {
                let len = if cut.all().len() == 2 { u64::from(cut.u16(0)) } else { u64::from(cut.u32(0)) };
                self.within(len)?;
                self.text(self.role, len, sink)?;
            }
            State::Text => {}
        }
        Ok(())
    }

    fn key(&mut self, sink: &mut impl Sink) -> Told {
        sink.begin(&self.head)?;
        self.expect(State::KeyLen, 2);
        Ok(())
    }

    fn text(&mut self, role: Role, len: u64, sink: &mut impl Sink) -> Told {
        (self.role, self.text_left, self.state) = (role, len, State::Text);
        if len == 0 {
            sink.piece(&[], true)?;
            self.string_ended(sink)?;
        }
        Ok(())
    }

    fn string_ended(&mut self, sink: &mut impl Sink) -> Told {
        match self.role {
            Role::Key => self.expect(State::ValueLen, 4),
            Role::Value => return self.end(sink),
            Role::Field => {
                self.within(4)?;
                self.role = Role::FieldValue;
                self.expect(State::Len, 4);
            }
            Role::Item | Role::FieldValue => {
                if self.head.kind == Type::Zset {
                    sink.score(self.score)?;
                }
                self.left -= 1;
                self.element(sink)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, sink: &mut impl Sink) -> Told {
        if self.left == 0 {
            return self.end(sink);
        }
        self.role = Role::Item;
        match self.head.kind {
            Type::Zset => {
                self.within(8)?;
                self.expect(State::Score, 8);
            }
            Type::List => {
                self.within(4)?;
                self.expect(State::Len, 4);
            }
            kind => {
                if kind == Type::Hash {
                    self.role = Role::Field;
                }
                self.within(2)?;
                self.expect(State::Len, 2);
            }
        }
        Ok(())
    }

    fn end(&mut self, sink: &mut impl Sink) -> Told {
        if self.value_left != 0 {
            return Err("a value is shorter than its record says");
        }
        self.records -= 1;
        self.expect(State::Head, 2);
        sink.end()
    }
}
