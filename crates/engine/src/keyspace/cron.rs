//! Background work, in bounded steps: idle clients, expiry, compaction.

use crate::server::Server;
use crate::session::ClientId;

/// Runs `hz` times a second.
pub fn tick(server: &mut Server) {
    if server.cron_paused {
        return;
    }
    server.stats.peak_memory = server.stats.peak_memory.max(server.used_memory());
    server.stats.sample(server.now.mono_us);
    if server.save.loading {
        // The loader stands in the keyspace: nobody else may move or delete anything there.
        return super::lazyfree::tick(server);
    }
    close_idle(server);
    for place in 0..server.sessions.places() {
        let id = ClientId(place);
        if server.sessions.get(id).soft_since_us != 0 {
            super::limits::check_output(server, id);
        }
        super::limits::check_stall(server, id);
    }
    server.save_when_due();
    super::lazyfree::tick(server);
    super::evict::tick(server);
    super::expire::tick(server);
    super::compact::tick(server);
}

/// Closes clients that have been silent for `timeout` seconds; subscribers and monitors may be.
fn close_idle(server: &mut Server) {
    let timeout = server.config.timeout;
    if timeout == 0 {
        return;
    }
    let now = server.now.mono_us;
    for place in 0..server.sessions.places() {
        let id = ClientId(place);
        let session = server.sessions.get(id);
        let exempt = session.subscriber() || session.monitor || session.suspended.is_some();
        if session.in_use && !exempt && now.saturating_sub(session.last_us) > timeout * 1_000_000 {
            server.sessions.get_mut(id).closing = true;
            server.list(id);
        }
    }
}
