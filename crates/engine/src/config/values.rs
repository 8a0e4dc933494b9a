//! Setting and showing parameters: text to value, value to text, with Redis's messages.

use super::table::{Bounds, Kind, PARAMS, Param};
use super::{Class, OutputLimit, SAVE_POINTS_MAX, SavePoint};
use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Fifo, Oom, Rope, Str};
use crate::number::{Fixed, parse_i64};
use crate::server::{LogLevel, Server};

/// All parameters' values: numbers, and texts in the arena where they are not the default.
pub struct Values {
    pub numbers: [i64; PARAMS.len()],
    pub texts: [Rope; PARAMS.len()],
    /// Whether a text differs from the default (an empty text has no rope).
    set: [bool; PARAMS.len()],
}

impl Values {
    pub const fn new() -> Values {
        let mut numbers = [0; PARAMS.len()];
        let mut i = 0;
        while i < PARAMS.len() {
            numbers[i] = PARAMS[i].number as i64;
            i += 1;
        }
        Values { numbers, texts: [Rope::EMPTY; PARAMS.len()], set: [false; PARAMS.len()] }
    }

    /// A text parameter's value.
    pub fn text(&self, index: usize) -> Bytes<'static> {
        if self.set[index] { Bytes::Rope(self.texts[index]) } else { Bytes::Slice(PARAMS[index].text.as_bytes()) }
    }
}

