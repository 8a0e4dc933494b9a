//! COMMAND and its subcommands: the command table as clients see it.
//!
//! Everything here is derived from the rows; nothing about a command is typed twice.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[Command {
    name: "command",
    arity: -1,
    flags: Flags::LOADING.with(Flags::STALE),
    acl: Acl::CONNECTION,
    keys: &[],
    group: Group::Server,
    since: "2.8.13",
    run: command,
    subcommands: &[
        Command {
            name: "count",
            arity: 2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_count,
            subcommands: &[],
            doc: docs!(command, COMMAND_COUNT),
        },
        Command {
            name: "docs",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_docs,
            subcommands: &[],
            doc: docs!(command, COMMAND_DOCS),
        },
        Command {
            name: "getkeys",
            arity: -4,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_getkeys,
            subcommands: &[],
            doc: docs!(command, COMMAND_GETKEYS),
        },
        Command {
            name: "getkeysandflags",
            arity: -4,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_getkeysandflags,
            subcommands: &[],
            doc: docs!(command, COMMAND_GETKEYSANDFLAGS),
        },
        Command {
            name: "help",
            arity: 2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "5.0.0",
            run: help,
            subcommands: &[],
            doc: docs!(command, COMMAND_HELP),
        },
        Command {
            name: "info",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_info,
            subcommands: &[],
            doc: docs!(command, COMMAND_INFO),
        },
        Command {
            name: "list",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_list,
            subcommands: &[],
            doc: docs!(command, COMMAND_LIST),
        },
    ],
    doc: docs!(command, COMMAND),
}];

fn command(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_count(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_docs(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_getkeys(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_getkeysandflags(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_info(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn command_list(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
