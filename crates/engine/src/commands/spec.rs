//! The row type of the command table: what is known of a command besides what it does.
//!
//! Everything that is said of a command anywhere (dispatch, arity and key checks, COMMAND and its subcommands, ACL
//! categories, the generated documents, the random tests' vocabulary) is derived from these rows. Not here: handlers.

use super::Ctx;
use crate::error::Error;

/// Runs one command: parse, act, reply. An `Err` becomes the reply's exact text in one place (`error.rs`).
pub type Handler = fn(&mut Ctx<'_, '_>) -> Result<(), Error>;

/// One command or subcommand.
#[derive(Clone, Copy)]
pub struct Command {
    /// Lower case; of a subcommand its own name only (`"get"` of CONFIG GET).
    pub name: &'static str,
    /// Number of arguments with the name(s); negative: at least so many. As COMMAND INFO says it.
    pub arity: i8,
    pub flags: Flags,
    /// Categories beyond those that follow from the flags (write, read, admin and dangerous, pubsub, blocking,
    /// fast or slow).
    pub acl: Acl,
    pub keys: &'static [KeySpec],
    pub group: Group,
    pub since: &'static str,
    pub run: Handler,
    /// Sorted by name; empty for a command without subcommands. Where a subcommand is required (arity -2), the
    /// container's own `run` is never called; it names one of them.
    pub subcommands: &'static [Command],
    pub doc: &'static Doc,
}

impl Command {
    /// Every ACL category: those that follow from the flags and those of the row.
    pub const fn categories(&self) -> Acl {
        let mut all = self.acl;
        if self.flags.has(Flags::WRITE) {
            all = all.with(Acl::WRITE);
        }
        // A script may write, whatever it is called for.
        if self.flags.has(Flags::READONLY) && !matches!(self.group, Group::Scripting) {
            all = all.with(Acl::READ);
        }
        if self.flags.has(Flags::ADMIN) {
            all = all.with(Acl::ADMIN).with(Acl::DANGEROUS);
        }
        if self.flags.has(Flags::PUBSUB) {
            all = all.with(Acl::PUBSUB);
        }
        if self.flags.has(Flags::BLOCKING) {
            all = all.with(Acl::BLOCKING);
        }
        all.with(if self.flags.has(Flags::FAST) { Acl::FAST } else { Acl::SLOW })
    }
}

/// Command flags, the names and meanings of Redis 7's COMMAND INFO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(pub u32);

impl Flags {
    pub const NONE: Flags = Flags(0);
    pub const WRITE: Flags = Flags(1 << 0);
    pub const READONLY: Flags = Flags(1 << 1);
    pub const DENYOOM: Flags = Flags(1 << 2);
    pub const ADMIN: Flags = Flags(1 << 3);
    pub const PUBSUB: Flags = Flags(1 << 4);
    pub const NOSCRIPT: Flags = Flags(1 << 5);
    pub const BLOCKING: Flags = Flags(1 << 6);
    pub const LOADING: Flags = Flags(1 << 7);
    pub const STALE: Flags = Flags(1 << 8);
    pub const SKIP_MONITOR: Flags = Flags(1 << 9);
    pub const SKIP_SLOWLOG: Flags = Flags(1 << 10);
    pub const ASKING: Flags = Flags(1 << 11);
    pub const FAST: Flags = Flags(1 << 12);
    pub const NO_AUTH: Flags = Flags(1 << 13);
    pub const MAY_REPLICATE: Flags = Flags(1 << 14);
    pub const NO_MULTI: Flags = Flags(1 << 15);
    pub const ALLOW_BUSY: Flags = Flags(1 << 16);
    pub const NO_ASYNC_LOADING: Flags = Flags(1 << 17);
    pub const MOVABLEKEYS: Flags = Flags(1 << 18);
    pub const NO_MANDATORY_KEYS: Flags = Flags(1 << 19);

