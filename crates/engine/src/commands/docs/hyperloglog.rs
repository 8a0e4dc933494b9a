//! COMMAND DOCS' texts for `hyperloglog.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const PFADD: Doc = Doc {
    summary: "Adds the specified elements to the specified HyperLogLog.",
    complexity: "O(1) to add every element.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", optional: true, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const PFCOUNT: Doc = Doc {
    summary: "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
    complexity: "O(1) with a very small average constant time when called with a single key. O(N) \
        with N being the number of keys, and much bigger constant times, when called with \
        multiple keys.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    key_notes: &[(
        0,
        "RW because it may change the internal representation of the key, and propagate \
            to replicas",
    )],
    ..Doc::NONE
};

pub const PFDEBUG: Doc = Doc {
    summary: "Internal commands for debugging HyperLogLog values",
    complexity: "N/A",
    flags: &["syscmd"],
    arguments: &[Arg { name: "subcommand", ..Arg::NONE }, Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PFMERGE: Doc = Doc {
    summary: "Merge N different HyperLogLogs into a single one.",
    complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
    arguments: &[
        Arg { name: "destkey", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "sourcekey", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const PFSELFTEST: Doc = Doc {
    summary: "An internal command for testing HyperLogLog values",
    complexity: "N/A",
    flags: &["syscmd"],
    ..Doc::NONE
};
