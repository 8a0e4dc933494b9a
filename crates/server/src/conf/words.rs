//! Words of a configuration line, split and quoted exactly as Redis's `sdssplitargs` and `sdscatrepr` do it.

/// The words of a line, or `None` when its quotes do not close.
pub fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Some(words);
        }
        let (word, left) = word(rest)?;
        words.push(word);
        rest = left;
    }
}

/// One word and what follows it. A quote may open inside a word, but a closing quote ends it.
fn word(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        match rest {
            [] => return Some((word, rest)),
            [b' ' | b'\n' | b'\r' | b'\t' | 0, ..] => return Some((word, &rest[1..])),
            [b'"', inside @ ..] => {
                let left = double_quoted(inside, &mut word)?;
                return ends_word(left).then_some((word, left));
            }
            [b'\'', inside @ ..] => {
                let left = single_quoted(inside, &mut word)?;
                return ends_word(left).then_some((word, left));
            }
            [byte, left @ ..] => {
                word.push(*byte);
                rest = left;
            }
        }
    }
}

fn ends_word(left: &[u8]) -> bool {
    left.first().is_none_or(|b| b.is_ascii_whitespace() || *b == 0x0b)
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        match rest {
            [] => return None,
            [b'"', left @ ..] => return Some(left),
            [b'\\', b'x', high, low, left @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                word.push(hex(*high) << 4 | hex(*low));
                rest = left;
            }
            [b'\\', escaped, left @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                rest = left;
            }
            [byte, left @ ..] => {
                word.push(*byte);
                rest = left;
            }
        }
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        match rest {
            [] => return None,
            [b'\'', left @ ..] => return Some(left),
            [b'\\', b'\'', left @ ..] => {
                word.push(b'\'');
                rest = left;
            }
            [byte, left @ ..] => {
                word.push(*byte);
                rest = left;
            }
        }
    }
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).unwrap_or(0) as u8
}

/// Appends the word in double quotes, with everything escaped that does not print.
pub fn quote(word: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in word {
        match byte {
            b'\\' | b'"' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            7 => out.extend(b"\\a"),
            8 => out.extend(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: Option<&[&str]>) {
        let words = split(line.as_bytes());
        let expect = expect.map(|e| e.iter().map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>());
        assert_eq!(words, expect, "{line}");
    }

    #[test]
    fn lines_split_as_in_redis() {
        check("save 900 1", Some(&["save", "900", "1"]));
        check("  a\t\tb \r\n", Some(&["a", "b"]));
        check(r#"save """#, Some(&["save", ""]));
        check(r#"requirepass "a \"b\" \x41\n""#, Some(&["requirepass", "a \"b\" A\n"]));
        check(r"logfile 'it\'s \n'", Some(&["logfile", "it's \\n"]));
        check(r#"mid"dle" x"#, Some(&["middle", "x"]));
        check(r#""\xzz""#, Some(&["xzz"]));
        check(r#"a "open"#, None);
        check(r#""a"b"#, None);
        check("'open", None);
        check("", Some(&[]));
    }

    #[test]
    fn quoted_words_read_back() {
        for word in [&b""[..], b"plain", b"two words", b"\"\\'\n\r\t\x07\x08\0\xff"] {
            let mut line = Vec::new();
            quote(word, &mut line);
            assert_eq!(split(&line), Some(vec![word.to_vec()]));
        }
    }
}
