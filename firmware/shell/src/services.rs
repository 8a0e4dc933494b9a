//! What the board does on the network beside serving clients: it keeps its clock set ([`crate::ntp`]) and answers for its
//! name ([`crate::names`]). One task waits for both.

use crate::clock::Clock;
use crate::names::{self, Speaker};
use crate::ntp::{self, Inquiry};
use crate::{SERVICE_SOCKETS, Shell};
use core::task::{Context, Poll, Waker};
use embassy_futures::select::select3;
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{IpAddress, IpEndpoint, Ipv4Cidr, Stack};
use embassy_time::{Duration, Ticker};
use microredis_engine::LogLevel;

/// What is due is looked for so often.
const BEAT: Duration = Duration::from_secs(1);
/// Datagrams that may wait.
const WAITING: usize = 4;

const _: () = assert!(SERVICE_SOCKETS == 2, "one for the clock, one for the name");

impl<C: Clock> Shell<C> {
    /// A board runs this once, in a task of its own.
    pub async fn services(&self, stack: Stack<'static>) -> ! {
        let (mut received, mut sent) = ([0; ntp::RECEIVED_BYTES], [0; ntp::SENT_BYTES]);
        let (mut received_meta, mut sent_meta) = ([PacketMetadata::EMPTY; WAITING], [PacketMetadata::EMPTY]);
        let mut clock = UdpSocket::new(stack, &mut received_meta, &mut received, &mut sent_meta, &mut sent);
        let (mut received, mut sent) = ([0; names::RECEIVED_BYTES], [0; names::SENT_BYTES]);
        let (mut received_meta, mut sent_meta) = ([PacketMetadata::EMPTY; WAITING], [PacketMetadata::EMPTY]);
        let mut name = UdpSocket::new(stack, &mut received_meta, &mut received, &mut sent_meta, &mut sent);
        let mut inquiry = Inquiry::new(self);
        let mut speaker = Speaker::new(self, stack, &mut name);
        let mut address = None;
        let mut beat = Ticker::every(BEAT);
        loop {
            self.tell_address(stack, &mut address);
            inquiry.step(self, stack, &mut clock);
            speaker.step(stack, &name);
            select3(clock.wait_recv_ready(), name.wait_recv_ready(), beat.next()).await;
        }
    }

    /// In the log, where it is new: who reads the console wants to know where the board is.
    #[inline(never)]
    fn tell_address(&self, stack: Stack<'static>, told: &mut Option<Ipv4Cidr>) {
        let address = stack.config_v4().map(|config| config.address);
        if address != *told
            && let Some(address) = address
        {
            self.log.say(LogLevel::Notice, format_args!("The address is {address}"));
        }
        *told = address;
    }
}

/// A datagram that has come, and from where; one that does not fit counts as empty.
#[inline(never)]
pub(crate) fn datagram(socket: &UdpSocket<'_>, bytes: &mut [u8]) -> Option<(usize, IpEndpoint)> {
    match socket.poll_recv_from(bytes, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok((len, from))) => Some((len, from.endpoint)),
        Poll::Ready(Err(_)) => Some((0, IpEndpoint::new(IpAddress::v4(0, 0, 0, 0), 0))),
        Poll::Pending => None,
    }
}

/// Sends what fits into the socket; whether it did.
#[inline(never)]
pub(crate) fn send(socket: &UdpSocket<'_>, bytes: &[u8], to: IpEndpoint) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    matches!(socket.poll_send_to(bytes, to, &mut cx), Poll::Ready(Ok(())))
}
