//! From a call to its reply: one gate a function, then the handler, then what follows a command.

pub mod blocked;
pub mod snapshot;

use crate::args::{Args, StoredArgs};
use crate::commands::spec::{Command, Flags};
use crate::commands::table::FullName;
use crate::commands::{call, table};
use crate::error::{Error, Suspended};
use crate::memory::{Arena, Bytes};
use crate::server::Server;
use crate::session::{ClientId, ReplyMode};
use crate::text::Text;

/// Names are compared up to this length; nothing longer is a command.
const NAME_MAX: usize = 32;

/// Runs one call of a client and writes its reply.
pub fn execute(server: &mut Server, id: ClientId, args: Args) {
    server.serve(id);
    let mark = server.reply.pending();
    let mut result = match find(&server.mem, &args) {
        Ok(row) => gates(server, id, row, &args),
        Err(refused) => Err(refused),
    };
    match result {
        Ok(Gate::Run(row)) => result = run(server, id, row, args).map(|()| Gate::Done),
        Ok(Gate::Queued) => server.reply.simple(&mut server.mem, "QUEUED"),
        _ => {}
    }
    if let Err(refused) = result {
        refuse(server, id, &args, refused);
    }
    finish(server, id, mark);
    if !server.ready.is_empty() {
        blocked::serve(server);
    }
}

