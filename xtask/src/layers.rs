//! The engine's layers know only what is below them: a test on `crate::` paths, because nothing else would notice.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Modules of the engine from the bottom up. A module may know those of the layers below, and those of its own layer
/// where the layer is a group: the server's state (keyspace, settings, statistics) and what acts on it.
const LAYERS: [(&[&str], Group); 9] = [
    (&["limits", "time", "facts"], Group::Apart),
    (&["number"], Group::Apart),
    (&["memory"], Group::Apart),
    (&["glob", "error", "effects", "text", "word"], Group::Apart),
    (&["resp", "value", "args"], Group::Apart),
    (&["session", "diagnostics", "stats"], Group::Apart),
    (&["server", "config", "keyspace", "persist"], Group::Together),
    (&["commands"], Group::Apart),
    (&["dispatch", "engine"], Group::Together),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Apart,
    Together,
}

/// Uses that go against the layers, each with its reason. The list only gets shorter.
const BESIDE: [(&str, &str, &str); 2] = [
    ("resp", "args", "a request is gathered where commands will read it"),
    ("args", "value", "a stored argument is a value's rope"),
];

/// Words that would mean that the engine asks the world for something.
const FORBIDDEN: [(&str, &str); 5] = [
    ("std::time", "reads a clock"),
    ("std::net", "opens a socket"),
    ("std::fs", "opens a file"),
    ("extern crate std", "needs the standard library"),
    ("extern crate alloc", "needs an allocator"),
];

pub fn check(root: &Path) -> Result<bool> {
    let source = root.join("crates/engine/src");
    let mut files = Vec::new();
    collect(&source, &mut files)?;
    let mut good = true;
    let mut paths = 0;
    for file in &files {
        let relative = file.strip_prefix(&source).unwrap_or(file);
        let module = relative.iter().next().unwrap_or_default().to_string_lossy().trim_end_matches(".rs").to_string();
        let text = std::fs::read_to_string(file)?;
        let name = relative.display();
        let tests = relative.iter().any(|part| part == "tests" || part == "tests.rs");
        for (number, line) in production(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if !tests {
                for (word, what) in FORBIDDEN {
                    if code.contains(word) {
                        println!("crates/engine/src/{name}:{}: the engine {what} ({word})", number + 1);
                        good = false;
                    }
                }
            }
        }
        if module == "lib" || tests {
            continue;
        }
        // A use may go over several lines, so the whole file is searched, without its comments.
        let code: Vec<&str> = production(&text).lines().map(|l| l.split("//").next().unwrap_or_default()).collect();
        let code = code.join("\n");
        for (at, used) in used_modules(&code) {
            paths += 1;
            if let Err(why) = may_know(&module, &used) {
                let line = code[..at].matches('\n').count() + 1;
                println!("crates/engine/src/{name}:{line}: {why}");
                good = false;
            }
        }
    }
    println!("layers: {} files, {paths} uses of modules", files.len());
    Ok(good && paths > 0)
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(layer, _)| layer.contains(&module))
}

fn may_know(module: &str, used: &str) -> Result<(), String> {
    // Items that the root exports are not modules.
    if module == used || used.starts_with(char::is_uppercase) || used == "VERSION" {
        return Ok(());
    }
    let (Some(mine), Some(theirs)) = (rank(module), rank(used)) else {
        let unknown = if rank(module).is_none() { module } else { used };
        return Err(format!("module `{unknown}` has no layer: give it one in xtask/src/layers.rs"));
    };
    let together = theirs == mine && LAYERS[mine].1 == Group::Together;
    if theirs < mine || together || BESIDE.iter().any(|(from, to, _)| (*from, *to) == (module, used)) {
        return Ok(());
    }
    Err(format!("`{module}` must not know `{used}`, which is not below it"))
}

/// The part of a file before its `#[cfg(test)]` module.
fn production(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

/// Every `x` of `crate::x` and of `crate::{x::..., y}`.
fn used_modules(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` in a macro and `microcrate::` are no paths of ours.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => out.push((at, word(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut start = 0;
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            out.push((at, word(group[start..i].trim())));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            out.push((at, word(group[start..i].trim())));
                            start = i + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    out.retain(|(_, w)| !w.is_empty());
    out
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upward_uses_are_found() {
        assert!(may_know("value", "memory").is_ok());
        assert!(may_know("memory", "value").is_err());
        assert!(may_know("resp", "commands").is_err());
        assert!(may_know("session", "keyspace").is_err());
        assert!(may_know("keyspace", "server").is_ok());
        assert!(may_know("nonsense", "memory").is_err());
        let words = |code| used_modules(code).into_iter().map(|(_, w)| w).collect::<Vec<_>>();
        assert_eq!(words("use crate::{memory::{Arena, Ref},\n  value};"), ["memory", "value"]);
        assert_eq!(words("x(crate::error::Error::Syntax, mycrate::y)"), ["error"]);
    }
}
