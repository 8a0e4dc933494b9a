//! COMMAND DOCS' texts for `pubsub.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const PSUBSCRIBE: Doc = Doc {
    summary: "Listen for messages published to channels matching the given patterns",
    complexity: "O(N) where N is the number of patterns the client is already subscribed to.",
    arguments: &[Arg {
        name: "pattern",
        kind: ArgKind::Block,
        multiple: true,
        args: &[Arg { name: "pattern", kind: ArgKind::Pattern, ..Arg::NONE }],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const PUBLISH: Doc = Doc {
    summary: "Post a message to a channel",
    complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is \
        the total number of subscribed patterns (by any client).",
    arguments: &[Arg { name: "channel", ..Arg::NONE }, Arg { name: "message", ..Arg::NONE }],
    ..Doc::NONE
};

pub const PUBSUB: Doc =
    Doc { summary: "A container for Pub/Sub commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const PUBSUB_CHANNELS: Doc = Doc {
    summary: "List active channels",
    complexity: "O(N) where N is the number of active channels, and assuming constant time pattern \
        matching (relatively short channels and patterns)",
    arguments: &[Arg { name: "pattern", kind: ArgKind::Pattern, optional: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PUBSUB_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const PUBSUB_NUMPAT: Doc =
    Doc { summary: "Get the count of unique patterns pattern subscriptions", complexity: "O(1)", ..Doc::NONE };

pub const PUBSUB_NUMSUB: Doc = Doc {
    summary: "Get the count of subscribers for channels",
    complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
    arguments: &[Arg { name: "channel", optional: true, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PUBSUB_SHARDCHANNELS: Doc = Doc {
    summary: "List active shard channels",
    complexity: "O(N) where N is the number of active shard channels, and assuming constant time \
        pattern matching (relatively short shard channels).",
    arguments: &[Arg { name: "pattern", kind: ArgKind::Pattern, optional: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PUBSUB_SHARDNUMSUB: Doc = Doc {
    summary: "Get the count of subscribers for shard channels",
    complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard \
        channels",
    arguments: &[Arg { name: "shardchannel", optional: true, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const PUNSUBSCRIBE: Doc = Doc {
    summary: "Stop listening for messages posted to channels matching the given patterns",
    complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is \
        the number of total patterns subscribed in the system (by any client).",
    arguments: &[Arg { name: "pattern", kind: ArgKind::Pattern, optional: true, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const SPUBLISH: Doc = Doc {
    summary: "Post a message to a shard channel",
    complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
    arguments: &[Arg { name: "shardchannel", ..Arg::NONE }, Arg { name: "message", ..Arg::NONE }],
    ..Doc::NONE
};

pub const SSUBSCRIBE: Doc = Doc {
    summary: "Listen for messages published to the given shard channels",
    complexity: "O(N) where N is the number of shard channels to subscribe to.",
    arguments: &[Arg { name: "shardchannel", multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const SUBSCRIBE: Doc = Doc {
    summary: "Listen for messages published to the given channels",
    complexity: "O(N) where N is the number of channels to subscribe to.",
    arguments: &[Arg { name: "channel", multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const SUNSUBSCRIBE: Doc = Doc {
    summary: "Stop listening for messages posted to the given shard channels",
    complexity: "O(N) where N is the number of clients already subscribed to a shard channel.",
    arguments: &[Arg { name: "shardchannel", optional: true, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};

pub const UNSUBSCRIBE: Doc = Doc {
    summary: "Stop listening for messages posted to the given channels",
    complexity: "O(N) where N is the number of clients already subscribed to a channel.",
    arguments: &[Arg { name: "channel", optional: true, multiple: true, ..Arg::NONE }],
    ..Doc::NONE
};
