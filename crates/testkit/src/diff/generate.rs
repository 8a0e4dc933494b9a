//! Random commands from the grammar: what COMMAND DOCS says may stand where, with values that fit the place, and now
//! and then a broken form (an argument too few, an option twice, a wrong word).
//!
//! Stateless towards the servers: an episode's commands follow from its seed alone, so they can be repeated and
//! shrunk.

use super::special;
use super::values::{Holds, Values};
use crate::grammar::{Argument, Command, Kind};

/// One command to send on one of the connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub lane: usize,
    pub args: Vec<Vec<u8>>,
}

pub struct Generator<'a> {
    pub values: Values,
    /// The commands under test.
    commands: &'a [Command],
    /// All that both servers know, for what surrounds them.
    known: &'a [Command],
}

impl<'a> Generator<'a> {
    pub fn new(commands: &'a [Command], known: &'a [Command], seed: u64) -> Self {
        Generator { values: Values::new(seed), commands, known }
    }

    /// The episode's commands: thresholds, data of all kinds, then `length` random commands.
    pub fn episode(&mut self, length: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        special::thresholds(&mut self.values, &mut steps);
        special::seed_data(&mut self.values, self.commands, self.known, &mut steps);
        special::subscribers(&mut self.values, self.known, &mut steps);
        // An episode leans towards a few commands, so that they meet each other's results.
        let favourites: Vec<&Command> =
            (0..6).map(|_| self.values.rng.usize(0..self.commands.len())).map(|i| &self.commands[i]).collect();
        let mut lanes = special::Lanes::default();
        while steps.len() < length {
            let lane = [0, 0, 0, 1, 1, 2][self.values.rng.usize(0..6)];
            // Runs on one connection make the pipelines.
            for _ in 0..self.values.rng.usize(1..24) {
                if special::between(&mut self.values, self.known, &mut lanes, lane, &mut steps) {
                    continue;
                }
                let command = if self.values.chance(30) {
                    favourites[self.values.rng.usize(0..favourites.len())]
                } else {
                    &self.commands[self.values.rng.usize(0..self.commands.len())]
                };
                let lane = if special::subscribes(command) { 3 + self.values.rng.usize(0..2) } else { lane };
                if !lanes.allows(lane, command) || !special::often(&mut self.values, command) {
                    continue;
                }
                let args = self.command(command);
                lanes.note(lane, &args);
                steps.push(Step { lane, args });
            }
        }
        lanes.close(&mut steps);
        steps
    }

    /// One command with arguments.
    pub fn command(&mut self, command: &Command) -> Vec<Vec<u8>> {
        let mut args: Vec<Vec<u8>> = command.words.iter().map(|w| w.as_bytes().to_vec()).collect();
        let fixed = args.len();
        if command.words.len() == 2 && command.words[1].starts_with("GETKEYS") {
            // A whole command is the argument.
            let other = &self.known[self.values.rng.usize(0..self.known.len())];
            if !other.words[0].starts_with("COMMAND") {
                args.extend(self.command(other));
            }
        } else if !special::arguments(&mut self.values, command, &mut args) {
            let mut builder = Builder { values: &mut self.values, command, numkeys_at: None, keys: 0 };
            builder.list(&command.arguments, &mut args, 0);
        }
        special::by_name(&mut self.values, &mut args);
        if self.values.chance(6) && special::may_break(command) {
            self.break_form(command, &mut args, fixed);
        }
        if self.values.chance(10) {
            args[0].make_ascii_lowercase();
        }
        args
    }

    fn break_form(&mut self, command: &Command, args: &mut Vec<Vec<u8>>, fixed: usize) {
        let v = &mut self.values;
        match v.rng.u32(0..8) {
            0 | 1 if args.len() > fixed => {
                args.pop();
            }
            2 => args.truncate(fixed),
            3 => args.push(v.element()),
            4 => {
                let tokens = command.tokens();
                if !tokens.is_empty() {
                    let token = tokens[v.rng.usize(0..tokens.len())].clone().into_bytes();
                    let at = v.rng.usize(fixed..args.len() + 1);
                    args.insert(at, token);
                }
            }
            5 if args.len() > fixed => {
                let at = v.rng.usize(fixed..args.len());
                let copy = args[at].clone();
                args.push(copy);
            }
            6 if args.len() > fixed => {
                let at = v.rng.usize(fixed..args.len());
                args.remove(at);
            }
            _ if args.len() > fixed => {
                let at = v.rng.usize(fixed..args.len());
                // Swapping letters' case must not matter to options, and does to data.
                args[at].make_ascii_lowercase();
            }
            _ => {}
        }
    }
}

