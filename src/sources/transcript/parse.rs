//! A stored message's JSON → [`Part`]s, leniently: every block type any goose version wrote, in every
//! shape it had (facts 3). What is not known stays, raw.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use super::{tool, usage::usage};
use crate::{
    domain::{
        text,
        transcript::{Message, Part, Place},
    },
    sources::{
        blocks::{str_at, str_either, word},
        goose_db::{conversation::Row, message, value},
    },
};

/// What is kept of a raw block or row, bytes.
const RAW: usize = 64 << 10;
/// Blocks of one message that are read one by one.
pub const MAX_BLOCKS: usize = 10_000;

/// A message's content as it was found.
pub enum Stored<'a> {
    /// Its bytes, and what is odd about how they are stored.
    Json(&'a [u8], Option<&'static str>),
    /// It was left out for its size.
    Large,
    /// No bytes at all: why.
    Nothing(&'static str),
}

impl<'a> Stored<'a> {
    /// The content of a row read with this limit on its size.
    pub fn of(row: &Row<'a>, limit: u64) -> Self {
        match row.content {
            _ if row.bytes > limit => Self::Large,
            ValueRef::Text(bytes) => Self::Json(bytes, None),
            ValueRef::Blob(bytes) => Self::Json(bytes, Some("the content is stored as bytes, not as text")),
            ValueRef::Null => Self::Nothing("no content"),
            _ => Self::Nothing("the content is a number"),
        }
    }
}

/// Makes the message of a row.
pub fn message(place: Place, row: &Row<'_>, limit: u64) -> Message {
    let metadata = match row.metadata {
        ValueRef::Text(json) | ValueRef::Blob(json) => serde_json::from_slice(json).unwrap_or_default(),
        _ => Value::Null,
    };
    let (parts, fault) = match Stored::of(row, limit) {
        Stored::Json(bytes, odd) => {
            let (parts, fault) = content(bytes);
            (parts, fault.or_else(|| odd.map(str::to_owned)))
        }
        Stored::Large => (vec![Part::Oversized { bytes: row.bytes }], None),
        Stored::Nothing(why) => (Vec::new(), Some(why.to_owned())),
    };
    Message {
        created_at: value::time(row.created),
        stored_at: value::time(row.stored),
        bytes: row.bytes,
        parts,
        fault,
        ..bare(place, &value::string(row.role).unwrap_or_default(), &metadata)
    }
}

/// A message with nothing in it, as its metadata says.
pub fn bare(place: Place, role: &str, metadata: &Value) -> Message {
    let flags = message::flags_of(metadata);
    Message {
        place,
        role: message::role(role),
        created_at: None,
        stored_at: None,
        user_visible: flags.user_visible,
        agent_visible: flags.agent_visible,
        turn_context: flags.turn_context,
        usage: usage(metadata),
        parts: Vec::new(),
        bytes: 0,
        fault: None,
    }
}

/// Reads `content_json`: its parts, and what is wrong with it.
pub fn content(json: &[u8]) -> (Vec<Part>, Option<String>) {
    // The lossy reading is the slower one, and nearly never needed.
    let (lossy, odd) = match std::str::from_utf8(json) {
        Ok(json) => (Cow::Borrowed(json), None),
        Err(_) => (String::from_utf8_lossy(json), Some("the content is no UTF-8".to_owned())),
    };
    match serde_json::from_str(&lossy) {
        Ok(value) => {
            let (parts, fault) = parts(&value);
            (parts, fault.or(odd))
        }
        // Also where it is nested deeper than the parser follows.
        Err(error) => (vec![unreadable(&lossy)], Some(sentence(&error))),
    }
}

/// A line or row that is no JSON, raw.
pub fn unreadable(raw: &str) -> Part {
    Part::Raw { kind: "unreadable".into(), json: clipped(raw) }
}

/// Why something is no JSON.
pub fn sentence(error: &serde_json::Error) -> String {
    format!("the content cannot be parsed: {}", text::cut(&text::line(&error.to_string()), 200))
}

/// The same from parsed JSON.
pub fn parts(value: &Value) -> (Vec<Part>, Option<String>) {
    let mut fault = None;
    let parts = match value {
        Value::Array(items) => {
            let mut parts: Vec<_> =
                items.iter().take(MAX_BLOCKS).map(|item| part(item, &mut fault)).collect();
            if items.len() > MAX_BLOCKS {
                let json = format!("{} more blocks are not shown", items.len() - MAX_BLOCKS);
                parts.push(Part::Raw { kind: "cut".into(), json });
            }
            parts
        }
        Value::String(words) => vec![Part::Text(prose(words))],
        object @ Value::Object(_) => vec![part(object, &mut fault)],
        other => {
            fault = Some("the content is no list of blocks".to_owned());
            vec![raw("unreadable", other)]
        }
    };
    (parts, fault)
}

