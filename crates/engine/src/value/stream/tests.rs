//! The stream against a list of nodes as Redis has them, through appends, deletes, trims, compaction and copies.

use super::*;
use crate::memory::Bytes;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Clone)]
struct Item {
    id: Id,
    pairs: Pairs,
    deleted: bool,
}

#[derive(Default)]
struct Model {
    nodes: Vec<Vec<Item>>,
}

impl Model {
    fn live(&self) -> Vec<Item> {
        self.nodes.iter().flatten().filter(|item| !item.deleted).cloned().collect()
    }

    fn live_ids(&self) -> Vec<Id> {
        self.nodes.iter().flatten().filter(|item| !item.deleted).map(|item| item.id).collect()
    }

    fn append(&mut self, item: Item, node_entries: usize, closed: bool) {
        let starts = self.nodes.is_empty() || closed || self.nodes.last().is_some_and(|n| n.len() >= node_entries);
        if starts {
            self.nodes.push(Vec::new());
        }
        self.nodes.last_mut().unwrap().push(item);
    }

    /// Whether it was there, and whether the last node went.
    fn delete(&mut self, id: Id) -> (bool, bool) {
        for n in 0..self.nodes.len() {
            let live = self.nodes[n].iter().filter(|item| !item.deleted).count();
            if let Some(item) = self.nodes[n].iter_mut().find(|item| item.id == id && !item.deleted) {
                item.deleted = true;
                if live == 1 {
                    self.nodes.remove(n);
                    return (true, n == self.nodes.len());
                }
                return (true, false);
            }
        }
        (false, false)
    }

    fn trim(&mut self, how: &Trim) -> u64 {
        let mut deleted = 0;
        while let Some(node) = self.nodes.first() {
            let length = self.nodes.iter().flatten().filter(|item| !item.deleted).count() as u64;
            if matches!(how.bound, Bound::MaxLen(max) if length <= max) {
                break;
            }
            let live = node.iter().filter(|item| !item.deleted).count() as u64;
            if how.limit > 0 && deleted + live > how.limit {
                break;
            }
            let whole = match how.bound {
                Bound::MaxLen(max) => length - live >= max,
                Bound::MinId(id) => node.last().unwrap().id < id,
            };
            if whole {
                self.nodes.remove(0);
                deleted += live;
                continue;
            }
            if how.approximate {
                break;
            }
            let mut left = length;
            for item in self.nodes[0].iter_mut() {
                let stop = match how.bound {
                    Bound::MaxLen(max) => left <= max,
                    Bound::MinId(id) => item.id >= id,
                };
                if stop {
                    break;
                }
                if !item.deleted {
                    item.deleted = true;
                    deleted += 1;
                    left -= 1;
                }
            }
            break;
        }
        deleted
    }
}

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn text(mem: &Arena, bytes: Bytes) -> Vec<u8> {
    let mut text = Vec::new();
    mem.view(bytes).for_chunks(|chunk| text.extend_from_slice(chunk));
    text
}

fn read(mem: &Arena, entry: &Entry) -> (Id, Pairs) {
    let mut fields = entry.fields();
    let mut pairs = Vec::new();
    while let Some((name, value)) = fields.next(mem) {
        pairs.push((text(mem, name), text(mem, value)));
    }
    assert_eq!(pairs.len(), entry.pairs);
    (entry.id, pairs)
}

fn add(mem: &mut Arena, stream: &mut Stream, id: Id, pairs: &Pairs, entries: u64) -> Result<(), Oom> {
    let get = |_: &Arena, i: usize| -> Bytes<'_> {
        let (name, value) = &pairs[i / 2];
        Bytes::Slice(if i.is_multiple_of(2) { name } else { value })
    };
    append(mem, stream, id, pairs.len(), &get, NodeLimits { entries, bytes: 0 })
}

