//! Requests: RESP arrays of bulks and inline commands, taken from the input where they stand, or gathered in the arena
//! when they arrive in pieces. Limits and error texts are those of Redis 7.0's networking.c.

use crate::args::{Span, StoredArgs};
use crate::limits::{BULK_UNAUTHENTICATED_MAX, INLINE_BYTES_MAX, MULTIBULK_MAX, MULTIBULK_UNAUTHENTICATED_MAX};
use crate::memory::{Arena, Bytes, Fifo, Oom, Rope};
use crate::number::parse_i64;

/// Why a request cannot be read; the client is told and closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProtocolError {
    InvalidMultibulk,
    UnauthenticatedMultibulk,
    InvalidBulk,
    UnauthenticatedBulk,
    ExpectedDollar(u8),
    BigMultibulkLine,
    BigBulkLine,
    BigInline,
    UnbalancedQuotes,
    /// No memory to gather even a line.
    Oom,
}

impl ProtocolError {
    /// The text behind "Protocol error: ".
    pub fn text(self) -> &'static str {
        match self {
            ProtocolError::InvalidMultibulk => "invalid multibulk length",
            ProtocolError::UnauthenticatedMultibulk => "unauthenticated multibulk length",
            ProtocolError::InvalidBulk => "invalid bulk length",
            ProtocolError::UnauthenticatedBulk => "unauthenticated bulk length",
            ProtocolError::ExpectedDollar(_) => "expected '$', got '",
            ProtocolError::BigMultibulkLine => "too big mbulk count string",
            ProtocolError::BigBulkLine => "too big bulk count string",
            ProtocolError::BigInline => "too big inline request",
            ProtocolError::UnbalancedQuotes => "unbalanced quotes in request",
            ProtocolError::Oom => "out of memory",
        }
    }
}

/// What limits a client's requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bulk_bytes_max: u64,
    pub authenticated: bool,
}

impl Limits {
    fn multibulk(&self, line: &[u8]) -> Result<i64, ProtocolError> {
        match parse_i64(line) {
            Some(n) if n > MULTIBULK_MAX => Err(ProtocolError::InvalidMultibulk),
            Some(n) if n > MULTIBULK_UNAUTHENTICATED_MAX && !self.authenticated => {
                Err(ProtocolError::UnauthenticatedMultibulk)
            }
            Some(n) => Ok(n),
            None => Err(ProtocolError::InvalidMultibulk),
        }
    }

    fn bulk(&self, line: &[u8]) -> Result<usize, ProtocolError> {
        let Some((&first, digits)) = line.split_first() else {
            return Err(ProtocolError::ExpectedDollar(b'\r'));
        };
        if first != b'$' {
            return Err(ProtocolError::ExpectedDollar(first));
        }
        match parse_i64(digits) {
            Some(n) if n < 0 || n as u64 > self.bulk_bytes_max => Err(ProtocolError::InvalidBulk),
            Some(n) if n > BULK_UNAUTHENTICATED_MAX && !self.authenticated => Err(ProtocolError::UnauthenticatedBulk),
            Some(n) => Ok(n as usize),
            None => Err(ProtocolError::InvalidBulk),
        }
    }
}

/// What stands at the start of the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parsed {
    /// A whole request of `used` bytes; its `args` arguments are in the spans, relative to the input.
    Whole { used: usize, args: usize },
    /// A whole inline line of `used` bytes with its line end; see [`InlineWords`].
    Inline { used: usize, line: usize },
    /// A request without arguments: skipped.
    Empty { used: usize },
    /// Not all of it is there, or it has more arguments than spans: [`Gather`] takes it.
    Partial,
}

/// Reads a request that stands whole at the start of `input`.
pub fn parse(input: &[u8], limits: Limits, spans: &mut [Span]) -> Result<Parsed, ProtocolError> {
    if input.first() != Some(&b'*') {
        return Ok(match memchr::memchr(b'\n', input) {
            Some(end) if end > INLINE_BYTES_MAX => return Err(ProtocolError::BigInline),
            Some(end) => Parsed::Inline { used: end + 1, line: end },
            None => Parsed::Partial,
        });
    }
    let Some((line, mut at)) = header(input, 1) else { return Ok(Parsed::Partial) };
    let count = limits.multibulk(line)?;
    if count <= 0 {
        return Ok(Parsed::Empty { used: at });
    }
    let count = count as usize;
    if count > spans.len() {
        return Ok(Parsed::Partial);
    }
    for span in &mut spans[..count] {
        let Some((line, body)) = header(input, at) else { return Ok(Parsed::Partial) };
        let len = limits.bulk(line)?;
        if input.len() - body < len + 2 {
            return Ok(Parsed::Partial);
        }
        *span = Span { at: body as u32, len: len as u32 };
        at = body + len + 2;
    }
    Ok(Parsed::Whole { used: at, args: count })
}

