//! Figures from a board's INFO.

use anyhow::{Context, Result};
use microredis_testkit::client::Client;

/// A field of INFO, as text.
pub fn field(client: &mut Client, name: &str) -> Result<String> {
    let text = client.line("INFO everything")?.text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.map(|value| value.trim().to_string()).with_context(|| format!("no {name} in INFO"))
}

pub fn number(client: &mut Client, name: &str) -> Result<u64> {
    let text = field(client, name)?;
    text.parse().with_context(|| format!("{name}:{text}"))
}
