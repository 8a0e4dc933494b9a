//! Memory: the arena that holds everything that grows, and byte strings in it. Knows nothing of values or commands.

pub mod arena;
pub mod bytes;
pub mod fifo;
pub mod rope;

pub use arena::{Arena, Oom, Ref};
pub use bytes::{Bytes, Str};
pub use fifo::Fifo;
pub use rope::Rope;
