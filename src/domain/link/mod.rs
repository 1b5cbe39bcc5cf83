//! Which process belongs to which session, and how that is known.
//!
//! ```text
//!  procs ──► Table (tree) ──► Agents ──► claims, strongest first ──► Links { owner, rivals }
//!                └──► carriers of AGENT_SESSION_ID without an agent above ──► detached, leaked, unconfirmed
//! ```
//!
//! Invariant: a single-session process gets at most one session; a session gets one owner, and
//! every other strong claim is kept as a rival. Nothing is tied without evidence that can be shown.
//!
//! To add a kind of evidence: a variant of [`EvidenceKind`], a step in [`claims`], and a world file.

pub mod carriers;
pub mod claims;
pub mod store;
pub mod table;

use strum::{Display, IntoStaticStr};

/// How far a piece of evidence can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Strength {
    /// A guess: good enough to show, never enough to act in bulk.
    Weak,
    /// Fits, and nothing else claims either.
    Likely,
    /// The process or goose itself says so.
    Certain,
}

/// What kind of fact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EvidenceKind {
    /// A living descendant carries `AGENT_SESSION_ID`.
    ChildMarker,
    /// The process itself carries `AGENT_SESSION_ID`.
    Marker,
    /// The arguments name the session.
    Argument,
    /// The arguments name a new session, and one session has that name.
    NewName,
    /// Same directory, and the session was made just after the process started.
    StartedTogether,
    /// Same directory, most recently active, unclaimed.
    SameDirectory,
    /// A child of a process that belongs to the session.
    Descendant,
    /// Lives in its parent session's process.
    ParentSession,
    /// Looks like one of goose's, without proof.
    Looks,
}

/// One fact that ties a process to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What kind of fact.
    pub kind: EvidenceKind,
    /// How far it goes.
    pub strength: Strength,
    /// The fact in words, cleaned.
    pub detail: String,
}