fn random_pairs(state: &mut u64) -> Pairs {
    let value = |state: &mut u64| -> Vec<u8> {
        match next(state) % 12 {
            0..=3 => (next(state) % 100_000).to_string().into_bytes(),
            11 => vec![b'v'; next(state) as usize % 3000],
            10 => vec![b'w'; next(state) as usize % 400],
            _ => format!("value:{}", next(state) % 1000).into_bytes(),
        }
    };
    match next(state) % 20 {
        0 => (0..next(state) % 300 + 1).map(|n| (format!("f{n}").into_bytes(), value(state))).collect(),
        1 => (0..next(state) % 5 + 1).map(|n| (vec![b'n'; n as usize * 300], value(state))).collect(),
        2 => vec![(b"other".to_vec(), value(state))],
        _ => vec![(b"name".to_vec(), value(state)), (b"surname".to_vec(), value(state))],
    }
}

fn check(mem: &Arena, stream: &Stream, model: &Model, state: &mut u64) {
    let live: Vec<(Id, Pairs)> = model.live().into_iter().map(|item| (item.id, item.pairs)).collect();
    assert_eq!(stream.length as usize, live.len());
    assert_eq!(stream.nodes as usize, model.nodes.len());
    let mut from = Id::MIN;
    let mut to = Id::MAX;
    for _ in 0..3 {
        let expected: Vec<_> = live.iter().filter(|(id, _)| *id >= from && *id <= to).cloned().collect();
        let mut walk = range(mem, stream, from, to);
        let mut seen = Vec::new();
        while let Some(entry) = walk.next(mem) {
            seen.push(read(mem, &entry));
        }
        assert!(seen == expected, "{from:?}..{to:?}: {} of {}", seen.len(), expected.len());
        let mut walk = range_back(mem, stream, from, to);
        let mut seen = Vec::new();
        while let Some(entry) = walk.next(mem) {
            seen.push(read(mem, &entry));
        }
        seen.reverse();
        assert!(seen == expected, "back {from:?}..{to:?}: {} of {}", seen.len(), expected.len());
        if live.is_empty() {
            break;
        }
        from = live[next(state) as usize % live.len()].0;
        to = live[next(state) as usize % live.len()].0;
        if next(state).is_multiple_of(2) {
            from = from.next().unwrap_or(from);
            to = to.previous().unwrap_or(to);
        }
    }
    assert_eq!(first_id(mem, stream), live.first().map(|(id, _)| *id));
    assert_eq!(last_id(mem, stream), live.last().map(|(id, _)| *id));
}

#[test]
fn holds_what_a_list_of_nodes_holds() {
    for (seed, node_entries, bias) in [(1u64, 100u64, 30), (2, 7, 45), (3, 3, 48), (4, 1, 40), (5, 1000, 30)] {
        let mut mem = arena(64 << 20);
        let mut state = seed;
        let mut stream = Stream::new();
        let mut model = Model::default();
        let mut closed = false;
        let mut id = Id::new(1_700_000_000_000, 0);
        for step in 0..4_000u64 {
            let live = model.live_ids();
            match next(&mut state) % 100 {
                n if n >= bias || live.is_empty() => {
                    id = match next(&mut state) % 6 {
                        0 => Id::new(id.ms + next(&mut state) % 100_000 + 1, 0),
                        1 => Id::new(id.ms, id.seq + 1 + next(&mut state) % 500),
                        2 => Id::new(id.ms + 1 + next(&mut state) % 10, next(&mut state) % 3),
                        3 => Id::new(id.ms, id.seq + 1),
                        _ => Id::new(id.ms + 1, 0),
                    };
                    let pairs = random_pairs(&mut state);
                    add(&mut mem, &mut stream, id, &pairs, node_entries).unwrap();
                    model.append(Item { id, pairs, deleted: false }, node_entries as usize, closed);
                    closed = false;
                }
                n if n + 2 >= bias => {
                    let at = live[next(&mut state) as usize % live.len()];
                    let how = Trim {
                        bound: if n % 2 == 0 {
                            Bound::MaxLen((live.len() as u64).saturating_sub(next(&mut state) % 20))
                        } else {
                            Bound::MinId(live[next(&mut state) as usize % live.len().min(30)].min(at))
                        },
                        approximate: next(&mut state).is_multiple_of(2),
                        limit: if next(&mut state).is_multiple_of(3) { next(&mut state) % 20 } else { 0 },
                    };
                    let had = model.nodes.len();
                    assert_eq!(trim(&mut mem, &mut stream, &how), model.trim(&how), "{how:?}");
                    closed |= had > 0 && model.nodes.is_empty();
                }
                _ => {
                    let id = live[next(&mut state) as usize % live.len()];
                    let (found, tail) = model.delete(id);
                    assert!(found && delete(&mut mem, &mut stream, id));
                    assert!(!delete(&mut mem, &mut stream, id));
                    closed |= tail;
                }
            }
            if step % 149 == 0 {
                check(&mem, &stream, &model, &mut state);
            }
            if step % 1000 == 999 {
                let (mut at, mut steps) = (stream.compact(&mut mem, 0).unwrap(), 1);
                while at != 0 {
                    at = stream.compact(&mut mem, at).unwrap();
                    steps += 1;
                }
                assert!(steps >= stream.blocks);
                check(&mem, &stream, &model, &mut state);
                let mut copy = stream.copy(&mut mem).unwrap();
                check(&mem, &copy, &model, &mut state);
                assert!(copy.bytes_used(&mem) <= stream.bytes_used(&mem) + 65_536);
                copy.free(&mut mem);
                assert_eq!(stream.bytes_used(&mem), mem.live_bytes());
            }
        }
        check(&mem, &stream, &model, &mut state);
        stream.free(&mut mem);
        assert_eq!(mem.live_bytes(), 0);
    }
}

