//! SLOWLOG and LATENCY: what was slow, and when.

use super::Ctx;
use super::help::help;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "latency",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "2.8.13",
        run: help,
        subcommands: &[
            Command {
                name: "doctor",
                arity: 2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: latency_doctor,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_DOCTOR),
            },
            Command {
                name: "graph",
                arity: 3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: latency_graph,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_GRAPH),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: help,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_HELP),
            },
            Command {
                name: "histogram",
                arity: -2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "7.0.0",
                run: latency_histogram,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_HISTOGRAM),
            },
            Command {
                name: "history",
                arity: 3,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: latency_history,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_HISTORY),
            },
            Command {
                name: "latest",
                arity: 2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: latency_latest,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_LATEST),
            },
            Command {
                name: "reset",
                arity: -2,
                flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.8.13",
                run: latency_reset,
                subcommands: &[],
                doc: docs!(diagnostics, LATENCY_RESET),
            },
        ],
        doc: docs!(diagnostics, LATENCY),
    },
    Command {
        name: "slowlog",
        arity: -2,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        group: Group::Server,
        since: "2.2.12",
        run: help,
        subcommands: &[
            Command {
                name: "get",
                arity: -2,
                flags: Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.2.12",
                run: slowlog_get,
                subcommands: &[],
                doc: docs!(diagnostics, SLOWLOG_GET),
            },
            Command {
                name: "help",
                arity: 2,
                flags: Flags::LOADING.with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "6.2.0",
                run: help,
                subcommands: &[],
                doc: docs!(diagnostics, SLOWLOG_HELP),
            },
            Command {
                name: "len",
                arity: 2,
                flags: Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.2.12",
                run: slowlog_len,
                subcommands: &[],
                doc: docs!(diagnostics, SLOWLOG_LEN),
            },
            Command {
                name: "reset",
                arity: 2,
                flags: Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE),
                acl: Acl::NONE,
                keys: &[],
                group: Group::Server,
                since: "2.2.12",
                run: slowlog_reset,
                subcommands: &[],
                doc: docs!(diagnostics, SLOWLOG_RESET),
            },
        ],
        doc: docs!(diagnostics, SLOWLOG),
    },
];

fn latency_doctor(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn latency_graph(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn latency_histogram(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn latency_history(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn latency_latest(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn latency_reset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn slowlog_get(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn slowlog_len(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn slowlog_reset(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
