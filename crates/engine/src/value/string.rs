//! The string value: bytes in the key's record up to STRING_INLINE_BYTES_MAX, a rope beyond.
//!
//! Numbers lie as their digits, so that GET copies them out as they are. A rope stays one when it gets shorter, until
//! the value is set anew; its holes (from SETRANGE and SETBIT far behind the end) read as zeros and take no memory.
//!
//! Not here: what creates and removes keys. Callers reserve memory ([`cost`]) before
//! they change a value.

use super::record::{Entry, Form};
use crate::limits::{FLOAT_TEXT_BYTES_MAX, PAGE_BYTES, STRING_INLINE_BYTES_MAX};
use crate::memory::{Arena, Bytes, Oom, Ref, Rope};
use crate::number::LongDouble;

/// Body of a record with a rope: len:4 root:4.
const ROPE_BYTES: usize = 8;
/// Redis's OBJ_ENCODING_EMBSTR_SIZE_LIMIT.
const EMBSTR_BYTES_MAX: usize = 44;

/// A string that becomes a value: copied, or a long argument's own memory.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Copy(Bytes<'a>),
    Own {
        rope: Rope,
        /// The argument whose it is; null: nobody else's.
        argument: Ref,
    },
}

impl Source<'_> {
    /// Form and body length of a record for it.
    pub fn shape(&self) -> (Form, usize) {
        match self {
            Source::Copy(bytes) => shape(bytes.len()),
            Source::Own { .. } => (Form::StringRope, ROPE_BYTES),
        }
    }

    /// The length of a string that takes as much memory as this does beside what is there.
    pub fn len_to_reserve(&self) -> usize {
        match self {
            Source::Copy(bytes) => bytes.len(),
            Source::Own { .. } => ROPE_BYTES,
        }
    }
}

/// Form and body length of a record for a string of `len` bytes.
pub fn shape(len: usize) -> (Form, usize) {
    if len <= STRING_INLINE_BYTES_MAX { (Form::StringInline, len) } else { (Form::StringRope, ROPE_BYTES) }
}

/// The same for a copy of this string.
pub fn shape_of(mem: &Arena, entry: &Entry) -> (Form, usize) {
    if entry.form() == Form::StringText { (entry.form(), entry.body_len()) } else { shape(len(mem, entry)) }
}

/// Blocks and bytes that a new string of `len` bytes allocates at most, its record without the key included.
pub fn cost(len: usize) -> (usize, usize) {
    match shape(len).0 {
        Form::StringInline => (1, len + 32),
        _ => {
            let pages = len / PAGE_BYTES;
            // A reservation adds half for what blocks of a size leave of their pages, and a page for each block that
            // may be the first of its size; whole pages leave nothing and are counted by their bytes.
            let whole = (pages * PAGE_BYTES).div_ceil(3) * 2;
            (8, whole + len % PAGE_BYTES + pages * 5 + 2 * PAGE_BYTES)
        }
    }
}

/// The same where only `written` bytes of it are not zeros.
pub fn cost_sparse(len: usize, written: usize) -> (usize, usize) {
    match shape(len).0 {
        Form::StringInline => (1, len + 32),
        _ => (written / PAGE_BYTES + 10, written + len / PAGE_BYTES * 5 + 4 * PAGE_BYTES),
    }
}

/// The same for giving this string `written` bytes and thereby the length `new`.
pub fn cost_of_change(mem: &Arena, entry: &Entry, new: usize, written: usize) -> (usize, usize) {
    if entry.form() != Form::StringRope && new <= STRING_INLINE_BYTES_MAX {
        return (1, entry.record_bytes() + new);
    }
    let moved = if entry.form() == Form::StringRope { 0 } else { len(mem, entry) };
    cost_sparse(new.max(STRING_INLINE_BYTES_MAX + 1), written + moved)
}

/// Writes the value into a record just created with [`shape`]. On failure it is a readable, shorter string.
pub fn fill(mem: &mut Arena, entry: &mut Entry, source: Source) -> Result<(), Oom> {
    let bytes = match source {
        Source::Copy(bytes) => bytes,
        Source::Own { rope, .. } => {
            store(mem, entry, rope);
            return Ok(());
        }
    };
    match entry.form() {
        Form::StringRope => {
            store(mem, entry, Rope::EMPTY);
            let mut rope = Rope::EMPTY;
            let done = rope.append(mem, bytes);
            store(mem, entry, rope);
            done
        }
        _ => {
            mem.put(entry.record, entry.body_at(), bytes, 0, bytes.len().min(entry.body_len()));
            Ok(())
        }
    }
}

