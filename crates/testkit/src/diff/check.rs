//! What "the same reply" means for each command: exactly equal for nearly all; as a multiset where a hash table's
//! order shows; by membership where the answer is random; by kind where it tells of the process itself.

use super::clock;
use crate::resp::Value;

/// How a command's replies are compared, and what else must be asked in the same pipeline to do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    Exact,
    /// Elements (taken `width` at a time) in any order.
    Unordered {
        width: usize,
    },
    /// In order when the key's encoding (asked before) is a packed one, else in any order.
    ByEncoding {
        key: Vec<u8>,
        width: usize,
    },
    /// A time left, in the unit of so many milliseconds: two clocks tell it.
    Left(i64),
    /// A point in time, in the unit of so many milliseconds: exact where a command named it.
    Point(i64),
    /// Same kind of reply, whatever it says.
    Kind,
    /// A full iteration of a SCAN-like command.
    Scan,
    /// A random pick: as many as the other, each one of the key's contents, which `contents` asks for.
    Pick {
        contents: Vec<Vec<u8>>,
        /// A positive count takes nothing twice.
        distinct: bool,
    },
    /// As `Pick`, and it changes the key: the key is deleted afterwards on both.
    PickAndDrop {
        contents: Vec<Vec<u8>>,
        key: Vec<u8>,
    },
    /// A reply that depends on the clock and changes the key: same kind, the key is deleted afterwards on both.
    KindAndDrop {
        key: Vec<u8>,
    },
    /// Scores that are distances, whose last digits are those of a C library's sine; the key is deleted afterwards on
    /// both, lest other commands meet them.
    DistancesAndDrop {
        key: Vec<u8>,
    },
    /// Texts equal, numbers nearly.
    Close,
    /// Equal when everything inside is sorted: nested tables.
    Deep,
    /// XINFO STREAM without what tells of the inside.
    StreamInfo,
}

fn upper(word: &[u8]) -> String {
    String::from_utf8_lossy(word).to_ascii_uppercase()
}

fn command(words: &[&str], key: &[u8], more: &[&str]) -> Vec<Vec<u8>> {
    let mut args: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
    args.push(key.to_vec());
    args.extend(more.iter().map(|w| w.as_bytes().to_vec()));
    args
}

/// The check for a command as sent.
pub fn of(args: &[Vec<u8>]) -> Check {
    let first = upper(&args[0]);
    let second = args.get(1).map(|a| upper(a)).unwrap_or_default();
    let key = args.get(1).cloned().unwrap_or_default();
    let single = args.len() == 2;
    // With values or scores beside them equal texts may follow one another.
    let distinct = args.len() == 3 && !args[2].starts_with(b"-");
    match first.as_str() {
        "KEYS" | "SUNION" | "SINTER" | "SDIFF" => Check::Unordered { width: 1 },
        "HKEYS" | "HVALS" | "SMEMBERS" if single => Check::ByEncoding { key, width: 1 },
        "HGETALL" if single => Check::ByEncoding { key, width: 2 },
        "SORT" | "SORT_RO" if args.len() > 1 => Check::ByEncoding { key, width: 1 },
        "SCAN" | "HSCAN" | "SSCAN" | "ZSCAN" => Check::Scan,
        "SRANDMEMBER" if args.len() > 1 => Check::Pick { contents: command(&["SMEMBERS"], &key, &[]), distinct },
        "HRANDFIELD" if args.len() > 1 => Check::Pick { contents: command(&["HGETALL"], &key, &[]), distinct },
        "ZRANDMEMBER" if args.len() > 1 => {
            Check::Pick { contents: command(&["ZRANGE"], &key, &["0", "-1", "WITHSCORES"]), distinct }
        }
        "RANDOMKEY" => Check::Pick { contents: command(&["KEYS"], b"*", &[]), distinct: false },
        "SPOP" if args.len() > 1 => Check::PickAndDrop { contents: command(&["SMEMBERS"], &key, &[]), key },
        "XADD" if args.iter().skip(2).any(|a| a == b"*") => Check::KindAndDrop { key },
        "TTL" => Check::Left(1000),
        "PTTL" => Check::Left(1),
        "EXPIRETIME" => Check::Point(1000),
        "PEXPIRETIME" => Check::Point(1),
        "GEORADIUS" | "GEORADIUSBYMEMBER" | "GEOSEARCHSTORE" => distances(args).unwrap_or(Check::Exact),
        "TIME" | "LASTSAVE" | "INFO" | "LOLWUT" => Check::Kind,
        "COMMAND" if matches!(second.as_str(), "" | "COUNT" | "LIST" | "HELP") => Check::Kind,
        "COMMAND" if args.len() == 2 => Check::Kind,
        "COMMAND" if matches!(second.as_str(), "DOCS" | "INFO") => Check::Deep,
        "DUMP" => Check::Kind,
        "CLIENT" if matches!(second.as_str(), "ID" | "LIST" | "INFO") => Check::Kind,
        "HELLO" => Check::Kind,
        "CONFIG" if second == "GET" => Check::Unordered { width: 2 },
        // Redis's small integers are shared objects, and so is the time of their last use; a queued command's argument
        // is shared with it, a copied one is not.
        "OBJECT" if matches!(second.as_str(), "IDLETIME" | "REFCOUNT") => Check::Kind,
        "MEMORY" | "SLOWLOG" | "LATENCY" => Check::Kind,
        "PUBSUB" if matches!(second.as_str(), "CHANNELS" | "SHARDCHANNELS") => Check::Unordered { width: 1 },
        "XINFO" => Check::StreamInfo,
        _ => Check::Exact,
    }
}

