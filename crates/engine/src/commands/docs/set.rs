//! COMMAND DOCS' texts for `set.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const SADD: Doc = Doc {
    summary: "Add one or more members to a set",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called \
        with multiple arguments.",
    history: &[("2.4.0", "Accepts multiple `member` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SCARD: Doc = Doc {
    summary: "Get the number of members in a set",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const SDIFF: Doc = Doc {
    summary: "Subtract multiple sets",
    complexity: "O(N) where N is the total number of elements in all given sets.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const SDIFFSTORE: Doc = Doc {
    summary: "Subtract multiple sets and store the resulting set in a key",
    complexity: "O(N) where N is the total number of elements in all given sets.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SINTER: Doc = Doc {
    summary: "Intersect multiple sets",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number \
        of sets.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const SINTERCARD: Doc = Doc {
    summary: "Intersect multiple sets and return the cardinality of the result",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number \
        of sets.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "limit", kind: ArgKind::Integer, token: "LIMIT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SINTERSTORE: Doc = Doc {
    summary: "Intersect multiple sets and store the resulting set in a key",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number \
        of sets.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SISMEMBER: Doc = Doc {
    summary: "Determine if a given value is a member of a set",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "member", ..Arg::NONE }],
    ..Doc::NONE
};

pub const SMEMBERS: Doc = Doc {
    summary: "Get all the members in a set",
    complexity: "O(N) where N is the set cardinality.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const SMISMEMBER: Doc = Doc {
    summary: "Returns the membership associated with the given elements for a set",
    complexity: "O(N) where N is the number of elements being checked for membership",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SMOVE: Doc = Doc {
    summary: "Move a member from one set to another",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg { name: "member", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SPOP: Doc = Doc {
    summary: "Remove and return one or multiple random members from a set",
    complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
    history: &[("3.2.0", "Added the `count` argument.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, since: "3.2.0", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const SRANDMEMBER: Doc = Doc {
    summary: "Get one or multiple random members from a set",
    complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the \
        passed count.",
    history: &[("2.6.0", "Added the optional `count` argument.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, since: "2.6.0", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const SREM: Doc = Doc {
    summary: "Remove one or more members from a set",
    complexity: "O(N) where N is the number of members to be removed.",
    history: &[("2.4.0", "Accepts multiple `member` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SUNION: Doc = Doc {
    summary: "Add multiple sets",
    complexity: "O(N) where N is the total number of elements in all given sets.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const SUNIONSTORE: Doc = Doc {
    summary: "Add multiple sets and store the resulting set in a key",
    complexity: "O(N) where N is the total number of elements in all given sets.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};
