//! ZUNION, ZINTER, ZDIFF, their STORE forms and ZINTERCARD. The operands are sorted sets, and sets with a score of 1.

use super::super::Ctx;
use super::add::score_arg;
use super::range::reply_members;
use super::store::store;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Oom, Rope};
use crate::value::record::{Entry, Type};
use crate::value::set;
use crate::value::zset::draft::Draft;
use crate::value::zset::{self, Cursor};
use crate::word::Word;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    /// Infinities of either sign sum up to 0, as in Redis.
    fn join(self, old: f64, new: f64) -> f64 {
        match self {
            Aggregate::Sum => zero_for_nan(old + new),
            Aggregate::Min => {
                if new < old {
                    new
                } else {
                    old
                }
            }
            Aggregate::Max => {
                if new > old {
                    new
                } else {
                    old
                }
            }
        }
    }
}

fn zero_for_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

pub fn zunion(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine(ctx, Operation::Union)
}

pub fn zinter(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine(ctx, Operation::Inter)
}

pub fn zdiff(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine(ctx, Operation::Diff)
}

pub fn zunionstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine_and_store(ctx, Operation::Union, "zunionstore")
}

pub fn zinterstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine_and_store(ctx, Operation::Inter, "zinterstore")
}

pub fn zdiffstore(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    combine_and_store(ctx, Operation::Diff, "zdiffstore")
}

fn combine(ctx: &mut Ctx<'_, '_>, operation: Operation) -> Result<(), Error> {
    let call = Call::parse(ctx, operation, 1, Reply::Members)?;
    let draft = call.draft(ctx, operation)?;
    let cursor = draft.cursor(&ctx.e.mem);
    reply_members(ctx, Some(cursor), draft.len(), call.with_scores);
    draft.free(&mut ctx.e.mem);
    Ok(())
}

fn combine_and_store(ctx: &mut Ctx<'_, '_>, operation: Operation, event: &'static str) -> Result<(), Error> {
    let call = Call::parse(ctx, operation, 2, Reply::Stored)?;
    let draft = call.draft(ctx, operation)?;
    let key = ctx.arg(1);
    store(ctx, key, draft, event)
}

