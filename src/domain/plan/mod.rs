//! What an action would do, before it does anything.
//!
//! ```text
//!  Intent + Board + Terms ──► plan() ──► Plan (shown, confirmed, run as it is) | Refusal (a sentence)
//! ```
//!
//! Invariant: a plan names every process it would signal, by number, start and user, with the evidence
//! and in order, and everything it leaves alone with the reason. What is shown is what is run.
//!
//! To add an action: a variant of [`Intent`], an arm in the planner, and a property it must keep.

mod admit;
mod choose;
mod planner;
pub(super) mod project;
pub mod protect;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    board::ProcRole,
    link::Evidence,
    process::ProcId,
    session::SessionKey,
    snapshot::{Fault, Viewer},
    text,
};

/// How far an emergency clean reaches. The words are those of `--scope`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every owned session and every leaked process.
    #[default]
    All,
    /// Orphaned sessions and leaked processes.
    Orphaned,
    /// Stuck sessions.
    Stuck,
    /// Leaked processes alone.
    Leaked,
}

/// What `watch` may end by itself. The words are those of `watch.auto_clean`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AutoClean {
    /// Nothing.
    #[default]
    Off,
    /// Leaked processes.
    Leaked,
    /// Leaked processes and orphaned sessions.
    Orphaned,
}

/// How a project ended, as its caller says. The words are those of `--status`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Done.
    Completed,
    /// Broken off by an error: an emergency clean of what is left follows.
    Failed,
    /// Stopped.
    Stopped,
    /// Given up.
    Cancelled,
    /// Must end now: an emergency clean of what is left follows.
    Emergency,
}

impl ProjectStatus {
    /// When that clean follows: what the ended sessions leave behind has shown itself by then.
    pub const FOLLOWED_AFTER: Duration = Duration::from_secs(2);

    /// An emergency clean of the project follows 2 s later.
    pub fn is_emergency(self) -> bool {
        matches!(self, Self::Failed | Self::Emergency)
    }
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// End these sessions, and these processes that stand alone (leaked, untracked, unconfirmed).
    Terminate {
        /// Sessions chosen by a person.
        sessions: Vec<SessionKey>,
        /// Processes chosen by a person.
        processes: Vec<ProcId>,
        /// End a server that hosts other sessions too; without it only the chosen session's own
        /// tools end and the server lives.
        end_servers: bool,
    },
    /// Every session with an owner.
    CloseAll,
    /// The sessions of a project: goose's `project_id`, or id or name that starts with or contains
    /// it, or a working directory at or under it.
    CleanupProject {
        /// What names the project.
        project: String,
        /// How it ended.
        status: ProjectStatus,
    },
    /// Owned sessions and leaked processes within a scope.
    Emergency {
        /// How far it reaches.
        scope: Scope,
    },
    /// What `watch` has chosen by itself: nobody was asked, so every rule of a bulk action holds, nobody
    /// at a terminal is touched whatever the terms say, and no server is ended.
    Auto {
        /// Sessions with an owner.
        sessions: Vec<SessionKey>,
        /// Leaked processes.
        processes: Vec<ProcId>,
    },
}

impl Intent {
    /// The verb, as on the command line, in JSON and in the audit log.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Terminate { .. } => "terminate",
            Self::CloseAll => "close-all",
            Self::CleanupProject { .. } => "cleanup-project",
            Self::Emergency { .. } => "emergency-cleanup",
            Self::Auto { .. } => "auto-clean",
        }
    }

    /// Chosen by class or name, not one by one: the protected, the attached and the unsure are left
    /// alone.
    pub fn is_bulk(&self) -> bool {
        !matches!(self, Self::Terminate { .. })
    }

    /// Nobody was asked.
    pub fn is_unattended(&self) -> bool {
        matches!(self, Self::Auto { .. })
    }
}

/// The rules an action plays by.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Refuse everything.
    pub read_only: bool,
    /// Bulk actions may end sessions that sit in a living terminal.
    pub include_attached: bool,
    /// Names of programs that no bulk action signals; `*` stands for any characters.
    pub protect: Vec<String>,
    /// Between TERM and KILL.
    pub grace: Duration,
    /// goosetop itself.
    pub viewer: Viewer,
    /// goosetop's ancestors, nearest first: never signalled.
    pub ancestors: Vec<u32>,
    /// Why, in the caller's words, cleaned.
    pub reason: Option<String>,
}

