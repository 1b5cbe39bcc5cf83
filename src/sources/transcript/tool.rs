//! What tools were asked for, and what they gave back.

use serde_json::{Value, json};

use super::parse::{clipped, compact, decoded, id, mime, prose};
use crate::{
    domain::{
        session::SessionId,
        text,
        transcript::{Part, Printed, ToolContent},
    },
    sources::blocks::{ToolCall, ToolResult, either, str_at, word},
};

/// Longest address kept, characters.
const URI: usize = 2_000;

/// `toolRequest`, `frontendToolRequest`.
pub fn request(value: &Value) -> Part {
    let call = ToolCall::of(value);
    let why = match call.error {
        Some(error) => prose(&compact(error)),
        None => "the request names no tool".to_owned(),
    };
    Part::ToolRequest {
        id: id(value),
        tool: text::cut(&text::line(if call.name.is_empty() { "unknown" } else { call.name }), 200),
        arguments: call.arguments.clone(),
        invalid: call.invalid.then_some(why),
    }
}

/// `toolResponse`, in both shapes. What is marked as meant for the model alone is kept: a reader wants
/// to know what it was told.
pub fn response(value: &Value) -> Part {
    let result = ToolResult::of(value);
    let mut content: Vec<_> = match (result.error, result.content) {
        (Some(error), _) => vec![printed(&compact(error))],
        (None, Value::Array(items)) => items.iter().map(item).collect(),
        (None, Value::Null) => Vec::new(),
        (None, Value::String(words)) => vec![printed(words)],
        (None, other) => vec![item(other)],
    };
    if content.is_empty()
        && let Some(structured) = result.structured
    {
        content.push(ToolContent::Raw {
            kind: "structuredContent".into(),
            json: clipped(&structured.to_string()),
        });
    }
    let exit_code =
        result.structured.and_then(|s| either(s, "exit_code", "exitCode")).and_then(Value::as_i64);
    let sub_agent = result.sub_agent.map(SessionId::new);
    Part::ToolResponse { id: id(value), failed: result.failed, exit_code, content, sub_agent }
}

fn item(value: &Value) -> ToolContent {
    match value {
        Value::String(words) => return printed(words),
        Value::Object(_) => {}
        other => return raw("unknown", other),
    }
    match str_at(value, "type") {
        "text" => printed(str_at(value, "text")),
        "image" => ToolContent::Image { mime: mime(value), bytes: decoded(str_at(value, "data")) },
        "audio" => {
            let json = json!({ "mimeType": mime(value), "bytes": decoded(str_at(value, "data")) });
            ToolContent::Raw { kind: "audio".into(), json: json.to_string() }
        }
        "resource" => {
            let resource = value.get("resource").unwrap_or(value);
            let words = resource.get("text").and_then(Value::as_str);
            ToolContent::Resource { uri: uri(resource), text: words.map(Printed::new) }
        }
        "resource_link" | "resourceLink" => ToolContent::Resource { uri: uri(value), text: None },
        other => raw(other, value),
    }
}

fn printed(words: &str) -> ToolContent {
    ToolContent::Text(Printed::new(words))
}

fn raw(kind: &str, value: &Value) -> ToolContent {
    ToolContent::Raw { kind: word(kind, "unknown"), json: clipped(&value.to_string()) }
}

fn uri(value: &Value) -> String {
    text::cut(&text::line(str_at(value, "uri")), URI)
}
