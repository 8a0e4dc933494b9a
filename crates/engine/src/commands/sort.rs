//! SORT and SORT_RO: the elements of a list, set or sorted set in an order, by themselves or by other keys.
//!
//! Nothing is copied but what STORE keeps. A lookup may delete other keys that have expired, but never one seen before
//! within the same command, since time stands still: what rows name stays where it is.

use super::Ctx;
use super::rows::{HALF, Rows, pack, unpack};
use super::spec::{Acl, Command, Flags, Group, KeyFlags, KeySpec, docs};
use crate::args::StoredArgs;
use crate::config::Class;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Oom, Rope};
use crate::number::parse_f64;
use crate::value::item::Item;
use crate::value::list::{self, End};
use crate::value::record::{Entry, Form, Type};
use crate::value::zset::{self, Cursor};
use crate::value::{hash, set, string};
use crate::word::Word;
use core::cmp::Ordering;

pub const COMMANDS: &[Command] = &[
    Command {
        name: "sort",
        arity: -2,
        flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::MOVABLEKEYS),
        acl: Acl::DANGEROUS.with(Acl::LIST).with(Acl::SET).with(Acl::SORTEDSET),
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::unknown(KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::unknown(KeyFlags::OW.with(KeyFlags::UPDATE)),
        ],
        group: Group::Generic,
        since: "1.0.0",
        run: sort,
        subcommands: &[],
        doc: docs!(sort, SORT),
    },
    Command {
        name: "sort_ro",
        arity: -2,
        flags: Flags::READONLY.with(Flags::MOVABLEKEYS),
        acl: Acl::DANGEROUS.with(Acl::LIST).with(Acl::SET).with(Acl::SORTEDSET),
        keys: &[
            KeySpec::at(1, KeyFlags::RO.with(KeyFlags::ACCESS)),
            KeySpec::unknown(KeyFlags::RO.with(KeyFlags::ACCESS)),
        ],
        group: Group::Generic,
        since: "7.0.0",
        run: sort_ro,
        subcommands: &[],
        doc: docs!(sort, SORT_RO),
    },
];

fn sort(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = Options::parse(ctx, true)?;
    run(ctx, options)
}

fn sort_ro(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = Options::parse(ctx, false)?;
    run(ctx, options)
}

#[derive(Clone, Copy)]
struct Options {
    descending: bool,
    alpha: bool,
    offset: i64,
    count: i64,
    /// Positions of arguments.
    store: Option<usize>,
    by: Option<usize>,
    gets: usize,
}

impl Options {
    fn parse(ctx: &Ctx<'_, '_>, may_store: bool) -> Result<Options, Error> {
        let mut options =
            Options { descending: false, alpha: false, offset: 0, count: -1, store: None, by: None, gets: 0 };
        let mut i = 2;
        while i < ctx.argc() {
            let left = ctx.argc() - i - 1;
            match ctx.word(i) {
                Word::Asc => options.descending = false,
                Word::Desc => options.descending = true,
                Word::Alpha => options.alpha = true,
                Word::Limit if left >= 2 => {
                    options.offset = ctx.int(i + 1)?;
                    options.count = ctx.int(i + 2)?;
                    i += 2;
                }
                Word::Store if may_store && left >= 1 => {
                    options.store = Some(i + 1);
                    i += 1;
                }
                Word::By if left >= 1 => {
                    options.by = Some(i + 1);
                    i += 1;
                }
                Word::Get if left >= 1 => {
                    options.gets += 1;
                    i += 1;
                }
                _ => return Err(Error::SYNTAX),
            }
            i += 1;
        }
        Ok(options)
    }

    /// The rows to reply: first and one past the last.
    fn range(&self, len: usize) -> (usize, usize) {
        let first = usize::try_from(self.offset.max(0)).unwrap_or(usize::MAX).min(len);
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        (first, first.saturating_add(count).min(len))
    }
}

