//! A run that sends nothing: the plan as a report.

use chrono::{DateTime, Utc};

use super::{Report, StepOutcome, StepReport};
use crate::domain::plan::Plan;

/// What `--dry-run` reports.
pub fn dry_run(plan: &Plan, now: DateTime<Utc>) -> Report {
    let step = |step: &crate::domain::plan::Step| StepReport {
        step: step.clone(),
        signals: Vec::new(),
        outcome: StepOutcome::NotSent,
        detail: String::new(),
    };
    Report {
        plan: plan.clone(),
        dry_run: true,
        started_at: now,
        finished_at: now,
        steps: plan.steps.iter().map(step).collect(),
        broken_off: false,
        audit_fault: None,
    }
}
