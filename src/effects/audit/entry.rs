//! One line of the audit log.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        plan::{Intent, Plan},
        text,
    },
    effects::{Report, StepReport},
};

/// Version of the lines.
pub const VERSION: u32 = 1;

/// Longest command that is written down, characters: a line stays within one page of the disk.
const LONGEST_COMMAND: usize = 1000;

/// Who acts, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// User name, or `uid N` where there is no name.
    pub user: String,
    /// User number.
    pub uid: u32,
    /// This machine.
    pub host: String,
    /// Where the person came from over SSH.
    pub ssh_client: Option<String>,
}

impl Who {
    /// From the environment's variables; everything is cleaned.
    pub fn of(uid: u32, host: &str, var: impl Fn(&str) -> Option<String>) -> Self {
        let first = |name: &str| {
            let value = var(name)?;
            let word = text::line(value.split_ascii_whitespace().next()?).into_owned();
            Some(text::cut(&word, 80))
        };
        Self {
            user: first("USER").or_else(|| first("LOGNAME")).unwrap_or_else(|| nameless(uid)),
            uid,
            host: text::line(host).into_owned(),
            ssh_client: first("SSH_CONNECTION").or_else(|| first("SSH_CLIENT")),
        }
    }
}

/// A user without a name.
fn nameless(uid: u32) -> String {
    format!("uid {uid}")
}

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A run begins, with its plan in short.
    RunStarted,
    /// A step is done.
    Step,
    /// A run is over, with its outcome in short.
    RunFinished,
}

/// A plan or a report in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Sessions that end, or have ended.
    pub sessions: Vec<String>,
    /// Processes to signal, or signalled.
    pub steps: usize,
    /// Not touched.
    pub left_alone: usize,
    /// Who is meant, by number and start; only at the beginning, so that the record holds even if
    /// goosetop is killed before a step is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Meant>,
    /// Processes ended; only at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated: Option<usize>,
    /// Steps that failed; only at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<usize>,
    /// A person or a signal ended the run early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<bool>,
}

/// A process that a run is about to signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meant {
    /// Its number.
    pub pid: u32,
    /// Its start, in the kernel's ticks.
    pub start: u64,
}

impl Summary {
    /// What a plan would do.
    pub fn of_plan(plan: &Plan) -> Self {
        Self {
            sessions: plan.sessions.iter().map(|c| c.key.id.to_string()).collect(),
            steps: plan.steps.len(),
            left_alone: plan.left_alone.len(),
            targets: plan.steps.iter().map(|s| Meant { pid: s.id.pid, start: s.id.start }).collect(),
            ..Self::default()
        }
    }

    /// What a run did.
    pub fn of_report(report: &Report) -> Self {
        Self {
            steps: report.steps.len(),
            targets: Vec::new(),
            terminated: Some(report.processes_terminated()),
            failed: Some(report.failed()),
            broken_off: Some(report.broken_off),
            ..Self::of_plan(&report.plan)
        }
    }
}

/// One line. Fields that a kind does not have are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of this shape.
    pub v: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// What is told.
    pub kind: Kind,
    /// The run, by its beginning and goosetop's process number.
    pub run: String,
    /// User name.
    pub who: String,
    /// User number.
    pub uid: u32,
    /// Machine.
    pub host: String,
    /// Where the person came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_client: Option<String>,
    /// The verb.
    pub action: String,
    /// How far an emergency clean reaches, or how a project ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The project of a clean-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Process number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// When that process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// Its start in the kernel's own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// Its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// That session's store, cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// What it was to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Why it was ours to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Signals sent, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<String>>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What more there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The plan at the beginning, the result at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
}

impl Entry {
    /// What all lines of a run share, as its first line.
    pub(super) fn head(who: &Who, plan: &Plan, now: DateTime<Utc>) -> Self {
        let (scope, project) = match &plan.intent {
            Intent::Emergency { scope } => (Some(scope.to_string()), None),
            Intent::CleanupProject { project, status } => {
                (Some(status.to_string()), Some(text::line(project).into_owned()))
            }
            Intent::Terminate { .. } | Intent::CloseAll | Intent::Auto { .. } => (None, None),
        };
        Self { scope, project, reason: plan.reason.clone(), ..Self::bare(who, plan.intent.verb(), now) }
    }

    /// Who acted, in words; a bare number is from a log of before.
    pub fn actor(&self) -> String {
        if self.who == self.uid.to_string() { nameless(self.uid) } else { self.who.clone() }
    }

    /// Who did what and when, as a run that has begun.
    pub fn bare(who: &Who, action: &str, now: DateTime<Utc>) -> Self {
        Self {
            v: VERSION,
            at: now,
            kind: Kind::RunStarted,
            run: format!("{}-{}", now.to_rfc3339_opts(SecondsFormat::Millis, true), std::process::id()),
            who: who.user.clone(),
            uid: who.uid,
            host: who.host.clone(),
            ssh_client: who.ssh_client.clone(),
            action: action.to_owned(),
            scope: None,
            project: None,
            reason: None,
            pid: None,
            started_at: None,
            start: None,
            session_id: None,
            store: None,
            role: None,
            command: None,
            evidence: None,
            signals: None,
            outcome: None,
            detail: None,
            summary: None,
        }
    }

    /// A step's line.
    pub(super) fn step(&self, report: &StepReport, stores: &[PathBuf], now: DateTime<Utc>) -> Self {
        let step = &report.step;
        let store = step.session.as_ref().and_then(|key| stores.get(key.store));
        Self {
            kind: Kind::Step,
            at: now,
            pid: Some(step.id.pid),
            start: Some(step.id.start),
            started_at: Some(step.started_at),
            session_id: step.session.as_ref().map(|k| k.id.to_string()),
            store: store.map(|path| text::path(path, None)),
            role: Some(step.role.to_string()),
            command: Some(text::cut(&step.command, LONGEST_COMMAND)),
            evidence: step.evidence.first().map(|e| e.detail.clone()),
            signals: Some(report.signals.iter().map(|s| (*s).to_owned()).collect()),
            outcome: Some(report.outcome.to_string()),
            detail: Some(report.detail.clone()).filter(|d| !d.is_empty()),
            summary: None,
            ..self.clone()
        }
    }
}