/// The position of the `n`-th GET's pattern; the options are known to be well formed.
fn get_at(ctx: &Ctx<'_, '_>, n: usize) -> usize {
    let (mut i, mut seen) = (2, 0);
    loop {
        match ctx.word(i) {
            Word::Get if seen == n => return i + 1,
            Word::Get => {
                seen += 1;
                i += 2;
            }
            Word::Limit => i += 3,
            Word::Store | Word::By => i += 2,
            _ => i += 1,
        }
    }
}

fn run(ctx: &mut Ctx<'_, '_>, mut options: Options) -> Result<(), Error> {
    let source = ctx.lookup_read(ctx.arg(1));
    if source.is_some_and(|entry| !matches!(entry.kind(), Type::List | Type::Set | Type::Zset)) {
        return Err(Error::WRONG_TYPE);
    }
    // A constant BY asks for no order at all; but what is stored of a set must not depend on chance.
    let mut unsorted = options.by.is_some_and(|by| Pattern::of(ctx, by).is_none());
    if unsorted && options.store.is_some() && source.is_some_and(|entry| entry.kind() == Type::Set) {
        (unsorted, options.alpha, options.by) = (false, true, None);
    }
    let mut rows = Rows::EMPTY;
    let done = fill(ctx, source, unsorted && options.descending, &mut rows).and_then(|()| {
        if !unsorted {
            weigh(ctx, &options, &mut rows)?;
            rows.sort(&mut ctx.e.mem, &|rows, mem, a, b| compare(rows, mem, &options, a, b));
        }
        match options.store {
            Some(at) => store(ctx, &options, &rows, at),
            None => reply(ctx, &options, &rows),
        }
    });
    rows.free(&mut ctx.e.mem);
    done
}

/// A row for each element, in the order of the value or backwards.
fn fill(ctx: &mut Ctx<'_, '_>, source: Option<Entry>, backward: bool, rows: &mut Rows) -> Result<(), Error> {
    let Some(entry) = source else { return Ok(()) };
    let mem = &mut ctx.e.mem;
    match entry.kind() {
        Type::List => {
            let mut iter = if backward { list::iter_back(mem, &entry) } else { list::iter(mem, &entry) };
            while let Some(element) = iter.next(mem) {
                rows.push(mem, element)?;
            }
        }
        Type::Set => {
            let mut iter = set::iter(mem, &entry);
            while let Some(element) = iter.next(mem, &entry) {
                rows.push(mem, element)?;
            }
        }
        _ => {
            let len = zset::len(mem, &entry);
            let mut cursor = Cursor::new(mem, &entry, if backward { len - 1 } else { 0 }, len, backward);
            while let Some((element, _)) = cursor.next(mem) {
                rows.push(mem, element)?;
            }
        }
    }
    Ok(())
}

/// Finds out what each row is compared by.
fn weigh(ctx: &mut Ctx<'_, '_>, options: &Options, rows: &mut Rows) -> Result<(), Error> {
    let mut all_numbers = true;
    for i in 0..rows.len() {
        let element = rows.element(&ctx.e.mem, i);
        let by = match options.by {
            None => Some(element),
            Some(by) => lookup(ctx, by, element)?,
        };
        if options.alpha {
            // By themselves, elements are compared where they lie.
            if options.by.is_some() {
                rows.set_key(&mut ctx.e.mem, i, pack(by, 0));
            }
        } else if let Some(by) = by {
            let number = number(&ctx.e.mem, by);
            all_numbers &= number.is_some();
            let mut half = [0; HALF];
            half[..8].copy_from_slice(&number.unwrap_or(0.0).to_bits().to_le_bytes());
            rows.set_key(&mut ctx.e.mem, i, half);
        }
    }
    if all_numbers { Ok(()) } else { Err(Error(&"ERR One or more scores can't be converted into double")) }
}

/// As strtod reads it: an empty text is nought, blanks may come first.
fn number(mem: &Arena, bytes: Bytes) -> Option<f64> {
    let mut buffer = [0u8; 256];
    let view = mem.view(bytes);
    if view.len() > buffer.len() {
        return None;
    }
    let len = view.copy_to(0, &mut buffer);
    match buffer[..len].trim_ascii_start() {
        [] if len == 0 => Some(0.0),
        text => parse_f64(text),
    }
}

