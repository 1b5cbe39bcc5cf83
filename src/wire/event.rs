//! Events: the lines of `goosetop watch`, and the messages of the event stream.
//!
//! ```text
//!  Change, Plan, Progress, Report ──► Event ──► EventDto { schema_version, at, event, … } ──► one line of JSON
//! ```
//!
//! Every line has `schema_version`, `at` and `event`; what else it has follows from `event`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use strum::IntoStaticStr;

use super::{
    FaultDto, ProjectCleanupDto, ReportDto, SCHEMA_VERSION, Status, StepDto, SummaryDto, clean, seconds, time,
};
use crate::{
    domain::{
        board::Board,
        diff::{Change, What, Who},
        health::Health,
        plan::Plan,
    },
    effects::{self, Progress, Report},
};

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventDto {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When.
    pub at: String,
    /// What; its name stands in `event`.
    #[serde(flatten)]
    pub event: Event,
}

impl EventDto {
    /// Something happened at this moment.
    pub fn new(at: DateTime<Utc>, event: impl Into<Event>) -> Self {
        Self { schema_version: SCHEMA_VERSION, at: time(at), event: event.into() }
    }

    /// Its name: `change`, `action_finished`, ...
    pub fn name(&self) -> &'static str {
        (&self.event).into()
    }

    /// One line of JSON with its line break.
    ///
    /// # Errors
    /// A defect: every shape here can be written.
    pub fn line(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

impl From<&Change> for EventDto {
    fn from(change: &Change) -> Self {
        Self::new(change.at, ChangeDto::from(change))
    }
}

/// What happened.
#[derive(Clone, Debug, Serialize, IntoStaticStr)]
#[serde(tag = "event", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// Watching begins.
    Started(StartedDto),
    /// A health check was made.
    Check(CheckDto),
    /// A session or a process is not what it was at the check before.
    Change(ChangeDto),
    /// This is what would be done; where `acting`, it is done next.
    Plan(PlanDto),
    /// A plan is being run.
    ActionStarted(ActionDto),
    /// Something in it happened.
    Step(ProgressDto),
    /// It is done.
    ActionFinished(FinishedDto),
    /// A project's clean-up is done, with the second clean where one followed.
    ProjectCleanupCompleted(ProjectCleanupDto),
    /// Something should have been done and was not, and why.
    Refused(RefusedDto),
    /// A headless run passed a limit of its own.
    Limit(LimitDto),
    /// A hook failed, was ended, or was not run.
    HookFailed(HookFailedDto),
    /// Another watcher of this user acts; this one only watches.
    Standby(BecauseDto),
    /// This one acts from now on.
    Acting(BecauseDto),
    /// What was told before does not lead here: begin again with the board that follows.
    Reset(BecauseDto),
    /// The end was asked for.
    Stopping(BecauseDto),
    /// The last line.
    Stopped(StoppedDto),
}

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

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeDto {
    /// `appeared`, `became`, `ended`, `gone`, `left_behind`, `untracked`.
    pub what: String,
    /// The session, where it is one.
    pub session_id: Option<String>,
    /// The process that stands alone, or the session's owner where it is known.
    pub pid: Option<u32>,
    /// The session's name, or the process's command.
    pub name: String,
    /// Its class before; `null` where it was not there.
    pub from: Option<String>,
    /// Its class now; `null` where it is nowhere now, or has none.
    pub to: Option<String>,
    /// Why, in the words of its worst finding; else empty.
    pub because: String,
    /// The change in one sentence.
    pub message: String,
}

impl ChangeDto {
    /// A change, with the owner's number from the newer board.
    pub fn on(change: &Change, board: &Board) -> Self {
        let view = change.session().and_then(|key| board.families().find(|v| v.key() == key));
        let owner = view.and_then(|v| v.owner.as_ref()).map(|o| o.proc.id.pid);
        let told = Self::from(change);
        Self { pid: told.pid.or(owner), ..told }
    }
}

impl From<&Change> for ChangeDto {
    fn from(change: &Change) -> Self {
        let (session_id, pid, name) = match &change.who {
            Who::Session(key, name) => (Some(key.id.to_string()), None, name),
            Who::Process(id, command) => (None, Some(id.pid), command),
        };
        let (what, from, to) = match change.what {
            What::Appeared(health) => ("appeared", None, Some(health)),
            What::Became { from, to } => ("became", Some(from), Some(to)),
            What::Ended => ("ended", None, Some(Health::Ended)),
            What::Gone => ("gone", None, None),
            What::LeftBehind => ("left_behind", None, Some(Health::Orphaned)),
            // Its finding decides: an idle server is none to worry about.
            What::Untracked => ("untracked", None, None),
        };
        Self {
            what: what.to_owned(),
            session_id,
            pid,
            name: clean(name),
            from: from.map(|health| health.to_string()),
            to: to.map(|health| health.to_string()),
            because: clean(&change.because),
            message: clean(&change.to_string()),
        }
    }
}

impl From<&Change> for Event {
    fn from(change: &Change) -> Self {
        Self::Change(change.into())
    }
}

