//! A plan before it is confirmed, and the question which project is meant.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use strum::IntoEnumIterator;
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::{App, Drawn, Pages, Role, counted, steps, warn};
use crate::{
    domain::{
        plan::{Intent, LeftAlone, Plan, ProjectStatus, Refusal, Scope, Step},
        process::ProcId,
    },
    tui::{
        app::{Asking, Word},
        command::Command,
        format,
        widget::doc::Doc,
    },
};

pub(in crate::tui::view) fn draw(app: &App, asking: &Asking, screen: Rect, buffer: &mut Buffer) -> Drawn {
    let mut pages = Pages::new(screen);
    head(app, asking, &mut pages);
    match &asking.answer {
        Ok(plan) => {
            let now = app.board.as_ref().map_or(plan.made_at, |b| b.taken_at);
            steps::write(app, &mut pages.body, plan, &plan.steps, |step| {
                (Role::Muted, format!("{} · {}", evidence(step), format::since(step.started_at, now)))
            });
            left_alone(app, asking, &mut pages.body, &plan.left_alone);
        }
        Err(Refusal::Nothing(left)) => left_alone(app, asking, &mut pages.body, left),
        Err(_) => {}
    }
    foot(app, asking, &mut pages.foot);
    let prompt = asking.word.as_ref().filter(|_| can_run(app, asking)).map(|word| &word.input);
    pages.draw(app, vec![app.span(Role::Title, title(app, &asking.intent))], prompt, screen, buffer)
}

/// What the dialog is about, by the words of its verb.
pub(super) fn title(app: &App, intent: &Intent) -> String {
    let host = app.board.as_ref().map_or_else(String::new, |b| format!(" · {}", b.host));
    match intent {
        Intent::Terminate { sessions, processes, .. } => {
            let sessions = sessions.iter().map(|key| key.id.to_string());
            let processes = processes.iter().map(|ProcId { pid, .. }| format!("pid {pid}"));
            let named: Vec<String> = sessions.chain(processes).collect();
            match named.as_slice() {
                [one] => format!("Terminate {one}"),
                many => format!("Terminate {} things", many.len()),
            }
        }
        Intent::CloseAll => format!("Close all{host}"),
        Intent::CleanupProject { project, status } => format!("Clean up project {project} ({status})"),
        Intent::Emergency { .. } => format!("Emergency clean{host}"),
        Intent::Auto { .. } => format!("Clean{host}"),
    }
}

/// With the key that includes what sits at a terminal.
fn left_alone(app: &App, asking: &Asking, doc: &mut Doc, left: &[LeftAlone]) {
    steps::left_alone(app, doc, left);
    if asking.intent.is_bulk() && !asking.include_attached && !left.is_empty() {
        let lead =
            vec![Span::raw("   "), app.span(Role::Key, key(app, Command::IncludeAttached)), Span::raw(" ")];
        doc.wrap(lead, "includes what sits at a terminal", app.style(Role::Muted));
    }
}

fn can_run(app: &App, asking: &Asking) -> bool {
    asking.answer.is_ok() && !app.options.terms.read_only
}

fn head(app: &App, asking: &Asking, pages: &mut Pages) {
    if let Intent::Emergency { scope } = &asking.intent {
        choices(app, &mut pages.head, "scope  ", Scope::iter().map(|s| (s == *scope, s.to_string())));
        pages.spare = pages.head.lines().len();
    }
    let doc = &mut pages.head;
    match &asking.answer {
        Ok(plan) => doc.wrap(Vec::new(), &sums(plan), app.style(Role::Strong)),
        Err(refusal) => warn(app, doc, &refusal.to_string()),
    }
    if app.options.terms.read_only && asking.answer != Err(Refusal::ReadOnly) {
        warn(app, doc, &Refusal::ReadOnly.to_string());
    }
    if !asking.since.is_empty() {
        let key = key(app, Command::Replan);
        warn(app, doc, &format!("changed since: {}; {key} plans anew", asking.since.join("; ")));
    }
}

fn sums(plan: &Plan) -> String {
    let memory = plan.rss_bytes().map_or_else(|| "memory unknown".into(), format::bytes);
    format!(
        "will end {}, {}, {memory}",
        counted(plan.sessions.len(), "session", "sessions"),
        counted(plan.steps.len(), "process", "processes"),
    )
}

