//! What a line on the serial console asks for, and the settings that are the board's and not the engine's.

use crate::{clock, servers};
use core::net::Ipv4Addr;

pub const HELP: &str = "\
show                                 all settings; of secrets, whether they are set
set wifi-ssid NAME                   the network to join
set wifi-password PASSWORD           8 to 63 characters, or \"\" for an open network
set address dhcp                     or: set address A.B.C.D/LENGTH GATEWAY
set hostname NAME                    letters, digits and hyphens
set mdns yes|no                      whether NAME.local is announced and answered
set ntp-servers SERVER ...           addresses or names, with :PORT if it is not 123
set clock-source rtc|ntp|none        the board's own clock, the servers, or time by hand
set clock-interval SECONDS           between two questions for the time
time SECONDS                         sets the clock, in seconds since 1970
set PARAMETER VALUE                  what CONFIG SET knows, such as requirepass; at once
save                                 keeps all settings over a reset
reboot                               starts anew, without saving the data
factory-reset                        erases settings and snapshots";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request<'a> {
    Nothing,
    Help,
    Show,
    Set {
        name: &'a str,
        value: &'a str,
    },
    Save,
    Reboot,
    /// The clock is set by hand.
    Time {
        unix_s: u32,
    },
    /// Only with the word `yes`.
    FactoryReset {
        is_sure: bool,
    },
    /// For tests; not in the help.
    Panic,
}

/// The board's own settings.
pub const BOARD_SETTINGS: [&str; 8] =
    ["wifi-ssid", "wifi-password", "address", "hostname", "mdns", "ntp-servers", "clock-source", "clock-interval"];

/// The name as [`BOARD_SETTINGS`] has it.
pub fn board_setting(name: &str) -> Option<&'static str> {
    BOARD_SETTINGS.into_iter().find(|own| own.eq_ignore_ascii_case(name))
}

/// Whether a setting's value is never shown.
pub fn is_secret(name: &str) -> bool {
    ["pass", "password", "auth"].iter().any(|end| {
        let start = name.len().checked_sub(end.len());
        start.and_then(|start| name.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
    })
}

pub fn parse(line: &str) -> Result<Request<'_>, &'static str> {
    let (word, rest) = split(line);
    let alone = |request| if rest.trim().is_empty() { Ok(request) } else { Err("this takes no arguments") };
    match word {
        "" => Ok(Request::Nothing),
        "help" => alone(Request::Help),
        "show" => alone(Request::Show),
        "save" => alone(Request::Save),
        "reboot" => alone(Request::Reboot),
        "panic" => alone(Request::Panic),
        "time" => match rest.trim().parse() {
            Ok(unix_s) => Ok(Request::Time { unix_s }),
            Err(_) => Err("time takes seconds since 1970, as `date +%s` tells them"),
        },
        "factory-reset" => Ok(Request::FactoryReset { is_sure: rest.trim() == "yes" }),
        "set" => {
            let (name, value) = split(rest);
            match value {
                "" => Err("set takes a name and a value; \"\" is the empty one"),
                "\"\"" => Ok(Request::Set { name, value: "" }),
                value => Ok(Request::Set { name, value }),
            }
        }
        _ => Err("this is not understood; see help"),
    }
}

/// The first word, and what follows the one space behind it: a password may begin or end with spaces.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// Whether a value will do for one of [`BOARD_SETTINGS`].
pub fn check(name: &str, value: &str) -> Result<(), &'static str> {
    match name {
        "wifi-ssid" if value.is_empty() || value.len() > 32 => Err("a network's name has 1 to 32 bytes"),
        "wifi-password" if !value.is_empty() && !is_passphrase(value) => {
            Err("a password has 8 to 63 printable ASCII characters")
        }
        "hostname" if !servers::is_label(value.as_bytes()) => {
            Err("a host name has 1 to 63 letters, digits and hyphens, none of these at an end")
        }
        "address" => address(value).map(|_| ()),
        "mdns" if !matches!(value, "yes" | "no") => Err("mdns is yes or no"),
        "ntp-servers" => servers::check(value),
        "clock-source" => clock::source(value).map(|_| ()),
        "clock-interval" => clock::interval_s(value).map(|_| ()),
        _ => Ok(()),
    }
}

fn is_passphrase(text: &str) -> bool {
    (8..=63).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Where a board's address comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Address {
    Dhcp,
    Static { address: Ipv4Addr, prefix: u8, gateway: Ipv4Addr },
}