pub fn zintercard(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let call = Call::parse(ctx, Operation::Inter, 1, Reply::Count)?;
    let mut operands = Operands::new(ctx, &call)?;
    let counted = intersect(ctx, &call, &mut operands, call.limit, None);
    operands.free(&mut ctx.e.mem);
    ctx.integer(counted? as i64);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reply {
    Members,
    Stored,
    Count,
}

/// A call's options.
struct Call {
    /// Position of the first operand's key, and their number.
    first: usize,
    keys: usize,
    /// Position of the first operand's weight.
    weights: Option<usize>,
    aggregate: Aggregate,
    with_scores: bool,
    /// Where counting ends; `usize::MAX` for nowhere.
    limit: usize,
}

impl Call {
    /// Reads a call with its number of keys at `at`. Operands of another type are refused before the options are read,
    /// as Redis does.
    fn parse(ctx: &mut Ctx<'_, '_>, operation: Operation, at: usize, reply: Reply) -> Result<Call, Error> {
        let keys = ctx.int(at)?;
        if keys < 1 {
            let name = ctx.row.name;
            return Err(ctx.error_fmt(format_args!("ERR at least 1 input key is needed for '{name}' command")));
        }
        let rest = ctx.argc() - at - 1;
        let keys = usize::try_from(keys).ok().filter(|keys| *keys <= rest).ok_or(Error::SYNTAX)?;
        let mut call = Call {
            first: at + 1,
            keys,
            weights: None,
            aggregate: Aggregate::Sum,
            with_scores: false,
            limit: usize::MAX,
        };
        for i in call.first..call.first + keys {
            let key = ctx.arg(i);
            if let Some(entry) = ctx.lookup_read(key)
                && !matches!(entry.kind(), Type::Zset | Type::Set)
            {
                return Err(Error::WRONG_TYPE);
            }
        }
        call.options(ctx, operation, reply)?;
        Ok(call)
    }

    fn options(&mut self, ctx: &Ctx<'_, '_>, operation: Operation, reply: Reply) -> Result<(), Error> {
        let scored = operation != Operation::Diff && reply != Reply::Count;
        let mut i = self.first + self.keys;
        while i < ctx.argc() {
            let left = ctx.argc() - i;
            match ctx.word(i) {
                Word::Weights if scored && left > self.keys => {
                    self.weights = Some(i + 1);
                    for weight in i + 1..=i + self.keys {
                        score_arg(ctx, weight).map_err(|_| Error(&"ERR weight value is not a float"))?;
                    }
                    i += 1 + self.keys;
                }
                Word::Aggregate if scored && left >= 2 => {
                    self.aggregate = match ctx.word(i + 1) {
                        Word::Sum => Aggregate::Sum,
                        Word::Min => Aggregate::Min,
                        Word::Max => Aggregate::Max,
                        _ => return Err(Error::SYNTAX),
                    };
                    i += 2;
                }
                Word::WithScores if reply == Reply::Members => {
                    self.with_scores = true;
                    i += 1;
                }
                Word::Limit if reply == Reply::Count && left >= 2 => {
                    self.limit = match ctx.int(i + 1) {
                        Ok(0) => usize::MAX,
                        Ok(limit @ 1..) => usize::try_from(limit).unwrap_or(usize::MAX),
                        _ => return Err(Error(&"ERR LIMIT can't be negative")),
                    };
                    i += 2;
                }
                _ => return Err(Error::SYNTAX),
            }
        }
        Ok(())
    }

    fn draft(&self, ctx: &mut Ctx<'_, '_>, operation: Operation) -> Result<Draft, Error> {
        let mut operands = Operands::new(ctx, self)?;
        let mut draft = Draft::EMPTY;
        let done = match operation {
            Operation::Union => unite(ctx, self, &mut operands, &mut draft),
            Operation::Inter => intersect(ctx, self, &mut operands, usize::MAX, Some(&mut draft)).map(|_| ()),
            Operation::Diff => subtract(ctx, self, &mut operands, &mut draft),
        };
        operands.free(&mut ctx.e.mem);
        match done {
            Ok(()) => Ok(draft),
            Err(error) => {
                draft.free(&mut ctx.e.mem);
                Err(error)
            }
        }
    }

    /// The operand whose key is the `i`-th.
    fn operand(&self, ctx: &mut Ctx<'_, '_>, i: usize) -> Operand {
        let key = ctx.arg(self.first + i);
        let weight = self.weights.and_then(|weights| score_arg(ctx, weights + i).ok()).unwrap_or(1.0);
        Operand { entry: ctx.peek(key), weight }
    }
}

fn unite(ctx: &mut Ctx<'_, '_>, call: &Call, operands: &mut Operands, draft: &mut Draft) -> Result<(), Error> {
    let aggregate = call.aggregate;
    operands.sort(&mut ctx.e.mem)?;
    for i in 0..call.keys {
        let operand = operands.get(ctx, call, i);
        let mut members = Members::of(&ctx.e.mem, operand.entry);
        while let Some((member, score)) = members.next(&ctx.e.mem) {
            let score = zero_for_nan(operand.weight * score);
            draft.add(&mut ctx.e.mem, member, score, &|old, new| aggregate.join(old, new))?;
        }
    }
    Ok(())
}

/// Adds the members that all operands have to the draft, or only counts them up to a limit.
fn intersect(
    ctx: &mut Ctx<'_, '_>,
    call: &Call,
    operands: &mut Operands,
    limit: usize,
    mut draft: Option<&mut Draft>,
) -> Result<usize, Error> {
    operands.sort(&mut ctx.e.mem)?;
    let smallest = operands.get(ctx, call, 0);
    let mut members = Members::of(&ctx.e.mem, smallest.entry);
    let mut count = 0;
    'members: while let Some((member, score)) = members.next(&ctx.e.mem) {
        let mut total = zero_for_nan(smallest.weight * score);
        for i in 1..call.keys {
            let operand = operands.get(ctx, call, i);
            match operand.score(&ctx.e.mem, member) {
                Some(score) => total = call.aggregate.join(total, score * operand.weight),
                None => continue 'members,
            }
        }
        count += 1;
        match &mut draft {
            Some(draft) => draft.add(&mut ctx.e.mem, member, total, &|_, new| new)?,
            None if count >= limit => break,
            None => {}
        }
    }
    Ok(count)
}

fn subtract(ctx: &mut Ctx<'_, '_>, call: &Call, operands: &mut Operands, draft: &mut Draft) -> Result<(), Error> {
    let first = operands.get(ctx, call, 0);
    let mut members = Members::of(&ctx.e.mem, first.entry);
    'members: while let Some((member, score)) = members.next(&ctx.e.mem) {
        for i in 1..call.keys {
            if operands.get(ctx, call, i).score(&ctx.e.mem, member).is_some() {
                continue 'members;
            }
        }
        draft.add(&mut ctx.e.mem, member, score, &|_, new| new)?;
    }
    Ok(())
}

/// One input with its weight.
#[derive(Clone, Copy)]
struct Operand {
    entry: Option<Entry>,
    weight: f64,
}

impl Operand {
    fn len(&self, mem: &Arena) -> usize {
        match &self.entry {
            Some(entry) if entry.kind() == Type::Set => set::len(mem, entry),
            Some(entry) => zset::len(mem, entry),
            None => 0,
        }
    }

