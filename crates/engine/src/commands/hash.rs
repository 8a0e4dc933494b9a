//! Hash commands. HSCAN is in `scan.rs`.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "hdel",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hdel,
        subcommands: &[],
        doc: docs!(hash, HDEL),
    },
    Command {
        name: "hexists",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "2.0.0",
        run: hexists,
        subcommands: &[],
        doc: docs!(hash, HEXISTS),
    },
    Command {
        name: "hget",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hget,
        subcommands: &[],
        doc: docs!(hash, HGET),
    },
    Command {
        name: "hgetall",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hgetall,
        subcommands: &[],
        doc: docs!(hash, HGETALL),
    },
    Command {
        name: "hincrby",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hincrby,
        subcommands: &[],
        doc: docs!(hash, HINCRBY),
    },
    Command {
        name: "hincrbyfloat",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.6.0",
        run: hincrbyfloat,
        subcommands: &[],
        doc: docs!(hash, HINCRBYFLOAT),
    },
    Command {
        name: "hkeys",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hkeys,
        subcommands: &[],
        doc: docs!(hash, HKEYS),
    },
    Command {
        name: "hlen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "2.0.0",
        run: hlen,
        subcommands: &[],
        doc: docs!(hash, HLEN),
    },
    Command {
        name: "hmget",
        arity: -3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hmget,
        subcommands: &[],
        doc: docs!(hash, HMGET),
    },
    Command {
        name: "hmset",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hmset,
        subcommands: &[],
        doc: docs!(hash, HMSET),
    },
    Command {
        name: "hrandfield",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "6.2.0",
        run: hrandfield,
        subcommands: &[],
        doc: docs!(hash, HRANDFIELD),
    },
    Command {
        name: "hset",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Hash,
        since: "2.0.0",
        run: hset,
        subcommands: &[],
        doc: docs!(hash, HSET),
    },
    Command {
        name: "hsetnx",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::Hash,
        since: "2.0.0",
        run: hsetnx,
        subcommands: &[],
        doc: docs!(hash, HSETNX),
    },
    Command {
        name: "hstrlen",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Hash,
        since: "3.2.0",
        run: hstrlen,
        subcommands: &[],
        doc: docs!(hash, HSTRLEN),
    },
    Command {
        name: "hvals",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::HASH,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Hash,
        since: "2.0.0",
        run: hvals,
        subcommands: &[],
        doc: docs!(hash, HVALS),
    },
];

fn hdel(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hexists(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hget(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hgetall(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hincrby(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hincrbyfloat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hkeys(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hlen(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hmget(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hmset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hrandfield(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hsetnx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hstrlen(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hvals(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
