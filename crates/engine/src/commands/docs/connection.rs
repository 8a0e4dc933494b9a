//! COMMAND DOCS' texts for `connection.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const AUTH: Doc = Doc {
    summary: "Authenticate to the server",
    complexity: "O(N) where N is the number of passwords defined for the user",
    history: &[("6.0.0", "Added ACL style (username and password).")],
    arguments: &[
        Arg { name: "username", since: "6.0.0", optional: true, ..Arg::NONE },
        Arg { name: "password", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const CLIENT: Doc =
    Doc { summary: "A container for client connection commands", complexity: "Depends on subcommand.", ..Doc::NONE };

pub const CLIENT_CACHING: Doc = Doc {
    summary: "Instruct the server about tracking or not keys in the next request",
    complexity: "O(1)",
    arguments: &[Arg {
        name: "mode",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "yes", kind: ArgKind::PureToken, token: "YES", ..Arg::NONE },
            Arg { name: "no", kind: ArgKind::PureToken, token: "NO", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_GETNAME: Doc = Doc { summary: "Get the current connection name", complexity: "O(1)", ..Doc::NONE };

pub const CLIENT_GETREDIR: Doc =
    Doc { summary: "Get tracking notifications redirection client ID if any", complexity: "O(1)", ..Doc::NONE };

pub const CLIENT_HELP: Doc =
    Doc { summary: "Show helpful text about the different subcommands", complexity: "O(1)", ..Doc::NONE };

pub const CLIENT_ID: Doc =
    Doc { summary: "Returns the client ID for the current connection", complexity: "O(1)", ..Doc::NONE };

pub const CLIENT_INFO: Doc = Doc {
    summary: "Returns information about the current client connection.",
    complexity: "O(1)",
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const CLIENT_KILL: Doc = Doc {
    summary: "Kill the connection of a client",
    complexity: "O(N) where N is the number of client connections",
    history: &[
        ("2.8.12", "Added new filter format."),
        ("2.8.12", "`ID` option."),
        ("3.2.0", "Added `master` type in for `TYPE` option."),
        (
            "5.0.0",
            "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward \
            compatibility.",
        ),
        ("6.2.0", "`LADDR` option."),
    ],
    arguments: &[Arg {
        name: "filter",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "ip:port", deprecated_since: "2.8.12", ..Arg::NONE },
            Arg {
                name: "new-format",
                kind: ArgKind::OneOf,
                multiple: true,
                args: &[
                    Arg {
                        name: "client-id",
                        kind: ArgKind::Integer,
                        token: "ID",
                        since: "2.8.12",
                        optional: true,
                        ..Arg::NONE
                    },
                    Arg {
                        name: "normal_master_slave_pubsub",
                        kind: ArgKind::OneOf,
                        token: "TYPE",
                        since: "2.8.12",
                        optional: true,
                        args: &[
                            Arg { name: "normal", kind: ArgKind::PureToken, token: "NORMAL", ..Arg::NONE },
                            Arg {
                                name: "master",
                                kind: ArgKind::PureToken,
                                token: "MASTER",
                                since: "3.2.0",
                                ..Arg::NONE
                            },
                            Arg { name: "slave", kind: ArgKind::PureToken, token: "SLAVE", ..Arg::NONE },
                            Arg {
                                name: "replica",
                                kind: ArgKind::PureToken,
                                token: "REPLICA",
                                since: "5.0.0",
                                ..Arg::NONE
                            },
                            Arg { name: "pubsub", kind: ArgKind::PureToken, token: "PUBSUB", ..Arg::NONE },
                        ],
                        ..Arg::NONE
                    },
                    Arg { name: "username", token: "USER", optional: true, ..Arg::NONE },
                    Arg { name: "ip:port", token: "ADDR", optional: true, ..Arg::NONE },
                    Arg { name: "ip:port", token: "LADDR", since: "6.2.0", optional: true, ..Arg::NONE },
                    Arg { name: "yes/no", token: "SKIPME", optional: true, ..Arg::NONE },
                ],
                ..Arg::NONE
            },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_LIST: Doc = Doc {
    summary: "Get the list of client connections",
    complexity: "O(N) where N is the number of client connections",
    history: &[
        ("2.8.12", "Added unique client `id` field."),
        ("5.0.0", "Added optional `TYPE` filter."),
        ("6.0.0", "Added `user` field."),
        ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
        ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
        ("7.0.3", "Added `ssub` field."),
    ],
    arguments: &[
        Arg {
            name: "normal_master_replica_pubsub",
            kind: ArgKind::OneOf,
            token: "TYPE",
            since: "5.0.0",
            optional: true,
            args: &[
                Arg { name: "normal", kind: ArgKind::PureToken, token: "NORMAL", ..Arg::NONE },
                Arg { name: "master", kind: ArgKind::PureToken, token: "MASTER", ..Arg::NONE },
                Arg { name: "replica", kind: ArgKind::PureToken, token: "REPLICA", ..Arg::NONE },
                Arg { name: "pubsub", kind: ArgKind::PureToken, token: "PUBSUB", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "id",
            kind: ArgKind::Block,
            token: "ID",
            since: "6.2.0",
            optional: true,
            args: &[Arg { name: "client-id", kind: ArgKind::Integer, multiple: true, ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const CLIENT_NO_EVICT: Doc = Doc {
    summary: "Set client eviction mode for the current connection",
    complexity: "O(1)",
    arguments: &[Arg {
        name: "enabled",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "on", kind: ArgKind::PureToken, token: "ON", ..Arg::NONE },
            Arg { name: "off", kind: ArgKind::PureToken, token: "OFF", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_NO_TOUCH: Doc = Doc {
    summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys",
    complexity: "O(1)",
    arguments: &[Arg {
        name: "enabled",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "on", kind: ArgKind::PureToken, token: "ON", ..Arg::NONE },
            Arg { name: "off", kind: ArgKind::PureToken, token: "OFF", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_PAUSE: Doc = Doc {
    summary: "Stop processing commands from clients for some time",
    complexity: "O(1)",
    history: &[("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option.")],
    arguments: &[
        Arg { name: "timeout", kind: ArgKind::Integer, ..Arg::NONE },
        Arg {
            name: "mode",
            kind: ArgKind::OneOf,
            since: "6.2.0",
            optional: true,
            args: &[
                Arg { name: "write", kind: ArgKind::PureToken, token: "WRITE", ..Arg::NONE },
                Arg { name: "all", kind: ArgKind::PureToken, token: "ALL", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const CLIENT_REPLY: Doc = Doc {
    summary: "Instruct the server whether to reply to commands",
    complexity: "O(1)",
    arguments: &[Arg {
        name: "on_off_skip",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "on", kind: ArgKind::PureToken, token: "ON", ..Arg::NONE },
            Arg { name: "off", kind: ArgKind::PureToken, token: "OFF", ..Arg::NONE },
            Arg { name: "skip", kind: ArgKind::PureToken, token: "SKIP", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_SETINFO: Doc = Doc {
    summary: "Sets information specific to the client or connection",
    complexity: "O(1)",
    arguments: &[Arg {
        name: "attr",
        kind: ArgKind::OneOf,
        args: &[
            Arg { name: "libname", token: "LIB-NAME", ..Arg::NONE },
            Arg { name: "libver", token: "LIB-VER", ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const CLIENT_SETNAME: Doc = Doc {
    summary: "Set the current connection name",
    complexity: "O(1)",
    arguments: &[Arg { name: "connection-name", ..Arg::NONE }],
    ..Doc::NONE
};

pub const CLIENT_TRACKING: Doc = Doc {
    summary: "Enable or disable server assisted client side caching support",
    complexity: "O(1). Some options may introduce additional complexity.",
    arguments: &[
        Arg {
            name: "status",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "on", kind: ArgKind::PureToken, token: "ON", ..Arg::NONE },
                Arg { name: "off", kind: ArgKind::PureToken, token: "OFF", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "client-id", kind: ArgKind::Integer, token: "REDIRECT", optional: true, ..Arg::NONE },
        Arg { name: "prefix", token: "PREFIX", optional: true, multiple: true, multiple_token: true, ..Arg::NONE },
        Arg { name: "bcast", kind: ArgKind::PureToken, token: "BCAST", optional: true, ..Arg::NONE },
        Arg { name: "optin", kind: ArgKind::PureToken, token: "OPTIN", optional: true, ..Arg::NONE },
        Arg { name: "optout", kind: ArgKind::PureToken, token: "OPTOUT", optional: true, ..Arg::NONE },
        Arg { name: "noloop", kind: ArgKind::PureToken, token: "NOLOOP", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const CLIENT_TRACKINGINFO: Doc = Doc {
    summary: "Return information about server assisted client side caching for the current connection",
    complexity: "O(1)",
    ..Doc::NONE
};

pub const CLIENT_UNBLOCK: Doc = Doc {
    summary: "Unblock a client blocked in a blocking command from a different connection",
    complexity: "O(log N) where N is the number of client connections",
    arguments: &[
        Arg { name: "client-id", kind: ArgKind::Integer, ..Arg::NONE },
        Arg {
            name: "timeout_error",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "timeout", kind: ArgKind::PureToken, token: "TIMEOUT", ..Arg::NONE },
                Arg { name: "error", kind: ArgKind::PureToken, token: "ERROR", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const CLIENT_UNPAUSE: Doc = Doc {
    summary: "Resume processing of clients that were paused",
    complexity: "O(N) Where N is the number of paused clients",
    ..Doc::NONE
};

pub const ECHO: Doc = Doc {
    summary: "Echo the given string",
    complexity: "O(1)",
    arguments: &[Arg { name: "message", ..Arg::NONE }],
    ..Doc::NONE
};

pub const HELLO: Doc = Doc {
    summary: "Handshake with Redis",
    complexity: "O(1)",
    history: &[(
        "6.2.0",
        "`protover` made optional; when called without arguments the command reports the \
            current connection's context.",
    )],
    arguments: &[Arg {
        name: "arguments",
        kind: ArgKind::Block,
        optional: true,
        args: &[
            Arg { name: "protover", kind: ArgKind::Integer, ..Arg::NONE },
            Arg {
                name: "username_password",
                kind: ArgKind::Block,
                token: "AUTH",
                optional: true,
                args: &[Arg { name: "username", ..Arg::NONE }, Arg { name: "password", ..Arg::NONE }],
                ..Arg::NONE
            },
            Arg { name: "clientname", token: "SETNAME", optional: true, ..Arg::NONE },
        ],
        ..Arg::NONE
    }],
    ..Doc::NONE
};

pub const PING: Doc = Doc {
    summary: "Ping the server",
    complexity: "O(1)",
    arguments: &[Arg { name: "message", optional: true, ..Arg::NONE }],
    hints: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Doc::NONE
};

pub const QUIT: Doc = Doc { summary: "Close the connection", complexity: "O(1)", ..Doc::NONE };

pub const RESET: Doc = Doc { summary: "Reset the connection", complexity: "O(1)", ..Doc::NONE };

pub const SELECT: Doc = Doc {
    summary: "Change the selected database for the current connection",
    complexity: "O(1)",
    arguments: &[Arg { name: "index", kind: ArgKind::Integer, ..Arg::NONE }],
    ..Doc::NONE
};