/// The line from `at` to its CR, and where the next begins. As in Redis the byte after CR is not looked at.
fn header(input: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = input.get(at..)?;
    // Header lines have a few bytes: a plain loop is faster than a search routine.
    let end = rest.iter().position(|&b| b == b'\r')?;
    if end + 2 > rest.len() { None } else { Some((&rest[..end], at + end + 2)) }
}

/// An inline line is split as by Redis's sdssplitargs: blanks separate, "..." with escapes and '...' quote. Arguments are
/// unescaped where they stand.
#[derive(Default)]
pub struct InlineWords {
    read: usize,
    write: usize,
}

/// The quotes of an inline line are unbalanced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unbalanced;

impl InlineWords {
    /// The next argument of the line, always the same one.
    pub fn next(&mut self, line: &mut [u8]) -> Result<Option<Span>, Unbalanced> {
        let InlineWords { mut read, mut write } = *self;
        while read < line.len() && is_space(line[read]) {
            read += 1;
        }
        if read >= line.len() || line[read] == 0 {
            return Ok(None);
        }
        let start = write;
        let mut quote = 0u8;
        loop {
            let Some(&byte) = line.get(read) else {
                if quote != 0 {
                    return Err(Unbalanced);
                }
                break;
            };
            read += 1;
            if quote == 0 {
                match byte {
                    b'"' | b'\'' => quote = byte,
                    _ if is_space(byte) || byte == 0 => break,
                    _ => {
                        line[write] = byte;
                        write += 1;
                    }
                }
                continue;
            }
            if byte == quote {
                // A closing quote must be followed by a blank or the end.
                if line.get(read).is_some_and(|&b| !is_space(b)) {
                    return Err(Unbalanced);
                }
                read += 1;
                break;
            }
            let mut out = byte;
            if byte == b'\\' {
                if quote == b'"' {
                    out = match line.get(read..) {
                        Some([b'x', h, l, ..]) if h.is_ascii_hexdigit() && l.is_ascii_hexdigit() => {
                            let value = hex(*h) << 4 | hex(*l);
                            read += 3;
                            value
                        }
                        Some([c, ..]) => {
                            let value = match c {
                                b'n' => b'\n',
                                b'r' => b'\r',
                                b't' => b'\t',
                                b'b' => 8,
                                b'a' => 7,
                                other => *other,
                            };
                            read += 1;
                            value
                        }
                        _ => byte,
                    };
                } else if line.get(read) == Some(&b'\'') {
                    out = b'\'';
                    read += 1;
                }
            }
            line[write] = out;
            write += 1;
        }
        *self = InlineWords { read, write };
        Ok(Some(Span { at: start as u32, len: (write - start) as u32 }))
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 11 | 12)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 32) - b'a' + 10,
    }
}

/// A request that arrives in pieces: arguments are copied into the arena as they come, long ones into the blocks that
/// may become the value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gather {
    /// Bytes of a header or inline line that is not whole yet.
    line: Fifo,
    args: StoredArgs,
    /// Arguments still to come of a multibulk; 0: none begun.
    missing: u32,
    /// Bytes of the current bulk (with its CRLF) still to come.
    bulk: Option<usize>,
    value: Rope,
    /// There was no memory for an argument: what is still to come of the request is passed over.
    refused: bool,
}

/// What feeding a piece of input led to.
pub enum Fed {
    /// All input was taken.
    More,
    /// A request is whole after `used` bytes.
    Whole { used: usize, args: StoredArgs },
    /// A request for which there was no memory ended after `used` bytes.
    Refused { used: usize },
    /// An inline line of `line` bytes stands in the line buffer.
    Inline { used: usize, line: usize },
}

impl Gather {
    pub const EMPTY: Gather = Gather {
        line: Fifo::EMPTY,
        args: StoredArgs::EMPTY,
        missing: 0,
        bulk: None,
        value: Rope::EMPTY,
        refused: false,
    };

