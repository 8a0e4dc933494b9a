//! COMMAND DOCS' texts for `list.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};
use super::waiting::{DOUBLE_TIMEOUT, KEYS_AND_TIMEOUT, TIMEOUT};

pub const BLMOVE: Doc = Doc {
    summary: "Pop an element from a list, push it to another list and return it; or block until one is available",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg { name: "wherefrom", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
        Arg { name: "whereto", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
        TIMEOUT,
    ],
    ..Doc::NONE
};

pub const BLMPOP: Doc = Doc {
    summary: "Pop elements from a list, or block until one is available",
    complexity: LMPOP.complexity,
    arguments: &[
        TIMEOUT,
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "where", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const BLPOP: Doc = Doc {
    summary: "Remove and get the first element in a list, or block until one is available",
    complexity: "O(N) where N is the number of provided keys.",
    history: DOUBLE_TIMEOUT,
    arguments: KEYS_AND_TIMEOUT,
    ..Doc::NONE
};

pub const BRPOP: Doc =
    Doc { summary: "Remove and get the last element in a list, or block until one is available", ..BLPOP };

pub const BRPOPLPUSH: Doc = Doc {
    summary: "Pop an element from a list, push it to another list and return it; or block until one is available",
    complexity: "O(1)",
    history: DOUBLE_TIMEOUT,
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        TIMEOUT,
    ],
    ..Doc::NONE
};

pub const LINDEX: Doc = Doc {
    summary: "Get an element from a list by its index",
    complexity: "O(N) where N is the number of elements to traverse to get to the element at index. \
        This makes asking for the first or the last element of the list O(1).",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "index", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LINSERT: Doc = Doc {
    summary: "Insert an element before or after another element in a list",
    complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. \
        This means that inserting somewhere on the left end on the list (head) can be \
        considered O(1) and inserting somewhere on the right end (tail) is O(N).",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "where",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "before", kind: ArgKind::PureToken, token: "BEFORE", ..Arg::NONE },
                Arg { name: "after", kind: ArgKind::PureToken, token: "AFTER", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "pivot", ..Arg::NONE },
        Arg { name: "element", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LLEN: Doc = Doc {
    summary: "Get the length of a list",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const LMOVE: Doc = Doc {
    summary: "Pop an element from a list, push it to another list and return it",
    complexity: "O(1)",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg { name: "wherefrom", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
        Arg { name: "whereto", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LMPOP: Doc = Doc {
    summary: "Pop elements from a list",
    complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "where", kind: ArgKind::OneOf, args: SIDES, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LPOP: Doc = Doc {
    summary: "Remove and get the first elements in a list",
    complexity: "O(N) where N is the number of elements returned",
    history: &[("6.2.0", "Added the `count` argument.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, since: "6.2.0", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LPOS: Doc = Doc {
    summary: "Return the index of matching elements on a list",
    complexity: "O(N) where N is the number of elements in the list, for the average case. When \
        searching for elements near the head or the tail of the list, or when the MAXLEN \
        option is provided, the command may run in constant time.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", ..Arg::NONE },
        Arg { name: "rank", kind: ArgKind::Integer, token: "RANK", optional: true, ..Arg::NONE },
        Arg { name: "num-matches", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
        Arg { name: "len", kind: ArgKind::Integer, token: "MAXLEN", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LPUSH: Doc = Doc {
    summary: "Prepend one or multiple elements to a list",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called \
        with multiple arguments.",
    history: &[("2.4.0", "Accepts multiple `element` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LPUSHX: Doc = Doc {
    summary: "Prepend an element to a list, only if the list exists",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called \
        with multiple arguments.",
    history: &[("4.0.0", "Accepts multiple `element` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LRANGE: Doc = Doc {
    summary: "Get a range of elements from a list",
    complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from \
        nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the \
        specified range.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "stop", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LREM: Doc = Doc {
    summary: "Remove elements from a list",
    complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "element", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LSET: Doc = Doc {
    summary: "Set the value of an element in a list by its index",
    complexity: "O(N) where N is the length of the list. Setting either the first or the last element \
        of the list is O(1).",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "index", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "element", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const LTRIM: Doc = Doc {
    summary: "Trim a list to the specified range",
    complexity: "O(N) where N is the number of elements to be removed by the operation.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "stop", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const RPOP: Doc = Doc {
    summary: "Remove and get the last elements in a list",
    complexity: "O(N) where N is the number of elements returned",
    history: &[("6.2.0", "Added the `count` argument.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, since: "6.2.0", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const RPOPLPUSH: Doc = Doc {
    summary: "Remove the last element in a list, prepend it to another list and return it",
    complexity: "O(1)",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
    arguments: &[
        Arg { name: "source", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "destination", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const RPUSH: Doc = Doc {
    summary: "Append one or multiple elements to a list",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called \
        with multiple arguments.",
    history: &[("2.4.0", "Accepts multiple `element` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const RPUSHX: Doc = Doc {
    summary: "Append an element to a list, only if the list exists",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called \
        with multiple arguments.",
    history: &[("4.0.0", "Accepts multiple `element` arguments.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "element", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

/// From which end, or to which.
const SIDES: &[Arg] = &[
    Arg { name: "left", kind: ArgKind::PureToken, token: "LEFT", ..Arg::NONE },
    Arg { name: "right", kind: ArgKind::PureToken, token: "RIGHT", ..Arg::NONE },
];
