//! What the cursor is on, as text for the clipboard.

use chrono::{DateTime, Utc};

use super::{Reader, block::Kind, tool};
use crate::domain::{
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
            Some(Part::Error { kind, message } | Part::Notice { kind, message }) => {
                ("the message", format!("{kind}: {message}"))
            }
            Some(Part::Asked { prompt, .. }) => ("the question", prompt.clone()),
            Some(Part::Answered { answer, .. }) => ("the answer", answer.clone()),
            Some(Part::Raw { json, .. }) => ("the block", json.clone()),
            Some(Part::Thinking(None) | Part::Image { .. } | Part::Oversized { .. }) | None => id(),
        }
    }

    /// When the tool call under the cursor was made.
    pub fn call_under_cursor(&self) -> Option<DateTime<Utc>> {
        let block = self.current()?;
        match self.parts_of(block).next()? {
            Part::ToolRequest { .. } => self.window.messages().get(block.message)?.created_at,
            _ => None,
        }
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
