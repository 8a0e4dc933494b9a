//! HELP of every command with subcommands: one handler, the texts by the container's name.

use super::spec::Command;
use super::{Ctx, table};
use crate::error::Error;

/// The lines between the first and the last two, none where the `docs` feature is off.
fn lines(container: &Command) -> &'static [&'static str] {
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

/// HELP of the container that was called.
pub fn help(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let container = table::container(ctx.row).unwrap_or(ctx.row);
    let lines = lines(container);
    ctx.array(lines.len() + 3);
    let reply = &mut ctx.e.reply;
    reply.put(&mut ctx.e.mem, b"+");
    for byte in container.name.bytes() {
        reply.put(&mut ctx.e.mem, &[byte.to_ascii_uppercase()]);
    }
    reply.put(&mut ctx.e.mem, b" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n");
    for line in lines {
        ctx.simple(line);
    }
    ctx.simple("HELP");
    ctx.simple("    Prints this help.");
    Ok(())
}
