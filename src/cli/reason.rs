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
        TurnState::WaitingForModel => format!("{}{lasted}", turn.state.phrase()),
        TurnState::RunningTool => {
            let what = turn.command.as_deref().or(turn.tool.as_deref());
            let what = what.unwrap_or_else(|| turn.state.phrase());
            format!(
                "{}{}",
                text::line(what),
                if lasted.is_empty() { String::new() } else { format!(" ({})", lasted.trim()) }
            )
        }
        TurnState::Unknown if view.health != Health::Unknown => String::new(),
        state => state.phrase().into(),
    }
}
