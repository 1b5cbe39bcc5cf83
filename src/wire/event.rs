//! Events: the lines of `goosetop watch`, and the messages of the event stream.
//!
//! ```text
//!  Change, Plan, Progress, Report ──► Event ──► EventDto { schema_version, at, event, … } ──► one line of JSON
//! ```
//!
//! Every line has `schema_version`, `at` and `event`; what else it has follows from `event`.

mod action;
mod change;
mod life;

pub use action::{ActionDto, FinishedDto, PlanDto, ProgressDto, RefusedDto};
pub use change::ChangeDto;
pub use life::{BecauseDto, CheckDto, HookFailedDto, LimitDto, LostDto, StartedDto, StoppedDto};

use chrono::{DateTime, Utc};
use serde::Serialize;
use strum::IntoStaticStr;

use super::{ProjectCleanupDto, SCHEMA_VERSION, time};
use crate::domain::diff::Change;

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
    /// Events were lost: nobody took them.
    Lost(LostDto),
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

impl From<&Change> for Event {
    fn from(change: &Change) -> Self {
        Self::Change(change.into())
    }
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
    ActionFinished(FinishedDto) Refused(RefusedDto) Limit(LimitDto) HookFailed(HookFailedDto) Lost(LostDto)
    Stopped(StoppedDto) ProjectCleanupCompleted(ProjectCleanupDto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        diff::{What, Who},
        health::Health,
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
        assert_eq!(value["name"], crate::wire::clean("make\nall"), "cleaned, one line");
        let because = || BecauseDto { because: "SIGTERM".into() };
        for event in [Event::Stopping(because()), Event::Acting(because()), Event::Standby(because())] {
            let event = EventDto::new(DateTime::UNIX_EPOCH, event);
            assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.name());
        }
    }
}
