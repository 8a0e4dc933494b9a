//! Set commands. SSCAN is in `scan.rs`.

mod algebra;
pub(super) mod pick;

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::config::Class;
use crate::error::Error;
use crate::value::record::{Entry, Type};
use crate::value::{packed, set};
use algebra::{sdiff, sdiffstore, sinter, sintercard, sinterstore, sunion, sunionstore};
use pick::{spop, srandmember};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "sadd",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::Set,
        since: "1.0.0",
        run: sadd,
        subcommands: &[],
        doc: docs!(set, SADD),
    },
    Command {
        name: "scard",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Set,
        since: "1.0.0",
        run: scard,
        subcommands: &[],
        doc: docs!(set, SCARD),
    },
    Command {
        name: "sdiff",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "1.0.0",
        run: sdiff,
        subcommands: &[],
        doc: docs!(set, SDIFF),
    },
    Command {
        name: "sdiffstore",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::SET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::range(2, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Set,
        since: "1.0.0",
        run: sdiffstore,
        subcommands: &[],
        doc: docs!(set, SDIFFSTORE),
    },
    Command {
        name: "sinter",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "1.0.0",
        run: sinter,
        subcommands: &[],
        doc: docs!(set, SINTER),
    },
    Command {
        name: "sintercard",
        arity: -3,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::SET,
        keys: &[KeySpec::counted(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "7.0.0",
        run: sintercard,
        subcommands: &[],
        doc: docs!(set, SINTERCARD),
    },
    Command {
        name: "sinterstore",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::SET,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE)),
            KeySpec::range(2, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Set,
        since: "1.0.0",
        run: sinterstore,
        subcommands: &[],
        doc: docs!(set, SINTERSTORE),
    },
    Command {
        name: "sismember",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Set,
        since: "1.0.0",
        run: sismember,
        subcommands: &[],
        doc: docs!(set, SISMEMBER),
    },
    Command {
        name: "smembers",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "1.0.0",
        run: smembers,
        subcommands: &[],
        doc: docs!(set, SMEMBERS),
    },
    Command {
        name: "smismember",
        arity: -3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "6.2.0",
        run: smismember,
        subcommands: &[],
        doc: docs!(set, SMISMEMBER),
    },
    Command {
        name: "smove",
        arity: 4,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::RW.with(KeyFlags::INSERT)),
        ],
        group: Group::Set,
        since: "1.0.0",
        run: smove,
        subcommands: &[],
        doc: docs!(set, SMOVE),
    },
    Command {
        name: "spop",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::Set,
        since: "1.0.0",
        run: spop,
        subcommands: &[],
        doc: docs!(set, SPOP),
    },
    Command {
        name: "srandmember",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "1.0.0",
        run: srandmember,
        subcommands: &[],
        doc: docs!(set, SRANDMEMBER),
    },
    Command {
        name: "srem",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::Set,
        since: "1.0.0",
        run: srem,
        subcommands: &[],
        doc: docs!(set, SREM),
    },
    Command {
        name: "sunion",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "1.0.0",
        run: sunion,
        subcommands: &[],
        doc: docs!(set, SUNION),
    },
    Command {
        name: "sunionstore",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::SET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::range(2, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Set,
        since: "1.0.0",
        run: sunionstore,
        subcommands: &[],
        doc: docs!(set, SUNIONSTORE),
    },
];

fn sadd(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let found = ctx.write(key, Type::Set)?;
    let mut bytes = 0;
    for i in 2..ctx.argc() {
        bytes += ctx.arg(i).len();
    }
    let (blocks, bytes) = packed::cost(found.as_ref(), ctx.argc() - 2, bytes);
    ctx.reserve(blocks, bytes + 2 * key.len())?;
    let mut entry = match found {
        Some(entry) => entry,
        None => {
            let form = set::form_for(&ctx.e.mem, ctx.arg(2));
            ctx.create(key, form, 0)?
        }
    };
    let ints_max = ctx.e.config.set_max_intset_entries;
    let mut added = 0;
    for i in 2..ctx.argc() {
        let member = ctx.arg(i);
        match set::add(&mut ctx.e.mem, &mut entry, member, ints_max) {
            Ok(new) => added += u64::from(new),
            Err(oom) => {
                // What the reservation rules out; a set is never empty.
                if set::len(&ctx.e.mem, &entry) == 0 {
                    ctx.delete(entry);
                }
                return Err(oom.into());
            }
        }
    }
    if added > 0 {
        ctx.changed(key, Class::Set, "sadd");
        ctx.add_dirty(added - 1);
    }
    ctx.integer(added as i64);
    Ok(())
}

