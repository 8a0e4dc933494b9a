//! Configuration as the shell sees it: the command line, redis.conf's syntax and CONFIG REWRITE's. What the parameters
//! are and mean stands in the engine's table.

pub mod command_line;
pub mod load;
pub mod rewrite;
pub mod words;
