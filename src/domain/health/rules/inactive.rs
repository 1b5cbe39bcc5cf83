//! `inactive`, the base rule: on every session that has an owner, silence beyond `stuck_after` is
//! stuck and beyond `orphaned_after` orphaned, whatever the reason; the sentence names the reason.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner?;
    let silent = case.inactive()?;
    let (severity, limit) = if silent >= case.limits.orphaned_after {
        (Severity::Orphaned, case.limits.orphaned_after)
    } else if silent >= case.limits.stuck_after {
        (Severity::Stuck, case.limits.stuck_after)
    } else {
        return None;
    };
    let message = format!("silent {}: {}", words::spoken(silent), case.waits());
    // goose keeps the file of a call open while the tools run that the call asked for: only where the
    // model is waited for does it say anything.
    let waits = case.turn.state == TurnState::WaitingForModel;
    let calls = owner.proc.files.as_ref().map(|f| f.model_calls.len()).filter(|_| waits);
    Some(
        finding(Rule::Inactive, severity, message)
            .seen(case.owner_evidence())
            .seen(
                calls.map(|n| {
                    if n == 0 { "no model call is open" } else { "its model call is open" }.to_owned()
                }),
            )
            .clock(case.last_activity, limit),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    case.inactive().map_or_else(
        || "how long it has been silent is not known".into(),
        |silent| {
            format!("silent {}, limit {}", words::spoken(silent), words::spoken(case.limits.stuck_after))
        },
    )
}
