//! Publish and subscribe: channels, patterns and what can be asked about them.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::args::StoredArgs;
use crate::error::Error;
use crate::glob;
use crate::keyspace::publish;
use crate::keyspace::registry::Registry;
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes};
use crate::server::Server;
use crate::session::{ClientId, ReplyMode, Session};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "psubscribe",
        arity: -2,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: psubscribe,
        subcommands: &[],
        doc: docs!(pubsub, PSUBSCRIBE),
    },
    Command {
        name: "publish",
        arity: 3,
        flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::MAY_REPLICATE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: publish,
        subcommands: &[],
        doc: docs!(pubsub, PUBLISH),
    },
    Command {
        name: "pubsub",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.8.0",
        run: help,
        subcommands: &[
            Command {
                name: "channels",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_channels,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_CHANNELS),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "6.2.0",
                run: help,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_HELP),
            },
            Command {
                name: "numpat",
                arity: 2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_numpat,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_NUMPAT),
            },
            Command {
                name: "numsub",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "2.8.0",
                run: pubsub_numsub,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_NUMSUB),
            },
            Command {
                name: "shardchannels",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "7.0.0",
                run: pubsub_shardchannels,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_SHARDCHANNELS),
            },
            Command {
                name: "shardnumsub",
                arity: -2,
                flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::PubSub,
                since: "7.0.0",
                run: pubsub_shardnumsub,
                subcommands: &[],
                doc: docs!(pubsub, PUBSUB_SHARDNUMSUB),
            },
        ],
        doc: docs!(pubsub, PUBSUB),
    },
    Command {
        name: "punsubscribe",
        arity: -1,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: punsubscribe,
        subcommands: &[],
        doc: docs!(pubsub, PUNSUBSCRIBE),
    },
    Command {
        name: "spublish",
        arity: 3,
        flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::MAY_REPLICATE),
        acl: Acl::NONE,
        keys: &[KeySpec::at(1, KeyFlags::NOT_KEY)],
        group: Group::PubSub,
        since: "7.0.0",
        run: spublish,
        subcommands: &[],
        doc: docs!(pubsub, SPUBLISH),
    },
    Command {
        name: "ssubscribe",
        arity: -2,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::NOT_KEY)],
        group: Group::PubSub,
        since: "7.0.0",
        run: ssubscribe,
        subcommands: &[],
        doc: docs!(pubsub, SSUBSCRIBE),
    },
    Command {
        name: "subscribe",
        arity: -2,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: subscribe,
        subcommands: &[],
        doc: docs!(pubsub, SUBSCRIBE),
    },
    Command {
        name: "sunsubscribe",
        arity: -1,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[KeySpec::range(1, -1, 1, KeyFlags::NOT_KEY)],
        group: Group::PubSub,
        since: "7.0.0",
        run: sunsubscribe,
        subcommands: &[],
        doc: docs!(pubsub, SUNSUBSCRIBE),
    },
    Command {
        name: "unsubscribe",
        arity: -1,
        flags: Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
        acl: Acl::NONE,
        keys: &[],
        group: Group::PubSub,
        since: "2.0.0",
        run: unsubscribe,
        subcommands: &[],
        doc: docs!(pubsub, UNSUBSCRIBE),
    },
];

fn psubscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    subscribe_all(ctx, Kind::Pattern)
}

fn publish(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (channel, message) = (ctx.arg(1), ctx.arg(2));
    let receivers = publish::send(ctx.e, channel, message);
    ctx.integer(receivers as i64);
    // Redis propagates PUBLISH to replicas though nothing changed.
    Ok(())
}

fn pubsub_channels(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    names(ctx, Kind::Channel)
}

fn pubsub_shardchannels(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    names(ctx, Kind::Shard)
}

/// The channels that somebody listens to.
fn names(ctx: &mut Ctx<'_, '_>, kind: Kind) -> Result<(), Error> {
    if ctx.argc() > 3 {
        let head = "ERR unknown subcommand or wrong number of arguments for '";
        return Err(ctx.error_showing(head, 1, 128, "'. Try PUBSUB HELP."));
    }
    let pattern = (ctx.argc() > 2).then(|| ctx.arg(2));
    let deferred = ctx.deferred();
    let mut count = 0;
    let (registry, mem) = kind.registry(ctx.e);
    let mut walk = registry.first(mem);
    while let Some(at) = walk {
        let (registry, mem) = kind.registry(ctx.e);
        let (name, _) = registry.at(mem, at);
        walk = registry.next(mem, at);
        if pattern.is_none_or(|pattern| glob::matches_bytes(mem, pattern, name, false)) {
            ctx.bulk(name);
            count += 1;
        }
    }
    ctx.end_array(deferred, count);
    Ok(())
}

fn pubsub_numpat(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.integer(ctx.e.patterns.len() as i64);
    Ok(())
}

fn pubsub_numsub(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    numbers(ctx, Kind::Channel)
}

fn pubsub_shardnumsub(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    numbers(ctx, Kind::Shard)
}

/// Channels, and how many listen to each.
fn numbers(ctx: &mut Ctx<'_, '_>, kind: Kind) -> Result<(), Error> {
    ctx.array((ctx.argc() - 2) * 2);
    for i in 2..ctx.argc() {
        let name = ctx.arg(i);
        let (registry, mem) = kind.registry(ctx.e);
        let count = registry.clients(mem, name).len();
        ctx.bulk(name);
        ctx.integer(count as i64);
    }
    Ok(())
}

fn punsubscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    unsubscribe_some(ctx, Kind::Pattern)
}

fn spublish(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (channel, message) = (ctx.arg(1), ctx.arg(2));
    let receivers = publish::send_sharded(ctx.e, channel, message);
    ctx.integer(receivers as i64);
    Ok(())
}

