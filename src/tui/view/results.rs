//! What a search of all conversations found: one line a hit, and below it all that is known of the one
//! under the cursor.
//!
//! ```text
//! ─ Search login form · 37 hits · 412k of 1.0M messages · Esc stops ────────────────
//! ›35m  20261120_7  frontend-Create…Form  user       …make the login form accessible…
//! ─ 20261120_7 frontend-CreateLoginForm ─────────────────────────────────────────────
//!  user · 2026-11-20 13:18 · ~/src/frontend
//!  Please make the login form accessible and add tests.
//! ```

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{App, Role, draw_rule, put};
use crate::{
    domain::{session::SessionKey, text},
    engine::searcher::Found,
    tui::{
        app::{Results, Target},
        command::Command,
        format::{self, Cut},
        layout::HitMap,
        widget::{
            columns::{Column, fit},
            doc::Doc,
            styled::{self, Break, Run},
        },
    },
};

/// From this height on the hit under the cursor is shown in full.
const BELOW_FROM: u16 = 12;
/// Lines of it: a rule, where it is, and its words.
const BELOW: (u16, u16) = (5, 7);
/// From this height on there are more of them.
const TALL: u16 = 30;
/// A title at least this wide says how far the search is in full.
const WIDE: usize = 70;
/// Columns of the line that was typed which a title keeps at least.
const LINE: usize = 10;

/// Age, session, name, speaker; the words take what is left.
const COLUMNS: [Column; 4] = [
    Column { width: 4, rank: 0, beside: 0 },
    Column { width: 11, rank: 1, beside: 16 },
    Column { width: 24, rank: 3, beside: 60 },
    Column { width: 9, rank: 2, beside: 24 },
];

pub(super) fn draw(
    app: &App,
    results: &Results,
    area: Rect,
    buffer: &mut Buffer,
    now: DateTime<Utc>,
) -> HitMap {
    let mut body = area;
    draw_rule(app, title(app, results, usize::from(area.width)), top(&mut body, 1), buffer);
    for fault in results.over().iter().flat_map(|over| &over.faults) {
        let fault = format::cut(&text::line(fault), usize::from(area.width).saturating_sub(3), Cut::End);
        put(&Line::from(app.span(Role::Banner, format!(" ! {fault}"))), top(&mut body, 1), 0, buffer);
    }
    if results.hits().is_empty() {
        nothing(app, results, body, buffer);
        return HitMap { list: body, ..HitMap::default() };
    }
    if area.height >= BELOW_FROM {
        let height = if area.height >= TALL { BELOW.1 } else { BELOW.0 };
        body.height = body.height.saturating_sub(height);
        let below = Rect { y: body.bottom(), height, ..body };
        if let Some(found) = results.selected() {
            whole(app, found, below, buffer);
        }
    }
    let (shown, rest) = fit(body.width.saturating_sub(1), &COLUMNS);
    let first = results.first_for(usize::from(body.height));
    let names = names(app, &results.hits()[first..], usize::from(body.height));
    // Ages move with the picture, as everywhere.
    let now = app.board.as_deref().map_or(now, |board| board.taken_at);
    for (row, (index, found)) in (0..body.height).zip(results.hits().iter().enumerate().skip(first)) {
        let selected = index == results.at();
        let name = names.get(&found.key).copied().unwrap_or_default();
        let line = line(app, found, name, selected, (&shown, usize::from(rest)), now);
        put(&line, body, row, buffer);
        if selected {
            let role = if app.dialog().is_none() { Role::Selected } else { Role::Strong };
            buffer.set_style(Rect { y: body.y + row, height: 1, ..body }, app.style(role));
        }
    }
    HitMap { list: body, first, ..HitMap::default() }
}

fn top(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    let taken = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    taken
}

fn title(app: &App, results: &Results, width: usize) -> Vec<Span<'static>> {
    let (words, role) = far(app, results, width >= WIDE);
    let room = width.saturating_sub("─ Search  · ".width() + words.width() + 2).max(LINE);
    vec![
        app.span(Role::Title, "Search "),
        app.span(Role::Tagged, format::cut(&text::line(results.line()), room, Cut::End)),
        app.span(role, format!(" · {words}")),
    ]
}

