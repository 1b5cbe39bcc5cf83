//! `inactive`, the base rule: on every session that has an owner, silence beyond `stuck_after` is
//! stuck and beyond `orphaned_after` orphaned, whatever the reason; the sentence names the reason.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    text,
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
    let tool = case.turn.command.as_deref().or(case.turn.tool.as_deref());
    let tool = tool.map(|t| format!("{} makes no progress", text::cut(t, 30)));
    let why = match case.turn.state {
        TurnState::WaitingForUser if case.attached == Some(true) => "waiting for you at a prompt",
        TurnState::WaitingForUser => "waiting for its user",
        TurnState::Empty if case.attached == Some(true) => "at a prompt, nothing asked yet",
        TurnState::Empty => "nothing asked yet",
        TurnState::WaitingForApproval => "waiting for an approval",
        TurnState::WaitingForModel => "no word from the model",
        TurnState::RunningTool => tool.as_deref().unwrap_or("its tool makes no progress"),
        TurnState::Failed => "failed, owner still there",
        _ => "no progress",
    };
    let message = format!("silent {}: {why}", words::spoken(silent));
    let file_of_call = owner.proc.files.as_ref().map(|f| f.model_calls.len());
    Some(
        finding(Rule::Inactive, severity, message)
            .seen(case.owner_evidence())
            .seen(case.last_activity.map(|at| format!("newest sign of progress {}", at.format("%F %T UTC"))))
            .seen(file_of_call.map(|n| format!("{n} model calls open")))
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
