//! The MicroRedis engine: everything that makes it Redis, without I/O.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

pub mod args;
pub mod config;
pub mod error;
pub mod glob;
pub mod keyspace;
pub mod limits;
pub mod memory;
pub mod number;
pub mod resp;
pub mod session;
pub mod time;
pub mod value;
