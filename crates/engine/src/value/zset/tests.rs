//! Sorted sets against a sorted `Vec` beside a `HashMap`, in both forms and through the change between them.

use super::*;
use crate::value::record::{self, Record};
use crate::value::table::Table;
use std::cmp::Ordering;
use std::collections::HashMap;

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % below
    }
}

/// A sorted set under test and what it should hold.
struct Pair {
    mem: Arena,
    keys: Table<Record>,
    entry: Entry,
    order: Vec<(f64, Vec<u8>)>,
    scores: HashMap<Vec<u8>, f64>,
}

fn before(a: &(f64, Vec<u8>), b: &(f64, Vec<u8>)) -> Ordering {
    a.0.partial_cmp(&b.0).unwrap().then_with(|| a.1.cmp(&b.1))
}

impl Pair {
    fn new(len: usize) -> Pair {
        let mut mem = arena(len);
        let mut keys = Table::<Record>::EMPTY;
        let key = Bytes::Slice(b"key");
        let made = record::create(&mut mem, key, EMPTY.0, EMPTY.1).unwrap();
        let slot = keys.insert(&mut mem, 1, made).unwrap();
        let entry = Entry::load(&mem, slot, made);
        Pair { mem, keys, entry, order: Vec::new(), scores: HashMap::new() }
    }

    fn set(&mut self, member: &[u8], score: f64) {
        let name = Bytes::Slice(member);
        let found = find(&self.mem, &self.entry, name);
        match (found, self.scores.get(member).copied()) {
            (None, None) => insert(&mut self.mem, &mut self.entry, name, score).unwrap(),
            (Some(found), Some(old)) => {
                assert_eq!(found.score.to_bits(), old.to_bits());
                update(&mut self.mem, &mut self.entry, &found, score).unwrap();
                let at = self.order.binary_search_by(|x| before(x, &(old, member.to_vec()))).unwrap();
                self.order.remove(at);
            }
            (found, old) => panic!("{member:?} {} {old:?}", found.is_some()),
        }
        let new = (score, member.to_vec());
        let at = self.order.binary_search_by(|x| before(x, &new)).unwrap_err();
        self.order.insert(at, new);
        self.scores.insert(member.to_vec(), score);
    }

    fn remove(&mut self, member: &[u8]) {
        let found = find(&self.mem, &self.entry, Bytes::Slice(member));
        let Some(score) = self.scores.remove(member) else {
            assert!(found.is_none());
            return;
        };
        let found = found.unwrap();
        let at = self.order.binary_search_by(|x| before(x, &(score, member.to_vec()))).unwrap();
        assert_eq!(rank(&self.mem, &self.entry, &found), at);
        remove(&mut self.mem, &mut self.entry, &found).unwrap();
        self.order.remove(at);
    }

    fn remove_range(&mut self, rank: usize, count: usize) {
        remove_range(&mut self.mem, &mut self.entry, rank, count).unwrap();
        let from = rank.min(self.order.len());
        for (_, member) in self.order.drain(from..(from + count).min(self.scores.len())) {
            self.scores.remove(&member);
        }
    }

    fn text(&self, bytes: Bytes) -> Vec<u8> {
        let mut text = Vec::new();
        self.mem.view(bytes).for_chunks(|chunk| text.extend_from_slice(chunk));
        text
    }

    fn check_range(&self, rank: usize, count: usize, reverse: bool) {
        let mut cursor = Cursor::new(&self.mem, &self.entry, rank, count, reverse);
        let mut at = rank as isize;
        let mut left = count;
        while let Some((member, score)) = cursor.next(&self.mem) {
            let (want_score, want) = &self.order[at as usize];
            assert_eq!((score.to_bits(), &self.text(member)), (want_score.to_bits(), want));
            at += if reverse { -1 } else { 1 };
            left -= 1;
        }
        assert!(left == 0 || at < 0 || at as usize == self.order.len().max(rank), "{rank} {count} {reverse} {at}");
    }

    fn check(&self, random: &mut Random) {
        let n = self.order.len();
        assert_eq!(len(&self.mem, &self.entry), n);
        if self.entry.form() == Form::ZsetTree {
            Large::load(&self.mem, &self.entry).tree.check(&self.mem);
        }
        self.check_range(0, usize::MAX, false);
        if n == 0 {
            return;
        }
        self.check_range(n - 1, usize::MAX, true);
        for _ in 0..10 {
            let rank = random.next(n as u64) as usize;
            self.check_range(rank, random.next(150) as usize, false);
            self.check_range(rank, random.next(150) as usize, true);
            let (score, member) = &self.order[rank];
            let found = find(&self.mem, &self.entry, Bytes::Slice(member)).unwrap();
            assert_eq!(super::rank(&self.mem, &self.entry, &found), rank);
            for after in [false, true] {
                let want = self.order.iter().filter(|x| x.0 < *score || (after && x.0 == *score)).count();
                let bound = Bound::Score { score: *score, after };
                assert_eq!(position(&self.mem, &self.entry, &bound), want);
            }
            let between = score + 0.25;
            let want = self.order.iter().filter(|x| x.0 <= between).count();
            assert_eq!(position(&self.mem, &self.entry, &Bound::Score { score: between, after: true }), want);
        }
    }

