//! One run: hold everyone, ask, wait, freeze, search, kill, prove.
//!
//! ```text
//!  hold all ─► TERM in order ─► grace ─► ┌ STOP + search to a fixpoint ─► KILL ─► wait ┐ ─► report
//!                                        └──────── again until nothing is found ◄──────┘
//! ```
//!
//! Invariant: whoever is frozen is killed or continued, whatever happens; nobody is signalled who
//! was not compared after the handle was opened.

use std::time::Duration;

use super::{
    Control, Progress, StepOutcome, StepReport,
    kernel::Kernel,
    signal::Signal,
    sweep::{Found, Hunt},
    target::Target,
};
use crate::domain::{
    board::ProcRole,
    plan::{LeftAlone, Plan, Step},
    process::ProcState,
};

/// How long a killed process may take until it counts as one that cannot be killed. Collecting a few
/// gigabytes of memory takes under a second.
const KILL_WAIT: Duration = Duration::from_secs(2);

/// Longest wait before the controls are looked at again.
const SLICE: Duration = Duration::from_millis(100);

/// Searches while frozen. Each catches what was started before its parents froze; a chain that
/// forks and exits without end is caught within a few.
const SEARCHES: usize = 24;

/// Freeze, search and kill at most so often; what is left then is reported.
const ROUNDS: usize = 5;

/// A run under way.
pub(super) struct Run<'a, K: Kernel> {
    pub(super) kernel: &'a mut K,
    pub(super) plan: &'a Plan,
    control: &'a Control,
    pub(super) tell: &'a mut dyn FnMut(Progress),
    pub(super) hunt: Hunt<'a>,
    uid: u32,
    pub(super) targets: Vec<Target<K::Handle>>,
    /// What searches passed by.
    pub left: Vec<LeftAlone>,
    /// A person or a signal ended it early.
    pub broken_off: bool,
}

impl<'a, K: Kernel> Run<'a, K> {
    pub fn new(
        kernel: &'a mut K,
        plan: &'a Plan,
        stores: &'a [std::path::PathBuf],
        control: &'a Control,
        tell: &'a mut dyn FnMut(Progress),
    ) -> Self {
        // A plan has one user: the one who made it.
        let uid = plan.steps.first().map_or(u32::MAX, |s| s.uid);
        let hunt = Hunt::new(plan, stores, uid);
        Self {
            kernel,
            plan,
            control,
            tell,
            hunt,
            uid,
            targets: Vec::new(),
            left: Vec::new(),
            broken_off: false,
        }
    }

    /// Runs it to the end.
    pub fn go(&mut self) -> Vec<StepReport> {
        for step in &self.plan.steps {
            self.hold(step.clone());
        }
        if let Some(procs) = self.kernel.table(self.uid) {
            self.hunt.remember(&procs);
        }
        self.ask();
        self.wait_for_grace();
        for round in 0..=ROUNDS {
            if self.stopped() || !self.freeze() || round == ROUNDS {
                break;
            }
            self.kill();
        }
        self.conclude();
        std::mem::take(&mut self.targets).into_iter().map(|t| t.report).collect()
    }

    /// TERM, in the plan's order; CONT after it, so that a stopped process can obey.
    fn ask(&mut self) {
        for place in 0..self.targets.len() {
            if self.stopped() {
                return;
            }
            if self.targets[place].done || !self.send(place, Signal::Term) {
                continue;
            }
            let id = self.targets[place].report.step.id;
            // Told first: it may be gone before CONT comes.
            (self.tell)(Progress::TermSent { id, kill_in: self.plan.grace });
            self.send(place, Signal::Cont);
        }
    }

    fn wait_for_grace(&mut self) {
        let until = self.kernel.elapsed() + self.plan.grace;
        while !self.control.wants_kill() && !self.stopped() {
            let left = until.saturating_sub(self.kernel.elapsed());
            if left.is_zero() || !self.collect(left.min(SLICE)) {
                break;
            }
        }
        self.collect(Duration::ZERO);
    }

