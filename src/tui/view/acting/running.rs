//! A plan while it is run: every step with how far it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Drawn, Pages, Role, ask, steps};
use crate::{
    effects::StepOutcome,
    tui::{
        app::{Run, StepState},
        command::Command,
        format,
    },
};

/// Columns of the bar.
const BAR: usize = 24;

pub(in crate::tui::view) fn draw(
    app: &App,
    run: &Run,
    now: DateTime<Utc>,
    screen: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let mut pages = Pages::new(screen);
    let (done, all) = run.done();
    let full = (BAR * done).checked_div(all).unwrap_or(BAR);
    pages.head.push(Line::from(vec![
        app.span(Role::Healthy, "█".repeat(full)),
        app.span(Role::Muted, "·".repeat(BAR - full)),
        Span::raw(format!("  {done}/{all} gone  {}s", format::span(run.began, now).as_secs())),
    ]));
    steps::write(app, &mut pages.body, &run.plan, &run.steps, |step| word(run.state(step.id), now));
    steps::left_alone(app, &mut pages.body, &run.plan.left_alone);
    let key = |command| app.options.keys.key_for(command, app.scopes()).unwrap_or_default();
    let kill = if run.again {
        vec![Span::raw("a second clean of what is left follows")]
    } else if run.escalated {
        vec![app.span(Role::Banner, "KILL was asked for")]
    } else {
        vec![app.span(Role::Key, key(Command::KillNow)), Span::raw(" kills now")]
    };
    let hide =
        [Span::raw(", "), app.span(Role::Key, key(Command::Back)), Span::raw(" hides this; it goes on")];
    pages.foot.push(Line::default());
    pages.foot.push(Line::from(kill.into_iter().chain(hide).collect::<Vec<_>>()));
    let title = format!("Ending · {}", ask::title(app, &run.plan.intent));
    pages.draw(app, vec![app.span(Role::Title, title)], None, screen, buffer)
}

fn word(state: &StepState, now: DateTime<Utc>) -> (Role, String) {
    let ago = |at: DateTime<Utc>| format::span(at, now);
    match state {
        StepState::Waiting => (Role::Muted, "waiting".into()),
        StepState::Term { at, kill_in } => {
            let left = kill_in.saturating_sub(ago(*at));
            let said = match left.as_millis().div_ceil(1000) {
                _ if left == Duration::ZERO => "KILL due".to_owned(),
                seconds => format!("KILL in {seconds}s"),
            };
            (Role::Stuck, format!("TERM sent {}s ago · {said}", ago(*at).as_secs()))
        }
        StepState::Kill { at } => (Role::Orphaned, format!("KILL sent {}s ago", ago(*at).as_secs())),
        StepState::Done(outcome) => (role(*outcome), outcome_word(*outcome).into()),
    }
}

/// What became of a process, as people say it.
pub(super) fn outcome_word(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Exited => "gone",
        StepOutcome::Killed => "killed",
        StepOutcome::AlreadyGone => "already gone",
        StepOutcome::PermissionDenied => "not permitted",
        StepOutcome::IdentityChanged => "another process now: nothing sent",
        StepOutcome::Unkillable => "survived KILL",
        StepOutcome::Survived => "still alive",
        StepOutcome::NotSent => "nothing sent",
    }
}

pub(super) fn role(outcome: StepOutcome) -> Role {
    match outcome {
        StepOutcome::Exited | StepOutcome::AlreadyGone => Role::Healthy,
        StepOutcome::Killed => Role::Stuck,
        StepOutcome::NotSent => Role::Muted,
        _ => Role::Orphaned,
    }
}
