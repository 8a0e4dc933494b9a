//! COMMAND and its subcommands: the command table as clients see it.
//!
//! Everything here is derived from the rows; nothing about a command is typed twice.

use super::help::help;
use super::keys;
use super::spec::{Acl, Arg, ArgKind, Begin, Command, Doc, Find, Flags, Group, KeyFlags, KeySpec, docs};
use super::{Ctx, table};
use crate::commands::table::FullName;
use crate::error::Error;
use crate::glob;
use crate::memory::Bytes;
use crate::text::Text;
use crate::word::Word;
use core::fmt::Write;

pub const COMMANDS: &[Command] = &[Command {
    name: "command",
    arity: -1,
    flags: Flags::LOADING.with(Flags::STALE),
    acl: Acl::CONNECTION,
    keys: &[],
    group: Group::Server,
    since: "2.8.13",
    run: command,
    subcommands: &[
        Command {
            name: "count",
            arity: 2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_count,
            subcommands: &[],
            doc: docs!(command, COMMAND_COUNT),
        },
        Command {
            name: "docs",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_docs,
            subcommands: &[],
            doc: docs!(command, COMMAND_DOCS),
        },
        Command {
            name: "getkeys",
            arity: -4,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_getkeys,
            subcommands: &[],
            doc: docs!(command, COMMAND_GETKEYS),
        },
        Command {
            name: "getkeysandflags",
            arity: -4,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_getkeysandflags,
            subcommands: &[],
            doc: docs!(command, COMMAND_GETKEYSANDFLAGS),
        },
        Command {
            name: "help",
            arity: 2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "5.0.0",
            run: help,
            subcommands: &[],
            doc: docs!(command, COMMAND_HELP),
        },
        Command {
            name: "info",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "2.8.13",
            run: command_info,
            subcommands: &[],
            doc: docs!(command, COMMAND_INFO),
        },
        Command {
            name: "list",
            arity: -2,
            flags: Flags::LOADING.with(Flags::STALE),
            acl: Acl::CONNECTION,
            keys: &[],
            group: Group::Server,
            since: "7.0.0",
            run: command_list,
            subcommands: &[],
            doc: docs!(command, COMMAND_LIST),
        },
    ],
    doc: docs!(command, COMMAND),
}];

/// COMMAND, and COMMAND INFO without names: every command.
fn command(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.array(table::COMMANDS);
    for row in table::commands() {
        info(ctx, row);
    }
    Ok(())
}

fn command_count(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    ctx.integer(table::COMMANDS as i64);
    Ok(())
}

fn command_docs(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() == 2 {
        ctx.map(table::COMMANDS);
        for row in table::commands() {
            documentation(ctx, row);
        }
        return Ok(());
    }
    // A name that is no command is left out.
    let reply = ctx.deferred();
    let mut count = 0;
    for i in 2..ctx.argc() {
        if let Some(row) = named(ctx, i) {
            documentation(ctx, row);
            count += 1;
        }
    }
    ctx.end_map(reply, count);
    Ok(())
}

fn command_getkeys(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    reply_keys(ctx, |ctx, at, _| ctx.bulk(ctx.arg(at)))
}

fn command_getkeysandflags(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    reply_keys(ctx, |ctx, at, flags| {
        ctx.array(2);
        ctx.bulk(ctx.arg(at));
        names(ctx, flags.names());
    })
}

fn command_info(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    if ctx.argc() == 2 {
        return command(ctx);
    }
    ctx.array(ctx.argc() - 2);
    for i in 2..ctx.argc() {
        match named(ctx, i) {
            Some(row) => info(ctx, row),
            None => ctx.null(),
        }
    }
    Ok(())
}

fn command_list(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let filter = list_filter(ctx)?;
    let reply = ctx.deferred();
    let mut count = 0;
    for row in table::all() {
        let listed = match filter {
            Filter::None => true,
            Filter::Nothing => false,
            Filter::Category(category) => row.categories().has(category),
            Filter::Pattern => {
                let name = full_name(row);
                glob::matches_bytes(&ctx.e.mem, ctx.arg(4), Bytes::Slice(name.as_bytes()), true)
            }
        };
        if listed {
            ctx.bulk(Bytes::Slice(full_name(row).as_bytes()));
            count += 1;
        }
    }
    ctx.end_array(reply, count);
    Ok(())
}

#[derive(Clone, Copy)]
enum Filter {
    None,
    /// A module's commands, where there are no modules, or an unknown category's.
    Nothing,
    Category(Acl),
    /// The fifth argument.
    Pattern,
}

