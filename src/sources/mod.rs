//! Reading the world. Nothing here writes, signals, or opens a file of goose's by itself: the store
//! is opened by SQLite alone, because a stray close would drop SQLite's locks in this process.
//!
//! ```text
//!  procs ──► Interest ──► goose_db / goose_jsonl ──► StoreLook ──┐
//!    └───────────────────────────────────────────► ProcLook ────┴──► Snapshot
//! ```
//!
//! Invariant: a source that cannot read says so in its look and in a fault; it never fails the
//! whole snapshot, and never reports an empty world as a healthy one.
//!
//! Apart from the looks, `transcript` reads one conversation and `search` all of a store, on demand.
//!
//! To add a session source: a file here implementing [`SessionSource`], a line in
//! `World::real`, and fixtures with data and expected sessions.

pub mod agent_log;
mod blocks;
pub mod goose_db;
pub mod goose_jsonl;
pub mod insights;
pub mod procs;
pub mod search;
pub mod transcript;
pub mod world;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::{
    interest::Interest,
    process::Proc,
    snapshot::{Fault, StoreLook},
};

/// How thoroughly the process table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// New processes and the few that matter.
    Tick,
    /// Every process again: now and then, and before any action.
    Sweep,
}

/// One look at the process table.
#[derive(Clone, Debug, Default)]
pub struct ProcLook {
    /// Agents, carriers, descendants and ancestors, by pid.
    pub procs: Vec<Arc<Proc>>,
    /// False where the table could not be read.
    pub known: bool,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

/// A place sessions come from. `look` is called again and again; its cost follows what changed.
pub trait SessionSource: Send {
    /// Reads what changed. Never fails: a store that cannot be read keeps its last good sessions
    /// and says so in its state.
    fn look(&mut self, now: DateTime<Utc>, interest: &Interest) -> StoreLook;

    /// What beside the store's own state could not be read at the last look.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// The process table.
pub trait ProcessSource: Send {
    /// Reads what changed.
    fn look(&mut self, now: DateTime<Utc>, depth: Depth) -> ProcLook;
}
