//! Limits of a client's output: what Redis calls client-output-buffer-limit.

use crate::server::Server;
use crate::session::ClientId;

/// Closes a client whose replies wait beyond its class's limit.
pub fn check_output(server: &mut Server, id: ClientId) {
    let session = server.sessions.get(id);
    let class = if session.subscriber() { 2 } else { 0 };
    let limit = server.config.client_output_buffer_limit[class];
    let waiting = server.output_len(id) as u64;
    let hard = limit.hard_bytes > 0 && waiting >= limit.hard_bytes;
    let mut soft = limit.soft_bytes > 0 && waiting >= limit.soft_bytes;
    let now = server.now.mono_us;
    let session = server.sessions.get_mut(id);
    if soft && limit.soft_seconds > 0 {
        if session.soft_since_us == 0 {
            session.soft_since_us = now.max(1);
        }
        soft = now.saturating_sub(session.soft_since_us) > limit.soft_seconds * 1_000_000;
    } else if !soft {
        session.soft_since_us = 0;
    }
    if hard || soft {
        session.closing = true;
        server.stats.output_limit_disconnections += 1;
        if server.serving == Some(id) {
            server.reply.clear(&mut server.mem);
        } else {
            let mut output = server.sessions.get(id).output;
            output.clear(&mut server.mem);
            server.sessions.get_mut(id).output = output;
        }
        server.list(id);
    }
}
