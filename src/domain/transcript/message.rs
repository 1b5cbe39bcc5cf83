//! What a message says.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Place;
use crate::domain::{
    session::{Role, SessionId},
    text,
};

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where it stands.
    pub place: Place,
    /// Who speaks.
    pub role: Role,
    /// When it was built.
    pub created_at: Option<DateTime<Utc>>,
    /// When the row was inserted: for tool results later than `created_at` by the tool's duration.
    pub stored_at: Option<DateTime<Utc>>,
    /// Part of the human transcript.
    pub user_visible: bool,
    /// Part of what the model is sent; false for what compaction put away.
    pub agent_visible: bool,
    /// goose's hidden turn-context.
    pub turn_context: bool,
    /// The model call that made it, where stored.
    pub usage: Option<Usage>,
    /// What it holds, in order.
    pub parts: Vec<Part>,
    /// Size of the stored content in bytes.
    pub bytes: u64,
    /// The row is not what goose writes: what is wrong. Its parts then hold it raw.
    pub fault: Option<String>,
}

/// One model call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The model that answered.
    pub model: Option<String>,
    /// Tokens in.
    pub input: Option<u64>,
    /// Tokens out.
    pub output: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
    /// How long it took.
    pub elapsed: Option<Duration>,
    /// Until its first token.
    pub first_token: Option<Duration>,
    /// It made a compaction's summary.
    pub compaction: bool,
}

/// One content block.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words, Markdown.
    Text(String),
    /// The model's reasoning; `None` where the provider hid it.
    Thinking(Option<String>),
    /// A tool is asked for.
    ToolRequest {
        /// Ties it to its response.
        id: String,
        /// `extension__tool` or plain, cleaned.
        tool: String,
        /// Its arguments, raw: clean what is shown of them.
        arguments: Value,
        /// goose could not parse the request: why.
        invalid: Option<String>,
    },
    /// A tool answers.
    ToolResponse {
        /// The request's id.
        id: String,
        /// It failed.
        failed: bool,
        /// The exit code of a shell tool.
        exit_code: Option<i64>,
        /// What it printed or gave, in order.
        content: Vec<ToolContent>,
        /// The session of the sub-agent that did the work, where goose names it.
        sub_agent: Option<SessionId>,
    },
    /// A picture in the conversation.
    Image {
        /// Its type, e.g. `image/png`.
        mime: String,
        /// Size after decoding, bytes.
        bytes: u64,
    },
    /// The turn ended in an error.
    Error {
        /// `authentication`, `contextLengthExceeded`, ...
        kind: String,
        /// What it said.
        message: String,
    },
    /// A person is asked for a confirmation or for values.
    Asked {
        /// Ties it to its answer.
        id: String,
        /// What.
        prompt: String,
    },
    /// A person answered.
    Answered {
        /// The question's id.
        id: String,
        /// What, in a word.
        answer: String,
    },
    /// goose's own notice.
    Notice {
        /// Its kind.
        kind: String,
        /// What it said.
        message: String,
    },
    /// A block goosetop does not know, or a row that cannot be parsed.
    Raw {
        /// Its type word, or `unreadable`.
        kind: String,
        /// Its JSON (or bytes), cleaned and cut.
        json: String,
    },
    /// Too large to be read here.
    Oversized {
        /// Bytes of the row.
        bytes: u64,
    },
}

/// Something a tool gave back.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolContent {
    /// Text, with colours perhaps.
    Text(Printed),
    /// A picture.
    Image {
        /// Its type.
        mime: String,
        /// Size after decoding, bytes.
        bytes: u64,
    },
    /// A file or page.
    Resource {
        /// Where it is.
        uri: String,
        /// What it says.
        text: Option<Printed>,
    },
    /// Anything else.
    Raw {
        /// Its type word.
        kind: String,
        /// Its JSON, cleaned and cut.
        json: String,
    },
}

/// What a tool printed: not cleaned, because colours in it are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed(String);

impl Printed {
    /// Takes it as it came.
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into())
    }

    /// The text without escape sequences, cleaned, as it stood on a terminal in the end.
    pub fn plain(&self) -> String {
        text::block(&text::overwritten(&text::without_sequences(&self.0))).into_owned()
    }

    /// All of it without escape sequences, cleaned: carriage returns stay. For JSON, which escapes them.
    pub fn printed(&self) -> String {
        text::without_sequences(&self.0).split('\r').map(text::block).collect::<Vec<_>>().join("\r")
    }

    /// As it came: for an interpreter of colours alone, never for an output.
    pub fn for_interpreter(&self) -> &str {
        &self.0
    }
}
