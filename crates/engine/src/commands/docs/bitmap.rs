//! COMMAND DOCS' texts for `bitmap.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const BITCOUNT: Doc = Doc {
    summary: "Count set bits in a string",
    complexity: "O(N)",
    history: &[("7.0.0", "Added the `BYTE|BIT` option.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "index",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "end", kind: ArgKind::Integer, ..Arg::NONE },
                Arg {
                    name: "index_unit",
                    kind: ArgKind::OneOf,
                    since: "7.0.0",
                    optional: true,
                    args: &[
                        Arg { name: "byte", kind: ArgKind::PureToken, token: "BYTE", ..Arg::NONE },
                        Arg { name: "bit", kind: ArgKind::PureToken, token: "BIT", ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const BITFIELD: Doc = Doc {
    summary: "Perform arbitrary bitfield integer operations on strings",
    complexity: "O(1) for each subcommand specified",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "operation",
            kind: ArgKind::OneOf,
            optional: true,
            multiple: true,
            args: &[
                Arg {
                    name: "encoding_offset",
                    kind: ArgKind::Block,
                    token: "GET",
                    args: &[
                        Arg { name: "encoding", ..Arg::NONE },
                        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
                Arg {
                    name: "write",
                    kind: ArgKind::Block,
                    args: &[
                        Arg {
                            name: "wrap_sat_fail",
                            kind: ArgKind::OneOf,
                            token: "OVERFLOW",
                            optional: true,
                            args: &[
                                Arg { name: "wrap", kind: ArgKind::PureToken, token: "WRAP", ..Arg::NONE },
                                Arg { name: "sat", kind: ArgKind::PureToken, token: "SAT", ..Arg::NONE },
                                Arg { name: "fail", kind: ArgKind::PureToken, token: "FAIL", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                        Arg {
                            name: "write_operation",
                            kind: ArgKind::OneOf,
                            args: &[
                                Arg {
                                    name: "encoding_offset_value",
                                    kind: ArgKind::Block,
                                    token: "SET",
                                    args: &[
                                        Arg { name: "encoding", ..Arg::NONE },
                                        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                                        Arg { name: "value", kind: ArgKind::Integer, ..Arg::NONE },
                                    ],
                                    ..Arg::NONE
                                },
                                Arg {
                                    name: "encoding_offset_increment",
                                    kind: ArgKind::Block,
                                    token: "INCRBY",
                                    args: &[
                                        Arg { name: "encoding", ..Arg::NONE },
                                        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                                        Arg { name: "increment", kind: ArgKind::Integer, ..Arg::NONE },
                                    ],
                                    ..Arg::NONE
                                },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
    ],
    key_notes: &[(0, "This command allows both access and modification of the key")],
    ..Doc::NONE
};

pub const BITFIELD_RO: Doc = Doc {
    summary: "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
    complexity: "O(1) for each subcommand specified",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "encoding_offset",
            kind: ArgKind::Block,
            token: "GET",
            optional: true,
            multiple: true,
            multiple_token: true,
            args: &[Arg { name: "encoding", ..Arg::NONE }, Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const BITOP: Doc = Doc {
    summary: "Perform bitwise operations between strings",
    complexity: "O(N)",
    arguments: &[
        Arg { name: "operation", ..Arg::NONE },
        Arg { name: "destkey", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const BITPOS: Doc = Doc {
    summary: "Find first bit set or clear in a string",
    complexity: "O(N)",
    history: &[("7.0.0", "Added the `BYTE|BIT` option.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "bit", kind: ArgKind::Integer, ..Arg::NONE },
        Arg {
            name: "index",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
                Arg {
                    name: "end_index",
                    kind: ArgKind::Block,
                    optional: true,
                    args: &[
                        Arg { name: "end", kind: ArgKind::Integer, ..Arg::NONE },
                        Arg {
                            name: "index_unit",
                            kind: ArgKind::OneOf,
                            since: "7.0.0",
                            optional: true,
                            args: &[
                                Arg { name: "byte", kind: ArgKind::PureToken, token: "BYTE", ..Arg::NONE },
                                Arg { name: "bit", kind: ArgKind::PureToken, token: "BIT", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const GETBIT: Doc = Doc {
    summary: "Returns the bit value at offset in the string value stored at key",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const SETBIT: Doc = Doc {
    summary: "Sets or clears the bit at offset in the string value stored at key",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "value", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};
