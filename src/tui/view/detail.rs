//! Everything about the row under the cursor: below the list, beside it, or over the whole screen.

use std::path::Path;

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, below_rule, draw_rule, facts, inset, put, reason, theme};
use crate::{
    domain::{
        board::{Board, ProcView, SessionView},
        health::Health,
        session::Session,
        turn::rows::{self, Rows},
    },
    tui::{
        app::Target,
        format::{self, Cut},
        widget::doc::Doc,
    },
};

/// Below the list: a title line, then the few most telling lines.
pub(super) fn draw_below(app: &App, area: Rect, buffer: &mut Buffer) {
    let (Some(board), Some(target)) = (app.board.as_deref(), app.target()) else { return };
    draw_rule(app, title(app, target), Rect { height: area.height.min(1), ..area }, buffer);
    let body = below_rule(area);
    let lines = match target {
        Target::Live(view) => short(app, view, body, board.taken_at),
        other => {
            let mut lines = full(app, other, board, body.width).lines().to_vec();
            lines.retain(|line| line.width() > 0);
            lines.truncate(usize::from(body.height.saturating_sub(1)));
            lines.push(what_to_do(app, other));
            lines
        }
    };
    for (row, line) in (0..body.height).zip(&lines) {
        put(line, body, row, buffer);
    }
}

/// Beside the list: a line between, everything there is room for, the keys that help at the bottom.
pub(super) fn draw_side(app: &App, area: Rect, buffer: &mut Buffer) {
    let (Some(board), Some(target)) = (app.board.as_deref(), app.target()) else { return };
    let bar = Line::from(app.span(Role::Border, "│"));
    for row in 0..area.height {
        put(&bar, area, row, buffer);
    }
    let area = inset(Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area });
    put(&Line::from(title(app, target)), area, 0, buffer);
    let hints = ellipsis(Line::from(facts::hints(app, &app.hints(target))), usize::from(area.width));
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(3), ..area };
    let doc = full(app, target, board, body.width);
    let left = doc.draw(0, body, buffer);
    if left > 0 && body.height > 0 {
        let last = Rect { y: body.bottom() - 1, height: 1, ..body };
        let text = format::left(&format!("… {} more lines", left + 1), usize::from(body.width), Cut::End);
        put(&Line::from(app.span(Role::Muted, text)), last, 0, buffer);
    }
    put(&hints, area, area.height.saturating_sub(1), buffer);
}

/// Over the whole body, scrolled. Returns lines in sight and how far it can be scrolled.
pub(super) fn draw_full(app: &App, area: Rect, buffer: &mut Buffer) -> (usize, usize) {
    let (Some(board), Some(target)) = (app.board.as_deref(), app.target()) else { return (0, 0) };
    draw_rule(app, title(app, target), Rect { height: area.height.min(1), ..area }, buffer);
    let body = below_rule(area);
    let mut doc = full(app, target, board, body.width);
    doc.gap();
    doc.push(Line::from(facts::hints(app, &app.hints(target))));
    (usize::from(body.height), doc.draw(app.scroll, body, buffer))
}

fn title(app: &App, target: Target<'_>) -> Vec<Span<'static>> {
    match target {
        Target::Live(view) => session_title(app, &view.session, view.health),
        Target::Ended(session) => session_title(app, session, Health::Ended),
        Target::Process(view) => {
            vec![app.span(Role::Title, format!("pid {} {}", view.proc.id.pid, view.proc.name))]
        }
    }
}

fn session_title(app: &App, session: &Session, health: Health) -> Vec<Span<'static>> {
    vec![
        app.span(health.into(), format!("{} ", theme::sign(health))),
        app.span(Role::Title, format!("{} {}", session.key.id, session.name).trim_end().to_owned()),
    ]
}

/// The few lines that tell most, in their order of importance; each is one line.
fn short(app: &App, view: &SessionView, area: Rect, now: DateTime<Utc>) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(facts::verdict(app, view, now))];
    let mut say = |name: &str, text: String| {
        if !text.is_empty() {
            let mut spans = facts::label(app, name);
            spans.push(Span::raw(text));
            lines.push(Line::from(spans));
        }
    };
    let proof = view.worst().map_or(&view.turn.signs, |f| &f.evidence);
    say("seen", proof.join(" · "));
    say("advice", view.worst().map_or_else(String::new, |f| f.advice.clone()));
    match &view.owner {
        Some(owner) => say("owner", facts::owner(owner, view.attached)),
        None => say("owner", "none alive".into()),
    }
    let below = facts::processes_in_short(view);
    say(if view.owner.is_some() { "runs" } else { "left" }, below);
    say("said", facts::last_words(&view.session).unwrap_or_default());
    say("used", facts::usage(&view.session));
    for (name, text) in facts::place(app, &view.session) {
        say(name, text);
    }
    // The last line is for the keys; what tells least gives way.
    lines.truncate(usize::from(area.height.saturating_sub(1)));
    lines.push(what_to_do(app, Target::Live(view)));
    let width = usize::from(area.width);
    lines.into_iter().map(|line| ellipsis(line, width)).collect()
}

