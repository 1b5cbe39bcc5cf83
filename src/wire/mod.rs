//! The serialised shapes that `--json` and the HTTP API share.
//!
//! ```text
//!  Board  ──► SessionDto, ProcessDto, FindingDto ──► ListDto, HealthCheckDto, ExplainDto ─┬─► JSON
//!  Report ──► StepDto, LeftAloneDto ──► ReportDto ─────────────────────────────────────────┤
//!  Message ► MessageDto, PartDto ──────────────────────────────────────────────────────────┤
//!  Insights ► InsightsDto ─────────────────────────────────────────────────────────────────┤
//!  Report ──► SessionCleanupDto, ProjectCleanupDto ────────────────────────────────────────┤
//!  Change, Plan, Progress, Report ──► Event ──► EventDto ──────────────────────────────────┘
//! ```
//!
//! Invariant: `schema_version` 1 may gain fields and never loses one. Times are RFC 3339 in UTC with
//! whole seconds, sizes bytes, durations seconds. Unknown is `null`, never 0. Every text is cleaned.
//!
//! To add a field: at the end of its struct, filled from the board, with its line in `tests/wire.rs`.

pub mod event;
mod explain;
mod health;
mod insights;
mod list;
mod process;
mod report;
mod session;
mod socketio;
mod transcript;

pub use event::{Event, EventDto};
pub use explain::{AskedDto, ExplainDto};
pub use health::{HealthCheckDto, Recommendation, Status, recommendations};
pub use insights::InsightsDto;
pub use list::{DatabaseDto, FaultDto, ListDto, SummaryDto, database_path};
pub use process::{EvidenceDto, ProcessDto};
pub use report::{ClosingDto, LeftAloneDto, PARTLY, ReportDto, StepDto, UNREAD};
pub use session::{FindingDto, OwnerDto, SessionDto, TokensDto, TurnDto};
pub use socketio::{ProjectCleanupDto, SessionCleanupDto};
pub use transcript::{ContentDto, HitDto, MessageDto, PartDto, UsageDto};

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// The version of every shape here.
pub const SCHEMA_VERSION: u32 = 1;

/// A time as the contract writes it: `2026-11-21T13:37:05Z`.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn clean(text: &str) -> String {
    crate::domain::text::line(text).into_owned()
}

/// One decimal: more would be noise, and 12.3 as `f32` would print as 12.300000190734863.
fn tenth(value: f32) -> f64 {
    (f64::from(value) * 10.0).round() / 10.0
}

/// A span as the contract writes it, to the millisecond: more is noise.
pub fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1000.0).round() / 1000.0
}
