//! From settings to a running loop, with Redis's log lines in Redis's order: its own test suite and people's scripts
//! wait for some of them.

use crate::event_loop::EventLoop;
use crate::host::Host;
use crate::log::Log;
use crate::net::{BindError, BindErrorKind, Listener};
use crate::settings::Settings;
use crate::snapshot::{self, Loading};
use crate::sys::HostedEngine;
use microredis_engine::persist::load::Existing;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io::IsTerminal;

/// The Redis whose behaviour this server has.
pub const REDIS_VERSION: &str = "7.0.15";

/// Descriptors beyond the clients', as Redis reserves them.
const RESERVED_FILES: u64 = 32;

/// The lines before anything is set up.
pub fn announce(log: &Log, configured: bool) {
    log.warning("oO0OoO0OoO0Oo MicroRedis is starting oO0OoO0OoO0Oo");
    log.warning(format_args!(
        "Redis version={REDIS_VERSION}, bits={}, commit=00000000, modified=0, pid={}, just started, MicroRedis {}",
        usize::BITS,
        std::process::id(),
        env!("CARGO_PKG_VERSION"),
    ));
    if configured {
        log.warning("Configuration loaded");
    } else {
        log.warning(
            "Warning: no config file specified, using the default config. In order to specify a config file use \
             microredis /path/to/redis.conf",
        );
    }
}

/// Everything that listens. An error has been logged.
pub fn listen(settings: &Settings, log: &Log) -> Result<Vec<Listener>, StartError> {
    let mut listeners = listen_tcp(settings, log)?;
    if !settings.unixsocket.is_empty() {
        match Listener::unix(&settings.unixsocket, settings.unixsocketperm, settings.tcp_backlog) {
            Ok(listener) => listeners.push(listener),
            Err(e) => {
                log.warning(format_args!("Failed opening Unix socket: {}", e.text));
                return Err(StartError(format!("{}: {}", settings.unixsocket, e.text)));
            }
        }
    }
    if listeners.is_empty() {
        log.warning("Configured to not listen anywhere, exiting.");
        return Err(StartError("configured to not listen anywhere".into()));
    }
    Ok(listeners)
}

/// The addresses of `bind`.
pub fn listen_tcp(settings: &Settings, log: &Log) -> Result<Vec<Listener>, StartError> {
    let mut listeners = Vec::new();
    if !settings.listens_on_tcp() {
        return Ok(listeners);
    }
    // With any free port, the first address decides for all.
    let mut port = settings.port;
    for address in &settings.bind {
        let (optional, address) = match address.strip_prefix('-') {
            Some(address) => (true, address),
            None => (false, &address[..]),
        };
        match Listener::tcp(address, port, settings.tcp_backlog) {
            Ok(listener) => {
                port = listener.local_addr().map_or(port, |a| a.port());
                listeners.push(listener);
            }
            Err(BindError { text, kind }) => {
                log.warning(format_args!(
                    "Warning: Could not create server TCP listening socket {address}:{port}: {text}"
                ));
                let is_missing = kind == BindErrorKind::NotAvailable;
                if kind != BindErrorKind::Unsupported && !(optional && is_missing) {
                    log.warning(format_args!("Failed listening on port {port} (TCP), aborting."));
                    return Err(StartError(format!("{address}:{port}: {text}")));
                }
            }
        }
    }
    Ok(listeners)
}

