//! The time from the network: SNTP by `sntpc`, at the start, once an hour, and more often while nobody answers. What is not
//! an answer to the question, or not a time to believe, is refused and logged. Names of servers are looked up each time.
//!
//! One step after the other without waiting: the task of [`crate::services`] waits. A chain of `await`s takes twice the
//! code.

use crate::Shell;
use crate::clock::{Clock, Source};
use crate::services::{datagram, send};
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::task::Poll;
use embassy_futures::poll_once;
use embassy_net::udp::UdpSocket;
use embassy_net::{IpAddress, IpEndpoint, Stack};
use embassy_time::{Duration, Instant};
use microredis_board::dns::{self, Answer};
use microredis_board::servers::{Host, LIST_BYTES_MAX, Server, servers};
use microredis_engine::{LogLevel, Now};
use sntpc::{Error, KissOfDeathCode, NtpContext, NtpTimestampGenerator, NtpUdpSocket, SendRequestResult};

/// Asked where nothing is set.
const SERVERS_DEFAULT: &str = "pool.ntp.org";
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(3);
/// Packets refused for one question, before the server is given up.
const REFUSED_MAX: u8 = 4;
/// The first pause after nobody has answered; each further one is twice as long, up to the interval.
const PAUSE_MIN: Duration = Duration::from_secs(2);
const DNS_PORT: u16 = 53;

/// A question for a name of the list.
const QUESTION_BYTES: usize = LIST_BYTES_MAX + dns::QUESTION_BYTES;
/// Memory of the socket, to be lent to it.
pub(crate) const RECEIVED_BYTES: usize = dns::ANSWER_BYTES_MAX;
pub(crate) const SENT_BYTES: usize = QUESTION_BYTES;

/// Who keeps the clock set.
pub(crate) struct Inquiry {
    list: [u8; LIST_BYTES_MAX],
    list_len: usize,
    /// The server being asked, as a place in the list.
    server: usize,
    /// Servers that want not to be asked again, a bit each.
    denied: u8,
    stage: Stage,
    /// When the stage ends by itself.
    due: Instant,
    pause: Duration,
    refused: u8,
}

enum Stage {
    /// The network is no source of time here.
    Off,
    Resting,
    /// For its address.
    Looking {
        id: u16,
        name_server: IpEndpoint,
    },
    Asking {
        server: SocketAddrV4,
        question: SendRequestResult,
    },
}

impl Inquiry {
    pub fn new<C: Clock>(shell: &Shell<C>) -> Inquiry {
        let mut list = [0; LIST_BYTES_MAX];
        let mut list_len = shell.setting("ntp-servers", &mut list).len();
        if list_len == 0 {
            list_len = SERVERS_DEFAULT.len();
            list[..list_len].copy_from_slice(SERVERS_DEFAULT.as_bytes());
        }
        let is_source = shell.clock.borrow().source() == Source::Network;
        let stage = if is_source { Stage::Resting } else { Stage::Off };
        Inquiry { list, list_len, server: 0, denied: 0, stage, due: Instant::now(), pause: PAUSE_MIN, refused: 0 }
    }

    /// Takes what has come, and goes on where something is due. To be called at every datagram and once a second.
    #[inline(never)]
    pub fn step<C: Clock>(&mut self, shell: &Shell<C>, stack: Stack<'static>, socket: &mut UdpSocket<'_>) {
        let mut bytes = [0; RECEIVED_BYTES];
        while let Some((len, from)) = datagram(socket, &mut bytes) {
            self.take(shell, socket, &bytes[..len], from);
        }
        if self.due > Instant::now() || !stack.is_config_up() {
            return;
        }
        match self.stage {
            Stage::Off => {}
            Stage::Resting => self.begin(shell, stack, socket, 0),
            Stage::Looking { .. } => self.next(shell, stack, socket, "its name is not found"),
            Stage::Asking { .. } if self.refused > 0 => self.begin(shell, stack, socket, self.server + 1),
            Stage::Asking { .. } => self.next(shell, stack, socket, "it does not answer"),
        }
    }

