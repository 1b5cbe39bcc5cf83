//! A message reduced to when it was and who made it: enough to say where the time of a conversation
//! went, and to find the next word of a person, the next tool or error, without keeping the messages.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    session::Role,
    transcript::{Message, Part, Place},
};

/// Stored times are whole seconds: this much later is still the same moment.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(2);

/// Who is waited for until a message is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The model answers.
    Model,
    /// A tool answers.
    Tool,
    /// A person speaks.
    Person,
}

/// One message's place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Where it stands.
    pub place: Place,
    /// When it was built.
    pub at: Option<DateTime<Utc>>,
    /// When its row was inserted.
    pub stored_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub by: Spent,
    /// A person's own words.
    pub is_user: bool,
    /// It asks for a tool.
    pub has_tool: bool,
    /// An error, or a tool that failed.
    pub has_error: bool,
    /// Not part of the human transcript.
    pub hidden: bool,
    /// Compaction put it away.
    pub put_away: bool,
}

impl Beat {
    /// What a message comes down to.
    pub fn of(message: &Message) -> Self {
        let answers = message.parts.iter().any(|p| matches!(p, Part::ToolResponse { .. }));
        let hidden = is_hidden(message);
        let by = match message.role {
            Role::Assistant => Spent::Model,
            _ if answers => Spent::Tool,
            _ => Spent::Person,
        };
        Self {
            place: message.place,
            at: message.created_at,
            stored_at: message.stored_at,
            by,
            is_user: by == Spent::Person && message.role == Role::User && !hidden,
            has_tool: message.parts.iter().any(|p| matches!(p, Part::ToolRequest { .. })),
            has_error: message.parts.iter().any(is_error),
            hidden,
            put_away: !message.agent_visible,
        }
    }

    /// When it was complete. A tool's result is built when it is asked for and stored when it is there;
    /// a row that was stored after the next message was built was written anew (compaction, import), and
    /// tells nothing.
    pub fn ended(&self, next: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let at = self.at?;
        let rewritten = |stored: DateTime<Utc>| next.is_some_and(|next| stored > next + SAME_MOMENT);
        match self.stored_at {
            Some(stored) if self.by == Spent::Tool && stored > at && !rewritten(stored) => Some(stored),
            _ => Some(at),
        }
    }

    /// How long the tool took that `asked` asks for, where that can be told.
    ///
    /// It was at work from when its result was built, or from when its request was stored, whichever came
    /// first: a goose that stores a round when it is over builds results when it asks for them, and one
    /// that stores each step builds them when they are there.
    pub fn tool_took(&self, asked: &Self, next: Option<DateTime<Utc>>) -> Option<Duration> {
        let (at, stored) = (self.at?, self.stored_at?);
        let ended = self.ended(next)?;
        let known = self.by == Spent::Tool && (ended == stored || stored <= at);
        let stored = asked.stored_at.max(asked.at).filter(|_| asked.stored_at.is_some());
        let began = stored.map_or(at, |stored| stored.min(at));
        known.then(|| (ended - began).to_std().ok()).flatten()
    }
}

/// Hidden from the human transcript: agent-only rows, and goose's turn context.
pub fn is_hidden(message: &Message) -> bool {
    !message.user_visible || message.turn_context
}

/// For the model alone, and no turn context: a summary, or what it is told with it.
pub fn is_for_model(message: &Message) -> bool {
    message.agent_visible && !message.user_visible && !message.turn_context
}

/// The first of these rows is where goose compacted, if rows that are not sent to the model stand before
/// it: a summary in the person's name and a continuation in the model's, both for the model alone.
///
/// Rows that stop being for people alone prove nothing: `/status` and `/doctor` are stored as rows the
/// model never sees, and `/doctor` speaks to the model alone after them (goose 1.52).
pub fn is_compaction<'a>(rows: impl IntoIterator<Item = &'a Message>) -> bool {
    rows.into_iter().take_while(|m| is_for_model(m)).any(|m| m.role == Role::Assistant)
}

/// An error a person wants to see.
pub fn is_error(part: &Part) -> bool {
    match part {
        Part::Error { .. } => true,
        Part::ToolRequest { invalid, .. } => invalid.is_some(),
        Part::ToolResponse { failed, exit_code, .. } => *failed || exit_code.is_some_and(|code| code != 0),
        _ => false,
    }
}
