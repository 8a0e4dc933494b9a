//! Snapshot files of the real program: kills at any moment, failures of the disk, damaged files, orderly ends.

use microredis_testkit::client::Client;
use microredis_testkit::server::{Program, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

fn program() -> Program {
    Program { path: env!("CARGO_BIN_EXE_microredis").into() }
}

fn start(arguments: &[&str]) -> Server {
    Server::start(&program(), arguments).unwrap()
}

fn line(client: &mut Client, text: &str) -> String {
    client.line(text).unwrap().text()
}

fn info(client: &mut Client, field: &str) -> String {
    let text = line(client, "INFO persistence");
    let found = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
    found.unwrap_or_else(|| panic!("no {field} in {text}")).trim().to_string()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a kill leaves is a whole file: one generation of all keys, none older than the last one known to be saved.
#[test]
fn killed_at_any_moment_the_last_whole_file_loads() {
    const KEYS: usize = 300;
    let mut random = fastrand::Rng::with_seed(7);
    let mut server = start(&[]);
    let mut durable = 0u64;
    let mut generation = 0u64;
    let rounds = if std::env::var_os("MICROREDIS_LONG").is_some() { 200 } else { 15 };
    for round in 0..rounds {
        let mut client = server.connect().unwrap();
        let found = line(&mut client, "GET k0");
        let loaded: u64 = found.parse().unwrap_or(0);
        assert!(loaded >= durable, "round {round}: {loaded} is older than {durable}");
        for n in 0..if loaded == 0 { 0 } else { KEYS } {
            assert_eq!(line(&mut client, &format!("GET k{n}")), found, "round {round}: k{n} is of another moment");
        }
        if loaded > 0 {
            assert_eq!(line(&mut client, "HGET big f0"), found);
            assert_eq!(line(&mut client, "HGET big f1999"), found);
        }
        // One client changes all keys at once, again and again, another one saves.
        generation = generation.max(loaded);
        let (stop, reached) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(generation)));
        let writer = {
            let (stop, reached, mut client) = (Arc::clone(&stop), Arc::clone(&reached), server.connect().unwrap());
            std::thread::spawn(move || {
                while !stop.load(SeqCst) {
                    let g = (reached.load(SeqCst) + 1).to_string();
                    let mut all = vec!["MSET".to_string()];
                    all.extend((0..KEYS).flat_map(|n| [format!("k{n}"), g.clone()]));
                    let mut hash = vec!["HSET".to_string(), "big".to_string()];
                    hash.extend((0..2000).flat_map(|n| [format!("f{n}"), g.clone()]));
                    client.queue(&["MULTI"]);
                    client.queue(&all);
                    client.queue(&hash);
                    client.queue(&["EXEC"]);
                    if client.flush().is_err() || (0..4).any(|_| client.read().is_err()) {
                        return;
                    }
                    reached.fetch_add(1, SeqCst);
                }
            })
        };
        wait_for("a generation", || reached.load(SeqCst) > generation);
        for _ in 0..random.usize(..4) {
            let sure = reached.load(SeqCst);
            assert_eq!(line(&mut client, "SAVE"), "OK");
            durable = sure;
        }
        line(&mut client, "BGSAVE");
        std::thread::sleep(Duration::from_micros(random.u64(..20_000)));
        server.kill();
        stop.store(true, SeqCst);
        writer.join().unwrap();
        generation = reached.load(SeqCst) + 1;
        server.restart().unwrap();
        let left: Vec<_> = std::fs::read_dir(server.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("temp-")), "{left:?}");
    }
    assert!(durable > 0);
}

#[test]
fn what_is_saved_has_the_same_digest_when_loaded() {
    let mut server = start(&["--enable-debug-command", "yes"]);
    let mut client = server.connect().unwrap();
    for n in 0..500 {
        for text in [
            format!("SET s{n} {n}"),
            format!("RPUSH l{} {n} x{n}", n % 3),
            format!("HSET h{} f{n} v{n}", n % 3),
            format!("SADD t{} {n}", n % 3),
            format!("SADD w{} word{n}", n % 3),
            format!("ZADD z{} {n}.5 m{n}", n % 3),
            format!("XADD x{} {}-1 f {n}", n % 3, n + 1),
            format!("PFADD p {n}"),
        ] {
            line(&mut client, &text);
        }
    }
    line(&mut client, "PEXPIRE s1 10000000");
    line(&mut client, "XDEL x1 2-1");
    let digest = line(&mut client, "DEBUG DIGEST");
    assert_eq!(digest.len(), 40, "{digest}");
    assert_eq!(line(&mut client, "DEBUG RELOAD"), "OK");
    assert_eq!(line(&mut client, "DEBUG DIGEST"), digest);
    assert_eq!(line(&mut client, "SAVE"), "OK");
    server.restart().unwrap();
    let mut client = server.connect().unwrap();
    assert_eq!(line(&mut client, "DEBUG DIGEST"), digest);
    assert_eq!(info(&mut client, "rdb_last_load_keys_loaded"), "519");
}

