//! COMMAND DOCS' texts for `geo/`, as Redis 7.0.15 says them.

use super::super::spec::{Arg, ArgKind, Doc};

pub const GEOADD: Doc = Doc {
    summary: "Add one or more geospatial items in the geospatial index represented using a \
        sorted set",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted \
        set.",
    history: &[("6.2.0", "Added the `CH`, `NX` and `XX` options.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "condition",
            kind: ArgKind::OneOf,
            since: "6.2.0",
            optional: true,
            args: &[
                Arg { name: "nx", kind: ArgKind::PureToken, token: "NX", ..Arg::NONE },
                Arg { name: "xx", kind: ArgKind::PureToken, token: "XX", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "change", kind: ArgKind::PureToken, token: "CH", since: "6.2.0", optional: true, ..Arg::NONE },
        Arg {
            name: "longitude_latitude_member",
            kind: ArgKind::Block,
            multiple: true,
            args: &[
                Arg { name: "longitude", kind: ArgKind::Double, ..Arg::NONE },
                Arg { name: "latitude", kind: ArgKind::Double, ..Arg::NONE },
                Arg { name: "member", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const GEODIST: Doc = Doc {
    summary: "Returns the distance between two members of a geospatial index",
    complexity: "O(log(N))",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member1", ..Arg::NONE },
        Arg { name: "member2", ..Arg::NONE },
        Arg {
            name: "unit",
            kind: ArgKind::OneOf,
            optional: true,
            args: &[
                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
    ],
    ..Doc::NONE
};

pub const GEOHASH: Doc = Doc {
    summary: "Returns members of a geospatial index as standard geohash strings",
    complexity: "O(log(N)) for each member requested, where N is the number of elements in the \
        sorted set.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GEOPOS: Doc = Doc {
    summary: "Returns longitude and latitude of members of a geospatial index",
    complexity: "O(N) where N is the number of members requested.",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", multiple: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GEORADIUS: Doc = Doc {
    summary: "Query a sorted set representing a geospatial index to fetch members matching a \
        given maximum distance from a point",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the \
        circular area delimited by center and radius and M is the number of items inside the \
        index.",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    history: &[("6.2.0", "Added the `ANY` option for `COUNT`."), ("7.0.0", "Added support for uppercase unit names.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "longitude", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "latitude", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "radius", kind: ArgKind::Double, ..Arg::NONE },
        Arg {
            name: "unit",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withcoord", kind: ArgKind::PureToken, token: "WITHCOORD", optional: true, ..Arg::NONE },
        Arg { name: "withdist", kind: ArgKind::PureToken, token: "WITHDIST", optional: true, ..Arg::NONE },
        Arg { name: "withhash", kind: ArgKind::PureToken, token: "WITHHASH", optional: true, ..Arg::NONE },
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg {
                    name: "any",
                    kind: ArgKind::PureToken,
                    token: "ANY",
                    since: "6.2.0",
                    optional: true,
                    ..Arg::NONE
                },
            ],
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
        Arg { name: "key", kind: ArgKind::Key, token: "STORE", key_spec: 1, optional: true, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, token: "STOREDIST", key_spec: 2, optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GEORADIUS_RO: Doc = Doc {
    summary: "A read-only variant for GEORADIUS",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the \
        circular area delimited by center and radius and M is the number of items inside the \
        index.",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`GEOSEARCH` with the `BYRADIUS` argument",
    history: &[("6.2.0", "Added the `ANY` option for `COUNT`.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "longitude", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "latitude", kind: ArgKind::Double, ..Arg::NONE },
        Arg { name: "radius", kind: ArgKind::Double, ..Arg::NONE },
        Arg {
            name: "unit",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withcoord", kind: ArgKind::PureToken, token: "WITHCOORD", optional: true, ..Arg::NONE },
        Arg { name: "withdist", kind: ArgKind::PureToken, token: "WITHDIST", optional: true, ..Arg::NONE },
        Arg { name: "withhash", kind: ArgKind::PureToken, token: "WITHHASH", optional: true, ..Arg::NONE },
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg {
                    name: "any",
                    kind: ArgKind::PureToken,
                    token: "ANY",
                    since: "6.2.0",
                    optional: true,
                    ..Arg::NONE
                },
            ],
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
    ],
    ..Doc::NONE
};

pub const GEORADIUSBYMEMBER: Doc = Doc {
    summary: "Query a sorted set representing a geospatial index to fetch members matching a \
        given maximum distance from a member",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the \
        circular area delimited by center and radius and M is the number of items inside the \
        index.",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    history: &[("7.0.0", "Added support for uppercase unit names.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", ..Arg::NONE },
        Arg { name: "radius", kind: ArgKind::Double, ..Arg::NONE },
        Arg {
            name: "unit",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withcoord", kind: ArgKind::PureToken, token: "WITHCOORD", optional: true, ..Arg::NONE },
        Arg { name: "withdist", kind: ArgKind::PureToken, token: "WITHDIST", optional: true, ..Arg::NONE },
        Arg { name: "withhash", kind: ArgKind::PureToken, token: "WITHHASH", optional: true, ..Arg::NONE },
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg { name: "any", kind: ArgKind::PureToken, token: "ANY", optional: true, ..Arg::NONE },
            ],
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
        Arg { name: "key", kind: ArgKind::Key, token: "STORE", key_spec: 1, optional: true, ..Arg::NONE },
        Arg { name: "key", kind: ArgKind::Key, token: "STOREDIST", key_spec: 2, optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GEORADIUSBYMEMBER_RO: Doc = Doc {
    summary: "A read-only variant for GEORADIUSBYMEMBER",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the \
        circular area delimited by center and radius and M is the number of items inside the \
        index.",
    flags: &["deprecated"],
    deprecated_since: "6.2.0",
    replaced_by: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "member", ..Arg::NONE },
        Arg { name: "radius", kind: ArgKind::Double, ..Arg::NONE },
        Arg {
            name: "unit",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withcoord", kind: ArgKind::PureToken, token: "WITHCOORD", optional: true, ..Arg::NONE },
        Arg { name: "withdist", kind: ArgKind::PureToken, token: "WITHDIST", optional: true, ..Arg::NONE },
        Arg { name: "withhash", kind: ArgKind::PureToken, token: "WITHHASH", optional: true, ..Arg::NONE },
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg { name: "any", kind: ArgKind::PureToken, token: "ANY", optional: true, ..Arg::NONE },
            ],
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
    ],
    ..Doc::NONE
};

pub const GEOSEARCH: Doc = Doc {
    summary: "Query a sorted set representing a geospatial index to fetch members inside an \
        area of a box or a circle.",
    complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box \
        area around the shape provided as the filter and M is the number of items inside the \
        shape",
    history: &[("7.0.0", "Added support for uppercase unit names.")],
    arguments: &[
        Arg { name: "key", kind: ArgKind::Key, ..Arg::NONE },
        Arg {
            name: "from",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "member", token: "FROMMEMBER", ..Arg::NONE },
                Arg {
                    name: "longitude_latitude",
                    kind: ArgKind::Block,
                    token: "FROMLONLAT",
                    args: &[
                        Arg { name: "longitude", kind: ArgKind::Double, ..Arg::NONE },
                        Arg { name: "latitude", kind: ArgKind::Double, ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "by",
            kind: ArgKind::OneOf,
            args: &[
                Arg {
                    name: "circle",
                    kind: ArgKind::Block,
                    args: &[
                        Arg { name: "radius", kind: ArgKind::Double, token: "BYRADIUS", ..Arg::NONE },
                        Arg {
                            name: "unit",
                            kind: ArgKind::OneOf,
                            args: &[
                                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
                Arg {
                    name: "box",
                    kind: ArgKind::Block,
                    args: &[
                        Arg { name: "width", kind: ArgKind::Double, token: "BYBOX", ..Arg::NONE },
                        Arg { name: "height", kind: ArgKind::Double, ..Arg::NONE },
                        Arg {
                            name: "unit",
                            kind: ArgKind::OneOf,
                            args: &[
                                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
            ],
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
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg { name: "any", kind: ArgKind::PureToken, token: "ANY", optional: true, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "withcoord", kind: ArgKind::PureToken, token: "WITHCOORD", optional: true, ..Arg::NONE },
        Arg { name: "withdist", kind: ArgKind::PureToken, token: "WITHDIST", optional: true, ..Arg::NONE },
        Arg { name: "withhash", kind: ArgKind::PureToken, token: "WITHHASH", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};

pub const GEOSEARCHSTORE: Doc = Doc {
    summary: "Query a sorted set representing a geospatial index to fetch members inside an \
        area of a box or a circle, and store the result in another key.",
    complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box \
        area around the shape provided as the filter and M is the number of items inside the \
        shape",
    history: &[("7.0.0", "Added support for uppercase unit names.")],
    arguments: &[
        Arg { name: "destination", kind: ArgKind::Key, ..Arg::NONE },
        Arg { name: "source", kind: ArgKind::Key, key_spec: 1, ..Arg::NONE },
        Arg {
            name: "from",
            kind: ArgKind::OneOf,
            args: &[
                Arg { name: "member", token: "FROMMEMBER", ..Arg::NONE },
                Arg {
                    name: "longitude_latitude",
                    kind: ArgKind::Block,
                    token: "FROMLONLAT",
                    args: &[
                        Arg { name: "longitude", kind: ArgKind::Double, ..Arg::NONE },
                        Arg { name: "latitude", kind: ArgKind::Double, ..Arg::NONE },
                    ],
                    ..Arg::NONE
                },
            ],
            ..Arg::NONE
        },
        Arg {
            name: "by",
            kind: ArgKind::OneOf,
            args: &[
                Arg {
                    name: "circle",
                    kind: ArgKind::Block,
                    args: &[
                        Arg { name: "radius", kind: ArgKind::Double, token: "BYRADIUS", ..Arg::NONE },
                        Arg {
                            name: "unit",
                            kind: ArgKind::OneOf,
                            args: &[
                                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
                Arg {
                    name: "box",
                    kind: ArgKind::Block,
                    args: &[
                        Arg { name: "width", kind: ArgKind::Double, token: "BYBOX", ..Arg::NONE },
                        Arg { name: "height", kind: ArgKind::Double, ..Arg::NONE },
                        Arg {
                            name: "unit",
                            kind: ArgKind::OneOf,
                            args: &[
                                Arg { name: "m", kind: ArgKind::PureToken, token: "M", ..Arg::NONE },
                                Arg { name: "km", kind: ArgKind::PureToken, token: "KM", ..Arg::NONE },
                                Arg { name: "ft", kind: ArgKind::PureToken, token: "FT", ..Arg::NONE },
                                Arg { name: "mi", kind: ArgKind::PureToken, token: "MI", ..Arg::NONE },
                            ],
                            ..Arg::NONE
                        },
                    ],
                    ..Arg::NONE
                },
            ],
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
        Arg {
            name: "count",
            kind: ArgKind::Block,
            optional: true,
            args: &[
                Arg { name: "count", kind: ArgKind::Integer, token: "COUNT", ..Arg::NONE },
                Arg { name: "any", kind: ArgKind::PureToken, token: "ANY", optional: true, ..Arg::NONE },
            ],
            ..Arg::NONE
        },
        Arg { name: "storedist", kind: ArgKind::PureToken, token: "STOREDIST", optional: true, ..Arg::NONE },
    ],
    ..Doc::NONE
};
