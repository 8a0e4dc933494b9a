//! The shell's side of the clients: their sockets and what is known of their readiness.
//!
//! Sockets are registered once, edge-triggered, for both directions. So readiness is remembered here: it lasts until a
//! read comes back short or a write would block, and no system call is spent on changing what is waited for.

use crate::net::Stream;
use microredis_engine::ClientId;

pub struct Client {
    pub stream: Stream,
    /// There may be input that was not read yet.
    pub readable: bool,
    /// The peer sends no more, which shows when all is read.
    pub ended: bool,
    /// Nobody receives replies any more.
    pub failed: bool,
    pub writable: bool,
    /// It stands in the loop's list of clients to be served again.
    pub again: bool,
}

/// Clients by the number that the engine gave them, which is also their token in the event loop.
#[derive(Default)]
pub struct Clients {
    places: Vec<Option<Client>>,
}

impl Clients {
    pub fn insert(&mut self, id: ClientId, stream: Stream) {
        let place = id.0 as usize;
        if self.places.len() <= place {
            self.places.resize_with(place + 1, || None);
        }
        self.places[place] =
            Some(Client { stream, readable: false, ended: false, failed: false, writable: true, again: false });
    }

    pub fn get(&mut self, id: ClientId) -> Option<&mut Client> {
        self.places.get_mut(id.0 as usize)?.as_mut()
    }

    pub fn remove(&mut self, id: ClientId) -> Option<Client> {
        self.places.get_mut(id.0 as usize)?.take()
    }
}
