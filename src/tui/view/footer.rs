//! The last line: a line being typed, a notice, or the keys that apply here.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::{App, Role, put};
use crate::{
    domain::query::Sort,
    tui::{
        app::{Dialog, Row, ScreenKind},
        command::Command,
        format::{self, Cut},
    },
};

const LIST: &[Command] = &[
    Command::Open,
    Command::Resume,
    Command::Terminate,
    Command::Emergency,
    Command::Why,
    Command::Filter,
    Command::Tag,
    Command::Sort,
    Command::Sessions,
    Command::Processes,
    Command::Dashboard,
    Command::NextAlert,
    Command::Attach,
    Command::Freeze,
    Command::Quit,
];
const DETAIL: &[Command] =
    &[Command::Back, Command::Next, Command::Resume, Command::Terminate, Command::CopyId, Command::Attach];
const DIALOG: &[Command] = &[Command::Back, Command::Next, Command::Previous];
const SORT: &[Command] = &[Command::Accept, Command::Next, Command::Previous, Command::Back];

pub(super) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    match app.dialog() {
        Some(Dialog::Filter { input }) => {
            let after = match &app.filter.error {
                Some(error) => app.span(Role::Banner, error.clone()),
                None => app.span(Role::Muted, matches(app)),
            };
            draw_line(app, "/", input, after, area, frame);
            return;
        }
        Some(Dialog::Palette { input, .. }) => {
            let after = app.span(Role::Muted, "Tab completes");
            draw_line(app, ":", input, after, area, frame);
            return;
        }
        _ => {}
    }
    if let Some(notice) = app.notice() {
        let text = format::cut(notice, usize::from(area.width.saturating_sub(1)), Cut::End);
        put(&Line::from(vec![Span::raw(" "), app.span(Role::Notice, text)]), area, 0, frame);
        return;
    }
    let mut line = Line::from(Span::raw(" "));
    line.spans.extend(state(app));
    let commands = match app.dialog() {
        Some(Dialog::Sort { .. }) => SORT,
        Some(_) => DIALOG,
        None if app.full => DETAIL,
        None => LIST,
    };
    line.spans.extend(keys(app, commands, usize::from(area.width).saturating_sub(line.width())));
    put(&line, area, 0, frame);
}

/// What is in force that a person may have forgotten.
fn state(app: &App) -> Vec<Span<'static>> {
    let mut parts = Vec::new();
    if !app.filter.text.is_empty() {
        parts.push(format!("/{}", format::cut(&app.filter.text, 24, Cut::End)));
    }
    if app.sort != Sort::Attention || app.reverse {
        parts.push(format!("by {}{}", app.sort, if app.reverse { " turned" } else { "" }));
    }
    if !app.tags.is_empty() {
        parts.push(format!("{} tagged", app.tags.len()));
    }
    parts.into_iter().map(|part| app.span(Role::Tagged, format!("{part}  "))).collect()
}

/// Keys with their words: as many as fit, in their order; help always stays, as the way to the rest.
fn keys(app: &App, commands: &[Command], width: usize) -> Vec<Span<'static>> {
    let entry = |command: Command| {
        let key = app.options.keys.key_for(command, app.scopes())?;
        Some((key, command.label()))
    };
    let size = |(key, label): &(String, &str)| key.width() + 1 + label.width() + 2;
    let help = entry(Command::Help);
    let mut room = width.saturating_sub(help.as_ref().map_or(0, &size).saturating_sub(2));
    let mut spans = Vec::new();
    let here = |c: &&Command| {
        !matches!(
            (c, app.screen()),
            (Command::Dashboard, ScreenKind::Dashboard)
                | (Command::Sessions, ScreenKind::Sessions)
                | (Command::Processes, ScreenKind::Processes)
        )
    };
    let mut shown: Vec<(String, &str)> = Vec::new();
    for next in commands.iter().filter(here).filter_map(|c| entry(*c)) {
        if size(&next) > room {
            break;
        }
        room -= size(&next);
        shown.push(next);
    }
    for (key, label) in shown.into_iter().chain(help) {
        spans.push(app.span(Role::Key, key));
        spans.push(Span::raw(format!(" {label}  ")));
    }
    spans
}

fn matches(app: &App) -> String {
    let rows = app.list().rows().iter().filter(|r| !matches!(r, Row::Heading(_))).count();
    let plural = if rows == 1 { "" } else { "s" };
    format!("{rows} row{plural} · Enter keeps · Esc clears")
}

fn draw_line(
    app: &App,
    prompt: &str,
    input: &Input,
    after: Span<'static>,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    if area.is_empty() {
        return;
    }
    let room = (usize::from(area.width) / 2).max(10).min(usize::from(area.width).saturating_sub(3));
    let scroll = input.visual_scroll(room);
    // Whole characters only: a wide one at the left edge goes.
    let mut skipped = 0;
    let text: String = input
        .value()
        .chars()
        .skip_while(|c| {
            let skip = skipped < scroll;
            skipped += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            skip
        })
        .collect();
    let text = format::left(&text, room.max(1), Cut::End);
    let line =
        Line::from(vec![app.span(Role::Key, format!(" {prompt}")), Span::raw(text), Span::raw("  "), after]);
    put(&line, area, 0, frame);
    let cursor = (input.visual_cursor().max(scroll) - scroll).min(room) as u16 + 2;
    frame.set_cursor_position((area.x + cursor.min(area.width - 1), area.y));
}
