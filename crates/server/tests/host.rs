//! What the program does around the engine: where it listens, how it starts, ends and is configured, what it logs.
//!
//! Everything here is so with redis-server as well: `MICROREDIS_HOST=redis-server cargo test -p microredis --test host`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn program() -> Command {
    match std::env::var_os("MICROREDIS_HOST") {
        Some(path) => Command::new(path),
        None => Command::new(env!("CARGO_BIN_EXE_microredis")),
    }
}

/// A process that ends with the test, and the folder it works in.
struct Running {
    child: Child,
    folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(60);

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server on a Unix socket `s` in its folder (and on no port unless `options` say so), its log in `log`.
fn start(options: &str) -> Running {
    start_in(tempfile::tempdir().unwrap(), options, |_| {})
}

fn start_in(folder: TempDir, options: &str, prepare: impl Fn(&mut Command)) -> Running {
    let mut command = program();
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    command.args(options.split_ascii_whitespace());
    command.args(["--unixsocket", "s", "--save", "", "--logfile", "log"]);
    if !options.contains("--port") {
        command.args(["--port", "0"]);
    }
    prepare(&mut command);
    let mut running = Running { child: command.spawn().unwrap(), folder };
    until("the server to answer", || {
        if let Some(status) = running.child.try_wait().unwrap()
            && !options.contains("daemonize")
        {
            panic!("{options}: ended with {status}: {}", running.log());
        }
        running.log().contains("ready to accept connections at").then_some(())
    });
    running
}

impl Running {
    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn ask(&self, command: &str) -> String {
        ask(UnixStream::connect(self.path("s")).unwrap(), command)
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        until("the server to end", || self.child.try_wait().unwrap())
    }
}

/// Sends one command and gives all that comes until the server closes.
fn ask(mut stream: impl Read + Write, command: &str) -> String {
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.strip_suffix("+OK\r\n").unwrap_or(&reply).replace("\r\n", "\n")
}

/// Runs until it ends by itself.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    program().current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A port that is free on both loopback addresses.
fn free_port() -> u16 {
    until("a free port", || {
        let port = microredis_testkit::server::free_port().ok()?;
        std::net::TcpListener::bind(("::1", port)).map_or_else(|e| !in_use(&e), |_| true).then_some(port)
    })
}

fn in_use(e: &std::io::Error) -> bool {
    e.kind() == std::io::ErrorKind::AddrInUse
}

#[test]
fn a_unix_socket_with_its_permissions() {
    let mut server = start("--unixsocketperm 700");
    assert_eq!(server.ask("PING"), "+PONG\n");
    assert_eq!(server.path("s").metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let info = server.ask("CLIENT LIST");
    assert!(info.contains("addr=s:0 laddr=s:0 "), "{info}");
    assert_eq!(server.ask("SHUTDOWN NOSAVE"), "");
    assert!(server.ended().success());
    assert!(!server.path("s").exists(), "the socket's file is removed");
    assert!(server.log().contains(" * Removing the unix socket file.\n"));
}

#[test]
fn several_addresses_and_optional_ones() {
    let has_ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    let port = free_port();
    // 192.0.2.1 is nobody's (RFC 5737): fine when marked optional.
    let server = start(&format!("--port {port} --bind 127.0.0.1 -::1 -192.0.2.1"));
    assert_eq!(ask(TcpStream::connect(("127.0.0.1", port)).unwrap(), "PING"), "+PONG\n");
    assert_eq!(has_ipv6, TcpStream::connect(("::1", port)).is_ok_and(|s| ask(s, "PING") == "+PONG\n"));
    assert_eq!(server.ask("CONFIG GET bind"), "*2\n$4\nbind\n$25\n127.0.0.1 -::1 -192.0.2.1\n");
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--port", &free_port().to_string(), "--bind", "127.0.0.1", "192.0.2.1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("TCP), aborting.\n"), "{}", text(&output.stdout));
}

#[test]
fn nowhere_to_listen_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--port", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains(" # Configured to not listen anywhere, exiting.\n"));
}

#[test]
fn a_daemon_leaves_its_pid_and_takes_it_away() {
    let mut server = start("--daemonize yes --pidfile pid");
    assert!(server.ended().success(), "the process that was started ends at once");
    let pid = until("the pid file", || std::fs::read_to_string(server.path("pid")).ok().filter(|t| t.ends_with('\n')));
    let info = server.ask("INFO server");
    assert!(info.contains(&format!("process_id:{pid}")), "{info}");
    assert_ne!(pid.trim(), server.child.id().to_string());
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    until("the end", || server.log().contains("bye bye").then_some(()));
    assert!(!server.path("pid").exists());
}

