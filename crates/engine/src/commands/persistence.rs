//! SAVE, BGSAVE, LASTSAVE and SHUTDOWN.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "bgsave",
        arity: -1,
        flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: bgsave,
        subcommands: &[],
        doc: docs!(persistence, BGSAVE),
    },
    Command {
        name: "lastsave",
        arity: 1,
        flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
        acl: Acl::ADMIN.with(Acl::DANGEROUS),
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: lastsave,
        subcommands: &[],
        doc: docs!(persistence, LASTSAVE),
    },
    Command {
        name: "save",
        arity: 1,
        flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_MULTI).with(Flags::NO_ASYNC_LOADING),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: save,
        subcommands: &[],
        doc: docs!(persistence, SAVE),
    },
    Command {
        name: "shutdown",
        arity: -1,
        flags: Flags::ADMIN
            .with(Flags::NOSCRIPT)
            .with(Flags::LOADING)
            .with(Flags::STALE)
            .with(Flags::NO_MULTI)
            .with(Flags::ALLOW_BUSY),
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "1.0.0",
        run: shutdown,
        subcommands: &[],
        doc: docs!(persistence, SHUTDOWN),
    },
];

fn bgsave(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lastsave(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn save(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn shutdown(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
