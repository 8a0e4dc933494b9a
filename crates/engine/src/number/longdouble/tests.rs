//! Against redis-server 7.0.15 on x86-64: `vectors.txt` holds a value, an increment and what INCRBYFLOAT answered.

use super::*;
use crate::limits::FLOAT_TEXT_BYTES_MAX as TEXT_BYTES_MAX;

fn check(vectors: &str) {
    for line in vectors.lines() {
        let mut fields = line.split('\t');
        let (Some(value), Some(increment), Some(answer)) = (fields.next(), fields.next(), fields.next()) else {
            panic!("not a vector: {line}");
        };
        let text = match (LongDouble::parse(value.as_bytes()), LongDouble::parse(increment.as_bytes())) {
            (Some(a), Some(b)) => match a.checked_add(b) {
                Some(sum) => String::from_utf8_lossy(sum.format().as_bytes()).into_owned(),
                None => "-ERR increment would produce NaN or Infinity".into(),
            },
            _ => "-ERR value is not a valid float".into(),
        };
        assert_eq!(text, answer, "{value} + {increment}");
    }
}

#[test]
fn sums_are_those_of_redis() {
    check(include_str!("vectors.txt"));
}

/// `LONGDOUBLE_VECTORS=<file> cargo test`: as many more as one likes.
#[test]
fn sums_of_a_file_are_those_of_redis() {
    if let Ok(path) = std::env::var("LONGDOUBLE_VECTORS") {
        check(&std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn whole_numbers_come_back() {
    for value in [0, 1, -1, 42, i64::MAX, i64::MIN] {
        assert_eq!(LongDouble::from_i64(value).format().as_bytes(), value.to_string().as_bytes());
    }
}

#[test]
fn texts_that_are_too_long_are_refused() {
    assert!(LongDouble::parse(&[b'1'; TEXT_BYTES_MAX + 1]).is_none());
    assert!(LongDouble::parse(&[b'0'; TEXT_BYTES_MAX]).is_some());
}
