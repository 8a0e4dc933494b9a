//! A blocking RESP client over TCP, with a time limit on every read, so that a server that forgets to answer is a
//! failure with a message and not a test that hangs.

use crate::resp::{Decoder, Malformed, Value, encode};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub struct Client {
    stream: TcpStream,
    decoder: Decoder,
    /// What the server pushed between replies (RESP3), in order.
    pub pushes: Vec<Value>,
    keep_pushes: bool,
    out: Vec<u8>,
}

/// Why no reply came.
#[derive(Debug)]
pub enum ClientError {
    Closed,
    Timeout,
    Io(io::Error),
    Malformed(Malformed),
}

impl std::fmt::Display for ClientError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ClientError::Closed => f.write_str("the server closed the connection"),
            ClientError::Timeout => f.write_str("no reply in time"),
            ClientError::Io(e) => write!(f, "connection: {e}"),
            ClientError::Malformed(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for ClientError {}

impl From<io::Error> for ClientError {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ClientError::Timeout,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
                ClientError::Closed
            }
            _ => ClientError::Io(e),
        }
    }
}

impl From<Malformed> for ClientError {
    fn from(e: Malformed) -> Self {
        ClientError::Malformed(e)
    }
}

/// A server that has not answered by then has forgotten to; on a busy machine one may be seconds late.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Client, ClientError> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { stream, decoder: Decoder::default(), pushes: Vec::new(), keep_pushes: false, out: Vec::new() })
    }

    pub fn set_timeout(&mut self, limit: Duration) -> Result<(), ClientError> {
        Ok(self.stream.set_read_timeout(Some(limit))?)
    }

    /// From now on pushes are collected in `pushes` and not given as replies.
    pub fn keep_pushes(&mut self) {
        self.keep_pushes = true;
    }

    /// Adds a command to what the next `flush` sends.
    pub fn queue<A: AsRef<[u8]>>(&mut self, args: &[A]) {
        encode(args, &mut self.out);
    }

    pub fn queue_raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn flush(&mut self) -> Result<(), ClientError> {
        let out = std::mem::take(&mut self.out);
        self.stream.write_all(&out)?;
        self.out = out;
        self.out.clear();
        Ok(())
    }

    /// The next reply (or push, unless pushes are kept apart).
    pub fn read(&mut self) -> Result<Value, ClientError> {
        let mut chunk = [0u8; 16 * 1024];
        loop {
            match self.decoder.next_reply()? {
                Some(push @ Value::Push(_)) if self.keep_pushes => self.pushes.push(push),
                Some(value) => return Ok(value),
                None => {
                    let n = self.stream.read(&mut chunk)?;
                    if n == 0 {
                        return Err(ClientError::Closed);
                    }
                    self.decoder.feed(&chunk[..n]);
                }
            }
        }
    }

    /// The next reply if one comes within `limit`; `None` when nothing does.
    pub fn read_within(&mut self, limit: Duration) -> Result<Option<Value>, ClientError> {
        let before = self.stream.read_timeout()?;
        self.stream.set_read_timeout(Some(limit))?;
        let result = self.read();
        self.stream.set_read_timeout(before)?;
        match result {
            Ok(value) => Ok(Some(value)),
            Err(ClientError::Timeout) => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Value, ClientError> {
        self.queue(args);
        self.flush()?;
        self.read()
    }

    /// A command typed as in a shell: split at blanks, no quoting.
    pub fn line(&mut self, line: &str) -> Result<Value, ClientError> {
        self.call(&line.split_ascii_whitespace().collect::<Vec<_>>())
    }
}
