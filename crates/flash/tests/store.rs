//! The settings' store on a mock chip: every change is there or not, wherever power fails.

use embedded_storage::nor_flash::NorFlash;
use microredis_flash::mock::MockFlash;
use microredis_flash::{Counters, Error, Kept, Settings, Store};
use std::collections::BTreeMap;

const SETTINGS_MAX: usize = 1200;

type State = (BTreeMap<Vec<u8>, Vec<u8>>, Counters);

fn open<F: NorFlash, const P: usize>(flash: F) -> (Store<F, P, SETTINGS_MAX>, Kept) {
    Store::open(flash).unwrap()
}

fn state<F: NorFlash, const P: usize>(store: &mut Store<F, P, SETTINGS_MAX>) -> State {
    let settings = store.load().unwrap();
    (settings.iter().map(|(name, text)| (name.to_vec(), text.to_vec())).collect(), store.counters())
}

/// A change, made the same way to the store and to its model.
#[derive(Clone, Copy, Debug)]
enum Change {
    Set(u32, usize),
    Remove(u32),
    Replace(u32),
    Count(i64),
    Reset,
}

impl Change {
    fn random(random: &mut fastrand::Rng) -> Change {
        match random.u32(..20) {
            0..6 => Change::Set(random.u32(..6), random.usize(..150)),
            6..8 => Change::Remove(random.u32(..6)),
            8..10 => Change::Replace(random.u32(..)),
            10..19 => Change::Count(random.i64(..)),
            _ => Change::Reset,
        }
    }

    fn model(self, state: &mut State) {
        let name = |n: u32| format!("name-{n}").into_bytes();
        match self {
            Change::Set(n, len) => {
                state.0.insert(name(n), vec![len as u8; len]);
            }
            Change::Remove(n) => {
                state.0.remove(&name(n));
            }
            Change::Replace(seed) => {
                let text = |n: u32| vec![seed as u8; (seed >> (8 * n)) as usize % 256];
                state.0 = (0..4).map(|n| (name(n), text(n))).collect();
            }
            Change::Count(wall_ms) => {
                let boots = state.1.boots.wrapping_add(1);
                state.1 = Counters { wall_ms, boots, failed_boots: boots % 4 };
            }
            Change::Reset => *state = State::default(),
        }
    }

    /// `after`: what is to be there.
    fn make<F: NorFlash, const P: usize>(
        self,
        store: &mut Store<F, P, SETTINGS_MAX>,
        after: &State,
    ) -> Result<(), Error> {
        match self {
            Change::Set(n, _) => {
                let name = format!("name-{n}").into_bytes();
                store.set(&name, &after.0[&name])
            }
            Change::Remove(n) => store.remove(format!("name-{n}").as_bytes()),
            Change::Replace(_) => {
                let mut settings = Settings::new();
                after.0.iter().for_each(|(name, text)| settings.set(name, text).unwrap());
                store.replace(&settings)
            }
            Change::Count(_) => store.set_counters(after.1),
            Change::Reset => store.reset(),
        }
    }
}

/// Runs changes until power fails; what was there before and after the one that failed, if any did.
fn run<F: NorFlash, const P: usize>(
    store: &mut Store<F, P, SETTINGS_MAX>,
    changes: &[Change],
    state: &mut State,
) -> Option<State> {
    for change in changes {
        let mut after = state.clone();
        change.model(&mut after);
        if change.make(store, &after).is_err() {
            return Some(after);
        }
        *state = after;
    }
    None
}

fn longer(short: usize, long: usize) -> usize {
    if std::env::var_os("MICROREDIS_LONG").is_some() { long } else { short }
}

fn a_cut_anywhere<const READ: usize, const WRITE: usize, const ERASE: usize, const P: usize>() {
    let mut random = fastrand::Rng::with_seed(WRITE as u64);
    let first: Vec<Change> = (0..5).map(|_| Change::random(&mut random)).collect();
    let changes: Vec<Change> = (0..25).map(|_| Change::random(&mut random)).collect();
    let mut state_before = State::default();
    let (mut store, kept) = open::<_, P>(MockFlash::<READ, WRITE, ERASE>::new(P));
    assert_eq!(kept, Kept::Empty);
    assert_eq!(run(&mut store, &first, &mut state_before), None);
    let start = store.release();
    let (mut store, _) = open::<_, P>(start.clone());
    assert_eq!(run(&mut store, &changes, &mut state_before.clone()), None);
    let work = store.release().work() - start.work();
    let cuts = longer(800, usize::MAX).min(work as usize) as u64;
    let (mut old, mut new) = (0, 0);
    for n in 0..cuts {
        let at = if cuts == work { n } else { random.u64(..work) };
        let mut flash = start.clone();
        flash.cut_power_after(at, n);
        let (mut store, _) = open::<_, P>(flash);
        let mut before = state_before.clone();
        let after = run(&mut store, &changes, &mut before).expect("power has failed");
        let mut flash = store.release();
        flash.reboot();
        let (mut store, kept) = open::<_, P>(flash);
        assert_eq!(kept, Kept::Whole, "cut at {at}");
        let found = state(&mut store);
        old += u32::from(found == before);
        new += u32::from(found == after);
        assert!(found == before || found == after, "cut at {at}");
        // It goes on from there.
        let mut on = found;
        assert_eq!(run(&mut store, &changes, &mut on), None);
        assert_eq!(state(&mut open::<_, P>(store.release()).0), on, "cut at {at}");
    }
    assert!(old > 100 && new > 0, "{old} old, {new} new");
}

