//! The parameters that are the shell's own to act on: addresses, log, process.

use crate::log::Level;
use crate::sys::HostedEngine;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub struct Settings {
    /// Addresses as in the `bind` parameter, optional ones with a leading `-`.
    pub bind: Vec<String>,
    pub port: u16,
    pub any_port: bool,
    pub tcp_backlog: i32,
    /// Empty: none.
    pub unixsocket: String,
    pub unixsocketperm: u32,
    pub loglevel: Level,
    /// Empty: standard output.
    pub logfile: String,
    pub pidfile: Option<PathBuf>,
    pub daemonize: bool,
    pub supervised: String,
    pub always_show_logo: bool,
    pub dir: PathBuf,
    pub dbfilename: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            bind: vec!["*".into(), "-::*".into()],
            port: 6379,
            any_port: false,
            tcp_backlog: 511,
            unixsocket: String::new(),
            unixsocketperm: 0,
            loglevel: Level::Notice,
            logfile: String::new(),
            pidfile: None,
            daemonize: false,
            supervised: "no".into(),
            always_show_logo: false,
            dir: ".".into(),
            dbfilename: "dump.rdb".into(),
        }
    }
}

impl Settings {
    /// Port 0 means no TCP, as in Redis, unless a server inside another program asked for any free port.
    pub fn listens_on_tcp(&self) -> bool {
        self.port != 0 || self.any_port
    }

    /// One directive: ours, or the engine's.
    pub fn apply(&mut self, _engine: &mut HostedEngine, name: &str, args: &[&[u8]]) -> Result<(), String> {
        let text = |i: usize| String::from_utf8_lossy(args.get(i).copied().unwrap_or_default()).into_owned();
        match name {
            "bind" => self.bind = (0..args.len()).flat_map(|i| words(&text(i))).collect(),
            "port" => self.port = text(0).parse().map_err(|_| "argument couldn't be parsed into an integer")?,
            "tcp-backlog" => {
                self.tcp_backlog = text(0).parse().map_err(|_| "argument couldn't be parsed into an integer")?
            }
            "unixsocket" => self.unixsocket = text(0),
            "unixsocketperm" => {
                let wrong = "argument couldn't be parsed as an octal number";
                self.unixsocketperm = u32::from_str_radix(&text(0), 8).map_err(|_| wrong)?;
            }
            "loglevel" => {
                let wrong = "argument(s) must be one of the following: debug, verbose, notice, warning";
                self.loglevel = Level::from_name(&text(0)).ok_or(wrong)?;
            }
            "logfile" => self.logfile = text(0),
            "pidfile" => self.pidfile = Some(text(0).into()),
            "daemonize" => self.daemonize = yes_no(&text(0))?,
            "supervised" => self.supervised = text(0),
            "always-show-logo" => self.always_show_logo = yes_no(&text(0))?,
            "dir" => {
                std::env::set_current_dir(text(0)).map_err(|e| crate::conf::load::os_text(&e))?;
                self.dir = text(0).into();
            }
            "dbfilename" => self.dbfilename = text(0),
            _ => {}
        }
        Ok(())
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(String::from).collect()
}

fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("argument must be 'yes' or 'no'".into()),
    }
}