fn what_to_do(app: &App, target: Target<'_>) -> Line<'static> {
    let mut hints = facts::label(app, "do");
    hints.extend(facts::hints(app, &app.hints(target)));
    Line::from(hints)
}

/// Cuts a line's last text with `…` instead of at the edge.
fn ellipsis(mut line: Line<'static>, width: usize) -> Line<'static> {
    while line.width() > width {
        let Some(last) = line.spans.pop() else { break };
        let room = width.saturating_sub(line.width());
        if room > 1 {
            let text = format::cut(&last.content, room, Cut::End);
            line.push_span(Span::styled(text, last.style));
        }
    }
    line
}

/// Everything that is known.
fn full(app: &App, target: Target<'_>, board: &Board, width: u16) -> Doc {
    let mut doc = Doc::new(width);
    match target {
        Target::Live(view) => live(app, &mut doc, view, board.taken_at),
        Target::Ended(session) => ended(app, &mut doc, &board.past(session), board.taken_at),
        Target::Process(view) => process(app, &mut doc, view, board),
    }
    doc
}

fn live(app: &App, doc: &mut Doc, view: &SessionView, now: DateTime<Utc>) {
    let role = Role::from(view.health);
    let lead = vec![app.span(role, format!("{}: ", view.health))];
    doc.wrap(lead, &reason::of(view, now), app.style(Role::Strong));
    for (index, finding) in view.findings.iter().enumerate() {
        facts::finding(app, doc, finding, now, index > 0);
    }
    doc.gap();
    match &view.owner {
        Some(owner) => facts::labelled(app, doc, "owner", &facts::owner(owner, view.attached)),
        None => facts::labelled(app, doc, "owner", "none alive"),
    }
    let turn = match view.turn.signs.join("; ") {
        signs if signs.is_empty() => reason::turn(&view.turn, now),
        signs => format!("{}; {signs}", reason::turn(&view.turn, now)),
    };
    facts::labelled(app, doc, "turn", &turn);
    if let Some(inactive) = view.inactive {
        facts::labelled(app, doc, "idle", &format::age(inactive));
    }
    if !view.processes.is_empty() {
        let total = view.rss_bytes().map_or_else(String::new, |n| format!(", {}", format::bytes(n)));
        facts::labelled(
            app,
            doc,
            "runs",
            &(format::counted(view.processes.len(), "process", "processes") + &total),
        );
        facts::tree(app, doc, &view.processes);
    }
    doc.gap();
    about(app, doc, &view.session, now);
    for child in &view.sub_agents {
        let text = format!("{} {}: {}", child.key().id, child.session.name, reason::of(child, now));
        let sign = app.span(child.health.into(), format!("  {} ", theme::sign(child.health)));
        doc.wrap(vec![app.span(Role::Muted, "  sub-agent"), sign], &text, app.style(Role::Text));
    }
}

fn ended(app: &App, doc: &mut Doc, view: &SessionView, now: DateTime<Utc>) {
    let ago = view.last_activity_at.map_or_else(String::new, |at| match format::since(at, now) {
        age if age == "now" => ", just now".into(),
        age => format!(", {age} ago"),
    });
    let lead = vec![app.span(Role::Ended, format!("{}: ", view.health))];
    let how = reason::of_past(view).unwrap_or_else(|| "no owner".into());
    doc.wrap(lead, &format!("{how}{ago}"), app.style(Role::Text));
    if let Some(Rows::Error { message }) = view.session.tail.as_ref().map(|tail| rows::read(tail).rows) {
        facts::labelled(app, doc, "error", &message);
    }
    for (index, finding) in view.findings.iter().enumerate() {
        facts::finding(app, doc, finding, now, index > 0);
    }
    doc.gap();
    facts::labelled(app, doc, "turn", &view.turn.signs.join("; "));
    about(app, doc, &view.session, now);
}

fn about(app: &App, doc: &mut Doc, session: &Session, now: DateTime<Utc>) {
    facts::arrivals(app, doc, session, now);
    facts::labelled(app, doc, "used", &facts::usage(session));
    for (name, text) in facts::place(app, session) {
        facts::labelled(app, doc, name, &text);
    }
    facts::labelled(app, doc, "said", &facts::last_words(session).unwrap_or_default());
}

fn process(app: &App, doc: &mut Doc, view: &ProcView, board: &Board) {
    let proc = &view.proc;
    doc.wrap(Vec::new(), &proc.command(), app.style(Role::Strong));
    let said = facts::process_finding(board, view);
    match said {
        Some(finding) => facts::finding(app, doc, finding, board.taken_at, true),
        None => doc.wrap(Vec::new(), &reason::of_process(view), app.style(Role::Text)),
    }
    for evidence in &view.evidence {
        let text = format!("{}: {}", evidence.strength, evidence.detail);
        doc.wrap(vec![app.span(Role::Muted, "  · ")], &text, app.style(Role::Text));
    }
    doc.gap();
    let cpu =
        proc.cpu.percent.map_or_else(|| "cpu unknown".into(), |p| format!("cpu {}", format::percent(p)));
    let rss = proc.rss_bytes.map_or_else(|| "memory unknown".into(), format::bytes);
    facts::labelled(app, doc, "state", &format!("{} · {cpu} · {rss}", proc.state.word()));
    facts::labelled(app, doc, "started", &format!("{} ago, by pid {}", format::age(view.age), proc.ppid));
    if let Some(agent) = view.agent {
        facts::labelled(app, doc, "is", &format!("goose {agent}"));
    }
    if let Some(key) = &view.session {
        let name = board.sessions.iter().find(|s| s.key() == key).map(|s| s.session.name.clone());
        facts::labelled(app, doc, "session", format!("{} {}", key.id, name.unwrap_or_default()).trim_end());
    }
    facts::labelled(app, doc, "dir", &proc.cwd.as_deref().map_or_else(String::new, |d: &Path| app.path(d)));
}
