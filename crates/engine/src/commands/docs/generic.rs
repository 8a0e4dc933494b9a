//! COMMAND DOCS' texts for `generic.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const COPY: Doc = Doc {
    summary: "Copy a key",
    complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for \
        string values.",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg { name: "destination-db", kind: ArgKind::Integer, token: "DB", optional: true, ..Arg::NONE },
        Arg { name: "replace", kind: ArgKind::PureToken, token: "REPLACE", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const DEL: Doc = Doc {
    summary: "Delete a key",
    complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds \
        a value other than a string, the individual complexity for this key is O(M) where M \
        is the number of elements in the list, set, sorted set or hash. Removing a single \
        key that holds a string value is O(1).",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Doc::NONE
};

pub const EXISTS: Doc = Doc {
    summary: "Determine if a key exists",
    complexity: "O(N) where N is the number of keys to check.",
    history: &[("3.0.3", "Accepts multiple `key` arguments.")],
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Doc::NONE
};

pub const EXPIRE: Doc = Doc {
    summary: "Set a key's time to live in seconds",
    complexity: "O(1)",
    history: &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "seconds", kind: ArgKind::Integer, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "7.0.0",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
                Arg { name: "gt", kind: ArgKind::PureToken, token: "GT", ..Arg::NONE },
                Arg { name: "lt", kind: ArgKind::PureToken, token: "LT", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const EXPIREAT: Doc = Doc {
    summary: "Set the expiration for a key as a UNIX timestamp",
    complexity: "O(1)",
    history: &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "unix-time-seconds", kind: ArgKind::UnixTime, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "7.0.0",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
                Arg { name: "gt", kind: ArgKind::PureToken, token: "GT", ..Arg::NONE },
                Arg { name: "lt", kind: ArgKind::PureToken, token: "LT", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const EXPIRETIME: Doc = Doc {
    summary: "Get the expiration Unix timestamp for a key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const KEYS: Doc = Doc {
    summary: "Find all keys matching the given pattern",
    complexity: "O(N) with N being the number of keys in the database, under the assumption that the \
        key names in the database and the given pattern have limited length.",
    arguments: &[Arg { name: "pattern", kind: ArgKind::Pattern, ..Arg::NONE }],
    hints: &["request_policy:all_shards", "nondeterministic_output_order"],
    ..Doc::NONE
};

pub const MOVE: Doc = Doc {
    summary: "Move a key to another database",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "db", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const OBJECT: Doc =
    Doc { summary: "A container for object introspection commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const OBJECT_ENCODING: Doc = Doc {
    summary: "Inspect the internal encoding of a Redis object",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const OBJECT_FREQ: Doc = Doc {
    summary: "Get the logarithmic access frequency counter of a Redis object",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const OBJECT_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const OBJECT_IDLETIME: Doc = Doc {
    summary: "Get the time since a Redis object was last accessed",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const OBJECT_REFCOUNT: Doc = Doc {
    summary: "Get the number of references to the value of the key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const PERSIST: Doc = Doc {
    summary: "Remove the expiration from a key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PEXPIRE: Doc = Doc {
    summary: "Set a key's time to live in milliseconds",
    complexity: "O(1)",
    history: &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "milliseconds", kind: ArgKind::Integer, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "7.0.0",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
                Arg { name: "gt", kind: ArgKind::PureToken, token: "GT", ..Arg::NONE },
                Arg { name: "lt", kind: ArgKind::PureToken, token: "LT", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const PEXPIREAT: Doc = Doc {
    summary: "Set the expiration for a key as a UNIX timestamp specified in milliseconds",
    complexity: "O(1)",
    history: &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "unix-time-milliseconds", kind: ArgKind::UnixTime, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "7.0.0",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
                Arg { name: "gt", kind: ArgKind::PureToken, token: "GT", ..Arg::NONE },
                Arg { name: "lt", kind: ArgKind::PureToken, token: "LT", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const PEXPIRETIME: Doc = Doc {
    summary: "Get the expiration Unix timestamp for a key in milliseconds",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PTTL: Doc = Doc {
    summary: "Get the time to live for a key in milliseconds",
    complexity: "O(1)",
    history: &[("2.8.0", "Added the -2 reply.")],
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const RANDOMKEY: Doc = Doc {
    summary: "Return a random key from the keyspace",
    complexity: "O(1)",
    hints: &["request_policy:all_shards", "nondeterministic_output"],
    ..Doc::NONE
};

pub const RENAME: Doc = Doc {
    summary: "Rename a key",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "newkey", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const RENAMENX: Doc = Doc {
    summary: "Rename a key, only if the new key does not exist",
    complexity: "O(1)",
    history: &[("3.2.0", "The command no longer returns an error when source and destination names are the same.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "newkey", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const TOUCH: Doc = Doc {
    summary: "Alters the last access time of a key(s). Returns the number of existing keys specified.",
    complexity: "O(N) where N is the number of keys that will be touched.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Doc::NONE
};

pub const TTL: Doc = Doc {
    summary: "Get the time to live for a key in seconds",
    complexity: "O(1)",
    history: &[("2.8.0", "Added the -2 reply.")],
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const TYPE: Doc = Doc {
    summary: "Determine the type stored at key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const UNLINK: Doc = Doc {
    summary: "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non \
        blocking.",
    complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in \
        a different thread in order to reclaim memory, where N is the number of allocations \
        the deleted objects where composed of.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Doc::NONE
};

pub const WAIT: Doc = Doc {
    summary: "Wait for the synchronous replication of all the write commands sent in the context \
        of the current connection",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "numreplicas", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "timeout", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    hints: &["request_policy:all_shards", "response_policy:agg_min"],
    ..Doc::NONE
};
