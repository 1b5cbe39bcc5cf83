//! `list --json`: the whole board.

use serde::Serialize;

use super::{ProcessDto, SCHEMA_VERSION, SessionDto, clean, time};
use crate::domain::{
    board::{Board, Counts, SessionView, StoreStatus},
    snapshot::Fault,
    text,
};

/// A store.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseDto {
    /// Where.
    pub path: String,
    /// Highest schema version.
    pub schema: Option<u32>,
    /// How it fared.
    pub state: String,
    /// One sentence on it, or empty.
    pub detail: String,
    /// Size.
    pub bytes: Option<u64>,
    /// Size of its log: what was not moved into it yet.
    pub wal_bytes: Option<u64>,
    /// When its sessions were last read.
    pub as_of: Option<String>,
}

impl From<&StoreStatus> for DatabaseDto {
    fn from(store: &StoreStatus) -> Self {
        Self {
            path: text::path(&store.path, None),
            schema: store.schema,
            state: store.state.to_string(),
            detail: clean(&store.detail),
            bytes: store.bytes,
            wal_bytes: store.wal_bytes,
            as_of: store.as_of.map(time),
        }
    }
}

/// The path of a store by its place.
pub fn database_path(board: &Board, store: usize) -> Option<String> {
    board.stores.get(store).map(|s| text::path(&s.path, None))
}

/// The numbers of the whole board, whatever was filtered.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::board::Counts explains them")]
pub struct SummaryDto {
    pub total: usize,
    pub healthy: usize,
    pub stuck: usize,
    pub orphaned: usize,
    pub ended: usize,
    pub unknown: usize,
    pub leaked_processes: usize,
    pub untracked_processes: usize,
    pub leaked_bytes: u64,
}

impl From<Counts> for SummaryDto {
    fn from(c: Counts) -> Self {
        Self {
            total: c.total,
            healthy: c.healthy,
            stuck: c.stuck,
            orphaned: c.orphaned,
            ended: c.ended,
            unknown: c.unknown,
            leaked_processes: c.leaked_processes,
            untracked_processes: c.untracked_processes,
            leaked_bytes: c.leaked_bytes,
        }
    }
}

/// Something that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct FaultDto {
    /// What was being read.
    pub source: String,
    /// One sentence.
    pub message: String,
}

impl From<&Fault> for FaultDto {
    fn from(fault: &Fault) -> Self {
        Self { source: clean(&fault.source), message: clean(&fault.message) }
    }
}

/// A moment, judged.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::board::Board explains them")]
pub struct ListDto {
    pub schema_version: u32,
    pub generated_at: String,
    pub host: String,
    pub databases: Vec<DatabaseDto>,
    pub summary: SummaryDto,
    pub sessions: Vec<SessionDto>,
    pub leaked: Vec<ProcessDto>,
    pub untracked: Vec<ProcessDto>,
    pub unconfirmed: Vec<ProcessDto>,
    pub faults: Vec<FaultDto>,
}

impl ListDto {
    /// The board with the sessions that were picked; everything else is the whole board's.
    pub fn new<'a>(board: &Board, picked: impl IntoIterator<Item = &'a SessionView>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            generated_at: time(board.taken_at),
            host: clean(&board.host),
            databases: board.stores.iter().map(DatabaseDto::from).collect(),
            summary: SummaryDto::from(board.counts),
            sessions: picked.into_iter().map(|view| SessionDto::new(view, board)).collect(),
            leaked: board.leaked.iter().map(ProcessDto::from).collect(),
            untracked: board.untracked.iter().map(ProcessDto::from).collect(),
            unconfirmed: board.unconfirmed.iter().map(ProcessDto::from).collect(),
            faults: board.faults.iter().map(FaultDto::from).collect(),
        }
    }
}
