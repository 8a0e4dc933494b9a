//! A clock that is off, late, absent, or wrong by a day: spans keep their length, points of time stay, stream ids and
//! an unset clock never go back.

use super::*;
use crate::persist::load::Existing;
use crate::persist::save::SaveStep;
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

/// What is found out at the start is no time that has passed: no save is due.
#[test]
fn a_later_start_of_time_does_not_count_for_save_points() {
    let mut board = Board::start(FLOOR_MS);
    board.engine.configure(b"save", b"60 1").unwrap();
    board.clock.not_before(FLOOR_MS + DAY_MS, 0);
    board.engine.handle_clock_floor(board.clock.now(0), DAY_MS);
    board.send("SET k v");
    board.pass(59_000);
    board.ticks();
    assert!(!board.engine.wants_save());
    board.pass(2000);
    board.ticks();
    assert!(board.engine.wants_save());
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

impl Board {
    fn snapshot(&mut self) -> Vec<u8> {
        self.snapshot_with(|_, _| ())
    }

    /// What a save gives; `between` its steps hears how many bytes there are.
    fn snapshot_with(&mut self, between: impl Fn(&mut Board, usize)) -> Vec<u8> {
        let (mut file, mut out) = (Vec::new(), [0; 256]);
        self.engine.begin_save(self.clock.now(self.mono_us));
        loop {
            let now = self.clock.now(self.mono_us);
            match self.engine.poll_save(now, &mut out) {
                SaveStep::Bytes { len, last, .. } => {
                    file.extend_from_slice(&out[..len]);
                    if last {
                        self.engine.handle_saved(now, Ok(()));
                        return file;
                    }
                }
                step => panic!("{step:?}"),
            }
            between(self, file.len());
        }
    }

    fn load(&mut self, file: &[u8]) {
        let now = self.clock.now(self.mono_us);
        self.engine.load_bytes(now, file, Existing::Refuse, true).unwrap();
    }
}

/// Expiries in a snapshot that was saved with a clock that was not set: of every type and with and without the flags of
/// a record, and a point of time among them.
fn saved_unset(point_s: i64) -> (Board, Vec<u8>) {
    let mut board = Board::start(FLOOR_MS);
    board.send("SET span v EX 60\r\nSET number 12 EX 60\r\nSET plain v");
    board.send("SET text 12 EX 60\r\nAPPEND text 3\r\nHSET hash f v\r\nEXPIRE hash 60\r\nSELECT 2");
    board.send("RPUSH list v\r\nEXPIRE list 60\r\nXADD stream * f v\r\nEXPIRE stream 60\r\nSELECT 0");
    board.send(&format!("SET point v EXAT {point_s}\r\nSET short v EX 10"));
    board.pass(20_000);
    let file = board.snapshot();
    (board, file)
}

const SPANS_SAVED: [&str; 6] = ["span", "number", "text", "hash", "list", "stream"];

impl Board {
    fn assert_spans(&mut self, left_ms: i64) {
        for key in SPANS_SAVED {
            let db = if matches!(key, "list" | "stream") { 2 } else { 0 };
            self.send(&format!("SELECT {db}"));
            assert_eq!(self.integer(&format!("PTTL {key}")), left_ms, "{key}");
        }
        self.send("SELECT 0");
        assert_eq!(self.integer("TTL plain"), -1);
        assert_eq!(self.integer("EXISTS short"), 0);
    }
}

/// What was left of a span at the save begins again with the load: nobody knows how long the board was off. It moves
/// with the clock's first step as before.
#[test]
fn a_snapshot_keeps_what_is_counted_from_an_unset_clock() {
    for step_ms in STEPS_MS {
        let point_s = (FLOOR_MS + step_ms.max(0)) / 1000 + 10 * 86_400;
        let (_, file) = saved_unset(point_s);
        // The next start begins at the snapshot's time, or, with a newer firmware, later.
        for floor_ms in [FLOOR_MS + 20_000, FLOOR_MS + 7 * DAY_MS] {
            let mut board = Board::start(floor_ms);
            board.load(&file);
            board.assert_spans(40_000);
            board.pass(5000);
            // Saved and loaded once more before the clock is set.
            let again = board.snapshot();
            let mut board = Board::start(floor_ms);
            board.load(&again);
            board.assert_spans(35_000);
            board.pass(5000);
            board.sync(board.wall_ms() + step_ms);
            board.assert_spans(30_000);
            assert_eq!(board.integer("EXPIRETIME point"), point_s, "step {step_ms}");
            // Final from here on.
            let file = board.snapshot();
            assert_eq!(file[6..8], [0, 0], "no flag: the clock is set");
            board.load(&file);
            board.sync(board.wall_ms() + 5000);
            board.assert_spans(25_000);
        }
    }
}

#[test]
fn a_clock_that_is_set_before_the_load_makes_spans_final() {
    for step_ms in STEPS_MS {
        let point_s = (FLOOR_MS + step_ms.max(0)) / 1000 + 10 * 86_400;
        let (_, file) = saved_unset(point_s);
        let mut board = Board::start(FLOOR_MS);
        board.sync(FLOOR_MS + step_ms);
        board.load(&file);
        board.assert_spans(40_000);
        assert_eq!(board.integer("EXPIRETIME point"), point_s);
        board.sync(board.wall_ms() + 1000);
        board.assert_spans(39_000);
    }
}

/// The clock is set in the middle of a save: what was written before is marked, what comes after is final.
#[test]
fn a_save_over_the_first_step_is_right_on_both_sides_of_it() {
    for step_ms in STEPS_MS {
        let mut board = Board::start(if step_ms == FLOOR_MS { 0 } else { FLOOR_MS });
        for n in 0..100 {
            board.send(&format!("SET {n} v EX 60"));
        }
        let file = board.snapshot_with(|board, bytes| {
            if bytes > 600 && !board.clock.is_synced() {
                board.sync(board.wall_ms() + step_ms);
            }
        });
        assert!(board.clock.is_synced());
        board.load(&file);
        for n in 0..100 {
            assert_eq!(board.integer(&format!("PTTL {n}")), 60_000, "{n}, step {step_ms}");
        }
    }
}

/// A mark where none may be is damage, and no mark is damage either.
#[test]
fn marks_are_checked() {
    use crate::persist::{FLAG_UNSET_CLOCK, HEADER_BYTES};
    let mut board = Board::start(FLOOR_MS);
    board.send("SET k v EX 60");
    let file = board.snapshot();
    assert_eq!(file[6..8], FLAG_UNSET_CLOCK.to_le_bytes());
    let mark = HEADER_BYTES + 4 + 3;
    assert_eq!(file[mark..mark + 2], [0xF1, 0x10]);
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = file.clone();
        change(&mut file);
        crate::engine::snapshot::tests::reseal(&mut file);
        let mut engine = engine(4 << 20);
        engine.load_bytes(Now { wall_ms: FLOOR_MS, mono_us: 1 }, &file, Existing::Refuse, true).err()
    };
    assert_eq!(refused(&|_| ()), None);
    assert_eq!(refused(&|file| file[6] = 0).unwrap().why, "a record of unknown type");
    assert_eq!(refused(&|file| file[6] = 4).unwrap().why, "the header has flags that this server does not know");
    assert_eq!(refused(&|file| file[mark + 1] = 0xF1).unwrap().why, "a record of unknown type");
    assert_eq!(refused(&|file| file[mark + 1] = 0).unwrap().why, "a provisional expiry of a record without one");
}
