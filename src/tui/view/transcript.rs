//! A conversation over the whole screen.
//!
//! ```text
//!  20261120_7 name      418 messages, 9 hidden   ▲ model silent 17m                     live
//!  13:02 ▁▃█▁▁▁▃▃▁▁ 13:37   model 12m  tools 4m  you 19m
//!  13:18:40 you      …
//! ```

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{App, Role, put, reason, theme};
use crate::{
    domain::{beat::Spent, words},
    tui::{
        app::Target,
        format::{self, Cut},
        layout::Areas,
        reader::Reader,
    },
};

/// From this height on the bar is shown.
const BAR_FROM: u16 = 10;
/// From this width on the header says how many messages are hidden.
const HIDDEN_FROM: u16 = 100;
/// What stands beside the bar's cells.
const BESIDE: u16 = 52;

/// Header, bar and text.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    header: Rect,
    bar: Rect,
    body: Rect,
}

impl Parts {
    pub(super) fn of(areas: &Areas) -> Self {
        let height = u16::from(areas.list.height >= BAR_FROM);
        let bar = Rect { height, ..areas.list };
        let body = Rect { y: areas.list.y + height, height: areas.list.height - height, ..areas.list };
        Self { header: areas.header, bar, body }
    }
}

/// Lays out what the screen needs, at this size.
pub(super) fn fit(reader: &mut Reader, parts: Parts) {
    reader.fit(usize::from(parts.body.width), usize::from(parts.body.height));
    reader.fit_bar(usize::from(cells(parts.bar.width)));
}

fn cells(width: u16) -> u16 {
    width.saturating_sub(BESIDE).clamp(8, 120)
}

/// Draws it.
pub(super) fn draw(app: &App, reader: &Reader, parts: Parts, buffer: &mut Buffer, now: DateTime<Utc>) {
    header(app, reader, parts.header, buffer, now);
    bar(app, reader, parts.bar, buffer);
    body(app, reader, parts.body, buffer);
}

fn header(app: &App, reader: &Reader, area: Rect, buffer: &mut Buffer, now: DateTime<Utc>) {
    let target = app.target();
    let name = target.and_then(Target::session).map_or("", |session| session.name.as_str());
    let (mode, role) = match () {
        () if app.frozen => ("FROZEN", Role::Frozen),
        () if app.paused => ("PAUSED", Role::Frozen),
        () if reader.follows() && reader.is_live() => ("live", Role::Healthy),
        () if reader.is_live() => ("paused", Role::Frozen),
        () => ("", Role::Muted),
    };
    let right =
        vec![app.span(role, mode), Span::raw(format!("  {} ", format::clock(now, app.options.utc_offset)))];
    let right = Line::from(right);
    let state = match target {
        Some(Target::Live(view)) => {
            let text = format!("{} {}", theme::sign(view.health), reason::of(view, now));
            app.span(view.health.into(), text)
        }
        Some(_) => app.span(Role::Ended, "○ ended"),
        None => app.span(Role::Muted, "not in the picture any more"),
    };
    let hidden = reader.messages_hidden().unwrap_or_default();
    let count = reader.extent().messages.saturating_sub(hidden);
    let plural = if count == 1 { "message" } else { "messages" };
    let count = match () {
        () if reader.is_reading() && count == 0 => String::new(),
        () if hidden > 0 && area.width >= HIDDEN_FROM => format!("{count} {plural}, {hidden} hidden"),
        () => format!("{count} {plural}"),
    };
    let child = if reader.parent.is_some() { "▸ " } else { "" };
    let id = format!(" {child}{}", reader.key().id);
    let room = usize::from(area.width).saturating_sub(right.width() + id.width() + count.width() + 8);
    // The state says why one reads this; the name gives way first.
    let wanted = state.width().min(room);
    let name = format::cut(name, room.saturating_sub(wanted).max(room / 2), Cut::Middle);
    let state_text = format::cut(&state.content, room.saturating_sub(name.width()), Cut::End);
    let left = Line::from(vec![
        app.span(Role::Title, id),
        Span::raw(format!(" {name}  ")),
        app.span(Role::Muted, format!("{count}  ")),
        Span::styled(state_text, state.style),
    ]);
    put(&left, area, 0, buffer);
    let width = (right.width() as u16).min(area.width);
    if left.width() + usize::from(width) < usize::from(area.width) {
        put(&right, Rect { x: area.right() - width, width, ..area }, 0, buffer);
    }
}

