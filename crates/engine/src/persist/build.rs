//! Builds values from what [`super::decode`] tells: a key is created with its first element, then grows.

use super::decode::{Expires, Head, Sink, Told};
use super::load::Existing;
use crate::args::StoredArgs;
use crate::keyspace::access;
use crate::keyspace::lazyfree::Cause;
use crate::limits::PAGE_BYTES;
use crate::memory::{Arena, Bytes, Oom, Ref, Rope};
use crate::server::Server;
use crate::value::item::Item;
use crate::value::record::{Entry, Expiry, Form, Type};
use crate::value::stream::{Id, META_BYTES, Stream};
use crate::value::{hash, list, set, string, zset};

const OOM: &str = "out of memory";
/// Strings up to this length are gathered outside the arena.
const SHORT: usize = PAGE_BYTES / 4;
/// Strings of a stream entry that are gathered outside the arena, as long as they fit.
const ENTRY_BYTES: usize = PAGE_BYTES / 2;
const ENTRY_STRINGS: usize = 64;

/// A string over any split.
struct Text {
    short: [u8; SHORT],
    len: usize,
    /// What came before the bytes in `short`.
    rope: Rope,
}

impl Text {
    const fn new() -> Text {
        Text { short: [0; SHORT], len: 0, rope: Rope::EMPTY }
    }

    fn is_empty(&self) -> bool {
        self.len == 0 && self.rope.is_empty()
    }

    fn add(&mut self, mem: &mut Arena, bytes: &[u8]) -> Result<(), Oom> {
        if self.rope.is_empty()
            && let Some(place) = self.short.get_mut(self.len..self.len + bytes.len())
        {
            place.copy_from_slice(bytes);
            self.len += bytes.len();
            return Ok(());
        }
        if self.len > 0 {
            self.rope.append(mem, Bytes::Slice(&self.short[..self.len]))?;
            self.len = 0;
        }
        self.rope.append(mem, Bytes::Slice(bytes))
    }

    /// Takes over another string.
    fn set(&mut self, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
        self.clear(mem);
        if bytes.len() <= SHORT {
            self.len = mem.view(bytes).copy_to(0, &mut self.short);
        } else {
            self.rope = Rope::create(mem, bytes)?;
        }
        Ok(())
    }

    fn bytes(&self) -> Bytes<'_> {
        if self.rope.is_empty() { Bytes::Slice(&self.short[..self.len]) } else { Bytes::Rope(self.rope) }
    }

    fn clear(&mut self, mem: &mut Arena) {
        self.rope.free(mem);
        self.len = 0;
    }
}

/// What is known of the key that is being read.
pub(super) struct Build {
    existing: Existing,
    pub keys: u64,
    pub expired: u64,
    head: Head,
    expiry: Option<Expiry>,
    /// The key's time is over: nothing is built.
    skip: bool,
    key: Text,
    has_key: bool,
    entry: Option<Entry>,
    /// The string that is being read.
    text: Text,
    /// A hash's field, a sorted set's member.
    before: Text,
    has_before: bool,
    stream: Stream,
    meta: [u8; META_BYTES],
    id: Id,
    node: bool,
    /// Strings of the stream entry that are still to come.
    strings_left: usize,
    pairs: usize,
    /// The entry's strings: together in `texts`, ends in `ends`; once they do not fit, in the arena.
    texts: [u8; ENTRY_BYTES],
    ends: [u16; ENTRY_STRINGS],
    gathered: usize,
    stored: StoredArgs,
}

impl Build {
    pub fn new(existing: Existing) -> Build {
        Build {
            existing,
            keys: 0,
            expired: 0,
            head: Head { db: 0, kind: Type::String, expires: None, large: false, text: false, access: None },
            expiry: None,
            skip: false,
            key: Text::new(),
            has_key: false,
            entry: None,
            text: Text::new(),
            before: Text::new(),
            has_before: false,
            stream: Stream::new(),
            meta: [0; META_BYTES],
            id: Id::MIN,
            node: false,
            strings_left: 0,
            pairs: 0,
            texts: [0; ENTRY_BYTES],
            ends: [0; ENTRY_STRINGS],
            gathered: 0,
            stored: StoredArgs::EMPTY,
        }
    }

