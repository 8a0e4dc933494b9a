//! The host shell around the MicroRedis engine.
