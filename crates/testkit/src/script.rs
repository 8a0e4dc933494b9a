//! The script corpus: commands as one types them into redis-cli and the replies a real server gave.
//!
//! ```text
//! # A comment. One may say what a server must be able to do for the script to run: bulk-64k (proto-max-bulk-len is
//! # above 64 KiB), docs (texts about commands, which a small board leaves out), no-store (it was started without a file
//! # or flash for its settings), pages-4k (what Redis keeps in one block has room in one of ours).
//! # needs: bulk-64k
//!
//! > SET k v EX 10            a command of client 1, and its reply in the lines below
//! +OK
//! #~ near 1                  how the next reply is compared: any, kind, unordered, near N
//! > TTL k
//! :10
//! 2> SUBSCRIBE c             client 2
//! *3
//!   "subscribe"
//!   "c"
//!   :1
//! > PUBLISH c {x*3}          {x*3} is xxx; for values too long to write out
//! :1
//! 2<                         what client 2 receives without asking
//! *3
//!   "message"
//!   "c"
//!   "xxx"
//! 1! "*1\r\n$4\r\nPI"        bytes as they are; replies follow with `1<`
//! #~ wait 20                 milliseconds pass
//! ```
//!
//! What is compared is the rendering, so a script shows every byte and type of a reply. `(no reply)` and `(closed)`
//! stand for what they say. How bytes reach a server is the [`Transport`]'s business: TCP here, calls in process.

use crate::client::{Client, ClientError};
use crate::quote;
use crate::resp::{Value, encode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What carries a script to a server.
pub trait Transport {
    fn send(&mut self, client: usize, bytes: &[u8]) -> Result<(), String>;
    /// The next reply or push; [`Received::Nothing`] when none comes. `quiet`: none is expected, so there is no use in
    /// waiting long.
    fn receive(&mut self, client: usize, quiet: bool) -> Received;
    fn wait(&mut self, ms: u64);
}

pub enum Received {
    Reply(Value),
    Nothing,
    Closed,
    Failed(String),
}

pub struct Script {
    pub needs: Vec<String>,
    lines: Vec<Line>,
}

enum Line {
    /// Kept as it is: comments, blank lines, directives.
    Text(String),
    Step(Step),
}

struct Step {
    number: usize,
    /// As written, `2> GET k`.
    text: String,
    client: usize,
    action: Action,
    expected: Vec<String>,
}

enum Action {
    Command(Vec<Vec<u8>>),
    Raw(Vec<u8>),
    Receive,
}

#[derive(Clone, PartialEq, Eq)]
enum Compare {
    Exact,
    Any,
    /// The same first character: the reply's type.
    Kind,
    Unordered,
    Near(i64),
}

/// A reply that is not the expected one.
pub struct Mismatch {
    pub line: usize,
    pub command: String,
    pub expected: String,
    pub got: String,
}

/// Every script of the repository: its name (`zset/zadd.resp`) and where it lies, in order.
pub fn files(root: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let folder = root.join("tests/scripts");
    let mut files = Vec::new();
    for group in std::fs::read_dir(folder)? {
        let group = group?.path();
        for entry in std::fs::read_dir(&group)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "resp") {
                let names = [group.file_name(), path.file_name()].map(Option::unwrap_or_default);
                files.push((names.map(|n| n.to_string_lossy()).join("/"), path));
            }
        }
    }
    files.sort();
    Ok(files)
}

pub fn parse(text: &str) -> Result<Script, String> {
    let mut needs = Vec::new();
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if let Some(what) = line.strip_prefix("# needs:") {
            needs.extend(what.split(',').map(|w| w.trim().to_string()));
        }
        if let Some((client, mark, rest)) = step_head(line) {
            let bad = || format!("line {}: {line}: quotes do not match", i + 1);
            let action = match mark {
                '>' => Action::Command(quote::split(rest).ok_or_else(bad)?.into_iter().map(expand).collect()),
                '!' => Action::Raw(
                    quote::split(rest).ok_or_else(bad)?.into_iter().map(expand).collect::<Vec<_>>().concat(),
                ),
                _ => Action::Receive,
            };
            if matches!(&action, Action::Command(args) if args.is_empty()) {
                return Err(format!("line {}: no command", i + 1));
            }
            lines.push(Line::Step(Step {
                number: i + 1,
                text: line.to_string(),
                client,
                action,
                expected: Vec::new(),
            }));
            continue;
        }
        match lines.last_mut() {
            _ if line.trim().is_empty() || line.starts_with('#') => lines.push(Line::Text(line.to_string())),
            Some(Line::Step(step)) => step.expected.push(line.trim_end().to_string()),
            _ => return Err(format!("line {}: a reply without a command: {line}", i + 1)),
        }
    }
    Ok(Script { needs, lines })
}

