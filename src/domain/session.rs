//! What a session store tells about a session. Field meanings follow goose's own schema (versions
//! 1 to 16); whatever a version lacks is `None`, never zero.

use std::{borrow::Cow, cmp::Reverse, fmt, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::text;

/// A session's id as goose wrote it, usually `YYYYMMDD_N` (UTC date, counter of that day).
///
/// Not unique across stores, and goose may reuse one after a delete. Printing it cleans it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Takes the id as stored, whatever it holds.
    pub fn new(raw: impl Into<Arc<str>>) -> Self {
        Self(raw.into())
    }

    /// The id as stored, for comparing and for arguments; never for a screen.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::line(&self.0))
    }
}

/// Which store (its place in the order they were named) and which id in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    /// Place of the store in [`super::snapshot::Snapshot::stores`].
    pub store: usize,
    /// The id inside that store.
    pub id: SessionId,
}

/// goose's `session_type`; a word goosetop does not know reads as `User`, as goose itself does.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Made by a person: `goose session`, `goose run`, Desktop.
    #[default]
    User,
    /// Made by the scheduler.
    Scheduled,
    /// Made by another session; lives in its parent's process.
    SubAgent,
    /// `goose run --no-session` and probes; shown only with `--all`.
    Hidden,
    /// `goose term init`: a person's own shell.
    Terminal,
    /// A chat gateway's.
    Gateway,
    /// Made over ACP by a client that is not goose's own.
    Acp,
}

/// Token counts; the context is the size of the newest call, the others are sums over the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens of the newest call: how full the context is.
    pub context: Option<u64>,
    /// Input tokens over the whole session.
    pub input: Option<u64>,
    /// Output tokens over the whole session.
    pub output: Option<u64>,
    /// All tokens over the whole session.
    pub total: Option<u64>,
}

/// An extension that the session has enabled (`enabled_extensions.v0` in `extension_data`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionSpec {
    /// Its name, cleaned.
    pub name: String,
    /// goose's type word: `stdio`, `builtin`, `platform`, ...
    pub kind: String,
    /// Command and arguments of a stdio extension, raw, for comparing with an argv; else empty.
    pub command: Vec<String>,
}

/// One session as a store describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Store and id.
    pub key: SessionKey,
    /// goose's name for it, or its description where the name is empty. Cleaned, one line.
    pub name: String,
    /// What made it.
    pub kind: SessionKind,
    /// Where it works. Raw: compare with it, clean it before showing.
    pub working_dir: PathBuf,
    /// goose's `project_id`.
    pub project: Option<String>,
    /// The session that made this sub-agent (schema 15 and newer).
    pub parent: Option<SessionId>,
    /// When the row was made.
    pub created_at: Option<DateTime<Utc>>,
    /// goose's own `updated_at`; not touched by compaction and truncation.
    pub updated_at: Option<DateTime<Utc>>,
    /// When it was put away.
    pub archived_at: Option<DateTime<Utc>>,
    /// The schedule that made it.
    pub schedule: Option<String>,
    /// Provider's name.
    pub provider: Option<String>,
    /// Model's name.
    pub model: Option<String>,
    /// `goose_mode`: `auto`, `approve`, `smart_approve`, `chat`.
    pub mode: Option<String>,
    /// Token counts.
    pub tokens: Tokens,
    /// The context's size in tokens, where the model's settings name it.
    pub context_limit: Option<u64>,
    /// Money spent, US dollars.
    pub cost_usd: Option<f64>,
    /// Enabled extensions; empty until the session is watched.
    pub extensions: Vec<ExtensionSpec>,
    /// Number of stored messages; `None` until counted.
    pub messages: Option<u64>,
    /// The end of the conversation; `None` until the session is watched.
    pub tail: Option<Arc<Tail>>,
}

impl Session {
    /// A session of which nothing is known but its key.
    pub fn bare(key: SessionKey) -> Self {
        Self {
            key,
            name: String::new(),
            kind: SessionKind::User,
            working_dir: PathBuf::new(),
            project: None,
            parent: None,
            created_at: None,
            updated_at: None,
            archived_at: None,
            schedule: None,
            provider: None,
            model: None,
            mode: None,
            tokens: Tokens::default(),
            context_limit: None,
            cost_usd: None,
            extensions: Vec::new(),
            messages: None,
            tail: None,
        }
    }

    /// Where it stands in a list of the past: newest `updated_at` first, unknown last; then by id.
    pub fn recency(&self) -> (Reverse<Option<DateTime<Utc>>>, Reverse<&str>) {
        (Reverse(self.updated_at), Reverse(self.key.id.raw()))
    }

    /// The newest time the store itself names: a message, a usage row or `updated_at`.
    pub fn stored_activity(&self) -> Option<DateTime<Utc>> {
        let tail = self.tail.as_ref().and_then(|t| t.newest_at());
        [self.updated_at, self.created_at, tail].into_iter().flatten().max()
    }
}

