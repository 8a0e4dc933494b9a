//! DEBUG DIGEST: a SHA-1 over all data, computed as Redis 7.0's debug.c does, so that two servers can be compared.

use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes};
use crate::number::format_f64;
use crate::server::Server;
use crate::value::record::{Entry, Type};
use crate::value::{hash, list, set, stream, string, zset};
use sha1::{Digest as _, Sha1};

const LEN: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest([u8; LEN]);

impl Digest {
    pub const ZERO: Digest = Digest([0; LEN]);

    /// Of every database.
    pub fn of_all(server: &Server) -> Digest {
        let mem = &server.mem;
        let mut all = Digest::ZERO;
        for (number, db) in server.dbs.iter().enumerate() {
            if db.is_empty() {
                continue;
            }
            all.mix(mem, Bytes::Slice(&(number as u32).to_be_bytes()));
            let mut walk = db.table.first(mem);
            while let Some(at) = walk {
                let entry = db.entry(mem, at.slot);
                let mut one = Digest::ZERO;
                one.mix(mem, entry.key(mem));
                one.mix_value(mem, &entry);
                all.xor(mem, Bytes::Slice(&one.0));
                walk = db.table.next(mem, at);
            }
        }
        all
    }

    /// Adds a value, order of its elements mattering only where it does in the type.
    pub fn mix_value(&mut self, mem: &Arena, entry: &Entry) {
        let kind: u32 = match entry.kind() {
            Type::String => 0,
            Type::List => 1,
            Type::Set => 2,
            Type::Zset => 3,
            Type::Hash => 4,
            Type::Stream => 6,
        };
        self.mix(mem, Bytes::Slice(&kind.to_be_bytes()));
        match entry.kind() {
            Type::String => self.mix(mem, string::read(mem, entry)),
            Type::List => {
                let mut walk = list::iter(mem, entry);
                while let Some(item) = walk.next(mem) {
                    self.mix(mem, item);
                }
            }
            Type::Set => {
                let mut walk = set::iter(mem, entry);
                while let Some(member) = walk.next(mem, entry) {
                    self.xor(mem, member);
                }
            }
            Type::Zset => {
                let mut walk = zset::Cursor::forward(mem, entry, 0, usize::MAX);
                while let Some((member, score)) = walk.next(mem) {
                    self.pair(mem, member, Bytes::Slice(format_f64(score).as_bytes()));
                }
            }
            Type::Hash => {
                let mut walk = hash::iter(mem, entry);
                while let Some((field, value)) = walk.next(mem, entry) {
                    self.pair(mem, field, value);
                }
            }
            Type::Stream => self.mix_stream(mem, entry),
        }
        if entry.expire_at_ms(mem).is_some() {
            self.xor(mem, Bytes::Slice(b"!!expire!!"));
        }
    }

    fn mix_stream(&mut self, mem: &Arena, entry: &Entry) {
        let root = stream::Stream::load(mem, entry);
        let mut walk = stream::range(mem, &root, stream::Id::MIN, stream::Id::MAX);
        while let Some(item) = walk.next(mem) {
            let mut text = [0u8; 48];
            let mut len = 0;
            for (part, dot) in [(item.id.ms, true), (item.id.seq, false)] {
                let mut digits = Digits::new();
                let digits = digits.format(part).as_bytes();
                text[len..len + digits.len()].copy_from_slice(digits);
                len += digits.len();
                if dot {
                    text[len] = b'.';
                    len += 1;
                }
            }
            self.mix(mem, Bytes::Slice(&text[..len]));
            let mut fields = item.fields();
            while let Some((field, value)) = fields.next(mem) {
                self.mix(mem, field);
                self.mix(mem, value);
            }
        }
    }

    /// Two strings that belong together, in no order with other pairs.
    fn pair(&mut self, mem: &Arena, a: Bytes, b: Bytes) {
        let mut one = Digest::ZERO;
        one.mix(mem, a);
        one.mix(mem, b);
        self.xor(mem, Bytes::Slice(&one.0));
    }

    fn xor(&mut self, mem: &Arena, bytes: Bytes) {
        let mut sha = Sha1::new();
        mem.view(bytes).for_chunks(|chunk| sha.update(chunk));
        for (byte, hashed) in self.0.iter_mut().zip(sha.finalize()) {
            *byte ^= hashed;
        }
    }

    fn mix(&mut self, mem: &Arena, bytes: Bytes) {
        self.xor(mem, bytes);
        self.0 = Sha1::digest(self.0).into();
    }

    pub fn hex(&self) -> Hex {
        let mut hex = Hex([0; 2 * LEN]);
        for (i, byte) in self.0.iter().enumerate() {
            hex.0[2 * i] = b"0123456789abcdef"[(byte >> 4) as usize];
            hex.0[2 * i + 1] = b"0123456789abcdef"[(byte & 15) as usize];
        }
        hex
    }
}

/// 40 hexadecimal digits.
pub struct Hex([u8; 2 * LEN]);

impl Hex {
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}
