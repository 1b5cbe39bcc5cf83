//! Why a row is where it is, in one line: the doubt, the worst finding, or what the turn waits for.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        board::{ProcRole, ProcView, SessionView},
        turn::{Turn, TurnState},
    },
    tui::format,
};

/// For a session's row.
pub(super) fn of(view: &SessionView, now: DateTime<Utc>) -> String {
    match (&view.doubt, view.worst()) {
        (Some(doubt), _) => doubt.clone(),
        (None, Some(finding)) => finding.message.clone(),
        (None, None) => turn(&view.turn, now),
    }
}

/// How a session of the history ended, without an age, which stands beside it; `None` where its
/// conversation was not read yet.
pub(super) fn of_past(view: &SessionView) -> Option<String> {
    let unread = view.session.tail.is_none();
    match (view.worst(), view.turn.state) {
        (Some(finding), _) => Some(finding.message.clone()),
        (None, TurnState::Unknown) if unread => None,
        (None, TurnState::Unknown) => view.turn.signs.first().cloned(),
        (None, state) => Some(state.phrase().into()),
    }
}

/// What the turn waits for, and since when where that tells something.
pub(super) fn turn(turn: &Turn, now: DateTime<Utc>) -> String {
    let since = turn.since.map(|at| format::since(at, now)).filter(|age| age != "now");
    let timed = |what: &str| match &since {
        Some(age) => format!("{what} {age}"),
        None => what.to_owned(),
    };
    match turn.state {
        TurnState::RunningTool => {
            let what = turn.command.as_deref().or(turn.tool.as_deref());
            let what = what.unwrap_or_else(|| turn.state.phrase());
            match &since {
                Some(age) => format!("{what} ({age})"),
                None => what.to_owned(),
            }
        }
        TurnState::WaitingForModel | TurnState::WaitingForApproval | TurnState::Interrupted => {
            timed(turn.state.phrase())
        }
        TurnState::Unknown => turn.signs.first().map_or_else(|| turn.state.phrase().into(), Clone::clone),
        state => state.phrase().into(),
    }
}

/// The turn in one or two words, for its column.
pub(super) fn turn_word(turn: &Turn) -> String {
    match turn.state {
        TurnState::Empty => "empty".into(),
        TurnState::WaitingForUser => "you".into(),
        TurnState::WaitingForModel => "model".into(),
        TurnState::RunningTool => turn.tool.clone().unwrap_or_else(|| "tool".into()),
        TurnState::WaitingForApproval => "approval".into(),
        TurnState::Interrupted => "interrupted".into(),
        TurnState::Failed => "error".into(),
        TurnState::Finished => "finished".into(),
        TurnState::Unknown => "?".into(),
    }
}

/// For the row of a process that stands alone.
pub(super) fn of_process(view: &ProcView) -> String {
    let from = match (&view.session, &view.stray_id) {
        (Some(key), _) => format!(" by {}", key.id),
        (None, Some(id)) => format!(" by {id}, which no store has"),
        (None, None) => String::new(),
    };
    match view.role {
        ProcRole::Leaked => format!("left behind{from}"),
        ProcRole::Untracked => "goose without a session".into(),
        ProcRole::Unconfirmed => "looks like a leftover, without proof".into(),
        other => other.to_string(),
    }
}
