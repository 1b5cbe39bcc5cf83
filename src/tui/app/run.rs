//! A run in progress, as it is told, and what follows when it ends.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, Dialog};
use crate::{
    domain::{
        plan::{Plan, Step},
        process::ProcId,
        session::SessionKey,
        words::named,
    },
    effects::{Progress, Report, StepOutcome},
    engine::actor::Told,
    tui::{effect::Effect, format},
};

/// A held-down key that confirmed is no second confirmation.
const SECOND_CONFIRM_AFTER: TimeDelta = TimeDelta::seconds(1);

/// How far one process is.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// Its turn has not come.
    Waiting,
    /// TERM was sent.
    Term {
        /// When.
        at: DateTime<Utc>,
        /// Until KILL, from then on.
        kill_in: Duration,
    },
    /// KILL was sent.
    Kill {
        /// When.
        at: DateTime<Utc>,
    },
    /// It is over.
    Done(StepOutcome),
}

/// A plan while it is run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is run.
    pub plan: Arc<Plan>,
    /// Since when.
    pub began: DateTime<Utc>,
    /// The plan's steps, then what sweeps found.
    pub steps: Vec<Step>,
    states: HashMap<ProcId, StepState>,
    /// KILL was asked for.
    pub escalated: bool,
    /// The plan's own run is over; a second clean follows.
    pub again: bool,
}

impl Run {
    pub(super) fn new(plan: Arc<Plan>, began: DateTime<Utc>) -> Self {
        let steps = plan.steps.clone();
        Self { plan, began, steps, states: HashMap::new(), escalated: false, again: false }
    }

    /// How far a step is.
    pub fn state(&self, id: ProcId) -> &StepState {
        self.states.get(&id).unwrap_or(&StepState::Waiting)
    }

    /// Steps that are over, of how many.
    pub fn done(&self) -> (usize, usize) {
        let over = |s: &&Step| matches!(self.state(s.id), StepState::Done(_));
        (self.steps.iter().filter(over).count(), self.steps.len())
    }

    fn take(&mut self, progress: Progress, now: DateTime<Utc>) {
        let (id, state) = match progress {
            Progress::TermSent { id, kill_in } => (id, StepState::Term { at: now, kill_in }),
            Progress::KillSent { id } => (id, StepState::Kill { at: now }),
            Progress::Done(report) => (report.step.id, StepState::Done(report.outcome)),
            Progress::Found(report) => {
                let known = self.steps.iter().any(|s| s.id == report.step.id);
                let id = report.step.id;
                let pending = report.outcome == StepOutcome::NotSent;
                let state = if pending { StepState::Waiting } else { StepState::Done(report.outcome) };
                if !known {
                    self.steps.push(report.step);
                }
                // What is known of it already tells more than that it was found.
                if known && pending {
                    return;
                }
                (id, state)
            }
        };
        self.states.insert(id, state);
    }
}

/// `5 sessions closed · 15 exited · 2 killed · 0 failed · 7.2s`.
pub fn summary(report: &Report) -> String {
    let of = |outcome| report.steps.iter().filter(|s| s.outcome == outcome).count();
    let closed = report.sessions_closed();
    let took = format::span(report.started_at, report.finished_at);
    let mut parts = vec![
        format!("{closed} session{} closed", if closed == 1 { "" } else { "s" }),
        format!("{} exited", of(StepOutcome::Exited)),
        format!("{} killed", of(StepOutcome::Killed)),
    ];
    let gone = of(StepOutcome::AlreadyGone);
    if gone > 0 {
        parts.push(format!("{gone} already gone"));
    }
    parts.push(format!("{} failed", report.failed()));
    parts.push(format!("{:.1}s", took.as_secs_f64()));
    if report.broken_off {
        parts.push("broken off".into());
    }
    parts.join(" · ")
}

/// Whom a run was about: its sessions, else its processes.
pub fn targets(report: &Report) -> String {
    let sessions: Vec<String> = report.plan.sessions.iter().map(|c| c.key.id.to_string()).collect();
    if !sessions.is_empty() {
        return named(&sessions);
    }
    let processes: Vec<String> = report.plan.steps.iter().map(|s| s.id.pid.to_string()).collect();
    if processes.is_empty() { String::new() } else { format!("pid {}", named(&processes)) }
}

impl App {
    pub(super) fn on_told(&mut self, told: Told, now: DateTime<Utc>) {
        self.dirty = true;
        match told {
            Told::Began(plan) => {
                // The one that was confirmed is on the screen already; a second clean is not.
                let known = self.run.as_ref().is_some_and(|run| *run.plan == *plan && !run.again);
                if !known {
                    self.run = Some(Run::new(plan, now));
                    if matches!(self.dialog, Some(Dialog::Report(_))) {
                        self.open(Dialog::Running);
                    }
                }
            }
            Told::Progress(progress) => {
                if let Some(run) = &mut self.run {
                    run.take(progress, now);
                }
            }
            Told::Ended { report, again } => {
                match &mut self.run {
                    Some(run) if again => run.again = true,
                    _ => self.run = None,
                }
                self.log.report(report.clone());
                if matches!(self.dialog, Some(Dialog::Running)) {
                    self.open(Dialog::Report(report));
                } else {
                    let key = self.options.keys.key_for(super::Command::Events, self.scopes_below());
                    let more = key.map_or_else(String::new, |key| format!(" · {key} shows it"));
                    self.say(format!("{}{more}", summary(&report)), now);
                }
            }
            Told::Over(why) => {
                self.run = None;
                if matches!(self.dialog, Some(Dialog::Running)) {
                    self.dialog = None;
                }
                self.say(why, now);
            }
        }
    }

    /// KILL without waiting: the key for it, or confirming once more.
    pub(super) fn kill_now(&mut self, confirmed_again: bool, now: DateTime<Utc>) -> Vec<Effect> {
        let Some(run) = self.run.as_mut().filter(|run| !run.again) else { return Vec::new() };
        if run.escalated || (confirmed_again && now - run.began < SECOND_CONFIRM_AFTER) {
            return Vec::new();
        }
        run.escalated = true;
        vec![Effect::KillNow]
    }

    /// The sessions and processes that a plan on the screen, or under way, is about to end.
    pub(in crate::tui) fn is_about_to_end(&self, session: Option<&SessionKey>, id: Option<ProcId>) -> bool {
        let asked = match &self.dialog {
            Some(Dialog::Asking(asking)) => asking.answer.as_ref().ok(),
            _ => None,
        };
        let under_way = self.run.as_ref().map(|run| run.plan.as_ref());
        asked.into_iter().chain(under_way).any(|plan| {
            session.is_some_and(|key| plan.sessions.iter().any(|c| c.key == *key))
                || id.is_some_and(|id| plan.steps.iter().any(|s| s.id == id))
        })
    }
}
