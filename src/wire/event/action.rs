//! Events of an action, from its plan to its report.

use serde::Serialize;

use super::super::{ReportDto, StepDto, clean, seconds};
use crate::{
    domain::plan::Plan,
    effects::{self, Progress, Report},
};

/// What would be done.
#[derive(Clone, Debug, Serialize)]
pub struct PlanDto {
    /// It is run next; else it was asked for only to be shown.
    pub acting: bool,
    /// How much more was meant than one run may end: next time.
    pub deferred: usize,
    /// The plan, as a dry run reports it.
    pub plan: ReportDto,
}

impl PlanDto {
    /// A plan as it was made.
    pub fn new(plan: &Plan, acting: bool, deferred: usize) -> Self {
        let shown = effects::dry_run(plan, plan.made_at);
        Self { acting, deferred, plan: ReportDto::from(&shown) }
    }
}

/// A run in short.
#[derive(Clone, Debug, Serialize)]
pub struct ActionDto {
    /// The verb.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
    /// Sessions that end.
    pub sessions: Vec<String>,
    /// Processes that are signalled.
    pub processes: usize,
}

impl From<&Plan> for ActionDto {
    fn from(plan: &Plan) -> Self {
        Self {
            action: plan.intent.verb().to_owned(),
            reason: plan.reason.as_deref().map(clean),
            sessions: plan.sessions.iter().map(|c| c.key.id.to_string()).collect(),
            processes: plan.steps.len(),
        }
    }
}

/// Something in a run happened.
#[derive(Clone, Debug, Serialize)]
pub struct ProgressDto {
    /// `term_sent`, `kill_sent`, `found`, `done`.
    pub what: String,
    /// The process.
    pub pid: u32,
    /// Until KILL, after `term_sent`.
    pub kill_in_seconds: Option<f64>,
    /// The whole step, with `found` and `done`.
    pub step: Option<StepDto>,
}

impl From<&Progress> for ProgressDto {
    fn from(progress: &Progress) -> Self {
        let (what, pid, kill_in, step) = match progress {
            Progress::TermSent { id, kill_in } => ("term_sent", id.pid, Some(*kill_in), None),
            Progress::KillSent { id } => ("kill_sent", id.pid, None, None),
            Progress::Found(step) => ("found", step.step.id.pid, None, Some(step)),
            Progress::Done(step) => ("done", step.step.id.pid, None, Some(step)),
        };
        let step = step.map(|step| StepDto::from(step.as_ref()));
        Self { what: what.to_owned(), pid, kill_in_seconds: kill_in.map(seconds), step }
    }
}

/// A run is done.
#[derive(Clone, Debug, Serialize)]
pub struct FinishedDto {
    /// How.
    pub report: ReportDto,
}

impl From<&Report> for FinishedDto {
    fn from(report: &Report) -> Self {
        Self { report: ReportDto::from(report) }
    }
}

/// Nothing was done.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedDto {
    /// The verb.
    pub action: String,
    /// Why not.
    pub because: String,
}
