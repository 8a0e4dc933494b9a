//! redis-server's command line: `[/path/to/redis.conf] [--name value ...] [-]`.
//!
//! Options become lines of configuration, read after the file and after standard input, so that a later one wins.

use super::words;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

#[derive(Debug, PartialEq, Eq)]
pub enum CommandLine {
    Run(Sources),
    Version,
    Help,
    /// `--test-memory`, `--check-system`: redis-server's own diagnostics, which we do not have.
    Unsupported(&'static str),
}

/// Where the configuration comes from, in the order in which it is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub file: Option<PathBuf>,
    pub stdin: bool,
    /// The options as configuration lines.
    pub options: Vec<u8>,
    /// Whether there was any argument at all (else a warning says that defaults are used).
    pub any: bool,
}

/// Reads the arguments after the program's name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> CommandLine {
    let args: Vec<Vec<u8>> = args.into_iter().map(OsString::into_vec).collect();
    match args.first().map(|first| &first[..]) {
        None => return CommandLine::Run(Sources::default()),
        Some(b"-v" | b"--version") => return CommandLine::Version,
        Some(b"-h" | b"--help") => return CommandLine::Help,
        Some(b"--test-memory") => return CommandLine::Unsupported("--test-memory"),
        Some(b"--check-system") => return CommandLine::Unsupported("--check-system"),
        Some(_) => {}
    }
    let mut sources = Sources { any: true, ..Sources::default() };
    let mut at = 0;
    if !args[0].starts_with(b"-") {
        sources.file = Some(PathBuf::from(OsString::from_vec(args[0].clone())));
        at = 1;
    }
    // An option's value may itself begin with two dashes: only once the last option has a value, `--` starts another.
    let mut has_value = true;
    while let Some(arg) = args.get(at) {
        let is_last = at == args.len() - 1;
        if arg == b"-" && (at == 0 || is_last) {
            sources.stdin = true;
        } else if has_value && arg.starts_with(b"--") {
            has_value = option(arg, args.get(at + 1).map(|a| &a[..]), &mut sources.options);
        } else {
            words::quote(arg, &mut sources.options);
            sources.options.push(b' ');
            has_value = true;
        }
        at += 1;
    }
    CommandLine::Run(sources)
}

/// Starts an option's line; true when it carries its value already.
fn option(arg: &[u8], next: Option<&[u8]>, lines: &mut Vec<u8>) -> bool {
    if !lines.is_empty() {
        lines.push(b'\n');
    }
    lines.extend(&arg[2..]);
    lines.push(b' ');
    if words::split(arg).is_none_or(|words| words.len() != 1) {
        return true;
    }
    // `--save` alone means `--save ""`, also before another option: command lines generated from an empty list.
    let is_save = arg.eq_ignore_ascii_case(b"--save");
    match next {
        Some(next) if is_save && next.starts_with(b"--") => {
            lines.extend(b"\"\"");
            true
        }
        None if is_save => {
            lines.extend(b"\"\"");
            false
        }
        _ => false,
    }
}

pub const HELP: &str = "Usage: microredis [/path/to/redis.conf] [options] [-]
       microredis - (read config from stdin)
       microredis -v or --version
       microredis -h or --help

Examples:
       microredis (run the server with default conf)
       echo 'maxmemory 128mb' | microredis -
       microredis /etc/microredis/6379.conf
       microredis --port 7777
       microredis --port 7777 --maxmemory 100mb --save ''
       microredis /etc/microredis.conf --loglevel verbose -
       microredis /etc/microredis.conf --loglevel verbose
";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: &[&str], options: &str) {
        let CommandLine::Run(sources) = parse(args.iter().map(OsString::from)) else { panic!("{args:?}") };
        assert_eq!(String::from_utf8(sources.options).unwrap(), options, "{args:?}");
    }

    #[test]
    fn options_become_lines() {
        check(&["--port", "7000", "--maxmemory", "100mb"], "port \"7000\" \nmaxmemory \"100mb\" ");
        check(&["--save", ""], "save \"\" ");
        check(&["--save"], "save \"\"");
        check(&["--save", "--port", "1"], "save \"\"\nport \"1\" ");
        check(&["--save", "900", "1", "--port", "1"], "save \"900\" \"1\" \nport \"1\" ");
        check(&["--port 6380", "--bind a b"], "port 6380 \nbind a b ");
        check(&["--requirepass", "--secret", "--port", "1"], "requirepass \"--secret\" \nport \"1\" ");
    }

    #[test]
    fn file_and_standard_input() {
        let run = |args: &[&str]| match parse(args.iter().map(OsString::from)) {
            CommandLine::Run(sources) => sources,
            other => panic!("{other:?}"),
        };
        let all = run(&["a.conf", "--port", "1", "-"]);
        assert_eq!(all.file, Some("a.conf".into()));
        assert!(all.stdin);
        assert!(run(&["-"]).stdin);
        assert!(!run(&["--logfile", "-", "--port", "1"]).stdin);
        assert!(!run(&[]).any);
        assert_eq!(parse(["-v".into()]), CommandLine::Version);
        assert_eq!(parse(["--help".into()]), CommandLine::Help);
    }
}
