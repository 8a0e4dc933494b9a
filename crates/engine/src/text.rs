//! Short texts put together in place: error messages, addresses, lines of the log.

use crate::limits::TEXT_BYTES_MAX;
use crate::memory::{Arena, Bytes, Str};

/// A text in the making; what is too long is cut.
pub struct Text {
    bytes: [u8; TEXT_BYTES_MAX],
    len: usize,
}

impl Text {
    pub fn new() -> Text {
        Text { bytes: [0; TEXT_BYTES_MAX], len: 0 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub fn add(&mut self, bytes: &[u8]) {
        let n = bytes.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&bytes[..n]);
        self.len += n;
    }

    /// Up to `max` bytes of an argument, as printf's `%.*s` shows them: to the first NUL.
    pub fn add_arg(&mut self, mem: &Arena, bytes: Bytes, max: usize) {
        let room = max.min(self.bytes.len() - self.len);
        let view: Str = mem.view(bytes);
        let n = view.copy_to(0, &mut self.bytes[self.len..self.len + room]);
        let copied = &self.bytes[self.len..self.len + n];
        self.len += copied.iter().position(|&b| b == 0).unwrap_or(n);
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}
