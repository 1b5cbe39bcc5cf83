//! When a verdict would be a guess: then the class is `unknown`, with the reason.

use chrono::TimeDelta;

use super::{ProcRole, ProcView, SessionView, assess::Judge};
use crate::domain::{
    health::Health,
    link::{EvidenceKind, Strength},
    session::SessionId,
    turn::TurnState,
};

/// Row times this far ahead of our clock mean that one of the clocks is wrong.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// A picture of a store may be this old before verdicts built on it are doubtful.
const PICTURE_AGE: TimeDelta = TimeDelta::seconds(15);

impl Judge<'_> {
    /// Why a verdict on this session would be a guess.
    pub(super) fn doubt(&self, view: &SessionView) -> Option<String> {
        let now = self.snap.taken_at;
        let store = self.snap.stores.get(view.session.key.store)?;
        let recent = view.inactive.is_none_or(|i| i <= self.limits.interrupted_within);
        let relevant = view.health != Health::Ended || (recent && !self.snap.procs_known);
        if !relevant {
            return None;
        }
        if !store.state.is_current() && store.as_of.is_none_or(|at| now - at > PICTURE_AGE) {
            return Some(format!("its store is {}: {}", store.state, store.detail));
        }
        if !self.snap.procs_known {
            return Some("the process table cannot be read".into());
        }
        // Without it silence cannot be measured, and silence is the base rule.
        let mut clocks = std::iter::once(view).chain(&view.sub_agents);
        if view.owner.is_some() && clocks.any(|v| v.session.updated_at.is_none()) {
            return Some("its row does not say when it changed last".into());
        }
        if view.last_activity_at.is_some_and(|at| at - now > CLOCK_SKEW) {
            return Some("its newest row is in the future: a clock is wrong".into());
        }
        if self.cpu_unknown(view) {
            return Some("processor use of its tools needs a second look".into());
        }
        if view.owner.is_none() && view.turn.state == TurnState::Interrupted {
            let leaked = view.processes.iter().any(|p| p.role == ProcRole::Leaked);
            let hidden = self.table.procs().filter(|p| {
                let agent = self.table.agent(p.id.pid).is_some_and(|a| a.role.is_single());
                agent && (p.cwd.is_none() || p.env.is_none()) && self.claims.by_pid(p.id.pid).is_empty()
            });
            if let Some(proc) = hidden.min_by_key(|p| p.id.pid).filter(|_| !leaked) {
                return Some(format!("goose {} may drive it, and cannot be read", proc.id.pid));
            }
            if let Some((pid, other)) = self.perhaps_swapped(view).filter(|_| !leaked) {
                return Some(format!("goose {pid} drives it or {other}: both were made as it started"));
            }
        }
        None
    }

    /// A living goose was tied to another session by a moment that fits this one as well.
    fn perhaps_swapped(&self, view: &SessionView) -> Option<(u32, SessionId)> {
        let created = view.session.created_at?;
        let sessions = &self.snap.stores.get(view.key().store)?.sessions;
        // The moment first: of ten thousand sessions a handful have it.
        let of_that_moment = sessions.iter().filter(|other| other.created_at == Some(created));
        of_that_moment.filter(|other| other.key != *view.key()).find_map(|other| {
            let claim = self.claims.of(&other.key).first().filter(|c| c.strength == Strength::Weak)?;
            let guessed = claim.evidence.iter().any(|e| e.kind == EvidenceKind::StartedTogether);
            let fits = guessed && other.working_dir == view.session.working_dir;
            fits.then(|| (claim.proc.id.pid, other.key.id.clone()))
        })
    }

    /// A tool has run for longer than its limit, and its processor use was seen only once: whether
    /// it is silent is not knowable yet.
    pub(super) fn tool_unknown(&self, view: &SessionView) -> bool {
        let long = view.turn.since.is_some_and(|at| {
            (self.snap.taken_at - at).to_std().is_ok_and(|ran| ran >= self.limits.tool_timeout)
        });
        long && view.turn.state == TurnState::RunningTool
            && view.processes.iter().any(|p| p.role == ProcRole::Tool && p.proc.cpu.percent.is_none())
    }

    /// Silent for long with a tool alive whose processor use was seen only once.
    pub(super) fn cpu_unknown(&self, view: &SessionView) -> bool {
        let silent = view.inactive.is_some_and(|i| i >= self.limits.stuck_after);
        let works = |p: &&ProcView| matches!(p.role, ProcRole::Tool | ProcRole::Extension | ProcRole::Child);
        silent
            && view.owner.is_some()
            && view
                .processes
                .iter()
                .filter(works)
                .any(|p| p.proc.cpu.percent.is_none() && !p.proc.is_zombie())
    }
}
