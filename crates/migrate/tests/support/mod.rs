//! Loads real configurations.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "each test takes what it needs, from files"
)]

use switchback_migrate::System;
use switchback_testkit::shared;

/// A configuration as somebody wrote it.
pub struct Config {
    pub system: System,
    pub name: String,
    pub text: String,
}

/// Every configuration of the shared data, in the order of systems and names. None where there is no shared data.
pub fn configs() -> Vec<Config> {
    let Some(shared) = shared() else { return Vec::new() };
    let mut configs = Vec::new();
    for system in [System::LiteLlm, System::Portkey, System::Helicone, System::TensorZero] {
        let folder = shared.join("configs").join(system.as_str());
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        configs.extend(paths.into_iter().map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Config { system, name, text: std::fs::read_to_string(&path).unwrap() }
        }));
    }
    configs
}
