//! MicroRedis on a host: the shell around the engine, as a program and as a library.
//!
//! The shell owns what the engine never sees: sockets, files, clocks, signals. [`Server`] starts one from code.

mod clients;
pub mod conf;
mod embed;
mod event_loop;
mod facts;
mod host;
mod log;
mod net;
pub mod program;
mod reconfigure;
mod settings;
mod signals;
mod snapshot;
mod startup;
mod supervisor;
mod sys;
mod time;

pub use embed::{Builder, Handle, Server};
pub use startup::StartError;
