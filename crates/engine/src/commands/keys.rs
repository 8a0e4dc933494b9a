//! Which arguments of a call are keys: Redis 7's key specifications applied to real arguments.
//!
//! Used by COMMAND GETKEYS and by what asks about keys before a command runs. Not here: what is done with the keys.

use super::spec::{Begin, Command, Find, KeyFlags};
use crate::args::Args;
use crate::memory::Arena;

/// The arguments as this module needs them, the command's name being 0. A subcommand's name counts.
pub trait Words {
    fn count(&self) -> usize;
    /// Whether the argument is this word, in any case.
    fn is(&self, index: usize, word: &str) -> bool;
    /// The argument as a decimal integer in Redis's strict form.
    fn integer(&self, index: usize) -> Option<i64>;
    /// The number with which the argument begins, as C's atoi reads it.
    fn leading_number(&self, index: usize) -> usize;
}

/// A call's arguments.
pub struct Call<'c, 'a> {
    pub mem: &'c Arena,
    pub args: &'c Args<'a>,
    /// Arguments before the call's name: it may stand in another call.
    pub outer: usize,
}

impl Words for Call<'_, '_> {
    fn count(&self) -> usize {
        self.args.len() - self.outer
    }

    fn is(&self, index: usize, word: &str) -> bool {
        self.mem.view(self.args.get(self.mem, self.outer + index)).is_word(word)
    }

    fn integer(&self, index: usize) -> Option<i64> {
        self.mem.view(self.args.get(self.mem, self.outer + index)).to_i64()
    }

    fn leading_number(&self, index: usize) -> usize {
        let mut copy = [0u8; 32];
        let len = self.mem.view(self.args.get(self.mem, self.outer + index)).copy_to(0, &mut copy);
        let text = copy[..len].trim_ascii_start();
        let digits = text.strip_prefix(b"+").unwrap_or(text).iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(0i64, |number, byte| number.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
        usize::try_from(number as i32).unwrap_or(0)
    }
}

/// Specifications a row has at most; more is a compile error in `table.rs`.
pub const SPECS_MAX: usize = 3;

/// The keys of one call: an arithmetic run of positions for each specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    runs: [Run; SPECS_MAX],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    count: usize,
    step: usize,
    flags: KeyFlags,
}

impl Run {
    const NONE: Run = Run { first: 0, count: 0, step: 1, flags: KeyFlags::NONE };
}

impl Keys {
    pub fn count(&self) -> usize {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// Positions among the arguments, with what the command does to the key there.
    pub fn iter(&self) -> impl Iterator<Item = (usize, KeyFlags)> + '_ {
        self.runs.iter().flat_map(|run| (0..run.count).map(|n| (run.first + n * run.step, run.flags)))
    }
}

/// Whether any argument of the command can be a key. Channels have specifications too, but are not keys.
pub fn has_keys(row: &Command) -> bool {
    row.keys.iter().any(|spec| !spec.flags.has(KeyFlags::NOT_KEY))
}

/// The call's keys, or `None` where the arguments do not fit the specifications. Arity is the caller's check.
pub fn find(row: &Command, words: &impl Words) -> Option<Keys> {
    if row.keys.iter().any(|spec| spec.begin == Begin::Unknown) {
        return Some(sort_keys(row, words));
    }
    let mut keys = Keys { runs: [Run::NONE; SPECS_MAX] };
    let specs = row.keys.iter().filter(|spec| !spec.flags.has(KeyFlags::NOT_KEY));
    for (run, spec) in keys.runs.iter_mut().zip(specs) {
        // A keyword that is not there names no key.
        let Some(begin) = begin_of(spec.begin, words) else { continue };
        *run = run_of(begin, spec.find, words)?;
        run.flags = if spec.flags.has(KeyFlags::VARIABLE_FLAGS) { actual_flags(row, words) } else { spec.flags };
    }
    (keys.count() > 0).then_some(keys)
}

/// Redis's second way, where the arguments do not fit the specifications of a command that counts its keys: the number
/// may have something behind it, a target comes after the keys, and nothing is known of what is done to them.
pub fn find_loosely(row: &Command, words: &impl Words) -> Option<Keys> {
    let (mut counted, mut target) = (Run::NONE, Run::NONE);
    for spec in row.keys {
        match (spec.begin, spec.find) {
            (Begin::Index(begin), Find::Keynum { index, first, step }) => {
                let (at, first) = ((begin + index) as usize, (begin + first) as usize);
                let count = words.leading_number(at);
                let room = words.count().saturating_sub(first) / step as usize;
                counted = Run { first, count, step: step as usize, flags: KeyFlags::NONE };
                if !(1..=room).contains(&count) {
                    return None;
                }
            }
            (Begin::Index(begin), _) => {
                target = Run { first: begin as usize, count: 1, step: 1, flags: KeyFlags::NONE }
            }
            _ => {}
        }
    }
    let mut keys = Keys { runs: [Run::NONE; SPECS_MAX] };
    (keys.runs[0], keys.runs[1]) = (counted, target);
    (counted.count > 0).then_some(keys)
}

