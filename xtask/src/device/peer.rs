//! A second host on the board's network, frame by frame: what the emulator's user network cannot be, because it carries no
//! multicast and answers for names itself. It answers ARP, name servers' and time servers' questions, and keeps what the
//! board says by multicast DNS.

use super::clock::{Say, answer};
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where the board expects a name server, and another address.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 77);
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
pub const MDNS: u16 = 5353;
const DNS: u16 = 53;
const NTP: u16 = 123;
const MAC: [u8; 6] = [2, 0, 0, 0, 0, 0x77];
const GROUP_MAC: [u8; 6] = [1, 0, 0x5E, 0, 0, 0xFB];
/// The emulator's first card.
const BOARD_MAC: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

/// A UDP packet that the peer has seen.
#[derive(Debug)]
pub struct Datagram {
    pub to_mac: [u8; 6],
    pub hops: u8,
    pub from: (Ipv4Addr, u16),
    pub to: (Ipv4Addr, u16),
    pub bytes: Vec<u8>,
}

pub struct Peer {
    socket: UdpSocket,
    /// Ports of this end and of the emulator's.
    ports: [u16; 2],
    heard: Receiver<Datagram>,
    pub names_asked: Arc<AtomicUsize>,
    /// Answers to a question for the time.
    pub times: Arc<Mutex<Vec<Say>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    pub fn start() -> Result<Peer> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // The emulator binds this itself; until then it is only known to be free.
        let end = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let ports = [socket.local_addr()?.port(), end];
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let (hear, heard) = channel();
        let (names_asked, times) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let stop = Arc::new(AtomicBool::new(false));
        let ear =
            Ear { socket: socket.try_clone()?, end, hear, names_asked: names_asked.clone(), times: times.clone() };
        let thread = std::thread::spawn({
            let stop = stop.clone();
            move || ear.run(&stop)
        });
        Ok(Peer { socket, ports, heard, names_asked, times, stop, thread: Some(thread) })
    }

    /// The emulator's network arguments: a hub of its user network, without a name server, this peer, and the card.
    pub fn arguments(&self) -> Vec<String> {
        let [own, end] = self.ports;
        let netdevs = [
            "user,id=user,dns=10.0.2.9,hostfwd=tcp:127.0.0.1:{port}-:6379".to_string(),
            format!("socket,id=peer,udp=127.0.0.1:{own},localaddr=127.0.0.1:{end}"),
            "hubport,id=h0,hubid=0,netdev=user".to_string(),
            "hubport,id=h1,hubid=0,netdev=peer".to_string(),
            "hubport,id=n0,hubid=0".to_string(),
        ];
        netdevs.into_iter().flat_map(|netdev| ["-netdev".to_string(), netdev]).collect()
    }

    /// Says something to the group.
    pub fn say(&self, from: (Ipv4Addr, u16), bytes: &[u8]) -> Result<()> {
        let frame = udp(GROUP_MAC, from, (GROUP, MDNS), bytes);
        self.socket.send_to(&frame, (Ipv4Addr::LOCALHOST, self.ports[1])).map(|_| ()).context("a frame")
    }

    /// The next thing that the board says on multicast DNS's port.
    pub fn hear(&self, within: Duration) -> Option<Datagram> {
        self.heard.recv_timeout(within).ok()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Ear {
    socket: UdpSocket,
    end: u16,
    hear: Sender<Datagram>,
    names_asked: Arc<AtomicUsize>,
    times: Arc<Mutex<Vec<Say>>>,
}

impl Ear {
    fn run(self, stop: &AtomicBool) {
        let mut frame = [0; 2048];
        while !stop.load(Ordering::Relaxed) {
            let Ok(len) = self.socket.recv(&mut frame) else { continue };
            for answer in self.meet(&frame[..len]).unwrap_or_default() {
                let _ = self.socket.send_to(&answer, (Ipv4Addr::LOCALHOST, self.end));
            }
        }
    }

    /// Frames that answer one.
    fn meet(&self, frame: &[u8]) -> Option<Vec<Vec<u8>>> {
        if let Some(answer) = arp(frame) {
            return Some(vec![answer]);
        }
        let datagram = read_udp(frame)?;
        let back = |bytes: &[u8]| udp(BOARD_MAC, datagram.to, datagram.from, bytes);
        match datagram.to {
            (NAME_SERVER, DNS) => {
                self.names_asked.fetch_add(1, Ordering::Relaxed);
                Some(vec![back(&address_of(&datagram.bytes))])
            }
            (ADDRESS, NTP) => {
                let says = self.times.lock().map(|says| says.clone()).unwrap_or_default();
                Some(says.into_iter().map(|say| back(&answer(say, &datagram.bytes))).collect())
            }
            _ if datagram.from.1 == MDNS => {
                let _ = self.hear.send(datagram);
                None
            }
            _ => None,
        }
    }
}

/// A name server's answer: whatever is asked for is this peer, under another name.
fn address_of(question: &[u8]) -> Vec<u8> {
    let mut packet = question.to_vec();
    packet[2..4].copy_from_slice(&[0x81, 0x80]);
    packet[7] = 2;
    let alias = packet.len() as u16 + 12;
    packet.extend(b"\xC0\x0C\0\x05\0\x01\0\0\0\x10\0\x07\x04peer\xC0\x0C");
    packet.extend((0xC000 | alias).to_be_bytes());
    packet.extend(b"\0\x01\0\x01\0\0\0\x10\0\x04");
    packet.extend(ADDRESS.octets());
    packet
}

/// The answer to somebody who asks for the card of one of this peer's addresses.
fn arp(frame: &[u8]) -> Option<Vec<u8>> {
    const REQUEST: &[u8] = &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1];
    let (asker, wanted) = (frame.get(22..32)?, frame.get(38..42)?);
    let is_mine = [NAME_SERVER, ADDRESS].iter().any(|own| own.octets() == wanted);
    if frame.get(12..22)? != REQUEST || !is_mine {
        return None;
    }
    let head: [&[u8]; 3] = [&asker[..6], &MAC, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 2]];
    let body: [&[u8]; 3] = [&MAC, wanted, asker];
    Some([head.concat(), body.concat()].concat())
}

