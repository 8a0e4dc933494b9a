//! What only the shell knows of its surroundings, for INFO, CLIENT LIST and their like.

/// What a microcontroller tells beside.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// All of RAM, a named consumer a line, in bytes; the arena is one of them.
    pub ram: &'static [(&'static str, usize)],
    /// Most bytes of the stack that were ever in use.
    pub stack_high_bytes: usize,
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