fn list_filter(ctx: &Ctx<'_, '_>) -> Result<Filter, Error> {
    match (ctx.argc(), ctx.word(2)) {
        (2, _) => Ok(Filter::None),
        (5, Word::FilterBy) => match ctx.word(3) {
            Word::Module => Ok(Filter::Nothing),
            Word::AclCat => {
                let category = ctx.short(4).and_then(|name| Acl::from_name(name.as_bytes()));
                Ok(category.map_or(Filter::Nothing, Filter::Category))
            }
            Word::Pattern => Ok(Filter::Pattern),
            _ => Err(Error::SYNTAX),
        },
        _ => Err(Error::SYNTAX),
    }
}

/// Arguments of GETKEYS and GETKEYSANDFLAGS before the inner call's name.
const OUTER: usize = 2;

fn reply_keys(ctx: &mut Ctx<'_, '_>, each: fn(&mut Ctx<'_, '_>, usize, KeyFlags)) -> Result<(), Error> {
    let row = inner_row(ctx).ok_or(Error(&"ERR Invalid command specified"))?;
    if !keys::has_keys(row) {
        return Err(Error(&"ERR The command has no key arguments"));
    }
    let (count, arity) = (ctx.argc() - OUTER, row.arity.unsigned_abs() as usize);
    if count < arity || (row.arity > 0 && count > arity) {
        return Err(Error(&"ERR Invalid number of arguments specified for command"));
    }
    let call = keys::Call { mem: &ctx.e.mem, args: &ctx.args, outer: OUTER };
    let Some(keys) = keys::find(row, &call).or_else(|| keys::find_loosely(row, &call)) else {
        return Err(Error(&"ERR Invalid arguments specified for command"));
    };
    ctx.array(keys.count());
    for (at, flags) in keys.iter() {
        each(ctx, OUTER + at, flags);
    }
    Ok(())
}

/// The row of the inner call. Alone, a container's name is the container.
fn inner_row(ctx: &Ctx<'_, '_>) -> Option<&'static Command> {
    let row = table::lookup(ctx.short(OUTER)?.as_bytes())?;
    if row.subcommands.is_empty() || ctx.argc() == OUTER + 1 {
        return Some(row);
    }
    table::subcommand(row, ctx.short(OUTER + 1)?.as_bytes())
}

/// The row that an argument names: `get` or `config|get`.
fn named(ctx: &Ctx<'_, '_>, i: usize) -> Option<&'static Command> {
    let name = ctx.short(i)?;
    let mut parts = name.as_bytes().splitn(2, |&byte| byte == b'|');
    let row = table::lookup(parts.next()?)?;
    match parts.next() {
        None => Some(row),
        Some(subcommand) => table::subcommand(row, subcommand),
    }
}

fn full_name(row: &'static Command) -> Text {
    let mut text = Text::new();
    // Cannot fail: a text cuts what is too long, and no name is.
    let _ = write!(text, "{}", FullName(row));
    text
}

/// One entry of COMMAND INFO.
fn info(ctx: &mut Ctx<'_, '_>, row: &'static Command) {
    ctx.array(10);
    ctx.bulk(Bytes::Slice(full_name(row).as_bytes()));
    ctx.integer(i64::from(row.arity));
    names(ctx, row.flags.names());
    let (first, last, step) = keys::legacy_range(row);
    ctx.integer(first);
    ctx.integer(last);
    ctx.integer(step);
    let categories = row.categories();
    ctx.set(categories.names().count());
    for name in categories.names() {
        ctx.e.reply.put(&mut ctx.e.mem, b"+@");
        ctx.e.reply.put(&mut ctx.e.mem, name.as_bytes());
        ctx.e.reply.put(&mut ctx.e.mem, b"\r\n");
    }
    ctx.set(row.doc.hints.len());
    for hint in row.doc.hints {
        ctx.bulk_str(hint);
    }
    ctx.set(row.keys.len());
    for (index, spec) in (0..).zip(row.keys) {
        key_spec(ctx, index, spec, row.doc);
    }
    let subcommands = table::subcommands(row);
    if subcommands.is_empty() {
        return ctx.set(0);
    }
    ctx.array(subcommands.len());
    for row in subcommands {
        info(ctx, row);
    }
}

fn names(ctx: &mut Ctx<'_, '_>, names: impl Iterator<Item = &'static str> + Clone) {
    ctx.set(names.clone().count());
    for name in names {
        ctx.simple(name);
    }
}

