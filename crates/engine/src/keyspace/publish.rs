//! Delivering messages: to a channel's clients, to those of patterns, and events of keys to both.

use crate::config::Class;
use crate::glob;
use crate::keyspace::registry::Clients;
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Fifo, Oom, Rope};
use crate::server::Server;
use crate::session::ClientId;

/// Sends a message to everybody who listens; how many did.
pub fn send(server: &mut Server, channel: Bytes, message: Bytes) -> usize {
    let clients = server.channels.clients(&server.mem, channel);
    let mut receivers = deliver_to(server, clients, &[Bytes::Slice(b"message"), channel, message]);
    let mut walk = if server.patterns.is_empty() { None } else { server.patterns.first(&server.mem) };
    while let Some(at) = walk {
        let (pattern, clients) = server.patterns.at(&server.mem, at);
        if glob::matches_bytes(&server.mem, pattern, channel, false) {
            receivers += deliver_to(server, clients, &[Bytes::Slice(b"pmessage"), pattern, channel, message]);
        }
        walk = server.patterns.next(&server.mem, at);
    }
    receivers
}

/// The same for a sharded channel, which patterns do not hear.
pub fn send_sharded(server: &mut Server, channel: Bytes, message: Bytes) -> usize {
    let clients = server.sharded.clients(&server.mem, channel);
    deliver_to(server, clients, &[Bytes::Slice(b"smessage"), channel, message])
}

fn deliver_to(server: &mut Server, clients: Clients, parts: &[Bytes]) -> usize {
    for n in 0..clients.len() {
        let id = clients.get(&server.mem, n);
        deliver(server, id, parts);
    }
    clients.len()
}

/// Pushes a message to one client; one whose queue cannot take it is closed, as it would miss messages unknowingly.
fn deliver(server: &mut Server, id: ClientId, parts: &[Bytes]) {
    if server.sessions.get(id).closing {
        return;
    }
    let proto = server.sessions.get(id).proto;
    let sent = server.push_to(id, &|queue, mem| write_parts(queue, mem, proto, parts.len(), parts));
    if !sent {
        server.sessions.get_mut(id).closing = true;
    }
    if server.serving != Some(id) {
        crate::keyspace::limits::check_output(server, id);
    }
}

/// A push of `len` parts, the first of which are these.
pub fn write_parts(queue: &mut Fifo, mem: &mut Arena, proto: u8, len: usize, parts: &[Bytes]) -> Result<(), Oom> {
    queue.push(mem, if proto == 3 { b">" } else { b"*" })?;
    queue.push(mem, Digits::new().format(len).as_bytes())?;
    queue.push(mem, b"\r\n")?;
    parts.iter().try_for_each(|part| write_bulk(queue, mem, *part))
}

pub fn write_bulk(queue: &mut Fifo, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
    queue.push(mem, b"$")?;
    queue.push(mem, Digits::new().format(bytes.len()).as_bytes())?;
    queue.push(mem, b"\r\n")?;
    queue.push_bytes(mem, bytes)?;
    queue.push(mem, b"\r\n")
}

/// A keyspace event: `__keyspace@db__:key` event, and `__keyevent@db__:event` key.
pub fn publish_event(server: &mut Server, db: usize, key: Bytes, event: &'static str) {
    for (class, kind) in [(Class::KEYSPACE, "keyspace"), (Class::KEYEVENT, "keyevent")] {
        if server.config.notify_keyspace_events & class.0 == 0 {
            continue;
        }
        let mut prefix = crate::text::Text::new();
        let _ = core::fmt::write(&mut prefix, format_args!("__{kind}@{db}__:"));
        let (tail, message) = if class == Class::KEYSPACE {
            (key, Bytes::Slice(event.as_bytes()))
        } else {
            (Bytes::Slice(event.as_bytes()), key)
        };
        let Ok(mut channel) = Rope::create(&mut server.mem, Bytes::Slice(prefix.as_bytes())) else { return };
        if channel.append(&mut server.mem, tail).is_ok() {
            send(server, Bytes::Rope(channel), message);
        }
        channel.free(&mut server.mem);
    }
}
