//! XINFO STREAM. Groups are always none.

use super::read::reply_range;
use super::{read_stream, reply_entry, reply_id};
use crate::commands::Ctx;
use crate::error::Error;
use crate::value::stream::{self, Id};
use crate::word::Word;

/// Entries of XINFO STREAM FULL without COUNT.
const COUNT_DEFAULT: i64 = 10;

pub fn xinfo_stream(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(stream) = read_stream(ctx, ctx.arg(2))? else { return Err(Error::NO_SUCH_KEY) };
    let full = ctx.argc() > 3;
    let mut count = COUNT_DEFAULT;
    if full {
        let known = match ctx.argc() {
            4 => ctx.word(3) == Word::Full,
            6 => ctx.word(3) == Word::Full && ctx.word(4) == Word::Count,
            _ => false,
        };
        if !known {
            return Err(subcommand_syntax(ctx));
        }
        if ctx.argc() == 6 {
            count = ctx.int(5)?;
            if count < 0 {
                count = COUNT_DEFAULT;
            }
        }
    }
    let first = stream::range(&ctx.e.mem, &stream, Id::MIN, Id::MAX).next(&ctx.e.mem);
    ctx.map(if full { 9 } else { 10 });
    ctx.bulk_str("length");
    ctx.integer(stream.length as i64);
    ctx.bulk_str("radix-tree-keys");
    ctx.integer(i64::from(stream.nodes));
    ctx.bulk_str("radix-tree-nodes");
    let nodes = stream::radix_nodes(&ctx.e.mem, &stream);
    ctx.integer(nodes as i64);
    ctx.bulk_str("last-generated-id");
    reply_id(ctx, stream.last_id);
    ctx.bulk_str("max-deleted-entry-id");
    reply_id(ctx, stream.max_deleted_id);
    ctx.bulk_str("entries-added");
    ctx.integer(stream.entries_added as i64);
    ctx.bulk_str("recorded-first-entry-id");
    reply_id(ctx, first.map_or(Id::MIN, |entry| entry.id));
    if full {
        ctx.bulk_str("entries");
        let max = if count == 0 { u64::MAX } else { count as u64 };
        reply_range(ctx, &stream, Id::MIN, Id::MAX, max, false);
        ctx.bulk_str("groups");
        ctx.array(0);
        return Ok(());
    }
    ctx.bulk_str("groups");
    ctx.integer(0);
    let last = stream::range_back(&ctx.e.mem, &stream, Id::MIN, Id::MAX).next(&ctx.e.mem);
    for (name, entry) in [("first-entry", first), ("last-entry", last)] {
        ctx.bulk_str(name);
        match entry {
            Some(entry) => reply_entry(ctx, &entry),
            None => ctx.null(),
        }
    }
    Ok(())
}

/// Redis's addReplySubcommandSyntaxError: the subcommand as it was sent, up to 128 bytes.
fn subcommand_syntax(ctx: &mut Ctx<'_, '_>) -> Error {
    // It is known to be "stream" in some case, so it is short and ASCII.
    let word = ctx.short(1);
    let name = word.as_ref().and_then(|short| core::str::from_utf8(short.as_bytes()).ok()).unwrap_or("stream");
    let text = format_args!("ERR unknown subcommand or wrong number of arguments for '{name}'. Try XINFO HELP.");
    ctx.error_fmt(text)
}