/// How far it is, and how loudly that is said.
fn far(app: &App, results: &Results, wide: bool) -> (String, Role) {
    let so_far = results.so_far();
    let kept = results.hits().len() as u64;
    let plural = if so_far.hits == 1 { "hit" } else { "hits" };
    let all = format::count(so_far.hits);
    let hits = if kept < so_far.hits && wide {
        format!("{all} {plural}, newest {kept} shown")
    } else {
        format!("{all} {plural}")
    };
    let part = format!("{} of {} messages", format::count(so_far.messages), format::count(so_far.of));
    let percent = format!("{}%", so_far.messages * 100 / so_far.of.max(1));
    let key = |command| app.options.keys.key_for(command, app.scopes_below()).unwrap_or_default();
    match results.over() {
        None if wide => (format!("{hits} · {part} · {} stops", key(Command::Back)), Role::Notice),
        None => (format!("{hits} · {percent}"), Role::Notice),
        Some(over) if over.stopped && wide => {
            let again = key(Command::Refresh);
            (format!("stopped: {hits} in {part} · {again} searches again"), Role::Frozen)
        }
        Some(over) if over.stopped => (format!("{hits} · stopped"), Role::Frozen),
        Some(_) if wide => {
            let messages = if so_far.messages == 1 { "message" } else { "messages" };
            (format!("{hits} in {} {messages}", format::count(so_far.messages)), Role::Muted)
        }
        Some(_) => (hits, Role::Muted),
    }
}

/// No hit: yet, or at all.
fn nothing(app: &App, results: &Results, area: Rect, buffer: &mut Buffer) {
    let area = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(2), ..area };
    let mut doc = Doc::new(area.width);
    let muted = app.style(Role::Muted);
    let Some(over) = results.over() else {
        doc.wrap(Vec::new(), "searching, the newest messages first…", muted);
        doc.draw(0, area, buffer);
        return;
    };
    let key = |command| app.options.keys.key_for(command, app.scopes_below()).unwrap_or_default();
    let search = results.search();
    let what = if search.wanted.regex { "Nothing fits the pattern" } else { "Nothing was found" };
    let far = if over.stopped { " before the search was stopped." } else { "." };
    doc.wrap(Vec::new(), &format!("{what}{far}"), app.style(Role::Title));
    if !search.wanted.regex {
        doc.wrap(
            Vec::new(),
            "Words are looked for one after the other, as typed; capitals do not count.",
            muted,
        );
    }
    let wanted = &search.wanted;
    let narrowed = wanted.role.is_some() || wanted.tool.is_some() || wanted.since.is_some();
    if narrowed || search.project.is_some() {
        doc.wrap(
            Vec::new(),
            "role: tool: project: since: narrowed the search; fewer of them find more.",
            muted,
        );
    }
    doc.gap();
    let hints =
        [(Command::Search, "other words"), (Command::Refresh, "search again"), (Command::Back, "back")];
    let mut spans = Vec::new();
    for (command, said) in hints {
        spans.push(app.span(Role::Key, key(command)));
        spans.push(Span::raw(format!(" {said}   ")));
    }
    doc.push(Line::from(spans));
    doc.draw(0, area, buffer);
}

/// Who stored it, in the words of `role:`. A tool's result is stored as the user's.
/// The names of the sessions in sight, in one walk over all there are.
fn names<'a>(app: &'a App, hits: &[Found], height: usize) -> HashMap<&'a SessionKey, &'a str> {
    let wanted: HashSet<&SessionKey> = hits.iter().take(height).map(|found| &found.key).collect();
    let Some(board) = app.board.as_deref() else { return HashMap::new() };
    let living = board.families().map(|view| &*view.session);
    let all = living.chain(board.ended.iter().map(|session| &**session));
    let known = all.filter(|session| wanted.contains(&session.key));
    known.map(|session| (&session.key, session.name.as_str())).collect()
}

fn line(
    app: &App,
    found: &Found,
    name: &str,
    selected: bool,
    (shown, rest): (&[bool], usize),
    now: DateTime<Utc>,
) -> Line<'static> {
    let hit = &found.hit;
    let age = hit.at.map_or_else(|| "?".into(), |at| format::since(at, now));
    let cells = [
        (Role::Text, format::right(&age, usize::from(COLUMNS[0].width))),
        (Role::Text, format::left(&found.key.id.to_string(), usize::from(COLUMNS[1].width), Cut::Middle)),
        (Role::Text, format::left(name, usize::from(COLUMNS[2].width), Cut::Middle)),
        (Role::Muted, format::left(&hit.speaker(), usize::from(COLUMNS[3].width), Cut::End)),
    ];
    let mut spans = vec![Span::raw(if selected { "›" } else { " " })];
    for ((role, text), _) in cells.into_iter().zip(shown).filter(|(_, shown)| **shown) {
        spans.push(app.span(role, text + " "));
    }
    let excerpt = text::line(&hit.excerpt);
    let (excerpt, fits) = around(&excerpt, hit.fits.clone(), rest);
    let (excerpt, fits) = cut(&excerpt, fits, rest);
    spans.extend(runs(app, &excerpt, fits).into_iter().map(|(text, style)| Span::styled(text, style)));
    Line::from(spans)
}

