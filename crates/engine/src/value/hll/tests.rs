//! HyperLogLogs against bytes and counts that redis-server 7.0.15 made of the same elements.

use super::*;
use crate::value::record::{self, Form, Record};
use crate::value::table::Table;

fn arena() -> Arena {
    Arena::new(Box::leak(vec![0u8; 1 << 20].into_boxed_slice()), [1, 2])
}

/// Keys as a database holds them.
struct Keys(Table<Record>);

impl Keys {
    fn create(&mut self, mem: &mut Arena, key: &[u8]) -> Entry {
        let record = record::create(mem, Bytes::Slice(key), Form::StringInline, EMPTY.len()).unwrap();
        let slot = self.0.insert(mem, mem.hash_slice(key), record).unwrap();
        let entry = Entry::load(mem, slot, record);
        entry.body_mut(mem).copy_from_slice(&EMPTY);
        entry
    }

    fn free(mut self, mem: &mut Arena) {
        while let Some(walk) = self.0.first(mem) {
            let entry = Entry::load(mem, walk.slot, self.0.get(mem, walk.slot));
            crate::value::release(mem, &entry);
            let hash = mem.hash(entry.key(mem));
            record::free(mem, &entry);
            self.0.remove(mem, hash, walk.slot);
        }
        assert_eq!(mem.live_bytes(), 0);
    }
}

fn bytes(mem: &Arena, entry: &Entry) -> Vec<u8> {
    let mut all = Vec::new();
    mem.view(string::read(mem, entry)).for_chunks(|chunk| all.extend_from_slice(chunk));
    all
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf29ce484222325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100000001b3))
}

#[test]
fn bytes_and_counts_are_those_of_redis() {
    for (n, len, fresh, count, counted) in [
        (1, 21, 0x5db2e01c33707b73, 1, 0xee0dc2daee4050ac),
        (10, 48, 0x77f1dfb6ec0d7ad9, 10, 0x911d310964ebaba7),
        (100, 285, 0x67b325af879902d0, 99, 0x33e4e4e6be9ec79),
        (500, 1050, 0x78db67250c4fc8c0, 502, 0xc9dc690d7dab3bbd),
        (1500, 2722, 0xf838071971f93338, 1500, 0xac1c3b14462300f7),
        (5000, 12304, 0x71b59976ab1aa332, 5005, 0x34cb6bb2d0f2df6a),
        (100000, 12304, 0x8c615f2c02122d45, 100039, 0xf9c01647cea59fdd),
    ] {
        let (mut mem, mut keys) = (arena(), Keys(Table::EMPTY));
        let mut entry = keys.create(&mut mem, b"k");
        for i in 0..n {
            let element = format!("element:{i}");
            add(&mut mem, &mut entry, Bytes::Slice(element.as_bytes()), 3000).unwrap();
        }
        let all = bytes(&mem, &entry);
        assert_eq!((all.len(), fnv(&all)), (len, fresh), "{n}");
        assert_eq!(cached(&mem, &entry), None);
        let estimate = histogram(&mem, &entry).unwrap().cardinality();
        assert_eq!(estimate, count);
        set_cached(&mut mem, &mut entry, estimate).unwrap();
        assert_eq!(fnv(&bytes(&mem, &entry)), counted);
        assert_eq!(cached(&mem, &entry), Some(count));

        let mut dense = keys.create(&mut mem, b"dense");
        let mut united = Union::new(&mut mem).unwrap();
        united.add(&mut mem, &entry).unwrap();
        assert_eq!(united.histogram(&mem).cardinality(), count);
        make_dense(&mut mem, &mut dense).unwrap();
        for i in 0..REGISTERS {
            let count = united.get(&mem, i);
            if count > 0 {
                raise(&mut mem, &mut dense, i, count, 3000).unwrap();
            }
            assert_eq!(register(&mem, &dense, i), count);
        }
        assert_eq!(histogram(&mem, &dense).unwrap().cardinality(), count);
        united.free(&mut mem);
        keys.free(&mut mem);
    }
}

#[test]
fn an_element_in_several_blocks() {
    let (mut mem, mut keys) = (arena(), Keys(Table::EMPTY));
    let mut entry = keys.create(&mut mem, b"k");
    let mut long = Rope::create(&mut mem, Bytes::Slice(&[b'x'; 5000])).unwrap();
    add(&mut mem, &mut entry, Bytes::Rope(long), 3000).unwrap();
    long.free(&mut mem);
    assert_eq!(bytes(&mem, &entry)[16..], [0x75, 0xD3, 0x80, 0x4A, 0x2A]);
}

#[test]
fn sparse_values_longer_than_a_page() {
    let (mut mem, mut keys) = (arena(), Keys(Table::EMPTY));
    let mut entry = keys.create(&mut mem, b"k");
    let mut model = vec![0u8; REGISTERS];
    let mut state = 7u64;
    for _ in 0..20_000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let index = (state >> 40) as usize % REGISTERS;
        let count = (state >> 33) as u8 % 32 + 1;
        let changed = raise(&mut mem, &mut entry, index, count, 100_000).unwrap();
        assert_eq!(changed, model[index] < count);
        model[index] = model[index].max(count);
    }
    assert_eq!(encoding(&mem, &entry), Some(Encoding::Sparse));
    assert!(string::len(&mem, &entry) > 2 * crate::limits::PAGE_BYTES);
    let before = histogram(&mem, &entry).unwrap().cardinality();
    make_dense(&mut mem, &mut entry).unwrap();
    for (i, &count) in model.iter().enumerate() {
        assert_eq!(register(&mem, &entry, i), count);
    }
    assert_eq!(histogram(&mem, &entry).unwrap().cardinality(), before);
}

#[test]
fn damaged_values_are_refused() {
    let (mut mem, mut keys) = (arena(), Keys(Table::EMPTY));
    let mut entry = keys.create(&mut mem, b"k");
    string::append(&mut mem, &mut entry, Bytes::Slice(b"hello")).unwrap();
    assert!(matches!(histogram(&mem, &entry), Err(Refused::Corrupted)));
    assert_eq!(make_dense(&mut mem, &mut entry), Err(Refused::Corrupted));
    string::set(&mut mem, &mut entry, string::Source::Copy(Bytes::Slice(&EMPTY[..16]))).unwrap();
    assert_eq!(add(&mut mem, &mut entry, Bytes::Slice(b"x"), 3000), Err(Refused::Corrupted));
    for text in [&EMPTY[..15], b"HYLL\x00aaaaaaaaaaaaaaa", b"HYLL\x02aaaaaaaaaaaaaaa", b"HELL\x01aaaaaaaaaaaaaaa"] {
        string::set(&mut mem, &mut entry, string::Source::Copy(Bytes::Slice(text))).unwrap();
        assert_eq!(encoding(&mem, &entry), None);
    }
}
