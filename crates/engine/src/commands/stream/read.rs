//! XLEN, XRANGE, XREVRANGE and XREAD.

use super::{ids, read_stream, reply_entry};
use crate::args::StoredArgs;
use crate::commands::{Ctx, Timeout};
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::Type;
use crate::value::stream::{self, Id, Stream};
use crate::word::Word;

pub fn xlen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = read_stream(ctx, ctx.arg(1))?.map_or(0, |stream| stream.length);
    ctx.integer(len as i64);
    Ok(())
}

pub fn xrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 2, 3, false)
}

pub fn xrevrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    range(ctx, 3, 2, true)
}

fn range(ctx: &mut Ctx<'_, '_>, from_at: usize, to_at: usize, back: bool) -> Result<(), Error> {
    let (mut from, open) = ids::bound(ctx, from_at, 0)?;
    if open {
        from = from.next().ok_or(Error(&"ERR invalid start ID for the interval"))?;
    }
    let (mut to, open) = ids::bound(ctx, to_at, u64::MAX)?;
    if open {
        to = to.previous().ok_or(Error(&"ERR invalid end ID for the interval"))?;
    }
    let mut count = -1;
    let mut i = 4;
    while i < ctx.argc() {
        if ctx.word(i) != Word::Count || i + 1 == ctx.argc() {
            return Err(Error::SYNTAX);
        }
        count = ctx.int(i + 1)?.max(0);
        i += 2;
    }
    let Some(stream) = read_stream(ctx, ctx.arg(1))? else {
        ctx.array(0);
        return Ok(());
    };
    match count {
        0 => ctx.null_array(),
        _ => {
            let max = u64::try_from(count).unwrap_or(u64::MAX);
            reply_range(ctx, &stream, from, to, max, back);
        }
    }
    Ok(())
}

/// An array of up to `max` entries.
pub fn reply_range(ctx: &mut Ctx<'_, '_>, stream: &Stream, from: Id, to: Id, max: u64, back: bool) {
    let array = ctx.deferred();
    let mut replied = 0;
    let mut forth = stream::range(&ctx.e.mem, stream, from, to);
    let mut backwards = if back { Some(stream::range_back(&ctx.e.mem, stream, from, to)) } else { None };
    while replied < max && !ctx.e.reply.failed() {
        let entry = match &mut backwards {
            Some(walk) => walk.next(&ctx.e.mem),
            None => forth.next(&ctx.e.mem),
        };
        let Some(entry) = entry else { break };
        reply_entry(ctx, &entry);
        replied += 1;
    }
    ctx.end_array(array, replied as usize);
}

/// Where XREAD's parts are.
struct Xread {
    /// 0: all.
    count: u64,
    block: Option<Timeout>,
    first_key: usize,
    streams: usize,
}

impl Xread {
    fn parse(ctx: &mut Ctx<'_, '_>) -> Result<Xread, Error> {
        let (mut count, mut block) = (0, None);
        let mut i = 1;
        while i < ctx.argc() {
            let more = ctx.argc() - i - 1;
            match ctx.word(i) {
                Word::Block if more > 0 => {
                    i += 1;
                    block = Some(ctx.timeout_ms(i)?);
                }
                Word::Count if more > 0 => {
                    i += 1;
                    count = u64::try_from(ctx.int(i)?).unwrap_or(0);
                }
                Word::Streams if more > 0 => {
                    if !more.is_multiple_of(2) {
                        return Err(Error(
                            &"ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
                        ));
                    }
                    return Ok(Xread { count, block, first_key: i + 1, streams: more / 2 });
                }
                Word::Group if more >= 2 => {
                    return Err(Error(
                        &"ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
                    ));
                }
                Word::NoAck => {
                    return Err(Error(
                        &"ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
                    ));
                }
                _ => return Err(Error::SYNTAX),
            }
            i += 1;
        }
        Err(Error::SYNTAX)
    }

    /// The id above which the client wants entries of stream number `i`.
    fn after(&self, ctx: &Ctx<'_, '_>, i: usize, stream: Option<&Stream>) -> Result<Id, Error> {
        let at = self.first_key + self.streams + i;
        if ctx.is_word(at, "$") {
            return Ok(stream.map_or(Id::MIN, |stream| stream.last_id));
        }
        if ctx.is_word(at, ">") {
            return Err(Error(
                &"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
            ));
        }
        ids::strict(ctx, at, 0)
    }
}

pub fn xread(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let call = Xread::parse(ctx)?;
    for i in 0..call.streams {
        let stream = read_stream(ctx, ctx.arg(call.first_key + i))?;
        call.after(ctx, i, stream.as_ref())?;
    }
    // Known beforehand, so that the reply needs one open header at a time.
    let mut served = 0;
    for at in ctx.keys_to_try(call.first_key, call.streams) {
        served += usize::from(readable(ctx, &call, at - call.first_key).is_some());
    }
    if served == 0 {
        return nothing_new(ctx, &call);
    }
    let resp2 = ctx.proto() == 2;
    if resp2 {
        ctx.array(served);
    } else {
        ctx.map(served);
    }
    let max = if call.count == 0 { u64::MAX } else { call.count };
    for at in ctx.keys_to_try(call.first_key, call.streams) {
        let key = ctx.arg(at);
        // As in Redis a key is looked up, and a hit or miss counted, again to be served.
        ctx.lookup_read(key);
        if let Some((stream, from)) = readable(ctx, &call, at - call.first_key) {
            if resp2 {
                ctx.array(2);
            }
            ctx.bulk(key);
            reply_range(ctx, &stream, from, Id::MAX, max, false);
        }
    }
    Ok(())
}

fn nothing_new(ctx: &mut Ctx<'_, '_>, call: &Xread) -> Result<(), Error> {
    let Some(timeout) = call.block else {
        ctx.null_array();
        return Ok(());
    };
    if ctx.e.ready_arg.is_none() && !ctx.e.in_exec {
        resolve_last(ctx, call)?;
    }
    ctx.wait_for_keys(timeout, Ctx::null_array)
}

/// What waits is the call with the ids that its `$` stand for now.
fn resolve_last(ctx: &mut Ctx<'_, '_>, call: &Xread) -> Result<(), Error> {
    let ids_at = call.first_key + call.streams;
    let mut resolved = StoredArgs::EMPTY;
    for at in 0..ctx.argc() {
        let text;
        let mut arg = ctx.arg(at);
        if at >= ids_at && ctx.is_word(at, "$") {
            let stream = ctx.peek(ctx.arg(at - call.streams)).map(|entry| Stream::load(&ctx.e.mem, &entry));
            text = stream.map_or(Id::MIN, |stream| stream.last_id).text();
            arg = Bytes::Slice(text.as_bytes());
        }
        if let Err(error) = resolved.push(ctx.mem(), arg) {
            resolved.free(ctx.mem());
            return Err(error.into());
        }
    }
    ctx.session().pending = resolved;
    Ok(())
}

/// Stream number `i` and the first id wanted, if it has an entry to give.
fn readable(ctx: &mut Ctx<'_, '_>, call: &Xread, i: usize) -> Option<(Stream, Id)> {
    let key: Bytes = ctx.arg(call.first_key + i);
    let entry = ctx.peek(key).filter(|entry| entry.kind() == Type::Stream)?;
    let stream = Stream::load(&ctx.e.mem, &entry);
    let from = call.after(ctx, i, Some(&stream)).ok()?.next()?;
    let last = stream::last_id(&ctx.e.mem, &stream)?;
    if last >= from { Some((stream, from)) } else { None }
}