    fn server(&self, place: usize) -> Option<Server<'_>> {
        servers(core::str::from_utf8(&self.list[..self.list_len]).unwrap_or_default()).nth(place)
    }

    /// Asks a server of the list, or the next one that may be asked.
    fn begin<C: Clock>(&mut self, shell: &Shell<C>, stack: Stack<'static>, socket: &mut UdpSocket<'_>, place: usize) {
        self.server = place;
        let Some(server) = self.server(place) else {
            // Nobody is left to ask.
            self.rest(self.pause);
            self.pause = (self.pause * 2).min(interval(shell));
            return;
        };
        // From a port that the stack chooses: one more thing that a forger has to guess.
        socket.close();
        let is_bound = socket.bind(0).is_ok();
        let stage = match server.host {
            _ if !is_bound || self.denied & 1 << place != 0 => None,
            Host::Address(address) => ask(shell, socket, SocketAddrV4::new(address, server.port)),
            Host::Name(name) => look_up(stack, socket, name),
        };
        self.refused = 0;
        match stage {
            Some(stage) => {
                self.stage = stage;
                self.due = Instant::now() + ANSWER;
            }
            None => self.begin(shell, stack, socket, place + 1),
        }
    }

    /// Gives up the server that was asked.
    fn next<C: Clock>(&mut self, shell: &Shell<C>, stack: Stack<'static>, socket: &mut UdpSocket<'_>, why: &str) {
        self.complain(shell, why);
        self.begin(shell, stack, socket, self.server + 1);
    }

    fn rest(&mut self, pause: Duration) {
        self.stage = Stage::Resting;
        self.due = Instant::now() + pause;
    }

    fn take<C: Clock>(&mut self, shell: &Shell<C>, socket: &UdpSocket<'_>, bytes: &[u8], from: IpEndpoint) {
        match self.stage {
            Stage::Looking { id, name_server } if from == name_server => self.found(shell, socket, id, bytes),
            Stage::Asking { server, question } => self.told(shell, server, question, bytes, from),
            _ => {}
        }
    }

    /// A name server has answered.
    fn found<C: Clock>(&mut self, shell: &Shell<C>, socket: &UdpSocket<'_>, id: u16, bytes: &[u8]) {
        let Some(Server { host: Host::Name(name), port }) = self.server(self.server) else { return };
        let mut question = [0; QUESTION_BYTES];
        let Some(len) = dns::question(id, name, &mut question) else { return };
        let stage = match dns::answer(bytes, &question[..len]) {
            Answer::Foreign => return,
            Answer::Nothing => None,
            Answer::Address(address) => ask(shell, socket, SocketAddrV4::new(address, port)),
        };
        // Without one the next server's turn comes at once.
        self.due = Instant::now() + stage.as_ref().map_or(Duration::MIN, |_| ANSWER);
        self.stage = stage.unwrap_or(Stage::Looking { id, name_server: IpEndpoint::new(IpAddress::v4(0, 0, 0, 0), 0) });
    }

    /// A time server has answered, or somebody in its place.
    fn told<C: Clock>(
        &mut self,
        shell: &Shell<C>,
        server: SocketAddrV4,
        question: SendRequestResult,
        bytes: &[u8],
        from: IpEndpoint,
    ) {
        let IpAddress::Ipv4(address) = from.addr;
        let now = shell.now();
        let link = Link { socket: None, received: bytes, from: SocketAddrV4::new(address, from.port) };
        let context = NtpContext::new(Stamp::of(now));
        let answer = sntpc::sntp_process_response(SocketAddr::V4(server), &link, context, question);
        let answer = match poll_once(answer) {
            Poll::Ready(answer) => answer,
            Poll::Pending => return,
        };
        let why = match answer {
            Ok(answer) => shell.take_network_time(now.wall_ms.saturating_add(answer.offset / 1000)),
            Err(error) => Err(text(error)),
        };
        let Err(why) = why else {
            self.pause = PAUSE_MIN;
            return self.rest(interval(shell));
        };
        self.complain(shell, why);
        self.refused += 1;
        // What it really says ends the question; else somebody else may have sent it, and the right answer may follow.
        if let Err(Error::KissOfDeath(KissOfDeathCode::Deny | KissOfDeathCode::Rstr)) = answer {
            self.denied |= 1 << self.server;
        }
        if matches!(answer, Ok(_) | Err(Error::KissOfDeath(_))) || self.refused == REFUSED_MAX {
            self.due = Instant::now();
        }
    }

    fn complain<C: Clock>(&self, shell: &Shell<C>, why: &str) {
        let list = core::str::from_utf8(&self.list[..self.list_len]).unwrap_or_default();
        let server = list.split_ascii_whitespace().nth(self.server).unwrap_or_default();
        shell.log.say(LogLevel::Warning, format_args!("No time from {server}: {why}"));
    }
}

