//! From what is meant to the steps, each admitted or left alone with its reason.

use std::collections::HashSet;

use super::{
    Closing, Intent, LeftAlone, Plan, Refusal, Step, Terms,
    choose::{self, Choice},
};
use crate::domain::{
    board::{Board, ProcRole, ProcView, SessionView},
    role::AgentRole,
    session::{Session, SessionKey, SessionKind},
};

/// Who of those that drive a session is among the steps, or gone already.
#[derive(Clone, Copy, Default)]
struct Ends {
    owner: bool,
    rivals: bool,
}

/// Makes a plan of an intent.
pub fn plan(intent: &Intent, board: &Board, terms: &Terms) -> Result<Plan, Refusal> {
    if terms.read_only {
        return Err(Refusal::ReadOnly);
    }
    if !board.procs_known {
        return Err(Refusal::Blind);
    }
    let unattended = intent.is_unattended();
    let terms = &Terms { include_attached: terms.include_attached && !unattended, ..terms.clone() };
    let choice = choose::choose(intent, board, terms);
    let nothing = choice.sessions.is_empty() && choice.alone.is_empty() && choice.leaked.is_empty();
    if let Some(gone) = choice.gone.first().filter(|_| nothing) {
        return Err(Refusal::Gone(gone.clone()));
    }
    let mut planner = Planner {
        board,
        terms,
        bulk: intent.is_bulk(),
        unattended,
        end_servers: matches!(intent, Intent::Terminate { end_servers: true, .. }),
        chosen: choice.sessions.iter().map(|v| v.key().clone()).collect(),
        seen: HashSet::new(),
        blocked: HashSet::new(),
        steps: Vec::new(),
        left: Vec::new(),
        closings: Vec::new(),
    };
    planner.take(&choice);
    planner.left.extend(choice.left);
    planner.left.extend(choice.gone.into_iter().map(|what| LeftAlone {
        pid: None,
        session: None,
        what,
        why: "is not here any more".into(),
    }));
    planner.unconfirmed();
    planner.tell_each_once();
    if planner.steps.is_empty() {
        return Err(Refusal::Nothing(planner.left));
    }
    Ok(Plan {
        intent: intent.clone(),
        made_at: board.taken_at,
        faults: super::unread(intent, board),
        reason: terms.reason.clone(),
        grace: terms.grace,
        sessions: planner.closings,
        steps: planner.steps,
        left_alone: planner.left,
        never: std::iter::once(terms.viewer.pid).chain(terms.ancestors.iter().copied()).collect(),
        protect: terms.protect.clone(),
    })
}

pub(super) struct Planner<'a> {
    pub(super) board: &'a Board,
    pub(super) terms: &'a Terms,
    pub(super) bulk: bool,
    unattended: bool,
    end_servers: bool,
    chosen: HashSet<SessionKey>,
    /// Steps and processes left alone: nobody comes twice.
    pub(super) seen: HashSet<u32>,
    /// Left alone with all that is below them.
    pub(super) blocked: HashSet<u32>,
    pub(super) steps: Vec<Step>,
    pub(super) left: Vec<LeftAlone>,
    closings: Vec<Closing>,
}

impl<'a> Planner<'a> {
    fn take(&mut self, choice: &Choice<'a>) {
        for view in &choice.sessions {
            self.session(view);
        }
        self.group(&choice.leaked);
        let mut keys: Vec<&SessionKey> = choice.leaked.iter().filter_map(|p| p.session.as_ref()).collect();
        keys.dedup();
        for key in keys {
            let chosen = |p: &ProcView| choice.leaked.iter().any(|c| c.proc.id == p.proc.id);
            let left = self.board.leaked.iter().filter(|p| p.session.as_ref() == Some(key));
            let others: Vec<&ProcView> = left.filter(|p| !chosen(p)).collect();
            // A sweep takes whoever carries the id, so it is right only where all of them were meant.
            let all = others.is_empty();
            for other in others {
                self.leave(other, "left behind as well, and not chosen".into());
            }
            if let Some(session) = choose::find(self.board, key) {
                self.close(session, Ends::default(), all && session.kind != SessionKind::Terminal);
            }
        }
        let mut alone = choice.alone.clone();
        // One may be below another: parents are older.
        alone.sort_by_key(|p| p.proc.id.start);
        for proc in alone {
            for part in self.with_what_is_below(proc) {
                self.admit(part, true);
            }
        }
    }

    /// A session: owner, tree, rivals, detached, leaked; then its sub-agents.
    fn session(&mut self, view: &SessionView) {
        let ends = |planner: &Self, p: &ProcView| planner.may_end(p);
        let lives_on = choose::drivers(view).any(|p| !ends(self, p));
        // A sub-agent lives in its parent's process, which is not its to end.
        let guest = !self.board.sessions.iter().chain(&self.board.hidden).any(|v| v.key() == view.key());
        let tools_only = guest || choose::drivers(view).next().is_some_and(|p| !ends(self, p));
        for driver in choose::drivers(view) {
            if guest || !ends(self, driver) {
                let why = if guest { "its parent session lives there".into() } else { self.hosts(driver) };
                self.leave(driver, why);
            }
        }
        self.members(view, tools_only);
        let owner_ends = view.owner.as_ref().is_some_and(|o| self.is_step(o.proc.id.pid));
        let nobody_left = choose::drivers(view).all(|p| p.proc.is_zombie() || self.is_step(p.proc.id.pid));
        let ends = Ends { owner: owner_ends, rivals: nobody_left };
        let sweep = nobody_left && !guest && !lives_on && view.session.kind != SessionKind::Terminal;
        self.close(&view.session, ends, sweep);
        for sub in &view.sub_agents {
            self.members(sub, tools_only);
            self.close(&sub.session, ends, sweep);
        }
    }