/// The part of an excerpt that shows what fits in `width` columns, and where it is in there.
fn around(excerpt: &str, fits: Range<usize>, width: usize) -> (String, Range<usize>) {
    let Some((before, rest)) = excerpt.split_at_checked(fits.start) else {
        return (excerpt.to_owned(), 0..0);
    };
    let found = rest.get(..fits.len()).unwrap_or(rest);
    if excerpt.width() <= width || before.width() + found.width() < width {
        return (excerpt.to_owned(), fits.start..fits.start + found.len());
    }
    // Some words before it, where there is room for them beside it.
    let room = width.saturating_sub(found.width() + 1).min(width / 3);
    let mut kept = 0;
    let tail = before.graphemes(true).rev().take_while(|grapheme| {
        kept += grapheme.width();
        kept <= room
    });
    let start = before.len() - tail.map(str::len).sum::<usize>();
    let text = format!("…{}", &excerpt[start..]);
    let begin = '…'.len_utf8() + before.len() - start;
    (text, begin..begin + found.len())
}

/// An excerpt without what has no room, and what is left of the part that fits.
fn cut(excerpt: &str, fits: Range<usize>, width: usize) -> (String, Range<usize>) {
    let cut = format::cut(excerpt, width, Cut::End);
    let whole = cut == excerpt;
    let end = |at: usize| if whole || at + '…'.len_utf8() <= cut.len() { at } else { cut.len() };
    let fits = end(fits.start)..end(fits.end);
    (cut, fits)
}

/// An excerpt in its styles.
fn runs(app: &App, excerpt: &str, fits: Range<usize>) -> Vec<Run> {
    let (text, mark) = (app.style(Role::Text), app.style(Role::Mark));
    let parts = excerpt.get(..fits.start).zip(excerpt.get(fits.clone())).zip(excerpt.get(fits.end..));
    match parts {
        Some(((before, found), after)) => {
            vec![(before.to_owned(), text), (found.to_owned(), mark), (after.to_owned(), text)]
        }
        None => vec![(excerpt.to_owned(), text)],
    }
}

/// All that is known of a hit without opening its conversation.
fn whole(app: &App, found: &Found, area: Rect, buffer: &mut Buffer) {
    let hit = &found.hit;
    let target = app.board.as_deref().and_then(|board| Target::of(board, &found.key));
    let session = target.and_then(Target::session);
    let name = session.map_or(String::new(), |session| format!(" {}", session.name));
    let mut rest = area;
    let title = vec![app.span(Role::Title, found.key.id.to_string()), Span::raw(name)];
    draw_rule(app, title, top(&mut rest, 1), buffer);
    let mut parts = vec![hit.speaker().into_owned()];
    parts.push(
        hit.at.map_or_else(|| "at an unknown time".into(), |at| format::date(at, app.options.utc_offset)),
    );
    parts.extend(session.map(|session| app.path(&session.working_dir)).filter(|path| !path.is_empty()));
    if session.is_none() {
        parts.push("not in the picture".into());
    }
    let where_it_is = Line::from(app.span(Role::Muted, format!(" {}", parts.join(" · "))));
    put(&where_it_is, top(&mut rest, 1), 0, buffer);
    let excerpt = text::line(&hit.excerpt);
    let width = usize::from(rest.width).saturating_sub(2);
    let lines = styled::wrap(&runs(app, &excerpt, hit.fits.clone()), width, Break::Words);
    for (row, mut line) in (0..rest.height).zip(lines) {
        line.put_before(vec![Span::raw(" ")]);
        put(&Line::from(line.spans), rest, row, buffer);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_is_in_sight_however_narrow() {
        let words = "…please make the whole of the login form accessible";
        let at = words.find("login").unwrap();
        let (line, fits) = around(words, at..at + 10, 30);
        assert_eq!((line.as_str(), &line[fits]), ("…le of the login form accessible", "login form"));
        let (line, fits) = around(words, at..at + 10, 80);
        assert_eq!((line.as_str(), &line[fits]), (words, "login form"));
    }

    proptest! {
        #[test]
        fn any_excerpt_has_its_place(before in "\\PC{0,60}", found in "\\PC{0,20}", after in "\\PC{0,60}", width in 0usize..80) {
            let all = format!("{before}{found}{after}");
            let (line, fits) = around(&all, before.len()..before.len() + found.len(), width);
            prop_assert_eq!(&line[fits.clone()], found.as_str());
            prop_assert!(line[..fits.start].width() + found.width() <= width.max(found.width() + 1).max(line.width()));
        }
    }
}