/// The end of a conversation: enough to say what it waits for, not a transcript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    /// The newest messages, oldest first, in goose's own order (created_timestamp, id).
    pub messages: Vec<TailMessage>,
    /// True where `messages` is the whole conversation.
    pub whole: bool,
    /// Times of the newest `usage_ledger` rows (schema 15 and newer), oldest first, whole seconds: a
    /// model call ended at each. Empty where the schema has no ledger.
    pub ledger: Vec<DateTime<Utc>>,
    /// What model calls of the hour before the reading cost, US dollars each, oldest first. Calls whose
    /// price goose does not know are not in it.
    pub spent: Vec<(DateTime<Utc>, f64)>,
    /// When messages arrived during the last two hours, oldest first, for the sparkline.
    pub arrivals: Vec<DateTime<Utc>>,
}

impl Tail {
    /// Time of the newest message or usage row.
    pub fn newest_at(&self) -> Option<DateTime<Utc>> {
        let stored = self.messages.iter().filter_map(TailMessage::known_at).max();
        stored.max(self.ledger.last().copied())
    }

    /// The messages that carry the conversation: without goose's hidden turn-context rows.
    pub fn spoken(&self) -> impl DoubleEndedIterator<Item = &TailMessage> {
        self.messages.iter().filter(|m| !m.turn_context)
    }

    /// The assistant's newest words.
    pub fn last_words(&self) -> Option<&str> {
        self.spoken().rev().filter(|m| m.role == Role::Assistant).find_map(|m| {
            m.blocks.iter().rev().find_map(|b| match b {
                Block::Text { preview } if !preview.trim().is_empty() => Some(preview.as_str()),
                _ => None,
            })
        })
    }
}

/// Who speaks. Tool results come with role `user`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A person, or a tool's result.
    User,
    /// The model.
    Assistant,
    /// A word goosetop does not know, cleaned.
    Other(String),
}

impl Role {
    /// goose's word for it.
    pub fn word(&self) -> Cow<'_, str> {
        match self {
            Self::User => "user".into(),
            Self::Assistant => "assistant".into(),
            Self::Other(word) => text::line(word),
        }
    }
}

/// One stored message, reduced to facts.
#[derive(Clone, Debug, PartialEq)]
pub struct TailMessage {
    /// Row id (or line number in a `.jsonl`); not stable across compaction.
    pub row: i64,
    /// Who speaks.
    pub role: Role,
    /// When the message object was built.
    pub created_at: Option<DateTime<Utc>>,
    /// When the row was inserted.
    pub stored_at: Option<DateTime<Utc>>,
    /// Part of the human transcript.
    pub user_visible: bool,
    /// Part of what the model is sent.
    pub agent_visible: bool,
    /// goose's hidden turn-context message, which no person wrote.
    pub turn_context: bool,
    /// Carries the usage of the model call that made it; each such row has one ledger row.
    pub has_usage: bool,
    /// What it holds, in order.
    pub blocks: Vec<Block>,
}

impl TailMessage {
    /// The newer of the two times the row carries.
    pub fn known_at(&self) -> Option<DateTime<Utc>> {
        self.created_at.max(self.stored_at)
    }
}

/// One content block, reduced to what a verdict needs. Texts are cleaned and cut.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Words.
    Text {
        /// The first few hundred characters.
        preview: String,
    },
    /// The model asks for a tool.
    ToolRequest {
        /// Ties it to its response.
        id: String,
        /// Tool name, `extension__tool` or plain.
        tool: String,
        /// The `command` argument of a shell tool, or the arguments in short.
        command: Option<String>,
        /// Hash of name and arguments: equal for the same call made again.
        digest: u64,
        /// The request itself did not parse in goose.
        invalid: bool,
    },
    /// A tool answered.
    ToolResponse {
        /// Ties it to its request.
        id: String,
        /// The tool failed (status `error`, or `isError` inside a success).
        failed: bool,
        /// The first words of the result.
        preview: String,
    },
    /// The turn ended in an error that goose stored.
    Error {
        /// `authentication`, `contextLengthExceeded`, `creditsExhausted`, `other`, ...
        kind: String,
        /// What it said.
        message: String,
    },
    /// A person is asked to allow a tool or to fill in something.
    ActionRequired {
        /// Ties it to its answer.
        id: String,
        /// What is asked.
        prompt: String,
    },
    /// A person answered such a question.
    ActionAnswered {
        /// The question's id.
        id: String,
    },
    /// The model's reasoning, visible or redacted.
    Thinking,
    /// A picture.
    Image,
    /// goose's own notice.
    Notice {
        /// What it said.
        message: String,
    },
    /// The row is too large to be read for a verdict.
    Oversized {
        /// Bytes of the row.
        bytes: u64,
    },
    /// The row is not what goose writes.
    Unreadable {
        /// What is wrong with it.
        why: String,
    },
    /// A block type goosetop does not know.
    Unknown {
        /// Its type word.
        kind: String,
    },
}
