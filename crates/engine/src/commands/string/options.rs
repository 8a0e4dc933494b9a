//! The options of SET and GETEX, and expiries as SET, SETEX, PSETEX and GETEX take them.

use super::super::Ctx;
use crate::error::Error;
use crate::value::record::Expiry;
use crate::word::Word;

/// What becomes of the key's expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ttl {
    Keep,
    Persist,
    Ex,
    Px,
    ExAt,
    PxAt,
}

impl Ttl {
    /// Whether the time is given as a point, not as a span.
    pub fn is_absolute(self) -> bool {
        matches!(self, Ttl::ExAt | Ttl::PxAt)
    }
}

#[derive(Clone, Copy, Default)]
pub struct Options {
    pub nx: bool,
    pub xx: bool,
    pub get: bool,
    pub ttl: Option<Ttl>,
    pub expiry: Option<Expiry>,
}

impl Options {
    /// Reads the options from argument `from` on; only SET knows NX, XX, GET and KEEPTTL, only GETEX knows PERSIST.
    /// The times are read afterwards ([`Options::read_expiry`]), as their errors come later.
    pub fn parse(ctx: &Ctx<'_, '_>, from: usize, of_set: bool) -> Result<(Options, usize), Error> {
        let mut options = Options::default();
        let mut time_at = 0;
        let mut i = from;
        while i < ctx.argc() {
            let word = ctx.word(i);
            let ttl = match word {
                Word::Nx if of_set && !options.xx => {
                    options.nx = true;
                    None
                }
                Word::Xx if of_set && !options.nx => {
                    options.xx = true;
                    None
                }
                Word::Get if of_set => {
                    options.get = true;
                    None
                }
                Word::KeepTtl if of_set => Some(Ttl::Keep),
                Word::Persist if !of_set => Some(Ttl::Persist),
                Word::Ex => Some(Ttl::Ex),
                Word::Px => Some(Ttl::Px),
                Word::ExAt => Some(Ttl::ExAt),
                Word::PxAt => Some(Ttl::PxAt),
                _ => return Err(Error::SYNTAX),
            };
            if let Some(ttl) = ttl {
                // The same one may stand there again, and the last one counts; another one may not.
                if options.ttl.is_some_and(|other| other != ttl) {
                    return Err(Error::SYNTAX);
                }
                options.ttl = Some(ttl);
                if !matches!(ttl, Ttl::Keep | Ttl::Persist) {
                    i += 1;
                    if i >= ctx.argc() {
                        return Err(Error::SYNTAX);
                    }
                    time_at = i;
                }
            }
            i += 1;
        }
        Ok((options, time_at))
    }

    pub fn read_expiry(&mut self, ctx: &mut Ctx<'_, '_>, time_at: usize) -> Result<(), Error> {
        if let (Some(ttl), true) = (self.ttl, time_at > 0) {
            self.expiry = Some(expiry(ctx, time_at, ttl)?);
        }
        Ok(())
    }
}

/// An expiry argument as a point of time.
pub fn expiry(ctx: &mut Ctx<'_, '_>, i: usize, ttl: Ttl) -> Result<Expiry, Error> {
    let given = ctx.int(i)?;
    let factor = if matches!(ttl, Ttl::Ex | Ttl::ExAt) { 1000 } else { 1 };
    let base = if ttl.is_absolute() { 0 } else { ctx.now_ms() };
    let at_ms = if given > 0 { given.checked_mul(factor).and_then(|ms| ms.checked_add(base)) } else { None };
    match at_ms {
        Some(at_ms) if at_ms > 0 => Ok(if ttl.is_absolute() { Expiry::at(at_ms) } else { ctx.counted(at_ms) }),
        _ => {
            let name = ctx.row.name;
            Err(ctx.error_fmt(format_args!("ERR invalid expire time in '{name}' command")))
        }
    }
}
