//! `supervised`: who has started the server and wants to hear that it is ready, systemd or upstart.

use crate::log::Log;
use sd_notify::NotifyState;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Supervisor {
    None,
    Upstart,
    Systemd,
}

impl Supervisor {
    /// What the parameter says, and the environment where it says `auto`. Upstart wants to see the process stopped when
    /// it is ready, and Redis stops here already.
    pub fn find(parameter: &str, log: &Log) -> Supervisor {
        let has = |name: &str| std::env::var_os(name).is_some();
        let (upstart, systemd) = match parameter {
            "auto" => (has("UPSTART_JOB"), has("NOTIFY_SOCKET") && !has("UPSTART_JOB")),
            other => (other == "upstart", other == "systemd"),
        };
        if upstart && has("UPSTART_JOB") {
            log.notice("supervised by upstart, will stop to signal readiness.");
            let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP);
            return Supervisor::Upstart;
        }
        if upstart {
            log.warning("upstart supervision requested, but UPSTART_JOB not found!");
        }
        if !systemd {
            return Supervisor::None;
        }
        if !has("NOTIFY_SOCKET") {
            log.warning("systemd supervision error: NOTIFY_SOCKET not found!");
            return Supervisor::None;
        }
        log.notice(
            "Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec \
             in your service unit.",
        );
        tell(log, NotifyState::Status("Redis is loading..."));
        Supervisor::Systemd
    }

    pub fn ready(self, log: &Log) {
        if self == Supervisor::Systemd {
            tell(log, NotifyState::Status("Ready to accept connections"));
            tell(log, NotifyState::Ready);
        }
    }

    pub fn stopping(self) {
        if self == Supervisor::Systemd {
            let _ = sd_notify::notify(&[NotifyState::Stopping]);
        }
    }
}

fn tell(log: &Log, state: NotifyState) {
    if let Err(e) = sd_notify::notify(&[state]) {
        log.warning(format_args!("systemd supervision error: {}", e));
    }
}
