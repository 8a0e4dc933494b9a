//! A line as it is typed on the serial console, and what is echoed of it: secrets as stars.

use crate::request::is_secret;

/// The longest line.
pub const LINE_BYTES_MAX: usize = 256;

pub struct Line {
    bytes: [u8; LINE_BYTES_MAX],
    len: usize,
    /// It was longer than there is room for.
    is_cut: bool,
}

/// What to do after a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Echo {
    Nothing,
    Byte(u8),
    /// The last character goes.
    Erased,
    /// The line is whole: [`Line::text`].
    End,
}

const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

impl Line {
    pub const EMPTY: Line = Line { bytes: [0; LINE_BYTES_MAX], len: 0, is_cut: false };

    pub fn push(&mut self, byte: u8) -> Echo {
        match byte {
            b'\r' | b'\n' => Echo::End,
            BACKSPACE | DELETE if self.len > 0 => {
                self.len -= 1;
                Echo::Erased
            }
            0..b' ' | DELETE => Echo::Nothing,
            _ if self.len == LINE_BYTES_MAX => {
                self.is_cut = true;
                Echo::Nothing
            }
            _ => {
                let shown = if hides(&self.bytes[..self.len]) { b'*' } else { byte };
                self.bytes[self.len] = byte;
                self.len += 1;
                Echo::Byte(shown)
            }
        }
    }

    pub fn text(&self) -> Result<&str, &'static str> {
        if self.is_cut {
            return Err("the line is too long");
        }
        core::str::from_utf8(&self.bytes[..self.len]).map_err(|_| "the line is not UTF-8")
    }

    /// For the next line; nothing of a secret stays.
    pub fn clear(&mut self) {
        *self = Line::EMPTY;
    }
}

/// Whether what follows in the line is the value of a secret.
fn hides(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_set = words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"set"));
    let name = words.next().and_then(|word| core::str::from_utf8(word).ok());
    let is_over = words.next().is_some() || line.last().is_some_and(u8::is_ascii_whitespace);
    is_set && is_over && name.is_some_and(is_secret)
}

#[cfg(test)]
mod tests {
    use super::{Echo, LINE_BYTES_MAX, Line};

    /// What a person sees who types this.
    fn seen(typed: &[u8]) -> String {
        let mut line = Line::EMPTY;
        let mut seen = String::new();
        for &byte in typed {
            match line.push(byte) {
                Echo::Byte(byte) => seen.push(byte as char),
                Echo::Erased => drop(seen.pop()),
                Echo::Nothing | Echo::End => {}
            }
        }
        seen
    }

    #[test]
    fn secrets_are_echoed_as_stars() {
        assert_eq!(seen(b"set hostname lamp"), "set hostname lamp");
        assert_eq!(seen(b"set requirepass two words"), "set requirepass *********");
        assert_eq!(seen(b" SET  Wifi-Password  x"), " SET  Wifi-Password **");
        assert_eq!(seen(b"set requirepass secrex\x08t"), "set requirepass ******");
    }

    #[test]
    fn a_line_ends_and_begins_anew() {
        let mut line = Line::EMPTY;
        for byte in *b"sa\x1b\x7fave" {
            assert_ne!(line.push(byte), Echo::End);
        }
        assert_eq!(line.push(b'\r'), Echo::End);
        assert_eq!(line.text(), Ok("save"));
        line.clear();
        assert_eq!(line.push(8), Echo::Nothing);
        assert_eq!(line.text(), Ok(""));
        assert!(line.bytes.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn what_is_too_long_or_no_text_is_refused() {
        let mut line = Line::EMPTY;
        line.push(0xFF);
        assert!(line.text().is_err());
        line.clear();
        for _ in 0..LINE_BYTES_MAX {
            assert_eq!(line.push(b'a'), Echo::Byte(b'a'));
        }
        assert!(line.text().is_ok());
        assert_eq!(line.push(b'a'), Echo::Nothing);
        assert!(line.text().is_err());
    }
}
