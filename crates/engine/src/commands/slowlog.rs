//! SLOWLOG: the calls that took longest, kept in the arena. The rows stand in `diagnostics.rs`.

use super::Ctx;
use super::client::write_address;
use super::spec::{Command, Flags};
use crate::args::{Args, StoredArgs};
use crate::diagnostics::slowlog::ENTRY;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Oom};
use crate::server::Server;
use crate::session::ClientId;
use crate::text::Text;

/// Redis's SLOWLOG_ENTRY_MAX_ARGC and _STRING.
const ARGS_MAX: usize = 32;
const STRING_MAX: usize = 128;
/// Keeps a call that took longer than `slowlog-log-slower-than`. Without memory for it, it is not kept.
pub fn note(server: &mut Server, id: ClientId, row: &'static Command, args: &Args, microseconds: u64) {
    let limit = server.config.slowlog_log_slower_than;
    if limit < 0 || microseconds < limit as u64 || row.flags.has(Flags::SKIP_SLOWLOG) {
        return;
    }
    let max = server.config.slowlog_max_len as usize;
    if let Ok(stored) = store(server, id, args) {
        let mut raw = [0u8; ENTRY];
        raw[..8].copy_from_slice(&server.slowlog.next_id.to_le_bytes());
        raw[8..16].copy_from_slice(&((server.now.wall_ms / 1000) as u64).to_le_bytes());
        raw[16..24].copy_from_slice(&microseconds.to_le_bytes());
        raw[24..].copy_from_slice(&stored.to_raw());
        server.slowlog.next_id += 1;
        let before = server.slowlog.entries.len();
        if server.slowlog.entries.append(&mut server.mem, Bytes::Slice(&raw)).is_err() {
            let _ = server.slowlog.entries.resize(&mut server.mem, before);
            let mut stored = stored;
            stored.free(&mut server.mem);
        }
    }
    server.slowlog.trim(&mut server.mem, max);
}

/// Address, name and the call's arguments, cut as Redis cuts them.
fn store(server: &mut Server, id: ClientId, args: &Args) -> Result<StoredArgs, Oom> {
    let session = *server.sessions.get(id);
    let mut address = Text::new();
    write_address(server, &session, false, &mut address);
    let mut stored = StoredArgs::EMPTY;
    let mut kept = stored.push(&mut server.mem, Bytes::Slice(address.as_bytes()));
    kept = kept.and_then(|()| stored.push(&mut server.mem, Bytes::Rope(session.name)));
    let shown = if args.len() > ARGS_MAX { ARGS_MAX - 1 } else { args.len() };
    for i in 0..shown {
        let bytes = args.get(&server.mem, i);
        kept = kept.and_then(|()| push_cut(&mut server.mem, &mut stored, bytes));
    }
    if shown < args.len() {
        let mut text = Text::new();
        let _ = core::fmt::write(&mut text, format_args!("... ({} more arguments)", args.len() - shown));
        kept = kept.and_then(|()| stored.push(&mut server.mem, Bytes::Slice(text.as_bytes())));
    }
    if kept.is_err() {
        stored.free(&mut server.mem);
    }
    kept.map(|()| stored)
}

fn push_cut(mem: &mut Arena, stored: &mut StoredArgs, bytes: Bytes) -> Result<(), Oom> {
    if bytes.len() <= STRING_MAX {
        return stored.push(mem, bytes);
    }
    let mut text = Text::new();
    let mut head = [0u8; STRING_MAX];
    mem.view(bytes).copy_to(0, &mut head);
    text.add(&head);
    let _ = core::fmt::write(&mut text, format_args!("... ({} more bytes)", bytes.len() - STRING_MAX));
    stored.push(mem, Bytes::Slice(text.as_bytes()))
}

pub fn get(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 10;
    if ctx.argc() == 3 {
        count = ctx.int(2).unwrap_or(-2);
        if count < -1 {
            return Err(Error(&"ERR count should be greater than or equal to -1"));
        }
    } else if ctx.argc() > 3 {
        return Err(Error::WRONG_ARITY);
    }
    let all = ctx.e.slowlog.len();
    let shown = if count < 0 { all } else { all.min(count as usize) };
    ctx.array(shown);
    for n in (all - shown..all).rev() {
        let entry = ctx.e.slowlog.read(&ctx.e.mem, n);
        ctx.array(6);
        ctx.integer(entry.id as i64);
        ctx.integer(entry.time_s as i64);
        ctx.integer(entry.microseconds as i64);
        ctx.array(entry.args.len() - 2);
        for i in 2..entry.args.len() {
            let bytes = entry.args.get(&ctx.e.mem, i);
            ctx.bulk(bytes);
        }
        for i in 0..2 {
            let bytes = entry.args.get(&ctx.e.mem, i);
            ctx.bulk(bytes);
        }
    }
    Ok(())
}

pub fn len(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = ctx.e.slowlog.len();
    ctx.integer(len as i64);
    Ok(())
}

pub fn reset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.e.slowlog.trim(&mut ctx.e.mem, 0);
    ctx.ok();
    Ok(())
}
