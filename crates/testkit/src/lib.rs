//! Test tools that talk to a server from outside: a RESP client, a server spawner, the script corpus and the
//! differential runner.
//!
//! Nothing here knows the engine: a server is a program with a port, ours or `redis-server`. What is learned of
//! the commands (their grammar, for random arguments) is learned from COMMAND DOCS, that is from the command table.

pub mod board;
pub mod client;
pub mod diff;
pub mod grammar;
pub mod quote;
pub mod resp;
pub mod script;
pub mod server;

pub use client::Client;
pub use resp::Value;
pub use server::{Program, Server};
