//! The memory gate: what is done before a command when memory is above its limit.

use crate::commands::spec::{Command, Flags};
use crate::error::Error;
use crate::server::Server;
use crate::session::ClientId;

/// Refuses a command that may need memory while there is too little and eviction cannot make room.
pub fn gate(server: &mut Server, _id: ClientId, row: &'static Command) -> Result<(), Error> {
    let limit = server.config.maxmemory;
    if limit == 0 || server.used_memory() as u64 <= limit {
        return Ok(());
    }
    if row.flags.has(Flags::DENYOOM) { Err(Error::Oom) } else { Ok(()) }
}
