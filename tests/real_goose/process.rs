//! The process table as a test sees it: read from /proc, independent of what goosetop reads.

use std::{fs, io};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process, known by its number and its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proc {
    /// Its number.
    pub pid: u32,
    /// Start in clock ticks since boot, which makes the number unmistakable.
    start: u64,
    /// Its parent's number.
    pub ppid: u32,
    /// The state letter of /proc/PID/stat.
    state: char,
    /// Its arguments.
    pub argv: Vec<String>,
    env: Vec<String>,
}

impl Proc {
    /// Reads a process that this user may read.
    pub fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows the last one is regular.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let words = |file: &str| -> Vec<String> {
            let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.split_terminator('\0').map(str::to_owned).collect()
        };
        Some(Self {
            pid,
            start: fields.get(19)?.parse().ok()?,
            ppid: fields.get(1)?.parse().ok()?,
            state: fields.first()?.chars().next()?,
            argv: words("cmdline"),
            env: words("environ"),
        })
    }

    /// Every process there is.
    pub fn all() -> Vec<Self> {
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let pids = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok());
        pids.filter_map(Self::read).collect()
    }

    /// A variable of the environment it was started with.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// Has not ended; a zombie that nobody collects has.
    pub fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// Stopped by a signal, as nothing may be left.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }

    /// The same process is there still.
    pub fn still_lives(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.start == self.start && now.lives())
    }

    /// Signals this very process: pinned first, compared second.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let number = i32::try_from(self.pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        let pinned = pidfd_open(number, PidfdFlags::empty())?;
        let same = Self::read(self.pid).is_some_and(|now| now.start == self.start);
        if !same {
            return Err(gone());
        }
        Ok(pidfd_send_signal(&pinned, signal)?)
    }

    /// Its command line in one piece.
    pub fn command(&self) -> String {
        self.argv.join(" ")
    }
}

/// The numbers, sorted, for comparing sets.
pub fn pids<'a>(procs: impl IntoIterator<Item = &'a Proc>) -> Vec<u32> {
    let mut pids: Vec<u32> = procs.into_iter().map(|p| p.pid).collect();
    pids.sort_unstable();
    pids
}
