//! What an action did, or would do.

use serde::Serialize;

use super::{EvidenceDto, FaultDto, SCHEMA_VERSION, clean, time};
use crate::{
    domain::plan::{Closing, Intent, LeftAlone},
    effects::{Report, StepReport},
};

/// One process of an action.
#[derive(Clone, Debug, Serialize)]
pub struct StepDto {
    /// Number.
    pub pid: u32,
    /// When it started.
    pub started_at: String,
    /// The session it belongs to.
    pub session_id: Option<String>,
    /// Its command line.
    pub command: String,
    /// Signals sent, in order.
    pub signals: Vec<String>,
    /// What became of it.
    pub outcome: String,
    /// One sentence where there is more to say; else empty.
    pub detail: String,
    /// Resident memory when the plan was made.
    pub rss_bytes: Option<u64>,
    /// What it is to its session.
    pub role: String,
    /// How that is known.
    pub evidence: Vec<EvidenceDto>,
}

impl From<&StepReport> for StepDto {
    fn from(done: &StepReport) -> Self {
        let step = &done.step;
        Self {
            pid: step.id.pid,
            started_at: time(step.started_at),
            session_id: step.session.as_ref().map(|key| key.id.to_string()),
            command: clean(&step.command),
            signals: done.signals.iter().map(|&name| name.to_owned()).collect(),
            outcome: done.outcome.to_string(),
            detail: clean(&done.detail),
            rss_bytes: step.rss_bytes,
            role: step.role.to_string(),
            evidence: step.evidence.iter().map(EvidenceDto::from).collect(),
        }
    }
}

/// Something that was not touched.
#[derive(Clone, Debug, Serialize)]
pub struct LeftAloneDto {
    /// The process, where it is one.
    pub pid: Option<u32>,
    /// The session, where it has one.
    pub session_id: Option<String>,
    /// The reason.
    pub why: String,
    /// Its name or command.
    pub what: String,
}

impl From<&LeftAlone> for LeftAloneDto {
    fn from(left: &LeftAlone) -> Self {
        Self {
            pid: left.pid,
            session_id: left.session.as_ref().map(|key| key.id.to_string()),
            why: clean(&left.why),
            what: clean(&left.what),
        }
    }
}

/// A session that the action closes.
#[derive(Clone, Debug, Serialize)]
pub struct ClosingDto {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The session itself ends, not only its tools.
    pub owner_ends: bool,
}

impl From<&Closing> for ClosingDto {
    fn from(closing: &Closing) -> Self {
        Self { id: closing.key.id.to_string(), name: clean(&closing.name), owner_ends: closing.owner_ends }
    }
}

/// An action, done or only shown.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; effects::Report explains them")]
pub struct ReportDto {
    pub schema_version: u32,
    pub action: String,
    /// Of an emergency clean.
    pub scope: Option<String>,
    pub dry_run: bool,
    pub reason: Option<String>,
    pub started_at: String,
    pub finished_at: String,
    pub sessions_closed: usize,
    pub processes_terminated: usize,
    pub failed: usize,
    pub steps: Vec<StepDto>,
    pub left_alone: Vec<LeftAloneDto>,
    /// Of a project's clean-up.
    pub project: Option<String>,
    /// Of a project's clean-up.
    pub status: Option<String>,
    pub sessions: Vec<ClosingDto>,
    pub rss_bytes: Option<u64>,
    pub broken_off: bool,
    /// Stores that could not be read: more may be left to end.
    pub faults: Vec<FaultDto>,
    /// What could not be written to the audit log.
    pub audit_fault: Option<String>,
    /// The emergency clean that followed a project's.
    pub follow_up: Option<Box<ReportDto>>,
}

/// The exit code of an action that was done in part.
pub const PARTLY: u8 = 4;
/// The exit code of an action that chooses by class or name where a store could not be read: what it chose
/// was done, and nobody knows whether that is all. The command line's `unavailable`.
pub const UNREAD: u8 = 69;

impl ReportDto {
    /// One report, and within it those that followed it; `None` of none.
    pub fn of<'a>(reports: impl DoubleEndedIterator<Item = &'a Report>) -> Option<Self> {
        let later_first = reports.rev().map(Self::from);
        later_first.fold(None, |rest, first| Some(Self { follow_up: rest.map(Box::new), ..first }))
    }

    /// With what a command that did these exits.
    pub fn exit_code<'a>(reports: impl Iterator<Item = &'a Report>) -> u8 {
        let code = |report: &Report| match report {
            _ if report.failed() > 0 => PARTLY,
            _ if !report.plan.faults.is_empty() => UNREAD,
            _ => 0,
        };
        // What certainly failed outranks what cannot be known.
        reports.map(code).reduce(|a, b| if a == PARTLY || b == 0 { a } else { b }).unwrap_or(0)
    }
}

impl From<&Report> for ReportDto {
    fn from(report: &Report) -> Self {
        let plan = &report.plan;
        let (mut scope, mut project, mut status) = (None, None, None);
        match &plan.intent {
            Intent::Emergency { scope: reach } => scope = Some(reach.to_string()),
            Intent::CleanupProject { project: name, status: how } => {
                project = Some(clean(name));
                status = Some(how.to_string());
            }
            Intent::Terminate { .. } | Intent::CloseAll | Intent::Auto { .. } => {}
        }
        Self {
            schema_version: SCHEMA_VERSION,
            action: plan.intent.verb().to_owned(),
            scope,
            dry_run: report.dry_run,
            reason: plan.reason.as_deref().map(clean),
            started_at: time(report.started_at),
            finished_at: time(report.finished_at),
            sessions_closed: report.sessions_closed(),
            processes_terminated: report.processes_terminated(),
            failed: report.failed(),
            steps: report.steps.iter().map(StepDto::from).collect(),
            left_alone: plan.left_alone.iter().map(LeftAloneDto::from).collect(),
            project,
            status,
            sessions: plan.sessions.iter().map(ClosingDto::from).collect(),
            rss_bytes: plan.rss_bytes(),
            broken_off: report.broken_off,
            faults: plan.faults.iter().map(FaultDto::from).collect(),
            audit_fault: report.audit_fault.as_deref().map(clean),
            follow_up: None,
        }
    }
}