struct Builder<'a, 'b> {
    values: &'a mut Values,
    command: &'b Command,
    numkeys_at: Option<usize>,
    keys: usize,
}

impl Builder<'_, '_> {
    fn list(&mut self, arguments: &[Argument], out: &mut Vec<Vec<u8>>, depth: usize) {
        // Options may come in any order; those of 7.0 stand at the end of every grammar.
        let first_option = arguments.iter().rposition(|a| !a.optional).map_or(0, |i| i + 1);
        let (head, tail) = arguments.split_at(first_option);
        for argument in head {
            self.one(argument, out, depth);
        }
        let mut order: Vec<&Argument> = tail.iter().collect();
        // Only options that start with a word can be told apart when moved.
        if order.iter().all(|a| starts_with_token(a)) && self.values.chance(30) {
            self.values.rng.shuffle(&mut order);
        }
        for argument in order {
            self.one(argument, out, depth);
        }
    }

    fn one(&mut self, argument: &Argument, out: &mut Vec<Vec<u8>>, depth: usize) {
        if argument.optional && !self.values.chance(if depth == 0 { 42 } else { 50 }) {
            return;
        }
        let repeat = match (argument.multiple, self.values.rng.u32(0..20)) {
            (false, _) => 1,
            (true, 0..9) => 1,
            (true, 9..15) => 2,
            (true, 15..19) => self.values.rng.usize(3..7),
            (true, _) => self.values.rng.usize(7..20),
        };
        let repeat = if argument.name == "weight" && self.values.chance(92) { self.keys.max(1) } else { repeat };
        for i in 0..repeat {
            if let Some(token) = argument.token.as_ref().filter(|t| !t.is_empty())
                && (i == 0 || argument.multiple_token)
            {
                out.extend(token.split_ascii_whitespace().map(|t| t.as_bytes().to_vec()));
            }
            match argument.kind {
                Kind::PureToken => {}
                Kind::OneOf => {
                    let member = argument.members[self.values.rng.usize(0..argument.members.len())].clone();
                    self.one(&Argument { optional: false, ..member }, out, depth + 1);
                }
                Kind::Block => self.list(&argument.members, out, depth + 1),
                _ => {
                    if argument.name == "numkeys" {
                        self.numkeys_at = Some(out.len());
                    }
                    if argument.kind == Kind::Key {
                        self.keys += 1;
                    }
                    let value = self.scalar(argument);
                    out.push(value);
                }
            }
        }
        // The number in front of the keys is right nearly always.
        if argument.kind == Kind::Key && argument.multiple {
            self.keys = repeat;
            if let Some(at) = self.numkeys_at.take()
                && self.values.chance(95)
            {
                out[at] = repeat.to_string().into_bytes();
            }
        }
    }