fn read_udp(frame: &[u8]) -> Option<Datagram> {
    let ip = frame.get(14..)?;
    if frame.get(12..14)? != [8, 0] || *ip.first()? != 0x45 || *ip.get(9)? != 17 {
        return None;
    }
    let (udp, len) = (ip.get(20..28)?, u16::from_be_bytes([*ip.get(24)?, *ip.get(25)?]));
    let address = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(ip.get(at..at + 4)?).ok()?));
    Some(Datagram {
        to_mac: frame.get(..6)?.try_into().ok()?,
        hops: ip[8],
        from: (address(12)?, u16::from_be_bytes([udp[0], udp[1]])),
        to: (address(16)?, u16::from_be_bytes([udp[2], udp[3]])),
        bytes: ip.get(28..20 + usize::from(len))?.to_vec(),
    })
}

/// A frame with a UDP packet, whose own checksum is left out as IPv4 allows.
fn udp(to_mac: [u8; 6], from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), bytes: &[u8]) -> Vec<u8> {
    let len = 8 + bytes.len() as u16;
    let mut ip = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 255, 17, 0, 0];
    ip[2..4].copy_from_slice(&(20 + len).to_be_bytes());
    ip.extend(from.0.octets());
    ip.extend(to.0.octets());
    let sum: u32 = ip.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    ip[10..12].copy_from_slice(&(!((sum & 0xFFFF) + (sum >> 16)) as u16).to_be_bytes());
    for word in [from.1, to.1, len, 0] {
        ip.extend(word.to_be_bytes());
    }
    let ethernet: [&[u8]; 3] = [&to_mac, &MAC, &[8, 0]];
    [ethernet.concat(), ip, bytes.to_vec()].concat()
}
