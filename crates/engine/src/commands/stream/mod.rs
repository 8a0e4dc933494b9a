//! Stream commands without consumer groups.

mod ids;
mod info;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Begin, Command, Find, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::record::Type;
use crate::value::stream::{Entry, Id, Stream};
use info::xinfo_stream;
use read::{xlen, xrange, xread, xrevrange};
use write::{xadd, xdel, xsetid, xtrim};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "xadd",
        arity: -5,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Stream,
        since: "5.0.0",
        run: xadd,
        subcommands: &[],
        doc: docs!(stream, XADD),
    },
    Command {
        name: "xdel",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::Stream,
        since: "5.0.0",
        run: xdel,
        subcommands: &[],
        doc: docs!(stream, XDEL),
    },
    Command {
        name: "xinfo",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Stream,
        since: "5.0.0",
        run: help,
        subcommands: &[
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::STREAM,
                keys: &[],
                group: Group::Stream,
                since: "5.0.0",
                run: help,
                subcommands: &[],
                doc: docs!(stream, XINFO_HELP),
            },
            Command {
                name: "stream",
                arity: -3,
                flags: Flags::READONLY,
                acl: Acl::STREAM,
                keys: &[KeySpec::at(2, KeyFlags::RO.with(KeyFlags::ACCESS))],
                group: Group::Stream,
                since: "5.0.0",
                run: xinfo_stream,
                subcommands: &[],
                doc: docs!(stream, XINFO_STREAM),
            },
        ],
        doc: docs!(stream, XINFO),
    },
    Command {
        name: "xlen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Stream,
        since: "5.0.0",
        run: xlen,
        subcommands: &[],
        doc: docs!(stream, XLEN),
    },
    Command {
        name: "xrange",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Stream,
        since: "5.0.0",
        run: xrange,
        subcommands: &[],
        doc: docs!(stream, XRANGE),
    },
    Command {
        name: "xread",
        arity: -4,
        flags: Flags::READONLY.with(Flags::BLOCKING).with(Flags::MOVABLEKEYS),
        acl: Acl::STREAM,
        keys: &[KeySpec {
            flags: KeyFlags::RO.with(KeyFlags::ACCESS),
            begin: Begin::Keyword { keyword: "STREAMS", from: 1 },
            find: Find::Range { last: -1, step: 1, limit: 2 },
        }],
        group: Group::Stream,
        since: "5.0.0",
        run: xread,
        subcommands: &[],
        doc: docs!(stream, XREAD),
    },
    Command {
        name: "xrevrange",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Stream,
        since: "5.0.0",
        run: xrevrange,
        subcommands: &[],
        doc: docs!(stream, XREVRANGE),
    },
    Command {
        name: "xsetid",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Stream,
        since: "5.0.0",
        run: xsetid,
        subcommands: &[],
        doc: docs!(stream, XSETID),
    },
    Command {
        name: "xtrim",
        arity: -4,
        flags: Flags::WRITE,
        acl: Acl::STREAM,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::Stream,
        since: "5.0.0",
        run: xtrim,
        subcommands: &[],
        doc: docs!(stream, XTRIM),
    },
];

/// The stream at a key, looked up for reading.
fn read_stream(ctx: &mut Ctx<'_, '_>, key: Bytes) -> Result<Option<Stream>, Error> {
    let entry = ctx.read(key, Type::Stream)?;
    Ok(entry.map(|entry| Stream::load(&ctx.e.mem, &entry)))
}

fn reply_id(ctx: &mut Ctx<'_, '_>, id: Id) {
    ctx.bulk(Bytes::Slice(id.text().as_bytes()));
}

/// An id and an array of fields and values.
fn reply_entry(ctx: &mut Ctx<'_, '_>, entry: &Entry) {
    ctx.array(2);
    reply_id(ctx, entry.id);
    ctx.array(2 * entry.pairs);
    let mut fields = entry.fields();
    while let Some((field, value)) = fields.next(&ctx.e.mem) {
        ctx.bulk(field);
        ctx.bulk(value);
    }
}
