//! List commands that do not block.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
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

fn lindex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn linsert(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn llen(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lmove(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lmpop(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lpop(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lpos(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lpush(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lpushx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lrange(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lrem(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn ltrim(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn rpop(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn rpoplpush(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn rpush(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn rpushx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