/// What would be done.
#[derive(Clone, Debug, Serialize)]
pub struct PlanDto {
    /// It is run next; else it was asked for only to be shown.
    pub acting: bool,
    /// How much more was meant than one run may end: next time.
    pub deferred: usize,
    /// The plan, as a dry run reports it.
    pub plan: ReportDto,
}

impl PlanDto {
    /// A plan as it was made.
    pub fn new(plan: &Plan, acting: bool, deferred: usize) -> Self {
        let shown = effects::dry_run(plan, plan.made_at);
        Self { acting, deferred, plan: ReportDto::from(&shown) }
    }
}

/// A run in short.
#[derive(Clone, Debug, Serialize)]
pub struct ActionDto {
    /// The verb.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
    /// Sessions that end.
    pub sessions: Vec<String>,
    /// Processes that are signalled.
    pub processes: usize,
}

impl From<&Plan> for ActionDto {
    fn from(plan: &Plan) -> Self {
        Self {
            action: plan.intent.verb().to_owned(),
            reason: plan.reason.as_deref().map(clean),
            sessions: plan.sessions.iter().map(|c| c.key.id.to_string()).collect(),
            processes: plan.steps.len(),
        }
    }
}

/// Something in a run happened.
#[derive(Clone, Debug, Serialize)]
pub struct ProgressDto {
    /// `term_sent`, `kill_sent`, `found`, `done`.
    pub what: String,
    /// The process.
    pub pid: u32,
    /// Until KILL, after `term_sent`.
    pub kill_in_seconds: Option<f64>,
    /// The whole step, with `found` and `done`.
    pub step: Option<StepDto>,
}

impl From<&Progress> for ProgressDto {
    fn from(progress: &Progress) -> Self {
        let (what, pid, kill_in, step) = match progress {
            Progress::TermSent { id, kill_in } => ("term_sent", id.pid, Some(*kill_in), None),
            Progress::KillSent { id } => ("kill_sent", id.pid, None, None),
            Progress::Found(step) => ("found", step.step.id.pid, None, Some(step)),
            Progress::Done(step) => ("done", step.step.id.pid, None, Some(step)),
        };
        let step = step.map(|step| StepDto::from(step.as_ref()));
        Self { what: what.to_owned(), pid, kill_in_seconds: kill_in.map(seconds), step }
    }
}

/// A run is done.
#[derive(Clone, Debug, Serialize)]
pub struct FinishedDto {
    /// How.
    pub report: ReportDto,
}

impl From<&Report> for FinishedDto {
    fn from(report: &Report) -> Self {
        Self { report: ReportDto::from(report) }
    }
}

/// Nothing was done.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedDto {
    /// The verb.
    pub action: String,
    /// Why not.
    pub because: String,
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

macro_rules! events {
    ($($variant:ident($dto:ty))*) => {
        $(impl From<$dto> for Event {
            fn from(dto: $dto) -> Self {
                Self::$variant(dto)
            }
        })*
    };
}

events! {
    Started(StartedDto) Check(CheckDto) Change(ChangeDto) Plan(PlanDto) ActionStarted(ActionDto) Step(ProgressDto)
    ActionFinished(FinishedDto) Refused(RefusedDto) Limit(LimitDto) HookFailed(HookFailedDto) Stopped(StoppedDto)
    ProjectCleanupCompleted(ProjectCleanupDto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        process::ProcId,
        session::{SessionId, SessionKey},
    };

    #[test]
    fn a_change_is_one_flat_line() {
        let key = SessionKey { store: 0, id: SessionId::new("20261120_7") };
        let change = Change {
            at: DateTime::UNIX_EPOCH,
            who: Who::Session(key, "web".into()),
            what: What::Became { from: Health::Healthy, to: Health::Stuck },
            because: "inactive for 35m".into(),
        };
        assert_eq!(
            EventDto::from(&change).line().unwrap(),
            concat!(
                r#"{"schema_version":1,"at":"1970-01-01T00:00:00Z","event":"change","what":"became","#,
                r#""session_id":"20261120_7","pid":null,"name":"web","from":"healthy","to":"stuck","#,
                r#""because":"inactive for 35m","#,
                r#""message":"20261120_7 web went from healthy to stuck: inactive for 35m"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn names_are_those_of_the_lines() {
        let who = Who::Process(ProcId { pid: 9, start: 1 }, "make\nall".into());
        let change = Change { at: DateTime::UNIX_EPOCH, who, what: What::LeftBehind, because: String::new() };
        let event = EventDto::from(&change);
        assert_eq!(event.name(), "change");
        let value = serde_json::to_value(&event).unwrap();
        assert_eq!((&value["what"], &value["pid"]), (&"left_behind".into(), &9.into()));
        assert_eq!(value["name"], clean("make\nall"), "cleaned, one line");
        let because = || BecauseDto { because: "SIGTERM".into() };
        for event in [Event::Stopping(because()), Event::Acting(because()), Event::Standby(because())] {
            let event = EventDto::new(DateTime::UNIX_EPOCH, event);
            assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.name());
        }
    }
}
