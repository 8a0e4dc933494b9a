//! The command table against a real redis-server 7.0.15: every row and every text must be what COMMAND and COMMAND
//! DOCS say there, and rows and `MISSING` together must be all that is there.

use std::collections::BTreeMap;

use microredis_engine::commands::missing::MISSING;
use microredis_engine::commands::spec::{Arg, ArgKind, Begin, Command, Doc, Find, KeySpec};
use microredis_engine::commands::{keys, table};
use microredis_testkit::{Client, Program, Server, Value};

/// Subcommands of Redis 7.2 that clients send whatever the server's version.
const LATER: &[&str] = &["client|no-touch", "client|setinfo"];

fn with_redis(test: impl FnOnce(&mut Client)) {
    let server = Server::start(&Program::redis(), &[]).expect("redis-server 7.0.15");
    let mut client = server.connect().unwrap();
    client.line("HELLO 3").unwrap();
    test(&mut client);
}

/// Every command and subcommand by its full name.
fn rows() -> BTreeMap<String, &'static Command> {
    let mut rows = BTreeMap::new();
    for row in table::all() {
        let name = match table::container(row) {
            None => row.name.to_string(),
            Some(container) => format!("{}|{}", container.name, row.name),
        };
        rows.insert(name, row);
    }
    rows
}

/// A reply as text in which sets and maps have one order, so that two can be compared.
fn text(value: &Value) -> String {
    let sorted = |mut items: Vec<String>| {
        items.sort();
        items.join(" ")
    };
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" ")),
        Value::Set(items) => format!("{{{}}}", sorted(items.iter().map(text).collect())),
        Value::Map(items) => {
            let pairs = items.iter().map(|(key, value)| format!("{}={}", key.text(), text(value)));
            format!("({})", sorted(pairs.collect()))
        }
        other => other.text(),
    }
}

fn set<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut items: Vec<&str> = items.collect();
    items.sort_unstable();
    format!("{{{}}}", items.join(" "))
}

fn map(mut pairs: Vec<String>) -> String {
    pairs.sort();
    format!("({})", pairs.join(" "))
}

#[test]
fn rows_say_what_command_info_says() {
    with_redis(|redis| {
        let mut real = BTreeMap::new();
        for entry in redis.call(&["COMMAND"]).unwrap().items() {
            let entry = entry.items();
            for subcommand in entry[9].items() {
                real.insert(subcommand.items()[0].text(), subcommand.items());
            }
            real.insert(entry[0].text(), entry);
        }
        for (name, row) in rows() {
            if LATER.contains(&name.as_str()) {
                continue;
            }
            let real = real.get(&name).unwrap_or_else(|| panic!("{name} is not a command of Redis"));
            let real: Vec<String> = real[1..9].iter().map(text).collect();
            let (first, last, step) = keys::legacy_range(row);
            let categories: Vec<String> = row.categories().names().map(|name| format!("@{name}")).collect();
            let specs: Vec<String> = (0..).zip(row.keys).map(|(index, spec)| key_spec(index, spec, row.doc)).collect();
            let ours = [
                row.arity.to_string(),
                set(row.flags.names()),
                first.to_string(),
                last.to_string(),
                step.to_string(),
                set(categories.iter().map(String::as_str)),
                set(row.doc.hints.iter().copied()),
                set(specs.iter().map(String::as_str)),
            ];
            assert_eq!(ours.as_slice(), real.as_slice(), "{name}");
        }
    });
}

fn key_spec(index: u8, spec: &KeySpec, doc: &Doc) -> String {
    let mut pairs = vec![format!("flags={}", set(spec.flags.names()))];
    if let Some((_, note)) = doc.key_notes.iter().find(|(of, _)| *of == index) {
        pairs.push(format!("notes={note}"));
    }
    let part = |kind: &str, spec: Vec<String>| map(vec![format!("type={kind}"), format!("spec={}", map(spec))]);
    let begin = match spec.begin {
        Begin::Unknown => part("unknown", Vec::new()),
        Begin::Index(index) => part("index", vec![format!("index={index}")]),
        Begin::Keyword { keyword, from } => {
            part("keyword", vec![format!("keyword={keyword}"), format!("startfrom={from}")])
        }
    };
    let find = match spec.find {
        Find::Range { last, step, limit } => {
            part("range", vec![format!("lastkey={last}"), format!("keystep={step}"), format!("limit={limit}")])
        }
        Find::Unknown => part("unknown", Vec::new()),
        Find::Keynum { index, first, step } => {
            part("keynum", vec![format!("keynumidx={index}"), format!("firstkey={first}"), format!("keystep={step}")])
        }
    };
    pairs.push(format!("begin_search={begin}"));
    pairs.push(format!("find_keys={find}"));
    map(pairs)
}

