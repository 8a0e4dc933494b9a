//! MULTI, EXEC, DISCARD and the optimistic locks of WATCH.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "discard",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "2.0.0",
        run: discard,
        subcommands: &[],
        doc: docs!(transaction, DISCARD),
    },
    Command {
        name: "exec",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::SKIP_SLOWLOG),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "1.2.0",
        run: exec,
        subcommands: &[],
        doc: docs!(transaction, EXEC),
    },
    Command {
        name: "multi",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "1.2.0",
        run: multi,
        subcommands: &[],
        doc: docs!(transaction, MULTI),
    },
    Command {
        name: "unwatch",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "2.2.0",
        run: unwatch,
        subcommands: &[],
        doc: docs!(transaction, UNWATCH),
    },
    Command {
        name: "watch",
        arity: -2,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Transactions,
        since: "2.2.0",
        run: watch,
        subcommands: &[],
        doc: docs!(transaction, WATCH),
    },
];

fn discard(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn exec(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn multi(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn unwatch(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn watch(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
