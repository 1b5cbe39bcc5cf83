//! STAND-IN, to be deleted when `domain::query` and `domain::board::ended_view` are here: the same
//! names and signatures, the least that works. Only `select.rs` uses it.

use std::{cmp::Ordering, sync::Arc};

use chrono::{DateTime, Utc};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::domain::{
    board::SessionView,
    health::Health,
    session::Session,
    turn::{Turn, TurnState},
};

/// A filter: words that must all occur in id, name or directory.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<String>);

/// Never made here.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryError {}

impl Query {
    /// Reads it.
    #[expect(clippy::unnecessary_wraps, reason = "the real one can fail")]
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self(text.split_whitespace().map(str::to_lowercase).collect()))
    }

    /// True where it fits.
    pub fn matches_family(&self, view: &SessionView, _now: DateTime<Utc>) -> bool {
        let s = &view.session;
        let text = format!("{} {} {}", s.key.id, s.name, s.working_dir.display()).to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }
}

/// What is sorted.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a>(&'a SessionView);

impl<'a> From<&'a SessionView> for Subject<'a> {
    fn from(view: &'a SessionView) -> Self {
        Self(view)
    }
}

/// An order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
pub enum Sort {
    /// Worst first.
    #[default]
    Attention,
    /// Longest first.
    Inactive,
    /// By that.
    Created,
    /// By that.
    Name,
    /// By that.
    Tokens,
    /// By that.
    Cost,
    /// By that.
    Memory,
    /// By that.
    Cpu,
}

impl Sort {
    /// Which comes first.
    pub fn order(self, a: Subject<'_>, b: Subject<'_>, _reverse: bool) -> Ordering {
        match self {
            Self::Name => a.0.session.name.cmp(&b.0.session.name),
            Self::Inactive => b.0.inactive.cmp(&a.0.inactive),
            Self::Created => b.0.session.created_at.cmp(&a.0.session.created_at),
            _ => Ordering::Equal,
        }
    }
}

/// A row of the history as a view.
pub fn ended_view(session: &Arc<Session>, now: DateTime<Utc>) -> SessionView {
    let last_activity_at = session.stored_activity();
    let state = if session.tail.is_some() { TurnState::Finished } else { TurnState::Unknown };
    SessionView {
        session: Arc::clone(session),
        health: Health::Ended,
        turn: Turn { state, since: last_activity_at, ..Turn::default() },
        findings: Vec::new(),
        owner: None,
        attached: None,
        processes: Vec::new(),
        last_activity_at,
        inactive: last_activity_at.and_then(|at| (now - at).to_std().ok()),
        sub_agents: Vec::new(),
    }
}
