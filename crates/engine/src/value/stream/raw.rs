//! A stream as snapshots keep it: every piece with what it says of Redis's nodes, tombstones too, and the part of the
//! root that cannot be counted from the pieces.

use super::block::{self, Kind, Piece, Place};
use super::iter::Fields;
use super::{Id, NodeLimits, Stream, iter, write};
use crate::memory::{Arena, Bytes, Oom};

/// Bytes of [`Stream::meta`]: last id:16 | max deleted id:16 | added:8 | head's last id:16 | head's live:4 | node's
/// count:4 | node's bytes:4 | node's fields:4.
pub const META_BYTES: usize = 16 + 16 + 8 + 16 + 4 * 4;

/// An entry or a tombstone.
#[derive(Clone, Copy, Debug)]
pub struct RawPiece {
    pub id: Id,
    /// Whether a node begins with it.
    pub node: bool,
    /// The pairs' number and the pairs; of a tombstone none.
    pub live: Option<(usize, Fields)>,
}

/// A walk over all pieces; ends when the stream is changed.
#[derive(Clone, Copy, Debug)]
pub struct RawIter {
    at: Place,
}

impl RawIter {
    pub fn new(mem: &Arena, stream: &Stream) -> RawIter {
        let block = stream.index.first(mem);
        let at = if block.is_null() { Place { block, at: 0, prev: Id::MIN } } else { block::first(mem, block) };
        RawIter { at }
    }

    pub fn next(&mut self, mem: &Arena) -> Option<RawPiece> {
        loop {
            let (place, piece) = block::piece_at(mem, self.at)?;
            self.at = block::behind(mem, place.block, &piece);
            let live = match piece.kind {
                Kind::More => continue,
                Kind::Tombstone => None,
                Kind::Whole | Kind::First => {
                    let entry = iter::Entry::new(place.block, piece);
                    Some((entry.pairs, entry.fields()))
                }
            };
            return Some(RawPiece { id: piece.id, node: piece.node, live });
        }
    }
}

impl Stream {
    pub fn meta(&self) -> [u8; META_BYTES] {
        let mut meta = [0; META_BYTES];
        meta[..16].copy_from_slice(&self.last_id.to_bytes());
        meta[16..32].copy_from_slice(&self.max_deleted_id.to_bytes());
        meta[32..40].copy_from_slice(&self.entries_added.to_le_bytes());
        meta[40..56].copy_from_slice(&self.head_last.to_bytes());
        let words = [self.head_live, self.node_count, self.node_bytes, self.node_fields];
        for (place, word) in meta[56..].chunks_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        meta
    }

    /// Appends an entry; [`Stream::set_meta`] follows the last one. Ids ascend.
    pub fn restore_entry<'a>(
        &mut self,
        mem: &mut Arena,
        id: Id,
        node: bool,
        pairs: usize,
        get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
    ) -> Result<(), Oom> {
        // Whether a node begins is decided by the last one's bytes.
        self.node_bytes = if node { u32::MAX } else { 0 };
        write::append(mem, self, id, pairs, get, NodeLimits { entries: 0, bytes: 0 })
    }

    /// Appends a tombstone.
    pub fn restore_tombstone(&mut self, mem: &mut Arena, id: Id, node: bool) -> Result<(), Oom> {
        let node = node || self.tail.is_null();
        let mut piece = Piece { id, kind: Kind::Tombstone, same: false, node, pairs: 0, items: 0, body: 0 };
        write::place_entry(mem, self, &mut piece, &|_, _| Bytes::EMPTY)?;
        self.tail_id = id;
        if node {
            self.nodes += 1;
            self.node_id = id;
        }
        Ok(())
    }

    /// Takes over what cannot be counted; what can be is believed only where it is right.
    pub fn set_meta(&mut self, mem: &Arena, meta: &[u8; META_BYTES]) {
        self.last_id = Id::from_bytes(&meta[..16]);
        self.max_deleted_id = Id::from_bytes(&meta[16..32]);
        let mut raw = [0; 8];
        raw.copy_from_slice(&meta[32..40]);
        self.entries_added = u64::from_le_bytes(raw);
        let head_last = Id::from_bytes(&meta[40..56]);
        let mut words = meta[56..].chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
        let mut word = || words.next().unwrap_or(0);
        let head_live = word();
        (self.node_count, self.node_bytes, self.node_fields) = (word(), word(), word());
        let known = head_live > 0 && self.count_head(mem) == (head_live, head_last);
        // 0 is: not known.
        self.head_live = if known { head_live } else { 0 };
        self.head_last = head_last;
        self.last_id = self.last_id.max(self.tail_id);
    }

    /// The first node's live entries and its last id.
    fn count_head(&self, mem: &Arena) -> (u32, Id) {
        let (mut live, mut last) = (0, Id::MIN);
        let mut iter = RawIter::new(mem, self);
        let mut first = true;
        while let Some(piece) = iter.next(mem)
            && (first || !piece.node)
        {
            first = false;
            live += u32::from(piece.live.is_some());
            last = piece.id;
        }
        (live, last)
    }

    /// The last piece's id, a tombstone's too.
    pub fn tail_id(&self) -> Option<Id> {
        (!self.tail.is_null()).then_some(self.tail_id)
    }
}
