//! COMMAND DOCS' texts for `command.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const COMMAND: Doc = Doc {
    summary: "Get array of Redis command details",
    complexity: "O(N) where N is the total number of Redis commands",
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const COMMAND_COUNT: Doc = Doc { summary: "Get total number of Redis commands", complexity: "O(1)", ..Doc::NONE };

pub const COMMAND_DOCS: Doc = Doc {
    summary: "Get array of specific Redis command documentation",
    complexity: "O(N) where N is the number of commands to look up",
    arguments: &[Arg { name: "command-name", optional: true, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const COMMAND_GETKEYS: Doc = Doc {
    summary: "Extract keys given a full Redis command",
    complexity: "O(N) where N is the number of arguments to the command",
    ..Doc::NONE
};

pub const COMMAND_GETKEYSANDFLAGS: Doc = Doc {
    summary: "Extract keys and access flags given a full Redis command",
    complexity: "O(N) where N is the number of arguments to the command",
    ..Doc::NONE
};

pub const COMMAND_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const COMMAND_INFO: Doc = Doc {
    summary: "Get array of specific Redis command details, or all when no argument is given.",
    complexity: "O(N) where N is the number of commands to look up",
    history: &[("7.0.0", "Allowed to be called with no argument to get info on all commands.")],
    arguments: &[Arg { name: "command-name", optional: true, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};

pub const COMMAND_LIST: Doc = Doc {
    summary: "Get an array of Redis command names",
    complexity: "O(N) where N is the total number of Redis commands",
    arguments: &[Arg {
        name: "filterby",
        kind: ArgKind::OneOf,
        token: "FILTERBY",
        optional: true,
        args: &[
            Arg { name: "module-name", token: "MODULE", ..Arg::NONE },
            Arg { name: "category", token: "ACLCAT", ..Arg::NONE },
            Arg { name: "pattern", kind: ArgKind::Pattern, token: "PATTERN", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    hints: &["nondeterministic_output_order"],
    ..Doc::NONE
};