#[test]
fn a_disk_that_fails_is_told_and_writes_are_refused() {
    let server = start(&["--enable-protected-configs", "yes"]);
    let mut client = server.connect().unwrap();
    let folder = server.folder.path().join("gone");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(line(&mut client, &format!("CONFIG SET dir {}", folder.display())), "OK");
    assert_eq!(client.call(&["CONFIG", "SET", "save", "3600 1"]).unwrap().text(), "OK");
    std::fs::remove_dir(&folder).unwrap();
    line(&mut client, "SET a 1");
    assert_eq!(line(&mut client, "SAVE"), "ERR");
    // As in Redis, only what runs in the background leaves a status.
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "ok");
    assert_eq!(line(&mut client, "BGSAVE"), "Background saving started");
    wait_for("the save", || info(&mut client, "rdb_bgsave_in_progress") == "0");
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "err");
    let refused = line(&mut client, "SET a 2");
    assert!(refused.starts_with("MISCONF Redis is configured to save RDB snapshots, but it's currently"), "{refused}");
    assert_eq!(line(&mut client, "GET a"), "1");
    assert_eq!(line(&mut client, "SHUTDOWN"), "ERR Errors trying to SHUTDOWN. Check logs.");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(line(&mut client, "BGSAVE"), "Background saving started");
    wait_for("the save", || info(&mut client, "rdb_bgsave_in_progress") == "0");
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "ok");
    assert_eq!(line(&mut client, "SET a 2"), "OK");
    assert!(server.log_tail(20).contains("Failed saving the DB: opening the temp file"));
}

