//! The time of the source: an unset clock starts there. Not the time of the build, so that the same source gives the
//! same firmware: `SOURCE_DATE_EPOCH` where it is set, else the last commit's, else 0.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    // Grows with every commit; where there is no repository nothing is to be watched.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    let seconds =
        given.or_else(|| git(&["log", "-1", "--format=%ct"])).and_then(|text| text.trim().parse::<u64>().ok());
    println!("cargo::rustc-env=MICROREDIS_BUILT_S={}", seconds.unwrap_or(0));
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_string())
}
