//! Nothing to show: where it was looked, and what to do about it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, banner, below_rule, facts};
use crate::tui::{app::Hint, command::Command, widget::doc::Doc};

/// There is no row, and that is not the filter's doing.
pub(super) fn wanted(app: &App) -> bool {
    app.board.as_deref().is_none_or(banner::is_bare)
}

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let body = below_rule(area);
    let mut doc = Doc::new(body.width);
    let Some(board) = app.board.as_deref() else {
        doc.wrap(Vec::new(), "Reading the sessions and the processes…", app.style(Role::Muted));
        doc.draw(0, body, buffer);
        return;
    };
    let current = banner::nothing_but_absent(board) || board.stores.iter().all(|s| s.state.is_current());
    let said = if current && board.faults.is_empty() {
        "No goose sessions on this machine."
    } else {
        "Nothing is known: the sessions could not be read."
    };
    doc.wrap(Vec::new(), said, app.style(Role::Title));
    for store in &board.stores {
        let state = if store.state.is_current() { "there is no session in it" } else { store.state.into() };
        let text = format!("{} ({state})", app.path(&store.path));
        doc.wrap(vec![app.span(Role::Muted, "looked at ")], &text, app.style(Role::Text));
    }
    if board.stores.is_empty() {
        doc.wrap(Vec::new(), "no store was named", app.style(Role::Muted));
    }
    doc.gap();
    let hint = |command: Command, text: &str| Hint { command, text: text.into() };
    let hints = [
        hint(Command::Demo, "try it with a demo world"),
        hint(Command::Refresh, "look again"),
        hint(Command::Help, "help"),
    ];
    let mut line = vec![Span::raw("")];
    line.extend(facts::hints(app, &hints));
    doc.push(Line::from(line));
    doc.draw(0, body, buffer);
}
