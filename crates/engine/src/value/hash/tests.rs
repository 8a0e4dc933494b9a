//! Hashes against a list of pairs, through all forms; and what a field costs.

use super::*;
use crate::value::record::{self, Record};

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn create(mem: &mut Arena, keys: &mut Table<Record>, name: &str) -> Entry {
    let key = Bytes::Slice(name.as_bytes());
    let record = record::create(mem, key, Form::HashPacked, 0).unwrap();
    let slot = keys.insert(mem, mem.hash(key), record).unwrap();
    Entry::load(mem, slot, record)
}

fn delete(mem: &mut Arena, keys: &mut Table<Record>, entry: Entry) {
    crate::value::release(mem, &entry);
    let hash = mem.hash(entry.key(mem));
    keys.remove(mem, hash, entry.slot);
    record::free(mem, &entry);
}

fn text(mem: &Arena, bytes: Bytes) -> Vec<u8> {
    let mut out = Vec::new();
    mem.view(bytes).for_chunks(|chunk| out.extend_from_slice(chunk));
    out
}

fn pairs(mem: &Arena, entry: &Entry) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut walk = iter(mem, entry);
    let mut out = Vec::new();
    while let Some((field, value)) = walk.next(mem, entry) {
        out.push((text(mem, field), text(mem, value)));
    }
    out
}

/// Strings at the bounds of every form: short, raw and item, numbers, long ones and ropes.
fn string(state: &mut u64, kinds: u64) -> Vec<u8> {
    let n = next(state);
    if kinds == 0 {
        // All of one length, but for a few.
        return if n % 1000 == 7 { b"other".to_vec() } else { format!("x{:02}", n % 60).into_bytes() };
    }
    match next(state) % kinds {
        0 => format!("{}", n % 40).into_bytes(),
        1 => format!("{}", n as i64 - (1 << 30)).into_bytes(),
        2 => format!("f{:0w$}", n % 40, w = (n % 16) as usize).into_bytes(),
        3 => vec![b'a' + (n % 3) as u8; (n % 80) as usize],
        4 => vec![b'v'; ITEM_BYTES_MAX - 1 + (n % 3) as usize],
        _ => vec![b'r'; 5000 + (n % 3) as usize],
    }
}

