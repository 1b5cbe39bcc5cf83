//! What the cursor is on, as text for the clipboard.

use chrono::{DateTime, Utc};

use super::{Reader, block::Kind, tool};
use crate::domain::{
    session::SessionId,
    text,
    transcript::{Part, Printed, ToolContent},
};

impl Reader {
    /// What would be copied: what it is, and the text. The session's id where the cursor is between things.
    pub fn copy(&self) -> (&'static str, String) {
        let id = || ("the id", self.key.id.to_string());
        let Some(block) = self.current() else { return id() };
        if !matches!(block.kind, Kind::Part | Kind::Call(_)) {
            return id();
        }
        match self.parts_of(block).next() {
            Some(Part::Text(text) | Part::Thinking(Some(text))) => ("the message", text.clone()),
            Some(Part::ToolRequest { arguments, .. }) => {
                if let Some(command) = tool::command(arguments) {
                    return ("the command", text::block(command).into_owned());
                }
                let json = serde_json::to_string_pretty(arguments).unwrap_or_default();
                ("the arguments", text::block(&json).into_owned())
            }
            Some(Part::ToolResponse { content, .. }) => ("the output", plain(content)),
            Some(Part::Error { kind, message }) => ("the message", format!("error ({kind}): {message}")),
            Some(Part::Notice { message, .. }) => ("the message", message.clone()),
            Some(Part::Asked { prompt, .. }) => ("the question", prompt.clone()),
            Some(Part::Answered { answer, .. }) => ("the answer", answer.clone()),
            Some(Part::Raw { json, .. }) => ("the block", json.clone()),
            Some(Part::Thinking(None) | Part::Image { .. } | Part::Oversized { .. }) | None => id(),
        }
    }

    /// When the tool call under the cursor was made, and how many calls of the same tool stand before it
    /// in its message.
    pub fn call_under_cursor(&self) -> Option<(DateTime<Utc>, usize)> {
        let block = self.current()?;
        let Part::ToolRequest { tool, .. } = self.parts_of(block).next()? else { return None };
        let message = self.window.messages().get(block.message)?;
        let same = |part: &&Part| matches!(part, Part::ToolRequest { tool: other, .. } if other == tool);
        Some((message.created_at?, message.parts.iter().take(block.part).filter(same).count()))
    }

    /// The sub-agent that the answer under the cursor names.
    pub fn sub_agent_under_cursor(&self) -> Option<SessionId> {
        self.parts_of(self.current()?).find_map(|part| match part {
            Part::ToolResponse { sub_agent, .. } => sub_agent.clone(),
            _ => None,
        })
    }
}

fn plain(content: &[ToolContent]) -> String {
    let texts = content.iter().filter_map(|content| match content {
        ToolContent::Text(printed) => Some(printed.plain()),
        ToolContent::Resource { uri, text } => {
            Some(text.as_ref().map_or_else(|| uri.clone(), Printed::plain))
        }
        ToolContent::Raw { json, .. } => Some(json.clone()),
        ToolContent::Image { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
