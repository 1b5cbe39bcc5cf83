//! What a message says, text by text.

use serde_json::Value;

use crate::domain::{
    text,
    transcript::{Part, ToolContent},
};

/// True where `yes` says so of some text of this part. Texts are cleaned. Of a tool's arguments these
/// are the keys, the strings and the whole numbers, each by itself.
pub fn any(part: &Part, yes: &mut dyn FnMut(&str) -> bool) -> bool {
    match part {
        Part::Text(words)
        | Part::Thinking(Some(words))
        | Part::Error { message: words, .. }
        | Part::Asked { prompt: words, .. }
        | Part::Answered { answer: words, .. }
        | Part::Notice { message: words, .. }
        | Part::Raw { json: words, .. } => yes(words),
        Part::ToolRequest { tool, arguments, invalid, .. } => {
            yes(tool) || invalid.as_deref().is_some_and(&mut *yes) || in_value(arguments, yes)
        }
        Part::ToolResponse { content, .. } => content.iter().any(|item| in_content(item, yes)),
        Part::Thinking(None) | Part::Image { .. } | Part::Oversized { .. } => false,
    }
}

fn in_content(item: &ToolContent, yes: &mut dyn FnMut(&str) -> bool) -> bool {
    match item {
        ToolContent::Text(printed) => yes(&printed.plain()),
        ToolContent::Resource { uri, text } => yes(uri) || text.as_ref().is_some_and(|t| yes(&t.plain())),
        ToolContent::Raw { json, .. } => yes(json),
        ToolContent::Image { .. } => false,
    }
}

fn in_value(value: &Value, yes: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(words) => yes(&text::block(words)),
        Value::Number(n) if !n.is_f64() => yes(&n.to_string()),
        Value::Array(items) => items.iter().any(|item| in_value(item, yes)),
        Value::Object(map) => map.iter().any(|(key, item)| yes(&text::block(key)) || in_value(item, yes)),
        _ => false,
    }
}
