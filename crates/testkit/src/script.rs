//! Script corpus.
