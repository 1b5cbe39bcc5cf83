//! Whether one message is wanted, and the hit it makes.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Matcher, excerpt, quick};
use crate::domain::{
    find::any_text,
    session::{Role, SessionId},
    transcript::{Hit, Part, Place, ReadError, Wanted},
};

/// [`Wanted`], ready for use.
#[derive(Clone)]
pub struct Query {
    /// The words.
    pub matcher: Matcher,
    /// Hits that are told at most.
    pub most: Option<usize>,
    role: Option<Role>,
    tool: Option<String>,
    since: Option<DateTime<Utc>>,
}

/// A message as the search sees it.
pub struct Seen<'a> {
    /// Whose.
    pub session: &'a SessionId,
    /// Where.
    pub place: Place,
    /// Who said it.
    pub role: &'a Role,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// What.
    pub parts: &'a [Part],
}

/// What a quick look says.
pub enum Quick {
    /// Nothing: it has to be parsed.
    Parse,
    /// It does not fit.
    No,
    /// It fits.
    Fits,
    /// It fits, and says this.
    Hit(Words),
}

/// An excerpt, and which of its bytes fit.
pub type Words = (String, Range<usize>);

impl Query {
    /// Fails where the pattern cannot be read.
    pub fn new(wanted: &Wanted) -> Result<Self, ReadError> {
        Ok(Self {
            matcher: Matcher::of(wanted)?,
            most: wanted.most,
            role: wanted.role.clone(),
            tool: wanted.tool.as_ref().map(|tool| tool.to_lowercase()),
            since: wanted.since,
        })
    }

    /// What can be said without reading the content. A message without a time is not known to be new.
    pub fn may_fit(&self, at: Option<DateTime<Utc>>, role: impl FnOnce() -> Role) -> bool {
        self.since.is_none_or(|since| at.is_some_and(|at| at >= since))
            && self.role.as_ref().is_none_or(|wanted| role() == *wanted)
    }

    /// What can be said of a stored message without parsing it.
    pub fn quick(&self, json: &[u8], keep: bool) -> Quick {
        if self.tool.is_some() {
            return Quick::Parse;
        }
        let mut found = None;
        let fits = quick::any(json, &mut |words| match self.matcher.find(words) {
            Some(range) if keep => {
                found = Some(excerpt::around(words, range));
                true
            }
            range => range.is_some(),
        });
        match (fits, found) {
            (None, _) => Quick::Parse,
            (Some(false), _) => Quick::No,
            (Some(true), None) => Quick::Fits,
            (Some(true), Some(words)) => Quick::Hit(words),
        }
    }

    /// The message's first text that fits. `tool_of` knows the tool of a call, by its id: a response
    /// does not name it.
    pub fn hit(&self, seen: &Seen<'_>, tool_of: &mut dyn FnMut(&str) -> Option<String>) -> Option<Hit> {
        let found = seen.parts.iter().find_map(|part| {
            let found = self.find(part)?;
            self.tool_fits(part, tool_of).then_some(found)
        });
        let (excerpt, fits) = found?;
        let (session, role) = (seen.session.clone(), seen.role.clone());
        Some(Hit { session, place: seen.place, role, at: seen.at, excerpt, fits })
    }

    fn find(&self, part: &Part) -> Option<Words> {
        let mut found = None;
        any_text(part, &mut |text| {
            found = self.matcher.find(text).map(|range| excerpt::around(text, range));
            found.is_some()
        });
        found
    }

    fn tool_fits(&self, part: &Part, tool_of: &mut dyn FnMut(&str) -> Option<String>) -> bool {
        let Some(wanted) = &self.tool else { return true };
        let fits = |tool: &str| tool.to_lowercase().contains(wanted);
        match part {
            Part::ToolRequest { tool, .. } => fits(tool),
            Part::ToolResponse { id, .. } => tool_of(id).is_some_and(|tool| fits(&tool)),
            _ => false,
        }
    }
}

/// The tool that these parts ask for under an id.
pub fn tool_in(parts: &[Part], wanted: &str) -> Option<String> {
    parts.iter().find_map(|part| match part {
        Part::ToolRequest { id, tool, .. } if id == wanted => Some(tool.clone()),
        _ => None,
    })
}
