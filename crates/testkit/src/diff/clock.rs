//! What keeps the clock out of the comparison. Two servers get the same command at two times, on a busy machine
//! seconds apart; nothing that is compared may depend on how far.
//!
//! So keys expire at a time that no run lives to see ([`far_ends`]). Any two relative times are further apart than the
//! servers' clocks can be read ([`APART_MS`]), so that GT and LT compare what was meant. And no key is written as expired
//! already: SET EXAT 1 leaves one that is there until a command or the background meets it, RANDOMKEY by chance.

use super::generate::Step;

/// Times that two servers tell of the same key may differ by so much. Relative times are from 1,000 seconds up and
/// spread over decades: a wrong unit or another key's time differs by more.
pub const APART_MS: i64 = 100_000;

/// Points in time in here were given as such and not computed from a clock: both servers tell them exactly.
pub const ABSOLUTE_MS: std::ops::Range<i64> = 4_000_000_000_000..6_000_000_000_000;

/// A relative time below this could come to pass within a run.
const NEAR_MS: i64 = 1_000_000;

/// A time in a command.
struct Time {
    at: usize,
    unit_ms: i64,
    /// Times from 1 to below this are replaced, by this and more.
    near_ms: i64,
}

/// Replaces times that could come to pass while the servers are compared, each by a far one of its own. Relative ones
/// are rare: a command broken in form has some number in a time's place.
pub fn far_ends(steps: &mut [Step]) {
    for (number, step) in steps.iter_mut().enumerate() {
        for Time { at, unit_ms, near_ms } in times(&step.args) {
            let text = std::str::from_utf8(&step.args[at]).unwrap_or_default();
            let near = text.parse::<i64>().is_ok_and(|n| n > 0 && n.saturating_mul(unit_ms) < near_ms);
            if near {
                let far_ms = near_ms + 10 * APART_MS * (number as i64 + 1);
                step.args[at] = (far_ms / unit_ms).to_string().into_bytes();
            }
        }
    }
}

/// Where a command has times that matter here.
fn times(args: &[Vec<u8>]) -> Vec<Time> {
    let word = |at: usize| args.get(at).map(|a| a.to_ascii_uppercase()).unwrap_or_default();
    let relative = |at, unit_ms| Time { at, unit_ms, near_ms: NEAR_MS };
    let absolute = |at, unit_ms| Time { at, unit_ms, near_ms: ABSOLUTE_MS.start };
    let mut found = match &word(0)[..] {
        b"EXPIRE" | b"SETEX" => vec![relative(2, 1000)],
        b"PEXPIRE" | b"PSETEX" => vec![relative(2, 1)],
        _ => Vec::new(),
    };
    let is_set = word(0) == b"SET";
    for at in 1..args.len() {
        match &word(at)[..] {
            b"EX" => found.push(relative(at + 1, 1000)),
            b"PX" => found.push(relative(at + 1, 1)),
            // Elsewhere a time that is past deletes the key at once.
            b"EXAT" if is_set => found.push(absolute(at + 1, 1000)),
            b"PXAT" if is_set => found.push(absolute(at + 1, 1)),
            _ => {}
        }
    }
    found.retain(|time| time.at < args.len());
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
            "SET k v PXAT 1",
        ];
        let step = |line: &str| Step { lane: 0, args: line.split(' ').map(|w| w.as_bytes().to_vec()).collect() };
        let mut steps = lines.map(step).to_vec();
        far_ends(&mut steps);
        let shown = steps.iter().map(|s| String::from_utf8_lossy(&s.args.join(&b' ')).into_owned()).collect::<Vec<_>>();
        assert_eq!(
            shown,
            [
                "setex k 2000 v",
                "SET k v px 3000000 EX 3000",
                "EXPIRE k 1001",
                "EXPIRE k -1 NX",
                "SET EX 6000",
                "PEXPIRE k 7000000 GT",
                "GETEX k EXAT 1",
                "SET k v EX 9000",
                "SET k EX",
                "SET k v PXAT 4000010000000",
            ]
        );
    }
}
