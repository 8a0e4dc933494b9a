//! CONFIG: settings read and changed at run time.

use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use super::{Ctx, Short};
use crate::args::{Args, StoredArgs};
use crate::config::table::{self, PARAMS};
use crate::config::values::{self, Problem};
use crate::error::{Error, Request, Suspended};
use crate::glob;
use crate::memory::{Bytes, Fifo, Rope};
use crate::server::Server;
use crate::text::Text;

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

fn config_get(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let deferred = ctx.deferred();
    let mut count = 0;
    for (index, param) in PARAMS.iter().enumerate() {
        for name in [param.name, param.alias] {
            if !name.is_empty() && wanted(ctx, name, param.hidden) {
                let mut value = Fifo::EMPTY;
                let shown = values::show(ctx.e, index, &mut value);
                let whole = shown.and_then(|()| value.into_rope(&mut ctx.e.mem));
                value.clear(&mut ctx.e.mem);
                let mut whole = whole?;
                ctx.bulk_str(name);
                ctx.bulk(Bytes::Rope(whole));
                whole.free(&mut ctx.e.mem);
                count += 1;
            }
        }
    }
    ctx.end_map(deferred, count);
    Ok(())
}

fn config_resetstat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.e.stats.reset();
    ctx.ok();
    Ok(())
}

fn config_rewrite(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.e.in_exec {
        return Err(Error(&"ERR Command not allowed inside a transaction"));
    }
    Err(ctx.e.suspend(Suspended::Shell(Request::RewriteConfig)))
}

/// All parameters are set, or none.
fn config_set(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if !ctx.argc().is_multiple_of(2) {
        return Err(Error::SYNTAX);
    }
    let mut i = 2;
    while i < ctx.argc() {
        let index = known(ctx, i)?;
        let param = &PARAMS[index];
        // The same name: a parameter's two names count as two, as in Redis.
        let word = ctx.short(i);
        let same =
            |other: &Short| word.as_ref().is_some_and(|word| word.as_bytes().eq_ignore_ascii_case(other.as_bytes()));
        if (2..i).step_by(2).any(|j| ctx.short(j).as_ref().is_some_and(same)) {
            return Err(failed(ctx, i, format_args!("duplicate parameter")));
        }
        if param.fixed {
            return Err(failed(ctx, i, format_args!("{}", Problem::Immutable)));
        }
        if param.protected && !protected_allowed(ctx) {
            return Err(failed(ctx, i, format_args!("{}", Problem::Protected)));
        }
        i += 2;
    }
    let mut i = 2;
    while i < ctx.argc() {
        let index = known(ctx, i)?;
        let mut before = Fifo::EMPTY;
        let mut old = Rope::EMPTY;
        if ctx.argc() > 4 {
            values::show(ctx.e, index, &mut before)?;
            old = before.into_rope(&mut ctx.e.mem)?;
        }
        let value = ctx.arg(i + 1);
        if let Err(problem) = values::set(ctx.e, index, value) {
            old.free(&mut ctx.e.mem);
            let args = ctx.args;
            restore(ctx.e, &args);
            return Err(failed(ctx, i, format_args!("{problem}")));
        }
        if ctx.argc() > 4 && ctx.e.undo.push(&mut ctx.e.mem, Bytes::Rope(old)).is_err() {
            old.free(&mut ctx.e.mem);
            return Err(Error::OOM);
        }
        old.free(&mut ctx.e.mem);
        i += 2;
    }
    if !ctx.e.in_exec && (2..ctx.argc()).step_by(2).any(|i| is_shells(ctx, i)) {
        // The old values are kept until the shell has answered.
        return Err(ctx.e.suspend(Suspended::Shell(Request::ApplyConfig)));
    }
    let mut undo = core::mem::take(&mut ctx.e.undo);
    undo.free(&mut ctx.e.mem);
    ctx.ok();
    Ok(())
}

/// Whether the shell may find that it cannot do what the parameter says. Inside EXEC it is not asked, but told.
fn is_shells(ctx: &Ctx<'_, '_>, i: usize) -> bool {
    let index = ctx.short(i).and_then(|name| table::find(name.as_bytes()));
    index.is_some_and(|index| matches!(PARAMS[index].name, "bind" | "port" | "dir" | "dbfilename" | "maxclients"))
}

/// Puts back what the pairs of a CONFIG SET have changed.
fn restore(server: &mut Server, args: &Args) {
    let mut undo = core::mem::take(&mut server.undo);
    for n in 0..undo.len() {
        let mut name = [0u8; 64];
        let len = server.mem.view(args.get(&server.mem, 2 + 2 * n)).copy_to(0, &mut name);
        if let Some(index) = table::find(&name[..len]) {
            let old = undo.get(&server.mem, n);
            let _ = values::set(server, index, old);
        }
    }
    undo.free(&mut server.mem);
}

/// The shell has done what a CONFIG SET asks for, or could not.
pub fn applied(server: &mut Server, args: &StoredArgs, done: bool) {
    if done {
        let mut undo = core::mem::take(&mut server.undo);
        undo.free(&mut server.mem);
    } else {
        restore(server, &Args::Stored(*args));
    }
}

fn known(ctx: &mut Ctx<'_, '_>, i: usize) -> Result<usize, Error> {
    match ctx.short(i).and_then(|name| table::find(name.as_bytes())) {
        Some(index) => Ok(index),
        None => {
            let head = "ERR Unknown option or number of arguments for CONFIG SET - '";
            Err(ctx.error_showing(head, i, usize::MAX, "'"))
        }
    }
}

fn failed(ctx: &mut Ctx<'_, '_>, i: usize, why: core::fmt::Arguments<'_>) -> Error {
    let mut text = Text::new();
    text.add(b"ERR CONFIG SET failed (possibly related to argument '");
    text.add_arg(&ctx.e.mem, ctx.arg(i), 128);
    text.add(b"') - ");
    let _ = core::fmt::write(&mut text, why);
    ctx.error_bytes(text.as_bytes())
}

fn protected_allowed(ctx: &Ctx<'_, '_>) -> bool {
    table::find(b"enable-protected-configs").is_some_and(|index| ctx.e.values.numbers[index] != 0)
}

/// Whether a pattern asks for the parameter; a hidden one must be named.
fn wanted(ctx: &Ctx<'_, '_>, name: &str, hidden: bool) -> bool {
    if hidden {
        return (2..ctx.argc())
            .any(|i| ctx.short(i).is_some_and(|word| word.as_bytes().eq_ignore_ascii_case(name.as_bytes())));
    }
    (2..ctx.argc()).any(|i| glob::matches_bytes(&ctx.e.mem, ctx.arg(i), Bytes::Slice(name.as_bytes()), true))
}