#[test]
fn holds_what_a_list_of_pairs_holds() {
    let mut mem = arena(64 << 20);
    let mut keys = Table::<Record>::EMPTY;
    let mut state = 11;
    let mut ordered = false;
    let mut uniform = [0, 0];
    for (round, kinds) in [(0, 3), (1, 4), (2, 6), (3, 2), (4, 6), (5, 1), (7, 0)] {
        let mut entry = create(&mut mem, &mut keys, &format!("key{round}"));
        let mut model: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut large = false;
        for n in 0..4000u64 {
            let (field, value) = (string(&mut state, kinds), string(&mut state, kinds));
            let (key, val) = (Bytes::Slice(&field), Bytes::Slice(&value));
            let at = model.iter().position(|(f, _)| *f == field);
            let grow = n / 500 % 2 == 0;
            if next(&mut state).is_multiple_of(4) || !grow {
                assert_eq!(remove(&mut mem, &mut entry, key).unwrap(), at.is_some());
                if let Some(at) = at {
                    model.remove(at);
                }
            } else {
                match (set(&mut mem, &mut entry, key, val).unwrap(), at) {
                    (Outcome::Updated, Some(at)) => model[at].1 = value.clone(),
                    (Outcome::Added { len }, None) => {
                        model.push((field.clone(), value.clone()));
                        assert_eq!(len, model.len());
                    }
                    other => panic!("{other:?}"),
                }
                assert_eq!(get(&mem, &entry, key).map(|v| text(&mem, v)), Some(value));
            }
            if is_packed(&entry) {
                uniform[usize::from(pair::uniform(entry.body(&mem)).is_some())] += 1;
            }
            large |= entry.form() == Form::HashTable;
            // Some hashes lose their name and with it their order on the way.
            if round % 2 == 0 && n == 2000 {
                entry.set_large(&mut mem, true);
            }
            assert!(large || entry.body_len() <= PACKED_BYTES_MAX);
            if n % 97 == 0 {
                assert_eq!(len(&mem, &entry), model.len());
                let mut found = pairs(&mem, &entry);
                let mut expected = model.clone();
                if entry.form() == Form::HashTable && number_bytes(&entry) == 0 {
                    found.sort();
                    expected.sort();
                }
                assert!(found == expected);
                ordered |= entry.form() == Form::HashTable && number_bytes(&entry) > 0;
                let mut step = 0;
                loop {
                    step = compact(&mut mem, &entry, step).unwrap();
                    if step == 0 {
                        break;
                    }
                }
                let mut scanned = Vec::new();
                let mut cursor = 0;
                loop {
                    cursor = scan(&mem, &entry, cursor, |f, v| scanned.push((text(&mem, f), text(&mem, v))));
                    if cursor == 0 {
                        break;
                    }
                }
                scanned.sort();
                expected.sort();
                assert!(scanned == expected);
                if let Some((field, value)) = random(&mem, &entry, || next(&mut state) as u32) {
                    assert!(model.contains(&(text(&mem, field), text(&mem, value))));
                }
                let mut copied = create(&mut mem, &mut keys, "copy");
                // Inserting a key may move slots.
                let key = format!("key{round}");
                let key = Bytes::Slice(key.as_bytes());
                let slot = keys.find(&mem, mem.hash(key), key).unwrap();
                entry = Entry::load(&mem, slot, keys.get(&mem, slot));
                let before = mem.live_bytes();
                copy(&mut mem, &entry, &mut copied).unwrap();
                assert_eq!(len(&mem, &copied), model.len());
                let grown = mem.live_bytes() - before;
                let record = Arena::block_bytes(copied.record_bytes()) - Arena::block_bytes(10);
                assert_eq!(grown, bytes_used(&mem, &copied) + record);
                delete(&mut mem, &mut keys, copied);
                let slot = keys.find(&mem, mem.hash(key), key).unwrap();
                entry = Entry::load(&mem, slot, keys.get(&mem, slot));
            }
        }
        delete(&mut mem, &mut keys, entry);
        assert_eq!(mem.live_bytes(), 0);
    }
    assert!(ordered);
    assert!(uniform.iter().all(|&times| times > 200), "{uniform:?}");
}

#[test]
fn fields_cost_what_the_design_says() {
    let mut mem = arena(256 << 20);
    let mut keys = Table::<Record>::EMPTY;
    let mut state = 3;
    let mut bytes = |n: usize| -> Vec<u8> { (0..n).map(|_| (next(&mut state) % 200 + 50) as u8).collect() };
    // Hashes of 8 fields, 5 and 5 bytes, under keys of 13 bytes.
    let count = 50_000;
    for n in 0..count {
        let mut entry = create(&mut mem, &mut keys, &format!("key:{n:09}"));
        for _ in 0..8 {
            let (field, value) = (bytes(5), bytes(5));
            set(&mut mem, &mut entry, Bytes::Slice(&field), Bytes::Slice(&value)).unwrap();
        }
    }
    let packed = (mem.usage().pages_high * crate::limits::PAGE_BYTES) as f64 / (count * 8) as f64 - 10.0;
    println!("hash of 8, a field: {packed:.2} bytes");
    // A device's pages have a coarser choice of block sizes.
    assert!(packed <= if cfg!(feature = "device") { 5.5 } else { 4.5 });
    let mut mem = arena(256 << 20);
    let mut keys = Table::<Record>::EMPTY;
    let mut entry = create(&mut mem, &mut keys, "big");
    let mut worst = 0.0f64;
    for n in 1..=200_000 {
        let (field, value) = (bytes(10), bytes(10));
        set(&mut mem, &mut entry, Bytes::Slice(&field), Bytes::Slice(&value)).unwrap();
        if n >= 50_000 && n % 2500 == 0 {
            worst = worst.max((mem.usage().pages_high * crate::limits::PAGE_BYTES) as f64 / n as f64 - 20.0);
        }
    }
    println!("one big hash, a field: {worst:.2} bytes");
    assert!(worst <= 16.0);
}
