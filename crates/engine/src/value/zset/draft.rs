//! A sorted set in the making, without a key: what ZUNION and its kin compute before anything that exists changes.

use super::bound::Bound;
use super::cursor::Cursor;
use super::large::{self, BODY_BYTES, Large};
use crate::memory::{Arena, Bytes, Oom};
use crate::value::item::Item;
use crate::value::record::{Entry, Form};

pub struct Draft {
    large: Large,
    /// The longest member in bytes.
    longest: usize,
}

impl Draft {
    pub const EMPTY: Draft = Draft { large: Large::EMPTY, longest: 0 };

    pub fn len(&self) -> usize {
        self.large.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The longest member in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Adds a member, or gives one that is there the score that `join` makes of the old and this one.
    pub fn add(
        &mut self,
        mem: &mut Arena,
        member: Bytes,
        score: f64,
        join: &dyn Fn(f64, f64) -> f64,
    ) -> Result<(), Oom> {
        let hash = mem.hash(member);
        if let Some(place) = self.large.find(mem, hash, member) {
            let joined = join(place.score, score);
            if joined.to_bits() == place.score.to_bits() {
                return Ok(());
            }
            return self.large.rescore(mem, &place, joined);
        }
        let item = Item::prepare(mem, member)?;
        self.longest = self.longest.max(member.len());
        let added = self.large.insert(mem, hash, &item, score);
        if added.is_err() {
            item.discard(mem);
        }
        added
    }

    /// Makes every -0 a 0, as a listpack of Redis's does, which keeps whole numbers as integers.
    pub fn drop_zero_signs(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        let from = self.large.tree.seek(mem, &Bound::Score { score: 0.0, after: false }).rank;
        let to = self.large.tree.seek(mem, &Bound::Score { score: 0.0, after: true }).rank;
        for rank in from..to {
            if let Some(place) = self.large.place_of(mem, rank)
                && place.score.is_sign_negative()
            {
                self.large.rescore(mem, &place, 0.0)?;
            }
        }
        Ok(())
    }

    /// All members in order.
    pub fn cursor(&self, mem: &Arena) -> Cursor {
        Cursor::of_tree(mem, self.large.tree, 0, usize::MAX, false)
    }

    pub fn free(mut self, mem: &mut Arena) {
        self.large.free(mem);
    }

    /// The form and body length of the record that is to hold it.
    pub fn plan(&self, mem: &Arena) -> (Form, usize) {
        match large::packed_bytes(mem, &self.large) {
            Some(bytes) => (Form::ZsetPacked, bytes),
            None => (Form::ZsetTree, BODY_BYTES),
        }
    }

    /// Moves it into a record whose body has the planned form and length.
    pub fn settle(self, mem: &mut Arena, entry: &Entry) {
        match entry.form() {
            Form::ZsetTree => self.large.store(mem, entry),
            _ => large::pack(mem, self.large, entry),
        }
    }
}
