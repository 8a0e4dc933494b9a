//! A call's arguments: in place in the input, or kept in the arena when the call arrived in pieces, waits in MULTI or
//! is suspended.

use crate::memory::{Arena, Bytes, Oom, Ref, Rope};
use crate::value::item::{self, Item};
use crate::value::string::Source;

/// Where an argument stands in the input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    pub at: u32,
    pub len: u32,
}

/// Arguments kept in the arena: a rope of references, each to a block with one item.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredArgs {
    index: Rope,
    charged: u32,
}

impl StoredArgs {
    pub const EMPTY: StoredArgs = StoredArgs { index: Rope::EMPTY, charged: 0 };

    pub fn len(&self) -> usize {
        self.index.len() / 4
    }

    /// As 12 bytes, for a queue of calls.
    pub fn to_raw(&self) -> [u8; 12] {
        let mut raw = [0; 12];
        raw[..4].copy_from_slice(&self.index.root.raw().to_le_bytes());
        raw[4..8].copy_from_slice(&self.index.len.to_le_bytes());
        raw[8..].copy_from_slice(&self.charged.to_le_bytes());
        raw
    }

    pub fn from_raw(raw: [u8; 12]) -> StoredArgs {
        let word = |i: usize| u32::from_le_bytes([raw[i], raw[i + 1], raw[i + 2], raw[i + 3]]);
        StoredArgs { index: Rope { root: Ref::from_raw(word(0)), len: word(4) }, charged: word(8) }
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Bytes of the arena, near enough for charging a client.
    pub fn bytes_used(&self) -> usize {
        self.charged as usize + self.index.len()
    }

    /// Appends a copy.
    pub fn push(&mut self, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
        let item = Item::prepare(mem, bytes)?;
        self.push_item(mem, item)
    }

    /// Appends a rope that was filled already; it belongs to the arguments from here on, also on failure.
    pub fn push_rope(&mut self, mem: &mut Arena, mut rope: Rope) -> Result<(), Oom> {
        if rope.len() <= crate::limits::ITEM_BYTES_MAX {
            let pushed = self.push(mem, Bytes::Rope(rope));
            rope.free(mem);
            return pushed;
        }
        self.push_item(mem, Item::Long(rope))
    }

    fn push_item(&mut self, mem: &mut Arena, item: Item) -> Result<(), Oom> {
        let len = item.len();
        let at = self.index.len();
        let pushed = mem.alloc(len).and_then(|block| {
            item.write(mem, block, 0);
            let raw = block.raw().to_le_bytes();
            let grown =
                self.index.resize(mem, at + 4).and_then(|()| self.index.write(mem, at, Bytes::Slice(&raw), 0, 4));
            if grown.is_err() {
                let _ = self.index.resize(mem, at);
                mem.free(block, len);
            }
            grown
        });
        match pushed {
            Ok(()) => {
                let beside = if let Item::Long(rope) = item { rope.len() } else { 0 };
                self.charged += (Arena::block_bytes(len) + beside) as u32;
                Ok(())
            }
            Err(Oom) => {
                item.discard(mem);
                Err(Oom)
            }
        }
    }

    pub fn get(&self, mem: &Arena, i: usize) -> Bytes<'static> {
        match self.block(mem, i) {
            Some(block) => item::read(mem, block, 0).0,
            None => Bytes::EMPTY,
        }
    }

    /// The position of this string among the arguments.
    pub fn position(&self, mem: &Arena, bytes: Bytes) -> Option<usize> {
        let wanted = mem.view(bytes);
        let mut at = 0;
        while at < self.index.len() {
            let leaf = self.index.chunk(mem, at);
            let is_wanted = |raw: &[u8; 4]| {
                let block = Ref::from_raw(u32::from_le_bytes(*raw));
                mem.view(item::read(mem, block, 0).0) == wanted
            };
            if let Some(n) = leaf.as_chunks().0.iter().position(is_wanted) {
                return Some(at / 4 + n);
            }
            at += leaf.len();
        }
        None
    }

