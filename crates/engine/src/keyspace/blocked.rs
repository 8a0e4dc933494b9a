//! Who waits for which key (BLPOP and its kin, XREAD BLOCK), and which of these keys may have something now. Serving the
//! clients: `dispatch/blocked.rs`.

use crate::args::StoredArgs;
use crate::error::Suspended;
use crate::memory::{Bytes, Oom};
use crate::server::Server;
use crate::session::ClientId;

/// Keys that changed while clients wait for them: database (2 bytes) and key.
#[derive(Clone, Copy, Default)]
pub struct Ready {
    pub names: StoredArgs,
    /// There was no memory to note one: any may be meant.
    pub is_any: bool,
}

impl Ready {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.is_any
    }
}

/// A transaction may change the same few keys over and over: so many of the last names are looked at for one that is
/// noted already. One more of them is harmless.
const NOTED_LATELY: usize = 16;

impl Server {
    /// Adds a key to those that a client waits for. A key that is there already gets an empty name, so that places in
    /// `blocked_on` are those of the call's keys.
    pub fn block_on(&mut self, id: ClientId, db: usize, key: Bytes) -> Result<(), Oom> {
        let mut name = self.watch_name(db, key)?;
        let bytes = Bytes::Rope(name);
        let mut names = self.sessions.get(id).blocked_on;
        let is_new = !self.blocked.has(&self.mem, bytes, id, &names);
        let mut done = names.push(&mut self.mem, if is_new { bytes } else { Bytes::EMPTY });
        if done.is_ok() && is_new {
            done = self.blocked.add(&mut self.mem, bytes, id);
            if done.is_err() {
                names.swap_remove(&mut self.mem, names.len() - 1);
            }
        }
        self.sessions.get_mut(id).blocked_on = names;
        name.free(&mut self.mem);
        done
    }

    /// The client waits for no key any more. What it is suspended for next is the caller's to say.
    pub fn unblock(&mut self, id: ClientId) {
        let mut names = self.sessions.get(id).blocked_on;
        for i in 0..names.len() {
            let name = names.get(&self.mem, i);
            if !name.is_empty() {
                self.blocked.remove_in_order(&mut self.mem, name, id);
            }
        }
        names.free(&mut self.mem);
        let session = self.sessions.get_mut(id);
        session.blocked_on = names;
        if matches!(session.suspended, Some(Suspended::Keys { .. })) {
            self.blocked_clients -= 1;
        }
    }

    /// Ends a client's waiting without anything; `is_error`: CLIENT UNBLOCK says so.
    pub fn end_blocked(&mut self, id: ClientId, is_error: bool) {
        self.unblock(id);
        self.sessions.get_mut(id).suspended = Some(Suspended::Unblocked { is_error });
    }

    /// A key changed: whoever waits for it is to be served once the command has ended.
    pub(crate) fn signal(&mut self, db: usize, key: Bytes) {
        let Ok(mut name) = self.watch_name(db, key) else {
            self.ready.is_any = true;
            return;
        };
        if !self.blocked.clients(&self.mem, Bytes::Rope(name)).is_empty() {
            self.note_ready(Bytes::Rope(name));
        }
        name.free(&mut self.mem);
    }

    /// Two databases were exchanged: keys that clients wait for in either may be there now.
    pub fn signal_swapped(&mut self, first: usize, second: usize) {
        for place in 0..self.sessions.places() {
            let names = self.sessions.get(ClientId(place)).blocked_on;
            for i in 0..names.len() {
                let name = names.get(&self.mem, i);
                let mut db = [0; 2];
                if self.mem.view(name).copy_to(0, &mut db) == 2
                    && [first, second].contains(&usize::from(u16::from_be_bytes(db)))
                {
                    self.note_ready(name);
                }
            }
        }
    }

    fn note_ready(&mut self, name: Bytes) {
        let names = &mut self.ready.names;
        let lately = names.len().saturating_sub(NOTED_LATELY)..names.len();
        if lately.into_iter().any(|i| self.mem.same(names.get(&self.mem, i), name)) {
            return;
        }
        if names.push(&mut self.mem, name).is_err() {
            self.ready.is_any = true;
        }
    }
}
