//! Where a key is and what it is called: COPY, MOVE, RENAME.

use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::keyspace::lazyfree::Cause;
use crate::limits::PAGE_BYTES;
use crate::memory::Bytes;
use crate::server::{Access, Server};
use crate::value;
use crate::value::record::Entry;
use crate::word::Word;

pub(super) fn copy(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from, to) = (ctx.arg(1), ctx.arg(2));
    let mut db = ctx.db;
    let mut replace = false;
    let mut i = 3;
    while i < ctx.argc() {
        match ctx.word(i) {
            Word::Replace => replace = true,
            Word::Db if i + 1 < ctx.argc() => {
                i += 1;
                db = database(ctx, i)?;
            }
            _ => return Err(Error::SYNTAX),
        }
        i += 1;
    }
    if db == ctx.db && ctx.e.mem.same(from, to) {
        return Err(Error(&"ERR source and destination objects are the same"));
    }
    let Some(source) = ctx.lookup_read(from) else {
        ctx.integer(0);
        return Ok(());
    };
    let old = ctx.e.lookup(db, to, Access::Write);
    if old.is_some() && !replace {
        ctx.integer(0);
        return Ok(());
    }
    let bytes = value::bytes_used(&ctx.e.mem, &source);
    let blocks = bytes / 16 + 16;
    ctx.reserve(blocks, bytes + bytes / 4 + to.len() + PAGE_BYTES)?;
    if let Some(old) = old {
        ctx.e.remove(db, old, Cause::Server);
    }
    let Some(source) = ctx.peek(from) else { return Err(Error::NO_SUCH_KEY) };
    let (form, body) = value::empty_like(&ctx.e.mem, &source);
    let mut made = ctx.create_in(db, to, form, body)?;
    // The insertion may have moved the source's slot.
    let Some(source) = ctx.e.dbs[ctx.db].find(&ctx.e.mem, from) else { return Err(Error::NO_SUCH_KEY) };
    if value::copy(&mut ctx.e.mem, &source, &mut made).is_err() {
        ctx.e.remove(db, made, Cause::Server);
        return Err(Error::OOM);
    }
    let expiry = source.expiry(&ctx.e.mem);
    if expiry.is_some() {
        ctx.e.dbs[db].set_expiry(&mut ctx.e.mem, &mut made, expiry)?;
    }
    ctx.e.changed(db, to, Class::Generic, "copy_to");
    ctx.integer(1);
    Ok(())
}

pub(super) fn move_(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let to = database(ctx, 2)?;
    if to == ctx.db {
        return Err(Error(&"ERR source and destination objects are the same"));
    }
    let Some(entry) = ctx.lookup_write(key) else {
        ctx.integer(0);
        return Ok(());
    };
    if ctx.e.lookup(to, key, Access::Write).is_some() {
        ctx.integer(0);
        return Ok(());
    }
    ctx.reserve(8, entry.record_bytes() + key.len() + PAGE_BYTES)?;
    let from = ctx.db;
    carry(ctx.e, from, entry, to, key)?;
    ctx.e.touched(from, key);
    ctx.e.notify(from, key, Class::Generic, "move_from");
    ctx.e.changed(to, key, Class::Generic, "move_to");
    ctx.integer(1);
    Ok(())
}

pub(super) fn rename(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rename_generic(ctx, false)
}

pub(super) fn renamenx(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    rename_generic(ctx, true)
}

/// A database number among the arguments.
fn database(ctx: &Ctx<'_, '_>, i: usize) -> Result<usize, Error> {
    let number = ctx.int32(i)?;
    match usize::try_from(number) {
        Ok(number) if number < ctx.config().databases => Ok(number),
        _ => Err(Error(&"ERR DB index is out of range")),
    }
}

fn rename_generic(ctx: &mut Ctx<'_, '_>, only_new: bool) -> Result<(), Error> {
    let (from, to) = (ctx.arg(1), ctx.arg(2));
    let same = ctx.e.mem.same(from, to);
    let Some(entry) = ctx.lookup_write(from) else { return Err(Error::NO_SUCH_KEY) };
    let mut replaced = false;
    if !same {
        ctx.reserve(8, entry.record_bytes() + to.len() + PAGE_BYTES)?;
        if let Some(old) = ctx.lookup_write(to) {
            if only_new {
                ctx.integer(0);
                return Ok(());
            }
            ctx.delete(old);
            replaced = true;
        }
        let Some(entry) = ctx.peek(from) else { return Err(Error::NO_SUCH_KEY) };
        let db = ctx.db;
        carry(ctx.e, db, entry, db, to)?;
        ctx.e.touched(db, from);
        ctx.notify(from, Class::Generic, "rename_from");
        ctx.changed(to, Class::Generic, "rename_to");
    }
    let _ = replaced;
    if only_new {
        ctx.integer(i64::from(!same));
    } else {
        ctx.ok();
    }
    Ok(())
}

/// Gives a value another key, in this or another database, where the key must not be. On failure nothing has changed.
fn carry(server: &mut Server, from: usize, entry: Entry, to: usize, key: Bytes) -> Result<(), Error> {
    let mem = &mut server.mem;
    let expiry = entry.expiry(mem);
    let old_key = entry.key(mem);
    let mut made = server.dbs[to].insert(mem, key, entry.form(), entry.body_len())?;
    // The insertion may have moved the slot of the record that is carried.
    let Some(entry) = server.dbs[from].find(mem, old_key) else { return Err(Error::NO_SUCH_KEY) };
    mem.copy(entry.record, entry.body_at(), made.record, made.body_at(), entry.body_len());
    made.set_large(mem, entry.is_large(mem));
    made.set_access(mem, entry.access(mem));
    if expiry.is_some()
        && let Err(oom) = server.dbs[to].set_expiry(mem, &mut made, expiry)
    {
        server.dbs[to].remove_record(mem, made);
        return Err(oom.into());
    }
    // Setting the expiry may have moved the record, never a slot.
    server.dbs[from].remove_record(mem, entry);
    Ok(())
}
