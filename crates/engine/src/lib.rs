//! The MicroRedis engine: everything that makes it Redis, without I/O.
//!
//! [`Engine`] is the only entry; the contract of its drive loop stands there. Layers, each knowing only those before
//! it: `number`, `memory`, `value`, `args` and `resp`, `session`, `keyspace` and the server's state, `commands`,
//! `dispatch`, `engine`.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

pub mod args;
pub mod commands;
pub mod config;
pub mod diagnostics;
mod dispatch;
pub mod effects;
pub mod engine;
pub mod error;
pub mod facts;
pub mod glob;
pub mod keyspace;
pub mod limits;
pub mod memory;
pub mod number;
pub mod persist;
pub mod resp;
pub mod server;
pub mod session;
pub mod stats;
pub mod text;
pub mod time;
pub mod value;
mod word;

pub use engine::{ConfigError, Engine, Parts, Refused};
pub use error::{Request, SaveWhen};
pub use facts::Facts;
pub use server::LogLevel;
pub use session::{ClientId, Peer, Session};
pub use time::{Now, Timeline};
