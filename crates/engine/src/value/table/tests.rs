//! The table against `HashMap`, through growth, shrinking, scans and compaction.

use super::*;
use crate::value::item::{self, Item};
use std::collections::{HashMap, HashSet};

struct Member;

impl Element for Member {
    const EXTRA: usize = 4;
    const IMMEDIATE: bool = true;
    fn key(mem: &Arena, element: Ref) -> Bytes<'static> {
        item::read(mem, element, 0).0
    }
}

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn add(table: &mut Table<Member>, mem: &mut Arena, text: &str) {
    let key = Bytes::Slice(text.as_bytes());
    let hash = mem.hash(key);
    if let Some(number) = mem.view(key).to_i64().and_then(|n| i32::try_from(n).ok()) {
        table.insert_immediate(mem, hash, number).unwrap();
        return;
    }
    let item = Item::prepare(mem, key).unwrap();
    let element = mem.alloc(item.len()).unwrap();
    item.write(mem, element, 0);
    table.insert(mem, hash, element).unwrap();
}

fn find(table: &Table<Member>, mem: &Arena, text: &str) -> Option<Slot> {
    table.find(mem, mem.hash(Bytes::Slice(text.as_bytes())), Bytes::Slice(text.as_bytes()))
}

fn remove(table: &mut Table<Member>, mem: &mut Arena, text: &str) {
    let slot = find(table, mem, text).unwrap();
    if table.immediate(mem, slot).is_none() {
        let element = table.get(mem, slot);
        let len = item::release(mem, element, 0);
        mem.free(element, len);
    }
    let hash = mem.hash(Bytes::Slice(text.as_bytes()));
    table.remove(mem, hash, slot);
}

fn text(n: u64) -> String {
    if n.is_multiple_of(2) { format!("{n}") } else { format!("member:{n}") }
}

#[test]
fn holds_what_a_hash_map_holds() {
    let mut mem = arena(32 << 20);
    let mut table = Table::<Member>::EMPTY;
    let mut model: HashMap<String, ()> = HashMap::new();
    let mut state = 5;
    for phase in 0..6 {
        for _ in 0..40_000 {
            let key = text(next(&mut state) % 60_000);
            let grow = phase % 2 == 0;
            if find(&table, &mem, &key).is_some() {
                assert!(model.contains_key(&key), "{key}");
                if !grow || next(&mut state).is_multiple_of(4) {
                    remove(&mut table, &mut mem, &key);
                    model.remove(&key);
                }
            } else {
                assert!(!model.contains_key(&key), "{key}");
                if grow || next(&mut state).is_multiple_of(4) {
                    add(&mut table, &mut mem, &key);
                    model.insert(key, ());
                }
            }
            assert_eq!(table.len(), model.len());
        }
        for number in 0..table.buckets {
            table.compact_bucket(&mut mem, number).unwrap();
        }
        let mut walked = HashSet::new();
        let mut walk = table.first(&mem);
        while let Some(at) = walk {
            let mut text = Vec::new();
            mem.view(table.key(&mem, at.slot)).for_chunks(|c| text.extend_from_slice(c));
            assert!(walked.insert(String::from_utf8(text).unwrap()));
            walk = table.next(&mem, at);
        }
        assert!(walked.iter().all(|key| model.contains_key(key)) && walked.len() == model.len());
    }
    for key in model.keys() {
        remove(&mut table, &mut mem, key);
    }
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn a_scan_sees_all_that_stays_through_growth_and_shrinking() {
    let mut mem = arena(32 << 20);
    for direction in 0..2 {
        let mut table = Table::<Member>::EMPTY;
        let stay: Vec<String> = (0..3000).map(|n| format!("stay:{n}")).collect();
        for key in &stay {
            add(&mut table, &mut mem, key);
        }
        let extra: Vec<String> = (0..20_000).map(|n| format!("extra:{n}")).collect();
        if direction == 1 {
            extra.iter().for_each(|key| add(&mut table, &mut mem, key));
        }
        let mut seen = HashSet::new();
        let mut cursor = 0;
        let mut at = 0;
        loop {
            cursor = table.scan(&mem, cursor, &mut |slot| {
                let mut text = Vec::new();
                mem.view(table.key(&mem, slot)).for_chunks(|c| text.extend_from_slice(c));
                seen.insert(String::from_utf8(text).unwrap());
            });
            if cursor == 0 {
                break;
            }
            for key in extra.iter().skip(at).take(150) {
                if direction == 0 {
                    add(&mut table, &mut mem, key);
                } else {
                    remove(&mut table, &mut mem, key);
                }
            }
            at += 150;
        }
        assert!(stay.iter().all(|key| seen.contains(key)));
    }
}

#[test]
fn random_slots_are_near_equal() {
    let mut mem = arena(4 << 20);
    let mut table = Table::<Member>::EMPTY;
    for n in 0..100 {
        add(&mut table, &mut mem, &format!("{n}"));
    }
    let mut state = 9;
    let mut counts = [0u32; 100];
    for _ in 0..100_000 {
        let slot = table.random(&mem, || (next(&mut state) as u32) ^ (next(&mut state) << 16) as u32).unwrap();
        counts[table.immediate(&mem, slot).unwrap() as usize] += 1;
    }
    assert!(counts.iter().all(|&n| (700..1300).contains(&n)), "{counts:?}");
}

#[test]
fn ten_thousand_equal_hashes_chain() {
    let mut mem = arena(4 << 20);
    let mut table = Table::<Member>::EMPTY;
    let mut elements = Vec::new();
    for n in 0..10_000 {
        let item = Item::prepare(&mut mem, Bytes::Slice(b"x")).unwrap();
        let element = mem.alloc(item.len()).unwrap();
        item.write(&mut mem, element, 0);
        table.insert(&mut mem, 0xABCD, element).unwrap();
        elements.push(element);
        assert_eq!(table.len(), n + 1);
    }
    let mut seen = 0;
    let mut cursor = 0;
    loop {
        cursor = table.scan(&mem, cursor, &mut |_| seen += 1);
        if cursor == 0 {
            break;
        }
    }
    assert!(seen >= 10_000);
}
