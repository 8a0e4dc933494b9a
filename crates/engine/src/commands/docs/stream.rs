//! COMMAND DOCS' texts for `stream.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const XADD: Doc = Doc {
    summary: "Appends a new entry to a stream",
    complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries \
        evicted.",
    history: &[
        ("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
        ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
    ],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "nomkstream",
            kind: ArgKind::PureToken,
            token: "NOMKSTREAM",
            since: "6.2.0",
            optional: true,
            ..Arg::NONE
        },
        Arg {
            name: "trim",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg {
                    name: "strategy",
                    kind: ArgKind::OneOf,
                    args: &[
                        Arg { name: "maxlen", kind: ArgKind::PureToken, token: "MAXLEN", ..Arg::NONE },
                        Arg { name: "minid", kind: ArgKind::PureToken, token: "MINID", since: "6.2.0", ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
                Arg {
                    name: "operator",
                    kind: ArgKind::OneOf,
                    optional: true,
                    args: &[
                        Arg { name: "equal", kind: ArgKind::PureToken, token: "=", ..Arg::NONE },
                        Arg { name: "approximately", kind: ArgKind::PureToken, token: "~", ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
                Arg { name: "threshold", ..Arg::NONE },
                Arg {
                    name: "count",
                    kind: ArgKind::Integer,
                    token: "LIMIT",
                    since: "6.2.0",
                    optional: true,
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "id_or_auto",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "auto_id", kind: ArgKind::PureToken, token: "*", ..Arg::NONE },
                Arg { name: "id", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "field_value",
            kind: ArgKind::Block,
            multiple: true,
            args: &[Arg { name: "field", ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    hints: &["nondeterministic_output"],
    key_notes: &[(0, "UPDATE instead of INSERT because of the optional trimming feature")],
    ..Doc::NONE
};

pub const XDEL: Doc = Doc {
    summary: "Removes the specified entries from the stream. Returns the number of items actually \
        deleted, that may be different from the number of IDs passed in case certain IDs do \
        not exist.",
    complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "id", multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const XINFO: Doc =
    Doc { summary: "A container for stream introspection commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const XINFO_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const XINFO_STREAM: Doc = Doc {
    summary: "Get information about a stream",
    complexity: "O(1)",
    history: &[
        ("6.0.0", "Added the `FULL` modifier."),
        (
            "7.0.0",
            "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, \
            `entries-read` and `lag` fields",
        ),
    ],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "full",
            kind: ArgKind::Block,
            token: "FULL",
            optional: true,
            args: &[Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const XLEN: Doc = Doc {
    summary: "Return the number of entries in a stream",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const XRANGE: Doc = Doc {
    summary: "Return a range of elements in a stream, with IDs matching the specified IDs interval",
    complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. \
        always asking for the first 10 elements with COUNT), you can consider it O(1).",
    history: &[("6.2.0", "Added exclusive ranges.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", ..Arg::NONE },
        Arg { name: "end", ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const XREAD: Doc = Doc {
    summary: "Return never seen elements in multiple streams, with IDs greater than the ones \
        reported by the caller for each stream. Can block.",
    complexity: "For each stream mentioned: O(N) with N being the number of elements being returned, \
        it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option \
        is used, XADD will pay O(M) time in order to serve the M clients blocked on the \
        stream getting new data.",
    arguments: &[
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
        Arg { name: "milliseconds", kind: ArgKind::Integer, token: "BLOCK", optional: true, ..Arg::NONE },
        Arg {
            name: "streams",
            kind: ArgKind::Block,
            token: "STREAMS",
            args: &[
                Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
                Arg { name: "id", multiple: true, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const XREVRANGE: Doc = Doc {
    summary: "Return a range of elements in a stream, with IDs matching the specified IDs \
        interval, in reverse order (from greater to smaller IDs) compared to XRANGE",
    complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always \
        asking for the first 10 elements with COUNT), you can consider it O(1).",
    history: &[("6.2.0", "Added exclusive ranges.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "end", ..Arg::NONE },
        Arg { name: "start", ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const XSETID: Doc = Doc {
    summary: "An internal command for replicating stream values",
    complexity: "O(1)",
    history: &[("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "last-id", ..Arg::NONE },
        Arg {
            name: "entries_added",
            kind: ArgKind::Integer,
            token: "ENTRIESADDED",
            since: "7.0.0",
            optional: true,
            ..Arg::NONE
        },
        Arg { name: "max_deleted_entry_id", token: "MAXDELETEDID", since: "7.0.0", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const XTRIM: Doc = Doc {
    summary: "Trims the stream to (approximately if '~' is passed) a certain size",
    complexity: "O(N), with N being the number of evicted entries. Constant times are very small \
        however, since entries are organized in macro nodes containing multiple entries that \
        can be released with a single deallocation.",
    history: &[("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "trim",
            kind: ArgKind::Block,
            args: &[
                Arg {
                    name: "strategy",
                    kind: ArgKind::OneOf,
                    args: &[
                        Arg { name: "maxlen", kind: ArgKind::PureToken, token: "MAXLEN", ..Arg::NONE },
                        Arg { name: "minid", kind: ArgKind::PureToken, token: "MINID", since: "6.2.0", ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
                Arg {
                    name: "operator",
                    kind: ArgKind::OneOf,
                    optional: true,
                    args: &[
                        Arg { name: "equal", kind: ArgKind::PureToken, token: "=", ..Arg::NONE },
                        Arg { name: "approximately", kind: ArgKind::PureToken, token: "~", ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
                Arg { name: "threshold", ..Arg::NONE },
                Arg {
                    name: "count",
                    kind: ArgKind::Integer,
                    token: "LIMIT",
                    since: "6.2.0",
                    optional: true,
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};