    /// Both sets together; a `const` stand-in for `|`, so that rows stay constants.
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags set, in the order and with the names of COMMAND INFO.
    pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
        const NAMES: &[(Flags, &str)] = &[
            (Flags::WRITE, "write"),
            (Flags::READONLY, "readonly"),
            (Flags::DENYOOM, "denyoom"),
            (Flags::ADMIN, "admin"),
            (Flags::PUBSUB, "pubsub"),
            (Flags::NOSCRIPT, "noscript"),
            (Flags::BLOCKING, "blocking"),
            (Flags::LOADING, "loading"),
            (Flags::STALE, "stale"),
            (Flags::SKIP_MONITOR, "skip_monitor"),
            (Flags::SKIP_SLOWLOG, "skip_slowlog"),
            (Flags::ASKING, "asking"),
            (Flags::FAST, "fast"),
            (Flags::NO_AUTH, "no_auth"),
            (Flags::NO_MANDATORY_KEYS, "no_mandatory_keys"),
            (Flags::NO_ASYNC_LOADING, "no_async_loading"),
            (Flags::NO_MULTI, "no_multi"),
            (Flags::MOVABLEKEYS, "movablekeys"),
            (Flags::ALLOW_BUSY, "allow_busy"),
        ];
        NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
    }
}

/// ACL categories as bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acl(pub u32);

impl Acl {
    pub const NONE: Acl = Acl(0);
    pub const KEYSPACE: Acl = Acl(1 << 0);
    pub const READ: Acl = Acl(1 << 1);
    pub const WRITE: Acl = Acl(1 << 2);
    pub const SET: Acl = Acl(1 << 3);
    pub const SORTEDSET: Acl = Acl(1 << 4);
    pub const LIST: Acl = Acl(1 << 5);
    pub const HASH: Acl = Acl(1 << 6);
    pub const STRING: Acl = Acl(1 << 7);
    pub const BITMAP: Acl = Acl(1 << 8);
    pub const HYPERLOGLOG: Acl = Acl(1 << 9);
    pub const GEO: Acl = Acl(1 << 10);
    pub const STREAM: Acl = Acl(1 << 11);
    pub const PUBSUB: Acl = Acl(1 << 12);
    pub const ADMIN: Acl = Acl(1 << 13);
    pub const FAST: Acl = Acl(1 << 14);
    pub const SLOW: Acl = Acl(1 << 15);
    pub const BLOCKING: Acl = Acl(1 << 16);
    pub const DANGEROUS: Acl = Acl(1 << 17);
    pub const CONNECTION: Acl = Acl(1 << 18);
    pub const TRANSACTION: Acl = Acl(1 << 19);
    pub const SCRIPTING: Acl = Acl(1 << 20);

    pub const fn with(self, other: Acl) -> Acl {
        Acl(self.0 | other.0)
    }

    pub const fn has(self, other: Acl) -> bool {
        self.0 & other.0 == other.0
    }

    /// The category of this name in any case, without its `@`.
    pub fn from_name(name: &[u8]) -> Option<Acl> {
        ACL_NAMES.iter().find(|(_, n)| n.as_bytes().eq_ignore_ascii_case(name)).map(|(category, _)| *category)
    }

    /// The categories' names, without the `@`, in the order of COMMAND INFO.
    pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
        ACL_NAMES.iter().filter(move |(category, _)| self.has(*category)).map(|(_, name)| *name)
    }
}

const ACL_NAMES: &[(Acl, &str)] = &[
    (Acl::KEYSPACE, "keyspace"),
    (Acl::READ, "read"),
    (Acl::WRITE, "write"),
    (Acl::SET, "set"),
    (Acl::SORTEDSET, "sortedset"),
    (Acl::LIST, "list"),
    (Acl::HASH, "hash"),
    (Acl::STRING, "string"),
    (Acl::BITMAP, "bitmap"),
    (Acl::HYPERLOGLOG, "hyperloglog"),
    (Acl::GEO, "geo"),
    (Acl::STREAM, "stream"),
    (Acl::PUBSUB, "pubsub"),
    (Acl::ADMIN, "admin"),
    (Acl::FAST, "fast"),
    (Acl::SLOW, "slow"),
    (Acl::BLOCKING, "blocking"),
    (Acl::DANGEROUS, "dangerous"),
    (Acl::CONNECTION, "connection"),
    (Acl::TRANSACTION, "transaction"),
    (Acl::SCRIPTING, "scripting"),
];