/// One process that would be signalled.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Number and start.
    pub id: ProcId,
    /// Its user; compared again before each signal.
    pub uid: u32,
    /// When it started, for showing.
    pub started_at: DateTime<Utc>,
    /// Command line, cleaned.
    pub command: String,
    /// Resident memory.
    pub rss_bytes: Option<u64>,
    /// The session it belongs to.
    pub session: Option<SessionKey>,
    /// What it is to it.
    pub role: ProcRole,
    /// How that is known; never empty.
    pub evidence: Vec<Evidence>,
    /// Steps below the root of its tree, for drawing.
    pub depth: usize,
}

/// A session that would end.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// Which.
    pub key: SessionKey,
    /// Its name, cleaned.
    pub name: String,
    /// Processes started later that carry its id are swept up as well. False where its server lives
    /// on and may start tools for others.
    pub sweep: bool,
    /// Its owner is among the steps: the session itself ends, not only its tools.
    pub owner_ends: bool,
    /// Another goose drives it, and is left alone: it goes on.
    pub driven_on: bool,
}

impl Closing {
    /// Nobody drives it any more when all steps are done.
    pub fn closes(&self) -> bool {
        self.owner_ends && !self.driven_on
    }
}

/// Something that would not be touched, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The process, where it is one.
    pub pid: Option<u32>,
    /// The session, where it has one.
    pub session: Option<SessionKey>,
    /// Its name or command, cleaned.
    pub what: String,
    /// The reason in a few words.
    pub why: String,
}

/// Exactly what an action would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What was wanted.
    pub intent: Intent,
    /// When the board was taken that it was made of.
    pub made_at: DateTime<Utc>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// Between TERM and KILL.
    pub grace: Duration,
    /// The sessions that would end.
    pub sessions: Vec<Closing>,
    /// The processes that would be signalled, in order: an owner, then what it leaves.
    pub steps: Vec<Step>,
    /// What is not touched.
    pub left_alone: Vec<LeftAlone>,
    /// Stores that could not be read, where the plan chooses by class or name: there may be more to end.
    pub faults: Vec<Fault>,
    /// Never signalled, whatever a sweep finds: goosetop, its ancestors.
    pub never: Vec<u32>,
    /// Patterns of programs that a sweep of a bulk action passes by.
    pub protect: Vec<String>,
}

impl Plan {
    /// A plan without a step, for the report of why there is nothing to do.
    pub fn nothing(
        intent: Intent,
        board: &super::board::Board,
        terms: &Terms,
        left_alone: Vec<LeftAlone>,
    ) -> Self {
        Self {
            faults: unread(&intent, board),
            intent,
            made_at: board.taken_at,
            reason: terms.reason.clone(),
            grace: terms.grace,
            sessions: Vec::new(),
            steps: Vec::new(),
            left_alone,
            never: Vec::new(),
            protect: Vec::new(),
        }
    }

    /// Memory of all steps; `None` where nothing could be read.
    pub fn rss_bytes(&self) -> Option<u64> {
        self.steps.iter().filter_map(|s| s.rss_bytes).reduce(|a, b| a + b)
    }
}

/// What an intent that chooses by class or name could not see.
fn unread(intent: &Intent, board: &super::board::Board) -> Vec<Fault> {
    let stores = board.stores.iter().filter(|store| intent.is_bulk() && !store.state.is_current());
    let fault = |store: &super::board::StoreStatus| {
        let state = || store.state.to_string().replace('_', " ");
        let message = if store.detail.is_empty() { state() } else { store.detail.clone() };
        Fault { source: text::path(&store.path, None), message }
    };
    stores.map(fault).collect()
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `--read-only`.
    #[error("goosetop is read-only here: every action is refused")]
    ReadOnly,
    /// No such session or process on the board.
    #[error("{0} is not here any more")]
    Gone(String),
    /// Nothing would be signalled; what is left alone says why.
    #[error("nothing to end{}", if .0.is_empty() { String::new() } else { format!(": {} left alone", .0.len()) })]
    Nothing(Vec<LeftAlone>),
    /// The process table cannot be read: nothing can be known, nothing is signalled.
    #[error("the process table cannot be read, so nothing is signalled")]
    Blind,
}

/// Makes a plan of an intent. Pure: the same board and terms give the same plan.
///
/// # Errors
/// A [`Refusal`] that says why nothing would be done.
pub fn plan(intent: &Intent, board: &super::board::Board, terms: &Terms) -> Result<Plan, Refusal> {
    planner::plan(intent, board, terms)
}