    fn scalar(&mut self, argument: &Argument) -> Vec<u8> {
        let v = &mut *self.values;
        let name = argument.name.as_str();
        let command = self.command.words[0].as_str();
        let group = self.command.group.as_str();
        match (argument.kind, name) {
            (Kind::Key, _) => {
                let holds = holds(command, group, v);
                v.key(holds)
            }
            (Kind::Pattern, _) => v.pattern(),
            (Kind::UnixTime, n) => v.unix_time(if n.contains("milli") { 1 } else { 1000 }),
            (_, "seconds") => v.duration(1000),
            (_, "milliseconds") => v.duration(1),
            (_, "member" | "member1" | "member2") if group == "geo" => v.place(),
            (_, "member" | "member1" | "member2" | "element" | "pivot" | "message") => v.element(),
            (_, "field") => v.field(),
            (Kind::Double, "min" | "max") => v.score_limit(),
            (Kind::Text, "min" | "max") => {
                if command.ends_with("LEX") || command == "ZLEXCOUNT" {
                    v.lex_limit()
                } else {
                    v.score_limit()
                }
            }
            (Kind::Double, "score" | "increment") => v.float(),
            (Kind::Integer, "increment") if command == "ZINCRBY" => v.float(),
            (Kind::Integer, "weight") => v.float(),
            (Kind::Double, "longitude") => v.longitude(),
            (Kind::Double, "latitude") => v.latitude(),
            (Kind::Double, "radius" | "width" | "height") => v.length(),
            (Kind::Double, _) => v.float(),
            (_, "id" | "last-id" | "max_deleted_entry_id") => v.stream_id(),
            (Kind::Text, "start" | "end") if group == "stream" => v.stream_limit(),
            (_, "threshold") => {
                if v.chance(70) {
                    v.count()
                } else {
                    v.stream_id()
                }
            }
            (Kind::Integer, "index" | "start" | "stop" | "end" | "rank") => v.index(),
            (Kind::Integer, "offset") if command == "SETRANGE" => v.byte_offset(),
            (Kind::Integer, "offset") if group == "bitmap" => v.bit_offset(),
            (Kind::Integer, "offset") => v.index(),
            (_, "bit") => {
                if v.chance(92) {
                    vec![b'0' + v.rng.u8(0..2)]
                } else {
                    v.integer()
                }
            }
            (Kind::Integer, "value") if command == "SETBIT" => {
                if v.chance(92) {
                    vec![b'0' + v.rng.u8(0..2)]
                } else {
                    v.integer()
                }
            }
            (_, "db" | "destination-db" | "index1" | "index2") => v.database(),
            (_, "increment" | "decrement" | "entries_added") => v.integer(),
            (Kind::Integer, "count" | "limit" | "len" | "num-matches" | "numkeys") => v.count(),
            (Kind::Integer, _) => v.count(),
            (_, "value") if group == "hash" || group == "stream" => v.element(),
            (_, "value") => v.value(),
            (_, "operation") => v.pick(&["AND", "OR", "XOR", "NOT", "and", "NAND"]).as_bytes().to_vec(),
            (_, "type") => {
                v.pick(&["string", "list", "set", "zset", "hash", "stream", "none", "STRING"]).as_bytes().to_vec()
            }
            _ => v.element(),
        }
    }
}

fn starts_with_token(argument: &Argument) -> bool {
    match argument.kind {
        _ if argument.token.as_ref().is_some_and(|t| !t.is_empty()) => true,
        Kind::OneOf => argument.members.iter().all(starts_with_token),
        Kind::Block => argument.members.first().is_some_and(starts_with_token),
        _ => false,
    }
}

/// What the key at this place should hold for the command to do something.
fn holds(command: &str, group: &str, v: &mut Values) -> Holds {
    match group {
        "string" => match command {
            "INCR" | "DECR" | "INCRBY" | "DECRBY" | "INCRBYFLOAT" => {
                if v.chance(90) {
                    Holds::Number
                } else {
                    Holds::String
                }
            }
            _ => v.pick(&[Holds::String, Holds::String, Holds::String, Holds::Number, Holds::Bits]),
        },
        "bitmap" => {
            if v.chance(85) {
                Holds::Bits
            } else {
                v.pick(&[Holds::String, Holds::Number])
            }
        }
        "list" => Holds::List,
        "hash" => Holds::Hash,
        "set" => Holds::Set,
        "sorted-set" if command.contains("LEX") => Holds::Lex,
        "sorted-set" => {
            if v.chance(92) {
                Holds::Zset
            } else {
                Holds::Set
            }
        }
        "geo" => {
            if v.chance(90) {
                Holds::Geo
            } else {
                Holds::Zset
            }
        }
        "stream" => Holds::Stream,
        "hyperloglog" => Holds::Hll,
        _ => v.pick(&super::values::ALL),
    }
}