#[test]
fn damaged_files_end_the_start_with_the_place() {
    for (name, why) in [("bad-crc", "checksum does not match"), ("truncated", "the file ends too early")] {
        let folder = tempfile::tempdir().unwrap();
        let fixture = format!("{}/../../tests/fixtures/mrdb-v1/{name}.mrdb", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(&fixture, folder.path().join("microredis.mrdb")).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_microredis"))
            .args(["--port", "0", "--unixsocket", "sock", "--dir"])
            .arg(folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(log.contains("Fatal error loading the DB, bad snapshot file") && log.contains(why), "{log}");
        assert!(log.contains(", byte "), "{log}");
        let left = std::fs::read(folder.path().join("microredis.mrdb")).unwrap();
        assert_eq!(left, std::fs::read(&fixture).unwrap(), "the damaged file is left as it was");
    }
}

#[test]
fn files_of_version_1_are_loaded_and_saved_as_version_2() {
    let mut server = start(&[]);
    let fixture = format!("{}/../../tests/fixtures/mrdb-v1/all-types.mrdb", env!("CARGO_MANIFEST_DIR"));
    let file = server.folder.path().join("microredis.mrdb");
    std::fs::copy(&fixture, &file).unwrap();
    server.restart().unwrap();
    let mut client = server.connect().unwrap();
    assert_eq!(line(&mut client, "DBSIZE"), "9");
    assert_eq!(info(&mut client, "rdb_last_load_keys_expired"), "1");
    assert_eq!(line(&mut client, "SAVE"), "OK");
    assert_eq!(std::fs::read(&file).unwrap()[..6], *b"MRDB\x02\0");
    server.restart().unwrap();
    assert_eq!(line(&mut server.connect().unwrap(), "DBSIZE"), "9");
}

#[test]
fn the_end_saves_where_save_points_are_set() {
    for (arguments, how, kept) in [
        (&["--save", "3600 1"][..], "SIGTERM", true),
        (&[][..], "SIGTERM", false),
        (&[][..], "SHUTDOWN", false),
        (&[][..], "SHUTDOWN SAVE", true),
        (&["--save", "3600 1"][..], "SHUTDOWN", true),
        (&["--save", "3600 1"][..], "SHUTDOWN NOSAVE", false),
    ] {
        let mut server = start(arguments);
        let mut client = server.connect().unwrap();
        line(&mut client, "SET kept 1");
        if how == "SIGTERM" {
            let status = std::process::Command::new("kill").arg(server.pid().to_string()).status().unwrap();
            assert!(status.success());
        } else {
            assert!(client.line(how).is_err(), "the connection ends without a reply");
        }
        wait_for("the end", || server.ended().is_some());
        assert_eq!(server.ended().unwrap().code(), Some(0));
        server.restart().unwrap();
        assert_eq!(line(&mut server.connect().unwrap(), "EXISTS kept"), if kept { "1" } else { "0" }, "{how}");
    }
}

/// As in Redis: the reply of FLUSHALL says that what was saved will not come back, and SAVE may follow at once.
#[test]
fn what_was_flushed_stays_away_after_a_kill() {
    for save in [&["--save", "3600 1"][..], &[]] {
        let mut server = start(save);
        let mut client = server.connect().unwrap();
        for round in 0..5 {
            line(&mut client, "SET flushed 1");
            assert_eq!(line(&mut client, "SAVE"), "OK", "round {round}");
            assert_eq!(line(&mut client, "FLUSHALL"), "OK");
        }
        server.kill();
        server.restart().unwrap();
        let expected = if save.is_empty() { "1" } else { "0" };
        assert_eq!(line(&mut server.connect().unwrap(), "EXISTS flushed"), expected, "{save:?}");
    }
}

/// Who asks for an append only file must not believe to have one.
#[test]
fn what_nothing_acts_on_is_warned_of() {
    let server = start(&["--appendonly", "yes", "--appendfsync", "everysec"]);
    let mut client = server.connect().unwrap();
    let warned = |name: &str| server.log_tail(100).contains(&format!("# {name} is kept and shown, but nothing"));
    wait_for("the warning", || warned("appendonly"));
    assert_eq!(line(&mut client, "CONFIG SET cluster-node-timeout 15000 repl-timeout 61"), "OK");
    wait_for("the warning", || warned("repl-timeout"));
    assert!(!warned("appendfsync") && !warned("cluster-node-timeout"), "these are defaults");
}

#[test]
fn save_points_are_kept_by_the_tick() {
    let server = start(&["--save", "1 3"]);
    let mut client = server.connect().unwrap();
    let before: u64 = line(&mut client, "LASTSAVE").parse().unwrap();
    line(&mut client, "SET a 1");
    line(&mut client, "SET a 2");
    std::thread::sleep(Duration::from_millis(2300));
    assert_eq!(line(&mut client, "LASTSAVE"), before.to_string(), "two changes are too few");
    line(&mut client, "SET a 3");
    wait_for("the save point", || line(&mut client, "LASTSAVE") != before.to_string());
    assert_eq!(info(&mut client, "rdb_changes_since_last_save"), "0");
    assert!(server.log_tail(20).contains("3 changes in 1 seconds. Saving..."));
}

/// A file long enough for clients to be heard while it is loaded.
#[test]
fn while_a_file_is_loaded_clients_are_told_so() {
    // A kilobyte at a time, and a millisecond a key, until the test has seen enough.
    let slow = ["--loading-process-events-interval-bytes", "1024", "--key-load-delay", "1000"];
    let mut server = start(&["--enable-debug-command", "yes", "--dbfilename", "file"]);
    let mut client = server.connect().unwrap();
    assert_eq!(line(&mut client, "DEBUG POPULATE 20000 key 100"), "OK");
    assert_eq!(line(&mut client, "SAVE"), "OK");
    let saved = std::fs::read(server.folder.path().join("file")).unwrap();
    let digest = line(&mut client, "DEBUG DIGEST");
    server.kill();

    let folder = server.folder.path().to_str().unwrap().to_string();
    let mut arguments = vec!["--enable-debug-command", "yes", "--dbfilename", "file", "--dir", &folder];
    arguments.extend(slow);
    let loading = Server::start_unready(&program(), &arguments).unwrap();
    let mut client = loading.connect_when_listening().unwrap();
    let refused = "LOADING Redis is loading the dataset in memory";
    for command in ["PING", "GET key:1", "SET key:1 x", "FLUSHALL", "BGSAVE", "DBSIZE"] {
        assert_eq!(line(&mut client, command), refused, "{command}");
    }
    assert_eq!(line(&mut client, "DEBUG RELOAD"), refused);
    assert_eq!(line(&mut client, "CONFIG SET maxmemory 100mb"), "OK");
    assert_eq!(info(&mut client, "loading"), "1");
    assert_eq!(info(&mut client, "async_loading"), "0");
    assert_eq!(info(&mut client, "loading_total_bytes"), saved.len().to_string());
    for field in ["loading_start_time", "loading_loaded_bytes", "loading_loaded_perc", "loading_eta_seconds"] {
        assert!(info(&mut client, field).parse::<f64>().unwrap() >= 0.0, "{field}");
    }
    assert_eq!(line(&mut client, "MULTI"), "OK");
    assert_eq!(line(&mut client, "GET key:1"), refused);
    assert!(line(&mut client, "EXEC").starts_with("EXECABORT"));
    assert_eq!(line(&mut client, "CONFIG SET key-load-delay 0"), "OK");
    wait_for("the load", || line(&mut client, "PING") == "PONG");
    assert_eq!(line(&mut client, "DEBUG DIGEST"), digest);
    assert_eq!(info(&mut client, "loading"), "0");
    assert!(!line(&mut client, "INFO persistence").contains("loading_total_bytes"));
    drop(loading);

    // A signal amid the load ends the process and leaves the file; damage ends it with the reason.
    let mut ending = Server::start_unready(&program(), &arguments).unwrap();
    let mut client = ending.connect_when_listening().unwrap();
    assert_eq!(line(&mut client, "GET key:1"), refused);
    let _ = client.line("SHUTDOWN SAVE");
    wait_for("the end", || ending.ended().is_some());
    assert_eq!(std::fs::read(server.folder.path().join("file")).unwrap(), saved);
    let mut damaged = saved.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(server.folder.path().join("file"), &damaged).unwrap();
    let mut refusing = Server::start_unready(&program(), &arguments).unwrap();
    wait_for("the refusal", || refusing.ended().is_some());
    assert!(!refusing.ended().unwrap().success());
    assert!(
        refusing.log_tail(50).contains("Fatal error loading the DB, bad snapshot file"),
        "{}",
        refusing.log_tail(50)
    );
    assert_eq!(std::fs::read(server.folder.path().join("file")).unwrap(), damaged);
}

#[test]
fn reload_with_its_options() {
    let server = start(&["--enable-debug-command", "yes"]);
    let mut client = server.connect().unwrap();
    let both = |client: &mut Client| (line(client, "GET a"), line(client, "GET b"));
    for (options, a, b) in
        [("", "2", "1"), ("NOSAVE", "1", ""), ("NOSAVE NOFLUSH MERGE", "1", "1"), ("MERGE", "2", "1")]
    {
        assert_eq!(line(&mut client, "FLUSHALL"), "OK");
        assert_eq!(line(&mut client, "SET a 1"), "OK");
        assert_eq!(line(&mut client, "SAVE"), "OK");
        assert_eq!(line(&mut client, "MSET a 2 b 1"), "OK");
        assert_eq!(line(&mut client, &format!("DEBUG RELOAD {options}")), "OK", "{options}");
        let shown = both(&mut client);
        assert_eq!(shown, (a.to_string(), b.to_string()), "{options}");
    }
    assert_eq!(line(&mut client, "DEBUG RELOAD NOSAVE NOFLUSH"), "ERR Error trying to load the RDB dump");
    assert_eq!(
        line(&mut client, "DEBUG RELOAD AGAIN"),
        "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
    );
}

/// DEBUG SLEEP stops everybody, as in Redis.
#[test]
fn a_sleeping_server_serves_nobody() {
    let server = start(&["--enable-debug-command", "yes"]);
    let (mut client, mut other) = (server.connect().unwrap(), server.connect().unwrap());
    assert_eq!(line(&mut client, "CONFIG SET slowlog-log-slower-than 100000"), "OK");
    let start = Instant::now();
    client.queue_raw(b"DEBUG SLEEP 1\r\nPING\r\n");
    client.flush().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(line(&mut other, "PING"), "PONG");
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(client.read().unwrap().text(), "OK");
    assert_eq!(client.read().unwrap().text(), "PONG");
    assert_eq!(line(&mut client, "SLOWLOG LEN"), "1");
}

#[test]
fn the_end_takes_a_save_that_is_under_way_with_it() {
    let mut server = start(&[]);
    let mut client = server.connect().unwrap();
    for n in 0..20 {
        line(&mut client, &format!("SET k{n} v"));
    }
    line(&mut client, "CONFIG SET rdb-key-save-delay 100000");
    line(&mut client, "BGSAVE");
    let begun = |folder: &std::path::Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("temp-")).count()
    };
    wait_for("the file in the making", || begun(server.folder.path()) == 1);
    let _ = client.line("SHUTDOWN NOSAVE");
    wait_for("the end", || server.ended().is_some());
    assert_eq!(begun(server.folder.path()), 0);
    assert!(!server.folder.path().join("dump.rdb").exists());
}
