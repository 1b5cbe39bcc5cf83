//! The picture of the app.
//!
//! ```text
//!  header        counts by state, what is left behind, how fresh the picture is, the clock
//!  banner        what could not be read, while it cannot
//!  list │ detail rows in panes; everything about the row under the cursor
//!  footer        keys, a notice, or the line being typed
//!
//!  results       over list and detail, while a search of all conversations is looked at
//!  transcript    over all of it but banner and footer, while a conversation is read
//! ```
//!
//! Invariant: drawing changes nothing but what it learned ([`HitMap`]); only rows in sight become text.
//!
//! To add a pane or a screen: a file here with a `draw`, a variant of [`super::app::ScreenKind`], its rows in
//! `app::rows`, and snapshots at two sizes in `tests/screens.rs`.

mod acting;
mod banner;
mod detail;
mod dialogs;
mod empty;
mod events;
mod facts;
mod footer;
mod header;
mod help;
mod insights;
mod list;
mod processes;
mod reason;
mod results;
mod sessions;
mod transcript;
mod why;

use chrono::{DateTime, Utc};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    app::{App, Dialog, ScreenKind},
    effect::Effect,
    event::Event,
    layout::{Areas, Detail, HitMap},
    screen::Screen,
    theme::{self, Role},
};

impl Screen for App {
    /// Also draws in secret when only time or the board moved on: where the picture is the same as the
    /// one on the terminal, there is nothing to send.
    fn update(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect> {
        let quiet = matches!(event, Event::Board(_) | Event::Tick) && !self.is_dirty();
        let effects = self.handle(event, now);
        if quiet && self.is_dirty() {
            self.fit_reader(self.drawn.area);
            let mut secret = Buffer::empty(self.drawn.area);
            draw(self, &mut secret, now);
            if !secret.area.is_empty() && secret == self.drawn {
                self.take_dirty();
            }
        }
        effects
    }

    fn take_dirty(&mut self) -> bool {
        Self::take_dirty(self)
    }

    fn draw(&mut self, frame: &mut Frame<'_>, now: DateTime<Utc>) {
        self.fit_reader(frame.area());
        let hits = draw(self, frame.buffer_mut(), now);
        if let Some(cursor) = hits.cursor {
            frame.set_cursor_position(cursor);
        }
        self.scroll = self.scroll.min(hits.scroll_max);
        if self.reader.is_none() {
            match &mut self.results {
                Some(results) => results.first = hits.first,
                None => self.list_mut().first = hits.first,
            }
        }
        self.hits = hits;
        self.drawn_times = self.times(now);
        self.drawn.clone_from(frame.buffer_mut());
    }
}

/// Draws the whole screen.
pub fn draw(app: &App, buffer: &mut Buffer, now: DateTime<Utc>) -> HitMap {
    let screen = buffer.area;
    if screen.is_empty() {
        return HitMap::default();
    }
    let banners = banner::lines(app, screen.width);
    let reader = app.reader().filter(|_| !app.full);
    let results = app.results_in_front();
    let with_detail = app.target().is_some() && !app.full && reader.is_none() && results.is_none();
    let areas = Areas::of(screen, banners.len() as u16, with_detail);
    let mut hits = HitMap { list: areas.list, ..HitMap::default() };

    if reader.is_none() {
        header::draw(app, areas.header, buffer, now);
    }
    banner::draw(app, &banners, areas.banner, buffer);
    if let Some(reader) = reader {
        transcript::draw(app, reader, transcript::Parts::of(&areas), buffer, now);
    } else if let Some(results) = results {
        hits = results::draw(app, results, areas.list, buffer, now);
    } else if app.screen() == ScreenKind::Events && !app.full {
        (hits.page, hits.scroll_max) = events::draw(app, areas.list, buffer, now);
    } else if app.screen() == ScreenKind::Insights && !app.full {
        (hits.page, hits.scroll_max) = insights::draw(app, areas.list, buffer);
    } else if app.full && app.target().is_some() {
        let (page, max) = detail::draw_full(app, areas.list, buffer);
        (hits.page, hits.scroll_max) = (page, max);
    } else if empty::wanted(app) {
        empty::draw(app, areas.list, buffer);
    } else {
        hits = list::draw(app, areas.list, buffer);
        match areas.detail {
            Some(Detail::Below(area)) => detail::draw_below(app, area, buffer),
            Some(Detail::Side(area)) => detail::draw_side(app, area, buffer),
            None => {}
        }
    }
    let above = footer::above(app);
    // A small screen has no rule to say it in: its last line gives way.
    let last = Rect { y: areas.footer.y.saturating_sub(1), ..areas.footer };
    if let Some(rule) = areas.rule.or((!above.is_empty() && last.y > 0).then_some(last)) {
        draw_rule(app, above, rule, buffer);
    }
    let mut drawn = None;
    match app.dialog() {
        Some(Dialog::Why(why)) => (hits.page, hits.scroll_max) = why::draw(app, why, screen, buffer),
        Some(Dialog::Help) => (hits.page, hits.scroll_max) = help::draw(app, screen, buffer),
        Some(Dialog::Sort { at }) => dialogs::draw_sort(app, *at, screen, buffer),
        Some(Dialog::Palette { input, at }) => dialogs::draw_palette(app, input, *at, screen, buffer),
        Some(Dialog::Project { input, status }) => {
            drawn = Some(acting::draw_project(app, input, *status, screen, buffer));
        }
        Some(Dialog::Asking(asking)) => drawn = Some(acting::draw_asking(app, asking, screen, buffer)),
        Some(Dialog::Running) => {
            drawn = app.run().map(|run| acting::draw_running(app, run, now, screen, buffer));
        }
        Some(Dialog::Report(report)) => drawn = Some(acting::draw_report(app, report, screen, buffer)),
        Some(Dialog::Resume(preflight)) => drawn = Some(acting::draw_resume(app, preflight, screen, buffer)),
        Some(Dialog::Filter { .. } | Dialog::Find { .. } | Dialog::Search { .. }) | None => {}
    }
    let cursor = footer::draw(app, areas.footer, buffer);
    if let Some(drawn) = drawn {
        (hits.page, hits.scroll_max) = (drawn.page, drawn.scroll_max);
    }
    hits.cursor = drawn.map_or(cursor, |drawn| drawn.cursor);
    if app.options.ascii {
        theme::to_ascii(buffer);
    }
    hits
}

/// Without its first and last column.
fn inset(area: Rect) -> Rect {
    Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(2), ..area }
}

/// What is left of an area whose first row is a rule, without its first and last column.
fn below_rule(area: Rect) -> Rect {
    Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..inset(area) }
}

/// A thin line across, with a title in it.
fn draw_rule(app: &App, title: Vec<Span<'static>>, area: Rect, buffer: &mut Buffer) {
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
    put(&line, area, 0, buffer);
}

/// A line at a row of an area, if there is one.
fn put(line: &Line<'_>, area: Rect, row: u16, buffer: &mut Buffer) {
    if row < area.height {
        buffer.set_line(area.x, area.y + row, line, area.width);
    }
}

impl App {
    /// Lays the open conversation out for a screen of this size.
    fn fit_reader(&mut self, screen: Rect) {
        let banners = banner::lines(self, screen.width).len() as u16;
        if let Some(reader) = &mut self.reader {
            transcript::fit(reader, transcript::Parts::of(&Areas::of(screen, banners, false)));
        }
    }

    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }
}
