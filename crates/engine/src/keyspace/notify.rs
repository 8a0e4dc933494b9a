//! Keyspace notifications.

use crate::config::Class;
use crate::memory::Bytes;
use crate::server::Server;

impl Server {
    /// Publishes an event of a key to those who subscribed to it, where `notify-keyspace-events` asks for its class.
    pub fn notify(&mut self, db: usize, key: Bytes, class: Class, event: &'static str) {
        if self.config.notify_keyspace_events & class.0 == 0 {
            return;
        }
        super::publish::publish_event(self, db, key, event);
    }
}
