//! `interrupted`: the owner died in the middle of a turn, not long ago. Older ones are history.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    session::SessionKind,
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
    let message = format!("its goose ended in the middle of a turn, {} ago", words::spoken(ago));
    Some(
        finding(Rule::Interrupted, Severity::Orphaned, message)
            .seen(case.turn.signs.iter().cloned())
            .clock(Some(at), case.limits.interrupted_within),
    )
}
