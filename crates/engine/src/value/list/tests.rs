//! Lists against `VecDeque`, through both forms, and what they cost.

use super::*;
use crate::limits::{ITEM_BYTES_MAX, PAGE_BYTES};
use crate::value::record::{self, Record};
use crate::value::table::Table;
use std::collections::VecDeque;

struct World {
    mem: Arena,
    table: Table<Record>,
    entry: Entry,
    hash: u64,
    seed: u64,
}

impl World {
    fn new(bytes: usize) -> World {
        let mut mem = Arena::new(Box::leak(vec![0u8; bytes].into_boxed_slice()), [1, 2]);
        let key = Bytes::Slice(b"mylist");
        let hash = mem.hash(key);
        let mut table = Table::<Record>::EMPTY;
        let record = record::create(&mut mem, key, Form::ListPacked, 1).unwrap();
        let slot = table.insert(&mut mem, hash, record).unwrap();
        let mut entry = Entry::load(&mem, slot, record);
        let item = Item::prepare(&mut mem, Bytes::Slice(b"first")).unwrap();
        entry.reshape(&mut mem, Form::ListPacked, first_body_bytes(&item)).unwrap();
        start(&mut mem, &mut entry, &item).unwrap();
        World { mem, table, entry, hash, seed: 7 }
    }

    fn random(&mut self, below: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.seed >> 33) as usize % below.max(1)
    }

    /// Few distinct short values, so that removals by value find some; now and then a long one.
    fn value(&mut self) -> Vec<u8> {
        match self.random(40) {
            0 => vec![b'L'; ITEM_BYTES_MAX + 1 + self.random(2 * PAGE_BYTES)],
            1 => vec![b'm'; self.random(ITEM_BYTES_MAX + 1)],
            2 => vec![b's'; 60 + self.random(80)],
            3 => vec![],
            4..12 => (self.random(40) as i64 * 977 - 5000).to_string().into_bytes(),
            _ => format!("v{:04}", self.random(30)).into_bytes(),
        }
    }

    fn with_item<R>(&mut self, value: &[u8], act: impl FnOnce(&mut Arena, &mut Entry, &Item) -> Result<R, Oom>) -> R {
        let item = Item::prepare(&mut self.mem, Bytes::Slice(value)).unwrap();
        act(&mut self.mem, &mut self.entry, &item).unwrap()
    }

    fn push(&mut self, end: End, value: &[u8]) {
        self.with_item(value, |mem, entry, item| push(mem, entry, end, item));
    }

    fn text(&self, bytes: Bytes) -> Vec<u8> {
        let mut out = Vec::new();
        self.mem.view(bytes).for_chunks(|chunk| out.extend_from_slice(chunk));
        out
    }

    fn forward(&self) -> Vec<Vec<u8>> {
        let mut iter = iter(&self.mem, &self.entry);
        std::iter::from_fn(|| iter.next(&self.mem)).map(|b| self.text(b)).collect()
    }

    fn check(&mut self, model: &VecDeque<Vec<u8>>) {
        assert_eq!(len(&self.mem, &self.entry), model.len());
        assert!(self.forward().iter().eq(model.iter()));
        let mut back = iter_back(&self.mem, &self.entry);
        for value in model.iter().rev() {
            let item = back.next(&self.mem).unwrap();
            assert!(self.mem.same(item, Bytes::Slice(value)));
        }
        assert!(back.next(&self.mem).is_none());
        let index = self.random(model.len());
        let item = get(&self.mem, &self.entry, find_index(&self.mem, &self.entry, index).unwrap());
        assert!(self.mem.same(item, Bytes::Slice(&model[index])));
        let from = iter_from(&self.mem, &self.entry, index).next(&self.mem).unwrap();
        assert!(self.mem.same(from, Bytes::Slice(&model[index])));
        assert!(find_index(&self.mem, &self.entry, model.len()).is_none());
        // What the record names is what the entry thinks it is.
        let slot = self.table.find(&self.mem, self.hash, Bytes::Slice(b"mylist")).unwrap();
        let loaded = Entry::load(&self.mem, slot, self.table.get(&self.mem, slot));
        assert_eq!(loaded.record_bytes(), self.entry.record_bytes());
        assert_eq!(loaded.form(), self.entry.form());
        self.check_links();
    }

    fn check_links(&self) {
        if self.entry.form() != Form::ListChunks {
            return;
        }
        let chain = Chain::load(&self.mem, &self.entry);
        let (mut prev, mut block, mut count) = (Ref::NULL, chain.head, 0);
        while !block.is_null() {
            assert_eq!(Chunk::prev(&self.mem, block), prev);
            let row = Chunk::load(&self.mem, block).row;
            assert!(row.start >= chunks::HEADER && row.start < row.end && row.end <= PAGE_BYTES);
            let mut at = row.start;
            for _ in 0..row.count {
                at = row.next(&self.mem, at);
            }
            assert_eq!(at, row.end);
            count += row.count;
            prev = block;
            block = Chunk::next(&self.mem, block);
        }
        assert_eq!((prev, count), (chain.tail, chain.count));
    }

    fn free_all(mut self) {
        crate::value::release(&mut self.mem, &self.entry);
        record::free(&mut self.mem, &self.entry);
        self.table.remove(&mut self.mem, self.hash, self.entry.slot);
        self.table.free(&mut self.mem, |_, _| {});
        assert_eq!(self.mem.live_bytes(), 0);
    }
}

