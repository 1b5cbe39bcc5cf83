//! A run that is over: what became of every step.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Drawn, Pages, Role, ask, running, steps, warn};
use crate::{
    domain::plan::Step,
    effects::Report,
    tui::{app::summary, command::Command},
};

pub(in crate::tui::view) fn draw(app: &App, report: &Report, screen: Rect, buffer: &mut Buffer) -> Drawn {
    let mut pages = Pages::new(screen);
    let role = if report.failed() > 0 { Role::Banner } else { Role::Strong };
    pages.head.wrap(Vec::new(), &summary(report), app.style(role));
    match &report.audit_fault {
        Some(fault) => warn(app, &mut pages.head, &format!("not in the audit log: {fault}")),
        None => pages.head.wrap(Vec::new(), "written to the audit log", app.style(Role::Muted)),
    }
    let all: Vec<Step> = report.steps.iter().map(|s| s.step.clone()).collect();
    steps::write(app, &mut pages.body, &report.plan, &all, |step| {
        let Some(done) = report.steps.iter().find(|s| s.step.id == step.id) else {
            return (Role::Muted, String::new());
        };
        let signals = done.signals.join(" ");
        let parts = [running::outcome_word(done.outcome), &signals, &done.detail];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        (running::role(done.outcome), said.join(" · "))
    });
    steps::left_alone(app, &mut pages.body, &report.plan.left_alone);
    if app.run().is_some_and(|run| run.again) {
        pages.body.gap();
        let said = "a second clean of what is left follows";
        pages.body.wrap(Vec::new(), said, app.style(Role::Muted));
    }
    let key = |command| app.options.keys.key_for(command, app.scopes()).unwrap_or_default();
    pages.foot.push(Line::default());
    pages.foot.push(Line::from(vec![
        app.span(Role::Key, key(Command::SaveReport)),
        Span::raw(" saves it, "),
        app.span(Role::Key, key(Command::Accept)),
        Span::raw(" closes"),
    ]));
    let title = format!("Done · {}", ask::title(app, &report.plan.intent));
    pages.draw(app, vec![app.span(Role::Title, title)], None, screen, buffer)
}
