//! A stored message's JSON → [`Block`]s, leniently: every block type any goose version wrote, in
//! every shape it had, and what is not known is kept and named (facts 3).

use std::hash::{DefaultHasher, Hash, Hasher};

use memchr::{memchr2, memmem};
use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::{
    domain::{
        session::{Block, Role},
        text,
    },
    sources::blocks::{ToolCall, ToolResult, str_at, str_either, word},
};

/// Characters kept of a text, a result, an error: enough for a line or two on a screen.
const PREVIEW: usize = 400;

/// Bytes looked at for a preview; cleaning a megabyte for 400 characters would be waste.
const PREVIEW_BYTES: usize = PREVIEW * 8;

/// Blocks kept of one message; no goose writes near as many.
const MAX_BLOCKS: usize = 500;

/// What `metadata_json` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// Part of the human transcript.
    pub user_visible: bool,
    /// Part of what the model is sent.
    pub agent_visible: bool,
    /// goose's hidden turn-context message.
    pub turn_context: bool,
    /// Carries the usage of its model call.
    pub has_usage: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self { user_visible: true, agent_visible: true, turn_context: false, has_usage: false }
    }
}

/// Reads `metadata_json`; what is missing or odd has goose's defaults.
pub fn flags(json: &[u8]) -> Flags {
    serde_json::from_slice(json).as_ref().map(flags_of).unwrap_or_default()
}

/// True for a row that people are not shown: what [`flags`] says of it, and without parsing what surely says
/// no such thing.
pub fn is_hidden(metadata: ValueRef<'_>) -> bool {
    let (ValueRef::Text(json) | ValueRef::Blob(json)) = metadata else { return false };
    let is_in = |word: &[u8]| memmem::find(json, word).is_some();
    let may_say = memchr2(b'0', b'\\', json).is_some() || is_in(b"false") || is_in(b"ontext");
    may_say && {
        let flags = flags(json);
        !flags.user_visible || flags.turn_context
    }
}

/// The same from a parsed object.
pub fn flags_of(meta: &Value) -> Flags {
    let visible = |camel, snake| match meta.get(camel).or_else(|| meta.get(snake)) {
        Some(Value::Bool(b)) => *b,
        Some(Value::Number(n)) => n.as_f64() != Some(0.0),
        _ => true,
    };
    let context = meta.get("turnContext").or_else(|| meta.get("turn_context"));
    Flags {
        user_visible: visible("userVisible", "user_visible"),
        agent_visible: visible("agentVisible", "agent_visible"),
        turn_context: !matches!(context, None | Some(Value::Null | Value::Bool(false))),
        has_usage: meta.get("usage").is_some_and(Value::is_object),
    }
}

/// Reads a role word.
pub fn role(word: &str) -> Role {
    match word {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        other => Role::Other(text::cut(&text::line(other), 40)),
    }
}

/// Reads `content_json`.
pub fn blocks(json: &[u8]) -> Vec<Block> {
    let parsed = match std::str::from_utf8(json) {
        Ok(json) => serde_json::from_str(json),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(json)),
    };
    match parsed {
        Ok(value) => blocks_of(&value),
        // Also where it is nested deeper than the parser follows.
        Err(error) => vec![Block::Unreadable { why: preview(&error.to_string()) }],
    }
}

/// The same from parsed JSON.
pub fn blocks_of(value: &Value) -> Vec<Block> {
    match value {
        Value::Array(items) => items.iter().take(MAX_BLOCKS).map(block).collect(),
        Value::String(words) => vec![Block::Text { preview: preview(words) }],
        object @ Value::Object(_) => vec![block(object)],
        _ => vec![Block::Unreadable { why: "the content is no list of blocks".into() }],
    }
}

fn block(value: &Value) -> Block {
    let Some(kind) = value.get("type").and_then(Value::as_str) else {
        return Block::Unreadable { why: "a block without a type".into() };
    };
    match kind {
        "text" => Block::Text { preview: preview(str_at(value, "text")) },
        "image" => Block::Image,
        "toolRequest" | "frontendToolRequest" => tool_request(value),
        "toolResponse" => tool_response(value),
        "toolConfirmationRequest" => confirmation(value),
        "actionRequired" => action(value),
        "thinking" | "redactedThinking" | "reasoning" => Block::Thinking,
        "systemNotification" => notification(value),
        "error" => Block::Error {
            kind: word(str_at(value, "kind"), "other"),
            message: preview(str_at(value, "message")),
        },
        "contextLengthExceeded" => Block::Error { kind: kind.into(), message: preview(str_at(value, "msg")) },
        "summarizationRequested" | "conversationCompacted" => {
            Block::Notice { message: preview(str_at(value, "msg")) }
        }
        other => Block::Unknown { kind: word(other, "unknown") },
    }
}

