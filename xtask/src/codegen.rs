//! `xtask codegen`: the documents that are derived from the command table.
//!
//! docs/commands.md (every command with its syntax, and what has no row yet), docs/config.md (every parameter) and the
//! support list between the markers of README.md. They are committed, so that a reader needs no tool; `--check` fails
//! when they are stale. Not here: anything about a command or a parameter, which stands in their tables only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use microredis_engine::commands::missing::MISSING;
use microredis_engine::commands::spec::{Arg, ArgKind, Command, Group};
use microredis_engine::commands::table;
use microredis_engine::config::table::PARAMS;

const README_BEGIN: &str = "<!-- generated: support -->\n";
const README_END: &str = "<!-- end of generated -->\n";

/// The order in which a reader looks for groups.
const GROUPS: &[(Group, &str)] = &[
    (Group::String, "Strings"),
    (Group::Bitmap, "Bitmaps"),
    (Group::Hash, "Hashes"),
    (Group::List, "Lists"),
    (Group::Set, "Sets"),
    (Group::SortedSet, "Sorted sets"),
    (Group::Stream, "Streams"),
    (Group::Hyperloglog, "HyperLogLog"),
    (Group::Geo, "Geo"),
    (Group::Generic, "Keys"),
    (Group::PubSub, "Pub/Sub"),
    (Group::Transactions, "Transactions"),
    (Group::Scripting, "Scripts and functions"),
    (Group::Connection, "Connection"),
    (Group::Server, "Server"),
    (Group::Cluster, "Cluster"),
];

/// Writes the generated documents; with `--check` only says whether they are as they should be.
pub fn run(parser: &mut lexopt::Parser) -> Result<bool> {
    let mut check = false;
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("check") => check = true,
            other => return Err(other.unexpected().into()),
        }
    }
    write(check)
}

/// Writes what is stale, or with `check` only names it; says whether all was fresh or is now.
pub fn write(check: bool) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).context("README.md")?;
    let documents = [
        ("docs/commands.md", commands_page()),
        ("docs/config.md", parameters_page()),
        ("README.md", with_support_list(&readme)?),
    ];
    let mut fresh = true;
    for (name, text) in documents {
        let path = root.join(name);
        if fs::read_to_string(&path).is_ok_and(|now| now == text) {
            continue;
        }
        if check {
            eprintln!("{name} is stale: run `cargo xtask codegen`");
            fresh = false;
        } else {
            fs::write(&path, text).context(name)?;
            println!("wrote {name}");
        }
    }
    Ok(fresh)
}

/// Which parameters act, and which are only kept.
fn parameters_page() -> String {
    let list = |kept: bool| {
        let names = PARAMS.iter().filter(|param| param.kept == kept && !param.hidden);
        names.map(|param| format!("`{}`", param.name)).collect::<Vec<_>>()
    };
    let (act, kept) = (list(false), list(true));
    format!(
        "# Parameters\n\n\
         Generated from the table of parameters by `cargo xtask codegen`; do not edit.\n\n\
         Names, values, bounds and defaults are those of redis-server 7.0.15, older names as well, in its config file, on \
         the command line and for `CONFIG`. `maxkeys` and `rate-limit` are ours.\n\n\
         ## {} that act\n\n{}.\n\n\
         ## {} that are only kept\n\n\
         They are checked and shown like the others, for clients and test suites that ask for them, and nothing acts on \
         them: there is no append only file, no replication, no cluster, no user but `default` here. Whoever sets one to \
         another value than its default finds a warning in the log.\n\n{}.\n",
        act.len(),
        act.join(", "),
        kept.len(),
        kept.join(", ")
    )
}

fn commands_page() -> String {
    let mut page = format!(
        "# Commands\n\n\
         Generated from the command table by `cargo xtask codegen`; do not edit.\n\n\
         {} commands of Redis 7.0.15 and their subcommands are supported, with all options that Redis 7.0 gives \
         them. Where a reply differs from Redis's, [differences.md](differences.md) says so. The version is that \
         of Redis in which the command appeared. Every command with subcommands has HELP too.\n",
        table::COMMANDS
    );
    for (group, title) in GROUPS {
        let mut rows: Vec<&Command> = table::commands().iter().collect();
        rows.retain(|row| row.group == *group);
        rows.sort_by_key(|row| row.name);
        let missing = missing_names(*group);
        if rows.is_empty() && missing.is_empty() {
            continue;
        }
        let _ = write!(page, "\n## {title}\n");
        if !rows.is_empty() {
            page.push('\n');
        }
        for row in rows {
            // A container that does nothing by itself is shown by its subcommands.
            if row.subcommands.is_empty() || row.arity == -1 {
                entry(&mut page, "", row);
            }
            for sub in row.subcommands.iter().filter(|sub| sub.name != "help") {
                entry(&mut page, row.name, sub);
            }
        }
        if !missing.is_empty() {
            let list = missing.join(", ");
            let _ = write!(page, "\nNot supported yet: {list}.\n");
        }
    }
    page
}