/// Where keys stand among the arguments and what is done to them: Redis 7's key specifications.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeySpec {
    pub flags: KeyFlags,
    pub begin: Begin,
    pub find: Find,
}

impl KeySpec {
    /// One key at a fixed position.
    pub const fn at(index: u8, flags: KeyFlags) -> KeySpec {
        KeySpec::range(index, 0, 1, flags)
    }

    /// Keys from a fixed position on; `last` and `step` as in [`Find::Range`].
    pub const fn range(index: u8, last: i8, step: u8, flags: KeyFlags) -> KeySpec {
        KeySpec { flags, begin: Begin::Index(index), find: Find::Range { last, step, limit: 0 } }
    }

    /// One key behind a keyword, which is searched from position `from` on.
    pub const fn after(keyword: &'static str, from: u8, flags: KeyFlags) -> KeySpec {
        KeySpec { begin: Begin::Keyword { keyword, from }, ..KeySpec::at(0, flags) }
    }

    /// Keys that no position tells, as those of SORT's patterns.
    pub const fn unknown(flags: KeyFlags) -> KeySpec {
        KeySpec { flags, begin: Begin::Unknown, find: Find::Unknown }
    }

    /// A number of keys at a fixed position, the keys right behind it.
    pub const fn counted(index: u8, flags: KeyFlags) -> KeySpec {
        KeySpec { flags, begin: Begin::Index(index), find: Find::Keynum { index: 0, first: 1, step: 1 } }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Argument position, the command's name being 0.
    Index(u8),
    /// After this keyword, searched from position `from` on.
    Keyword {
        keyword: &'static str,
        from: u8,
    },
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Find {
    /// `last` is relative to the first key; negative counts from the end of the arguments. A `limit` of n says that
    /// only the first n-th part of the arguments from the first key on are keys (XREAD's streams, then as many ids).
    Range {
        last: i8,
        step: u8,
        limit: u8,
    },
    /// `numkeys` stands at `index`, the first key at `first`, both relative to the begin position.
    Keynum {
        index: u8,
        first: u8,
        step: u8,
    },
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyFlags(pub u16);

impl KeyFlags {
    pub const NONE: KeyFlags = KeyFlags(0);
    pub const RW: KeyFlags = KeyFlags(1 << 0);
    pub const RO: KeyFlags = KeyFlags(1 << 1);
    pub const OW: KeyFlags = KeyFlags(1 << 2);
    pub const RM: KeyFlags = KeyFlags(1 << 3);
    pub const ACCESS: KeyFlags = KeyFlags(1 << 4);
    pub const UPDATE: KeyFlags = KeyFlags(1 << 5);
    pub const INSERT: KeyFlags = KeyFlags(1 << 6);
    pub const DELETE: KeyFlags = KeyFlags(1 << 7);
    pub const NOT_KEY: KeyFlags = KeyFlags(1 << 8);
    pub const INCOMPLETE: KeyFlags = KeyFlags(1 << 9);
    pub const VARIABLE_FLAGS: KeyFlags = KeyFlags(1 << 10);

    pub const fn with(self, other: KeyFlags) -> KeyFlags {
        KeyFlags(self.0 | other.0)
    }

    pub const fn has(self, other: KeyFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags set, in the order and with the names of COMMAND INFO.
    pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
        const NAMES: &[(KeyFlags, &str)] = &[
            (KeyFlags::RO, "RO"),
            (KeyFlags::RW, "RW"),
            (KeyFlags::OW, "OW"),
            (KeyFlags::RM, "RM"),
            (KeyFlags::ACCESS, "access"),
            (KeyFlags::UPDATE, "update"),
            (KeyFlags::INSERT, "insert"),
            (KeyFlags::DELETE, "delete"),
            (KeyFlags::NOT_KEY, "not_key"),
            (KeyFlags::INCOMPLETE, "incomplete"),
            (KeyFlags::VARIABLE_FLAGS, "variable_flags"),
        ];
        NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
    }
}

/// The groups of COMMAND DOCS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    Hyperloglog,
    Cluster,
    Geo,
    Stream,
    Bitmap,
}

impl Group {
    pub const fn name(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::List => "list",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Hash => "hash",
            Group::PubSub => "pubsub",
            Group::Transactions => "transactions",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Scripting => "scripting",
            Group::Hyperloglog => "hyperloglog",
            Group::Cluster => "cluster",
            Group::Geo => "geo",
            Group::Stream => "stream",
            Group::Bitmap => "bitmap",
        }
    }
}

/// What COMMAND DOCS says of a command beyond the row itself. [`Doc::NONE`] where the `docs` feature is off.
pub struct Doc {
    pub summary: &'static str,
    pub complexity: &'static str,
    /// `deprecated` or `syscmd` or "".
    pub flags: &'static [&'static str],
    pub deprecated_since: &'static str,
    pub replaced_by: &'static str,
    /// (version, change)
    pub history: &'static [(&'static str, &'static str)],
    pub arguments: &'static [Arg],
    /// COMMAND INFO's tips (`nondeterministic_output` ...).
    pub hints: &'static [&'static str],
    /// COMMAND INFO's notes: (index of the key specification, text).
    pub key_notes: &'static [(u8, &'static str)],
}

