//! What is looked for in conversations, and what was found.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::Place;
use crate::domain::session::{Role, SessionId};

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words or a pattern.
    pub words: String,
    /// `words` is a regular expression.
    pub regex: bool,
    /// Only what this role said.
    pub role: Option<Role>,
    /// Only calls and results of tools whose name contains this.
    pub tool: Option<String>,
    /// What goose hides from people too: turn contexts, summaries.
    pub hidden: bool,
    /// Not older than this.
    pub since: Option<DateTime<Utc>>,
    /// This many hits are told, the newest; the others are only counted. `None` for all.
    pub most: Option<usize>,
}

/// One message that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Whose.
    pub session: SessionId,
    /// Where.
    pub place: Place,
    /// Whose message it is.
    pub role: Role,
    /// What fits is of a call or its result, not of what anybody said.
    pub in_tool: bool,
    /// The message is hidden from people: goose wrote it for the model.
    pub hidden: bool,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// The words around it, one cleaned line.
    pub excerpt: String,
    /// Bytes of `excerpt` that fit.
    pub fits: std::ops::Range<usize>,
}

impl Hit {
    /// Who is named for it: goose stores what a tool printed, and what it tells the model by itself, as its
    /// user's.
    pub fn speaker(&self) -> Cow<'_, str> {
        match self {
            Self { in_tool: true, .. } => "tool".into(),
            Self { hidden: true, .. } => "context".into(),
            _ => self.role.word(),
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Messages looked at.
    pub messages: u64,
    /// Messages there are.
    pub of: u64,
    /// Hits so far.
    pub hits: u64,
}