fn key_spec(ctx: &mut Ctx<'_, '_>, index: u8, spec: &KeySpec, doc: &Doc) {
    let note = doc.key_notes.iter().find(|(of, _)| *of == index);
    ctx.map(3 + usize::from(note.is_some()));
    if let Some((_, note)) = note {
        ctx.bulk_str("notes");
        ctx.bulk_str(note);
    }
    ctx.bulk_str("flags");
    names(ctx, spec.flags.names());
    ctx.bulk_str("begin_search");
    match spec.begin {
        Begin::Index(index) => step(ctx, "index", &[("index", i64::from(index))]),
        Begin::Keyword { keyword, from } => {
            step_header(ctx, "keyword", 2);
            ctx.bulk_str("keyword");
            ctx.bulk_str(keyword);
            ctx.bulk_str("startfrom");
            ctx.integer(i64::from(from));
        }
        Begin::Unknown => step(ctx, "unknown", &[]),
    }
    ctx.bulk_str("find_keys");
    match spec.find {
        Find::Range { last, step: every, limit } => {
            let values = [("lastkey", i64::from(last)), ("keystep", i64::from(every)), ("limit", i64::from(limit))];
            step(ctx, "range", &values);
        }
        Find::Keynum { index, first, step: every } => {
            let values =
                [("keynumidx", i64::from(index)), ("firstkey", i64::from(first)), ("keystep", i64::from(every))];
            step(ctx, "keynum", &values);
        }
        Find::Unknown => step(ctx, "unknown", &[]),
    }
}

/// One of the two steps of a key specification.
fn step(ctx: &mut Ctx<'_, '_>, kind: &str, values: &[(&str, i64)]) {
    step_header(ctx, kind, values.len());
    for (name, value) in values {
        ctx.bulk_str(name);
        ctx.integer(*value);
    }
}

fn step_header(ctx: &mut Ctx<'_, '_>, kind: &str, values: usize) {
    ctx.map(2);
    ctx.bulk_str("type");
    ctx.bulk_str(kind);
    ctx.bulk_str("spec");
    ctx.map(values);
}

/// One pair of COMMAND DOCS: the full name, and a map of what is known.
fn documentation(ctx: &mut Ctx<'_, '_>, row: &'static Command) {
    ctx.bulk(Bytes::Slice(full_name(row).as_bytes()));
    let (doc, subcommands) = (row.doc, table::subcommands(row));
    let texts =
        [("summary", doc.summary), ("since", row.since), ("group", row.group.name()), ("complexity", doc.complexity)];
    let deprecation = [("deprecated_since", doc.deprecated_since), ("replaced_by", doc.replaced_by)];
    let lists = [!doc.flags.is_empty(), !doc.history.is_empty(), !doc.arguments.is_empty(), !subcommands.is_empty()];
    ctx.map(given(&texts) + given(&deprecation) + lists.iter().filter(|given| **given).count());
    pairs(ctx, &texts);
    if !doc.flags.is_empty() {
        ctx.bulk_str("doc_flags");
        names(ctx, doc.flags.iter().copied());
    }
    pairs(ctx, &deprecation);
    if !doc.history.is_empty() {
        ctx.bulk_str("history");
        ctx.set(doc.history.len());
        for (version, change) in doc.history {
            ctx.array(2);
            ctx.bulk_str(version);
            ctx.bulk_str(change);
        }
    }
    if !doc.arguments.is_empty() {
        ctx.bulk_str("arguments");
        arguments(ctx, doc.arguments);
    }
    if !subcommands.is_empty() {
        ctx.bulk_str("subcommands");
        ctx.map(subcommands.len());
        for row in subcommands {
            documentation(ctx, row);
        }
    }
}

/// The tree is as deep as the table makes it: four levels.
fn arguments(ctx: &mut Ctx<'_, '_>, args: &[Arg]) {
    ctx.array(args.len());
    for arg in args {
        argument(ctx, arg);
    }
}

fn argument(ctx: &mut Ctx<'_, '_>, arg: &Arg) {
    let texts = [("token", arg.token), ("since", arg.since), ("deprecated_since", arg.deprecated_since)];
    let flags = [(arg.optional, "optional"), (arg.multiple, "multiple"), (arg.multiple_token, "multiple_token")];
    let flags = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name);
    let (has_spec, has_flags) = (arg.kind == ArgKind::Key || arg.key_spec > 0, flags.clone().next().is_some());
    ctx.map(2 + usize::from(has_spec) + given(&texts) + usize::from(has_flags) + usize::from(!arg.args.is_empty()));
    pairs(ctx, &[("name", arg.name), ("type", arg.kind.name())]);
    if has_spec {
        ctx.bulk_str("key_spec_index");
        ctx.integer(i64::from(arg.key_spec));
    }
    pairs(ctx, &texts);
    if has_flags {
        ctx.bulk_str("flags");
        names(ctx, flags);
    }
    if !arg.args.is_empty() {
        ctx.bulk_str("arguments");
        arguments(ctx, arg.args);
    }
}

/// How many of these texts there are; an empty one is not there.
fn given(texts: &[(&str, &str)]) -> usize {
    texts.iter().filter(|(_, text)| !text.is_empty()).count()
}

fn pairs(ctx: &mut Ctx<'_, '_>, texts: &[(&str, &str)]) {
    for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        ctx.bulk_str(name);
        ctx.bulk_str(text);
    }
}
