//! The board's name on its own network, as RFC 6762 (multicast DNS) has it: `<hostname>.local` is announced, and answered
//! when somebody asks. Packets alone, no sockets. Not here: probing for others with the same name, services, IPv6.

use crate::dns::{CLASS_IN, HEADER_BYTES, Header, RECORD_BYTES, RESPONSE, TYPE_A};
use crate::dns::{encode, header, is_name, record, split_name, u16_at};
use core::net::Ipv4Addr;

pub const PORT: u16 = 5353;
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// The longest packet that is made here: header, question, and a record of each kind.
pub const PACKET_BYTES_MAX: usize = HEADER_BYTES + NAME_BYTES_MAX + 4 + 2 * (2 + RECORD_BYTES) + 5 + 4;
/// A label of 63 bytes, `local`, and the zero.
pub const NAME_BYTES_MAX: usize = 1 + 63 + 1 + 5 + 1;

/// How long others may keep the address, in seconds; and those that speak DNS alone.
const LIFETIME_S: u32 = 120;
const LIFETIME_LEGACY_S: u32 = 10;

const AUTHORITATIVE: u8 = 4;
const TYPE_AAAA: u16 = 28;
const TYPE_NSEC: u16 = 47;
const TYPE_ANY: u16 = 255;
const CLASS_ANY: u16 = 255;
/// In a question: answer to the asker alone; in a record: forget what was known before.
const HIGHEST: u16 = 0x8000;
/// A pointer to the first name of the packet.
const SAME_NAME: [u8; 2] = [0xC0, HEADER_BYTES as u8];

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// `<hostname>.local`, as packets have it.
    name: [u8; NAME_BYTES_MAX],
    name_len: usize,
}

/// What is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// To all, as [`Host::announce`] gives it.
    All,
    /// To the asker, who does not listen to the group: the number of bytes written.
    Asker(usize),
}

impl Host {
    /// `None`: the name is not a label.
    pub fn new(hostname: &[u8]) -> Option<Host> {
        let mut host = Host { name: [0; NAME_BYTES_MAX], name_len: 0 };
        let label = encode(hostname, &mut host.name)? - 1;
        host.name_len = label + encode(b"local", host.name.get_mut(label..)?)?;
        Some(host)
    }

    /// What is said to all: unasked when the address is new, and when one of them asks.
    pub fn announce(&self, address: Ipv4Addr, out: &mut [u8; PACKET_BYTES_MAX]) -> usize {
        self.write(out, address, None)
    }

    /// What to answer to a packet, if anything; `port` is the asker's.
    pub fn answer(
        &self,
        address: Ipv4Addr,
        packet: &[u8],
        port: u16,
        out: &mut [u8; PACKET_BYTES_MAX],
    ) -> Option<Reply> {
        let (asked, rest) = header(packet)?;
        let kind = self.asked(&asked, packet, rest, address)?;
        if port == PORT {
            Some(Reply::All)
        } else {
            Some(Reply::Asker(self.write(out, address, Some((asked.id, kind)))))
        }
    }

    /// The type that is asked for of this host, unless the asker knows the answer.
    fn asked(&self, asked: &Header, packet: &[u8], mut rest: &[u8], address: Ipv4Addr) -> Option<u16> {
        if asked.is_response() || !asked.is_query() {
            return None;
        }
        let is_called = |rest: &[u8]| is_name(packet, packet.len() - rest.len(), &self.name[..self.name_len]);
        let mut found = None;
        for _ in 0..asked.questions {
            let (question, behind) = split_name(rest)?.split_at_checked(4)?;
            let (kind, class) = (u16_at(question, 0), u16_at(question, 2) & !HIGHEST);
            let is_known = matches!(kind, TYPE_A | TYPE_AAAA | TYPE_ANY) && matches!(class, CLASS_IN | CLASS_ANY);
            if is_known && is_called(rest) {
                found = found.or(Some(kind));
            }
            rest = behind;
        }
        // A host without IPv6 is not among what askers list as known.
        let answers = if matches!(found, None | Some(TYPE_AAAA)) { 0 } else { asked.answers };
        for _ in 0..answers {
            let Some((record, behind)) = record(rest) else { break };
            let is_fresh = record.address() == Some(address) && record.lifetime_s >= LIFETIME_S / 2;
            if is_fresh && is_called(rest) {
                return None;
            }
            rest = behind;
        }
        found
    }

