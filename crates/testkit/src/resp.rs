//! RESP2 and RESP3 as a client sees them: an owned reply value, a decoder that accepts input in any split, and the
//! request encoder. Not the server's parser: this one allocates, and trusts sizes no further than it must.

use std::fmt;

/// One reply. RESP2's two nulls and RESP3's null stay apart, because servers have to get them right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Simple(Vec<u8>),
    Error(Vec<u8>),
    Int(i64),
    Bulk(Vec<u8>),
    NullBulk,
    NullArray,
    Array(Vec<Value>),
    // RESP3
    Null,
    Bool(bool),
    /// The number's text as sent: its formatting is part of the protocol.
    Double(Vec<u8>),
    BigNumber(Vec<u8>),
    Verbatim([u8; 3], Vec<u8>),
    Map(Vec<(Value, Value)>),
    Set(Vec<Value>),
    Push(Vec<Value>),
    Attribute(Vec<(Value, Value)>),
}

/// What the peer sent is not RESP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed reply: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

impl Value {
    pub fn is_error(&self) -> bool {
        matches!(self, Value::Error(_))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null | Value::NullBulk | Value::NullArray)
    }

    /// The bytes of any reply that is a single text.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Simple(b) | Value::Bulk(b) | Value::Error(b) | Value::Double(b) | Value::BigNumber(b) => Some(b),
            Value::Verbatim(_, b) => Some(b),
            _ => None,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Value::Int(n) => n.to_string(),
            other => String::from_utf8_lossy(other.bytes().unwrap_or_default()).into_owned(),
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            other => std::str::from_utf8(other.bytes()?).ok()?.parse().ok(),
        }
    }

    /// The elements of an array, set or push; of a map, keys and values in turn.
    pub fn items(&self) -> Vec<Value> {
        match self {
            Value::Array(v) | Value::Set(v) | Value::Push(v) => v.clone(),
            Value::Map(m) => m.iter().flat_map(|(k, v)| [k.clone(), v.clone()]).collect(),
            _ => Vec::new(),
        }
    }

    /// The value behind `key` in a map, or in an array of alternating keys and values.
    pub fn get(&self, key: &str) -> Option<Value> {
        let items = self.items();
        let mut pairs = items.chunks_exact(2);
        pairs.find(|p| p[0].bytes() == Some(key.as_bytes())).map(|p| p[1].clone())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::quote::inline(self))
    }
}

/// Appends a command as an array of bulk strings.
pub fn encode<A: AsRef<[u8]>>(args: &[A], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", args.len()).as_bytes());
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}

