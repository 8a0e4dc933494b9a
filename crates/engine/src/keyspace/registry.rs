//! Names to the clients that asked to hear of them: channels, patterns, watched keys. Lies in the arena like a
//! database whose values are lists of client ids.

use super::Database;
use crate::args::StoredArgs;
use crate::memory::{Arena, Bytes, Oom, Rope, Str};
use crate::session::ClientId;
use crate::value::record::{Entry, Form};
use crate::value::table::Walk;

const ID: usize = 4;

pub struct Registry {
    names: Database,
}

impl Registry {
    pub const EMPTY: Registry = Registry { names: Database::EMPTY };

    /// Number of names somebody listens to.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Adds the client, which must not be there yet for this name.
    pub fn add(&mut self, mem: &mut Arena, name: Bytes, id: ClientId) -> Result<(), Oom> {
        let entry = match self.names.find(mem, name) {
            Some(entry) => entry,
            None => {
                let entry = self.names.insert(mem, name, Form::StringRope, 8)?;
                store(mem, &entry, Rope::EMPTY);
                entry
            }
        };
        let mut ids = load(mem, &entry);
        let before = ids.len();
        let added = ids.append(mem, Bytes::Slice(&id.0.to_le_bytes()));
        if added.is_err() {
            let _ = ids.resize(mem, before);
        }
        store(mem, &entry, ids);
        if ids.is_empty() {
            self.names.remove(mem, entry);
        }
        added
    }

    /// Whether the client is there for this name. `names` are those of the client: either they or the name's clients
    /// are looked through, whichever are fewer, so that neither many names of a client nor many clients of a name cost
    /// more with each that is added.
    pub fn has(&self, mem: &Arena, name: Bytes, id: ClientId, names: &StoredArgs) -> bool {
        let clients = self.clients(mem, name);
        if names.len() < clients.len() {
            names.position(mem, name).is_some()
        } else {
            position(mem, &clients.ids, id).is_some()
        }
    }

    /// Removes the client; the name goes with its last one.
    pub fn remove(&mut self, mem: &mut Arena, name: Bytes, id: ClientId) {
        let Some(entry) = self.names.find(mem, name) else { return };
        let mut ids = load(mem, &entry);
        let count = ids.len() / ID;
        if let Some(at) = position(mem, &ids, id) {
            let last = read(mem, &ids, count - 1);
            // Neither can fail: the leaf is there, and a shrinking rope may use the reserve.
            let _ = ids.write(mem, at * ID, Bytes::Slice(&last.0.to_le_bytes()), 0, ID);
            let _ = ids.resize(mem, (count - 1) * ID);
            store(mem, &entry, ids);
        }
        if ids.is_empty() {
            self.names.remove(mem, entry);
        }
    }

    /// The same, where the order of the others counts: those behind are moved up.
    pub fn remove_in_order(&mut self, mem: &mut Arena, name: Bytes, id: ClientId) {
        let Some(entry) = self.names.find(mem, name) else { return };
        let mut ids = load(mem, &entry);
        let count = ids.len() / ID;
        let Some(at) = position(mem, &ids, id) else { return };
        let mut piece = [0u8; 512];
        let mut from = (at + 1) * ID;
        while from < ids.len() {
            let n = Str::Rope(mem, ids).copy_to(from, &mut piece);
            // It cannot fail: the leaves are there.
            let _ = ids.write(mem, from - ID, Bytes::Slice(&piece[..n]), 0, n);
            from += n;
        }
        let _ = ids.resize(mem, (count - 1) * ID);
        store(mem, &entry, ids);
        if ids.is_empty() {
            self.names.remove(mem, entry);
        }
    }

    /// The clients of a name.
    pub fn clients(&self, mem: &Arena, name: Bytes) -> Clients {
        Clients { ids: self.names.find(mem, name).map_or(Rope::EMPTY, |entry| load(mem, &entry)) }
    }

    /// All names in no order; nothing may be added or removed on the way.
    pub fn first(&self, mem: &Arena) -> Option<Walk> {
        self.names.table.first(mem)
    }

    pub fn next(&self, mem: &Arena, at: Walk) -> Option<Walk> {
        self.names.table.next(mem, at)
    }

    pub fn at(&self, mem: &Arena, at: Walk) -> (Bytes<'static>, Clients) {
        let entry = self.names.entry(mem, at.slot);
        (entry.key(mem), Clients { ids: load(mem, &entry) })
    }
}

/// A name's clients, valid until the registry changes.
#[derive(Clone, Copy)]
pub struct Clients {
    ids: Rope,
}

