//! `interrupted`: the owner died in the middle of a turn, not long ago. Older ones are history, and so is
//! what goosetop itself has ended: an order that was carried out is no alarm.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    session::SessionKind,
    snapshot::Ending,
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    // A shell's own session has no owner between its commands.
    let shell = case.session.kind == SessionKind::Terminal;
    if case.owner.is_some() || shell || case.turn.state != TurnState::Interrupted || !case.procs_known {
        return None;
    }
    let at = case.last_activity?;
    let ago = since(case.now, at);
    if ago > case.limits.interrupted_within || case.session.archived_at.is_some() {
        return None;
    }
    if let Some(Ending { at, action, .. }) = case.ending {
        let message = format!("ended by goosetop at {} UTC ({action})", at.format("%H:%M"));
        let asked = "the audit log says so, and nothing has happened since".to_owned();
        return Some(
            finding(Rule::Interrupted, Severity::Note, message)
                .seen([asked])
                .seen(case.turn.signs.iter().cloned())
                .from(Some(*at)),
        );
    }
    let message = format!("its goose ended in the middle of a turn, {} ago", words::spoken(ago));
    Some(
        finding(Rule::Interrupted, Severity::Orphaned, message)
            .seen(case.turn.signs.iter().cloned())
            .clock(Some(at), case.limits.interrupted_within),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    if case.owner.is_some() {
        return "its owner is alive".into();
    }
    if !case.procs_known {
        return "the process table cannot be read".into();
    }
    if case.session.kind == SessionKind::Terminal {
        return "a shell's own session has no owner between its commands".into();
    }
    if case.turn.state != TurnState::Interrupted {
        return format!("its turn is {}", case.turn.state.to_string().replace('_', " "));
    }
    if case.session.archived_at.is_some() {
        return "it was archived".into();
    }
    let limit = words::spoken(case.limits.interrupted_within);
    case.inactive().map_or_else(
        || "when it ended is not known".into(),
        |ago| format!("it ended mid-turn {} ago, limit {limit}", words::spoken(ago)),
    )
}
