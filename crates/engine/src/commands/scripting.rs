//! FUNCTION FLUSH, the one script command that suites send to any server: there is nothing to flush.

use super::Ctx;
use super::spec::{Acl, Command, Flags, Group, docs};
use crate::error::Error;
use crate::word::Word;

pub const COMMANDS: &[Command] = &[Command {
    name: "function",
    arity: -2,
    flags: Flags::NONE,
    acl: Acl::NONE,
    keys: &[],
    group: Group::Scripting,
    since: "7.0.0",
    run: function_flush,
    subcommands: &[Command {
        name: "flush",
        arity: -2,
        flags: Flags::WRITE.with(Flags::NOSCRIPT),
        acl: Acl::SCRIPTING,
        keys: &[],
        group: Group::Scripting,
        since: "7.0.0",
        run: function_flush,
        subcommands: &[],
        doc: docs!(scripting, FUNCTION_FLUSH),
    }],
    doc: docs!(scripting, FUNCTION),
}];

fn function_flush(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    match (ctx.argc(), ctx.word(2)) {
        (2, _) | (3, Word::Sync | Word::Async) => ctx.ok(),
        (3, _) => return Err(Error(&"ERR FUNCTION FLUSH only supports SYNC|ASYNC option")),
        _ => {
            let text = &"ERR unknown subcommand or wrong number of arguments for 'flush'. Try FUNCTION HELP.";
            return Err(Error(text));
        }
    }
    Ok(())
}
