//! One process of a run: taken hold of, signalled, let go, concluded.

use std::time::Duration;

use super::{
    Progress, StepOutcome, StepReport,
    kernel::{Kernel, OpenError, SendError},
    run::Run,
    signal::Signal,
};
use crate::domain::plan::Step;

/// A process and what was done to it.
pub(super) struct Target<H> {
    pub report: StepReport,
    pub handle: Option<H>,
    pub frozen: bool,
    pub done: bool,
}

impl<H> Target<H> {
    pub fn new(step: Step) -> Self {
        let report =
            StepReport { step, signals: Vec::new(), outcome: StepOutcome::NotSent, detail: String::new() };
        Self { report, handle: None, frozen: false, done: false }
    }
}

impl<K: Kernel> Run<'_, K> {
    /// Takes hold of a planned step, or concludes it.
    pub(super) fn hold(&mut self, step: Step) {
        let held = self.grasp(&step);
        let place = self.targets.len();
        self.targets.push(Target::new(step));
        match held {
            Ok(handle) => self.targets[place].handle = Some(handle),
            Err((outcome, detail)) => self.finish(place, outcome, detail),
        }
    }

    /// Opens a handle first, then asks who it is that we hold.
    pub(super) fn grasp(&mut self, step: &Step) -> Result<K::Handle, (StepOutcome, String)> {
        let id = step.id;
        if id.pid <= 1 || self.plan.never.contains(&id.pid) {
            return Err((StepOutcome::NotSent, "never signalled".into()));
        }
        let handle = self.kernel.open(id.pid).map_err(|e| match e {
            OpenError::Gone => (StepOutcome::AlreadyGone, String::new()),
            OpenError::Refused(why) => (StepOutcome::NotSent, format!("cannot be held: {why}")),
        })?;
        let Some(who) = self.kernel.identity(id.pid) else {
            let gone = self.kernel.ended(&[&handle], Duration::ZERO) == [true];
            let unknown = (StepOutcome::NotSent, "who it is cannot be read".into());
            return Err(if gone { (StepOutcome::AlreadyGone, String::new()) } else { unknown });
        };
        if who.start != id.start {
            let detail = "another process has that number now".into();
            return Err((StepOutcome::IdentityChanged, detail));
        }
        if who.uid != Some(step.uid) {
            let now = who.uid.map_or_else(|| "unknown".to_owned(), |u| u.to_string());
            return Err((StepOutcome::IdentityChanged, format!("its user is {now} now, not {}", step.uid)));
        }
        self.hunt.hold(id, step.session.clone(), step.role);
        if self.kernel.ended(&[&handle], Duration::ZERO) == [true] {
            return Err((StepOutcome::AlreadyGone, "dead, waits for its parent".into()));
        }
        Ok(handle)
    }

    pub(super) fn ended(&mut self, place: usize) {
        let signals = &self.targets[place].report.signals;
        let outcome = if signals.contains(&Signal::Kill.name()) {
            StepOutcome::Killed
        } else if signals.is_empty() {
            StepOutcome::AlreadyGone
        } else {
            StepOutcome::Exited
        };
        self.finish(place, outcome, self.kernel.caveat().unwrap_or_default().into());
    }

    /// Sends, and concludes where that is the end of it. True where it arrived.
    pub(super) fn send(&mut self, place: usize, signal: Signal) -> bool {
        let target = &mut self.targets[place];
        let Some(handle) = target.handle.as_ref().filter(|_| !target.done) else { return false };
        let sent = self.kernel.send(handle, signal);
        match sent {
            Ok(()) => {
                target.report.signals.push(signal.name());
                return true;
            }
            Err(SendError::Gone) => self.ended(place),
            Err(refused) => {
                self.thaw(place);
                let (outcome, detail) = match refused {
                    SendError::Other(why) => {
                        let untouched = self.targets[place].report.signals.is_empty();
                        let outcome = if untouched { StepOutcome::NotSent } else { StepOutcome::Survived };
                        (outcome, format!("{} failed: {why}", signal.name()))
                    }
                    _ => (StepOutcome::PermissionDenied, format!("the system refused {}", signal.name())),
                };
                self.finish(place, outcome, detail);
            }
        }
        false
    }

    pub(super) fn thaw(&mut self, place: usize) {
        let target = &mut self.targets[place];
        if let Some(handle) = target.handle.as_ref().filter(|_| std::mem::take(&mut target.frozen))
            && self.kernel.send(handle, Signal::Cont).is_ok()
        {
            target.report.signals.push(Signal::Cont.name());
        }
    }

    pub(super) fn finish(&mut self, place: usize, outcome: StepOutcome, detail: String) {
        let target = &mut self.targets[place];
        target.done = true;
        target.report.outcome = outcome;
        target.report.detail = detail;
        (self.tell)(Progress::Done(Box::new(target.report.clone())));
    }
}
