//! COMMAND DOCS' texts for `hash.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const HDEL: Doc = Doc {
    summary: "Delete one or more hash fields",
    complexity: "O(N) where N is the number of fields to be removed.",
    history: &[("2.4.0", "Accepts multiple `field` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "field", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const HEXISTS: Doc = Doc {
    summary: "Determine if a hash field exists",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "field", ..Arg::NONE }],
    ..Doc::NONE
};

pub const HGET: Doc = Doc {
    summary: "Get the value of a hash field",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "field", ..Arg::NONE }],
    ..Doc::NONE
};

pub const HGETALL: Doc = Doc {
    summary: "Get all the fields and values in a hash",
    complexity: "O(N) where N is the size of the hash.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const HINCRBY: Doc = Doc {
    summary: "Increment the integer value of a hash field by the given number",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "field", ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const HINCRBYFLOAT: Doc = Doc {
    summary: "Increment the float value of a hash field by the given amount",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "field", ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::Double, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const HKEYS: Doc = Doc {
    summary: "Get all the fields in a hash",
    complexity: "O(N) where N is the size of the hash.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const HLEN: Doc = Doc {
    summary: "Get the number of fields in a hash",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const HMGET: Doc = Doc {
    summary: "Get the values of all the given hash fields",
    complexity: "O(N) where N is the number of fields being requested.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "field", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const HMSET: Doc = Doc {
    summary: "Set multiple hash fields to multiple values",
    complexity: "O(N) where N is the number of fields being set.",
    flags: &["deprecated"],
    deprecated_since: "4.0.0",
    replaced_by: "`HSET` with multiple field-value pairs",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "field_value",
            kind: ArgKind::Block,
            multiple: true,
            args: &[Arg { name: "field", ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const HRANDFIELD: Doc = Doc {
    summary: "Get one or multiple random fields from a hash",
    complexity: "O(N) where N is the number of fields returned",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "options",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "withvalues", kind: ArgKind::PureToken, token: "WITHVALUES", optional: true, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const HSET: Doc = Doc {
    summary: "Set the string value of a hash field",
    complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the \
        command is called with multiple field/value pairs.",
    history: &[("4.0.0", "Accepts multiple `field` and `value` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "field_value",
            kind: ArgKind::Block,
            multiple: true,
            args: &[Arg { name: "field", ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const HSETNX: Doc = Doc {
    summary: "Set the value of a hash field, only if the field does not exist",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "field", ..Arg::NONE },
        Arg { name: "value", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const HSTRLEN: Doc = Doc {
    summary: "Get the length of the value of a hash field",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "field", ..Arg::NONE }],
    ..Doc::NONE
};

pub const HVALS: Doc = Doc {
    summary: "Get all the values in a hash",
    complexity: "O(N) where N is the size of the hash.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};
