//! The audit log: one JSON line for every run's beginning, step and end.
//!
//! ```text
//!  Run::begin ─► step … step ─► finish        one write(2) a line, appended, 0600
//!  read(path, last n) ◄────────────────       lines that do not parse are counted, not feared
//!  Endings::look ◄─────────────────────       whose owner was ended; read again when the file changed
//! ```
//!
//! Invariant: a log that cannot be written never stops a run; the report says what was not written.
//! A line torn by a crash costs itself alone: the next one begins on a line of its own.
//!
//! To add a fact: a field of [`Entry`], optional, so that older lines still read.

mod endings;
mod entry;
mod file;
mod read;
#[cfg(test)]
mod tests;

pub use endings::Endings;
pub use entry::{Entry, Kind, Summary, VERSION, Who};
pub use read::{Log, read};

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Report, StepReport};
use crate::domain::plan::Plan;
use file::LogFile;

/// The lines of one run.
pub struct Run {
    file: Option<LogFile>,
    head: Entry,
    stores: Vec<PathBuf>,
    fault: Option<String>,
}

impl Run {
    /// Opens the log and writes that a run begins. Without a path nothing is written. `stores` are those
    /// of the board that the plan was made of: an id alone names no session.
    pub fn begin(
        path: Option<&Path>,
        who: &Who,
        stores: &[PathBuf],
        plan: &Plan,
        now: DateTime<Utc>,
    ) -> Self {
        let head = Entry::head(who, plan, now);
        let mut run = Self { file: None, head, stores: stores.to_vec(), fault: None };
        let Some(path) = path else { return run };
        match LogFile::open(path) {
            Ok(file) => run.file = Some(file),
            Err(e) => run.note(path, &e),
        }
        let started = Entry { summary: Some(Summary::of_plan(plan)), ..run.head.clone() };
        run.write(&started);
        run
    }

    /// Writes a step's outcome.
    pub fn step(&mut self, report: &StepReport, now: DateTime<Utc>) {
        let entry = self.head.step(report, &self.stores, now);
        self.write(&entry);
    }

    /// Writes the end, and waits until all of it is on the disk.
    pub fn finish(&mut self, report: &Report) {
        let entry = Entry {
            kind: Kind::RunFinished,
            at: report.finished_at,
            summary: Some(Summary::of_report(report)),
            ..self.head.clone()
        };
        self.write(&entry);
        if let Some(file) = &mut self.file
            && let Err(e) = file.settle()
        {
            let path = file.path().to_owned();
            self.note(&path, &e);
        }
    }

    /// What was not written, in a sentence.
    pub fn fault(&self) -> Option<String> {
        self.fault.clone()
    }

    fn write(&mut self, entry: &Entry) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_vec(entry).map_err(std::io::Error::from);
        if let Err(e) = written.and_then(|line| file.append(&line)) {
            let path = file.path().to_owned();
            self.note(&path, &e);
        }
    }

    /// The first fault is the cause of those after it.
    fn note(&mut self, path: &Path, error: &std::io::Error) {
        self.fault.get_or_insert_with(|| {
            let path = crate::domain::text::path(path, None);
            format!("the audit log {path} cannot be written: {error}; what was done is in this report only")
        });
    }
}

/// Writes one line that is no run's: an action that signals nobody.
///
/// # Errors
/// What could not be written, in a sentence.
pub fn record(path: &Path, entry: &Entry) -> Result<(), String> {
    let line = serde_json::to_vec(entry).map_err(std::io::Error::from);
    let written = line.and_then(|line| {
        let mut file = LogFile::open(path)?;
        file.append(&line)?;
        file.settle()
    });
    let path = crate::domain::text::path(path, None);
    written.map_err(|e| format!("the audit log {path} cannot be written: {e}"))
}
