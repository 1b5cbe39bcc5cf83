//! What is said about the machine and about the looking process itself.

use chrono::{DateTime, Utc};
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

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

/// The processes above this one, nearest first: its shell, its terminal, ... Empty where the table
/// cannot be read.
pub fn ancestors() -> Vec<u32> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    system.refresh_processes_specifics(ProcessesToUpdate::All, false, ProcessRefreshKind::nothing());
    let above = |pid: &sysinfo::Pid| system.process(*pid).and_then(sysinfo::Process::parent);
    let mut found: Vec<u32> = Vec::new();
    let mut next = above(&sysinfo::Pid::from_u32(std::process::id()));
    // A table read while it changes may hold a circle.
    while let Some(pid) = next.filter(|pid| !found.contains(&pid.as_u32())) {
        found.push(pid.as_u32());
        next = above(&pid);
    }
    found
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

    #[cfg(unix)]
    #[test]
    fn the_nearest_ancestor_is_the_parent() {
        let parent = rustix::process::getppid().map(|pid| u32::try_from(pid.as_raw_nonzero().get()).unwrap());
        assert_eq!(ancestors().first().copied(), parent);
    }
}
