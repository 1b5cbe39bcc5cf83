//! Whom the watcher may end by itself, and when the next one is due.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};

use super::memory::{Memory, Whom, is_below, orphaned, roots};
use crate::domain::{
    board::{Board, SessionView},
    link::Strength,
    plan::AutoClean,
    process::ProcId,
    role::AgentRole,
    session::{SessionKey, SessionKind},
};

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How far it goes.
    pub mode: AutoClean,
    /// For how long the watcher must have seen it.
    pub grace: Duration,
    /// Sessions in one run.
    pub max: usize,
}

/// Whom it would end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    /// Whole sessions.
    pub sessions: Vec<SessionKey>,
    /// Processes that were left behind.
    pub processes: Vec<ProcId>,
    /// Those of them whose time is counted.
    pub counted: Vec<Whom>,
    /// Sessions for which there was no room.
    pub deferred: usize,
}

/// Chooses those who have waited longest, sessions in `taken` aside. One session's leftovers count as
/// one session; a process that has not been seen for long enough itself stays, unless it is below one
/// that was.
pub fn pick(board: &Board, memory: &Memory, rules: Rules, taken: &[SessionKey]) -> Pick {
    let now = board.taken_at;
    let ripe = |whom: &Whom| memory.since(whom).filter(|since| is_over(*since, rules.grace, now));
    let mut waiting: BTreeMap<SessionKey, (DateTime<Utc>, Vec<Whom>)> = BTreeMap::new();
    let mut add = |key: &SessionKey, since: DateTime<Utc>, whom: Whom| {
        let entry = waiting.entry(key.clone()).or_insert_with(|| (since, Vec::new()));
        entry.0 = entry.0.min(since);
        entry.1.push(whom);
    };
    if rules.mode >= AutoClean::Leaked {
        for proc in roots(board) {
            let whom = Whom::Leaked(proc.proc.id);
            if let (Some(key), Some(since)) = (&proc.session, ripe(&whom)) {
                add(key, since, whom);
            }
        }
    }
    if rules.mode >= AutoClean::Orphaned {
        for view in orphaned(board).filter(|v| may_end(v)) {
            let whom = Whom::Session(view.key().clone());
            if let Some(since) = ripe(&whom) {
                add(view.key(), since, whom);
            }
        }
    }
    let mut queue: Vec<_> = waiting.into_iter().filter(|(key, _)| !taken.contains(key)).collect();
    queue.sort_by(|(a, (first, _)), (b, (second, _))| (first, a).cmp(&(second, b)));
    let room = rules.max.saturating_sub(taken.len());
    let deferred = queue.len().saturating_sub(room);
    queue.truncate(room);
    let mut pick = Pick { deferred, ..Pick::default() };
    for whom in queue.into_iter().flat_map(|(_, (_, all))| all) {
        match &whom {
            Whom::Session(key) => pick.sessions.push(key.clone()),
            Whom::Leaked(id) => pick.processes.extend(tree(board, *id)),
        }
        pick.counted.push(whom);
    }
    pick
}

/// When the time of the next one is over, of those whose time is not over yet.
pub fn due(board: &Board, memory: &Memory, rules: Rules) -> Option<DateTime<Utc>> {
    let counts = |whom: &Whom| match whom {
        Whom::Leaked(_) => rules.mode >= AutoClean::Leaked,
        Whom::Session(_) => rules.mode >= AutoClean::Orphaned,
    };
    let open =
        memory.all().filter(|(whom, since)| counts(whom) && !is_over(*since, rules.grace, board.taken_at));
    open.filter_map(|(_, since)| since.checked_add_signed(chrono::TimeDelta::from_std(rules.grace).ok()?))
        .min()
}

/// What the planner would refuse takes no room in a run.
fn may_end(view: &SessionView) -> bool {
    let server = |role: AgentRole| role.is_server() && role != AgentRole::Schedule;
    let owner = view.owner.as_ref();
    view.attached == Some(false)
        && view.session.kind != SessionKind::Terminal
        && owner.is_some_and(|o| o.strength > Strength::Weak && !server(o.role))
}

fn is_over(since: DateTime<Utc>, grace: Duration, now: DateTime<Utc>) -> bool {
    (now - since).to_std().is_ok_and(|span| span >= grace)
}

/// A process and all that was left behind below it.
fn tree(board: &Board, root: ProcId) -> Vec<ProcId> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        let Some(parent) = board.leaked.iter().find(|p| p.proc.id == parent) else { continue };
        for child in board.leaked.iter().filter(|p| is_below(p, parent)) {
            if !found.contains(&child.proc.id) {
                found.push(child.proc.id);
            }
        }
    }
    found
}
