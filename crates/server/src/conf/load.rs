//! Reads configuration text in redis.conf's syntax and hands each directive on. What a directive means is the
//! engine's business (its table of parameters); here are lines, quotes, `include` and how an error is reported.

use super::command_line::Sources;
use super::words;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Why the configuration cannot be used; printed as redis-server prints it.
#[derive(Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A line is wrong: its number from 1, the line, what is wrong with it.
    Line {
        number: usize,
        line: String,
        text: String,
    },
    /// The whole does not fit together.
    Whole(String),
    Unreadable {
        file: PathBuf,
        text: String,
    },
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head = "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***";
        match self {
            LoadError::Line { number, line, text } => {
                write!(f, "{head}\nReading the configuration file, at line {number}\n>>> '{line}'\n{text}")
            }
            LoadError::Whole(text) => write!(f, "{head}\n{text}"),
            LoadError::Unreadable { file, text } => {
                write!(f, "Fatal error, can't open config file '{}': {text}", file.display())
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// What takes the directives: the lower-case name and the arguments; the error is the text for the user.
pub type Apply<'a> = dyn FnMut(&str, &[&[u8]]) -> Result<(), String> + 'a;

/// Files that include each other end here and not on the stack.
const INCLUDE_DEPTH_MAX: usize = 32;

/// Reads all sources. Redis counts lines over file, standard input and options together, and so do we.
pub fn load(sources: &Sources, apply: &mut Apply) -> Result<(), LoadError> {
    let mut text = match &sources.file {
        Some(file) => read_files(file)?,
        None => Vec::new(),
    };
    if sources.stdin {
        let stdin = Path::new("-");
        std::io::stdin().read_to_end(&mut text).map_err(|e| unreadable(stdin, &e))?;
    }
    text.push(b'\n');
    text.extend(&sources.options);
    load_text(&text, apply, 0)
}

/// Reads one text. `depth` counts includes.
pub fn load_text(text: &[u8], apply: &mut Apply, depth: usize) -> Result<(), LoadError> {
    for (index, line) in text.split(|b| *b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line[0] == b'#' {
            continue;
        }
        let wrong = |text: String| LoadError::Line {
            number: index + 1,
            line: String::from_utf8_lossy(line).into_owned(),
            text,
        };
        let words = words::split(line).ok_or_else(|| wrong("Unbalanced quotes in configuration line".into()))?;
        let Some((name, args)) = words.split_first() else { continue };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let args: Vec<&[u8]> = args.iter().map(|a| &a[..]).collect();
        match (&name[..], &args[..]) {
            ("include", [file]) => {
                if depth == INCLUDE_DEPTH_MAX {
                    return Err(wrong("too many nested includes".into()));
                }
                let file = PathBuf::from(String::from_utf8_lossy(file).into_owned());
                load_text(&read_files(&file)?, apply, depth + 1)?;
            }
            // Parameters of old versions that 7.0 accepts and ignores.
            ("list-max-ziplist-entries" | "list-max-ziplist-value" | "lua-replicate-commands", [_]) => {}
            _ => apply(&name, &args).map_err(wrong)?,
        }
    }
    Ok(())
}

/// The file's text, or of all files that a pattern names (none is fine then).
fn read_files(file: &Path) -> Result<Vec<u8>, LoadError> {
    let name = file.to_string_lossy();
    if !name.contains(['*', '?', '[']) {
        return std::fs::read(file).map_err(|e| unreadable(file, &e));
    }
    let mut text = Vec::new();
    for path in glob::glob(&name).into_iter().flatten().flatten() {
        text.extend(std::fs::read(&path).map_err(|e| unreadable(&path, &e))?);
    }
    Ok(text)
}

fn unreadable(file: &Path, error: &std::io::Error) -> LoadError {
    LoadError::Unreadable { file: file.into(), text: os_text(error) }
}

/// The system's text for an error, without Rust's "(os error 2)".
pub fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, LoadError> {
        let mut seen = Vec::new();
        let mut apply = |name: &str, args: &[&[u8]]| {
            if name == "bogus" {
                return Err("Bad directive or wrong number of arguments".to_string());
            }
            let args: Vec<_> = args.iter().map(|a| String::from_utf8_lossy(a)).collect();
            seen.push(format!("{name}={}", args.join(",")));
            Ok(())
        };
        load_text(text.as_bytes(), &mut apply, 0)?;
        Ok(seen)
    }

    #[test]
    fn directives_in_order() {
        let text = "# comment\n\n PORT 7000 \r\nsave 900 1\nsave ''\n\tbind 127.0.0.1 -::1\n";
        assert_eq!(read(text).unwrap(), ["port=7000", "save=900,1", "save=", "bind=127.0.0.1,-::1"]);
    }

    #[test]
    fn an_error_names_the_line() {
        let error = read("port 1\nbogus 1\n").unwrap_err();
        let text = "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n\
                    >>> 'bogus 1'\nBad directive or wrong number of arguments";
        assert_eq!(error.to_string(), text);
        let error = read("\"unb").unwrap_err();
        assert!(error.to_string().ends_with(">>> '\"unb'\nUnbalanced quotes in configuration line"));
        let error = read("include /nonexistent/x.conf").unwrap_err();
        let text = "Fatal error, can't open config file '/nonexistent/x.conf': No such file or directory";
        assert_eq!(error.to_string(), text);
        assert_eq!(read("include /nonexistent/*.conf"), Ok(vec![]));
    }
}