    /// The same, most likely next to a place: names are dropped in the order in which they came, or against it, as a
    /// rule, and the last one takes the place of each.
    pub fn position_near(&self, mem: &Arena, bytes: Bytes, near: usize) -> Option<usize> {
        let mut around = near.saturating_sub(2)..near.saturating_add(3).min(self.len());
        around.find(|&i| mem.same(self.get(mem, i), bytes)).or_else(|| self.position(mem, bytes))
    }

    /// Removes argument `i`; the last one takes its place.
    pub fn swap_remove(&mut self, mem: &mut Arena, i: usize) {
        let (Some(block), Some(last)) = (self.block(mem, i), self.block(mem, self.len().saturating_sub(1))) else {
            return;
        };
        let len = item::release(mem, block, 0);
        self.charged = self.charged.saturating_sub(Arena::block_bytes(len) as u32);
        mem.free(block, len);
        // Neither can fail: the leaf is there, and a shrinking rope may use the reserve.
        let _ = self.index.write(mem, i * 4, Bytes::Slice(&last.raw().to_le_bytes()), 0, 4);
        let _ = self.index.resize(mem, self.index.len() - 4);
    }

    pub fn free(&mut self, mem: &mut Arena) {
        for i in 0..self.len() {
            if let Some(block) = self.block(mem, i) {
                let len = item::release(mem, block, 0);
                mem.free(block, len);
            }
        }
        self.index.free(mem);
        self.charged = 0;
    }

    fn block(&self, mem: &Arena, i: usize) -> Option<Ref> {
        let raw: [u8; 4] = self.index.chunk(mem, i * 4).get(..4)?.try_into().ok()?;
        Some(Ref::from_raw(u32::from_le_bytes(raw)))
    }
}

/// A source of [`Args::source`] has become a value: it is no argument's to free any more.
pub fn give(mem: &mut Arena, source: Source) {
    if let Source::Own { argument, .. } = source
        && !argument.is_null()
    {
        item::give_rope(mem, argument, 0);
    }
}

/// A call's arguments, the command's name first.
#[derive(Clone, Copy)]
pub enum Args<'a> {
    InPlace { input: &'a [u8], spans: &'a [Span] },
    Stored(StoredArgs),
}

impl<'a> Args<'a> {
    /// How argument `i` becomes a value: a long one that was gathered in the arena is not copied. Once it is a value,
    /// [`give`] is to be called.
    pub fn source(&self, mem: &Arena, i: usize) -> Source<'a> {
        if let Args::Stored(stored) = self
            && let Some(argument) = stored.block(mem, i)
            && let Some(rope) = item::owned_rope(mem, argument, 0)
        {
            return Source::Own { rope, argument };
        }
        Source::Copy(self.get(mem, i))
    }

    pub fn len(&self) -> usize {
        match self {
            Args::InPlace { spans, .. } => spans.len(),
            Args::Stored(stored) => stored.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Argument `i`; empty past the end.
    pub fn get(&self, mem: &Arena, i: usize) -> Bytes<'a> {
        match *self {
            Args::InPlace { input, spans } => match spans.get(i) {
                Some(span) => {
                    Bytes::Slice(input.get(span.at as usize..span.at as usize + span.len as usize).unwrap_or(&[]))
                }
                None => Bytes::EMPTY,
            },
            Args::Stored(stored) => stored.get(mem, i),
        }
    }

    /// A copy that outlives the input.
    pub fn store(&self, mem: &mut Arena) -> Result<StoredArgs, Oom> {
        let mut stored = StoredArgs::EMPTY;
        for i in 0..self.len() {
            let bytes = self.get(mem, i);
            if let Err(oom) = stored.push(mem, bytes) {
                stored.free(mem);
                return Err(oom);
            }
        }
        Ok(stored)
    }
}
