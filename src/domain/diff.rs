//! What changed from one board to the next: the lines of the event list.
//!
//! Pure, and silent where nothing changed: `diff(b, b)` is empty. A session that left the board for the
//! history has ended; one that is in neither was deleted, or is filtered from the history.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, Utc};
use strum::{Display, EnumString, IntoStaticStr};

use super::{
    board::{Board, ProcView, SessionView},
    health::Health,
    process::ProcId,
    session::SessionKey,
};

/// How the screen makes known that a session became stuck or orphaned. The words are those of `ui.notify`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Notify {
    /// On the screen alone.
    #[default]
    Off,
    /// By the terminal's bell.
    Bell,
    /// By a notification of the terminal's (OSC 9).
    Osc9,
}

/// Who changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A session and its name.
    Session(SessionKey, String),
    /// A process that stands alone, and its command.
    Process(ProcId, String),
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was not there before.
    Appeared(Health),
    /// Its class is another.
    Became {
        /// Before.
        from: Health,
        /// Now.
        to: Health,
    },
    /// It is history now.
    Ended,
    /// It is nowhere now.
    Gone,
    /// A process that an agent left behind.
    LeftBehind,
    /// A goose that no session can be tied to.
    Untracked,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When the newer board was taken.
    pub at: DateTime<Utc>,
    /// Who.
    pub who: Who,
    /// How.
    pub what: What,
    /// Why it has its class, in the words of its worst finding; empty where there is none.
    pub because: String,
}

impl Change {
    /// The class to show it in.
    pub fn health(&self) -> Health {
        match self.what {
            What::Appeared(health) | What::Became { to: health, .. } => health,
            What::Ended | What::Gone => Health::Ended,
            What::LeftBehind | What::Untracked => Health::Orphaned,
        }
    }

    /// The session, where it is one.
    pub fn session(&self) -> Option<&SessionKey> {
        match &self.who {
            Who::Session(key, _) => Some(key),
            Who::Process(..) => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Session(key, name) if name.is_empty() => write!(f, "{}", key.id)?,
            Who::Session(key, name) => write!(f, "{} {name}", key.id)?,
            Who::Process(id, command) => write!(f, "pid {} {command}", id.pid)?,
        }
        match self.what {
            What::Appeared(health) => write!(f, " appeared, {health}")?,
            What::Became { from, to } => write!(f, " went from {from} to {to}")?,
            What::Ended => write!(f, " ended")?,
            What::Gone => write!(f, " is gone")?,
            What::LeftBehind => write!(f, " was left behind")?,
            What::Untracked => write!(f, " is a goose without a session")?,
        }
        if self.because.is_empty() { Ok(()) } else { write!(f, ": {}", self.because) }
    }
}

/// What is different in the newer board, in its order; what is gone comes last.
pub fn diff(before: &Board, after: &Board) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut old: HashMap<&SessionKey, &SessionView> = before.families().map(|v| (v.key(), v)).collect();
    for view in after.families() {
        let what = match old.remove(view.key()) {
            None => What::Appeared(view.health),
            Some(was) if was.health != view.health => What::Became { from: was.health, to: view.health },
            Some(_) => continue,
        };
        let because = view.worst().map(|f| f.message.clone()).unwrap_or_default();
        changes.push(Change { at: after.taken_at, who: session(view), what, because });
    }
    strays(&before.leaked, &after.leaked, What::LeftBehind, after, &mut changes);
    strays(&before.untracked, &after.untracked, What::Untracked, after, &mut changes);
    // In the order of the board, not of the map.
    for view in before.families().filter(|v| old.contains_key(v.key())) {
        let what = if after.is_ended(view.key()) { What::Ended } else { What::Gone };
        changes.push(Change { at: after.taken_at, who: session(view), what, because: String::new() });
    }
    changes
}

fn session(view: &SessionView) -> Who {
    Who::Session(view.key().clone(), view.session.name.clone())
}

/// New ones are told, and those that ended; one that was tied to a session meanwhile still lives.
fn strays(before: &[ProcView], after: &[ProcView], new: What, board: &Board, changes: &mut Vec<Change>) {
    let has = |group: &[ProcView], id| group.iter().any(|p| p.proc.id == id);
    let mut push = |view: &ProcView, what| {
        let who = Who::Process(view.proc.id, view.proc.command());
        changes.push(Change { at: board.taken_at, who, what, because: String::new() });
    };
    for view in after.iter().filter(|p| !has(before, p.proc.id)) {
        push(view, new);
    }
    for view in before.iter().filter(|p| !has(after, p.proc.id) && board.process(p.proc.id).is_none()) {
        push(view, What::Gone);
    }
}