/// One line a command: syntax, summary, version.
fn entry(page: &mut String, container: &str, row: &Command) {
    let name = format!("{container} {}", row.name).to_uppercase();
    let name = name.trim();
    let mut syntax = name.to_string();
    for arg in row.doc.arguments {
        syntax.push(' ');
        syntax.push_str(&syntax_of(arg));
    }
    let summary = row.doc.summary.trim_end_matches('.');
    let _ = write!(page, "- `{syntax}`: {summary}. Since {}", row.since);
    if !row.doc.deprecated_since.is_empty() {
        let _ = write!(page, ", deprecated since {}", row.doc.deprecated_since);
    }
    page.push_str(".\n");
}

/// An argument as Redis's own command pages write it: `[NX | XX]`, `[EX seconds]`, `key [key ...]`.
fn syntax_of(arg: &Arg) -> String {
    let body = match arg.kind {
        ArgKind::PureToken => arg.token.to_string(),
        ArgKind::OneOf => {
            let choices: Vec<String> = arg.args.iter().map(syntax_of).collect();
            let choices = choices.join(" | ");
            let bare = arg.optional && arg.token.is_empty() && !arg.multiple;
            if bare { choices } else { format!("<{choices}>") }
        }
        ArgKind::Block => {
            let members: Vec<String> = arg.args.iter().map(syntax_of).collect();
            members.join(" ")
        }
        _ => arg.name.to_string(),
    };
    let repeated = |body: &str| match (arg.multiple, arg.kind) {
        (false, _) => body.to_string(),
        // Alternatives written twice are longer than clear.
        (true, ArgKind::OneOf) => format!("{body} ..."),
        (true, _) => format!("{body} [{body} ...]"),
    };
    let with_token = match (arg.token, arg.kind) {
        ("", _) | (_, ArgKind::PureToken) => repeated(&body),
        (token, _) if arg.multiple_token => repeated(&format!("{token} {body}")),
        (token, _) => format!("{token} {}", repeated(&body)),
    };
    match arg.optional {
        true => format!("[{with_token}]"),
        false => with_token,
    }
}

/// README.md with its support list made new.
fn with_support_list(readme: &str) -> Result<String> {
    let parts = readme.split_once(README_BEGIN);
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once(README_END)?.1)));
    let Some((before, after)) = parts else {
        bail!("README.md lacks the lines {README_BEGIN:?} and {README_END:?}");
    };
    let list = support_list();
    Ok(format!("{before}{README_BEGIN}{list}{README_END}{after}"))
}

fn support_list() -> String {
    let mut list = String::from("| group | supported | not yet |\n|---|---|---|\n");
    for (group, title) in GROUPS {
        let mut names = Vec::new();
        for row in table::commands().iter().filter(|row| row.group == *group) {
            names.push(match row.subcommands {
                [] => row.name.to_uppercase(),
                subcommands => {
                    let subcommands = subcommands.iter().filter(|sub| sub.name != "help");
                    let subcommands: Vec<String> = subcommands.map(|sub| sub.name.to_uppercase()).collect();
                    format!("{} ({})", row.name.to_uppercase(), subcommands.join(" "))
                }
            });
        }
        names.sort();
        let (names, missing) = (names.join(", "), missing_names(*group).join(", "));
        let _ = writeln!(list, "| {title} | {names} | {missing} |");
    }
    list
}

/// Commands of Redis without a row, containers with the missing subcommands only where the container has a row.
fn missing_names(group: Group) -> Vec<String> {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, _) in MISSING.iter().filter(|(_, of)| *of == group) {
        match name.split_once('|') {
            None => drop(names.entry(name).or_default()),
            Some((container, sub)) if table::lookup(container.as_bytes()).is_some() => {
                names.entry(container).or_default().push(sub.to_uppercase());
            }
            Some(_) => {}
        }
    }
    let shown = names.into_iter().map(|(name, subs)| match subs.is_empty() {
        true => name.to_uppercase(),
        false => format!("{} ({})", name.to_uppercase(), subs.join(" ")),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax(name: &str) -> String {
        let row = table::lookup(name.as_bytes()).unwrap();
        let args: Vec<String> = row.doc.arguments.iter().map(syntax_of).collect();
        args.join(" ")
    }

    #[test]
    fn syntax_reads_as_on_redis_pages() {
        let check = |name: &str, expect: &str| assert_eq!(syntax(name), expect);
        check("get", "key");
        check("del", "key [key ...]");
        check("mset", "key value [key value ...]");
        check("lpos", "key element [RANK rank] [COUNT num-matches] [MAXLEN len]");
        check("linsert", "key <BEFORE | AFTER> pivot element");
        check(
            "set",
            "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | \
             PXAT unix-time-milliseconds | KEEPTTL]",
        );
        check(
            "zunion",
            "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]",
        );
    }

    #[test]
    fn a_readme_keeps_what_is_around_the_list() {
        let readme = format!("a\n{README_BEGIN}old\n{README_END}b\n");
        let new = with_support_list(&readme).unwrap();
        assert!(new.starts_with("a\n") && new.ends_with("b\n") && !new.contains("old"));
        assert_eq!(with_support_list(&new).unwrap(), new);
        assert!(with_support_list("no markers").is_err());
    }
}
