//! The server inside another program: a builder with the settings, run in place or in a thread of its own.

use crate::conf::words;
use crate::event_loop::EventLoop;
use crate::host::Host;
use crate::log::Log;
use crate::settings::{self, Directives, Settings};
use crate::startup::{self, StartError};
use crate::sys::HostedEngine;
use crate::time;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::thread::JoinHandle;

/// A Redis-compatible server.
///
/// ```
/// let server = microredis::Server::builder().port(0).maxmemory("10mb").start()?;
/// let mut client = std::net::TcpStream::connect(server.local_addr().unwrap())?;
/// std::io::Write::write_all(&mut client, b"PING\r\n")?;
/// let mut reply = [0; 7];
/// std::io::Read::read_exact(&mut client, &mut reply)?;
/// assert_eq!(&reply, b"+PONG\r\n");
/// server.stop();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    event_loop: EventLoop,
}

/// Settings of a server to be started; those not named have redis-server's defaults, but that it listens on
/// 127.0.0.1 only, writes no log and no snapshots, and installs no signal handlers.
#[derive(Clone, Debug)]
pub struct Builder {
    directives: Vec<(String, String)>,
    any_port: bool,
}

/// Parameters with which a server is expected to have a snapshot file.
const KEEPS: [&str; 3] = ["save", "dir", "dbfilename"];

impl Server {
    pub fn builder() -> Builder {
        let directives = [("bind", "127.0.0.1"), ("save", "\"\""), ("port", "6379")];
        let directives = directives.map(|(name, value)| (name.to_string(), value.to_string()));
        Builder { directives: directives.into(), any_port: false }
    }

    /// The first TCP address it listens on.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.event_loop.listeners().iter().find_map(|l| l.local_addr())
    }

    /// Serves until SHUTDOWN.
    pub fn run(mut self) -> std::io::Result<()> {
        self.event_loop.run()
    }
}

impl Builder {
    /// The TCP address to listen on: one or several, separated by spaces.
    pub fn bind(self, addresses: &str) -> Builder {
        self.set("bind", addresses)
    }

    /// The TCP port; 0 takes any free one, which [`Handle::local_addr`] tells.
    pub fn port(mut self, port: u16) -> Builder {
        self.any_port = port == 0;
        self.set("port", &port.to_string())
    }

    /// The most memory the data may take, with a unit: `100mb`.
    pub fn maxmemory(self, amount: &str) -> Builder {
        self.set("maxmemory", amount)
    }

    /// What is evicted at `maxmemory`: `allkeys-lru`, `noeviction` ...
    pub fn maxmemory_policy(self, policy: &str) -> Builder {
        self.set("maxmemory-policy", policy)
    }

    /// The password of AUTH.
    pub fn requirepass(self, password: &str) -> Builder {
        let mut quoted = Vec::new();
        words::quote(password.as_bytes(), &mut quoted);
        self.set("requirepass", &String::from_utf8_lossy(&quoted))
    }

    pub fn maxclients(self, clients: usize) -> Builder {
        self.set("maxclients", &clients.to_string())
    }

    /// Any parameter of redis.conf, its value as it would stand there.
    pub fn set(mut self, name: &str, value: &str) -> Builder {
        self.directives.retain(|(n, _)| n != name);
        self.directives.push((name.to_ascii_lowercase(), value.to_string()));
        self
    }

