//! The judgement: from one snapshot to one board.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Board, Counts, Owner, ProcRole, ProcView, SessionView, StoreStatus, members};
use crate::domain::{
    health::{
        Health, Severity,
        case::{Case, since},
        rules::{self, untracked_process},
        thresholds::Thresholds,
    },
    link::{
        Evidence, EvidenceKind,
        carriers::{self, Fate, Stray},
        claims::{self, Claim, Claims},
        table::Table,
    },
    process::Terminal,
    session::{Session, SessionKey, SessionKind},
    snapshot::{Fault, Snapshot},
    turn::{Turn, TurnState, derive},
};

/// Row times this far ahead of our clock mean that one of the clocks is wrong.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// A picture of a store may be this old before verdicts built on it are doubtful.
const PICTURE_AGE: TimeDelta = TimeDelta::seconds(15);

/// What a board should hold besides the alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Hidden sessions too, and sub-agents as rows of their own in the history.
    pub all: bool,
}

/// Judges a moment. Pure: the same snapshot gives the same board.
pub fn assess(snap: &Snapshot, limits: &Thresholds, options: Options) -> Board {
    let table = Table::new(&snap.procs);
    let watched = claims::watched(snap);
    let claims = claims::claims(snap, &table, &watched);
    let strays = carriers::strays(snap, &table, &watched, &claims);
    let judge = Judge { snap, limits, table: &table, claims: &claims, strays: &strays };
    let (sessions, ended) = judge.sessions(&watched, options);
    let untracked = judge.untracked();
    let mut board = Board {
        taken_at: snap.taken_at,
        host: snap.host.clone(),
        stores: snap.stores.iter().map(status).collect(),
        needs_second_look: sessions.iter().any(|v| judge.cpu_unknown(v)),
        sessions,
        ended,
        leaked: judge.strays_of(Fate::Leaked),
        findings: judge.findings(&untracked),
        untracked,
        unconfirmed: judge.strays_of(Fate::Unconfirmed),
        faults: faults(snap),
        procs_known: snap.procs_known,
        counts: Counts::default(),
    };
    board.counts = count(&board);
    board
}

/// A history row as a view, for lists that show every session.
pub fn ended_view(session: &Arc<Session>, now: DateTime<Utc>) -> SessionView {
    let signs =
        derive::Signs { now, session: session.as_ref(), owner: None, processes: &[], procs_known: true };
    let last = session.stored_activity();
    SessionView {
        session: session.clone(),
        health: Health::Ended,
        turn: derive::derive(&signs),
        findings: Vec::new(),
        doubt: None,
        owner: None,
        attached: Some(false),
        processes: Vec::new(),
        last_activity_at: last,
        inactive: last.map(|at| since(now, at)),
        sub_agents: Vec::new(),
    }
}

struct Judge<'a> {
    snap: &'a Snapshot,
    limits: &'a Thresholds,
    table: &'a Table<'a>,
    claims: &'a Claims,
    strays: &'a [Stray<'a>],
}

