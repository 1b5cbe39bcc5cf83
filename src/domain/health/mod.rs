//! Health: one verdict for a session at a moment, with every reason for it.
//!
//! ```text
//!  Case (session + turn + owner + processes + now) ──► RULES, one file each ──► Findings ──► Health
//! ```
//!
//! Invariant: the verdict is the worst severity among the findings; no finding, no alarm. A finding
//! names its rule, its evidence, its clock and its threshold.
//!
//! To add a rule: a file in `rules/`, a line in `rules::RULES`, a word in [`Rule`], what to do about it in
//! [`advice`], and two world files in `tests/fixtures/worlds/`: one where it speaks, one where it keeps silent.

pub mod account;
pub mod advice;
pub mod case;
pub mod failure;
pub mod rules;
pub mod thresholds;

use chrono::{DateTime, Utc};
use std::time::Duration;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// The class of a session, loudest first. The words are part of the JSON contract.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, EnumIter, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Health {
    /// Nobody looks after it any more, or it has been silent far too long.
    Orphaned,
    /// It makes no progress.
    Stuck,
    /// Cannot be told.
    Unknown,
    /// It makes progress or waits for its person.
    Healthy,
    /// History: no owner and a complete turn.
    Ended,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth a look.
    Warning,
    /// Makes the session `stuck`.
    Stuck,
    /// Makes the session `orphaned`.
    Orphaned,
}

/// Rule names: a promise to JSON, the config and `explain`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, EnumIter, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each name is documented in its rule's file")]
pub enum Rule {
    Inactive,
    Quiet,
    Interrupted,
    LeakedProcesses,
    UntrackedProcess,
    TerminalGone,
    ToolSilent,
    ModelSilent,
    NotPickedUp,
    AwaitingApproval,
    Loop,
    Spinning,
    Unkillable,
    ErrorStreak,
    TwoWriters,
    DuplicateExtensions,
    ExtensionMissing,
    ServerWithoutDesktop,
    MemoryGrowth,
    MemoryLimit,
    ContextFull,
    CostBurn,
    ScheduledTwice,
}

/// One sentence that says why, with its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which rule speaks.
    pub rule: Rule,
    /// How much it weighs.
    pub severity: Severity,
    /// The sentence, short enough for a row; cleaned.
    pub message: String,
    /// What to do about it: an imperative that names a command or a key; empty where nothing helps
    /// but waiting. Cleaned.
    pub advice: String,
    /// What was seen, one short sentence each.
    pub evidence: Vec<String>,
    /// The clock: since when.
    pub since: Option<DateTime<Utc>>,
    /// The limit the clock is held against.
    pub threshold: Option<Duration>,
}
