//! The host shell around the MicroRedis engine.
pub mod conf;
mod clients;
mod event_loop;
mod host;
mod log;
mod net;
pub mod program;
mod settings;
mod signals;
mod startup;
mod sys;
mod time;
