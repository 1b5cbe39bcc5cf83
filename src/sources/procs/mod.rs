//! The process table: on Linux straight from /proc, elsewhere through `sysinfo`.
//!
//! ```text
//!  linux (stat ► detail ► files) ─┐
//!                                 ├─► relevance (which of them matter) ─► ProcLook
//!  portable (sysinfo) ────────────┘        ▲
//!                           meter (processor use between two looks)
//! ```
//!
//! Invariant: a process that ends while it is read is skipped without a word; a value that the
//! operating system refuses is `None`; only the variables of [`crate::domain::process::ProcEnv`]
//! ever leave the environment that was read. No file is opened but those of /proc.
//!
//! To add a fact about a process: a field in [`crate::domain::process::Proc`], filled in
//! `linux/detail.rs` (read once), `linux/row.rs` (every look) and `portable.rs` (`None` if unknown
//! there).

#[cfg(target_os = "linux")]
pub mod linux;
mod machine;
mod meter;
pub mod portable;
pub mod relevance;
#[cfg(test)]
mod tests;

pub use machine::{Machine, host, machine, viewer};

use chrono::{DateTime, Utc};

use super::{Depth, ProcLook, ProcessSource};
use crate::domain::process::Proc;

/// What counts as using the processor, in percent of one core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuMarks {
    /// From here on a process is busy: its session is active. 3 % of a two-second window are six
    /// clock ticks, more than any idle server's timers use.
    pub busy_percent: f32,
    /// From here on it is hot: it may be spinning.
    pub hot_percent: f32,
}

impl Default for CpuMarks {
    fn default() -> Self {
        Self { busy_percent: 3.0, hot_percent: 90.0 }
    }
}

/// A source without some of the processes: a demo neither shows nor ends a person's real sessions.
pub struct Only {
    inner: Box<dyn ProcessSource>,
    keep: Box<dyn Fn(&Proc) -> bool + Send>,
}

impl Only {
    /// Leaves out what `keep` turns down.
    pub fn new(inner: Box<dyn ProcessSource>, keep: Box<dyn Fn(&Proc) -> bool + Send>) -> Self {
        Self { inner, keep }
    }
}

impl ProcessSource for Only {
    fn look(&mut self, now: DateTime<Utc>, depth: Depth) -> ProcLook {
        let mut look = self.inner.look(now, depth);
        look.procs.retain(|proc| (self.keep)(proc));
        look
    }
}

/// The source that tells most on this platform. Opening never fails: a table that cannot be read
/// says so in each look, and is read as soon as it can be.
pub fn open(marks: CpuMarks) -> Box<dyn ProcessSource> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::LinuxProcs::system(marks));
    #[cfg(not(target_os = "linux"))]
    return Box::new(portable::PortableProcs::new(marks));
}
