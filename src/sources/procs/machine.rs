//! What is said about the machine and about the looking process itself.

use chrono::{DateTime, Utc};
use sysinfo::{MemoryRefreshKind, System};

use crate::domain::{snapshot::Viewer, text};

/// Facts of the machine that do not change while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Host name, cleaned.
    pub host: String,
    /// Physical memory in bytes.
    pub total_memory: Option<u64>,
    /// When it was started, to the second; for showing only, it drifts with the clock.
    pub boot_time: Option<DateTime<Utc>>,
}

/// Asks the operating system.
pub fn machine() -> Machine {
    let total_memory = System::new().ok().and_then(|mut system| {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        Some(system.total_memory()).filter(|bytes| *bytes > 0)
    });
    let boot_time = System::boot_time()
        .ok()
        .filter(|seconds| *seconds > 0)
        .and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0));
    Machine { host: host(), total_memory, boot_time }
}

/// The host name, cleaned; `unknown` where the system does not tell.
pub fn host() -> String {
    let name = System::host_name().unwrap_or_default();
    let name = text::line(name.trim());
    if name.is_empty() { "unknown".to_owned() } else { name.into_owned() }
}

/// Who is looking. Where there are no numeric users (Windows) the user is 0.
pub fn viewer() -> Viewer {
    #[cfg(unix)]
    let uid = rustix::process::getuid().as_raw();
    #[cfg(not(unix))]
    let uid = 0;
    Viewer { pid: std::process::id(), uid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_tells_its_facts() {
        let machine = machine();
        assert!(!machine.host.is_empty());
        assert!(machine.total_memory.is_some_and(|bytes| bytes > 1 << 20), "{machine:?}");
        assert!(machine.boot_time.is_some(), "{machine:?}");
        assert_eq!(viewer().pid, std::process::id());
    }
}
