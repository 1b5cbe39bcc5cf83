//! What resuming a session would do, before it is done.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Drawn, Pages, Role, warn};
use crate::tui::{command::Command, hands::Preflight};

pub(in crate::tui::view) fn draw(
    app: &App,
    preflight: &Preflight,
    screen: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let mut pages = Pages::new(screen);
    if let Some(obstacle) = &preflight.obstacle {
        warn(app, &mut pages.body, obstacle);
    }
    for note in &preflight.notes {
        pages.body.wrap(vec![app.span(Role::Muted, "· ")], note, app.style(Role::Text));
    }
    if !preflight.command.is_empty() {
        pages.body.gap();
        pages.body.wrap(vec![Span::raw("  ")], &preflight.command, app.style(Role::Strong));
    }
    let key = |command| app.options.keys.key_for(command, app.scopes()).unwrap_or_default();
    let mut keys = Vec::new();
    if preflight.obstacle.is_none() && !app.options.terms.read_only {
        keys.extend([app.span(Role::Key, key(Command::Accept)), Span::raw(" gives it the terminal, ")]);
    }
    if preflight.can_fork {
        let said = if preflight.fork { " the session itself instead, " } else { " a copy instead, " };
        keys.extend([app.span(Role::Key, key(Command::Fork)), Span::raw(said)]);
    }
    keys.extend([app.span(Role::Key, key(Command::Back)), Span::raw(" leaves")]);
    pages.foot.push(Line::default());
    pages.foot.push(Line::from(keys));
    let copy = if preflight.fork { "Resume a copy of" } else { "Resume" };
    let title = format!("{copy} {}", preflight.key.id);
    pages.draw(app, vec![app.span(Role::Title, title)], None, screen, buffer)
}
