//! Bit commands on strings: single bits, counts, searches, bitwise combination and integer fields.

mod bits;
mod combine;
mod field;
mod fields;

use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use bits::{bitcount, bitpos, getbit, setbit};
use combine::bitop;
use fields::{bitfield, bitfield_ro};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "bitcount",
        arity: -2,
        flags: Flags::READONLY,
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Bitmap,
        since: "2.6.0",
        run: bitcount,
        subcommands: &[],
        doc: docs!(bitmap, BITCOUNT),
    },
    Command {
        name: "bitfield",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(
            1,
            KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE).with(KeyFlags::VARIABLE_FLAGS),
        )],
        group: Group::Bitmap,
        since: "3.2.0",
        run: bitfield,
        subcommands: &[],
        doc: docs!(bitmap, BITFIELD),
    },
    Command {
        name: "bitfield_ro",
        arity: -2,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Bitmap,
        since: "6.0.0",
        run: bitfield_ro,
        subcommands: &[],
        doc: docs!(bitmap, BITFIELD_RO),
    },
    Command {
        name: "bitop",
        arity: -4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::BITMAP,
        keys: &[
            KeySpec::at(2, KeyFlags::OW.with(KeyFlags::UPDATE)),
            KeySpec::range(3, -1, 1, KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Bitmap,
        since: "2.6.0",
        run: bitop,
        subcommands: &[],
        doc: docs!(bitmap, BITOP),
    },
    Command {
        name: "bitpos",
        arity: -3,
        flags: Flags::READONLY,
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Bitmap,
        since: "2.8.7",
        run: bitpos,
        subcommands: &[],
        doc: docs!(bitmap, BITPOS),
    },
    Command {
        name: "getbit",
        arity: 3,
        flags: Flags::READONLY.with(Flags::FAST),
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS))],
        group: Group::Bitmap,
        since: "2.2.0",
        run: getbit,
        subcommands: &[],
        doc: docs!(bitmap, GETBIT),
    },
    Command {
        name: "setbit",
        arity: 4,
        flags: Flags::WRITE.with(Flags::DENYOOM),
        acl: Acl::BITMAP,
        keys: &[KeySpec::at(1, KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))],
        group: Group::Bitmap,
        since: "2.2.0",
        run: setbit,
        subcommands: &[],
        doc: docs!(bitmap, SETBIT),
    },
];
