//! The known differences: a file whose entries each name a heading of docs/differences.md, so that nothing is allowed
//! that is not explained.

use super::pair::Difference;
use anyhow::{Context, Result, bail};
use std::path::Path;

#[derive(Default)]
pub struct Allowed {
    entries: Vec<Entry>,
}

struct Entry {
    /// The anchor in docs/differences.md.
    name: String,
    signature: String,
    redis: String,
    ours: String,
}

impl Allowed {
    /// Reads the list: a line an entry, `anchor | signature | redis's reply | our reply`, the last three as glob
    /// patterns over what a report prints. Every anchor must be a heading of `explanations`.
    pub fn read(list: &Path, explanations: &Path) -> Result<Allowed> {
        let text = std::fs::read_to_string(list).with_context(|| list.display().to_string())?;
        let explained = std::fs::read_to_string(explanations).unwrap_or_default();
        let mut entries = Vec::new();
        for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
            let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
            let [name, signature, redis, ours] = parts[..] else {
                bail!("{}: not `anchor | signature | redis | ours`: {line}", list.display());
            };
            let heading = |l: &str| l.starts_with('#') && anchor(l.trim_start_matches('#').trim()) == name;
            if !explained.lines().any(heading) {
                bail!("{}: {name} is not a heading of {}", list.display(), explanations.display());
            }
            entries.push(Entry {
                name: name.into(),
                signature: signature.into(),
                redis: redis.into(),
                ours: ours.into(),
            });
        }
        Ok(Allowed { entries })
    }

    /// The entry that explains this difference.
    pub fn covers(&self, difference: &Difference) -> Option<String> {
        let signature = difference.signature();
        self.entries
            .iter()
            .find(|e| {
                glob(&e.signature, &signature) && glob(&e.redis, &difference.redis) && glob(&e.ours, &difference.ours)
            })
            .map(|e| e.name.clone())
    }
}

/// A heading's anchor as the usual Markdown renderers make it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// `*` is any run of characters, everything else itself.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        assert!(glob("*", ""));
        assert!(glob("a*c", "abc"));
        assert!(glob("a*b*", "a-b-c"));
        assert!(!glob("a*c", "abd"));
        assert!(!glob("abc", "abcd"));
        assert!(glob("abc", "abc"));
    }

    #[test]
    fn anchors() {
        assert_eq!(anchor("XTRIM with ~"), "xtrim-with-");
    }
}
