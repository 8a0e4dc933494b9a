//! Settings that outlive a reset: what CONFIG REWRITE keeps, in flash. Parameters that are as the board's defaults have
//! them are not kept, so that a newer firmware's defaults come through.

use crate::Shell;
use crate::clock::Clock;
use embedded_storage::nor_flash::NorFlash;
use microredis_engine::config::table::PARAMS;
use microredis_engine::{Engine, LogLevel, Now};
use microredis_flash::{Counters, Error, Settings, Store};

/// Bytes of all settings together, names included.
pub const SETTINGS_BYTES_MAX: usize = 1024;
/// The longest value of one.
const VALUE_BYTES_MAX: usize = 512;

/// Where the board keeps settings.
pub trait Keeper {
    fn load(&mut self) -> Result<Settings<SETTINGS_BYTES_MAX>, Error>;
    fn replace(&mut self, settings: &Settings<SETTINGS_BYTES_MAX>) -> Result<(), Error>;
    fn counters(&self) -> Counters;
    fn set_counters(&mut self, counters: Counters) -> Result<(), Error>;
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
}

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
}

/// FNV-1a.
fn hash_of(text: &[u8]) -> u32 {
    text.iter().fold(0x811C_9DC5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<C: Clock> Shell<C> {
    /// Takes stored settings over. To be called before [`Shell::load`]. Values are never logged: some are secrets.
    pub fn configure(&self, keeper: &'static mut dyn Keeper) {
        let mut engine = self.engine.borrow_mut();
        self.defaults.borrow_mut().take(&mut engine);
        match keeper.load() {
            Ok(settings) => {
                for (name, value) in settings.iter() {
                    if engine.configure(name, value).is_err() {
                        let name = core::str::from_utf8(name).unwrap_or("?");
                        self.log.say(LogLevel::Warning, format_args!("The stored setting {name} is not understood"));
                    }
                }
            }
            Err(error) => self.log.say(LogLevel::Warning, format_args!("Settings cannot be read: {error}")),
        }
        self.clock.borrow_mut().not_before(keeper.counters().wall_ms);
        *self.keeper.borrow_mut() = Some(keeper);
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
    }

    /// CONFIG REWRITE.
    pub(crate) fn rewrite_config(&self, engine: &mut Engine) -> Result<(), &'static str> {
        let mut keeper = self.keeper.borrow_mut();
        let Some(keeper) = keeper.as_mut() else {
            return Err("ERR The server is running without a config file");
        };
        let mut settings = Settings::new();
        let mut text = [0; VALUE_BYTES_MAX];
        for (default, param) in self.defaults.borrow().0.iter().zip(&PARAMS) {
            let Some(len) = engine.parameter(param.name.as_bytes(), &mut text) else { continue };
            if hash_of(&text[..len]) != *default && settings.set(param.name.as_bytes(), &text[..len]).is_err() {
                return Err("ERR Rewriting config file: the settings are larger than their place in flash");
            }
        }
        keeper.replace(&settings).map_err(|error| {
            self.log.say(LogLevel::Warning, format_args!("CONFIG REWRITE failed: {error}"));
            "ERR Rewriting config file: the flash cannot be written"
        })?;
        self.log.say(LogLevel::Warning, format_args!("CONFIG REWRITE executed with success."));
        Ok(())
    }
}
