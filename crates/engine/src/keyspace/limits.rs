//! Limits of clients: what may wait to be sent to one (client-output-buffer-limit), what all may hold together
//! (maxmemory-clients), and how many requests a second one may make (rate-limit).

use crate::server::Server;
use crate::session::{ClientId, Session};

/// Bytes of replies kept for a client that has not said the password, beside what the socket takes.
const OUTPUT_UNAUTHENTICATED_MAX: usize = 1024;

/// Brings what a client is charged up to date, and closes the heaviest where all hold too much together.
pub fn charge(server: &mut Server, id: ClientId) {
    charge_with(server, id, 0);
}

/// The same with the bytes of a request that is about to run; false where the client was closed for it.
pub fn admits(server: &mut Server, id: ClientId, request: usize) -> bool {
    if server.config.maxmemory_clients != 0 {
        charge_with(server, id, request);
    }
    !server.sessions.get(id).closing
}

fn charge_with(server: &mut Server, id: ClientId, request: usize) {
    let used = client_bytes(server, id) + request;
    let session = server.sessions.get_mut(id);
    if !session.in_use {
        return;
    }
    let before = core::mem::replace(&mut session.charged, used);
    server.clients_bytes = server.clients_bytes + used - before;
    let limit = clients_limit(server);
    while limit > 0 && server.clients_bytes > limit {
        if !close_heaviest(server) {
            return;
        }
    }
}

/// Bytes held for a client, its session included.
pub fn client_bytes(server: &Server, id: ClientId) -> usize {
    let session = server.sessions.get(id);
    let replies = if server.serving == Some(id) { server.reply.queue.bytes_used() } else { 0 };
    size_of::<Session>() + session.bytes_used() + replies
}

/// maxmemory-clients in bytes; 0: no limit.
fn clients_limit(server: &Server) -> usize {
    match server.config.maxmemory_clients {
        share @ ..0 => (server.config.maxmemory / 100).saturating_mul(share.unsigned_abs()) as usize,
        bytes => bytes as usize,
    }
}

/// Closes the client that holds most; false where none may be closed.
fn close_heaviest(server: &mut Server) -> bool {
    let heaviest = server
        .sessions
        .ids()
        .filter(|&id| {
            let session = server.sessions.get(id);
            !session.no_evict && !session.closing && session.charged > 0
        })
        .max_by_key(|&id| server.sessions.get(id).charged);
    let Some(id) = heaviest else { return false };
    let session = server.sessions.get(id);
    let (client, bytes) = (session.id, session.charged);
    server.log(crate::server::LogLevel::Notice, format_args!("Evicting client: id={client} tot-mem={bytes}"));
    server.stats.evicted_clients += 1;
    cut_off(server, id);
    true
}

/// Closes a client without sending what waits for it; its buffers are freed at once.
pub fn cut_off(server: &mut Server, id: ClientId) {
    if server.serving == Some(id) {
        server.reply.clear(&mut server.mem);
    }
    let mut session = *server.sessions.get(id);
    session.output.clear(&mut server.mem);
    session.backlog.clear(&mut server.mem);
    session.gather.clear(&mut server.mem);
    session.closing = true;
    server.clients_bytes -= session.charged;
    session.charged = 0;
    *server.sessions.get_mut(id) = session;
    server.list(id);
}

/// Whether so many replies wait for the client that its requests have to wait, too (`output_pause_bytes`).
pub fn is_paused(server: &mut Server, id: ClientId) -> bool {
    let limit = server.config.output_pause_bytes;
    let is_paused = limit > 0 && server.output_len(id) as u64 >= limit;
    let now = server.now.mono_us;
    let session = server.sessions.get_mut(id);
    if !is_paused {
        session.paused_since_us = 0;
    } else if session.paused_since_us == 0 {
        session.paused_since_us = now.max(1);
    }
    is_paused
}

/// Closes a client whose requests wait, and which has taken none of its replies for `output_stall_seconds`.
pub fn check_stall(server: &mut Server, id: ClientId) {
    let since = server.sessions.get(id).paused_since_us;
    let stalled = server.now.mono_us.saturating_sub(since) > server.config.output_stall_seconds * 1_000_000;
    if since == 0 || !stalled || server.sessions.get(id).closing {
        return;
    }
    let (client, bytes) = (server.sessions.get(id).id, server.output_len(id));
    server.log(
        crate::server::LogLevel::Warning,
        format_args!("Client id={client} does not read its replies ({bytes} bytes wait): closed"),
    );
    server.stats.output_limit_disconnections += 1;
    cut_off(server, id);
}

/// Takes a request from the client's bucket; false where it is empty. A bucket holds a second's requests.
pub fn may_request(server: &mut Server, id: ClientId) -> bool {
    let rate = server.config.rate_limit;
    if rate == 0 {
        return true;
    }
    let now = server.now.mono_us;
    let session = server.sessions.get_mut(id);
    let full = rate.saturating_mul(1000);
    let since = now.saturating_sub(session.tokens_us);
    let gained = since.saturating_mul(rate) / 1000;
    if session.tokens_us == 0 {
        session.tokens_milli = full;
        session.tokens_us = now.max(1);
    } else if gained > 0 {
        session.tokens_milli = session.tokens_milli.saturating_add(gained).min(full);
        session.tokens_us = now;
    }
    if session.tokens_milli < 1000 {
        return false;
    }
    session.tokens_milli -= 1000;
    true
}

/// Closes a client whose replies wait beyond its class's limit.
pub fn check_output(server: &mut Server, id: ClientId) {
    let session = server.sessions.get(id);
    let class = if session.subscriber() { 2 } else { 0 };
    let limit = server.config.client_output_buffer_limit[class];
    let waiting = server.output_len(id) as u64;
    let spilled = if server.serving == Some(id) { server.reply.queue.len() } else { session.output.len() };
    // As in Redis: who has not said the password may not leave replies unread.
    let hard = (limit.hard_bytes > 0 && waiting >= limit.hard_bytes)
        || (!session.authenticated && spilled > OUTPUT_UNAUTHENTICATED_MAX);
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
        server.stats.output_limit_disconnections += 1;
        cut_off(server, id);
    }
}
