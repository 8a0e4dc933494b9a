//! COMMAND DOCS' texts for `config.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const CONFIG: Doc =
    Doc { summary: "A container for server configuration commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const CONFIG_GET: Doc = Doc {
    summary: "Get the values of configuration parameters",
    complexity: "O(N) when N is the number of configuration parameters provided",
    history: &[("7.0.0", "Added the ability to pass multiple pattern parameters in one call")],
    arguments: &[Arg {
        name: "parameter",
        kind: ArgKind::Block,
        multiple: true,
        args: &[Arg { name: "parameter", ..Arg::NONE }],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CONFIG_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const CONFIG_RESETSTAT: Doc = Doc { summary: "Reset the stats returned by INFO", complexity: "O(1)", ..Doc::NONE };

pub const CONFIG_REWRITE: Doc =
    Doc { summary: "Rewrite the configuration file with the in memory configuration", complexity: "O(1)", ..Doc::NONE };

pub const CONFIG_SET: Doc = Doc {
    summary: "Set configuration parameters to the given values",
    complexity: "O(N) when N is the number of configuration parameters provided",
    history: &[("7.0.0", "Added the ability to set multiple parameters in one call.")],
    arguments: &[Arg {
        name: "parameter_value",
        kind: ArgKind::Block,
        multiple: true,
        args: &[Arg { name: "parameter", ..Arg::NONE }, Arg { name: "value", ..Arg::NONE }],
        ..Arg::NONE
    }],
    hints: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    ..Doc::NONE
};