    /// A response: the address, and that there is nothing else under this name (so that nobody waits for an IPv6
    /// address). `legacy`: the question's id and type, which are said again to those that speak DNS alone.
    fn write(&self, out: &mut [u8; PACKET_BYTES_MAX], address: Ipv4Addr, legacy: Option<(u16, u16)>) -> usize {
        let mut out = Out { bytes: out, len: 0 };
        let (id, class, lifetime_s) = match legacy {
            Some((id, _)) => (id, CLASS_IN, LIFETIME_LEGACY_S),
            None => (0, CLASS_IN | HIGHEST, LIFETIME_S),
        };
        out.put(&id.to_be_bytes());
        out.put(&[RESPONSE | AUTHORITATIVE, 0, 0, u8::from(legacy.is_some()), 0, 2, 0, 0, 0, 0]);
        out.put(&self.name[..self.name_len]);
        if let Some((_, kind)) = legacy {
            out.put(&kind.to_be_bytes());
            out.put(&CLASS_IN.to_be_bytes());
            out.put(&SAME_NAME);
        }
        out.record(TYPE_A, class, lifetime_s, &address.octets());
        out.put(&SAME_NAME);
        // The next name is this one; of the types 0 to 7 there is A.
        let [high, low] = SAME_NAME;
        out.record(TYPE_NSEC, class, lifetime_s, &[high, low, 0, 1, 0x80 >> TYPE_A]);
        out.len
    }
}

struct Out<'a> {
    bytes: &'a mut [u8; PACKET_BYTES_MAX],
    len: usize,
}

