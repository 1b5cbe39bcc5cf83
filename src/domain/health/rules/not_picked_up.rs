//! `not_picked_up`: a user message, the owner alive, no model call, no tool. After a cancelled turn
//! or a provider error a terminal session looks the same but sits at its prompt: the turn says so,
//! and this rule then keeps silent (measured on goose 1.52). A server has no prompt that could tell
//! the two apart, so its sessions are left to the base rule.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    process::Terminal,
    turn::{
        TurnState,
        rows::{self, Rows},
    },
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner.filter(|o| o.role.is_single())?;
    let files = owner.proc.files.as_ref()?;
    let state = rows::read(case.tail()?);
    if state.rows != Rows::UserSpoke || case.turn.state != TurnState::Unknown || !files.model_calls.is_empty()
    {
        return None;
    }
    // At a living terminal whose mode cannot be read, a prompt and a lost message look alike.
    if matches!(files.terminal, Terminal::Live(_)) && files.reads_keys.is_none() {
        return None;
    }
    let from = state.at?.max(owner.proc.started_at);
    let waited = since(case.now, from);
    if waited < case.limits.not_picked_up {
        return None;
    }
    let message = format!("message not picked up for {}", words::spoken(waited));
    Some(
        finding(Rule::NotPickedUp, Severity::Stuck, message)
            .seen(case.turn.signs.iter().cloned())
            .seen(case.owner_evidence())
            .clock(Some(from), case.limits.not_picked_up),
    )
}