/// The check for a geo search that stores distances.
fn distances(args: &[Vec<u8>]) -> Option<Check> {
    let at = args.iter().rposition(|word| upper(word) == "STOREDIST")?;
    let key = if upper(&args[0]) == "GEOSEARCHSTORE" { args.get(1) } else { args.get(at + 1) };
    Some(Check::DistancesAndDrop { key: key?.clone() })
}

/// Whether a command's check needs further commands beside it (and so cannot stand inside MULTI).
pub fn needs_more(words: &[String]) -> bool {
    matches!(
        words[0].as_str(),
        "SCAN"
            | "HSCAN"
            | "SSCAN"
            | "ZSCAN"
            | "SRANDMEMBER"
            | "HRANDFIELD"
            | "ZRANDMEMBER"
            | "RANDOMKEY"
            | "SPOP"
            | "XADD"
            | "SORT"
            | "GEORADIUS"
            | "GEORADIUSBYMEMBER"
            | "GEOSEARCHSTORE"
    )
}

impl Check {
    /// Commands sent before the one to check, to both servers.
    pub fn before(&self) -> Vec<Vec<Vec<u8>>> {
        match self {
            Check::ByEncoding { key, .. } => vec![command(&["OBJECT", "ENCODING"], key, &[])],
            Check::Pick { contents, .. } | Check::PickAndDrop { contents, .. } => {
                vec![contents.clone()]
            }
            _ => Vec::new(),
        }
    }

    /// Commands sent after it, with their own checks.
    pub fn after(&self) -> Vec<(Vec<Vec<u8>>, Check)> {
        let drop = |key: &[u8]| (command(&["DEL"], key, &[]), Check::Exact);
        match self {
            Check::PickAndDrop { key, .. } => vec![(command(&["SCARD"], key, &[]), Check::Exact), drop(key)],
            Check::KindAndDrop { key } => vec![drop(key)],
            Check::DistancesAndDrop { key } => {
                vec![(command(&["ZRANGE"], key, &["0", "-1", "WITHSCORES"]), Check::Close), drop(key)]
            }
            _ => Vec::new(),
        }
    }

    /// `None` when the replies agree, else what is wrong. `before` holds both servers' replies to the commands sent
    /// before, the reference's first.
    pub fn compare(&self, redis: &Value, ours: &Value, before: Option<(&Value, &Value)>) -> Option<&'static str> {
        if redis == ours {
            return None;
        }
        if redis.is_error() || ours.is_error() {
            return Some(if redis.is_error() && ours.is_error() { "error text" } else { "error or not" });
        }
        let verdict = |same: bool, what| if same { None } else { Some(what) };
        match self {
            Check::Exact | Check::Scan | Check::DistancesAndDrop { .. } => Some("reply"),
            Check::Close => verdict(close(redis, ours), "reply"),
            Check::Unordered { width } => verdict(multiset(redis, *width) == multiset(ours, *width), "elements"),
            Check::ByEncoding { width, .. } => {
                let table =
                    before.is_none_or(|(e, _)| !matches!(e.bytes(), Some(b"listpack" | b"ziplist" | b"intset")));
                if !table {
                    return Some("order or elements");
                }
                verdict(multiset(redis, *width) == multiset(ours, *width), "elements")
            }
            Check::Left(unit_ms) | Check::Point(unit_ms) => match (redis, ours) {
                (Value::Int(a), Value::Int(b)) if *a >= 0 && *b >= 0 => {
                    let exact =
                        matches!(self, Check::Point(_)) && clock::ABSOLUTE_MS.contains(&a.saturating_mul(*unit_ms));
                    verdict(!exact && a.abs_diff(*b) <= (clock::APART_MS / unit_ms) as u64, "time")
                }
                _ => Some("reply"),
            },
            Check::Kind | Check::KindAndDrop { .. } => verdict(kind(redis) == kind(ours), "kind of reply"),
            Check::Pick { distinct, .. } => pick(redis, ours, before, *distinct),
            Check::PickAndDrop { .. } => pick(redis, ours, before, true),
            Check::Deep => verdict(deep(redis) == deep(ours), "reply"),
            Check::StreamInfo => verdict(without_inside(redis) == without_inside(ours), "reply"),
        }
    }

    /// The check for the same command's reply inside EXEC, where nothing else was asked.
    pub fn in_exec(&self) -> Check {
        match self {
            Check::ByEncoding { width, .. } => Check::Unordered { width: *width },
            Check::Pick { .. } | Check::PickAndDrop { .. } | Check::KindAndDrop { .. } | Check::Scan => Check::Kind,
            other => other.clone(),
        }
    }
}

