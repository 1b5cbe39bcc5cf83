//! `model_silent`: inside one model call for too long. Providers were seen to stall for 37 minutes
//! while sending keep-alives, with the process alive and idle.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner?;
    if case.turn.state != TurnState::WaitingForModel {
        return None;
    }
    let from = case.turn.since?;
    let waited = since(case.now, from);
    let (severity, limit) = if waited >= case.limits.model_stuck {
        (Severity::Stuck, case.limits.model_stuck)
    } else if waited >= case.limits.model_warn {
        (Severity::Warning, case.limits.model_warn)
    } else {
        return None;
    };
    let message = format!("model silent {} (limit {})", words::spoken(waited), words::spoken(limit));
    let who = [case.session.provider.as_deref(), case.session.model.as_deref()];
    let who: Vec<&str> = who.into_iter().flatten().collect();
    let cpu = owner.proc.cpu.percent.map(|p| format!("owner's CPU {p:.1} %"));
    Some(
        finding(Rule::ModelSilent, severity, message)
            .seen(case.turn.signs.iter().cloned())
            .seen((!who.is_empty()).then(|| format!("provider: {}", who.join(" "))))
            .seen(cpu)
            .clock(Some(from), limit),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    match case.turn.since.filter(|_| case.turn.state == TurnState::WaitingForModel) {
        Some(from) => {
            let (open, limit) = (since(case.now, from), case.limits.model_warn);
            format!("call open {}, limit {}", words::spoken(open), words::spoken(limit))
        }
        None if case.turn.state == TurnState::WaitingForModel => "since when is not known".into(),
        None => "no model call is waited for".into(),
    }
}