    fn members(&mut self, view: &SessionView, tools_only: bool) {
        let rank = |p: &ProcView| match p.role {
            ProcRole::Owner => 0,
            ProcRole::Rival => 2,
            ProcRole::Detached => 3,
            ProcRole::Leaked => 4,
            _ => 1,
        };
        let ranked = |wanted: u8| view.processes.iter().filter(move |p| rank(p) == wanted);
        if !tools_only {
            ranked(0).for_each(|p| self.admit(p, false));
        }
        let mut own: HashSet<u32> = HashSet::new();
        for proc in ranked(1) {
            // In a server that lives on: what carries the session's id, and what is below that.
            let marker = proc.proc.marker();
            let is_own =
                marker == Some(view.key().id.raw()) || (own.contains(&proc.proc.ppid) && marker.is_none());
            if is_own {
                own.insert(proc.proc.id.pid);
            }
            if is_own || !tools_only {
                self.admit(proc, false);
            } else {
                // Another chosen session may still name it.
                let why = "does not carry this session's id, and its goose lives on".into();
                self.left.push(choose::one(proc, why));
            }
        }
        let mut rivals: Vec<&ProcView> = ranked(2).collect();
        // One may have started the other.
        rivals.sort_by_key(|p| p.proc.id.start);
        for rival in rivals {
            self.rival(rival);
        }
        self.group(&ranked(3).chain(ranked(4)).collect::<Vec<_>>());
    }

    /// A driver may be ended: it drives nothing else, or all that it drives is in this plan.
    fn may_end(&self, proc: &ProcView) -> bool {
        if !choose::is_server(proc) {
            return true;
        }
        // `goose schedule run-now` serves nobody but the job that it was started for.
        if self.unattended && proc.agent != Some(AgentRole::Schedule) {
            return false;
        }
        let hosted = choose::hosted(self.board, proc.proc.id.pid);
        let all = hosted.iter().all(|v| self.chosen.contains(v.key()));
        all && (hosted.len() <= 1 || self.bulk || self.end_servers)
    }

    fn hosts(&self, proc: &ProcView) -> String {
        if self.unattended && proc.agent != Some(AgentRole::Schedule) {
            return "a server: it is never ended without a person's word".into();
        }
        let others = choose::hosted(self.board, proc.proc.id.pid).len().saturating_sub(1);
        let plural = if others == 1 { "" } else { "s" };
        if self.bulk {
            return format!("hosts {others} other session{plural}, not all of them in this plan");
        }
        format!("hosts {others} other session{plural}: --end-servers (S) ends it with all of them")
    }

    /// A process and what the board has below it, parents before children, without other agents.
    fn with_what_is_below(&self, root: &'a ProcView) -> Vec<&'a ProcView> {
        let mut found = vec![root];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            for proc in choose::every_process(self.board) {
                let below =
                    proc.proc.ppid == parent.proc.id.pid && proc.proc.id.start >= parent.proc.id.start;
                let known = found.iter().any(|p| p.proc.id.pid == proc.proc.id.pid);
                if below && !known && proc.agent.is_none_or(|a| !a.can_own()) {
                    found.push(proc);
                }
            }
            next += 1;
        }
        found
    }

    fn tell_each_once(&mut self) {
        let mut told: HashSet<u32> = self.steps.iter().map(|s| s.id.pid).collect();
        self.left.retain(|l| l.pid.is_none_or(|pid| told.insert(pid)));
    }

    fn is_step(&self, pid: u32) -> bool {
        self.steps.iter().any(|s| s.id.pid == pid)
    }

    fn close(&mut self, session: &Session, ends: Ends, sweep: bool) {
        let key = &session.key;
        // Its driver may be a step under the name of another session that it drives.
        let driven = || choose::every_view(self.board).into_iter().find(|v| v.key() == key);
        let touched = ends.owner
            || self.steps.iter().any(|s| s.session.as_ref() == Some(key))
            || driven().is_some_and(|v| choose::drivers(v).any(|p| self.is_step(p.proc.id.pid)));
        if touched && !self.closings.iter().any(|c| c.key == *key) {
            let name = session.name.clone();
            let driven_on = ends.owner && !ends.rivals;
            self.closings.push(Closing { key: key.clone(), name, sweep, owner_ends: ends.owner, driven_on });
        }
    }

    /// A sweep looks for a session's id; those of its carriers that nobody is sure of are named
    /// here, so that it passes them by.
    fn unconfirmed(&mut self) {
        for proc in &self.board.unconfirmed {
            let carries = |c: &Closing| {
                proc.session.as_ref() == Some(&c.key)
                    || proc.stray_id.as_deref() == Some(c.key.id.to_string().as_str())
            };
            if self.closings.iter().any(|c| c.sweep && carries(c)) {
                let why =
                    proc.evidence.first().map_or_else(|| "not sure enough".into(), |e| e.detail.clone());
                self.leave(proc, why);
            }
        }
    }
}
