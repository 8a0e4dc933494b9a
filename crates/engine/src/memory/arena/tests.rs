//! The arena against a plain list of what was stored.

use super::*;

fn arena(len: usize) -> Arena {
    Arena::new(Box::leak(vec![0u8; len].into_boxed_slice()), [1, 2])
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

#[test]
fn classes_waste_nothing_of_a_page() {
    for (class, &size) in CLASS_BYTES.iter().enumerate() {
        let per_page = PAGE_BYTES / size as usize;
        assert!(PAGE_BYTES - per_page * (size as usize) < GRANULE * per_page, "class {class} of {size}");
    }
    for len in 1..=PAGE_BYTES {
        assert!(Arena::block_bytes(len) >= len);
    }
}

#[test]
fn random_blocks_keep_their_bytes_and_all_pages_come_back() {
    let mut mem = arena(1 << 20);
    let mut live: Vec<(Ref, usize, u8)> = Vec::new();
    let mut state = 7;
    for round in 0..50_000u32 {
        if next(&mut state) % 5 < 3 {
            let len = 1 + (next(&mut state) as usize % if round % 7 == 0 { PAGE_BYTES } else { 200 });
            if let Ok(block) = mem.alloc(len) {
                let fill = next(&mut state) as u8;
                mem.get_mut(block, len).fill(fill);
                live.push((block, len, fill));
            }
        } else if !live.is_empty() {
            let (block, len, fill) = live.swap_remove(next(&mut state) as usize % live.len());
            assert!(mem.get(block, len).iter().all(|&b| b == fill));
            mem.free(block, len);
        }
    }
    for (block, len, fill) in live {
        assert!(mem.get(block, len).iter().all(|&b| b == fill));
        mem.free(block, len);
    }
    assert_eq!(mem.live_bytes(), 0);
    assert_eq!(mem.usage().pages_used, 0);
}

#[test]
fn moving_the_blocks_of_sparse_pages_empties_them() {
    let mut mem = arena(1 << 20);
    let mut live: Vec<Ref> = (0..5000).map(|_| mem.alloc(100).unwrap()).collect();
    let mut state = 3;
    live.retain(|&block| {
        let keep = next(&mut state).is_multiple_of(10);
        if !keep {
            mem.free(block, 100);
        }
        keep
    });
    for _ in 0..8 {
        for block in &mut live {
            if mem.wants_move(*block, 100) {
                *block = mem.relocate(*block, 100).unwrap();
            }
        }
    }
    let needed = (live.len() * Arena::block_bytes(100)).div_ceil(PAGE_BYTES);
    assert!(mem.usage().pages_used <= needed + 2, "{:?} for {needed}", mem.usage());
}

#[test]
fn a_full_arena_refuses_and_recovers() {
    let mut mem = arena(128 * 1024);
    let mut live = Vec::new();
    while let Ok(block) = mem.alloc(64) {
        live.push(block);
    }
    assert_eq!(mem.alloc(64), Err(Oom));
    assert_eq!(mem.reserve(1, 8), Err(Oom));
    let block = live.pop().unwrap();
    mem.free(block, 64);
    assert!(mem.alloc(64).is_ok());
}

#[test]
fn rare_sizes_share_pages_and_go_home() {
    let mut mem = arena(1 << 20);
    let lens: Vec<usize> = (0..12).map(|n| 100 + n * 4).collect();
    // From the largest on, so that each finds the pages of those above it.
    let mut live: Vec<(Ref, usize)> = lens.iter().rev().map(|&len| (mem.alloc(len).unwrap(), len)).collect();
    assert!(mem.usage().pages_used <= 2, "{:?}", mem.usage());
    for &(block, len) in &live {
        mem.get_mut(block, len).fill(len as u8);
    }
    assert_eq!(mem.live_bytes(), lens.iter().map(|&len| Arena::block_bytes(len)).sum());
    // The smallest becomes frequent: it has pages of its own, and what lies elsewhere moves there.
    let many: Vec<Ref> = (0..4 * PAGE_BYTES / 100).map(|_| mem.alloc(100).unwrap()).collect();
    for (block, len) in &mut live {
        if mem.wants_move(*block, *len) {
            *block = mem.relocate(*block, *len).unwrap();
        }
        assert!(mem.get(*block, *len).iter().all(|&byte| byte == *len as u8));
    }
    let (block, len) = live[lens.len() - 1];
    assert!(!mem.wants_move(block, len));
    many.into_iter().for_each(|block| mem.free(block, 100));
    live.into_iter().for_each(|(block, len)| mem.free(block, len));
    assert_eq!((mem.live_bytes(), mem.usage().pages_used), (0, 0));
}
