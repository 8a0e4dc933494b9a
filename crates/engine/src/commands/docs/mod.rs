//! COMMAND DOCS' texts: summaries, complexity, history and argument trees, a constant a command.
//!
//! Compiled only with the `docs` feature, so that a small board can leave the texts out.

pub mod bitmap;
pub mod command;
pub mod config;
pub mod connection;
pub mod diagnostics;
pub mod generic;
pub mod geo;
pub mod hash;
pub mod help;
pub mod hyperloglog;
pub mod list;
pub mod persistence;
pub mod pubsub;
pub mod scan;
pub mod scripting;
pub mod server;
pub mod set;
pub mod sort;
pub mod stream;
pub mod string;
pub mod transaction;
mod waiting;
pub mod zset;
