//! CLIENT: connections as their users see and manage them. The rows stand in `connection.rs`.

use super::{Ctx, table};
use crate::args::Args;
use crate::commands::table::FullName;
use crate::error::{Error, Suspended};
use crate::memory::{Bytes, Fifo, Oom, Rope};
use crate::server::Server;
use crate::session::{ClientId, Peer, ReplyMode, Session};
use crate::text::Text;
use crate::word::Word;
use core::fmt::Write;

pub fn caching(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match ctx.word(2) {
        // Nobody is in tracking mode yet.
        Word::Yes | Word::No => Err(Error(
            &"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        )),
        _ => Err(Error::SYNTAX),
    }
}

pub fn getname(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let name = ctx.session().name;
    if name.is_empty() {
        ctx.null();
    } else {
        ctx.bulk(Bytes::Rope(name));
    }
    Ok(())
}

pub fn getredir(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.integer(-1);
    Ok(())
}

pub fn id(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let id = ctx.session().id;
    ctx.integer(id as i64);
    Ok(())
}

pub fn info(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let id = ctx.id;
    reply_lines(ctx, &|client, _| client == id)
}

pub fn list(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match (ctx.argc(), ctx.word(2)) {
        (2, _) => reply_lines(ctx, &|_, _| true),
        (4, Word::Type) => {
            let kind = client_type(ctx, 3)?;
            reply_lines(ctx, &|_, session| type_of(session) == kind)
        }
        (4.., Word::Id) => {
            for i in 3..ctx.argc() {
                ctx.int(i).map_err(|_| Error(&"ERR Invalid client ID"))?;
            }
            let args = ctx.args;
            let deferred: Rope = ids(ctx, args)?;
            let done = reply_lines_of(ctx, deferred);
            let mut deferred = deferred;
            deferred.free(&mut ctx.e.mem);
            done
        }
        _ => Err(Error::SYNTAX),
    }
}

/// The places of the clients whose ids stand among the arguments, in that order, as a rope of 4 bytes each.
fn ids(ctx: &mut Ctx<'_, '_>, args: Args) -> Result<Rope, Error> {
    let mut places = Rope::EMPTY;
    for i in 3..args.len() {
        let wanted = ctx.int(i)?;
        let found = ctx.e.sessions.ids().find(|&id| ctx.e.sessions.get(id).id as i64 == wanted);
        if let Some(id) = found
            && places.append(&mut ctx.e.mem, Bytes::Slice(&id.0.to_le_bytes())).is_err()
        {
            places.free(&mut ctx.e.mem);
            return Err(Error::OOM);
        }
    }
    Ok(places)
}

fn reply_lines_of(ctx: &mut Ctx<'_, '_>, places: Rope) -> Result<(), Error> {
    let mut text = Fifo::EMPTY;
    let mut written = Ok(());
    for n in 0..places.len() / 4 {
        let mut raw = [0u8; 4];
        crate::memory::Str::Rope(&ctx.e.mem, places).copy_to(n * 4, &mut raw);
        written = written.and_then(|()| describe(ctx, ClientId(u32::from_le_bytes(raw)), &mut text));
    }
    finish_lines(ctx, text, written)
}

fn reply_lines(ctx: &mut Ctx<'_, '_>, wanted: &dyn Fn(ClientId, &Session) -> bool) -> Result<(), Error> {
    let mut text = Fifo::EMPTY;
    let mut written = Ok(());
    for place in 0..ctx.e.sessions.places() {
        let id = ClientId(place);
        let session = ctx.e.sessions.get(id);
        if session.in_use && wanted(id, session) {
            written = written.and_then(|()| describe(ctx, id, &mut text));
        }
    }
    finish_lines(ctx, text, written)
}

fn finish_lines(ctx: &mut Ctx<'_, '_>, mut text: Fifo, written: Result<(), Oom>) -> Result<(), Error> {
    let whole = text.into_rope(&mut ctx.e.mem);
    let mut whole = written.and(whole)?;
    ctx.e.reply.verbatim(&mut ctx.e.mem, "txt", Bytes::Rope(whole));
    whole.free(&mut ctx.e.mem);
    Ok(())
}

/// One client's line, as Redis 7.0's catClientInfoString, and the names that 7.2 has behind it. No client has a buffer
/// of its own for short replies: `rbs`, `rbp` and `obl`, its size, peak and contents, are 0.
fn describe(ctx: &mut Ctx<'_, '_>, id: ClientId, to: &mut Fifo) -> Result<(), Oom> {
    let own = id == ctx.id;
    let query = if own { request_bytes(ctx) } else { 0 };
    let server = &mut *ctx.e;
    let session = *server.sessions.get(id);
    let now = server.now.mono_us;
    let waiting = server.output_len(id);
    let mut line = Text::new();
    let _ = write!(line, "id={} addr=", session.id);
    write_address(server, &session, false, &mut line);
    let _ = write!(line, " laddr=");
    write_address(server, &session, true, &mut line);
    let _ = write!(line, " fd={} name=", session.fd);
    to.push(&mut server.mem, line.as_bytes())?;
    to.push_bytes(&mut server.mem, Bytes::Rope(session.name))?;
    let mut line = Text::new();
    let age = now.saturating_sub(session.created_us) / 1_000_000;
    let idle = now.saturating_sub(session.last_us) / 1_000_000;
    let _ = write!(line, " age={age} idle={idle} flags=");
    write_flags(&session, &mut line);
    let multi = if session.multi.active { session.queued() as i64 } else { -1 };
    let free = session.gather.bytes_free() + session.backlog.bytes_free();
    let held = session.gather.bytes_used() + session.backlog.bytes_used() - free;
    let output = session.output.bytes_used();
    let events = if waiting > 0 && !own { "rw" } else { "r" };
    let _ = write!(
        line,
        " db={} sub={} psub={} ssub={} multi={multi} qbuf={} qbuf-free={free} argv-mem={} multi-mem={} rbs=0 rbp=0 obl=0 \
         oll={} omem={output} tot-mem={} events={events} cmd=",
        session.db,
        session.channels.len(),
        session.patterns.len(),
        session.sharded.len(),
        held + query,
        if own { query } else { 0 },
        session.multi.bytes,
        session.output.blocks(),
        crate::keyspace::limits::client_bytes(server, id),
    );
    match if own { Some(ctx.row) } else { table::all().get(session.last_command as usize) } {
        Some(row) => {
            let _ = write!(line, "{}", FullName(row));
        }
        None => {
            let _ = write!(line, "NULL");
        }
    }
    let _ = write!(line, " user=default redir=-1 resp={} lib-name=", session.proto);
    to.push(&mut server.mem, line.as_bytes())?;
    to.push_bytes(&mut server.mem, Bytes::Rope(session.lib_name))?;
    to.push(&mut server.mem, b" lib-ver=")?;
    to.push_bytes(&mut server.mem, Bytes::Rope(session.lib_version))?;
    to.push(&mut server.mem, b"\n")
}

/// Bytes of the running call as a client sends it.
fn request_bytes(ctx: &Ctx<'_, '_>) -> usize {
    let header = |n: usize| 3 + Bytes::Int(n as i64).len();
    header(ctx.argc()) + (0..ctx.argc()).map(|i| ctx.arg(i).len()).map(|len| header(len) + len + 2).sum::<usize>()
}

/// `address:port` of the client (or of this end), `path:0` of a Unix socket.
pub fn write_address(server: &Server, session: &Session, local: bool, to: &mut Text) {
    match session.peer {
        Peer::Tcp { peer, local: here } => {
            let address = if local { here } else { peer };
            let _ = match address {
                core::net::SocketAddr::V4(v4) => write!(to, "{}:{}", v4.ip(), v4.port()),
                core::net::SocketAddr::V6(v6) => write!(to, "{}:{}", v6.ip(), v6.port()),
            };
        }
        Peer::Unix => {
            if let Some(index) = crate::config::table::find(b"unixsocket") {
                to.add_arg(&server.mem, server.values.text(index), 128);
            }
            let _ = write!(to, ":0");
        }
    }
}

fn write_flags(session: &Session, to: &mut Text) {
    let begin = to.as_bytes().len();
    for (set, letter) in [
        (session.monitor, b"O"),
        (session.subscriber(), b"P"),
        (session.multi.active, b"x"),
        (session.suspended.is_some(), b"b"),
        (session.watch_broken, b"d"),
        (session.closing, b"c"),
        (session.peer == Peer::Unix, b"U"),
        (session.no_evict, b"e"),
        (session.no_touch, b"T"),
    ] {
        if set {
            to.add(letter);
        }
    }
    if to.as_bytes().len() == begin {
        to.add(b"N");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ClientType {
    Normal,
    Replica,
    PubSub,
    Master,
}

fn type_of(session: &Session) -> ClientType {
    if session.subscriber() { ClientType::PubSub } else { ClientType::Normal }
}

fn client_type(ctx: &mut Ctx<'_, '_>, i: usize) -> Result<ClientType, Error> {
    match ctx.word(i) {
        Word::Normal => Ok(ClientType::Normal),
        Word::Slave | Word::Replica => Ok(ClientType::Replica),
        Word::PubSub => Ok(ClientType::PubSub),
        Word::Master => Ok(ClientType::Master),
        _ => Err(ctx.error_showing("ERR Unknown client type '", i, usize::MAX, "'")),
    }
}

/// What CLIENT KILL asks for.
struct Filter<'a> {
    id: Option<u64>,
    kind: Option<ClientType>,
    address: Option<Bytes<'a>>,
    local: Option<Bytes<'a>>,
    skip_me: bool,
}

pub fn kill(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut filter = Filter { id: None, kind: None, address: None, local: None, skip_me: true };
    if ctx.argc() == 3 {
        filter.address = Some(ctx.arg(2));
        filter.skip_me = false;
        if kill_all(ctx, &filter) == 0 {
            return Err(Error(&"ERR No such client"));
        }
        ctx.ok();
        return Ok(());
    }
    if !ctx.argc().is_multiple_of(2) {
        return Err(Error::SYNTAX);
    }
    for i in (2..ctx.argc()).step_by(2) {
        match ctx.word(i) {
            Word::Id => {
                let id = ctx.int(i + 1).ok().filter(|&id| id > 0);
                filter.id = Some(id.ok_or(Error(&"ERR client-id should be greater than 0"))? as u64);
            }
            Word::Type => filter.kind = Some(client_type(ctx, i + 1)?),
            Word::Addr => filter.address = Some(ctx.arg(i + 1)),
            Word::LAddr => filter.local = Some(ctx.arg(i + 1)),
            Word::User => {
                if !ctx.e.mem.same(ctx.arg(i + 1), Bytes::Slice(b"default")) {
                    return Err(ctx.error_showing("ERR No such user '", i + 1, usize::MAX, "'"));
                }
            }
            Word::SkipMe => match ctx.word(i + 1) {
                Word::Yes => filter.skip_me = true,
                Word::No => filter.skip_me = false,
                _ => return Err(Error::SYNTAX),
            },
            _ => return Err(Error::SYNTAX),
        }
    }
    let killed = kill_all(ctx, &filter);
    ctx.integer(killed);
    Ok(())
}

fn kill_all(ctx: &mut Ctx<'_, '_>, filter: &Filter) -> i64 {
    let mut killed = 0;
    for place in 0..ctx.e.sessions.places() {
        let id = ClientId(place);
        let session = *ctx.e.sessions.get(id);
        let own = id == ctx.id;
        if !session.in_use
            || (own && filter.skip_me)
            || filter.id.is_some_and(|wanted| wanted != session.id)
            || filter.kind.is_some_and(|kind| kind != type_of(&session))
            || filter.address.is_some_and(|wanted| !has_address(ctx.e, &session, false, wanted))
            || filter.local.is_some_and(|wanted| !has_address(ctx.e, &session, true, wanted))
        {
            continue;
        }
        killed += 1;
        ctx.e.sessions.get_mut(id).closing = true;
        if !own {
            // What waits for it is not sent any more.
            let mut output = session.output;
            output.clear(&mut ctx.e.mem);
            ctx.e.sessions.get_mut(id).output = output;
        }
        ctx.e.list(id);
    }
    killed
}

fn has_address(server: &Server, session: &Session, local: bool, wanted: Bytes) -> bool {
    let mut text = Text::new();
    write_address(server, session, local, &mut text);
    server.mem.same(Bytes::Slice(text.as_bytes()), wanted)
}

fn on_off(ctx: &Ctx<'_, '_>, i: usize) -> Result<bool, Error> {
    match ctx.word(i) {
        Word::On => Ok(true),
        Word::Off => Ok(false),
        _ => Err(Error::SYNTAX),
    }
}

pub fn no_evict(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.session().no_evict = on_off(ctx, 2)?;
    ctx.ok();
    Ok(())
}

pub fn no_touch(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.session().no_touch = on_off(ctx, 2)?;
    ctx.ok();
    Ok(())
}

pub fn pause(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let writes_only = match (ctx.argc(), ctx.word(3)) {
        (3, _) | (4, Word::All) => false,
        (4, Word::Write) => true,
        (4, _) => return Err(Error(&"ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(Error::SYNTAX),
    };
    let timeout = ctx.int(2).map_err(|_| Error(&"ERR timeout is not an integer or out of range"))?;
    if timeout < 0 {
        return Err(Error(&"ERR timeout is negative"));
    }
    let until_ms = ctx.now_ms().checked_add(timeout).ok_or(Error(&"ERR timeout is out of range"))?;
    let running = ctx.e.paused_writes();
    let pause = &mut ctx.e.pause;
    // A running pause is never made shorter or weaker.
    pause.writes_only = writes_only && (!running || pause.writes_only);
    pause.until_ms = pause.until_ms.max(until_ms);
    ctx.ok();
    Ok(())
}

pub fn reply(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mode = match ctx.word(2) {
        Word::On => ReplyMode::On,
        Word::Off => ReplyMode::Off,
        Word::Skip if ctx.session().reply_mode == ReplyMode::Off => ReplyMode::Off,
        Word::Skip => ReplyMode::SkipNext,
        _ => return Err(Error::SYNTAX),
    };
    ctx.session().reply_mode = mode;
    // Only ON is answered.
    if mode == ReplyMode::On {
        ctx.ok();
    }
    Ok(())
}

pub fn setinfo(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let version = match ctx.word(2) {
        Word::LibName => false,
        Word::LibVer => true,
        _ => return Err(ctx.error_showing("ERR Unrecognized option '", 2, usize::MAX, "'")),
    };
    let value = ctx.arg(3);
    if !super::connection::is_printable(&ctx.e.mem, value) {
        let field = if version { "lib-ver" } else { "lib-name" };
        return Err(ctx.error_fmt(format_args!("ERR {field} cannot contain spaces, newlines or special characters.")));
    }
    let new = Rope::create(&mut ctx.e.mem, value)?;
    let session = ctx.session();
    let place = if version { &mut session.lib_version } else { &mut session.lib_name };
    let mut old = core::mem::replace(place, new);
    old.free(&mut ctx.e.mem);
    ctx.ok();
    Ok(())
}

pub fn setname(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    super::connection::set_name(ctx, ctx.arg(2))?;
    ctx.ok();
    Ok(())
}

/// Client-side caching is not there yet: what switches it off is done, what switches it on is refused.
pub fn tracking(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() != 3 || on_off(ctx, 2)? {
        return Err(Error::SYNTAX);
    }
    ctx.ok();
    Ok(())
}

pub fn trackinginfo(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.map(3);
    ctx.bulk_str("flags");
    ctx.set(1);
    ctx.bulk_str("off");
    ctx.bulk_str("redirect");
    ctx.integer(-1);
    ctx.bulk_str("prefixes");
    ctx.array(0);
    Ok(())
}

pub fn unblock(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let error = match (ctx.argc(), ctx.word(3)) {
        (3, _) | (4, Word::Timeout) => false,
        (4, Word::Error) => true,
        (4, _) => return Err(Error(&"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return Err(Error::SYNTAX),
    };
    let wanted = ctx.int(2)?;
    let found = ctx.e.sessions.ids().find(|&id| ctx.e.sessions.get(id).id as i64 == wanted);
    let session = found.map(|id| ctx.e.sessions.get_mut(id));
    let is_blocked = match session {
        Some(Session { suspended: Some(Suspended::Keys { .. }), .. }) => {
            if let Some(id) = found {
                ctx.e.end_blocked(id, error);
            }
            true
        }
        Some(Session { suspended: Some(suspended @ Suspended::Until(_)), waiting_until_us: Some(until), .. })
            if !error =>
        {
            (*suspended, *until) = (Suspended::Until(0), 0);
            true
        }
        _ => false,
    };
    ctx.integer(i64::from(is_blocked));
    Ok(())
}

pub fn unpause(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.e.pause = Default::default();
    ctx.ok();
    Ok(())
}
