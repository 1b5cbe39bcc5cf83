//! A conversation: `show --json` (a message a line), `export -f json` (all of it), `search --json`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{clean, time};
use crate::domain::{
    text,
    transcript::{Hit, Message, Part, Printed, ToolContent, Usage},
};

/// One message.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::transcript explains them")]
pub struct MessageDto {
    /// Row id, or line number of a `.jsonl`; not stable across compaction.
    pub row: i64,
    /// Seconds since 1970: goose's own `created`.
    pub created: i64,
    pub created_at: Option<String>,
    pub stored_at: Option<String>,
    /// `user`, `assistant`, or goose's own word.
    pub role: String,
    pub user_visible: bool,
    pub agent_visible: bool,
    pub turn_context: bool,
    pub parts: Vec<PartDto>,
    pub usage: Option<UsageDto>,
    pub bytes: u64,
    pub fault: Option<String>,
}

/// One content block.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract; domain::transcript explains them")]
pub enum PartDto {
    Text { text: String },
    Thinking { text: Option<String> },
    ToolRequest { id: String, tool: String, arguments: Value, invalid: Option<String> },
    ToolResponse { id: String, failed: bool, exit_code: Option<i64>, content: Vec<ContentDto> },
    Image { mime: String, bytes: u64 },
    Error { kind: String, message: String },
    Asked { id: String, prompt: String },
    Answered { id: String, answer: String },
    Notice { kind: String, message: String },
    Raw { kind: String, json: String },
    Oversized { bytes: u64 },
}

/// Something a tool gave back.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract; domain::transcript explains them")]
pub enum ContentDto {
    Text { text: String },
    Image { mime: String, bytes: u64 },
    Resource { uri: String, text: Option<String> },
    Raw { kind: String, json: String },
}

/// One model call.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::transcript explains them")]
pub struct UsageDto {
    pub model: Option<String>,
    pub input: Option<u64>,
    pub output: Option<u64>,
    pub cost_usd: Option<f64>,
    pub elapsed_seconds: Option<f64>,
    pub first_token_seconds: Option<f64>,
    pub compaction: bool,
}

/// One message that a search found.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::transcript explains them")]
pub struct HitDto {
    pub session_id: String,
    pub database: Option<String>,
    pub row: i64,
    pub at: Option<String>,
    pub role: String,
    /// What fits is of a tool's call or result.
    pub in_tool: bool,
    /// goose hides the message from people.
    pub hidden: bool,
    pub excerpt: String,
    /// Characters of the excerpt that fit: from, and up to.
    pub fits: [usize; 2],
}

impl HitDto {
    /// A hit in the store of that path.
    pub fn new(hit: &Hit, database: Option<String>) -> Self {
        let characters = |bytes: usize| hit.excerpt.char_indices().take_while(|(at, _)| *at < bytes).count();
        Self {
            session_id: hit.session.to_string(),
            database,
            row: hit.place.row,
            at: hit.at.map(time),
            role: hit.role.word().into_owned(),
            in_tool: hit.in_tool,
            hidden: hit.hidden,
            excerpt: clean(&hit.excerpt),
            fits: [characters(hit.fits.start), characters(hit.fits.end)],
        }
    }
}

impl From<&Message> for MessageDto {
    fn from(m: &Message) -> Self {
        Self {
            row: m.place.row,
            created: m.place.at,
            created_at: m.created_at.map(time),
            stored_at: m.stored_at.map(time),
            role: m.role.word().into_owned(),
            user_visible: m.user_visible,
            agent_visible: m.agent_visible,
            turn_context: m.turn_context,
            parts: m.parts.iter().map(PartDto::from).collect(),
            usage: m.usage.as_ref().map(UsageDto::from),
            bytes: m.bytes,
            fault: m.fault.as_deref().map(clean),
        }
    }
}

impl From<&Usage> for UsageDto {
    fn from(u: &Usage) -> Self {
        Self {
            model: u.model.as_deref().map(clean),
            input: u.input,
            output: u.output,
            cost_usd: u.cost_usd.filter(|c| c.is_finite()),
            elapsed_seconds: u.elapsed.map(|d| d.as_secs_f64()),
            first_token_seconds: u.first_token.map(|d| d.as_secs_f64()),
            compaction: u.compaction,
        }
    }
}

impl From<&Part> for PartDto {
    fn from(part: &Part) -> Self {
        match part {
            Part::Text(text) => Self::Text { text: block(text) },
            Part::Thinking(text) => Self::Thinking { text: text.as_deref().map(block) },
            Part::ToolRequest { id, tool, arguments, invalid } => Self::ToolRequest {
                id: clean(id),
                tool: clean(tool),
                arguments: cleaned(arguments),
                invalid: invalid.as_deref().map(block),
            },
            Part::ToolResponse { id, failed, exit_code, content, .. } => Self::ToolResponse {
                id: clean(id),
                failed: *failed,
                exit_code: *exit_code,
                content: content.iter().map(ContentDto::from).collect(),
            },
            Part::Image { mime, bytes } => Self::Image { mime: clean(mime), bytes: *bytes },
            Part::Error { kind, message } => Self::Error { kind: clean(kind), message: block(message) },
            Part::Asked { id, prompt } => Self::Asked { id: clean(id), prompt: block(prompt) },
            Part::Answered { id, answer } => Self::Answered { id: clean(id), answer: block(answer) },
            Part::Notice { kind, message } => Self::Notice { kind: clean(kind), message: block(message) },
            Part::Raw { kind, json } => Self::Raw { kind: clean(kind), json: block(json) },
            Part::Oversized { bytes } => Self::Oversized { bytes: *bytes },
        }
    }
}

impl From<&ToolContent> for ContentDto {
    fn from(content: &ToolContent) -> Self {
        match content {
            ToolContent::Text(text) => Self::Text { text: text.printed() },
            ToolContent::Image { mime, bytes } => Self::Image { mime: clean(mime), bytes: *bytes },
            ToolContent::Resource { uri, text } => {
                Self::Resource { uri: clean(uri), text: text.as_ref().map(Printed::printed) }
            }
            ToolContent::Raw { kind, json } => Self::Raw { kind: clean(kind), json: block(json) },
        }
    }
}

fn block(words: &str) -> String {
    text::block(words).into_owned()
}

/// The same value with every name and every string cleaned.
fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(words) => Value::String(block(words)),
        Value::Array(items) => Value::Array(items.iter().map(cleaned).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, item)| (clean(name), cleaned(item))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
