//! Which living goose drives which session.
//!
//! Strongest evidence first; within a strength the newest. A process that drives one session at a
//! time is done with its first claim; a server keeps all that its evidence names.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Evidence, EvidenceKind, Strength, store, table::Table};
use crate::domain::{
    process::Proc,
    role::{Agent, AgentRole},
    session::{Session, SessionKey, SessionKind},
    snapshot::Snapshot,
    text,
    turn::rows::{self, Rows},
};

/// goose makes the row within 0.1 s of its start on a warm machine; a cold one needs seconds.
const ROW_MADE_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// Row times are cut to whole seconds, so a row may seem older than the process that made it.
const ROW_TIME_SLACK: TimeDelta = TimeDelta::seconds(1);

/// `goose run` stores its first message within 0.25 s of the row; a person types for longer. Whole
/// seconds on both sides make two the smallest difference that proves a person.
const TYPED_AFTER: TimeDelta = TimeDelta::seconds(2);

/// A session hosted by a server, without a process that names it, counts as loaded this long.
const LOADED_FOR: TimeDelta = TimeDelta::minutes(30);

/// A process tied to a session.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The process.
    pub proc: Arc<Proc>,
    /// What it was started to do.
    pub role: AgentRole,
    /// The best of the evidence.
    pub strength: Strength,
    /// How it is known.
    pub evidence: Vec<Evidence>,
}

/// Who drives what.
#[derive(Debug, Default)]
pub struct Claims {
    by_session: HashMap<SessionKey, Vec<Claim>>,
    by_pid: HashMap<u32, Vec<SessionKey>>,
}

impl Claims {
    /// Those who claim a session, the owner first, then its rivals.
    pub fn of(&self, session: &SessionKey) -> &[Claim] {
        self.by_session.get(session).map_or(&[], Vec::as_slice)
    }

    /// The sessions of a process.
    pub fn by_pid(&self, pid: u32) -> &[SessionKey] {
        self.by_pid.get(&pid).map_or(&[], Vec::as_slice)
    }

    fn is_free(&self, session: &Session) -> bool {
        !self.by_session.contains_key(&session.key)
    }

    fn add(&mut self, session: &SessionKey, claim: Claim) {
        let sessions = self.by_pid.entry(claim.proc.id.pid).or_default();
        if sessions.contains(session) {
            return;
        }
        sessions.push(session.clone());
        let claims = self.by_session.entry(session.clone()).or_default();
        claims.push(claim);
        // The newest process writes last: it is shown as the owner, the others as rivals.
        claims.sort_by_key(|c| (std::cmp::Reverse(c.strength), std::cmp::Reverse(c.proc.id.start)));
    }
}

/// Ties agents to sessions.
pub fn claims(snap: &Snapshot, table: &Table<'_>, watched: &[&Arc<Session>]) -> Claims {
    let work = Work { snap, table, watched };
    let agents: Vec<(&Arc<Proc>, &Agent)> = table
        .procs()
        .iter()
        .filter_map(|p| Some((p, table.agent(p.id.pid)?)))
        .filter(|(_, a)| a.role.can_own())
        .collect();
    let mut claims = Claims::default();
    for (proc, agent) in &agents {
        work.certain(proc, agent, &mut claims);
    }
    let idle = |claims: &Claims| -> Vec<(&Arc<Proc>, &Agent)> {
        agents
            .iter()
            .filter(|(p, a)| a.role.is_single() && claims.by_pid(p.id.pid).is_empty())
            .copied()
            .collect()
    };
    work.by_new_name(&idle(&claims), &mut claims);
    work.started_together(&idle(&claims), &mut claims);
    work.moved_by_new(&agents, &mut claims);
    work.same_directory(&idle(&claims), &mut claims);
    work.loaded_in_server(&agents, &mut claims);
    claims
}

struct Work<'a> {
    snap: &'a Snapshot,
    table: &'a Table<'a>,
    watched: &'a [&'a Arc<Session>],
}