fn tool_request(value: &Value) -> Block {
    let call = ToolCall::of(value);
    Block::ToolRequest {
        id: id(value),
        tool: word(call.name, "unknown"),
        command: if call.invalid { None } else { command(call.arguments) },
        digest: digest(call.name, call.arguments),
        invalid: call.invalid,
    }
}

/// A shell's command, or the arguments in short.
fn command(arguments: &Value) -> Option<String> {
    match arguments {
        Value::Null => None,
        Value::Object(map) if map.is_empty() => None,
        _ => Some(match arguments.get("command").and_then(Value::as_str) {
            Some(command) => preview(command),
            None => compact(arguments),
        }),
    }
}

fn tool_response(value: &Value) -> Block {
    let result = ToolResult::of(value);
    let words = result.error.map_or_else(|| first_words(result.content), compact);
    Block::ToolResponse { id: id(value), failed: result.failed, preview: words }
}

/// The first text in a tool's content, or what else it is.
fn first_words(content: &Value) -> String {
    let Value::Array(items) = content else {
        return if content.is_null() { String::new() } else { compact(content) };
    };
    let words = |item: &Value| {
        let text = item.get("text").or_else(|| item.get("resource").and_then(|r| r.get("text")));
        text.and_then(Value::as_str).filter(|t| !t.trim().is_empty()).map(preview)
    };
    items.iter().find_map(words).unwrap_or_else(|| {
        let kinds = items.iter().filter_map(|i| i.get("type").and_then(Value::as_str));
        preview(&kinds.take(5).collect::<Vec<_>>().join(", "))
    })
}

fn confirmation(value: &Value) -> Block {
    let tool = str_either(value, "toolName", "tool_name");
    let arguments = value.get("arguments").and_then(command).unwrap_or_default();
    let prompt = match str_at(value, "prompt") {
        "" => format!("{tool} {arguments}"),
        prompt => format!("{prompt} ({tool} {arguments})"),
    };
    Block::ActionRequired { id: id(value), prompt: preview(prompt.trim()) }
}

fn action(value: &Value) -> Block {
    let data = value.get("data").unwrap_or(&Value::Null);
    match str_either(data, "actionType", "action_type") {
        "toolConfirmation" => confirmation(data),
        "elicitation" => Block::ActionRequired { id: id(data), prompt: preview(str_at(data, "message")) },
        "elicitationResponse" | "toolConfirmationResponse" => Block::ActionAnswered { id: id(data) },
        other => Block::Unknown { kind: format!("actionRequired {}", word(other, "without a type")) },
    }
}

fn notification(value: &Value) -> Block {
    let message = preview(str_at(value, "msg"));
    match str_either(value, "notificationType", "notification_type") {
        // The turn cannot go on: goose's own word for it, before there were error blocks.
        kind @ "creditsExhausted" => Block::Error { kind: kind.into(), message },
        _ => Block::Notice { message },
    }
}

/// A block's id, cleaned; empty where it has none.
pub fn id(value: &Value) -> String {
    match value.get("id") {
        Some(Value::String(id)) => text::cut(&text::line(id), 200),
        Some(Value::Null) | None => String::new(),
        Some(other) => compact(other),
    }
}

/// JSON on one line, a string without its quotes.
fn compact(value: &Value) -> String {
    match value {
        Value::String(words) => preview(words),
        other => preview(&other.to_string()),
    }
}

/// The first few hundred characters, cleaned; line breaks stay, and tabs become spaces.
fn preview(words: &str) -> String {
    let mut end = words.len().min(PREVIEW_BYTES);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    text::cut(&text::block(&words[..end]).replace('\t', " "), PREVIEW)
}

/// Equal for the same call made again, whatever order its arguments were written in. The keys of the
/// hasher are fixed, so the same call has the same digest in every run.
fn digest(tool: &str, arguments: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    tool.hash(&mut hasher);
    hash_value(arguments, &mut hasher);
    hasher.finish()
}

fn hash_value(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => 0u8.hash(hasher),
        Value::Bool(b) => (1u8, b).hash(hasher),
        Value::Number(n) => (2u8, n.to_string()).hash(hasher),
        Value::String(s) => (3u8, s).hash(hasher),
        Value::Array(items) => {
            (4u8, items.len()).hash(hasher);
            for item in items {
                hash_value(item, hasher);
            }
        }
        Value::Object(map) => {
            (5u8, map.len()).hash(hasher);
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            for (key, item) in entries {
                key.hash(hasher);
                hash_value(item, hasher);
            }
        }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
