//! BITFIELD and BITFIELD_RO: a list of operations on integer fields, carried out in order.

use super::super::Ctx;
use super::super::string::lengthen;
use super::bits::checked_offset;
use super::field::{Overflow, WINDOW_BYTES, Width};
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::{Entry, Type};
use crate::value::string;
use crate::word::Word;

#[derive(Clone, Copy)]
enum Action {
    Get,
    Set(i64),
    Add(i64),
}

#[derive(Clone, Copy)]
struct Operation {
    action: Action,
    width: Width,
    /// In bits.
    offset: u64,
    overflow: Overflow,
}

/// BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment] ...
pub fn bitfield(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    run(ctx, false)
}

pub fn bitfield_ro(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    run(ctx, true)
}

/// The operations are parsed twice, first to know that all are well and how far they reach.
fn run(ctx: &mut Ctx<'_, '_>, read_only: bool) -> Result<(), Error> {
    let (mut count, mut end, mut written) = (0, 0, 0);
    let mut reader = Reader::new();
    while let Some(operation) = reader.next(ctx)? {
        count += 1;
        if !matches!(operation.action, Action::Get) {
            end = end.max((operation.offset + u64::from(operation.width.bits)).div_ceil(8) as usize);
            written += 1;
        }
    }
    let key = ctx.arg(1);
    let mut entry;
    let mut grown = false;
    if written == 0 {
        entry = ctx.read(key, Type::String)?;
    } else if read_only {
        return Err(Error(&"ERR BITFIELD_RO only supports the GET subcommand"));
    } else {
        let found = ctx.write(key, Type::String)?;
        let old = found.map_or(0, |entry| string::len(&ctx.e.mem, &entry));
        grown = end > old;
        // Each field may touch two blocks that were holes.
        let blocks = (2 * written).min(2 + end / crate::limits::PAGE_BYTES) * crate::limits::PAGE_BYTES;
        let reach = if end > crate::limits::STRING_INLINE_BYTES_MAX { blocks } else { end };
        entry = Some(lengthen(ctx, key, found, end.max(old), reach)?);
    }
    ctx.array(count);
    let mut changes = 0;
    let mut reader = Reader::new();
    while let Some(operation) = reader.next(ctx)? {
        let changed = apply(ctx, entry.as_mut(), operation)?;
        changes += u64::from(changed == Some(true) || (grown && changed.is_some()));
    }
    if changes > 0 {
        ctx.changed(key, Class::String, "setbit");
        ctx.add_dirty(changes - 1);
    }
    Ok(())
}

/// Carries one operation out and replies to it. Says whether a written field has another value now; `None`: not
/// written.
fn apply(ctx: &mut Ctx<'_, '_>, entry: Option<&mut Entry>, operation: Operation) -> Result<Option<bool>, Error> {
    let Operation { action, width, offset, overflow } = operation;
    let (at, bit) = ((offset >> 3) as usize, (offset & 7) as u32);
    let mut window = [0; WINDOW_BYTES];
    let mut len = 0;
    if let Some(entry) = entry.as_deref() {
        let value = string::read(&ctx.e.mem, entry);
        len = ctx.e.mem.view(value).copy_to(at, &mut window);
    }
    let old = width.get(&window, bit);
    let new = match action {
        Action::Get => {
            ctx.integer(old);
            return Ok(None);
        }
        Action::Set(value) => width.add(value, 0, overflow),
        Action::Add(increment) => width.add(old, increment, overflow),
    };
    let Some(new) = new else {
        ctx.null();
        return Ok(None);
    };
    ctx.integer(if matches!(action, Action::Set(_)) { old } else { new });
    if new != old
        && let Some(entry) = entry
    {
        width.set(&mut window, bit, new);
        string::write_at(ctx.mem(), entry, at, Bytes::Slice(&window[..len]))?;
    }
    Ok(Some(new != old))
}

/// Reads the operations one after another.
struct Reader {
    at: usize,
    overflow: Overflow,
}

impl Reader {
    fn new() -> Reader {
        Reader { at: 2, overflow: Overflow::Wrap }
    }

    fn next(&mut self, ctx: &Ctx<'_, '_>) -> Result<Option<Operation>, Error> {
        while self.at < ctx.argc() {
            let word = ctx.word(self.at);
            let rest = ctx.argc() - self.at - 1;
            let get = match word {
                Word::Overflow if rest >= 1 => {
                    self.overflow = match ctx.word(self.at + 1) {
                        Word::Wrap => Overflow::Wrap,
                        Word::Sat => Overflow::Saturate,
                        Word::Fail => Overflow::Fail,
                        _ => return Err(Error(&"ERR Invalid OVERFLOW type specified")),
                    };
                    self.at += 2;
                    continue;
                }
                Word::Get if rest >= 2 => true,
                Word::Set | Word::IncrBy if rest >= 3 => false,
                _ => return Err(Error::SYNTAX),
            };
            let width = ctx.short(self.at + 1).and_then(|text| Width::parse(text.as_bytes())).ok_or(Error(
                &"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
            ))?;
            let offset = field_offset(ctx, self.at + 2, width)?;
            let action = match word {
                Word::Get => Action::Get,
                Word::Set => Action::Set(ctx.int(self.at + 3)?),
                _ => Action::Add(ctx.int(self.at + 3)?),
            };
            self.at += if get { 3 } else { 4 };
            return Ok(Some(Operation { action, width, offset, overflow: self.overflow }));
        }
        Ok(None)
    }
}

/// `#3` is the fourth field of this width.
fn field_offset(ctx: &Ctx<'_, '_>, i: usize, width: Width) -> Result<u64, Error> {
    let text = ctx.short(i);
    let offset = match text.as_ref().map(|text| text.as_bytes()) {
        Some([b'#', digits @ ..]) => {
            crate::number::parse_i64(digits).map(|index| index.wrapping_mul(i64::from(width.bits)))
        }
        Some(digits) => crate::number::parse_i64(digits),
        None => None,
    };
    checked_offset(ctx, offset.unwrap_or(-1))
}
