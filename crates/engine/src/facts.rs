//! What only the shell knows of its surroundings, for INFO, CLIENT LIST and their like.

/// Calls what it is given with one piece of bytes after the other.
pub type Pieces = fn(&mut dyn FnMut(&[u8]));

/// What a microcontroller tells beside.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// All of RAM, a named consumer a line, in bytes; the arena is one of them.
    pub ram: &'static [(&'static str, usize)],
    /// Most bytes of the stack that were ever in use.
    pub stack_high_bytes: usize,
    pub clock_source: &'static str,
    pub clock_synced: bool,
    /// Why it started last.
    pub reset_reason: &'static str,
    /// Where the firmware found itself wrong before that: file and line; empty: it did not.
    pub last_panic: &'static str,
    /// How worn the flash is that holds snapshots; `None`: there is none.
    pub wear: Option<Wear>,
    /// The same of the settings' flash, where the time is stored too.
    pub settings_wear: Option<SettingsWear>,
    /// Gives the last lines of the log, in pieces.
    pub log: Pieces,
}

/// The partition of snapshots over its whole life.
#[derive(Clone, Copy, Debug)]
pub struct Wear {
    pub blocks: u32,
    /// Of the block erased least and most often.
    pub erases_min: u32,
    pub erases_max: u32,
    pub written_bytes: u64,
    pub saves: u32,
    /// Until the chip's rated cycles are reached, with saves as often as save points can ask for them.
    pub life_years: u64,
}

/// The partition of settings over its whole life.
#[derive(Clone, Copy, Debug)]
pub struct SettingsWear {
    /// Of the block erased most often.
    pub erases_max: u32,
    pub written_bytes: u64,
}

/// Told with `Engine::set_facts`; the figures are refreshed about once a second.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub os: &'static str,
    pub event_api: &'static str,
    pub executable: &'static str,
    pub config_file: &'static str,
    /// 40 hexadecimal digits, new at each start.
    pub run_id: &'static str,
    pub process_id: u32,
    pub tcp_port: u16,
    /// Resident memory of the process; 0: unknown.
    pub resident_bytes: usize,
    pub system_memory_bytes: u64,
    pub cpu_user_us: u64,
    pub cpu_system_us: u64,
    /// `None` on a PC.
    pub device: Option<Device>,
}

impl Facts {
    pub const UNKNOWN: Facts = Facts {
        os: "",
        event_api: "",
        executable: "",
        config_file: "",
        run_id: "0000000000000000000000000000000000000000",
        process_id: 0,
        tcp_port: 0,
        resident_bytes: 0,
        system_memory_bytes: 0,
        cpu_user_us: 0,
        cpu_system_us: 0,
        device: None,
    };
}
