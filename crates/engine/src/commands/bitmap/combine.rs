//! BITOP: strings combined bit by bit, the shorter ones continued with zeros.

use super::super::Ctx;
use super::super::string::{reserve, store};
use crate::config::Class;
use crate::error::Error;
use crate::limits::STRING_INLINE_BYTES_MAX;
use crate::memory::{Arena, Bytes, Oom, Ref, Rope};
use crate::value::record::Type;
use crate::value::string::{self, Source};
use crate::word::Word;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

/// BITOP AND | OR | XOR | NOT destination key [key ...]
pub fn bitop(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let operation = match ctx.word(1) {
        Word::And => Operation::And,
        Word::Or => Operation::Or,
        Word::Xor => Operation::Xor,
        Word::Not => Operation::Not,
        _ => return Err(Error::SYNTAX),
    };
    if operation == Operation::Not && ctx.argc() != 4 {
        return Err(Error(&"ERR BITOP NOT must be called with a single source key."));
    }
    let mut len = 0;
    for i in 3..ctx.argc() {
        let key = ctx.arg(i);
        if let Some(entry) = ctx.read(key, Type::String)? {
            len = len.max(string::len(&ctx.e.mem, &entry));
        }
    }
    let target = ctx.arg(2);
    if len == 0 {
        if let Some(entry) = ctx.lookup_write(target) {
            ctx.delete(entry);
            ctx.changed(target, Class::Generic, "del");
        }
        ctx.integer(0);
        return Ok(());
    }
    let (blocks, bytes) = string::cost(len);
    ctx.reserve(2 * blocks, bytes + len.min(STRING_INLINE_BYTES_MAX))?;
    let mut result = Rope::EMPTY;
    if let Err(refused) = fill(ctx, operation, len, &mut result) {
        result.free(ctx.mem());
        return Err(refused);
    }
    store_result(ctx, target, result)?;
    ctx.changed(target, Class::String, "set");
    ctx.integer(len as i64);
    Ok(())
}

fn fill(ctx: &mut Ctx<'_, '_>, operation: Operation, len: usize, result: &mut Rope) -> Result<(), Error> {
    result.resize(ctx.mem(), len)?;
    for i in 3..ctx.argc() {
        let key = ctx.arg(i);
        // Found before, and counted; a key named twice is there twice.
        let value = match ctx.peek(key) {
            Some(entry) => string::read(&ctx.e.mem, &entry),
            None => Bytes::EMPTY,
        };
        // The first one is combined with zeros.
        let operation = if i == 3 && operation != Operation::Not { Operation::Or } else { operation };
        combine(ctx.mem(), result, value, operation)?;
    }
    Ok(())
}

/// Through small buffers, as both lie in the arena. What stays zero stays a hole.
fn combine(mem: &mut Arena, result: &mut Rope, value: Bytes, operation: Operation) -> Result<(), Oom> {
    const PIECE: usize = 512;
    let mut at = 0;
    while at < result.len() {
        let (mut before, mut other) = ([0; PIECE], [0; PIECE]);
        let n = mem.view(Bytes::Rope(*result)).copy_to(at, &mut before);
        mem.view(value).copy_to(at, &mut other);
        let mut after = before;
        for (byte, other) in after.iter_mut().zip(other) {
            match operation {
                Operation::And => *byte &= other,
                Operation::Or => *byte |= other,
                Operation::Xor => *byte ^= other,
                Operation::Not => *byte = !other,
            }
        }
        if after[..n] != before[..n] {
            result.write(mem, at, Bytes::Slice(&after), 0, n)?;
        }
        at += n;
    }
    Ok(())
}

fn store_result(ctx: &mut Ctx<'_, '_>, target: Bytes, mut result: Rope) -> Result<(), Error> {
    let found = ctx.lookup_write(target);
    let is_short = result.len() <= STRING_INLINE_BYTES_MAX;
    let source =
        if is_short { Source::Copy(Bytes::Rope(result)) } else { Source::Own { rope: result, argument: Ref::NULL } };
    let stored = reserve(ctx, target, found.as_ref(), source).and_then(|()| store(ctx, target, found, source, false));
    if is_short || stored.is_err() {
        result.free(ctx.mem());
    }
    stored?.set_large(ctx.mem(), true);
    Ok(())
}