fn ssubscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.e.in_exec {
        return Err(Error(&"ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    subscribe_all(ctx, Kind::Shard)
}

fn sunsubscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    unsubscribe_some(ctx, Kind::Shard)
}

fn subscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    subscribe_all(ctx, Kind::Channel)
}

fn unsubscribe(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    unsubscribe_some(ctx, Kind::Channel)
}

/// What a client subscribes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Channel,
    Pattern,
    /// A channel of a cluster's slot; here, as in any server outside a cluster, apart from the others only.
    Shard,
}

impl Kind {
    fn registry(self, server: &mut Server) -> (&mut Registry, &mut Arena) {
        match self {
            Kind::Channel => (&mut server.channels, &mut server.mem),
            Kind::Pattern => (&mut server.patterns, &mut server.mem),
            Kind::Shard => (&mut server.sharded, &mut server.mem),
        }
    }

    fn names(self, session: &mut Session) -> &mut StoredArgs {
        match self {
            Kind::Channel => &mut session.channels,
            Kind::Pattern => &mut session.patterns,
            Kind::Shard => &mut session.sharded,
        }
    }

    fn verbs(self) -> (&'static str, &'static str) {
        match self {
            Kind::Channel => ("subscribe", "unsubscribe"),
            Kind::Pattern => ("psubscribe", "punsubscribe"),
            Kind::Shard => ("ssubscribe", "sunsubscribe"),
        }
    }

    /// What a confirmation counts: channels and patterns together, sharded channels alone.
    fn count(self, session: &Session) -> usize {
        match self {
            Kind::Channel | Kind::Pattern => session.channels.len() + session.patterns.len(),
            Kind::Shard => session.sharded.len(),
        }
    }
}

/// One push a name: verb, name, and how many the client listens to now.
fn subscribe_all(ctx: &mut Ctx<'_, '_>, kind: Kind) -> Result<(), Error> {
    for i in 1..ctx.argc() {
        let name = ctx.arg(i);
        let mut names = *kind.names(ctx.session());
        let id = ctx.id;
        let (registry, mem) = kind.registry(ctx.e);
        if !registry.has(mem, name, id, &names) {
            names.push(&mut ctx.e.mem, name)?;
            let (registry, mem) = kind.registry(ctx.e);
            if registry.add(mem, name, id).is_err() {
                names.swap_remove(&mut ctx.e.mem, names.len() - 1);
                *kind.names(ctx.session()) = names;
                return Err(Error::OOM);
            }
            *kind.names(ctx.session()) = names;
        }
        let count = kind.count(ctx.session());
        confirm(ctx, kind.verbs().0, Some(name), count);
    }
    Ok(())
}

fn unsubscribe_some(ctx: &mut Ctx<'_, '_>, kind: Kind) -> Result<(), Error> {
    let verb = kind.verbs().1;
    if ctx.argc() > 1 {
        let mut near = 0;
        for i in 1..ctx.argc() {
            let name = ctx.arg(i);
            let names = *kind.names(ctx.session());
            if let Some(at) = names.position_near(&ctx.e.mem, name, near) {
                near = at;
                let id = ctx.id;
                drop_name(ctx.e, id, kind, at);
            }
            let count = kind.count(ctx.session());
            confirm(ctx, verb, Some(name), count);
        }
        return Ok(());
    }
    if kind.names(ctx.session()).is_empty() {
        let count = kind.count(ctx.session());
        confirm(ctx, verb, None, count);
    }
    while !kind.names(ctx.session()).is_empty() {
        let names = *kind.names(ctx.session());
        // Written before the name is freed, so the count is reckoned ahead.
        let name = names.get(&ctx.e.mem, names.len() - 1);
        let left = kind.count(ctx.session()) - 1;
        confirm(ctx, verb, Some(name), left);
        let id = ctx.id;
        drop_name(ctx.e, id, kind, names.len() - 1);
    }
    Ok(())
}

/// A confirmation counts as a push: CLIENT REPLY OFF does not silence it.
fn confirm(ctx: &mut Ctx<'_, '_>, verb: &str, name: Option<Bytes>, count: usize) {
    if matches!(ctx.session().reply_mode, ReplyMode::Off | ReplyMode::Skip) {
        let (id, proto) = (ctx.id, ctx.proto());
        ctx.e.push_to(id, &|queue, mem| {
            publish::write_parts(queue, mem, proto, 3, &[Bytes::Slice(verb.as_bytes())])?;
            match name {
                Some(name) => publish::write_bulk(queue, mem, name)?,
                None => queue.push(mem, if proto == 3 { b"_\r\n" } else { b"$-1\r\n" })?,
            }
            queue.push(mem, b":")?;
            queue.push(mem, Digits::new().format(count).as_bytes())?;
            queue.push(mem, b"\r\n")
        });
        return;
    }
    ctx.push(3);
    ctx.bulk_str(verb);
    match name {
        Some(name) => ctx.bulk(name),
        None => ctx.null(),
    }
    ctx.integer(count as i64);
}

fn drop_name(server: &mut Server, id: ClientId, kind: Kind, at: usize) {
    let mut names = *kind.names(server.sessions.get_mut(id));
    let name = names.get(&server.mem, at);
    let (registry, mem) = kind.registry(server);
    registry.remove(mem, name, id);
    names.swap_remove(&mut server.mem, at);
    *kind.names(server.sessions.get_mut(id)) = names;
}

/// Ends all subscriptions of a client without telling it.
pub(super) fn leave_all(server: &mut Server, id: ClientId) {
    for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
        while !kind.names(server.sessions.get_mut(id)).is_empty() {
            let last = kind.names(server.sessions.get_mut(id)).len() - 1;
            drop_name(server, id, kind, last);
        }
    }
}