impl Out<'_> {
    /// All that is made fits: [`PACKET_BYTES_MAX`] is its sum.
    fn put(&mut self, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            place.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn record(&mut self, kind: u16, class: u16, lifetime_s: u32, data: &[u8]) {
        self.put(&kind.to_be_bytes());
        self.put(&class.to_be_bytes());
        self.put(&lifetime_s.to_be_bytes());
        self.put(&(data.len() as u16).to_be_bytes());
        self.put(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 20);

    fn query(questions: &[(&str, u16, u16)]) -> Vec<u8> {
        let mut packet = vec![0, 7, 0, 0, 0, questions.len() as u8, 0, 0, 0, 0, 0, 0];
        for (name, kind, class) in questions {
            let mut encoded = [0; 255];
            let len = encode(name.as_bytes(), &mut encoded).unwrap();
            packet.extend(&encoded[..len]);
            packet.extend(kind.to_be_bytes());
            packet.extend(class.to_be_bytes());
        }
        packet
    }

    /// Adds what the asker knows.
    fn knowing(mut packet: Vec<u8>, lifetime_s: u32, address: [u8; 4]) -> Vec<u8> {
        packet[7] += 1;
        packet.extend(b"\xC0\x0C\0\x01\0\x01");
        packet.extend(lifetime_s.to_be_bytes());
        packet.extend(b"\0\x04");
        packet.extend(address);
        packet
    }

    fn answer(packet: &[u8], port: u16) -> Option<(Reply, Vec<u8>)> {
        let mut out = [0; PACKET_BYTES_MAX];
        let host = Host::new(b"lamp").unwrap();
        let reply = host.answer(ADDRESS, packet, port, &mut out)?;
        let len = match reply {
            Reply::All => host.announce(ADDRESS, &mut out),
            Reply::Asker(len) => len,
        };
        Some((reply, out[..len].to_vec()))
    }

    const RECORDS: &[u8] = b"\x04lamp\x05local\0\0\x01\x80\x01\0\0\0\x78\0\x04\xC0\xA8\x01\x14\
                             \xC0\x0C\0\x2F\x80\x01\0\0\0\x78\0\x05\xC0\x0C\0\x01\x40";

    #[test]
    fn questions_for_the_name_are_answered_to_all() {
        let expected = [b"\0\0\x84\0\0\0\0\x02\0\0\0\0", RECORDS].concat();
        for (kind, class) in [(TYPE_A, 1), (TYPE_A, 0x8001), (TYPE_ANY, 255), (TYPE_AAAA, 1)] {
            let (reply, packet) = answer(&query(&[("LAMP.local", kind, class)]), PORT).unwrap();
            assert_eq!(reply, Reply::All);
            assert_eq!(packet, expected, "{kind} {class}");
        }
        let several = query(&[("other.local", 1, 1), ("lamp.local", 1, 1)]);
        assert_eq!(answer(&several, PORT).unwrap().1, expected);
    }

    /// The second question's name ends in a pointer to the first's.
    #[test]
    fn names_may_point_back() {
        let mut packet = query(&[("other.local", 1, 1)]);
        packet[5] = 2;
        packet.extend(b"\x04lamp\xC0\x12\0\x01\0\x01");
        assert!(answer(&packet, PORT).is_some());
        // To itself, and forward.
        for pointer in [29u8, 40] {
            let mut packet = query(&[("other.local", 1, 1)]);
            packet[5] = 2;
            packet.extend([0xC0, pointer, 0, 1, 0, 1]);
            assert!(answer(&packet, PORT).is_none());
        }
    }

    #[test]
    fn who_speaks_dns_alone_is_answered_alone() {
        let (reply, packet) = answer(&query(&[("lamp.local", TYPE_A, 1)]), 40_000).unwrap();
        assert_eq!(reply, Reply::Asker(packet.len()));
        let expected = b"\0\x07\x84\0\0\x01\0\x02\0\0\0\0\x04lamp\x05local\0\0\x01\0\x01\
                         \xC0\x0C\0\x01\0\x01\0\0\0\x0A\0\x04\xC0\xA8\x01\x14\
                         \xC0\x0C\0\x2F\0\x01\0\0\0\x0A\0\x05\xC0\x0C\0\x01\x40";
        assert_eq!(packet, expected);
    }

    #[test]
    fn what_does_not_ask_for_the_name_is_not_answered() {
        let questions = [
            ("lamp", 1, 1),
            ("lamp.local.local", 1, 1),
            ("lampe.local", 1, 1),
            ("lam.local", 1, 1),
            ("lamp.locale", 1, 1),
            ("a.lamp.local", 1, 1),
            ("lamp.local", 12, 1),
            ("lamp.local", 1, 3),
        ];
        for question in questions {
            assert_eq!(answer(&query(&[question]), PORT), None, "{question:?}");
        }
        assert_eq!(answer(b"\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01", PORT), None, "the root");
        let asked = query(&[("lamp.local", 1, 1)]);
        // A response, another kind of query, and one that says it has no questions.
        for (at, value) in [(2, 0x84), (2, 0x10), (5, 0)] {
            let mut packet = asked.clone();
            packet[at] = value;
            assert_eq!(answer(&packet, PORT), None, "{at}");
        }
        for len in 0..asked.len() {
            assert_eq!(answer(&asked[..len], PORT), None, "cut at {len}");
        }
    }

    #[test]
    fn what_the_asker_knows_is_not_told_again() {
        let asked = query(&[("lamp.local", 1, 1)]);
        assert_eq!(answer(&knowing(asked.clone(), 60, [192, 168, 1, 20]), PORT), None);
        assert!(answer(&knowing(asked.clone(), 59, [192, 168, 1, 20]), PORT).is_some());
        assert!(answer(&knowing(asked, 120, [192, 168, 1, 21]), PORT).is_some());
    }

    #[test]
    fn the_longest_name_fits() {
        let name = "x".repeat(63);
        let host = Host::new(name.as_bytes()).unwrap();
        let mut out = [0; PACKET_BYTES_MAX];
        let asked = query(&[(&format!("{name}.local"), 1, 1)]);
        assert_eq!(host.answer(ADDRESS, &asked, 1, &mut out), Some(Reply::Asker(PACKET_BYTES_MAX)));
        assert_eq!(out[PACKET_BYTES_MAX - 5..], [0xC0, 0x0C, 0, 1, 0x40]);
        for wrong in [&b""[..], &[b'x'; 64], b"a..b"] {
            assert!(Host::new(wrong).is_none());
        }
    }

    #[test]
    fn damaged_questions_break_nothing() {
        let mut random = fastrand::Rng::with_seed(7);
        let whole = knowing(query(&[("other.local", 28, 1), ("lamp.local", 1, 0x8001)]), 60, [192, 168, 1, 20]);
        let mut answered = 0;
        for _ in 0..200_000 {
            let mut packet = whole.clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..packet.len());
                packet[at] = [random.u8(..), 0xC0, 0xFF, 0][random.usize(..4)];
            }
            packet.truncate(random.usize(..=packet.len()));
            answered += usize::from(answer(&packet, PORT).is_some());
        }
        assert!(answered > 1000, "{answered}");
    }
}