impl<'a> Work<'a> {
    fn path(&self, session: &Session) -> Option<&'a Path> {
        self.snap.stores.get(session.key.store).map(|s| s.path.as_path())
    }

    /// The process may write this session's store.
    fn fits(&self, proc: &Proc, session: &Session) -> bool {
        self.path(session).is_some_and(|path| store::writes(proc, path) != Some(false))
    }

    fn by_id(&self, proc: &Proc, id: &str) -> Option<&'a Arc<Session>> {
        let found = self.watched.iter().filter(|s| s.key.id.raw() == id && self.fits(proc, s));
        // The same id in two stores, and nothing tells them apart: neither.
        only(found).copied()
    }

    fn certain(&self, proc: &Arc<Proc>, agent: &Agent, claims: &mut Claims) {
        let mut marked = self.marked_by_children(proc, agent.role);
        if agent.role == AgentRole::Term {
            marked.extend(proc.marker().and_then(|id| self.by_id(proc, id)).map(|session| {
                let detail = "goose term run drives the session that its environment names".to_owned();
                (session, proc.started_at, evidence(EvidenceKind::Marker, Strength::Certain, detail))
            }));
        }
        if agent.role.is_single() && marked.is_empty() {
            marked.extend(self.named_by_argument(proc, agent));
        }
        marked.sort_by_key(|(_, at, _)| std::cmp::Reverse(*at));
        if agent.role.is_single() {
            // `/new` moves a process to another session: the newest evidence wins.
            let newest = marked.first().map(|(s, ..)| s.key.clone());
            marked.retain(|(s, ..)| Some(&s.key) == newest.as_ref());
        }
        let mut by_session: Vec<(&Arc<Session>, Vec<Evidence>)> = Vec::new();
        for (session, _, proof) in marked {
            match by_session.iter_mut().find(|(s, _)| s.key == session.key) {
                Some((_, list)) => list.push(proof),
                None => by_session.push((session, vec![proof])),
            }
        }
        for (session, evidence) in by_session {
            let (proc, role, strength) = (proc.clone(), agent.role, Strength::Certain);
            claims.add(&session.key, Claim { proc, role, strength, evidence });
        }
    }

    /// Sessions whose id a descendant carries. What runs below another goose is that one's; a value
    /// that this process carries itself came from a shell (`goose term`) and proves nothing.
    fn marked_by_children(&self, proc: &Proc, role: AgentRole) -> Vec<Marked<'a>> {
        let inherited = if role == AgentRole::Term { None } else { proc.marker() };
        let own = |p: &Proc| !self.table.agent(p.id.pid).is_some_and(|a| a.role.can_own());
        let below = self.table.below(proc.id.pid, own);
        let carriers = below.iter().filter(|(p, _)| !p.is_zombie()).filter_map(|(p, _)| {
            let id = p.marker().filter(|m| Some(*m) != inherited)?;
            let session = self.by_id(proc, id)?;
            let session = if role.is_single() { self.parent_of(session) } else { session };
            let detail = format!("child {} carries AGENT_SESSION_ID={}", p.id.pid, text::line(id));
            Some((session, p.started_at, evidence(EvidenceKind::ChildMarker, Strength::Certain, detail)))
        });
        let mut first_of_each: Vec<Marked<'a>> = Vec::new();
        for found in carriers {
            match first_of_each.iter_mut().find(|(s, ..)| s.key == found.0.key) {
                Some(seen) if seen.1 < found.1 => *seen = found,
                Some(_) => {}
                None => first_of_each.push(found),
            }
        }
        first_of_each
    }

    /// A sub-agent's tools are children of its parent's process.
    fn parent_of(&self, session: &'a Arc<Session>) -> &'a Arc<Session> {
        let mut top = session;
        for _ in 0..8 {
            let Some(parent) = top.parent.as_ref() else { break };
            let same_store = |s: &&&Arc<Session>| s.key.store == top.key.store && s.key.id == *parent;
            let Some(found) = self.watched.iter().find(same_store) else { break };
            top = *found;
        }
        top
    }

    fn named_by_argument(&self, proc: &Proc, agent: &Agent) -> Option<Marked<'a>> {
        let args = &agent.args;
        if args.fork {
            return None;
        }
        let proof = |what: &str, value: &str| {
            let detail = format!("its arguments say {what} {}", text::line(value));
            evidence(EvidenceKind::Argument, Strength::Certain, detail)
        };
        if let Some(id) = &args.session_id {
            return Some((self.by_id(proc, id)?, proc.started_at, proof("--session-id", id)));
        }
        if let Some(stem) = &args.path_stem {
            return Some((self.by_id(proc, stem)?, proc.started_at, proof("--path", stem)));
        }
        let name = args.name.as_ref().filter(|_| args.resume)?;
        let called = |s: &&&Arc<Session>| s.name == text::line(name) && self.fits(proc, s);
        let session = self.by_id(proc, name).or_else(|| only(self.watched.iter().filter(called)).copied())?;
        Some((session, proc.started_at, proof("--resume --name", name)))
    }

    /// `-n NAME` of a new session: the one session of that name, made after the process started.
    fn by_new_name(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents {
            let Some(name) = agent.args.name.as_ref().filter(|_| !agent.args.resume) else { continue };
            let fits = |s: &&&Arc<Session>| {
                s.name == text::line(name) && begun_by(proc, s) && self.here(proc, s) && claims.is_free(s)
            };
            let Some(session) = only(self.watched.iter().filter(fits)).copied() else { continue };
            let detail = format!("its arguments name the new session {}", text::line(name));
            claims.add(&session.key, claim(proc, agent, EvidenceKind::NewName, Strength::Likely, detail));
        }
    }

    /// Same directory, and the row was made just after the process started. Pairs are taken by the
    /// smallest distance; where two would fit equally well the guess is weak.
    fn started_together(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        let mut pairs = Vec::new();
        for (proc, agent) in agents.iter().filter(|(_, a)| !a.args.resume || a.args.fork) {
            for session in self.watched.iter().filter(|s| claims.is_free(s) && self.here(proc, s)) {
                let Some(created) = session.created_at.filter(|_| agent_makes(agent, session)) else {
                    continue;
                };
                let gap = created.timestamp() - proc.started_at.timestamp();
                if created + ROW_TIME_SLACK >= proc.started_at && gap <= ROW_MADE_WITHIN.num_seconds() {
                    pairs.push((gap.abs(), proc.id.start, counter(session), *proc, *agent, *session));
                }
            }
        }
        pairs.sort_by_key(|(gap, start, id, ..)| (*gap, *start, *id));
        for i in 0..pairs.len() {
            let (gap, _, _, proc, agent, session) = pairs[i];
            if !claims.is_free(session) || !claims.by_pid(proc.id.pid).is_empty() {
                continue;
            }
            let equal = |p: &&(i64, u64, u64, &Arc<Proc>, &Agent, &Arc<Session>)| {
                p.0 == gap && (p.3.id == proc.id) != (p.5.key == session.key)
            };
            let strength = if pairs.iter().any(|p| equal(&p)) { Strength::Weak } else { Strength::Likely };
            let detail = format!("same directory, and the session was made {gap}s after the process started");
            claims.add(&session.key, claim(proc, agent, EvidenceKind::StartedTogether, strength, detail));
        }
    }

    /// `/new` in an interactive session: same process, new row, the old row never touched again. A
    /// child that carries the new id makes it certain; without one, a row that no other process can
    /// have made does.
    fn moved_by_new(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents.iter().filter(|(_, a)| a.role == AgentRole::Session) {
            let [held] = claims.by_pid(proc.id.pid) else { continue };
            let held = held.clone();
            let Some(current) = self.watched.iter().find(|s| s.key == held) else { continue };
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
                    && !self.another_started_at(s.created_at)
                    && typed_or_empty(s)
            });
            let Some(session) = moved.max_by_key(|s| (s.created_at, counter(s))) else { continue };
            let strength = if self.snap.agent_starts.is_some() { Strength::Likely } else { Strength::Weak };
            let detail = "begun in its directory while it runs, and no other goose was started then (/new)";
            release(claims, proc.id.pid, &held);
            claims
                .add(&session.key, claim(proc, agent, EvidenceKind::SameDirectory, strength, detail.into()));
        }
    }

    /// A goose was started just before this row was made, so the row is probably its.
    fn another_started_at(&self, created: Option<DateTime<Utc>>) -> bool {
        let (Some(starts), Some(created)) = (&self.snap.agent_starts, created) else { return false };
        starts.iter().any(|at| created - *at <= ROW_MADE_WITHIN / 6 && *at - created <= ROW_TIME_SLACK)
    }

    /// The last resort: the most recently active free session of the directory. A new process can
    /// only drive a row made after it; a resumed one drives one that it has touched.
    fn same_directory(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
        for (proc, agent) in agents {
            let fits = |s: &&&Arc<Session>| {
                let touched = s.stored_activity() >= Some(proc.started_at - ROW_TIME_SLACK);
                claims.is_free(s)
                    && self.here(proc, s)
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
    fn loaded_in_server(&self, agents: &[(&Arc<Proc>, &Agent)], claims: &mut Claims) {
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

    /// Works in the session's directory and may write its store.
    fn here(&self, proc: &Proc, session: &Session) -> bool {
        proc.cwd.as_ref().is_some_and(|cwd| *cwd == session.working_dir) && self.fits(proc, session)
    }
}

type Marked<'a> = (&'a Arc<Session>, DateTime<Utc>, Evidence);

fn evidence(kind: EvidenceKind, strength: Strength, detail: String) -> Evidence {
    Evidence { kind, strength, detail }
}

fn claim(proc: &Arc<Proc>, agent: &Agent, kind: EvidenceKind, strength: Strength, detail: String) -> Claim {
    Claim { proc: proc.clone(), role: agent.role, strength, evidence: vec![evidence(kind, strength, detail)] }
}

/// The row was made during the process's life.
fn begun_by(proc: &Proc, session: &Session) -> bool {
    session.created_at.is_some_and(|at| at + ROW_TIME_SLACK >= proc.started_at)
}

/// The kind of row that such a process makes.
fn agent_makes(agent: &Agent, session: &Session) -> bool {
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

/// The counter of `YYYYMMDD_N`, for ordering rows of the same second.
fn counter(session: &Session) -> u64 {
    session.key.id.raw().rsplit('_').next().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX)
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
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

/// The sessions worth tying to processes: those whose end was read, and those a process names.
pub fn watched(snap: &Snapshot) -> Vec<&Arc<Session>> {
    let named: HashSet<&str> = snap.procs.iter().filter_map(|p| p.marker()).collect();
    let worth = |s: &&Arc<Session>| s.tail.is_some() || (!named.is_empty() && named.contains(s.key.id.raw()));
    snap.stores.iter().flat_map(|s| s.sessions.iter()).filter(worth).collect()
}
