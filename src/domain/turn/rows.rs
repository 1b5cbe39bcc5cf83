//! What the stored rows alone say. Only half of the truth: see [`super::derive`].

use chrono::{DateTime, Utc};

use crate::domain::session::{Block, Role, Tail, TailMessage};

/// The last rows, read as a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// No message.
    Empty,
    /// The assistant has spoken and asked for nothing.
    Complete,
    /// A person's words, unanswered.
    UserSpoke,
    /// A tool has answered; the model is next.
    ToolAnswered,
    /// A tool was asked for and has not answered.
    ToolAsked {
        /// Its name.
        tool: String,
        /// What it should run.
        command: Option<String>,
    },
    /// A person is asked something.
    Approval {
        /// What.
        prompt: String,
    },
    /// The turn ended in an error.
    Error {
        /// What it said.
        message: String,
    },
    /// The last row cannot be understood.
    Unclear {
        /// Why.
        why: String,
    },
}

/// The state and the time of the row that decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct RowState {
    /// What they say.
    pub rows: Rows,
    /// When the deciding row was written.
    pub at: Option<DateTime<Utc>>,
}

/// Reads the end of a conversation.
pub fn read(tail: &Tail) -> RowState {
    // Rows hidden from people (turn context, compaction summaries) do not end or begin a turn.
    let visible: Vec<&TailMessage> = tail.spoken().filter(|m| m.user_visible).collect();
    let Some(last) = visible.last() else {
        return RowState { rows: Rows::Empty, at: None };
    };
    let at = last.known_at();
    let rows = asked_in_vain(&visible).unwrap_or_else(|| by_last(last));
    RowState { rows, at }
}

/// A question or request in the last two messages without its answer.
fn asked_in_vain(visible: &[&TailMessage]) -> Option<Rows> {
    let recent = &visible[visible.len().saturating_sub(2)..];
    let mut open: Option<(String, Rows)> = None;
    for block in recent.iter().flat_map(|m| &m.blocks) {
        match block {
            Block::ToolRequest { id, tool, command, invalid: false, .. } => {
                let rows = Rows::ToolAsked { tool: tool.clone(), command: command.clone() };
                open = Some((id.clone(), rows));
            }
            Block::ActionRequired { id, prompt } => {
                open = Some((id.clone(), Rows::Approval { prompt: prompt.clone() }));
            }
            Block::ToolResponse { id, .. } | Block::ActionAnswered { id }
                if open.as_ref().is_some_and(|(asked, _)| asked == id) =>
            {
                open = None;
            }
            // Words after the question supersede it.
            Block::Text { .. } if open.as_ref().is_some_and(|(_, r)| matches!(r, Rows::Approval { .. })) => {
                open = None;
            }
            _ => {}
        }
    }
    let last_is_person = visible.last().is_some_and(|m| is_persons(m));
    open.filter(|_| !last_is_person).map(|(_, rows)| rows)
}

fn by_last(last: &TailMessage) -> Rows {
    for block in last.blocks.iter().rev() {
        match block {
            Block::Error { message, .. } => return Rows::Error { message: message.clone() },
            Block::ToolResponse { .. } => return Rows::ToolAnswered,
            Block::Unreadable { why } => return Rows::Unclear { why: why.clone() },
            Block::Oversized { bytes } if last.role == Role::User => {
                return Rows::Unclear { why: format!("the last row has {bytes} bytes") };
            }
            _ => {}
        }
    }
    match &last.role {
        Role::User if last.blocks.iter().any(|b| matches!(b, Block::ActionAnswered { .. })) => {
            Rows::ToolAnswered
        }
        Role::User => Rows::UserSpoke,
        Role::Assistant => Rows::Complete,
        Role::Other(word) => Rows::Unclear { why: format!("the last row has the role \"{word}\"") },
    }
}

/// A message that a person wrote: role user, words, no tool result.
pub fn is_persons(message: &TailMessage) -> bool {
    message.role == Role::User
        && message.user_visible
        && !message.turn_context
        && message.blocks.iter().any(|b| matches!(b, Block::Text { .. } | Block::Image))
        && !message.blocks.iter().any(|b| matches!(b, Block::ToolResponse { .. }))
}

/// Rounds of the current turn that the model has answered and goose has not stored yet: ledger rows
/// since the turn began, minus stored answers. 1 while a tool runs or a person is asked, 0 while the
/// model is awaited (measured on goose 1.52, facts 0.2).
///
/// Ledger times have whole seconds, so a row of the turn before may share the second in which this
/// turn began; counting from the turn before as well, and taking the smaller number, rules that out.
pub fn answered_rounds(tail: &Tail) -> usize {
    let mut begins = tail.messages.iter().rev().filter(|m| is_persons(m)).filter_map(|m| m.created_at);
    let surplus = |since: DateTime<Utc>| {
        let calls = tail.ledger.iter().filter(|at| **at >= since).count();
        let stored = tail.messages.iter().filter(|m| m.has_usage && m.known_at() >= Some(since)).count();
        calls.saturating_sub(stored)
    };
    let Some(current) = begins.next() else { return 0 };
    let here = surplus(current);
    begins.next().map_or(here, |before| here.min(surplus(before)))
}