fn reply(ctx: &mut Ctx<'_, '_>, options: &Options, rows: &Rows) -> Result<(), Error> {
    let (first, end) = options.range(rows.len());
    ctx.array((end - first) * options.gets.max(1));
    for i in first..end {
        let element = rows.element(&ctx.e.mem, i);
        if options.gets == 0 {
            ctx.bulk(element);
        }
        for n in 0..options.gets {
            let at = get_at(ctx, n);
            match lookup(ctx, at, element)? {
                Some(value) => ctx.bulk(value),
                None => ctx.null(),
            }
        }
    }
    Ok(())
}

fn store(ctx: &mut Ctx<'_, '_>, options: &Options, rows: &Rows, at: usize) -> Result<(), Error> {
    // The target may be the source, or one of the keys that GET reads: everything is read before it goes.
    let mut values = StoredArgs::EMPTY;
    let stored = collect(ctx, options, rows, &mut values).and_then(|bytes| replace(ctx, at, &values, bytes));
    values.free(&mut ctx.e.mem);
    stored
}

/// Copies what is to be stored; returns its bytes.
fn collect(ctx: &mut Ctx<'_, '_>, options: &Options, rows: &Rows, values: &mut StoredArgs) -> Result<usize, Error> {
    let (first, end) = options.range(rows.len());
    let mut bytes = 0;
    for i in first..end {
        let element = rows.element(&ctx.e.mem, i);
        if options.gets == 0 {
            values.push(&mut ctx.e.mem, element)?;
            bytes += element.len();
        }
        for n in 0..options.gets {
            let at = get_at(ctx, n);
            let value = lookup(ctx, at, element)?.unwrap_or(Bytes::EMPTY);
            values.push(&mut ctx.e.mem, value)?;
            bytes += value.len();
        }
    }
    Ok(bytes)
}

fn replace(ctx: &mut Ctx<'_, '_>, at: usize, values: &StoredArgs, bytes: usize) -> Result<(), Error> {
    let key = ctx.arg(at);
    let (blocks, bytes) = list::push_bound(values.len(), bytes + key.len());
    ctx.reserve(blocks, bytes)?;
    let old = ctx.lookup_write(key);
    if let Some(old) = old {
        ctx.delete(old);
    }
    let mut made: Option<Entry> = None;
    for i in 0..values.len() {
        let value = values.get(&ctx.e.mem, i);
        let item = Item::prepare(&mut ctx.e.mem, value)?;
        let pushed = match &mut made {
            Some(entry) => list::push(&mut ctx.e.mem, entry, End::Tail, &item),
            None => match ctx.create(key, Form::ListPacked, list::first_body_bytes(&item)) {
                Ok(entry) => list::start(&mut ctx.e.mem, made.insert(entry), &item),
                Err(_) => Err(Oom),
            },
        };
        if let Err(oom) = pushed {
            item.discard(&mut ctx.e.mem);
            return Err(oom.into());
        }
    }
    if made.is_some() {
        ctx.changed(key, Class::List, "sortstore");
        ctx.add_dirty(values.len() as u64 - 1);
    } else if old.is_some() {
        ctx.changed(key, Class::Generic, "del");
    }
    ctx.integer(values.len() as i64);
    Ok(())
}

/// A BY or GET pattern with a star: `weight_*`, or `object_*->field`.
#[derive(Clone, Copy)]
struct Pattern {
    len: usize,
    star: usize,
    /// Where a hash field's name begins behind `->`.
    field: Option<usize>,
}

impl Pattern {
    /// `None` where there is no star.
    fn of(ctx: &Ctx<'_, '_>, at: usize) -> Option<Pattern> {
        let pattern = ctx.arg(at);
        let text = ctx.e.mem.view(pattern);
        let star = (0..text.len()).find(|&i| text.byte(i) == Some(b'*'))?;
        let arrow = |i: usize| text.byte(i) == Some(b'-') && text.byte(i + 1) == Some(b'>');
        // An arrow with nothing behind it is part of the key.
        let field = (star + 1..text.len()).find(|&i| arrow(i)).map(|i| i + 2).filter(|&i| i < text.len());
        Some(Pattern { len: text.len(), star, field })
    }
}