fn scard(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Set)?;
    let len = entry.map_or(0, |entry| set::len(&ctx.e.mem, &entry));
    ctx.integer(len as i64);
    Ok(())
}

fn sismember(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let member = ctx.arg(2);
    let entry = ctx.read(ctx.arg(1), Type::Set)?;
    let found = entry.is_some_and(|entry| set::contains(&ctx.e.mem, &entry, member));
    ctx.integer(i64::from(found));
    Ok(())
}

fn smembers(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Set)?;
    let len = entry.map_or(0, |entry| set::len(&ctx.e.mem, &entry));
    ctx.set(len);
    if let Some(entry) = entry {
        members(ctx, &entry);
    }
    Ok(())
}

/// Replies all members.
fn members(ctx: &mut Ctx<'_, '_>, entry: &Entry) {
    let mut walk = set::iter(&ctx.e.mem, entry);
    while let Some(member) = walk.next(&ctx.e.mem, entry) {
        ctx.bulk(member);
        if ctx.e.reply.failed() {
            break;
        }
    }
}

fn smismember(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let entry = ctx.read(ctx.arg(1), Type::Set)?;
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        let member = ctx.arg(i);
        let found = entry.is_some_and(|entry| set::contains(&ctx.e.mem, &entry, member));
        ctx.integer(i64::from(found));
    }
    Ok(())
}

fn smove(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (from_key, to_key, member) = (ctx.arg(1), ctx.arg(2), ctx.arg(3));
    // Both looked up first, as either may be found expired and deleted.
    ctx.lookup_write(from_key);
    let to = ctx.lookup_write(to_key);
    let Some(mut from) = ctx.peek(from_key) else {
        ctx.integer(0);
        return Ok(());
    };
    if from.kind() != Type::Set || to.is_some_and(|to| to.kind() != Type::Set) {
        return Err(Error::WRONG_TYPE);
    }
    if to.is_some_and(|to| to.record == from.record) || !set::contains(&ctx.e.mem, &from, member) {
        let found = set::contains(&ctx.e.mem, &from, member);
        ctx.integer(i64::from(found));
        return Ok(());
    }
    let (blocks, bytes) = packed::cost(to.as_ref(), 1, member.len());
    ctx.reserve(blocks, bytes + 2 * to_key.len())?;
    set::remove(&mut ctx.e.mem, &mut from, member)?;
    let emptied = set::len(&ctx.e.mem, &from) == 0;
    if emptied {
        ctx.delete(from);
    }
    ctx.changed(from_key, Class::Set, "srem");
    if emptied {
        ctx.notify(from_key, Class::Generic, "del");
    }
    let mut to = match ctx.peek(to_key) {
        Some(to) => to,
        None => {
            let form = set::form_for(&ctx.e.mem, member);
            ctx.create(to_key, form, 0)?
        }
    };
    let ints_max = ctx.e.config.set_max_intset_entries;
    if set::add(&mut ctx.e.mem, &mut to, member, ints_max)? {
        ctx.changed(to_key, Class::Set, "sadd");
    }
    ctx.integer(1);
    Ok(())
}

fn srem(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let key = ctx.arg(1);
    let Some(mut entry) = ctx.write(key, Type::Set)? else {
        ctx.integer(0);
        return Ok(());
    };
    let mut left = set::len(&ctx.e.mem, &entry);
    let mut removed = 0;
    for i in 2..ctx.argc() {
        let member = ctx.arg(i);
        if left > 0 && set::remove(&mut ctx.e.mem, &mut entry, member)? {
            removed += 1;
            left -= 1;
        }
    }
    if removed > 0 {
        if left == 0 {
            ctx.delete(entry);
        }
        ctx.changed(key, Class::Set, "srem");
        ctx.add_dirty(removed - 1);
        if left == 0 {
            ctx.notify(key, Class::Generic, "del");
        }
    }
    ctx.integer(removed as i64);
    Ok(())
}
