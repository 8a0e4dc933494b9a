//! What failed is printed where it happens and kept: the last lines of `cargo xtask test` name it once more, since of a
//! long output often only the end is seen.

use std::fmt::Display;
use std::sync::Mutex;

const MARK: &str = "FAILED ";
/// Characters of one failure that the end repeats, from each end of its text.
const SIDE: usize = 400;
/// Failures that the end repeats: after so many the first are what matters.
const KEPT: usize = 20;

static KEPT_LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints a failure and keeps it, on one line and shortened in its middle.
pub fn failed(what: impl Display) {
    let text = what.to_string();
    println!("{MARK}{text}");
    keep(shortened(&text.lines().map(str::trim_end).collect::<Vec<_>>().join(" | ")));
}

/// Takes over what another process of this program has kept, from what it printed.
pub fn adopt(printed: &str) {
    listed(printed).for_each(|line| keep(line.to_string()));
}

fn listed(printed: &str) -> impl Iterator<Item = &str> {
    let list = printed.rsplit_once(TITLE).map_or("", |(_, list)| list);
    list.lines().filter_map(|line| line.strip_prefix(MARK))
}

const TITLE: &str = "=== failed\n";

/// The end's list; nothing if nothing failed.
pub fn print() {
    let lines = lock();
    if !lines.is_empty() {
        print!("\n{TITLE}");
        lines.iter().take(KEPT).for_each(|line| println!("{MARK}{line}"));
        if lines.len() > KEPT {
            println!("and {} more, above", lines.len() - KEPT);
        }
    }
}

fn keep(line: String) {
    lock().push(line);
}

fn lock() -> std::sync::MutexGuard<'static, Vec<String>> {
    KEPT_LINES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn shortened(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 2 * SIDE {
        return text.to_string();
    }
    let side = |part: &[char]| part.iter().collect::<String>();
    format!("{} ... {}", side(&chars[..SIDE]), side(&chars[chars.len() - SIDE..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_failure_keeps_both_ends() {
        let text = format!("first{}last", "é".repeat(1000));
        let short = shortened(&text);
        assert!(short.starts_with("first") && short.ends_with("last") && short.chars().count() == 2 * SIDE + 5);
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn what_another_process_kept_is_taken_from_the_end_of_what_it_printed() {
        let printed = "FAILED where it happened\nmore\n\n=== failed\nFAILED one | more\n\n0 passed, 1 failed\n";
        assert!(listed(printed).eq(["one | more"]));
    }
}
