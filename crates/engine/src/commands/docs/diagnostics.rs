//! COMMAND DOCS' texts for `diagnostics.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const LATENCY: Doc =
    Doc { summary: "A container for latency diagnostics commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const LATENCY_DOCTOR: Doc = Doc {
    summary: "Return a human readable latency analysis report.",
    complexity: "O(1)",
    hints: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    ..Doc::NONE
};

pub const LATENCY_GRAPH: Doc = Doc {
    summary: "Return a latency graph for the event.",
    complexity: "O(1)",
    arguments: &[Arg { name: "event", ..Arg::NONE }],
    hints: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    ..Doc::NONE
};

pub const LATENCY_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands.", complexity: "O(1)", ..Doc::NONE };

pub const LATENCY_HISTOGRAM: Doc = Doc {
    summary: "Return the cumulative distribution of latencies of a subset of commands or all.",
    complexity: "O(N) where N is the number of commands with latency information being retrieved.",
    arguments: &[Arg { name: "command", optional: true, multiple: true, ..Arg::NONE }],
    hints: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    ..Doc::NONE
};

pub const LATENCY_HISTORY: Doc = Doc {
    summary: "Return timestamp-latency samples for the event.",
    complexity: "O(1)",
    arguments: &[Arg { name: "event", ..Arg::NONE }],
    hints: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    ..Doc::NONE
};

pub const LATENCY_LATEST: Doc = Doc {
    summary: "Return the latest latency samples for all events.",
    complexity: "O(1)",
    hints: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    ..Doc::NONE
};

pub const LATENCY_RESET: Doc = Doc {
    summary: "Reset latency data for one or more events.",
    complexity: "O(1)",
    arguments: &[Arg { name: "event", optional: true, multiple: true, ..Arg::NONE }],
    hints: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const SLOWLOG: Doc =
    Doc { summary: "A container for slow log commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const SLOWLOG_GET: Doc = Doc {
    summary: "Get the slow log's entries",
    complexity: "O(N) where N is the number of entries returned",
    history: &[("4.0.0", "Added client IP address, port and name to the reply.")],
    arguments: &[Arg { name: "count", kind: ArgKind::Integer, optional: true, ..Arg::NONE }],
    hints: &["request_policy:all_nodes", "nondeterministic_output"],
    ..Doc::NONE
};

pub const SLOWLOG_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const SLOWLOG_LEN: Doc = Doc {
    summary: "Get the slow log's length",
    complexity: "O(1)",
    hints: &["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
    ..Doc::NONE
};

pub const SLOWLOG_RESET: Doc = Doc {
    summary: "Clear all entries from the slow log",
    complexity: "O(N) where N is the number of entries in the slowlog",
    hints: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    ..Doc::NONE
};
