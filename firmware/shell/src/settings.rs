//! Settings that outlive a reset: what CONFIG REWRITE keeps, in flash, and the board's own. Parameters that are as the board's defaults have
//! them are not kept, so that a newer firmware's defaults come through.

use crate::Shell;
use crate::clock::Clock;
use embedded_storage::nor_flash::NorFlash;
use microredis_board::request::board_setting;
use microredis_engine::config::table::PARAMS;
use microredis_engine::facts::SettingsWear;
use microredis_engine::{Engine, LogLevel, Now};
use microredis_flash::{Counters, Error, Settings, Store, Wear};

/// Bytes of all settings together, names included.
pub const SETTINGS_BYTES_MAX: usize = 1024;
/// The longest value of one.
pub(crate) const VALUE_BYTES_MAX: usize = 512;

/// Where the board keeps settings.
pub trait Keeper {
    fn load(&mut self) -> Result<Settings<SETTINGS_BYTES_MAX>, Error>;
    fn replace(&mut self, settings: &Settings<SETTINGS_BYTES_MAX>) -> Result<(), Error>;
    fn counters(&self) -> Counters;
    fn set_counters(&mut self, counters: Counters) -> Result<(), Error>;
    fn wear(&mut self) -> Result<Wear, Error>;
    /// Forgets and erases all.
    fn reset(&mut self) -> Result<(), Error>;
}

impl<F: NorFlash, const PARTITION: usize> Keeper for Store<F, PARTITION, SETTINGS_BYTES_MAX> {
    fn load(&mut self) -> Result<Settings<SETTINGS_BYTES_MAX>, Error> {
        Store::load(self)
    }

    fn replace(&mut self, settings: &Settings<SETTINGS_BYTES_MAX>) -> Result<(), Error> {
        Store::replace(self, settings)
    }

    fn counters(&self) -> Counters {
        Store::counters(self)
    }

    fn set_counters(&mut self, counters: Counters) -> Result<(), Error> {
        Store::set_counters(self, counters)
    }

    fn wear(&mut self) -> Result<Wear, Error> {
        Store::wear(self)
    }

    fn reset(&mut self) -> Result<(), Error> {
        Store::reset(self)
    }
}

/// Bytes of the board's own settings together: names, and the longest value of each.
const BOARD_BYTES_MAX: usize = 448;

/// The settings that are the board's and not the engine's.
pub type BoardSettings = Settings<BOARD_BYTES_MAX>;

/// The parameters' values before stored settings came, as hashes: what differs is what somebody has set.
pub struct Defaults([u32; PARAMS.len()]);

impl Defaults {
    pub const UNKNOWN: Defaults = Defaults([0; PARAMS.len()]);

    fn take(&mut self, engine: &mut Engine) {
        let mut text = [0; VALUE_BYTES_MAX];
        for (hash, param) in self.0.iter_mut().zip(&PARAMS) {
            *hash = engine.parameter(param.name.as_bytes(), &mut text).map_or(0, |len| hash_of(&text[..len]));
        }
    }

    /// Whether this is the default of the parameter at a place of [`PARAMS`].
    pub(crate) fn has(&self, at: usize, text: &[u8]) -> bool {
        self.0.get(at) == Some(&hash_of(text))
    }
}

/// FNV-1a.
fn hash_of(text: &[u8]) -> u32 {
    text.iter().fold(0x811C_9DC5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<C: Clock> Shell<C> {
    /// Takes stored settings over. To be called before [`Shell::load`]. Values are never logged: some are secrets.
    pub fn configure(&self, keeper: &'static mut dyn Keeper) {
        let stored_ms = keeper.counters().wall_ms;
        self.take_settings(keeper);
        self.not_before(stored_ms);
        self.start_clock();
    }

    fn take_settings(&self, keeper: &'static mut dyn Keeper) {
        let mut engine = self.engine.borrow_mut();
        self.defaults.borrow_mut().take(&mut engine);
        match keeper.load() {
            Ok(settings) => {
                for (name, value) in settings.iter() {
                    let text = core::str::from_utf8(name).unwrap_or("?");
                    let is_taken = match board_setting(text) {
                        Some(own) => self.board.borrow_mut().set(own.as_bytes(), value).is_ok(),
                        None => engine.configure(name, value).is_ok(),
                    };
                    if !is_taken {
                        self.log.say(LogLevel::Warning, format_args!("The stored setting {text} is not understood"));
                    }
                }
            }
            Err(error) => self.log.say(LogLevel::Warning, format_args!("Settings cannot be read: {error}")),
        }
        self.report_settings(keeper);
        *self.keeper.borrow_mut() = Some(keeper);
    }

    /// One of the board's own settings, empty where it is not set or does not fit into `text`.
    pub fn setting<'t>(&self, name: &str, text: &'t mut [u8]) -> &'t str {
        let board = self.board.borrow();
        let value = board.get(name.as_bytes()).unwrap_or_default();
        let Some(place) = text.get_mut(..value.len()) else { return "" };
        place.copy_from_slice(value);
        core::str::from_utf8(place).unwrap_or_default()
    }

    /// The wear of the settings' flash, for INFO.
    fn report_settings(&self, keeper: &mut dyn Keeper) {
        if let Ok(wear) = keeper.wear() {
            self.settings_wear.set(Some(SettingsWear { erases_max: wear.erases_max, written_bytes: wear.written }));
        }
    }

    /// For the next start, should it have no clock. Not only ever raised: a clock that is set corrects what a wrong one
    /// had stored.
    pub(crate) fn store_time(&self, now: Now) {
        let mut keeper = self.keeper.borrow_mut();
        let Some(keeper) = keeper.as_mut() else { return };
        let counters = Counters { wall_ms: now.wall_ms, ..keeper.counters() };
        if let Err(error) = keeper.set_counters(counters) {
            self.log.say(LogLevel::Warning, format_args!("The time cannot be stored: {error}"));
        }
        self.report_settings(*keeper);
    }

    /// CONFIG REWRITE, and `save` on the console.
    pub(crate) fn rewrite_config(&self, engine: &mut Engine) -> Result<(), &'static str> {
        let mut keeper = self.keeper.borrow_mut();
        let Some(keeper) = keeper.as_mut() else {
            return Err("ERR The server is running without a config file");
        };
        let mut settings = Settings::new();
        let mut text = [0; VALUE_BYTES_MAX];
        const TOO_LARGE: &str = "ERR Rewriting config file: the settings are larger than their place in flash";
        for (name, value) in self.board.borrow().iter() {
            settings.set(name, value).map_err(|_| TOO_LARGE)?;
        }
        for (at, param) in PARAMS.iter().enumerate() {
            let Some(len) = engine.parameter(param.name.as_bytes(), &mut text) else { continue };
            if !self.defaults.borrow().has(at, &text[..len]) {
                settings.set(param.name.as_bytes(), &text[..len]).map_err(|_| TOO_LARGE)?;
            }
        }
        keeper.replace(&settings).map_err(|error| {
            self.log.say(LogLevel::Warning, format_args!("CONFIG REWRITE failed: {error}"));
            "ERR Rewriting config file: the flash cannot be written"
        })?;
        self.report_settings(*keeper);
        self.log.say(LogLevel::Warning, format_args!("CONFIG REWRITE executed with success."));
        Ok(())
    }
}