#[test]
fn ids_at_the_ends_of_their_range() {
    let mut mem = arena(1 << 20);
    let mut stream = Stream::new();
    let mut model = Model::default();
    let pairs = vec![(b"f".to_vec(), b"v".to_vec())];
    for id in [
        Id::new(0, 1),
        Id::new(0, u64::MAX),
        Id::new(1, 0),
        Id::new(1, u64::MAX),
        Id::new(u64::MAX - 1, 7),
        Id::new(u64::MAX, 0),
        Id::MAX,
    ] {
        add(&mut mem, &mut stream, id, &pairs, 100).unwrap();
        model.append(Item { id, pairs: pairs.clone(), deleted: false }, 100, false);
    }
    let mut state = 3;
    check(&mem, &stream, &model, &mut state);
    for id in [Id::new(0, u64::MAX), Id::new(1, 0), Id::new(0, 1), Id::MAX] {
        assert!(delete(&mut mem, &mut stream, id) && model.delete(id).0);
        check(&mem, &stream, &model, &mut state);
    }
    stream.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn a_failed_append_changes_nothing() {
    let mut mem = arena(96 << 10);
    let mut stream = Stream::new();
    let mut model = Model::default();
    let mut state = 11;
    let mut failed = 0;
    for n in 0..400 {
        let id = Id::new(n + 1, 0);
        let pairs = random_pairs(&mut state);
        let before = mem.live_bytes();
        match add(&mut mem, &mut stream, id, &pairs, 10) {
            Ok(()) => model.append(Item { id, pairs, deleted: false }, 10, false),
            Err(Oom) => {
                failed += 1;
                assert!(mem.live_bytes() <= before + block::BLOCK_MAX);
            }
        }
        check(&mem, &stream, &model, &mut state);
    }
    assert!(failed > 20);
    // What only frees works at a full arena.
    let how = Trim { bound: Bound::MaxLen(3), approximate: false, limit: 0 };
    assert_eq!(trim(&mut mem, &mut stream, &how), model.trim(&how));
    check(&mem, &stream, &model, &mut state);
    stream.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn nodes_of_the_radix_tree() {
    // What redis-server 7.0.15 says for node-max-entries 1: see XINFO STREAM.
    let mut mem = arena(1 << 20);
    let mut stream = Stream::new();
    let pairs = vec![(b"f".to_vec(), b"v".to_vec())];
    assert_eq!(radix_nodes(&mem, &stream), 1);
    let cases: [(u64, &[(u64, u64)]); 8] = [
        (4, &[(0, 1), (0, 2)]),
        (
            59,
            &[
                (1700000000001, 0),
                (1700000000002, 1),
                (1700000000002, 63786),
                (1700000000003, 1),
                (1700000000003, 59476),
                (1700000000021, 12177),
                (1700000000045, 0),
                (1700000000063, 0),
                (1700000000072, 0),
                (1700000000099, 1),
                (1700000000104, 53821),
                (1700000000113, 32582),
                (1700000000120, 0),
                (1700000000127, 1),
                (1700000000170, 68997),
                (1700000000217, 56497),
                (1700000000255, 0),
                (1700000000286, 0),
                (1700000004481, 14800),
                (1700000007245, 0),
                (1700000035317, 0),
                (1700000061891, 52917),
                (1700000064313, 1),
                (1700000075022, 0),
                (1700000076311, 0),
            ],
        ),
        (6, &[(1700000000002, 42802), (1700000015490, 1)]),
        (2, &[(61215, 40062)]),
        (18, &[(2, 0), (2, 1), (4, 0), (32003, 0), (47669, 0), (64997, 1), (74351, 0)]),
        (
            54,
            &[
                (1, 1),
                (30, 0),
                (79, 0),
                (81, 1),
                (124, 0),
                (133, 0),
                (176, 0),
                (187, 28108),
                (191, 0),
                (193, 1),
                (277, 1),
                (293, 0),
                (343, 0),
                (12122, 0),
                (17427, 0),
                (21148, 0),
                (38096, 1),
                (40139, 0),
                (56804, 10491),
                (56909, 0),
                (63237, 0),
                (69410, 0),
                (90750, 0),
                (95109, 1),
            ],
        ),
        (
            19,
            &[
                (1700000000209, 40505),
                (1700000000221, 0),
                (1700000029806, 21432),
                (1700000033337, 0),
                (1700000043937, 0),
                (1700000050477, 1),
                (1700000069681, 16242),
            ],
        ),
        (6, &[(1, 1), (295, 0)]),
    ];
    for (nodes, ids) in cases {
        for &(ms, seq) in ids {
            add(&mut mem, &mut stream, Id::new(ms, seq), &pairs, 1).unwrap();
        }
        assert_eq!(radix_nodes(&mem, &stream), nodes);
        stream.free(&mut mem);
        stream = Stream::new();
    }
}

#[test]
fn bytes_an_entry() {
    let mut mem = arena(64 << 20);
    let mut stream = Stream::new();
    let mut state = 5;
    for n in 0..100_000u64 {
        let mut value = || (0..6).map(|_| b'a' + (next(&mut state) % 26) as u8).collect::<Vec<u8>>();
        let pairs = vec![(b"field".to_vec(), value()), (b"other".to_vec(), value())];
        add(&mut mem, &mut stream, Id::new(1_700_000_000_000 + n * 3 / 2, 0), &pairs, 100).unwrap();
    }
    let used = mem.usage().pages_used * crate::limits::PAGE_BYTES;
    let each = used as f64 / 100_000.0;
    println!("{each:.2} bytes an entry of 22");
    assert!(each < 18.0, "{each}");
    stream.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn a_last_id_set_back_before_tombstones() {
    let mut mem = arena(1 << 20);
    let mut stream = Stream::new();
    let pairs = vec![(b"f".to_vec(), b"v".to_vec())];
    for entries in [100, 2, 1] {
        for ms in [1, 2, 3, 4, 5] {
            add(&mut mem, &mut stream, Id::new(ms, 0), &pairs, entries).unwrap();
        }
        for ms in [5, 3, 4] {
            assert!(delete(&mut mem, &mut stream, Id::new(ms, 0)));
        }
        stream.last_id = Id::new(2, 0);
        for ms in [3, 4] {
            add(&mut mem, &mut stream, Id::new(ms, 0), &pairs, entries).unwrap();
        }
        assert_eq!(last_id(&mem, &stream), Some(Id::new(4, 0)));
        let mut walk = range(&mem, &stream, Id::MIN, Id::MAX);
        assert_eq!(std::iter::from_fn(|| walk.next(&mem)).map(|entry| entry.id.ms).collect::<Vec<_>>(), [1, 2, 3, 4]);
        for ms in [1, 2, 3, 4] {
            assert!(delete(&mut mem, &mut stream, Id::new(ms, 0)));
        }
        assert_eq!((stream.length, stream.nodes), (0, 0));
        stream.free(&mut mem);
        stream = Stream::new();
    }
    assert_eq!(mem.live_bytes(), 0);
}