#[test]
fn signals_end_it_in_order_or_not_at_all() {
    for (signal, line) in [("TERM", "Received SIGTERM scheduling shutdown..."), ("INT", "Received SIGINT scheduling")] {
        let mut server = start("--pidfile pid");
        server.signal("HUP");
        assert_eq!(server.ask("PING"), "+PONG\n");
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0), "{signal}");
        let log = server.log();
        let at = |text: &str| log.find(text).unwrap_or_else(|| panic!("no {text:?} in {log}"));
        assert!(at(line) < at("User requested shutdown...") && at("User requested") < at("ready to exit, bye bye"));
        assert!(!server.path("pid").exists());
    }
}

#[test]
fn the_log_has_levels_and_the_lines_redis_s_form() {
    let server = start("--loglevel verbose");
    let log = server.log();
    let pid = server.child.id().to_string();
    for line in log.lines() {
        let (head, rest) = line.split_once(' ').unwrap();
        assert!(head == format!("{pid}:C") || head == format!("{pid}:M"), "{line}");
        // 25 Nov 2026 20:00:00.123 * text
        let words: Vec<&str> = rest.splitn(6, ' ').collect();
        assert!(words[2].len() == 4 && words[3].len() == 12 && ["#", "*", "-", "."].contains(&words[4]), "{line}");
    }
    assert_eq!(server.ask("CONFIG SET loglevel warning"), "+OK\n");
    let before = server.log().lines().filter(|l| l.contains(" - ")).count();
    server.ask("PING");
    assert_eq!(server.log().lines().filter(|l| l.contains(" - ")).count(), before);
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--port", "0", "--loglevel", "loud"]);
    assert_eq!(output.status.code(), Some(1));
    let expect = ">>> 'loglevel \"loud\"'\nargument(s) must be one of the following: debug, verbose, notice, warning\n";
    assert!(text(&output.stderr).contains(expect), "{}", text(&output.stderr));
}

#[test]
fn help_and_version() {
    let folder = tempfile::tempdir().unwrap();
    for flag in ["--version", "-v"] {
        let output = run(folder.path(), &[flag]);
        assert!(output.status.success());
        assert!(text(&output.stdout).starts_with("Redis server v=7.0.15 sha=00000000:0 malloc="));
    }
    for flag in ["--help", "-h"] {
        let output = run(folder.path(), &[flag]);
        assert_eq!(output.status.code(), Some(1));
        let help = text(&output.stderr);
        assert!(help.starts_with("Usage: ") && help.contains("Examples:\n") && help.contains(" --port 7777"), "{help}");
    }
}

const CONF: &str = "# my server

UNIXSOCKET s
port 0\x20
save ''
# memory
maxmemory   10mb
hash-max-ziplist-entries 64
requirepass \"a \\\"b\\\" \\x63\"



include more-*.conf
client-output-buffer-limit pubsub 1mb 1mb 60
# end
appendonly no
";

#[test]
fn a_file_with_quotes_and_includes_is_read_and_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("redis.conf"), CONF).unwrap();
    std::fs::write(folder.path().join("more-1.conf"), "timeout 33\n").unwrap();
    std::fs::write(folder.path().join("more-2.conf"), "tcp-keepalive '77'\n").unwrap();
    let server = start_in(folder, "redis.conf", |_| {});
    assert_eq!(server.ask("PING"), "-NOAUTH Authentication required.\n");
    let ask = |command: &str| {
        let reply = server.ask(&format!("AUTH 'a \"b\" c'\r\n{command}"));
        reply.strip_prefix("+OK\n").unwrap_or(&reply).to_string()
    };
    assert_eq!(ask("CONFIG GET timeout"), "*2\n$7\ntimeout\n$2\n33\n");
    assert_eq!(ask("CONFIG GET tcp-keepalive"), "*2\n$13\ntcp-keepalive\n$2\n77\n");
    assert_eq!(ask("CONFIG SET maxmemory 20mb maxclients 77 hash-max-listpack-entries 12 save '60 1 10 5'"), "+OK\n");
    assert_eq!(ask("CONFIG REWRITE"), "+OK\n");
    let rewritten = std::fs::read_to_string(server.path("redis.conf")).unwrap();
    let (kept, new) = rewritten.split_once("# Generated by CONFIG REWRITE\n").expect("a signature");
    let kept: Vec<&str> = kept.trim_end().lines().collect();
    assert_eq!(
        kept,
        [
            "# my server",
            "",
            "unixsocket \"s\"",
            "port 0",
            "save 60 1",
            "# memory",
            "maxmemory 20mb",
            "hash-max-listpack-entries 12",
            "requirepass \"a \\\"b\\\" c\"",
            "",
            "include more-*.conf",
            "client-output-buffer-limit normal 0 0 0",
            "# end",
            "appendonly no",
        ]
    );
    // What was not in the file, in any order.
    for line in ["save 10 5", "maxclients 77", "client-output-buffer-limit pubsub 1mb 1mb 60", "timeout 33"] {
        assert!(new.lines().any(|l| l == line), "no {line:?} in {new}");
    }
    assert!(!new.contains("slave") && !new.contains("hash-max"), "{new}");
}