impl Judge<'_> {
    fn sessions(&self, watched: &[&Arc<Session>], options: Options) -> (Vec<SessionView>, Vec<Arc<Session>>) {
        let known: HashSet<&SessionKey> = watched.iter().map(|s| &s.key).collect();
        let parents: HashMap<SessionKey, Vec<&Arc<Session>>> =
            watched.iter().fold(HashMap::new(), |mut map, s| {
                if let Some(parent) = parent_key(s).filter(|p| known.contains(p)) {
                    map.entry(parent).or_insert_with(Vec::new).push(*s);
                }
                map
            });
        let mut live = Vec::new();
        let mut ended = Vec::new();
        for session in self.snap.stores.iter().flat_map(|s| s.sessions.iter()) {
            if session.kind == SessionKind::Hidden && !options.all {
                continue;
            }
            let folded = parent_key(session).is_some_and(|p| known.contains(&p));
            if known.contains(&session.key) && !folded {
                let children = parents.get(&session.key).map_or(&[][..], Vec::as_slice);
                let view = self.view(session, self.claims.of(&session.key), children);
                if view.health != Health::Ended {
                    live.push(view);
                    continue;
                }
            }
            if session.kind != SessionKind::SubAgent || options.all {
                ended.push(session.clone());
            }
        }
        live.sort_by_cached_key(|v| {
            let silent = v.inactive.unwrap_or_default();
            // The longest silence leads among the bad, the freshest among the healthy.
            let longest_first = Reverse(if v.health == Health::Healthy { Duration::ZERO } else { silent });
            (v.health, longest_first, silent, v.session.key.clone())
        });
        (live, ended)
    }

    fn view(&self, session: &Arc<Session>, claims: &[Claim], children: &[&Arc<Session>]) -> SessionView {
        let now = self.snap.taken_at;
        let owner = claims.first().map(|c| Owner {
            proc: c.proc.clone(),
            role: c.role,
            strength: c.strength,
            evidence: c.evidence.clone(),
            hosts: self.claims.by_pid(c.proc.id.pid).len().saturating_sub(1),
        });
        let processes = members::members(now, self.table, session, claims, self.strays);
        let mut turn = derive::derive(&derive::Signs {
            now,
            session: session.as_ref(),
            owner: owner.as_ref(),
            processes: &processes,
            procs_known: self.snap.procs_known,
        });
        let attached = owner.as_ref().and_then(attached);
        let sub_agents: Vec<SessionView> =
            children.iter().filter_map(|c| self.sub_agent(c, claims, &turn)).collect();
        if turn.state == TurnState::RunningTool && turn.command.is_none() && !sub_agents.is_empty() {
            turn.tool = Some("delegate".into());
            turn.command = Some(format!("{} sub-agents at work", sub_agents.len()));
        }
        let of_children = sub_agents.iter().filter_map(|s| s.last_activity_at).max();
        let last_activity = last_activity(session, owner.as_ref(), &processes).max(of_children);
        let case = Case {
            now,
            limits: self.limits,
            session: session.as_ref(),
            turn: &turn,
            owner: owner.as_ref(),
            rivals: claims.get(1..).unwrap_or_default(),
            processes: &processes,
            attached,
            last_activity,
            procs_known: self.snap.procs_known,
        };
        let findings = rules::ask_all(&case);
        let mut view = SessionView {
            session: session.clone(),
            health: Health::Unknown,
            findings,
            doubt: None,
            turn,
            owner,
            attached,
            processes,
            last_activity_at: last_activity,
            inactive: last_activity.map(|at| since(now, at)),
            sub_agents,
        };
        view.health = class(&view);
        view.doubt = self.doubt(&view);
        if view.doubt.is_some() {
            view.health = Health::Unknown;
        }
        view
    }

    /// A sub-agent lives in its parent's process as long as its own turn is open.
    fn sub_agent(
        &self,
        session: &Arc<Session>,
        parents: &[Claim],
        parent_turn: &Turn,
    ) -> Option<SessionView> {
        let parent = parents.first()?;
        let own_process = self.table.below(parent.proc.id.pid, |_| true);
        let named = own_process.iter().any(|(p, _)| p.marker() == Some(session.key.id.raw()));
        let idle = matches!(parent_turn.state, TurnState::WaitingForUser | TurnState::Empty);
        let claim = Claim {
            evidence: vec![Evidence {
                kind: EvidenceKind::ParentSession,
                strength: parent.strength,
                detail: "lives in the process of the session that made it".into(),
            }],
            ..parent.clone()
        };
        let view = self.view(session, &[claim], &[]);
        let open = !matches!(view.turn.state, TurnState::WaitingForUser | TurnState::Failed);
        (open && (named || !idle)).then_some(view)
    }

    /// Why a verdict on this session would be a guess.
    fn doubt(&self, view: &SessionView) -> Option<String> {
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
        if view.last_activity_at.is_some_and(|at| at - now > CLOCK_SKEW) {
            return Some("its newest row is in the future: a clock is wrong".into());
        }
        if self.cpu_unknown(view) {
            return Some("processor use of its tools needs a second look".into());
        }
        if view.owner.is_none() && view.turn.state == TurnState::Interrupted {
            let leaked = view.processes.iter().any(|p| p.role == ProcRole::Leaked);
            let hidden = self.table.procs().iter().find(|p| {
                let agent = self.table.agent(p.id.pid).is_some_and(|a| a.role.is_single());
                agent && (p.cwd.is_none() || p.env.is_none()) && self.claims.by_pid(p.id.pid).is_empty()
            });
            if let Some(proc) = hidden.filter(|_| !leaked) {
                return Some(format!("goose {} may drive it, and cannot be read", proc.id.pid));
            }
        }
        None
    }

    /// Silent for long with a tool alive whose processor use was seen only once.
    fn cpu_unknown(&self, view: &SessionView) -> bool {
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

    fn untracked(&self) -> Vec<ProcView> {
        self.table
            .procs()
            .iter()
            .filter_map(|p| Some((p, self.table.agent(p.id.pid)?.role)))
            .filter(|(p, role)| role.can_own() && self.claims.by_pid(p.id.pid).is_empty())
            .map(|(p, role)| members::untracked_view(self.snap.taken_at, p, role))
            .collect()
    }

    fn findings(&self, untracked: &[ProcView]) -> BTreeMap<u32, crate::domain::health::Finding> {
        let stores: Vec<&Path> = self.snap.stores.iter().map(|s| s.path.as_path()).collect();
        let current = self.snap.stores.iter().all(|s| s.state.is_current());
        untracked
            .iter()
            .filter_map(|p| {
                let finding = untracked_process::ask(&p.proc, p.agent?, p.age, &stores, current);
                Some((p.proc.id.pid, finding))
            })
            .collect()
    }

    fn strays_of(&self, fate: Fate) -> Vec<ProcView> {
        let now = self.snap.taken_at;
        self.strays.iter().filter(|s| s.fate == fate).map(|s| members::stray_view(now, s)).collect()
    }
}

