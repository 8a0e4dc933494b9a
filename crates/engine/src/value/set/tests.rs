//! Sets against a `BTreeSet`, through all forms; and what a member costs.

use super::*;
use crate::value::record::{self, Record};
use draft::Draft;
use std::collections::BTreeSet;

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn create(mem: &mut Arena, keys: &mut Table<Record>, name: &str, form: Form, body: usize) -> Entry {
    let key = Bytes::Slice(name.as_bytes());
    let record = record::create(mem, key, form, body).unwrap();
    let slot = keys.insert(mem, mem.hash(key), record).unwrap();
    Entry::load(mem, slot, record)
}

fn again(mem: &Arena, keys: &Table<Record>, name: &str) -> Entry {
    let key = Bytes::Slice(name.as_bytes());
    let slot = keys.find(mem, mem.hash(key), key).unwrap();
    Entry::load(mem, slot, keys.get(mem, slot))
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

fn members(mem: &Arena, entry: &Entry) -> Vec<Vec<u8>> {
    let mut walk = iter(mem, entry);
    let mut out = Vec::new();
    while let Some(member) = walk.next(mem, entry) {
        out.push(text(mem, member));
    }
    out
}

fn string(state: &mut u64, kinds: u64) -> Vec<u8> {
    let n = next(state) as i64;
    match next(state) % kinds {
        0 => format!("{}", n % 300).into_bytes(),
        1 => format!("{}", n % 300 - 40_000).into_bytes(),
        2 => format!("{}", (n % 300) << 40).into_bytes(),
        3 => format!("m{:0w$}", n % 40, w = (n % 16) as usize).into_bytes(),
        4 => vec![b'a' + (n % 3) as u8; (n % 80) as usize],
        _ => vec![b'r'; crate::limits::ITEM_BYTES_MAX - 1 + (n % 4) as usize * 1500],
    }
}

#[test]
fn holds_what_a_set_holds() {
    let mut mem = arena(64 << 20);
    let mut keys = Table::<Record>::EMPTY;
    let mut state = 17;
    let mut forms = [false; 4];
    for (round, kinds) in [1, 2, 3, 4, 5, 6, 6, 3].into_iter().enumerate() {
        // The greater one lets numbers of eight bytes outgrow the record while they are still "intset".
        let max = if round % 2 == 0 { 700 } else { 200 };
        let name = format!("key{round}");
        let first = string(&mut state, kinds);
        let form = form_for(&mem, Bytes::Slice(&first));
        let mut entry = create(&mut mem, &mut keys, &name, form, 0);
        let mut model = BTreeSet::new();
        add(&mut mem, &mut entry, Bytes::Slice(&first), max).unwrap();
        let mut large = form == Form::SetPacked;
        model.insert(first);
        for n in 0..4000u64 {
            let member = string(&mut state, if n < 50 { kinds.min(3) } else { kinds });
            let bytes = Bytes::Slice(&member);
            assert_eq!(contains(&mem, &entry, bytes), model.contains(&member));
            if next(&mut state).is_multiple_of(4) || n / 500 % 2 == 1 {
                assert_eq!(remove(&mut mem, &mut entry, bytes).unwrap(), model.remove(&member));
            } else {
                assert_eq!(add(&mut mem, &mut entry, bytes, max).unwrap(), model.insert(member.clone()));
                large |= model.len() > max || member.first().is_none_or(|&b| !b.is_ascii_digit() && b != b'-');
            }
            assert_eq!(entry.is_large(&mem), large);
            forms[match entry.form() {
                Form::SetInts => 0,
                Form::SetPacked => 1,
                _ if entry.is_large(&mem) => 2,
                _ => 3,
            }] = true;
            if n % 97 == 0 {
                assert_eq!(len(&mem, &entry), model.len());
                let mut found = members(&mem, &entry);
                if !entry.is_large(&mem) {
                    let numbers: Vec<i64> =
                        found.iter().map(|m| std::str::from_utf8(m).unwrap().parse().unwrap()).collect();
                    assert!(numbers.is_sorted());
                }
                found.sort();
                let expected: Vec<Vec<u8>> = model.iter().cloned().collect();
                assert!(found == expected);
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
                    cursor = scan(&mem, &entry, cursor, |m| scanned.push(text(&mem, m)));
                    if cursor == 0 {
                        break;
                    }
                }
                scanned.sort();
                assert!(scanned == expected);
                if let Some(member) = random(&mem, &entry, || next(&mut state) as u32) {
                    assert!(model.contains(&text(&mem, member)));
                }
                // A draft of the same members, settled under another key.
                let mut draft = Draft::EMPTY;
                for member in &expected {
                    assert!(draft.add(&mut mem, Bytes::Slice(member)).unwrap());
                    assert!(!draft.add(&mut mem, Bytes::Slice(member)).unwrap());
                }
                if !expected.is_empty() {
                    let plan = draft.plan(&mem, max);
                    let other = create(&mut mem, &mut keys, "draft", plan.form, plan.body);
                    draft.settle(&mut mem, &other, plan);
                    let mut settled = members(&mem, &other);
                    settled.sort();
                    assert!(settled == expected);
                    let ints = expected.iter().all(|m| crate::number::parse_i64(m).is_some());
                    assert_eq!(other.is_large(&mem), !ints || expected.len() > max);
                    delete(&mut mem, &mut keys, other);
                    let mut other = create(&mut mem, &mut keys, "copy", Form::SetInts, 0);
                    entry = again(&mem, &keys, &name);
                    copy(&mut mem, &entry, &mut other).unwrap();
                    assert_eq!(other.is_large(&mem), entry.is_large(&mem));
                    let mut copied = members(&mem, &other);
                    copied.sort();
                    assert!(copied == expected);
                    delete(&mut mem, &mut keys, other);
                    entry = again(&mem, &keys, &name);
                }
            }
        }
        delete(&mut mem, &mut keys, entry);
        assert_eq!(mem.live_bytes(), 0);
    }
    assert_eq!(forms, [true; 4]);
}

