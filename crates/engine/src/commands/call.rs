//! Running a row's handler, with the statistics and the effects that belong to it: what single commands and those of an
//! EXEC have in common. Not here: the gates before it (`dispatch.rs`).

use super::spec::{Command, Flags};
use super::{Ctx, keys, latency, monitor, slowlog, table};
use crate::args::{Args, StoredArgs};
use crate::error::{Error, Suspended};
use crate::server::Server;
use crate::session::ClientId;

/// Runs a call, no gate before it.
pub fn run(server: &mut Server, id: ClientId, row: &'static Command, args: Args) -> Result<(), Error> {
    let started = server.stopwatch.map(|read| read());
    let dirty = server.dirty;
    let errors = server.stats.total_error_replies;
    server.effects.replaced = false;
    let db = server.sessions.get(id).db as usize;
    let mark = server.reply.pending();
    let mut result = (row.run)(&mut Ctx { e: server, args, argc: args.len(), id, row, db });
    if server.reply.failed() {
        server.reply.rollback(&mut server.mem, mark);
        result = Err(Error::OOM);
    }
    let is_again = server.ready_arg.is_some();
    if result == Err(Error::SUSPENDED) {
        if matches!(server.suspension, Some(Suspended::Keys { .. })) && !is_again {
            begins_to_wait(server, id, row, &args);
        }
        return result;
    }
    let spent = match (started, server.stopwatch) {
        (Some(started), Some(read)) => read().saturating_sub(started),
        _ => 0,
    } + core::mem::take(&mut server.waited_us);
    // The errors inside a transaction are counted where they happened.
    let failed = result.is_err() || (server.stats.total_error_replies > errors && row.name != "exec");
    server.stats.commands[table::index_of(row)].ran(spent, failed);
    server.stats.total_commands += u64::from(!is_again);
    if server.effects.is_on() && server.dirty > dirty && !server.effects.replaced {
        let count = args.len();
        server.effects.emit_call(&mut server.mem, db, count, &|mem, i| args.get(mem, i));
    }
    after(server, id, row, &args, spent);
    if server.monitors > 0 && !is_again {
        monitor::feed(server, id, row, &args);
    }
    result
}

/// Times that a call which found no memory is run again. Each needs a page more than the one before at the least, so
/// this is what a large reservation takes from a full arena.
const RETRIES_MAX: usize = 64;

/// Runs a call, again where it found no memory and some could be had: it has changed nothing then.
pub fn run_with_room(server: &mut Server, id: ClientId, row: &'static Command, args: Args) -> Result<(), Error> {
    let mut result = run(server, id, row, args);
    if result != Err(Error::OOM) || !server.retry_oom {
        return result;
    }
    if !row.flags.has(Flags::WRITE) {
        spare_keys(server, row, &args);
    }
    for _ in 0..RETRIES_MAX {
        if !crate::keyspace::make_room(server) {
            break;
        }
        result = run(server, id, row, args);
        if result != Err(Error::OOM) {
            break;
        }
    }
    server.spared.clear();
    result
}

/// Room for a reply must not be made by evicting what it is to show: these keys stay.
fn spare_keys(server: &mut Server, row: &'static Command, args: &Args) {
    let call = keys::Call { mem: &server.mem, args, outer: 0 };
    let Some(found) = keys::find(row, &call) else { return };
    for (at, _) in found.iter() {
        server.spared.add(server.mem.hash(args.get(&server.mem, at)));
    }
}

/// What follows a command that ran: the slow log, the latency statistics.
fn after(server: &mut Server, id: ClientId, row: &'static Command, args: &Args, microseconds: u64) {
    let index = table::index_of(row);
    let session = server.sessions.get_mut(id);
    session.last_command = index as u16;
    session.commands += u64::from(server.ready_arg.is_none() && session.suspended.is_none());
    if server.config.latency_tracking {
        server.stats.histograms.record(index, microseconds);
    }
    latency::note(server, row, microseconds);
    slowlog::note(server, id, row, args, microseconds);
}

/// As in Redis a call that waits for its keys is seen by the monitors when it begins to, and in the statistics when it
/// has ended.
fn begins_to_wait(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) {
    server.stats.total_commands += 1;
    let session = server.sessions.get_mut(id);
    session.last_command = table::index_of(row) as u16;
    session.commands += 1;
    if server.monitors > 0 {
        monitor::feed(server, id, row, args);
    }
}

/// A call that waited for its keys has ended without any.
pub fn ended_waiting(server: &mut Server, id: ClientId, pending: StoredArgs, is_error: bool) {
    let Some(row) = table::of_call(&server.mem, &pending) else { return };
    server.stats.commands[table::index_of(row)].ran(0, is_error);
    after(server, id, row, &Args::Stored(pending), 0);
}