    pub fn free(&mut self, mem: &mut Arena) {
        self.key.clear(mem);
        self.text.clear(mem);
        self.before.clear(mem);
        self.stored.free(mem);
    }
}

pub(super) struct Builder<'b> {
    pub server: &'b mut Server,
    pub build: &'b mut Build,
}

impl Sink for Builder<'_> {
    fn begin(&mut self, head: &Head) -> Told {
        if usize::from(head.db) >= self.server.dbs.len() {
            return Err("a database that this server does not have");
        }
        let build = &mut *self.build;
        build.head = *head;
        let now_ms = self.server.now.wall_ms;
        build.expiry = head.expires.map(|expires| match expires {
            Expires::At(at_ms) => Expiry::at(at_ms),
            Expires::Left(ms) => Expiry { at_ms: now_ms.saturating_add(ms), is_provisional: !self.server.clock_synced },
        });
        build.skip = build.expiry.is_some_and(|expiry| expiry.at_ms < now_ms);
        build.expired += u64::from(build.skip);
        (build.has_key, build.has_before, build.entry) = (false, false, None);
        Ok(())
    }

    fn piece(&mut self, bytes: &[u8], last: bool) -> Told {
        if self.build.skip {
            return Ok(());
        }
        if last && self.build.text.is_empty() {
            return self.string(Bytes::Slice(bytes));
        }
        self.build.text.add(&mut self.server.mem, bytes).map_err(|Oom| OOM)?;
        if !last {
            return Ok(());
        }
        // Out of the builder for a moment, so that the string can be looked at while values change.
        let text = core::mem::replace(&mut self.build.text, Text::new());
        let told = self.string(text.bytes());
        let mut rope = text.rope;
        if !self.took_over(rope) {
            rope.free(&mut self.server.mem);
        }
        told
    }

    fn number(&mut self, value: i64) -> Told {
        if self.build.skip { Ok(()) } else { self.string(Bytes::Int(value)) }
    }

    fn score(&mut self, score: f64) -> Told {
        if self.build.skip {
            return Ok(());
        }
        let mut entry = self.entry(Form::ZsetPacked, 0)?;
        let mem = &mut self.server.mem;
        let member = self.build.before.bytes();
        match zset::look(mem, &entry, member) {
            Ok(_) => return Err("a member that the sorted set has already"),
            Err(missing) => zset::add(mem, &mut entry, &missing, member, score).map_err(|Oom| OOM)?,
        }
        self.build.before.clear(mem);
        self.build.entry = Some(entry);
        Ok(())
    }

    fn stream(&mut self, meta: &[u8; META_BYTES]) -> Told {
        if self.build.skip {
            return Ok(());
        }
        let entry = self.entry(Form::Stream, Stream::BYTES)?;
        self.build.stream = Stream::new();
        self.build.meta = *meta;
        self.build.stream.store(&mut self.server.mem, &entry);
        Ok(())
    }

    fn entry(&mut self, id: Id, node: bool, pairs: Option<u32>) -> Told {
        if self.build.skip {
            return Ok(());
        }
        let build = &mut *self.build;
        match pairs {
            Some(pairs) => {
                (build.id, build.node, build.pairs) = (id, node, pairs as usize);
                (build.strings_left, build.gathered) = (2 * pairs as usize, 0);
                if pairs == 0 { self.append() } else { Ok(()) }
            }
            None => {
                let done = build.stream.restore_tombstone(&mut self.server.mem, id, node);
                self.store_stream();
                done.map_err(|Oom| OOM)
            }
        }
    }

    fn end(&mut self) -> Told {
        let build = &mut *self.build;
        if build.skip {
            return Ok(());
        }
        let mem = &mut self.server.mem;
        build.key.clear(mem);
        let Some(mut entry) = build.entry.take() else { return Ok(()) };
        build.keys += 1;
        let db = usize::from(build.head.db);
        if build.head.kind == Type::Stream {
            build.stream.set_meta(mem, &build.meta);
            build.stream.store(mem, &entry);
        }
        if build.head.access.is_some() {
            entry.set_large(mem, build.head.large);
        }
        if build.head.text && build.head.kind == Type::String {
            string::keep_as_text(mem, &mut entry).map_err(|Oom| OOM)?;
        }
        let lfu = self.server.config.maxmemory_policy.is_lfu();
        let access = match build.head.access {
            Some((access, was_lfu)) if was_lfu == lfu => access,
            _ => access::fresh(self.server),
        };
        let mem = &mut self.server.mem;
        entry.set_access(mem, access);
        if build.expiry.is_some() {
            self.server.dbs[db].set_expiry(mem, &mut entry, build.expiry).map_err(|Oom| OOM)?;
        }
        Ok(())
    }
}