fn bar(app: &App, reader: &Reader, area: Rect, buffer: &mut Buffer) {
    let (bar, at) = reader.bar();
    let (Some(from), Some(to)) = (bar.from, bar.to) else { return };
    let offset = app.options.utc_offset;
    let same_day = from.with_timezone(&offset).date_naive() == to.with_timezone(&offset).date_naive();
    let start = if same_day {
        format::clock(from, offset)
    } else {
        from.with_timezone(&offset).format("%m-%d").to_string()
    };
    let mut spans = vec![app.span(Role::Muted, format!(" {start} "))];
    for (number, cell) in bar.cells.iter().enumerate() {
        let (glyph, role) = match cell {
            Some(Spent::Model) => ("▃", Role::Goose),
            Some(Spent::Tool) => ("█", Role::Tool),
            Some(Spent::Person) => ("▁", Role::Muted),
            None => (" ", Role::Muted),
        };
        let role = if at == Some(number) { Role::Found } else { role };
        spans.push(app.span(role, glyph));
    }
    spans.push(app.span(Role::Muted, format!(" {}   ", format::clock(to, offset))));
    let more = if bar.whole { "" } else { "+" };
    let total = |spent: Spent| bar.totals[spent as usize];
    for (sign, word, spent) in
        [("▃", "model", Spent::Model), ("█", "tools", Spent::Tool), ("▁", "you", Spent::Person)]
    {
        if total(spent) > Duration::ZERO {
            spans.push(app.span(Role::Muted, format!("{sign} {word} ")));
            spans.push(Span::raw(format!("{}{more}  ", words::spoken(total(spent)))));
        }
    }
    put(&Line::from(spans), area, 0, buffer);
}

fn body(app: &App, reader: &Reader, area: Rect, buffer: &mut Buffer) {
    let said = match reader.failure() {
        Some(why) => Some(app.span(Role::Banner, format!(" ! {why}"))),
        None if reader.loaded() > 0 => None,
        None if reader.is_reading() => Some(app.span(Role::Muted, " reading…")),
        None => Some(app.span(Role::Muted, " No message yet.")),
    };
    for (row, (line, _)) in (0..area.height).zip(reader.lines()) {
        put(line, area, row, buffer);
    }
    let found = app.style(Role::Found);
    for mark in reader.marks() {
        let column = |at: usize| area.x.saturating_add(at as u16).min(area.right());
        let (x, end) = (column(mark.columns.start), column(mark.columns.end));
        let y = area.y.saturating_add(mark.line as u16);
        if y < area.bottom() {
            buffer.set_style(Rect { x, y, width: end - x, height: 1 }, found);
        }
    }
    for (row, (_, on)) in (0..area.height).zip(reader.lines()) {
        let y = area.y + row;
        if on && let Some(cell) = buffer.cell_mut(Position::new(area.x, y)) {
            cell.set_symbol("›").set_style(app.style(Role::Mark));
        }
    }
    if let Some(said) = said {
        put(&Line::from(said), area, area.height.saturating_sub(1), buffer);
    }
}

/// What is in force, for the footer.
pub(super) fn state(app: &App, reader: &Reader) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    if let (Some(search), Some(words)) = (reader.search(), reader.search_words()) {
        let wanted = format::cut(&search.wanted().words, 24, Cut::End);
        let words = format::cut(&words, usize::from(app.hits.list.width).max(40) / 2, Cut::End);
        spans.push(app.span(Role::Tagged, format!("/{wanted} ")));
        spans.push(app.span(Role::Notice, format!("{words}  ")));
    }
    if reader.below() > 0 {
        spans.push(app.span(Role::Notice, format!("{} new below  ", format::count(reader.below()))));
    }
    spans
}
