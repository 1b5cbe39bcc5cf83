//! What fits: a name, a directory, a moment. Asked only of processes and sessions that nothing
//! stronger has tied.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Claim, Claims, ROW_TIME_SLACK, Work, begun_by, evidence, only};
use crate::domain::{
    link::{EvidenceKind, Strength},
    process::Proc,
    role::{Agent, AgentRole},
    session::{Session, SessionKey, SessionKind},
    text,
    turn::rows::{self, Rows},
};

/// goose makes the row within 0.1 s of its start on a warm machine; a cold one needs seconds.
pub(super) const ROW_MADE_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// `goose run` stores its first message within 0.25 s of the row; a person types for longer. Whole
/// seconds on both sides make two the smallest difference that proves a person.
const TYPED_AFTER: TimeDelta = TimeDelta::seconds(2);

/// A session hosted by a server, without a process that names it, counts as loaded this long.
const LOADED_FOR: TimeDelta = TimeDelta::minutes(30);

impl Work<'_> {
    /// `-n NAME` of a new session: the one session of that name, made after the process started. Another
    /// goose that resumed it since then does not make it any less its own.
    pub(super) fn by_new_name(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents {
            let Some(name) = agent.args.name.as_ref().filter(|_| !agent.args.resume) else { continue };
            let fits = |s: &&&Arc<Session>| {
                s.name == text::line(name)
                    && begun_by(proc, s)
                    && self.here(proc, s)
                    && claims.has_no_maker(s)
            };
            let Some(session) = only(self.watched.iter().filter(fits)).copied() else { continue };
            if !claims.is_free(session) && !self.still_drives(proc, session, claims) {
                continue;
            }
            let detail = format!("its arguments name the new session {}", text::line(name));
            claims.add(&session.key, claim(proc, agent, EvidenceKind::NewName, Strength::Likely, detail));
        }
    }

    /// `/new` in an interactive session: same process, new row, the old row never touched again. A
    /// child that carries the new id makes it certain; without one, a row that no other process can
    /// have made does.
    pub(super) fn moved_by_new(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents.iter().filter(|(_, a)| a.role == AgentRole::Session) {
            let [held] = claims.by_pid(proc.id.pid) else { continue };
            let held = held.clone();
            let Some(current) = self.watched.iter().find(|s| s.key == held) else { continue };
            let folder =
                proc.files.as_ref().and_then(|f| f.log.as_deref()).and_then(|l| l.ancestors().nth(2));
            let starts = folder.and_then(|f| self.snap.agent_starts.get(f)).map(Vec::as_slice);
            let newest_child = claims.of(&held).first().and_then(|c| {
                let marked = c.evidence.iter().any(|e| e.kind == EvidenceKind::ChildMarker);
                marked
                    .then_some(())
                    .and_then(|()| self.marked_by_children(proc, agent.role).first().map(|m| m.1))
            });
            let moved = self.watched.iter().filter(|s| {
                s.key.store == held.store
                    && s.kind == SessionKind::User
                    && claims.is_free(s)
                    && self.here(proc, s)
                    && begun_by(proc, s)
                    && s.created_at > newest_child
                    && s.created_at >= current.stored_activity()
                    && s.created_at > current.created_at
                    && !starts.is_some_and(|list| another_started(list, s.created_at))
                    && typed_or_empty(s)
            });
            let Some(session) = moved.max_by_key(|s| (s.created_at, counter(s))) else { continue };
            let strength = if starts.is_some() { Strength::Likely } else { Strength::Weak };
            let detail = "begun in its directory while it runs, and no other goose was started then (/new)";
            release(claims, proc.id.pid, &held);
            claims
                .add(&session.key, claim(proc, agent, EvidenceKind::SameDirectory, strength, detail.into()));
        }
    }

    /// The last resort: the most recently active free session of the directory. A new process can
    /// only drive a row made after it; a resumed one drives one that it has touched.
    pub(super) fn same_directory(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents {
            let fits = |s: &&&Arc<Session>| {
                let touched = s.stored_activity() >= Some(proc.started_at - ROW_TIME_SLACK);
                claims.is_free(s)
                    && self.here(proc, s)
                    && !self.is_anothers(proc, s)
                    && agent_makes(agent, s)
                    && touched
                    && (agent.args.resume || begun_by(proc, s))
            };
            let Some(session) = self.watched.iter().filter(fits).max_by_key(|s| s.stored_activity()) else {
                continue;
            };
            let detail = "same directory, most recently active, claimed by nobody else".to_owned();
            claims.add(&session.key, claim(proc, agent, EvidenceKind::SameDirectory, Strength::Weak, detail));
        }
    }

    /// ACP sessions without a child that names them: the only server of the store that lived when
    /// they were made hosts them, as long as they are in a turn or fresh. An idle one is history.
    pub(super) fn loaded_in_server(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for session in self.watched.iter().filter(|s| s.kind == SessionKind::Acp) {
            if !claims.is_free(session) || !self.in_turn_or_fresh(session) {
                continue;
            }
            let hosts = agents.iter().filter(|(p, a)| {
                matches!(a.role, AgentRole::Acp | AgentRole::Serve | AgentRole::Agent)
                    && begun_by(p, session)
                    && self.fits(p, session)
            });
            let Some((proc, agent)) = only(hosts) else { continue };
            let detail = "the only server of this store that lived when the session was made".to_owned();
            claims.add(
                &session.key,
                claim(proc, agent, EvidenceKind::StartedTogether, Strength::Likely, detail),
            );
        }
    }

    fn in_turn_or_fresh(&self, session: &Session) -> bool {
        let fresh = session.stored_activity().is_some_and(|at| self.snap.taken_at - at < LOADED_FOR);
        let rows = session.tail.as_ref().map(|t| rows::read(t).rows);
        fresh || matches!(rows, Some(Rows::UserSpoke | Rows::ToolAnswered | Rows::ToolAsked { .. }))
    }
}

