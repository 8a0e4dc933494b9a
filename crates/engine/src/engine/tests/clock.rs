//! A clock that is off, late, absent, or wrong by a day: spans keep their length, points of time stay, stream ids and
//! an unset clock never go back.

use super::*;
use crate::time::Timeline;

const DAY_MS: i64 = 86_400_000;
/// Where the board's time starts, as from its build.
const FLOOR_MS: i64 = 1_700_000_000_000;
/// From nothing at all known, a day off either way, a little, and right by chance.
const STEPS_MS: [i64; 6] = [FLOOR_MS, DAY_MS, -DAY_MS, 1234, -1234, 0];

struct Board {
    engine: Engine,
    id: ClientId,
    clock: Timeline,
    mono_us: u64,
}

impl Board {
    fn start(floor_ms: i64) -> Board {
        let mut engine = engine(4 << 20);
        let clock = Timeline::new(floor_ms, 0);
        engine.set_clock_synced(false);
        engine.server.now = clock.now(0);
        engine.server.save = crate::persist::state::SaveState::new(clock.now(0));
        let id = connect(&mut engine);
        Board { engine, id, clock, mono_us: 0 }
    }

    fn pass(&mut self, ms: u64) {
        self.mono_us += ms * 1000;
        self.engine.server.now = self.clock.now(self.mono_us);
    }

    fn ticks(&mut self) {
        for _ in 0..20 {
            self.engine.handle_tick(self.clock.now(self.mono_us));
        }
    }

    fn sync(&mut self, unix_ms: i64) {
        let step_ms = self.clock.sync(unix_ms, self.mono_us);
        self.engine.handle_clock_set(self.clock.now(self.mono_us), step_ms);
    }

    fn send(&mut self, command: &str) -> String {
        send(&mut self.engine, self.id, &format!("{command}\r\n"))
    }

    fn integer(&mut self, command: &str) -> i64 {
        let reply = self.send(command);
        reply.trim_start_matches(':').trim_end().parse().unwrap_or_else(|_| panic!("{command}: {reply}"))
    }

    fn wall_ms(&self) -> i64 {
        self.clock.now(self.mono_us).wall_ms
    }
}

/// Every command that counts an expiry from now, and what carries one on; all for 60 s.
const SPANS: [(&str, &str); 12] = [
    ("ex", "SET ex v EX 60"),
    ("px", "SET px v PX 60000"),
    ("setex", "SETEX setex 60 v"),
    ("psetex", "PSETEX psetex 60000 v"),
    ("expire", "SET expire v\r\nEXPIRE expire 60"),
    ("pexpire", "SADD pexpire m\r\nPEXPIRE pexpire 60000"),
    ("getex", "SET getex v\r\nGETEX getex EX 60"),
    ("getpx", "SET getpx v\r\nGETEX getpx PX 60000"),
    ("kept", "SET kept v EX 60\r\nSET kept w KEEPTTL\r\nAPPEND kept xyz"),
    ("renamed", "HSET a f v\r\nEXPIRE a 60\r\nRENAME a renamed"),
    ("copied", "SET copied:from v EX 60\r\nCOPY copied:from copied"),
    ("carried", "SET b v EX 60\r\nMOVE b 1\r\nSELECT 1\r\nRENAME b carried\r\nMOVE carried 0\r\nSELECT 0"),
];

#[test]
fn a_span_keeps_its_length_over_the_first_step() {
    for step_ms in STEPS_MS {
        for (key, command) in SPANS {
            let mut board = Board::start(if step_ms == FLOOR_MS { 0 } else { FLOOR_MS });
            board.pass(5000);
            assert!(!board.send(command).contains('-'), "{command}");
            board.pass(20_000);
            board.sync(board.wall_ms() + step_ms);
            assert_eq!(board.integer(&format!("PTTL {key}")), 40_000, "{command}, step {step_ms}");
            board.pass(39_000);
            board.ticks();
            assert_eq!(board.integer(&format!("EXISTS {key}")), 1, "{command}, step {step_ms}");
            board.pass(1001);
            board.ticks();
            // Gone without anybody asking for it: the buckets' bounds followed.
            assert_eq!(board.integer("DBSIZE"), 0, "{command}, step {step_ms}");
        }
    }
}

#[test]
fn a_point_of_time_stays() {
    let at_s = FLOOR_MS / 1000 + 10 * 86_400;
    for step_ms in STEPS_MS {
        let mut board = Board::start(if step_ms == FLOOR_MS { 0 } else { FLOOR_MS });
        board.send(&format!("SET exat v EXAT {at_s}\r\nSET pxat v PXAT {at_s}000\r\nSET expireat v EX 5"));
        board.send(&format!("EXPIREAT expireat {at_s}\r\nSET pexpireat v\r\nPEXPIREAT pexpireat {at_s}000"));
        board.send(&format!("SET getexat v EX 5\r\nGETEX getexat EXAT {at_s}\r\nSET persisted v EX 5"));
        board.send("PERSIST persisted");
        board.sync(board.wall_ms() + step_ms);
        for key in ["exat", "pxat", "expireat", "pexpireat", "getexat"] {
            assert_eq!(board.integer(&format!("EXPIRETIME {key}")), at_s, "{key}, step {step_ms}");
        }
        assert_eq!(board.integer("TTL persisted"), -1);
    }
}

