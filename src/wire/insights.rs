//! `insights --json`.

use serde::Serialize;

use super::{SCHEMA_VERSION, clean, seconds, time};
use crate::domain::insights::{Files, Insights, Share, SlowCall, Sum, ToolUse};

/// What the stores tell about the past.
#[derive(Clone, Debug, Serialize)]
pub struct InsightsDto {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When it was read.
    pub generated_at: String,
    /// From when on messages were read.
    pub since: String,
    /// Local time's distance from UTC: `days` and `hours` are local.
    pub utc_offset_seconds: i32,
    /// Everything ever stored.
    pub total: SumDto,
    /// The last 30 days together.
    pub period: SumDto,
    /// The last 30 days, oldest first.
    pub days: Vec<DayDto>,
    /// Those by model, the largest first.
    pub models: Vec<ShareDto>,
    /// By provider.
    pub providers: Vec<ShareDto>,
    /// By goose's project, or the working directory.
    pub projects: Vec<ShareDto>,
    /// Sessions whose use is recorded in one sum, which stands on one day.
    pub lumped_sessions: u64,
    /// Where the time since `since` went.
    pub time: TimeDto,
    /// The tools since then, the busiest first.
    pub tools: Vec<ToolDto>,
    /// The slowest model calls since then.
    pub slow_calls: Vec<SlowCallDto>,
    /// Turns since then that ended in an error goose stored.
    pub failed_turns: u64,
    /// Messages since then by hour of the day, 0 to 23.
    pub hours: [u64; 24],
    /// How much of that was read before time was up.
    pub reach: ReachDto,
    /// What it takes on disk.
    pub disk: DiskDto,
    /// Stores that could not be read.
    pub faults: Vec<String>,
}

/// A sum; what no store recorded is `null`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SumDto {
    /// Sessions.
    pub sessions: u64,
    /// Messages.
    pub messages: Option<u64>,
    /// Tokens.
    pub tokens: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

/// A day.
#[derive(Clone, Debug, Serialize)]
pub struct DayDto {
    /// `2026-11-20`.
    pub date: String,
    /// Sessions begun, and what was used.
    #[serde(flatten)]
    pub sum: SumDto,
}

/// A model, provider or project.
#[derive(Clone, Debug, Serialize)]
pub struct ShareDto {
    /// Its name; `null` where the session names none.
    pub name: Option<String>,
    /// Its part.
    #[serde(flatten)]
    pub sum: SumDto,
}

/// Where the time went.
#[expect(clippy::struct_field_names, reason = "the unit belongs to the contract's names")]
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TimeDto {
    /// The model answered.
    pub model_seconds: f64,
    /// A tool ran.
    pub tool_seconds: f64,
    /// A person was waited for.
    pub waiting_seconds: f64,
}

/// A tool.
#[derive(Clone, Debug, Serialize)]
pub struct ToolDto {
    /// `extension__tool` or plain.
    pub name: String,
    /// Calls answered.
    pub calls: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Time it took.
    pub seconds: f64,
    /// The longest call.
    pub slowest_seconds: f64,
}

/// A slow model call.
#[derive(Clone, Debug, Serialize)]
pub struct SlowCallDto {
    /// In which session.
    pub session_id: String,
    /// Its name.
    pub name: String,
    /// Which model.
    pub model: Option<String>,
    /// When its answer began.
    pub at: String,
    /// How long it took.
    pub seconds: f64,
    /// goose measured it; else it is the gap before the answer.
    pub measured: bool,
}

/// How much was read.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReachDto {
    /// All of it.
    pub complete: bool,
    /// Conversations read, the newest first.
    pub sessions_read: usize,
    /// Of how many.
    pub sessions: usize,
    /// Messages read.
    pub messages: u64,
}

/// What it takes on disk.
#[derive(Clone, Debug, Serialize)]
pub struct DiskDto {
    /// The stores.
    pub databases: Vec<StoreDiskDto>,
    /// Logs; `null` where there is no such folder.
    pub logs: Option<FilesDto>,
    /// Request files of calls in flight or cut off.
    pub llm_requests: Option<FilesDto>,
}

/// A store on disk.
#[derive(Clone, Debug, Serialize)]
pub struct StoreDiskDto {
    /// Where.
    pub path: String,
    /// The database.
    pub bytes: Option<u64>,
    /// Its write-ahead log.
    pub wal_bytes: Option<u64>,
}

/// Files together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FilesDto {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// There are more than were looked at.
    pub more: bool,
}

impl From<Sum> for SumDto {
    fn from(sum: Sum) -> Self {
        let Sum { sessions, messages, tokens, cost_usd } = sum;
        Self { sessions, messages, tokens, cost_usd: cost_usd.map(cents) }
    }
}

/// Sums of floats end in noise; a ten-thousandth of a dollar is below any price.
fn cents(dollars: f64) -> f64 {
    (dollars * 10_000.0).round() / 10_000.0
}

fn shares(shares: &[Share]) -> Vec<ShareDto> {
    shares.iter().map(|s| ShareDto { name: s.name.as_deref().map(clean), sum: s.sum.into() }).collect()
}

fn files(files: Files) -> FilesDto {
    FilesDto { count: files.count, bytes: files.bytes, more: files.cut }
}

impl From<&ToolUse> for ToolDto {
    fn from(tool: &ToolUse) -> Self {
        Self {
            name: clean(&tool.name),
            calls: tool.calls,
            failed: tool.failed,
            seconds: seconds(tool.time),
            slowest_seconds: seconds(tool.slowest),
        }
    }
}

impl From<&SlowCall> for SlowCallDto {
    fn from(call: &SlowCall) -> Self {
        Self {
            session_id: call.key.id.to_string(),
            name: clean(&call.name),
            model: call.model.as_deref().map(clean),
            at: time(call.at),
            seconds: seconds(call.took),
            measured: call.measured,
        }
    }
}

impl From<&Insights> for InsightsDto {
    fn from(told: &Insights) -> Self {
        let days = told.days.iter().map(|d| DayDto { date: d.date.to_string(), sum: d.sum.into() });
        let stores = told.disk.stores.iter().map(|s| StoreDiskDto {
            path: clean(&s.path),
            bytes: s.bytes,
            wal_bytes: s.wal,
        });
        Self {
            schema_version: SCHEMA_VERSION,
            generated_at: time(told.taken_at),
            since: time(told.since),
            utc_offset_seconds: told.offset.local_minus_utc(),
            total: told.total.into(),
            period: told.period().into(),
            days: days.collect(),
            models: shares(&told.models),
            providers: shares(&told.providers),
            projects: shares(&told.projects),
            lumped_sessions: told.lumped,
            time: TimeDto {
                model_seconds: seconds(told.split.model),
                tool_seconds: seconds(told.split.tool),
                waiting_seconds: seconds(told.split.waiting),
            },
            tools: told.tools.iter().map(Into::into).collect(),
            slow_calls: told.slow_calls.iter().map(Into::into).collect(),
            failed_turns: told.failed_turns,
            hours: told.hours,
            reach: ReachDto {
                complete: told.reach.is_complete(),
                sessions_read: told.reach.sessions_read,
                sessions: told.reach.sessions,
                messages: told.reach.messages,
            },
            disk: DiskDto {
                databases: stores.collect(),
                logs: told.disk.logs.map(files),
                llm_requests: told.disk.requests.map(files),
            },
            faults: told.faults.iter().map(|f| clean(f)).collect(),
        }
    }
}
