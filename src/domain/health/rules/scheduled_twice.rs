//! `scheduled_twice`: a schedule's next run began while the one before is still at work. Said of the
//! newer run; the older one has its own clocks.

use crate::domain::health::{
    Finding, Rule, Severity,
    case::{Case, finding},
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner?;
    let earlier = case.earlier_run?;
    let schedule = case.session.schedule.as_deref()?;
    let message = format!("schedule {schedule} runs twice: {} is still at work", earlier.session.key.id);
    let began = earlier.session.created_at.map(|at| format!(", begun {}", at.format("%F %T UTC")));
    let proof = format!(
        "{} is driven by pid {}{}; this one by pid {}",
        earlier.session.key.id,
        earlier.pid,
        began.unwrap_or_default(),
        owner.proc.id.pid
    );
    Some(
        finding(Rule::ScheduledTwice, Severity::Warning, message).seen([proof]).from(case.session.created_at),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    case.session.schedule.as_ref().map_or_else(
        || "no schedule began it".into(),
        |schedule| format!("no earlier run of {schedule} is at work"),
    )
}
