//! LCS: the longest common subsequence of two strings.

use super::super::Ctx;
use super::matrix::Matrix;
use crate::error::Error;
use crate::memory::{Arena, Bytes, Oom, Rope};
use crate::value::record::Type;
use crate::value::string;
use crate::word::Word;

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: i64,
}

/// LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]
pub fn lcs(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let (first, second) = (ctx.arg(1), ctx.arg(2));
    let (first, second) = (ctx.lookup_read(first), ctx.lookup_read(second));
    if [first, second].iter().flatten().any(|entry| entry.kind() != Type::String) {
        return Err(Error(&"ERR The specified keys must contain string values"));
    }
    let options = parse(ctx)?;
    let [a, b] = [first, second].map(|entry| entry.map_or(Bytes::EMPTY, |entry| string::read(&ctx.e.mem, &entry)));
    // The limit is on the table that Redis would build.
    let cells = (a.len() as u64 + 1).checked_mul(b.len() as u64 + 1).and_then(|cells| cells.checked_mul(4));
    if cells.is_none_or(|bytes| bytes > ctx.config().proto_max_bulk_len) {
        return Err(Error(&"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
    let ways = options.idx || !options.len;
    let Ok(mut matrix) = Matrix::new(ctx.mem(), a, b, ways) else {
        return Err(Error(&"ERR Insufficient memory, failed allocating transient memory for LCS"));
    };
    if options.idx {
        reply_ranges(ctx, &matrix, a, b, &options);
    } else if options.len {
        ctx.integer(i64::from(matrix.len));
    } else {
        let text = subsequence(ctx.mem(), &matrix, a, b);
        matrix.free(ctx.mem());
        let mut text = text?;
        ctx.bulk(Bytes::Rope(text));
        text.free(ctx.mem());
    }
    matrix.free(ctx.mem());
    Ok(())
}

fn parse(ctx: &Ctx<'_, '_>) -> Result<Options, Error> {
    let mut options = Options::default();
    let mut i = 3;
    while i < ctx.argc() {
        match ctx.word(i) {
            Word::Idx => options.idx = true,
            Word::Len => options.len = true,
            Word::WithMatchLen => options.with_match_len = true,
            Word::MinMatchLen if i + 1 < ctx.argc() => {
                i += 1;
                options.min_match_len = ctx.int(i)?;
            }
            _ => return Err(Error::SYNTAX),
        }
        i += 1;
    }
    if options.len && options.idx {
        return Err(Error(&"ERR If you want both the length and indexes, please just use IDX."));
    }
    Ok(options)
}

/// The way back through the table, from the ends of both strings.
struct Way<'b> {
    a: Bytes<'b>,
    b: Bytes<'b>,
    i: usize,
    j: usize,
}

enum Step {
    /// The letters at `i` and `j` belong to the subsequence.
    Match(u8),
    Skip,
}

impl<'b> Way<'b> {
    fn new(a: Bytes<'b>, b: Bytes<'b>) -> Way<'b> {
        Way { a, b, i: a.len(), j: b.len() }
    }

    fn step(&mut self, mem: &Arena, matrix: &Matrix) -> Option<Step> {
        let (i, j) = (self.i.checked_sub(1)?, self.j.checked_sub(1)?);
        let letter = mem.view(self.a).byte(i)?;
        if letter == mem.view(self.b).byte(j)? {
            self.i = i;
            self.j = j;
            return Some(Step::Match(letter));
        }
        if matrix.goes_up(mem, i, j) {
            self.i = i;
        } else {
            self.j = j;
        }
        Some(Step::Skip)
    }
}

/// The subsequence itself, written from its end.
fn subsequence(mem: &mut Arena, matrix: &Matrix, a: Bytes, b: Bytes) -> Result<Rope, Oom> {
    let mut text = Rope::EMPTY;
    let mut at = matrix.len as usize;
    let mut done = text.resize(mem, at);
    let mut way = Way::new(a, b);
    while done.is_ok()
        && at > 0
        && let Some(step) = way.step(mem, matrix)
    {
        if let Step::Match(letter) = step {
            at -= 1;
            done = text.write(mem, at, Bytes::Slice(&[letter]), 0, 1);
        }
    }
    if done.is_err() {
        text.free(mem);
    }
    done.map(|()| text)
}

/// A run of letters that match, by the places of its first and last ones.
struct Run {
    a: usize,
    b: usize,
    len: usize,
}

fn reply_ranges(ctx: &mut Ctx<'_, '_>, matrix: &Matrix, a: Bytes, b: Bytes, options: &Options) {
    ctx.map(2);
    ctx.bulk_str("matches");
    let deferred = ctx.deferred();
    let mut count = 0;
    let mut run: Option<Run> = None;
    let mut way = Way::new(a, b);
    while let Some(step) = way.step(ctx.mem(), matrix) {
        let ended = match step {
            Step::Match(_) => {
                let len = run.as_ref().map_or(0, |run| run.len) + 1;
                run = Some(Run { a: way.i, b: way.j, len });
                way.i == 0 || way.j == 0
            }
            Step::Skip => true,
        };
        if ended
            && let Some(run) = run.take()
            && run.len as i64 >= options.min_match_len
        {
            reply_run(ctx, &run, options);
            count += 1;
        }
    }
    ctx.end_array(deferred, count);
    ctx.bulk_str("len");
    ctx.integer(i64::from(matrix.len));
}

fn reply_run(ctx: &mut Ctx<'_, '_>, run: &Run, options: &Options) {
    ctx.array(if options.with_match_len { 3 } else { 2 });
    for start in [run.a, run.b] {
        ctx.array(2);
        ctx.integer(start as i64);
        ctx.integer((start + run.len - 1) as i64);
    }
    if options.with_match_len {
        ctx.integer(run.len as i64);
    }
}
