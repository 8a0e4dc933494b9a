//! What is kept of slow commands and latency spikes, in the arena. What is kept when is `commands`' business.

pub mod latency;
pub mod slowlog;