impl Default for Values {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a value is refused; shown by [`Problem::write`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    NotBool,
    NotInt,
    NotMemory,
    NotPercent,
    NotOctal,
    PercentTooLarge(i64),
    OutOfRange(i64, i64),
    NotAChoice(&'static [&'static str]),
    SaveInvalid,
    OutputInvalid,
    OutputClass,
    OutputArguments,
    OomScores,
    Template,
    NotifyInvalid,
    PercentilesInvalid,
    PercentileOutOfRange,
    WrongNumberOfArguments,
    Immutable,
    Protected,
    Oom,
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Problem::NotBool => f.write_str("argument must be 'yes' or 'no'"),
            Problem::NotInt => f.write_str("argument couldn't be parsed into an integer"),
            Problem::NotMemory => f.write_str("argument must be a memory value"),
            Problem::NotPercent => f.write_str("argument must be a memory or percent value"),
            Problem::NotOctal => f.write_str("argument couldn't be parsed as an octal number"),
            Problem::PercentTooLarge(max) => write!(f, "percentage argument must be less or equal to {max}"),
            Problem::OutOfRange(min, max) => write!(f, "argument must be between {min} and {max} inclusive"),
            Problem::NotAChoice(names) => {
                f.write_str("argument(s) must be one of the following: ")?;
                for (i, name) in names.iter().enumerate() {
                    write!(f, "{}{name}", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            Problem::PercentilesInvalid => f.write_str("Invalid latency-tracking-info-percentiles parameters"),
            Problem::PercentileOutOfRange => {
                f.write_str("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
            }
            Problem::OutputArguments => f.write_str("Wrong number of arguments in buffer limit configuration."),
            Problem::OomScores => f.write_str("Invalid oom-score-adj-values, elements must be between -2000 and 2000."),
            Problem::Template => f.write_str("template format is invalid or contains unknown variables"),
            Problem::SaveInvalid => f.write_str("Invalid save parameters"),
            Problem::OutputInvalid => {
                f.write_str("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
            }
            Problem::OutputClass => f.write_str("Invalid client class specified in buffer limit configuration."),
            Problem::NotifyInvalid => f.write_str("Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
            Problem::WrongNumberOfArguments => f.write_str("wrong number of arguments"),
            Problem::Immutable => f.write_str("can't set immutable config"),
            Problem::Protected => f.write_str("can't set protected config"),
            Problem::Oom => f.write_str("out of memory"),
        }
    }
}

impl From<Oom> for Problem {
    fn from(Oom: Oom) -> Problem {
        Problem::Oom
    }
}

/// The longest value of a parameter that is not a text.
const VALUE_MAX: usize = 512;

/// Checks and sets one parameter from its text, blanks between several words.
pub fn set(server: &mut Server, index: usize, value: Bytes) -> Result<(), Problem> {
    let param = &PARAMS[index];
    store(server, param, index, value)?;
    let is_default = match param.kind {
        Kind::Text | Kind::OomScores | Kind::Template => server.mem.view(value) == Str::Slice(param.text.as_bytes()),
        _ => server.values.numbers[index] == i64::from(param.number),
    };
    if param.kept && !is_default {
        // Who asks for an append only file or a cluster must not believe to have one.
        server.log(LogLevel::Warning, format_args!("{} is kept and shown, but nothing here acts on it", param.name));
    }
    server.config_changes += 1;
    Ok(())
}

fn store(server: &mut Server, param: &'static Param, index: usize, value: Bytes) -> Result<(), Problem> {
    if let Kind::Text | Kind::Secret = param.kind {
        let rope = Rope::create(&mut server.mem, value)?;
        let mut old = core::mem::replace(&mut server.values.texts[index], rope);
        old.free(&mut server.mem);
        server.values.set[index] = true;
        if param.kind == Kind::Secret {
            server.config.requirepass = rope;
        }
        return Ok(());
    }
    let mut buffer = [0u8; VALUE_MAX];
    let len = server.mem.view(value).copy_to(0, &mut buffer);
    let text = if value.len() > VALUE_MAX { &[] } else { &buffer[..len] };
    match param.kind {
        Kind::Save => set_save(server, text)?,
        Kind::Output => set_output(server, text)?,
        Kind::Percentiles => set_percentiles(server, index, text)?,
        Kind::OomScores => set_oom_scores(server, index, text)?,
        Kind::Flags(names) => set_flags(server, index, names, text)?,
        Kind::Template => set_template(server, index, text)?,
        Kind::Notify => server.config.notify_keyspace_events = parse_events(text).ok_or(Problem::NotifyInvalid)?,
        _ => {
            let number = parse_number(param, text)?;
            server.values.numbers[index] = number;
            if let Some(apply) = param.apply {
                apply(server, number);
            }
        }
    }
    Ok(())
}

fn parse_number(param: &Param, text: &[u8]) -> Result<i64, Problem> {
    let within = |number: i64, bounds: Bounds| {
        let (min, max) = (bounds.min(), bounds.max());
        if (min..=max).contains(&number) { Ok(number) } else { Err(Problem::OutOfRange(min, max)) }
    };
    match param.kind {
        Kind::Bool => {
            if text.eq_ignore_ascii_case(b"yes") {
                Ok(1)
            } else if text.eq_ignore_ascii_case(b"no") {
                Ok(0)
            } else {
                Err(Problem::NotBool)
            }
        }
        Kind::Int(bounds) => within(parse_i64(text).ok_or(Problem::NotInt)?, bounds),
        Kind::Memory(bounds) => within(parse_memory(text).ok_or(Problem::NotMemory)?, bounds),
        Kind::Percent(bounds) => match text.strip_suffix(b"%") {
            Some(percent) => {
                let percent = parse_i64(percent).filter(|&n| n >= 0).ok_or(Problem::NotPercent)?;
                let most = -bounds.min();
                if percent > most { Err(Problem::PercentTooLarge(most)) } else { Ok(-percent) }
            }
            // Digits only: not negative.
            None => within(parse_memory(text).ok_or(Problem::NotPercent)?, bounds),
        },
        Kind::Octal(bounds) => {
            let text = core::str::from_utf8(text).ok().filter(|text| !text.is_empty());
            let number = text.and_then(|text| i64::from_str_radix(text, 8).ok()).ok_or(Problem::NotOctal)?;
            within(number, bounds)
        }
        Kind::Choice(names) => names
            .iter()
            .position(|name| name.as_bytes().eq_ignore_ascii_case(text))
            .map(|n| n as i64)
            .ok_or(Problem::NotAChoice(names)),
        _ => Err(Problem::WrongNumberOfArguments),
    }
}

/// Redis's memtoull: digits and a unit, either of which may be missing. What Redis takes modulo 2^64 is refused.
pub fn parse_memory(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let number: i64 = if digits == 0 { 0 } else { core::str::from_utf8(&text[..digits]).ok()?.parse().ok()? };
    let mut unit = [0u8; 2];
    let rest = &text[digits..];
    unit.get_mut(..rest.len())?.copy_from_slice(rest);
    unit.make_ascii_lowercase();
    let factor: i64 = match &unit[..rest.len()] {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty())
}

fn set_save(server: &mut Server, text: &[u8]) -> Result<(), Problem> {
    let mut points = [SavePoint::default(); SAVE_POINTS_MAX];
    let mut count = 0;
    let mut numbers = words(text);
    while let Some(seconds) = numbers.next() {
        let changes = numbers.next().ok_or(Problem::SaveInvalid)?;
        let seconds =
            parse_i64(seconds).filter(|n| (1..=i64::from(u32::MAX)).contains(n)).ok_or(Problem::SaveInvalid)?;
        let changes =
            parse_i64(changes).filter(|n| (0..=i64::from(u32::MAX)).contains(n)).ok_or(Problem::SaveInvalid)?;
        let point = points.get_mut(count).ok_or(Problem::SaveInvalid)?;
        *point = SavePoint { seconds: seconds as u32, changes: changes as u32 };
        count += 1;
    }
    server.config.save = points;
    server.config.save_points = count;
    Ok(())
}

/// Keeps the numbers as Redis shows them: 99.90 as 99.9.
fn set_percentiles(server: &mut Server, index: usize, text: &[u8]) -> Result<(), Problem> {
    let mut shown = crate::text::Text::new();
    for word in words(text) {
        let percent = crate::number::parse_f64(word).ok_or(Problem::PercentilesInvalid)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(Problem::PercentileOutOfRange);
        }
        let blank = if shown.as_bytes().is_empty() { "" } else { " " };
        let mut places = crate::text::Text::new();
        let _ = core::fmt::write(&mut places, format_args!("{blank}{}", Fixed(percent, 6)));
        let text = places.as_bytes();
        let end = text.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + usize::from(text[last] != b'.'));
        shown.add(&text[..end]);
    }
    set_text(server, index, Bytes::Slice(shown.as_bytes()))
}

fn set_text(server: &mut Server, index: usize, text: Bytes) -> Result<(), Problem> {
    let rope = Rope::create(&mut server.mem, text)?;
    let mut old = core::mem::replace(&mut server.values.texts[index], rope);
    old.free(&mut server.mem);
    server.values.set[index] = true;
    Ok(())
}

/// oom-score-adj-values: three numbers.
fn set_oom_scores(server: &mut Server, index: usize, text: &[u8]) -> Result<(), Problem> {
    if words(text).count() != 3 {
        return Err(Problem::WrongNumberOfArguments);
    }
    if !words(text).all(|word| parse_i64(word).is_some_and(|score| (-2000..=2000).contains(&score))) {
        return Err(Problem::OomScores);
    }
    set_text(server, index, Bytes::Slice(text))
}

/// Several of some words, as shutdown-on-sigint's.
fn set_flags(server: &mut Server, index: usize, names: &'static [&'static str], text: &[u8]) -> Result<(), Problem> {
    if !words(text).all(|word| names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word))) {
        return Err(Problem::NotAChoice(names));
    }
    set_text(server, index, Bytes::Slice(text))
}

