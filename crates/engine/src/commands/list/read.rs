//! List commands that only look.

use super::{at_index, range, reply_items};
use crate::commands::Ctx;
use crate::error::Error;
use crate::value::list::{self, End, Needle};
use crate::value::record::Type;
use crate::word::Word;

pub(super) fn lindex(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    // The key is looked at before the index is read, as Redis does: no key, no complaint.
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        ctx.null();
        return Ok(());
    };
    let index = ctx.int(2)?;
    match at_index(ctx, &entry, index) {
        Some(index) => match list::iter_from(ctx.mem(), &entry, index).next(ctx.mem()) {
            Some(item) => ctx.bulk(item),
            None => ctx.null(),
        },
        None => ctx.null(),
    }
    Ok(())
}

pub(super) fn llen(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let len = match ctx.read(ctx.arg(1), Type::List)? {
        Some(entry) => list::len(ctx.mem(), &entry),
        None => 0,
    };
    ctx.integer(len as i64);
    Ok(())
}

pub(super) fn lpos(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let options = LposOptions::parse(ctx)?;
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        match options.count {
            Some(_) => ctx.array(0),
            None => ctx.null(),
        }
        return Ok(());
    };
    let needle = Needle::new(&ctx.e.mem, ctx.arg(2));
    let len = list::len(ctx.mem(), &entry);
    let mut iter = match options.from {
        End::Head => list::iter(ctx.mem(), &entry),
        End::Tail => list::iter_back(ctx.mem(), &entry),
    };
    let array = options.count.map(|_| ctx.deferred());
    let (mut matches, mut replied) = (0i64, 0);
    for index in 0..options.max_len {
        let Some(item) = iter.next(ctx.mem()) else { break };
        if !needle.is(ctx.mem(), item) {
            continue;
        }
        matches += 1;
        // The smallest rank has no positive counterpart; like Redis it then counts every match.
        if matches < options.rank {
            continue;
        }
        ctx.integer(if options.from == End::Head { index } else { len - 1 - index } as i64);
        replied += 1;
        match options.count {
            None => return Ok(()),
            Some(count) if count != 0 && matches.wrapping_sub(options.rank).wrapping_add(1) >= count => break,
            Some(_) => {}
        }
    }
    match array {
        Some(array) => ctx.end_array(array, replied),
        None => ctx.null(),
    }
    Ok(())
}

struct LposOptions {
    /// Which of the matches, from 1.
    rank: i64,
    from: End,
    /// 0: all.
    count: Option<i64>,
    /// Items to look at.
    max_len: usize,
}

impl LposOptions {
    fn parse(ctx: &Ctx<'_, '_>) -> Result<LposOptions, Error> {
        let mut options = LposOptions { rank: 1, from: End::Head, count: None, max_len: usize::MAX };
        let mut rank = 1;
        let mut i = 3;
        while i < ctx.argc() {
            let word = ctx.word(i);
            if i + 1 == ctx.argc() {
                return Err(Error::SYNTAX);
            }
            let natural = |refusal| ctx.int(i + 1).ok().filter(|&n| n >= 0).ok_or(refusal);
            match word {
                Word::Rank => {
                    rank = ctx.int(i + 1)?;
                    if rank == 0 {
                        return Err(Error(
                            &"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or \
                             use negative to start from the end of the list",
                        ));
                    }
                }
                Word::Count => options.count = Some(natural(Error(&"ERR COUNT can't be negative"))?),
                Word::MaxLen => {
                    let max = natural(Error(&"ERR MAXLEN can't be negative"))?;
                    options.max_len = if max == 0 { usize::MAX } else { usize::try_from(max).unwrap_or(usize::MAX) };
                }
                _ => return Err(Error::SYNTAX),
            }
            i += 2;
        }
        if rank < 0 {
            options.from = End::Tail;
        }
        options.rank = if rank < 0 { rank.wrapping_neg() } else { rank };
        Ok(options)
    }
}

pub(super) fn lrange(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (start, stop) = (ctx.int(2)?, ctx.int(3)?);
    let Some(entry) = ctx.read(ctx.arg(1), Type::List)? else {
        ctx.array(0);
        return Ok(());
    };
    let len = list::len(ctx.mem(), &entry);
    let Some((from, to)) = range(start, stop, len) else {
        ctx.array(0);
        return Ok(());
    };
    let iter = list::iter_from(ctx.mem(), &entry, from);
    reply_items(ctx, iter, to - from);
    Ok(())
}
