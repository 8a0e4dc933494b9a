//! The encodings: how values lie in the arena. Knows `memory`; knows nothing of keys, clients or commands.

pub mod item;
pub mod list;
pub mod record;
pub mod string;
pub mod table;
pub mod zset;
