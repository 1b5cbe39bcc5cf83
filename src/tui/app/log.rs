//! What happened, for the events screen: changes seen, runs of this goosetop and of those before it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::run::{summary, targets};
use crate::{
    domain::{diff::Change, health::Health},
    effects::Report,
};

/// More is in the audit log; a dashboard that runs for weeks does not grow.
const MOST: usize = 1000;

/// Something that was done before this screen began, from the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// When.
    pub at: DateTime<Utc>,
    /// In a sentence, cleaned.
    pub text: String,
}

/// One line.
#[derive(Clone, Debug)]
pub enum Happened {
    /// Seen on the board.
    Changed(Change),
    /// Done from this screen.
    Done(Arc<Report>),
    /// Done before.
    Past(Past),
}

impl Happened {
    /// When.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Changed(change) => change.at,
            Self::Done(report) => report.finished_at,
            Self::Past(past) => past.at,
        }
    }

    /// In a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::Changed(change) => change.to_string(),
            Self::Done(report) => {
                let head = format!("{} {}", report.plan.intent.verb(), targets(report));
                format!("{}: {}", head.trim_end(), summary(report))
            }
            Self::Past(past) => past.text.clone(),
        }
    }

    /// The class it is shown in; `None` for what was done.
    pub fn health(&self) -> Option<Health> {
        match self {
            Self::Changed(change) => Some(change.health()),
            _ => None,
        }
    }
}

/// The list, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Vec<Happened>,
}

impl Log {
    /// Begins with what was done before.
    pub fn new(past: Vec<Past>) -> Self {
        let mut log = Self { lines: past.into_iter().map(Happened::Past).collect() };
        log.lines.sort_by_key(Happened::at);
        log.trim();
        log
    }

    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Happened> {
        self.lines.iter().rev()
    }

    pub(super) fn changes(&mut self, changes: Vec<Change>) {
        // Read from the top, what matters most comes first there.
        self.lines.extend(changes.into_iter().rev().map(Happened::Changed));
        self.trim();
    }

    pub(super) fn report(&mut self, report: Arc<Report>) {
        self.lines.push(Happened::Done(report));
        self.trim();
    }

    fn trim(&mut self) {
        let surplus = self.lines.len().saturating_sub(MOST);
        self.lines.drain(..surplus);
    }
}