    fn score(&self, mem: &Arena, member: Bytes) -> Option<f64> {
        match &self.entry {
            Some(entry) if entry.kind() == Type::Set => set::contains(mem, entry, member).then_some(1.0),
            Some(entry) => zset::score(mem, entry, member),
            None => None,
        }
    }
}

/// Operands at hand; those behind them are looked up whenever they are needed.
const NEAR: usize = 16;

/// The inputs in the order in which they are to be gone through. Nothing in the keyspace changes while it is in use.
struct Operands {
    near: [Operand; NEAR],
    /// For more than [`NEAR`] operands: each one's length and position, 4 bytes each.
    far: Rope,
    count: usize,
}

impl Operands {
    fn new(ctx: &mut Ctx<'_, '_>, call: &Call) -> Result<Operands, Error> {
        let none = Operand { entry: None, weight: 1.0 };
        let mut operands = Operands { near: [none; NEAR], far: Rope::EMPTY, count: call.keys };
        for i in 0..call.keys.min(NEAR) {
            operands.near[i] = call.operand(ctx, i);
        }
        if call.keys > NEAR {
            operands.far.resize(&mut ctx.e.mem, call.keys * 8)?;
            for i in 0..call.keys {
                let len = call.operand(ctx, i).len(&ctx.e.mem);
                if let Err(oom) = operands.set_far(&mut ctx.e.mem, i, (len as u64) << 32 | i as u64) {
                    operands.free(&mut ctx.e.mem);
                    return Err(oom.into());
                }
            }
        }
        Ok(operands)
    }

    fn free(&mut self, mem: &mut Arena) {
        self.far.free(mem);
    }

    fn get(&self, ctx: &mut Ctx<'_, '_>, call: &Call, i: usize) -> Operand {
        if self.far.is_empty() {
            return self.near[i.min(NEAR - 1)];
        }
        let position = self.far(&ctx.e.mem, i) as u32 as usize;
        call.operand(ctx, position)
    }

    fn far(&self, mem: &Arena, i: usize) -> u64 {
        match self.far.chunk(mem, i * 8).first_chunk::<8>() {
            Some(raw) => u64::from_le_bytes(*raw),
            None => 0,
        }
    }

    fn set_far(&mut self, mem: &mut Arena, i: usize, value: u64) -> Result<(), Oom> {
        self.far.write(mem, i * 8, Bytes::Slice(&value.to_le_bytes()), 0, 8)
    }

    /// Orders them by their number of members, equal ones as they are given: sums of doubles depend on the order.
    fn sort(&mut self, mem: &mut Arena) -> Result<(), Oom> {
        if self.far.is_empty() {
            let near = &mut self.near[..self.count.min(NEAR)];
            for i in 1..near.len() {
                let mut at = i;
                while at > 0 && near[at].len(mem) < near[at - 1].len(mem) {
                    near.swap(at, at - 1);
                    at -= 1;
                }
            }
            return Ok(());
        }
        // A heap sort: no two values are equal, as each holds its position.
        let n = self.count;
        for start in (0..n / 2).rev() {
            self.sift(mem, start, n)?;
        }
        for end in (1..n).rev() {
            let (first, last) = (self.far(mem, 0), self.far(mem, end));
            self.set_far(mem, 0, last)?;
            self.set_far(mem, end, first)?;
            self.sift(mem, 0, end)?;
        }
        Ok(())
    }

    fn sift(&mut self, mem: &mut Arena, start: usize, end: usize) -> Result<(), Oom> {
        let value = self.far(mem, start);
        let mut at = start;
        loop {
            let mut child = 2 * at + 1;
            if child >= end {
                break;
            }
            if child + 1 < end && self.far(mem, child + 1) > self.far(mem, child) {
                child += 1;
            }
            let larger = self.far(mem, child);
            if larger <= value {
                break;
            }
            self.set_far(mem, at, larger)?;
            at = child;
        }
        self.set_far(mem, at, value)
    }
}

/// A walk over an operand's members.
enum Members {
    Zset(Cursor),
    Set(set::Iter, Entry),
    None,
}

impl Members {
    fn of(mem: &Arena, entry: Option<Entry>) -> Members {
        match entry {
            Some(entry) if entry.kind() == Type::Set => Members::Set(set::iter(mem, &entry), entry),
            Some(entry) => Members::Zset(Cursor::forward(mem, &entry, 0, usize::MAX)),
            None => Members::None,
        }
    }

    fn next(&mut self, mem: &Arena) -> Option<(Bytes<'static>, f64)> {
        match self {
            Members::Zset(cursor) => cursor.next(mem),
            Members::Set(iter, entry) => iter.next(mem, entry).map(|member| (member, 1.0)),
            Members::None => None,
        }
    }
}
