//! The host shell around the MicroRedis engine.
pub mod conf;
