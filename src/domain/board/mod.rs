//! The one result that panes, JSON, exit codes, API and metrics read.
//!
//! ```text
//!  Snapshot ─► Table ─► claims ─┬─► members (owner tree, strays) ─► turn ─► rules ─► SessionView ─┐
//!                     strays ───┴──────────────► leaked, unconfirmed, untracked ──────────────────┴─► Board
//! ```
//!
//! Invariant: every number on any screen is counted from here, so no two ever disagree.
//!
//! To add a fact to the screens: a field here, filled in [`assess`], serialised in `wire`.

mod assess;
mod doubt;
mod members;
mod named;
mod narrow;
mod past;
mod runs;
mod summary;

pub use assess::{Options, assess};
pub use named::Unnamed;
pub use past::ended_view;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use strum::{Display, IntoStaticStr};

use super::{
    health::{Finding, Health, Severity},
    link::{Evidence, Strength},
    process::{Proc, ProcId},
    role::AgentRole,
    session::{Session, SessionKey},
    snapshot::{Fault, StoreState},
    turn::Turn,
};

/// What a process is to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ProcRole {
    /// The goose process that drives the session.
    Owner,
    /// A second goose that claims the same session.
    Rival,
    /// A tool the agent started, or below one.
    Tool,
    /// An extension (MCP) server, or below one.
    Extension,
    /// Another child of the owner.
    Child,
    /// Carries a living session's id, outside its owner's tree.
    Detached,
    /// Started by a session whose goose is gone.
    Leaked,
    /// A goose that no session can be tied to.
    Untracked,
    /// Looks like a leftover, without enough proof to act on.
    Unconfirmed,
}

/// A process as the board shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcView {
    /// The facts.
    pub proc: Arc<Proc>,
    /// What it is to its session.
    pub role: ProcRole,
    /// The agent's role where it is a goose.
    pub agent: Option<AgentRole>,
    /// The session it belongs to, raw id; may be of no known store.
    pub session: Option<SessionKey>,
    /// Id carried by a process whose session is in no store, cleaned.
    pub stray_id: Option<String>,
    /// How that is known.
    pub evidence: Vec<Evidence>,
    /// Now minus its start.
    pub age: Duration,
    /// Steps below the root of its tree, for drawing.
    pub depth: usize,
}

/// The living process that drives a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// The facts.
    pub proc: Arc<Proc>,
    /// What it was started to do.
    pub role: AgentRole,
    /// The best of the evidence.
    pub strength: Strength,
    /// How that is known.
    pub evidence: Vec<Evidence>,
    /// Other sessions in the same process.
    pub hosts: usize,
}

/// A session with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionView {
    /// What the store says.
    pub session: Arc<Session>,
    /// The class.
    pub health: Health,
    /// What it waits for.
    pub turn: Turn,
    /// Every reason, worst first.
    pub findings: Vec<Finding>,
    /// Why the class is `unknown`, where it is.
    pub doubt: Option<String>,
    /// Who drives it.
    pub owner: Option<Owner>,
    /// The owner sits in a living terminal; `None` where that cannot be read.
    pub attached: Option<bool>,
    /// Everything that belongs to it, the owner first, in tree order.
    pub processes: Vec<ProcView>,
    /// The newest sign of progress.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Now minus that.
    pub inactive: Option<Duration>,
    /// Its sub-agents, judged alike.
    pub sub_agents: Vec<SessionView>,
}

impl SessionView {
    /// Who it is.
    pub fn key(&self) -> &SessionKey {
        &self.session.key
    }

    /// Memory of everything that belongs to it; `None` where nothing could be read.
    pub fn rss_bytes(&self) -> Option<u64> {
        self.processes.iter().filter_map(|p| p.proc.rss_bytes).reduce(|a, b| a + b)
    }

    /// The worst finding.
    pub fn worst(&self) -> Option<&Finding> {
        self.findings.first()
    }

    /// The class that the findings alone give: the worst decides; without one, an owner means healthy
    /// and none means history.
    pub fn by_findings(&self) -> Health {
        match self.worst().map(|f| f.severity) {
            Some(Severity::Orphaned) => Health::Orphaned,
            Some(Severity::Stuck) => Health::Stuck,
            _ if self.owner.is_some() => Health::Healthy,
            _ => Health::Ended,
        }
    }

