//! The judgement: from one snapshot to one board.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{Board, Counts, Owner, ProcRole, ProcView, SessionView, members, summary};
use crate::domain::{
    health::{
        Finding, Health, advice,
        case::{Case, EarlierRun, since},
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
    snapshot::Snapshot,
    turn::{Turn, TurnState, derive},
};

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
    let mut judge = Judge { snap, limits, table: &table, claims: &claims, strays: &strays, runs: Vec::new() };
    judge.runs = judge.scheduled_runs(&watched);
    let Sorted { live: sessions, hidden, ended, unlisted, notes } = judge.sessions(&watched, options);
    let untracked = judge.untracked();
    let mut board = Board {
        taken_at: snap.taken_at,
        host: snap.host.clone(),
        stores: snap.stores.iter().map(summary::status).collect(),
        needs_second_look: sessions.iter().any(|v| judge.cpu_unknown(v) || judge.tool_unknown(v)),
        sessions,
        hidden,
        ended,
        unlisted,
        notes,
        leaked: judge.strays_of(Fate::Leaked),
        findings: judge.findings(&untracked),
        untracked,
        unconfirmed: judge.strays_of(Fate::Unconfirmed),
        faults: summary::faults(snap),
        procs_known: snap.procs_known,
        counts: Counts::default(),
    };
    board.counts = summary::count(&board);
    board
}

/// The living, the hidden living, the history, what no list shows of it, and what is noted of it.
#[derive(Default)]
struct Sorted {
    live: Vec<SessionView>,
    hidden: Vec<SessionView>,
    ended: Vec<Arc<Session>>,
    unlisted: Vec<Arc<Session>>,
    notes: BTreeMap<SessionKey, Finding>,
}

/// A session with what belongs to it, before it is judged.
pub(super) struct Scene {
    pub(super) owner: Option<Owner>,
    processes: Vec<ProcView>,
    pub(super) turn: Turn,
    pub(super) attached: Option<bool>,
}

pub(super) struct Judge<'a> {
    pub(super) snap: &'a Snapshot,
    pub(super) limits: &'a Thresholds,
    pub(super) table: &'a Table<'a>,
    pub(super) claims: &'a Claims,
    strays: &'a [Stray<'a>],
    /// Scheduled sessions that share their schedule and are at work, oldest first.
    pub(super) runs: Vec<EarlierRun<'a>>,
}

impl Judge<'_> {
    fn sessions(&self, watched: &[&Arc<Session>], options: Options) -> Sorted {
        let known: HashSet<&SessionKey> = watched.iter().map(|s| &s.key).collect();
        let parents: HashMap<SessionKey, Vec<&Arc<Session>>> =
            watched.iter().fold(HashMap::new(), |mut map, s| {
                if let Some(parent) = parent_key(s).filter(|p| known.contains(p)) {
                    map.entry(parent).or_insert_with(Vec::new).push(*s);
                }
                map
            });
        let Sorted { mut live, mut hidden, mut ended, mut unlisted, mut notes } = Sorted::default();
        for session in self.snap.stores.iter().flat_map(|s| s.sessions.iter()) {
            let unseen = session.kind == SessionKind::Hidden && !options.all;
            let folded = parent_key(session).is_some_and(|p| known.contains(&p));
            if known.contains(&session.key) && !folded {
                let children = parents.get(&session.key).map_or(&[][..], Vec::as_slice);
                let view = self.view(session, self.claims.of(&session.key), children);
                if view.health != Health::Ended {
                    if unseen { &mut hidden } else { &mut live }.push(view);
                    continue;
                }
                notes.extend(view.findings.into_iter().next().map(|note| (session.key.clone(), note)));
            }
            let listed = !unseen && (session.kind != SessionKind::SubAgent || options.all);
            if listed { &mut ended } else { &mut unlisted }.push(session.clone());
        }
        live.sort_by_cached_key(|v| {
            let silent = v.inactive.unwrap_or_default();
            // The longest silence leads among the bad, the freshest among the healthy.
            let longest_first = Reverse(if v.health == Health::Healthy { Duration::ZERO } else { silent });
            (v.health, longest_first, silent, v.session.key.clone())
        });
        let at_work: HashSet<&SessionKey> =
            live.iter().flat_map(|v| &v.sub_agents).map(SessionView::key).collect();
        for history in [&mut ended, &mut unlisted] {
            history.retain(|session: &Arc<Session>| !at_work.contains(&session.key));
        }
        Sorted { live, hidden, ended, unlisted, notes }
    }

    /// Owner, processes and turn of a session.
    pub(super) fn scene(&self, session: &Session, claims: &[Claim]) -> Scene {
        let now = self.snap.taken_at;
        let owner = claims.first().map(|c| Owner {
            proc: c.proc.clone(),
            role: c.role,
            strength: c.strength,
            evidence: c.evidence.clone(),
            hosts: self.claims.by_pid(c.proc.id.pid).len().saturating_sub(1),
        });
        let processes = members::members(now, self.table, session, claims, self.strays);
        let turn = derive::derive(&derive::Signs {
            now,
            session,
            owner: owner.as_ref(),
            processes: &processes,
            procs_known: self.snap.procs_known,
        });
        let attached = owner.as_ref().and_then(attached);
        Scene { owner, processes, turn, attached }
    }

    fn view(&self, session: &Arc<Session>, claims: &[Claim], children: &[&Arc<Session>]) -> SessionView {
        let now = self.snap.taken_at;
        let Scene { owner, processes, mut turn, attached } = self.scene(session, claims);
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
            adopted: owner.as_ref().is_some_and(|o| self.table.is_adopted(&o.proc)),
            rivals: claims.get(1..).unwrap_or_default(),
            earlier_run: self.earlier_run(session),
            ending: self.ending(session, last_activity),
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
        view.health = view.by_findings();
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

    fn untracked(&self) -> Vec<ProcView> {
        self.table
            .procs()
            .filter_map(|p| Some((p, self.table.agent(p.id.pid)?.role)))
            .filter(|(p, role)| role.can_own() && self.claims.by_pid(p.id.pid).is_empty())
            .map(|(p, role)| members::untracked_view(self.snap.taken_at, p, role))
            .collect()
    }

    fn findings(&self, untracked: &[ProcView]) -> BTreeMap<u32, crate::domain::health::Finding> {
        let stores: Vec<&Path> = self.snap.stores.iter().map(|s| s.path.as_path()).collect();
        let current = self.snap.stores.iter().all(|s| s.state.is_current());
        let adopted = |p: &ProcView| self.table.is_adopted(&p.proc);
        untracked
            .iter()
            .filter_map(|p| {
                let mut finding =
                    untracked_process::ask(&p.proc, p.agent?, p.age, adopted(p), &stores, current);
                finding.advice = advice::of_process(finding.severity, p.proc.id.pid);
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

fn attached(owner: &Owner) -> Option<bool> {
    if owner.role.is_server() {
        return Some(false);
    }
    match &owner.proc.files {
        Some(files) => Some(matches!(files.terminal, Terminal::Live(_))),
        None => owner.proc.has_tty.filter(|tty| !tty),
    }
}
