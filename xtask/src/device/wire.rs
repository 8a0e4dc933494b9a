//! A bad wire between the emulated board and its network: it loses, doubles, delays and so reorders frames.
//!
//! QEMU's user network goes through a hub to a UDP socket, the board's network card to another one, and a thread here
//! carries frames between the two. It needs no privileges and no kernel module, and all of it is loopback. Chance comes
//! from a seed; what the frames meet also depends on when they come.

use anyhow::Result;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
        let mut threads = Vec::new();
        for (from, to) in [(0, 1), (1, 0)] {
            let line = Line {
                input: sockets[from].try_clone()?,
                output: sockets[to].try_clone()?,
                to: ends[to],
                faults,
                random: fastrand::Rng::with_seed(seed ^ from as u64),
                late: BinaryHeap::new(),
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
    input: UdpSocket,
    output: UdpSocket,
    to: u16,
    faults: Faults,
    random: fastrand::Rng,
    /// The earliest due first.
    late: BinaryHeap<std::cmp::Reverse<(Instant, Vec<u8>)>>,
    counts: Arc<Counts>,
}

impl Line {
    fn run(mut self, stop: &AtomicBool) {
        let mut frame = [0; FRAME_BYTES_MAX];
        while !stop.load(Ordering::Relaxed) {
            if let Ok(len) = self.input.recv(&mut frame) {
                self.meet(&frame[..len]);
            }
            while self.late.peek().is_some_and(|due| due.0.0 <= Instant::now()) {
                if let Some(due) = self.late.pop() {
                    self.send(&due.0.1);
                }
            }
        }
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