impl Doc {
    pub const NONE: Doc = Doc {
        summary: "",
        complexity: "",
        flags: &[],
        deprecated_since: "",
        replaced_by: "",
        history: &[],
        arguments: &[],
        hints: &[],
        key_notes: &[],
    };
}

/// One argument of a command in COMMAND DOCS' grammar.
pub struct Arg {
    pub name: &'static str,
    pub kind: ArgKind,
    /// The keyword before the argument, or the word itself for [`ArgKind::PureToken`]; "" for none.
    pub token: &'static str,
    pub since: &'static str,
    pub deprecated_since: &'static str,
    /// For [`ArgKind::Key`], and for patterns of keys: which of the row's key specifications it belongs to.
    pub key_spec: u8,
    pub optional: bool,
    pub multiple: bool,
    pub multiple_token: bool,
    /// Members of a block or alternatives of a one-of.
    pub args: &'static [Arg],
}

impl Arg {
    pub const NONE: Arg = Arg {
        name: "",
        kind: ArgKind::String,
        token: "",
        since: "",
        deprecated_since: "",
        key_spec: 0,
        optional: false,
        multiple: false,
        multiple_token: false,
        args: &[],
    };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgKind {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl ArgKind {
    pub const fn name(self) -> &'static str {
        match self {
            ArgKind::String => "string",
            ArgKind::Integer => "integer",
            ArgKind::Double => "double",
            ArgKind::Key => "key",
            ArgKind::Pattern => "pattern",
            ArgKind::UnixTime => "unix-time",
            ArgKind::PureToken => "pure-token",
            ArgKind::OneOf => "oneof",
            ArgKind::Block => "block",
        }
    }
}

/// `docs!(string, APPEND)`: a row's texts from `docs/string.rs`, or none where the `docs` feature is off.
#[cfg(feature = "docs")]
macro_rules! docs {
    ($group:ident, $name:ident) => {
        &super::docs::$group::$name
    };
}

#[cfg(not(feature = "docs"))]
macro_rules! docs {
    ($group:ident, $name:ident) => {
        &super::spec::Doc::NONE
    };
}

pub(super) use docs;
