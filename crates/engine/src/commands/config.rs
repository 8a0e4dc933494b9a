//! CONFIG: settings read and changed at run time.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[Command {
    name: "config",
    arity: -2,
    flags: Flags::NONE,
    acl: Acl::NONE,
    keys: &[],
    group: Group::Server,
    since: "2.0.0",
    run: help,
    subcommands: &[
        Command {
            name: "get",
            arity: -3,
            flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
            acl: Acl::NONE,
            keys: &[],
            group: Group::Server,
            since: "2.0.0",
            run: config_get,
            subcommands: &[],
            doc: docs!(config, CONFIG_GET),
        },
        Command {
            name: "help",
            arity: 2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::NONE,
            keys: &[],
            group: Group::Server,
            since: "5.0.0",
            run: help,
            subcommands: &[],
            doc: docs!(config, CONFIG_HELP),
        },
        Command {
            name: "resetstat",
            arity: 2,
            flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
            acl: Acl::NONE,
            keys: &[],
            group: Group::Server,
            since: "2.0.0",
            run: config_resetstat,
            subcommands: &[],
            doc: docs!(config, CONFIG_RESETSTAT),
        },
        Command {
            name: "rewrite",
            arity: 2,
            flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
            acl: Acl::NONE,
            keys: &[],
            group: Group::Server,
            since: "2.8.0",
            run: config_rewrite,
            subcommands: &[],
            doc: docs!(config, CONFIG_REWRITE),
        },
        Command {
            name: "set",
            arity: -4,
            flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
            acl: Acl::NONE,
            keys: &[],
            group: Group::Server,
            since: "2.0.0",
            run: config_set,
            subcommands: &[],
            doc: docs!(config, CONFIG_SET),
        },
    ],
    doc: docs!(config, CONFIG),
}];

fn config_get(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn config_resetstat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn config_rewrite(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn config_set(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
