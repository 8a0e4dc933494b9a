//! The wire: requests in, replies out. Knows `memory`; knows nothing of commands or values.

pub mod reply;
pub mod request;
