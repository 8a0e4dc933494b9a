//! The key's record: everything of a key in one block.
//!
//! ```text
//! kind:1 | access:3 | [expiry 5 or 8] | key length 1 (or 0xFE +2, or 0xFF + rope 8) | key | body length 1..2 | body
//! kind   bits 0-3 the form of the body, 4-5 expiry (0 none, 1 five bytes, 2 eight, 3 eight and provisional), 6 large,
//!        7 snapshot epoch
//! expiry five bytes: milliseconds from 2010-01-01, 34 years; eight: milliseconds of the unix clock, signed
//! ```
//! Strings and small collections are the body; what is larger has its root there. [`Entry`] is a record found in a
//! table of keys: it stays valid until a key is inserted into or removed from that table, and follows its record
//! through every change made through it.

use super::table::{Element, Slot, Table};
use crate::limits::ITEM_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref, Rope};

/// What a record's body is. Several forms make up a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Form {
    /// The string's bytes.
    StringInline = 0,
    /// len:4 root:4 of a rope.
    StringRope = 1,
    /// Items: field, value, field, value ...
    HashPacked = 2,
    HashTable = 3,
    /// Items: member, member ...
    SetPacked = 4,
    /// Sorted whole numbers of one width.
    SetInts = 5,
    SetTable = 6,
    /// Items in score order: member, score ...
    ZsetPacked = 7,
    ZsetTree = 8,
    ListPacked = 9,
    ListChunks = 10,
    Stream = 11,
    /// The string's bytes, of which Redis says "embstr" though they spell a number (INCRBYFLOAT's result).
    StringText = 12,
}

/// The types of TYPE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    String,
    List,
    Set,
    Zset,
    Hash,
    Stream,
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::List => "list",
            Type::Set => "set",
            Type::Zset => "zset",
            Type::Hash => "hash",
            Type::Stream => "stream",
        }
    }
}

impl Form {
    fn of_code(code: u8) -> Form {
        match code {
            0 => Form::StringInline,
            1 => Form::StringRope,
            2 => Form::HashPacked,
            3 => Form::HashTable,
            4 => Form::SetPacked,
            5 => Form::SetInts,
            6 => Form::SetTable,
            7 => Form::ZsetPacked,
            8 => Form::ZsetTree,
            9 => Form::ListPacked,
            10 => Form::ListChunks,
            11 => Form::Stream,
            _ => Form::StringText,
        }
    }

    pub fn kind(self) -> Type {
        match self {
            Form::StringInline | Form::StringRope | Form::StringText => Type::String,
            Form::HashPacked | Form::HashTable => Type::Hash,
            Form::SetPacked | Form::SetInts | Form::SetTable => Type::Set,
            Form::ZsetPacked | Form::ZsetTree => Type::Zset,
            Form::ListPacked | Form::ListChunks => Type::List,
            Form::Stream => Type::Stream,
        }
    }
}

/// When a key expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expiry {
    /// Milliseconds of the unix clock.
    pub at_ms: i64,
    /// Counted from a clock that is not set yet: it moves with that clock's first step.
    pub is_provisional: bool,
}

impl Expiry {
    /// At a point of time that does not move.
    pub fn at(at_ms: i64) -> Expiry {
        Expiry { at_ms, is_provisional: false }
    }
}

/// 2010-01-01 in milliseconds of the unix clock.
const EPOCH_MS: i64 = 1_262_304_000_000;
const EXPIRY_SHORT_MASK: i64 = (1 << 40) - 1;
const EXPIRY_SHORT_MAX: i64 = EPOCH_MS + EXPIRY_SHORT_MASK;
const FORM_MASK: u8 = 0x0F;
const EXPIRY_SHIFT: u8 = 4;
const EXPIRY_MASK: u8 = 0x30;
const EXPIRY_LONG: u8 = 2 << EXPIRY_SHIFT;
const EXPIRY_PROVISIONAL: u8 = 3 << EXPIRY_SHIFT;
const LARGE: u8 = 0x40;
const SNAPSHOT: u8 = 0x80;
const KEY_LONG: u8 = 0xFE;
const KEY_ROPE: u8 = 0xFF;

/// The element type of a table of keys. A bucket keeps a lower bound of its earliest expiry, in seconds of the unix
/// clock; `u32::MAX` where no key in it expires.
pub struct Record;

