//! Set commands. SSCAN is in `scan.rs`.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

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

fn sadd(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn scard(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sdiff(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sdiffstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sinter(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sintercard(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sinterstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sismember(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn smembers(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn smismember(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn smove(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn spop(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn srandmember(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn srem(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sunion(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sunionstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