/// proc-title-template: text with names of variables in braces.
fn set_template(server: &mut Server, index: usize, text: &[u8]) -> Result<(), Problem> {
    const NAMES: [&[u8]; 7] =
        [b"title", b"listen-addr", b"server-mode", b"port", b"tls-port", b"unixsocket", b"config-file"];
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&b| b == b'{') {
        let end = rest.iter().position(|&b| b == b'}').filter(|&end| end > at).ok_or(Problem::Template)?;
        if !NAMES.contains(&&rest[at + 1..end]) {
            return Err(Problem::Template);
        }
        rest = &rest[end + 1..];
    }
    set_text(server, index, Bytes::Slice(text))
}

fn set_output(server: &mut Server, text: &[u8]) -> Result<(), Problem> {
    if !words(text).count().is_multiple_of(4) {
        return Err(Problem::OutputArguments);
    }
    let mut limits = server.config.client_output_buffer_limit;
    let mut parts = words(text);
    while let Some(class) = parts.next() {
        let mut name = [0u8; 8];
        let name = name.get_mut(..class.len()).ok_or(Problem::OutputClass)?;
        name.copy_from_slice(class);
        name.make_ascii_lowercase();
        let class = match &*name {
            b"normal" => 0,
            b"slave" | b"replica" => 1,
            b"pubsub" => 2,
            _ => return Err(Problem::OutputClass),
        };
        let mut bytes = || parts.next().and_then(parse_memory).ok_or(Problem::OutputInvalid);
        let (hard, soft) = (bytes()?, bytes()?);
        let seconds = parts.next().and_then(parse_i64).filter(|&n| n >= 0).ok_or(Problem::OutputInvalid)?;
        limits[class] = OutputLimit { hard_bytes: hard as u64, soft_bytes: soft as u64, soft_seconds: seconds as u64 };
    }
    server.config.client_output_buffer_limit = limits;
    Ok(())
}

/// The letters of notify-keyspace-events, in the order in which Redis shows them.
const EVENTS: [(u8, Class); 13] = [
    (b'g', Class::GENERIC),
    (b'$', Class::STRING),
    (b'l', Class::LIST),
    (b's', Class::SET),
    (b'h', Class::HASH),
    (b'z', Class::ZSET),
    (b'x', Class::EXPIRED),
    (b'e', Class::EVICTED),
    (b't', Class::STREAM),
    (b'd', Class::MODULE),
    (b'K', Class::KEYSPACE),
    (b'E', Class::KEYEVENT),
    (b'm', Class::KEY_MISS),
];

