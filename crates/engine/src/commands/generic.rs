//! Commands that work on keys of any type: existence, expiry, names, copies, and the object behind a key.
//!
//! Not here: the SCAN family (`scan.rs`).

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "copy",
        arity: -3,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Generic,
        since: "6.2.0",
        run: copy,
        subcommands: &[],
        doc: docs!(generic, COPY),
    },
    Command {
        name: "del",
        arity: -2,
        flags: Flags::WRITE,
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RM.with(KeyFlags::DELETE))],
        group: Group::Generic,
        since: "1.0.0",
        run: del,
        subcommands: &[],
        doc: docs!(generic, DEL),
    },
    Command {
        name: "exists",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Generic,
        since: "1.0.0",
        run: exists,
        subcommands: &[],
        doc: docs!(generic, EXISTS),
    },
    Command {
        name: "expire",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.0.0",
        run: expire,
        subcommands: &[],
        doc: docs!(generic, EXPIRE),
    },
    Command {
        name: "expireat",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.2.0",
        run: expireat,
        subcommands: &[],
        doc: docs!(generic, EXPIREAT),
    },
    Command {
        name: "expiretime",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "7.0.0",
        run: expiretime,
        subcommands: &[],
        doc: docs!(generic, EXPIRETIME),
    },
    Command {
        name: "keys",
        arity: 2,
        flags: Flags::READONLY,
        acl: Acl::DANGEROUS.with(Acl::KEYSPACE),
        keys: &[],
        group: Group::Generic,
        since: "1.0.0",
        run: keys,
        subcommands: &[],
        doc: docs!(generic, KEYS),
    },
    Command {
        name: "move",
        arity: 3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "1.0.0",
        run: move_,
        subcommands: &[],
        doc: docs!(generic, MOVE),
    },
    Command {
        name: "object",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Generic,
        since: "2.2.3",
        run: help,
        subcommands: &[
            Command {
                name: "encoding",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_encoding,
                subcommands: &[],
                doc: docs!(generic, OBJECT_ENCODING),
            },
            Command {
                name: "freq",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "4.0.0",
                run: object_freq,
                subcommands: &[],
                doc: docs!(generic, OBJECT_FREQ),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::KEYSPACE,
                keys: &[],
                group: Group::Generic,
                since: "6.2.0",
                run: help,
                subcommands: &[],
                doc: docs!(generic, OBJECT_HELP),
            },
            Command {
                name: "idletime",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_idletime,
                subcommands: &[],
                doc: docs!(generic, OBJECT_IDLETIME),
            },
            Command {
                name: "refcount",
                arity: 3,
                flags: Flags::READONLY,
                acl: Acl::KEYSPACE,
                keys: &[KeySpec::at(2, KeyFlags::RO)],
                group: Group::Generic,
                since: "2.2.3",
                run: object_refcount,
                subcommands: &[],
                doc: docs!(generic, OBJECT_REFCOUNT),
            },
        ],
        doc: docs!(generic, OBJECT),
    },
    Command {
        name: "persist",
        arity: 2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.2.0",
        run: persist,
        subcommands: &[],
        doc: docs!(generic, PERSIST),
    },
    Command {
        name: "pexpire",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.6.0",
        run: pexpire,
        subcommands: &[],
        doc: docs!(generic, PEXPIRE),
    },
    Command {
        name: "pexpireat",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Generic,
        since: "2.6.0",
        run: pexpireat,
        subcommands: &[],
        doc: docs!(generic, PEXPIREAT),
    },
    Command {
        name: "pexpiretime",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "7.0.0",
        run: pexpiretime,
        subcommands: &[],
        doc: docs!(generic, PEXPIRETIME),
    },
    Command {
        name: "pttl",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "2.6.0",
        run: pttl,
        subcommands: &[],
        doc: docs!(generic, PTTL),
    },
    Command {
        name: "randomkey",
        arity: 1,
        flags: Flags::READONLY,
        acl: Acl::KEYSPACE,
        keys: &[],
        group: Group::Generic,
        since: "1.0.0",
        run: randomkey,
        subcommands: &[],
        doc: docs!(generic, RANDOMKEY),
    },
    Command {
        name: "rename",
        arity: 3,
        flags: Flags::WRITE,
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Generic,
        since: "1.0.0",
        run: rename,
        subcommands: &[],
        doc: docs!(generic, RENAME),
    },
    Command {
        name: "renamenx",
        arity: 3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[
            KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::INSERT)),
        ],
        group: Group::Generic,
        since: "1.0.0",
        run: renamenx,
        subcommands: &[],
        doc: docs!(generic, RENAMENX),
    },
    Command {
        name: "touch",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Generic,
        since: "3.2.1",
        run: touch,
        subcommands: &[],
        doc: docs!(generic, TOUCH),
    },
    Command {
        name: "ttl",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Generic,
        since: "1.0.0",
        run: ttl,
        subcommands: &[],
        doc: docs!(generic, TTL),
    },
    Command {
        name: "type",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::Generic,
        since: "1.0.0",
        run: type_,
        subcommands: &[],
        doc: docs!(generic, TYPE),
    },
    Command {
        name: "unlink",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::KEYSPACE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RM.with(KeyFlags::DELETE))],
        group: Group::Generic,
        since: "4.0.0",
        run: unlink,
        subcommands: &[],
        doc: docs!(generic, UNLINK),
    },
    Command {
        name: "wait",
        arity: 3,
        flags: Flags::NOSCRIPT,
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Generic,
        since: "3.0.0",
        run: wait,
        subcommands: &[],
        doc: docs!(generic, WAIT),
    },
];

fn copy(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn del(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn exists(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn expire(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn expireat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn expiretime(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn keys(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn move_(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn object_encoding(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn object_freq(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn object_idletime(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn object_refcount(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn persist(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pexpire(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pexpireat(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pexpiretime(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn pttl(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn randomkey(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn rename(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn renamenx(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn touch(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn ttl(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn type_(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn unlink(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn wait(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