    fn compact(&mut self) {
        let mut at = 0;
        loop {
            at = compact(&mut self.mem, &self.entry, at).unwrap();
            if at == 0 {
                return;
            }
        }
    }

    fn finish(mut self) {
        crate::value::release(&mut self.mem, &self.entry);
        record::free(&mut self.mem, &self.entry);
        self.keys.remove(&mut self.mem, 1, self.entry.slot);
        assert_eq!(self.mem.live_bytes(), 0);
    }
}

fn member(random: &mut Random, names: u64) -> Vec<u8> {
    let n = random.next(names);
    match n % 7 {
        0 => n.to_string().into_bytes(),
        1 => format!("-{n}").into_bytes(),
        2 if n % 70 == 2 => format!("{n}:").repeat(1000).into_bytes(),
        3 => format!("a longer member with number {n:08}").into_bytes(),
        _ => format!("m{n}").into_bytes(),
    }
}

fn score_of(random: &mut Random) -> f64 {
    match random.next(12) {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2 => -0.0,
        3 => 0.0,
        4 | 5 => random.next(5) as f64,
        6 => -(random.next(100_000) as f64),
        7 => random.next(1 << 30) as f64 * 1e9,
        _ => random.next(1 << 30) as f64 / 7.0,
    }
}

#[test]
fn holds_what_the_model_holds() {
    let mut random = Random(3);
    for (names, steps) in [(20, 3000), (90, 3000), (400, 6000), (6000, 40_000)] {
        let mut pair = Pair::new(64 << 20);
        for phase in 0..6 {
            for _ in 0..steps / 6 {
                let name = member(&mut random, names);
                let grow = phase % 2 == 0;
                match random.next(10) {
                    0..=6 if grow => pair.set(&name, score_of(&mut random)),
                    0..=6 => pair.remove(&name),
                    7 => pair.remove(&name),
                    8 => {
                        // A small change of the score, which mostly leaves it in its place.
                        if let Some(&old) = pair.scores.get(&name) {
                            pair.set(&name, old + random.next(3) as f64 - 1.0);
                        }
                    }
                    _ if random.next(40) == 0 => {
                        let rank = random.next(names) as usize;
                        pair.remove_range(rank, random.next(names / 10 + 2) as usize);
                    }
                    _ => pair.set(&name, score_of(&mut random)),
                }
            }
            pair.check(&mut random);
            pair.compact();
            pair.check(&mut random);
        }
        if phase_left(&pair) {
            let n = pair.order.len();
            pair.remove_range(0, n);
            pair.check(&mut random);
        }
        pair.finish();
    }
}

fn phase_left(pair: &Pair) -> bool {
    pair.order.len().is_multiple_of(2)
}

#[test]
fn a_draft_settles_in_either_form() {
    let mut random = Random(12);
    for count in [0, 5, 60, 3000] {
        let mut pair = Pair::new(16 << 20);
        let mut made = draft::Draft::EMPTY;
        for _ in 0..count {
            let name = member(&mut random, 4000);
            let score = random.next(9) as f64;
            made.add(&mut pair.mem, Bytes::Slice(&name), score, &|a, b| a + b).unwrap();
            *pair.scores.entry(name).or_insert(0.0) += score;
        }
        pair.order = pair.scores.iter().map(|(name, score)| (*score, name.clone())).collect();
        pair.order.sort_by(before);
        assert_eq!(made.longest(), pair.order.iter().map(|x| x.1.len()).max().unwrap_or(0));
        let (form, len) = made.plan(&pair.mem);
        pair.entry.reshape(&mut pair.mem, form, len).unwrap();
        made.settle(&mut pair.mem, &pair.entry);
        pair.check(&mut random);
        pair.finish();
    }
}

#[test]
fn members_alone_order_where_scores_are_equal() {
    let mut random = Random(8);
    for count in [30, 5000] {
        let mut pair = Pair::new(16 << 20);
        for _ in 0..count {
            let name = format!("{:x}", random.next(1 << 24));
            pair.set(name.as_bytes(), 0.0);
        }
        for _ in 0..200 {
            let name = format!("{:x}", random.next(1 << 24));
            for after in [false, true] {
                let want = pair.order.iter().filter(|x| x.1.as_slice() < name.as_bytes()).count()
                    + usize::from(after && pair.scores.contains_key(name.as_bytes()));
                let bound = Bound::Member { member: Bytes::Slice(name.as_bytes()), after };
                assert_eq!(position(&pair.mem, &pair.entry, &bound), want);
            }
        }
        pair.check(&mut random);
        pair.finish();
    }
}