/// 'A': all classes of keys but for misses and new keys.
const ALL: u16 = {
    let mut all = 0;
    let mut i = 0;
    while i < 10 {
        all |= EVENTS[i].1.0;
        i += 1;
    }
    all
};

fn parse_events(text: &[u8]) -> Option<u16> {
    let mut bits = 0;
    for &letter in text {
        bits |= match letter {
            b'A' => ALL,
            b'n' => Class::NEW.0,
            _ => EVENTS.iter().find(|(known, _)| *known == letter)?.1.0,
        };
    }
    Some(bits)
}

/// The value of a parameter as CONFIG GET and the config file show it.
pub fn show(server: &mut Server, index: usize, to: &mut Fifo) -> Result<(), Oom> {
    let param = &PARAMS[index];
    let number = server.values.numbers[index];
    let mut digits = Digits::new();
    match param.kind {
        Kind::Text | Kind::Percentiles | Kind::OomScores | Kind::Flags(_) | Kind::Template => {
            to.push_bytes(&mut server.mem, server.values.text(index))
        }
        Kind::Secret => to.push_bytes(&mut server.mem, Bytes::Rope(server.config.requirepass)),
        Kind::Bool => to.push(&mut server.mem, if number != 0 { b"yes" } else { b"no" }),
        Kind::Int { .. } | Kind::Memory { .. } => to.push(&mut server.mem, digits.format(number).as_bytes()),
        Kind::Percent { .. } if number < 0 => {
            to.push(&mut server.mem, digits.format(-number).as_bytes())?;
            to.push(&mut server.mem, b"%")
        }
        Kind::Percent { .. } => to.push(&mut server.mem, digits.format(number).as_bytes()),
        Kind::Octal { .. } => {
            let mut text = crate::text::Text::new();
            let _ = core::fmt::write(&mut text, format_args!("{number:o}"));
            to.push(&mut server.mem, text.as_bytes())
        }
        Kind::Choice(names) => to.push(&mut server.mem, names.get(number as usize).unwrap_or(&"").as_bytes()),
        Kind::Save => {
            for n in 0..server.config.save_points {
                let point = server.config.save[n];
                if n > 0 {
                    to.push(&mut server.mem, b" ")?;
                }
                push_number(&mut server.mem, to, i64::from(point.seconds))?;
                to.push(&mut server.mem, b" ")?;
                push_number(&mut server.mem, to, i64::from(point.changes))?;
            }
            Ok(())
        }
        Kind::Output => {
            for (n, name) in ["normal", "slave", "pubsub"].iter().enumerate() {
                let limit = server.config.client_output_buffer_limit[n];
                if n > 0 {
                    to.push(&mut server.mem, b" ")?;
                }
                to.push(&mut server.mem, name.as_bytes())?;
                for number in [limit.hard_bytes, limit.soft_bytes, limit.soft_seconds] {
                    to.push(&mut server.mem, b" ")?;
                    push_number(&mut server.mem, to, number as i64)?;
                }
            }
            Ok(())
        }
        Kind::Notify => {
            let bits = server.config.notify_keyspace_events;
            let mut text = [0u8; 16];
            let mut len = 0;
            let mut add = |letter| {
                text[len] = letter;
                len += 1;
            };
            if bits & ALL == ALL {
                add(b'A');
            }
            for (i, (letter, class)) in EVENTS.iter().enumerate() {
                // As in Redis: 'A' hides the classes in it, and new keys with them.
                if i == 10 && bits & Class::NEW.0 != 0 && bits & ALL != ALL {
                    add(b'n');
                }
                if bits & class.0 != 0 && (i >= 10 || bits & ALL != ALL) {
                    add(*letter);
                }
            }
            to.push(&mut server.mem, &text[..len])
        }
    }
}

fn push_number(mem: &mut Arena, to: &mut Fifo, number: i64) -> Result<(), Oom> {
    to.push(mem, Digits::new().format(number).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("100mb", Some(100 << 20)),
            ("1K", Some(1000)),
            ("1gB", Some(1 << 30)),
            ("1x", None),
            ("", Some(0)),
            ("mb", Some(0)),
            ("-1", None),
            ("99999999999999999999", None),
            ("9223372036854775807gb", None),
        ] {
            assert_eq!(parse_memory(text.as_bytes()), bytes, "{text}");
        }
    }

    #[test]
    fn event_letters_are_known() {
        assert_eq!(parse_events(b"KEA"), Some(ALL | Class::KEYSPACE.0 | Class::KEYEVENT.0));
        assert_eq!(parse_events(b"Kq"), None);
    }
}
