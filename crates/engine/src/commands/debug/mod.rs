//! DEBUG: what Redis's own tests need of it. Off unless `enable-debug-command` says otherwise.

mod digest;

pub use digest::Digest;

use super::Ctx;
use crate::config::table;
use crate::error::{Error, Request, Suspended};
use crate::memory::Bytes;
use crate::number::Fixed;
use crate::server::LogLevel;
use crate::session::Peer;
use crate::value;
use crate::value::record::Type;
use crate::word::Word;

pub fn debug(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    allowed(ctx)?;
    let word = ctx.word(1);
    match (word, ctx.argc()) {
        (Word::Help, 2) => super::help::help(ctx),
        (Word::ChangeReplId, 2) => accept(ctx),
        (Word::Digest, 2) => {
            let digest = Digest::of_all(ctx.e);
            ctx.simple(digest.hex().as_str());
            Ok(())
        }
        (Word::DigestValue, 3..) => digest_value(ctx),
        (Word::Error, 3) => {
            let text = ctx.short(2).ok_or(Error::SYNTAX)?;
            Err(ctx.error_bytes(text.as_bytes()))
        }
        (Word::JMap, 2) => accept(ctx),
        (Word::Log, 3) => {
            let text = ctx.short(2).ok_or(Error::SYNTAX)?;
            let text = core::str::from_utf8(text.as_bytes()).unwrap_or("");
            ctx.e.log(LogLevel::Warning, format_args!("DEBUG LOG: {text}"));
            accept(ctx)
        }
        (Word::Object, 3..) => object(ctx),
        (Word::PauseCron, 3) => {
            ctx.e.cron_paused = ctx.int(2)? != 0;
            accept(ctx)
        }
        (Word::Populate | Word::Reload, _) if ctx.e.save.loading => Err(Error::LOADING),
        (Word::Populate, 3..=5) => populate(ctx),
        (Word::Protocol, 3) => protocol(ctx),
        // The thresholds and buffers these set do not exist here: nothing they change can be seen.
        (Word::QuicklistPackedThreshold, 3) => accept(ctx),
        (Word::ReplyBuffer, 4) => accept(ctx),
        (Word::Reload, 2..) => reload(ctx),
        (Word::SetActiveExpire, 3) => {
            ctx.e.active_expire = ctx.int(2).unwrap_or(0) != 0;
            accept(ctx)
        }
        (Word::Sleep, 3) => sleep(ctx),
        (Word::StringMatchTest, 2) => {
            stringmatch_test(ctx);
            accept(ctx)
        }
        _ => {
            let head = "ERR unknown subcommand or wrong number of arguments for '";
            Err(ctx.error_showing(head, 1, 128, "'. Try DEBUG HELP."))
        }
    }
}

fn reload(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (mut save, mut flush, mut merge) = (true, true, false);
    for i in 2..ctx.argc() {
        match ctx.word(i) {
            Word::Merge => merge = true,
            Word::NoFlush => flush = false,
            Word::NoSave => save = false,
            _ => return Err(Error(&"ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")),
        }
    }
    if ctx.e.in_exec {
        return Err(Error(&"ERR Command not allowed inside a transaction"));
    }
    Err(ctx.e.suspend(Suspended::Shell(Request::Reload { save, flush, merge })))
}

fn accept(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.ok();
    Ok(())
}

fn allowed(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let setting = table::find(b"enable-debug-command").map_or(0, |index| ctx.e.values.numbers[index]);
    let local = match ctx.session().peer {
        Peer::Unix => true,
        Peer::Tcp { peer, .. } => peer.ip().to_canonical().is_loopback(),
    };
    match setting {
        1 => Ok(()),
        2 if local => Ok(()),
        _ => Err(Error(
            &"ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
        )),
    }
}

fn digest_value(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        let mut digest = Digest::ZERO;
        if let Some(entry) = ctx.peek(ctx.arg(i)) {
            digest.mix_value(&ctx.e.mem, &entry);
        }
        ctx.simple(digest.hex().as_str());
    }
    Ok(())
}

fn object(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(entry) = ctx.peek(ctx.arg(2)) else { return Err(Error::NO_SUCH_KEY) };
    let mem = &ctx.e.mem;
    let encoding = value::encoding(mem, &entry);
    let bytes = value::bytes_used(mem, &entry);
    let idle = crate::keyspace::access::idle_seconds(ctx.e, &entry);
    let mem = &ctx.e.mem;
    let mut text = crate::text::Text::new();
    let _ = core::fmt::write(
        &mut text,
        format_args!(
            "Value at:{:#x} refcount:1 encoding:{encoding} serializedlength:{bytes} lru:{} lru_seconds_idle:{idle}",
            entry.record.raw(),
            entry.access(mem),
        ),
    );
    if entry.kind() == Type::List {
        let count = value::len(mem, &entry);
        let nodes = value::list::nodes(mem, &entry);
        let _ = core::fmt::write(
            &mut text,
            format_args!(
                " ql_nodes:{nodes} ql_avg_node:{} ql_listpack_max:{} ql_compressed:0 ql_uncompressed_size:{bytes}",
                Fixed(count as f64 / nodes.max(1) as f64, 2),
                ctx.e.config.list_max_listpack_size
            ),
        );
    }
    let text = core::str::from_utf8(text.as_bytes()).unwrap_or("");
    ctx.simple(text);
    Ok(())
}

