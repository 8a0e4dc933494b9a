//! Sockets: listening on TCP addresses and a Unix socket, and the options of accepted connections.

use crate::conf::load::os_text;
use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use socket2::{Domain, SockRef, Socket, TcpKeepalive, Type};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// Listens on one address of the `bind` parameter (without its leading `-`): an IPv4 or IPv6 address, a name,
    /// `*` for all of IPv4, `::*` for all of IPv6.
    pub fn tcp(address: &str, port: u16, backlog: i32) -> Result<Listener, BindError> {
        let socket = match address {
            "*" => SocketAddr::from(([0; 4], port)),
            "::*" => SocketAddr::from(([0u16; 8], port)),
            _ => (address, port)
                .to_socket_addrs()
                .ok()
                .and_then(|mut all| all.find(|a| a.is_ipv6() == address.contains(':')))
                .ok_or_else(|| BindError { text: "Name or service not known".into(), kind: BindErrorKind::Other })?,
        };
        let at = |step: &'static str| move |e: io::Error| BindError::new(step, &e);
        let domain = Domain::for_address(socket);
        let listener = Socket::new(domain, Type::STREAM, None).map_err(at("socket"))?;
        if socket.is_ipv6() {
            listener.set_only_v6(true).map_err(at("setsockopt"))?;
        }
        listener.set_reuse_address(true).map_err(at("setsockopt SO_REUSEADDR"))?;
        listener.bind(&socket.into()).map_err(at("bind"))?;
        listener.listen(backlog).map_err(at("listen"))?;
        listener.set_nonblocking(true).map_err(at("fcntl"))?;
        Ok(Listener::Tcp(TcpListener::from_std(listener.into())))
    }

    /// `permissions` of 0 leave what the umask gives.
    pub fn unix(path: &str, permissions: u32, backlog: i32) -> Result<Listener, BindError> {
        let at = |step: &'static str| move |e: io::Error| BindError::new(step, &e);
        let _ = std::fs::remove_file(path);
        let address = socket2::SockAddr::unix(path).map_err(at("bind"))?;
        let listener = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(at("socket"))?;
        listener.bind(&address).map_err(at("bind"))?;
        if permissions != 0 {
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(permissions));
        }
        listener.listen(backlog).map_err(at("listen"))?;
        listener.set_nonblocking(true).map_err(at("fcntl"))?;
        Ok(Listener::Unix(UnixListener::from_std(listener.into())))
    }

    /// The next waiting connection and its peer's address (none for a Unix socket).
    pub fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match self {
            Listener::Tcp(l) => l.accept().map(|(stream, peer)| (Stream::Tcp(stream), Some(peer))),
            Listener::Unix(l) => l.accept().map(|(stream, _)| (Stream::Unix(stream), None)),
        }
    }

    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Listener::Tcp(l) => l.local_addr().ok(),
            Listener::Unix(_) => None,
        }
    }

    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Listener::Tcp(l) => l,
            Listener::Unix(l) => l,
        }
    }
}

impl Stream {
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(s) => s.read(buffer),
            Stream::Unix(s) => s.read(buffer),
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(s) => s.write(bytes),
            Stream::Unix(s) => s.write(bytes),
        }
    }

    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Stream::Tcp(s) => s.local_addr().ok(),
            Stream::Unix(_) => None,
        }
    }

    pub fn raw_fd(&self) -> RawFd {
        match self {
            Stream::Tcp(s) => s.as_raw_fd(),
            Stream::Unix(s) => s.as_raw_fd(),
        }
    }

    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(s) => s,
            Stream::Unix(s) => s,
        }
    }

    /// TCP_NODELAY, and keepalive probes after `keepalive` seconds (0: none), as Redis sets them: a peer is given up
    /// after three probes at a third of the interval. Failure is harmless.
    pub fn set_options(&self, keepalive: u64) {
        let Stream::Tcp(stream) = self else { return };
        let _ = stream.set_nodelay(true);
        if keepalive > 0 {
            let options = TcpKeepalive::new()
                .with_time(Duration::from_secs(keepalive))
                .with_interval(Duration::from_secs((keepalive / 3).max(1)))
                .with_retries(3);
            let _ = SockRef::from(stream).set_tcp_keepalive(&options);
        }
    }
}

/// Why an address cannot be listened on, as Redis words it: `bind: Address already in use`.
#[derive(Debug)]
pub struct BindError {
    pub text: String,
    pub kind: BindErrorKind,
}

#[derive(Debug, PartialEq, Eq)]
pub enum BindErrorKind {
    /// This machine does not have the address: fine when it was marked optional.
    NotAvailable,
    /// This machine does not have the protocol: always fine while another address works.
    Unsupported,
    Other,
}

impl BindError {
    fn new(step: &str, error: &io::Error) -> BindError {
        let kind = match error.raw_os_error() {
            Some(libc::EADDRNOTAVAIL) => BindErrorKind::NotAvailable,
            Some(
                libc::ENOPROTOOPT
                | libc::EPROTONOSUPPORT
                | libc::ESOCKTNOSUPPORT
                | libc::EPFNOSUPPORT
                | libc::EAFNOSUPPORT,
            ) => BindErrorKind::Unsupported,
            _ => BindErrorKind::Other,
        };
        BindError { text: format!("{step}: {}", os_text(error)), kind }
    }
}
