//! COMMAND DOCS' texts for `persistence.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const BGSAVE: Doc = Doc {
    summary: "Asynchronously save the dataset to disk",
    complexity: "O(1)",
    history: &[("3.2.2", "Added the `SCHEDULE` option.")],
    arguments: &[Arg {
        name: "schedule",
        kind: ArgKind::PureToken,
        token: "SCHEDULE",
        since: "3.2.2",
        optional: true,
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const LASTSAVE: Doc = Doc {
    summary: "Get the UNIX time stamp of the last successful save to disk",
    complexity: "O(1)",
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const SAVE: Doc = Doc {
    summary: "Synchronously save the dataset to disk",
    complexity: "O(N) where N is the total number of keys in all databases",
    ..Doc::NONE
};

pub const SHUTDOWN: Doc = Doc {
    summary: "Synchronously save the dataset to disk and then shut down the server",
    complexity: "O(N) when saving, where N is the total number of keys in all databases when saving \
        data, otherwise O(1)",
    history: &[("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")],
    arguments: &[
        Arg {
            name: "nosave_save",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "nosave", kind: ArgKind::PureToken, token: "NOSAVE", ..Arg::NONE },
                Arg { name: "save", kind: ArgKind::PureToken, token: "SAVE", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "now", kind: ArgKind::PureToken, token: "NOW", since: "7.0.0", optional: true, ..Arg::NONE },
        Arg { name: "force", kind: ArgKind::PureToken, token: "FORCE", since: "7.0.0", optional: true, ..Arg::NONE },
        Arg { name: "abort", kind: ArgKind::PureToken, token: "ABORT", since: "7.0.0", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};