/// Only the first setting of the clock moves anything, and only what was counted before it.
#[test]
fn later_steps_move_nothing() {
    let mut board = Board::start(FLOOR_MS);
    board.send("SET before v EX 60");
    board.sync(FLOOR_MS + DAY_MS);
    board.send("SET after v EX 60");
    for key in ["before", "after"] {
        assert_eq!(board.integer(&format!("PEXPIRETIME {key}")), FLOOR_MS + DAY_MS + 60_000);
    }
    board.sync(FLOOR_MS + DAY_MS + 7);
    for key in ["before", "after"] {
        assert_eq!(board.integer(&format!("PTTL {key}")), 59_993);
    }
    // A clock that was set from the start marks nothing.
    let mut engine = engine(4 << 20);
    let (now, id) = (engine.server.now, connect(&mut engine));
    send(&mut engine, id, "SET k v EX 60\r\n");
    engine.handle_clock_set(Now { wall_ms: now.wall_ms + 1000, ..now }, 1000);
    assert_eq!(send(&mut engine, id, "PTTL k\r\n"), ":59000\r\n");
}

#[test]
fn thousands_of_keys_are_due_when_they_were_meant_to_be() {
    for step_ms in [DAY_MS, -DAY_MS] {
        let mut board = Board::start(FLOOR_MS);
        let point_s = (FLOOR_MS + step_ms) / 1000 + 100;
        for n in 0..3000 {
            board.send(&format!("SET span:{n} v EX {}\r\nSET plain:{n} v", 60 + n % 2));
            board.send(&format!("SET point:{n} v\r\nEXPIREAT point:{n} {}", point_s.max(FLOOR_MS / 1000 + 100)));
        }
        board.sync(FLOOR_MS + step_ms);
        board.ticks();
        assert_eq!(board.integer("DBSIZE"), 9000);
        board.pass(60_500);
        board.ticks();
        assert_eq!(board.integer("DBSIZE"), 7500, "step {step_ms}");
        board.pass(1000);
        board.ticks();
        assert_eq!(board.integer("DBSIZE"), 6000, "step {step_ms}");
        board.send("FLUSHALL SYNC");
        assert_eq!(board.integer("DBSIZE"), 0);
    }
}

#[test]
fn stream_ids_never_decrease() {
    for step_ms in STEPS_MS {
        let mut board = Board::start(if step_ms == FLOOR_MS { 0 } else { FLOOR_MS });
        let mut last = (0, 0);
        for round in 0..40 {
            if round == 20 {
                board.sync(board.wall_ms() + step_ms);
            }
            board.pass(round % 3);
            let reply = board.send("XADD s * f v");
            let (ms, seq) = reply.lines().nth(1).and_then(|id| id.split_once('-')).unwrap();
            let id: (i64, u64) = (ms.parse().unwrap(), seq.parse().unwrap());
            assert!(id > last, "{id:?} after {last:?}, step {step_ms}");
            last = id;
        }
        assert!(last.0 >= board.wall_ms());
    }
}

/// CLIENT PAUSE counts from the clock too, and so do save points.
#[test]
fn a_pause_and_save_points_keep_their_length() {
    for step_ms in STEPS_MS {
        let mut board = Board::start(if step_ms == FLOOR_MS { 0 } else { FLOOR_MS });
        board.engine.configure(b"save", b"60 1").unwrap();
        board.pass(10_000);
        board.send("SET k v");
        board.send("CLIENT PAUSE 20000 WRITE");
        board.sync(board.wall_ms() + step_ms);
        board.pass(19_000);
        assert!(board.engine.server.paused_writes(), "step {step_ms}");
        board.pass(1001);
        assert!(!board.engine.server.paused_writes(), "step {step_ms}");
        board.ticks();
        assert!(!board.engine.wants_save(), "step {step_ms}");
        board.pass(32_000);
        board.ticks();
        assert!(board.engine.wants_save(), "step {step_ms}");
    }
}

#[test]
fn an_unset_clock_starts_at_the_newest_known_time_and_never_goes_back() {
    let mut clock = Timeline::new(5000, 2_000_000);
    assert_eq!(clock.now(2_000_000).wall_ms, 5000);
    assert_eq!(clock.now(3_500_000).wall_ms, 6500);
    // An older snapshot changes nothing, a newer one does; then an older stored time.
    clock.not_before(6000, 3_500_000);
    assert_eq!(clock.now(3_500_000).wall_ms, 6500);
    clock.not_before(9000, 3_500_000);
    assert_eq!(clock.now(3_500_000).wall_ms, 9000);
    clock.not_before(i64::MIN, 3_500_000);
    assert_eq!(clock.now(4_500_000).wall_ms, 10_000);
    assert!(!clock.is_synced());
    // A clock that is set may say less, and then no floor counts.
    assert_eq!(clock.sync(8000, 4_500_000), -2000);
    assert!(clock.is_synced());
    clock.not_before(20_000, 4_500_000);
    assert_eq!(clock.now(5_500_000).wall_ms, 9000);
    // Stored times are what a damaged chip may say.
    let mut clock = Timeline::new(0, 0);
    clock.not_before(i64::MAX, 1000);
    assert!(clock.now(2000).wall_ms >= i64::MAX - 1);
    clock.sync(i64::MIN, 2000);
    assert!(clock.is_synced());
}
