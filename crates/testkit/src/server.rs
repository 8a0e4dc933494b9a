//! Starts a server for a test and ends it: ours or `redis-server`, on a port the system chose, in a folder of its own.
//!
//! A server dies with the value that holds it, by its own process id. A program that is not there, or that does not
//! answer, is an error that says so: a test never passes because nothing ran.

use crate::client::Client;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Which program is a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub path: PathBuf,
}

impl Program {
    /// The reference: Debian's `redis-server`, found on PATH.
    pub fn redis() -> Program {
        Program { path: "redis-server".into() }
    }

    /// Our own, as cargo built it into `profile`'s folder; `MICROREDIS_BIN` names another program.
    pub fn ours(root: &Path, profile: &str) -> Program {
        match std::env::var_os("MICROREDIS_BIN") {
            Some(path) => Program::at(path.into()),
            None => {
                let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
                Program { path: target.join(profile).join("microredis") }
            }
        }
    }

    /// The program at `path`; a bare name is looked up on PATH, anything else is relative to the current folder.
    pub fn at(path: PathBuf) -> Program {
        let named = path.components().count() > 1;
        Program { path: if named { std::path::absolute(&path).unwrap_or(path) } else { path } }
    }

    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// The server's working folder, removed at the end; its log is `log` in there.
    pub folder: tempfile::TempDir,
    pub program: Program,
    arguments: Vec<String>,
}

/// How long a server may take to answer its first PING.
const START_MAX: Duration = Duration::from_secs(60);

impl Server {
    /// Starts `program` with `arguments` after the common ones (port, bind, no snapshots).
    pub fn start(program: &Program, arguments: &[&str]) -> Result<Server> {
        let arguments: Vec<String> = arguments.iter().map(|s| s.to_string()).collect();
        let mut tries = 0;
        loop {
            let folder = tempfile::Builder::new().prefix("microredis-test-").tempdir()?;
            let port = free_port()?;
            let child = spawn(program, folder.path(), port, &arguments)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let mut server = Server { child, address, folder, program: program.clone(), arguments: arguments.clone() };
            let Err(e) = server.wait_until_up() else {
                return Ok(server);
            };
            // Another process may take the free port before the server does: worth another try, nothing else is.
            tries += 1;
            let log = server.log_tail(5);
            if tries == 5 || !log.contains("in use") {
                return Err(e.context(format!("{} {}: {log}", program.path.display(), arguments.join(" "))));
            }
        }
    }

    /// Starts `program` once and does not wait: for servers that load, or that are to end.
    pub fn start_unready(program: &Program, arguments: &[&str]) -> Result<Server> {
        let arguments: Vec<String> = arguments.iter().map(|s| s.to_string()).collect();
        let folder = tempfile::Builder::new().prefix("microredis-test-").tempdir()?;
        let port = free_port()?;
        let child = spawn(program, folder.path(), port, &arguments)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Server { child, address, folder, program: program.clone(), arguments })
    }

    /// The first connection that a server takes.
    pub fn connect_when_listening(&self) -> Result<Client> {
        let start = Instant::now();
        loop {
            match self.connect() {
                Err(_) if start.elapsed() < START_MAX => std::thread::sleep(Duration::from_millis(5)),
                result => return result,
            }
        }
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("ended at once with {status}");
            }
            if let Ok(mut client) = Client::connect(self.address) {
                client.set_timeout(Duration::from_secs(5))?;
                // An error reply (-NOAUTH, -LOADING) is an answer too; loading is waited for.
                match client.call(&["PING"]) {
                    Ok(reply) if !reply.text().starts_with("LOADING") => return Ok(()),
                    _ => {}
                }
            }
            if start.elapsed() > START_MAX {
                bail!("does not answer PING on {} after {START_MAX:?}", self.address);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn connect(&self) -> Result<Client> {
        Client::connect(self.address).with_context(|| format!("{} at {}", self.program.name(), self.address))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Has the process ended by itself?
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills this process (no orderly shutdown) and starts it again in the same folder on a new port.
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        let port = free_port()?;
        self.child = spawn(&self.program, self.folder.path(), port, &self.arguments)?;
        self.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.wait_until_up().with_context(|| self.log_tail(5))
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The last lines the server printed.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(program: &Program, folder: &Path, port: u16, arguments: &[String]) -> Result<Child> {
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = Command::new(&program.path);
    command
        .current_dir(folder)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.spawn().with_context(|| {
        format!("cannot start {} (is it built or installed? see `cargo xtask setup`)", program.path.display())
    })
}

pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The repository's root: the folder of the workspace this crate was built from, or the nearest above the current
/// folder that has a `Cargo.lock`.
pub fn repository_root() -> Result<PathBuf> {
    let start = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).map_or_else(std::env::current_dir, Ok)?;
    let found = start.ancestors().find(|p| p.join("Cargo.lock").is_file());
    found.map(Path::to_path_buf).context("no Cargo.lock above the current folder: run this inside the repository")
}
