//! MULTI, EXEC, DISCARD and the optimistic locks of WATCH.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::args::{Args, StoredArgs};
use crate::error::Error;
use crate::server::Server;
use crate::session::ClientId;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "discard",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "2.0.0",
        run: discard,
        subcommands: &[],
        doc: docs!(transaction, DISCARD),
    },
    Command {
        name: "exec",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::SKIP_SLOWLOG),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "1.2.0",
        run: exec,
        subcommands: &[],
        doc: docs!(transaction, EXEC),
    },
    Command {
        name: "multi",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "1.2.0",
        run: multi,
        subcommands: &[],
        doc: docs!(transaction, MULTI),
    },
    Command {
        name: "unwatch",
        arity: 1,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[],
        group: Group::Transactions,
        since: "2.2.0",
        run: unwatch,
        subcommands: &[],
        doc: docs!(transaction, UNWATCH),
    },
    Command {
        name: "watch",
        arity: -2,
        flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY),
        acl: Acl::TRANSACTION,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::RO)],
        group: Group::Transactions,
        since: "2.2.0",
        run: watch,
        subcommands: &[],
        doc: docs!(transaction, WATCH),
    },
];

fn discard(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if !ctx.session().multi.active {
        return Err(Error(&"ERR DISCARD without MULTI"));
    }
    end_transaction(ctx.e, ctx.id);
    ctx.ok();
    Ok(())
}

fn exec(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let session = *ctx.session();
    if !session.multi.active {
        return Err(Error(&"ERR EXEC without MULTI"));
    }
    if session.multi.aborted {
        end_transaction(ctx.e, ctx.id);
        return Err(Error(&"EXECABORT Transaction discarded because of previous errors."));
    }
    if session.watch_broken || ctx.e.watched_key_expired(ctx.id) {
        end_transaction(ctx.e, ctx.id);
        ctx.null_array();
        return Ok(());
    }
    ctx.e.unwatch(ctx.id);
    let queued = session.queued();
    let dirty = ctx.e.dirty;
    ctx.array(queued);
    ctx.e.in_exec = true;
    ctx.e.effects.begin_exec(&mut ctx.e.mem, ctx.db);
    for n in 0..queued {
        let args = session.queued_args(&ctx.e.mem, n);
        run_queued(ctx.e, ctx.id, args);
    }
    let db = ctx.session().db as usize;
    ctx.e.effects.end_exec(&mut ctx.e.mem, db);
    ctx.e.in_exec = false;
    end_multi(ctx.e, ctx.id);
    // Each command has propagated itself.
    if ctx.e.dirty > dirty {
        ctx.propagate_nothing();
    }
    Ok(())
}

/// One command of an EXEC, with the reply that belongs in its place of the array.
fn run_queued(server: &mut Server, id: ClientId, args: StoredArgs) {
    let Some(row) = super::table::of_call(&server.mem, &args) else { return };
    // EXEC was let through for all of them: only the arena's end can still refuse one.
    crate::keyspace::compact::gate(server);
    match super::call::run_with_room(server, id, row, Args::Stored(args)) {
        Ok(()) | Err(Error::REPLIED) => {}
        // Nothing inside a transaction can wait.
        Err(Error::SUSPENDED) => server.write_error(b"ERR Command not allowed inside a transaction"),
        Err(Error::WRONG_ARITY) => {
            server.write_error_fmt(format_args!(
                "ERR wrong number of arguments for '{}' command",
                super::table::FullName(row)
            ));
        }
        Err(error) => server.write_error(error.text().as_bytes()),
    }
}

fn multi(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.session().multi.active {
        return Err(Error(&"ERR MULTI calls can not be nested"));
    }
    ctx.session().multi.active = true;
    ctx.ok();
    Ok(())
}

fn unwatch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.e.unwatch(ctx.id);
    ctx.ok();
    Ok(())
}

fn watch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.session().multi.active {
        return Err(Error(&"ERR WATCH inside MULTI is not allowed"));
    }
    // Once broken, further watches cannot mend it.
    if !ctx.session().watch_broken {
        for i in 1..ctx.argc() {
            let key = ctx.arg(i);
            ctx.lookup_write(key);
            ctx.e.watch(ctx.id, ctx.db, key)?;
        }
    }
    ctx.ok();
    Ok(())
}

/// Ends a client's transaction with its watches.
pub fn end_transaction(server: &mut Server, id: ClientId) {
    end_multi(server, id);
    server.unwatch(id);
}

/// Ends a client's transaction; its queue is freed.
pub(super) fn end_multi(server: &mut Server, id: ClientId) {
    let mut session = *server.sessions.get(id);
    session.discard_multi(&mut server.mem);
    server.sessions.get_mut(id).multi = session.multi;
}