impl Element for Record {
    const EXTRA: usize = 4;
    const IMMEDIATE: bool = false;
    fn key(mem: &Arena, record: Ref) -> Bytes<'static> {
        let head = mem.tail(record);
        let at = 4 + expiry_bytes(head[0]);
        match head[at] {
            KEY_ROPE => Bytes::Rope(Rope { len: mem.u32_at(record, at + 1), root: mem.ref_at(record, at + 5) }),
            KEY_LONG => Bytes::in_block(mem, record, at + 3, u16::from_le_bytes([head[at + 1], head[at + 2]]) as usize),
            len => Bytes::in_block(mem, record, at + 1, len as usize),
        }
    }
}

fn expiry_bytes(kind: u8) -> usize {
    match (kind & EXPIRY_MASK) >> EXPIRY_SHIFT {
        0 => 0,
        1 => 5,
        _ => 8,
    }
}

fn expiry_kind(expiry: Option<Expiry>) -> u8 {
    match expiry {
        None => 0,
        Some(Expiry { is_provisional: true, .. }) => EXPIRY_PROVISIONAL,
        Some(Expiry { at_ms: EPOCH_MS..=EXPIRY_SHORT_MAX, .. }) => 1 << EXPIRY_SHIFT,
        Some(_) => EXPIRY_LONG,
    }
}

fn body_head(len: usize) -> usize {
    if len < 0x80 { 1 } else { 2 }
}

fn write_body_head(mem: &mut Arena, record: Ref, at: usize, len: usize) {
    let wide = [0x80 | (len >> 8) as u8, len as u8];
    mem.set_bytes(record, at, if len < 0x80 { &wide[1..] } else { &wide });
}

/// A key found in a table of keys.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub slot: Slot,
    pub record: Ref,
    /// The form's number: an enum here would make `Option<Entry>` one with its mark in the middle, which is copied in
    /// pieces.
    form: u8,
    /// Offset of the body length in the record.
    head: u16,
    body_at: u16,
    body_len: u16,
}

impl Entry {
    pub fn load(mem: &Arena, slot: Slot, record: Ref) -> Entry {
        let bytes = mem.tail(record);
        let at = 4 + expiry_bytes(bytes[0]);
        let head = at
            + match bytes[at] {
                KEY_ROPE => 9,
                KEY_LONG => 3 + u16::from_le_bytes([bytes[at + 1], bytes[at + 2]]) as usize,
                len => 1 + len as usize,
            };
        let (len, used) = match bytes[head] {
            b @ 0..=0x7F => (b as usize, 1),
            b => ((b as usize & 0x7F) << 8 | bytes[head + 1] as usize, 2),
        };
        Entry {
            slot,
            record,
            form: bytes[0] & FORM_MASK,
            head: head as u16,
            body_at: (head + used) as u16,
            body_len: len as u16,
        }
    }

    pub fn form(&self) -> Form {
        Form::of_code(self.form)
    }

    pub fn kind(&self) -> Type {
        self.form().kind()
    }

