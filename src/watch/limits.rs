//! Run limits: how long a headless run may take, and how long it may show no progress.
//!
//! A headless run is a `goose run` (a recipe too) or a `goose schedule run-now` without a terminal. It
//! has `default` from the start of its process; while a tool of it is at work (it has used the processor
//! within `max_inactivity`: a build, a test suite) it has `extended`; and it must show progress within
//! `max_inactivity`. Sessions at a terminal, shells and servers have no limits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use strum::Display;

use crate::domain::{
    board::{Board, ProcRole, SessionView},
    health::Health,
    role::AgentRole,
    session::SessionKind,
    words,
};

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of any run.
    pub default: Duration,
    /// Of one with a tool at work.
    pub extended: Duration,
    /// Without a sign of progress.
    pub max_inactivity: Duration,
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Display)]
#[strum(serialize_all = "snake_case")]
pub enum Limit {
    /// Of any run.
    Default,
    /// Of one with a tool at work.
    Extended,
    /// Without a sign of progress.
    MaxInactivity,
}

/// A limit that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Which.
    pub limit: Limit,
    /// Its value.
    pub allowed: Duration,
    /// What was measured.
    pub took: Duration,
}

impl Passed {
    /// `run limit default: runs for 15m20s, 15m allowed`.
    pub fn sentence(&self) -> String {
        let what = match self.limit {
            Limit::Default | Limit::Extended => "runs for",
            Limit::MaxInactivity => "no progress for",
        };
        let (took, allowed) = (words::spoken(self.took), words::spoken(self.allowed));
        format!("run limit {}: {what} {took}, {allowed} allowed", self.limit)
    }
}

/// Headless runs that can be judged.
pub fn runs(board: &Board) -> impl Iterator<Item = &SessionView> {
    board.sessions.iter().chain(&board.hidden).filter(|v| is_headless(v))
}

/// What a run has passed; that it makes no progress is said first.
pub fn passed(view: &SessionView, limits: &Limits, now: DateTime<Utc>) -> Option<Passed> {
    let over = |(limit, since, allowed): Clock| {
        let took = (now - since).to_std().ok()?;
        (took >= allowed).then_some(Passed { limit, allowed, took })
    };
    clocks(view, limits, now).find_map(over)
}

/// When a run will have passed its first limit, if nothing changes.
pub fn due(view: &SessionView, limits: &Limits, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let at = |(_, since, allowed): Clock| since.checked_add_signed(TimeDelta::from_std(allowed).ok()?);
    clocks(view, limits, now).filter_map(at).min()
}

/// Which limit, since when, and how long it allows.
type Clock = (Limit, DateTime<Utc>, Duration);

fn clocks(view: &SessionView, limits: &Limits, now: DateTime<Utc>) -> impl Iterator<Item = Clock> {
    let owner = view.owner.as_ref().filter(|_| is_headless(view));
    let tools = view.processes.iter().filter(|p| matches!(p.role, ProcRole::Tool | ProcRole::Detached));
    let busy = tools.filter_map(|p| p.proc.cpu.busy_at).max();
    let works = busy.is_some_and(|at| (now - at).to_std().is_ok_and(|idle| idle < limits.max_inactivity));
    let (limit, allowed) =
        if works { (Limit::Extended, limits.extended) } else { (Limit::Default, limits.default) };
    let silent = view.last_activity_at.map(|at| (Limit::MaxInactivity, at, limits.max_inactivity));
    let age = owner.map(|o| (limit, o.proc.started_at, allowed));
    silent.filter(|_| owner.is_some()).into_iter().chain(age)
}

fn is_headless(view: &SessionView) -> bool {
    let runs = |role| matches!(role, AgentRole::Run | AgentRole::Schedule);
    view.attached == Some(false)
        // What cannot be known is no reason to end it.
        && view.health != Health::Unknown
        && view.session.kind != SessionKind::Terminal
        && view.owner.as_ref().is_some_and(|o| runs(o.role))
}