fn foot(app: &App, asking: &Asking, doc: &mut Doc) {
    doc.push(Line::default());
    let back = key(app, Command::Back);
    let Ok(plan) = asking
        .answer
        .as_ref()
        .map_err(|_| ())
        .and_then(|plan| if can_run(app, asking) { Ok(plan) } else { Err(()) })
    else {
        return doc.push(Line::from(vec![
            Span::raw("Nothing can be run here. "),
            app.span(Role::Key, back),
            Span::raw(" leaves"),
        ]));
    };
    let mut said = format!("TERM, {} grace, then KILL. Nothing else is touched.", format::limit(plan.grace));
    if let Intent::CleanupProject { status, .. } = &asking.intent
        && status.is_emergency()
    {
        said += " 2s later what is left of it is cleaned once more.";
    }
    if asking.include_attached && asking.intent.is_bulk() {
        said += " Sessions at a living terminal are included.";
    }
    doc.wrap(Vec::new(), &said, app.style(Role::Muted));
    if asking.servers {
        let ends = matches!(asking.intent, Intent::Terminate { end_servers: true, .. });
        let said =
            if ends { "leaves the server alive" } else { "ends the server too, with every session in it" };
        let lead = vec![app.span(Role::Key, key(app, Command::EndServers)), Span::raw(" ")];
        doc.wrap(lead, said, app.style(Role::Text));
    }
    doc.push(match &asking.word {
        Some(word) => prompt(app, word, &back, doc.width()),
        None => Line::from(vec![
            app.span(Role::Key, key(app, Command::Run)),
            Span::raw(" runs exactly this, "),
            app.span(Role::Key, back),
            Span::raw(" leaves"),
        ]),
    });
}

/// Before the word that is typed; shorter where that would have no room.
fn prompt(app: &App, word: &Word, back: &str, width: usize) -> Line<'static> {
    let line = |[run, leave]: [&'static str; 2]| {
        Line::from(vec![
            Span::raw("Type "),
            app.span(Role::Key, word.wanted),
            Span::raw(run),
            app.span(Role::Key, back.to_owned()),
            Span::raw(leave),
        ])
    };
    let whole = line([" and Enter to run, ", " to leave: "]);
    let fits = whole.width() + word.wanted.len() < width;
    if fits { whole } else { line([", ", " leaves: "]) }
}

fn key(app: &App, command: Command) -> String {
    app.options.keys.key_for(command, app.scopes()).unwrap_or_else(|| command.to_string())
}

fn evidence(step: &Step) -> String {
    let best = step.evidence.iter().max_by_key(|e| e.strength);
    best.map_or_else(|| step.role.to_string(), |e| format!("{}: {}", e.strength, e.detail))
}

/// One line of choices, the chosen one in brackets; where there is no room for all, that one alone.
fn choices(app: &App, doc: &mut Doc, label: &str, all: impl Iterator<Item = (bool, String)>) {
    let (mut every, mut chosen) = (vec![app.span(Role::Muted, label.to_owned())], Vec::new());
    for (is_chosen, word) in all {
        if is_chosen {
            let word = app.span(Role::Tagged, format!("[{word}] "));
            chosen = vec![every[0].clone(), word.clone()];
            every.push(word);
        } else {
            every.push(Span::raw(format!(" {word}  ")));
        }
    }
    let hint = app.span(Role::Muted, format!(" {} changes it", key(app, Command::NextChoice)));
    let every = Line::from(every);
    let mut line = if every.to_string().trim_end().width() <= doc.width() { every } else { chosen.into() };
    if line.width() + hint.width() <= doc.width() {
        line.push_span(hint);
    }
    doc.push(line);
}

pub(in crate::tui::view) fn draw_project(
    app: &App,
    input: &Input,
    status: ProjectStatus,
    screen: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let mut pages = Pages::new(screen);
    let said = "Sessions of goose's project, sessions whose id or name contains the words, sessions that \
                work in the folder or below it.";
    pages.head.wrap(Vec::new(), said, app.style(Role::Muted));
    choices(app, &mut pages.head, "it is  ", ProjectStatus::iter().map(|s| (s == status, s.to_string())));
    if status.is_emergency() {
        let said = "an emergency clean of what is left follows 2s later";
        pages.head.wrap(Vec::new(), said, app.style(Role::Muted));
    }
    pages.foot.push(Line::from(app.span(Role::Key, "project ")));
    pages.draw(app, vec![app.span(Role::Title, "Clean up a project")], Some(input), screen, buffer)
}
