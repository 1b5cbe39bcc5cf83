//! What could not be read, while it cannot: the picture below it is not to be trusted blindly.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{App, Role, put};
use crate::{
    domain::{
        board::{Board, StoreStatus},
        snapshot::StoreState,
    },
    tui::format,
};

/// More than this would push the list away.
const MOST: usize = 3;

/// One sentence per trouble.
pub(super) fn lines(app: &App) -> Vec<String> {
    let Some(board) = app.board.as_deref() else { return Vec::new() };
    if nothing_but_absent(board) {
        // The empty screen says it, with what to do.
        return Vec::new();
    }
    let troubled = board.stores.iter().filter(|s| !s.state.is_current());
    let mut lines: Vec<String> = troubled.clone().map(|s| store(app, s)).collect();
    let named: Vec<String> = troubled.map(|s| app.path(&s.path)).collect();
    for fault in &board.faults {
        // A store in trouble has its line already.
        if !named.contains(&app.path(std::path::Path::new(&fault.source))) {
            lines.push(format!("{}: {}", fault.source, fault.message));
        }
    }
    let newer = board.stores.iter().filter(|s| s.state == StoreState::Newer && !s.detail.is_empty());
    lines.extend(newer.map(|s| s.detail.clone()));
    if lines.len() > MOST {
        let more = lines.len() - (MOST - 1);
        lines.truncate(MOST - 1);
        lines.push(format!("…and {more} more; `goosetop doctor` names them all"));
    }
    lines
}

/// There is no store at all, and nothing else to show.
pub(super) fn nothing_but_absent(board: &Board) -> bool {
    board.stores.iter().all(|s| s.state == StoreState::Absent) && board.faults.is_empty() && is_bare(board)
}

/// Nothing at all to list.
pub(super) fn is_bare(board: &Board) -> bool {
    board.sessions.is_empty()
        && board.ended.is_empty()
        && board.leaked.is_empty()
        && board.untracked.is_empty()
        && board.unconfirmed.is_empty()
}

fn store(app: &App, status: &StoreStatus) -> String {
    let what = if status.detail.is_empty() { words(status.state) } else { &status.detail };
    let path = app.path(&status.path);
    let what = if what.contains(&path) { what.to_owned() } else { format!("{path}: {what}") };
    let shown = match status.as_of {
        Some(at) => format!("showing the picture of {}", format::time(at, app.options.utc_offset)),
        None => "nothing is known of it yet".into(),
    };
    format!("{}; {shown}", what.trim_end_matches('.'))
}

fn words(state: StoreState) -> &'static str {
    match state {
        StoreState::Ok | StoreState::Legacy => "read",
        StoreState::Newer => "newer than any schema goosetop was tested with",
        StoreState::Absent => "there is no such file",
        StoreState::Locked => "locked by another program",
        StoreState::Damaged => "not a readable database",
        StoreState::Unreadable => "the system refuses to open it",
        StoreState::NotGoose => "not a goose session store",
    }
}

/// Draws as many as there is room for.
pub(super) fn draw(app: &App, lines: &[String], area: Rect, frame: &mut Frame<'_>) {
    for (row, line) in (0..area.height).zip(lines) {
        let width = usize::from(area.width);
        let text = format!(" ! {line}");
        let text = format::left(&text, width, format::Cut::End);
        put(&Line::from(app.span(Role::Banner, text)), area, row, frame);
    }
}