    pub fn key(&self, mem: &Arena) -> Bytes<'static> {
        Record::key(mem, self.record)
    }

    /// The record's length in bytes, as the arena wants to hear it.
    pub fn record_bytes(&self) -> usize {
        self.body_at as usize + self.body_len as usize
    }

    /// Offset of the body in the record, for reads and writes through the arena.
    pub fn body_at(&self) -> usize {
        self.body_at as usize
    }

    pub fn body_len(&self) -> usize {
        self.body_len as usize
    }

    pub fn body<'m>(&self, mem: &'m Arena) -> &'m [u8] {
        mem.bytes_at(self.record, self.body_at(), self.body_len())
    }

    pub fn body_mut<'m>(&self, mem: &'m mut Arena) -> &'m mut [u8] {
        &mut mem.get_mut(self.record, self.record_bytes())[self.body_at as usize..]
    }

    /// The body as a handle.
    pub fn body_bytes(&self, mem: &Arena) -> Bytes<'static> {
        Bytes::in_block(mem, self.record, self.body_at(), self.body_len())
    }

    /// Changes form and length of the body, keeping its first `min(old, new)` bytes. On failure nothing has changed.
    pub fn reshape(&mut self, mem: &mut Arena, form: Form, len: usize) -> Result<(), Oom> {
        let body_at = self.head as usize + body_head(len);
        let kept = len.min(self.body_len());
        let (old, new) = (self.record_bytes(), body_at + len);
        if Arena::block_bytes(old) == Arena::block_bytes(new) {
            mem.copy(self.record, self.body_at(), self.record, body_at, kept);
        } else {
            let moved = mem.alloc_for(new, old)?;
            mem.copy(self.record, 0, moved, 0, self.head as usize);
            mem.copy(self.record, self.body_at(), moved, body_at, kept);
            mem.free(self.record, old);
            self.moved(mem, moved);
        }
        let head = self.head as usize;
        write_body_head(mem, self.record, head, len);
        mem.set_u8(self.record, 0, mem.u8_at(self.record, 0) & !FORM_MASK | form as u8);
        self.form = form as u8;
        self.body_at = body_at as u16;
        self.body_len = len as u16;
        Ok(())
    }

    /// Replaces `remove` bytes of the body at `at` by `insert` arbitrary bytes, to be written by the caller.
    pub fn splice(&mut self, mem: &mut Arena, at: usize, remove: usize, insert: usize) -> Result<(), Oom> {
        let old = self.body_len();
        let new = old - remove + insert;
        let rest = old - at - remove;
        if new >= old {
            self.reshape(mem, self.form(), new)?;
            mem.copy(self.record, self.body_at() + at + remove, self.record, self.body_at() + at + insert, rest);
        } else {
            // Closed up first; put back should the smaller block be refused.
            let saved_from = self.body_at() + at + remove;
            if Arena::block_bytes(self.record_bytes()) != Arena::block_bytes(self.record_bytes() - remove + insert)
                && mem.pages_available() == 0
            {
                return Err(Oom);
            }
            mem.copy(self.record, saved_from, self.record, self.body_at() + at + insert, rest);
            self.reshape(mem, self.form(), new)?;
        }
        Ok(())
    }

    /// The record was moved: names its new place in the table.
    fn moved(&mut self, mem: &mut Arena, record: Ref) {
        self.record = record;
        Table::<Record>::EMPTY.set(mem, self.slot, record);
    }

    /// Absolute expiry in milliseconds of the unix clock.
    pub fn expire_at_ms(&self, mem: &Arena) -> Option<i64> {
        let kind = mem.u8_at(self.record, 0);
        if kind & EXPIRY_MASK == 0 {
            return None;
        }
        let raw = i64::from(mem.u32_at(self.record, 4)) | i64::from(mem.u32_at(self.record, 8)) << 32;
        Some(if expiry_bytes(kind) == 5 { EPOCH_MS + (raw & EXPIRY_SHORT_MASK) } else { raw })
    }

    pub fn expiry(&self, mem: &Arena) -> Option<Expiry> {
        let is_provisional = mem.u8_at(self.record, 0) & EXPIRY_MASK == EXPIRY_PROVISIONAL;
        self.expire_at_ms(mem).map(|at_ms| Expiry { at_ms, is_provisional })
    }

    /// Moves a provisional expiry by `step_ms` and makes it final, in place: it cannot fail. The new time, or `None`
    /// where the expiry is not provisional.
    pub fn settle_expiry(&mut self, mem: &mut Arena, step_ms: i64) -> Option<i64> {
        let Expiry { at_ms, .. } = self.expiry(mem).filter(|expiry| expiry.is_provisional)?;
        let at_ms = at_ms.saturating_add(step_ms);
        mem.set_u8(self.record, 0, mem.u8_at(self.record, 0) & !EXPIRY_MASK | EXPIRY_LONG);
        mem.set_bytes(self.record, 4, &at_ms.to_le_bytes());
        Some(at_ms)
    }

    /// Rewrites the record's head with another expiry. The keyspace keeps its counts; call its `set_expiry` instead.
    pub fn write_expiry(&mut self, mem: &mut Arena, expiry: Option<Expiry>) -> Result<(), Oom> {
        let kind = mem.u8_at(self.record, 0);
        let (old, kind) = (expiry_bytes(kind), kind & !EXPIRY_MASK | expiry_kind(expiry));
        let new = expiry_bytes(kind);
        let (old_len, new_len) = (self.record_bytes(), self.record_bytes() - old + new);
        let rest = old_len - 4 - old;
        if Arena::block_bytes(old_len) == Arena::block_bytes(new_len) {
            mem.copy(self.record, 4 + old, self.record, 4 + new, rest);
        } else {
            let moved = mem.alloc_for(new_len, old_len)?;
            mem.copy(self.record, 0, moved, 0, 4);
            mem.copy(self.record, 4 + old, moved, 4 + new, rest);
            mem.free(self.record, old_len);
            self.moved(mem, moved);
        }
        self.head = (self.head as usize - old + new) as u16;
        self.body_at = (self.body_at as usize - old + new) as u16;
        mem.set_u8(self.record, 0, kind);
        if let Some(Expiry { at_ms, .. }) = expiry {
            let raw = if new == 5 { at_ms - EPOCH_MS } else { at_ms };
            mem.set_bytes(self.record, 4, &raw.to_le_bytes()[..new]);
        }
        Ok(())
    }

    /// Whether the value has passed Redis's thresholds for its small encoding (or, of a string, was made by an
    /// operation after which Redis says "raw"). It says what OBJECT ENCODING answers, not how the value lies here.
    pub fn is_large(&self, mem: &Arena) -> bool {
        mem.u8_at(self.record, 0) & LARGE != 0
    }

    pub fn set_large(&self, mem: &mut Arena, large: bool) {
        self.set_bit(mem, LARGE, large);
    }

    /// The snapshot in which the record was last written or needs not be; see `persist`.
    pub fn snapshot_epoch(&self, mem: &Arena) -> bool {
        mem.u8_at(self.record, 0) & SNAPSHOT != 0
    }

    pub fn set_snapshot_epoch(&self, mem: &mut Arena, epoch: bool) {
        self.set_bit(mem, SNAPSHOT, epoch);
    }

    fn set_bit(&self, mem: &mut Arena, bit: u8, on: bool) {
        let kind = mem.u8_at(self.record, 0) & !bit;
        mem.set_u8(self.record, 0, if on { kind | bit } else { kind });
    }

    /// 24 bits for the eviction policies and OBJECT IDLETIME / FREQ.
    pub fn access(&self, mem: &Arena) -> u32 {
        mem.u32_at(self.record, 0) >> 8
    }

    pub fn set_access(&self, mem: &mut Arena, access: u32) {
        let kind = mem.u32_at(self.record, 0) & 0xFF;
        mem.set_u32(self.record, 0, kind | access << 8);
    }

    /// Moves the record itself out of a sparse page.
    pub fn compact_record(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        if mem.wants_move(self.record, self.record_bytes()) {
            let moved = mem.relocate(self.record, self.record_bytes())?;
            self.moved(mem, moved);
        }
        Ok(())
    }
}

