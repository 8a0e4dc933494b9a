//! The setting `ntp-servers`: addresses or names, each with a port where it is not NTP's.

use core::net::Ipv4Addr;

/// NTP's.
const PORT: u16 = 123;
/// Most servers in the list.
pub const SERVERS_MAX: usize = 4;
/// The longest list.
pub const LIST_BYTES_MAX: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server<'a> {
    pub host: Host<'a>,
    pub port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host<'a> {
    Address(Ipv4Addr),
    Name(&'a str),
}

/// Those of a list that [`check`] has found good, in its order.
pub fn servers(list: &str) -> impl Iterator<Item = Server<'_>> {
    list.split_ascii_whitespace().filter_map(|word| server(word).ok())
}

pub fn check(list: &str) -> Result<(), &'static str> {
    if list.len() > LIST_BYTES_MAX || list.split_ascii_whitespace().count() > SERVERS_MAX {
        return Err("there may be 4 servers of together 128 bytes");
    }
    list.split_ascii_whitespace().try_for_each(|word| server(word).map(|_| ()))
}

fn server(word: &str) -> Result<Server<'_>, &'static str> {
    const FORM: &str = "servers are addresses or names, with :PORT where it is not 123, and spaces in between";
    // Without slices that could panic, whose texts take more flash than all of this.
    let (host, port) = match word.bytes().position(|byte| byte == b':').and_then(|at| word.split_at_checked(at)) {
        Some((host, port)) => {
            let port = port.get(1..).and_then(|port| port.parse().ok());
            (host, port.filter(|port| *port > 0).ok_or(FORM)?)
        }
        None => (word, PORT),
    };
    if let Ok(address) = host.parse() {
        return Ok(Server { host: Host::Address(address), port });
    }
    // Digits and dots alone are a mistyped address.
    let is_name = host.as_bytes().split(|byte| *byte == b'.').all(is_label);
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_name && !is_number { Ok(Server { host: Host::Name(host), port }) } else { Err(FORM) }
}

/// A label of a name: letters, digits and hyphens, none of these at an end.
pub fn is_label(text: &[u8]) -> bool {
    (1..=63).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && text.first() != Some(&b'-')
        && text.last() != Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_understood() {
        let list = "pool.ntp.org 10.0.2.2:1234  lamp";
        assert_eq!(check(list), Ok(()));
        let expected = [
            Server { host: Host::Name("pool.ntp.org"), port: 123 },
            Server { host: Host::Address(Ipv4Addr::new(10, 0, 2, 2)), port: 1234 },
            Server { host: Host::Name("lamp"), port: 123 },
        ];
        assert!(servers(list).eq(expected));
        assert_eq!(check(""), Ok(()));
        assert_eq!(servers("").count(), 0);
    }

    #[test]
    fn what_is_no_server_is_refused() {
        let long = "x".repeat(64);
        let bad = [
            "a..b",
            "-a",
            "10.0.2",
            "10.0.2.300",
            "a:0",
            "a:65536",
            "a:",
            ":123",
            "a:1:2",
            "[::1]",
            &long,
            "a b c d e",
        ];
        for list in bad {
            assert!(check(list).is_err(), "{list}");
        }
        assert!(check(&"x.".repeat(70)).is_err());
    }
}
