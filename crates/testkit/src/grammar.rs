//! The commands as COMMAND DOCS and COMMAND INFO describe them, that is as the command table does: names, groups,
//! arity and the grammar of the arguments. Read over the wire, so that any server can be asked.

use crate::client::Client;
use crate::resp::Value;
use anyhow::{Context, Result, bail};

#[derive(Clone, Debug)]
pub struct Command {
    /// Upper case, one word or two ("CONFIG", "GET").
    pub words: Vec<String>,
    pub group: String,
    pub arity: i64,
    pub flags: Vec<String>,
    pub arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
pub struct Argument {
    pub name: String,
    pub kind: Kind,
    pub token: Option<String>,
    pub optional: bool,
    pub multiple: bool,
    pub multiple_token: bool,
    pub members: Vec<Argument>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl Command {
    pub fn name(&self) -> String {
        self.words.join(" ")
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    /// All option words of the grammar.
    pub fn tokens(&self) -> Vec<String> {
        fn walk(arguments: &[Argument], out: &mut Vec<String>) {
            for a in arguments {
                if let Some(token) = a.token.as_ref().filter(|t| !t.is_empty()) {
                    out.extend(token.split_ascii_whitespace().map(str::to_ascii_uppercase));
                }
                walk(&a.members, out);
            }
        }
        let mut out = Vec::new();
        walk(&self.arguments, &mut out);
        out.sort();
        out.dedup();
        out
    }
}

/// Every command and subcommand that `server` documents, sorted by name; containers that need a subcommand left out.
pub fn read(server: &mut Client) -> Result<Vec<Command>> {
    let docs = server.call(&["COMMAND", "DOCS"])?;
    if docs.is_error() {
        bail!("COMMAND DOCS: {docs:?}");
    }
    let info = server.call(&["COMMAND", "INFO"])?;
    let mut facts = Vec::new();
    for entry in info.items() {
        collect_facts(&entry, &mut facts);
    }
    let mut commands = Vec::new();
    for pair in docs.items().chunks_exact(2) {
        collect(&pair[0].text(), &pair[1], &facts, &mut commands)?;
    }
    commands.sort_by_key(Command::name);
    Ok(commands)
}

type Facts = Vec<(String, i64, Vec<String>)>;

fn collect_facts(entry: &Value, out: &mut Facts) {
    let fields = entry.items();
    if fields.len() < 3 {
        return;
    }
    let flags = fields[2].items().iter().map(Value::text).collect();
    out.push((fields[0].text(), fields[1].int().unwrap_or(0), flags));
    if let Some(subcommands) = fields.get(9) {
        for sub in subcommands.items() {
            collect_facts(&sub, out);
        }
    }
}

fn collect(name: &str, doc: &Value, facts: &Facts, out: &mut Vec<Command>) -> Result<()> {
    let mut subcommands = 0;
    if let Some(subs) = doc.get("subcommands") {
        for pair in subs.items().chunks_exact(2) {
            subcommands += 1;
            collect(&pair[0].text(), &pair[1], facts, out)?;
        }
    }
    let (_, arity, flags) = facts
        .iter()
        .find(|(n, ..)| n == name)
        .with_context(|| format!("COMMAND DOCS has {name}, COMMAND INFO has not"))?;
    // COMMAND itself runs without a subcommand; OBJECT and its like do not.
    if subcommands > 0 && *arity == -2 {
        return Ok(());
    }
    out.push(Command {
        words: name.split('|').map(str::to_ascii_uppercase).collect(),
        group: doc.get("group").map(|g| g.text()).unwrap_or_default(),
        arity: *arity,
        flags: flags.clone(),
        arguments: arguments(doc)?,
    });
    Ok(())
}

fn arguments(doc: &Value) -> Result<Vec<Argument>> {
    let Some(list) = doc.get("arguments") else {
        return Ok(Vec::new());
    };
    list.items().iter().map(argument).collect()
}

fn argument(doc: &Value) -> Result<Argument> {
    let name = doc.get("name").map(|v| v.text()).unwrap_or_default();
    let flags: Vec<String> = doc.get("flags").map(|f| f.items().iter().map(Value::text).collect()).unwrap_or_default();
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let kind = match doc.get("type").map(|v| v.text()).unwrap_or_default().as_str() {
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "double" => Kind::Double,
        "key" => Kind::Key,
        "pattern" => Kind::Pattern,
        "unix-time" => Kind::UnixTime,
        "pure-token" => Kind::PureToken,
        "oneof" => Kind::OneOf,
        "block" => Kind::Block,
        other => bail!("argument {name} has the unknown type {other:?}"),
    };
    Ok(Argument {
        kind,
        token: doc.get("token").map(|v| v.text()),
        optional: has("optional"),
        multiple: has("multiple"),
        multiple_token: has("multiple_token"),
        members: arguments(doc)?,
        name,
    })
}