#[test]
fn a_cut_anywhere_leaves_the_old_or_the_new() {
    a_cut_anywhere::<1, 1, 4096, { 8 << 10 }>();
    a_cut_anywhere::<4, 4, 4096, { 16 << 10 }>();
    a_cut_anywhere::<1, 32, { 128 << 10 }, { 256 << 10 }>();
    a_cut_anywhere::<1, 256, 4096, { 12 << 10 }>();
    a_cut_anywhere::<256, 256, { 256 << 10 }, { 512 << 10 }>();
    a_cut_anywhere::<1, 32, 2048, { 4 << 10 }>();
}

#[test]
fn cuts_that_follow_each_other() {
    const P: usize = 6 << 10;
    let mut random = fastrand::Rng::with_seed(5);
    let mut flash = MockFlash::<1, 8, 2048>::new(P);
    let mut now = State::default();
    for n in 0..longer(2000, 200_000) {
        flash.cut_power_after(random.u64(..3000), n as u64);
        let mut done = None;
        // Opening changes nothing, so that it cannot fail.
        let (mut store, kept) = open::<_, P>(flash);
        assert!(n < 50 || kept == Kept::Whole, "boot {n}: {kept:?}");
        while done.is_none() {
            let change = Change::random(&mut random);
            done = run(&mut store, &[change], &mut now);
        }
        flash = store.release();
        flash.reboot();
        let (mut store, _) = open::<_, P>(flash.clone());
        let found = state(&mut store);
        assert!(found == now || Some(&found) == done.as_ref(), "boot {n}");
        now = found;
    }
    assert!(flash.erases().iter().all(|&erases| erases > 100), "{:?}", flash.erases());
}

#[test]
fn wear_is_even_and_known() {
    const P: usize = 16 << 10;
    let (mut store, _) = open::<_, P>(MockFlash::<1, 4, 4096>::new(P));
    let mut random = fastrand::Rng::with_seed(1);
    let mut now = State::default();
    for n in 0..3000 {
        let change = Change::random(&mut random);
        if !matches!(change, Change::Reset) {
            assert_eq!(run(&mut store, &[change], &mut now), None);
        }
        if n % 50 == 0 {
            let wear = store.wear().unwrap();
            assert!(wear.erases_max - wear.erases_min <= 1, "after {n} changes: {wear:?}");
            store = open(store.release()).0;
        }
    }
    let wear = store.wear().unwrap();
    let flash = store.release();
    assert_eq!(wear.erases, flash.erases().iter().map(|&n| u64::from(n)).sum::<u64>());
    // 3,000 changes of some hundred bytes.
    assert!(wear.erases < 700 && wear.erases_min > 50, "{wear:?}");
}

#[test]
fn a_reset_leaves_nothing() {
    const P: usize = 16 << 10;
    let (mut store, _) = open::<_, P>(MockFlash::<1, 4, 4096>::new(P));
    for n in 0..200 {
        store.set(b"wifi-password", format!("secret {n}").as_bytes()).unwrap();
        store.set_counters(Counters { wall_ms: n, ..Counters::default() }).unwrap();
    }
    let holds = |bytes: &[u8]| bytes.windows(6).any(|window| window == b"secret");
    assert_eq!(store.counters().wall_ms, 199);
    store.reset().unwrap();
    let flash = store.release();
    assert!(!holds(flash.bytes()));
    let (mut store, kept) = open::<_, P>(flash);
    assert_eq!((kept, state(&mut store)), (Kept::Whole, State::default()));
}

#[test]
fn rot_falls_back_and_is_never_believed() {
    const P: usize = 8 << 10;
    let (mut store, _) = open::<_, P>(MockFlash::<1, 4, 4096>::new(P));
    store.set(b"a", b"1").unwrap();
    store.set(b"b", b"2").unwrap();
    let flash = store.release();
    let used = flash.bytes().iter().rposition(|&byte| byte != 0xFF).unwrap();
    for at in 0..used {
        let mut rotten = flash.clone();
        rotten.bytes_mut()[at] ^= 0x10;
        let (mut store, kept) = open::<_, P>(rotten);
        let settings = store.load().unwrap();
        let expected: &[(&[u8], &[u8])] = match kept {
            Kept::Whole if settings.iter().count() == 2 => &[(b"a", b"1"), (b"b", b"2")],
            Kept::Whole => &[(b"a", b"1")],
            _ => &[],
        };
        assert!(settings.iter().eq(expected.iter().copied()), "byte {at}");
        store.set(b"c", b"3").unwrap();
    }
    let mut foreign = flash;
    foreign.bytes_mut().fill(0x5A);
    assert_eq!(open::<_, P>(foreign).1, Kept::Damaged);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    const P: usize = 8 << 10;
    let (mut store, _) = open::<_, P>(MockFlash::<1, 4, 4096>::new(P));
    store.set(b"name", &[7; SETTINGS_MAX - 7]).unwrap();
    let before = state(&mut store);
    assert_eq!(store.set(b"other", b""), Err(Error::TooLarge));
    assert_eq!(store.set(b"name", &[7; SETTINGS_MAX - 6]), Err(Error::TooLarge));
    assert_eq!(store.set(b"", b"x"), Err(Error::TooLarge));
    assert_eq!(store.set(&[b'n'; 256], b"x"), Err(Error::TooLarge));
    assert_eq!(state(&mut store), before);
    store.remove(b"name").unwrap();
    store.set(b"other", b"").unwrap();
    assert_eq!(store.load().unwrap().get(b"other"), Some(&b""[..]));
}
