//! Boots the firmware's image in an emulator for a test and ends it, as [`crate::server`] does for programs.
//!
//! The flash is a file, which a board keeps over a kill and the next boot. What the board prints goes into a log file.
//! The emulator runs under `timeout`, which ends it late, and under `setpriv`, which ends it where its test is killed.

use crate::client::Client;
use crate::server::free_port;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The emulator of the board, Debian's package `qemu-system-misc`.
pub const EMULATOR: &str = "qemu-system-riscv32";

/// Bytes of the emulated flash chip: the machine takes this size and no other.
pub const FLASH_BYTES: u64 = 32 << 20;

/// What a board is started with.
#[derive(Clone)]
pub struct Boot {
    /// The firmware's ELF file.
    pub image: PathBuf,
    /// The flash chip's file, made empty where it is not there; `None`: one of its own, gone with the board.
    pub flash: Option<PathBuf>,
    /// The emulator's network arguments, which end in a netdev `n0`; `{port}` stands for the forwarded port.
    pub network: Vec<String>,
    /// Further arguments, such as `-icount shift=0`.
    pub extra: Vec<String>,
    /// Whether a reset (of a panic, the watchdog or SHUTDOWN) boots again; else the emulator ends.
    pub restarts: bool,
    /// The emulator ends by itself after so many seconds.
    pub seconds_max: u64,
    /// The forwarded port; 0: a free one.
    pub port: u16,
}

impl Boot {
    pub fn new(image: &Path) -> Boot {
        let image = image.to_path_buf();
        Boot {
            image,
            flash: None,
            network: user_network(),
            extra: Vec::new(),
            restarts: false,
            seconds_max: 1800,
            port: 0,
        }
    }

    /// The emulator for a test: it ends in any case.
    pub fn command(&self, flash: &Path, port: u16) -> Command {
        let mut command = tied("timeout");
        // In the foreground: a terminal's Ctrl-C ends the emulator, too.
        command.args(["--foreground", "-k", "1", &self.seconds_max.to_string(), EMULATOR]);
        self.arguments(&mut command, flash, port);
        if !self.restarts {
            command.arg("-no-reboot");
        }
        command
    }

    /// The emulator for somebody who ends it.
    pub fn emulator(&self, flash: &Path, port: u16) -> Command {
        let mut command = Command::new(EMULATOR);
        self.arguments(&mut command, flash, port);
        command
    }

    /// The serial console is standard input and output.
    fn arguments(&self, command: &mut Command, flash: &Path, port: u16) {
        command
            .args("-M virt -bios none -display none -monitor none -serial stdio -m 384K".split(' '))
            .args("-semihosting-config enable=on,target=native -global virtio-mmio.force-legacy=false".split(' '))
            .args(self.network.iter().map(|argument| argument.replace("{port}", &port.to_string())))
            .args(["-device", "virtio-net-device,netdev=n0"])
            .args(["-device", "i6300esb,addr=1", "-action", "watchdog=reset"])
            .args(["-device", &format!("loader,file={},cpu-num=0", self.image.display())])
            .args(["-drive", &format!("if=pflash,unit=1,format=raw,file={}", flash.display())])
            .args(&self.extra);
    }
}

/// A program that gets SIGTERM when the thread that starts it ends, however that does.
pub fn tied(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

/// The user network, with a port of the loopback address forwarded to the board's 6379.
fn user_network() -> Vec<String> {
    ["-netdev", "user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:6379"].map(str::to_string).to_vec()
}

pub struct Board {
    child: Child,
    pub address: SocketAddr,
    boot: Boot,
    flash: PathBuf,
    /// Removed at the end; the log is `log` in there.
    folder: tempfile::TempDir,
}

/// How long a board may take to answer its first PING, on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

impl Board {
    pub fn start(boot: &Boot) -> Result<Board> {
        let folder = tempfile::Builder::new().prefix("microredis-board-").tempdir()?;
        let flash = boot.flash.clone().unwrap_or_else(|| folder.path().join("flash.bin"));
        if !flash.is_file() {
            blank(&flash)?;
        }
        let port = if boot.port == 0 { free_port()? } else { boot.port };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let child = spawn(boot, &flash, folder.path(), port)?;
        let mut board = Board { child, address, boot: boot.clone(), flash, folder };
        board.wait_until_up()?;
        Ok(board)
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the emulator ended with {status}:\n{}", self.log());
            }
            if let Ok(mut client) = Client::connect(self.address) {
                // A frame that was sent before the board's card was up is lost, so the wait for an answer is short.
                client.set_timeout(Duration::from_millis(200))?;
                if client.call(&["PING"]).is_ok_and(|reply| !reply.text().starts_with("LOADING")) {
                    return Ok(());
                }
            }
            if start.elapsed() > START_MAX {
                bail!("the board does not answer PING after {START_MAX:?}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn connect(&self) -> Result<Client> {
        Client::connect(self.address).with_context(|| format!("the board at {}", self.address))
    }

    /// Has the emulator ended by itself?
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().ok().flatten().is_some()
    }

    /// All that was printed since the first boot.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap_or_default()).into_owned()
    }

    /// The flash chip's file.
    pub fn flash(&self) -> &Path {
        &self.flash
    }

    /// Types a line on the serial console.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("the console is not connected")?;
        input.write_all(line.as_bytes())?;
        input.write_all(b"\r")?;
        Ok(input.flush()?)
    }

    /// What ends it at once, from another thread too.
    pub fn plug(&self) -> Plug {
        Plug { timeout_pid: self.child.id() }
    }

    /// The power goes at once.
    pub fn kill(&mut self) {
        self.plug().pull();
        let _ = self.child.wait();
    }

    /// Off and on again, with what its flash holds.
    pub fn reboot(&mut self) -> Result<()> {
        self.kill();
        let port = free_port()?;
        self.child = spawn(&self.boot, &self.flash, self.folder.path(), port)?;
        self.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.wait_until_up()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Names the process of a running emulator.
#[derive(Clone, Copy)]
pub struct Plug {
    timeout_pid: u32,
}

impl Plug {
    /// `kill -9` for the emulator: `timeout` cannot pass that signal on, so its child is named itself.
    pub fn pull(self) {
        let pid = self.timeout_pid;
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for child in children.split_ascii_whitespace() {
            let _ = Command::new("kill").args(["-9", child]).stderr(Stdio::null()).status();
        }
    }
}

/// An erased flash chip.
pub fn blank(flash: &Path) -> Result<()> {
    // The file is erased bytes where it matters to a driver: what was never written reads as 0xFF.
    std::fs::write(flash, vec![0xFF; FLASH_BYTES as usize]).with_context(|| format!("{}", flash.display()))
}

fn spawn(boot: &Boot, flash: &Path, folder: &Path, port: u16) -> Result<Child> {
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = boot.command(flash, port);
    command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("cannot start {EMULATOR} (see `cargo xtask setup`)"))
}

#[cfg(test)]
mod tests {
    use super::tied;
    use std::os::unix::process::ExitStatusExt;
    use std::time::Duration;

    #[test]
    fn what_is_tied_ends_with_the_thread_that_started_it() {
        let starter = || {
            let mut child = tied("sleep").arg("60").spawn().unwrap();
            let place = format!("/proc/{}/cmdline", child.id());
            // It is tied when setpriv has become the program.
            while child.try_wait().unwrap().is_none() && !std::fs::read(&place).unwrap().starts_with(b"sleep") {
                std::thread::sleep(Duration::from_millis(5));
            }
            child
        };
        let mut child = std::thread::spawn(starter).join().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }
}
