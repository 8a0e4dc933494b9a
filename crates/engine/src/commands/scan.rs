//! SCAN and its kin: cursors are positions in hash order, so they hold through growth and compaction.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "hscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.8.0",
        run: hscan,
        subcommands: &[],
        doc: docs!(scan, HSCAN),
    },
    Command {
        name: "scan",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::KEYSPACE,
        keys: &[],
        group: Group::Generic,
        since: "2.8.0",
        run: scan,
        subcommands: &[],
        doc: docs!(scan, SCAN),
    },
    Command {
        name: "sscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::SET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Set,
        since: "2.8.0",
        run: sscan,
        subcommands: &[],
        doc: docs!(scan, SSCAN),
    },
    Command {
        name: "zscan",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.8.0",
        run: zscan,
        subcommands: &[],
        doc: docs!(scan, ZSCAN),
    },
];

fn hscan(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn scan(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn sscan(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zscan(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