/// The newest sign of progress: the store's, the start of an owner that has one session, and
/// processor time that the session's tools used.
fn last_activity(session: &Session, owner: Option<&Owner>, processes: &[ProcView]) -> Option<DateTime<Utc>> {
    let started = owner.filter(|o| o.role.is_single()).map(|o| o.proc.started_at);
    let works = |p: &&ProcView| {
        matches!(p.role, ProcRole::Tool | ProcRole::Extension | ProcRole::Child | ProcRole::Detached)
    };
    let busy = processes.iter().filter(works).filter_map(|p| p.proc.cpu.busy_at).max();
    [session.stored_activity(), started, busy].into_iter().flatten().max()
}

fn parent_key(session: &Session) -> Option<SessionKey> {
    let id = session.parent.clone()?;
    Some(SessionKey { store: session.key.store, id })
}

/// The worst finding decides; without one, an owner means healthy and none means history.
fn class(view: &SessionView) -> Health {
    match view.findings.first().map(|f| f.severity) {
        Some(Severity::Orphaned) => Health::Orphaned,
        Some(Severity::Stuck) => Health::Stuck,
        _ if view.owner.is_some() => Health::Healthy,
        _ => Health::Ended,
    }
}

fn attached(owner: &Owner) -> Option<bool> {
    if owner.role.is_server() {
        return Some(false);
    }
    match &owner.proc.files {
        Some(files) => Some(matches!(files.terminal, Terminal::Live(_))),
        None => owner.proc.has_tty.filter(|tty| !tty),
    }
}

fn status(look: &crate::domain::snapshot::StoreLook) -> StoreStatus {
    StoreStatus {
        path: look.path.clone(),
        schema: look.schema,
        state: look.state,
        detail: look.detail.clone(),
        bytes: look.bytes,
        as_of: look.as_of,
    }
}

fn faults(snap: &Snapshot) -> Vec<Fault> {
    let stores = snap
        .stores
        .iter()
        .filter(|s| !s.state.is_current())
        .map(|s| Fault { source: crate::domain::text::path(&s.path, None), message: s.detail.clone() });
    stores.chain(snap.faults.iter().cloned()).collect()
}

fn count(board: &Board) -> Counts {
    let of = |health| board.sessions.iter().filter(|v| v.health == health).count();
    Counts {
        total: board.sessions.len() + board.ended.len(),
        healthy: of(Health::Healthy),
        stuck: of(Health::Stuck),
        orphaned: of(Health::Orphaned),
        unknown: of(Health::Unknown),
        ended: board.ended.len(),
        leaked_processes: board.leaked.len(),
        untracked_processes: board.untracked.len(),
        leaked_bytes: board.leaked.iter().filter_map(|p| p.proc.rss_bytes).sum(),
    }
}