/// SORT's source, and the last STORE's target. What follows LIMIT, GET and BY is no option.
fn sort_keys(row: &Command, words: &impl Words) -> Keys {
    let run = |first: usize, flags| Run { first, count: 1, step: 1, flags };
    let mut keys = Keys { runs: [Run::NONE; SPECS_MAX] };
    keys.runs[0] = run(1, row.keys[0].flags);
    let Some(target) = row.keys.get(2) else { return keys };
    let mut index = 2;
    while index < words.count() {
        if words.is(index, "limit") {
            index += 2;
        } else if words.is(index, "get") || words.is(index, "by") {
            index += 1;
        } else if words.is(index, "store") && index + 1 < words.count() {
            keys.runs[1] = run(index + 1, target.flags);
        }
        index += 1;
    }
    keys
}

fn begin_of(begin: Begin, words: &impl Words) -> Option<usize> {
    match begin {
        Begin::Index(index) => Some(index as usize),
        // Redis does not look at the last argument: nothing can follow the keyword there.
        Begin::Keyword { keyword, from } => (from as usize..words.count().saturating_sub(1))
            .find(|&index| words.is(index, keyword))
            .map(|index| index + 1),
        Begin::Unknown => None,
    }
}

fn run_of(begin: usize, find: Find, words: &impl Words) -> Option<Run> {
    let end = words.count();
    let (first, last, step) = match find {
        Find::Range { last, step, limit } => {
            let last = if last >= 0 {
                begin + last as usize
            } else if limit == 0 {
                end.checked_sub(last.unsigned_abs() as usize)?
            } else {
                (begin + end.checked_sub(begin)? / limit as usize).checked_sub(1)?
            };
            (begin, last, step as usize)
        }
        Find::Keynum { index, first, step } => {
            let at = begin + index as usize;
            // Redis keeps 32 bits of it here; the command itself then refuses what is more.
            let count = (at < end).then(|| words.integer(at))?? as i32;
            let first = begin + first as usize;
            // More keys than arguments: the comparison below fails, whatever the sum.
            let beyond = usize::try_from(count).ok()?.min(end);
            let last = (first + beyond * step as usize).checked_sub(step as usize)?;
            (first, last, step as usize)
        }
        Find::Unknown => return None,
    };
    (first <= last && last < end).then(|| Run { first, count: (last - first) / step + 1, step, flags: KeyFlags::NONE })
}

/// What SET and BITFIELD do to their key depends on their options.
fn actual_flags(row: &Command, words: &impl Words) -> KeyFlags {
    const READ: KeyFlags = KeyFlags::RO.with(KeyFlags::ACCESS);
    const READ_WRITE: KeyFlags = KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE);
    const OVERWRITE: KeyFlags = KeyFlags::OW.with(KeyFlags::UPDATE);
    match row.name {
        "set" if (3..words.count()).any(|index| words.is(index, "get")) => READ_WRITE,
        "set" => OVERWRITE,
        _ if only_gets(words) => READ,
        _ => READ_WRITE,
    }
}

/// Whether a BITFIELD call has GET operations only. A doubtful call counts as one that writes.
fn only_gets(words: &impl Words) -> bool {
    let mut index = 2;
    while index < words.count() {
        let remaining = words.count() - index - 1;
        if words.is(index, "get") && remaining >= 2 {
            index += 3;
        } else if words.is(index, "overflow") && remaining >= 1 {
            index += 2;
        } else {
            return false;
        }
    }
    true
}

