//! What keeps the clock out of the comparison. Two servers get the same command at two times, on a busy machine
//! seconds apart; nothing that is compared may depend on how far.
//!
//! So keys expire at a time that no run lives to see, or have done so when they are written: relative times are made
//! far ([`far_ends`]), any two of them further apart than the servers' clocks can be read ([`APART_MS`]), so that GT and
//! LT compare what was meant. Active expiry is off on both servers: a key written with a time that is past (SET EXAT 1)
//! stays until a command meets it.

use super::generate::Step;

/// Times that two servers tell of the same key may differ by so much. Relative times are from 1,000 seconds up and
/// spread over decades: a wrong unit or another key's time differs by more.
pub const APART_MS: i64 = 100_000;

/// Points in time from here on were given as such and not computed from a clock: both servers tell them exactly.
pub const ABSOLUTE_MS: i64 = 4_000_000_000_000;

/// A relative time below this could come to pass within a run.
const NEAR_MS: i64 = 1_000_000;

/// Replaces relative times that could come to pass while the servers are compared. They are rare (a command broken in
/// form has some number in a time's place) and each gets its own far one.
pub fn far_ends(steps: &mut [Step]) {
    for (number, step) in steps.iter_mut().enumerate() {
        for (at, unit_ms) in times(&step.args) {
            let text = std::str::from_utf8(&step.args[at]).unwrap_or_default();
            let near = text.parse::<i64>().is_ok_and(|n| n > 0 && n.saturating_mul(unit_ms) < NEAR_MS);
            if near {
                let far_ms = 1_000_000_000 + 10 * APART_MS * number as i64;
                step.args[at] = (far_ms / unit_ms).to_string().into_bytes();
            }
        }
    }
}

/// Where a command has relative times, and their units.
fn times(args: &[Vec<u8>]) -> Vec<(usize, i64)> {
    let word = |at: usize| args.get(at).map(|a| a.to_ascii_uppercase()).unwrap_or_default();
    let mut found = match &word(0)[..] {
        b"EXPIRE" | b"SETEX" => vec![(2, 1000)],
        b"PEXPIRE" | b"PSETEX" => vec![(2, 1)],
        _ => Vec::new(),
    };
    for at in 1..args.len() {
        match &word(at)[..] {
            b"EX" => found.push((at + 1, 1000)),
            b"PX" => found.push((at + 1, 1)),
            _ => {}
        }
    }
    found.retain(|(at, _)| *at < args.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_ends_are_moved_and_each_elsewhere() {
        let lines = [
            "setex k 5 v",
            "SET k v px 10 EX 999",
            "EXPIRE k 1001",
            "EXPIRE k -1 NX",
            "SET EX 7",
            "PEXPIRE k 999999 GT",
            "GETEX k EXAT 1",
            "SET k v EX 01",
            "SET k EX",
        ];
        let step = |line: &str| Step { lane: 0, args: line.split(' ').map(|w| w.as_bytes().to_vec()).collect() };
        let mut steps = lines.map(step).to_vec();
        far_ends(&mut steps);
        let shown = steps.iter().map(|s| String::from_utf8_lossy(&s.args.join(&b' ')).into_owned()).collect::<Vec<_>>();
        assert_eq!(
            shown,
            [
                "setex k 1000000 v",
                "SET k v px 1001000000 EX 1001000",
                "EXPIRE k 1001",
                "EXPIRE k -1 NX",
                "SET EX 1004000",
                "PEXPIRE k 1005000000 GT",
                "GETEX k EXAT 1",
                "SET k v EX 1007000",
                "SET k EX",
            ]
        );
    }
}
