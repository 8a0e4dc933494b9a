//! COMMAND DOCS' texts for `server.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const DBSIZE: Doc = Doc {
    summary: "Return the number of keys in the selected database",
    complexity: "O(1)",
    hints: &["request_policy:all_shards", "response_policy:agg_sum"],
    ..Doc::NONE
};

pub const DEBUG: Doc = Doc {
    summary: "A container for debugging commands",
    complexity: "Depends on subcommand.",
    flags: &["syscmd"],
    ..Doc::NONE
};

pub const FLUSHALL: Doc = Doc {
    summary: "Remove all keys from all databases",
    complexity: "O(N) where N is the total number of keys in all databases",
    history: &[
        ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        ("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ],
    arguments: &[Arg {
        name: "async",
        kind: ArgKind::OneOf,
        optional: true,
        args: &[
            Arg { name: "async", kind: ArgKind::PureToken, token: "ASYNC", since: "4.0.0", ..Arg::NONE },
            Arg { name: "sync", kind: ArgKind::PureToken, token: "SYNC", since: "6.2.0", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    hints: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const FLUSHDB: Doc = Doc {
    summary: "Remove all keys from the current database",
    complexity: "O(N) where N is the number of keys in the selected database",
    history: &[
        ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        ("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ],
    arguments: &[Arg {
        name: "async",
        kind: ArgKind::OneOf,
        optional: true,
        args: &[
            Arg { name: "async", kind: ArgKind::PureToken, token: "ASYNC", since: "4.0.0", ..Arg::NONE },
            Arg { name: "sync", kind: ArgKind::PureToken, token: "SYNC", since: "6.2.0", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    hints: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const INFO: Doc = Doc {
    summary: "Get information and statistics about the server",
    complexity: "O(1)",
    history: &[("7.0.0", "Added support for taking multiple section arguments.")],
    arguments: &[Arg { name: "section", optional: true, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    ..Doc::NONE
};

pub const LOLWUT: Doc = Doc {
    summary: "Display some computer art and the Redis version",
    arguments: &[Arg { name: "version", kind: ArgKind::Integer, token: "VERSION", optional: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const MEMORY: Doc =
    Doc { summary: "A container for memory diagnostics commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const MEMORY_DOCTOR: Doc = Doc {
    summary: "Outputs memory problems report",
    complexity: "O(1)",
    hints: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    ..Doc::NONE
};

pub const MEMORY_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const MEMORY_MALLOC_STATS: Doc = Doc {
    summary: "Show allocator internal stats",
    complexity: "Depends on how much memory is allocated, could be slow",
    hints: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    ..Doc::NONE
};

pub const MEMORY_PURGE: Doc = Doc {
    summary: "Ask the allocator to release memory",
    complexity: "Depends on how much memory is allocated, could be slow",
    hints: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const MEMORY_STATS: Doc = Doc {
    summary: "Show memory usage details",
    complexity: "O(1)",
    hints: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    ..Doc::NONE
};

pub const MEMORY_USAGE: Doc = Doc {
    summary: "Estimate the memory usage of a key",
    complexity: "O(N) where N is the number of samples.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "SAMPLES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const MONITOR: Doc = Doc { summary: "Listen for all requests received by the server in real time", ..Doc::NONE };

pub const ROLE: Doc =
    Doc { summary: "Return the role of the instance in the context of replication", complexity: "O(1)", ..Doc::NONE };

pub const SWAPDB: Doc = Doc {
    summary: "Swaps two Redis databases",
    complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
    arguments: &[
        Arg { name: "index1", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "index2", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const TIME: Doc = Doc {
    summary: "Return the current server time",
    complexity: "O(1)",
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};