pub fn address(text: &str) -> Result<Address, &'static str> {
    const FORM: &str = "an address is dhcp or A.B.C.D/LENGTH GATEWAY, such as 192.168.1.20/24 192.168.1.1";
    let mut words = text.split_whitespace();
    let (first, gateway) = (words.next().ok_or(FORM)?, words.next());
    if first.eq_ignore_ascii_case("dhcp") && gateway.is_none() {
        return Ok(Address::Dhcp);
    }
    let (address, prefix) = first.split_once('/').ok_or(FORM)?;
    let address: Ipv4Addr = address.parse().map_err(|_| FORM)?;
    let prefix: u8 = prefix.parse().map_err(|_| FORM)?;
    let gateway: Ipv4Addr = gateway.ok_or(FORM)?.parse().map_err(|_| FORM)?;
    if words.next().is_some() {
        return Err(FORM);
    }
    if !(1..=30).contains(&prefix) {
        return Err("a network's length is 1 to 30 bits");
    }
    let hosts = u32::MAX >> prefix;
    let is_host = |ip: Ipv4Addr| (1..hosts).contains(&(ip.to_bits() & hosts));
    if !is_host(address) || !is_host(gateway) || address.to_bits() & !hosts != gateway.to_bits() & !hosts {
        return Err("the address and the gateway are to be two hosts of one network");
    }
    if address == gateway {
        return Err("the gateway is another host");
    }
    Ok(Address::Static { address, prefix, gateway })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        assert_eq!(parse("  "), Ok(Request::Nothing));
        assert_eq!(parse("show"), Ok(Request::Show));
        assert_eq!(parse(" save "), Ok(Request::Save));
        assert_eq!(parse("time 1800000000"), Ok(Request::Time { unix_s: 1_800_000_000 }));
        assert_eq!(parse("factory-reset"), Ok(Request::FactoryReset { is_sure: false }));
        assert_eq!(parse("factory-reset yes"), Ok(Request::FactoryReset { is_sure: true }));
        assert_eq!(parse("set requirepass two words "), Ok(Request::Set { name: "requirepass", value: "two words " }));
        assert_eq!(parse("set  requirepass  x"), Ok(Request::Set { name: "requirepass", value: " x" }));
        assert_eq!(parse("set requirepass \"\""), Ok(Request::Set { name: "requirepass", value: "" }));
        for wrong in ["set", "set requirepass", "set requirepass ", "save now", "erase", "time", "time now", "time -1"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_known_by_name() {
        for name in ["requirepass", "RequirePass", "wifi-password", "masterauth", "tls-key-file-pass"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["wifi-ssid", "hostname", "maxmemory", "", "é"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn values_are_checked() {
        let good = [
            ("wifi-ssid", "Home net"),
            ("wifi-password", ""),
            ("wifi-password", "12345678"),
            ("hostname", "a-1"),
            ("mdns", "no"),
            ("ntp-servers", ""),
            ("clock-source", "none"),
            ("clock-interval", "16"),
        ];
        for (name, value) in good {
            assert_eq!(check(name, value), Ok(()), "{name} {value}");
        }
        let long = "x".repeat(64);
        let bad = [
            ("wifi-ssid", ""),
            ("wifi-ssid", &long),
            ("wifi-password", "1234567"),
            ("wifi-password", &long),
            ("wifi-password", "pässword"),
            ("hostname", ""),
            ("hostname", "-a"),
            ("hostname", "a-"),
            ("hostname", "a.b"),
            ("hostname", &long),
            ("address", "auto"),
            ("mdns", ""),
            ("ntp-servers", "a b:0"),
            ("clock-source", "gps"),
            ("clock-interval", "15"),
        ];
        for (name, value) in bad {
            assert!(check(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn addresses_are_hosts_of_a_network_with_their_gateway() {
        assert_eq!(address("DHCP"), Ok(Address::Dhcp));
        let (ip, gateway) = (Ipv4Addr::new(10, 0, 2, 15), Ipv4Addr::new(10, 0, 2, 2));
        assert_eq!(address("10.0.2.15/24 10.0.2.2"), Ok(Address::Static { address: ip, prefix: 24, gateway }));
        let bad = [
            "",
            "dhcp 10.0.2.2",
            "10.0.2.15 10.0.2.2",
            "10.0.2.15/24",
            "10.0.2.15/33 10.0.2.2",
            "10.0.2.15/0 10.0.2.2",
            "10.0.2.0/24 10.0.2.2",
            "10.0.2.255/24 10.0.2.2",
            "10.0.2.15/24 10.0.3.2",
            "10.0.2.15/24 10.0.2.15",
            "10.0.2.15/24 10.0.2.2 10.0.2.3",
            "10.0.2.300/24 10.0.2.2",
        ];
        for text in bad {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
