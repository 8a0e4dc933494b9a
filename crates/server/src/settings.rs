//! The parameters the shell acts on, as the engine's table has them, and how directives get into that table.

use crate::conf::load::os_text;
use crate::log::Level;
use crate::startup::StartError;
use crate::sys::HostedEngine;
use microredis_engine::Engine;
use microredis_engine::config::table::{Kind, PARAMS, find};
use microredis_engine::engine::ConfigError;
use std::path::PathBuf;

/// What the shell uses of the parameters: a copy, taken anew when they have changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Addresses as in the `bind` parameter, optional ones with a leading `-`.
    pub bind: Vec<String>,
    pub port: u16,
    /// Port 0 is any free one and not none: only for a server inside another program.
    pub any_port: bool,
    pub tcp_backlog: i32,
    /// Empty: none.
    pub unixsocket: String,
    pub unixsocketperm: u32,
    pub loglevel: Level,
    /// Empty: standard output.
    pub logfile: String,
    pub pidfile: String,
    pub daemonize: bool,
    pub supervised: String,
    pub always_show_logo: bool,
    pub dir: PathBuf,
    pub dbfilename: String,
    pub maxclients: usize,
}

impl Settings {
    pub fn read(engine: &mut Engine, any_port: bool) -> Settings {
        let mut text = |name: &str| parameter(engine, name);
        Settings {
            bind: text("bind").split_ascii_whitespace().map(String::from).collect(),
            port: text("port").parse().unwrap_or(0),
            any_port,
            tcp_backlog: text("tcp-backlog").parse().unwrap_or(511),
            unixsocket: text("unixsocket"),
            unixsocketperm: u32::from_str_radix(&text("unixsocketperm"), 8).unwrap_or(0),
            loglevel: Level::from_name(&text("loglevel")).unwrap_or(Level::Notice),
            logfile: text("logfile"),
            pidfile: text("pidfile"),
            daemonize: text("daemonize") == "yes",
            supervised: text("supervised"),
            always_show_logo: text("always-show-logo") == "yes",
            dir: text("dir").into(),
            dbfilename: text("dbfilename"),
            maxclients: text("maxclients").parse().unwrap_or(1),
        }
    }

    /// A daemon has one in any case.
    pub fn pid_file(&self) -> Option<&str> {
        match &self.pidfile[..] {
            "" => self.daemonize.then_some("/var/run/redis.pid"),
            file => Some(file),
        }
    }

    pub fn listens_on_tcp(&self) -> bool {
        self.port != 0 || self.any_port
    }
}

/// A parameter as CONFIG GET shows it.
pub fn parameter(engine: &mut Engine, name: &str) -> String {
    let mut text = vec![0; 8192];
    let len = engine.parameter(name.as_bytes(), &mut text).unwrap_or(0);
    String::from_utf8_lossy(&text[..len]).into_owned()
}

/// The defaults that only a host has; also what CONFIG REWRITE compares with.
pub fn set_defaults(engine: &mut Engine) {
    let _ = engine.configure(b"save", b"3600 1 300 100 60 10000");
    let folder = std::env::current_dir().unwrap_or_default();
    let _ = engine.configure(b"dir", folder.to_string_lossy().as_bytes());
}

/// Takes directives of files, the command line and builders.
#[derive(Default)]
pub struct Directives {
    /// Save points of the directives so far; the first one replaces the defaults, later ones add.
    save: Option<String>,
}

/// Parameters of several words.
const SEVERAL_WORDS: [&str; 5] =
    ["bind", "save", "client-output-buffer-limit", "oom-score-adj-values", "latency-tracking-info-percentiles"];

impl Directives {
    /// Sets one; the error is Redis's text.
    pub fn apply(&mut self, engine: &mut HostedEngine, name: &str, args: &[&[u8]]) -> Result<(), String> {
        let unknown = "Bad directive or wrong number of arguments";
        let Some(index) = find(name.as_bytes()) else { return Err(unknown.into()) };
        let name = PARAMS[index].name;
        if !SEVERAL_WORDS.contains(&name) && args.len() != 1 {
            return Err("wrong number of arguments".into());
        }
        let mut value = args.join(&b' ');
        match name {
            "save" => value = self.add_save(&value),
            "dir" => value = change_folder(&value)?,
            "dbfilename" if value.contains(&b'/') || value.contains(&b'\\') => {
                return Err("dbfilename can't be a path, just a filename".into());
            }
            "logfile" if !value.is_empty() => {
                // Later there is nobody to tell.
                let file = String::from_utf8_lossy(&value).into_owned();
                let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
                opened.map_err(|e| format!("Can't open the log file: {}", os_text(&e)))?;
            }
            _ => {}
        }
        engine.configure(name.as_bytes(), &value).map_err(|e| match e {
            ConfigError::Unknown => unknown.to_string(),
            ConfigError::Refused(problem) => problem.to_string(),
        })
    }

    fn add_save(&mut self, value: &[u8]) -> Vec<u8> {
        let mut all = self.save.take().unwrap_or_default();
        if value.is_empty() {
            all.clear();
        } else {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&String::from_utf8_lossy(value));
        }
        self.save.insert(all).clone().into_bytes()
    }
}

