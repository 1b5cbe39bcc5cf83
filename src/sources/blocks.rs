//! Lenient access to the JSON of content blocks, whichever version wrote it (facts 3): what the tail
//! of a conversation and its reader both need.

use serde_json::Value;

use crate::domain::text;

/// A string member, or nothing.
pub fn str_at<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A string member in one of its two spellings.
pub fn str_either<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a str {
    either(value, camel, snake).and_then(Value::as_str).unwrap_or_default()
}

/// A member in one of its two spellings.
pub fn either<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    value.get(camel).or_else(|| value.get(snake))
}

/// A short word from outside, cleaned, or `otherwise`.
pub fn word(raw: &str, otherwise: &str) -> String {
    if raw.is_empty() { otherwise.into() } else { text::cut(&text::line(raw), 60) }
}

/// `toolCall` of a request.
pub struct ToolCall<'a> {
    /// As stored; empty where none is named.
    pub name: &'a str,
    /// As stored.
    pub arguments: &'a Value,
    /// goose could not parse the call.
    pub invalid: bool,
    /// Why, where it says so.
    pub error: Option<&'a Value>,
}

impl<'a> ToolCall<'a> {
    /// Of a whole block.
    pub fn of(block: &'a Value) -> Self {
        let call = block.get("toolCall").unwrap_or(&Value::Null);
        // `value` may be missing around name and arguments in rows of the first versions.
        let inner = call.get("value").unwrap_or(call);
        let name = str_at(inner, "name");
        Self {
            name,
            arguments: inner.get("arguments").unwrap_or(&Value::Null),
            invalid: str_at(call, "status") == "error" || name.is_empty(),
            error: call.get("error"),
        }
    }
}

/// `toolResult` of a response.
pub struct ToolResult<'a> {
    /// It says that the tool failed, in one of the two ways.
    pub failed: bool,
    /// The call itself failed: why.
    pub error: Option<&'a Value>,
    /// What the tool gave: an array until 2025-12, an object around it since.
    pub content: &'a Value,
    /// The same for machines.
    pub structured: Option<&'a Value>,
    /// The session of the sub-agent that a delegated task was given to.
    pub sub_agent: Option<&'a str>,
}

impl<'a> ToolResult<'a> {
    /// Of a whole block.
    pub fn of(block: &'a Value) -> Self {
        let result = block.get("toolResult").unwrap_or(&Value::Null);
        let inner = result.get("value").unwrap_or(&Value::Null);
        let is_error = either(inner, "isError", "is_error") == Some(&Value::Bool(true));
        Self {
            failed: str_at(result, "status") == "error" || is_error,
            error: result.get("error"),
            content: inner.get("content").unwrap_or(inner),
            structured: either(inner, "structuredContent", "structured_content").filter(|s| !s.is_null()),
            sub_agent: inner
                .get("_meta")
                .map(|meta| str_at(meta, "subagent_session_id"))
                .filter(|id| !id.is_empty()),
        }
    }
}
