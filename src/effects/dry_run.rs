//! A run that sends nothing: the plan as a report.

use chrono::{DateTime, Utc};

use super::{Report, StepOutcome, StepReport};
use crate::domain::plan::Plan;

/// What a run without a step reports; `dry_run` where one was asked for.
pub fn nothing(plan: Plan, dry_run: bool, now: DateTime<Utc>) -> Report {
    Report {
        plan,
        dry_run,
        started_at: now,
        finished_at: now,
        steps: Vec::new(),
        broken_off: false,
        audit_fault: None,
    }
}

/// What `--dry-run` reports.
pub fn dry_run(plan: &Plan, now: DateTime<Utc>) -> Report {
    let step = |step: &crate::domain::plan::Step| StepReport {
        step: step.clone(),
        signals: Vec::new(),
        outcome: StepOutcome::NotSent,
        detail: String::new(),
    };
    Report { steps: plan.steps.iter().map(step).collect(), ..nothing(plan.clone(), true, now) }
}
