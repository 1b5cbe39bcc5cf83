//! The key table as a page; nothing here is written by hand.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, theme};
use crate::{
    domain::health::Health,
    tui::{
        format::{self, Cut},
        layout::centred,
        widget::{doc::Doc, popup::popup},
    },
};

const WIDEST: u16 = 76;
const KEYS: usize = 16;

/// Returns lines in sight and how far it can be scrolled.
pub(super) fn draw(app: &App, screen: Rect, buffer: &mut Buffer) -> (usize, usize) {
    let width = WIDEST.min(screen.width.saturating_sub(2)).max(1);
    let mut doc = Doc::new(width.saturating_sub(4));
    let mut signs = Vec::new();
    for health in [Health::Orphaned, Health::Stuck, Health::Unknown, Health::Healthy, Health::Ended] {
        signs.push(app.span(health.into(), theme::sign(health)));
        signs.push(Span::raw(format!(" {health}  ")));
    }
    doc.push(Line::from(signs));
    doc.push(Line::from(vec![
        app.span(Role::Mark, "•"),
        Span::raw(" changed since you looked  "),
        app.span(Role::Tagged, "+"),
        Span::raw(" tagged  "),
        app.span(Role::Orphaned, "×"),
        Span::raw(" about to be ended"),
    ]));
    doc.push(Line::from(vec![
        app.span(Role::Muted, "✓"),
        Span::raw(" acknowledged  "),
        app.span(Role::Muted, "z"),
        Span::raw(" snoozed: dim, and not called to, until it changes"),
    ]));
    let mut scopes: Vec<_> = app.options.keys.by_scope().filter(|(_, rows)| !rows.is_empty()).collect();
    // What applies where help was asked for comes first: a key may mean something else elsewhere.
    let here = app.scopes_below();
    scopes.sort_by_key(|(scope, _)| here.iter().position(|s| s == scope).unwrap_or(usize::MAX));
    for (scope, rows) in scopes {
        doc.gap();
        doc.push(Line::from(app.span(Role::Title, scope.title())));
        for (command, keys) in rows {
            let keys = format::left(&keys, KEYS, Cut::End);
            let lead = vec![Span::raw("  "), app.span(Role::Key, keys)];
            doc.wrap(lead, command.sentence(), app.style(Role::Text));
        }
    }
    doc.gap();
    doc.push(Line::from(app.span(Role::Title, "in a filter")));
    for (example, meaning) in EXAMPLES {
        let lead = vec![Span::raw("  "), app.span(Role::Key, format::left(example, 26, Cut::End))];
        doc.wrap(lead, meaning, app.style(Role::Text));
    }
    let height = screen.height.saturating_sub(2).max(3).min(doc.lines().len() as u16 + 2);
    let title = vec![app.span(Role::Title, "Help")];
    let inner = popup(buffer, centred(screen, width, height), title, app.style(Role::Border));
    let max = doc.draw(app.scroll, inner, buffer);
    (usize::from(inner.height), max)
}

const EXAMPLES: [(&str, &str); 6] = [
    ("login gpt-4o", "both words, anywhere in the row"),
    ("state:stuck,orphaned", "one of these"),
    ("project:web dir:~/src", "also model: provider: type: turn: rule: name: id: pid:"),
    ("idle>30m age<2h", "also tokens>100k memory>2G cost>1 cpu>50"),
    ("!docs", "not this"),
    ("\"two words\"", "as they stand"),
];
