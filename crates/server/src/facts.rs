//! What the engine cannot know of the process and the machine, for INFO.

use microredis_engine::facts::Facts;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::Path;

/// All of it. Texts are kept for the process's life: a server asks once.
pub fn collect(config_file: Option<&Path>) -> Facts {
    let mut facts = Facts {
        os: keep(operating_system()),
        event_api: if cfg!(target_os = "linux") { "epoll" } else { "kqueue" },
        executable: keep(std::env::current_exe().map(|p| p.display().to_string()).unwrap_or_default()),
        config_file: keep(config_file.map(|p| p.display().to_string()).unwrap_or_default()),
        run_id: keep(run_id()),
        process_id: std::process::id(),
        system_memory_bytes: system_memory(),
        ..Facts::UNKNOWN
    };
    refresh(&mut facts);
    facts
}

/// The figures that change.
pub fn refresh(facts: &mut Facts) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_ascii_whitespace().nth(1).and_then(|n| n.parse::<usize>().ok());
    facts.resident_bytes = pages.unwrap_or(0) * 4096;
    if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
        facts.cpu_user_us = usage.user_time().num_microseconds() as u64;
        facts.cpu_system_us = usage.system_time().num_microseconds() as u64;
    }
}

fn keep(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// `Linux 6.1.0 x86_64`, as uname says it.
fn operating_system() -> String {
    match nix::sys::utsname::uname() {
        Ok(name) => {
            let [system, release, machine] =
                [name.sysname(), name.release(), name.machine()].map(|t| t.to_string_lossy());
            format!("{system} {release} {machine}")
        }
        Err(_) => std::env::consts::OS.into(),
    }
}

fn run_id() -> String {
    let mut random = [0; 20];
    // Without a random source all is lost long before: the engine's seed comes from it.
    let _ = getrandom::fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn system_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_ascii_whitespace().next());
    kilobytes.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
}