pub(super) fn claim(
    proc: &Arc<Proc>,
    agent: &Agent,
    kind: EvidenceKind,
    strength: Strength,
    detail: String,
) -> Claim {
    let evidence = vec![evidence(kind, strength, detail)];
    Claim { proc: proc.clone(), role: agent.role, resumed: agent.resumes(), strength, evidence }
}

/// The kind of row that such a process makes.
pub(super) fn agent_makes(agent: &Agent, session: &Session) -> bool {
    let named = agent.args.name.as_ref().is_none_or(|n| session.name == text::line(n) || agent.args.resume);
    named
        && match session.kind {
            SessionKind::Hidden => agent.args.no_session,
            SessionKind::User => !agent.args.no_session,
            SessionKind::Scheduled | SessionKind::Acp => agent.args.resume,
            _ => false,
        }
}

/// Nothing was said yet, or a person took their time to say it.
fn typed_or_empty(session: &Session) -> bool {
    let Some(tail) = session.tail.as_ref() else { return false };
    let Some(first) = tail.messages.first() else { return true };
    tail.whole && first.created_at.zip(session.created_at).is_some_and(|(m, s)| m - s >= TYPED_AFTER)
}

/// Its last words are the assistant's.
pub(super) fn is_over(session: &Session) -> bool {
    session.tail.as_ref().is_some_and(|tail| rows::read(tail).rows == Rows::Complete)
}

/// The counter of `YYYYMMDD_N`, for ordering rows of the same second.
pub(super) fn counter(session: &Session) -> u64 {
    session.key.id.raw().rsplit('_').next().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX)
}

fn release(claims: &mut Claims, pid: u32, session: &SessionKey) {
    claims.by_pid.remove(&pid);
    if let Some(list) = claims.by_session.get_mut(session) {
        list.retain(|c| c.proc.id.pid != pid);
        if list.is_empty() {
            claims.by_session.remove(session);
        }
    }
}

/// A goose was started just before this row was made, so the row is probably its.
fn another_started(starts: &[DateTime<Utc>], created: Option<DateTime<Utc>>) -> bool {
    let Some(created) = created else { return false };
    starts.iter().any(|at| created - *at <= ROW_MADE_WITHIN / 6 && *at - created <= ROW_TIME_SLACK)
}
