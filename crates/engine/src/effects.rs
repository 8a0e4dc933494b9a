//! The effect stream: what changed, as the deterministic commands Redis 7.0 would propagate. AOF and replication will
//! be its readers; until one is there it is off and costs nothing.

use crate::memory::bytes::Digits;
use crate::memory::{Arena, Bytes, Fifo, Oom};

pub struct Effects {
    on: bool,
    /// RESP commands not yet read.
    log: Fifo,
    /// The database the reader is in.
    db: Option<usize>,
    /// The running command has said itself what to propagate.
    pub replaced: bool,
    /// MULTI was written and EXEC must follow.
    open: bool,
    /// Something was lost for want of memory: a reader must start afresh.
    pub broken: bool,
}

impl Effects {
    pub const OFF: Effects =
        Effects { on: false, log: Fifo::EMPTY, db: None, replaced: false, open: false, broken: false };

    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Starts recording; the reader takes what is there with [`Effects::front`] and [`Effects::consume`].
    pub fn start(&mut self) {
        self.on = true;
        self.db = None;
    }

    pub fn front<'m>(&self, mem: &'m Arena) -> &'m [u8] {
        self.log.front(mem)
    }

    pub fn consume(&mut self, mem: &mut Arena, n: usize) {
        self.log.consume(mem, n);
    }

    /// Appends one command.
    pub fn emit(&mut self, mem: &mut Arena, db: usize, args: &[Bytes]) {
        if !self.on {
            return;
        }
        let written = self.select(mem, db).and_then(|()| {
            self.header(mem, b'*', args.len())?;
            args.iter().try_for_each(|arg| self.bulk(mem, *arg))
        });
        self.broken |= written.is_err();
    }

    /// Appends one command of which the arguments are taken one by one.
    pub fn emit_call<'x>(
        &mut self,
        mem: &mut Arena,
        db: usize,
        count: usize,
        arg: &dyn Fn(&Arena, usize) -> Bytes<'x>,
    ) {
        if !self.on {
            return;
        }
        let written = self.select(mem, db).and_then(|()| {
            self.header(mem, b'*', count)?;
            (0..count).try_for_each(|i| {
                let bytes = arg(mem, i);
                self.bulk(mem, bytes)
            })
        });
        self.broken |= written.is_err();
    }

    /// The effects that follow, up to [`Effects::end_exec`], belong together.
    pub fn begin_exec(&mut self, mem: &mut Arena, db: usize) {
        if self.on {
            self.emit(mem, db, &[Bytes::Slice(b"MULTI")]);
            self.open = true;
        }
    }

    pub fn end_exec(&mut self, mem: &mut Arena, db: usize) {
        if self.open {
            self.open = false;
            self.emit(mem, db, &[Bytes::Slice(b"EXEC")]);
        }
    }

    fn select(&mut self, mem: &mut Arena, db: usize) -> Result<(), Oom> {
        if self.db == Some(db) {
            return Ok(());
        }
        self.db = Some(db);
        self.header(mem, b'*', 2)?;
        self.bulk(mem, Bytes::Slice(b"SELECT"))?;
        self.bulk(mem, Bytes::Int(db as i64))
    }

    fn header(&mut self, mem: &mut Arena, kind: u8, n: usize) -> Result<(), Oom> {
        self.log.push(mem, &[kind])?;
        self.log.push(mem, Digits::new().format(n).as_bytes())?;
        self.log.push(mem, b"\r\n")
    }

    fn bulk(&mut self, mem: &mut Arena, bytes: Bytes) -> Result<(), Oom> {
        self.header(mem, b'$', bytes.len())?;
        self.log.push_bytes(mem, bytes)?;
        self.log.push(mem, b"\r\n")
    }
}
