//! Glob patterns as Redis's stringmatchlen reads them: KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET and their kin.
//!
//! Only the last star passed is ever widened (what an earlier one could reach by growing, the later one reaches too), so
//! matching takes no recursion and at most pattern times text steps. Redis's oddities are kept: a star does not match the
//! empty text, ranges compare signed bytes, an unclosed class ends with the pattern, more than 1000 stars match nothing.

use crate::memory::{Arena, Bytes, bytes::Digits};

/// Stars before the last that Redis follows (its limit of recursion).
const STARS_MAX: u32 = 1000;

/// Whether `pattern` matches the whole of `text`; with `nocase`, ASCII letters match in either case.
pub fn matches(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    run(|i| pattern.get(i).copied().unwrap_or(0), pattern.len(), |i| text[i], text.len(), nocase)
}

/// [`matches`] for byte strings of the arena.
pub fn matches_bytes(mem: &Arena, pattern: Bytes, text: Bytes, nocase: bool) -> bool {
    let (pattern, text) = (mem.view(pattern), mem.view(text));
    let (mut pattern_digits, mut text_digits) = (Digits::new(), Digits::new());
    match (pattern.contiguous(&mut pattern_digits), text.contiguous(&mut text_digits)) {
        (Some(pattern), Some(text)) => matches(pattern, text, nocase),
        // Longer than a block: read byte by byte.
        _ => run(|i| pattern.byte(i).unwrap_or(0), pattern.len(), |i| text.byte(i).unwrap_or(0), text.len(), nocase),
    }
}

/// `pattern(i)` is 0 at the pattern's end, as in C.
fn run(
    pattern: impl Fn(usize) -> u8,
    pattern_len: usize,
    text: impl Fn(usize) -> u8,
    text_len: usize,
    nocase: bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last star: where the pattern goes on, and where in the text it was last tried.
    let mut star: Option<(usize, usize)> = None;
    let mut stars = 0;
    loop {
        let matched = if p < pattern_len && t < text_len {
            match pattern(p) {
                b'*' => {
                    while p < pattern_len && pattern(p + 1) == b'*' {
                        p += 1;
                    }
                    if p + 1 >= pattern_len {
                        return true;
                    }
                    stars += 1;
                    if stars > STARS_MAX {
                        return false;
                    }
                    p += 1;
                    star = Some((p, t));
                    continue;
                }
                b'?' => {
                    p += 1;
                    true
                }
                b'[' => {
                    let (matched, end) = class(&pattern, pattern_len, p + 1, text(t), nocase);
                    p = end;
                    matched
                }
                mut literal => {
                    if literal == b'\\' && p + 1 < pattern_len {
                        p += 1;
                        literal = pattern(p);
                    }
                    p += 1;
                    fold(literal, nocase) == fold(text(t), nocase)
                }
            }
        } else {
            return p >= pattern_len && t >= text_len;
        };
        if matched {
            t += 1;
            if t < text_len && p < pattern_len {
                continue;
            }
            if t == text_len {
                while p < pattern_len && pattern(p) == b'*' {
                    p += 1;
                }
                if p >= pattern_len {
                    return true;
                }
            }
        }
        match star {
            Some((after, tried)) if tried + 1 < text_len => {
                star = Some((after, tried + 1));
                (p, t) = (after, tried + 1);
            }
            _ => return false,
        }
    }
}

/// A class whose content starts at `at`: whether it has `byte`, and where the pattern goes on.
fn class(pattern: &impl Fn(usize) -> u8, len: usize, mut at: usize, byte: u8, nocase: bool) -> (bool, usize) {
    let negated = pattern(at) == b'^' && at < len;
    if negated {
        at += 1;
    }
    let mut matched = false;
    loop {
        let first = pattern(at);
        if first == b'\\' && at + 1 < len {
            at += 1;
            matched |= pattern(at) == byte;
        } else if at >= len {
            return (matched != negated, len);
        } else if first == b']' {
            return (matched != negated, at + 1);
        } else if at + 2 < len && pattern(at + 1) == b'-' {
            let (a, b) = (first as i8, pattern(at + 2) as i8);
            let (start, end) = (fold(a.min(b) as u8, nocase) as i8, fold(a.max(b) as u8, nocase) as i8);
            matched |= (start..=end).contains(&(fold(byte, nocase) as i8));
            at += 2;
        } else {
            matched |= fold(first, nocase) == fold(byte, nocase);
        }
        at += 1;
    }
}