fn interval<C: Clock>(shell: &Shell<C>) -> Duration {
    Duration::from_secs(u64::from(shell.clock_interval_s.get()))
}

fn ask<C: Clock>(shell: &Shell<C>, socket: &UdpSocket<'_>, server: SocketAddrV4) -> Option<Stage> {
    let link = Link { socket: Some(socket), received: &[], from: server };
    let asked = sntpc::sntp_send_request(SocketAddr::V4(server), &link, NtpContext::new(Stamp::of(shell.now())));
    let Poll::Ready(Ok(question)) = poll_once(asked) else { return None };
    Some(Stage::Asking { server, question })
}

/// Asks the network's name server, or its gateway, which mostly is one.
fn look_up(stack: Stack<'static>, socket: &UdpSocket<'_>, name: &str) -> Option<Stage> {
    let config = stack.config_v4()?;
    let address: Ipv4Addr = config.dns_servers.first().copied().or(config.gateway)?;
    let name_server = IpEndpoint::new(IpAddress::Ipv4(address), DNS_PORT);
    let id = Instant::now().as_ticks() as u16;
    let mut question = [0; QUESTION_BYTES];
    let len = dns::question(id, name, &mut question)?;
    send(socket, &question[..len], name_server).then_some(Stage::Looking { id, name_server })
}

/// Why an answer is refused.
fn text(error: Error) -> &'static str {
    match error {
        Error::IncorrectOriginTimestamp => "the answer is to another question",
        Error::IncorrectMode | Error::IncorrectResponseVersion => "no answer of a server",
        Error::ResponseAddressMismatch => "another host has answered",
        Error::IncorrectPayload => "the answer is too short or too long",
        Error::KissOfDeath(_) => "it does not want to be asked (kiss of death)",
        Error::UnsynchronizedClock | Error::IncorrectStratumHeaders => "its own clock is not set",
        _ => "its time is not to be relied on",
    }
}

/// What `sntpc` takes for a socket: it sends at once, and has received what is here.
struct Link<'a, 's> {
    socket: Option<&'a UdpSocket<'s>>,
    received: &'a [u8],
    from: SocketAddrV4,
}

impl NtpUdpSocket for Link<'_, '_> {
    async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> sntpc::Result<usize> {
        let SocketAddr::V4(to) = to else { return Err(Error::Network) };
        let is_sent = self.socket.is_some_and(|socket| send(socket, bytes, to.into()));
        if is_sent { Ok(bytes.len()) } else { Err(Error::Network) }
    }

    async fn recv_from(&self, bytes: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        if self.received.len() != bytes.len() {
            return Err(Error::IncorrectPayload);
        }
        bytes.copy_from_slice(self.received);
        Ok((bytes.len(), SocketAddr::V4(self.from)))
    }
}

/// The time of a question or an answer, in microseconds of the unix clock.
#[derive(Clone, Copy)]
struct Stamp(u64);

impl Stamp {
    fn of(now: Now) -> Stamp {
        Stamp((now.wall_ms.max(0) as u64).saturating_mul(1000).saturating_add(now.mono_us % 1000))
    }
}

impl NtpTimestampGenerator for Stamp {
    fn init(&mut self) {}

    fn timestamp_sec(&self) -> u64 {
        self.0 / 1_000_000
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        (self.0 % 1_000_000) as u32
    }
}
