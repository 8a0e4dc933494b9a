//! MurmurHash64A with Redis's seed, and what it says of an element.

use super::REGISTERS;
use crate::memory::Str;
use crate::memory::bytes::Digits;

const SEED: u64 = 0xadc8_3b19;
const M: u64 = 0xc6a4_a793_5bd1_e995;
const R: u32 = 47;
/// Bits of the hash behind those that choose the register.
const BITS: u32 = 64 - REGISTERS.trailing_zeros();

/// The register of an element, and the length of the run of zeros in the rest of its hash, with the one that ends it.
pub fn place(element: Str) -> (usize, u8) {
    let hash = hash(element);
    let rest = hash >> REGISTERS.trailing_zeros() | 1 << BITS;
    (hash as usize & (REGISTERS - 1), rest.trailing_zeros() as u8 + 1)
}

fn hash(text: Str) -> u64 {
    let mut h = SEED ^ (text.len() as u64).wrapping_mul(M);
    let mut digits = Digits::new();
    match text.contiguous(&mut digits) {
        Some(bytes) => h = finish(mix(h, bytes), bytes),
        None => {
            let mut buffer = [0; 256];
            let mut at = 0;
            loop {
                let n = text.copy_to(at, &mut buffer);
                h = mix(h, &buffer[..n]);
                if n < buffer.len() {
                    h = finish(h, &buffer[..n]);
                    break;
                }
                at += n;
            }
        }
    }
    h ^= h >> R;
    h = h.wrapping_mul(M);
    h ^ h >> R
}

/// Takes in the whole words of `bytes`.
fn mix(mut h: u64, bytes: &[u8]) -> u64 {
    for word in bytes.as_chunks::<8>().0 {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        h = (h ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    h
}

/// Takes in what is behind the last whole word.
fn finish(h: u64, bytes: &[u8]) -> u64 {
    let rest = bytes.as_chunks::<8>().1;
    if rest.is_empty() {
        return h;
    }
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    (h ^ u64::from_le_bytes(word)).wrapping_mul(M)
}