fn fold(byte: u8, nocase: bool) -> u8 {
    if nocase { byte.to_ascii_lowercase() } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// stringmatchlen of Redis 7.0.15, transcribed: what the iterative form is checked against.
    fn redis(p: &[u8], s: &[u8], nocase: bool, skip: &mut bool) -> bool {
        let at = |i: usize| p.get(i).copied().unwrap_or(0);
        let low = |b: u8| if nocase { b.to_ascii_lowercase() } else { b };
        let (mut i, mut j) = (0usize, 0usize);
        while i < p.len() && j < s.len() {
            match at(i) {
                b'*' => {
                    while i < p.len() && at(i + 1) == b'*' {
                        i += 1;
                    }
                    if p.len() - i == 1 {
                        return true;
                    }
                    while j < s.len() {
                        if redis(&p[i + 1..], &s[j..], nocase, skip) {
                            return true;
                        }
                        if *skip {
                            return false;
                        }
                        j += 1;
                    }
                    *skip = true;
                    return false;
                }
                b'?' => j += 1,
                b'[' => {
                    i += 1;
                    let not = at(i) == b'^';
                    if not {
                        i += 1;
                    }
                    let mut found = false;
                    loop {
                        if at(i) == b'\\' && p.len() - i >= 2 {
                            i += 1;
                            found |= at(i) == s[j];
                        } else if at(i) == b']' {
                            break;
                        } else if i >= p.len() {
                            i -= 1;
                            break;
                        } else if p.len() - i >= 3 && at(i + 1) == b'-' {
                            let (mut a, mut b) = (at(i) as i8, at(i + 2) as i8);
                            if a > b {
                                core::mem::swap(&mut a, &mut b);
                            }
                            let (a, b, c) = (low(a as u8) as i8, low(b as u8) as i8, low(s[j]) as i8);
                            i += 2;
                            found |= c >= a && c <= b;
                        } else {
                            found |= low(at(i)) == low(s[j]);
                        }
                        i += 1;
                    }
                    if found == not {
                        return false;
                    }
                    j += 1;
                }
                b => {
                    let mut b = b;
                    if b == b'\\' && p.len() - i >= 2 {
                        i += 1;
                        b = at(i);
                    }
                    if low(b) != low(s[j]) {
                        return false;
                    }
                    j += 1;
                }
            }
            i += 1;
            if j == s.len() {
                while at(i) == b'*' {
                    i += 1;
                }
                break;
            }
        }
        i >= p.len() && j >= s.len()
    }

    #[test]
    fn agrees_with_redis_on_random_patterns() {
        let mut state = 3u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        let alphabet = b"aabbAB*?[]^-\\\xE9";
        let mut matched = 0;
        for _ in 0..300_000 {
            let pattern: Vec<u8> = (0..next(9)).map(|_| alphabet[next(14) as usize]).collect();
            let text: Vec<u8> = (0..next(7)).map(|_| b"aabbAB-\\]\xE9"[next(10) as usize]).collect();
            let nocase = next(2) == 1;
            let expected = redis(&pattern, &text, nocase, &mut false);
            matched += usize::from(expected);
            assert_eq!(matches(&pattern, &text, nocase), expected, "{pattern:?} {text:?} {nocase}");
        }
        assert!(matched > 10_000);
    }

    #[test]
    fn documented_patterns() {
        for (pattern, text, expected) in [
            ("h?llo", "hallo", true),
            ("h*llo", "heeeello", true),
            ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hallo", true),
            ("h[a-b]llo", "hbllo", true),
            ("a\\*c", "a*c", true),
            ("a\\*c", "abc", false),
            ("*", "", false),
            ("", "", true),
            ("a*", "a", true),
            ("[^", "x", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes(), false), expected, "{pattern} {text}");
        }
        assert!(matches(b"Max*", b"maxmemory", true));
        let hostile = b"a*".repeat(900);
        assert!(!matches(&[&hostile[..], b"b"].concat(), &[b'a'; 5000], false));
    }

    #[test]
    fn ropes_and_numbers_match_too() {
        let mut mem = Arena::new(Box::leak(vec![0u8; 1 << 20].into_boxed_slice()), [1, 2]);
        let long = [&vec![b'x'; 10_000][..], b"end"].concat();
        let mut rope = crate::memory::Rope::create(&mut mem, Bytes::Slice(&long)).unwrap();
        assert!(matches_bytes(&mem, Bytes::Slice(b"x*end"), Bytes::Rope(rope), false));
        assert!(!matches_bytes(&mem, Bytes::Slice(b"x*en"), Bytes::Rope(rope), false));
        assert!(matches_bytes(&mem, Bytes::Slice(b"1?3"), Bytes::Int(123), false));
        rope.free(&mut mem);
    }
}
