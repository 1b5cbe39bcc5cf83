//! Scheduled sessions seen together: which runs of one schedule are at work at the same time.

use std::sync::Arc;

use super::assess::Judge;
use crate::domain::{health::case::EarlierRun, session::Session, turn::TurnState};

impl<'a> Judge<'a> {
    /// Runs at work of schedules that several living sessions name. A session that a person resumed at
    /// a terminal is no run, and one that waits for words is over.
    pub(super) fn scheduled_runs(&self, watched: &[&'a Arc<Session>]) -> Vec<EarlierRun<'a>> {
        let driven = |s: &Session| s.schedule.is_some() && !self.claims.of(&s.key).is_empty();
        let several = |s: &Session| {
            watched.iter().filter(|other| other.schedule == s.schedule && driven(other)).count() > 1
        };
        let mut runs: Vec<EarlierRun<'a>> = watched
            .iter()
            .copied()
            .filter(|s| driven(s) && several(s))
            .filter_map(|session| {
                let scene = self.scene(session, self.claims.of(&session.key));
                let pid = scene.owner.as_ref().filter(|_| scene.attached != Some(true))?.proc.id.pid;
                let over = matches!(
                    scene.turn.state,
                    TurnState::WaitingForUser | TurnState::Empty | TurnState::Failed | TurnState::Unknown
                );
                (!over).then_some(EarlierRun { session: session.as_ref(), pid })
            })
            .collect();
        runs.sort_by_key(|run| (run.session.created_at, &run.session.key));
        runs
    }

    /// The oldest other run of this session's schedule, where this session is a run as well.
    pub(super) fn earlier_run(&self, session: &Session) -> Option<EarlierRun<'a>> {
        let mut same = self
            .runs
            .iter()
            .filter(|r| r.session.schedule == session.schedule && r.session.key.store == session.key.store);
        let oldest = *same.next()?;
        let here = same.any(|run| run.session.key == session.key);
        here.then_some(oldest)
    }
}
