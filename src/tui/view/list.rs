//! The list in front: headings and rows, only those in sight.

use std::fmt::Write as _;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use super::{App, Role, draw_rule, processes, put, sessions, theme};
use crate::{
    domain::board::Board,
    tui::{
        app::{Heading, Row, ScreenKind, Target},
        layout::HitMap,
        options::Pane,
    },
};

/// How one line of cells looks beyond its text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub selected: bool,
    pub tagged: bool,
    pub changed: bool,
    /// A plan on the screen or under way is about to end it.
    pub ending: bool,
    /// Steps below a parent.
    pub depth: usize,
}

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) -> HitMap {
    let Some(board) = app.board.as_deref() else { return HitMap { list: area, ..HitMap::default() } };
    let table = sessions::Table::new(area.width);
    let tree = processes::Table::new(area.width);
    let mut body = area;
    let heads = match app.screen() {
        ScreenKind::Dashboard | ScreenKind::Events => None,
        ScreenKind::Sessions => Some(table.heads(app)),
        ScreenKind::Processes => Some(tree.heads(app)),
    };
    if let Some(heads) = heads.filter(|_| area.height > 3) {
        put(&heads, area, 0, buffer);
        body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    let list = app.list();
    let first = list.first_for(usize::from(body.height));
    for y in 0..body.height {
        let index = first + usize::from(y);
        let Some(row) = list.rows().get(index) else { break };
        let line_area = Rect { y: body.y + y, height: 1, ..body };
        if let Row::Heading(heading) = row {
            draw_rule(app, title(app, board, heading), line_area, buffer);
            continue;
        }
        if let Row::Ghost(index) = row {
            if let Some(ghost) = app.ghosts.get(*index) {
                put(&table.ghost(app, ghost), line_area, 0, buffer);
            }
            continue;
        }
        let Some(target) = row.target(board) else { continue };
        let id = list.id(index);
        let look = Look {
            selected: index == list.at() && id.is_some(),
            tagged: id.is_some_and(|id| app.tags.contains(id)),
            changed: changed(app, target),
            ending: match target {
                Target::Process(view) => app.is_about_to_end(None, Some(view.proc.id)),
                target => app.is_about_to_end(target.session().map(|s| &s.key), None),
            },
            depth: row.depth(),
        };
        let line = match (target, app.screen()) {
            (Target::Process(view), ScreenKind::Processes) => tree.row(app, view, look),
            (target, _) => table.row(app, target, look, board),
        };
        put(&line, line_area, 0, buffer);
        if look.selected {
            // One reversed line on the screen, and none while a dialog has the keys.
            let style =
                if app.dialog().is_none() { app.style(Role::Selected) } else { app.style(Role::Strong) };
            buffer.set_style(line_area, style);
        }
    }
    if list.rows().is_empty() {
        let said = if app.filter.text.is_empty() { " nothing here" } else { " nothing matches the filter" };
        put(&Line::from(app.span(Role::Muted, said)), body, 0, buffer);
    }
    HitMap { list: body, first, ..HitMap::default() }
}

/// Its state changed since it was looked at, or that of a sub-agent which may be folded away.
fn changed(app: &App, target: Target<'_>) -> bool {
    let Target::Live(view) = target else { return false };
    app.changed.contains(view.key()) || view.sub_agents.iter().any(|s| app.changed.contains(s.key()))
}

/// The three columns before every row: cursor, state, mark.
pub(super) fn lead(app: &App, look: Look, sign: &'static str, role: Role) -> Vec<Span<'static>> {
    let cursor = if look.selected { "›" } else { " " };
    let mark = match look {
        Look { ending: true, .. } => app.span(Role::Orphaned, "×"),
        Look { tagged: true, .. } => app.span(Role::Tagged, "+"),
        Look { changed: true, .. } => app.span(Role::Mark, "•"),
        _ => Span::raw(" "),
    };
    vec![Span::raw(cursor), app.span(role, sign), mark]
}

fn title(app: &App, board: &Board, heading: &Heading) -> Vec<Span<'static>> {
    match heading {
        Heading::Pane { pane, shown, total } => {
            let health = pane.health();
            let role = if *total == 0 { Role::Muted } else { health.into() };
            let mut spans = vec![app.span(role, format!("{} {}", theme::sign(health), pane_name(*pane)))];
            let count = if shown == total { format!(" {total}") } else { format!(" {shown} of {total}") };
            spans.push(Span::styled(count, app.style(role).add_modifier(Modifier::BOLD)));
            if *pane == Pane::Orphaned {
                spans.push(app.span(Role::Muted, leftovers(board)));
            }
            spans
        }
        Heading::Session(top) => {
            let Some(view) = board.sessions.get(*top) else { return Vec::new() };
            let name =
                if view.session.name.is_empty() { String::new() } else { format!(" {}", view.session.name) };
            vec![
                app.span(view.health.into(), theme::sign(view.health)),
                Span::raw(format!(" {}{name}", view.key().id)),
            ]
        }
        Heading::Stray(title, count) => vec![app.span(Role::Strong, format!("{title} {count}"))],
    }
}

fn pane_name(pane: Pane) -> &'static str {
    match pane {
        Pane::Orphaned => "Orphaned",
        Pane::Stuck => "Stuck",
        Pane::Unknown => "Unknown",
        Pane::Healthy => "Healthy",
    }
}

fn leftovers(board: &Board) -> String {
    let mut text = String::new();
    let leaked = board.counts.leaked_processes;
    if leaked > 0 {
        let _ = write!(text, " · {leaked} leaked process{}", if leaked == 1 { "" } else { "es" });
    }
    let untracked = board.alarming().count();
    if untracked > 0 {
        let _ = write!(text, " · {untracked} untracked");
    }
    text
}