/// Why a server could not be started; the log has it, too.
#[derive(Debug, PartialEq, Eq)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// Raises the limit on open files so that `maxclients` can be served, or says how many can.
pub fn raise_open_files(maxclients: usize, log: &Log) -> usize {
    let wanted = maxclients as u64 + RESERVED_FILES;
    let Ok((old, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return maxclients };
    if old >= wanted {
        return maxclients;
    }
    let best = if try_open_files(wanted, hard) { wanted } else { most_open_files(old, wanted, hard) };
    if best >= wanted {
        log.notice(format_args!(
            "Increased maximum number of open files to {wanted} (it was originally set to {old})."
        ));
        return maxclients;
    }
    let possible = best.saturating_sub(RESERVED_FILES).max(1);
    log.warning(format_args!(
        "You requested maxclients of {maxclients} requiring at least {wanted} max file descriptors."
    ));
    log.warning(format_args!("Server can't set maximum open files to {wanted} because of OS error."));
    log.warning(format_args!(
        "Current maximum open files is {best}. maxclients has been reduced to {possible} to compensate for low ulimit. \
         If you need higher maxclients increase 'ulimit -n'."
    ));
    possible as usize
}

fn try_open_files(files: u64, hard: u64) -> bool {
    setrlimit(Resource::RLIMIT_NOFILE, files, files.max(hard)).is_ok()
        || files <= hard && setrlimit(Resource::RLIMIT_NOFILE, files, hard).is_ok()
}

/// The most the system grants, between what there is and what it refused.
fn most_open_files(mut granted: u64, mut refused: u64, hard: u64) -> u64 {
    while granted + 1 < refused {
        let middle = granted + (refused - granted) / 2;
        if try_open_files(middle, hard) { granted = middle } else { refused = middle }
    }
    granted
}

/// The lines between set-up and the loop, and the process's pid file.
pub fn initialized(host: &Host) {
    let (log, settings) = (&host.log, &host.settings);
    if let Some(file) = settings.pid_file() {
        // Best effort, as in Redis.
        let _ = std::fs::write(file, format!("{}\n", std::process::id()));
    }
    let port = settings.port;
    if settings.always_show_logo || log.is_stdout() && std::io::stdout().is_terminal() {
        log.write_raw(&logo(port));
    } else {
        log.notice(format_args!("Running mode=standalone, port={port}."));
    }
    if let Ok(text) = std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        && let Ok(most) = text.trim().parse::<i32>()
        && most > 0
        && most < settings.tcp_backlog
    {
        log.warning(format_args!(
            "WARNING: The TCP backlog setting of {} cannot be enforced because /proc/sys/net/core/somaxconn is set to \
             the lower value of {most}.",
            settings.tcp_backlog
        ));
    }
    log.warning("Server initialized");
}

/// Opens the snapshot file, if there is one. A damaged one ends the start: nothing may begin empty over it. The error
/// has been logged.
pub fn open_snapshot(engine: &mut HostedEngine, host: &Host) -> Result<Option<Loading>, String> {
    snapshot::remove_leftovers(&host.settings);
    let opened = Loading::open(engine, &host.settings, Existing::Refuse, false);
    opened.inspect_err(|text| cannot_load(&host.log, text))
}

/// The same, loaded whole.
pub fn load_snapshot(engine: &mut HostedEngine, host: &Host) -> Result<(), String> {
    let loaded = open_snapshot(engine, host)?.map_or(Ok(()), |loading| loading.run(engine, &host.log));
    loaded.inspect_err(|text| cannot_load(&host.log, text))
}

pub fn cannot_load(log: &Log, text: &str) {
    log.warning(format_args!("Fatal error loading the DB, {text}. Exiting."));
}

/// The last lines before clients are served.
pub fn ready(event_loop: &EventLoop) {
    let log = &event_loop.host.log;
    if event_loop.listeners().iter().any(|l| l.local_addr().is_some()) {
        log.notice("Ready to accept connections");
    }
    if !event_loop.host.unix_path().is_empty() {
        let path = event_loop.host.unix_path();
        log.notice(format_args!("The server is now ready to accept connections at {path}"));
    }
    event_loop.host.supervisor.ready(log);
    let maxmemory = event_loop.engine.server.config.maxmemory;
    if maxmemory > 0 && maxmemory < 1024 * 1024 {
        log.warning(format_args!(
            "WARNING: You specified a maxmemory value that is less than 1MB (current value is {maxmemory} bytes). Are \
             you sure this is what you really want?"
        ));
    }
}

/// With `PID: <pid>` on a line of its own, which Redis's test suite looks for.
fn logo(port: u16) -> String {
    format!(
        r"
       .---------.
     .'  _______  '.       MicroRedis {} (speaks Redis {REDIS_VERSION}), {} bit
    |   |       |   |
    |   |  300  |   |      Running in standalone mode
    |   |   KB  |   |      Port: {port}
    |   |_______|   |      PID: {}
     '.___________.'
       | | | | | |

",
        env!("CARGO_PKG_VERSION"),
        usize::BITS,
        std::process::id(),
    )
}
