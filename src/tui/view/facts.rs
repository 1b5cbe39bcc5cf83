//! Paragraphs about a session or a process, shared by the details and by why.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ratatui::text::{Line, Span};

use super::{App, Role, reason, theme};
use crate::{
    domain::{
        board::{Board, Owner, ProcRole, ProcView, SessionView},
        health::{Finding, Health, Severity},
        session::{Session, SessionKind},
    },
    tui::{
        app::Hint,
        format::{self, Cut},
        widget::{doc::Doc, spark},
    },
};

/// Columns of a label.
const LABEL: usize = 10;

/// What the sparkline spans; the store keeps arrivals this long.
const SPARK_SECONDS: f64 = 2.0 * 3600.0;

/// A label in its column.
pub(super) fn label(app: &App, text: &str) -> Vec<Span<'static>> {
    vec![app.span(Role::Muted, format!("  {text:<width$}", width = LABEL - 2))]
}

/// A labelled paragraph; nothing where there is nothing to say.
pub(super) fn labelled(app: &App, doc: &mut Doc, name: &str, text: &str) {
    if !text.is_empty() {
        doc.wrap(label(app, name), text, app.style(Role::Text));
    }
}

/// `▲ stuck: model silent for 17m`.
pub(super) fn verdict(app: &App, view: &SessionView, now: DateTime<Utc>) -> Vec<Span<'static>> {
    let (sign, role) = (theme::sign(view.health), Role::from(view.health));
    vec![app.span(role, format!("{sign} {}: ", view.health)), Span::raw(reason::of(view, now))]
}

fn severity_sign(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Orphaned => (theme::sign(Health::Orphaned), Role::Orphaned),
        Severity::Stuck => (theme::sign(Health::Stuck), Role::Stuck),
        Severity::Warning => ("!", Role::Stuck),
        Severity::Note => ("·", Role::Muted),
    }
}

/// A finding: sentence, proof, rule and limit.
pub(super) fn finding(app: &App, doc: &mut Doc, finding: &Finding, now: DateTime<Utc>, sentence: bool) {
    if sentence {
        let (sign, role) = severity_sign(finding.severity);
        doc.wrap(vec![app.span(role, format!("{sign} "))], &finding.message, app.style(Role::Text));
    }
    for proof in &finding.evidence {
        doc.wrap(vec![app.span(Role::Muted, "  · ")], proof, app.style(Role::Text));
    }
    let rule: &'static str = finding.rule.into();
    let mut text = format!("rule {rule}");
    if let Some(since) = finding.since {
        let at = format::time(since, app.options.utc_offset);
        let _ = write!(text, ", since {at} ({})", format::since(since, now));
    }
    if let Some(threshold) = finding.threshold {
        let _ = write!(text, ", limit {}", format::limit(threshold));
    }
    doc.wrap(vec![Span::raw("    ")], &text, app.style(Role::Muted));
    if !finding.advice.is_empty() {
        doc.wrap(vec![app.span(Role::Muted, "    do: ")], &finding.advice, app.style(Role::Text));
    }
}

/// `goose run 12346, 131M, certain: its extension 12350 carries the id`.
pub(super) fn owner(owner: &Owner, attached: Option<bool>) -> String {
    let mut text = format!("goose {} {}, {}", owner.role, owner.proc.id.pid, owner.strength);
    if let Some(evidence) = owner.evidence.first() {
        let _ = write!(text, ": {}", evidence.detail);
    }
    match attached {
        Some(true) => text += "; at a living terminal",
        Some(false) => text += "; at no terminal",
        None => {}
    }
    if owner.hosts > 0 {
        let _ = write!(text, "; hosts {} more", owner.hosts);
    }
    text
}

/// The process tree: number, command, processor, memory.
pub(super) fn tree(app: &App, doc: &mut Doc, processes: &[ProcView]) {
    for view in processes {
        let proc = &view.proc;
        let cpu = proc.cpu.percent.map_or_else(|| "?".into(), format::percent);
        let rss = proc.rss_bytes.map_or_else(|| "?".into(), format::bytes);
        let right = format!(" {} {}", format::right(&cpu, 4), format::right(&rss, 5));
        let branch = if view.depth > 0 { "└ " } else { "" };
        let left =
            format!("    {}{branch}{} ", "  ".repeat(view.depth.saturating_sub(1).min(8)), proc.id.pid);
        let role = match view.role {
            ProcRole::Leaked | ProcRole::Detached | ProcRole::Rival => format!("{} · ", view.role),
            _ => String::new(),
        };
        let room = doc.width().saturating_sub(left.chars().count() + right.len());
        let command = format::left(&format!("{role}{}", proc.command()), room, Cut::End);
        doc.push(Line::from(vec![
            app.span(Role::Muted, left),
            Span::raw(command),
            app.span(Role::Muted, right),
        ]));
    }
}