#[test]
fn a_wrong_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.conf"), "# x\nport 0\nnonsense yes\n").unwrap();
    let output = run(folder.path(), &["bad.conf"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 3\n\
         >>> 'nonsense yes'\nBad directive or wrong number of arguments\n"
    );
    let output = run(folder.path(), &["missing.conf"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("Fatal error, can't open config file '"), "{said}");
}

#[test]
fn standard_input_is_configuration_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command.current_dir(folder.path()).args(["--unixsocket", "s", "--logfile", "log", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"port 0\nmaxmemory 3mb\n").unwrap();
    let server = Running { child, folder };
    until("the socket", || UnixStream::connect(server.path("s")).ok());
    assert_eq!(server.ask("CONFIG GET maxmemory"), "*2\n$9\nmaxmemory\n$7\n3145728\n");
}

#[test]
fn systemd_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let notify = folder.path().join("notify");
    // Who is supervised does not go into the background.
    let mut server = start_in(folder, "--supervised auto --daemonize yes", |command| {
        command.env("NOTIFY_SOCKET", &notify).env_remove("UPSTART_JOB");
    });
    let mut heard = String::new();
    let mut hear = |until: &str| {
        while !heard.contains(until) {
            let mut message = [0; 256];
            let n = socket.recv(&mut message).unwrap();
            heard.push_str(&text(&message[..n]));
        }
    };
    hear("READY=1\n");
    assert!(server.child.try_wait().unwrap().is_none());
    assert!(server.log().contains(" * Supervised by systemd. Please make sure"));
    server.signal("TERM");
    hear("STOPPING=1\n");
    assert!(server.ended().success());
    assert!(heard.contains("STATUS=Ready to accept connections\n"), "{heard}");
}

#[test]
fn one_client_too_many_is_told_so() {
    let server = start("--maxclients 2");
    let mut first: Vec<UnixStream> = (0..2).map(|_| UnixStream::connect(server.path("s")).unwrap()).collect();
    let mut reply = [0; 7];
    for client in &mut first {
        client.write_all(b"PING\r\n").unwrap();
        client.read_exact(&mut reply).unwrap();
    }
    let mut third = UnixStream::connect(server.path("s")).unwrap();
    let mut refusal = String::new();
    third.read_to_string(&mut refusal).unwrap();
    assert_eq!(refusal, "-ERR max number of clients reached\r\n");
    drop(first);
    until("a place", || {
        let mut again = UnixStream::connect(server.path("s")).ok()?;
        again.write_all(b"PING\r\n").ok()?;
        again.read_exact(&mut reply).ok()?;
        (&reply == b"+PONG\r\n").then_some(())
    });
}

/// Without the right to raise its limit of files it takes fewer clients and says so.
#[test]
fn few_files_mean_few_clients() {
    let folder = tempfile::tempdir().unwrap();
    let server = program();
    let mut command = Command::new("sh");
    // 40 is the hard limit, and nobody can raise that for another user.
    let script = "ulimit -n 40 && exec \"$0\" --port 0 --unixsocket s --logfile log --maxclients 1000";
    command.current_dir(folder.path()).args(["-c", script]).arg(server.get_program());
    let running = Running { child: command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap(), folder };
    until("the socket", || UnixStream::connect(running.path("s")).ok());
    let clients = running.ask("CONFIG GET maxclients");
    // Root raises the hard limit itself.
    if clients.contains("$4\n1000\n") {
        assert!(
            running.log().contains("Increased maximum number of open files to 1032 (it was originally set to 40).")
        );
    } else {
        assert!(clients.contains("$1\n8\n"), "{clients}");
        assert!(running.log().contains("maxclients has been reduced to 8 to compensate for low ulimit."));
    }
}

#[test]
fn the_embedded_example_runs() {
    // Beside the test programs, in `examples`.
    let folder = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
    let output = Command::new(folder.join("embed")).output().expect("cargo builds the examples with the tests");
    assert!(output.status.success());
    let said = text(&output.stdout);
    assert!(
        said.starts_with("serving on 127.0.0.1:") && said.contains("\n+OK\r\n$5\r\nhello\r\n# Memory\r\n"),
        "{said}"
    );
}