enum Gate {
    Run(&'static Command),
    Queued,
    Done,
}

enum Refused {
    Unknown,
    UnknownSubcommand(&'static Command),
    Arity(&'static Command),
    /// Refused before it ran.
    Rejected(&'static Command, Error),
    /// The handler answered so.
    Failed(&'static Command, Error),
}

/// The row of a call, arity checked.
fn find(mem: &Arena, args: &Args) -> Result<&'static Command, Refused> {
    let mut name = [0u8; NAME_MAX];
    let mut row = match short(mem, args.get(mem, 0), &mut name).and_then(table::lookup) {
        Some(row) => row,
        None => return Err(Refused::Unknown),
    };
    if !row.subcommands.is_empty() && args.len() > 1 {
        row = match short(mem, args.get(mem, 1), &mut name).and_then(|name| table::subcommand(row, name)) {
            Some(row) => row,
            // COMMAND and its kind answer without a subcommand; with an unknown one nobody does.
            None => return Err(Refused::UnknownSubcommand(row)),
        };
    }
    let (have, want) = (args.len() as i64, i64::from(row.arity));
    if (want >= 0 && have != want) || have < want.abs() { Err(Refused::Arity(row)) } else { Ok(row) }
}

fn short<'b>(mem: &Arena, bytes: Bytes, buffer: &'b mut [u8; NAME_MAX]) -> Option<&'b [u8]> {
    if bytes.len() > NAME_MAX {
        return None;
    }
    let len = mem.view(bytes).copy_to(0, buffer);
    Some(&buffer[..len])
}

/// What may keep a call from running, in Redis's order.
fn gates(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) -> Result<Gate, Refused> {
    let rejected = |error| Err(Refused::Rejected(row, error));
    if !crate::keyspace::limits::may_request(server, id) {
        return rejected(Error(&"ERR rate limit exceeded"));
    }
    let session = server.sessions.get(id);
    if !session.authenticated && !row.flags.has(Flags::NO_AUTH) {
        return rejected(Error(&"NOAUTH Authentication required."));
    }
    let in_multi = session.multi.active;
    if in_multi && row.flags.has(Flags::NO_MULTI) {
        return rejected(Error(&"ERR Command not allowed inside a transaction"));
    }
    // EXEC is refused for what any of its commands would be refused for.
    let flags = if row.name == "exec" { row.flags.with(queued_flags(server, id)) } else { row.flags };
    if let Err(error) = crate::keyspace::evict::gate(server, flags.has(Flags::DENYOOM)) {
        return rejected(error);
    }
    if (flags.has(Flags::WRITE) || row.name == "ping")
        && let Err(error) = crate::keyspace::snapshot_gate(server)
    {
        return rejected(error);
    }
    if flags.has(Flags::WRITE) && server.config.min_replicas_to_write > 0 && server.config.min_replicas_max_lag > 0 {
        return rejected(Error(&"NOREPLICAS Not enough good replicas to write."));
    }
    let session = server.sessions.get(id);
    if session.proto == 2 && session.subscriber() && !subscriber_may(row) {
        return Err(Refused::Rejected(row, Error::SUBSCRIBED));
    }
    if server.save.loading && !(row.flags.has(Flags::LOADING) && (row.name != "exec" || loads(server, id))) {
        return rejected(Error::LOADING);
    }
    if paused(server, flags) {
        return rejected(server.suspend(Suspended::Paused));
    }
    let runs_at_once = matches!(row.name, "exec" | "discard" | "multi" | "watch" | "quit" | "reset");
    if in_multi && !(runs_at_once && table::container(row).is_none()) {
        return queue(server, id, row, args);
    }
    if server.saver.is_walking() && !snapshot::gate(server, id, row, args) {
        return rejected(server.suspend(Suspended::Snapshot));
    }
    Ok(Gate::Run(row))
}

/// Commands that RESP2 clients may send while they are subscribed.
fn subscriber_may(row: &Command) -> bool {
    matches!(
        row.name,
        "ping"
            | "subscribe"
            | "ssubscribe"
            | "sunsubscribe"
            | "unsubscribe"
            | "psubscribe"
            | "punsubscribe"
            | "quit"
            | "reset"
    )
}

/// Whether CLIENT PAUSE holds a command of these flags back.
fn paused(server: &Server, flags: Flags) -> bool {
    let writes = flags.has(Flags::WRITE) || flags.has(Flags::MAY_REPLICATE);
    server.paused_writes() && (writes || !server.pause.writes_only)
}

/// Whether all commands that wait for EXEC may run while a snapshot is loaded.
fn loads(server: &Server, id: ClientId) -> bool {
    let session = server.sessions.get(id);
    let row = |n| table::of_call(&server.mem, &session.queued_args(&server.mem, n));
    (0..session.queued()).all(|n| row(n).is_some_and(|row| row.flags.has(Flags::LOADING)))
}

/// The flags of all commands that wait for EXEC.
fn queued_flags(server: &Server, id: ClientId) -> Flags {
    let session = server.sessions.get(id);
    (0..session.queued())
        .filter_map(|n| table::of_call(&server.mem, &session.queued_args(&server.mem, n)))
        .fold(Flags::NONE, |flags, row| flags.with(row.flags))
}

fn queue(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) -> Result<Gate, Refused> {
    let oom = Err(Refused::Rejected(row, Error::OOM));
    let Ok(mut stored) = args.store(&mut server.mem) else { return oom };
    let mut session = *server.sessions.get(id);
    let queued = session.queue(&mut server.mem, stored);
    let kept = server.sessions.get_mut(id);
    kept.multi = session.multi;
    kept.last_command = table::index_of(row) as u16;
    if queued.is_err() {
        stored.free(&mut server.mem);
        return oom;
    }
    Ok(Gate::Queued)
}

/// Runs a row's handler, keeps its statistics and lets its effects follow.
fn run(server: &mut Server, id: ClientId, row: &'static Command, args: Args) -> Result<(), Refused> {
    call::run_with_room(server, id, row, args).map_err(|error| Refused::Failed(row, error))
}

fn refuse(server: &mut Server, id: ClientId, args: &Args, refused: Refused) {
    let (row, error, ran) = match refused {
        Refused::Unknown => return unknown(server, id, args),
        Refused::UnknownSubcommand(row) => return unknown_subcommand(server, id, row, args),
        Refused::Arity(row) => {
            if abort_multi(server, id, row) {
                server.stats.commands[table::index_of(row)].reject();
                return discarded(server, "wrong number of arguments for 'exec' command");
            }
            return wrong_arity(server, row);
        }
        Refused::Rejected(row, error) => (row, error, false),
        Refused::Failed(row, error) => (row, error, true),
    };
    match error {
        Error::SUSPENDED => return suspend(server, id, args),
        Error::REPLIED => return,
        Error::WRONG_ARITY => return wrong_arity(server, row),
        _ => {}
    }
    if !ran {
        server.stats.commands[table::index_of(row)].reject();
        if abort_multi(server, id, row) {
            return discarded(server, error.text());
        }
    }
    if error == Error::SUBSCRIBED {
        let name = FullName(row);
        return server.write_error_fmt(

            format_args!(
                "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            ),
        );
    }
    server.write_error(error.text().as_bytes());
}

/// A command that was refused makes the EXEC to come fail; EXEC itself ends the transaction, and then this is true.
fn abort_multi(server: &mut Server, id: ClientId, row: &'static Command) -> bool {
    if row.name == "exec" {
        crate::commands::end_transaction(server, id);
        return true;
    }
    not_queued(server, id);
    false
}

fn not_queued(server: &mut Server, id: ClientId) {
    let multi = &mut server.sessions.get_mut(id).multi;
    multi.aborted |= multi.active;
}

/// Answers a request that was passed over, because there was no memory to read it into.
pub fn refuse_unread(server: &mut Server, id: ClientId) {
    server.serve(id);
    let mark = server.reply.pending();
    not_queued(server, id);
    server.write_error(Error::OOM.text().as_bytes());
    finish(server, id, mark);
}

/// Why EXEC was refused.
fn discarded(server: &mut Server, why: &str) {
    server.write_error_fmt(format_args!("EXECABORT Transaction discarded because of: {why}"));
}

fn wrong_arity(server: &mut Server, row: &'static Command) {
    server.stats.commands[table::index_of(row)].reject();
    server.write_error_fmt(format_args!("ERR wrong number of arguments for '{}' command", FullName(row)));
}

fn unknown(server: &mut Server, id: ClientId, args: &Args) {
    not_queued(server, id);
    // As Redis: the name up to 128 bytes, then arguments until 128 bytes of them were shown.
    let mut text = Text::new();
    text.add(b"ERR unknown command '");
    text.add_arg(&server.mem, args.get(&server.mem, 0), 128);
    text.add(b"', with args beginning with: ");
    let begin = text.as_bytes().len();
    for i in 1..args.len() {
        let shown = text.as_bytes().len() - begin;
        if shown >= 128 {
            break;
        }
        text.add(b"'");
        text.add_arg(&server.mem, args.get(&server.mem, i), 128 - shown);
        text.add(b"' ");
    }
    server.write_error(text.as_bytes());
}

fn unknown_subcommand(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) {
    not_queued(server, id);
    let mut text = Text::new();
    text.add(b"ERR unknown subcommand '");
    text.add_arg(&server.mem, args.get(&server.mem, 1), 128);
    text.add(b"'. Try ");
    for &byte in row.name.as_bytes() {
        text.add(&[byte.to_ascii_uppercase()]);
    }
    text.add(b" HELP.");
    server.write_error(text.as_bytes());
}

/// The session's further input waits, and the call is run again when the reason is gone.
fn suspend(server: &mut Server, id: ClientId, args: &Args) {
    let reason = server.suspension.take();
    // A command may have left what is to be run again in the place of its call: XREAD does, with `$` resolved.
    let left = server.sessions.get(id).pending;
    let stored = if left.is_empty() { args.store(&mut server.mem) } else { Ok(left) };
    let Ok(mut stored) = stored else { return server.write_error(Error::OOM.text().as_bytes()) };
    let session = server.sessions.get_mut(id);
    session.pending = stored;
    if let Some(Suspended::Keys { until_us }) = reason
        && blocked::begin(server, id, until_us).is_err()
    {
        stored.free(&mut server.mem);
        server.sessions.get_mut(id).pending = StoredArgs::EMPTY;
        return server.write_error(Error::OOM.text().as_bytes());
    }
    server.sessions.get_mut(id).suspended = reason;
    server.suspended += 1;
}

/// What follows every command: pushes it caused, CLIENT REPLY, the output limits.
fn finish(server: &mut Server, id: ClientId, mark: usize) {
    match server.sessions.get(id).reply_mode {
        ReplyMode::On => {}
        ReplyMode::Off | ReplyMode::Skip => server.reply.rollback(&mut server.mem, mark),
        ReplyMode::SkipNext => {}
    }
    let mode = &mut server.sessions.get_mut(id).reply_mode;
    *mode = match *mode {
        ReplyMode::SkipNext => ReplyMode::Skip,
        ReplyMode::Skip => ReplyMode::On,
        other => other,
    };
    while !server.pushes.is_empty() {
        // Through a small buffer: the queue lies in the arena that the reply may have to spill into.
        let mut piece = [0u8; 512];
        let front = server.pushes.front(&server.mem);
        let n = front.len().min(piece.len());
        piece[..n].copy_from_slice(&front[..n]);
        server.pushes.consume(&mut server.mem, n);
        server.reply.put(&mut server.mem, &piece[..n]);
    }
    crate::keyspace::limits::check_output(server, id);
}

/// Runs a suspended session's call again.
pub fn resume(server: &mut Server, id: ClientId) {
    let session = server.sessions.get_mut(id);
    let mut pending = session.pending;
    session.pending = StoredArgs::EMPTY;
    if session.suspended.take().is_some() {
        server.suspended -= 1;
    }
    if !pending.is_empty() {
        execute(server, id, Args::Stored(pending));
        pending.free(&mut server.mem);
    }
}
