//! The program `microredis`: redis-server's command line around the library.

use crate::conf::command_line::{self, CommandLine, Sources};
use crate::conf::load;
use crate::event_loop::EventLoop;
use crate::host::Host;
use crate::log::Log;
use crate::settings::{self, Directives, Settings};
use crate::startup::{self, REDIS_VERSION};
use crate::supervisor::Supervisor;
use crate::sys::{self, HostedEngine};
use crate::time;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    match command_line::parse(std::env::args_os().skip(1)) {
        CommandLine::Version => {
            println!(
                "Redis server v={REDIS_VERSION} sha=00000000:0 malloc=arena bits={} build=microredis-{}",
                usize::BITS,
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::SUCCESS
        }
        CommandLine::Help => {
            eprint!("{}", command_line::HELP);
            ExitCode::FAILURE
        }
        CommandLine::Unsupported(option) => {
            eprintln!("microredis has no {option}");
            ExitCode::FAILURE
        }
        CommandLine::Run(sources) => run(&sources),
    }
}

fn run(sources: &Sources) -> ExitCode {
    let log = Arc::new(Log::new(false));
    let mut engine = match HostedEngine::new(time::now()) {
        Ok(engine) => engine,
        Err(e) => {
            eprintln!("microredis: no memory: {e}");
            return ExitCode::FAILURE;
        }
    };
    settings::set_defaults(&mut engine);
    // Before a `dir` directive leads elsewhere.
    let config_file = sources.file.as_deref().and_then(|file| std::path::absolute(file).ok());
    let mut directives = Directives::default();
    if sources.stdin {
        log.warning("Reading config from stdin");
    }
    let loaded = load::load(sources, &mut |name, args| directives.apply(&mut engine, name, args));
    match loaded {
        Ok(()) => {}
        Err(e @ load::LoadError::Unreadable { .. }) => {
            log.warning(e);
            return ExitCode::FAILURE;
        }
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::FAILURE;
        }
    }
    let settings = Settings::read(&mut engine, false);
    log.set_level(settings.loglevel);
    log.set_file(&settings.logfile);
    let supervisor = Supervisor::find(&settings.supervised, &log);
    // Who is supervised stays where it was started.
    if settings.daemonize
        && supervisor == Supervisor::None
        && let Err(e) = nix::unistd::daemon(true, false)
    {
        log.warning(format_args!("Can't daemonize: {e}"));
        return ExitCode::FAILURE;
    }
    startup::announce(&log, sources.any);
    log.set_role(b'M');
    let maxclients = startup::raise_open_files(settings.maxclients, &log);
    let _ = engine.configure(b"maxclients", maxclients.to_string().as_bytes());
    let Ok(listeners) = startup::listen(&settings, &log) else { return ExitCode::FAILURE };
    let mut host = Host::new(Arc::clone(&log), settings, config_file);
    host.supervisor = supervisor;
    let set_up = host.signals.install().map(|()| startup::initialized(&host));
    let Ok(snapshot) = startup::open_snapshot(&mut engine, &host) else { return ExitCode::FAILURE };
    let served = set_up.and_then(|()| {
        let mut event_loop = EventLoop::new(engine, host)?;
        event_loop.listen(listeners)?;
        match snapshot {
            Some(loading) => event_loop.load(loading),
            None => startup::ready(&event_loop),
        }
        sys::forget_startup_pages();
        event_loop.run()
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            log.warning(format_args!("The server has failed: {e}"));
            ExitCode::FAILURE
        }
    }
}
