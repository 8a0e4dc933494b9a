//! A bad wire between the emulated board and its network: it loses, doubles, delays and so reorders frames.
//!
//! QEMU's user network goes through a hub to a UDP socket, the board's network card to another one, and a thread here
//! carries frames between the two. A client that calls itself [`DEAF`] takes nothing any more, as the board sees it: its TCP
//! window is closed on the way, and what the board sends to probe it is not taken. It needs no privileges and no kernel module, and all of it is loopback. Chance comes
//! from a seed; what the frames meet also depends on when they come.

use anyhow::Result;
use std::collections::{BTreeSet, BinaryHeap};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What happens to frames; chances are in thousands.
#[derive(Clone, Copy)]
pub struct Faults {
    pub lost: u32,
    pub doubled: u32,
    /// Frames that come late, by up to `late`, so that others overtake them.
    pub delayed: u32,
    pub late: Duration,
}

/// In a client's request: closes its window.
pub const DEAF: &str = "deaf-client";

/// Longest Ethernet frame that a card of the emulator sends, with room.
const FRAME_BYTES_MAX: usize = 2048;

/// How long a thread waits before it looks whether it is to stop, or whether a late frame is due.
const WAIT: Duration = Duration::from_millis(2);

#[derive(Default)]
struct Counts {
    carried: AtomicU64,
    lost: AtomicU64,
    late: AtomicU64,
}

pub struct Wire {
    /// Ports of the relay: where the emulator's two ends send to.
    relay: [u16; 2],
    /// Ports of the emulator's ends: network and card.
    ends: [u16; 2],
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

impl Wire {
    pub fn start(seed: u64, faults: Faults) -> Result<Wire> {
        let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let sockets = [bind()?, bind()?];
        // The emulator binds these itself; until then they are only known to be free.
        let ends = { [bind()?.local_addr()?.port(), bind()?.local_addr()?.port()] };
        let relay = [sockets[0].local_addr()?.port(), sockets[1].local_addr()?.port()];
        let stop = Arc::new(AtomicBool::new(false));
        let counts = Arc::new(Counts::default());
        let deaf = Arc::new(Mutex::new(BTreeSet::new()));
        let mut threads = Vec::new();
        for (from, to) in [(0, 1), (1, 0)] {
            let line = Line {
                input: sockets[from].try_clone()?,
                output: sockets[to].try_clone()?,
                to: ends[to],
                faults,
                random: fastrand::Rng::with_seed(seed ^ from as u64),
                late: BinaryHeap::new(),
                is_to_board: from == 0,
                deaf: deaf.clone(),
                counts: counts.clone(),
            };
            line.input.set_read_timeout(Some(WAIT))?;
            let stop = stop.clone();
            threads.push(std::thread::spawn(move || line.run(&stop)));
        }
        Ok(Wire { relay, ends, stop, counts, threads })
    }

    /// The emulator's network arguments: its user network with `{port}` forwarded to the board's 6379, the wire, and the
    /// card's end as netdev `n0`.
    pub fn arguments(&self) -> Vec<String> {
        let [relay, ends] = [self.relay, self.ends];
        let end = |n: usize| format!("udp=127.0.0.1:{},localaddr=127.0.0.1:{}", relay[n], ends[n]);
        let netdevs = [
            "user,id=user,hostfwd=tcp:127.0.0.1:{port}-:6379".to_string(),
            format!("socket,id=far,{}", end(0)),
            "hubport,id=h0,hubid=0,netdev=user".to_string(),
            "hubport,id=h1,hubid=0,netdev=far".to_string(),
            format!("socket,id=n0,{}", end(1)),
        ];
        netdevs.into_iter().flat_map(|netdev| ["-netdev".to_string(), netdev]).collect()
    }

    /// Frames carried, lost and late so far.
    pub fn counts(&self) -> [u64; 3] {
        [&self.counts.carried, &self.counts.lost, &self.counts.late].map(|count| count.load(Ordering::Relaxed))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// One direction.
struct Line {
    is_to_board: bool,
    input: UdpSocket,
    output: UdpSocket,
    to: u16,
    faults: Faults,
    random: fastrand::Rng,
    /// The earliest due first.
    late: BinaryHeap<std::cmp::Reverse<(Instant, Vec<u8>)>>,
    /// Ports of clients whose windows are closed.
    deaf: Arc<Mutex<BTreeSet<[u8; 2]>>>,
    counts: Arc<Counts>,
}

impl Line {
    fn run(mut self, stop: &AtomicBool) {
        let mut frame = [0; FRAME_BYTES_MAX];
        while !stop.load(Ordering::Relaxed) {
            if let Ok(len) = self.input.recv(&mut frame)
                && self.is_taken(&mut frame[..len])
            {
                self.meet(&frame[..len]);
            }
            while self.late.peek().is_some_and(|due| due.0.0 <= Instant::now()) {
                if let Some(due) = self.late.pop() {
                    self.send(&due.0.1);
                }
            }
        }
    }

    /// Closes the window of a deaf client's frame; false for bytes that the board sends to one.
    fn is_taken(&self, frame: &mut [u8]) -> bool {
        const IP_AT: usize = 14;
        const TCP: u8 = 6;
        let Some(&[kind_high, kind_low, head, _, len_high, len_low]) = frame.get(12..18) else { return true };
        let tcp_at = IP_AT + usize::from(head & 15) * 4;
        let end = IP_AT + usize::from(u16::from_be_bytes([len_high, len_low]));
        let is_tcp = [kind_high, kind_low] == [8, 0] && frame.get(IP_AT + 9) == Some(&TCP);
        let Some(tcp) = frame.get_mut(tcp_at..end).filter(|tcp| is_tcp && tcp.len() >= 20) else { return true };
        let mut deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner);
        let port = |at: usize| [tcp[at], tcp[at + 1]];
        if !self.is_to_board {
            let has_bytes = tcp.len() > usize::from(tcp[12] >> 4) * 4;
            return !has_bytes || !deaf.contains(&port(2));
        }
        if memchr::memmem::find(tcp, DEAF.as_bytes()).is_some() {
            deaf.insert(port(0));
        }
        if deaf.contains(&port(0)) {
            // RFC 1624: the checksum of a segment with one field changed, here to 0.
            let [window, sum] = [14, 16].map(|at| u32::from(u16::from_be_bytes([tcp[at], tcp[at + 1]])));
            let changed = (!sum & 0xFFFF) + (!window & 0xFFFF);
            let changed = !((changed & 0xFFFF) + (changed >> 16)) as u16;
            tcp[14..16].fill(0);
            tcp[16..18].copy_from_slice(&changed.to_be_bytes());
        }
        true
    }

    /// What happens to one frame.
    fn meet(&mut self, frame: &[u8]) {
        if self.happens(self.faults.lost) {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if self.happens(self.faults.delayed) {
            self.counts.late.fetch_add(1, Ordering::Relaxed);
            let by = self.faults.late.mul_f64(self.random.f64());
            self.late.push(std::cmp::Reverse((Instant::now() + by, frame.to_vec())));
            return;
        }
        self.send(frame);
        if self.happens(self.faults.doubled) {
            self.send(frame);
        }
    }

    fn happens(&mut self, thousands: u32) -> bool {
        self.random.u32(0..1000) < thousands
    }

    fn send(&self, frame: &[u8]) {
        self.counts.carried.fetch_add(1, Ordering::Relaxed);
        // A lost frame more: TCP asks again.
        let _ = self.output.send_to(frame, (Ipv4Addr::LOCALHOST, self.to));
    }
}