/// `2> rest`, `> rest`, `1! rest`, `2<`.
fn step_head(line: &str) -> Option<(usize, char, &str)> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mark = line[digits..].chars().next()?;
    let rest = &line[digits + mark.len_utf8()..];
    let client = if digits == 0 { 1 } else { line[..digits].parse().ok()? };
    match mark {
        '>' if rest.starts_with(' ') => Some((client, mark, rest)),
        '!' if rest.starts_with(' ') => Some((client, mark, rest)),
        '<' if rest.trim().is_empty() => Some((client, mark, rest)),
        _ => None,
    }
}

/// `{text*N}` stands for text N times.
fn expand(word: Vec<u8>) -> Vec<u8> {
    let repeat = || {
        let inner = word.strip_prefix(b"{")?.strip_suffix(b"}")?;
        let at = inner.iter().rposition(|b| *b == b'*')?;
        let times: usize = std::str::from_utf8(&inner[at + 1..]).ok()?.parse().ok()?;
        Some(inner[..at].repeat(times))
    };
    repeat().unwrap_or(word)
}

impl Script {
    /// The commands the script sends, for the demand that every command has one.
    pub fn commands(&self) -> Vec<Vec<String>> {
        let words =
            |args: &[Vec<u8>]| args.iter().take(2).map(|a| String::from_utf8_lossy(a).to_ascii_uppercase()).collect();
        self.steps()
            .filter_map(|s| if let Action::Command(args) = &s.action { Some(words(args)) } else { None })
            .collect()
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.lines.iter().filter_map(|l| if let Line::Step(s) = l { Some(s) } else { None })
    }

    /// Plays the script and gives the first reply that is not as expected.
    pub fn run(&self, transport: &mut dyn Transport) -> Result<usize, Mismatch> {
        let mut compare = Compare::Exact;
        let mut checked = 0;
        for line in &self.lines {
            match line {
                Line::Text(text) => directive(text, &mut compare, transport),
                Line::Step(step) => {
                    let got = step.play(transport);
                    let expected = step.expected.join("\n");
                    let how = std::mem::replace(&mut compare, Compare::Exact);
                    if !same(&how, &expected, &got) {
                        return Err(Mismatch { line: step.number, command: step.text.clone(), expected, got });
                    }
                    checked += 1;
                }
            }
        }
        Ok(checked)
    }

    /// Plays the script and writes it anew with the replies that came. Replies that are compared loosely stay as they
    /// are while they still match, so that blessing twice changes nothing.
    pub fn bless(&self, transport: &mut dyn Transport) -> String {
        let mut out = String::new();
        let mut compare = Compare::Exact;
        for line in &self.lines {
            match line {
                Line::Text(text) => {
                    directive(text, &mut compare, transport);
                    out.push_str(text);
                    out.push('\n');
                }
                Line::Step(step) => {
                    let got = step.play(transport);
                    let expected = step.expected.join("\n");
                    let how = std::mem::replace(&mut compare, Compare::Exact);
                    let keep = !expected.is_empty() && same(&how, &expected, &got);
                    out.push_str(&step.text);
                    out.push('\n');
                    let reply = if keep { &expected } else { &got };
                    if !reply.is_empty() {
                        out.push_str(reply);
                        out.push('\n');
                    }
                }
            }
        }
        out
    }
}

impl Step {
    fn play(&self, transport: &mut dyn Transport) -> String {
        let mut bytes = Vec::new();
        match &self.action {
            Action::Command(args) => encode(args, &mut bytes),
            Action::Raw(raw) => bytes.extend_from_slice(raw),
            Action::Receive => {}
        }
        if !bytes.is_empty()
            && let Err(e) = transport.send(self.client, &bytes)
        {
            return e;
        }
        if matches!(self.action, Action::Raw(_)) {
            return String::new();
        }
        match transport.receive(self.client, self.expected == ["(no reply)"]) {
            Received::Reply(value) => render(&value),
            Received::Nothing => "(no reply)".into(),
            Received::Closed => "(closed)".into(),
            Received::Failed(why) => format!("(failed: {why})"),
        }
    }
}

fn render(value: &Value) -> String {
    let mut out = String::new();
    quote::block(value, 0, &mut out);
    out.trim_end().to_string()
}

fn directive(text: &str, compare: &mut Compare, transport: &mut dyn Transport) {
    let Some(rest) = text.strip_prefix("#~") else { return };
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    match words[..] {
        ["any", ..] => *compare = Compare::Any,
        ["kind", ..] => *compare = Compare::Kind,
        ["unordered", ..] => *compare = Compare::Unordered,
        ["near", n, ..] => *compare = Compare::Near(n.parse().unwrap_or(0)),
        ["wait", ms, ..] => transport.wait(ms.parse().unwrap_or(0)),
        _ => {}
    }
}

