//! HyperLogLog commands over strings in Redis's own byte format.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "pfadd",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfadd,
        subcommands: &[],
        doc: docs!(hyperloglog, PFADD),
    },
    Command {
        name: "pfcount",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RW.with(KeyFlags::ACCESS))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfcount,
        subcommands: &[],
        doc: docs!(hyperloglog, PFCOUNT),
    },
    Command {
        name: "pfdebug",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::ADMIN),
        acl: Acl::HYPERLOGLOG,
        keys: &[KeySpec::at(2, KeyFlags::RW.with(KeyFlags::ACCESS))],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfdebug,
        subcommands: &[],
        doc: docs!(hyperloglog, PFDEBUG),
    },
    Command {
        name: "pfmerge",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::HYPERLOGLOG,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::INSERT)),
            KeySpec::range(2, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfmerge,
        subcommands: &[],
        doc: docs!(hyperloglog, PFMERGE),
    },
    Command {
        name: "pfselftest",
        arity: 1,
        flags: Flags::ADMIN,
        acl: Acl::HYPERLOGLOG,
        keys: &[],
        group: Group::Hyperloglog,
        since: "2.8.9",
        run: pfselftest,
        subcommands: &[],
        doc: docs!(hyperloglog, PFSELFTEST),
    },
];

fn pfadd(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pfcount(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pfdebug(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pfmerge(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pfselftest(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
