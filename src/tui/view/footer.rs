//! The last line: a line being typed, a notice, or the keys that apply here.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use tui_input::Input;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{App, Role, empty, put, transcript};
use crate::{
    domain::{query::Sort, search::KEYS},
    tui::{
        app::{Dialog, Row, ScreenKind},
        command::Command,
        format::{self, Cut},
    },
};

/// An input line is at least this wide, so that the words after it do not dance with every letter.
const LINE_MIN: usize = 20;

/// Before the words that are looked for in all conversations, and where that is too long.
const SEARCH: (&str, &str) = ("in conversations: ", "words: ");
/// From this width on it is not.
const WIDE: u16 = 60;

const LIST: &[Command] = &[
    Command::Read,
    Command::Resume,
    Command::Terminate,
    Command::Emergency,
    Command::Why,
    Command::Filter,
    Command::Tag,
    Command::Sort,
    Command::Sessions,
    Command::Processes,
    Command::Search,
    Command::Events,
    Command::Insights,
    Command::Dashboard,
    Command::NextAlert,
    Command::Attach,
    Command::Open,
    Command::Freeze,
    Command::Bundle,
    Command::Quit,
];
const READER: &[Command] = &[
    Command::Back,
    Command::Find,
    Command::FoldPart,
    Command::NextUser,
    Command::NextTool,
    Command::NextError,
    Command::Follow,
    Command::Why,
    Command::CopyPart,
    Command::ShowHidden,
    Command::Bundle,
    Command::SubAgent,
];
const FOUND: &[Command] = &[
    Command::FindNext,
    Command::FindPrevious,
    Command::Back,
    Command::FoldPart,
    Command::NextUser,
    Command::NextTool,
    Command::NextError,
    Command::Follow,
];
const RESULTS: &[Command] = &[
    Command::Read,
    Command::Search,
    Command::Back,
    Command::Next,
    Command::Resume,
    Command::Why,
    Command::Open,
    Command::CopyId,
    Command::Dashboard,
];
const PROCESSES: &[Command] = &[
    Command::Open,
    Command::Terminate,
    Command::Why,
    Command::Filter,
    Command::Tag,
    Command::CopyId,
    Command::Dashboard,
    Command::Sessions,
    Command::NextAlert,
    Command::Quit,
];
const DETAIL: &[Command] = &[
    Command::Back,
    Command::Next,
    Command::Resume,
    Command::Terminate,
    Command::CopyId,
    Command::Attach,
    Command::Bundle,
];
const EMPTY: &[Command] = &[Command::Demo, Command::Refresh, Command::Quit];
const EVENTS: &[Command] = &[
    Command::Next,
    Command::Previous,
    Command::Dashboard,
    Command::Sessions,
    Command::Emergency,
    Command::Quit,
];
const INSIGHTS: &[Command] = &[
    Command::NextMeasure,
    Command::Next,
    Command::Previous,
    Command::Refresh,
    Command::Dashboard,
    Command::Quit,
];
const CONFIRM: &[Command] =
    &[Command::Run, Command::Back, Command::EndServers, Command::Replan, Command::Next, Command::PageDown];
const WORD: &[Command] = &[
    Command::Run,
    Command::Back,
    Command::NextChoice,
    Command::IncludeAttached,
    Command::Replan,
    Command::PageDown,
];
const PROJECT: &[Command] = &[Command::Accept, Command::NextChoice, Command::Back];
const RUNNING: &[Command] = &[Command::KillNow, Command::Back, Command::Next, Command::PageDown];
const REPORT: &[Command] = &[Command::SaveReport, Command::Back, Command::Next, Command::PageDown];
const RESUME: &[Command] = &[Command::Accept, Command::Fork, Command::Back];
const DIALOG: &[Command] = &[Command::Back, Command::Next, Command::Previous];
const SORT: &[Command] = &[Command::Accept, Command::Next, Command::Previous, Command::Back];

