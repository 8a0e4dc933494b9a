//! List commands: the rows, and what their handlers share.

mod pop;
mod read;
mod write;

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;
use crate::memory::Bytes;
use crate::resp::reply::{BULK_FRAME, write_bulk};
use crate::value::list::{self, Iter};
use crate::value::record::Entry;
use pop::{blmove, blmpop, blpop, brpop, brpoplpush, lmove, lmpop, lpop, rpop, rpoplpush};
use read::{lindex, llen, lpos, lrange};
use write::{linsert, lpush, lpushx, lrem, lset, ltrim, rpush, rpushx};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "blmove",
        arity: 6,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "6.2.0",
        run: blmove,
        subcommands: &[],
        doc: docs!(list, BLMOVE),
    },
    Command {
        name: "blmpop",
        arity: -5,
        flags: Flags::WRITE.with(Flags::BLOCKING).with(Flags::MOVABLEKEYS),
        acl: Acl::LIST,
        keys: &[KeySpec::counted(2, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "7.0.0",
        run: blmpop,
        subcommands: &[],
        doc: docs!(list, BLMPOP),
    },
    Command {
        name: "blpop",
        arity: -3,
        flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[KeySpec::range(1, -2, 1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "2.0.0",
        run: blpop,
        subcommands: &[],
        doc: docs!(list, BLPOP),
    },
    Command {
        name: "brpop",
        arity: -3,
        flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[KeySpec::range(1, -2, 1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "2.0.0",
        run: brpop,
        subcommands: &[],
        doc: docs!(list, BRPOP),
    },
    Command {
        name: "brpoplpush",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "2.2.0",
        run: brpoplpush,
        subcommands: &[],
        doc: docs!(list, BRPOPLPUSH),
    },
    Command {
        name: "lindex",
        arity: 3,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "1.0.0",
        run: lindex,
        subcommands: &[],
        doc: docs!(list, LINDEX),
    },
    Command {
        name: "linsert",
        arity: 5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: linsert,
        subcommands: &[],
        doc: docs!(list, LINSERT),
    },
    Command {
        name: "llen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::List,
        since: "1.0.0",
        run: llen,
        subcommands: &[],
        doc: docs!(list, LLEN),
    },
    Command {
        name: "lmove",
        arity: 5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "6.2.0",
        run: lmove,
        subcommands: &[],
        doc: docs!(list, LMOVE),
    },
    Command {
        name: "lmpop",
        arity: -4,
        flags: Flags::WRITE.with(Flags::MOVABLEKEYS),
        acl: Acl::LIST,
        keys: &[KeySpec::counted(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "7.0.0",
        run: lmpop,
        subcommands: &[],
        doc: docs!(list, LMPOP),
    },
    Command {
        name: "lpop",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: lpop,
        subcommands: &[],
        doc: docs!(list, LPOP),
    },
    Command {
        name: "lpos",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "6.0.6",
        run: lpos,
        subcommands: &[],
        doc: docs!(list, LPOS),
    },
    Command {
        name: "lpush",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "1.0.0",
        run: lpush,
        subcommands: &[],
        doc: docs!(list, LPUSH),
    },
    Command {
        name: "lpushx",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: lpushx,
        subcommands: &[],
        doc: docs!(list, LPUSHX),
    },
    Command {
        name: "lrange",
        arity: 4,
        flags: Flags::READONLY,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::List,
        since: "1.0.0",
        run: lrange,
        subcommands: &[],
        doc: docs!(list, LRANGE),
    },
    Command {
        name: "lrem",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: lrem,
        subcommands: &[],
        doc: docs!(list, LREM),
    },
    Command {
        name: "lset",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::List,
        since: "1.0.0",
        run: lset,
        subcommands: &[],
        doc: docs!(list, LSET),
    },
    Command {
        name: "ltrim",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: ltrim,
        subcommands: &[],
        doc: docs!(list, LTRIM),
    },
    Command {
        name: "rpop",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::List,
        since: "1.0.0",
        run: rpop,
        subcommands: &[],
        doc: docs!(list, RPOP),
    },
    Command {
        name: "rpoplpush",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::LIST,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::List,
        since: "1.2.0",
        run: rpoplpush,
        subcommands: &[],
        doc: docs!(list, RPOPLPUSH),
    },
    Command {
        name: "rpush",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "1.0.0",
        run: rpush,
        subcommands: &[],
        doc: docs!(list, RPUSH),
    },
    Command {
        name: "rpushx",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::LIST,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::List,
        since: "2.2.0",
        run: rpushx,
        subcommands: &[],
        doc: docs!(list, RPUSHX),
    },
];

/// Replies the next `n` items: in runs from the chunks into the output, and singly what does not go that way.
fn reply_items(ctx: &mut Ctx<'_, '_>, mut iter: Iter, n: usize) {
    ctx.array(n);
    let mut left = n;
    while left > 0 && !ctx.e.reply.failed() {
        let mem = &ctx.e.mem;
        ctx.e.reply.direct(|out| {
            let mut at = 0;
            left -= iter.take_while(mem, left, |text, len| {
                if out.len() - at < len + BULK_FRAME {
                    return false;
                }
                at += write_bulk(&mut out[at..], text, len);
                true
            });
            at
        });
        if left > 0 {
            let item = iter.next(ctx.mem()).unwrap_or(Bytes::EMPTY);
            ctx.bulk(item);
            left -= 1;
        }
    }
}

fn reserve(ctx: &mut Ctx<'_, '_>, items: usize, bytes: usize) -> Result<(), Error> {
    let (blocks, bytes) = list::push_bound(items, bytes);
    ctx.reserve(blocks, bytes)
}

/// The index from the head for one that may count from the tail.
fn at_index(ctx: &mut Ctx<'_, '_>, entry: &Entry, index: i64) -> Option<usize> {
    let len = list::len(ctx.mem(), entry) as i64;
    let index = if index < 0 { len.checked_add(index)? } else { index };
    if (0..len).contains(&index) { Some(index as usize) } else { None }
}

/// The items from `start` to `stop`, both included and counted from the tail where negative, as a half-open range.
fn range(start: i64, stop: i64, len: usize) -> Option<(usize, usize)> {
    let len = len as i64;
    let from_head = |i: i64| if i < 0 { len.saturating_add(i) } else { i };
    let (start, stop) = (from_head(start).max(0), from_head(stop).min(len - 1));
    if start > stop || start >= len { None } else { Some((start as usize, stop as usize + 1)) }
}
