//! WATCH: which clients watch a key, and breaking their transactions when it changes.

use crate::memory::{Bytes, Fifo, Oom, Rope};
use crate::server::{Access, Server};
use crate::session::ClientId;

impl Server {
    /// The name under which a key of a database is watched or waited for: two bytes of database, then the key.
    pub(super) fn watch_name(&mut self, db: usize, key: Bytes) -> Result<Rope, Oom> {
        let mut name = Rope::create(&mut self.mem, Bytes::Slice(&(db as u16).to_be_bytes()))?;
        match name.append(&mut self.mem, key) {
            Ok(()) => Ok(name),
            Err(Oom) => {
                name.free(&mut self.mem);
                Err(Oom)
            }
        }
    }

    pub fn watch(&mut self, id: ClientId, db: usize, key: Bytes) -> Result<(), Oom> {
        let mut name = self.watch_name(db, key)?;
        let mut watched = self.sessions.get(id).watched;
        let mut done = Ok(());
        if !self.watched.has(&self.mem, Bytes::Rope(name), id, &watched) {
            done = self.watched.add(&mut self.mem, Bytes::Rope(name), id);
            if done.is_ok() {
                done = watched.push(&mut self.mem, Bytes::Rope(name));
                if done.is_err() {
                    self.watched.remove(&mut self.mem, Bytes::Rope(name), id);
                }
                self.sessions.get_mut(id).watched = watched;
            }
        }
        name.free(&mut self.mem);
        done
    }

    pub fn unwatch(&mut self, id: ClientId) {
        let mut watched = self.sessions.get(id).watched;
        for i in 0..watched.len() {
            let name = watched.get(&self.mem, i);
            self.watched.remove(&mut self.mem, name, id);
        }
        watched.free(&mut self.mem);
        let session = self.sessions.get_mut(id);
        session.watched = watched;
        session.watch_broken = false;
    }

    /// Whether a watched key has expired unseen: then EXEC must fail as if it had been deleted.
    pub fn watched_key_expired(&mut self, id: ClientId) -> bool {
        let watched = self.sessions.get(id).watched;
        (0..watched.len()).any(|i| {
            let name = watched.get(&self.mem, i);
            let (db, mut key) = self.split_name(name);
            let expired = match &key {
                Ok(key) => self.dbs[db]
                    .find(&self.mem, Bytes::Rope(*key))
                    .and_then(|entry| entry.expire_at_ms(&self.mem))
                    .is_some_and(|at_ms| at_ms < self.now.wall_ms),
                Err(Oom) => false,
            };
            if let Ok(key) = &mut key {
                key.free(&mut self.mem);
            }
            expired
        })
    }

    fn split_name(&mut self, name: Bytes) -> (usize, Result<Rope, Oom>) {
        let mut head = [0u8; 2];
        self.mem.view(name).copy_to(0, &mut head);
        let mut copy = Fifo::EMPTY;
        let key = copy.push_bytes(&mut self.mem, name).and_then(|()| {
            copy.consume(&mut self.mem, 2);
            copy.into_rope(&mut self.mem)
        });
        copy.clear(&mut self.mem);
        (u16::from_be_bytes(head) as usize % self.dbs.len(), key)
    }

    pub(crate) fn break_watches_slow(&mut self, db: usize, key: Bytes) {
        let Ok(mut name) = self.watch_name(db, key) else {
            // Without memory to look, every watcher must assume the worst.
            self.break_all_watches();
            return;
        };
        let clients = self.watched.clients(&self.mem, Bytes::Rope(name));
        for n in 0..clients.len() {
            let id = clients.get(&self.mem, n);
            self.sessions.get_mut(id).watch_broken = true;
        }
        name.free(&mut self.mem);
    }

    fn break_all_watches(&mut self) {
        for n in 0..self.sessions.places() {
            let session = self.sessions.get_mut(ClientId(n));
            if !session.watched.is_empty() {
                session.watch_broken = true;
            }
        }
    }

    /// A database is flushed, or becomes another one (`swapped`): watches of keys that exist in either break.
    pub fn break_watches_of_db(&mut self, db: usize, swapped: Option<usize>) {
        for n in 0..self.sessions.places() {
            let id = ClientId(n);
            let watched = self.sessions.get(id).watched;
            for i in 0..watched.len() {
                let name = watched.get(&self.mem, i);
                let (of, key) = self.split_name(name);
                let Ok(mut key) = key else {
                    self.sessions.get_mut(id).watch_broken = true;
                    continue;
                };
                let exists = |server: &Server, db: usize| server.dbs[db].find(&server.mem, Bytes::Rope(key)).is_some();
                let concerned = of == db || swapped == Some(of);
                // A key that has expired counts as none, and must not be found as one after the swap.
                if concerned && let Some(other) = swapped {
                    for db in [db, other] {
                        self.lookup(db, Bytes::Rope(key), Access::Peek);
                    }
                }
                if concerned && (exists(self, db) || swapped.is_some_and(|other| exists(self, other))) {
                    self.sessions.get_mut(id).watch_broken = true;
                }
                key.free(&mut self.mem);
            }
        }
    }
}
