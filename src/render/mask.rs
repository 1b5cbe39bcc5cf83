//! A message without its secrets. Masked as a whole, before anything is cut, wrapped or escaped:
//! half a key is no shape any more, and still half a key.

use serde_json::Value;

use super::secrets;
use crate::domain::transcript::{Message, Part, Printed, ToolContent};

/// Masks every text of the message.
pub fn message(message: &mut Message) {
    message.fault.iter_mut().for_each(words);
    message.parts.iter_mut().for_each(part);
}

fn words(words: &mut String) {
    if let std::borrow::Cow::Owned(masked) = secrets::mask(words) {
        *words = masked;
    }
}

fn part(part: &mut Part) {
    match part {
        Part::Text(said) | Part::Thinking(Some(said)) => words(said),
        Part::ToolRequest { tool, arguments, invalid, .. } => {
            words(tool);
            value(arguments);
            invalid.iter_mut().for_each(words);
        }
        Part::ToolResponse { content, .. } => content.iter_mut().for_each(given),
        Part::Error { message, .. } | Part::Notice { message, .. } => words(message),
        Part::Asked { prompt, .. } => words(prompt),
        Part::Answered { answer, .. } => words(answer),
        Part::Raw { json, .. } => words(json),
        Part::Thinking(None) | Part::Image { .. } | Part::Oversized { .. } => {}
    }
}

fn given(content: &mut ToolContent) {
    match content {
        ToolContent::Text(text) => printed(text),
        ToolContent::Resource { uri, text } => {
            words(uri);
            text.iter_mut().for_each(printed);
        }
        ToolContent::Raw { json, .. } => words(json),
        ToolContent::Image { .. } => {}
    }
}

/// Without its colours: they may stand in the middle of a secret.
fn printed(text: &mut Printed) {
    *text = Printed::new(secrets::mask(&text.printed()));
}

/// Strings anywhere in a JSON value; under the name of a secret, whatever they look like.
pub fn value(json: &mut Value) {
    match json {
        Value::String(said) => words(said),
        Value::Array(items) => {
            let mut is_next = false;
            for item in items {
                let is_option = item.as_str().is_some_and(secrets::is_secret_option);
                match item {
                    Value::String(said) if is_next => *said = secrets::masked("argument"),
                    item => value(item),
                }
                is_next = is_option;
            }
        }
        Value::Object(map) => {
            for (name, item) in map {
                match item {
                    Value::String(_) | Value::Number(_) if secrets::is_secret_name(name) => {
                        *item = Value::String(secrets::masked("assignment"));
                    }
                    item => value(item),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
