//! Setting a board up over its serial console: lines as [`microredis_board::request`] understands them. What is answered
//! goes to the console alone, never into the log that clients can read, and no secret goes anywhere.

use crate::clock::Clock;
use crate::log::Console;
use crate::settings::VALUE_BYTES_MAX;
use crate::{Shell, Waiting};
use core::fmt::{Arguments, Write};
use embassy_futures::yield_now;
use embassy_time::{Duration, Timer};
use microredis_board::line::{Echo, Line};
use microredis_board::request::{self, BOARD_SETTINGS, Request};
use microredis_engine::config::table::{self, PARAMS};
use microredis_engine::engine::ConfigError;

/// Where typed bytes come from.
pub trait Keyboard {
    fn read(&mut self) -> impl Future<Output = u8>;
}

/// A serial port. What it says was damaged or lost is missing from the line, which a person sees.
impl<R: embedded_io_async::Read> Keyboard for R {
    async fn read(&mut self) -> u8 {
        let mut byte = [0];
        while !matches!(embedded_io_async::Read::read(self, &mut byte).await, Ok(1)) {
            // A line without a rest may never be without errors.
            yield_now().await;
        }
        byte[0]
    }
}

/// What a board has besides, to be set up.
pub struct Terminal<K> {
    pub keyboard: K,
    pub console: &'static dyn Console,
    /// What becomes of a setting on this board, where that needs to be said: names of
    /// [`BOARD_SETTINGS`] with a text.
    pub notes: &'static [(&'static str, &'static str)],
}

/// Of a board with a wire.
pub const NO_WIFI: [(&str, &str); 2] =
    [("wifi-ssid", "not used: this board has no Wi-Fi"), ("wifi-password", "not used")];

/// How often a factory reset looks whether the snapshots are erased.
const LOOK: Duration = Duration::from_millis(20);

struct Out<'a>(&'a dyn Console);

