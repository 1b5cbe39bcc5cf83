//! Which living goose drives which session.
//!
//! Strongest evidence first; within a strength the newest. A process that drives one session at a
//! time is done with its first claim; a server keeps all that its evidence names.
//!
//! `certain` holds what a process or goose itself says, `likely` what fits and nothing contradicts,
//! `another` what contradicts.

mod another;
mod certain;
mod likely;
mod together;

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::{Evidence, EvidenceKind, Strength, store, table::Table};
use crate::domain::{
    interest,
    process::Proc,
    role::{Agent, AgentRole},
    session::{Session, SessionKey, SessionKind},
    snapshot::Snapshot,
};

/// Row times are cut to whole seconds, so a row may seem older than the process that made it.
const ROW_TIME_SLACK: TimeDelta = TimeDelta::seconds(1);

/// A process tied to a session.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The process.
    pub proc: Arc<Proc>,
    /// What it was started to do.
    pub role: AgentRole,
    /// It was started to go on with a session that there was.
    pub resumed: bool,
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

    /// None of those who claim it can have made it: they resumed it, and whoever made it may drive it too.
    fn has_no_maker(&self, session: &Session) -> bool {
        self.of(&session.key).iter().all(|claim| claim.resumed || !begun_by(&claim.proc, session))
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

    /// The process made this row and has had no other since: `/new` would have left one that nobody claims.
    fn still_drives(&self, proc: &Proc, session: &Session, claims: &Claims) -> bool {
        !self.watched.iter().any(|s| {
            s.key.store == session.key.store
                && s.kind == SessionKind::User
                && s.created_at >= session.created_at
                && s.key != session.key
                && claims.is_free(s)
                && begun_by(proc, s)
                && self.here(proc, s)
        })
    }

    /// Works in the session's directory and may write its store.
    fn here(&self, proc: &Proc, session: &Session) -> bool {
        proc.cwd.as_ref().is_some_and(|cwd| *cwd == session.working_dir) && self.fits(proc, session)
    }
}

fn evidence(kind: EvidenceKind, strength: Strength, detail: String) -> Evidence {
    Evidence { kind, strength, detail }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

/// The row was made during the process's life.
fn begun_by(proc: &Proc, session: &Session) -> bool {
    session.created_at.is_some_and(|at| at + ROW_TIME_SLACK >= proc.started_at)
}

/// The sessions worth tying to processes: those whose end was read, and those a process names, be their
/// end readable or not.
pub fn watched(snap: &Snapshot) -> Vec<&Arc<Session>> {
    let named = interest::of(&snap.procs, Duration::ZERO);
    let worth = |s: &&Arc<Session>| {
        s.tail.is_some() || named.ids.contains(&s.key.id) || named.names.contains(&s.name)
    };
    snap.stores.iter().flat_map(|s| s.sessions.iter()).filter(worth).collect()
}
