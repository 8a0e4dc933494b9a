//! COMMAND DOCS' texts for `scripting.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const FUNCTION: Doc =
    Doc { summary: "A container for function commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const FUNCTION_FLUSH: Doc = Doc {
    summary: "Deleting all functions",
    complexity: "O(N) where N is the number of functions deleted",
    arguments: &[Arg {
        name: "async",
        kind: ArgKind::OneOf,
        optional: true,
        args: &[
            Arg { name: "async", kind: ArgKind::PureToken, token: "ASYNC", ..Arg::NONE },
            Arg { name: "sync", kind: ArgKind::PureToken, token: "SYNC", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    hints: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Doc::NONE
};