impl Clients {
    pub fn len(&self) -> usize {
        self.ids.len() / ID
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn get(&self, mem: &Arena, n: usize) -> ClientId {
        read(mem, &self.ids, n)
    }
}

fn read(mem: &Arena, ids: &Rope, n: usize) -> ClientId {
    let chunk = ids.chunk(mem, n * ID);
    ClientId(match chunk.first_chunk::<ID>() {
        Some(raw) => u32::from_le_bytes(*raw),
        None => u32::MAX,
    })
}

/// Where the client stands. Whole leaves are compared: a popular name has thousands of clients.
fn position(mem: &Arena, ids: &Rope, id: ClientId) -> Option<usize> {
    let wanted = id.0.to_le_bytes();
    let mut at = 0;
    while at < ids.len() {
        let leaf = ids.chunk(mem, at);
        if let Some(n) = leaf.as_chunks().0.iter().position(|raw| *raw == wanted) {
            return Some(at / ID + n);
        }
        at += leaf.len();
    }
    None
}

fn load(mem: &Arena, entry: &Entry) -> Rope {
    Rope { len: mem.u32_at(entry.record, entry.body_at()), root: mem.ref_at(entry.record, entry.body_at() + 4) }
}

fn store(mem: &mut Arena, entry: &Entry, ids: Rope) {
    mem.set_u32(entry.record, entry.body_at(), ids.len);
    mem.set_ref(entry.record, entry.body_at() + 4, ids.root);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_and_go() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 8 << 20].into_boxed_slice()), [1, 2]);
        let mut registry = Registry::EMPTY;
        for n in 0..3000 {
            registry.add(&mut mem, Bytes::Slice(b"news"), ClientId(n)).unwrap();
        }
        registry.add(&mut mem, Bytes::Slice(b"other"), ClientId(7)).unwrap();
        assert_eq!(registry.len(), 2);
        for n in (0..3000).filter(|n| n % 3 != 0) {
            registry.remove(&mut mem, Bytes::Slice(b"news"), ClientId(n));
        }
        let clients = registry.clients(&mem, Bytes::Slice(b"news"));
        let mut left: Vec<u32> = (0..clients.len()).map(|n| clients.get(&mem, n).0).collect();
        left.sort();
        assert_eq!(left, (0..3000).filter(|n| n % 3 == 0).collect::<Vec<_>>());
        for n in left {
            registry.remove(&mut mem, Bytes::Slice(b"news"), ClientId(n));
        }
        registry.remove(&mut mem, Bytes::Slice(b"other"), ClientId(7));
        for n in 0..1000 {
            registry.add(&mut mem, Bytes::Slice(b"queue"), ClientId(n)).unwrap();
        }
        for n in (0..1000).filter(|n| n % 3 != 0) {
            registry.remove_in_order(&mut mem, Bytes::Slice(b"queue"), ClientId(n));
        }
        let clients = registry.clients(&mem, Bytes::Slice(b"queue"));
        let left: Vec<u32> = (0..clients.len()).map(|n| clients.get(&mem, n).0).collect();
        assert_eq!(left, (0..1000).filter(|n| n % 3 == 0).collect::<Vec<_>>());
        for n in left {
            registry.remove_in_order(&mut mem, Bytes::Slice(b"queue"), ClientId(n));
        }
        assert!(registry.is_empty());
        assert_eq!(mem.live_bytes(), 0);
    }

    #[test]
    fn who_listens_is_found_by_the_shorter_way() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 8 << 20].into_boxed_slice()), [1, 2]);
        let mut registry = Registry::EMPTY;
        let (few, many) = (ClientId(5000), ClientId(5001));
        let mut names = [StoredArgs::EMPTY; 2];
        // One client of two names that thousands listen to; one of thousands of names that nobody else knows.
        for name in ["news", "other"] {
            for n in 0..3000 {
                registry.add(&mut mem, Bytes::Slice(name.as_bytes()), ClientId(n)).unwrap();
            }
            registry.add(&mut mem, Bytes::Slice(name.as_bytes()), few).unwrap();
            names[0].push(&mut mem, Bytes::Slice(name.as_bytes())).unwrap();
        }
        for n in 0..3000 {
            registry.add(&mut mem, Bytes::Slice(format!("own {n}").as_bytes()), many).unwrap();
            names[1].push(&mut mem, Bytes::Slice(format!("own {n}").as_bytes())).unwrap();
        }
        for (name, of_few, of_many) in [("news", true, false), ("other", true, false), ("own 2999", false, true)] {
            let name = Bytes::Slice(name.as_bytes());
            assert_eq!(registry.has(&mem, name, few, &names[0]), of_few);
            assert_eq!(registry.has(&mem, name, many, &names[1]), of_many);
        }
        assert!(!registry.has(&mem, Bytes::Slice(b"nobody's"), many, &names[1]));
        for near in [0, 1497, 1500, 1504, 2999, usize::MAX] {
            assert_eq!(names[1].position_near(&mem, Bytes::Slice(b"own 1500"), near), Some(1500));
            assert_eq!(names[1].position_near(&mem, Bytes::Slice(b"own 3000"), near), None);
        }
    }
}
