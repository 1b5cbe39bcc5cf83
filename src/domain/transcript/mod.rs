//! A conversation as it is read: types only. Reading is `sources`' work, laying out is the screen's.
//!
//! ```text
//!  Transcript ── Anchor ──► Page ─► Message ─► Part      message: what is said
//!  Wanted ──► search ──► Hit, Searched                   hit: what is looked for, and found
//! ```
//!
//! Invariant: prose in these types is cleaned (line breaks stay). What a tool printed is kept as
//! [`Printed`], because its colours may be interpreted; it can only leave cleaned or interpreted.
//!
//! To add a kind of block: a variant of [`Part`]; whoever shows, finds or writes parts is told by the
//! compiler.

mod hit;
mod message;

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

pub use self::{
    hit::{Hit, Searched, Wanted},
    message::{Message, Part, Printed, ToolContent, Usage},
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

/// Messages read at once on the way back: a screen needs some tens, and a page must not grow the program.
pub const PAGE: usize = 100;

/// The place before the newest `count` messages that fit; `None` where the beginning is.
///
/// # Errors
/// As the reader's.
pub fn before_newest(
    reader: &mut dyn Transcript,
    count: usize,
    fits: impl Fn(&Message) -> bool,
) -> Result<Option<Place>, ReadError> {
    let mut left = count;
    let mut anchor = Anchor::End;
    loop {
        let page = reader.page(anchor, PAGE)?;
        for message in page.messages.iter().rev() {
            if left == 0 {
                return Ok(Some(message.place));
            }
            left -= usize::from(fits(message));
        }
        match page.messages.first() {
            Some(first) if page.more_before => anchor = Anchor::Before(first.place),
            _ => return Ok(None),
        }
    }
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
