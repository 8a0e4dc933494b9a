//! COMMAND DOCS' texts for `zset.rs`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};
use super::waiting::{DOUBLE_TIMEOUT, KEYS_AND_TIMEOUT, TIMEOUT};

pub const BZMPOP: Doc = Doc {
    summary: "Remove and return members with scores in a sorted set or block until one is available",
    complexity: ZMPOP.complexity,
    arguments: &[
        TIMEOUT,
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        WHERE,
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const BZPOPMAX: Doc = Doc {
    summary: "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    history: DOUBLE_TIMEOUT,
    arguments: KEYS_AND_TIMEOUT,
    ..Doc::NONE
};

pub const BZPOPMIN: Doc = Doc {
    summary: "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    history: DOUBLE_TIMEOUT,
    arguments: KEYS_AND_TIMEOUT,
    ..Doc::NONE
};

pub const ZADD: Doc = Doc {
    summary: "Add one or more members to a sorted set, or update its score if it already exists",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    history: &[
        ("2.4.0", "Accepts multiple elements."),
        ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
        ("6.2.0", "Added the `GT` and `LT` options."),
    ],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "3.0.2",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "comparison",
            kind: ArgKind::OneOf,
            since: "6.2.0",
            optional: true,
            args: &[
                Arg { name: "gt", kind: ArgKind::PureToken, token: "GT", ..Arg::NONE },
                Arg { name: "lt", kind: ArgKind::PureToken, token: "LT", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "change", kind: ArgKind::PureToken, token: "CH", since: "3.0.2", optional: true, ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::PureToken, token: "INCR", since: "3.0.2", optional: true, ..Arg::NONE },
        Arg {
            name: "score_member",
            kind: ArgKind::Block,
            multiple: true,
            args: &[Arg { name: "score", kind: ArgKind::Double, ..Arg::NONE }, Arg { name: "member", ..Arg::NONE }],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const ZCARD: Doc = Doc {
    summary: "Get the number of members in a sorted set",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }],
    ..Doc::NONE
};

pub const ZCOUNT: Doc = Doc {
    summary: "Count the members in a sorted set with scores within the given values",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "max", kind: ArgKind::Double, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZDIFF: Doc = Doc {
    summary: "Subtract multiple sorted sets",
    complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the \
        sets, N is the size of the first set, and K is the size of the result set.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZDIFFSTORE: Doc = Doc {
    summary: "Subtract multiple sorted sets and store the resulting sorted set in a new key",
    complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the \
        sets, N is the size of the first set, and K is the size of the result set.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZINCRBY: Doc = Doc {
    summary: "Increment the score of a member in a sorted set",
    complexity: "O(log(N)) where N is the number of elements in the sorted set.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "increment", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "member", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZINTER: Doc = Doc {
    summary: "Intersect multiple sorted sets",
    complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being \
        the number of input sorted sets and M being the number of elements in the resulting \
        sorted set.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "weight", kind: ArgKind::Integer, token: "WEIGHTS", optional: true, multiple: true, ..Arg::NONE },
        Arg {
            name: "aggregate",
            kind: ArgKind::OneOf,
            token: "AGGREGATE",
            optional: true,
            args: &[
                Arg { name: "sum", kind: ArgKind::PureToken, token: "SUM", ..Arg::NONE },
                Arg { name: "min", kind: ArgKind::PureToken, token: "MIN", ..Arg::NONE },
                Arg { name: "max", kind: ArgKind::PureToken, token: "MAX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZINTERCARD: Doc = Doc {
    summary: "Intersect multiple sorted sets and return the cardinality of the result",
    complexity: "O(N*K) worst case with N being the smallest input sorted set, K being the number of \
        input sorted sets.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "limit", kind: ArgKind::Integer, token: "LIMIT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZINTERSTORE: Doc = Doc {
    summary: "Intersect multiple sorted sets and store the resulting sorted set in a new key",
    complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being \
        the number of input sorted sets and M being the number of elements in the resulting \
        sorted set.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
        Arg { name: "weight", kind: ArgKind::Integer, token: "WEIGHTS", optional: true, multiple: true, ..Arg::NONE },
        Arg {
            name: "aggregate",
            kind: ArgKind::OneOf,
            token: "AGGREGATE",
            optional: true,
            args: &[
                Arg { name: "sum", kind: ArgKind::PureToken, token: "SUM", ..Arg::NONE },
                Arg { name: "min", kind: ArgKind::PureToken, token: "MIN", ..Arg::NONE },
                Arg { name: "max", kind: ArgKind::PureToken, token: "MAX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const ZLEXCOUNT: Doc = Doc {
    summary: "Count the number of members in a sorted set between a given lexicographical range",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", ..Arg::NONE },
        Arg { name: "max", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZMPOP: Doc = Doc {
    summary: "Remove and return members with scores in a sorted set",
    complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of \
        elements in the sorted set, and M being the number of elements popped.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        WHERE,
        Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZMSCORE: Doc = Doc {
    summary: "Get the score associated with the given members in a sorted set",
    complexity: "O(N) where N is the number of members being requested.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZPOPMAX: Doc = Doc {
    summary: "Remove and return members with the highest scores in a sorted set",
    complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the \
        number of elements popped.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZPOPMIN: Doc = Doc {
    summary: "Remove and return members with the lowest scores in a sorted set",
    complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the \
        number of elements popped.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "count", kind: ArgKind::Integer, optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZRANDMEMBER: Doc = Doc {
    summary: "Get one or multiple random elements from a sorted set",
    complexity: "O(N) where N is the number of elements returned",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "options",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    hints: &["nondeterministic_output"],
    ..Doc::NONE
};

pub const ZRANGE: Doc = Doc {
    summary: "Return a range of members in a sorted set",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements returned.",
    history: &[("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", ..Arg::NONE },
        Arg { name: "stop", ..Arg::NONE },
        Arg {
            name: "sortby",
            kind: ArgKind::OneOf,
            since: "6.2.0",
            optional: true,
            args: &[
                Arg { name: "byscore", kind: ArgKind::PureToken, token: "BYSCORE", ..Arg::NONE },
                Arg { name: "bylex", kind: ArgKind::PureToken, token: "BYLEX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "rev", kind: ArgKind::PureToken, token: "REV", since: "6.2.0", optional: true, ..Arg::NONE },
        Arg {
            name: "offset_count",
            kind: ArgKind::Block,
            token: "LIMIT",
            since: "6.2.0",
            optional: true,
            args: &[
                Arg { name: "offset", kind: ArgKind::Integer, ..Arg::NONE },
                Arg { name: "count", kind: ArgKind::Integer, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZRANGEBYLEX: Doc = Doc {
    summary: "Return a range of members in a sorted set, by lexicographical range",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements being returned. If M is constant (e.g. always asking for the first 10 \
        elements with LIMIT), you can consider it O(log(N)).",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`ZRANGE` with the `BYLEX` argument",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", ..Arg::NONE },
        Arg { name: "max", ..Arg::NONE },
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
    ],
    ..Doc::NONE
};

pub const ZRANGEBYSCORE: Doc = Doc {
    summary: "Return a range of members in a sorted set, by score",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements being returned. If M is constant (e.g. always asking for the first 10 \
        elements with LIMIT), you can consider it O(log(N)).",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`ZRANGE` with the `BYSCORE` argument",
    history: &[("2.0.0", "Added the `WITHSCORES` modifier.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "max", kind: ArgKind::Double, ..Arg::NONE },
        Arg {
            name: "withscores",
            kind: ArgKind::PureToken,
            token: "WITHSCORES",
            since: "2.0.0",
            optional: true,
            ..Arg::NONE
        },
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
    ],
    ..Doc::NONE
};

pub const ZRANGESTORE: Doc = Doc {
    summary: "Store a range of members from sorted set into another key",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements stored into the destination key.",
    arguments: &[
        Arg { name: "dst", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "src", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg { name: "min", ..Arg::NONE },
        Arg { name: "max", ..Arg::NONE },
        Arg {
            name: "sortby",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "byscore", kind: ArgKind::PureToken, token: "BYSCORE", ..Arg::NONE },
                Arg { name: "bylex", kind: ArgKind::PureToken, token: "BYLEX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "rev", kind: ArgKind::PureToken, token: "REV", optional: true, ..Arg::NONE },
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
    ],
    ..Doc::NONE
};

pub const ZRANK: Doc = Doc {
    summary: "Determine the index of a member in a sorted set",
    complexity: "O(log(N))",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "member", ..Arg::NONE }],
    ..Doc::NONE
};

pub const ZREM: Doc = Doc {
    summary: "Remove one or more members from a sorted set",
    complexity: "O(M*log(N)) with N being the number of elements in the sorted set and M the number \
        of elements to be removed.",
    history: &[("2.4.0", "Accepts multiple elements.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZREMRANGEBYLEX: Doc = Doc {
    summary: "Remove all members in a sorted set between the given lexicographical range",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements removed by the operation.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", ..Arg::NONE },
        Arg { name: "max", ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZREMRANGEBYRANK: Doc = Doc {
    summary: "Remove all members in a sorted set within the given indexes",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements removed by the operation.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "stop", kind: ArgKind::Integer, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZREMRANGEBYSCORE: Doc = Doc {
    summary: "Remove all members in a sorted set within the given scores",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements removed by the operation.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "min", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "max", kind: ArgKind::Double, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZREVRANGE: Doc = Doc {
    summary: "Return a range of members in a sorted set, by index, with scores ordered from high to low",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements returned.",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`ZRANGE` with the `REV` argument",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "start", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "stop", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZREVRANGEBYLEX: Doc = Doc {
    summary: "Return a range of members in a sorted set, by lexicographical range, ordered from \
        higher to lower strings.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements being returned. If M is constant (e.g. always asking for the first 10 \
        elements with LIMIT), you can consider it O(log(N)).",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`ZRANGE` with the `REV` and `BYLEX` arguments",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "max", ..Arg::NONE },
        Arg { name: "min", ..Arg::NONE },
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
    ],
    ..Doc::NONE
};

pub const ZREVRANGEBYSCORE: Doc = Doc {
    summary: "Return a range of members in a sorted set, by score, with scores ordered from high to low",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number \
        of elements being returned. If M is constant (e.g. always asking for the first 10 \
        elements with LIMIT), you can consider it O(log(N)).",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
    history: &[("2.1.6", "`min` and `max` can be exclusive.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "max", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "min", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
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
    ],
    ..Doc::NONE
};

pub const ZREVRANK: Doc = Doc {
    summary: "Determine the index of a member in a sorted set, with scores ordered from high to low",
    complexity: "O(log(N))",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "member", ..Arg::NONE }],
    ..Doc::NONE
};

pub const ZSCORE: Doc = Doc {
    summary: "Get the score associated with the given member in a sorted set",
    complexity: "O(1)",
    arguments: &[Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE }, Arg { name: "member", ..Arg::NONE }],
    ..Doc::NONE
};

pub const ZUNION: Doc = Doc {
    summary: "Add multiple sorted sets",
    complexity: "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M \
        being the number of elements in the resulting sorted set.",
    arguments: &[
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE },
        Arg { name: "weight", kind: ArgKind::Integer, token: "WEIGHTS", optional: true, multiple: true, ..Arg::NONE },
        Arg {
            name: "aggregate",
            kind: ArgKind::OneOf,
            token: "AGGREGATE",
            optional: true,
            args: &[
                Arg { name: "sum", kind: ArgKind::PureToken, token: "SUM", ..Arg::NONE },
                Arg { name: "min", kind: ArgKind::PureToken, token: "MIN", ..Arg::NONE },
                Arg { name: "max", kind: ArgKind::PureToken, token: "MAX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withscores", kind: ArgKind::PureToken, token: "WITHSCORES", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const ZUNIONSTORE: Doc = Doc {
    summary: "Add multiple sorted sets and store the resulting sorted set in a new key",
    complexity: "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M \
        being the number of elements in the resulting sorted set.",
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "numkeys", kind: ArgKind::Integer, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, key_spec: 1, multiple: true, ..Arg::NONE },
        Arg { name: "weight", kind: ArgKind::Integer, token: "WEIGHTS", optional: true, multiple: true, ..Arg::NONE },
        Arg {
            name: "aggregate",
            kind: ArgKind::OneOf,
            token: "AGGREGATE",
            optional: true,
            args: &[
                Arg { name: "sum", kind: ArgKind::PureToken, token: "SUM", ..Arg::NONE },
                Arg { name: "min", kind: ArgKind::PureToken, token: "MIN", ..Arg::NONE },
                Arg { name: "max", kind: ArgKind::PureToken, token: "MAX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

/// From which end.
const WHERE: Arg = Arg {
    name: "where",
    kind: ArgKind::OneOf,
    args: &[
        Arg { name: "min", kind: ArgKind::PureToken, token: "MIN", ..Arg::NONE },
        Arg { name: "max", kind: ArgKind::PureToken, token: "MAX", ..Arg::NONE },
    ],
    ..Arg::NONE
};