/// Takes bytes in any split, gives whole replies.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > 1 << 20 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole reply, or `None` when more bytes are needed.
    pub fn next_reply(&mut self) -> Result<Option<Value>, Malformed> {
        let mut cursor = Cursor { bytes: &self.buffer[self.start..], at: 0 };
        match cursor.value(0)? {
            Some(value) => {
                self.start += cursor.at;
                Ok(Some(value))
            }
            None => Ok(None),
        }
    }

    /// Bytes received and not yet part of a reply.
    pub fn pending(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Deeper than any reply of a Redis command.
const DEPTH_MAX: usize = 64;

impl Cursor<'_> {
    fn line(&mut self) -> Option<Vec<u8>> {
        let rest = &self.bytes[self.at..];
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        self.at += end + 2;
        Some(rest[..end].to_vec())
    }

    fn blob(&mut self, length: i64) -> Result<Option<Vec<u8>>, Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed(format!("length {length}")))?;
        let rest = &self.bytes[self.at..];
        if rest.len() < length + 2 {
            return Ok(None);
        }
        if &rest[length..length + 2] != b"\r\n" {
            return Err(Malformed(format!("a bulk of {length} bytes does not end with CRLF")));
        }
        self.at += length + 2;
        Ok(Some(rest[..length].to_vec()))
    }

    fn value(&mut self, depth: usize) -> Result<Option<Value>, Malformed> {
        if depth > DEPTH_MAX {
            return Err(Malformed("nested too deep".into()));
        }
        let Some(line) = self.line() else {
            return Ok(None);
        };
        let Some((&kind, rest)) = line.split_first() else {
            return Err(Malformed("an empty line".into()));
        };
        let number = || -> Result<i64, Malformed> {
            std::str::from_utf8(rest)
                .ok()
                .and_then(|s| s.parse().ok())
                .ok_or_else(|| Malformed(format!("not a number: {}", String::from_utf8_lossy(&line))))
        };
        let value = match kind {
            b'+' => Value::Simple(rest.to_vec()),
            b'-' => Value::Error(rest.to_vec()),
            b':' => Value::Int(number()?),
            b'_' => Value::Null,
            b'#' => Value::Bool(rest == b"t"),
            b',' => Value::Double(rest.to_vec()),
            b'(' => Value::BigNumber(rest.to_vec()),
            b'$' | b'=' | b'!' => {
                let length = number()?;
                if length == -1 && kind == b'$' {
                    return Ok(Some(Value::NullBulk));
                }
                let Some(blob) = self.blob(length)? else {
                    return Ok(None);
                };
                match kind {
                    b'$' => Value::Bulk(blob),
                    b'!' => Value::Error(blob),
                    _ => match blob.split_at_checked(4) {
                        Some(([a, b, c, b':'], text)) => Value::Verbatim([*a, *b, *c], text.to_vec()),
                        _ => return Err(Malformed("a verbatim string without its format".into())),
                    },
                }
            }
            b'*' | b'~' | b'>' => {
                let length = number()?;
                if length == -1 && kind == b'*' {
                    return Ok(Some(Value::NullArray));
                }
                let mut items = Vec::new();
                for _ in 0..length {
                    let Some(item) = self.value(depth + 1)? else {
                        return Ok(None);
                    };
                    items.push(item);
                }
                match kind {
                    b'*' => Value::Array(items),
                    b'~' => Value::Set(items),
                    _ => Value::Push(items),
                }
            }
            b'%' | b'|' => {
                let mut pairs = Vec::new();
                for _ in 0..number()? {
                    let Some(key) = self.value(depth + 1)? else {
                        return Ok(None);
                    };
                    let Some(value) = self.value(depth + 1)? else {
                        return Ok(None);
                    };
                    pairs.push((key, value));
                }
                if kind == b'%' { Value::Map(pairs) } else { Value::Attribute(pairs) }
            }
            _ => {
                return Err(Malformed(format!("unknown type: {}", String::from_utf8_lossy(&line))));
            }
        };
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLIES: &[u8] =
        b"+OK\r\n-ERR no\r\n:-5\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*2\r\n:1\r\n$0\r\n\r\n_\r\n#t\r\n,1.5\r\n\
        =5\r\ntxt:x\r\n%1\r\n+k\r\n~1\r\n:1\r\n>1\r\n+p\r\n(123\r\n";

    #[test]
    fn any_split_gives_the_same_replies() {
        let mut whole = Decoder::default();
        whole.feed(REPLIES);
        let mut expected = Vec::new();
        while let Some(value) = whole.next_reply().unwrap() {
            expected.push(value);
        }
        assert_eq!(expected.len(), 14);
        assert_eq!(expected[3], Value::Bulk(b"a\r\n".to_vec()));
        assert_eq!(expected[10], Value::Verbatim(*b"txt", b"x".to_vec()));
        for step in 1..REPLIES.len() {
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            for part in REPLIES.chunks(step) {
                decoder.feed(part);
                while let Some(value) = decoder.next_reply().unwrap() {
                    got.push(value);
                }
            }
            assert_eq!(got, expected, "split every {step} bytes");
        }
    }

    #[test]
    fn garbage_is_an_error() {
        for bad in [&b"$x\r\n"[..], b"?\r\n", b"\r\n", b"$1\r\nabc\r\n", b"=3\r\nabc\r\n"] {
            let mut decoder = Decoder::default();
            decoder.feed(bad);
            assert!(decoder.next_reply().is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
