//! HELP of every command with subcommands: one handler, the texts by the container's name.

use super::Ctx;
use super::spec::Command;
use crate::error::Error;

/// The lines between the first and the last two of a container's HELP, none where the `docs` feature is off.
pub fn lines(container: &Command) -> &'static [&'static str] {
    #[cfg(feature = "docs")]
    {
        use super::docs::help;
        match container.name {
            "client" => help::CLIENT,
            "command" => help::COMMAND,
            "config" => help::CONFIG,
            "debug" => help::DEBUG,
            "latency" => help::LATENCY,
            "memory" => help::MEMORY,
            "object" => help::OBJECT,
            "pubsub" => help::PUBSUB,
            "slowlog" => help::SLOWLOG,
            "xinfo" => help::XINFO,
            _ => &[],
        }
    }
    #[cfg(not(feature = "docs"))]
    {
        let _ = container;
        &[]
    }
}

pub fn help(_ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    Err(Error::NotImplemented)
}