    pub fn is_empty(&self) -> bool {
        self.line.is_empty() && self.missing == 0
    }

    /// Bytes of the argument that is being gathered still to come.
    pub fn awaited(&self) -> usize {
        self.bulk.unwrap_or(0)
    }

    pub fn bytes_used(&self) -> usize {
        self.line.bytes_used() + self.args.bytes_used() + self.value.len()
    }

    /// Those of them that hold nothing yet.
    pub fn bytes_free(&self) -> usize {
        self.line.bytes_free()
    }

    /// Takes input up to the end of the request. `buffer` receives a line that had been split.
    pub fn feed(
        &mut self,
        mem: &mut Arena,
        input: &[u8],
        limits: Limits,
        buffer: &mut [u8],
    ) -> Result<Fed, ProtocolError> {
        let mut at = 0;
        while at < input.len() {
            if let Some(rest) = self.bulk {
                at += self.feed_bulk(mem, &input[at..], rest);
                if self.bulk.is_none() && self.missing == 0 {
                    if core::mem::take(&mut self.refused) {
                        return Ok(Fed::Refused { used: at });
                    }
                    return Ok(Fed::Whole { used: at, args: core::mem::take(&mut self.args) });
                }
                continue;
            }
            let inline = self.missing == 0 && self.first_byte(mem, &input[at..]) != b'*';
            let end = memchr::memchr(b'\n', &input[at..]);
            let piece = match end {
                Some(end) => &input[at..at + end + 1],
                None => &input[at..],
            };
            if self.line.len() + piece.len() > INLINE_BYTES_MAX + 2 {
                return Err(self.too_big(inline));
            }
            self.line.push(mem, piece).map_err(|Oom| ProtocolError::Oom)?;
            at += piece.len();
            if end.is_none() {
                if self.line.len() > INLINE_BYTES_MAX {
                    return Err(self.too_big(inline));
                }
                break;
            }
            let len = self.take_line(mem, buffer);
            if inline {
                return Ok(Fed::Inline { used: at, line: len });
            }
            self.header_line(&buffer[..len], limits)?;
        }
        Ok(Fed::More)
    }

    pub fn clear(&mut self, mem: &mut Arena) {
        self.line.clear(mem);
        self.args.free(mem);
        self.value.free(mem);
        *self = Gather::EMPTY;
    }

    fn too_big(&self, inline: bool) -> ProtocolError {
        match (inline, self.missing) {
            (true, _) => ProtocolError::BigInline,
            (false, 0) => ProtocolError::BigMultibulkLine,
            (false, _) => ProtocolError::BigBulkLine,
        }
    }

    fn first_byte(&self, mem: &Arena, input: &[u8]) -> u8 {
        self.line.front(mem).first().or(input.first()).copied().unwrap_or(0)
    }

    /// The gathered line, without its line end, into `buffer`.
    fn take_line(&mut self, mem: &mut Arena, buffer: &mut [u8]) -> usize {
        let mut len = 0;
        while !self.line.is_empty() {
            let front = self.line.front(mem);
            let n = front.len();
            let fits = n.min(buffer.len() - len);
            buffer[len..len + fits].copy_from_slice(&front[..fits]);
            len += fits;
            self.line.consume(mem, n);
        }
        while len > 0 && matches!(buffer[len - 1], b'\n' | b'\r') {
            len -= 1;
        }
        len
    }

    fn header_line(&mut self, line: &[u8], limits: Limits) -> Result<(), ProtocolError> {
        if self.missing == 0 {
            let count = limits.multibulk(line.get(1..).unwrap_or(&[]))?;
            self.missing = count.max(0) as u32;
        } else {
            self.bulk = Some(limits.bulk(line)? + 2);
        }
        Ok(())
    }

    /// Takes what is there of the current bulk; the bytes taken.
    fn feed_bulk(&mut self, mem: &mut Arena, input: &[u8], rest: usize) -> usize {
        let n = input.len().min(rest);
        // The last two bytes are the line end.
        let data = &input[..n.min(rest.saturating_sub(2))];
        if !self.refused && self.keep(mem, data, n == rest).is_err() {
            self.args.free(mem);
            self.value.free(mem);
            self.refused = true;
        }
        if n == rest {
            self.bulk = None;
            self.missing -= 1;
        } else {
            self.bulk = Some(rest - n);
        }
        n
    }