pub fn len(mem: &Arena, entry: &Entry) -> usize {
    rope(mem, entry).map_or(entry.body_len(), |rope| rope.len())
}

pub fn read(mem: &Arena, entry: &Entry) -> Bytes<'static> {
    match rope(mem, entry) {
        Some(rope) => Bytes::Rope(rope),
        None => entry.body_bytes(mem),
    }
}

/// What OBJECT ENCODING says. Redis keeps "raw" for what APPEND, SETRANGE and bit commands made, however short.
pub fn encoding(mem: &Arena, entry: &Entry) -> &'static str {
    let value = read(mem, entry);
    if entry.is_large(mem) || value.len() > EMBSTR_BYTES_MAX {
        "raw"
    } else if entry.form() != Form::StringText && value.len() <= 20 && mem.view(value).to_i64().is_some() {
        "int"
    } else {
        "embstr"
    }
}

/// Whether Redis would share the value among keys: the numbers 0 to 9999 kept as numbers.
pub fn is_small_int(mem: &Arena, entry: &Entry) -> bool {
    let value = mem.view(read(mem, entry));
    value.len() <= 4 && encoding(mem, entry) == "int" && value.to_i64().is_some_and(|number| number >= 0)
}

/// Marks a short value of which Redis keeps the text although it spells a number.
pub fn keep_as_text(mem: &mut Arena, entry: &mut Entry) -> Result<(), Oom> {
    if entry.form() == Form::StringInline { entry.reshape(mem, Form::StringText, entry.body_len()) } else { Ok(()) }
}

/// Replaces the value as a whole, in place where it can be. What the source names must not be this value.
pub fn set(mem: &mut Arena, entry: &mut Entry, source: Source) -> Result<(), Oom> {
    let bytes = match source {
        Source::Copy(bytes) => bytes,
        Source::Own { rope, .. } => return set_rope(mem, entry, rope),
    };
    let len = bytes.len();
    if entry.form() == Form::StringInline && entry.body_len() == len {
        mem.put(entry.record, entry.body_at(), bytes, 0, len);
        entry.set_large(mem, false);
        return Ok(());
    }
    let old = rope(mem, entry);
    if len <= STRING_INLINE_BYTES_MAX {
        entry.reshape(mem, Form::StringInline, len)?;
        mem.put(entry.record, entry.body_at(), bytes, 0, len);
        if let Some(mut rope) = old {
            rope.free(mem);
        }
        entry.set_large(mem, false);
        return Ok(());
    }
    match old {
        Some(mut rope) => {
            let done = rope.resize(mem, len).and_then(|()| rope.write(mem, 0, bytes, 0, len));
            store(mem, entry, rope);
            done?;
        }
        None => {
            let mut rope = Rope::create(mem, bytes)?;
            if let Err(oom) = entry.reshape(mem, Form::StringRope, ROPE_BYTES) {
                rope.free(mem);
                return Err(oom);
            }
            store(mem, entry, rope);
        }
    }
    entry.set_large(mem, false);
    Ok(())
}

/// Makes a rope of the caller's the value of a record whose old value has been released (or is a string's).
pub fn set_rope(mem: &mut Arena, entry: &mut Entry, new: Rope) -> Result<(), Oom> {
    let old = rope(mem, entry);
    entry.reshape(mem, Form::StringRope, ROPE_BYTES)?;
    store(mem, entry, new);
    if let Some(mut rope) = old {
        rope.free(mem);
    }
    entry.set_large(mem, false);
    Ok(())
}

/// Makes the value `new` bytes long; what is added reads as zeros. On failure nothing has changed.
pub fn resize(mem: &mut Arena, entry: &mut Entry, new: usize) -> Result<(), Oom> {
    let old = len(mem, entry);
    if let Some(mut rope) = rope(mem, entry) {
        let done = rope.resize(mem, new);
        store(mem, entry, rope);
        return done;
    }
    if new <= STRING_INLINE_BYTES_MAX {
        entry.reshape(mem, Form::StringInline, new)?;
        if new > old {
            entry.body_mut(mem)[old..].fill(0);
        }
        return Ok(());
    }
    let mut rope = Rope::EMPTY;
    let body = entry.body_bytes(mem);
    let done = rope
        .resize(mem, new)
        .and_then(|()| rope.write(mem, 0, body, 0, old))
        .and_then(|()| entry.reshape(mem, Form::StringRope, ROPE_BYTES));
    match done {
        Ok(()) => store(mem, entry, rope),
        Err(_) => rope.free(mem),
    }
    done
}