/// Goes there, and says where that is.
pub fn change_folder(path: &[u8]) -> Result<Vec<u8>, String> {
    let gone = std::env::set_current_dir(String::from_utf8_lossy(path).into_owned());
    gone.and_then(|()| std::env::current_dir())
        .map(|folder| folder.to_string_lossy().into_owned().into_bytes())
        .map_err(|e| os_text(&e))
}

/// All parameters as CONFIG REWRITE writes them.
pub fn rewritten(engine: &mut Engine) -> Result<Vec<crate::conf::rewrite::Parameter>, StartError> {
    let failed = |e: std::io::Error| StartError(e.to_string());
    // The defaults are what an engine has that nobody has configured.
    let mut fresh = HostedEngine::new(crate::time::now()).map_err(failed)?;
    set_defaults(&mut fresh);
    Ok(PARAMS
        .iter()
        .map(|param| {
            let (value, default) = (parameter(engine, param.name), parameter(&mut fresh, param.name));
            // Each class of clients has a line of its own, which differs from the default or does not.
            let implied = if param.kind == Kind::Output { lines(param.name, param.kind, &default) } else { Vec::new() };
            let alias = Some(param.alias.to_string()).filter(|a| !a.is_empty());
            crate::conf::rewrite::Parameter {
                name: param.name.to_string(),
                aliases: alias.into_iter().collect(),
                lines: lines(param.name, param.kind, &value),
                implied,
                force: value != default || matches!(param.name, "save" | "dir"),
            }
        })
        .collect())
}

fn lines(name: &str, kind: Kind, value: &str) -> Vec<Vec<u8>> {
    use crate::conf::rewrite::Parameter;
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let plain = |value: &str| Parameter::line(name, value.as_bytes(), false);
    match kind {
        Kind::Save if words.is_empty() => vec![plain("")],
        Kind::Save => words.chunks(2).map(|point| plain(&point.join(" "))).collect(),
        Kind::Output => {
            let class = |limit: &[&str]| match limit {
                [class, hard, soft, seconds] => {
                    let bytes = [hard, soft].map(|text| memory(text.parse().unwrap_or(0)));
                    plain(&format!("{class} {} {} {seconds}", bytes[0], bytes[1]))
                }
                _ => plain(&limit.join(" ")),
            };
            words.chunks(4).map(class).collect()
        }
        Kind::Memory { .. } => vec![plain(&memory(value.parse().unwrap_or(0)))],
        Kind::Percent { .. } => vec![plain(&value.parse().map_or(value.to_string(), memory))],
        Kind::Text | Kind::Secret | Kind::Notify if !SEVERAL_WORDS.contains(&name) => {
            vec![Parameter::line(name, value.as_bytes(), true)]
        }
        _ => vec![plain(value)],
    }
}

/// Bytes in the largest unit that divides them.
fn memory(bytes: i64) -> String {
    for (unit, name) in [(1i64 << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb")] {
        if bytes != 0 && bytes % unit == 0 {
            return format!("{}{name}", bytes / unit);
        }
    }
    bytes.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_reach_the_table() {
        let mut engine = HostedEngine::new(crate::time::now()).unwrap();
        set_defaults(&mut engine);
        let mut directives = Directives::default();
        let mut apply = |line: &str| {
            let words = crate::conf::words::split(line.as_bytes()).unwrap();
            let args: Vec<&[u8]> = words[1..].iter().map(|w| &w[..]).collect();
            let name = String::from_utf8_lossy(&words[0]).into_owned();
            directives.apply(&mut engine, &name, &args).err().unwrap_or_default()
        };
        assert_eq!(apply("port 7000"), "");
        assert_eq!(apply("bind 127.0.0.1 -::1"), "");
        assert_eq!(apply("save 900 1"), "");
        assert_eq!(apply("save 300 10"), "");
        assert_eq!(apply("maxmemory 100mb"), "");
        assert_eq!(apply("loglevel verbose"), "");
        assert_eq!(apply("port"), "wrong number of arguments");
        assert_eq!(apply("port abc"), "argument couldn't be parsed into an integer");
        assert_eq!(apply("bogus 1"), "Bad directive or wrong number of arguments");
        assert_eq!(apply("dbfilename a/b"), "dbfilename can't be a path, just a filename");
        assert_eq!(parameter(&mut engine, "save"), "900 1 300 10");
        let settings = Settings::read(&mut engine, false);
        assert_eq!((settings.port, settings.loglevel), (7000, Level::Verbose));
        assert_eq!(settings.bind, ["127.0.0.1", "-::1"]);
        let rewritten = rewritten(&mut engine).unwrap();
        let forced: Vec<String> = rewritten
            .iter()
            .filter(|p| p.force && p.name != "dir")
            .flat_map(|p| p.lines.iter().map(|l| String::from_utf8_lossy(l).into_owned()))
            .collect();
        let expect =
            ["bind 127.0.0.1 -::1", "loglevel verbose", "maxmemory 100mb", "port 7000", "save 900 1", "save 300 10"];
        assert_eq!(forced, expect);
    }
}
