//! Sorted set commands. ZSCAN is in `scan.rs`.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::error::Error;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "zadd",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::UPDATE))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zadd,
        subcommands: &[],
        doc: docs!(zset, ZADD),
    },
    Command {
        name: "zcard",
        arity: 2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO)],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zcard,
        subcommands: &[],
        doc: docs!(zset, ZCARD),
    },
    Command {
        name: "zcount",
        arity: 4,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zcount,
        subcommands: &[],
        doc: docs!(zset, ZCOUNT),
    },
    Command {
        name: "zdiff",
        arity: -3,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::counted(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zdiff,
        subcommands: &[],
        doc: docs!(zset, ZDIFF),
    },
    Command {
        name: "zdiffstore",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::counted(2, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zdiffstore,
        subcommands: &[],
        doc: docs!(zset, ZDIFFSTORE),
    },
    Command {
        name: "zincrby",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zincrby,
        subcommands: &[],
        doc: docs!(zset, ZINCRBY),
    },
    Command {
        name: "zinter",
        arity: -3,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::counted(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zinter,
        subcommands: &[],
        doc: docs!(zset, ZINTER),
    },
    Command {
        name: "zintercard",
        arity: -3,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::counted(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "7.0.0",
        run: zintercard,
        subcommands: &[],
        doc: docs!(zset, ZINTERCARD),
    },
    Command {
        name: "zinterstore",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::counted(2, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zinterstore,
        subcommands: &[],
        doc: docs!(zset, ZINTERSTORE),
    },
    Command {
        name: "zlexcount",
        arity: 4,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.8.9",
        run: zlexcount,
        subcommands: &[],
        doc: docs!(zset, ZLEXCOUNT),
    },
    Command {
        name: "zmpop",
        arity: -4,
        flags: Flags::WRITE.with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::counted(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "7.0.0",
        run: zmpop,
        subcommands: &[],
        doc: docs!(zset, ZMPOP),
    },
    Command {
        name: "zmscore",
        arity: -3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zmscore,
        subcommands: &[],
        doc: docs!(zset, ZMSCORE),
    },
    Command {
        name: "zpopmax",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "5.0.0",
        run: zpopmax,
        subcommands: &[],
        doc: docs!(zset, ZPOPMAX),
    },
    Command {
        name: "zpopmin",
        arity: -2,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "5.0.0",
        run: zpopmin,
        subcommands: &[],
        doc: docs!(zset, ZPOPMIN),
    },
    Command {
        name: "zrandmember",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zrandmember,
        subcommands: &[],
        doc: docs!(zset, ZRANDMEMBER),
    },
    Command {
        name: "zrange",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zrange,
        subcommands: &[],
        doc: docs!(zset, ZRANGE),
    },
    Command {
        name: "zrangebylex",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.8.9",
        run: zrangebylex,
        subcommands: &[],
        doc: docs!(zset, ZRANGEBYLEX),
    },
    Command {
        name: "zrangebyscore",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "1.0.5",
        run: zrangebyscore,
        subcommands: &[],
        doc: docs!(zset, ZRANGEBYSCORE),
    },
    Command {
        name: "zrangestore",
        arity: -5,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::SORTEDSET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::at(2, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zrangestore,
        subcommands: &[],
        doc: docs!(zset, ZRANGESTORE),
    },
    Command {
        name: "zrank",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zrank,
        subcommands: &[],
        doc: docs!(zset, ZRANK),
    },
    Command {
        name: "zrem",
        arity: -3,
        flags: Flags::WRITE.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zrem,
        subcommands: &[],
        doc: docs!(zset, ZREM),
    },
    Command {
        name: "zremrangebylex",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "2.8.9",
        run: zremrangebylex,
        subcommands: &[],
        doc: docs!(zset, ZREMRANGEBYLEX),
    },
    Command {
        name: "zremrangebyrank",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zremrangebyrank,
        subcommands: &[],
        doc: docs!(zset, ZREMRANGEBYRANK),
    },
    Command {
        name: "zremrangebyscore",
        arity: 4,
        flags: Flags::WRITE,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::DELETE))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zremrangebyscore,
        subcommands: &[],
        doc: docs!(zset, ZREMRANGEBYSCORE),
    },
    Command {
        name: "zrevrange",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zrevrange,
        subcommands: &[],
        doc: docs!(zset, ZREVRANGE),
    },
    Command {
        name: "zrevrangebylex",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.8.9",
        run: zrevrangebylex,
        subcommands: &[],
        doc: docs!(zset, ZREVRANGEBYLEX),
    },
    Command {
        name: "zrevrangebyscore",
        arity: -4,
        flags: Flags::READONLY,
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.2.0",
        run: zrevrangebyscore,
        subcommands: &[],
        doc: docs!(zset, ZREVRANGEBYSCORE),
    },
    Command {
        name: "zrevrank",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zrevrank,
        subcommands: &[],
        doc: docs!(zset, ZREVRANK),
    },
    Command {
        name: "zscore",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "1.2.0",
        run: zscore,
        subcommands: &[],
        doc: docs!(zset, ZSCORE),
    },
    Command {
        name: "zunion",
        arity: -3,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[KeySpec::counted(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::SortedSet,
        since: "6.2.0",
        run: zunion,
        subcommands: &[],
        doc: docs!(zset, ZUNION),
    },
    Command {
        name: "zunionstore",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::SORTEDSET,
        keys: &[
            KeySpec::at(1, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::counted(2, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::SortedSet,
        since: "2.0.0",
        run: zunionstore,
        subcommands: &[],
        doc: docs!(zset, ZUNIONSTORE),
    },
];

fn zadd(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zcard(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zcount(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zdiff(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zdiffstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zincrby(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zinter(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zintercard(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zinterstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zlexcount(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zmpop(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zmscore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zpopmax(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zpopmin(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrandmember(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrange(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrangebylex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrangebyscore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrangestore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrank(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrem(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zremrangebylex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zremrangebyrank(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zremrangebyscore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrevrange(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrevrangebylex(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrevrangebyscore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zrevrank(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zscore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zunion(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}

fn zunionstore(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