    /// Stores the next piece of the current bulk, and the bulk as an argument with its last one.
    fn keep(&mut self, mem: &mut Arena, data: &[u8], last: bool) -> Result<(), Oom> {
        if last && self.value.is_empty() {
            return self.args.push(mem, Bytes::Slice(data));
        }
        if !data.is_empty() {
            self.value.append(mem, Bytes::Slice(data))?;
        }
        if last {
            let value = core::mem::replace(&mut self.value, Rope::EMPTY);
            self.args.push_rope(mem, value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bulk_bytes_max: 1 << 29, authenticated: true };

    fn split(line: &str) -> Option<Vec<String>> {
        let mut bytes = line.as_bytes().to_vec();
        let (mut words, mut split) = (InlineWords::default(), Vec::new());
        while let Some(span) = words.next(&mut bytes).ok()? {
            let word = &bytes[span.at as usize..][..span.len as usize];
            split.push(String::from_utf8_lossy(word).into_owned());
        }
        Some(split)
    }

    #[test]
    fn inline_lines_split_as_sdssplitargs() {
        assert_eq!(
            split("  SET a  \"b c\\x41\\n\" 'd\\'e' "),
            Some(["SET", "a", "b cA\n", "d'e"].iter().map(|s| s.to_string()).collect())
        );
        assert_eq!(split("\"open"), None);
        assert_eq!(split("\"a\"b"), None);
        assert_eq!(split("\"\""), Some(vec![String::new()]));
        assert_eq!(split(""), Some(vec![]));
    }

    #[test]
    fn any_split_gathers_the_same_arguments() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 4 << 20].into_boxed_slice()), [1, 2]);
        let big = "x".repeat(5000);
        let request = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{big}\r\n", big.len());
        let mut line = vec![0u8; INLINE_BYTES_MAX + 2];
        for cut in 1..request.len() {
            let mut gather = Gather::default();
            assert!(matches!(gather.feed(&mut mem, &request.as_bytes()[..cut], LIMITS, &mut line), Ok(Fed::More)));
            match gather.feed(&mut mem, &request.as_bytes()[cut..], LIMITS, &mut line) {
                Ok(Fed::Whole { used, mut args }) => {
                    assert_eq!(used, request.len() - cut);
                    assert_eq!(args.len(), 3);
                    assert!(mem.same(args.get(&mem, 2), Bytes::Slice(big.as_bytes())));
                    args.free(&mut mem);
                }
                _ => panic!("cut at {cut}"),
            }
            gather.clear(&mut mem);
            assert_eq!(mem.live_bytes(), 0);
        }
    }

    /// Without memory for it a request is passed over to its end, and nothing of it is kept.
    #[test]
    fn what_has_no_room_is_read_to_its_end() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 20 * crate::limits::PAGE_BYTES].into_boxed_slice()), [1, 2]);
        let big = "x".repeat(30 * crate::limits::PAGE_BYTES);
        let request = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{big}\r\nPING\r\n", big.len());
        let mut line = vec![0u8; INLINE_BYTES_MAX + 2];
        let mut gather = Gather::default();
        let mut used = 0;
        for piece in request.as_bytes().chunks(1000) {
            match gather.feed(&mut mem, piece, LIMITS, &mut line) {
                Ok(Fed::More) => used += piece.len(),
                Ok(Fed::Refused { used: last }) => {
                    used += last;
                    break;
                }
                _ => panic!("neither refused nor waiting"),
            }
        }
        assert_eq!(used, request.len() - "PING\r\n".len());
        assert!(gather.is_empty());
        assert_eq!(mem.live_bytes(), 0);
    }

    #[test]
    fn damaged_requests_have_redis_texts() {
        let mut spans = [Span::default(); 4];
        for (text, error) in [
            ("*abc\r\n", ProtocolError::InvalidMultibulk),
            ("*1\r\n:3\r\n", ProtocolError::ExpectedDollar(b':')),
            ("*1\r\n$-3\r\n", ProtocolError::InvalidBulk),
            ("*1\r\n$99999999999\r\n", ProtocolError::InvalidBulk),
        ] {
            assert_eq!(parse(text.as_bytes(), LIMITS, &mut spans), Err(error), "{text}");
        }
    }
}
