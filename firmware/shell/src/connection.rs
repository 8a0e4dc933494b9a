//! One TCP socket: it serves one client after the other, for ever.
//!
//! A turn sends what waits, then hands the engine the bytes that came, where they lie in the socket's buffer; replies
//! go from the engine's output into the socket's. Nothing is copied in between.

use crate::clock::Clock;
use crate::door::Listening;
use crate::{PORT, Shell};
use core::future::{Future, poll_fn};
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll};
use embassy_net::tcp::{State, TcpSocket};
use embassy_net::{IpAddress, IpEndpoint, Stack};
use embassy_time::{Duration, with_timeout};
use microredis_engine::{ClientId, Peer};

/// One socket's memory.
pub struct Buffers<const RECEIVE: usize, const SEND: usize> {
    pub receive: [u8; RECEIVE],
    pub send: [u8; SEND],
}

impl<const RECEIVE: usize, const SEND: usize> Buffers<RECEIVE, SEND> {
    pub const EMPTY: Self = Buffers { receive: [0; RECEIVE], send: [0; SEND] };
}

/// Reads of one client before others have their turn.
const READS_MAX: usize = 4;

/// A dead peer is given up after this many probes without an answer.
const PROBES: u64 = 3;

/// How long a peer may take to end a connection that was closed from here, before its place is taken away.
const CLOSING: Duration = Duration::from_secs(2);

impl<C: Clock> Shell<C> {
    /// A board runs this once a socket, with one socket more than there may be clients: the one too many is there to
    /// be told so.
    pub async fn serve<const RECEIVE: usize, const SEND: usize>(
        &self,
        stack: Stack<'static>,
        buffers: &'static mut Buffers<RECEIVE, SEND>,
    ) -> ! {
        let mut socket = TcpSocket::new(stack, &mut buffers.receive, &mut buffers.send);
        socket.set_nagle_enabled(false);
        loop {
            let listening = Listening::begin();
            let accepted = socket.accept(PORT).await;
            drop(listening);
            if accepted.is_ok() {
                self.client(&mut socket).await;
            }
            close(&mut socket).await;
        }
    }

    async fn client(&self, socket: &mut TcpSocket<'static>) {
        let peer = Peer::Tcp { peer: address(socket.remote_endpoint()), local: address(socket.local_endpoint()) };
        let (connected, keepalive) = {
            let mut engine = self.engine.borrow_mut();
            (engine.handle_connect(self.now(), peer, -1), engine.server.config.tcp_keepalive)
        };
        let id = match connected {
            Ok(id) => id,
            Err(refused) => {
                // Best effort: who does not read it sees the connection close. The buffer is empty, so this fits.
                let _ = socket.write(refused.reply()).await;
                return;
            }
        };
        let interval = (keepalive > 0).then(|| Duration::from_secs(keepalive));
        socket.set_keep_alive(interval);
        socket.set_timeout(interval.map(|interval| interval * (1 + PROBES as u32)));
        poll_fn(|cx| self.turn(cx, socket, id)).await;
        let now = self.now();
        let mut engine = self.engine.borrow_mut();
        engine.handle_disconnect(now, id);
        self.follow_up(now, &mut engine, Some(id));
    }

    /// Ready: the client is gone or to be closed.
    fn turn(&self, cx: &mut Context<'_>, socket: &mut TcpSocket<'static>, id: ClientId) -> Poll<()> {
        if let Some(waker) = self.wakers.get(id.0 as usize) {
            waker.borrow_mut().register(cx.waker());
        }
        for _ in 0..READS_MAX {
            let is_sent = self.send(cx, socket, id);
            if socket.state() == State::Closed {
                return Poll::Ready(());
            }
            let engine = self.engine.borrow();
            if engine.is_closing(id) && is_sent {
                return Poll::Ready(());
            }
            let wants_input = engine.wants_input(id);
            drop(engine);
            if wants_input && self.receive(cx, socket, id) {
                continue;
            }
            if wants_input && is_sent && !socket.may_recv() {
                return Poll::Ready(());
            }
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Fills the socket with what waits for the client; true when nothing is left. Else the task is woken when there
    /// is room again.
    fn send(&self, cx: &mut Context<'_>, socket: &mut TcpSocket<'static>, id: ClientId) -> bool {
        while !self.engine.borrow_mut().poll_output(id).is_empty() {
            let fill = |room: &mut [u8]| {
                let mut engine = self.engine.borrow_mut();
                let mut filled = 0;
                while filled < room.len() {
                    let output = engine.poll_output(id);
                    let n = output.len().min(room.len() - filled);
                    if n == 0 {
                        break;
                    }
                    room[filled..filled + n].copy_from_slice(&output[..n]);
                    filled += n;
                    engine.handle_sent(id, n);
                }
                (filled, ())
            };
            // Pending: there is no room, and the socket will wake the task. An error: the peer is gone, which the
            // socket's state says.
            if !matches!(pin!(socket.write_with(fill)).poll(cx), Poll::Ready(Ok(()))) {
                return false;
            }
        }
        true
    }

    /// Hands the engine what came; false where nothing did: the task is woken when something does.
    fn receive(&self, cx: &mut Context<'_>, socket: &mut TcpSocket<'static>, id: ClientId) -> bool {
        let take = |bytes: &mut [u8]| {
            let now = self.now();
            let mut engine = self.engine.borrow_mut();
            engine.handle_input(now, id, bytes);
            self.follow_up(now, &mut engine, Some(id));
            (bytes.len(), ())
        };
        matches!(pin!(socket.read_with(take)).poll(cx), Poll::Ready(Ok(())))
    }
}

/// Ends the connection so that the peer gets all that was sent, if it takes it soon; then the socket is free.
async fn close(socket: &mut TcpSocket<'static>) {
    socket.close();
    let _ = with_timeout(CLOSING, async {
        let _ = socket.flush().await;
        // Its own end, for which it may still send.
        let mut dropped = [0; 64];
        while matches!(socket.read(&mut dropped).await, Ok(1..)) {}
    })
    .await;
    socket.abort();
    let _ = with_timeout(CLOSING, socket.flush()).await;
}

fn address(endpoint: Option<IpEndpoint>) -> SocketAddr {
    match endpoint {
        Some(IpEndpoint { addr: IpAddress::Ipv4(ip), port }) => SocketAddr::new(IpAddr::V4(ip), port),
        None => SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED), 0),
    }
}