/// Appends. On failure nothing has changed.
pub fn append(mem: &mut Arena, entry: &mut Entry, bytes: Bytes) -> Result<(), Oom> {
    let end = len(mem, entry);
    write_at(mem, entry, end, bytes)
}

/// Overwrites from `offset` on, lengthening the value with zeros where it is too short. On failure it has its old
/// length.
pub fn write_at(mem: &mut Arena, entry: &mut Entry, offset: usize, bytes: Bytes) -> Result<(), Oom> {
    let (old, end) = (len(mem, entry), offset.checked_add(bytes.len()).ok_or(Oom)?);
    if end > old {
        resize(mem, entry, end)?;
    }
    let Some(mut rope) = rope(mem, entry) else {
        mem.put(entry.record, entry.body_at() + offset, bytes, 0, bytes.len());
        return Ok(());
    };
    let done = rope.write(mem, offset, bytes, 0, bytes.len());
    if done.is_err() && end > old {
        let _ = rope.resize(mem, old);
    }
    store(mem, entry, rope);
    done
}

/// The contiguous bytes from `offset` (within the value) on, to be changed. A hole becomes a block.
pub fn chunk_mut<'m>(mem: &'m mut Arena, entry: &Entry, offset: usize) -> Result<&'m mut [u8], Oom> {
    match rope(mem, entry) {
        Some(mut rope) => {
            if rope.root.is_null() {
                rope.chunk_mut(mem, offset)?;
                store(mem, entry, rope);
            }
            rope.chunk_mut(mem, offset)
        }
        None => Ok(&mut entry.body_mut(mem)[offset..]),
    }
}

/// The value as a long double; `None` where it is none.
pub fn to_long_double(mem: &Arena, bytes: Bytes) -> Option<LongDouble> {
    if let Bytes::Int(value) = bytes {
        return Some(LongDouble::from_i64(value));
    }
    let view = mem.view(bytes);
    let mut digits = crate::memory::bytes::Digits::new();
    if let Some(text) = view.contiguous(&mut digits) {
        return LongDouble::parse(text);
    }
    if view.len() > FLOAT_TEXT_BYTES_MAX {
        return None;
    }
    let mut text = [0; FLOAT_TEXT_BYTES_MAX];
    let len = view.copy_to(0, &mut text);
    LongDouble::parse(&text[..len])
}

/// Frees some of what the value takes beside its record; see `value::release_some`.
pub fn release_some(mem: &mut Arena, entry: &Entry, from: u32, blocks: &mut usize) -> Option<u32> {
    let to = rope(mem, entry)?.free_some(mem, from as usize, *blocks);
    let done = to.map_or(*blocks, |to| to - from as usize);
    *blocks = blocks.saturating_sub(done);
    to.map(|to| to as u32)
}

/// The value's blocks were given to somebody else: the record holds an empty string.
pub fn forget(mem: &mut Arena, entry: &Entry) {
    if entry.form() == Form::StringRope {
        store(mem, entry, Rope::EMPTY);
    }
}

/// Bytes of the arena the value takes beside its record.
pub fn bytes_used(mem: &Arena, entry: &Entry) -> usize {
    rope(mem, entry).map_or(0, |rope| rope.bytes_used(mem))
}

/// Moves the value's blocks beside its record out of sparse pages.
pub fn compact(mem: &mut Arena, entry: &Entry) -> Result<(), Oom> {
    if let Some(mut rope) = rope(mem, entry) {
        let done = rope.compact(mem);
        store(mem, entry, rope);
        return done;
    }
    Ok(())
}

fn rope(mem: &Arena, entry: &Entry) -> Option<Rope> {
    if entry.form() != Form::StringRope {
        return None;
    }
    let at = entry.body_at();
    Some(Rope { len: mem.u32_at(entry.record, at), root: mem.ref_at(entry.record, at + 4) })
}

fn store(mem: &mut Arena, entry: &Entry, rope: Rope) {
    let at = entry.body_at();
    mem.set_u32(entry.record, at, rope.len);
    mem.set_ref(entry.record, at + 4, rope.root);
}

#[cfg(test)]
mod tests;
