//! What the stores tell about the past: how much was done, by what, where the time went.
//!
//! ```text
//!  session rows ─┐
//!  usage ledger ─┼─► Tally ─► Insights ─► tui · cli · wire
//!  messages ─────┘     └─ timeline: one conversation's time, cut into model, tool, waiting
//! ```
//!
//! Two spans of time: sums are given for the [`PERIOD_DAYS`] up to today, what needs the messages
//! themselves for the window that was asked for. [`Reach`] says how much of the window was read.
//!
//! Invariant: what no store recorded is `None`, never 0; nothing is counted twice. Every text is clean.
//!
//! To add a figure: a field in [`Insights`], filled in `tally`, its line in `wire::insights`.

mod tally;
mod timeline;

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

pub use tally::{Call, SessionRow, Tally};
pub use timeline::{Beat, Kind, Response};

use super::session::SessionKey;

/// Days that sums are given for, today included.
pub const PERIOD_DAYS: usize = 30;

/// The window for what needs messages, when nobody says otherwise.
pub const WINDOW: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a reading takes at most, unless asked otherwise.
pub const DEADLINE: Duration = Duration::from_millis(2700);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The moment.
    pub now: DateTime<Utc>,
    /// How far back messages are read.
    pub window: Duration,
    /// Local time's distance from UTC: days and hours are a person's own.
    pub offset: FixedOffset,
    /// Reading stops here, and what was read by then is the answer.
    pub deadline: Duration,
}

/// How far reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Conversations read.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// A sum. Whatever no store recorded is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Sessions: of a day those begun on it, else those that took part.
    pub sessions: u64,
    /// Messages.
    pub messages: Option<u64>,
    /// Tokens.
    pub tokens: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

impl Sum {
    /// Adds another one; what only one of them knows is kept.
    pub fn add(&mut self, other: Self) {
        fn both<T: std::ops::Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
            match (a, b) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            }
        }
        self.sessions += other.sessions;
        self.messages = both(self.messages, other.messages);
        self.tokens = both(self.tokens, other.tokens);
        self.cost_usd = both(self.cost_usd, other.cost_usd);
    }

    /// Nothing happened, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.sessions == 0
            && self.messages.unwrap_or(0) == 0
            && self.tokens.unwrap_or(0) == 0
            && self.cost_usd.unwrap_or(0.0) == 0.0
    }
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Day {
    /// Which, in local time.
    pub date: NaiveDate,
    /// What happened.
    pub sum: Sum,
}

/// One model, provider or project.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Its name, cleaned; `None` where the session names none.
    pub name: Option<String>,
    /// Its part.
    pub sum: Sum,
}

/// Where the time of the conversations went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The model answered.
    pub model: Duration,
    /// A tool ran.
    pub tool: Duration,
    /// A person was waited for.
    pub waiting: Duration,
}

impl Split {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.model + self.tool + self.waiting
    }
}

/// A tool, over all conversations of the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolUse {
    /// `extension__tool` or plain, cleaned.
    pub name: String,
    /// Times it was asked for and answered.
    pub calls: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Time it took, where that can be told; tools that ran side by side count each.
    pub time: Duration,
    /// The longest single call.
    pub slowest: Duration,
}

/// A model call that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowCall {
    /// In which session.
    pub key: SessionKey,
    /// That session's name, cleaned.
    pub name: String,
    /// The model, cleaned.
    pub model: Option<String>,
    /// When its answer began.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// goose measured it; else it is the gap before the answer.
    pub measured: bool,
}

/// How much of the window was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Conversations read, the newest first.
    pub sessions_read: usize,
    /// Conversations of the window.
    pub sessions: usize,
    /// Messages read.
    pub messages: u64,
}

impl Reach {
    /// Everything was read.
    pub fn is_complete(&self) -> bool {
        self.sessions_read == self.sessions
    }
}

/// Some files together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// There are more than were looked at.
    pub cut: bool,
}

/// A store on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreDisk {
    /// Where, cleaned.
    pub path: String,
    /// The database's bytes; `None` where it cannot be looked at.
    pub bytes: Option<u64>,
    /// Its write-ahead log's; `None` where there is none.
    pub wal: Option<u64>,
}

/// What goose's files take, from their names and sizes alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// The stores.
    pub stores: Vec<StoreDisk>,
    /// Logs, without the request files; `None` where there is no such folder.
    pub logs: Option<Files>,
    /// Request files of calls in flight or cut off (`llm_request.<uuid>.jsonl`).
    pub requests: Option<Files>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Insights {
    /// The moment.
    pub taken_at: DateTime<Utc>,
    /// From when on messages were read.
    pub since: DateTime<Utc>,
    /// The offset that days and hours are told in.
    pub offset: FixedOffset,
    /// Everything ever stored; messages are not counted here.
    pub total: Sum,
    /// The period, oldest first, no day left out.
    pub days: Vec<Day>,
    /// The period by model, the largest first.
    pub models: Vec<Share>,
    /// By provider.
    pub providers: Vec<Share>,
    /// By goose's project, or the working directory where there is none.
    pub projects: Vec<Share>,
    /// Sessions of the period whose use is recorded in one sum, which stands on one day.
    pub lumped: u64,
    /// Sessions that goose left in `.jsonl` files and that no database holds: they are in none of these
    /// numbers.
    pub legacy: u64,
    /// Where the window's time went.
    pub split: Split,
    /// The window's tools, the busiest first.
    pub tools: Vec<ToolUse>,
    /// The window's slowest model calls.
    pub slow_calls: Vec<SlowCall>,
    /// Turns of the window that ended in an error goose stored.
    pub failed_turns: u64,
    /// Conversations of the window whose last message waits for the model or a tool. How long is in none
    /// of these numbers: a call counts when it has ended.
    pub open_turns: u64,
    /// Messages of the window by hour of the day.
    pub hours: [u64; 24],
    /// How much of the window was read.
    pub reach: Reach,
    /// What it takes on disk.
    pub disk: Disk,
    /// Stores that could not be read, a sentence each.
    pub faults: Vec<String>,
}

impl Insights {
    /// The period's sum.
    pub fn period(&self) -> Sum {
        let mut sum = Sum::default();
        for day in &self.days {
            sum.add(day.sum);
        }
        sum
    }
}
