//! What is not what it was.

use serde::Serialize;

use super::super::clean;
use crate::domain::{
    board::Board,
    diff::{Change, What, Who},
    health::Health,
};

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