impl Builder<'_> {
    /// A string is whole.
    fn string(&mut self, bytes: Bytes) -> Told {
        if !self.build.has_key {
            self.build.has_key = true;
            return self.build.key.set(&mut self.server.mem, bytes).map_err(|Oom| OOM);
        }
        match self.build.head.kind {
            Type::String => self.value(bytes),
            Type::List => self.item(bytes),
            Type::Set => {
                let form = set::form_for(&self.server.mem, bytes);
                let mut entry = self.entry(form, 0)?;
                set::add(&mut self.server.mem, &mut entry, bytes, self.server.config.set_max_intset_entries)
                    .map_err(|Oom| OOM)?;
                self.build.entry = Some(entry);
                Ok(())
            }
            Type::Zset => self.build.before.set(&mut self.server.mem, bytes).map_err(|Oom| OOM),
            Type::Hash if !self.build.has_before => {
                self.build.has_before = true;
                self.build.before.set(&mut self.server.mem, bytes).map_err(|Oom| OOM)
            }
            Type::Hash => {
                let mut entry = self.entry(Form::HashPacked, 0)?;
                let build = &mut *self.build;
                let mem = &mut self.server.mem;
                let outcome = hash::set(mem, &mut entry, build.before.bytes(), bytes).map_err(|Oom| OOM)?;
                if build.head.access.is_none() {
                    let config = &self.server.config;
                    let longest = config.hash_max_listpack_value;
                    let many =
                        matches!(outcome, hash::Outcome::Added { len } if len > config.hash_max_listpack_entries);
                    if many || build.before.bytes().len() > longest || bytes.len() > longest {
                        entry.set_large(mem, true);
                    }
                }
                build.has_before = false;
                build.before.clear(mem);
                build.entry = Some(entry);
                Ok(())
            }
            Type::Stream => self.stream_string(bytes),
        }
    }

    /// The key's entry, made where it is not there yet.
    fn entry(&mut self, form: Form, body: usize) -> Result<Entry, &'static str> {
        if let Some(entry) = self.build.entry {
            return Ok(entry);
        }
        let db = usize::from(self.build.head.db);
        let key = self.build.key.bytes();
        if let Some(there) = self.server.dbs[db].find(&self.server.mem, key) {
            if self.build.existing == Existing::Refuse {
                return Err("a key that is there already");
            }
            self.server.remove(db, there, Cause::Server);
        }
        let server = &mut *self.server;
        let entry = server.dbs[db].insert(&mut server.mem, key, form, body).map_err(|Oom| OOM)?;
        self.build.entry = Some(entry);
        Ok(entry)
    }

    fn value(&mut self, bytes: Bytes) -> Told {
        let (form, body) = string::shape(bytes.len());
        let mut entry = self.entry(form, body)?;
        let mem = &mut self.server.mem;
        let source = match (bytes, form) {
            // Read into the blocks that become the value: nothing is copied.
            (Bytes::Rope(rope), Form::StringRope) => string::Source::Own { rope, argument: Ref::NULL },
            _ => string::Source::Copy(bytes),
        };
        string::fill(mem, &mut entry, source).map_err(|Oom| OOM)?;
        self.build.entry = Some(entry);
        Ok(())
    }

    fn item(&mut self, bytes: Bytes) -> Told {
        let mem = &mut self.server.mem;
        let item = match bytes {
            Bytes::Rope(rope) if rope.len() > crate::limits::ITEM_BYTES_MAX => Item::Long(rope),
            _ => Item::prepare(mem, bytes).map_err(|Oom| OOM)?,
        };
        let known = self.build.entry.is_some();
        let done = self.entry(Form::ListPacked, list::first_body_bytes(&item)).and_then(|mut entry| {
            let mem = &mut self.server.mem;
            let done = if known {
                list::push(mem, &mut entry, list::End::Tail, &item)
            } else {
                list::start(mem, &mut entry, &item)
            };
            self.build.entry = Some(entry);
            done.map_err(|Oom| OOM)
        });
        if done.is_err() && !matches!(bytes, Bytes::Rope(_)) {
            item.discard(&mut self.server.mem);
        }
        done
    }

    /// Whether the string just told became part of the value as it was.
    fn took_over(&self, rope: Rope) -> bool {
        if rope.is_empty() || !self.build.has_key {
            return false;
        }
        let Some(entry) = self.build.entry else { return false };
        let mem = &self.server.mem;
        let owned = match self.build.head.kind {
            Type::String => Some(string::read(mem, &entry)),
            Type::List => list::peek(mem, &entry, list::End::Tail),
            _ => None,
        };
        matches!(owned, Some(Bytes::Rope(of_value)) if of_value.root == rope.root)
    }

    fn stream_string(&mut self, bytes: Bytes) -> Told {
        let build = &mut *self.build;
        let mem = &mut self.server.mem;
        let start = if build.gathered == 0 { 0 } else { usize::from(build.ends[build.gathered - 1]) };
        let fits = build.stored.is_empty()
            && build.gathered < ENTRY_STRINGS
            && start + bytes.len() <= ENTRY_BYTES
            && bytes.len() <= ENTRY_BYTES;
        if fits {
            mem.view(bytes).copy_to(0, &mut build.texts[start..start + bytes.len()]);
            build.ends[build.gathered] = (start + bytes.len()) as u16;
            build.gathered += 1;
        } else {
            for i in 0..core::mem::take(&mut build.gathered) {
                let start = if i == 0 { 0 } else { usize::from(build.ends[i - 1]) };
                let text = &build.texts[start..usize::from(build.ends[i])];
                build.stored.push(mem, Bytes::Slice(text)).map_err(|Oom| OOM)?;
            }
            build.stored.push(mem, bytes).map_err(|Oom| OOM)?;
        }
        build.strings_left = build.strings_left.saturating_sub(1);
        if build.strings_left == 0 { self.append() } else { Ok(()) }
    }

    /// The stream entry's strings are all there.
    fn append(&mut self) -> Told {
        let build = &mut *self.build;
        let mem = &mut self.server.mem;
        let (texts, ends, stored) = (&build.texts, &build.ends, build.stored);
        let get = |mem: &Arena, i: usize| match stored.is_empty() {
            false => stored.get(mem, i),
            true => {
                let start = if i == 0 { 0 } else { usize::from(ends[i - 1]) };
                Bytes::Slice(&texts[start..usize::from(ends[i])])
            }
        };
        let done = build.stream.restore_entry(mem, build.id, build.node, build.pairs, &get);
        build.stored.free(mem);
        build.gathered = 0;
        self.store_stream();
        done.map_err(|Oom| OOM)
    }

    fn store_stream(&mut self) {
        if let Some(entry) = &self.build.entry {
            self.build.stream.store(&mut self.server.mem, entry);
        }
    }
}
