//! `quiet`: silent beyond `max_inactivity`, a yellow mark inside healthy.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let silent = case.inactive()?;
    let limits = case.limits;
    if silent < limits.max_inactivity || silent >= limits.stuck_after {
        return None;
    }
    Some(
        finding(Rule::Quiet, Severity::Note, format!("quiet for {}", words::spoken(silent)))
            .clock(case.last_activity, limits.max_inactivity),
    )
}