/// Creates string keys `prefix:n`, as Redis does: a key that is there stays.
fn populate(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let natural = |i: usize| ctx.int(i).ok().filter(|&n| n >= 0).ok_or(Error::NOT_POSITIVE);
    let count = natural(2)?;
    let prefix = if ctx.argc() > 3 { ctx.short(3).ok_or(Error::SYNTAX)? } else { super::Short::new(b"key") };
    let size = if ctx.argc() > 4 { Some(natural(4)?.min(512 << 20) as usize) } else { None };
    for n in 0..count {
        let mut name = crate::text::Text::new();
        name.add(prefix.as_bytes());
        let _ = core::fmt::write(&mut name, format_args!(":{n}"));
        let key = Bytes::Slice(name.as_bytes());
        if ctx.peek(key).is_some() {
            continue;
        }
        let mut value = crate::text::Text::new();
        let _ = core::fmt::write(&mut value, format_args!("value:{n}"));
        let text = value.as_bytes();
        let shown = size.map_or(text.len(), |size| size.min(text.len()));
        let len = size.unwrap_or(text.len());
        let (blocks, bytes) = value::string::cost(len);
        ctx.reserve(blocks + 4, bytes + key.len() + 4096)?;
        let (form, body) = value::string::shape(len);
        let mut entry = ctx.create(key, form, body)?;
        entry.body_mut(ctx.mem()).fill(0);
        value::string::fill(ctx.mem(), &mut entry, value::string::Source::Copy(Bytes::Slice(&text[..shown])))?;
        if len > shown {
            value::string::resize(ctx.mem(), &mut entry, len)?;
        }
    }
    accept(ctx)
}

/// One reply of each protocol type, for the clients' tests.
fn protocol(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match ctx.word(2) {
        Word::String => ctx.bulk_str("Hello World"),
        Word::Integer => ctx.integer(12345),
        // Redis's constant, not the circle's.
        #[allow(clippy::approx_constant)]
        Word::Double => ctx.double(3.141),
        Word::Null => ctx.null(),
        Word::Array => {
            ctx.array(3);
            (0..3).for_each(|n| ctx.integer(n));
        }
        Word::Set => {
            ctx.set(3);
            (0..3).for_each(|n| ctx.integer(n));
        }
        Word::Map => {
            ctx.map(3);
            for n in 0..3 {
                ctx.integer(n);
                ctx.boolean(n == 1);
            }
        }
        Word::Attrib => {
            if ctx.proto() == 3 {
                ctx.e.reply.put(&mut ctx.e.mem, b"|1\r\n");
                ctx.bulk_str("key-popularity");
                ctx.array(2);
                ctx.bulk_str("key:123");
                ctx.integer(90);
            }
            ctx.bulk_str("Some real reply following the attribute");
        }
        Word::Push => {
            if ctx.proto() < 3 {
                return Err(Error(&"ERR RESP2 is not supported by this command"));
            }
            ctx.push(2);
            ctx.bulk_str("server-cpu-usage");
            ctx.integer(42);
        }
        Word::Verbatim => ctx.verbatim("txt", b"This is a verbatim\nstring"),
        Word::BigNum => {
            let text: &[u8] = b"1234567999999999999999999999999999999";
            if ctx.proto() == 3 {
                ctx.e.reply.put(&mut ctx.e.mem, b"(");
                ctx.e.reply.put(&mut ctx.e.mem, text);
                ctx.e.reply.put(&mut ctx.e.mem, b"\r\n");
            } else {
                ctx.bulk(Bytes::Slice(text));
            }
        }
        Word::True => ctx.boolean(true),
        Word::False => ctx.boolean(false),
        _ => {
            return Err(Error(
                &"ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
            ));
        }
    }
    Ok(())
}

/// Answers after a time in which nobody is served. Outside of transactions it is the shell that sleeps.
fn sleep(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let seconds = ctx.float(2).unwrap_or(0.0).clamp(0.0, 1e6);
    let span = (seconds * 1e6) as u64;
    match ctx.session().waiting_until_us.take() {
        Some(_) => ctx.e.waited_us = span,
        None if ctx.e.in_exec => {
            // Nothing inside a transaction can be suspended.
            if let Some(read) = ctx.e.stopwatch {
                let begin = read();
                while read().saturating_sub(begin) < span {
                    core::hint::spin_loop();
                }
            }
        }
        None if span > 0 => {
            ctx.session().waiting_until_us = Some(span);
            return Err(ctx.e.suspend(Suspended::Shell(Request::Sleep(span))));
        }
        None => {}
    }
    accept(ctx)
}

/// Random patterns against random strings: must end, whatever they are.
fn stringmatch_test(ctx: &mut Ctx<'_, '_>) {
    for _ in 0..10_000 {
        let (mut pattern, mut text) = ([0u8; 32], [0u8; 32]);
        for byte in pattern.iter_mut().chain(&mut text) {
            *byte = b"*?[]-^\\ab"[ctx.e.random.usize(..9)];
        }
        let (a, b) = (ctx.e.random.usize(..=32), ctx.e.random.usize(..=32));
        let _ = crate::glob::matches(&pattern[..a], &text[..b], false);
    }
}
