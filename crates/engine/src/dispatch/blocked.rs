//! Calls that wait for a key: they begin to wait, are run again for the key that has something, or end without.

use super::{Refused, finish, refuse, snapshot};
use crate::args::{Args, StoredArgs};
use crate::commands::keys::{self, Keys};
use crate::commands::spec::{Command, Group, KeyFlags};
use crate::commands::{call, table};
use crate::error::{Error, Suspended};
use crate::memory::{Bytes, Oom};
use crate::server::{Access, Server};
use crate::session::ClientId;
use crate::value::record::Type;

/// A client's call, kept in `Session::pending`, waits for its keys.
pub fn begin(server: &mut Server, id: ClientId, until_us: u64) -> Result<(), Oom> {
    let session = server.sessions.get(id);
    let (db, pending) = (session.db as usize, session.pending);
    let keys = keys_of(server, &pending);
    for at in keys.iter().flat_map(awaited) {
        let key = pending.get(&server.mem, at);
        if let Err(Oom) = server.block_on(id, db, key) {
            server.unblock(id);
            return Err(Oom);
        }
    }
    server.blocked_clients += 1;
    server.blocked_until_us = server.blocked_until_us.min(until_us);
    Ok(())
}

fn keys_of(server: &Server, pending: &StoredArgs) -> Option<Keys> {
    let row = table::of_call(&server.mem, pending)?;
    keys::find(row, &keys::Call { mem: &server.mem, args: &Args::Stored(*pending), outer: 0 })
}

/// Which arguments are the keys that a call waits for. It may read others: BLMOVE's target.
fn awaited(keys: &Keys) -> impl Iterator<Item = usize> + '_ {
    keys.iter().filter(|(_, flags)| flags.has(KeyFlags::ACCESS)).map(|(at, _)| at)
}

/// Serves the clients that wait for keys which have something now, each key's in the order of their waiting. A client
/// that is served may make further keys ready.
pub fn serve(server: &mut Server) {
    // As in Redis a paused server serves nobody; the names are kept.
    while !server.ready.is_empty() && !server.paused_writes() {
        let mut ready = core::mem::take(&mut server.ready);
        for i in 0..ready.names.len() {
            serve_waiting_for(server, ready.names.get(&server.mem, i));
        }
        ready.names.free(&mut server.mem);
        if ready.is_any {
            for place in 0..server.sessions.places() {
                let names = server.sessions.get(ClientId(place)).blocked_on;
                let _served = (0..names.len()).any(|n| try_key(server, ClientId(place), n) == Tried::Served);
            }
        }
    }
}

fn serve_waiting_for(server: &mut Server, name: Bytes) {
    let mut n = 0;
    loop {
        let clients = server.blocked.clients(&server.mem, name);
        if n >= clients.len() {
            return;
        }
        let id = clients.get(&server.mem, n);
        let Some(place) = server.sessions.get(id).blocked_on.position(&server.mem, name) else { return };
        match try_key(server, id, place) {
            // The next has taken its place.
            Tried::Served => {}
            Tried::Waits => n += 1,
            Tried::KeyIsGone => return,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    Served,
    /// The key has nothing for this client.
    Waits,
    /// Nor for any other.
    KeyIsGone,
}

/// Runs a client's call again for one of its keys, if there is something of the type that it waits for.
fn try_key(server: &mut Server, id: ClientId, place: usize) -> Tried {
    let session = server.sessions.get(id);
    // Who is being closed would take something that it cannot be sent.
    if session.closing {
        return Tried::Waits;
    }
    let (db, mut pending) = (session.db as usize, session.pending);
    let keys = keys_of(server, &pending);
    let Some(at) = keys.iter().flat_map(awaited).nth(place) else { return Tried::Waits };
    let key = pending.get(&server.mem, at);
    let Some(entry) = server.lookup(db, key, Access::Peek) else { return Tried::KeyIsGone };
    let Some(row) = table::of_call(&server.mem, &pending).filter(|row| entry.kind() == wanted(row)) else {
        return Tried::Waits;
    };
    if server.saver.is_walking() && !snapshot::gate(server, id, row, &Args::Stored(pending)) {
        // It is run again when the key is written.
        server.unblock(id);
        server.sessions.get_mut(id).suspended = Some(Suspended::Snapshot);
        return Tried::Served;
    }
    server.serve(id);
    let mark = server.reply.pending();
    server.ready_arg = Some(at);
    let result = call::run_with_room(server, id, row, Args::Stored(pending));
    server.ready_arg = None;
    if result == Err(Error::SUSPENDED) {
        return Tried::Waits;
    }
    server.unblock(id);
    let session = server.sessions.get_mut(id);
    session.pending = StoredArgs::EMPTY;
    // What the client has sent meanwhile is run by the engine, as soon as it runs those who are ready.
    session.suspended = (!session.backlog.is_empty()).then_some(Suspended::Until(0));
    server.suspended -= u32::from(session.suspended.is_none());
    if let Err(error) = result {
        refuse(server, id, &Args::Stored(pending), Refused::Failed(row, error));
    }
    pending.free(&mut server.mem);
    finish(server, id, mark);
    server.list(id);
    Tried::Served
}

/// The type of value that a command waits for.
fn wanted(row: &Command) -> Type {
    match row.group {
        Group::SortedSet => Type::Zset,
        Group::Stream => Type::Stream,
        _ => Type::List,
    }
}

/// Ends the waiting of clients whose time is over; they are answered when the engine runs those who are ready.
pub fn time_out(server: &mut Server) {
    let now_us = server.now.mono_us;
    if now_us < server.blocked_until_us {
        return;
    }
    server.blocked_until_us = u64::MAX;
    for place in 0..server.sessions.places() {
        let id = ClientId(place);
        match server.sessions.get(id).suspended {
            Some(Suspended::Keys { until_us }) if until_us <= now_us => server.end_blocked(id, false),
            Some(Suspended::Keys { until_us }) => server.blocked_until_us = server.blocked_until_us.min(until_us),
            _ => {}
        }
    }
}

/// Answers a client whose waiting has ended.
pub fn answer_unblocked(server: &mut Server, id: ClientId, is_error: bool) {
    let mut pending = core::mem::take(&mut server.sessions.get_mut(id).pending);
    call::ended_waiting(server, id, pending, is_error);
    pending.free(&mut server.mem);
    server.sessions.get_mut(id).suspended = None;
    server.suspended -= 1;
    server.serve(id);
    let mark = server.reply.pending();
    if is_error {
        server.write_error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK");
    } else {
        server.reply.null_array(&mut server.mem);
    }
    finish(server, id, mark);
}