fn same(how: &Compare, expected: &str, got: &str) -> bool {
    if expected == got {
        return true;
    }
    let closed = |s: &str| s == "(closed)" || s == "(no reply)" || s.starts_with("(failed");
    if closed(got) {
        return false;
    }
    let number = |s: &str| s.strip_prefix(':').and_then(|s| s.parse::<i64>().ok());
    match how {
        Compare::Exact => false,
        Compare::Any => true,
        Compare::Kind => expected.chars().next() == got.chars().next(),
        Compare::Unordered => sorted(expected) == sorted(got),
        Compare::Near(by) => match (number(expected), number(got)) {
            (Some(a), Some(b)) => a.abs_diff(b) <= by.unsigned_abs(),
            _ => false,
        },
    }
}

/// A reply's text with the elements of every container sorted; a map's keys stay with their values.
fn sorted(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let Some((head, below)) = lines.split_first() else { return String::new() };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = indent(head) + 2;
    let mut elements: Vec<String> = Vec::new();
    let mut start = 0;
    for at in 1..=below.len() {
        if at == below.len() || indent(below[at]) <= depth {
            elements.push(sorted(&below[start..at].join("\n")));
            start = at;
        }
    }
    if head.trim_start().starts_with('%') {
        elements = elements.chunks(2).map(|pair| pair.join("\n")).collect();
    }
    elements.sort();
    elements.insert(0, head.to_string());
    elements.join("\n")
}

/// Clients over TCP.
pub struct Tcp {
    address: SocketAddr,
    clients: BTreeMap<usize, Client>,
}

impl Tcp {
    pub fn new(address: SocketAddr) -> Tcp {
        Tcp { address, clients: BTreeMap::new() }
    }

    fn client(&mut self, number: usize) -> Result<&mut Client, ClientError> {
        if !self.clients.contains_key(&number) {
            self.clients.insert(number, Client::connect(self.address)?);
        }
        self.clients.get_mut(&number).ok_or(ClientError::Closed)
    }
}

impl Transport for Tcp {
    fn send(&mut self, client: usize, bytes: &[u8]) -> Result<(), String> {
        let client = self.client(client).map_err(|e| format!("(failed: {e})"))?;
        client.queue_raw(bytes);
        client.flush().map_err(|e| match e {
            ClientError::Closed => "(closed)".to_string(),
            other => format!("(failed: {other})"),
        })
    }

    fn receive(&mut self, client: usize, quiet: bool) -> Received {
        let patience = Duration::from_millis(if quiet { 300 } else { 10_000 });
        let reply = self.client(client).and_then(|c| c.read_within(patience));
        match reply {
            Ok(Some(value)) => Received::Reply(value),
            Ok(None) => Received::Nothing,
            Err(ClientError::Closed) => Received::Closed,
            Err(e) => Received::Failed(e.to_string()),
        }
    }

    fn wait(&mut self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every command with what it was sent, as an array.
    struct Echo(Vec<u8>);

    impl Transport for Echo {
        fn send(&mut self, _: usize, bytes: &[u8]) -> Result<(), String> {
            self.0 = bytes.to_vec();
            Ok(())
        }
        fn receive(&mut self, _: usize, _: bool) -> Received {
            let mut decoder = crate::resp::Decoder::default();
            decoder.feed(&self.0);
            match decoder.next_reply() {
                Ok(Some(value)) => Received::Reply(value),
                _ => Received::Nothing,
            }
        }
        fn wait(&mut self, _: u64) {}
    }

    #[test]
    fn a_blessed_script_passes_and_a_changed_one_does_not() {
        let text = "# a comment\n\n> A \"b c\" {xy*2}\n3> D\n#~ unordered\n> E F\n1! \"x\"\n";
        let script = parse(text).unwrap();
        let blessed = script.bless(&mut Echo(Vec::new()));
        assert!(blessed.contains("> A \"b c\" {xy*2}\n*3\n  \"A\"\n  \"b c\"\n  \"xyxy\"\n3> D\n*1\n"), "{blessed}");
        assert!(parse(&blessed).unwrap().run(&mut Echo(Vec::new())).is_ok());
        let swapped = blessed.replace("  \"E\"\n  \"F\"", "  \"F\"\n  \"E\"");
        assert!(parse(&swapped).unwrap().run(&mut Echo(Vec::new())).is_ok());
        let wrong = blessed.replace("\"xyxy\"", "\"xyx\"");
        let mismatch = parse(&wrong).unwrap().run(&mut Echo(Vec::new())).err().unwrap();
        assert_eq!(mismatch.line, 3);
    }

    #[test]
    fn unordered_is_so_at_every_depth() {
        assert_eq!(sorted("*2\n  \"0\"\n  *2\n    b\n    a"), sorted("*2\n  *2\n    a\n    b\n  \"0\""));
        assert_ne!(sorted("%2\n  a\n  :1\n  b\n  :2"), sorted("%2\n  a\n  :2\n  b\n  :1"));
        assert_eq!(sorted(":1"), ":1");
    }

    #[test]
    fn broken_scripts_are_refused() {
        assert!(parse("+OK\n").is_err());
        assert!(parse("> GET \"k\n").is_err());
        assert!(parse("> \n").is_err());
    }
}
