//! What every form says in the same words.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Answer, Entry};
use crate::domain::{
    text,
    transcript::{ToolContent, Usage},
    words::{bytes, call_cost, count, spoken},
};

/// Characters of a call's arguments on its line.
const ARGUMENTS: usize = 160;

/// A pause shorter than this is not worth a word.
pub const GAP: Duration = Duration::from_secs(60);

/// `2026-11-20 13:37:05Z`: UTC, because the reader of a ticket may live elsewhere.
pub fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "time unknown".into(), |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// What is special about a message, a few words each.
pub fn marks(entry: &Entry) -> Vec<&'static str> {
    let message = &entry.message;
    let away = if entry.command { "not sent to the model" } else { "no longer sent to the model" };
    let marks = [
        (message.turn_context, "turn context"),
        (!message.user_visible && !message.turn_context, "seen by the model alone"),
        (!message.agent_visible, away),
    ];
    marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect()
}

/// `developer__shell: npm test`, `developer__text_editor: view /src/a.js`.
pub fn call(tool: &str, arguments: &Value) -> String {
    let tool = text::line(tool);
    let word = |name| arguments.get(name).and_then(Value::as_str);
    let short = match (word("command"), word("path")) {
        (Some(command), Some(path)) => format!("{command} {path}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None)
            if arguments.is_null() || arguments.as_object().is_some_and(serde_json::Map::is_empty) =>
        {
            return tool.into_owned();
        }
        (None, None) => arguments.to_string(),
    };
    format!("{tool}: {}", text::cut(&text::line(head(&short, ARGUMENTS)), ARGUMENTS))
}

/// Enough bytes for so many characters: cleaning a megabyte for a line would be waste.
fn head(words: &str, characters: usize) -> &str {
    let mut end = words.len().min((characters + 1) * 4);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    &words[..end]
}

/// The arguments in full, one JSON text over several lines.
pub fn arguments(arguments: &Value) -> String {
    match arguments.get("command").and_then(Value::as_str) {
        Some(command) if arguments.as_object().is_some_and(|map| map.len() == 1) => {
            text::block(command).into_owned()
        }
        _ => text::block(&serde_json::to_string_pretty(arguments).unwrap_or_default()).into_owned(),
    }
}

/// `ok`, `failed`, `exit 1`, `no answer`.
pub fn outcome(answer: Option<&Answer>) -> String {
    let Some(answer) = answer else { return "no answer".into() };
    match (answer.failed, answer.exit_code) {
        (_, Some(code)) if code != 0 => format!("exit {code}"),
        (true, _) => "failed".into(),
        (false, _) => "ok".into(),
    }
}

/// The call went wrong, or never ended.
pub fn is_bad(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|a| a.failed || a.exit_code.is_some_and(|code| code != 0))
}

/// How long a tool took; stored times are whole seconds.
pub fn took(answer: Option<&Answer>) -> Option<String> {
    answer?.took.map(|took| if took.is_zero() { "under 1s".into() } else { spoken(took) })
}

/// What a tool gave, as text.
pub fn content(content: &ToolContent) -> String {
    match content {
        ToolContent::Text(printed) => printed.plain(),
        ToolContent::Image { mime, bytes } => image(mime, *bytes),
        ToolContent::Resource { uri, text: said } => {
            let said = said.as_ref().map(|t| format!("\n{}", t.plain())).unwrap_or_default();
            format!("[resource {}]{said}", text::line(uri))
        }
        ToolContent::Raw { kind, json } => raw(kind, json),
    }
}

/// All of what a tool gave.
pub fn contents(parts: &[ToolContent]) -> String {
    parts.iter().map(content).collect::<Vec<_>>().join("\n")
}

/// A picture's stand-in.
pub fn image(mime: &str, size: u64) -> String {
    format!("[picture {}, {}]", text::line(mime), bytes(size))
}

/// Something goosetop does not know.
pub fn raw(kind: &str, json: &str) -> String {
    format!("[{}] {}", text::line(kind), text::block(json))
}

/// A row that is too large.
pub fn oversized(size: u64) -> String {
    format!("[a message of {}: too large to be shown here]", bytes(size))
}

/// `gpt-4o, 1.2k in, 300 out, $0.012, 3s`.
pub fn usage(usage: &Usage) -> String {
    let parts = [
        usage.compaction.then(|| "compaction".into()),
        usage.model.as_deref().map(|m| text::line(m).into_owned()),
        usage.input.map(|n| format!("{} in", count(n))),
        usage.output.map(|n| format!("{} out", count(n))),
        usage.cost_usd.and_then(call_cost),
        usage.elapsed.map(|d| format!("{:.1}s", d.as_secs_f64())),
        usage.first_token.map(|d| format!("first token after {:.1}s", d.as_secs_f64())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The line where a compaction happened.
pub const COMPACTED: &str = "compacted here: from now on the model has a summary of what stands above";
