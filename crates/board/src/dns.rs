//! Packets of the domain name system (RFC 1035): one question for the address of a host, and its answer; and names in
//! packets, for [`crate::mdns`] too. No sockets.
//!
//! Written here because of what others take of a small flash: see ARCHITECTURE.md.

use core::net::Ipv4Addr;

/// Of every packet, before its questions.
pub const HEADER_BYTES: usize = 12;
/// The longest answer over UDP.
pub const ANSWER_BYTES_MAX: usize = 512;
/// What a question takes beside its name: header, a byte more than the name has, and type and class.
pub const QUESTION_BYTES: usize = HEADER_BYTES + 2 + 4;

pub const RESPONSE: u8 = 0x80;
const OPCODE: u8 = 0x78;
const RECURSION_DESIRED: u8 = 1;
const ERROR: u8 = 15;
pub const TYPE_A: u16 = 1;
pub const CLASS_IN: u16 = 1;
/// Type, class, lifetime in seconds, length of the data.
pub const RECORD_BYTES: usize = 10;

/// A packet's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub id: u16,
    /// Response, operation, and what is wanted.
    pub flags: u8,
    /// What came of it.
    pub outcome: u8,
    pub questions: u16,
    pub answers: u16,
}

/// The header of a packet, and what follows.
pub fn header(packet: &[u8]) -> Option<(Header, &[u8])> {
    let (head, rest) = packet.split_at_checked(HEADER_BYTES)?;
    let header = Header {
        id: u16_at(head, 0),
        flags: head[2],
        outcome: head[3],
        questions: u16_at(head, 4),
        answers: u16_at(head, 6),
    };
    Some((header, rest))
}

impl Header {
    /// Whether this is a plain question, or the answer to one.
    pub fn is_query(&self) -> bool {
        self.flags & OPCODE == 0
    }

    pub fn is_response(&self) -> bool {
        self.flags & RESPONSE != 0
    }
}

/// A question for the addresses of a host into `out`; its length, or `None` where it does not fit.
pub fn question(id: u16, host: &str, out: &mut [u8]) -> Option<usize> {
    let (head, rest) = out.split_first_chunk_mut::<HEADER_BYTES>()?;
    let [high, low] = id.to_be_bytes();
    *head = [high, low, RECURSION_DESIRED, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let len = encode(host.as_bytes(), rest)?;
    rest.get_mut(len..len + 4)?.copy_from_slice(&[0, TYPE_A as u8, 0, CLASS_IN as u8]);
    Some(HEADER_BYTES + len + 4)
}

/// What came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Address(Ipv4Addr),
    /// The server knows none.
    Nothing,
    /// Not an answer to this question; the right one may still come.
    Foreign,
}

/// Reads the answer to the question `asked` out of a packet.
pub fn answer(packet: &[u8], asked: &[u8]) -> Answer {
    answer_of(packet, asked).unwrap_or(Answer::Foreign)
}

fn answer_of(packet: &[u8], asked: &[u8]) -> Option<Answer> {
    let ((head, rest), (asked, question)) = (header(packet)?, header(asked)?);
    if !head.is_response() || !head.is_query() || head.id != asked.id || head.questions != 1 {
        return None;
    }
    let mut rest = rest.strip_prefix(question)?;
    if head.outcome & ERROR != 0 {
        return Some(Answer::Nothing);
    }
    for _ in 0..head.answers {
        let (record, behind) = record(rest)?;
        // Whatever it is called there: names lead from one to the other until an address comes.
        if let Some(address) = record.address() {
            return Some(Answer::Address(address));
        }
        rest = behind;
    }
    Some(Answer::Nothing)
}

/// A record behind its name.
pub struct Record<'a> {
    kind: u16,
    class: u16,
    pub lifetime_s: u32,
    data: &'a [u8],
}

impl Record<'_> {
    pub fn address(&self) -> Option<Ipv4Addr> {
        let data: [u8; 4] = self.data.try_into().ok()?;
        (self.kind == TYPE_A && self.class == CLASS_IN).then_some(Ipv4Addr::from(data))
    }
}

/// The record that `bytes` begin with, name and all, and what follows.
pub fn record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (head, rest) = split_name(bytes)?.split_at_checked(RECORD_BYTES)?;
    let (data, rest) = rest.split_at_checked(usize::from(u16_at(head, 8)))?;
    let lifetime_s = u32::from(u16_at(head, 4)) << 16 | u32::from(u16_at(head, 6));
    Some((Record { kind: u16_at(head, 0), class: u16_at(head, 2), lifetime_s, data }, rest))
}

