//! Geo commands: the rows. A geo index is a sorted set whose scores are geohash cells; whatever makes and reads sorted sets
//! works on it too. Handlers are in the files beside this one.

mod add;
mod area;
mod cell;
mod query;
mod read;
mod reply;
mod search;
#[cfg(test)]
mod tests;

use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use add::geoadd;
use read::{geodist, geohash, geopos};
use search::{georadius, georadius_ro, georadiusbymember, georadiusbymember_ro, geosearch, geosearchstore};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "geoadd",
        arity: -5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::Geo,
        since: "3.2.0",
        run: geoadd,
        subcommands: &[],
        doc: docs!(geo, GEOADD),
    },
    Command {
        name: "geodist",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "3.2.0",
        run: geodist,
        subcommands: &[],
        doc: docs!(geo, GEODIST),
    },
    Command {
        name: "geohash",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "3.2.0",
        run: geohash,
        subcommands: &[],
        doc: docs!(geo, GEOHASH),
    },
    Command {
        name: "geopos",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "3.2.0",
        run: geopos,
        subcommands: &[],
        doc: docs!(geo, GEOPOS),
    },
    Command {
        name: "georadius",
        arity: -6,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::GEO,
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::after("STORE", 6, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::after("STOREDIST", 6, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Geo,
        since: "3.2.0",
        run: georadius,
        subcommands: &[],
        doc: docs!(geo, GEORADIUS),
    },
    Command {
        name: "georadius_ro",
        arity: -6,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "3.2.10",
        run: georadius_ro,
        subcommands: &[],
        doc: docs!(geo, GEORADIUS_RO),
    },
    Command {
        name: "georadiusbymember",
        arity: -5,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::GEO,
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::after("STORE", 5, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::after("STOREDIST", 5, KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Geo,
        since: "3.2.0",
        run: georadiusbymember,
        subcommands: &[],
        doc: docs!(geo, GEORADIUSBYMEMBER),
    },
    Command {
        name: "georadiusbymember_ro",
        arity: -5,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "3.2.10",
        run: georadiusbymember_ro,
        subcommands: &[],
        doc: docs!(geo, GEORADIUSBYMEMBER_RO),
    },
    Command {
        name: "geosearch",
        arity: -7,
        flags: Flags::READONLY,
        acl: Acl::GEO,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Geo,
        since: "6.2.0",
        run: geosearch,
        subcommands: &[],
        doc: docs!(geo, GEOSEARCH),
    },
    Command {
        name: "geosearchstore",
        arity: -8,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::GEO,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::at(2, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Geo,
        since: "6.2.0",
        run: geosearchstore,
        subcommands: &[],
        doc: docs!(geo, GEOSEARCHSTORE),
    },
];