/// The same texts, and numbers that differ by no more than rounding.
fn close(redis: &Value, ours: &Value) -> bool {
    let number = |value: &[u8]| std::str::from_utf8(value).ok()?.parse::<f64>().ok();
    let (redis, ours) = (flat(redis), flat(ours));
    redis.len() == ours.len()
        && redis.iter().zip(&ours).all(|(a, b)| {
            a == b || number(a).zip(number(b)).is_some_and(|(a, b)| (a - b).abs() <= 1e-12 * a.abs().max(b.abs()))
        })
}

/// Outer type and, for containers, whether there is anything inside.
fn kind(value: &Value) -> (u8, bool) {
    match value {
        Value::Simple(_) => (0, false),
        Value::Error(_) => (1, false),
        Value::Int(_) => (2, false),
        Value::Bulk(_) => (3, false),
        Value::NullBulk => (4, false),
        Value::NullArray => (5, false),
        Value::Array(_) => (6, false),
        Value::Null => (7, false),
        Value::Bool(_) => (8, false),
        Value::Double(_) => (9, false),
        Value::BigNumber(_) => (10, false),
        Value::Verbatim(..) => (11, false),
        Value::Map(_) => (12, false),
        Value::Set(_) => (13, false),
        Value::Push(_) => (14, false),
        Value::Attribute(_) => (15, false),
    }
}

/// The elements `width` at a time, sorted, with the container's type (an array is not a set). A map's pairs count as
/// one element.
fn multiset(value: &Value, width: usize) -> (u8, Vec<Vec<Value>>) {
    let width = if matches!(value, Value::Map(_)) { 2 } else { width };
    let mut units: Vec<Vec<Value>> = value.items().chunks(width.max(1)).map(<[Value]>::to_vec).collect();
    if units.is_empty() && !matches!(value, Value::Array(_) | Value::Set(_) | Value::Map(_)) {
        units.push(vec![value.clone()]);
    }
    // RESP3 sends HKEYS of a missing key and of a full one alike; sorted by their printed form, which is total.
    units.sort();
    (kind(value).0, units)
}

/// Both picks have the same shape, and ours is made of what our key held, each element once where it must be.
fn pick(redis: &Value, ours: &Value, before: Option<(&Value, &Value)>, distinct: bool) -> Option<&'static str> {
    let Some((_, had)) = before else { return Some("no contents to compare with") };
    if kind(redis) != kind(ours) {
        return Some("kind of reply");
    }
    let mut picked = ours.items();
    if redis.items().len() != picked.len() {
        return Some("number of elements");
    }
    let had = flat(had);
    if flat(ours).iter().any(|item| !had.contains(item)) {
        return Some("an element that is not in the key");
    }
    picked.sort();
    let all = picked.len();
    picked.dedup();
    if distinct && picked.len() < all { Some("repeats elements") } else { None }
}

/// All texts inside, however nested; numbers as text, because RESP3 gives scores as doubles.
fn flat(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::Int(n) => vec![n.to_string().into_bytes()],
        other => match other.bytes() {
            Some(b) => vec![b.to_vec()],
            None => other.items().iter().flat_map(flat).collect(),
        },
    }
}

/// The value with every container inside sorted.
fn deep(value: &Value) -> Value {
    let sorted = |items: &[Value]| {
        let mut items: Vec<Value> = items.iter().map(deep).collect();
        items.sort();
        items
    };
    match value {
        Value::Array(items) => Value::Array(sorted(items)),
        Value::Set(items) => Value::Set(sorted(items)),
        Value::Map(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().map(|(k, v)| (deep(k), deep(v))).collect();
            pairs.sort();
            Value::Map(pairs)
        }
        other => other.clone(),
    }
}

/// XINFO STREAM's fields but those that describe Redis's own radix tree.
pub fn without_inside(value: &Value) -> Vec<Value> {
    let items = value.items();
    let mut out = Vec::new();
    for pair in items.chunks(2) {
        if !matches!(pair[0].bytes(), Some(b"radix-tree-keys" | b"radix-tree-nodes")) {
            out.extend_from_slice(pair);
        }
    }
    out
}
