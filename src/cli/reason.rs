//! Why, in a few words: what a row says about its session.

use super::output::age;
use crate::domain::{
    board::{Board, SessionView},
    health::Health,
    text,
    turn::TurnState,
};

/// The doubt, the worst finding, or else what the conversation waits for.
pub fn of(view: &SessionView, board: &Board) -> String {
    if let Some(doubt) = &view.doubt {
        return text::line(doubt).into_owned();
    }
    match view.worst() {
        Some(finding) => text::line(&finding.message).into_owned(),
        None => turn(view, board),
    }
}

fn turn(view: &SessionView, board: &Board) -> String {
    let turn = &view.turn;
    let lasted = turn.since.and_then(|since| (board.taken_at - since).to_std().ok());
    let lasted = lasted.map(|d| format!(" {}", age(d))).unwrap_or_default();
    match turn.state {
        TurnState::Empty => "no message yet".into(),
        TurnState::WaitingForUser => "waiting for you".into(),
        TurnState::WaitingForModel => format!("model{lasted}"),
        TurnState::RunningTool => {
            let what = turn.command.as_deref().or(turn.tool.as_deref()).unwrap_or("a tool");
            format!(
                "{}{}",
                text::line(what),
                if lasted.is_empty() { String::new() } else { format!(" ({})", lasted.trim()) }
            )
        }
        TurnState::WaitingForApproval => "waiting for your approval".into(),
        TurnState::Interrupted => "interrupted mid-turn".into(),
        TurnState::Failed => "ended in an error".into(),
        TurnState::Finished => "finished".into(),
        TurnState::Unknown if view.health == Health::Unknown => "cannot be told".into(),
        TurnState::Unknown => String::new(),
    }
}
