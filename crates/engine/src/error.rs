//! Why a command was refused, and the one place where that becomes the wire's text, which is Redis's.

use crate::memory::Oom;

/// What a session waits for before its next command is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suspended {
    /// SAVE until the snapshot is written.
    Save { number: u8 },
    /// FLUSHALL until a snapshot is written that is without what it has flushed.
    Flush,
    /// A write to a part that the running snapshot must write first.
    Snapshot,
    /// WAIT.
    Until(u64),
    /// CLIENT PAUSE.
    Paused,
    /// One of its keys to have something, until then at the longest (microseconds of the monotonic clock).
    Keys { until_us: u64 },
    /// Nothing any more: its time was over, or CLIENT UNBLOCK has ended it.
    Unblocked { is_error: bool },
    /// Something only the shell can do; it answers with `Engine::handle_answer`.
    Shell(Request),
}

/// What the shell is asked to do for a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    RewriteConfig,
    /// Parameters the shell acts on were set: it acts, or puts the old values back and says why.
    ApplyConfig,
    /// DEBUG RELOAD: save, empty, load; each but the last may be left out.
    Reload {
        save: bool,
        flush: bool,
        /// Keys of the file take the place of those that are there, which else end the load.
        merge: bool,
    },
    /// FLUSHALL so soon after a save that there may be none: what was saved must not come back at the next start.
    DropSaved,
    /// DEBUG SLEEP: nobody is served for so many microseconds. The call is run again then.
    Sleep(u64),
    /// SHUTDOWN ABORT.
    ShutdownAbort,
    /// SHUTDOWN: ends the server unless a save that is due fails, which is the answer.
    Shutdown {
        save: SaveWhen,
        force: bool,
    },
}

/// Whether SHUTDOWN saves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SaveWhen {
    /// Where save points are set.
    Configured,
    Always,
    Never,
}

/// Why a command was refused: the reply's text after the `-`, or one of the signs at the end. It is one word, so that
/// a result with it travels in a register; every command makes many of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error(pub &'static &'static str);

impl Error {
    pub const OOM: Error = Error(&"OOM command not allowed when used memory > 'maxmemory'.");
    pub const SYNTAX: Error = Error(&"ERR syntax error");
    pub const WRONG_TYPE: Error = Error(&"WRONGTYPE Operation against a key holding the wrong kind of value");
    pub const NOT_INTEGER: Error = Error(&"ERR value is not an integer or out of range");
    pub const NOT_FLOAT: Error = Error(&"ERR value is not a valid float");
    pub const NOT_POSITIVE: Error = Error(&"ERR value is out of range, must be positive");
    pub const OUT_OF_RANGE: Error = Error(&"ERR index out of range");
    pub const NO_SUCH_KEY: Error = Error(&"ERR no such key");
    /// What all but a few commands answer while a snapshot is loaded.
    pub const LOADING: Error = Error(&"LOADING Redis is loading the dataset in memory");

    /// A sign: the reply names the command. Also said of subcommands.
    pub const WRONG_ARITY: Error = Error(&"ERR wrong number of arguments");
    /// A sign: not among the commands that a RESP2 client may send while it is subscribed; the reply names it.
    pub const SUBSCRIBED: Error = Error(&"(subscribed)");
    /// A sign: the handler has written the error itself.
    pub const REPLIED: Error = Error(&"(replied)");
    /// A sign: the command is run again from its start when the reason, kept by [`crate::server::Server::suspend`], is
    /// gone; it has changed and replied nothing.
    pub const SUSPENDED: Error = Error(&"(suspended)");

    pub fn text(self) -> &'static str {
        self.0
    }
}

impl From<Oom> for Error {
    fn from(Oom: Oom) -> Error {
        Error::OOM
    }
}
