//! A conversation as it is read: types only. Reading is `sources`' work, laying out is the screen's.
//!
//! Invariant: prose in these types is cleaned (line breaks stay). What a tool printed is kept as
//! [`Printed`], because its colours may be interpreted; it can only leave cleaned or interpreted.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    session::{Role, SessionId},
    text,
};

/// A place in a conversation, in goose's own order: `created_timestamp` as stored in seconds
/// (milliseconds are brought down), then row id. Not stable across compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Seconds since 1970.
    pub at: i64,
    /// Row id, or line number in a `.jsonl`.
    pub row: i64,
}

/// Which part of a conversation is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The newest messages.
    End,
    /// The oldest.
    Start,
    /// The nearest before a place, without it.
    Before(Place),
    /// The nearest after a place, without it.
    After(Place),
    /// A place, with some before and some after it.
    Around(Place),
}

/// A window of a conversation, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The messages.
    pub messages: Vec<Message>,
    /// There are older ones.
    pub more_before: bool,
    /// There are newer ones.
    pub more_after: bool,
}

/// What is known of a conversation without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Stored messages, hidden ones included.
    pub messages: u64,
    /// The first.
    pub first: Option<Place>,
    /// The last: another one means that something was added or rewritten.
    pub last: Option<Place>,
}

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

    /// The text without escape sequences, cleaned.
    pub fn plain(&self) -> String {
        text::block(&text::without_sequences(&self.0)).into_owned()
    }

    /// As it came: for an interpreter of colours alone, never for an output.
    pub fn for_interpreter(&self) -> &str {
        &self.0
    }
}

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words or a pattern.
    pub words: String,
    /// `words` is a regular expression.
    pub regex: bool,
    /// Only what this role said.
    pub role: Option<Role>,
    /// Only calls and results of tools whose name contains this.
    pub tool: Option<String>,
    /// Not older than this.
    pub since: Option<DateTime<Utc>>,
    /// This many hits are told, the newest; the others are only counted. `None` for all.
    pub most: Option<usize>,
}

/// One message that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Whose.
    pub session: SessionId,
    /// Where.
    pub place: Place,
    /// Whose message it is.
    pub role: Role,
    /// What fits is of a call or its result, not of what anybody said.
    pub in_tool: bool,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// The words around it, one cleaned line.
    pub excerpt: String,
    /// Bytes of `excerpt` that fit.
    pub fits: std::ops::Range<usize>,
}

impl Hit {
    /// Who is named for it: goose stores what a tool printed as its user's.
    pub fn speaker(&self) -> Cow<'_, str> {
        match &self.role {
            _ if self.in_tool => "tool".into(),
            Role::User => "user".into(),
            Role::Assistant => "assistant".into(),
            Role::Other(word) => text::line(word),
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Messages looked at.
    pub messages: u64,
    /// Messages there are.
    pub of: u64,
    /// Hits so far.
    pub hits: u64,
}

/// Why a conversation cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The session is in no store, or was deleted.
    #[error("session {0} is not in the store")]
    NoSession(String),
    /// The store cannot be read: its sentence.
    #[error("{0}")]
    Store(String),
    /// The message is no longer where it was.
    #[error("that message is gone: the conversation was rewritten meanwhile; open it again")]
    NoMessage,
    /// The pattern is no regular expression.
    #[error("the pattern cannot be read: {0}")]
    Pattern(String),
    /// Somebody asked for the end.
    #[error("cancelled")]
    Cancelled,
}

/// Reads one conversation. Nothing is held open between two calls.
pub trait Transcript: Send {
    /// How long it is.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn extent(&mut self) -> Result<Extent, ReadError>;

    /// A window of it, at most `limit` messages.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn page(&mut self, anchor: Anchor, limit: usize) -> Result<Page, ReadError>;

    /// The message at a place, also where a page only says [`Part::Oversized`].
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn whole(&mut self, place: Place) -> Result<Message, ReadError> {
        let page = self.page(Anchor::Around(place), 1)?;
        page.messages.into_iter().find(|m| m.place == place).ok_or(ReadError::NoMessage)
    }

    /// The JSON of the message at a place as goose stored it: its content, or the line of a legacy file.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn stored(&mut self, _place: Place) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::NoMessage)
    }

    /// The next stretch away from an anchor: those of its messages that `worth` lets through, and where
    /// it came to (`None` where nothing is left). `worth` is asked with a message's stored content;
    /// where it says no, the message may be left out.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    fn stretch(&mut self, from: Anchor, _worth: &dyn Fn(&[u8]) -> bool) -> Result<Stretch, ReadError> {
        let from = from.onward();
        let mut messages = self.page(from, WALKED)?.messages;
        if !from.is_forward() {
            messages.reverse();
        }
        Ok(Stretch { end: messages.last().map(|m| m.place), messages })
    }

    /// Shows message after message to `see`, away from an anchor ([`Anchor::Around`]: that place and
    /// what follows it), until it breaks. `worth` is asked with a message's stored content first; where
    /// it says no, `see` may not be asked.
    ///
    /// # Errors
    /// As [`ReadError`] says; `Cancelled` once `cancel` is set.
    fn walk(
        &mut self,
        from: Anchor,
        worth: &dyn Fn(&[u8]) -> bool,
        cancel: &AtomicBool,
        see: &mut dyn FnMut(&Message) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut from = from.onward();
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(ReadError::Cancelled);
            }
            let stretch = self.stretch(from, worth)?;
            let told = stretch.messages.iter().try_for_each(&mut *see);
            let Some(end) = stretch.end.filter(|_| told.is_continue()) else { return Ok(()) };
            from = if from.is_forward() { Anchor::After(end) } else { Anchor::Before(end) };
        }
    }
}

/// Messages asked for at once by a walk.
const WALKED: usize = 200;

/// Some messages of a walk, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Those that were worth it.
    pub messages: Vec<Message>,
    /// The last place looked at; `None` where there was none.
    pub end: Option<Place>,
}

impl Anchor {
    /// The same with [`Self::Around`] as what follows the place before it.
    #[must_use]
    pub fn onward(self) -> Self {
        match self {
            Self::Around(place) => Self::After(place.previous()),
            other => other,
        }
    }

    /// Leads to newer messages.
    pub fn is_forward(self) -> bool {
        matches!(self, Self::Start | Self::After(_) | Self::Around(_))
    }
}

impl Place {
    /// Just before this one; nothing lies between them.
    #[must_use]
    pub fn previous(self) -> Self {
        Self { row: self.row.saturating_sub(1), ..self }
    }
}
