//! The board's name on its own network: `<hostname>.local`, by multicast DNS. What is said is decided in
//! [`microredis_board::mdns`]; here is when.

use crate::Shell;
use crate::clock::Clock;
use crate::services::{datagram, send};
use core::net::Ipv4Addr;
use embassy_net::udp::UdpSocket;
use embassy_net::{HardwareAddress, IpAddress, IpEndpoint, Stack};
use embassy_time::{Duration, Instant};
use microredis_board::mdns::{GROUP, Host, PACKET_BYTES_MAX, PORT, Reply};
use microredis_engine::LogLevel;

/// Memory of the socket, to be lent to it. Longer questions are not heard.
pub(crate) const RECEIVED_BYTES: usize = 1024;
pub(crate) const SENT_BYTES: usize = PACKET_BYTES_MAX;

/// What is said to all is said so often at most.
const QUIET: Duration = Duration::from_secs(1);
/// An address that is new is told so often.
const ANNOUNCED: u8 = 2;
/// As RFC 6762 wants it: what has come further than the own network shows it.
const HOPS: u8 = 255;

const DEFAULT: &str = "microredis-";
const NAME_BYTES_MAX: usize = 63;

/// Who answers for the name.
pub(crate) struct Speaker {
    /// `None`: nobody is to.
    host: Option<Host>,
    /// What was announced.
    address: Option<Ipv4Addr>,
    to_announce: u8,
    said_at: Instant,
}

impl Speaker {
    pub fn new<C: Clock>(shell: &Shell<C>, stack: Stack<'static>, socket: &mut UdpSocket<'_>) -> Speaker {
        let mut name = [0; NAME_BYTES_MAX];
        let is_wanted = shell.setting("mdns", &mut name) != "no";
        let name_len = match shell.setting("hostname", &mut name).len() {
            0 => own_name(stack, &mut name),
            len => len,
        };
        socket.set_hop_limit(Some(HOPS));
        let mut host = None;
        if is_wanted && socket.bind(PORT).is_ok() && stack.join_multicast_group(GROUP).is_ok() {
            let text = core::str::from_utf8(&name[..name_len]).unwrap_or_default();
            shell.log.say(LogLevel::Notice, format_args!("This board is {text}.local"));
            host = Host::new(&name[..name_len]);
        }
        Speaker { host, address: None, to_announce: 0, said_at: Instant::MIN }
    }

    /// Takes what has come, and announces an address that is new. To be called at every datagram and once a second.
    #[inline(never)]
    pub fn step(&mut self, stack: Stack<'static>, socket: &UdpSocket<'_>) {
        let Some(host) = &self.host else { return };
        let config = stack.config_v4();
        let address = config.as_ref().map(|config| config.address.address());
        if address != self.address {
            (self.address, self.to_announce) = (address, ANNOUNCED);
        }
        let group = IpEndpoint::new(IpAddress::Ipv4(GROUP), PORT);
        let (mut bytes, mut out) = ([0; RECEIVED_BYTES], [0; PACKET_BYTES_MAX]);
        while let Some((len, from)) = datagram(socket, &mut bytes) {
            let Some(config) = &config else { continue };
            let IpAddress::Ipv4(asker) = from.addr;
            if !config.address.contains_addr(&asker) {
                continue;
            }
            // Best effort, as all of this: who does not hear it asks again.
            match host.answer(config.address.address(), &bytes[..len], from.port, &mut out) {
                Some(Reply::Asker(len)) => {
                    send(socket, &out[..len], from);
                }
                Some(Reply::All) => self.to_announce = self.to_announce.max(1),
                None => {}
            }
        }
        if let Some(address) = address
            && self.to_announce > 0
            && self.said_at + QUIET <= Instant::now()
        {
            let len = host.announce(address, &mut out);
            send(socket, &out[..len], group);
            (self.to_announce, self.said_at) = (self.to_announce - 1, Instant::now());
        }
    }
}

/// A name that no other board has: from the card's address.
fn own_name(stack: Stack<'static>, name: &mut [u8; NAME_BYTES_MAX]) -> usize {
    let HardwareAddress::Ethernet(address) = stack.hardware_address();
    name[..DEFAULT.len()].copy_from_slice(DEFAULT.as_bytes());
    let mut len = DEFAULT.len();
    for byte in &address.0[3..] {
        for digit in [byte >> 4, byte & 15] {
            name[len] = b"0123456789abcdef"[usize::from(digit)];
            len += 1;
        }
    }
    len
}
