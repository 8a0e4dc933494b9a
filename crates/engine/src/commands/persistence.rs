//! SAVE, BGSAVE, LASTSAVE and SHUTDOWN.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::{Error, Request, SaveWhen, Suspended};
use crate::server::LogLevel;
use crate::word::Word;

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

const IN_PROGRESS: Error = Error(&"ERR Background save already in progress");

fn bgsave(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match (ctx.argc(), ctx.word(1)) {
        (1, _) | (2, Word::Schedule) => {}
        _ => return Err(Error::SYNTAX),
    }
    ctx.e.may_save()?;
    if ctx.e.saver.is_asked_for() {
        return Err(IN_PROGRESS);
    }
    if ctx.e.in_exec {
        // As in Redis, where a process that forks amid a transaction would keep half of it.
        ctx.e.save.scheduled = true;
        ctx.simple("Background saving scheduled");
        return Ok(());
    }
    ctx.e.begin_save(true);
    ctx.e.log(LogLevel::Notice, format_args!("Background saving started"));
    ctx.simple("Background saving started");
    Ok(())
}

fn lastsave(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let at_s = ctx.e.save.last_time_s;
    ctx.integer(at_s);
    Ok(())
}

/// Replies when the file is durable; meanwhile others are served, and what they write is not in it.
fn save(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.e.may_save()?;
    if ctx.e.saver.is_asked_for() {
        return Err(IN_PROGRESS);
    }
    ctx.e.begin_save(false);
    let number = ctx.e.save.number;
    Err(ctx.e.suspend(Suspended::Save { number }))
}

fn shutdown(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (mut nosave, mut save, mut now, mut force, mut abort) = (false, false, false, false, false);
    for i in 1..ctx.argc() {
        match ctx.word(i) {
            Word::NoSave => nosave = true,
            Word::Save => save = true,
            Word::Now => now = true,
            Word::Force => force = true,
            Word::Abort => abort = true,
            _ => return Err(Error::SYNTAX),
        }
    }
    if (abort && (nosave || save || now || force)) || (nosave && save) {
        return Err(Error::SYNTAX);
    }
    if abort {
        // The only shutdown that can be waiting is a signal's, for the next tick.
        return Err(ctx.e.suspend(Suspended::Shell(Request::ShutdownAbort)));
    }
    let save = match (nosave, save) {
        (true, _) => SaveWhen::Never,
        (_, true) => SaveWhen::Always,
        _ => SaveWhen::Configured,
    };
    Err(ctx.e.suspend(Suspended::Shell(Request::Shutdown { save, force })))
}
