//! A small set of texts under names, as the settings' store keeps it. It has no order that means anything, and does not
//! know which settings there are.

/// Texts under names, packed into `N` bytes.
#[derive(Clone)]
pub struct Settings<const N: usize> {
    /// Records of length of name:1 | length of text:2 | name | text.
    bytes: [u8; N],
    len: usize,
}

/// There is no room for the text, or its name has 0 or more than 255 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

const RECORD_BYTES: usize = 3;

impl<const N: usize> Settings<N> {
    pub const fn new() -> Settings<N> {
        Settings { bytes: [0; N], len: 0 }
    }

    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.iter().find(|(other, _)| *other == name).map(|(_, text)| text)
    }

    /// Sets or replaces a text; without room for it nothing changes.
    pub fn set(&mut self, name: &[u8], text: &[u8]) -> Result<(), Full> {
        let (Ok(name_len), Ok(text_len)) = (u8::try_from(name.len()), u16::try_from(text.len())) else {
            return Err(Full);
        };
        let old = self.get(name).map_or(0, |text| RECORD_BYTES + name.len() + text.len());
        let new = RECORD_BYTES + name.len() + text.len();
        if name.is_empty() || self.len - old + new > N {
            return Err(Full);
        }
        self.remove(name);
        let record = &mut self.bytes[self.len..self.len + new];
        record[0] = name_len;
        record[1..RECORD_BYTES].copy_from_slice(&text_len.to_le_bytes());
        let (to_name, to_text) = record[RECORD_BYTES..].split_at_mut(name.len());
        to_name.copy_from_slice(name);
        to_text.copy_from_slice(text);
        self.len += new;
        Ok(())
    }

    /// Whether it was there.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let mut at = 0;
        while let Some((other, text)) = record(self.as_bytes(), at) {
            let end = at + RECORD_BYTES + other.len() + text.len();
            if other == name {
                self.bytes.copy_within(end..self.len, at);
                self.len -= end - at;
                return true;
            }
            at = end;
        }
        false
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// All names with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let (name, text) = record(self.as_bytes(), at)?;
            at += RECORD_BYTES + name.len() + text.len();
            Some((name, text))
        })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Takes `len` bytes that `fill` writes; false where they are no records, and then nothing is kept.
    pub(crate) fn take<E>(&mut self, len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<bool, E> {
        self.clear();
        let Some(bytes) = self.bytes.get_mut(..len) else { return Ok(false) };
        fill(bytes)?;
        let mut at = 0;
        while let Some((name, text)) = record(bytes, at) {
            at += RECORD_BYTES + name.len() + text.len();
        }
        let whole = at == len;
        self.len = if whole { len } else { 0 };
        Ok(whole)
    }
}

impl<const N: usize> Default for Settings<N> {
    fn default() -> Settings<N> {
        Settings::new()
    }
}

/// The record at a place, if a whole one is there.
fn record(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let ([name_len, low, high], rest) = bytes.get(at..)?.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name_len))?;
    let text = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
    Some((name, text))
}
