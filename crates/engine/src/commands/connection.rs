//! Commands about the connection itself: authentication, protocol, database, and CLIENT.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "auth",
        arity: -2,
        flags: Flags::NOSCRIPT
            .with(Flags::LOADING)
            .with(Flags::STALE)
            .with(Flags::FAST)
            .with(Flags::NO_AUTH)
            .with(Flags::ALLOW_BUSY),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "1.0.0",
        run: auth,
        subcommands: &[],
        doc: docs!(connection, AUTH),
    },
    Command {
        name: "client",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Connection,
        since: "2.4.0",
        run: help,
        subcommands: &[
            Command {
                name: "caching",
                arity: 3,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.0.0",
                run: client_caching,
                subcommands: &[],
                doc: docs!(connection, CLIENT_CACHING),
            },
            Command {
                name: "getname",
                arity: 2,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "2.6.9",
                run: client_getname,
                subcommands: &[],
                doc: docs!(connection, CLIENT_GETNAME),
            },
            Command {
                name: "getredir",
                arity: 2,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.0.0",
                run: client_getredir,
                subcommands: &[],
                doc: docs!(connection, CLIENT_GETREDIR),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "5.0.0",
                run: help,
                subcommands: &[],
                doc: docs!(connection, CLIENT_HELP),
            },
            Command {
                name: "id",
                arity: 2,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "5.0.0",
                run: client_id,
                subcommands: &[],
                doc: docs!(connection, CLIENT_ID),
            },
            Command {
                name: "info",
                arity: 2,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.2.0",
                run: client_info,
                subcommands: &[],
                doc: docs!(connection, CLIENT_INFO),
            },
            Command {
                name: "kill",
                arity: -3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "2.4.0",
                run: client_kill,
                subcommands: &[],
                doc: docs!(connection, CLIENT_KILL),
            },
            Command {
                name: "list",
                arity: -2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "2.4.0",
                run: client_list,
                subcommands: &[],
                doc: docs!(connection, CLIENT_LIST),
            },
            Command {
                name: "no-evict",
                arity: 3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "7.0.0",
                run: client_no_evict,
                subcommands: &[],
                doc: docs!(connection, CLIENT_NO_EVICT),
            },
            Command {
                name: "no-touch",
                arity: 3,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "7.2.0",
                run: client_no_touch,
                subcommands: &[],
                doc: docs!(connection, CLIENT_NO_TOUCH),
            },
            Command {
                name: "pause",
                arity: -3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "2.9.50",
                run: client_pause,
                subcommands: &[],
                doc: docs!(connection, CLIENT_PAUSE),
            },
            Command {
                name: "reply",
                arity: 3,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "3.2.0",
                run: client_reply,
                subcommands: &[],
                doc: docs!(connection, CLIENT_REPLY),
            },
            Command {
                name: "setinfo",
                arity: 4,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "7.2.0",
                run: client_setinfo,
                subcommands: &[],
                doc: docs!(connection, CLIENT_SETINFO),
            },
            Command {
                name: "setname",
                arity: 3,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "2.6.9",
                run: client_setname,
                subcommands: &[],
                doc: docs!(connection, CLIENT_SETNAME),
            },
            Command {
                name: "tracking",
                arity: -3,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.0.0",
                run: client_tracking,
                subcommands: &[],
                doc: docs!(connection, CLIENT_TRACKING),
            },
            Command {
                name: "trackinginfo",
                arity: 2,
                flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.2.0",
                run: client_trackinginfo,
                subcommands: &[],
                doc: docs!(connection, CLIENT_TRACKINGINFO),
            },
            Command {
                name: "unblock",
                arity: -3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "5.0.0",
                run: client_unblock,
                subcommands: &[],
                doc: docs!(connection, CLIENT_UNBLOCK),
            },
            Command {
                name: "unpause",
                arity: 2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::CONNECTION,
                keys: &[],
                group: Group::Connection,
                since: "6.2.0",
                run: client_unpause,
                subcommands: &[],
                doc: docs!(connection, CLIENT_UNPAUSE),
            },
        ],
        doc: docs!(connection, CLIENT),
    },
    Command {
        name: "echo",
        arity: 2,
        flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "1.0.0",
        run: echo,
        subcommands: &[],
        doc: docs!(connection, ECHO),
    },
    Command {
        name: "hello",
        arity: -1,
        flags: Flags::NOSCRIPT
            .with(Flags::LOADING)
            .with(Flags::STALE)
            .with(Flags::FAST)
            .with(Flags::NO_AUTH)
            .with(Flags::ALLOW_BUSY),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "6.0.0",
        run: hello,
        subcommands: &[],
        doc: docs!(connection, HELLO),
    },
    Command {
        name: "ping",
        arity: -1,
        flags: Flags::FAST,
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "1.0.0",
        run: ping,
        subcommands: &[],
        doc: docs!(connection, PING),
    },
    Command {
        name: "quit",
        arity: -1,
        flags: Flags::NOSCRIPT
            .with(Flags::LOADING)
            .with(Flags::STALE)
            .with(Flags::FAST)
            .with(Flags::NO_AUTH)
            .with(Flags::ALLOW_BUSY),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "1.0.0",
        run: quit,
        subcommands: &[],
        doc: docs!(connection, QUIT),
    },
    Command {
        name: "reset",
        arity: 1,
        flags: Flags::NOSCRIPT
            .with(Flags::LOADING)
            .with(Flags::STALE)
            .with(Flags::FAST)
            .with(Flags::NO_AUTH)
            .with(Flags::ALLOW_BUSY),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "6.2.0",
        run: reset,
        subcommands: &[],
        doc: docs!(connection, RESET),
    },
    Command {
        name: "select",
        arity: 2,
        flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
        acl: Acl::CONNECTION,
        keys: &[],
        group: Group::Connection,
        since: "1.0.0",
        run: select,
        subcommands: &[],
        doc: docs!(connection, SELECT),
    },
];

fn auth(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_caching(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_getname(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_getredir(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_id(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_info(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_kill(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_list(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_no_evict(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_no_touch(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_pause(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_reply(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_setinfo(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_setname(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_tracking(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_trackinginfo(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_unblock(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn client_unpause(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn echo(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn hello(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn ping(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn quit(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn reset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn select(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
