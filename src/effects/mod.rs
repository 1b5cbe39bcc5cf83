//! The only part that changes anything: it runs plans.
//!
//! ```text
//!  Plan ──► Executor::run ──► Progress … ──► Report ──► audit log
//!            pidfd_open → start and user compared → pidfd_send_signal, TERM and KILL alike
//!  SessionView ──► resume::preflight, attach::find ──► Handover: the terminal is another program's
//!  Hook ──► a person's command, ended with its group     Locks ──► one actor at a time
//!  SessionId ──► export by goose itself ──► delete: the one write to goose's store
//! ```
//!
//! Invariant: a process is signalled only if the plan (or a sweep for a session the plan closes)
//! names it and it still is who it was, through a handle opened before that was checked. What
//! survives is reported, never hidden.
//!
//! To add an effect: a file here, and its outcome in [`StepOutcome`].

pub mod attach;
pub mod audit;
pub mod delete;
mod dry_run;
mod executor;
pub mod export;
pub mod goose;
pub mod handover;
pub mod hook;
pub mod kernel;
#[cfg(unix)]
mod lent;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod lock;
#[cfg(unix)]
pub mod portable;
mod private;
pub mod random;
pub mod resume;
mod run;
mod signal;
#[cfg(unix)]
pub mod socket;
mod sweep;
mod target;
#[cfg(test)]
mod tests;
pub mod token;
mod viewer;

pub use dry_run::{dry_run, nothing};
pub use executor::{RealExecutor, Settings};
pub use signal::Signal;
pub use viewer::terms_of_viewer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::domain::{
    plan::{Closing, Plan, Step},
    process::ProcId,
};

/// What became of one process. The words are part of the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum StepOutcome {
    /// It ended after TERM.
    Exited,
    /// It ended after KILL.
    Killed,
    /// It was gone before any signal.
    AlreadyGone,
    /// The system refused the signal.
    PermissionDenied,
    /// Another process has that number now: nothing was sent.
    IdentityChanged,
    /// It survived KILL (uninterruptible wait).
    Unkillable,
    /// It was asked to end and lives: the run was broken off before KILL, or had to let it go.
    Survived,
    /// Nothing was sent: a dry run, or the run was broken off before its turn.
    NotSent,
}

impl StepOutcome {
    /// The process is gone.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Exited | Self::Killed | Self::AlreadyGone)
    }
}

/// One step, done.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// What was to be done.
    pub step: Step,
    /// Signals sent, by name, in order.
    pub signals: Vec<&'static str>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// One sentence where there is more to say; else empty.
    pub detail: String,
}

/// One run, done.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The plan that was run; what searches passed by is added to what it left alone.
    pub plan: Plan,
    /// Nothing was sent.
    pub dry_run: bool,
    /// When.
    pub started_at: DateTime<Utc>,
    /// Until.
    pub finished_at: DateTime<Utc>,
    /// Every step, and every process that sweeps added.
    pub steps: Vec<StepReport>,
    /// A signal or a person broke it off.
    pub broken_off: bool,
    /// What could not be written to the audit log, in a sentence.
    pub audit_fault: Option<String>,
}

impl Report {
    /// Sessions whose owner and processes are all gone. A session of which only tools were to end, or
    /// one of two writers, is not closed by that.
    pub fn closed(&self) -> impl Iterator<Item = &Closing> {
        let clean = |key| {
            self.steps.iter().filter(|s| s.step.session.as_ref() == Some(key)).all(|s| s.outcome.is_gone())
        };
        self.plan.sessions.iter().filter(move |c| !self.dry_run && c.closes() && clean(&c.key))
    }

    /// How many those are.
    pub fn sessions_closed(&self) -> usize {
        self.closed().count()
    }

    /// Processes that this run ended.
    pub fn processes_terminated(&self) -> usize {
        let ended = |o| matches!(o, StepOutcome::Exited | StepOutcome::Killed);
        self.steps.iter().filter(|s| ended(s.outcome)).count()
    }

    /// Steps that did not end their process.
    pub fn failed(&self) -> usize {
        if self.dry_run { 0 } else { self.steps.iter().filter(|s| !s.outcome.is_gone()).count() }
    }
}

/// What happens during a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// TERM was sent; KILL follows after `kill_in` unless it ends.
    TermSent {
        /// Who.
        id: ProcId,
        /// Until KILL.
        kill_in: Duration,
    },
    /// KILL was sent.
    KillSent {
        /// Who.
        id: ProcId,
    },
    /// A sweep found one more process that belongs to a closing session.
    Found(Box<StepReport>),
    /// A step is done.
    Done(Box<StepReport>),
}

/// The way to a run in progress, from another thread.
#[derive(Clone, Debug, Default)]
pub struct Control {
    kill_now: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Control {
    /// Ends the grace: KILL now.
    pub fn kill_now(&self) {
        self.kill_now.store(true, Ordering::Relaxed);
    }

    /// Sends nothing more; stopped processes are continued, and what is under way is reported.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// KILL was asked for.
    pub fn wants_kill(&self) -> bool {
        self.kill_now.load(Ordering::Relaxed)
    }

    /// The end was asked for.
    pub fn wants_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Whoever runs plans: the real one, or a test's.
pub trait Executor: Send {
    /// Runs the plan as it is, telling of each thing that happens; returns when it is over. Blocks:
    /// call it on a thread of its own.
    fn run(&mut self, plan: &Plan, control: &Control, tell: &mut dyn FnMut(Progress)) -> Report;
}
