//! XADD, XDEL, XSETID and XTRIM.

use super::{ids, reply_id};
use crate::commands::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::limits::{ITEM_BYTES_MAX, PAGE_BYTES};
use crate::memory::Bytes;
use crate::value::record::{Form, Type};
use crate::value::stream::{self, Bound, Id, NodeLimits, Stream, Trim};
use crate::word::Word;
use ids::NewId;

/// Redis's STREAM_LISTPACK_MAX_SIZE.
const ENTRY_BYTES_MAX: usize = 1 << 30;

const SMALLER: Error = Error(&"ERR The ID specified in XADD is equal or smaller than the target stream top item");

/// The options that XADD and XTRIM share, and those of XADD.
struct Options {
    trim: Option<Trim>,
    /// Where MAXLEN's or MINID's argument stands, for the effect.
    trim_at: usize,
    no_mkstream: bool,
    /// `None` for `*`.
    id: Option<NewId>,
    id_at: usize,
}

impl Options {
    /// Reads up to XADD's id; the checks stand in Redis's order.
    fn parse(ctx: &Ctx<'_, '_>, xadd: bool) -> Result<Options, Error> {
        let mut options = Options { trim: None, trim_at: 0, no_mkstream: false, id: None, id_at: 0 };
        let mut limit = None;
        let mut i = 2;
        while i < ctx.argc() {
            let more = ctx.argc() - 1 - i;
            if xadd && ctx.is_word(i, "*") {
                break;
            }
            let word = ctx.word(i);
            match word {
                Word::MaxLen | Word::MinId if more > 0 => i = options.bound(ctx, i, word == Word::MaxLen)?,
                Word::Limit if more > 0 => {
                    let n = ctx.int(i + 1)?;
                    limit = Some(u64::try_from(n).map_err(|_| Error(&"ERR The LIMIT argument must be >= 0."))?);
                    i += 1;
                }
                Word::NoMkStream if xadd => options.no_mkstream = true,
                _ if xadd => {
                    options.id = Some(ids::new(ctx, i)?);
                    break;
                }
                _ => return Err(Error::SYNTAX),
            }
            i += 1;
        }
        options.id_at = i;
        options.limit(ctx, limit, xadd)?;
        Ok(options)
    }

