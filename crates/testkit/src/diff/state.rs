//! The whole state of two servers, compared: every key's type, encoding, time to live and contents, in every database.
//! Unlike DEBUG DIGEST it names the key that differs.

use super::pair::Difference;
use super::{check, clock};
use crate::client::{Client, ClientError};
use crate::resp::Value;

/// Databases of a server; broken commands get into any of them.
const DATABASES: usize = 16;

/// Everything that can be known of a key.
struct KeyState {
    key: Vec<u8>,
    kind: String,
    encoding: Value,
    ttl: i64,
    contents: Value,
}

/// The databases that hold anything.
fn databases(client: &mut Client) -> Result<Vec<usize>, ClientError> {
    let info = client.call(&["INFO", "keyspace"])?.text();
    let numbers = info.lines().filter_map(|l| l.strip_prefix("db")?.split(':').next()?.parse().ok());
    Ok(numbers.collect())
}

/// The keys of a database, which is then the selected one.
fn keys(client: &mut Client, database: &str) -> Result<Vec<Vec<u8>>, ClientError> {
    client.call(&["SELECT", database])?;
    let mut keys: Vec<Vec<u8>> =
        client.call(&["KEYS", "*"])?.items().iter().filter_map(|v| v.bytes().map(<[u8]>::to_vec)).collect();
    keys.sort();
    Ok(keys)
}

fn describe(client: &mut Client, keys: &[Vec<u8>]) -> Result<Vec<KeyState>, ClientError> {
    for key in keys {
        client.queue(&[b"TYPE", key.as_slice()]);
        client.queue(&[b"OBJECT", b"ENCODING".as_slice(), key]);
        client.queue(&[b"PTTL", key.as_slice()]);
    }
    client.flush()?;
    let mut out = Vec::new();
    for key in keys {
        let kind = client.read()?.text();
        let encoding = client.read()?;
        let ttl = client.read()?.int().unwrap_or(-3);
        out.push(KeyState { key: key.clone(), kind, encoding, ttl, contents: Value::Null });
    }
    for state in &out {
        let key = state.key.as_slice();
        match state.kind.as_str() {
            "string" => client.queue(&[b"GET", key]),
            "list" => client.queue(&[b"LRANGE", key, b"0", b"-1"]),
            "hash" => client.queue(&[b"HGETALL", key]),
            "set" => client.queue(&[b"SMEMBERS", key]),
            "zset" => client.queue(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]),
            "stream" => client.queue(&[b"XINFO", b"STREAM".as_slice(), key, b"FULL", b"COUNT", b"0"]),
            _ => client.queue(&[b"EXISTS", key]),
        }
    }
    client.flush()?;
    for state in &mut out {
        let contents = client.read()?;
        let packed = matches!(state.encoding.bytes(), Some(b"listpack" | b"intset"));
        state.contents = match state.kind.as_str() {
            "hash" | "set" if !packed => {
                let width = if state.kind == "hash" { 2 } else { 1 };
                let mut units: Vec<Vec<Value>> = contents.items().chunks(width).map(<[Value]>::to_vec).collect();
                units.sort();
                Value::Array(units.concat())
            }
            "stream" => Value::Array(check::without_inside(&contents)),
            _ => contents,
        };
    }
    Ok(out)
}

/// Every difference between the two states; the `step` is for the caller to fill in.
pub fn compare(redis: &mut Client, ours: &mut Client) -> Result<Vec<Difference>, ClientError> {
    let mut out = Vec::new();
    let used = [databases(redis)?, databases(ours)?].concat();
    for database in (0..DATABASES).filter(|n| used.contains(n)).map(|n| n.to_string()) {
        let database = database.as_str();
        let redis_keys = keys(redis, database)?;
        let ours_keys = keys(ours, database)?;
        for key in redis_keys.iter().filter(|k| !ours_keys.contains(k)) {
            out.push(difference(database, key, "state: key missing", "exists".into(), "does not".into()));
        }
        for key in ours_keys.iter().filter(|k| !redis_keys.contains(k)) {
            out.push(difference(database, key, "state: key too many", "does not exist".into(), "exists".into()));
        }
        let common: Vec<Vec<u8>> = redis_keys.into_iter().filter(|k| ours_keys.contains(k)).collect();
        let states = describe(redis, &common)?.into_iter().zip(describe(ours, &common)?);
        for (a, b) in states {
            let what = if a.kind != b.kind {
                "state: type".to_string()
            } else if a.encoding != b.encoding {
                format!("state: {} encoding", a.kind)
            } else if (a.ttl < 0 || b.ttl < 0) && a.ttl != b.ttl || a.ttl.abs_diff(b.ttl) > clock::APART_MS as u64 {
                "state: time to live".to_string()
            } else if a.contents != b.contents {
                format!("state: {} contents", a.kind)
            } else {
                continue;
            };
            let show = |s: &KeyState| format!("{} {:?} ttl {} {:?}", s.kind, s.encoding, s.ttl, s.contents);
            out.push(difference(database, &a.key, &what, show(&a), show(&b)));
        }
    }
    redis.call(&["SELECT", "0"])?;
    ours.call(&["SELECT", "0"])?;
    // The digest last: it covers what the dump may have forgotten, and it names no key.
    let (a, b) = (redis.call(&["DEBUG", "DIGEST"])?, ours.call(&["DEBUG", "DIGEST"])?);
    if out.is_empty() && a != b && !a.is_error() && !b.is_error() {
        out.push(difference("0", b"", "state: DEBUG DIGEST", a.text(), b.text()));
    }
    Ok(out)
}

/// Deletes on both what differs, so that the next difference is a new one.
pub fn level(redis: &mut Client, ours: &mut Client) -> Result<(), ClientError> {
    for difference in compare(redis, ours)? {
        let database = difference.command[1].clone();
        let key = difference.command[2].clone();
        for client in [&mut *redis, &mut *ours] {
            client.call(&[b"SELECT".to_vec(), database.clone()])?;
            client.call(&[b"DEL".to_vec(), key.clone()])?;
            client.call(&["SELECT", "0"])?;
        }
    }
    Ok(())
}

fn difference(database: &str, key: &[u8], what: &str, redis: String, ours: String) -> Difference {
    Difference {
        step: 0,
        command: vec![b"(state)".to_vec(), database.as_bytes().to_vec(), key.to_vec()],
        what: what.into(),
        redis,
        ours,
        fatal: false,
    }
}