impl Out<'_> {
    fn line(&mut self, text: Arguments<'_>) {
        let _ = self.write_fmt(text);
        self.0.write(b"\r\n");
    }
}

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl<C: Clock> Shell<C> {
    /// To be awaited by a task of its own, after [`Shell::configure`].
    pub async fn console<K: Keyboard>(&self, terminal: &mut Terminal<K>) -> ! {
        let mut line = Line::EMPTY;
        loop {
            match line.push(terminal.keyboard.read().await) {
                Echo::Nothing => {}
                Echo::Byte(byte) => terminal.console.write(&[byte]),
                Echo::Erased => terminal.console.write(b"\x08 \x08"),
                Echo::End => {
                    terminal.console.write(b"\r\n");
                    self.obey(&line, terminal).await;
                    line.clear();
                }
            }
        }
    }

    async fn obey<K>(&self, line: &Line, terminal: &Terminal<K>) {
        let mut out = Out(terminal.console);
        let done = match line.text().and_then(request::parse) {
            Ok(Request::Nothing) => return,
            Ok(Request::Help) => {
                for line in request::HELP.lines() {
                    out.line(format_args!("{line}"));
                }
                return;
            }
            Ok(Request::Show) => return self.show(&mut out, terminal.notes),
            Ok(Request::Set { name, value }) => return self.set(&mut out, name, value),
            Ok(Request::Time { unix_s }) => {
                self.take_time_by_hand(unix_s);
                Ok(())
            }
            Ok(Request::Save) => self.rewrite_config(&mut self.engine.borrow_mut()),
            Ok(Request::Reboot) => {
                self.store_last_time();
                Err(self.restart())
            }
            Ok(Request::FactoryReset { is_sure: false }) => {
                Err("all settings and snapshots will be lost: type factory-reset yes")
            }
            Ok(Request::FactoryReset { is_sure: true }) => match self.forget().await {
                Ok(()) => Err(self.restart()),
                Err(text) => Err(text),
            },
            Ok(Request::Panic) if self.debug => panic!("asked for on the console"),
            Ok(Request::Panic) => Err("this is not understood; see help"),
            Err(text) => Err(text),
        };
        match done {
            Ok(()) => out.line(format_args!("ok")),
            Err(text) => out.line(format_args!("error: {}", text.trim_start_matches("ERR "))),
        }
    }

    /// Apart, because of its buffer.
    #[inline(never)]
    fn show(&self, out: &mut Out<'_>, notes: &[(&str, &str)]) {
        let board = self.board.borrow();
        for name in BOARD_SETTINGS {
            let _ = write!(out, "{name} ");
            show_value(out, name, board.get(name.as_bytes()).unwrap_or_default());
            match notes.iter().find(|(own, _)| *own == name) {
                Some((_, note)) => out.line(format_args!("  ({note})")),
                None => out.line(format_args!("")),
            }
        }
        let mut engine = self.engine.borrow_mut();
        let mut text = [0; VALUE_BYTES_MAX];
        for (at, param) in PARAMS.iter().enumerate() {
            let Some(len) = engine.parameter(param.name.as_bytes(), &mut text) else { continue };
            if param.name == "requirepass" || !self.defaults.borrow().has(at, &text[..len]) {
                let _ = write!(out, "{} ", param.name);
                show_value(out, param.name, &text[..len]);
                out.line(format_args!(""));
            }
        }
    }

    /// A parameter of the engine is in force at once, a setting of the board after `save` and `reboot`.
    fn set(&self, out: &mut Out<'_>, name: &str, value: &str) {
        if let Some(own) = request::board_setting(name) {
            let done = request::check(own, value).and_then(|()| {
                let set = self.board.borrow_mut().set(own.as_bytes(), value.as_bytes());
                set.map_err(|_| "there is no room for it")
            });
            return match done {
                Ok(()) => out.line(format_args!("ok, after save and reboot")),
                Err(text) => out.line(format_args!("error: {text}")),
            };
        }
        if table::find(name.as_bytes()).is_some_and(|index| PARAMS[index].fixed) {
            return out.line(format_args!("error: {name} cannot be changed on a board"));
        }
        let done = self.engine.borrow_mut().configure(name.as_bytes(), value.as_bytes());
        match done {
            Ok(()) => out.line(format_args!("ok, until the next start; save keeps it")),
            Err(ConfigError::Unknown) => out.line(format_args!("error: there is no setting {name}")),
            Err(ConfigError::Refused(problem)) => out.line(format_args!("error: {name}: {problem}")),
        }
    }

    /// Erases snapshots, then settings.
    async fn forget(&self) -> Result<(), &'static str> {
        // After what a client waits for.
        while self.waiting.get().is_some() {
            Timer::after(LOOK).await;
        }
        let mut is_done = true;
        if self.saves.get() {
            self.waiting.set(Some(Waiting::FactoryReset));
            is_done = loop {
                Timer::after(LOOK).await;
                if let Some(Waiting::Erased { done }) = self.waiting.get() {
                    break done;
                }
            };
        }
        if let Some(keeper) = self.keeper.borrow_mut().as_mut() {
            is_done &= keeper.reset().is_ok();
        }
        if is_done {
            return Ok(());
        }
        self.waiting.set(None);
        Err("the flash cannot be erased")
    }

    /// Comes back only where the board cannot do it.
    fn restart(&self) -> &'static str {
        if let Some(reset) = self.reset {
            self.start_anew(reset);
        }
        "this board cannot reset itself: press its button"
    }
}

fn show_value(out: &mut Out<'_>, name: &str, value: &[u8]) {
    let text = match core::str::from_utf8(value) {
        Ok("") if request::is_secret(name) => "unset",
        Ok("") => "\"\"",
        _ if request::is_secret(name) => "set",
        Ok(text) => text,
        Err(_) => "?",
    };
    let _ = out.write_str(text);
}