    /// Stops everything that is left and searches until nothing new turns up. False when nothing is
    /// left, or the end was asked for.
    fn freeze(&mut self) -> bool {
        for _ in 0..SEARCHES {
            for place in 0..self.targets.len() {
                if !self.targets[place].done && !self.targets[place].frozen {
                    self.targets[place].frozen = self.send(place, Signal::Stop);
                }
            }
            if self.stopped() {
                return false;
            }
            let Some(procs) = self.kernel.table(self.uid) else { break };
            let (found, left) = self.hunt.look(&procs);
            self.left.extend(left);
            if found.is_empty() {
                break;
            }
            for found in found {
                self.add(found);
            }
        }
        self.collect(Duration::ZERO)
    }

    /// One more, held and compared like the others. Whoever is gone by now was no step.
    fn add(&mut self, found: Found) {
        let proc = &found.proc;
        let step = Step {
            id: proc.id,
            uid: self.uid,
            started_at: proc.started_at,
            command: proc.command(),
            rss_bytes: proc.rss_bytes,
            session: found.session.clone(),
            role: ProcRole::Detached,
            evidence: vec![found.evidence],
            depth: 0,
        };
        let held = self.grasp(&step);
        // Counted even where it is gone by now, so that it is not found again.
        self.hunt.hold(proc.id, found.session, ProcRole::Detached);
        let Ok(handle) = held else { return };
        let target = Target { handle: Some(handle), ..Target::new(step) };
        (self.tell)(Progress::Found(Box::new(target.report.clone())));
        self.targets.push(target);
    }

    fn kill(&mut self) {
        for place in 0..self.targets.len() {
            if !self.targets[place].done && self.send(place, Signal::Kill) {
                self.targets[place].frozen = false;
                (self.tell)(Progress::KillSent { id: self.targets[place].report.step.id });
            }
        }
        let until = self.kernel.elapsed() + KILL_WAIT;
        loop {
            let left = until.saturating_sub(self.kernel.elapsed());
            if !self.collect(left) || left.is_zero() {
                break;
            }
        }
        let states = self.kernel.table(self.uid).unwrap_or_default();
        for place in 0..self.targets.len() {
            if self.targets[place].done {
                continue;
            }
            let id = self.targets[place].report.step.id;
            let waits = states.iter().any(|p| p.id == id && p.state == ProcState::Unkillable);
            let detail = if waits {
                "in an uninterruptible wait (D): it ends when the kernel lets go of it"
            } else {
                "still there 2 s after KILL"
            };
            self.finish(place, StepOutcome::Unkillable, detail.into());
        }
    }

    /// Looks who has ended, waiting for the first; true while somebody is left.
    fn collect(&mut self, within: Duration) -> bool {
        let held = |t: &&Target<K::Handle>| !t.done;
        let handles: Vec<&K::Handle> =
            self.targets.iter().filter(held).filter_map(|t| t.handle.as_ref()).collect();
        if handles.is_empty() {
            return false;
        }
        let ended = self.kernel.ended(&handles, within);
        let waiting =
            |(place, t): (usize, &Target<K::Handle>)| (!t.done && t.handle.is_some()).then_some(place);
        let places: Vec<usize> = self.targets.iter().enumerate().filter_map(waiting).collect();
        for (place, _) in places.iter().zip(&ended).filter(|(_, ended)| **ended) {
            self.ended(*place);
        }
        ended.contains(&false)
    }

    fn stopped(&mut self) -> bool {
        self.broken_off |= self.control.wants_stop();
        self.broken_off
    }

    /// Lets run on whoever was frozen, and says what was not done.
    fn conclude(&mut self) {
        self.collect(Duration::ZERO);
        for place in 0..self.targets.len() {
            if self.targets[place].done {
                continue;
            }
            self.thaw(place);
            let untouched = self.targets[place].report.signals.is_empty();
            let why = match (self.broken_off, untouched) {
                (true, true) => "broken off before its turn",
                (true, false) => "broken off before KILL",
                (false, _) => "new processes kept coming; the last were let go",
            };
            let outcome = if untouched { StepOutcome::NotSent } else { StepOutcome::Survived };
            self.finish(place, outcome, why.into());
        }
    }
}

/// Nothing stays frozen, even if whoever listens panics.
impl<K: Kernel> Drop for Run<'_, K> {
    fn drop(&mut self) {
        for place in 0..self.targets.len() {
            self.thaw(place);
        }
    }
}