#[test]
fn texts_say_what_command_docs_says() {
    with_redis(|redis| {
        let mut real = BTreeMap::new();
        let Value::Map(docs) = redis.line("COMMAND DOCS").unwrap() else {
            panic!("COMMAND DOCS is not a map");
        };
        for (name, doc) in docs {
            if let Some(Value::Map(subcommands)) = doc.get("subcommands") {
                real.extend(subcommands.into_iter().map(|(name, doc)| (name.text(), doc)));
            }
            real.insert(name.text(), doc);
        }
        for (name, row) in rows() {
            if LATER.contains(&name.as_str()) {
                continue;
            }
            let Value::Map(mut pairs) = real.remove(&name).unwrap_or_else(|| panic!("{name} is not documented")) else {
                panic!("{name}: not a map");
            };
            pairs.retain(|(key, _)| key.text() != "subcommands");
            assert_eq!(document(row), text(&Value::Map(pairs)), "{name}");
        }
    });
}

fn document(row: &Command) -> String {
    let doc = row.doc;
    let mut pairs =
        vec![format!("summary={}", doc.summary), format!("since={}", row.since), format!("group={}", row.group.name())];
    let mut optional = |key: &str, empty: bool, text: String| {
        if !empty {
            pairs.push(format!("{key}={text}"));
        }
    };
    optional("complexity", doc.complexity.is_empty(), doc.complexity.to_string());
    optional("doc_flags", doc.flags.is_empty(), set(doc.flags.iter().copied()));
    optional("deprecated_since", doc.deprecated_since.is_empty(), doc.deprecated_since.to_string());
    optional("replaced_by", doc.replaced_by.is_empty(), doc.replaced_by.to_string());
    let history: Vec<String> = doc.history.iter().map(|(version, change)| format!("[{version} {change}]")).collect();
    optional("history", history.is_empty(), set(history.iter().map(String::as_str)));
    optional("arguments", doc.arguments.is_empty(), arguments(doc.arguments));
    map(pairs)
}

fn arguments(args: &[Arg]) -> String {
    let each: Vec<String> = args.iter().map(argument).collect();
    format!("[{}]", each.join(" "))
}

fn argument(arg: &Arg) -> String {
    let mut pairs = vec![format!("name={}", arg.name), format!("type={}", arg.kind.name())];
    if arg.kind == ArgKind::Key || arg.key_spec > 0 {
        pairs.push(format!("key_spec_index={}", arg.key_spec));
    }
    for (key, text) in [("token", arg.token), ("since", arg.since), ("deprecated_since", arg.deprecated_since)] {
        if !text.is_empty() || (key == "token" && arg.kind == ArgKind::PureToken) {
            pairs.push(format!("{key}={text}"));
        }
    }
    let flags =
        [(arg.optional, "optional"), (arg.multiple, "multiple"), (arg.multiple_token, "multiple_token")].into_iter();
    let flags: Vec<&str> = flags.filter(|(on, _)| *on).map(|(_, name)| name).collect();
    if !flags.is_empty() {
        pairs.push(format!("flags={}", set(flags.into_iter())));
    }
    if !arg.args.is_empty() {
        pairs.push(format!("arguments={}", arguments(arg.args)));
    }
    map(pairs)
}

#[test]
fn rows_and_the_missing_are_all_of_redis() {
    with_redis(|redis| {
        let mut real: Vec<String> = redis.line("COMMAND LIST").unwrap().items().iter().map(Value::text).collect();
        for entry in redis.line("COMMAND INFO").unwrap().items() {
            real.extend(entry.items()[9].items().iter().map(|subcommand| subcommand.items()[0].text()));
        }
        real.sort();
        real.dedup();
        let mut ours: Vec<String> = rows().into_keys().filter(|name| !LATER.contains(&name.as_str())).collect();
        ours.extend(MISSING.iter().map(|(name, _)| name.to_string()));
        ours.sort();
        assert_eq!(ours, real);
    });
}

#[test]
fn categories_list_what_command_list_filters() {
    with_redis(|redis| {
        let rows = rows();
        let categories: Vec<&str> =
            rows["get"].categories().names().chain(["dangerous", "keyspace", "connection"]).collect();
        for category in categories {
            let real = redis.call(&["COMMAND", "LIST", "FILTERBY", "ACLCAT", category]).unwrap();
            let real: Vec<String> =
                real.items().iter().map(Value::text).filter(|name| rows.contains_key(name)).collect();
            let ours: Vec<String> = rows
                .iter()
                .filter(|(name, row)| {
                    row.categories().names().any(|of| of == category) && !LATER.contains(&name.as_str())
                })
                .map(|(name, _)| name.clone())
                .collect();
            assert_eq!(set(ours.iter().map(String::as_str)), set(real.iter().map(String::as_str)), "{category}");
        }
    });
}
