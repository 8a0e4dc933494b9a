//! Commands about the connection itself: authentication, protocol, database, and CLIENT.

use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use super::{Ctx, client};
use crate::error::Error;
use crate::memory::{Arena, Bytes, Rope};
use crate::session::ReplyMode;
use crate::word::Word;

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
                run: client::caching,
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
                run: client::getname,
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
                run: client::getredir,
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
                run: client::id,
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
                run: client::info,
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
                run: client::kill,
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
                run: client::list,
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
                run: client::no_evict,
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
                run: client::no_touch,
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
                run: client::pause,
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
                run: client::reply,
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
                run: client::setinfo,
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
                run: client::setname,
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
                run: client::tracking,
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
                run: client::trackinginfo,
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
                run: client::unblock,
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
                run: client::unpause,
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

fn auth(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() > 3 {
        return Err(Error::SYNTAX);
    }
    let (user, password) =
        if ctx.argc() == 3 { (ctx.arg(1), ctx.arg(2)) } else { (Bytes::Slice(b"default"), ctx.arg(1)) };
    if ctx.argc() == 2 && ctx.e.config.requirepass.is_empty() {
        return Err(Error(
            &"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        ));
    }
    log_in(ctx, user, password)?;
    ctx.ok();
    Ok(())
}

/// Checks name and password, and lets the client in.
fn log_in(ctx: &mut Ctx<'_, '_>, user: Bytes, password: Bytes) -> Result<(), Error> {
    let mem = &ctx.e.mem;
    let expected = Bytes::Rope(ctx.e.config.requirepass);
    let known = mem.same(user, Bytes::Slice(b"default"));
    if !known || !(expected.is_empty() || same_in_constant_time(mem, expected, password)) {
        return Err(Error(&"WRONGPASS invalid username-password pair or user is disabled."));
    }
    ctx.session().authenticated = true;
    Ok(())
}

/// Takes as long for a password that is wrong in its first byte as for one wrong in its last.
fn same_in_constant_time(mem: &Arena, a: Bytes, b: Bytes) -> bool {
    let (a, b) = (mem.view(a), mem.view(b));
    let mut differ = a.len() ^ b.len();
    for i in 0..b.len() {
        differ |= (a.byte(i).unwrap_or(0) ^ b.byte(i).unwrap_or(0)) as usize;
    }
    differ == 0
}

fn echo(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.bulk(ctx.arg(1));
    Ok(())
}

fn hello(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut proto = ctx.session().proto;
    let mut next = 1;
    if ctx.argc() > 1 {
        proto = match ctx.int(1) {
            Ok(version @ (2 | 3)) => version as u8,
            Ok(_) => return Err(Error(&"NOPROTO unsupported protocol version")),
            Err(_) => return Err(Error(&"ERR Protocol version is not an integer or out of range")),
        };
        next = 2;
    }
    let mut credentials = None;
    let mut name = None;
    while next < ctx.argc() {
        let left = ctx.argc() - next - 1;
        match ctx.word(next) {
            Word::Auth if left >= 2 => {
                credentials = Some((ctx.arg(next + 1), ctx.arg(next + 2)));
                next += 3;
            }
            Word::SetName if left >= 1 => {
                name = Some(ctx.arg(next + 1));
                next += 2;
            }
            _ => return Err(ctx.error_showing("ERR Syntax error in HELLO option '", next, usize::MAX, "'")),
        }
    }
    if let Some((user, password)) = credentials {
        log_in(ctx, user, password)?;
    }
    if !ctx.session().authenticated {
        return Err(Error(
            &"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        set_name(ctx, name)?;
    }
    ctx.session().proto = proto;
    ctx.e.reply.proto = proto;
    ctx.map(7);
    ctx.bulk_str("server");
    ctx.bulk_str("redis");
    ctx.bulk_str("version");
    ctx.bulk_str(super::server::REDIS_VERSION);
    ctx.bulk_str("proto");
    ctx.integer(i64::from(proto));
    ctx.bulk_str("id");
    let id = ctx.session().id;
    ctx.integer(id as i64);
    ctx.bulk_str("mode");
    ctx.bulk_str("standalone");
    ctx.bulk_str("role");
    ctx.bulk_str("master");
    ctx.bulk_str("modules");
    ctx.array(0);
    Ok(())
}

/// Sets or, with an empty name, removes the client's name.
pub(super) fn set_name(ctx: &mut Ctx<'_, '_>, name: Bytes) -> Result<(), Error> {
    if !is_printable(&ctx.e.mem, name) {
        return Err(Error(&"ERR Client names cannot contain spaces, newlines or special characters."));
    }
    let new = Rope::create(&mut ctx.e.mem, name)?;
    let mut old = core::mem::replace(&mut ctx.session().name, new);
    old.free(&mut ctx.e.mem);
    Ok(())
}

fn ping(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() > 2 {
        return Err(Error::WRONG_ARITY);
    }
    if ctx.proto() == 2 && ctx.session().subscriber() {
        ctx.array(2);
        ctx.bulk_str("pong");
        ctx.bulk(ctx.arg(1));
    } else if ctx.argc() == 1 {
        ctx.simple("PONG");
    } else {
        ctx.bulk(ctx.arg(1));
    }
    Ok(())
}

fn quit(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.ok();
    ctx.session().closing = true;
    ctx.e.list(ctx.id);
    Ok(())
}

fn reset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let id = ctx.id;
    super::transaction::end_multi(ctx.e, id);
    ctx.e.unwatch(id);
    super::pubsub::leave_all(ctx.e, id);
    if ctx.session().monitor {
        ctx.e.monitors -= 1;
    }
    let authenticated = ctx.e.config.requirepass.is_empty();
    set_name(ctx, Bytes::EMPTY)?;
    let session = ctx.session();
    session.monitor = false;
    session.db = 0;
    session.proto = 2;
    session.reply_mode = ReplyMode::On;
    session.no_evict = false;
    session.no_touch = false;
    session.authenticated = authenticated;
    ctx.e.reply.proto = 2;
    ctx.simple("RESET");
    Ok(())
}

fn select(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let db = ctx.int32(1)?;
    if db < 0 || db as usize >= ctx.config().databases {
        return Err(Error(&"ERR DB index is out of range"));
    }
    ctx.session().db = db as u16;
    ctx.ok();
    Ok(())
}

/// Whether a name has neither blanks nor special characters.
pub(super) fn is_printable(mem: &Arena, name: Bytes) -> bool {
    let mut printable = true;
    mem.view(name).for_chunks(|chunk| printable &= chunk.iter().all(|b| (b'!'..=b'~').contains(b)));
    printable
}
