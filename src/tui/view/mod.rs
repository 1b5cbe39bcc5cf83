//! The picture of the app.
//!
//! ```text
//!  header        counts by state, what is left behind, how fresh the picture is, the clock
//!  banner        what could not be read, while it cannot
//!  list │ detail rows in panes; everything about the row under the cursor
//!  footer        keys, a notice, or the line being typed
//! ```
//!
//! Invariant: drawing changes nothing but what it learned ([`HitMap`]); only rows in sight become text.
//!
//! To add a pane or a screen: a file here with a `draw`, a variant of [`ScreenKind`], its rows in
//! `app::rows`, and snapshots at two sizes in `tests/screens.rs`.

mod banner;
mod detail;
mod dialogs;
mod empty;
mod facts;
mod footer;
mod header;
mod help;
mod list;
mod processes;
mod reason;
mod sessions;
mod why;

use chrono::{DateTime, Utc};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    app::{App, Dialog},
    effect::Effect,
    event::Event,
    layout::{Areas, Detail, HitMap},
    screen::Screen,
    theme::{self, Role},
};

impl Screen for App {
    fn update(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect> {
        self.handle(event, now)
    }

    fn take_dirty(&mut self) -> bool {
        Self::take_dirty(self)
    }

    fn draw(&mut self, frame: &mut Frame<'_>, now: DateTime<Utc>) {
        let hits = draw(self, frame, now);
        self.scroll = self.scroll.min(hits.scroll_max);
        self.list_mut().first = hits.first;
        self.hits = hits;
        self.drawn_times = self.times(now);
    }
}

/// Draws the whole screen.
pub fn draw(app: &App, frame: &mut Frame<'_>, now: DateTime<Utc>) -> HitMap {
    let screen = frame.area();
    if screen.is_empty() {
        return HitMap::default();
    }
    let banners = banner::lines(app);
    let with_detail = app.target().is_some() && !app.full;
    let areas = Areas::of(screen, banners.len() as u16, with_detail);
    let mut hits = HitMap { list: areas.list, ..HitMap::default() };

    header::draw(app, areas.header, frame, now);
    banner::draw(app, &banners, areas.banner, frame);
    if app.full && app.target().is_some() {
        let (page, max) = detail::draw_full(app, areas.list, frame);
        (hits.page, hits.scroll_max) = (page, max);
    } else if empty::wanted(app) {
        empty::draw(app, areas.list, frame);
    } else {
        hits = list::draw(app, areas.list, frame);
        match areas.detail {
            Some(Detail::Below(area)) => detail::draw_below(app, area, frame),
            Some(Detail::Side(area)) => detail::draw_side(app, area, frame),
            None => {}
        }
    }
    if let Some(rule) = areas.rule {
        draw_rule(app, Vec::new(), rule, frame);
    }
    match app.dialog() {
        Some(Dialog::Why(why)) => (hits.page, hits.scroll_max) = why::draw(app, why, screen, frame),
        Some(Dialog::Help) => (hits.page, hits.scroll_max) = help::draw(app, screen, frame),
        Some(Dialog::Sort { at }) => dialogs::draw_sort(app, *at, screen, frame),
        Some(Dialog::Palette { input, at }) => dialogs::draw_palette(app, input, *at, screen, frame),
        Some(Dialog::Filter { .. }) | None => {}
    }
    footer::draw(app, areas.footer, frame);
    if app.options.ascii {
        theme::to_ascii(frame.buffer_mut());
    }
    hits
}

/// A thin line across, with a title in it.
fn draw_rule(app: &App, title: Vec<Span<'static>>, area: Rect, frame: &mut Frame<'_>) {
    if area.is_empty() {
        return;
    }
    let border = app.style(Role::Border);
    let mut spans = Vec::new();
    if !title.is_empty() {
        spans.push(Span::styled("─ ", border));
        spans.extend(title);
        spans.push(Span::raw(" "));
    }
    let mut line = Line::from(spans);
    let fill = usize::from(area.width).saturating_sub(line.width());
    line.push_span(Span::styled("─".repeat(fill), border));
    put(&line, area, 0, frame);
}

/// A line at a row of an area, if there is one.
fn put(line: &Line<'_>, area: Rect, row: u16, frame: &mut Frame<'_>) {
    if row < area.height {
        frame.buffer_mut().set_line(area.x, area.y + row, line, area.width);
    }
}

impl App {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }
}
