//! `not_picked_up`: a user message, the owner alive, no model call, no tool. After a cancelled turn
//! or a provider error a terminal session looks the same but sits at its prompt: the turn says so,
//! and this rule then keeps silent (measured on goose 1.52). A server has no prompt that could tell
//! the two apart, so its sessions are left to the base rule.

use chrono::{DateTime, Utc};

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
    let from = waits(case).ok()?;
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

pub fn looked(case: &Case<'_>) -> String {
    if case.turn.state != TurnState::Unknown {
        return format!("its turn is {}", case.turn.state.to_string().replace('_', " "));
    }
    match waits(case) {
        Ok(from) => {
            let (waited, limit) = (since(case.now, from), case.limits.not_picked_up);
            format!("words unanswered for {}, limit {}", words::spoken(waited), words::spoken(limit))
        }
        Err(why) => why.into(),
    }
}

/// Since when a message lies there that nobody works on; or what speaks against it.
fn waits(case: &Case<'_>) -> Result<DateTime<Utc>, &'static str> {
    let owner = case.owner.filter(|o| o.role.is_single()).ok_or("its owner is a server")?;
    let files = owner.proc.files.as_ref().ok_or("its owner's open files cannot be read")?;
    let state = rows::read(case.tail().ok_or("its conversation was not read")?);
    if state.rows != Rows::UserSpoke {
        return Err("the last row is no message of a person's");
    }
    if !files.model_calls.is_empty() {
        return Err("a model call is open");
    }
    if case.turn.state != TurnState::Unknown {
        return Err("what it waits for is known");
    }
    // At a living terminal whose mode cannot be read, a prompt and a lost message look alike.
    if matches!(files.terminal, Terminal::Live(_)) && files.reads_keys.is_none() {
        return Err("it may be at its prompt");
    }
    Ok(state.at.ok_or("when the words were stored is not known")?.max(owner.proc.started_at))
}