fn remove_model(model: &mut VecDeque<Vec<u8>>, value: &[u8], from: End, max: usize) -> usize {
    let mut removed = 0;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let all: Vec<Vec<u8>> = model.drain(..).collect();
    let ordered: Vec<&Vec<u8>> = if from == End::Head { all.iter().collect() } else { all.iter().rev().collect() };
    for item in ordered {
        if item == value && removed < max {
            removed += 1;
        } else {
            kept.push(item.clone());
        }
    }
    if from == End::Tail {
        kept.reverse();
    }
    model.extend(kept);
    removed
}

fn run(steps: usize, target: usize, seed: u64) {
    let mut world = World::new(16 << 20);
    world.seed = seed;
    let mut model: VecDeque<Vec<u8>> = VecDeque::from([b"first".to_vec()]);
    for step in 0..steps {
        let grow = model.len() < target;
        let end = if world.random(2) == 0 { End::Head } else { End::Tail };
        let value = world.value();
        match world.random(if grow { 16 } else { 24 }) {
            0..=6 => {
                // Runs at one end, as real lists have them.
                for _ in 0..1 + world.random(20) {
                    let value = world.value();
                    world.push(end, &value);
                    if end == End::Head { model.push_front(value) } else { model.push_back(value) }
                }
            }
            7 | 8 => {
                let index = world.random(model.len());
                let place = find_index(&world.mem, &world.entry, index).unwrap();
                world.with_item(&value, |mem, entry, item| set(mem, entry, place, item));
                model[index] = value;
            }
            9..=11 => {
                let index = world.random(model.len());
                let before = world.random(2) == 0;
                let place = find_index(&world.mem, &world.entry, index).unwrap();
                world.with_item(&value, |mem, entry, item| insert(mem, entry, place, before, item));
                model.insert(if before { index } else { index + 1 }, value);
            }
            12 => {
                let pivot = model[world.random(model.len())].clone();
                let needle = Needle::new(&world.mem, Bytes::Slice(&pivot));
                let place = find(&world.mem, &world.entry, &needle).unwrap();
                world.with_item(&value, |mem, entry, item| insert(mem, entry, place, true, item));
                let index = model.iter().position(|v| *v == pivot).unwrap();
                model.insert(index, value);
            }
            13 => {
                let max = if world.random(2) == 0 { usize::MAX } else { world.random(3) };
                let needle = Needle::new(&world.mem, Bytes::Slice(&value));
                let removed = remove(&mut world.mem, &mut world.entry, &needle, end, max).unwrap();
                assert_eq!(removed, remove_model(&mut model, &value, end, max));
            }
            14 if model.len() > 1 => {
                let taken = take(&mut world.mem, &mut world.entry, end).unwrap().unwrap();
                let expected = if end == End::Head { model.pop_front() } else { model.pop_back() }.unwrap();
                assert_eq!(world.text(taken.bytes()), expected);
                let other = if world.random(2) == 0 { End::Head } else { End::Tail };
                push(&mut world.mem, &mut world.entry, other, &taken.item()).unwrap();
                if other == End::Head { model.push_front(expected) } else { model.push_back(expected) }
            }
            15 => {
                let mut skip = 0;
                while let Some(next) = compact(&mut world.mem, &world.entry, skip, 2).unwrap() {
                    skip = next;
                }
                world.entry.compact_record(&mut world.mem).unwrap();
            }
            16..=22 => {
                let n = world.random(model.len().min(30));
                let (front, back) = if end == End::Head { (n, 0) } else { (0, n) };
                trim(&mut world.mem, &mut world.entry, front, back).unwrap();
                model.drain(..front);
                model.truncate(model.len() - back);
            }
            _ => {
                let (front, back) = (world.random(model.len()), world.random(4));
                if front + back < model.len() {
                    trim(&mut world.mem, &mut world.entry, front, back).unwrap();
                    model.drain(..front);
                    model.truncate(model.len() - back);
                }
            }
        }
        if model.is_empty() {
            assert_eq!(len(&world.mem, &world.entry), 0);
            world.push(End::Tail, b"again");
            model.push_back(b"again".to_vec());
        }
        if step % 7 == 0 {
            world.check(&model);
        }
    }
    world.check(&model);
    world.free_all();
}

#[test]
fn holds_what_a_deque_holds() {
    for seed in 0..12 {
        run(1500, 8, seed);
        run(1500, 60, seed + 100);
        run(700, 1200, seed + 200);
    }
}

