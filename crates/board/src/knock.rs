//! Whether a frame from the network is a client that wants to connect.

/// Ethernet's header, whose last two bytes are the type.
const ETHERNET_BYTES: usize = 14;
const TYPE_IPV4: [u8; 2] = [8, 0];
const PROTOCOL_TCP: u8 = 6;
/// TCP's flags: of these two a first packet has SYN alone.
const SYN: u8 = 2;
const ACK: u8 = 16;

/// Whether this is the first packet of a TCP connection to a port, over IPv4 in Ethernet.
pub fn is_knock(frame: &[u8], port: u16) -> bool {
    knocks_at(frame) == Some(port)
}

fn knocks_at(frame: &[u8]) -> Option<u16> {
    let (ethernet, ip) = frame.split_at_checked(ETHERNET_BYTES)?;
    let (head, protocol) = (*ip.first()?, *ip.get(9)?);
    if ethernet[ETHERNET_BYTES - 2..] != TYPE_IPV4 || head >> 4 != 4 || protocol != PROTOCOL_TCP {
        return None;
    }
    let tcp = ip.get(usize::from(head & 15) * 4..)?;
    let is_first = tcp.get(13)? & (SYN | ACK) == SYN;
    is_first.then_some(u16::from_be_bytes([tcp[2], tcp[3]]))
}

#[cfg(test)]
mod tests {
    use super::is_knock;

    /// A SYN to port 6379, with four bytes of options in its IP header.
    fn frame() -> Vec<u8> {
        let mut frame = vec![0; 14 + 24 + 20];
        frame[12..14].copy_from_slice(&[8, 0]);
        frame[14] = 0x46;
        frame[14 + 9] = 6;
        frame[38..42].copy_from_slice(&[0x9C, 0x40, 0x18, 0xEB]);
        frame[38 + 13] = 2;
        frame
    }

    #[test]
    fn a_first_packet_is_told_from_others() {
        assert!(is_knock(&frame(), 6379));
        assert!(!is_knock(&frame(), 6380));
        // ARP, IPv6, UDP, an answer, a packet amid a connection.
        for (at, value) in [(13, 6), (14, 0x60), (23, 17), (51, 18), (51, 16)] {
            let mut frame = frame();
            frame[at] = value;
            assert!(!is_knock(&frame, 6379), "{at}");
        }
        for len in 0..52 {
            assert!(!is_knock(&frame()[..len], 6379), "cut at {len}");
        }
    }

    #[test]
    fn a_frame_of_noise_breaks_nothing() {
        let mut random = fastrand::Rng::with_seed(9);
        for _ in 0..100_000 {
            let mut noise = frame();
            for _ in 0..random.usize(1..5) {
                let at = random.usize(..noise.len());
                noise[at] = random.u8(..);
            }
            noise.truncate(random.usize(..=noise.len()));
            is_knock(&noise, 6379);
        }
    }
}