    /// The server, listening but not yet served.
    pub fn build(&self) -> Result<Server, StartError> {
        let failed = |e: std::io::Error| StartError(e.to_string());
        let mut engine = HostedEngine::new(time::now()).map_err(failed)?;
        settings::set_defaults(&mut engine);
        let mut directives = Directives::default();
        for (name, value) in &self.directives {
            let words =
                words::split(value.as_bytes()).ok_or_else(|| StartError(format!("{name}: unbalanced quotes")))?;
            let args: Vec<&[u8]> = words.iter().map(|w| &w[..]).collect();
            let applied = directives.apply(&mut engine, name, &args);
            applied.map_err(|text| StartError(format!("{name} {value}: {text}")))?;
        }
        let settings = Settings::read(&mut engine, self.any_port);
        let log = Arc::new(Log::new(true));
        log.set_level(settings.loglevel);
        log.set_file(&settings.logfile);
        log.set_role(b'M');
        let listeners = startup::listen(&settings, &log)?;
        let host = Host::new(log, settings, None);
        startup::initialized(&host);
        // Who keeps nothing does not expect to find anything either.
        if self.directives.iter().any(|(name, value)| KEEPS.contains(&&name[..]) && value != "\"\"") {
            startup::load_snapshot(&mut engine, &host).map_err(StartError)?;
        }
        let mut event_loop = EventLoop::new(engine, host).map_err(failed)?;
        event_loop.listen(listeners).map_err(failed)?;
        startup::ready(&event_loop);
        Ok(Server { event_loop })
    }

    /// Serves in this thread until SHUTDOWN.
    pub fn run(&self) -> Result<(), StartError> {
        self.build()?.run().map_err(|e| StartError(e.to_string()))
    }

    /// Serves in a thread of its own.
    pub fn start(&self) -> Result<Handle, StartError> {
        let mut server = self.build()?;
        let failed = |e: std::io::Error| StartError(e.to_string());
        let waker = server.event_loop.waker().map_err(failed)?;
        let address = server.local_addr();
        let (questions, inbox) = mpsc::channel();
        server.event_loop.host.questions = Some(inbox);
        let stop = Arc::clone(&server.event_loop.host.stop);
        let thread = std::thread::Builder::new().name("microredis".into());
        let thread = thread.spawn(move || server.event_loop.run()).map_err(failed)?;
        Ok(Handle { address, waker, stop, questions, thread: Some(thread) })
    }
}

/// A server in a thread. Dropping it stops the server.
pub struct Handle {
    address: Option<SocketAddr>,
    waker: Arc<mio::Waker>,
    stop: Arc<std::sync::atomic::AtomicBool>,
    questions: mpsc::Sender<Question>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// A command to be run by the loop, and where its reply goes.
pub struct Question {
    pub command: Vec<u8>,
    pub reply: mpsc::Sender<Vec<u8>>,
}

impl Handle {
    /// The first TCP address it listens on.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    /// What INFO says; a section, or empty for the default ones. Empty when the server has ended.
    pub fn info(&self, section: &str) -> String {
        let section: String = section.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let (reply, answer) = mpsc::channel();
        let command = format!("INFO {section}\r\n").into_bytes();
        if self.questions.send(Question { command, reply }).is_err() || self.waker.wake().is_err() {
            return String::new();
        }
        let text = answer.recv().unwrap_or_default();
        // A bulk string: its header is one line, and its end another.
        let start = text.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
        String::from_utf8_lossy(&text[start..]).trim_end().to_string()
    }

    /// Whether it serves.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|t| !t.is_finished())
    }

    /// Ends the server as SIGTERM would and waits for it.
    pub fn stop(mut self) {
        self.end();
    }

    /// Waits until the server ends by itself (SHUTDOWN).
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.stop.store(true, Relaxed);
            let _ = self.waker.wake();
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    #[test]
    fn started_asked_and_stopped() {
        let server = Server::builder().port(0).set("hz", "100").start().unwrap();
        let address = server.local_addr().unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"*1\r\n$4\r\nPING\r\nPING\r\n").unwrap();
        let mut reply = [0; 14];
        client.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"+PONG\r\n+PONG\r\n");
        assert!(server.is_running());
        server.stop();
        assert_eq!(client.read(&mut reply).unwrap(), 0);
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn what_cannot_start_says_why() {
        let first = Server::builder().port(0).start().unwrap();
        let port = first.local_addr().unwrap().port();
        let error = Server::builder().port(port).build().err().unwrap();
        assert_eq!(error.0, format!("127.0.0.1:{port}: bind: Address already in use"));
        assert!(Server::builder().set("loglevel", "loud").build().is_err());
    }
}