fn part(value: &Value, fault: &mut Option<String>) -> Part {
    let Some(kind) = value.get("type").and_then(Value::as_str) else {
        fault.get_or_insert_with(|| "a block without a type".to_owned());
        return raw("unreadable", value);
    };
    match kind {
        "text" => Part::Text(prose(str_at(value, "text"))),
        "image" => Part::Image { mime: mime(value), bytes: decoded(str_at(value, "data")) },
        "toolRequest" | "frontendToolRequest" => tool::request(value),
        "toolResponse" => tool::response(value),
        "thinking" => thinking(str_at(value, "thinking")),
        "reasoning" => thinking(str_at(value, "text")),
        "redactedThinking" => Part::Thinking(None),
        "toolConfirmationRequest" => asked(value),
        "actionRequired" => action(value),
        "systemNotification" => notification(value),
        "error" => Part::Error {
            kind: word(str_at(value, "kind"), "other"),
            message: prose(str_at(value, "message")),
        },
        "contextLengthExceeded" => Part::Error { kind: kind.into(), message: prose(str_at(value, "msg")) },
        "summarizationRequested" | "conversationCompacted" => {
            Part::Notice { kind: kind.into(), message: prose(str_at(value, "msg")) }
        }
        other => raw(other, value),
    }
}

/// Where the words are empty, the provider kept them to itself.
fn thinking(words: &str) -> Part {
    Part::Thinking(Some(prose(words)).filter(|words| !words.is_empty()))
}

fn asked(value: &Value) -> Part {
    let tool = str_either(value, "toolName", "tool_name");
    let arguments = value.get("arguments").filter(|v| !v.is_null());
    let call = match arguments.map(|v| v.get("command").unwrap_or(v)) {
        Some(arguments) => format!("{tool} {}", compact(arguments)),
        None => tool.to_owned(),
    };
    let prompt = match str_at(value, "prompt") {
        "" => call,
        prompt => format!("{prompt} ({call})"),
    };
    Part::Asked { id: id(value), prompt: prose(&prompt) }
}

fn action(value: &Value) -> Part {
    let data = value.get("data").unwrap_or(&Value::Null);
    let answered = |answer: String| Part::Answered { id: id(data), answer };
    match str_either(data, "actionType", "action_type") {
        "toolConfirmation" => asked(data),
        "elicitation" => Part::Asked { id: id(data), prompt: prose(str_at(data, "message")) },
        "toolConfirmationResponse" => answered(word(str_at(data, "permission"), "answered")),
        "elicitationResponse" => {
            let given = data.get("user_data").or_else(|| data.get("userData"));
            let is_given = given.is_some_and(|given| !given.is_null() && given != &json!({}));
            answered(match (str_at(data, "action"), is_given) {
                ("", _) => str_or_json(given),
                (action, false) => word(action, "answered"),
                (action, true) => format!("{}: {}", word(action, "answered"), str_or_json(given)),
            })
        }
        other => raw(&format!("actionRequired {}", word(other, "without a type")), value),
    }
}

fn str_or_json(value: Option<&Value>) -> String {
    value.filter(|v| !v.is_null()).map_or_else(|| "answered".to_owned(), |v| clipped(&compact(v)))
}

fn notification(value: &Value) -> Part {
    let message = prose(str_at(value, "msg"));
    match str_either(value, "notificationType", "notification_type") {
        // The turn cannot go on: goose's own word for it, before there were error blocks.
        kind @ "creditsExhausted" => Part::Error { kind: kind.into(), message },
        kind => Part::Notice { kind: word(kind, "notice"), message },
    }
}

/// Cleaned words; line breaks stay.
pub fn prose(words: &str) -> String {
    text::block(words).into_owned()
}

/// A block as it is, cut.
pub fn raw(kind: &str, value: &Value) -> Part {
    Part::Raw { kind: word(kind, "unknown"), json: clipped(&value.to_string()) }
}

/// Cleaned, and cut at 64 KiB.
pub fn clipped(raw: &str) -> String {
    let mut end = raw.len().min(RAW);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    let mut clipped = text::block(&raw[..end]).into_owned();
    if end < raw.len() {
        clipped.push('…');
    }
    clipped
}

/// JSON on one line, a string without its quotes.
pub fn compact(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A block's id, as the tail of a conversation has it.
pub fn id(value: &Value) -> String {
    message::id(value)
}

/// A picture's type.
pub fn mime(value: &Value) -> String {
    word(str_either(value, "mimeType", "mime_type"), "unknown")
}

/// Bytes that this much base64 stands for.
pub fn decoded(base64: &str) -> u64 {
    let end = base64.trim_end().trim_end_matches('=');
    end.len() as u64 * 3 / 4
}
