//! Events of a watcher's own life.

use std::time::Duration;

use serde::Serialize;

use super::super::{FaultDto, Status, SummaryDto, seconds};
use crate::domain::board::Board;

/// Watching begins.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract")]
pub struct StartedDto {
    pub version: String,
    pub host: String,
    pub pid: u32,
    pub interval_seconds: f64,
    /// `off`, `leaked`, `orphaned`.
    pub auto_clean: String,
    pub grace_seconds: f64,
    pub max_per_run: usize,
    /// Run limits are enforced.
    pub limits: bool,
    /// Plans are shown and not run.
    pub dry_run: bool,
    /// A hook is run on events.
    pub hook: bool,
}

/// A health check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckDto {
    /// `healthy`, `stuck`, `orphaned`, `unknown`.
    pub status: String,
    /// What `health-check` would exit with.
    pub exit_code: u8,
    /// How long the look took; `null` where nobody measured it.
    pub duration_seconds: Option<f64>,
    /// The numbers.
    pub summary: SummaryDto,
    /// What could not be read.
    pub faults: Vec<FaultDto>,
}

impl CheckDto {
    /// What a board says as a whole.
    pub fn new(board: &Board, took: Option<Duration>) -> Self {
        let status = Status::of(board);
        Self {
            status: status.to_string(),
            exit_code: status.exit_code(),
            duration_seconds: took.map(seconds),
            summary: SummaryDto::from(board.counts),
            faults: board.faults.iter().map(FaultDto::from).collect(),
        }
    }
}

/// A limit was passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitDto {
    /// The session; `null` where the run is tied to none.
    pub session_id: Option<String>,
    /// Its name.
    pub name: String,
    /// The run.
    pub pid: u32,
    /// `default`, `extended`, `max_inactivity`.
    pub limit: String,
    /// The limit itself.
    pub limit_seconds: f64,
    /// What was measured.
    pub seconds: f64,
    /// The same in a sentence.
    pub because: String,
}

/// A hook failed.
#[derive(Clone, Debug, Serialize)]
pub struct HookFailedDto {
    /// The event it was run for.
    pub hook_event: String,
    /// The session that event was about.
    pub session_id: Option<String>,
    /// Why.
    pub because: String,
}

/// Lines that nobody took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LostDto {
    /// How many, right before this one.
    pub events: u64,
}

/// Why.
#[derive(Clone, Debug, Serialize)]
pub struct BecauseDto {
    /// One sentence.
    pub because: String,
}

/// The last line.
#[derive(Clone, Debug, Serialize)]
pub struct StoppedDto {
    /// Why.
    pub because: String,
    /// Everything that ran was ended and reported.
    pub in_order: bool,
}
