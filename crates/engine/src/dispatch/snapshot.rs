//! What a call may change while a snapshot is being written: its keys are written first, or it waits.

use crate::args::Args;
use crate::commands::keys::{self, Call};
use crate::commands::spec::{Command, Flags, KeyFlags};
use crate::error::Suspended;
use crate::server::Server;
use crate::session::ClientId;
use crate::value::record::Entry;

/// Lets a call run once all keys that it may change are written. False: it must wait.
pub fn gate(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) -> bool {
    if row.name == "flushall" {
        // It ends the save.
        return true;
    }
    if row.name == "exec" && queues(server, id, "flushall") {
        server.abort_save();
        return true;
    }
    // Not before all are: what was written must not be found changed by a call that waits after all.
    let mut ready = true;
    each(server, id, row, args, &mut |server, touched| {
        let Touched { db, entry } = touched;
        ready &= server.save_first(db, &entry);
        true
    });
    ready
}

/// Whether the snapshot has written all that a suspended call may change.
pub fn is_ready(server: &Server, id: ClientId) -> bool {
    waits_for(server, id).is_none()
}

/// A key that a suspended call waits for.
pub fn wanted(server: &Server) -> Option<(usize, Entry)> {
    if server.suspended == 0 {
        return None;
    }
    let waiting = |id: &ClientId| server.sessions.get(*id).suspended == Some(Suspended::Snapshot);
    server.sessions.ids().filter(waiting).find_map(|id| match waits_for(server, id) {
        Some(Touched { db, entry }) if server.dbs[db].is_unsaved(&server.mem, &entry) => Some((db, entry)),
        _ => None,
    })
}

/// What of a suspended call's keys is still to be written.
fn waits_for(server: &Server, id: ClientId) -> Option<Touched> {
    if !server.saver.is_walking() {
        return None;
    }
    let pending = server.sessions.get(id).pending;
    let row = crate::commands::table::of_call(&server.mem, &pending)?;
    let mut found = None;
    let mut server = server;
    each(&mut server, id, row, &Args::Stored(pending), &mut |server, touched| {
        let unsaved = server.is_unsaved(touched.db, &touched.entry);
        if unsaved {
            found = Some(touched);
        }
        !unsaved
    });
    found
}

/// A key that a call may change. What FLUSHDB takes away the snapshot can read all the same.
#[derive(Clone, Copy)]
struct Touched {
    db: usize,
    entry: Entry,
}

/// Names all that a call may change, those of a transaction included, until `visit` returns false.
fn each<S: AsServer>(
    server: &mut S,
    id: ClientId,
    row: &'static Command,
    args: &Args,
    visit: &mut impl FnMut(&mut S, Touched) -> bool,
) {
    let session = *server.server().sessions.get(id);
    let mut db = session.db as usize;
    if row.name != "exec" {
        each_of(server, db, row, args, visit);
        return;
    }
    for n in 0..session.queued() {
        let queued = session.queued_args(&server.server().mem, n);
        let Some(row) = crate::commands::table::of_call(&server.server().mem, &queued) else { continue };
        let args = Args::Stored(queued);
        if row.name == "select" {
            let mem = &server.server().mem;
            let number = mem.view(args.get(mem, 1)).to_i64().and_then(|number| usize::try_from(number).ok());
            db = number.filter(|&number| number < server.server().dbs.len()).unwrap_or(db);
        }
        if !each_of(server, db, row, &args, visit) {
            return;
        }
    }
}

fn each_of<S: AsServer>(
    server: &mut S,
    db: usize,
    row: &'static Command,
    args: &Args,
    visit: &mut impl FnMut(&mut S, Touched) -> bool,
) -> bool {
    // PFCOUNT is no write, but keeps its result in its key.
    let changes = row.flags.has(Flags::WRITE) || row.keys.iter().any(|spec| !spec.flags.has(KeyFlags::RO));
    if !changes {
        return true;
    }
    let Some(found) = keys::find(row, &Call { mem: &server.server().mem, args, outer: 0 }) else { return true };
    // Their targets may be in any database.
    let everywhere = matches!(row.name, "move" | "copy");
    for (at, flags) in found.iter() {
        if flags.has(KeyFlags::RO) && !everywhere {
            continue;
        }
        let databases = if everywhere { 0..server.server().dbs.len() } else { db..db + 1 };
        for db in databases {
            let s = server.server();
            let Some(entry) = s.dbs[db].find(&s.mem, args.get(&s.mem, at)) else { continue };
            if !visit(server, Touched { db, entry }) {
                return false;
            }
        }
    }
    true
}

fn queues(server: &Server, id: ClientId, name: &str) -> bool {
    let session = server.sessions.get(id);
    (0..session.queued()).any(|n| {
        let queued = session.queued_args(&server.mem, n);
        crate::commands::table::of_call(&server.mem, &queued).is_some_and(|row| row.name == name)
    })
}

/// A server to look at, or to change: the same walk serves both.
trait AsServer {
    fn server(&self) -> &Server;
}

impl AsServer for Server {
    fn server(&self) -> &Server {
        self
    }
}

impl AsServer for &Server {
    fn server(&self) -> &Server {
        self
    }
}
