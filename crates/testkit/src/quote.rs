//! Text forms of commands and replies: redis-cli's quoting for what is sent, and a readable rendering of replies that
//! says everything about them (a bulk string is quoted, a simple string is bare, the three nulls differ).

use crate::resp::Value;

/// Quotes one argument when it needs it, as `redis-cli` reads it back.
pub fn arg(bytes: &[u8]) -> String {
    let plain =
        !bytes.is_empty() && bytes.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\' | b'#'));
    if plain { String::from_utf8_lossy(bytes).into_owned() } else { quoted(bytes) }
}

/// A whole command on a line; very long arguments are cut when `cut` is given (for reports, not for replay).
pub fn command(args: &[Vec<u8>], cut: Option<usize>) -> String {
    let mut words = Vec::new();
    for a in args {
        match cut {
            Some(max) if a.len() > max => words.push(format!("{}...({} bytes)", quoted(&a[..max / 2]), a.len())),
            _ => words.push(arg(a)),
        }
    }
    words.join(" ")
}

pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(b as char),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

/// Splits a line into arguments: blanks separate, `"..."` with escapes, `'...'` with `\'` only; as Redis's
/// `sdssplitargs`. `None` for unbalanced quotes.
pub fn split(line: &str) -> Option<Vec<Vec<u8>>> {
    let bytes = line.as_bytes();
    let mut args = Vec::new();
    let mut i = 0;
    loop {
        while i < bytes.len() && bytes[i].is_ascii_whitespace() {
            i += 1;
        }
        if i == bytes.len() {
            return Some(args);
        }
        let mut word = Vec::new();
        let quote = match bytes[i] {
            q @ (b'"' | b'\'') => {
                i += 1;
                Some(q)
            }
            _ => None,
        };
        loop {
            match (quote, bytes.get(i).copied()) {
                (None, None) => break,
                (None, Some(b)) if b.is_ascii_whitespace() => break,
                (Some(_), None) => return None,
                (Some(q), Some(b)) if b == q => {
                    i += 1;
                    if bytes.get(i).is_some_and(|b| !b.is_ascii_whitespace()) {
                        return None;
                    }
                    break;
                }
                (Some(b'"'), Some(b'\\')) => {
                    let (byte, used) = escape(&bytes[i..])?;
                    word.push(byte);
                    i += used;
                    continue;
                }
                (Some(b'\''), Some(b'\\')) if bytes.get(i + 1) == Some(&b'\'') => {
                    word.push(b'\'');
                    i += 2;
                    continue;
                }
                (_, Some(b)) => word.push(b),
            }
            i += 1;
        }
        args.push(word);
    }
}

fn escape(rest: &[u8]) -> Option<(u8, usize)> {
    Some(match rest.get(1)? {
        b'x' => {
            let hex = std::str::from_utf8(rest.get(2..4)?).ok()?;
            (u8::from_str_radix(hex, 16).ok()?, 4)
        }
        b'n' => (b'\n', 2),
        b'r' => (b'\r', 2),
        b't' => (b'\t', 2),
        b'a' => (7, 2),
        b'b' => (8, 2),
        &other => (other, 2),
    })
}

/// A reply on one line, for reports.
pub fn inline(value: &Value) -> String {
    let list = |items: &[Value]| items.iter().map(inline).collect::<Vec<_>>().join(", ");
    let pairs = |items: &[(Value, Value)]| {
        items.iter().map(|(k, v)| format!("{}: {}", inline(k), inline(v))).collect::<Vec<_>>().join(", ")
    };
    match value {
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Set(items) => format!("~[{}]", list(items)),
        Value::Push(items) => format!(">[{}]", list(items)),
        Value::Map(items) => format!("%{{{}}}", pairs(items)),
        Value::Attribute(items) => format!("|{{{}}}", pairs(items)),
        scalar => scalar_text(scalar),
    }
}

/// A reply over as many lines as it takes, each line's start telling the type; [`crate::script`] reads it back.
pub fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Value::Array(items) | Value::Set(items) | Value::Push(items) => {
            let mark = match value {
                Value::Array(_) => '*',
                Value::Set(_) => '~',
                _ => '>',
            };
            out.push_str(&format!("{pad}{mark}{}\n", items.len()));
            for item in items {
                block(item, indent + 1, out);
            }
        }
        Value::Map(pairs) | Value::Attribute(pairs) => {
            let mark = if matches!(value, Value::Map(_)) { '%' } else { '|' };
            out.push_str(&format!("{pad}{mark}{}\n", pairs.len()));
            for (k, v) in pairs {
                block(k, indent + 1, out);
                block(v, indent + 1, out);
            }
        }
        scalar => out.push_str(&format!("{pad}{}\n", scalar_text(scalar))),
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Simple(b) => format!("+{}", escaped(b)),
        Value::Error(b) => format!("-{}", escaped(b)),
        Value::Int(n) => format!(":{n}"),
        Value::Bulk(b) => quoted(b),
        Value::NullBulk => "(nil)".into(),
        Value::NullArray => "(nil array)".into(),
        Value::Null => "(null)".into(),
        Value::Bool(b) => if *b { "(true)" } else { "(false)" }.into(),
        Value::Double(b) => format!(",{}", escaped(b)),
        Value::BigNumber(b) => format!("(big {})", escaped(b)),
        Value::Verbatim(format, b) => format!("={}:{}", String::from_utf8_lossy(format), quoted(b)),
        Value::Array(_) | Value::Set(_) | Value::Push(_) | Value::Map(_) | Value::Attribute(_) => inline(value),
    }
}

/// Text bytes as they are, everything else escaped, without surrounding quotes.
fn escaped(bytes: &[u8]) -> String {
    let q = quoted(bytes);
    q[1..q.len() - 1].replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_reads_back() {
        let words: [&[u8]; 7] = [b"plain", b"", b"two words", b"\"q\" 'x' \\", b"\0\xff\r\n\t", b"#hash", b"a\"b"];
        let args: Vec<Vec<u8>> = words.iter().map(|w| w.to_vec()).collect();
        assert_eq!(split(&command(&args, None)), Some(args));
        assert_eq!(split("'it\\'s' x"), Some(vec![b"it's".to_vec(), b"x".to_vec()]));
        assert_eq!(split("\"open"), None);
        assert_eq!(split("\"a\"b"), None);
    }
}
