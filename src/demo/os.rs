//! What the demo asks of the operating system: who a process is, holding on to it, pseudo-terminals.

use std::{
    fs::OpenOptions,
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    },
    path::Path,
    time::{Duration, Instant},
};

use rustix::{
    fs::OFlags,
    process::{Pid, Signal},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use serde::{Deserialize, Serialize};

/// A process that cannot be confused with another one of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Process number.
    pub pid: u32,
    /// Clock ticks since boot at its start; 0 where the system does not tell.
    pub start: u64,
}

impl Mark {
    /// This process.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whoever has this number now, unless it has ended (a zombie has).
    pub fn of(pid: u32) -> Option<Self> {
        start_of(pid).map(|start| Self { pid, start })
    }

    /// Still that process, and not ended.
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }
}

/// The start ticks: field 22 of /proc/PID/stat; the state, field 3, follows the name's last `)`.
#[cfg(target_os = "linux")]
fn start_of(pid: u32) -> Option<u64> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.iter().rposition(|b| *b == b')')? + 1;
    let mut fields = std::str::from_utf8(&stat[after_name..]).ok()?.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn start_of(pid: u32) -> Option<u64> {
    rustix::process::test_kill_process(number(pid)?).is_ok().then_some(0)
}

fn number(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// A process held on to, so that its number cannot pass to another while it is signalled.
#[derive(Debug)]
pub struct Held {
    #[cfg(not(target_os = "linux"))]
    mark: Mark,
    #[cfg(target_os = "linux")]
    fd: OwnedFd,
}

impl Held {
    /// Takes hold first and compares second: the other order could hold a stranger.
    #[cfg(target_os = "linux")]
    pub fn new(mark: Mark) -> Option<Self> {
        let fd = rustix::process::pidfd_open(number(mark.pid)?, rustix::process::PidfdFlags::empty()).ok()?;
        mark.is_alive().then_some(Self { fd })
    }

    /// There is nothing to hold with; the number is compared again before each signal.
    #[cfg(not(target_os = "linux"))]
    pub fn new(mark: Mark) -> Option<Self> {
        mark.is_alive().then_some(Self { mark })
    }

    /// Sends a signal; a process that has ended meanwhile is no error.
    pub fn signal(&self, signal: Signal) {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::pidfd_send_signal(&self.fd, signal);
        #[cfg(not(target_os = "linux"))]
        if let (true, Some(pid)) = (self.mark.is_alive(), number(self.mark.pid)) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    /// Waits until it has ended, no longer than `limit`. True where it has.
    pub fn ended_within(&self, limit: Duration) -> bool {
        #[cfg(target_os = "linux")]
        {
            wait_readable(&[&self.fd], limit)
        }
        #[cfg(not(target_os = "linux"))]
        {
            wait_until(limit, || !self.mark.is_alive())
        }
    }

    /// Readable once the process has ended.
    #[cfg(target_os = "linux")]
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }
}

/// Waits until one of these can be read. False when `limit` passed first.
#[cfg(target_os = "linux")]
pub fn wait_readable(fds: &[&OwnedFd], limit: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(timeout) = rustix::event::Timespec::try_from(left) else { return false };
        let mut polled: Vec<_> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::IN)).collect();
        match poll(&mut polled, Some(&timeout)) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(0) | Err(_) => return false,
            Ok(_) => return true,
        }
    }
}

/// Asks again and again until it is so, no longer than `limit`. True where it became so.
pub fn wait_until(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if so() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A new pseudo-terminal: its own side and the side that a program is given as its terminal.
/// Neither becomes this process's terminal.
pub fn terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    // At once where the system can: a process started meanwhile would keep the terminal open.
    #[cfg(target_os = "linux")]
    let flags = flags | OpenptFlags::CLOEXEC;
    let own = openpt(flags)?;
    rustix::io::fcntl_setfd(&own, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&own)?;
    unlockpt(&own)?;
    let name = ptsname(&own, Vec::new())?;
    let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
    let no_controlling = i32::try_from(OFlags::NOCTTY.bits()).unwrap_or(0);
    let given = OpenOptions::new().read(true).write(true).custom_flags(no_controlling).open(path)?;
    Ok((own, given.into()))
}
