//! String commands: values of up to 512 MB, counters and substrings.
//!
//! Not here: bits of strings (`bitmap.rs`) and HyperLogLog registers (`hyperloglog.rs`).

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "append",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::INSERT))],
        group: Group::String,
        since: "2.0.0",
        run: append,
        subcommands: &[],
        doc: docs!(string, APPEND),
    },
    Command {
        name: "decr",
        arity: 2,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.0",
        run: decr,
        subcommands: &[],
        doc: docs!(string, DECR),
    },
    Command {
        name: "decrby",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.0",
        run: decrby,
        subcommands: &[],
        doc: docs!(string, DECRBY),
    },
    Command {
        name: "get",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::String,
        since: "1.0.0",
        run: get,
        subcommands: &[],
        doc: docs!(string, GET),
    },
    Command {
        name: "getdel",
        arity: 2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::String,
        since: "6.2.0",
        run: getdel,
        subcommands: &[],
        doc: docs!(string, GETDEL),
    },
    Command {
        name: "getex",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "6.2.0",
        run: getex,
        subcommands: &[],
        doc: docs!(string, GETEX),
    },
    Command {
        name: "getrange",
        arity: 4,
        flags: Flags::READONLY,
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::String,
        since: "2.4.0",
        run: getrange,
        subcommands: &[],
        doc: docs!(string, GETRANGE),
    },
    Command {
        name: "getset",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.0",
        run: getset,
        subcommands: &[],
        doc: docs!(string, GETSET),
    },
    Command {
        name: "incr",
        arity: 2,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.0",
        run: incr,
        subcommands: &[],
        doc: docs!(string, INCR),
    },
    Command {
        name: "incrby",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.0",
        run: incrby,
        subcommands: &[],
        doc: docs!(string, INCRBY),
    },
    Command {
        name: "incrbyfloat",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "2.6.0",
        run: incrbyfloat,
        subcommands: &[],
        doc: docs!(string, INCRBYFLOAT),
    },
    Command {
        name: "lcs",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::STRING,
        keys: &[KeySpec::range(1, 1, 1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::String,
        since: "7.0.0",
        run: lcs,
        subcommands: &[],
        doc: docs!(string, LCS),
    },
    Command {
        name: "mget",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::String,
        since: "1.0.0",
        run: mget,
        subcommands: &[],
        doc: docs!(string, MGET),
    },
    Command {
        name: "mset",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::range(1, -1, 2, KeyFlags::OW.with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "1.0.1",
        run: mset,
        subcommands: &[],
        doc: docs!(string, MSET),
    },
    Command {
        name: "msetnx",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::range(1, -1, 2, KeyFlags::OW.with(KeyFlags::INSERT))],
        group: Group::String,
        since: "1.0.1",
        run: msetnx,
        subcommands: &[],
        doc: docs!(string, MSETNX),
    },
    Command {
        name: "psetex",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "2.6.0",
        run: psetex,
        subcommands: &[],
        doc: docs!(string, PSETEX),
    },
    Command {
        name: "set",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::at(
            1,
            KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE).with(KeyFlags::VARIABLE_FLAGS),
        )],
        group: Group::String,
        since: "1.0.0",
        run: set,
        subcommands: &[],
        doc: docs!(string, SET),
    },
    Command {
        name: "setex",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "2.0.0",
        run: setex,
        subcommands: &[],
        doc: docs!(string, SETEX),
    },
    Command {
        name: "setnx",
        arity: 3,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::OW.with(KeyFlags::INSERT))],
        group: Group::String,
        since: "1.0.0",
        run: setnx,
        subcommands: &[],
        doc: docs!(string, SETNX),
    },
    Command {
        name: "setrange",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::String,
        since: "2.2.0",
        run: setrange,
        subcommands: &[],
        doc: docs!(string, SETRANGE),
    },
    Command {
        name: "strlen",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::String,
        since: "2.2.0",
        run: strlen,
        subcommands: &[],
        doc: docs!(string, STRLEN),
    },
    Command {
        name: "substr",
        arity: 4,
        flags: Flags::READONLY,
        acl: Acl::STRING,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::String,
        since: "1.0.0",
        run: substr,
        subcommands: &[],
        doc: docs!(string, SUBSTR),
    },
];

fn append(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn decr(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn decrby(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn get(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn getdel(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn getex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn getrange(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn getset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn incr(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn incrby(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn incrbyfloat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn lcs(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn mget(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn mset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn msetnx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn psetex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn set(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn setex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn setnx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn setrange(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn strlen(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn substr(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