/// Returns where the cursor stands while a line is typed.
pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    match app.dialog() {
        Some(Dialog::Filter { input }) => {
            let after = match &app.filter.error {
                Some(error) => app.span(Role::Banner, error.clone()),
                None => app.span(Role::Muted, matches(app)),
            };
            return draw_line(app, "/", input, &after, area, buffer);
        }
        Some(Dialog::Find { input, regex }) => {
            let key = app.options.keys.key_for(Command::FindPattern, app.scopes()).unwrap_or_default();
            let kind = if *regex { "a pattern" } else { "words" };
            let after = app.span(Role::Muted, format!("{kind} · {key} changes that · Enter searches"));
            return draw_line(app, "/", input, &after, area, buffer);
        }
        Some(Dialog::Search { input, error }) => {
            let names = app.options.keys.key_for(Command::Filter, app.scopes()).unwrap_or_default();
            let prompt = if area.width < WIDE { SEARCH.1 } else { SEARCH.0 };
            let after = match error {
                // The line above has room for the sentence.
                Some(_) => app.span(Role::Banner, "cannot be searched for: see above"),
                None => app.span(Role::Muted, format!("Enter searches · {names}: in names")),
            };
            return draw_line(app, prompt, input, &after, area, buffer);
        }
        Some(Dialog::Palette { input, .. }) => {
            let after = app.span(Role::Muted, "Tab completes");
            return draw_line(app, ":", input, &after, area, buffer);
        }
        _ => {}
    }
    if let Some(notice) = app.notice() {
        let text = format::cut(notice, usize::from(area.width.saturating_sub(1)), Cut::End);
        put(&Line::from(vec![Span::raw(" "), app.span(Role::Notice, text)]), area, 0, buffer);
        return None;
    }
    let mut line = Line::from(Span::raw(" "));
    match app.reader().filter(|_| !app.full) {
        Some(reader) => line.spans.extend(transcript::state(app, reader)),
        None => line.spans.extend(state(app)),
    }
    let commands = match app.dialog() {
        Some(Dialog::Sort { .. }) => SORT,
        Some(Dialog::Asking(asking)) if asking.word.is_some() => WORD,
        Some(Dialog::Asking(_)) => CONFIRM,
        Some(Dialog::Project { .. }) => PROJECT,
        Some(Dialog::Running) => RUNNING,
        Some(Dialog::Report(_)) => REPORT,
        Some(Dialog::Resume(_)) => RESUME,
        Some(_) => DIALOG,
        None if app.full => DETAIL,
        None if app.reader().is_some_and(|reader| reader.search().is_some()) => FOUND,
        None if app.reader().is_some() => READER,
        None if app.results().is_some() => RESULTS,
        None if app.screen() == ScreenKind::Events => EVENTS,
        None if app.screen() == ScreenKind::Insights => INSIGHTS,
        None if empty::wanted(app) => EMPTY,
        None if app.screen() == ScreenKind::Processes => PROCESSES,
        None => LIST,
    };
    line.spans.extend(keys(app, commands, usize::from(area.width).saturating_sub(line.width())));
    put(&line, area, 0, buffer);
    None
}

/// What stands in the line above while a search is typed: how it can be narrowed, or what is wrong.
pub(super) fn above(app: &App) -> Vec<Span<'static>> {
    let Some(Dialog::Search { error, .. }) = app.dialog() else { return Vec::new() };
    if let Some(error) = error {
        return vec![app.span(Role::Banner, format!("! {error}"))];
    }
    let keys = KEYS.map(|(_, example)| example).join(" ");
    vec![app.span(Role::Muted, format!("{keys} narrow it · re:a.*b is a pattern"))]
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
    for next in commands.iter().filter(here).filter(|c| app.offers(**c)).filter_map(|c| entry(*c)) {
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
    let key = app.options.keys.key_for(Command::Search, app.scopes()).unwrap_or_default();
    format!("{rows} row{plural} · Enter keeps · Esc clears · {key}: in conversations")
}

/// As wide as what is typed, so that the words after it have room; scrolled where it is wider.
fn draw_line(
    app: &App,
    prompt: &str,
    input: &Input,
    after: &Span<'static>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    if area.is_empty() {
        return None;
    }
    let most = usize::from(area.width).saturating_sub(2 + prompt.width());
    let room = (input.value().width() + 1).max(LINE_MIN).min((most * 2 / 3).max(1));
    let scroll = input.visual_scroll(room);
    // Whole characters only: a wide one at the left edge goes.
    let mut skipped = 0;
    let text: String = input
        .value()
        .chars()
        .skip_while(|c| {
            let skip = skipped < scroll;
            skipped += c.width().unwrap_or(0);
            skip
        })
        .collect();
    let text = format::left(&text, room, Cut::End);
    let mut line =
        Line::from(vec![app.span(Role::Key, format!(" {prompt}")), Span::raw(text), Span::raw("  ")]);
    let rest = usize::from(area.width).saturating_sub(line.width());
    line.push_span(Span::styled(format::cut(&after.content, rest, Cut::End), after.style));
    put(&line, area, 0, buffer);
    let cursor = (input.visual_cursor().max(scroll) - scroll).min(room) + prompt.width() + 1;
    Some((area.x + (cursor as u16).min(area.width - 1), area.y))
}