/// A name with dots as a packet has it; the length. `None`: a label is empty or too long, or there is no room.
pub fn encode(name: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    for label in name.split(|byte| *byte == b'.') {
        *out.get_mut(at)? = u8::try_from(label.len()).ok().filter(|len| (1..=63).contains(len))?;
        out.get_mut(at + 1..at + 1 + label.len())?.copy_from_slice(label);
        at += 1 + label.len();
    }
    *out.get_mut(at)? = 0;
    Some(at + 1)
}

/// The first two bits of a length say that it is a pointer to where the name goes on.
const POINTER: u8 = 0xC0;

/// What follows a name.
pub fn split_name(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (&len, rest) = bytes.split_first()?;
        match len {
            0 => return Some(rest),
            1..=63 => bytes = rest.get(usize::from(len)..)?,
            POINTER.. => return rest.get(1..),
            _ => return None,
        }
    }
}

/// Whether the name at a place of a packet is this one, as [`encode`] gives it; capitals do not count.
pub fn is_name(packet: &[u8], mut at: usize, name: &[u8]) -> bool {
    let mut matched = 0;
    // Pointers lead back, so each is followed once.
    let mut end = at;
    while let Some(&len) = packet.get(at) {
        if len >= POINTER {
            let Some(&low) = packet.get(at + 1) else { return false };
            at = usize::from(len & !POINTER) << 8 | usize::from(low);
            if at >= end {
                return false;
            }
            end = at;
            continue;
        }
        let label = 1 + usize::from(len);
        let (Some(theirs), Some(ours)) = (packet.get(at..at + label), name.get(matched..matched + label)) else {
            return false;
        };
        // Lengths are below every letter, so that they do not change with capitals.
        if !theirs.eq_ignore_ascii_case(ours) {
            return false;
        }
        if len == 0 {
            return true;
        }
        (at, matched) = (at + label, matched + label);
    }
    false
}

pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Vec<u8> {
        let mut out = [0; QUESTION_BYTES + 253];
        let len = question(0x1234, "time.example.org", &mut out).unwrap();
        out[..len].to_vec()
    }

    /// An answer with an alias before the address, whose names are pointers.
    fn answered() -> Vec<u8> {
        let mut packet = asked();
        packet[2..4].copy_from_slice(&[0x81, 0x80]);
        packet[7] = 2;
        packet.extend(
            b"\xC0\x0C\0\x05\0\x01\0\0\0\x10\0\x04\x01b\xC0\x11\xC0\x2E\0\x01\0\x01\0\0\0\x10\0\x04\x0A\0\x02\x4D",
        );
        packet
    }

    #[test]
    fn a_question_is_as_rfc_1035_has_it() {
        let expected = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04time\x07example\x03org\0\0\x01\0\x01";
        assert_eq!(asked(), expected);
        assert_eq!(question(1, &"x".repeat(64), &mut [0; QUESTION_BYTES + 253]), None);
        assert_eq!(question(1, &"abc.".repeat(70), &mut [0; QUESTION_BYTES + 253]), None);
        assert_eq!(question(1, "time", &mut [0; 20]), None);
    }

    #[test]
    fn an_answer_is_found_behind_aliases() {
        assert_eq!(answer(&answered(), &asked()), Answer::Address(Ipv4Addr::new(10, 0, 2, 77)));
        let mut unknown = answered();
        unknown[3] |= 3;
        assert_eq!(answer(&unknown, &asked()), Answer::Nothing);
        let mut nothing = answered();
        nothing[7] = 1;
        assert_eq!(answer(&nothing, &asked()), Answer::Nothing);
    }

    #[test]
    fn what_answers_something_else_is_passed_over() {
        // Another id, a question instead of an answer, another question.
        for (at, bit) in [(1, 1), (2, 0x80), (13, 0x20)] {
            let mut packet = answered();
            packet[at] ^= bit;
            assert_eq!(answer(&packet, &asked()), Answer::Foreign, "{at}");
        }
        for len in 0..answered().len() {
            assert!(!matches!(answer(&answered()[..len], &asked()), Answer::Address(_)), "cut at {len}");
        }
    }

    #[test]
    fn damaged_answers_break_nothing() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..200_000 {
            let mut packet = answered();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..packet.len());
                packet[at] = [random.u8(..), 0xC0, 0xFF, 0][random.usize(..4)];
            }
            packet.truncate(random.usize(..=packet.len()));
            answer(&packet, &asked());
        }
    }
}