fn large_of(pair: &Pair) -> Large {
    Large::load(&pair.mem, &pair.entry)
}

#[test]
fn sequential_inserts_leave_full_leaves() {
    for direction in [1.0, -1.0] {
        let mut pair = Pair::new(32 << 20);
        for n in 0..50_000 {
            let name = format!("member:{n:06}");
            insert(&mut pair.mem, &mut pair.entry, Bytes::Slice(name.as_bytes()), n as f64 * direction).unwrap();
        }
        let large = large_of(&pair);
        large.tree.check(&pair.mem);
        let per_member = large.tree.bytes_used(&pair.mem) as f64 / 50_000.0;
        assert!(per_member < 4.6, "{per_member}");
        pair.finish();
    }
}

#[test]
fn a_member_costs_less_than_its_bound() {
    let mut random = Random(5);
    let mut pair = Pair::new(64 << 20);
    let before = pair.mem.usage().pages_used;
    let mut worst: f64 = 0.0;
    let mut n = 0;
    while n < 200_000 {
        let name = format!("{:013x}", random.next(1 << 31) << 20 | random.next(1 << 20));
        let score = f64::from_bits(0x3FF0_0000_0000_0000 | random.next(1 << 31) << 20 | 1);
        if find(&pair.mem, &pair.entry, Bytes::Slice(name.as_bytes())).is_none() {
            insert(&mut pair.mem, &mut pair.entry, Bytes::Slice(name.as_bytes()), score).unwrap();
            n += 1;
            if n >= 50_000 && n % 2500 == 0 {
                let pages = pair.mem.usage().pages_high - before;
                let over = (pages * crate::limits::PAGE_BYTES) as f64 / n as f64 - 21.0;
                worst = worst.max(over);
            }
        }
    }
    let large = large_of(&pair);
    eprintln!(
        "worst overhead {worst:.2} bytes a member; tree {:.2}, all {:.2}, slack {:.2}",
        large.tree.bytes_used(&pair.mem) as f64 / 2e5,
        large.bytes_used(&pair.mem) as f64 / 2e5 - 21.0,
        pair.mem.slack_bytes() as f64 / 2e5
    );
    assert!(worst < 17.0, "{worst}");
    // After a random half is gone and what is left has been compacted.
    for n in 0..100_000 {
        let rank = random.next(200_000 - n) as usize;
        remove_range(&mut pair.mem, &mut pair.entry, rank, 1).unwrap();
    }
    let mut over = f64::MAX;
    for pass in 0..4 {
        let large = large_of(&pair);
        over = ((pair.mem.usage().pages_used - before) * crate::limits::PAGE_BYTES) as f64 / 1e5 - 21.0;
        eprintln!(
            "after a random half and {pass} passes {over:.2}; tree {:.2}, all {:.2}",
            large.tree.bytes_used(&pair.mem) as f64 / 1e5,
            large.bytes_used(&pair.mem) as f64 / 1e5 - 21.0
        );
        pair.compact();
    }
    large_of(&pair).tree.check(&pair.mem);
    assert!(over < 24.0, "{over}");
    pair.finish();
}

#[test]
fn running_out_of_memory_changes_nothing() {
    let mut random = Random(4);
    let mut pair = Pair::new(40 * (crate::limits::PAGE_BYTES + 16));
    let mut failed = 0;
    for _ in 0..20_000 {
        let name = member(&mut random, 5000);
        let score = score_of(&mut random);
        let text = Bytes::Slice(&name);
        let done = match find(&pair.mem, &pair.entry, text) {
            Some(found) => update(&mut pair.mem, &mut pair.entry, &found, score),
            None => insert(&mut pair.mem, &mut pair.entry, text, score),
        };
        if done.is_ok() {
            if let Some(old) = pair.scores.insert(name.clone(), score) {
                let at = pair.order.binary_search_by(|x| before(x, &(old, name.clone()))).unwrap();
                pair.order.remove(at);
            }
            let at = pair.order.binary_search_by(|x| before(x, &(score, name.clone()))).unwrap_err();
            pair.order.insert(at, (score, name));
        } else {
            failed += 1;
            if failed % 50 == 0 {
                pair.check(&mut random);
                let gone = pair.order.len() / 2;
                pair.remove_range(random.next(20) as usize, gone);
                pair.check(&mut random);
            }
        }
    }
    assert!(failed > 100, "{failed}");
    pair.check(&mut random);
    pair.finish();
}
