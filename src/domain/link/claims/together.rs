//! A process and a row of the same directory and the same moment.
//!
//! Rows carry whole seconds, cut down: a row is never of an earlier second than the process that made it,
//! and goose that were started one after another made their rows in that order. So pairs are taken by the
//! smallest distance, and then never crossed. Where another fits equally well the guess is weak.

use std::sync::Arc;

use super::{
    Claims, Work,
    likely::{ROW_MADE_WITHIN, agent_makes, claim, counter, is_over},
};
use crate::domain::{
    link::{EvidenceKind, Strength},
    process::Proc,
    role::{Agent, AgentRole},
    session::Session,
};

#[derive(Clone, Copy)]
struct Pair<'a> {
    proc: &'a Arc<Proc>,
    agent: &'a Agent,
    session: &'a Arc<Session>,
    /// Seconds from the start to the row.
    gap: i64,
    /// Another goose resumed the session.
    resumed: bool,
}

impl Pair<'_> {
    fn joins(&self, other: &Self) -> bool {
        self.proc.id == other.proc.id && self.session.key == other.session.key
    }

    /// Both want the same process or the same row.
    fn competes(&self, other: &Self) -> bool {
        (self.proc.id == other.proc.id) != (self.session.key == other.session.key)
    }

    /// The smallest comes first. A `goose run` ends with its answer, so a living one rather drives
    /// another row of the same second.
    fn order(&self) -> impl Ord + use<> {
        let over = self.agent.role == AgentRole::Run && is_over(self.session);
        (self.gap, self.proc.id.start, self.resumed, over, counter(self.session))
    }

    fn row_order(&self) -> impl Ord {
        (self.session.created_at, counter(self.session))
    }
}

impl<'a> Work<'a> {
    /// Same directory, and the row was made just after the process started.
    pub(super) fn started_together(&self, agents: &[(&'a Arc<Proc>, &'a Agent)], claims: &mut Claims) {
        let mut fitting = self.fitting(agents, claims);
        fitting.sort_by_key(Pair::order);
        let mut chosen: Vec<Pair<'_>> = Vec::new();
        for pair in &fitting {
            let taken = |c: &Pair<'_>| c.proc.id == pair.proc.id || c.session.key == pair.session.key;
            if !chosen.iter().any(taken) {
                chosen.push(*pair);
            }
        }
        uncross(&mut chosen, &fitting);
        for pair in chosen {
            let rival = fitting.iter().any(|other| other.competes(&pair) && other.gap == pair.gap);
            let strength = if rival { Strength::Weak } else { Strength::Likely };
            // A guess ties nobody to a session that is driven already.
            if pair.resumed && (rival || !self.still_drives(pair.proc, pair.session, claims)) {
                continue;
            }
            let detail =
                format!("same directory, and the session was made {}s after the process started", pair.gap);
            let claim = claim(pair.proc, pair.agent, EvidenceKind::StartedTogether, strength, detail);
            claims.add(&pair.session.key, claim);
        }
    }

    fn fitting(&self, agents: &[(&'a Arc<Proc>, &'a Agent)], claims: &Claims) -> Vec<Pair<'a>> {
        let mut fitting = Vec::new();
        for (proc, agent) in agents.iter().filter(|(_, a)| !a.resumes()) {
            for session in self.watched {
                let Some(created) = session.created_at else { continue };
                let gap = created.timestamp() - proc.started_at.timestamp();
                if (0..=ROW_MADE_WITHIN.num_seconds()).contains(&gap)
                    && claims.has_no_maker(session)
                    && agent_makes(agent, session)
                    && self.here(proc, session)
                    && !self.is_anothers(proc, session)
                {
                    let resumed = !claims.is_free(session);
                    fitting.push(Pair { proc, agent, session, gap, resumed });
                }
            }
        }
        fitting
    }
}

/// Gives the earlier of two processes the earlier of their rows, where both fit both.
fn uncross<'a>(chosen: &mut [Pair<'a>], fitting: &[Pair<'a>]) {
    chosen.sort_by_key(|p| p.proc.id.start);
    for i in 0..chosen.len() {
        for j in i + 1..chosen.len() {
            let (early, late) = (chosen[i], chosen[j]);
            if early.row_order() <= late.row_order() {
                continue;
            }
            let find = |proc: &Arc<Proc>, session: &'a Arc<Session>| {
                let wanted = Pair { proc, session, ..early };
                fitting.iter().find(|p| p.joins(&wanted)).copied()
            };
            if let (Some(first), Some(second)) =
                (find(early.proc, late.session), find(late.proc, early.session))
            {
                (chosen[i], chosen[j]) = (first, second);
            }
        }
    }
}