    /// Has a warning (or worse) without being stuck.
    pub fn is_marked(&self) -> bool {
        self.health == Health::Healthy && self.findings.iter().any(|f| f.severity >= Severity::Warning)
    }
}

/// A store's state, for the header and the banner.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreStatus {
    /// Where it is, raw.
    pub path: PathBuf,
    /// Highest schema version.
    pub schema: Option<u32>,
    /// How it fared.
    pub state: StoreState,
    /// One sentence on it, or empty.
    pub detail: String,
    /// Size in bytes.
    pub bytes: Option<u64>,
    /// Size of its log, bytes.
    pub wal_bytes: Option<u64>,
    /// When its sessions were last read.
    pub as_of: Option<DateTime<Utc>>,
}

/// Counts by class; the header's, the JSON summary's and the exit code's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Every session counted here.
    pub total: usize,
    /// By class.
    pub healthy: usize,
    /// By class.
    pub stuck: usize,
    /// By class.
    pub orphaned: usize,
    /// By class.
    pub ended: usize,
    /// By class.
    pub unknown: usize,
    /// Processes left behind.
    pub leaked_processes: usize,
    /// Goose processes without a session.
    pub untracked_processes: usize,
    /// Memory of the leaked processes.
    pub leaked_bytes: u64,
}

/// A moment, judged.
#[derive(Clone, Debug)]
pub struct Board {
    /// The moment.
    pub taken_at: DateTime<Utc>,
    /// This machine.
    pub host: String,
    /// The stores, in the order they were named.
    pub stores: Vec<StoreStatus>,
    /// Every session that is not `ended`, worst first, then longest inactive. Sub-agents fold
    /// under their parents.
    pub sessions: Vec<SessionView>,
    /// Hidden sessions (`goose run --no-session`) that live: no screen lists them without `--all`, but an
    /// action that ends everything must know of them.
    pub hidden: Vec<SessionView>,
    /// What is known of a session in the history besides its row: that goosetop ended it.
    pub notes: BTreeMap<SessionKey, Finding>,
    /// The history, newest first; `assess` does not look into these.
    pub ended: Vec<Arc<Session>>,
    /// History that no list shows without `--all`: sub-agents whose work is over, hidden sessions. Who asks
    /// for one by its id, or comes from its parent, still finds it.
    pub unlisted: Vec<Arc<Session>>,
    /// Processes an agent left behind.
    pub leaked: Vec<ProcView>,
    /// Goose processes without a session.
    pub untracked: Vec<ProcView>,
    /// Look like leftovers, without proof.
    pub unconfirmed: Vec<ProcView>,
    /// What the untracked processes mean, by pid.
    pub findings: BTreeMap<u32, Finding>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// False where the process table could not be read.
    pub procs_known: bool,
    /// A verdict hangs on processor use, which one look cannot know: look again soon.
    pub needs_second_look: bool,
    /// The numbers.
    pub counts: Counts,
}

impl Board {
    /// Every judged session, sub-agents after their parent.
    pub fn families(&self) -> impl Iterator<Item = &SessionView> {
        let mut open: Vec<&SessionView> = self.sessions.iter().rev().collect();
        std::iter::from_fn(move || {
            let view = open.pop()?;
            open.extend(view.sub_agents.iter().rev());
            Some(view)
        })
    }

    /// A process, wherever it stands on the board.
    pub fn process(&self, id: ProcId) -> Option<&ProcView> {
        let owned = self.sessions.iter().flat_map(|s| &s.processes);
        let strays = self.leaked.iter().chain(&self.untracked).chain(&self.unconfirmed);
        owned.chain(strays).find(|p| p.proc.id == id)
    }

    /// The session is history.
    pub fn is_ended(&self, key: &SessionKey) -> bool {
        self.ended.iter().any(|s| s.key == *key)
    }

    /// Untracked processes that are an alarm, with their place in `untracked`; an idle server or a
    /// goose that has just started is none.
    pub fn alarming(&self) -> impl Iterator<Item = (usize, &ProcView)> {
        let alarm =
            |p: &ProcView| self.findings.get(&p.proc.id.pid).is_some_and(|f| f.severity >= Severity::Warning);
        self.untracked.iter().enumerate().filter(move |(_, p)| alarm(p))
    }
}