/// First key, last key and step as COMMAND INFO gives them since Redis 1: the run of keys at fixed positions, zeros
/// where there is none; the last key counts from the end where negative.
pub fn legacy_range(row: &Command) -> (i64, i64, i64) {
    if let [spec] = row.keys
        && let (Begin::Index(first), Find::Range { last, step, .. }) = (spec.begin, spec.find)
    {
        let last = if last < 0 { last as i64 } else { first as i64 + last as i64 };
        return (first as i64, last, step as i64);
    }
    let mut range: Option<(i64, i64)> = None;
    for spec in row.keys {
        if let (Begin::Index(begin), Find::Range { last, step: 1, .. }) = (spec.begin, spec.find) {
            let begin = begin as i64;
            let last = if last < 0 { last as i64 } else { begin + last as i64 };
            range = match range {
                None => Some((begin, last)),
                Some((first, before)) if begin == before + 1 => Some((first, last)),
                unchanged => unchanged,
            };
        }
    }
    range.map_or((0, 0, 0), |(first, last)| (first, last, 1))
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    struct Line<'a>(&'a [&'a str]);

    impl Words for Line<'_> {
        fn count(&self) -> usize {
            self.0.len()
        }
        fn is(&self, index: usize, word: &str) -> bool {
            self.0[index].eq_ignore_ascii_case(word)
        }
        fn integer(&self, index: usize) -> Option<i64> {
            self.0[index].parse().ok()
        }
        fn leading_number(&self, index: usize) -> usize {
            self.0[index].parse().unwrap_or(0)
        }
    }

    /// Expected as COMMAND GETKEYSANDFLAGS of a real 7.0.15 gives it: `key:FLAG+FLAG`, `-` for an error.
    fn check(line: &str, expect: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut row = table::lookup(words[0].as_bytes()).unwrap();
        if words.len() > 1 {
            row = table::subcommand(row, words[1].as_bytes()).unwrap_or(row);
        }
        let got = match find(row, &Line(&words)) {
            None => "-".to_string(),
            Some(keys) => {
                let names = |flags: KeyFlags| flags.names().collect::<Vec<_>>().join("+");
                let each = keys.iter().map(|(at, flags)| format!("{}:{}", words[at], names(flags)));
                each.collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(got, expect, "{line}");
    }

    #[test]
    fn keys_as_a_real_server_finds_them() {
        check("get a", "a:RO+access");
        check("set d 2 get", "d:RW+access+update");
        check("set d 2 ex", "d:OW+update");
        check("bitfield d get", "d:RW+access+update");
        check("bitfield d get u8 0", "d:RO+access");
        check("mset a b c d", "a:OW+update c:OW+update");
        check("mset a b c", "a:OW+update c:OW+update");
        check("zunionstore d 2 a b", "d:OW+update a:RO+access b:RO+access");
        check("zunionstore d 0 a b", "-");
        // As many as 32 bits keep of it.
        check("zintercard 4294967297 a b", "a:RO+access");
        check("zintercard 4294967296 a b", "-");
        check("pfmerge a", "-");
        check("copy a b", "a:RO+access b:OW+update");
        check("memory usage a", "a:RO");
        check("object encoding a", "a:RO");
        check("lmpop 0 a left", "-");
        check("lmpop -1 a left", "-");
        check("lmpop 5 a left", "-");
        check("lmpop 9223372036854775807 a left", "-");
        check("lmpop 2 a left", "a:RW+access+delete left:RW+access+delete");
        check("xread count 1 streams a b", "a:RO+access");
        check("xread count 1 streams a b c 1", "a:RO+access b:RO+access");
        check("xread count 1 streams a", "-");
        check("xread count 1 streams", "-");
        check("subscribe a b", "-");
        check("sort a", "a:RO+access");
        check("sort a by store get store limit 0 store", "a:RO+access");
        check("sort a store b store", "a:RO+access b:OW+update");
        check("sort a store b alpha store c", "a:RO+access c:OW+update");
        check("sort_ro a store b", "a:RO+access");
        check("georadius a 1 2 3 m", "a:RO+access");
        check("georadius a 1 2 3 m store", "a:RO+access");
        check("georadius a 1 2 3 m store b", "a:RO+access b:OW+update");
        check("georadius a 1 2 3 m storedist c store b", "a:RO+access b:OW+update c:OW+update");
        check("georadius a 1 2 3 m store storedist b", "a:RO+access storedist:OW+update b:OW+update");
        check("georadius_ro a 1 2 3 m store b", "a:RO+access");
        check("georadiusbymember a store 3 m storedist b", "a:RO+access b:OW+update");
        check("geosearchstore a b frommember c", "a:OW+update b:RO+access");
    }

    #[test]
    fn channels_are_not_keys() {
        assert!(!has_keys(table::lookup(b"subscribe").unwrap()));
        assert!(!has_keys(table::lookup(b"object").unwrap()));
        assert!(has_keys(table::lookup(b"get").unwrap()));
    }
}
