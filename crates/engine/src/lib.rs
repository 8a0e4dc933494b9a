//! The MicroRedis engine: everything that makes it Redis, without I/O.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

pub mod glob;
pub mod limits;
pub mod memory;
pub mod number;
pub mod value;