/// The value that a pattern stands for with this element in the place of its star; `#` is the element itself.
fn lookup(ctx: &mut Ctx<'_, '_>, at: usize, element: Bytes<'static>) -> Result<Option<Bytes<'static>>, Error> {
    if ctx.is_word(at, "#") {
        return Ok(Some(element));
    }
    let Some(pattern) = Pattern::of(ctx, at) else {
        return Ok(None);
    };
    let text = ctx.arg(at);
    let key_end = pattern.field.map_or(pattern.len, |field| field - 2);
    let mut key = Name::EMPTY;
    let built = key
        .add(&mut ctx.e.mem, text, 0, pattern.star)
        .and_then(|()| key.add(&mut ctx.e.mem, element, 0, element.len()))
        .and_then(|()| key.add(&mut ctx.e.mem, text, pattern.star + 1, key_end));
    let found = built.map(|()| ctx.lookup_read(key.bytes()));
    key.free(&mut ctx.e.mem);
    let Some(entry) = found? else {
        return Ok(None);
    };
    match (pattern.field, entry.kind()) {
        (None, Type::String) => Ok(Some(string::read(&ctx.e.mem, &entry))),
        (Some(from), Type::Hash) => {
            let mut field = Name::EMPTY;
            let built = field.add(&mut ctx.e.mem, text, from, pattern.len);
            let found = built.map(|()| hash::get(&ctx.e.mem, &entry, field.bytes()));
            field.free(&mut ctx.e.mem);
            Ok(found?)
        }
        _ => Ok(None),
    }
}

/// A name put together: in place while it is short.
struct Name {
    short: [u8; 128],
    len: usize,
    long: Rope,
}

impl Name {
    const EMPTY: Name = Name { short: [0; 128], len: 0, long: Rope::EMPTY };

    /// Appends the bytes of `text` from `from` to `to`.
    fn add(&mut self, mem: &mut Arena, text: Bytes, from: usize, to: usize) -> Result<(), Oom> {
        let n = to - from;
        if self.long.is_empty() && self.len + n <= self.short.len() {
            self.len += mem.view(text).copy_to(from, &mut self.short[self.len..self.len + n]);
            return Ok(());
        }
        if self.long.is_empty() {
            self.long.append(mem, Bytes::Slice(&self.short[..self.len]))?;
        }
        let at = self.long.len();
        self.long.resize(mem, at + n)?;
        self.long.write(mem, at, text, from, n)
    }

    fn bytes(&self) -> Bytes<'_> {
        if self.long.is_empty() { Bytes::Slice(&self.short[..self.len]) } else { Bytes::Rope(self.long) }
    }

    fn free(mut self, mem: &mut Arena) {
        self.long.free(mem);
    }
}

fn compare(rows: &Rows, mem: &Arena, options: &Options, a: usize, b: usize) -> Ordering {
    let elements = || mem.view(rows.element(mem, a)).cmp(&mem.view(rows.element(mem, b)));
    let (key_a, key_b) = (rows.key(mem, a), rows.key(mem, b));
    let order = if !options.alpha {
        // Equal weights: by the elements, so that the order never depends on chance.
        score(key_a).partial_cmp(&score(key_b)).unwrap_or(Ordering::Equal).then_with(elements)
    } else if options.by.is_none() {
        elements()
    } else {
        match (unpack(key_a), unpack(key_b)) {
            (Some(a), Some(b)) => mem.view(a).cmp(&mem.view(b)),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    };
    if options.descending { order.reverse() } else { order }
}

fn score(half: [u8; HALF]) -> f64 {
    let mut bits = [0; 8];
    bits.copy_from_slice(&half[..8]);
    f64::from_bits(u64::from_le_bytes(bits))
}