#[test]
fn ten_bytes_cost_two_and_a_bit() {
    for end in [End::Head, End::Tail] {
        let mut world = World::new(8 << 20);
        for n in 0..100_000 {
            world.push(end, format!("el:{:07}", n).as_bytes());
        }
        let used = world.mem.usage().pages_used * (PAGE_BYTES + 16);
        let each = used as f64 / 100_000.0 - 10.0;
        let most = if PAGE_BYTES < 4096 { 2.5 } else { 2.25 };
        assert!(each < most, "{each} bytes an element");
        let exact = bytes_used(&world.mem, &world.entry) + Arena::block_bytes(world.entry.record_bytes());
        assert_eq!(exact + world.table.bytes_used(&world.mem), world.mem.live_bytes());
        world.free_all();
    }
}

#[test]
fn removals_in_the_middle_leave_dense_chunks() {
    let mut world = World::new(8 << 20);
    for n in 0..6_000 {
        world.push(End::Tail, format!("el:{:07}", n).as_bytes());
    }
    for n in 0..6_000 {
        if world.random(2) == 0 {
            let from = if n % 3 == 0 { End::Head } else { End::Tail };
            let value = format!("el:{:07}", n);
            let needle = Needle::new(&world.mem, Bytes::Slice(value.as_bytes()));
            assert_eq!(remove(&mut world.mem, &mut world.entry, &needle, from, 1).unwrap(), 1);
        }
    }
    let left = len(&world.mem, &world.entry);
    let each = bytes_used(&world.mem, &world.entry) as f64 / left as f64 - 10.0;
    assert!(each < 7.0, "{each} bytes an element");
    world.check_links();
    world.free_all();
}

#[test]
fn a_queue_stays_small_and_packs_again() {
    let mut world = World::new(1 << 20);
    for n in 0..20_000 {
        world.push(End::Head, format!("job:{n}").as_bytes());
        if n > 100 {
            trim(&mut world.mem, &mut world.entry, 0, 1).unwrap();
        }
    }
    assert!(world.mem.live_bytes() < 2 * PAGE_BYTES + 512);
    trim(&mut world.mem, &mut world.entry, 0, 95).unwrap();
    assert_eq!(world.entry.form(), Form::ListPacked);
    world.free_all();
}

#[test]
fn full_memory_changes_nothing() {
    let mut world = World::new(40 * (PAGE_BYTES + 16) + PAGE_BYTES);
    let mut model = VecDeque::from([b"first".to_vec()]);
    let mut refused = 0;
    for _ in 0..4000 {
        let value = world.value();
        let index = world.random(model.len());
        let place = find_index(&world.mem, &world.entry, index).unwrap();
        let Ok(item) = Item::prepare(&mut world.mem, Bytes::Slice(&value)) else { continue };
        let how = world.random(4);
        let done = match how {
            0 => push(&mut world.mem, &mut world.entry, End::Head, &item),
            1 => push(&mut world.mem, &mut world.entry, End::Tail, &item),
            2 => insert(&mut world.mem, &mut world.entry, place, true, &item),
            _ => set(&mut world.mem, &mut world.entry, place, &item),
        };
        match (done, how) {
            (Err(Oom), _) => {
                item.discard(&mut world.mem);
                refused += 1;
            }
            (_, 0) => model.push_front(value),
            (_, 1) => model.push_back(value),
            (_, 2) => model.insert(index, value),
            _ => model[index] = value,
        }
    }
    assert!(refused > 100);
    world.check(&model);
    while model.len() > 1 {
        let n = 1 + world.random(model.len() - 1);
        trim(&mut world.mem, &mut world.entry, n, 0).unwrap();
        model.drain(..n);
        world.check(&model);
    }
    world.free_all();
}

#[test]
fn what_is_reserved_suffices() {
    for seed in 0..20 {
        let mut world = World::new((60 + seed) * (PAGE_BYTES + 16) + PAGE_BYTES);
        world.seed = seed as u64;
        let mut refused = 0;
        for _ in 0..1500 {
            let items = 1 + world.random(6);
            let values: Vec<Vec<u8>> = (0..items).map(|_| world.value()).collect();
            let (blocks, bytes) = push_bound(items, values.iter().map(Vec::len).sum());
            if world.mem.reserve(blocks, bytes).is_err() {
                refused += 1;
                // Room is made now and then, by freeing only.
                if refused % 5 == 0 {
                    let n = world.random(len(&world.mem, &world.entry));
                    let (front, back) = if n.is_multiple_of(2) { (n, 0) } else { (0, n) };
                    trim(&mut world.mem, &mut world.entry, front, back).unwrap();
                }
                continue;
            }
            match world.random(4) {
                0 => {
                    let place = find_index(&world.mem, &world.entry, 0).unwrap();
                    world.with_item(&values[0], |mem, entry, item| set(mem, entry, place, item));
                }
                1 => {
                    let index = len(&world.mem, &world.entry) / 2;
                    let place = find_index(&world.mem, &world.entry, index).unwrap();
                    world.with_item(&values[0], |mem, entry, item| insert(mem, entry, place, false, item));
                }
                n => values.iter().for_each(|v| world.push(if n == 2 { End::Head } else { End::Tail }, v)),
            }
        }
        assert!(refused > 10);
        world.free_all();
    }
}