    /// MAXLEN or MINID at `i`; returns the place of its last argument.
    fn bound(&mut self, ctx: &Ctx<'_, '_>, i: usize, max_len: bool) -> Result<usize, Error> {
        if self.trim.is_some() {
            return Err(Error(&"ERR syntax error, MAXLEN and MINID options at the same time are not compatible"));
        }
        let approximate = ctx.is_word(i + 1, "~");
        let operator = ctx.argc() - 1 - i >= 2 && (approximate || ctx.is_word(i + 1, "="));
        let at = if operator { i + 2 } else { i + 1 };
        let bound = if max_len {
            let n = ctx.int(at)?;
            Bound::MaxLen(u64::try_from(n).map_err(|_| Error(&"ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Bound::MinId(ids::strict(ctx, at, 0)?)
        };
        self.trim = Some(Trim { bound, approximate: operator && approximate, limit: 0 });
        self.trim_at = at;
        Ok(at)
    }

    fn limit(&mut self, ctx: &Ctx<'_, '_>, limit: Option<u64>, xadd: bool) -> Result<(), Error> {
        let Some(trim) = &mut self.trim else {
            if limit.is_some_and(|limit| limit > 0) {
                return Err(Error(&"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"));
            }
            if !xadd {
                return Err(Error(&"ERR syntax error, XTRIM must be called with a trimming strategy"));
            }
            // LIMIT 0 without a strategy is let pass by the first check only.
            return match limit {
                Some(_) => Err(LIMIT_WITHOUT_TILDE),
                None => Ok(()),
            };
        };
        trim.limit = match limit {
            Some(_) if !trim.approximate => return Err(LIMIT_WITHOUT_TILDE),
            Some(limit) => limit,
            None if trim.approximate => match (ctx.config().stream_node_max_entries as u64).saturating_mul(100) {
                0 => 10_000,
                entries => entries.min(1_000_000),
            },
            None => 0,
        };
        Ok(())
    }
}

const LIMIT_WITHOUT_TILDE: Error = Error(&"ERR syntax error, LIMIT cannot be used without the special ~ option");

pub fn xadd(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = Options::parse(ctx, true)?;
    let fields_at = options.id_at + 1;
    if ctx.argc() < fields_at + 2 || !(ctx.argc() - fields_at).is_multiple_of(2) {
        return Err(Error::WRONG_ARITY);
    }
    if matches!(options.id, Some(NewId { id: Id::MIN, seq_given: true })) {
        return Err(Error(&"ERR The ID specified in XADD must be greater than 0-0"));
    }
    let key = ctx.arg(1);
    let mut entry = ctx.write(key, Type::Stream)?;
    if entry.is_none() && options.no_mkstream {
        ctx.null();
        return Ok(());
    }
    let mut stream = entry.map_or(Stream::new(), |entry| Stream::load(&ctx.e.mem, &entry));
    let id = new_id(ctx, &stream, options.id)?;
    let pairs = (ctx.argc() - fields_at) / 2;
    reserve(ctx, fields_at, key)?;

    let created = entry.is_none();
    let entry = match entry.take() {
        Some(entry) => entry,
        None => {
            let entry = ctx.create(key, Form::Stream, Stream::BYTES)?;
            stream.store(&mut ctx.e.mem, &entry);
            entry
        }
    };
    let args = ctx.args;
    let get = |mem: &crate::memory::Arena, i: usize| args.get(mem, fields_at + i);
    let limits = NodeLimits {
        entries: ctx.config().stream_node_max_entries as u64,
        bytes: ctx.config().stream_node_max_bytes as u64,
    };
    if let Err(oom) = stream::append(&mut ctx.e.mem, &mut stream, id, pairs, &get, limits) {
        stream.store(&mut ctx.e.mem, &entry);
        if created {
            ctx.delete(entry);
        }
        return Err(oom.into());
    }
    reply_id(ctx, id);
    ctx.changed(key, Class::Stream, "xadd");
    if let Some(trim) = &options.trim
        && stream::trim(&mut ctx.e.mem, &mut stream, trim) > 0
    {
        ctx.notify(key, Class::Stream, "xtrim");
    }
    stream.store(&mut ctx.e.mem, &entry);
    let given = options.id.is_some_and(|new| new.seq_given);
    propagate(ctx, &options, &stream, if given { None } else { Some(id) });
    Ok(())
}

/// The id of an entry to be added.
fn new_id(ctx: &Ctx<'_, '_>, stream: &Stream, wanted: Option<NewId>) -> Result<Id, Error> {
    let last = stream.last_id;
    if last == Id::MAX {
        return Err(Error(&"ERR The stream has exhausted the last possible ID, unable to add more items"));
    }
    let id = match wanted {
        Some(NewId { id, seq_given: true }) => id,
        // Redis 7.0.15 says of an exhausted sequence whatever errno was left: this, or that the elements are too large.
        Some(NewId { id, .. }) if id.ms == last.ms => Id::new(id.ms, last.seq.checked_add(1).ok_or(SMALLER)?),
        Some(NewId { id, .. }) => id,
        None => {
            let now = u64::try_from(ctx.now_ms()).unwrap_or(0);
            if now > last.ms { Id::new(now, 0) } else { last.next().unwrap_or(Id::MAX) }
        }
    };
    if id <= last { Err(SMALLER) } else { Ok(id) }
}

/// Makes sure of the memory for the fields from argument `from` on.
fn reserve(ctx: &mut Ctx<'_, '_>, from: usize, key: Bytes) -> Result<(), Error> {
    let (mut bytes, mut ropes) = (0usize, 0usize);
    for i in from..ctx.argc() {
        let len = ctx.arg(i).len();
        bytes = bytes.saturating_add(len);
        if len > ITEM_BYTES_MAX {
            ropes += 2 + len / PAGE_BYTES / 256;
        }
    }
    if bytes > ENTRY_BYTES_MAX {
        return Err(Error(&"ERR Elements are too large to be stored"));
    }
    let items = ctx.argc() - from;
    ctx.reserve(8 + ropes, bytes + bytes / 2 + 3 * items + key.len() + 3 * PAGE_BYTES)
}

/// Propagates the call with the id that was given out and, for `~`, with an exact bound, as Redis rewrites it.
fn propagate(ctx: &mut Ctx<'_, '_>, options: &Options, stream: &Stream, id: Option<Id>) {
    let trim = options.trim.as_ref().filter(|trim| trim.approximate);
    if id.is_none() && trim.is_none() {
        return;
    }
    let first = stream::edge_id(&ctx.e.mem, stream).text();
    let id_text = id.unwrap_or_default().text();
    let (args, db) = (ctx.args, ctx.db());
    ctx.e.effects.replaced = true;
    ctx.e.effects.emit_call(&mut ctx.e.mem, db, args.len(), &|mem, i| match trim {
        _ if id.is_some() && i == options.id_at => Bytes::Slice(id_text.as_bytes()),
        Some(_) if i + 1 == options.trim_at => Bytes::Slice(b"="),
        Some(trim) if i == options.trim_at => match trim.bound {
            Bound::MaxLen(_) => Bytes::Int(stream.length as i64),
            Bound::MinId(_) => Bytes::Slice(first.as_bytes()),
        },
        _ => args.get(mem, i),
    });
}

pub fn xdel(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(entry) = ctx.write(key, Type::Stream)? else {
        ctx.integer(0);
        return Ok(());
    };
    for i in 2..ctx.argc() {
        ids::strict(ctx, i, 0)?;
    }
    let mut stream = Stream::load(&ctx.e.mem, &entry);
    let mut deleted = 0;
    for i in 2..ctx.argc() {
        let id = ids::strict(ctx, i, 0)?;
        deleted += u64::from(stream::delete(&mut ctx.e.mem, &mut stream, id));
    }
    stream.store(&mut ctx.e.mem, &entry);
    if deleted > 0 {
        ctx.changed(key, Class::Stream, "xdel");
        ctx.add_dirty(deleted - 1);
    }
    ctx.integer(deleted as i64);
    Ok(())
}

pub fn xtrim(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = Options::parse(ctx, false)?;
    let key = ctx.arg(1);
    let entry = ctx.write(key, Type::Stream)?;
    let (Some(entry), Some(trim)) = (entry, &options.trim) else {
        ctx.integer(0);
        return Ok(());
    };
    let mut stream = Stream::load(&ctx.e.mem, &entry);
    let deleted = stream::trim(&mut ctx.e.mem, &mut stream, trim);
    stream.store(&mut ctx.e.mem, &entry);
    if deleted > 0 {
        ctx.changed(key, Class::Stream, "xtrim");
        ctx.add_dirty(deleted - 1);
        propagate(ctx, &options, &stream, None);
    }
    ctx.integer(deleted as i64);
    Ok(())
}

pub fn xsetid(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let id = ids::strict(ctx, 2, 0)?;
    let mut added = None;
    let mut max_deleted = Id::MIN;
    let mut i = 3;
    while i < ctx.argc() {
        let more = i + 1 < ctx.argc();
        match ctx.word(i) {
            Word::EntriesAdded if more => {
                let n = ctx.int(i + 1)?;
                added = Some(u64::try_from(n).map_err(|_| Error(&"ERR entries_added must be positive"))?);
            }
            Word::MaxDeletedId if more => {
                max_deleted = ids::strict(ctx, i + 1, 0)?;
                if id < max_deleted {
                    return Err(Error(
                        &"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                    ));
                }
            }
            _ => return Err(Error::SYNTAX),
        }
        i += 2;
    }
    let key = ctx.arg(1);
    let entry = ctx.write(key, Type::Stream)?.ok_or(Error::NO_SUCH_KEY)?;
    let mut stream = Stream::load(&ctx.e.mem, &entry);
    if let Some(last) = stream::last_id(&ctx.e.mem, &stream) {
        if id < last {
            return Err(Error(&"ERR The ID specified in XSETID is smaller than the target stream top item"));
        }
        if added.is_some_and(|added| stream.length > added) {
            return Err(Error(&"ERR The entries_added specified in XSETID is smaller than the target stream length"));
        }
    }
    stream.last_id = id;
    stream.entries_added = added.unwrap_or(stream.entries_added);
    if max_deleted != Id::MIN {
        stream.max_deleted_id = max_deleted;
    }
    stream.store(&mut ctx.e.mem, &entry);
    ctx.ok();
    // Redis 7.0.15 does not signal the key as modified here: WATCH does not see it.
    ctx.add_dirty(1);
    ctx.notify(key, Class::Stream, "xsetid");
    Ok(())
}
