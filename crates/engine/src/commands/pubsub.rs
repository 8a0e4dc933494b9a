//! Publish and subscribe: channels, patterns and what can be asked about them.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "psubscribe",
        arity: -2,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: psubscribe,
        subcommands: &[],
        doc: docs!(pubsub, PSUBSCRIBE),
    },
    Command {
        name: "publish",
        arity: 3,
        flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: publish,
        subcommands: &[],
        doc: docs!(pubsub, PUBLISH),
    },
    Command {
        name: "pubsub",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.8.0",
        run: help,
        subcommands: &[
            Command {
                name: "channels",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_channels,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_CHANNELS),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "6.2.0",
                run: help,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_HELP),
            },
            Command {
                name: "numpat",
                arity: 2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_numpat,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_NUMPAT),
            },
            Command {
                name: "numsub",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_numsub,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_NUMSUB),
            },
        ],
        doc: docs!(pubsub, PUBSUB),
    },
    Command {
        name: "punsubscribe",
        arity: -1,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: punsubscribe,
        subcommands: &[],
        doc: docs!(pubsub, PUNSUBSCRIBE),
    },
    Command {
        name: "subscribe",
        arity: -2,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: subscribe,
        subcommands: &[],
        doc: docs!(pubsub, SUBSCRIBE),
    },
    Command {
        name: "unsubscribe",
        arity: -1,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: unsubscribe,
        subcommands: &[],
        doc: docs!(pubsub, UNSUBSCRIBE),
    },
];

fn psubscribe(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn publish(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pubsub_channels(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pubsub_numpat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pubsub_numsub(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn punsubscribe(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn subscribe(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn unsubscribe(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
