//! COMMAND DOCS' texts for `string.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const APPEND: Doc = Doc {
    summary: "Append a value to a key",
    complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and \
        the already present value is of any size, since the dynamic string library used by \
        Redis will double the free space available on every reallocation.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
    ..Doc::NONE
};

pub const DECR: Doc = Doc {
    summary: "Decrement the integer value of a key by one",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const DECRBY: Doc = Doc {
    summary: "Decrement the integer value of a key by the given number",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "decrement", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GET: Doc = Doc {
    summary: "Get the value of a key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const GETDEL: Doc = Doc {
    summary: "Get the value of a key and delete the key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const GETEX: Doc = Doc {
    summary: "Get the value of a key and optionally set its expiration",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "expiration",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "seconds", kind: ArgKind::Integer, token: "EX", ..Arg::NONE },
                Arg { name: "milliseconds", kind: ArgKind::Integer, token: "PX", ..Arg::NONE },
                Arg { name: "unix-time-seconds", kind: ArgKind::UnixTime, token: "EXAT", ..Arg::NONE },
                Arg { name: "unix-time-milliseconds", kind: ArgKind::UnixTime, token: "PXAT", ..Arg::NONE },
                Arg { name: "persist", kind: ArgKind::PureToken, token: "PERSIST", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    key_notes: &[(0, "RW and UPDATE because it changes the TTL")],
    ..Doc::NONE
};

pub const GETRANGE: Doc = Doc {
    summary: "Get a substring of the string stored at a key",
    complexity: "O(N) where N is the length of the returned string. The complexity is ultimately \
        determined by the returned length, but because creating a substring from an existing \
        string is very cheap, it can be considered O(1) for small strings.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "end", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GETSET: Doc = Doc {
    summary: "Set the string value of a key and return its old value",
    complexity: "O(1)",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`SET` with the `!GET` argument",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
    ..Doc::NONE
};

pub const INCR: Doc = Doc {
    summary: "Increment the integer value of a key by one",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const INCRBY: Doc = Doc {
    summary: "Increment the integer value of a key by the given amount",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const INCRBYFLOAT: Doc = Doc {
    summary: "Increment the float value of a key by the given amount",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::Double, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LCS: Doc = Doc {
    summary: "Find longest common substring",
    complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
    arguments: &[
        Arg { name: "key1", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "key2", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "len", kind: ArgKind::PureToken, token: "LEN", optional: true, ..Arg::NONE },
        Arg { name: "idx", kind: ArgKind::PureToken, token: "IDX", optional: true, ..Arg::NONE },
        Arg { name: "len", kind: ArgKind::Integer, token: "MINMATCHLEN", optional: true, ..Arg::NONE },
        Arg { name: "withmatchlen", kind: ArgKind::PureToken, token: "WITHMATCHLEN", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const MGET: Doc = Doc {
    summary: "Get the values of all the given keys",
    complexity: "O(N) where N is the number of keys to retrieve.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:multi_shard"],
    ..Doc::NONE
};

pub const MSET: Doc = Doc {
    summary: "Set multiple keys to multiple values",
    complexity: "O(N) where N is the number of keys to set.",
    arguments: &[Arg {
        name: "key_value",
        kind: ArgKind::Block,
        multiple: true,
        args: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
        ..Arg::NONE
    }],
    hints: &["request_policy:multi_shard", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const MSETNX: Doc = Doc {
    summary: "Set multiple keys to multiple values, only if none of the keys exist",
    complexity: "O(N) where N is the number of keys to set.",
    arguments: &[Arg {
        name: "key_value",
        kind: ArgKind::Block,
        multiple: true,
        args: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
        ..Arg::NONE
    }],
    hints: &["request_policy:multi_shard", "response_policy:agg_min"],
    ..Doc::NONE
};

pub const PSETEX: Doc = Doc {
    summary: "Set the value and expiration in milliseconds of a key",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "milliseconds", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "value", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SET: Doc = Doc {
    summary: "Set the string value of a key",
    complexity: "O(1)",
    history: &[
        ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
        ("6.0.0", "Added the `KEEPTTL` option."),
        ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
        ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
    ],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "value", ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "2.6.12",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "get", kind: ArgKind::PureToken, token: "GET", since: "6.2.0", optional: true, ..Arg::NONE },
        Arg {
            name: "expiration",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "seconds", kind: ArgKind::Integer, token: "EX", since: "2.6.12", ..Arg::NONE },
                Arg { name: "milliseconds", kind: ArgKind::Integer, token: "PX", since: "2.6.12", ..Arg::NONE },
                Arg { name: "unix-time-seconds", kind: ArgKind::UnixTime, token: "EXAT", since: "6.2.0", ..Arg::NONE },
                Arg {
                    name: "unix-time-milliseconds",
                    kind: ArgKind::UnixTime,
                    token: "PXAT",
                    since: "6.2.0",
                    ..Arg::NONE
                },
                Arg { name: "keepttl", kind: ArgKind::PureToken, token: "KEEPTTL", since: "6.0.0", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    key_notes: &[(0, "RW and ACCESS due to the optional `GET` argument")],
    ..Doc::NONE
};

pub const SETEX: Doc = Doc {
    summary: "Set the value and expiration of a key",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "seconds", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "value", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SETNX: Doc = Doc {
    summary: "Set the value of a key, only if the key does not exist",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
    ..Doc::NONE
};

pub const SETRANGE: Doc = Doc {
    summary: "Overwrite part of a string at key starting at the specified offset",
    complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this \
        string is very small so the amortized complexity is O(1). Otherwise, complexity is \
        O(M) with M being the length of the value argument.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "value", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const STRLEN: Doc = Doc {
    summary: "Get the length of the value stored in a key",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const SUBSTR: Doc = Doc {
    summary: "Get a substring of the string stored at a key",
    complexity: "O(N) where N is the length of the returned string. The complexity is ultimately \
        determined by the returned length, but because creating a substring from an existing \
        string is very cheap, it can be considered O(1) for small strings.",
    flags: &["deprecated"],
    deprecated_since: "2.0.0",
    replaced_by: "`GETRANGE`",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "end", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};