/// The processes in one line: `postgres 12402, node 12377 · 812M`.
pub(super) fn processes_in_short(view: &SessionView) -> String {
    let names: Vec<String> = view
        .processes
        .iter()
        .filter(|p| p.role != ProcRole::Owner)
        .map(|p| format!("{} {}", p.proc.name, p.proc.id.pid))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let memory = view.rss_bytes().map_or_else(String::new, |n| format!(" · {}", format::bytes(n)));
    format!("{}{memory}", names.join(", "))
}

/// Messages over two hours, as bars.
pub(super) fn arrivals(app: &App, doc: &mut Doc, session: &Session, now: DateTime<Utc>) {
    let Some(tail) = session.tail.as_ref().filter(|t| !t.arrivals.is_empty()) else { return };
    let words = "  messages, 2h";
    let width = doc.width().saturating_sub(LABEL + words.len()).clamp(4, 40);
    let ages = tail.arrivals.iter().map(|at| (now - *at).num_seconds() as f64);
    let bars = spark::bars(&spark::slots(ages, SPARK_SECONDS, width));
    let mut spans = label(app, "pace");
    spans.push(Span::raw(bars));
    spans.push(app.span(Role::Muted, words));
    doc.push(Line::from(spans));
}

/// `1.2M tokens · $0.81 · context 62% · 418 messages`; what is unknown is left out.
pub(super) fn usage(session: &Session) -> String {
    let tokens = session.tokens;
    let context = match (tokens.context, session.context_limit) {
        (Some(used), Some(limit)) if limit > 0 => {
            Some(format!("context {}", format::percent(used as f32 / limit as f32 * 100.0)))
        }
        (Some(used), _) => Some(format!("context {}", format::count(used))),
        (None, _) => None,
    };
    let parts = [
        tokens.total.map(|n| format!("{} tokens", format::count(n))),
        session.cost_usd.map(format::cost),
        context,
        session.messages.map(|n| format!("{} messages", format::count(n))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Where it works and with what.
pub(super) fn place(app: &App, session: &Session) -> Vec<(&'static str, String)> {
    let join =
        |parts: [&Option<String>; 3]| parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ");
    let mut about = Vec::new();
    if session.kind != SessionKind::User {
        about.push(session.kind.to_string().replace('_', " "));
    }
    about.extend(session.project.iter().map(|p| format!("project {p}")));
    about.extend(session.schedule.iter().map(|s| format!("schedule {s}")));
    about.extend(session.parent.iter().map(|p| format!("made by {p}")));
    about.extend(session.created_at.map(|at| format!("made {}", format::date(at, app.options.utc_offset))));
    vec![
        ("dir", app.path(&session.working_dir)),
        ("model", join([&session.provider, &session.model, &session.mode])),
        ("about", about.join(" · ")),
    ]
}

/// The assistant's newest words in quotes.
pub(super) fn last_words(session: &Session) -> Option<String> {
    let words = session.tail.as_ref()?.last_words()?;
    Some(format!("“{}”", words.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// `x terminate what is left · r resume in ~/src/backend`, with the keys that are bound now.
pub(super) fn hints(app: &App, hints: &[Hint]) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for hint in hints {
        let Some(key) = app.options.keys.key_for(hint.command, app.scopes_below()) else { continue };
        if !spans.is_empty() {
            spans.push(app.span(Role::Muted, " · "));
        }
        spans.push(app.span(Role::Key, key));
        spans.push(Span::raw(format!(" {}", hint.text)));
    }
    spans
}

/// What the board says about a process that stands alone.
pub(super) fn process_finding<'a>(board: &'a Board, view: &ProcView) -> Option<&'a Finding> {
    board.findings.get(&view.proc.id.pid)
}
