//! Why a command was refused, and the one place where that becomes the wire's text, which is Redis's.

use crate::memory::Oom;

/// What a session waits for before its next command is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suspended {
    /// SHUTDOWN or SAVE until the snapshot is written.
    Save,
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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The row has no handler yet; reads as an unknown command.
    NotImplemented,
    Oom,
    Syntax,
    WrongType,
    NotInteger,
    NotFloat,
    OutOfRange,
    NoSuchKey,
    /// Also said of subcommands.
    WrongArity,
    /// A text used in one place, with its prefix.
    Text(&'static str),
    /// The handler has written the error itself.
    Replied,
    /// The command is run again from its start when the reason is gone; it has changed and replied nothing.
    Suspended(Suspended),
}

/// What all but a few commands answer while a snapshot is loaded.
pub const LOADING: Error = Error::Text("LOADING Redis is loading the dataset in memory");

impl From<Oom> for Error {
    fn from(Oom: Oom) -> Error {
        Error::Oom
    }
}

impl Error {
    /// The reply's text after the `-`.
    pub fn text(self) -> &'static str {
        match self {
            Error::Oom => "OOM command not allowed when used memory > 'maxmemory'.",
            Error::Syntax => "ERR syntax error",
            Error::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Error::NotInteger => "ERR value is not an integer or out of range",
            Error::NotFloat => "ERR value is not a valid float",
            Error::OutOfRange => "ERR index out of range",
            Error::NoSuchKey => "ERR no such key",
            Error::WrongArity => "ERR wrong number of arguments",
            Error::Text(text) => text,
            Error::NotImplemented | Error::Replied | Error::Suspended(_) => "",
        }
    }
}
