//! Snapshots that cannot be loaded are kept: the engine serves empty and refuses saves until FLUSHALL.

mod common;

use common::{NOW, Server};
use microredis_flash::mock::MockFlash;
use microredis_flash::{Error, Recovery, Ring};

type Chip = MockFlash<1, 4, 4096>;
type Snapshots = Ring<Chip, { 256 << 10 }, { 100 << 10 }>;

const HELD: &str = "MISCONF the snapshot in flash is kept because it could not be loaded";

fn open(flash: Chip) -> (Snapshots, Recovery) {
    Ring::open(flash, |_| {}).unwrap()
}

/// A chip with two snapshots, the second larger.
fn two_snapshots() -> Chip {
    let mut server = Server::new(4 << 20);
    let mut ring = open(Chip::new(256 << 10)).0;
    for (name, many) in [("a", 50), ("b", 500)] {
        server.fill(name, many);
        server.save(&mut ring).1.unwrap();
    }
    ring.release()
}

/// What a server does whose snapshot could not be loaded, until it has saved again.
fn is_kept_until_flushall(mut server: Server, mut ring: Snapshots, flash: &Chip) {
    assert_eq!(server.send("DBSIZE"), ":0\r\n");
    server.engine.hold_saves(HELD);
    assert_eq!(server.send("SET a 1"), "+OK\r\n");
    for line in ["SAVE", "BGSAVE"] {
        assert_eq!(server.send(line), format!("-{HELD}\r\n"));
    }
    assert!(!server.engine.wants_save());
    // A shell that saves nevertheless is refused by the ring.
    assert_eq!(server.save(&mut ring).1, Err(Error::Damaged));
    let (again, recovery) = open(ring.release());
    ring = again;
    if recovery != Recovery::Damaged {
        ring.keep();
    }
    assert_eq!(server.send("FLUSHALL"), "+OK\r\n");
    assert!(!server.engine.are_saves_held() && ring.is_damaged());
    ring.discard();
    assert_eq!(server.send("SET b 2"), "+OK\r\n");
    let unchanged = ring.release();
    assert!(unchanged.bytes() == flash.bytes());
    ring = open(unchanged).0;
    ring.discard();
    let (file, saved) = server.save(&mut ring);
    let (mut ring, recovery) = open(ring.release());
    assert_eq!(Ok(recovery), saved.map(Recovery::Whole));
    let mut second = Server::new(4 << 20);
    assert_eq!(second.load(&mut ring, &saved.unwrap()), Ok(file));
    assert_eq!(second.send("KEYS *"), "*1\r\n$1\r\nb\r\n");
}

#[test]
fn none_is_whole() {
    let mut flash = two_snapshots();
    // A bit in every block.
    flash.bytes_mut().chunks_mut(4096).for_each(|block| block[1000] ^= 4);
    let (ring, recovery) = open(flash.clone());
    assert_eq!(recovery, Recovery::Damaged);
    is_kept_until_flushall(Server::new(4 << 20), ring, &flash);
}

#[test]
fn the_newest_is_larger_than_the_arena_holds() {
    let flash = two_snapshots();
    let (mut ring, recovery) = open(flash.clone());
    let Recovery::Whole(slot) = recovery else { panic!("{recovery:?}") };
    let mut small = Server::new(100 << 10);
    let damage = small.load(&mut ring, &slot).unwrap_err();
    assert_eq!(damage.why, "out of memory");
    ring.keep();
    assert_eq!(ring.begin(NOW.wall_ms), Err(Error::Damaged));
    is_kept_until_flushall(small, ring, &flash);
}
