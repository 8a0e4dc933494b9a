//! A file into the keyspace. It is checked from end to end first, without touching memory; only then is it loaded.

use super::Damage;
use super::build::{Build, Builder};
use super::decode::{Check, Decoder, Summary};
use crate::server::Server;

/// The first pass: feed it the whole file, then [`Verifier::finish`].
#[derive(Default)]
pub struct Verifier(Decoder);

impl Verifier {
    pub fn feed(&mut self, input: &[u8]) -> Result<(), Damage> {
        self.0.feed(input, &mut Check)
    }

    pub fn finish(&self) -> Result<Summary, Damage> {
        self.0.finish()
    }
}

/// What loading does with keys that are there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    Refuse,
    Replace,
}

/// What a load has brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Loaded {
    pub file: Summary,
    pub keys: u64,
    /// Keys left out because their time is over.
    pub expired: u64,
}

/// The second pass: give it to `Engine::load` with the same bytes, then to `Engine::load_end`.
pub struct Loader {
    decoder: Decoder,
    build: Build,
}

impl Loader {
    pub fn new(existing: Existing) -> Loader {
        Loader { decoder: Decoder::new(), build: Build::new(existing) }
    }

    /// Keys loaded so far.
    pub fn keys(&self) -> u64 {
        self.build.keys
    }

    pub(crate) fn feed(&mut self, server: &mut Server, input: &[u8]) -> Result<(), Damage> {
        self.decoder.feed(input, &mut Builder { server, build: &mut self.build })
    }

    /// Gives back what it held for an unfinished key.
    pub(crate) fn free(mut self, server: &mut Server) {
        self.build.free(&mut server.mem);
    }

    /// As [`Loader::free`], and says what came of it.
    pub(crate) fn end(mut self, server: &mut Server) -> Result<Loaded, Damage> {
        self.build.free(&mut server.mem);
        let loaded = Loaded { file: self.decoder.finish()?, keys: self.build.keys, expired: self.build.expired };
        server.save.load_keys = loaded.keys;
        server.save.load_expired = loaded.expired;
        Ok(loaded)
    }
}