/// Bytes of a record with this key, expiry and body.
pub fn record_bytes(key: usize, expires: bool, body: usize) -> usize {
    let head = match key {
        0..=0xFD => 1 + key,
        _ if key <= ITEM_BYTES_MAX => 3 + key,
        _ => 9,
    };
    4 + if expires { 8 } else { 0 } + head + body_head(body) + body
}

/// A new record without expiry, its body's bytes arbitrary. On failure nothing has changed.
pub fn create(mem: &mut Arena, key: Bytes, form: Form, body: usize) -> Result<Ref, Oom> {
    let len = key.len();
    let rope = if len > ITEM_BYTES_MAX.max(0xFD) { Some(Rope::create(mem, key)?) } else { None };
    let total = record_bytes(len, false, body);
    let record = match mem.alloc(total) {
        Ok(record) => record,
        Err(Oom) => {
            if let Some(mut rope) = rope {
                rope.free(mem);
            }
            return Err(Oom);
        }
    };
    mem.set_u32(record, 0, form as u32);
    let mut at = 5;
    match rope {
        Some(rope) => {
            mem.set_u8(record, 4, KEY_ROPE);
            mem.set_u32(record, 5, rope.len);
            mem.set_ref(record, 9, rope.root);
            at += 8;
        }
        None => {
            if len <= 0xFD {
                mem.set_u8(record, 4, len as u8);
            } else {
                mem.set_u8(record, 4, KEY_LONG);
                mem.set_u16(record, 5, len as u16);
                at += 2;
            }
            mem.put(record, at, key, 0, len);
            at += len;
        }
    }
    write_body_head(mem, record, at, body);
    Ok(record)
}

/// Frees the record and its key; the value must have been released before.
pub fn free(mem: &mut Arena, entry: &Entry) {
    if let Bytes::Rope(mut rope) = entry.key(mem) {
        rope.free(mem);
    }
    mem.free(entry.record, entry.record_bytes());
}
