//! What changed and what was done, the newest first.

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, below_rule, draw_rule, theme};
use crate::tui::{format, widget::doc::Doc};

/// Returns lines in sight and how far it can be scrolled.
pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer, now: DateTime<Utc>) -> (usize, usize) {
    let title = vec![app.span(Role::Title, "Events"), app.span(Role::Muted, " newest first")];
    draw_rule(app, title, Rect { height: area.height.min(1), ..area }, buffer);
    let body = below_rule(area);
    let mut doc = Doc::new(body.width);
    for happened in app.log().newest() {
        let day = |at: DateTime<Utc>| at.with_timezone(&app.options.utc_offset).date_naive();
        let at = happened.at();
        let when = if day(at) == day(now) {
            format::time(at, app.options.utc_offset)
        } else {
            format::date(at, app.options.utc_offset)
        };
        let sign = match happened.health() {
            Some(health) => app.span(health.into(), format!("{} ", theme::sign(health))),
            None => app.span(Role::Mark, "▸ "),
        };
        let lead = vec![app.span(Role::Muted, format!("{when}  ")), sign];
        doc.wrap(lead, &happened.text(), app.style(Role::Text));
    }
    if doc.lines().is_empty() {
        let said = "Nothing has changed and nothing was done since goosetop began to look.";
        doc.push(Line::from(Span::styled(said, app.style(Role::Muted))));
    }
    (usize::from(body.height), doc.draw(app.scroll, body, buffer))
}
