//! `awaiting_approval`: a person is asked, and has not answered. A note at once, a warning when the
//! question has waited longer than people look away.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    if case.turn.state != TurnState::WaitingForApproval {
        return None;
    }
    let waited = case.turn.since.map(|at| since(case.now, at)).unwrap_or_default();
    let limit = case.limits.max_inactivity;
    let severity = if waited >= limit { Severity::Warning } else { Severity::Note };
    let message = format!("waiting for an approval for {}", words::spoken(waited));
    Some(
        finding(Rule::AwaitingApproval, severity, message)
            .seen(case.turn.signs.iter().cloned())
            .clock(case.turn.since, limit),
    )
}

pub fn looked(_: &Case<'_>) -> String {
    "nobody is asked".into()
}
