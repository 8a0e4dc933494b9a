//! COMMAND DOCS' texts for `transaction.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const DISCARD: Doc = Doc {
    summary: "Discard all commands issued after MULTI",
    complexity: "O(N), when N is the number of queued commands",
    ..Doc::NONE
};

pub const EXEC: Doc = Doc {
    summary: "Execute all commands issued after MULTI",
    complexity: "Depends on commands in the transaction",
    ..Doc::NONE
};

pub const MULTI: Doc = Doc { summary: "Mark the start of a transaction block", complexity: "O(1)", ..Doc::NONE };

pub const UNWATCH: Doc = Doc { summary: "Forget about all watched keys", complexity: "O(1)", ..Doc::NONE };

pub const WATCH: Doc = Doc {
    summary: "Watch the given keys to determine execution of the MULTI/EXEC block",
    complexity: "O(1) for every key.",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};
