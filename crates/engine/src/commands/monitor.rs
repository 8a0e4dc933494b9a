//! MONITOR: every command as it is run, to the clients that asked for it.

use super::Ctx;
use super::client::write_address;
use super::spec::{Command, Flags};
use crate::args::Args;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Fifo, Oom};
use crate::server::Server;
use crate::session::ClientId;
use crate::text::Text;
use core::fmt::Write;

pub fn monitor(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if !ctx.session().monitor {
        ctx.session().monitor = true;
        ctx.e.monitors += 1;
    }
    ctx.ok();
    Ok(())
}

/// Shows a call to all monitors. Administration and secrets are not shown.
pub fn feed(server: &mut Server, id: ClientId, row: &'static Command, args: &Args) {
    if row.flags.has(Flags::SKIP_MONITOR) || row.flags.has(Flags::ADMIN) {
        return;
    }
    let mut line = Fifo::EMPTY;
    let written = describe(server, id, args, &mut line);
    let whole = line.into_rope(&mut server.mem);
    let (Ok(()), Ok(mut whole)) = (written, whole) else { return };
    for place in 0..server.sessions.places() {
        let to = ClientId(place);
        let session = server.sessions.get(to);
        if session.in_use && session.monitor && !session.closing {
            server.push_to(to, &|queue, mem| queue.push_bytes(mem, Bytes::Rope(whole)));
            if server.serving != Some(to) {
                crate::keyspace::limits::check_output(server, to);
            }
        }
    }
    whole.free(&mut server.mem);
}

fn describe(server: &mut Server, id: ClientId, args: &Args, line: &mut Fifo) -> Result<(), Oom> {
    let session = *server.sessions.get(id);
    let now = server.now;
    let mut head = Text::new();
    let micros = now.wall_ms.rem_euclid(1000) * 1000 + (now.mono_us % 1000) as i64;
    let _ = write!(head, "+{}.{micros:06} [{} ", now.wall_ms.div_euclid(1000), session.db);
    write_address(server, &session, false, &mut head);
    head.add(b"]");
    line.push(&mut server.mem, head.as_bytes())?;
    for i in 0..args.len() {
        line.push(&mut server.mem, b" ")?;
        let bytes = args.get(&server.mem, i);
        quote(&mut server.mem, bytes, line)?;
    }
    line.push(&mut server.mem, b"\r\n")
}

/// A string in quotes with what is not printable escaped, as Redis's sdscatrepr.
fn quote(mem: &mut Arena, bytes: Bytes, to: &mut Fifo) -> Result<(), Oom> {
    to.push(mem, b"\"")?;
    let mut done = 0;
    while done < bytes.len() {
        let mut piece = [0u8; 64];
        let n = mem.view(bytes).copy_to(done, &mut piece);
        let mut text = Text::new();
        for &byte in &piece[..n] {
            match byte {
                b'\\' | b'"' => text.add(&[b'\\', byte]),
                b'\n' => text.add(b"\\n"),
                b'\r' => text.add(b"\\r"),
                b'\t' => text.add(b"\\t"),
                7 => text.add(b"\\a"),
                8 => text.add(b"\\b"),
                b' '..=b'~' => text.add(&[byte]),
                _ => {
                    let _ = write!(text, "\\x{byte:02x}");
                }
            }
        }
        to.push(mem, text.as_bytes())?;
        done += n;
    }
    to.push(mem, b"\"")
}
