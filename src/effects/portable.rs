//! Unix systems without process handles, through `sysinfo`: who has a number is compared right
//! before each signal. Between the two somebody else may get it: 99 of 100,000 forced reuses did
//! on Linux; the report says so.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::DateTime;
use rustix::{io::Errno, process::kill_process};
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{
    kernel::{Identity, Kernel, OpenError, SendError},
    signal::Signal,
};
use crate::{
    domain::{
        process::{Cpu, Proc, ProcId, ProcState},
        text,
    },
    procfs::environ,
};

/// Between two looks at processes that are expected to end.
const LOOK: Duration = Duration::from_millis(50);

/// The process table as `sysinfo` shows it.
pub struct PortableKernel {
    system: Option<System>,
    since: Instant,
}

impl PortableKernel {
    /// The running system.
    pub fn system() -> Self {
        Self { system: System::new().ok(), since: Instant::now() }
    }

    fn look(&mut self, pid: u32) -> Option<&Process> {
        let system = self.system.as_mut()?;
        let pid = Pid::from_u32(pid);
        let facts = ProcessRefreshKind::nothing().without_tasks().with_user(UpdateKind::Always);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, facts);
        system.process(pid)
    }

    fn is_alive(&mut self, id: ProcId) -> bool {
        self.look(id.pid).is_some_and(|p| p.start_time() == id.start && !is_dead(p))
    }
}

impl Kernel for PortableKernel {
    type Handle = ProcId;

    fn open(&mut self, pid: u32) -> Result<ProcId, OpenError> {
        let start = self.look(pid).ok_or(OpenError::Gone)?.start_time();
        Ok(ProcId { pid, start })
    }

    fn identity(&mut self, pid: u32) -> Option<Identity> {
        let process = self.look(pid)?;
        Some(Identity { start: process.start_time(), uid: process.user_id().map(|uid| **uid) })
    }

    fn send(&mut self, handle: &ProcId, signal: Signal) -> Result<(), SendError> {
        if !self.is_alive(*handle) {
            return Err(SendError::Gone);
        }
        let number = i32::try_from(handle.pid).ok().and_then(rustix::process::Pid::from_raw);
        kill_process(number.ok_or(SendError::Gone)?, signal.raw()).map_err(|e| match e {
            Errno::SRCH => SendError::Gone,
            Errno::PERM => SendError::Denied,
            other => SendError::Other(other.to_string()),
        })
    }

    fn ended(&mut self, handles: &[&ProcId], within: Duration) -> Vec<bool> {
        let until = self.elapsed() + within;
        loop {
            let ended: Vec<bool> = handles.iter().map(|id| !self.is_alive(**id)).collect();
            let left = until.saturating_sub(self.elapsed());
            if left.is_zero() || ended.contains(&true) {
                return ended;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn table(&mut self, _uid: u32) -> Option<Vec<Arc<Proc>>> {
        let system = self.system.as_mut()?;
        let facts = ProcessRefreshKind::nothing()
            .without_tasks()
            .with_user(UpdateKind::OnlyIfNotSet)
            .with_cmd(UpdateKind::OnlyIfNotSet)
            .with_environ(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, facts);
        let mut procs: Vec<Arc<Proc>> = system
            .processes()
            .values()
            .filter(|p| p.thread_kind().is_none())
            .map(|p| Arc::new(describe(p)))
            .collect();
        procs.sort_by_key(|p| p.id.pid);
        Some(procs).filter(|p| !p.is_empty())
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn caveat(&self) -> Option<&'static str> {
        Some("this system has no handles for processes: checked by number and start before each signal")
    }
}

fn is_dead(process: &Process) -> bool {
    matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

fn describe(process: &Process) -> Proc {
    let entries = process.environ();
    let started = i64::try_from(process.start_time()).ok().and_then(|s| DateTime::from_timestamp(s, 0));
    Proc {
        id: ProcId { pid: process.pid().as_u32(), start: process.start_time() },
        ppid: process.parent().map_or(0, Pid::as_u32),
        uid: process.user_id().map(|uid| **uid),
        pgid: None,
        sid: process.session_id().map(Pid::as_u32).filter(|sid| *sid > 0),
        has_tty: None,
        state: if is_dead(process) { ProcState::Zombie } else { ProcState::Sleeping },
        name: text::line_from_bytes(process.name().as_encoded_bytes()),
        argv: process.cmd().iter().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        cwd: None,
        started_at: started.unwrap_or_default(),
        rss_bytes: Some(process.memory()),
        cpu: Cpu::default(),
        env: (!entries.is_empty())
            .then(|| environ::settled(environ::kept(entries.iter().map(AsRef::as_ref)))),
        files: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_ends_and_another_start_is_not_signalled() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut kernel = PortableKernel::system();
        let handle = kernel.open(child.id()).unwrap();
        assert_eq!(kernel.identity(child.id()).unwrap().start, handle.start);
        let table = kernel.table(0).unwrap();
        assert!(table.iter().any(|p| p.id == handle && p.argv == ["sleep", "60"]));
        let stale = ProcId { start: handle.start + 1, ..handle };
        assert_eq!(kernel.send(&stale, Signal::Kill), Err(SendError::Gone));
        assert_eq!(kernel.ended(&[&handle], Duration::ZERO), [false]);
        kernel.send(&handle, Signal::Kill).unwrap();
        assert_eq!(kernel.ended(&[&handle], Duration::from_secs(20)), [true]);
        child.wait().unwrap();
        assert_eq!(kernel.open(handle.pid), Err(OpenError::Gone));
    }
}
