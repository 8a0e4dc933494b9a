//! COMMAND DOCS' texts for `sort.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const SORT: Doc = Doc {
    summary: "Sort the elements in a list, set or sorted set",
    complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M \
        the number of returned elements. When the elements are not sorted, complexity is \
        O(N).",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "BY", key_spec: 1, optional: true, ..Arg::NONE },
        Arg {
            name: "offset_count",
            kind: ArgKind::Block,
            token: "LIMIT",
            optional: true,
            args: &[
                Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "pattern",
            kind: ArgKind::Pattern,
            token: "GET",
            key_spec: 1,
            optional: true,
            multiple: true,
            multiple_token: true,
            ..Arg::NONE
        },
        Arg {
            name: "order",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "asc", kind: ArgKind::PureToken, token: "ASC", ..Arg::NONE },
                Arg { name: "desc", kind: ArgKind::PureToken, token: "DESC", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "sorting", kind: ArgKind::PureToken, token: "ALPHA", optional: true, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, token: "STORE", key_spec: 2, optional: true, ..Arg::NONE },
    ],
    key_notes: &[
        (
            1,
            "For the optional BY/GET keyword. It is marked 'unknown' because the key names \
            derive from the content of the key we sort",
        ),
        (
            2,
            "For the optional STORE keyword. It is marked 'unknown' because the keyword can \
            appear anywhere in the argument array",
        ),
    ],
    ..Doc::NONE
};

pub const SORT_RO: Doc = Doc {
    summary: "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
    complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M \
        the number of returned elements. When the elements are not sorted, complexity is \
        O(N).",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "pattern", kind: ArgKind::Pattern, token: "BY", key_spec: 1, optional: true, ..Arg::NONE },
        Arg {
            name: "offset_count",
            kind: ArgKind::Block,
            token: "LIMIT",
            optional: true,
            args: &[
                Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "pattern",
            kind: ArgKind::Pattern,
            token: "GET",
            key_spec: 1,
            optional: true,
            multiple: true,
            multiple_token: true,
            ..Arg::NONE
        },
        Arg {
            name: "order",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "asc", kind: ArgKind::PureToken, token: "ASC", ..Arg::NONE },
                Arg { name: "desc", kind: ArgKind::PureToken, token: "DESC", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "sorting", kind: ArgKind::PureToken, token: "ALPHA", optional: true, ..Arg::NONE },
    ],
    key_notes: &[(
        1,
        "For the optional BY/GET keyword. It is marked 'unknown' because the key names \
            derive from the content of the key we sort",
    )],
    ..Doc::NONE
};
