//! The rope against a `Vec<u8>`.

use super::*;

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn contents(rope: &Rope, mem: &Arena) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < rope.len() {
        all.extend_from_slice(rope.chunk(mem, all.len()));
    }
    all
}

#[test]
fn resizes_and_writes_as_a_vec_does() {
    let mut mem = arena(64 << 20);
    let mut state = 11;
    let mut rope = Rope::EMPTY;
    let mut model: Vec<u8> = Vec::new();
    let top = FANOUT * PAGE_BYTES * 2;
    for step in 0..3000 {
        match next(&mut state) % 8 {
            0 => {
                let len = next(&mut state) as usize % top;
                rope.resize(&mut mem, len).unwrap();
                model.resize(len, 0);
            }
            1 | 2 => {
                let len = next(&mut state) as usize % (3 * PAGE_BYTES);
                rope.resize(&mut mem, len).unwrap();
                model.resize(len, 0);
            }
            3 | 4 => {
                let add: Vec<u8> = (0..next(&mut state) % 9000).map(|i| (i ^ step) as u8).collect();
                if model.len() + add.len() < top {
                    rope.append(&mut mem, Bytes::Slice(&add)).unwrap();
                    model.extend_from_slice(&add);
                }
            }
            _ if !model.is_empty() => {
                let at = next(&mut state) as usize % model.len();
                let n = (next(&mut state) as usize % 6000).min(model.len() - at);
                let fill = vec![next(&mut state) as u8; n];
                rope.write(&mut mem, at, Bytes::Slice(&fill), 0, n).unwrap();
                model[at..at + n].copy_from_slice(&fill);
            }
            _ => {}
        }
        assert_eq!(rope.len(), model.len());
        if step % 50 == 0 {
            rope.compact(&mut mem).unwrap();
            assert!(contents(&rope, &mem) == model, "step {step}");
        }
    }
    rope.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}

#[test]
fn a_far_byte_costs_indexes_only() {
    let mut mem = arena(1 << 20);
    let mut rope = Rope::EMPTY;
    let far = FANOUT * PAGE_BYTES * 3;
    rope.resize(&mut mem, far).unwrap();
    rope.write(&mut mem, far - 1, Bytes::Slice(b"x"), 0, 1).unwrap();
    assert_eq!(rope.chunk(&mem, far - 1), b"x");
    assert_eq!(rope.chunk(&mem, 0)[0], 0);
    assert!(mem.live_bytes() <= 4 * PAGE_BYTES);
    rope.free(&mut mem);
    assert_eq!(mem.live_bytes(), 0);
}
