use super::*;
use crate::value::record::{self, Record};
use crate::value::table::Table;

fn arena(bytes: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; bytes].into_boxed_slice()), [1, 2])
}

struct Held {
    table: Table<Record>,
    hash: u64,
    entry: Entry,
}

fn create(mem: &mut Arena, bytes: &[u8]) -> Held {
    let (form, body) = shape(bytes.len());
    let record = record::create(mem, Bytes::Slice(b"key"), form, body).unwrap();
    let hash = mem.hash_slice(b"key");
    let mut table = Table::EMPTY;
    let slot = table.insert(mem, hash, record).unwrap();
    let mut entry = Entry::load(mem, slot, record);
    fill(mem, &mut entry, Source::Copy(Bytes::Slice(bytes))).unwrap();
    Held { table, hash, entry }
}

fn free(mem: &mut Arena, mut held: Held) {
    crate::value::release(mem, &held.entry);
    record::free(mem, &held.entry);
    held.table.remove(mem, held.hash, held.entry.slot);
    assert_eq!(mem.live_bytes(), 0);
}

fn text(mem: &Arena, entry: &Entry) -> Vec<u8> {
    let view = mem.view(read(mem, entry));
    let mut out = vec![0; view.len()];
    assert_eq!(view.copy_to(0, &mut out), out.len());
    out
}

#[test]
fn random_changes_are_those_of_a_vector() {
    let mut random = fastrand_like(7);
    for round in 0..60 {
        let mut mem = arena(4 << 20);
        let mut model: Vec<u8> = (0..random(3000)).map(|i| i as u8).collect();
        let mut held = create(&mut mem, &model);
        for _ in 0..100 {
            let entry = &mut held.entry;
            let size = if random(3) == 0 { random(20_000) } else { random(1200) };
            let piece: Vec<u8> = (0..size).map(|_| random(256) as u8).collect();
            match random(6) {
                0 => {
                    set(&mut mem, entry, Source::Copy(Bytes::Slice(&piece))).unwrap();
                    model = piece;
                }
                1 => {
                    append(&mut mem, entry, Bytes::Slice(&piece)).unwrap();
                    model.extend_from_slice(&piece);
                }
                2 => {
                    let reach = if random(4) == 0 { 60_000 } else { 1500 };
                    let offset = random(reach);
                    write_at(&mut mem, entry, offset, Bytes::Slice(&piece)).unwrap();
                    model.resize(model.len().max(offset + piece.len()), 0);
                    model[offset..offset + piece.len()].copy_from_slice(&piece);
                }
                3 => {
                    let len = random(30_000);
                    resize(&mut mem, entry, len).unwrap();
                    model.resize(len, 0);
                }
                4 if !model.is_empty() => {
                    let offset = random(model.len());
                    chunk_mut(&mut mem, entry, offset).unwrap()[0] ^= 0x5A;
                    model[offset] ^= 0x5A;
                }
                _ => {
                    let mut rope = Rope::create(&mut mem, Bytes::Slice(&piece)).unwrap();
                    if piece.len() > STRING_INLINE_BYTES_MAX {
                        set_rope(&mut mem, entry, rope).unwrap();
                        model = piece;
                    } else {
                        rope.free(&mut mem);
                    }
                }
            }
            compact(&mut mem, entry).unwrap();
            assert_eq!(len(&mem, entry), model.len());
            assert!(text(&mem, entry) == model, "round {round}");
        }
        free(&mut mem, held);
    }
}

/// A small generator: numbers below a bound.
fn fastrand_like(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |bound| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) as usize) % bound.max(1)
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let mut mem = arena(40 * (PAGE_BYTES + 16));
    let mut held = create(&mut mem, b"short");
    let before = mem.live_bytes();
    let long = vec![b'x'; 60 * PAGE_BYTES];
    assert!(set(&mut mem, &mut held.entry, Source::Copy(Bytes::Slice(&long))).is_err());
    assert_eq!(mem.live_bytes(), before);
    assert!(append(&mut mem, &mut held.entry, Bytes::Slice(&long)).is_err());
    assert!(text(&mem, &held.entry) == b"short");
    append(&mut mem, &mut held.entry, Bytes::Slice(&long[..10 * PAGE_BYTES])).unwrap();
    assert!(append(&mut mem, &mut held.entry, Bytes::Slice(&long)).is_err());
    assert_eq!(len(&mem, &held.entry), 5 + 10 * PAGE_BYTES);
    free(&mut mem, held);
}

#[test]
fn a_far_bit_takes_little_memory() {
    let mut mem = arena(1 << 20);
    let mut held = create(&mut mem, b"");
    let far = crate::limits::PAGE_BYTES << 14;
    resize(&mut mem, &mut held.entry, far).unwrap();
    chunk_mut(&mut mem, &held.entry, far - 1).unwrap()[0] = 1;
    assert!(bytes_used(&mem, &held.entry) < 100_000);
    free(&mut mem, held);
}

#[test]
fn encodings_are_those_of_redis() {
    let mut mem = arena(1 << 20);
    let mut held = create(&mut mem, b"12");
    let entry = &mut held.entry;
    assert_eq!(encoding(&mem, entry), "int");
    for (value, name) in [
        (&b"012"[..], "embstr"),
        (b"-9223372036854775808", "int"),
        (b"9223372036854775808", "embstr"),
        (&[b'x'; 44], "embstr"),
        (&[b'x'; 45], "raw"),
        (&[b'x'; 5000], "raw"),
        (b"", "embstr"),
    ] {
        set(&mut mem, entry, Source::Copy(Bytes::Slice(value))).unwrap();
        assert_eq!(encoding(&mem, entry), name);
    }
    entry.set_large(&mut mem, true);
    assert_eq!(encoding(&mem, entry), "raw");
    free(&mut mem, held);
}
