//! COMMAND DOCS' texts for `scan.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const HSCAN: Doc = Doc {
    summary: "Incrementally iterate hash fields and associated values",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls \
        for the cursor to return back to 0. N is the number of elements inside the \
        collection..",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "cursor", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "MATCH", optional: true, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const SCAN: Doc = Doc {
    summary: "Incrementally iterate the keys space",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls \
        for the cursor to return back to 0. N is the number of elements inside the \
        collection.",
    history: &[("6.0.0", "Added the `TYPE` subcommand.")],
    arguments: &[
        Arg { name: "cursor", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "MATCH", optional: true, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
        Arg { name: "type", token: "TYPE", since: "6.0.0", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output", "request_policy:special"],
    ..Doc::NONE
};

pub const SSCAN: Doc = Doc {
    summary: "Incrementally iterate Set elements",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls \
        for the cursor to return back to 0. N is the number of elements inside the \
        collection..",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "cursor", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "MATCH", optional: true, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const ZSCAN: Doc = Doc {
    summary: "Incrementally iterate sorted sets elements and associated scores",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls \
        for the cursor to return back to 0. N is the number of elements inside the \
        collection..",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "cursor", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "MATCH", optional: true, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};
