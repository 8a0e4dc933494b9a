//! What stream and HyperLogLog commands propagate: the forms that redis-server 7.0.15 writes to its AOF.

use crate::engine::tests::effects;

#[test]
fn xadd_propagates_the_id_and_an_exact_bound() {
    for (command, effect) in [
        ("XADD s * a 1", "XADD s 1700000000000-0 a 1"),
        ("XADD s 5-* a 1", "XADD s 5-0 a 1"),
        ("XADD s 5-5 a 1", "XADD s 5-5 a 1"),
        ("XADD s MAXLEN 10 * a 1", "XADD s MAXLEN 10 1700000000000-0 a 1"),
        ("XADD s MAXLEN ~ 10 5 a 1", "XADD s MAXLEN = 1 5 a 1"),
        ("XADD s MAXLEN ~ 10 LIMIT 3 * a 1", "XADD s MAXLEN = 1 LIMIT 3 1700000000000-0 a 1"),
        ("XADD s NOMKSTREAM MINID ~ 3 9 a 1", ""),
        ("XADD s MINID ~ 3 9 a 1", "XADD s MINID = 9-0 9 a 1"),
    ] {
        let expected: &[&str] = if effect.is_empty() { &[] } else { &[effect] };
        assert_eq!(effects(&[command]), expected);
    }
}

#[test]
fn xtrim_and_xdel_propagate_what_changed() {
    let add: Vec<String> = (1..=7).map(|n| format!("XADD s {n} a 1")).collect();
    let setup: Vec<&str> =
        std::iter::once("CONFIG SET stream-node-max-entries 3").chain(add.iter().map(|s| &s[..])).collect();
    for (command, effect) in [
        ("XTRIM s MAXLEN ~ 5", ""),
        ("XTRIM s MAXLEN ~ 4", "XTRIM s MAXLEN = 4"),
        ("XTRIM s MINID ~ 5", "XTRIM s MINID = 4-0"),
        ("XTRIM s MAXLEN 5", "XTRIM s MAXLEN 5"),
        ("XTRIM s MAXLEN 7", ""),
        ("XDEL s 1 9", "XDEL s 1 9"),
        ("XDEL s 9", ""),
        ("XSETID s 9", "XSETID s 9"),
        ("XREAD STREAMS s 0", ""),
    ] {
        let all: Vec<&str> = setup.iter().copied().chain([command]).collect();
        let after = effects(&all).split_off(7);
        let expected: &[&str] = if effect.is_empty() { &[] } else { &[effect] };
        assert_eq!(after, expected, "{command}");
    }
}

#[test]
fn pfcount_propagates_when_it_keeps_a_count() {
    assert_eq!(effects(&["PFADD h a", "PFADD h a", "PFCOUNT h", "PFCOUNT h"]), ["PFADD h a", "PFCOUNT h"]);
    assert_eq!(effects(&["PFADD h a", "PFMERGE d h", "PFCOUNT h d"]), ["PFADD h a", "PFMERGE d h"]);
}