#[test]
fn numbers_are_sorted() {
    let mut state = 3;
    for len in [0, 1, 2, 3, 10, 224] {
        let mut numbers: Vec<i64> = (0..len).map(|_| next(&mut state) as i64 % 100 - 50).collect();
        let mut expected = numbers.clone();
        expected.sort();
        ints::sort(&mut numbers);
        assert_eq!(numbers, expected);
    }
}

#[test]
fn a_discarded_draft_leaves_nothing() {
    let mut mem = arena(4 << 20);
    let mut draft = Draft::EMPTY;
    let mut state = 1;
    for _ in 0..2000 {
        let member = string(&mut state, 6);
        draft.add(&mut mem, Bytes::Slice(&member)).unwrap();
        if next(&mut state).is_multiple_of(3) {
            draft.remove(&mut mem, Bytes::Slice(&member));
        }
    }
    draft.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn members_cost_what_the_design_says() {
    for (name, must) in [("strings", 14.0), ("numbers", 10.0)] {
        let mut mem = arena(64 << 20);
        let mut keys = Table::<Record>::EMPTY;
        let mut entry = create(&mut mem, &mut keys, "big", Form::SetInts, 0);
        let mut state = 3;
        let mut worst = 0.0f64;
        for n in 1..=200_000 {
            let (payload, member) = if name == "strings" {
                (13.0, (0..13).map(|_| (next(&mut state) % 200 + 50) as u8).collect())
            } else {
                (4.0, format!("{}", next(&mut state) as i32).into_bytes())
            };
            add(&mut mem, &mut entry, Bytes::Slice(&member), 512).unwrap();
            if n >= 50_000 && n % 2500 == 0 {
                let bytes = (mem.usage().pages_high * crate::limits::PAGE_BYTES) as f64;
                worst = worst.max(bytes / n as f64 - payload);
            }
        }
        println!("one big set of {name}, a member: {worst:.2} bytes");
        assert!(worst <= must);
    }
}
