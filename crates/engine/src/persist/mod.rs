//! Snapshots: MicroRDB to values and back, in bounded steps. Codecs only: what is done with the bytes is the shell's.

pub mod state;
