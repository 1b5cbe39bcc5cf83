//! One line: who is looked at, how they fare, how fresh that is.

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, put, theme};
use crate::{
    domain::health::Health,
    tui::{app::ScreenKind, format},
};

/// Draws the header. What does not fit goes whole: first the screen's name, then the host, then the
/// program's own name; the counts and the clock stay.
pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer, now: DateTime<Utc>) {
    let (clock, freshness) = app.times(now);
    let fresh = if app.frozen || app.paused {
        Role::Frozen
    } else if freshness == "live" {
        Role::Muted
    } else {
        Role::Banner
    };
    let ending = app.run().map_or_else(String::new, |run| {
        let (done, all) = run.done();
        format!("ending {done}/{all}  ")
    });
    let right = Line::from(vec![
        app.span(Role::Banner, ending),
        app.span(fresh, freshness),
        Span::raw("  "),
        Span::raw(clock),
        Span::raw(" "),
    ]);
    let room = usize::from(area.width);
    let mut counts = counts(app);
    // The pane's title says it too; how fresh all this is, nothing else says.
    if let Some(leaked) = leaked(app).filter(|l| counts.width() + l.width() + right.width() + 2 <= room) {
        counts.push_span(leaked);
    }
    let host = app.board.as_ref().map(|b| b.host.clone()).unwrap_or_default();
    let names = [
        vec![
            app.span(Role::Title, "goosetop"),
            Span::raw(format!("  {host}")),
            app.span(Role::Muted, format!("  {}", screen_name(app.screen()))),
        ],
        vec![app.span(Role::Title, "goosetop"), Span::raw(format!("  {host}"))],
        vec![app.span(Role::Title, "goosetop")],
        Vec::new(),
    ];
    let width = |names: &[Span<'_>]| names.iter().map(Span::width).sum::<usize>();
    let fixed = counts.width() + right.width() + 5;
    let names = names.into_iter().find(|n| n.is_empty() || width(n) + fixed <= room).unwrap_or_default();

    let mut left = Line::from(vec![Span::raw(" ")]);
    let gap = if names.is_empty() { "" } else { "   " };
    left.spans.extend(names);
    left.push_span(Span::raw(gap));
    left.spans.extend(counts.spans);
    put(&left, area, 0, buffer);
    let width = (right.width() as u16).min(area.width);
    if left.width() + usize::from(width) < room {
        put(&right, Rect { x: area.right() - width, width, ..area }, 0, buffer);
    }
}

fn screen_name(screen: ScreenKind) -> &'static str {
    screen.into()
}

fn counts(app: &App) -> Line<'static> {
    let Some(board) = &app.board else { return Line::from(app.span(Role::Muted, "reading…")) };
    let counts = board.counts;
    let classes = [
        (Health::Orphaned, counts.orphaned),
        (Health::Stuck, counts.stuck),
        (Health::Unknown, counts.unknown),
        (Health::Healthy, counts.healthy),
    ];
    let mut line = Line::default();
    for (health, count) in classes {
        if health == Health::Unknown && count == 0 {
            continue;
        }
        // Only what is there is coloured: a red zero would draw the eye to nothing.
        let role = if count == 0 { Role::Muted } else { health.into() };
        if line.width() > 0 {
            line.push_span(Span::raw("  "));
        }
        line.push_span(app.span(role, format!("{} {count}", theme::sign(health))));
    }
    line
}

fn leaked(app: &App) -> Option<Span<'static>> {
    let counts = app.board.as_ref()?.counts;
    // Nothing readable is not nothing used.
    let memory = Some(counts.leaked_bytes).filter(|n| *n > 0).map_or_else(String::new, format::bytes);
    let text = format!("   {} leaked {memory}", counts.leaked_processes);
    let text = text.trim_end().to_owned();
    (counts.leaked_processes > 0).then(|| app.span(Role::Orphaned, text))
}
